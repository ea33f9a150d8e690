/*
 * ui_log: the lines of the room that is looked at.
 *
 * Draws a buffer into the list, each line once; keeps the place of the reader
 * while lines come above or below; asks for history when he comes to the top.
 * One line can have the focus (a roving tab stop): keys act on it.
 */
import { KIND } from "./buffer.js";
import { $, arrange, button, el, say } from "./dom.js";
import * as keymap from "./keymap.js";
import { count, day, dayNumber } from "./text.js";
import { continues, fill, make } from "./ui_line.js";
import { Tools } from "./ui_tools.js";

const NEAR = 48;		/* px from the end that count as the end */
const AHEAD = 400;		/* px from the top where history is asked for */
const QUIET = 1000;		/* ms for which a filled log is not read out */

export class UiLog {
	constructor(app, acts) {
		this.app = app;
		this.acts = acts;
		this.log = $("log");
		this.list = $("lines");
		this.jump = $("jump");
		this.tools = new Tools(acts);
		this.buffer = null;
		this.rows = new Map();	/* line.id -> {li, line, version} */
		this.places = new WeakMap();	/* buffer -> place of the reader */
		this.atEnd = true;
		this.below = 0;		/* the last entry seen at the end */
		this.stop = null;	/* the row that Tab reaches */
		this.wanted = null;	/* a line to reveal when it is drawn */
		this.begun = null;	/* and one whose beginning is to be seen */
		this.quietTimer = null;
		this.listen();
	}

	listen() {
		const row = (e) => this.rowOf(e.target);

		this.log.addEventListener("scroll", () => this.scrolled(),
			{ passive: true });
		this.list.addEventListener("pointerover", (e) => {
			const r = row(e);

			if (r)
				this.tools.show(r.li, r.line);
		});
		this.list.addEventListener("pointerleave", () =>
			this.showTools());
		this.list.addEventListener("focusin", (e) => {
			const r = row(e);

			if (r) {
				this.setStop(r.li);
				this.tools.show(r.li, r.line);
			}
		});
		this.list.addEventListener("focusout", () =>
			setTimeout(() => this.showTools()));
		this.list.addEventListener("keydown", (e) => this.key(e));
		this.jump.addEventListener("click", () => this.toEnd());
		$("older").addEventListener("click", () =>
			this.app.pageUp(this.buffer));
		new ResizeObserver(() => this.atEnd && this.toEnd())
			.observe(this.log);
	}

	rowOf(node) {
		return this.rows.get(Number(node.closest?.("[data-line]")
			?.dataset.line));
	}

	/* The bar belongs to the focused line, if the pointer is on none. */
	showTools() {
		const r = this.list.contains(document.activeElement)
			? this.rowOf(document.activeElement) : undefined;

		if (r)
			this.tools.show(r.li, r.line);
		else if (!this.list.matches(":hover"))
			this.tools.hide();
	}

	/* Another room is looked at. */
	show(b) {
		if (this.buffer === b)
			return;
		if (this.buffer !== null)
			this.places.set(this.buffer, this.place());
		this.tools.hide();
		this.buffer = b;
		this.rows.clear();
		this.stop = null;
		this.list.replaceChildren();
		this.quiet();

		const place = this.places.get(b) ?? null;

		this.atEnd = place === null;
		this.draw();
		this.restore(place);
	}

	/* What fills the log at once is not read out. */
	quiet() {
		this.log.setAttribute("aria-live", "off");
		clearTimeout(this.quietTimer);
		this.quietTimer = setTimeout(() =>
			this.log.setAttribute("aria-live", "polite"), QUIET);
	}

	/* Where the reader is: the first line in sight; null: at the end. */
	place() {
		if (this.atEnd)
			return null;

		const top = this.log.getBoundingClientRect().top;

		for (const li of this.list.children) {
			const box = li.getBoundingClientRect();

			if (box.bottom > top && li.dataset.line)
				return { id: Number(li.dataset.line),
					y: box.top - top };
		}
		return null;
	}

