/*
 * outbox: own words that the server has not stored yet, kept on disk.
 *
 * An item is written to the disk before it is handed to a socket, and marked
 * there before that as one that may have been sent.  It goes away when the
 * server has said `ok` or the user drops it: typed text is never discarded.
 * One item is under way at a time, so that words arrive in the order in which
 * they were typed, whatever is refused between them.
 *
 * An item:
 *	nonce	names it, and makes sending it twice harmless
 *	op	"send" or "edit"
 *	room, text, kind, lang, replyTo, target
 *	at	when it was typed, ms
 *	state	"queued", "sent" (may have been sent), "refused", "unsure"
 *	reason	of the latter two
 *	who	identity under which it was handed to a socket first; "" if
 *		it never was
 *	sentAt	when that was, ms
 *	tab	the tab that takes care of it
 */
import { STATE } from "./buffer.js";

/*
 * A server remembers nonces for 7 days, and knows an item again by its nonce
 * for as long.  By itself one is sent again up to 6: clocks differ.
 */
const DAY = 24 * 3600 * 1000;
const AGAIN = 6 * DAY;
const KNOWN = 7 * DAY;

/* A clock that was turned far back tells nothing either. */
const within = (item, who, now, span) => item.who === who &&
	Math.abs(now - item.sentAt) < span;

/*
 * What is done with an item when a link is up: 'send' it, 'ask' the user,
 * or let it 'rest'.  What may have been sent is resent by itself only while
 * its nonce is surely remembered for the one who speaks now; by the user's
 * wish (it is queued again then) for as long as it may be.
 */
export function verdict(item, who, now) {
	switch (item.state) {
	case STATE.QUEUED:
		return item.who === "" || within(item, who, now, KNOWN)
			? "send" : "ask";
	case STATE.SENT:
		return within(item, who, now, AGAIN) ? "send" : "ask";
	default:
		return "rest";
	}
}

/* Why the user is to decide about an item, and what sending does. */
export function doubt(item, who, now) {
	if (within(item, who, now, AGAIN))
		return "sent again it is there once";
	return item.who === who
		? "sent more than 6 days ago, sent again it may be there twice"
		: "sent as another guest, sent again it may be there twice";
}

/*
 * What an error reply to an item means: 'again' (after a while, the same
 * nonce), 'unsure' or 'refused'.
 */
export function judge(error) {
	switch (error.code) {
	case "rate_limited":
	case "unavailable":
	case "unknown":
	case "unauthorized":
		return "again";
	case "internal":
		return "unsure";
	default:
		return "refused";
	}
}

