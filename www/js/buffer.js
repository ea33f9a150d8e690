/*
 * buffer: what one room looks like to its reader: lines, members, topic,
 * marks.
 *
 * A model without a page: on.js changes it as events come, ui_*.js draw it.
 * Lines stand in the order in which they are read: entries by seq, each at
 * most once; own lines that have no seq yet behind them; notes of the client
 * where they were made.  Edits, deletes and reactions change the line that
 * they mean; they are no lines.
 */
import { newBack } from "./back.js";
import { Members } from "./members.js";

export const KIND = { MESSAGE: "message", TOPIC: "topic", NOTE: "note",
	BACK: "back" };
/* How sure it is that an own line is stored. */
export const STATE = { STORED: "stored", QUEUED: "queued", SENT: "sent",
	REFUSED: "refused", UNSURE: "unsure" };

/* Lines held while the reader follows the end; more can be paged in. */
const HELD = 1500;
const KEPT = 1000;

let serial = 0;

class Line {
	constructor(kind, fields) {
		this.id = ++serial;	/* names the line within this page */
		this.kind = kind;
		this.state = STATE.STORED;
		this.seq = 0;		/* 0: none (yet) */
		this.anchor = 0;	/* of a note: the entry it follows */
		this.at = Date.now();
		this.from = "";
		this.guest = this.own = this.deleted = false;
		this.edited = null;	/* {seq, at} of the newest edit */
		this.messageKind = "text";
		this.lang = "";
		this.replyTo = 0;
		this.text = "";		/* as it came; ui cleans */
		this.reason = "";	/* of REFUSED and UNSURE */
		this.nonce = "";
		this.target = 0;	/* of a waiting edit: what it changes */
		this.reactions = [];	/* {emoji, user, guest, own, seq} */
		this.version = 0;	/* changes whenever the line does */
		Object.assign(this, fields);
	}

	/* An own line without a place in the log yet. */
	get waiting() {
		return this.kind === KIND.MESSAGE && this.seq === 0;
	}
}

const isMe = (me, user, guest) =>
	user === me.user && Boolean(guest) === Boolean(me.guest);

export class Buffer {
	constructor(room) {
		this.room = room;	/* canonical, or as typed before */
		this.topic = "";
		this.topicSeq = 0;
		this.epoch = "";
		this.visibility = "public";
		this.role = "";
		this.joined = false;	/* the server has answered the join */
		this.wanted = true;	/* is to be joined after a reconnect */
		this.left = "";		/* why the subscription ended */
		this.last = 0;		/* all entries up to here were seen */
		this.end = 0;		/* the log's end as the server told */
		this.read = 0;		/* the server's read marker */
		this.mark = 0;		/* the unread line stands above this */
		this.watched = false;	/* the reader has seen the end */
		this.held = false;	/* unread by wish, until he leaves */
		this.online = 0;
		this.atTop = false;	/* history begins with the first line */
		this.paging = false;	/* a page of history is under way */
		this.hole = null;	/* {after, before}: not loaded */
		this.goal = 0;		/* the entry to go to when it can be */
		this.lines = [];
		this.members = new Members();
		this.typing = new Map();	/* "~ann" -> until, ms */
		this.late = [];		/* changes told during paging */
		this.joining = false;	/* a join is under way */
		this.holedAt = 0;	/* the hole that was asked for again */
		this.back = newBack();	/* the outage, for "back after" */
		this.version = 0;
		this.bySeq = new Map();
	}

	/* The line of an entry, if it is held. */
	find(seq) {
		return this.bySeq.get(seq);
	}

	findNonce(nonce) {
		return nonce ? this.lines.findLast((l) => l.nonce === nonce)
			: undefined;
	}

	/* The first entry held, 0 without any. */
	get first() {
		return this.lines.find((l) => l.seq > 0)?.seq ?? 0;
	}

	/*
	 * An entry of the log as it is replayed or comes live.  Each is applied
	 * once, whatever its kind: numbers up to `last` were seen.  True if
	 * something changed; entries of unknown kinds are only counted.
	 */
	entry(ev, me) {
		if (ev.seq <= this.last)
			return false;
		this.last = ev.seq;
		this.end = Math.max(this.end, ev.seq);
		if (this.paging)
			this.late.push(ev);
		this.fold(ev, me);
		this.version++;
		return true;
	}

