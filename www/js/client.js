/*
 * client: speaks chat.v1 over the connection: hello, joins and resumes, and
 * requests with their replies.
 *
 * Owns who we are (`me`).  Rooms are held by their canonical names; how they
 * are joined and resumed stands in client_join.js.
 */
import * as places from "./client_join.js";
import { decode, encode } from "./codec.js";
import { Conn, LINK } from "./conn.js";
import { handlers } from "./on.js";
import { alone } from "./outbox_db.js";
import * as prefs from "./prefs.js";
import { PROTOCOL } from "./proto.js";
import { shown } from "./text.js";

const NAME = "page";
const MEMBERS = 200;		/* asked for at once */
const MEMBERS_MAX = 600;	/* above, only the count is told */

export class Client {
	/*
	 * app: the application (app.js), told by its methods changed(),
	 * linkChanged(), helloed(reply, was), joined(buffer, asked),
	 * entered(buffer, event), strange().
	 */
	constructor(app, url, options) {
		this.app = app;
		this.me = { user: "", guest: true, id: "", names: [] };
		this.limits = null;
		this.server = "";
		this.serial = 0;
		this.pending = new Map();	/* id -> done */
		this.conn = new Conn(url, PROTOCOL, {
			opened: () => this.opened(),
			frame: (text) => this.frame(text),
			changed: () => this.linkChanged(),
			ping: () => this.request("ping", {}, () => {}),
		}, options);
	}

	get up() {
		return this.conn.link === LINK.UP;
	}

	/*
	 * Asks the server; done(reply) is called once, with null when the
	 * link broke before an answer came: then nobody knows.
	 */
	request(op, fields, done) {
		const id = ++this.serial;
		const frame = encode(op, id, fields);

		if (frame.error) {
			done({ ok: false, error: frame.error });
			return;
		}
		this.pending.set(id, done);
		if (!this.conn.send(frame.text)) {
			this.pending.delete(id);
			done(null);
		}
	}

	/* Tells the server something that needs no answer. */
	tell(op, fields) {
		const frame = encode(op, null, fields);

		if (frame.text !== undefined && this.up)
			this.conn.send(frame.text);
	}

	frame(text) {
		const f = decode(text);

		if (f === null)
			return;
		if ("re" in f) {
			const done = this.pending.get(f.re);

			this.pending.delete(f.re);
			done?.(f);
		} else if (Object.hasOwn(handlers, f.ev)) {
			handlers[f.ev](this, f);
		} else {
			handlers.unknown(this, f);
		}
	}

	/* The link's state is another: nobody answers what was asked. */
	linkChanged() {
		if (this.conn.link === LINK.WAITING ||
		    this.conn.link === LINK.STOPPED)
			this.lost();
		this.app.linkChanged();
	}

	lost() {
		const asked = [...this.pending.values()];

		this.pending.clear();
		for (const b of this.app.buffers.v) {
			places.lost(b);
			b.paging = false;
			b.late = [];
			b.typing.clear();
		}
		for (const done of asked)
			done(null);
	}

	/* A socket is open: say who we are. */
	opened() {
		const socket = this.conn.socket;

		if (prefs.identity.get() !== null) {
			this.hello(() => {});
			return;
		}
		/* One tab makes the guest, the others find him made. */
		alone("hello", () => new Promise((resolve) => {
			if (this.conn.socket === socket)
				this.hello(resolve);
			else
				resolve();
		}));
	}

	hello(done) {
		const known = prefs.identity.get();

		this.request("hello", {
			client: NAME,
			nick: prefs.get("nick") ?? undefined,
			token: known?.token,
		}, (reply) => {
			this.helloed(reply, known);
			done();
		});
	}

	helloed(reply, known) {
		if (reply === null)
			return;
		if (!reply.ok) {
			this.helloFailed(reply.error);
			return;
		}

		const token = reply.token ?? known?.token ?? "";
		const { id, names } = prefs.identity.put(token, reply.user);

		this.me = { user: reply.user, guest: Boolean(reply.guest), id,
			names };
		this.limits = reply.limits;
		this.server = `${reply.server} ${reply.version}`;
		this.conn.ready();
		for (const b of this.app.buffers.v)
			if (b.wanted)
				places.join(this, b);
		this.app.helloed(reply, known?.user);
	}

	join(b) {
		b.wanted = true;
		if (this.up && !b.joined && !b.joining)
			places.join(this, b);
	}

	helloFailed(error) {
		if (error.code === "unauthorized") {
			this.conn.stop(error.text);
			this.app.strange();
			return;
		}
		/* A name that was fine once may not be any more. */
		if (error.field === "nick")
			prefs.put("nick", null);
		this.conn.bye(error.text, error.retry_after);
		this.conn.lose(error.text);
	}

	/* Reads who is there, page by page. */
	members(b) {
		b.members.clear();
		this.memberPage(b, undefined, 0);
	}

	memberPage(b, after, n) {
		this.request("members", { room: b.room, after, limit: MEMBERS },
			(reply) => {
				if (!reply?.ok)
					return;
				for (const m of reply.members)
					if (m.online !== false)
						b.members.put(m.user, m.guest, m);
				n += reply.members.length;
				b.version++;
				this.app.changed(b);
				if (reply.next !== undefined && n < MEMBERS_MAX)
					this.memberPage(b, reply.next, n);
			});
	}

	/* The own name is another. */
	renamed(user) {
		const known = prefs.identity.get();

		this.me = { ...this.me, user };
		if (known !== null)
			this.me.names = prefs.identity.put(known.token, user).names;
		this.app.linkChanged();
	}

	/* Whether a message may be our own, of this name or an earlier one. */
	mayOwn(l) {
		const { user, guest, names } = this.me;

		return l.own || (l.guest === guest &&
			[user, ...names].includes(l.from));
	}

	get name() {
		return shown(this.me.user, this.me.guest);
	}
}
