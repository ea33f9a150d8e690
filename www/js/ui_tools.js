/*
 * ui_tools: what can be done with a message: the small bar at the line that
 * the pointer or the focus is on.
 *
 * There is one bar; it moves.  React and delete turn it into a question.
 */
import { KIND } from "./buffer.js";
import { button, el } from "./dom.js";
import { keyWords } from "./keymap.js";
import { KEYS } from "./proto.js";

const PALETTE = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

const hint = (action) => {
	const row = KEYS.find((k) => k.scope === "MESSAGE" &&
		k.action === action);

	return row === undefined ? "" : `${row.help} (${keyWords(row.browser)})`;
};

export class Tools {
	/*
	 * acts: as in ui_line.js, and reply, edit, delete, copy, unread(l),
	 * mayOwn(l).
	 */
	constructor(acts) {
		this.acts = acts;
		this.line = null;
		this.li = null;
		this.asking = false;
		this.bar = el("div", { class: "tools", role: "toolbar",
			"aria-label": "Actions for this message",
			keydown: (e) => this.key(e) });
	}

	/* Moves to a line's element, unless a question is open elsewhere. */
	show(li, l) {
		if (this.asking && this.li !== li &&
		    this.bar.contains(document.activeElement))
			return;
		if (this.li === li && this.line === l && this.bar.isConnected)
			return;
		this.li = li;
		this.line = l;
		this.menu();
		if (l.kind === KIND.MESSAGE && l.seq > 0 && !l.deleted)
			li.append(this.bar);
		else
			this.bar.remove();
	}

	hide() {
		if (this.asking && this.bar.contains(document.activeElement))
			return;
		this.bar.remove();
		this.li = this.line = null;
		this.asking = false;
	}

	/* The line was written anew. */
	again(li, l) {
		if (this.li !== li)
			return;
		if (l.deleted)
			this.hide();
		else if (l.kind === KIND.MESSAGE && l.seq > 0)
			li.append(this.bar);
	}

	menu() {
		const { acts, line: l } = this;
		const own = acts.mayOwn(l);

		this.asking = false;
		this.bar.replaceChildren(...[
			button("react", () => this.emoji(), { title: hint("react") }),
			button("reply", () => acts.reply(l), { title: hint("reply") }),
			own && button("edit", () => acts.edit(l),
				{ title: hint("edit") }),
			own && button("delete", () => this.confirm(),
				{ title: hint("delete") }),
			button("copy", () => acts.copy(l), { title: hint("copy") }),
			button("unread", () => acts.unread(l),
				{ title: hint("unread") }),
		].filter(Boolean));
	}

	/* A few emoji, and a field for any other. */
	emoji() {
		const { acts, line: l } = this;
		const done = (emoji) => {
			if (emoji.trim() !== "")
				acts.react(l, emoji.trim(), !l.reactions.some((r) =>
					r.own && r.emoji === emoji.trim()));
			this.close();
		};
		const field = el("input", { type: "text", maxlength: "16",
			"aria-label": "Any emoji", placeholder: "any emoji" });

		this.asking = true;
		field.addEventListener("keydown", (e) => {
			if (e.key === "Enter") {
				e.preventDefault();
				e.stopPropagation();
				done(field.value);
			}
		});
		this.bar.replaceChildren(...PALETTE.map((e) =>
			button(e, () => done(e), { class: "emoji" })), field);
		this.bar.firstChild.focus();
	}

	confirm() {
		const { acts, line: l } = this;

		this.asking = true;
		this.bar.replaceChildren(el("span", {}, "Take it back?"),
			button("yes", () => {
				acts.delete(l);
				this.close();
			}),
			button("no", () => this.close()));
		this.bar.lastChild.focus();
	}

	/* Back to the menu, and the focus to the line. */
	close() {
		this.menu();
		this.li?.focus();
	}

	key(e) {
		if (e.key === "Escape" && this.asking) {
			e.stopPropagation();
			this.close();
		}
	}
}