	/*
	 * A page of history: present state, in the order of seq.  Changes that
	 * were told while the page was under way may be younger than it, so
	 * they are applied to it again.
	 */
	page(entries, me) {
		for (const ev of entries)
			this.fold(ev, me);
		for (const ev of this.late)
			this.change(ev, me);
		this.late = [];
		this.version++;
	}

	fold(ev, me) {
		if (ev.ev === "message")
			this.message(ev, me);
		else if (ev.ev === "topic")
			this.topicSet(ev, me);
		else
			this.change(ev, me);
	}

	message(ev, me) {
		const fields = {
			state: STATE.STORED, seq: ev.seq, at: ev.at,
			from: ev.from, guest: Boolean(ev.guest),
			messageKind: ev.kind ?? "text", lang: ev.lang ?? "",
			replyTo: ev.reply_to ?? 0, reason: "",
			deleted: Boolean(ev.deleted),
			text: ev.deleted ? "" : ev.text ?? "",
		};
		let l = this.find(ev.seq);

		if (l === undefined) {
			l = this.findNonce(ev.nonce);
			if (l === undefined || !l.waiting || l.target)
				l = new Line(KIND.MESSAGE, { nonce: ev.nonce ?? "" });
			else
				this.unplace(l);
			this.bySeq.set(ev.seq, l);
			Object.assign(l, fields);
			this.place(l);
		} else if (l.edited || l.deleted) {
			return;		/* what is held is younger */
		}
		Object.assign(l, fields);
		l.own ||= isMe(me, ev.from, ev.guest);
		l.edited = ev.deleted ? null : ev.edited ?? null;
		l.reactions = ev.deleted ? [] : (ev.reactions ?? []).map((r) =>
			({ ...r, guest: Boolean(r.guest),
			    own: isMe(me, r.user, r.guest) }));
		l.version++;
	}

	topicSet(ev, me) {
		if (ev.seq > this.topicSeq) {
			this.topic = ev.topic;
			this.topicSeq = ev.seq;
		}
		if (this.find(ev.seq) !== undefined)
			return;

		const l = new Line(KIND.TOPIC, { seq: ev.seq, at: ev.at,
			from: ev.from, guest: Boolean(ev.guest), text: ev.topic,
			own: isMe(me, ev.from, ev.guest) });

		this.bySeq.set(ev.seq, l);
		this.place(l);
	}

	/* What an edit, delete, react or unreact does to the line it means. */
	change(ev, me) {
		const l = this.find(ev.target);

		if (ev.ev === "edit")
			this.settle(ev.nonce);
		if (l === undefined || l.deleted)
			return;
		switch (ev.ev) {
		case "edit":
			if (ev.deleted || ev.seq <= (l.edited?.seq ?? 0))
				return;
			l.text = ev.text ?? "";
			l.edited = { seq: ev.seq, at: ev.at };
			break;
		case "delete":
			Object.assign(l, { deleted: true, text: "", edited: null,
				reactions: [] });
			break;
		case "react":
			if (l.reactions.some((r) => r.seq === ev.seq))
				return;
			l.reactions.push({ emoji: ev.emoji, user: ev.from,
				guest: Boolean(ev.guest), seq: ev.seq,
				own: isMe(me, ev.from, ev.guest) });
			l.reactions.sort((a, b) => a.seq - b.seq);
			break;
		case "unreact":
			l.reactions = l.reactions.filter((r) =>
				r.seq !== ev.react);
			break;
		default:
			return;
		}
		l.version++;
	}

	/* Takes out the waiting line of an edit that has been stored. */
	settle(nonce) {
		const l = this.findNonce(nonce);

		if (l?.waiting && l.target)
			this.drop(l);
	}

	/* Puts a line where its seq or anchor says. */
	place(l) {
		const behind = (o) => o.waiting ||
			(o.seq > 0 ? o.seq > l.seq : o.anchor >= l.seq);
		let i = this.lines.length;

		while (i > 0 && behind(this.lines[i - 1]))
			i--;
		this.lines.splice(i, 0, l);
	}

	unplace(l) {
		const i = this.lines.indexOf(l);

		if (i >= 0)
			this.lines.splice(i, 1);
	}

	/* A note of the client, behind everything that has come. */
	note(text, kind = KIND.NOTE) {
		const l = new Line(kind, { text, anchor: this.last });
		let i = this.lines.length;

		while (i > 0 && this.lines[i - 1].waiting)
			i--;
		this.lines.splice(i, 0, l);
		this.version++;
		return l;
	}

