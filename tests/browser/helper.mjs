/*
 * helper: a real server, a real browser, and people in it.
 *
 * CHATSRV	the server's program (default ../../build/chatsrv/chatsrv)
 * CHROMIUM	the browser's (default /usr/bin/chromium)
 * DEPS		folder that has node_modules/ (default: this one)
 *
 * Servers listen on free loopback ports with a store in a folder of their
 * own, and are ended by their process id.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(process.env.DEPS ?? here, "x.js"));

export const www = path.resolve(here, "../../www");
export const CHATSRV = path.resolve(here, process.env.CHATSRV ??
	"../../build/chatsrv/chatsrv");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const READY = 15000;
export const SOON = 15000;	/* every wait has this end */

/* Why the tests with a browser can't run here, or false. */
export function missing() {
	for (const file of [CHATSRV, CHROMIUM])
		if (!existsSync(file))
			return `there is no ${file}`;
	try {
		require.resolve("playwright-core");
		require.resolve("axe-core");
	} catch {
		return "npm ci has not been run";
	}
	return false;
}

export class Server {
	constructor() {
		this.dir = mkdtempSync(path.join(tmpdir(), "chat-browser-"));
		this.address = "127.0.0.1:0";
		this.child = null;
		this.log = "";
	}

	/* Starts it; a second time on the same port with the same store. */
	async start() {
		const child = spawn(CHATSRV, ["--listen", this.address,
			"--store", `sqlite:${path.join(this.dir, "chat.db")}`,
			"--www", www, "--ready-fd", "3",
			"--set", "limits.enabled=no"],
		{ stdio: ["ignore", "ignore", "pipe", "pipe"] });

		this.child = child;
		child.stderr.on("data", (d) => {
			this.log += d;
		});
		this.address = await new Promise((resolve, reject) => {
			const late = setTimeout(() => reject(new Error(
				`the server is not ready:\n${this.log}`)), READY);
			let line = "";

			child.stdio[3].on("data", (d) => {
				line += d;
				if (!line.includes("\n"))
					return;
				clearTimeout(late);
				resolve(line.split("\n")[0].trim().split(/\s+/)[0]);
			});
			child.on("exit", (code, signal) => {
				clearTimeout(late);
				reject(new Error(`the server ended (${code ??
					signal}):\n${this.log}`));
			});
			child.on("error", reject);
		});
		return this;
	}

	/* Ends it with a signal and waits until it is gone. */
	async end(signal = "SIGTERM") {
		const { child } = this;

		this.child = null;
		if (child === null || child.exitCode !== null)
			return;

		const gone = new Promise((resolve) => child.on("exit", resolve));

		child.kill(signal);
		await gone;
	}

	async remove() {
		await this.end("SIGKILL");
		rmSync(this.dir, { recursive: true, force: true });
	}

	url(room) {
		return `http://${this.address}/` + (room === undefined ? ""
			: `room/${encodeURIComponent(room)}`);
	}
}

export async function launch() {
	const { chromium } = require("playwright-core");

	return chromium.launch({ executablePath: CHROMIUM,
		args: ["--no-sandbox", "--disable-quic", "--no-first-run",
			"--disable-background-networking",
			"--disable-component-update", "--disable-sync"] });
}

/*
 * Somebody with a browser of his own (a context).  Everything the console
 * says is kept; while `away` is set the browser's own lines about a lost
 * network are expected.
 */
export class Person {
	static async make(browser, server, options = {}) {
		const p = new Person();

		p.server = server;
		p.errors = [];
		p.away = false;
		p.context = await browser.newContext({
			viewport: { width: 1000, height: 700 }, ...options });
		p.context.setDefaultTimeout(SOON);
		await p.tab();
		return p;
	}

	/* Opens one more tab and uses it. */
	async tab() {
		const page = await this.context.newPage();

		page.on("console", (m) => this.heard(m));
		page.on("pageerror", (e) => this.errors.push(e.stack ?? e.message));
		page.on("dialog", (d) => {
			this.errors.push(`a dialog: ${d.message()}`);
			d.dismiss();
		});
		this.page = page;
		return page;
	}

