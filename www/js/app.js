/*
 * app: what a user can do, and what there is to see.
 *
 * The one object that commands, keys and the page know.  It owns the model
 * (buffers), the outbox and the client, and tells the view when something
 * changed.  A view has:
 *	changed(buffer)		any part of a room, or null: the list of rooms
 *	link()			the link, or the own name
 *	shown(buffer)		another room is looked at
 *	reveal(line)		scrolls to it and selects it
 *	begin(line)		scrolls so that its beginning is in sight
 *	selected()		the line that has the focus, or null
 *	strange()		the server does not know our token
 */
import { Buffers } from "./buffers.js";
import { Client } from "./client.js";
import { LINK } from "./conn.js";
import { Outbox, newNonce } from "./outbox.js";
import { orphans } from "./outbox_db.js";
import * as prefs from "./prefs.js";
import { LIMITS } from "./proto.js";
import { count, line, shown, size } from "./text.js";

const PAGE = 100;		/* messages in a page of history */
const TYPING = 3000;		/* told at most so often */
const ORPHANS = 5000;		/* looked for so often */
const ROOMS = 50;		/* in a listing */

export class App {
	/* url: the server's WebSocket; db, tab: see outbox_db.js. */
	constructor(url, db, tab, options) {
		this.host = new URL(url).host;
		this.buffers = new Buffers();
		this.db = db;
		this.tab = tab;
		this.view = null;
		this.typedAt = 0;
		this.outbox = new Outbox(db, tab, {
			who: () => this.client.me.id,
			ready: (room) => this.client.up &&
				Boolean(this.buffers.find(room)?.joined),
			send: (item) => this.sendItem(item),
			changed: (item) => this.itemChanged(item),
			stored: (item, reply) => this.itemStored(item, reply),
		});
		this.client = new Client(this, url, options);
	}

	start(view) {
		this.view = view;
		this.client.conn.start();
		setInterval(() => this.adopt(), ORPHANS);
	}

	/* What the status line tells. */
	status() {
		const { conn, me } = this.client;

		return { link: conn.link, why: line(conn.why),
			retryIn: conn.link === LINK.WAITING ? conn.retryIn : 0,
			me: me.user && shown(me.user, me.guest),
			guest: me.guest, outbox: this.outbox.waiting };
	}

	/* A key was pressed: an attempt that waits is made now. */
	touch() {
		this.client.conn.touch();
	}

	/* Called by client.js and on.js. */

	changed(b) {
		this.view?.changed(b);
	}

	linkChanged() {
		this.view?.link();
	}

	/* was: the name before, if any. */
	helloed(reply, was) {
		const wish = prefs.get("nick");

		if (wish !== null && wish !== reply.user && was !== reply.user)
			this.note(`the name ${wish} is taken, you are now ${
				this.client.name}`);
		this.adopt();
	}

	strange() {
		this.view?.strange();
	}

	/* A room was joined, perhaps under another spelling than asked for. */
	joined(b, asked) {
		const twin = this.buffers.v.find((o) => o !== b &&
			o.room === b.room);

		if (twin !== undefined) {
			this.buffers.close(twin);
			this.buffers.show(b);
		}
		this.outbox.rename(asked, b.room);
		this.view?.shown(this.buffers.current);
		this.changed(b);
		this.arrive(b);
		this.outbox.pump();
	}

	entered(b, ev) {
		if (ev.nonce && this.outbox.find(ev.nonce))
			this.outbox.remove(ev.nonce);
		this.changed(b);
		this.arrive(b);
	}

	/* All that a join replays is there: now to the entry that was named. */
	arrive(b) {
		const seq = b.goal;

		if (seq === 0 || !b.joined || b.last < b.end)
			return;
		b.goal = 0;
		this.goto(b, seq);
	}

	note(text) {
		const b = this.buffers.current;

		b?.note(text);
		this.changed(b);
	}

	/* A long note is read from its beginning. */
	begin(l) {
		this.view?.begin(l);
	}

	/* Own lines whose tab is gone are this tab's from now on. */
	async adopt() {
		if (!this.client.up)
			return;

		const items = await orphans(this.db, this.tab).catch(() => []);

		for (const item of this.outbox.adopt(items)) {
			const b = this.buffers.find(item.room) ??
				this.join(item.room, false);

			this.showItem(b, item);
		}
		this.outbox.pump();
	}

