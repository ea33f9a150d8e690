/*
 * The page's model of a room: each entry once, in order, and a replay that
 * folds to what history says.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Buffer, KIND, STATE } from "../../www/js/buffer.js";
import { Buffers } from "../../www/js/buffers.js";

const me = { user: "ann", guest: true };
const message = (seq, text, more = {}) => ({ ev: "message", room: "r", seq,
	at: 1000 + seq, from: "bob", guest: true, text, ...more });
const change = (ev, seq, target, more = {}) => ({ ev, room: "r", seq,
	at: 1000 + seq, from: "bob", guest: true, target, ...more });

const picture = (b) => b.lines.map((l) => l.kind === KIND.MESSAGE
	? `${l.seq || "-"} ${l.deleted ? "gone" : l.text}${l.edited ? " (edited)"
		: ""}${l.reactions.map((r) => ` ${r.emoji}`).join("")}`
	: l.text);

function room(entries = []) {
	const b = new Buffer("r");

	b.begin(0);
	for (const ev of entries)
		b.entry(ev, me);
	return b;
}

test("an entry that comes again changes nothing", () => {
	const b = room([message(1, "one"), message(2, "two")]);

	assert.equal(b.entry(message(2, "two"), me), false);
	assert.equal(b.entry(message(1, "other"), me), false);
	assert.deepEqual(picture(b), ["1 one", "2 two"]);
});

test("an edit, a delete and reactions change the line they mean", () => {
	const b = room([message(1, "one"), message(2, "two"),
		change("edit", 3, 1, { text: "uno" }),
		change("react", 4, 2, { emoji: "👍" }),
		change("react", 5, 2, { emoji: "🎉", from: "ann" }),
		change("unreact", 6, 2, { emoji: "👍", react: 4 }),
		message(7, "three"), change("delete", 8, 7)]);

	assert.deepEqual(picture(b), ["1 uno (edited)", "2 two 🎉", "7 gone"]);
	assert.equal(b.find(2).reactions[0].own, true);
	assert.equal(b.last, 8);
});

test("a deleted message has no text, whatever follows", () => {
	const b = room([message(1, undefined, { deleted: true }),
		change("edit", 2, 1, { deleted: true }), change("delete", 3, 1),
		change("edit", 4, 1, { text: "again" }),
		change("react", 5, 1, { emoji: "👍" })]);

	assert.deepEqual(picture(b), ["1 gone"]);
	assert.equal(b.find(1).text, "");
});

test("kinds that are not known yet are counted", () => {
	const b = room([message(1, "one"), { ev: "pinned", room: "r", seq: 2 }]);

	assert.equal(b.last, 2);
	assert.equal(b.entry(message(3, "three"), me), true);
});

test("a reply before the own event and one after it make the same line", () => {
	for (const replyFirst of [true, false]) {
		const b = room([message(1, "one")]);
		const own = message(2, "mine", { from: "ann", nonce: "n" });

		b.own({ nonce: "n", text: "mine" });
		if (replyFirst)
			b.stored("n", 2, 1002);
		b.entry(own, me);
		if (!replyFirst)
			b.stored("n", 2, 1002);
		assert.deepEqual(picture(b), ["1 one", "2 mine"]);
		assert.equal(b.find(2).state, STATE.STORED);
		assert.equal(b.find(2).own, true);
	}
});

test("an own line that is stored goes where its number says", () => {
	const b = room([message(1, "one")]);

	b.own({ nonce: "n", text: "mine" });
	b.own({ nonce: "m", text: "later" });
	b.stored("n", 4, 1004);
	b.entry(message(2, "two"), me);
	b.entry(message(3, "three"), me);
	b.entry(message(4, "mine", { from: "ann", nonce: "n" }), me);
	assert.deepEqual(picture(b), ["1 one", "2 two", "3 three", "4 mine",
		"- later"]);
});

test("a waiting edit goes when the edit is stored, in either order", () => {
	for (const replyFirst of [true, false]) {
		const b = room([message(1, "one", { from: "ann" })]);

		b.own({ nonce: "n", text: "uno", target: 1 });
		if (replyFirst)
			b.stored("n", 2, 1002);
		b.entry(change("edit", 2, 1, { text: "uno", nonce: "n" }), me);
		if (!replyFirst)
			b.stored("n", 2, 1002);
		assert.deepEqual(picture(b), ["1 uno (edited)"]);
	}
});

test("notes stay where they were made while history comes above", () => {
	const b = new Buffer("r");

	b.note("connecting");
	b.begin(10);
	b.entry(message(11, "eleven"), me);
	b.note("between");
	b.entry(message(12, "twelve"), me);
	b.page([message(9, "nine"), message(10, "ten")], me);
	assert.deepEqual(picture(b), ["9 nine", "10 ten", "connecting",
		"11 eleven", "between", "12 twelve"]);
});

test("a change told while a page of history is under way is not lost", () => {
	const b = room();

	b.begin(10);
	b.paging = true;
	b.entry(change("edit", 11, 5, { text: "new" }), me);
	b.entry(change("react", 12, 5, { emoji: "👍" }), me);
	b.paging = false;
	b.page([message(5, "old")], me);
	assert.deepEqual(picture(b), ["5 new (edited) 👍"]);
});

test("a page that is younger than the replay is not made older by it", () => {
	const b = room([message(1, "one")]);

	b.page([message(1, "three", { edited: { seq: 4, at: 1 },
		reactions: [{ emoji: "👍", user: "bob", guest: true, seq: 3 }] })],
	me);
	b.entry(change("edit", 2, 1, { text: "two" }), me);
	b.entry(change("react", 3, 1, { emoji: "👍" }), me);
	b.entry(change("edit", 4, 1, { text: "three" }), me);
	assert.deepEqual(picture(b), ["1 three (edited) 👍"]);
});

test("a reset forgets entries and keeps own words", () => {
	const b = room([message(1, "one")]);

	b.own({ nonce: "n", text: "mine" });
	b.note("a note");
	b.reset();
	b.begin(0);
	b.entry(message(1, "new"), me);
	assert.deepEqual(picture(b), ["a note", "1 new", "- mine"]);
});

test("a topic that history brings does not replace a newer one", () => {
	const b = room();
	const topic = (seq, text) => ({ ev: "topic", room: "r", seq, at: seq,
		from: "bob", guest: true, topic: text });

	b.topic = "new";
	b.topicSeq = 10;
	b.page([topic(3, "old")], me);
	assert.equal(b.topic, "new");
	b.entry(topic(11, "newest"), me);
	assert.equal(b.topic, "newest");
});

test("a room that is followed for long holds a bounded number of lines", () => {
	const b = room();

	for (let seq = 1; seq <= 5000; seq++) {
		b.entry(message(seq, "x"), me);
		b.trim();
	}
	assert.ok(b.lines.length <= 1500);
	assert.equal(b.lines.at(-1).seq, 5000);
	assert.equal(b.atTop, false);
	assert.equal(b.find(1), undefined);
	assert.equal(b.bySeq.size, b.lines.length);
});

/* A log of random operations, its replay and what history says of it. */
function randomLog(n, random) {
	const log = [];
	const state = new Map();
	const pick = (l) => l[Math.floor(random() * l.length)];

	for (let seq = 1; seq <= n; seq++) {
		const kind = pick(["message", "message", "edit", "react", "unreact",
			"delete"]);
		const targets = [...state.values()].filter((m) => !m.deleted);
		const m = targets.length ? pick(targets) : null;

		if (kind === "message" || m === null ||
		    (kind === "unreact" && m.reactions.length === 0)) {
			log.push(message(seq, `text ${seq}`));
			state.set(seq, message(seq, `text ${seq}`, { reactions: [] }));
		} else if (kind === "edit") {
			log.push(change("edit", seq, m.seq, { text: `edit ${seq}` }));
			Object.assign(m, { text: `edit ${seq}`,
				edited: { seq, at: 1000 + seq } });
		} else if (kind === "delete") {
			log.push(change("delete", seq, m.seq));
			Object.assign(m, { deleted: true, reactions: [] });
			delete m.text;
			delete m.edited;
		} else if (kind === "react") {
			const emoji = pick(["👍", "🎉", "😢"]);

			log.push(change("react", seq, m.seq, { emoji }));
			m.reactions.push({ emoji, user: "bob", guest: true, seq });
		} else {
			const r = pick(m.reactions);

			log.push(change("unreact", seq, m.seq,
				{ emoji: r.emoji, react: r.seq }));
			m.reactions = m.reactions.filter((o) => o !== r);
		}
	}
	return { log, history: [...state.values()] };
}

