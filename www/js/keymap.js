/*
 * keymap: actions and their keys, from the rows of KEYS (lib/keys.def).
 *
 * Pure.  People write keys as "Alt-Up"; the browser tells events.
 */
import { KEYS } from "./proto.js";

const NAMES = { ArrowUp: "Up", ArrowDown: "Down", ArrowLeft: "Left",
	ArrowRight: "Right", PageUp: "PgUp", PageDown: "PgDn", " ": "Space" };

/* "Ctrl-Up" of a keydown event. */
export function keyName(e) {
	const key = NAMES[e.key] ?? e.key;
	const digit = /^Digit([0-9])$/.exec(e.code ?? "");
	/* Alt and a digit makes other characters on some keyboards. */
	const name = e.altKey && digit ? digit[1] : key;
	const shift = e.shiftKey && name.length > 1;

	return (e.ctrlKey ? "Ctrl-" : "") + (e.altKey ? "Alt-" : "") +
		(shift ? "Shift-" : "") + name;
}

const table = new Map();

for (const row of KEYS)
	for (const key of row.browser)
		if (key.endsWith("1…9"))
			for (let n = 1; n <= 9; n++)
				table.set(`${row.scope} ${key.slice(0, -3)}${n}`,
					{ action: row.action, which: n });
		else
			table.set(`${row.scope} ${key}`,
				{ action: row.action, which: 0 });

/* The action of a scope ("ROOM", "MESSAGE") that a key means, or null. */
export function find(scope, e) {
	return table.get(`${scope} ${keyName(e)}`) ?? null;
}

/* "Shift-Enter or Alt-Enter", for help. */
export function keyWords(keys) {
	return keys.join(" or ");
}
