/*
 * markup: the inline formatting of messages, as lib/markup.c reads it in the
 * terminal client.  lib/markup.h tells the grammar, tests/vectors/markup.json
 * holds both to it; the functions have the same names here and there.
 *
 * Offsets are those of JavaScript's strings.  Time is linear in the text.
 */

/* The kinds a span can have, a set of bits: lib/markup.def. */
export const KIND = Object.freeze({
	bold: 1,
	italic: 2,
	strike: 4,
	code: 8,
	block: 16,
	link: 32,
	mention: 64,
});

const MARKS = { '*': KIND.bold, '_': KIND.italic, '~': KIND.strike };
const USER_MAX = 32;	/* NAME_USER_MAX, in code points */
const LANG_MAX = 32;

const WORD = /^[\p{L}\p{M}\p{Nd}]$/u;
const HIDDEN = /^\p{Default_Ignorable_Code_Point}$/u;

/* Characters are strings of one code point; '' is beyond either end. */
const isWord = (c) => WORD.test(c) && !HIDDEN.test(c);
const isName = (c) => isWord(c) || c === '_' || c === '-' || c === '.';
const isBlank = (c) => c <= ' ' || c === '\u00a0' || c === '\u3000';

function pointAt(text, at) {
	const cp = text.codePointAt(at);
	return cp === undefined ? '' : String.fromCodePoint(cp);
}

function pointBefore(text, at) {
	const pair = at > 1 ? pointAt(text, at - 2) : '';
	return pair.length === 2 ? pair : text.charAt(at - 1);
}

function ticks(text, at) {
	let n = 0;
	while (text[at + n] === '`')
		n++;
	return n;
}

function lineEnd(text, at) {
	const end = text.indexOf('\n', at);
	return end < 0 ? text.length : end;
}

/* The language and the line's end of a fence at `at`, or null. */
function fence(text, at, opening) {
	if (ticks(text, at) !== 3)
		return null;
	const lang = at += 3;
	if (opening) {
		while (text[at] > ' ' && text[at] <= '~')
			at++;
		if (at - lang > LANG_MAX || text.slice(lang, at).includes('`'))
			return null;
	}
	const word = text.slice(lang, at);
	while (text[at] === ' ' || text[at] === '\t')
		at++;
	if (at < text.length && text[at] !== '\n')
		return null;
	return { lang: word, end: at };
}

function trimLink(text, from, to) {
	let round = 0;
	let square = 0;
	for (let i = from; i < to; i++) {
		round += (text[i] === '(') - (text[i] === ')');
		square += (text[i] === '[') - (text[i] === ']');
	}
	for (; to > from; to--) {
		const c = text[to - 1];
		if ('.,;:!?\'*_~'.includes(c))
			continue;
		if (c === '(' || (c === ')' && round < 0))
			round += c === '(' ? -1 : 1;
		else if (c === '[' || (c === ']' && square < 0))
			square += c === '[' ? -1 : 1;
		else
			break;
	}
	return to;
}

class Markup {
	constructor(text) {
		this.text = text;
		this.pos = 0;
		this.open = 0;
		this.noFence = false;
	}

	atomBlock(at) {
		const text = this.text;
		const opening = this.noFence ? null : fence(text, at, true);
		if (opening === null || opening.end === text.length)
			return null;
		const start = opening.end + 1;
		let line = start;
		let closing;
		while ((closing = fence(text, line, false)) === null) {
			line = lineEnd(text, line);
			if (line === text.length) {
				this.noFence = true;
				return null;
			}
			line++;
		}
		if (line <= start + 1)
			return null;
		return {
			kinds: KIND.block, start, end: line - 1,
			to: Math.min(closing.end + 1, text.length),
			lang: opening.lang,
		};
	}

	atomCode(at) {
		const text = this.text;
		if (text[at - 1] === '`')
			return null;
		const n = ticks(text, at);
		if (n > 3)
			return null;
		for (let end = at + n, run; end < text.length &&
		    text[end] !== '\n'; end += run || 1) {
			run = ticks(text, end);
			if (run === n)
				return { kinds: KIND.code, start: at + n, end,
					to: end + n };
		}
		return null;
	}