test("folding a replay gives exactly what history says", () => {
	let seed = 7;
	const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;

	for (let round = 0; round < 20; round++) {
		const { log, history } = randomLog(250, random);
		const replayed = room(log);
		const paged = room();

		for (let end = history.length; end > 0; end -= 30)
			paged.page(history.slice(Math.max(0, end - 30), end), me);
		assert.deepEqual(picture(replayed), picture(paged));

		/* And history first, then the end of the log again. */
		const both = room();

		both.begin(200);
		both.page(history, me);
		for (const ev of log.slice(200))
			both.entry(ev, me);
		assert.deepEqual(picture(both), picture(replayed));
	}
});

test("unread counts what others said above the marker", () => {
	const b = room([message(1, "one"), message(2, "mine", { from: "ann" }),
		message(3, "three"), change("react", 4, 1, { emoji: "👍" })]);

	assert.equal(b.unread, 2);
	b.read = 1;
	assert.equal(b.unread, 1);
	assert.equal(b.seen(), true);
	assert.equal(b.unread, 0);
	assert.equal(b.seen(), false);
});

test("the unread line stays while it is read, and goes with the reader", () => {
	const b = room([message(1, "one"), message(2, "two")]);

	b.read = b.mark = 1;
	b.seen();
	assert.equal(b.mark, 1, "it stays where unread lines were");
	b.entry(message(3, "three"), me);
	b.seen();
	assert.equal(b.mark, 1);
	b.away();
	assert.equal(b.mark, 3);
	b.entry(message(4, "four"), me);
	b.seen();
	assert.equal(b.mark, 3, "what came while he was away is marked");
});

test("what comes in while the end is watched gets no unread line", () => {
	const b = room([message(1, "one")]);

	b.read = b.mark = 1;
	assert.equal(b.seen(), false);
	b.entry(message(2, "two"), me);
	assert.equal(b.seen(), true);
	assert.equal(b.mark, 2);
});

test("what is marked unread stays so until the reader leaves or speaks", () => {
	const b = room([message(1, "one"), message(2, "two")]);

	b.seen();
	b.hold(1);
	assert.equal(b.seen(), false);
	assert.deepEqual([b.read, b.mark, b.unread], [1, 1, 1]);
	b.away();
	assert.equal(b.mark, 1);
	b.markHere();
	assert.equal(b.seen(), true);
	assert.equal(b.mark, 2);
});

test("rooms are found by equal names, and closing one shows the last", () => {
	const rooms = new Buffers();
	const a = rooms.open("Lobby"), b = rooms.open("den");

	assert.equal(rooms.open("lobby"), a);
	rooms.show(b);
	rooms.close(b);
	assert.equal(rooms.current, a);
	rooms.close(a);
	assert.equal(rooms.current, null);
});