/* 128 random bits for each item. */
export function newNonce() {
	const raw = crypto.getRandomValues(new Uint8Array(16));

	return [...raw].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
	/*
	 * db: all(), put(item), remove(nonce), each a promise (outbox_db.js).
	 * hooks:
	 *	who()		the present identity
	 *	ready(room)	may words for this room be sent now?
	 *	send(item)	a promise of the reply; null: the link broke
	 *	changed(item)	its state is another
	 *	stored(item, reply)
	 */
	constructor(db, tab, hooks) {
		this.db = db;
		this.tab = tab;
		this.hooks = hooks;
		this.items = [];
		this.busy = false;
		this.holdUntil = 0;
		this.timer = null;
	}

	/* Takes over items of tabs that are gone, the oldest first. */
	adopt(items) {
		const mine = items.filter((i) => !this.find(i.nonce));

		mine.sort((a, b) => a.at - b.at);
		for (const item of mine) {
			item.tab = this.tab;
			this.items.push(item);
			this.save(item);
		}
		return mine;
	}

	find(nonce) {
		return this.items.find((i) => i.nonce === nonce);
	}

	/* The server spells a room's name otherwise. */
	rename(from, to) {
		if (from === to)
			return;
		for (const item of this.items)
			if (item.room === from) {
				item.room = to;
				this.save(item);
			}
	}

	/* Number of items the server has not stored and that will be tried. */
	get waiting() {
		return this.items.filter((i) => i.state === STATE.QUEUED ||
			i.state === STATE.SENT).length;
	}

	add(fields) {
		const item = { op: "send", kind: "text", lang: "", replyTo: 0,
			target: 0, at: Date.now(), state: STATE.QUEUED,
			reason: "", who: "", sentAt: 0, tab: this.tab,
			nonce: newNonce(), ...fields };

		this.items.push(item);
		item.written = this.save(item);
		this.pump();
		return item;
	}

	/*
	 * The user wants it sent again.  What may be stored is sent as the same
	 * item, as long as the server would know it again.  Anything else is a
	 * new one, under a new nonce and whoever we are now.  Returns the item.
	 */
	again(nonce) {
		const item = this.find(nonce);

		if (item?.state === STATE.UNSURE &&
		    within(item, this.hooks.who(), Date.now(), KNOWN)) {
			this.change(item, STATE.QUEUED, "");
			this.pump();
			return item;
		}
		if (item === undefined)
			return undefined;
		this.remove(nonce);

		const { op, room, text, kind, lang, replyTo, target } = item;

		return this.add({ op, room, text, kind, lang, replyTo, target });
	}

	/* Stored, or dropped by the user. */
	remove(nonce) {
		const i = this.items.findIndex((o) => o.nonce === nonce);

		if (i < 0)
			return;
		this.items.splice(i, 1);
		this.db.remove(nonce).catch(() => {});
	}

	/* Sends what can be sent; called whenever something may have changed. */
	async pump() {
		if (this.busy)
			return;
		this.busy = true;
		try {
			let item;

			while ((item = this.next()) !== undefined)
				if (!await this.attempt(item))
					break;
		} finally {
			this.busy = false;
		}
	}

	/* The oldest item that may go now. */
	next() {
		if (Date.now() < this.holdUntil)
			return undefined;
		for (const item of [...this.items]) {
			const v = verdict(item, this.hooks.who(), Date.now());

			if (v === "rest" || !this.hooks.ready(item.room))
				continue;
			if (v === "send")
				return item;
			this.change(item, STATE.UNSURE,
				doubt(item, this.hooks.who(), Date.now()));
		}
		return undefined;
	}

	/* One try of one item; true if the next may follow. */
	async attempt(item) {
		await item.written;
		if (item.state === STATE.QUEUED) {
			/* The days are counted from the first try. */
			if (item.who === "") {
				item.who = this.hooks.who();
				item.sentAt = Date.now();
			}
			item.state = STATE.SENT;
			await this.save(item);
			/* Things may have changed while the disk was busy. */
			if (!this.find(item.nonce) ||
			    !this.hooks.ready(item.room) ||
			    this.hooks.who() !== item.who)
				return true;
		}
		this.hooks.changed(item);

		const reply = await this.hooks.send(item);

		if (reply === null)
			return false;
		if (reply.ok) {
			this.hooks.stored(item, reply);
			this.remove(item.nonce);
			return true;
		}
		return this.refused(item, reply.error);
	}

	refused(item, error) {
		switch (judge(error)) {
		case "again":
			this.hold((error.retry_after ?? 2) * 1000);
			return false;
		case "unsure":
			this.change(item, STATE.UNSURE, `${error.text}, ${
				doubt(item, item.who, Date.now())}`);
			return true;
		default:
			this.change(item, STATE.REFUSED, error.text);
			return true;
		}
	}

	hold(ms) {
		this.holdUntil = Date.now() + ms;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.pump(), ms + 10);
	}

	change(item, state, reason) {
		item.state = state;
		item.reason = reason;
		this.save(item);
		this.hooks.changed(item);
	}

	/* Never fails: without a disk the item lives as long as the page. */
	async save(item) {
		const { written, ...plain } = item;

		try {
			await this.db.put(plain);
		} catch {
			/* outbox_db.js has told that nothing is kept */
		}
	}
}
