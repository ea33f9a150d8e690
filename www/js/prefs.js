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

/*
 * Who we are to the server: {token, user, id}.  The id names the guest for
 * the outbox, so that the token itself stands in one place only.
 */
export const identity = {
	get: () => get("identity"),

	put(token, user) {
		const old = get("identity");

		put("identity", old?.token === token ? { ...old, user }
			: { token, user, id: crypto.getRandomValues(
				new Uint32Array(2)).join("-") });
		return get("identity");
	},

	forget: () => put("identity", null),
};

export const draft = {
	get: (room) => get(`draft.${room}`) ?? "",
	put: (room, text) => put(`draft.${room}`, text || null),
};
