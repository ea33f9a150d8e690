/*
 * Words: the line after a reconnect, what is shown of hostile text, commands,
 * keys and completion.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { backWords, gapWords, newBack } from "../../www/js/back.js";
import { Buffer } from "../../www/js/buffer.js";
import { decode, encode } from "../../www/js/codec.js";
import { commandNames, lookup, parse, roomOf, target }
	from "../../www/js/command.js";
import { complete, people } from "../../www/js/complete.js";
import { backoff } from "../../www/js/conn.js";
import { find } from "../../www/js/keymap.js";
import { handlers } from "../../www/js/on.js";
import { COMMANDS, EVENTS, LIMITS, OPS } from "../../www/js/proto.js";
import { calls, clean, count, duration, fold, line } from "../../www/js/text.js";

const folder = process.env.VECTORS ? pathToFileURL(`${process.env.VECTORS}/`)
	: new URL("../vectors/", import.meta.url);
const vectors = (file) => JSON.parse(readFileSync(new URL(file, folder), "utf8"));

const after = (ms, more) => backWords({ ...newBack(1000), ...more }, 1000 + ms);

test("the line after a reconnect is always in these words", () => {
	assert.equal(after(41000, { messages: 17 }),
		"back after 41 s: 17 messages replayed, none missed");
	assert.equal(after(1000, {}),
		"back after 1 s: 0 messages replayed, none missed");
	assert.equal(after(1000, { messages: 1 }),
		"back after 1 s: 1 message replayed, none missed");
});

test("the line after a reconnect says how many are gone, and why", () => {
	assert.equal(after(41000, { messages: 3, gone: 12, why: "retention" }),
		"back after 41 s: 3 messages replayed, " +
		"12 gone: the server keeps them no longer");
	assert.equal(after(41000, { reset: true }), "back after 41 s: " +
		"the server's log of this room is another one; " +
		"what was shown before is gone");
	assert.equal(gapWords(2, "not sent"), "2 missing: not sent");
});

test("durations are told in the largest two units", () => {
	assert.equal(duration(400), "0 s");
	assert.equal(duration(59400), "59 s");
	assert.equal(duration(61000), "1 min 1 s");
	assert.equal(duration(120000), "2 min");
	assert.equal(duration(3600000 * 2 + 60000 * 5), "2 h 5 min");
	assert.equal(duration(86400000 * 3), "3 d");
	assert.equal(count(1, "line"), "1 line");
	assert.equal(count(0, "line"), "0 lines");
});

/* The vectors that the terminal's cleaning is held to (lib/text.h). */
for (const v of vectors("text.json").clean.filter((c) => "in" in c))
	test(`shown text: ${v.about} (${v.mode})`, () => {
		const cleanMode = v.mode === "line" ? line : clean;

		assert.equal(cleanMode(v.in), v.out);
		assert.equal(cleanMode(v.out), v.out, "cleaned twice");
	});

test("an address names the room that the terminal finds in it", () => {
	for (const v of vectors("url.json").valid.filter((c) => c.room !== ""))
		assert.equal(roomOf(v.in).room, v.room, v.in);
});

test("names that mean the same are the same", () => {
	assert.equal(fold("Lobby"), fold("lobby"));
	assert.equal(fold("ﬁn"), fold("FIN"));
	assert.notEqual(fold("a-b"), fold("ab"));
});

test("every command of the table is done here, and no other", () => {
	assert.deepEqual([...commandNames].sort(),
		COMMANDS.filter((c) => c.page).map((c) => c.name).sort());
});

test("every event of the table has a handler", () => {
	for (const ev of Object.keys(EVENTS))
		assert.equal(typeof handlers[ev], "function", ev);
	assert.deepEqual(Object.keys(handlers).filter((h) => !(h in EVENTS)),
		["unknown"]);
});

test("a beginning that means one command only will do", () => {
	assert.equal(lookup("j").row.name, "join");
	assert.equal(lookup("NICK").row.name, "nick");
	assert.equal(lookup("part").row.name, "leave");
	assert.match(lookup("re").error, /may be more than one/);
	assert.match(lookup("nothing").error, /there is no command \/nothing/);
	assert.ok(lookup("").error);
});

