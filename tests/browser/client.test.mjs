/*
 * The client against a server that is played by hand: joins, resumes, holes,
 * identities and links, on a clock of the test's own.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { storage } from "./browserlike.mjs";
import { App } from "../../www/js/app.js";
import { run } from "../../www/js/command.js";
import { LINK } from "../../www/js/conn.js";
import { OutboxMemory } from "../../www/js/outbox_db.js";
import { identity } from "../../www/js/prefs.js";

/* The ends of a WebSocket: what the page holds, and what the test plays. */
class Socket {
	static all = [];

	constructor() {
		this.readyState = 0;
		this.sent = [];
		Socket.all.push(this);
	}

	static get last() {
		return Socket.all.at(-1);
	}

	send(text) {
		this.sent.push(JSON.parse(text));
	}

	close() {
		this.readyState = 3;
	}

	open() {
		this.readyState = 1;
		this.onopen();
	}

	say(o) {
		this.onmessage({ data: JSON.stringify(o) });
	}

	/* The last request of an op, taken out; undefined without one. */
	take(op) {
		const i = this.sent.findLastIndex((m) => m.op === op);

		return i < 0 ? undefined : this.sent.splice(i, 1)[0];
	}

	answer(op, fields) {
		const m = this.take(op);

		assert.ok(m, `no ${op} was asked`);
		this.say({ re: m.id, ok: true, ...fields });
		return m;
	}

	cut(code = 1006, reason = "") {
		this.readyState = 3;
		this.onclose({ code, reason });
	}
}

let app;

beforeEach(() => {
	storage.clear();
	Socket.all = [];
	app = new App("ws://test/ws", new OutboxMemory(), "tab",
		{ make: () => new Socket() });
	app.buffers.open("lobby");
	app.client.conn.start();
});

afterEach(() => {
	app.client.conn.stop("end of the test");
	clearTimeout(app.outbox.timer);
	mock.restoreAll();
});

const hello = { user: "ann", guest: true, token: "secret", server: "s",
	version: "1", limits: {}, rooms: [] };
const joinReply = { room: "lobby", epoch: "e", seq: 10, recovered: true,
	replay: 0, topic: "", visibility: "public", role: "member", read: 10,
	online: 1 };
const message = (seq, text = `m${seq}`) => ({ ev: "message", room: "lobby",
	seq, at: seq, from: "bob", guest: true, text });
const lobby = () => app.buffers.find("lobby");
const texts = () => lobby().lines.map((l) => l.text);

/* Opens the link and says hello. */
async function link(more = {}) {
	Socket.last.open();
	await rest();
	Socket.last.answer("hello", { ...hello, ...more });
	await rest();
}

async function rest() {
	for (let i = 0; i < 50; i++)
		await Promise.resolve();
}

/* The link breaks and comes back. */
async function again(ms = 1000) {
	const start = Date.now();

	Socket.last.cut();
	mock.method(Date, "now", () => start + ms);
	app.touch();
	await link({ token: undefined });
}

test("hello without a token keeps the one it gets, and shows it next time",
	async () => {
		Socket.last.open();
		await rest();
		assert.equal(Socket.last.sent[0].token, undefined);
		Socket.last.answer("hello", hello);
		await again();
		assert.equal(Socket.all.length, 2);

		Socket.last.cut();
		mock.method(Date, "now", () => 1e15);
		app.touch();
		Socket.last.open();
		await rest();
		assert.equal(Socket.last.sent[0].token, "secret");
	});

test("a token that is not known stops the client, never a silent guest",
	async () => {
		await link();
		Socket.last.cut();
		mock.method(Date, "now", () => 1e15);
		app.touch();
		Socket.last.open();
		await rest();

		const m = Socket.last.take("hello");

		Socket.last.say({ re: m.id, ok: false,
			error: { code: "unauthorized", text: "who?" } });
		assert.equal(app.client.conn.link, LINK.STOPPED);
	});

test("the first join asks for the newest, each next one for the rest",
	async () => {
		await link();
		assert.deepEqual(Socket.last.answer("join", { ...joinReply,
			replay: 2 }).last, 50);
		Socket.last.say(message(9));
		Socket.last.say(message(10));
		Socket.last.say(message(11));
		await again();

		const m = Socket.last.answer("join", { ...joinReply, seq: 13,
			replay: 2 });

		assert.equal(m.after, 11);
		assert.equal(m.epoch, "e");
		assert.equal(m.last, undefined);
	});

test("the line about the outage comes behind the replay, once", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	Socket.last.say(message(11));
	await again(41000);
	Socket.last.answer("join", { ...joinReply, seq: 13, replay: 2 });
	Socket.last.say(message(12));
	assert.deepEqual(texts(), ["m11", "m12"]);
	Socket.last.say({ ev: "react", room: "lobby", seq: 13, at: 1, from: "b",
		target: 12, emoji: "x" });
	Socket.last.say(message(14));
	assert.deepEqual(texts(), ["m11", "m12",
		"back after 41 s: 1 message replayed, none missed", "m14"]);
});

