/*
 * edit: what is being typed, for each room: a new message, an answer or an
 * edit of an own message.
 *
 * A model without a page.  The draft of each room is kept on disk; an edit
 * leaves it alone and brings it back when it ends.
 */
import { run } from "./command.js";
import { draft } from "./prefs.js";

export const MODE = { SAY: "say", REPLY: "reply", EDIT: "edit" };

export class Edit {
	constructor(app) {
		this.app = app;
		this.buffer = null;
		this.mode = MODE.SAY;
		this.line = null;	/* what is answered or edited */
	}

	/* Another room: its draft is what stands in the field. */
	room(b) {
		this.buffer = b;
		this.mode = MODE.SAY;
		this.line = null;
		return draft.get(b.room);
	}

	/* The field changed; text that is kept across a reload. */
	typed(text) {
		if (this.mode !== MODE.EDIT && this.buffer !== null)
			draft.put(this.buffer.room, text);
	}

	reply(l) {
		this.mode = MODE.REPLY;
		this.line = l;
	}

	/* The text to be edited. */
	edit(l) {
		this.mode = MODE.EDIT;
		this.line = l;
		return l.text;
	}

	/* Ends an answer or edit; the text that stands in the field then. */
	cancel(text) {
		const back = this.mode === MODE.EDIT
			? draft.get(this.buffer.room) : text;

		this.mode = MODE.SAY;
		this.line = null;
		return back;
	}

	/*
	 * Enter: says it, or does it.  The text that stands in the field then:
	 * what was not taken stays.
	 */
	enter(text) {
		const { app, buffer: b, mode, line: l } = this;

		if (text.trim() === "")
			return text;
		if (mode === MODE.SAY || text.startsWith("/")) {
			if (!run(app, b, text))
				return text;
		} else {
			if (!app.fits(b, text))
				return text;
			if (mode === MODE.REPLY)
				app.say(b, text, "text", l.seq);
			else if (text !== l.text)
				app.edit(b, l.seq, text);
		}
		if (mode !== MODE.EDIT)
			draft.put(b.room, "");
		return this.cancel("");
	}
}
