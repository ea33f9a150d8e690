/*
 * conn: one WebSocket to the server, and the next when it is gone.
 *
 * Knows frames, not what they mean.  The link is `waiting` (with the time of
 * the next attempt), `connecting`, `up` (client.js calls ready() when hello
 * was answered) or `stopped` (it will not come back by itself).  Attempts
 * follow after 1, 2, 4 … 30 s with jitter, at once when the user presses a
 * key, and as the server asks (`bye`).  A silent link is noticed within 40 s
 * by pings of our own; a page can't send a WebSocket's.
 */

const BACKOFF_MIN = 1000;
const BACKOFF_MAX = 30000;
const SILENCE = 15000;		/* nothing came for so long: ask */
const ANSWER = 10000;		/* and for so long after that: dead */
const CONNECT = 15000;		/* an attempt takes at most */
const TICK = 1000;

export const LINK = { WAITING: "waiting", CONNECTING: "connecting", UP: "up",
	STOPPED: "stopped" };

/* Close codes as a sentence; 1006 is a cut line, as 1001. */
const WHY = {
	1001: "the server is restarting",
	1003: "the server did not accept a frame",
	1006: "the connection was cut",
	1007: "the server did not accept a text",
	1008: "the server ended this session",
	1009: "a frame was too large",
	1011: "the server made a mistake",
	1013: "the server is overloaded",
};

/* Wait before attempt n (0, 1, …), in ms: jittered so that not all come. */
export function backoff(n, random = Math.random) {
	const base = Math.min(BACKOFF_MAX, BACKOFF_MIN * 2 ** Math.min(n, 10));

	return Math.round(base * (0.75 + random() * 0.25));
}

export class Conn {
	/*
	 * hooks: opened(), frame(text), changed(), ping(); called by this
	 * object alone, never after stop().
	 */
	constructor(url, protocol, hooks, options = {}) {
		this.url = url;
		this.protocol = protocol;
		this.hooks = hooks;
		this.make = options.make ?? ((u, p) => new WebSocket(u, p));
		this.link = LINK.STOPPED;
		this.why = "";
		this.socket = null;
		this.attempt = 0;	/* failed ones since the link was up */
		this.nextAt = 0;
		this.triedAt = 0;	/* the last attempt */
		this.asked = null;	/* delay that `bye` asked for, in ms */
		this.heardAt = 0;
		this.pingAt = 0;
		this.timer = null;
	}

	start() {
		this.timer ??= setInterval(() => this.tick(), TICK);
		this.attempt = 0;
		this.connect();
	}

	/* Ends the link; only start() brings it back. */
	stop(why) {
		clearInterval(this.timer);
		this.timer = null;
		this.forget();
		this.set(LINK.STOPPED, why);
	}

	/* A key was pressed, or the network came: an attempt is made now. */
	touch() {
		if (this.link === LINK.WAITING &&
		    Date.now() - this.triedAt >= BACKOFF_MIN)
			this.connect();
	}

	/* hello was answered. */
	ready() {
		this.attempt = 0;
		this.set(LINK.UP, "");
	}

	/* The server said when to come back, in seconds. */
	bye(reason, retryAfter) {
		this.why = reason ?? "";
		this.asked = Number.isFinite(retryAfter)
			? Math.max(0, retryAfter * 1000) : null;
	}

	/* False if the socket does not take it: nothing was sent. */
	send(text) {
		if (this.socket?.readyState !== 1)
			return false;
		this.socket.send(text);
		return true;
	}

	/* The link is known to be dead: a new one is made after the back-off. */
	lose(why) {
		if (this.link === LINK.WAITING || this.link === LINK.STOPPED)
			return;
		this.forget();
		this.wait(why);
	}

	/* Seconds to the next attempt, for the countdown. */
	get retryIn() {
		return Math.max(0, Math.ceil((this.nextAt - Date.now()) / 1000));
	}

	/* After a sleep, or when the page is looked at again. */
	check() {
		if (this.link === LINK.UP && Date.now() - this.heardAt > TICK)
			this.ask();
		this.tick();
	}

	connect() {
		this.forget();
		this.asked = null;
		this.triedAt = this.heardAt = Date.now();
		this.pingAt = 0;
		this.set(LINK.CONNECTING, this.why);

		let s;

		try {
			s = this.make(this.url, this.protocol);
		} catch (e) {
			this.wait(e.message);
			return;
		}
		this.socket = s;
		s.onopen = () => {
			this.heardAt = Date.now();
			this.hooks.opened();
		};
		s.onmessage = (e) => {
			this.heardAt = Date.now();
			this.pingAt = 0;
			this.hooks.frame(e.data);
		};
		s.onclose = (e) => this.closed(e.code, e.reason);
	}

	closed(code, reason) {
		const why = reason || this.why || WHY[code] ||
			`the connection was closed (${code})`;

		this.socket = null;
		if (code === 1008) {
			this.stop(why);
			return;
		}
		if (code === 1013)
			this.attempt = Math.max(this.attempt, 3);
		this.wait(why);
	}

	wait(why) {
		const delay = this.asked ?? backoff(this.attempt);

		this.asked = null;
		this.attempt++;
		this.nextAt = Date.now() + delay;
		this.set(LINK.WAITING, why);
	}

	tick() {
		const now = Date.now();

		if (this.link === LINK.WAITING) {
			if (now >= this.nextAt)
				this.connect();
			else
				this.hooks.changed();
		} else if (this.link === LINK.CONNECTING) {
			if (now - this.heardAt > CONNECT)
				this.lose("the server does not answer");
		} else if (this.link === LINK.UP) {
			if (this.pingAt && now - this.pingAt > ANSWER)
				this.lose("the server fell silent");
			else if (!this.pingAt && now - this.heardAt > SILENCE)
				this.ask();
		}
	}

	ask() {
		if (!this.pingAt) {
			this.pingAt = Date.now();
			this.hooks.ping();
		}
	}

	/* Lets go of the socket; nothing of it is heard any more. */
	forget() {
		const s = this.socket;

		this.socket = null;
		if (s === null)
			return;
		s.onopen = s.onmessage = s.onclose = null;
		s.close();
	}

	set(link, why) {
		this.link = link;
		this.why = why;
		this.hooks.changed();
	}
}