	restore(place) {
		const li = place && this.rows.get(place.id)?.li;

		if (this.atEnd)
			this.log.scrollTop = this.log.scrollHeight;
		else if (li)
			this.log.scrollTop += li.getBoundingClientRect().top -
				this.log.getBoundingClientRect().top - place.y;
	}

	draw() {
		const b = this.buffer;

		if (b === null)
			return;
		if (b.last < b.end || b.paging)
			this.quiet();
		if (this.atEnd)
			b.trim();

		const place = this.place();

		arrange(this.list, this.nodes(b));
		this.forget(b);
		this.drawTop(b);
		this.restore(place);
		this.drawJump(b);
		if (this.stop === null || !this.stop.isConnected)
			this.setStop(this.list.querySelector(
				"[data-line]:last-child"));
		if (this.wanted !== null)
			this.reveal(this.wanted);
		if (this.begun !== null)
			this.begin(this.begun);
		/* Nothing to scroll: more is asked for by itself. */
		if (b.last >= b.end &&
		    this.log.scrollHeight <= this.log.clientHeight)
			this.app.pageUp(b);
	}

	/* All that stands in the list, in order. */
	nodes(b) {
		const nodes = [];
		const unread = this.firstUnread(b);
		let before = null, lastDay = 0;

		for (const l of b.lines) {
			const today = dayNumber(l.at);

			if (b.hole !== null && l.seq >= b.hole.before &&
			    (before === null || before.seq < b.hole.before))
				nodes.push(this.hole());
			if (today !== lastDay)
				nodes.push(this.rule(`day ${today}`, day(l.at)));
			if (l === unread)
				nodes.push(this.rule("unread", "unread from here",
					"unread"));
			const li = this.row(l);

			li.classList.toggle("same", today === lastDay &&
				l !== unread && continues(l, before));
			nodes.push(li);
			before = l;
			lastDay = today;
		}
		return nodes;
	}

	/* The first line of somebody else above the mark, if any is below. */
	firstUnread(b) {
		if (b.mark === 0)
			return undefined;
		return b.lines.find((l) => l.seq > b.mark && !l.own &&
			l.kind === KIND.MESSAGE);
	}

	row(l) {
		let r = this.rows.get(l.id);

		if (r === undefined) {
			r = { li: make(l), line: l, version: -1, me: null };
			this.rows.set(l.id, r);
		}

		const me = this.app.client.me.user;
		/* An answered message that changes changes the quote of it. */
		const version = l.version +
			(this.buffer.find(l.replyTo)?.version ?? 0);

		if (r.version !== version || r.me !== me) {
			fill(r.li, l, me, this.acts);
			this.tools.again(r.li, l);
			Object.assign(r, { version, me });
		}
		return r.li;
	}

	rule(key, text, more = "") {
		const old = this.list.querySelector(
			`[data-rule="${CSS.escape(key)}"]`);

		return old ?? el("li", { class: `rule ${more}`, "data-rule": key },
			text);
	}

	hole() {
		return this.list.querySelector('[data-rule="hole"]') ??
			el("li", { class: "rule", "data-rule": "hole" },
				button("Messages between", () =>
					this.app.pageHole(this.buffer)));
	}

	/* Elements of lines that are held no longer. */
	forget(b) {
		if (this.rows.size === b.lines.length)
			return;

		const held = new Set(b.lines.map((l) => l.id));

		for (const id of this.rows.keys())
			if (!held.has(id))
				this.rows.delete(id);
	}

	drawTop(b) {
		$("older").hidden = b.atTop || !b.joined;
		$("older").disabled = b.paging;
		say($("older"), b.paging ? "Reading…" : "Older messages");
		$("beginning").hidden = !b.atTop;
		say($("beginning"), "the beginning of this room");
	}

