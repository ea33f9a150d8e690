/*
 * client_join: places in the logs: joins, holes, replays.
 *
 * A buffer's `last` is the highest seq without a hole below it, counted from
 * where its first join began.  Entries pass only as last + 1; anything above
 * is asked for again once, by a join from `last`, and only if the server then
 * leaves the same hole it is told as a gap.  Between a join and its reply
 * nothing of the room passes: what comes then belongs to the place before.
 */
import { RESET, backWords, gapWords, newBack } from "./back.js";
import { KIND } from "./buffer.js";

const FIRST = 50;		/* messages shown when a room is opened */
const AGAIN = 2000;		/* ms, when the server was too busy for a join */

/* Opens a room at its end, or goes on where it was left. */
export function join(c, b) {
	const place = b.epoch === "" ? { last: FIRST }
		: { after: b.last, epoch: b.epoch };

	b.joined = false;
	b.joining = true;
	c.request("join", { room: b.room, ...place }, (reply) => {
		b.joining = false;
		if (reply === null || !b.wanted)
			return;
		if (reply.ok)
			joined(c, b, reply);
		else
			barred(c, b, reply.error);
	});
}

/* The link is gone: from now on the outage is counted, once for each room. */
export function lost(b) {
	if (b.joined && b.back.lostAt === 0)
		b.back = newBack(Date.now());
	b.joined = b.joining = false;
}

function barred(c, b, error) {
	if (error.code === "rate_limited" || error.code === "unavailable") {
		setTimeout(() => {
			if (c.up && b.wanted && !b.joined && !b.joining)
				join(c, b);
		}, error.retry_after === undefined ? AGAIN
			: error.retry_after * 1000);
		return;
	}
	b.wanted = false;
	b.left = error.text;
	b.note(`${b.room} was not opened: ${error.text}`);
	c.app.changed(b);
}

function joined(c, b, reply) {
	const asked = b.room;

	b.room = reply.room;
	b.left = "";
	b.end = reply.seq;
	b.topic = reply.topic ?? "";
	b.topicSeq = reply.seq;		/* younger than any replayed one */
	b.visibility = reply.visibility ?? "public";
	b.role = reply.role ?? "";
	b.online = reply.online ?? b.online;
	b.version++;
	if (reply.reset) {
		reset(c, b);
		return;
	}

	const first = b.epoch === "";

	b.epoch = reply.epoch;
	b.joined = true;
	b.watched = false;
	b.back.until = b.end;
	b.read = reply.read ?? b.read;
	if (first) {
		b.begin(reply.seq - (reply.replay ?? 0));
		b.mark = b.read;
		b.atTop = b.last === 0;
	} else if (reply.gap !== undefined) {
		missed(b, reply.gap.from, reply.gap.to, reply.gap.reason);
	}
	c.members(b);
	c.app.joined(b, asked);
	progress(c, b);
}

/* Another log under the same name: what is held of it means nothing. */
export function reset(c, b) {
	b.reset();
	b.epoch = "";
	b.back.reset = true;
	join(c, b);
}

function missed(b, from, to, why) {
	b.back.gone += to - from + 1;
	b.back.why = why;
	b.last = Math.max(b.last, to);
}

/* When all of the replay has come, the room is told so. */
function progress(c, b) {
	if (!b.joined || b.back.lostAt === 0 || b.last < b.back.until)
		return;
	b.note(backWords(b.back, Date.now()), KIND.BACK);
	b.back = newBack();
	c.app.changed(b);
}

/* Whether an entry is the next one; if not, what is missing is asked for. */
function follows(c, b, ev) {
	if (ev.seq <= b.last + 1) {
		b.holedAt = 0;
		return ev.seq === b.last + 1;
	}
	if (b.holedAt !== b.last + 1) {
		b.holedAt = b.last + 1;
		join(c, b);
		return false;
	}
	gap(c, b, { from: b.last + 1, to: ev.seq - 1 }, "not sent");
	b.holedAt = 0;
	return true;
}

/* True if the entry was applied. */
export function entry(c, b, ev) {
	if (!b.joined || !follows(c, b, ev))
		return false;
	if (ev.ev === "message")
		b.back.messages++;
	b.entry(ev, c.me);
	progress(c, b);
	return true;
}

/* Entries that will not come. */
export function gap(c, b, ev, why = "retention") {
	if (!b.joined || ev.to <= b.last)
		return;

	const from = Math.max(ev.from, b.last + 1);

	missed(b, from, ev.to, why);
	/* After a reconnect the line about it tells. */
	if (b.back.lostAt === 0) {
		b.note(`entries ${from} to ${ev.to}: ${
			gapWords(ev.to - from + 1, why)}`);
		b.back = newBack();
	}
	progress(c, b);
}

/* The server says that the numbers mean something else now. */
export function epochChanged(c, b) {
	b.note(RESET);
	b.joined = false;
	reset(c, b);
	b.back = newBack();
}
