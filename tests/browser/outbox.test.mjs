/*
 * The outbox: what is resent by itself, what is asked about, and that nothing
 * typed is ever dropped by itself.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import "./browserlike.mjs";
import { Outbox, judge, newNonce, verdict } from "../../www/js/outbox.js";

const DAY = 24 * 3600 * 1000;

/* A disk, a server and a link, as the outbox sees them. */
class World {
	constructor() {
		this.disk = new Map();
		this.log = [];
		this.who = "ann";
		this.up = true;
		this.answer = () => ({ ok: true, seq: 1, at: 1 });
		this.states = [];
		this.box = this.open();
	}

	open(tab = "tab") {
		const db = {
			all: async () => [...this.disk.values()],
			put: async (i) => {
				this.disk.set(i.nonce, structuredClone(i));
				this.log.push(`disk ${i.text} ${i.state}`);
			},
			remove: async (nonce) => {
				this.disk.delete(nonce);
			},
		};

		return new Outbox(db, tab, {
			who: () => this.who,
			ready: () => this.up,
			send: async (i) => {
				this.log.push(`send ${i.text}`);
				return this.answer(i);
			},
			changed: (i) => this.states.push(`${i.text} ${i.state}`),
			stored: (i) => this.log.push(`stored ${i.text}`),
		});
	}

	/* Lets everything under way come to rest. */
	async rest() {
		for (let i = 0; i < 50; i++)
			await Promise.resolve();
	}
}

test("a line is on the disk as perhaps sent before a socket has it", async () => {
	const w = new World();

	w.box.add({ room: "r", text: "x" });
	await w.rest();
	assert.deepEqual(w.log, ["disk x queued", "disk x sent", "send x",
		"stored x"]);
	assert.equal(w.disk.size, 0);
});

test("lines go in the order in which they were typed, one at a time", async () => {
	const w = new World();
	const release = [];

	w.answer = () => new Promise((resolve) => release.push(resolve));
	for (const text of ["a", "b", "c"])
		w.box.add({ room: "r", text });
	await w.rest();
	assert.deepEqual(w.log.filter((l) => l.startsWith("send")), ["send a"]);
	for (let i = 0; i < 3; i++) {
		release[i]({ ok: true, seq: i + 1 });
		await w.rest();
	}
	assert.deepEqual(w.log.filter((l) => l.startsWith("send")),
		["send a", "send b", "send c"]);
});

test("a line whose answer was lost is sent again with its nonce", async () => {
	const w = new World();
	const nonces = [];

	w.answer = (i) => {
		nonces.push(i.nonce);
		return nonces.length === 1 ? null : { ok: true, seq: 1 };
	};
	w.box.add({ room: "r", text: "x" });
	await w.rest();
	assert.equal(w.disk.size, 1);
	await w.box.pump();
	assert.equal(nonces.length, 2);
	assert.equal(nonces[0], nonces[1]);
	assert.equal(w.disk.size, 0);
});

test("what was never sent is sent whenever a link is there", () => {
	const item = { state: "queued", who: "", sentAt: 0 };

	assert.equal(verdict(item, "anybody", 100 * DAY), "send");
});

test("what may have been sent is resent by itself for 6 days only", () => {
	const item = { state: "sent", who: "ann", sentAt: 10 * DAY };

	assert.equal(verdict(item, "ann", 10 * DAY), "send");
	assert.equal(verdict(item, "ann", 16 * DAY - 1), "send");
	assert.equal(verdict(item, "ann", 16 * DAY), "ask");
	assert.equal(verdict(item, "ann", 9 * DAY), "send", "a clock set right");
	assert.equal(verdict(item, "ann", 4 * DAY), "ask", "a clock set back");
});

test("what the user wants sent again goes while its nonce is known", () => {
	const item = { state: "queued", who: "ann", sentAt: 10 * DAY };

	assert.equal(verdict(item, "ann", 17 * DAY - 1), "send");
	assert.equal(verdict(item, "ann", 17 * DAY), "ask");
	assert.equal(verdict(item, "bob", 10 * DAY), "ask");
});

test("what may have been sent is not resent under another identity", () => {
	assert.equal(verdict({ state: "sent", who: "ann", sentAt: 0 }, "bob", 1),
		"ask");
});

test("a line in doubt is asked about, and those behind it go on", async () => {
	const w = new World();

	w.answer = () => null;
	w.box.add({ room: "r", text: "x" });
	await w.rest();
	w.who = "bob";
	w.answer = () => ({ ok: true, seq: 1 });
	w.box.add({ room: "r", text: "y" });
	await w.rest();
	assert.equal(w.states.at(-2), "x unsure");
	assert.deepEqual([...w.disk.values()].map((i) => i.state), ["unsure"]);

	w.box.again([...w.disk.keys()][0]);
	await w.rest();
	assert.equal(w.disk.size, 0);
});

