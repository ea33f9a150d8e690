/*
 * prefs: what this browser keeps for all its tabs: who we are, the wished
 * name, drafts, which lists are shown.
 *
 * localStorage, or memory where that is forbidden.  A private window forgets
 * all of it when it is closed.
 */

const PREFIX = "chat.";
const memory = new Map();

function read(key) {
	try {
		return localStorage.getItem(PREFIX + key);
	} catch {
		return memory.get(key) ?? null;
	}
}

function write(key, value) {
	try {
		if (value === null)
			localStorage.removeItem(PREFIX + key);
		else
			localStorage.setItem(PREFIX + key, value);
	} catch {
		memory.set(key, value);
	}
}

/* The value under a key, as it was put there; null without one. */
export function get(key) {
	const text = read(key);

	try {
		return text === null ? null : JSON.parse(text);
	} catch {
		return null;
	}
}

/* Null takes the key away. */
export function put(key, value) {
	write(key, value === null ? null : JSON.stringify(value));
}

const NAMES = 50;		/* earlier ones that are kept */

/*
 * Who we are to the server: {token, user, id, names}.  The id names the guest
 * for the outbox, so that the token itself stands in one place only; names are
 * those that he had before.
 */
export const identity = {
	get: () => get("identity"),

	put(token, user) {
		const old = get("identity");
		const now = old?.token === token ? old
			: { token, user, names: [], id: crypto.getRandomValues(
				new Uint32Array(2)).join("-") };
		const names = new Set([...now.names ?? [], now.user]);

		names.delete(user);
		put("identity", { ...now, user,
			names: [...names].slice(-NAMES) });
		return get("identity");
	},

	forget: () => put("identity", null),
};

export const draft = {
	get: (room) => get(`draft.${room}`) ?? "",
	put: (room, text) => put(`draft.${room}`, text || null),
};