	/* Rooms. */

	/*
	 * Opens a room, and looks at it unless told otherwise; at an entry if
	 * seq is one.
	 */
	join(room, show = true, seq = 0) {
		const b = this.buffers.open(room);

		b.goal = seq;
		b.left = "";
		this.client.join(b);
		if (show)
			this.show(b);
		this.changed(b);
		this.arrive(b);
		return b;
	}

	show(b) {
		if (b !== this.buffers.current) {
			for (const o of [this.buffers.current, b])
				if (o !== null) {
					o.held = false;
					o.away();
				}
		}
		this.buffers.show(b);
		this.view?.shown(b);
	}

	leave(b) {
		if (b.joined)
			this.client.request("leave",
				{ room: b.room, part: true }, () => {});
		this.buffers.close(b);
		this.view?.changed(null);
		this.view?.shown(this.buffers.current);
	}

	/* Speaking: what is said is kept until the server has it. */

	/* False if it can't be said at all; the note tells why. */
	fits(b, text) {
		if (size(text) <= LIMITS.text)
			return true;
		b.note(`this has ${size(text)} bytes and was not sent; ` +
			`a message has at most ${LIMITS.text}`);
		this.changed(b);
		return false;
	}

	say(b, text, kind = "text", replyTo = 0) {
		this.put(b, { op: "send", text, kind, replyTo });
	}

	edit(b, seq, text) {
		this.put(b, { op: "edit", text, target: seq,
			kind: b.find(seq)?.messageKind ?? "text" });
	}

	put(b, fields) {
		const item = this.outbox.add({ room: b.room, ...fields });

		this.showItem(b, item);
	}

	showItem(b, item) {
		if (b.findNonce(item.nonce))
			return;
		b.own({ nonce: item.nonce, text: item.text, at: item.at,
			messageKind: item.kind, replyTo: item.replyTo,
			target: item.target, state: item.state,
			reason: item.reason, from: this.client.me.user,
			guest: this.client.me.guest });
		b.markHere();
		this.changed(b);
	}

	sendItem(item) {
		const fields = { room: item.room, text: item.text,
			nonce: item.nonce };

		if (item.op === "edit")
			fields.seq = item.target;
		else if (item.kind !== "text")
			fields.kind = item.kind;
		if (item.op === "send" && item.replyTo)
			fields.reply_to = item.replyTo;
		return new Promise((resolve) =>
			this.client.request(item.op, fields, resolve));
	}

	itemChanged(item) {
		const b = this.buffers.find(item.room);

		b?.setState(item.nonce, item.state, item.reason);
		this.changed(b);
		this.linkChanged();
	}

	itemStored(item, reply) {
		const b = this.buffers.find(item.room);

		b?.stored(item.nonce, reply.seq, reply.at);
		this.changed(b);
		this.linkChanged();
	}

	/* An own line that was refused or is unsure: again, or dropped. */
	resend(b, l) {
		const item = this.outbox.again(l.nonce);

		if (item === undefined || item.nonce === l.nonce)
			return;
		b.drop(l);
		this.showItem(b, item);
	}

	discard(b, l) {
		this.outbox.remove(l.nonce);
		b.drop(l);
		this.changed(b);
		this.linkChanged();
	}

	/* What is done at once or not at all. */

	/*
	 * A request whose failure is told in the room; then() on success.
	 * what: the words for it; text: what was typed, so that it is not lost.
	 */
	act(b, what, op, fields, then = () => {}, text = "") {
		const typed = text && `: ${text}`;

		if (!this.client.up) {
			b.note(`${what} needs a connection, and there is none${
				typed}`);
			this.changed(b);
			return;
		}
		this.client.request(op, fields, (reply) => {
			if (reply === null)
				b.note(`${what} may have been done or not, the ` +
					`connection was lost${typed}`);
			else if (!reply.ok)
				b.note(`${what} failed, ${reply.error.text}${typed}`);
			else
				then(reply);
			this.changed(b);
		});
	}

	delete(b, seq) {
		this.act(b, "taking the message back", "delete",
			{ room: b.room, seq });
	}

	react(b, seq, emoji, on) {
		this.act(b, on ? "the reaction" : "taking the reaction away",
			on ? "react" : "unreact", { room: b.room, seq, emoji },
			undefined, emoji);
	}