/* The terminal client's check_client.c has the same replay. */
test("the line counts messages and nothing else", async () => {
	await link();
	Socket.last.answer("join", { ...joinReply, seq: 3 });
	await again(41000);
	Socket.last.answer("join", { ...joinReply, seq: 12, replay: 9 });
	Socket.last.say(message(4));
	for (const ev of [
		{ ev: "edit", seq: 5, target: 4, text: "x" },
		{ ev: "react", seq: 6, target: 4, emoji: "x" },
		{ ev: "unreact", seq: 7, target: 4, emoji: "x", react: 6 },
		{ ev: "topic", seq: 8, topic: "t" },
		{ ev: "message", seq: 9, deleted: true },
		{ ev: "delete", seq: 10, target: 9 },
		{ ev: "poll", seq: 11 },
	])
		Socket.last.say({ room: "lobby", at: 1, from: "bob", ...ev });
	Socket.last.say(message(12));
	assert.equal(texts().at(-1),
		"back after 41 s: 3 messages replayed, none missed");
});

test("a replay that is cut again is told as one outage", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	await again(1000);
	Socket.last.answer("join", { ...joinReply, seq: 12, replay: 2 });
	Socket.last.say(message(11));
	await again(2000);
	assert.equal(Socket.last.answer("join", { ...joinReply, seq: 12,
		replay: 1 }).after, 11);
	Socket.last.say(message(12));
	assert.equal(texts().filter((t) => t.startsWith("back after")).length, 1);
	assert.match(texts().at(-1), /: 2 messages replayed, none missed$/);
});

test("what retention removed is told with how many and why", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	await again(1000);
	Socket.last.answer("join", { ...joinReply, seq: 21, recovered: false,
		replay: 1, gap: { from: 11, to: 20, reason: "retention" } });
	Socket.last.say(message(21));
	assert.match(texts().at(-1), /: 1 message replayed, 10 gone: the server keeps them no longer$/);
});

test("another epoch forgets the lines and begins at the end", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	Socket.last.say(message(11));
	await again(1000);
	Socket.last.answer("join", { ...joinReply, epoch: "f", seq: 1,
		recovered: false, reset: true });
	assert.equal(Socket.last.answer("join", { ...joinReply, epoch: "f",
		seq: 1, replay: 1 }).last, 50);
	Socket.last.say(message(1, "new"));
	assert.equal(texts()[0], "new");
	assert.match(texts()[1], /^back after .* another one/);
});

test("a hole is asked for again, and told only if it stays", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	Socket.last.say(message(11));
	Socket.last.say(message(13));
	assert.deepEqual(texts(), ["m11"]);
	Socket.last.say(message(14));
	assert.equal(Socket.last.answer("join", { ...joinReply, seq: 14,
		replay: 3 }).after, 11);
	for (const seq of [12, 13, 14])
		Socket.last.say(message(seq));
	assert.deepEqual(texts(), ["m11", "m12", "m13", "m14"]);

	Socket.last.say(message(16));
	Socket.last.answer("join", { ...joinReply, seq: 16, replay: 1 });
	Socket.last.say(message(16));
	assert.deepEqual(texts().slice(4), ["entries 15 to 15: 1 missing: not sent",
		"m16"]);
});

test("entries of the place before do not count behind a second join",
	async () => {
		await link();
		Socket.last.answer("join", joinReply);
		Socket.last.say(message(12));
		Socket.last.say(message(13));
		Socket.last.say(message(14));
		Socket.last.answer("join", { ...joinReply, seq: 14, replay: 4 });
		for (const seq of [11, 12, 13, 14])
			Socket.last.say(message(seq));
		assert.deepEqual(texts(), ["m11", "m12", "m13", "m14"]);
	});

test("whose a message is the server decides, and it may be of an earlier name",
	async () => {
		await link();
		Socket.last.answer("join", joinReply);
		Socket.last.say({ ...message(11), from: "ann" });
		Socket.last.say(message(12));
		app.nick(lobby(), "bea");
		Socket.last.answer("nick", { user: "bea" });
		Socket.last.say({ ...message(13), from: "ann" });
		assert.deepEqual([11, 12, 13].map((seq) =>
			app.client.mayOwn(lobby().find(seq))), [true, false, true]);
		assert.equal(lobby().find(13).own, false, "nobody knows");

		/* As after a reload, and not for another guest. */
		await again();
		assert.equal(app.client.mayOwn(lobby().find(13)), true);
		Socket.last.answer("join", { ...joinReply, seq: 13 });
		assert.ok(run(app, lobby(), "/edit #13 better"));
		await rest();
		assert.equal(Socket.last.take("edit").seq, 13);
		assert.ok(run(app, lobby(), "/delete #12"));

		const m = Socket.last.take("delete");

		Socket.last.say({ re: m.id, ok: false,
			error: { code: "forbidden", text: "not yours" } });
		assert.equal(texts().find((t) => t.startsWith("taking")),
			"taking the message back failed, not yours");
		assert.deepEqual(identity.put("another", "cat").names, []);
	});

