/*
 * picture: a short scene in one room, and two windows that show it.
 *
 * Ann sits at a terminal, bea at a browser, and a script speaks through a
 * pipe.  What they see is put side by side on a page of its own, and that is
 * what README.png is a screenshot of.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Person, Server, launch, missing } from "../browser/helper.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { CHATCLI, PYTHON } = process.env;
const WIDTH = 740, HEIGHT = 568;	/* of each window, px */
const ROOM = "lobby";

/* A home of its own makes somebody else of chatcli. */
function home(server, name) {
	const dir = path.join(server.dir, name);

	mkdirSync(dir, { recursive: true });
	return { ...process.env, HOME: dir, XDG_CONFIG_HOME: dir,
		XDG_STATE_HOME: dir, LC_ALL: "C.UTF-8", TZ: "UTC" };
}

/* chatcli send, as a script would: the text comes through a pipe. */
function send(server, nick, text) {
	return new Promise((resolve, reject) => {
		const child = spawn(CHATCLI, ["send", "--nick", nick,
			server.url(ROOM)], { env: home(server, nick),
			stdio: ["pipe", "ignore", "inherit"] });

		child.on("error", reject);
		child.on("exit", (code) => code === 0 ? resolve() :
			reject(new Error(`chatcli send: ${code}`)));
		child.stdin.end(text);
	});
}

/* The terminal; every call is answered when it is done. */
class Screen {
	constructor(server, nick) {
		this.child = spawn(PYTHON, [path.join(here, "screen.py"),
			CHATCLI, "--nick", nick, server.url(ROOM)],
		{ env: home(server, nick), stdio: ["pipe", "pipe", "inherit"] });
		this.lines = createInterface({ input: this.child.stdout })[
			Symbol.asyncIterator]();
	}

	async ask(what) {
		this.child.stdin.write(`${JSON.stringify(what)}\n`);

		const { value, done } = await this.lines.next();

		if (done)
			throw new Error("the terminal is gone");
		return JSON.parse(value);
	}

	async say(text, seen = text) {
		await this.ask({ send: [text, "Enter"] });
		await this.ask({ wait: seen });
	}

	async end() {
		const gone = new Promise((resolve) =>
			this.child.on("exit", resolve));

		this.child.stdin.end();
		await gone;
	}
}

/* What happens; ends when both have seen all of it. */
async function scene(server, ann, bea) {
	await ann.ask({ wait: "~bea" });
	await ann.say("/topic Same room, from a terminal and a browser",
		"set the topic");
	await bea.say("Good morning! Is the release ready?");
	await ann.ask({ wait: "release ready" });
	await ann.say("Almost. The tests run; ten minutes, I think.",
		"ten minutes");
	await send(server, "builder", "make check\n# PASS:  412\n" +
		"# FAIL:  0\n");
	await ann.ask({ wait: "412" });
	await ann.say("/react 🎉", "🎉");
	await ann.say("That was a script: make check | chatcli send lobby",
		"That was a script");
	await bea.say("@ann nice, then I write the news");
	await ann.ask({ wait: "write the news" });
	await bea.type("and thanks for your patience 👍");
	await ann.ask({ wait: "patience" });
	await ann.ask({ send: ["Then it goes out at noon"] });
}

/* Two windows with their titles. */
function composition(terminal, page) {
	const window = (title, what) => `<section><h1>${title}</h1>${what}` +
		"</section>";

	return `<!DOCTYPE html><meta charset="utf-8"><style>
		body { margin: 0; padding: 16px; display: flex; gap: 16px;
			background: #fff; width: max-content; }
		section { width: ${WIDTH}px; border: 1px solid #b9bec6;
			border-radius: 8px; overflow: hidden; }
		h1 { margin: 0; padding: 6px 12px; font: 13px sans-serif;
			color: #444; background: #e7e9ed; }
		pre { margin: 0; padding: 6px 0 0 4px; height: ${HEIGHT - 6}px;
			background: #1e2227;
			font: 14px/16.4px "DejaVu Sans Mono", monospace; }
		img { display: block; }
		</style>${window("a terminal: chatcli lobby", terminal)}${
		window("a browser: /room/lobby",
			`<img src="data:image/png;base64,${page}">`)}`;
}

async function main(file) {
	const why = missing();

	if (why)
		throw new Error(why);

	const server = await new Server().start();
	const browser = await launch();
	const ann = new Screen(server, "ann");

	try {
		const bea = await Person.make(browser, server, {
			viewport: { width: WIDTH, height: HEIGHT },
			colorScheme: "light", timezoneId: "UTC" });

		await ann.ask({ wait: "~ann" });
		await bea.enter(ROOM, "bea");
		await scene(server, ann, bea);
		/* The list of rooms has one: the text may have its place. */
		await bea.page.getByRole("button", { name: "Rooms" }).click();
		await bea.page.mouse.move(0, 0);
		await bea.input.focus();

		const { html } = await ann.ask({ draw: true });
		const seen = await bea.page.screenshot();
		const paper = await (await browser.newContext({
			viewport: { width: 2 * WIDTH + 52, height: HEIGHT + 64 },
		})).newPage();

		await paper.setContent(composition(html, seen.toString("base64")));
		writeFileSync(file, await paper.screenshot({ fullPage: true }));
	} finally {
		await ann.end();
		await browser.close();
		await server.remove();
	}
}

await main(process.argv[2]);