	topic(b, topic) {
		this.act(b, "the topic", "topic", { room: b.room, topic,
			nonce: newNonce() }, undefined, topic);
	}

	/* done(error text or '') is for a form; without it a note tells. */
	nick(b, nick, done = (error) => error &&
	    b.note(`the name failed, ${error}: ${nick}`)) {
		this.client.request("nick", { nick }, (reply) => {
			if (reply?.ok) {
				prefs.put("nick", reply.user);
				this.client.renamed(reply.user);
			}
			done(reply?.ok ? "" : reply?.error.text ??
				"there is no connection");
			this.changed(b);
		});
	}

	rooms(b, match) {
		const fields = { match: match || undefined, limit: ROOMS };

		this.act(b, "the list of rooms", "rooms", fields, (reply) => {
			for (const r of reply.rooms)
				b.note(`${r.room}, ${r.online ?? 0} here` +
					(r.topic ? `: ${r.topic}` : ""));
			b.note(reply.next === undefined
				? count(reply.rooms.length, "public room")
				: "there are more; /rooms TEXT lists those " +
					"with TEXT in their name");
		});
	}

	members(b) {
		const names = b.members.sorted().map((m) =>
			shown(m.user, m.guest) + (m.away ? " (away)" : ""));

		b.note(`${b.online} here: ${names.join(", ")}`);
		this.changed(b);
	}

	ping(b) {
		const t = performance.now();

		this.act(b, "the ping", "ping", {}, () =>
			b.note(`the server answered after ${
				(performance.now() - t).toFixed(1)} ms`));
	}

	/* Text is being typed into this room. */
	typing(b) {
		if (!b.joined || Date.now() - this.typedAt < TYPING)
			return;
		this.typedAt = Date.now();
		this.client.tell("typing", { room: b.room });
	}

	/* Reading. */

	/* The user sees the end of this room: moves the read marker. */
	seen(b) {
		if (b.joined && b.seen()) {
			this.client.tell("read", { room: b.room, seq: b.read });
			this.changed(b);
		}
	}

	/* Everything from seq on is unread again. */
	unread(b, seq) {
		this.act(b, "unread", "read", { room: b.room, seq: seq - 1, back: true },
			(reply) => {
				b.hold(reply.seq);
			});
	}

	/* The view came to the first line held: asks for a page above it. */
	pageUp(b) {
		if (!b.joined || b.paging || b.atTop)
			return;
		this.page(b, { before: b.first || b.last + 1 }, (reply) => {
			b.page(reply.entries, this.client.me);
			b.atTop = !reply.more;
		});
	}

	/* The view came to the place where lines are not loaded. */
	pageHole(b) {
		if (!b.joined || b.paging || b.hole === null)
			return;

		const { after, before } = b.hole;

		this.page(b, { after }, (reply) => {
			const page = reply.entries.filter((e) => e.seq < before);

			b.page(page, this.client.me);
			b.hole = page.length < reply.entries.length || !reply.more
				? null : { after: page.at(-1).seq, before };
		});
	}

	page(b, place, take) {
		const epoch = b.epoch;

		b.paging = true;
		this.changed(b);
		this.client.request("history", { room: b.room, limit: PAGE,
			...place }, (reply) => {
			b.paging = false;
			if (reply?.ok && reply.epoch === epoch && b.epoch === epoch)
				take(reply);
			else
				b.late = [];
			b.version++;
			this.changed(b);
			this.arrive(b);
		});
	}

	/* Goes to an entry, wherever it is in the log. */
	goto(b, seq) {
		const held = b.find(seq);

		if (held !== undefined) {
			this.view?.reveal(held);
			return;
		}
		if (!b.joined || b.paging) {
			b.goal = seq;
			return;
		}
		if (seq > b.end) {
			b.note(`there is no message ${seq} to show`);
			this.changed(b);
			return;
		}

		const first = b.dropAboveHole();

		this.page(b, { around: seq }, (reply) => {
			const end = reply.entries.at(-1)?.seq ?? 0;

			b.page(reply.entries, this.client.me);
			if (first > 0 && end < first)
				b.hole = { after: end, before: first };
			this.view?.reveal(b.find(seq) ?? b.lines.findLast((l) =>
				l.seq > 0 && l.seq <= seq));
		});
	}
}