test("unknown events are counted if they have a number", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	Socket.last.say({ ev: "pinned", room: "lobby", seq: 11, from: "x" });
	Socket.last.say({ ev: "weather", text: "rain" });
	Socket.last.say(message(12));
	assert.deepEqual(texts(), ["m12"]);
});

test("an own line is one line, whichever comes first", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	for (const replyFirst of [true, false]) {
		const seq = replyFirst ? 11 : 12;

		app.say(lobby(), `own ${seq}`);
		await rest();

		const m = Socket.last.take("send");
		const reply = { re: m.id, ok: true, room: "lobby", seq, at: 1 };
		const event = { ...message(seq, m.text), from: "ann",
			nonce: m.nonce };

		for (const o of replyFirst ? [reply, event] : [event, reply]) {
			Socket.last.say(o);
			await rest();
		}
	}
	assert.deepEqual(texts(), ["own 11", "own 12"]);
	assert.equal(app.outbox.items.length, 0);
});

test("an own line whose answer was lost is sent again with its nonce",
	async () => {
		await link();
		Socket.last.answer("join", joinReply);
		app.say(lobby(), "hello");
		await rest();

		const first = Socket.last.take("send");

		await again();
		Socket.last.answer("join", joinReply);
		await rest();
		assert.equal(Socket.last.take("send").nonce, first.nonce);
	});

test("an own line waits for its room to be joined", async () => {
	await link();
	app.say(lobby(), "early");
	await rest();
	assert.equal(Socket.last.take("send"), undefined);
	Socket.last.answer("join", joinReply);
	await rest();
	assert.equal(Socket.last.take("send").text, "early");
});

test("a room that is spelled otherwise keeps its lines", async () => {
	app.buffers.open("STRASSE");

	const b = app.buffers.open("straße");

	app.say(b, "early");
	await link();
	for (const m of Socket.last.sent.filter((o) => o.op === "join"))
		Socket.last.say({ re: m.id, ok: true, ...joinReply,
			room: m.room === "lobby" ? "lobby" : "strasse" });
	await rest();
	assert.equal(Socket.last.take("send")?.room, "strasse");
	assert.deepEqual(app.buffers.v.map((o) => o.room), ["lobby", "strasse"]);
});

test("the server that says goodbye is come back to when it asks", async () => {
	mock.method(Date, "now", () => 1000000);
	await link();
	Socket.last.say({ ev: "bye", reason: "restart", retry_after: 7.5 });
	Socket.last.cut(1001, "restart");
	assert.equal(app.client.conn.link, LINK.WAITING);
	assert.equal(app.status().retryIn, 8);
});

test("a close for policy reasons is final until the user says otherwise",
	async () => {
		await link();
		Socket.last.cut(1008, "too many errors");
		assert.equal(app.client.conn.link, LINK.STOPPED);
		app.touch();
		assert.equal(Socket.all.length, 1);
		app.client.conn.start();
		assert.equal(Socket.all.length, 2);
	});

test("a silent link is noticed within 40 s", async () => {
	let now = 1000000;

	mock.method(Date, "now", () => now);
	await link();
	for (let s = 0; s < 40 && app.client.up; s++) {
		now += 1000;
		app.client.conn.tick();
	}
	assert.equal(app.client.conn.link, LINK.WAITING);
	assert.ok(Socket.all[0].take("ping"));
});

test("a link that answers pings stays", async () => {
	let now = 1000000;

	mock.method(Date, "now", () => now);
	await link();
	for (let s = 0; s < 300; s++) {
		now += 1000;
		app.client.conn.tick();

		const m = Socket.last.take("ping");

		if (m)
			Socket.last.say({ re: m.id, ok: true, at: now });
	}
	assert.equal(app.client.conn.link, LINK.UP);
});

test("a kick ends the room, and it is not joined again", async () => {
	await link();
	Socket.last.answer("join", joinReply);
	Socket.last.say({ ev: "left", room: "lobby", reason: "kicked" });
	assert.match(texts()[0], /no longer in this room: kicked/);
	await again();
	assert.equal(Socket.last.take("join"), undefined);
});

test("a room on another server is not opened here under its name", async () => {
	await link();
	app.view = { changed() {}, link() {}, shown() {}, selected: () => null };
	assert.equal(run(app, lobby(), "/join http://other/room/den"), false);
	assert.match(texts().at(-1), /is on another server/);
	assert.equal(run(app, lobby(), "/join http://test/room/den#7"), true);
	assert.equal(app.buffers.find("den").goal, 7);
});
