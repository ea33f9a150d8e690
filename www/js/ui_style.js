/*
 * ui_style: how names and texts look: the colour of a name, the runs of a
 * text's markup.
 */
import { el } from "./dom.js";
import { names, parse } from "./markup.js";
import { clean, fold, line, shown } from "./text.js";

const COLOURS = 8;
const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code" };

/* The class of a name's colour: the same name, the same colour (FNV-1a). */
export function colour(user) {
	let h = 2166136261;

	for (const c of fold(user))
		h = Math.imul(h ^ c.codePointAt(0), 16777619);
	return `n${(h >>> 0) % COLOURS}`;
}

/* A name, isolated: its direction reaches nothing beside it. */
export function nick(user, guest) {
	return el("bdi", {}, shown(user, guest));
}

function link(text) {
	return /^https?:\/\//i.test(text)
		? el("a", { href: text, target: "_blank",
			rel: "noopener noreferrer nofollow" }, text)
		: text;
}

function run(kinds, text, lang, me) {
	let node = text;

	if (kinds.includes("block"))
		return el("pre", { tabindex: "0", "aria-label": "code" },
			el("code", { "data-lang": lang || null }, text));
	if (kinds.includes("link"))
		node = link(text);
	if (kinds.includes("mention"))
		node = el("span", { class: isMe(text, me) ? "mention me"
			: "mention" }, text);
	for (const k of kinds)
		if (Object.hasOwn(TAGS, k))
			node = el(TAGS[k], {}, node);
	return node;
}

const isMe = (text, me) => fold(text.slice(1)) === fold(me);

/* The nodes of a text with its markup; me: the name that is a call. */
export function marked(text, me) {
	const shownText = clean(text);

	return parse(shownText).map((s) => run(names(s.kinds),
		shownText.slice(s.start, s.end), s.lang, me));
}

/* A text in one line, without its marks. */
export function plain(text) {
	const t = line(text);

	return parse(t).map((s) => t.slice(s.start, s.end)).join("");
}
