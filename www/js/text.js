/*
 * text: what may be shown of a string from outside, and how times and
 * durations are written.
 *
 * Every string that another person or a server can choose passes through
 * clean() or line() on its way to the page.  What is kept is what the
 * terminal keeps (lib/text.h): what can't hide in one client can't hide in
 * the other.
 */

/* Controls, C1, noncharacters, halves of characters: seen as U+FFFD. */
const BROKEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef]|\p{Cs}|[\ufffe\uffff]/gu;
/*
 * What can't be seen is left out, bidi controls and tags among it; a joiner
 * stays between emoji, a variation selector 15 or 16 behind one.
 */
const HIDDEN = new RegExp([
	"(?<!\\p{Extended_Pictographic}[\\u{1f3fb}-\\u{1f3ff}\\ufe0e\\ufe0f]?)\\u200d",
	"\\u200d(?!\\p{Extended_Pictographic})",
	"(?<![\\p{Extended_Pictographic}0-9#*])[\\ufe0e\\ufe0f]",
	"(?![\\u200d\\ufe0e\\ufe0f])[\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]",
].join("|"), "gu");
const PRIVATE = /\p{Co}/gu;
/* A mark has something to sit on, and at most three beside it. */
const LONE_MARK = /(^|\n)(?=\p{M})/gu;
const MARKS = /(\p{M}{4})\p{M}+/gu;

const bytes = new TextEncoder();

/* A text of several lines, without what only deceives. */
export function clean(text) {
	return String(text ?? "")
		.replace(/\r\n|\u2028|\u2029/g, "\n")
		.replace(HIDDEN, "")
		.replace(BROKEN, "\ufffd")
		.replace(PRIVATE, "\u25a1")
		.replace(LONE_MARK, "$1\ufffd")
		.replace(MARKS, "$1");
}

/* The same for names, topics and errors, which have one line. */
export function line(text) {
	return clean(text).replace(/[\t\n]+/g, " ").trim();
}

/* Bytes of a string in UTF-8, the unit of the protocol's limits. */
export function size(text) {
	return bytes.encode(text).length;
}

/*
 * The key under which a name is held: equal keys mean the same room.  Only
 * the server knows all of the rule; what it answers is the spelling to keep.
 */
export function fold(name) {
	return String(name).normalize("NFKC").toLowerCase().normalize("NFKC");
}

/* "09:05" of a time in ms, by the reader's clock. */
export function clock(at) {
	const d = new Date(at);
	const two = (n) => String(n).padStart(2, "0");

	return `${two(d.getHours())}:${two(d.getMinutes())}`;
}

/* Making a format is slow, using one is not. */
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long",
	day: "numeric", month: "long", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium",
	timeStyle: "medium" });

/* "Tuesday 24 November 2026": the line between two days. */
export function day(at) {
	return DAY.format(at);
}

/* The whole time, as this reader writes it. */
export function moment(at) {
	return MOMENT.format(at);
}

/* A number for each day of the reader's calendar. */
export function dayNumber(at) {
	const d = new Date(at);

	return d.getFullYear() * 400 + d.getMonth() * 32 + d.getDate();
}

/* "41 s", "3 min", "2 h 5 min", "3 d 4 h": a duration of ms. */
export function duration(ms) {
	const s = Math.max(0, Math.round(ms / 1000));
	const min = Math.floor(s / 60);
	const h = Math.floor(min / 60);
	const pair = (a, au, b, bu) => b ? `${a} ${au} ${b} ${bu}` : `${a} ${au}`;

	if (s < 60)
		return `${s} s`;
	if (min < 60)
		return pair(min, "min", s % 60, "s");
	if (h < 24)
		return pair(h, "h", min % 60, "min");
	return pair(Math.floor(h / 24), "d", h % 24, "h");
}

/* "1 message", "17 messages". */
export function count(n, noun) {
	return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}

/* ~ann for a guest, ann for an account. */
export function shown(user, guest) {
	return (guest ? "~" : "") + line(user);
}
