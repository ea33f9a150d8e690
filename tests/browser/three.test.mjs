/*
 * Two people in browsers and one in a terminal, in one room: all see the
 * same, through a reload, an offline spell and a server that is killed.
 *
 * CHATCLI	the terminal client (default ../../build/chatcli/chatcli)
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Person, Server, launch, missing, until } from "./helper.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const CHATCLI = path.resolve(here, process.env.CHATCLI ??
	"../../build/chatcli/chatcli");
const skip = missing() || lacking();

/* Why there can be no terminal here, or false. */
function lacking() {
	if (!existsSync(CHATCLI))
		return `there is no ${CHATCLI}`;
	return spawnSync("/usr/bin/python3", ["-c", "import pyte, wcwidth"])
		.status === 0 ? false : "python3-pyte is missing";
}

/* chatcli in a terminal emulator. */
class Terminal {
	constructor(server, room, nick) {
		this.screen = [];
		this.errors = "";
		this.child = spawn("/usr/bin/python3", [
			path.join(here, "terminal.py"), CHATCLI,
			"--nick", nick, server.url(room)],
		{ stdio: "pipe", env: { ...process.env, HOME: server.dir } });
		this.child.stderr.on("data", (d) => {
			this.errors += d;
		});

		let rest = "";

		this.child.stdout.on("data", (d) => {
			const lines = (rest + d).split("\n");

			rest = lines.pop();
			for (const l of lines)
				this.screen = JSON.parse(l).screen ?? this.screen;
		});
	}

	say(text) {
		this.child.stdin.write(`${JSON.stringify({
			send: [text, "Enter"] })}\n`);
	}

	async shows(text) {
		await until(() => {
			assert.ok(this.screen.some((row) => row.includes(text)),
				`"${text}" is not on the screen:\n${
					this.screen.join("\n")}\n${this.errors}`);
			return true;
		});
	}

	/* How often a text stands on the screen. */
	count(text) {
		return this.screen.filter((row) => row.includes(text)).length;
	}

	async end() {
		const gone = new Promise((resolve) =>
			this.child.on("exit", resolve));

		this.child.stdin.end(`${JSON.stringify({ end: true })}\n`);
		await gone;
	}
}

let server, browser, ann, bob, carl;

before(async () => {
	if (skip)
		return;
	server = await new Server().start();
	browser = await launch();
	ann = await (await Person.make(browser, server)).enter("lobby", "ann");
	bob = await (await Person.make(browser, server)).enter("lobby", "bob");
	carl = new Terminal(server, "lobby", "carl");
});

after(async () => {
	await carl?.end();
	await browser?.close();
	await server?.remove();
});

/* All three have the same messages, each once. */
async function same(texts) {
	for (const p of [ann, bob]) {
		await p.reads(texts);
		await p.seqs();
	}
	for (const text of texts) {
		await carl.shows(text);
		assert.equal(carl.count(text), 1, `${text} stands there once:\n${
			carl.screen.join("\n")}`);
	}
}

test("all three see what each of them says", { skip }, async () => {
	await carl.shows("lobby");
	await ann.say("from ann");
	await bob.say("from bob");
	await carl.shows("from bob");
	carl.say("from carl");
	await ann.sees("from carl");
	await same(["from ann", "from bob", "from carl"]);
	await until(async () => (await ann.page.locator("#members bdi")
		.allTextContents()).includes("~carl"));
});

test("what the terminal edits and reacts to changes the pages", { skip },
	async () => {
		carl.say("/react #1 👍");
		await ann.line("from ann").getByRole("button", { name: /👍/ })
			.waitFor();
		carl.say("/edit #3 carl edits");
		await bob.line("carl edits").locator(".edited").waitFor();
		await ann.type("/edit #1 ann edits");
		await carl.shows("ann edits");
	});

test("a reload, an offline spell and a killed server lose nothing", { skip },
	async () => {
		await ann.page.reload();
		await ann.connected();
		carl.say("after the reload");
		await ann.sees("after the reload");

		bob.away = true;
		await bob.context.setOffline(true);
		await bob.page.locator("#status.waiting").waitFor();
		await ann.say("while bob is away");
		carl.say("carl to");
		await ann.sees("carl to");
		carl.say("/edit carl too");
		await ann.sees("carl too");
		await ann.type("/react 👍");
		await ann.line("carl too").getByRole("button", { name: /👍/ })
			.waitFor();
		await bob.type("bob, offline");
		await bob.context.setOffline(false);
		await bob.connected();
		await carl.shows("bob, offline");
		await bob.sees("bob, offline");
		await bob.page.getByText(
			/^back after \d+ s: 2 messages replayed, none missed$/)
			.waitFor();
		await ann.sees("bob, offline");

		ann.away = bob.away = true;
		await server.end("SIGKILL");
		await ann.page.locator("#status.waiting").waitFor();
		await ann.type("ann, in the dark");
		await server.start();
		await ann.connected();
		await bob.connected();
		await carl.shows("ann, in the dark");
		carl.say("all is well");
		await ann.sees("all is well");
		await same(["ann edits", "from bob", "carl edits",
			"after the reload", "while bob is away", "carl too",
			"bob, offline", "ann, in the dark", "all is well"]);
		await carl.shows("none missed");
		ann.quiet();
		bob.quiet();
	});
