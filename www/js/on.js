/*
 * on: what each event of the server does to the model: one handler for each
 * row of EVENTS.
 *
 * Entries of a log all go through Buffer.entry(), which applies each once.
 */
import * as places from "./client_join.js";
import { duration, shown } from "./text.js";

/* A typing sign fades if it is not renewed. */
const TYPING = 6000;

const buffer = (client, ev) => client.app.buffers.find(ev.room);

function entry(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined || !places.entry(client, b, ev))
		return;
	b.typing.delete(shown(ev.from, ev.guest));
	client.app.entered(b, ev);
}

function presence(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined)
		return;
	b.online = ev.online;
	for (const p of ev.leave ?? []) {
		b.members.drop(p.user, p.guest);
		b.typing.delete(shown(p.user, p.guest));
	}
	for (const p of ev.join ?? [])
		b.members.put(p.user, p.guest, { online: true, away: false });
	for (const p of ev.away ?? [])
		b.members.put(p.user, p.guest, { online: true, away: true });
	b.version++;
	client.app.changed(b);
}

function typing(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined || (ev.user === client.me.user &&
	    Boolean(ev.guest) === client.me.guest))
		return;
	b.typing.set(shown(ev.user, ev.guest), Date.now() + TYPING);
	setTimeout(() => client.app.changed(b), TYPING + 50);
	client.app.changed(b);
}

function nick(client, ev) {
	const b = buffer(client, ev);

	/* The reply may have said so before. */
	const own = Boolean(ev.guest) === client.me.guest &&
		(ev.old === client.me.user || ev.user === client.me.user);

	if (own)
		client.renamed(ev.user);
	if (b === undefined)
		return;
	b.members.rename(ev.old, ev.user, ev.guest);
	b.typing.delete(shown(ev.old, ev.guest));
	b.note(own ? `you are now ${shown(ev.user, ev.guest)}`
		: `${shown(ev.old, ev.guest)} is now ` +
			shown(ev.user, ev.guest));
	client.app.changed(b);
}

function read(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined)
		return;
	/* Another tab or program of ours: marked unread there it stays so. */
	if (ev.seq < b.read)
		b.hold(ev.seq);
	b.read = ev.seq;
	b.version++;
	client.app.changed(b);
}

function notice(client, ev) {
	for (const b of client.app.buffers.v) {
		b.note(`the server says: ${ev.text}`);
		client.app.changed(b);
	}
}

function bye(client, ev) {
	client.conn.bye(ev.reason, ev.retry_after);
	for (const b of client.app.buffers.v) {
		b.note(`the server says goodbye: ${ev.reason}` +
			(ev.retry_after === undefined ? ""
				: `; next attempt in ${
					duration(ev.retry_after * 1000)}`));
		client.app.changed(b);
	}
}

function left(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined)
		return;
	b.joined = b.wanted = false;
	b.left = ev.reason;
	b.members.clear();
	b.note(`you are no longer in this room: ${ev.reason}`);
	client.app.changed(b);
}

function gap(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined)
		return;
	places.gap(client, b, ev);
	client.app.changed(b);
}

function reset(client, ev) {
	const b = buffer(client, ev);

	if (b === undefined)
		return;
	places.epochChanged(client, b);
	client.app.changed(b);
}

/* A kind of entry that this page does not know yet is counted. */
function unknown(client, ev) {
	if (Number.isInteger(ev.seq) && typeof ev.room === "string")
		entry(client, ev);
}

export const handlers = { message: entry, edit: entry, delete: entry,
	react: entry, unreact: entry, topic: entry, presence, typing, nick,
	read, notice, bye, left, gap, reset, unknown };