	/* An own line that has no seq yet; fields as in Line. */
	own(fields) {
		const l = new Line(KIND.MESSAGE, { state: STATE.QUEUED,
			own: true, ...fields });

		this.lines.push(l);
		this.version++;
		return l;
	}

	/* An own line was stored under this number (the reply to send). */
	stored(nonce, seq, at) {
		const l = this.findNonce(nonce);

		if (l === undefined || !l.waiting)
			return;
		this.version++;
		this.unplace(l);
		if (l.target || this.find(seq) !== undefined)
			return;
		Object.assign(l, { seq, at, state: STATE.STORED, reason: "" });
		l.version++;
		this.bySeq.set(seq, l);
		this.place(l);
	}

	/* A waiting line's state, by its nonce. */
	setState(nonce, state, reason = "") {
		const l = this.findNonce(nonce);

		if (l === undefined || !l.waiting)
			return;
		Object.assign(l, { state, reason });
		l.version++;
		this.version++;
	}

	drop(l) {
		this.unplace(l);
		this.version++;
	}

	/*
	 * The server's answer to a join: the place in the log from which
	 * entries follow.  What was noted before belongs in front of them.
	 */
	begin(last) {
		this.last = last;
		for (const l of this.lines)
			if (l.seq === 0 && !l.waiting && l.anchor === 0)
				l.anchor = last;
	}

	/* Forgets all entries; own waiting lines and notes stay. */
	reset() {
		this.lines = this.lines.filter((l) => l.seq === 0);
		for (const l of this.lines)
			l.anchor = 0;
		this.bySeq.clear();
		this.last = this.end = this.read = this.mark = 0;
		this.topicSeq = 0;
		this.hole = null;
		this.late = [];
		this.atTop = false;
		this.version++;
	}

	/* Empties the picture; paging up brings entries back. */
	clear() {
		this.lines = this.lines.filter((l) => l.waiting);
		this.bySeq.clear();
		this.hole = null;
		this.atTop = false;
		this.version++;
	}

	/* One hole is kept track of: before a second, what is above goes. */
	dropAboveHole() {
		if (this.hole === null)
			return this.first;

		const { before } = this.hole;

		this.lines = this.lines.filter((l) => l.seq === 0 ||
			l.seq >= before);
		for (const seq of this.bySeq.keys())
			if (seq < before)
				this.bySeq.delete(seq);
		this.hole = null;
		this.atTop = false;
		this.version++;
		return this.first;
	}

	/* Others' messages above the read marker. */
	get unread() {
		let n = 0;

		for (let i = this.lines.length - 1; i >= 0; i--) {
			const l = this.lines[i];

			if (l.seq > 0 && l.seq <= this.read)
				break;
			if (l.kind === KIND.MESSAGE && l.seq > 0 && !l.own &&
			    !l.deleted)
				n++;
		}
		return n;
	}

	/*
	 * The reader sees the end.  The unread line stays where it is until he
	 * goes away; without one it goes along with what he sees come in.
	 * False if nothing is new, or it is to stay unread.
	 */
	seen() {
		if (this.held)
			return false;
		if (this.mark === 0 || (this.watched && this.mark >= this.read))
			this.mark = this.last;
		this.watched = true;
		if (this.last <= this.read)
			return false;
		this.read = this.last;
		this.version++;
		return true;
	}

	/* The reader goes away: what comes from now on is unread. */
	away() {
		if (!this.held)
			this.mark = Math.max(this.mark, this.read);
		this.watched = false;
		this.version++;
	}

	/* The reader wants what follows seq to be unread, until he leaves. */
	hold(seq) {
		this.read = this.mark = seq;
		this.held = true;
		this.version++;
	}

	/* He spoke, or said that he has read it all: no unread line above. */
	markHere() {
		this.mark = this.last;
		this.held = false;
		this.version++;
	}

	/* The own line that ArrowUp edits. */
	lastOwn() {
		return this.lines.findLast((l) => l.kind === KIND.MESSAGE &&
			l.own && l.seq > 0 && !l.deleted);
	}

	/* Keeps a room that is only followed from growing for ever. */
	trim() {
		if (this.lines.length <= HELD || this.paging)
			return;

		const gone = this.lines.splice(0,
			this.lines.length - KEPT);

		for (const l of gone)
			if (l.seq > 0)
				this.bySeq.delete(l.seq);
		this.lines.unshift(...gone.filter((l) => l.waiting));
		if (this.hole !== null && this.hole.before <= this.first)
			this.hole = null;
		this.atTop = false;
		this.version++;
	}
}
