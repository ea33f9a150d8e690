/*
 * ui_line: one line of the log as an element of the page.
 *
 * The element stays the same while its line changes, so that focus and place
 * are kept; fill() makes what stands in it.
 */
import { KIND, STATE } from "./buffer.js";
import { button, el } from "./dom.js";
import { calls, clean, clock, line as oneLine, moment, shown } from "./text.js";
import { colour, marked, nick, plain } from "./ui_style.js";

/* Marks that colour alone does not carry, and their words. */
const MARKS = {
	[STATE.STORED]: ["✓", "stored"],
	[STATE.QUEUED]: ["…", "queued"],
	[STATE.SENT]: ["…", "sent, not stored yet"],
	[STATE.REFUSED]: ["!", "refused"],
	[STATE.UNSURE]: ["?", "may be stored"],
};
const QUOTE = 80;		/* characters of an answered message */

function stateMark(l) {
	const [sign, word] = MARKS[l.state];

	return el("span", { class: `state ${l.state}`, role: "img",
		"aria-label": word, title: word }, sign);
}

function time(l) {
	return el("time", { datetime: new Date(l.at).toISOString(),
		title: moment(l.at) }, clock(l.at));
}

/* The message that this one answers. */
function reference(l, acts) {
	const to = acts.find(l.replyTo);
	const words = to === undefined ? `message ${l.replyTo}`
		: to.deleted ? "a message that was taken back"
		: `${shown(to.from, to.guest)}: ${
			plain(to.text).slice(0, QUOTE)}`;

	return button(`↳ ${words}`, () => acts.goto(l.replyTo),
		{ class: "ref", dir: "auto" });
}

/* One button for each emoji: how many, who, and whether it is also mine. */
function reactions(l, acts) {
	const by = new Map();

	for (const r of l.reactions)
		by.set(r.emoji, [...by.get(r.emoji) ?? [], r]);
	return el("div", { class: "reactions" }, ...[...by].map(([emoji, all]) => {
		const own = all.some((r) => r.own);
		const who = all.map((r) => shown(r.user, r.guest)).join(", ");
		const face = oneLine(emoji);

		return button(`${face} ${all.length}`,
			() => acts.react(l, emoji, !own), {
				"aria-pressed": String(own), title: who,
				"aria-label": `${face} ${all.length}: ${who}`,
				"data-key": `r ${face}`,
			});
	}));
}

/* What the user is asked about a line that is refused or unsure. */
function verdict(l, acts) {
	return el("div", { class: "verdict" },
		el("span", {}, `${l.state === STATE.REFUSED ? "not sent"
			: "may have been stored already"}: ${oneLine(l.reason)}`),
		button("Send again", () => acts.resend(l), { "data-key": "again" }),
		button("Drop it", () => acts.discard(l), { "data-key": "drop" }));
}

function words(l, me) {
	if (l.deleted)
		return el("span", { class: "gone" }, "taken back");
	if (l.messageKind === "code")
		return el("div", { class: "text", dir: "auto" },
			el("pre", { tabindex: "0", "aria-label": "code" },
				el("code", {}, clean(l.text))));
	return el("div", { class: "text",
		dir: "auto" }, ...marked(l.text, me));
}

function said(l, me, acts) {
	const name = el("span", { class: `nick ${colour(l.from)}` });

	if (l.messageKind === "action")
		name.append(el("span", { class: "star", "aria-hidden": "true" },
			"* "));
	name.append(nick(l.from, l.guest));
	return [name, el("div", { class: "body" },
		l.target > 0 && el("span", { class: "edited" },
			`for message ${l.target}: `),
		l.replyTo > 0 && reference(l, acts),
		words(l, me),
		l.edited && el("span", { class: "edited",
			title: moment(l.edited.at) }, "(edited)"),
		l.own && !l.deleted && stateMark(l),
		l.reactions.length > 0 && reactions(l, acts),
		(l.state === STATE.REFUSED || l.state === STATE.UNSURE) &&
			verdict(l, acts))];
}

function told(l) {
	const body = el("div", { class: "body" });

	if (l.kind === KIND.TOPIC)
		body.append(nick(l.from, l.guest), " set the topic: ",
			el("span", { class: "text", dir: "auto" }, oneLine(l.text)));
	else
		body.append(el("div", { class: "text", dir: "auto" },
			...l.text.split("\n").flatMap((t, i) =>
				i ? ["\n", oneLine(t)] : [oneLine(t)])));
	return [body];
}

function className(l, me) {
	const c = ["line"];

	if (l.kind === KIND.BACK)
		c.push("back", ...(l.text.endsWith("none missed") ? []
			: ["missing"]));
	else if (l.kind === KIND.TOPIC)
		c.push("topic-line");
	else if (l.kind === KIND.NOTE)
		c.push("note");
	else
		c.push("said");
	if (l.kind === KIND.MESSAGE) {
		if (l.messageKind !== "text")
			c.push(oneLine(l.messageKind).replace(/[^a-z]/g, ""));
		if (l.waiting)
			c.push("waiting");
		if (l.own)
			c.push("own");
		else if (!l.deleted && calls(l.text, me))
			c.push("called");
	}
	return c.join(" ");
}

/* An empty element for a line. */
export function make(l) {
	return el("li", { tabindex: "-1", "data-line": String(l.id) });
}

/*
 * (Re)writes a line's element.  acts: find(seq), goto(seq), react(l, emoji,
 * on), resend(l), discard(l).
 */
export function fill(li, l, me, acts) {
	const held = li.contains(document.activeElement) &&
		document.activeElement !== li
		? document.activeElement.dataset.key ?? "" : null;
	const same = li.classList.contains("same");

	li.className = className(l, me);
	li.classList.toggle("same", same);
	if (l.seq > 0)
		li.dataset.seq = l.seq;
	li.replaceChildren(time(l), ...(l.kind === KIND.MESSAGE
		? said(l, me, acts) : told(l)));
	if (held !== null)
		([...li.querySelectorAll("[data-key]")].find((e) =>
			e.dataset.key === held) ?? li).focus();
}

/* Whether a line goes on where the one before stopped: one name for both. */
export function continues(l, before) {
	return before?.kind === KIND.MESSAGE && l.kind === KIND.MESSAGE &&
		l.messageKind !== "action" && before.messageKind !== "action" &&
		l.from === before.from && l.guest === before.guest &&
		Math.abs(l.at - before.at) < 5 * 60 * 1000;
}