	atomLink(at) {
		const text = this.text;
		const scheme = /^https?:\/\//i.exec(text.slice(at, at + 8));
		if (scheme === null || isWord(pointBefore(text, at)))
			return null;
		const host = at + scheme[0].length;
		let to = host;
		let c = pointAt(text, host);
		if (!isWord(c) && c !== '[')
			return null;
		while (c > ' ' && (c < '\u007f' ?
		    !'<>"`'.includes(c) : isWord(c)))
			c = pointAt(text, to += c.length);
		to = trimLink(text, host, to);
		if (to === host)
			return null;
		return { kinds: KIND.link, start: at, end: to, to };
	}

	atomMention(at) {
		const text = this.text;
		let end = at + 1;
		if (isWord(pointBefore(text, at)))
			return null;
		for (let i = 0, c; isName(c = pointAt(text, end)); i++) {
			if (i === USER_MAX)
				return null;
			end += c.length;
		}
		while (text[end - 1] === '.' || text[end - 1] === '-')
			end--;
		if (end === at + 1)
			return null;
		return { kinds: KIND.mention, start: at, end, to: end };
	}

	/* The atom that begins at `at`, or null. */
	atom(at) {
		const text = this.text;
		switch (text[at]) {
		case '\n':
			return this.atomBlock(at + 1);
		case '`':
			return ((at === 0 || text[at - 1] === '\n') &&
			    this.atomBlock(at)) || this.atomCode(at);
		case '@':
			return this.atomMention(at);
		case 'h':
		case 'H':
			return this.atomLink(at);
		default:
			return null;
		}
	}

	/* Whether a mark could open (bit 1) or close (bit 2). */
	markSides(at) {
		const text = this.text;
		let from = at;
		let to = at + 1;
		let seen = 0;
		while (at - from < 3 && MARKS[text[from - 1]])
			from--;
		while (to - at < 4 && MARKS[text[to]])
			to++;
		for (let i = from; i < to; i++) {
			if (seen & MARKS[text[i]])
				return 0;
			seen |= MARKS[text[i]];
		}
		const before = pointBefore(text, from);
		const behind = pointAt(text, to);
		return (!isWord(before) && !isBlank(behind) ? 1 : 0) |
		    (!isBlank(before) && !isWord(behind) ? 2 : 0);
	}

	markClosed(at, kind) {
		const text = this.text;
		while (at < text.length && text[at] !== '\n') {
			if (MARKS[text[at]] === kind) {
				const sides = this.markSides(at);
				if (sides !== 0)
					return (sides & 2) !== 0;
			}
			at = this.atom(at)?.to ?? at + 1;
		}
		return false;
	}

	/* The kind that a mark at `at` opens or closes; 0 if it is text. */
	mark(at) {
		const kind = MARKS[this.text[at]];
		if (!kind)
			return 0;
		const sides = this.markSides(at);
		if (this.open & kind)
			return sides & 2 ? kind : 0;
		return sides & 1 && this.markClosed(at + 1, kind) ? kind : 0;
	}

	next() {
		const from = this.pos;
		let kind;
		while ((kind = this.mark(this.pos)) !== 0) {
			this.open ^= kind;
			this.pos++;
		}
		let span = this.atom(this.pos);
		if (span !== null) {
			this.pos = span.to;
		} else {
			span = { kinds: 0, start: this.pos };
			do
				this.pos++;
			while (this.pos < this.text.length &&
			    this.mark(this.pos) === 0 &&
			    this.atom(this.pos) === null);
			span.end = this.pos;
		}
		span.kinds |= this.open;
		while ((kind = this.mark(this.pos)) & this.open) {
			this.open ^= kind;
			this.pos++;
		}
		return { lang: '', ...span, from, to: this.pos };
	}
}

/*
 * The spans of a text: { kinds, start, end, from, to, lang }.  What is to be
 * shown is text.slice(start, end), never empty; [from, to) is the same with
 * the marks around it, and those ranges follow each other without a hole.
 */
export function parse(text) {
	const m = new Markup(text);
	const spans = [];
	while (m.pos < text.length)
		spans.push(m.next());
	return spans;
}

/* The words for a set of kinds, in the order of KIND. */
export function names(kinds) {
	return Object.keys(KIND).filter((name) => kinds & KIND[name]);
}