test("an unknown command is never sent as text, two slashes are", () => {
	assert.ok(parse("/frobnicate now").error);
	assert.ok(parse("/").error);
	assert.deepEqual(parse("//path"), { say: "/path" });
	assert.deepEqual(parse(" /join x"), { say: " /join x" });
	assert.deepEqual(parse("hello"), { say: "hello" });
});

test("a command takes what its row says", () => {
	assert.equal(parse("/join den ").args, "den");
	assert.equal(parse("/me waves ").args, "waves ");
	assert.ok(parse("/join").error);
	assert.ok(parse("/ping now").error);
	assert.ok(parse("/nick a\nb").error);
	assert.deepEqual(target("#12 text"), { seq: 12, rest: "text" });
	assert.deepEqual(target("#x text"), { seq: 0, rest: "#x text" });
	assert.deepEqual(roomOf("http://h:1/room/caf%C3%A9#12"),
		{ room: "café", seq: 12, host: "h:1" });
	assert.deepEqual(roomOf("#den"), { room: "den", seq: 0, host: "" });
});

test("keys mean the actions of the table", () => {
	const key = (k, more = {}) => ({ key: k, code: "", ...more });

	assert.equal(find("MESSAGE", key("r")).action, "reply");
	assert.equal(find("ROOM", key("r")), null);
	assert.equal(find("ROOM", key("ArrowUp", { ctrlKey: true })).action,
		"select_message");
	assert.equal(find("ROOM", key("Enter", { shiftKey: true })).action,
		"new_line");
	assert.deepEqual(find("ROOM", key("3", { altKey: true,
		code: "Digit3" })), { action: "room_number", which: 3 });
});

test("names complete, the most recent speaker first", () => {
	const b = new Buffer("r");
	const say = (seq, from) => b.entry({ ev: "message", room: "r", seq,
		at: seq, from, guest: true, text: "x" }, { user: "me" });

	say(1, "anton");
	say(2, "anna");
	b.members.put("andy", true);

	const names = people(b, "me");

	assert.deepEqual(names, ["anna", "anton", "andy"]);
	assert.deepEqual(complete("an", 2, names, []).words,
		["anna: ", "anton: ", "andy: "]);
	assert.deepEqual(complete("hi @ann", 7, names, []).words, ["@anna "]);
	assert.deepEqual(complete("see #d", 6, names, ["den"]).words, ["#den "]);
	assert.deepEqual(complete("/jo", 3, names, []).words, ["/join "]);
	assert.deepEqual(complete("", 0, names, []).words, []);
});

test("attempts follow after 1, 2, 4 … 30 s, jittered downwards", () => {
	const most = [0, 1, 2, 3, 4, 5, 6, 100].map((n) => backoff(n, () => 1));

	assert.deepEqual(most, [1000, 2000, 4000, 8000, 16000, 30000, 30000,
		30000]);
	assert.equal(backoff(0, () => 0), 750);
});

test("frames are made from the table", () => {
	assert.deepEqual(JSON.parse(encode("send", 1, { room: "r", text: "x",
		other: 1, kind: undefined }).text),
	{ op: "send", id: 1, room: "r", text: "x" });
	assert.equal(encode("send", 1, { room: "r" }).error.field, "text");
	assert.equal(encode("send", 1, { room: "r",
		text: "é".repeat(LIMITS.text / 2 + 1) }).error.code, "too_large");
	assert.equal(encode("join", 1, { room: "r", after: -1 }).error.code,
		"bad_request");
	assert.ok(OPS.hello.open && OPS.join.barrier);
});

test("frames that are none of ours are let go", () => {
	assert.equal(decode("["), null);
	assert.equal(decode("null"), null);
	assert.equal(decode('{"re":1}'), null);
	assert.equal(decode('{"ev":"message","room":"r"}'), null);
	assert.deepEqual(decode('{"ev":"later","x":1}'), { ev: "later", x: 1 });
});

test("a name in a text is a call, with or without @, as in the terminal", () => {
	for (const text of ["ann", "@ann", "ann: hi", "hi Ann.", "(ANN)", "x,ann"])
		assert.ok(calls(text, "ann"), text);
	for (const text of ["", "anna", "hann", "an n", "ann2", "ann-e", "a.ann"])
		assert.ok(!calls(text, "ann"), text);
});
