/*
 * text: what may be shown of a string from outside, and how times and
 * durations are written.
 *
 * Every string that another person or a server can choose passes through
 * clean() or line() on its way to the page.  What is kept is what the
 * terminal keeps (lib/text.h): what can't hide in one client can't hide in
 * the other.
 */

const MARKS_MAX = 4;		/* on one character */
const MARKS_FREE = 16;		/* in all, beside two for each character */

const EMOJI = /^\p{Extended_Pictographic}$/u;
const SKIN_TONE = /^[\u{1f3fb}-\u{1f3ff}]$/u;
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]$/u;
/* Controls, halves of characters, what no character stands for (yet). */
const BROKEN = /^[\p{Cc}\p{Cs}\p{Cn}]$/u;
const PRIVATE = /^\p{Co}$/u;
/* What sits on the character before it; vowels and tails of Hangul too. */
const MARK = /^[\p{M}\u1160-\u11ff\ud7b0-\ud7fb]$/u;
const PLAIN = /^[ -~]*$/;

const bytes = new TextEncoder();

/*
 * Cleaning looks only at what it has kept and at the code point ahead, so
 * that cleaning twice changes nothing.
 */
class Cleaner {
	constructor(block) {
		this.block = block;	/* line breaks stay */
		this.out = "";
		this.last = "";		/* kept; "" at the beginning of a line */
		this.emoji = false;	/* the character that last is of is one */
		this.marks = 0;		/* on that character */
		this.allMarks = 0;
		this.characters = 0;
	}

	character(c) {
		/* A skin tone is a picture, and part of the one before. */
		this.emoji = c > "\x7f" && (EMOJI.test(c) ||
			(this.emoji && SKIN_TONE.test(c)));
		this.marks = 0;
		this.characters++;
		this.out += c;
		this.last = c;
	}

	mark(c) {
		if (this.last === "") {
			this.character("\ufffd");
			return;
		}
		if (this.marks === MARKS_MAX ||
		    this.allMarks === MARKS_FREE + 2 * this.characters)
			return;
		this.marks++;
		this.allMarks++;
		this.out += c;
		this.last = c;
	}

	lineBreak() {
		if (!this.block) {
			this.character(" ");
			return;
		}
		this.out += "\n";
		this.last = "";
		this.emoji = false;
	}

	/* Whether an invisible code point has work to do here. */
	joins(c, ahead) {
		if (c === "\u200d")
			return this.emoji && this.last !== c && EMOJI.test(ahead);
		return (c === "\ufe0e" || c === "\ufe0f") &&
			(EMOJI.test(this.last) || /^[0-9#*]$/.test(this.last));
	}

	point(c, ahead) {
		if (c === "\n" || c === "\u2028" || c === "\u2029")
			this.lineBreak();
		else if (c === "\t")
			for (let i = this.block ? 4 : 1; i > 0; i--)
				this.character(" ");
		else if (BROKEN.test(c))
			this.character("\ufffd");
		else if (INVISIBLE.test(c))
			this.joins(c, ahead) && this.mark(c);
		else if (PRIVATE.test(c))
			this.character("\u25a1");
		else if (MARK.test(c))
			this.mark(c);
		else
			this.character(c);
	}
}

function cleaned(text, block) {
	const s = String(text ?? "");

	if (PLAIN.test(s))
		return s;

	const points = [...s.replace(/\r\n/g, "\n")];
	const cleaner = new Cleaner(block);

	points.forEach((c, i) => cleaner.point(c, points[i + 1] ?? ""));
	return cleaner.out;
}

/* What of a text of several lines is safe to be shown in its place. */
export function clean(text) {
	return cleaned(text, true);
}

/* The same for names, topics and errors, which have one line. */
export function line(text) {
	return cleaned(text, false);
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

/*
 * Whether a word of the text is the name, with or without "@": as in the
 * terminal (buffer_is_name).
 */
export function calls(text, me) {
	const words = String(text).match(/[\p{L}\p{M}\p{N}_.-]+/gu) ?? [];
	const name = fold(me);

	return words.some((w) => fold(w.replace(/\.+$/, "")) === name);
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
