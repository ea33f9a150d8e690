/*
 * outbox_db: the outbox on this browser's disk (IndexedDB), and which tab
 * takes care of which item.
 *
 * All tabs of a browser share the database.  Each holds a lock named after
 * itself for as long as it lives; items whose tab's lock is free are adopted
 * by the next tab that looks.  Where the browser has no locks (a plain http
 * address that is not this machine) every tab adopts all, which the nonces
 * make harmless.
 */

const DATABASE = "chat";
const STORE = "outbox";
const LOCK = "chat.tab.";

const promise = (request) => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = () => reject(request.error);
});

function open() {
	const request = indexedDB.open(DATABASE, 1);

	request.onupgradeneeded = () =>
		request.result.createObjectStore(STORE, { keyPath: "nonce" });
	return promise(request);
}

export class OutboxDb {
	constructor(db) {
		this.db = db;
	}

	all() {
		return promise(this.db.transaction(STORE).objectStore(STORE)
			.getAll());
	}

	put(item) {
		return this.write((store) => store.put(item));
	}

	remove(nonce) {
		return this.write((store) => store.delete(nonce));
	}

	/* Resolves when the change is on the disk, not before. */
	write(change) {
		return new Promise((resolve, reject) => {
			const t = this.db.transaction(STORE, "readwrite",
				{ durability: "strict" });

			t.oncomplete = () => resolve();
			t.onabort = t.onerror = () => reject(t.error);
			change(t.objectStore(STORE));
		});
	}
}

/* The same for a browser that keeps nothing. */
export class OutboxMemory {
	async all() {
		return [];
	}

	async put() {}

	async remove() {}
}

/* The database, or null where the browser has none. */
export async function openOutbox() {
	try {
		return new OutboxDb(await open());
	} catch {
		return null;
	}
}

/* Holds this tab's lock until the page goes. */
export function holdTab(tab) {
	return new Promise((resolve) => {
		if (navigator.locks === undefined) {
			resolve();
			return;
		}
		navigator.locks.request(LOCK + tab, () => {
			resolve();
			return new Promise(() => {});
		});
	});
}

/* The items that no living tab takes care of. */
export async function orphans(db, tab) {
	const items = (await db.all()).filter((i) => i.tab !== tab);

	if (navigator.locks === undefined)
		return items;

	const { held } = await navigator.locks.query();
	const living = new Set(held.map((l) => l.name));

	return items.filter((i) => !living.has(LOCK + i.tab));
}

/* Runs one after another in all tabs: the first hello makes one guest. */
export function alone(name, run) {
	return navigator.locks === undefined ? run()
		: navigator.locks.request(`chat.${name}`, run);
}