test("a refused line stays, with the reason, until somebody decides", async () => {
	const w = new World();

	w.answer = (i) => i.text === "x" ? { ok: false,
		error: { code: "forbidden", text: "no" } } : { ok: true, seq: 1 };

	const x = w.box.add({ room: "r", text: "x" });

	w.box.add({ room: "r", text: "y" });
	await w.rest();
	assert.deepEqual([...w.disk.values()].map((i) => [i.text, i.state,
		i.reason]), [["x", "refused", "no"]]);
	await w.box.pump();
	assert.equal(w.log.filter((l) => l === "send x").length, 1);
	w.box.remove(x.nonce);
	assert.equal(w.disk.size, 0);
});

test("a rate or a store that is away makes it wait, in order", async () => {
	const w = new World();

	w.answer = () => ({ ok: false, error: { code: "rate_limited",
		text: "slow", retry_after: 0.05 } });
	w.box.add({ room: "r", text: "x" });
	w.box.add({ room: "r", text: "y" });
	await w.rest();
	assert.deepEqual(w.log.filter((l) => l.startsWith("send")), ["send x"]);
	w.answer = () => ({ ok: true, seq: 1 });
	await new Promise((resolve) => setTimeout(resolve, 150));
	assert.deepEqual(w.log.filter((l) => l.startsWith("send")),
		["send x", "send x", "send y"]);
});

test("errors are told apart", () => {
	for (const code of ["rate_limited", "unavailable", "unknown",
		"unauthorized"])
		assert.equal(judge({ code }), "again", code);
	assert.equal(judge({ code: "internal" }), "unsure");
	for (const code of ["forbidden", "not_found", "too_large", "conflict",
		"bad_request", "something_new"])
		assert.equal(judge({ code }), "refused", code);
});

test("the lines of a tab that is gone are taken over, the oldest first", async () => {
	const w = new World();

	w.up = false;
	w.box.add({ room: "r", text: "x", at: 2 });
	w.box.add({ room: "r", text: "w", at: 1 });
	await w.rest();

	const next = w.open("next");

	w.log = [];
	w.up = true;
	assert.equal(next.adopt([...w.disk.values()]).length, 2);
	assert.equal(next.adopt([...w.disk.values()]).length, 0, "once");
	await next.pump();
	await w.rest();
	assert.deepEqual(w.log.filter((l) => l.startsWith("send")),
		["send w", "send x"]);
	assert.equal(w.disk.size, 0);
});

/* An item whose answer was lost, and who would say what now. */
async function lost(days, who = "ann") {
	const w = new World();

	w.answer = () => null;

	const item = w.box.add({ room: "r", text: "x", kind: "action",
		replyTo: 3 });

	await w.rest();
	item.sentAt -= days * DAY;
	w.who = who;
	await w.box.pump();
	assert.equal(item.state, "unsure");
	return { w, item };
}

test('days are counted from the first try, also after "send again"', async () => {
	const { w, item } = await lost(6.5);

	assert.match(item.reason, /^sent more than 6 days ago/);
	w.box.again(item.nonce);
	await w.rest();
	await w.box.pump();
	assert.equal(item.state, "unsure", "lost again: asked again");
	assert.equal(w.log.filter((l) => l === "send x").length, 2);
});

test("sent again it has its nonce while the server would know it", async () => {
	const { w, item } = await lost(6.5);

	w.answer = () => ({ ok: true, seq: 1 });
	assert.equal(w.box.again(item.nonce), item);
	await w.rest();
	assert.equal(w.disk.size, 0);

	/* After a mistake of the server too. */
	w.answer = () => ({ ok: false, error: { code: "internal",
		text: "oops" } });

	const next = w.box.add({ room: "r", text: "y" });

	await w.rest();
	assert.equal(next.reason, "oops, sent again it is there once");
	assert.equal(w.box.again(next.nonce), next);
});

test("sent again it is a new line when the server would not", async () => {
	for (const [days, who, why] of [[7, "ann", /^sent more than 6 days ago/],
		[0, "bob", /^sent as another guest/]]) {
		const { w, item } = await lost(days, who);

		assert.match(item.reason, why);
		w.answer = () => null;

		const fresh = w.box.again(item.nonce);

		assert.notEqual(fresh.nonce, item.nonce);
		assert.deepEqual([fresh.text, fresh.kind, fresh.replyTo],
			["x", "action", 3]);
		await w.rest();
		assert.deepEqual([...w.disk.keys()], [fresh.nonce]);
		assert.equal(fresh.who, who, "and has days of its own");
		assert.equal(verdict(fresh, who, Date.now()), "send");
	}
});

test("what was refused is sent again as a new line", async () => {
	const w = new World();

	w.answer = () => ({ ok: false, error: { code: "conflict", text: "no" } });

	const item = w.box.add({ room: "r", text: "x" });

	await w.rest();
	w.answer = () => ({ ok: true, seq: 1 });
	assert.notEqual(w.box.again(item.nonce).nonce, item.nonce);
	await w.rest();
	assert.equal(w.disk.size, 0);
});

test("nonces are long and never the same", () => {
	const all = new Set(Array.from({ length: 1000 }, newNonce));

	assert.equal(all.size, 1000);
	for (const n of all)
		assert.match(n, /^[0-9a-f]{32}$/);
});