	heard(m) {
		if (m.type() !== "error" && m.type() !== "warning")
			return;
		if (this.away && /WebSocket connection to|net::ERR_/.test(m.text()))
			return;
		this.errors.push(`${m.type()}: ${m.text()}`);
	}

	/* Opens a room and takes a name. */
	async enter(room, nick) {
		await this.page.goto(this.server.url(room));
		await this.connected();
		if (nick !== undefined) {
			await this.page.getByLabel("Your name").fill(nick);
			await this.page.getByRole("button", { name: "Take it" })
				.click();
			await this.me(nick);
		}
		return this;
	}

	async connected() {
		await this.page.locator("#status.up").waitFor();
		await this.page.locator("#online").filter({ hasText: /[1-9]/ })
			.waitFor({ state: "attached" });
	}

	async me(nick) {
		await this.page.locator("#me").getByText(`~${nick}`,
			{ exact: true }).waitFor();
	}

	get input() {
		return this.page.getByRole("textbox", { name: "Message" });
	}

	/* Types and presses Enter; does not wait for the server. */
	async type(text) {
		await this.input.fill(text);
		await this.input.press("Enter");
	}

	/* Says it and waits until it is stored. */
	async say(text) {
		await this.type(text);
		await this.line(text).locator(".state.stored").waitFor();
	}

	/* Says many lines at once, as one more guest without a page. */
	async flood(room, texts) {
		await this.page.evaluate(async ([to, all]) => {
			const ws = new WebSocket(`ws://${location.host}/ws`,
				"chat.v1");
			const ask = (o) => new Promise((resolve) => {
				const take = (e) => {
					if (JSON.parse(e.data).re !== o.id)
						return;
					ws.removeEventListener("message", take);
					resolve(JSON.parse(e.data));
				};

				ws.addEventListener("message", take);
				ws.send(JSON.stringify(o));
			});

			await new Promise((resolve) => {
				ws.onopen = resolve;
			});
			await ask({ op: "hello", id: "h" });
			await Promise.all(all.map((text, id) =>
				ask({ op: "send", id, room: to, text })));
			ws.close();
		}, [room, texts]);
	}

	/* The element of the line that has this text. */
	line(text) {
		return this.page.locator("#lines .line").filter({
			has: this.page.getByText(text, { exact: true }) });
	}

	async sees(text) {
		await this.line(text).first().waitFor();
	}

	/* Texts of the messages on the page, in their order. */
	texts() {
		return this.page.locator("#lines .said .text").allTextContents();
	}

	/* Waits until the page shows just these messages. */
	async reads(texts) {
		await until(async () => {
			assert.deepEqual(await this.texts(), texts);
			return true;
		});
	}

	/* What a reader must never see: a number twice. */
	async seqs() {
		const seqs = await this.page.locator("#lines .line[data-seq]")
			.evaluateAll((l) => l.map((e) => Number(e.dataset.seq)));

		assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b),
			"numbers ascend, each once");
		return seqs;
	}

	quiet() {
		assert.deepEqual(this.errors, [], "the console is silent");
	}

	async close() {
		await this.context.close();
	}
}

/* Calls until it returns something true; the last error tells why not. */
export async function until(check, ms = SOON) {
	const end = Date.now() + ms;
	let error = new Error("it never became true");

	for (;;) {
		try {
			const value = await check();

			if (value)
				return value;
		} catch (e) {
			error = e;
		}
		if (Date.now() > end)
			throw error;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/* Puts axe into every page that this person opens from now on. */
export async function equip(person) {
	await person.context.addInitScript({
		content: require("axe-core").source });
}

/* What axe finds on a page of an equipped person, as readable lines. */
export async function axe(page) {
	const result = await page.evaluate(() => window.axe.run(document,
		{ resultTypes: ["violations"] }));

	return result.violations.flatMap((v) => v.nodes.map((n) =>
		`${v.id} (${v.impact}): ${n.target.join(" ")}: ${n.failureSummary}`));
}