	drawJump(b) {
		if (this.atEnd) {
			this.below = b.last;
			this.jump.hidden = true;
			return;
		}

		const n = b.lines.filter((l) => l.seq > this.below &&
			l.kind === KIND.MESSAGE).length;

		this.jump.hidden = false;
		say(this.jump, n > 0 ? `↓ ${count(n, "new message")}`
			: "↓ to the newest");
	}

	scrolled() {
		const { log, buffer: b } = this;

		if (b === null)
			return;
		this.atEnd = log.scrollHeight - log.scrollTop -
			log.clientHeight < NEAR;
		this.drawJump(b);
		/* While the newest come the place is not where it will be. */
		if (log.scrollTop < AHEAD && b.last >= b.end &&
		    log.scrollHeight > log.clientHeight)
			this.app.pageUp(b);
		if (b.hole !== null) {
			const box = this.hole().getBoundingClientRect();
			const own = log.getBoundingClientRect();

			if (box.bottom > own.top && box.top < own.bottom)
				this.app.pageHole(b);
		}
		this.acts.scrolled();
	}

	toEnd() {
		this.atEnd = true;
		this.log.scrollTop = this.log.scrollHeight;
	}

	/* dy: -1 a screen up, 1 down, -Infinity to the top, Infinity the end. */
	scroll(dy) {
		if (dy === Infinity)
			this.toEnd();
		else if (dy === -Infinity)
			this.log.scrollTop = 0;
		else
			this.log.scrollTop += dy * this.log.clientHeight * 0.85;
	}

	toUnread() {
		const li = this.list.querySelector('[data-rule="unread"]');

		if (li)
			li.scrollIntoView({ block: "start" });
		else
			this.toEnd();
	}

	/* What is higher than the log is shown from its beginning. */
	begin(l) {
		const li = this.rows.get(l.id)?.li;

		this.begun = null;
		if (!li || li.offsetHeight <= this.log.clientHeight)
			return;
		this.atEnd = false;
		li.scrollIntoView({ block: "start" });
	}

	/* Scrolls to a line and gives it the focus. */
	reveal(l) {
		const r = l && this.rows.get(l.id);

		this.wanted = r ? null : l ?? null;
		if (!r)
			return;
		this.atEnd = false;
		r.li.scrollIntoView({ block: "center" });
		r.li.focus({ preventScroll: true });
	}

	/* The line that has the focus. */
	selected() {
		return this.list.contains(document.activeElement)
			? this.rowOf(document.activeElement)?.line ?? null : null;
	}

	/* Gives the newest line in sight the focus. */
	select() {
		const rows = [...this.list.querySelectorAll(".said")];
		const end = this.log.getBoundingClientRect().bottom + 1;
		const li = rows.findLast((r) =>
			r.getBoundingClientRect().bottom <= end) ?? rows.at(-1);

		li?.focus();
	}

	setStop(li) {
		this.stop?.setAttribute("tabindex", "-1");
		this.stop = li;
		li?.setAttribute("tabindex", "0");
	}

	key(e) {
		const r = this.rowOf(e.target);
		const found = r && e.target === r.li && keymap.find("MESSAGE", e);

		if (!found)
			return;
		e.preventDefault();
		e.stopPropagation();
		this.act(found.action, r);
	}

	act(action, { li, line: l }) {
		const said = l.kind === KIND.MESSAGE && l.seq > 0 && !l.deleted;
		const step = { select_up: "previousElementSibling",
			select_down: "nextElementSibling" }[action];

		if (step !== undefined) {
			let to = li[step];

			while (to && !to.dataset.line)
				to = to[step];
			if (to)
				to.focus();
			else if (action === "select_down")
				this.acts.leave();
		} else if (action === "leave") {
			this.acts.leave();
		} else if (said) {
			this.tools.show(li, l);
			if (action === "react")
				this.tools.emoji();
			else if (action === "delete")
				this.tools.confirm();
			else
				this.acts[action](l);
		}
	}
}
