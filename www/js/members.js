/*
 * members: who is in one room, sorted by name.
 *
 * Filled from the pages of the op members, kept by presence events.  A guest
 * and an account may have names that look alike; they are two members.
 */
import { fold } from "./text.js";

const key = (user, guest) => (guest ? "~" : "") + fold(user);

export class Members {
	constructor() {
		this.map = new Map();
		this.order = null;
	}

	/* Adds somebody, or changes what is known of him. */
	put(user, guest, more = {}) {
		const k = key(user, guest);
		const old = this.map.get(k) ?? { online: true, away: false };

		this.map.set(k, { ...old, ...more, user, guest: Boolean(guest) });
		this.order = null;
	}

	drop(user, guest) {
		if (this.map.delete(key(user, guest)))
			this.order = null;
	}

	rename(old, user, guest) {
		const m = this.map.get(key(old, guest));

		if (m === undefined)
			return;
		this.drop(old, guest);
		this.put(user, guest, m);
	}

	has(user, guest) {
		return this.map.has(key(user, guest));
	}

	clear() {
		this.map.clear();
		this.order = null;
	}

	/* Present ones first, then by name. */
	sorted() {
		this.order ??= [...this.map.values()].sort((a, b) =>
			Number(b.online) - Number(a.online) ||
			fold(a.user).localeCompare(fold(b.user)) ||
			Number(a.guest) - Number(b.guest));
		return this.order;
	}
}
