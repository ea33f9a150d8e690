/*
 * complete: the rest of a word that was begun: a name, a #room, a /command.
 *
 * Pure: text, caret and names in, candidates out.
 */
import { COMMANDS } from "./proto.js";
import { fold } from "./text.js";

/*
 * What the word before the caret may become: {from, to, words}: the piece of
 * the text to replace, and by what; an empty list if nothing fits.  people:
 * names, the most recent speaker first; rooms: names of open rooms.
 */
export function complete(text, caret, people, rooms) {
	const from = text.slice(0, caret).search(/\S+$/);

	if (from < 0)
		return { from: caret, to: caret, words: [] };

	const word = text.slice(from, caret);
	const begins = (start) => (name) =>
		fold(name).startsWith(fold(start));
	let words;

	if (from === 0 && /^\/\w*$/.test(word))
		words = COMMANDS.filter((c) => c.page).map((c) => c.name)
			.filter(begins(word.slice(1))).map((n) => `/${n} `);
	else if (word.startsWith("#"))
		words = rooms.filter(begins(word.slice(1)))
			.map((n) => `#${n} `);
	else if (word.startsWith("@"))
		words = people.filter(begins(word.slice(1)))
			.map((n) => `@${n} `);
	else
		words = people.filter(begins(word.replace(/^~/, "")))
			.map((n) => from === 0 ? `${n}: ` : `${n} `);
	return { from, to: caret, words };
}

/* Names in a room: who spoke last comes first, then the others by name. */
export function people(b, me) {
	const names = new Set();

	for (let i = b.lines.length - 1; i >= 0; i--)
		if (b.lines[i].from && !b.lines[i].own)
			names.add(b.lines[i].from);
	for (const m of b.members.sorted())
		names.add(m.user);
	names.delete(me);
	return [...names];
}
