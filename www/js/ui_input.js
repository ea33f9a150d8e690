/*
 * ui_input: the field in which messages and commands are typed.
 */
import { complete, people } from "./complete.js";
import { $, say } from "./dom.js";
import { Edit, MODE } from "./edit.js";
import * as keymap from "./keymap.js";
import { shown } from "./text.js";
import { plain } from "./ui_style.js";

const ROWS = 12;		/* the field grows to so many lines */
const QUOTE = 60;

export class UiInput {
	constructor(app, acts) {
		this.app = app;
		this.acts = acts;
		this.field = $("input");
		this.edit = new Edit(app);
		this.cycle = null;	/* a completion under way */
		this.field.addEventListener("input", () => this.typed());
		this.field.addEventListener("keydown", (e) => this.key(e));
		$("say").addEventListener("submit", (e) => {
			e.preventDefault();
			this.enter();
		});
		$("mode-no").addEventListener("click", () => this.cancel());
	}

	/* Another room is looked at. */
	show(b) {
		if (this.edit.buffer === b)
			return;
		this.set(this.edit.room(b));
		this.drawMode();
	}

	set(text) {
		this.field.value = text;
		this.field.setSelectionRange(text.length, text.length);
		this.size();
	}

	/* As high as its text; a command looks like one. */
	size() {
		const f = this.field;

		f.rows = 1;
		while (f.scrollHeight > f.clientHeight + 2 && f.rows < ROWS)
			f.rows++;
		f.classList.toggle("command", /^\/(?!\/)/.test(f.value));
	}

	typed() {
		const text = this.field.value;

		this.cycle = null;
		this.size();
		this.edit.typed(text);
		if (text.trim() !== "" && !/^\/(?!\/)/.test(text))
			this.app.typing(this.edit.buffer);
	}

	focus() {
		this.field.focus();
	}

	key(e) {
		if (e.isComposing)
			return;

		const action = keymap.find("ROOM", e)?.action;

		if (action === "new_line") {
			if (e.altKey) {
				e.preventDefault();
				this.insert("\n");
			}
		} else if (action === "complete_word") {
			if (this.complete())
				e.preventDefault();
		} else if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) {
			e.preventDefault();
			this.enter();
		} else if (e.key === "Escape") {
			this.cancel();
		} else if (e.key === "ArrowUp" && !e.ctrlKey && !e.altKey &&
		    this.field.value === "") {
			const l = this.edit.buffer.lastOwn();

			if (l) {
				e.preventDefault();
				this.startEdit(l);
			}
		}
	}

	enter() {
		const before = this.edit.buffer;
		const text = this.edit.enter(this.field.value);

		/* A command may have opened another room, with its own draft. */
		if (this.edit.buffer === before)
			this.set(text);
		this.cycle = null;
		this.drawMode();
		this.focus();
	}

	insert(text) {
		this.field.setRangeText(text, this.field.selectionStart,
			this.field.selectionEnd, "end");
		this.typed();
	}

	startEdit(l) {
		this.set(this.edit.edit(l));
		this.drawMode();
		this.focus();
	}

	startReply(l) {
		if (this.edit.mode === MODE.EDIT)
			this.cancel();
		this.edit.reply(l);
		this.drawMode();
		this.focus();
	}

	cancel() {
		if (this.edit.mode === MODE.SAY)
			return;
		this.set(this.edit.cancel(this.field.value));
		this.drawMode();
		this.focus();
	}

	drawMode() {
		const { mode, line: l } = this.edit;

		$("mode").hidden = mode === MODE.SAY;
		if (mode === MODE.EDIT)
			say($("mode-text"), `editing message ${l.seq}`);
		else if (mode === MODE.REPLY)
			say($("mode-text"), `answering ${shown(l.from, l.guest)}: ${
				plain(l.text).slice(0, QUOTE)}`);
	}

	/* Completes the word at the caret; false leaves the key to the page. */
	complete() {
		const f = this.field;
		const b = this.edit.buffer;

		if (this.cycle === null) {
			const c = complete(f.value, f.selectionStart,
				people(b, this.app.client.me.user),
				this.app.buffers.v.map((o) => o.room));

			if (f.selectionStart !== f.selectionEnd ||
			    c.words.length === 0)
				return false;
			this.cycle = { ...c, n: 0 };
		} else if (this.cycle.words.length === 1) {
			return false;
		} else {
			this.cycle.n = (this.cycle.n + 1) %
				this.cycle.words.length;
		}

		const { cycle } = this;
		const word = cycle.words[cycle.n];

		f.setRangeText(word, cycle.from, cycle.to, "end");
		cycle.to = cycle.from + word.length;
		this.size();
		this.edit.typed(f.value);
		return true;
	}
}
