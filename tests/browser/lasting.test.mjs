/*
 * Nothing is missing and nothing comes twice: a reload, an offline spell, a
 * server that is killed, words that wait for a link.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Person, Server, launch, missing, until } from "./helper.mjs";

const skip = missing();
const BACK = /^back after \d+ s: \d+ messages? replayed, none missed$/;
let server, browser, ann, bob, n = 0;

before(async () => {
	if (skip)
		return;
	server = await new Server().start();
	browser = await launch();
});

/* Each test has a room of its own. */
beforeEach(async () => {
	if (skip)
		return;
	await ann?.close();
	await bob?.close();
	ann = await (await Person.make(browser, server))
		.enter(`room${++n}`, `ann${n}`);
	bob = await (await Person.make(browser, server))
		.enter(`room${n}`, `bob${n}`);
});

after(async () => {
	await browser?.close();
	await server?.remove();
});

/* Both read the same, each number once, and the console was silent. */
async function whole(texts) {
	for (const p of [ann, bob]) {
		await p.reads(texts);
		await p.seqs();
		p.quiet();
	}
}

const backLines = (p) => p.page.locator(".line.back .text").allTextContents();

/* The network is gone for one person, as the browser tells the page. */
async function offline(p, spell) {
	p.away = true;
	await p.context.setOffline(true);
	await p.page.locator("#status.waiting").waitFor();
	await spell();
	await p.context.setOffline(false);
	await p.connected();
	p.away = false;
}

test("a reload shows the same lines again", { skip }, async () => {
	await ann.say("one");
	await bob.say("two");
	await ann.sees("two");
	await ann.page.reload();
	await ann.connected();
	await bob.say("three");
	await ann.sees("three");
	await ann.say("four");
	await bob.sees("four");
	await whole(["one", "two", "three", "four"]);
});

test("a reload keeps the name, the draft and the other rooms", { skip },
	async () => {
		await ann.type("/join other");
		await until(() => ann.page.url().endsWith("/room/other"));
		await ann.input.fill("half a sen");
		await ann.page.reload();
		await ann.connected();
		await ann.me(`ann${n}`);
		assert.equal(await ann.input.inputValue(), "half a sen");
		assert.deepEqual(await ann.page.locator("#rooms .name")
			.allTextContents(), [`room${n}`, "other"]);
		ann.quiet();
	});

test("an offline spell is filled, and told in the room", { skip }, async () => {
	await ann.say("before");
	await bob.sees("before");
	await offline(ann, async () => {
		for (let i = 1; i <= 17; i++)
			await bob.say(`meanwhile ${i}`);
	});
	await ann.sees("meanwhile 17");
	await whole(["before", ...Array.from({ length: 17 },
		(_, i) => `meanwhile ${i + 1}`)]);

	const lines = await backLines(ann);

	assert.equal(lines.length, 1);
	assert.match(lines[0], BACK);
	assert.match(lines[0], /: 17 messages replayed/);
	assert.deepEqual(await backLines(bob), []);
});

test("edits, deletes and reactions of an offline spell are folded", { skip },
	async () => {
		await bob.say("first");
		await bob.say("second");
		await ann.sees("second");
		await offline(ann, async () => {
			await bob.type("/edit #1 primo");
			await bob.line("primo").locator(".edited").waitFor();
			await bob.type("/delete #2");
			await until(async () =>
				await bob.line("second").count() === 0);
		});
		await until(async () => await ann.line("second").count() === 0);
		await whole(["primo"]);
	});

test("words said while offline are queued and sent once, in order", { skip },
	async () => {
		await ann.say("before");
		await offline(ann, async () => {
			for (const text of ["one", "two", "three"]) {
				await ann.type(text);
				await ann.line(text).locator(".state.queued").waitFor();
			}
			await bob.say("in between");
		});
		await whole(["before", "in between", "one", "two", "three"]);
		await ann.line("three").locator(".state.stored").waitFor();
	});

test("words said while offline outlive a closed page", { skip }, async () => {
	await ann.say("before");
	ann.away = true;
	await ann.context.setOffline(true);
	await ann.page.locator("#status.waiting").waitFor();
	await ann.type("kept on the disk");
	await ann.line("kept on the disk").locator(".state.queued").waitFor();
	await ann.page.close();
	await ann.context.setOffline(false);
	ann.away = false;
	await ann.tab();
	await ann.page.goto(server.url(`room${n}`));
	await ann.connected();
	await bob.sees("kept on the disk");
	await whole(["before", "kept on the disk"]);
});

test("another tab sends what a closed tab left, once", { skip }, async () => {
	const first = ann.page;
	const second = await ann.tab();

	await second.goto(server.url(`room${n}`));
	await ann.connected();
	ann.page = first;
	ann.away = true;
	await ann.context.setOffline(true);
	await first.locator("#status.waiting").waitFor();
	await ann.type("left behind");
	await ann.line("left behind").locator(".state.queued").waitFor();
	await first.close();
	await ann.context.setOffline(false);
	ann.page = second;
	await ann.connected();
	ann.away = false;
	await bob.sees("left behind");
	await whole(["left behind"]);
});

test("an edit made while offline is kept and sent", { skip }, async () => {
	await ann.say("mistkae");
	await bob.sees("mistkae");
	await offline(ann, async () => {
		await ann.input.press("ArrowUp");
		await ann.type("mistake");
		await ann.page.locator(".waiting .state.queued").waitFor();
	});
	await whole(["mistake"]);
});

test("any key makes the next attempt at once, and is typed as well", { skip },
	async () => {
		ann.away = true;
		await ann.context.setOffline(true);
		await ann.page.locator("#status.waiting").waitFor();
		/* Let attempts fail until the wait is long. */
		await until(async () => Number((await ann.page
			.locator("#countdown").textContent())
			.match(/in (\d+) s/)?.[1]) >= 6, 40000);
		await ann.page.evaluate(() => {
			/* No event tells the page that the network is back. */
			window.addEventListener("online", (e) =>
				e.stopImmediatePropagation(), { capture: true });
		});
		await ann.context.setOffline(false);
		await ann.input.press("x");
		await ann.connected();
		assert.equal(await ann.input.inputValue(), "x");
		ann.quiet();
	});

test("a server that is killed and comes back loses and doubles nothing",
	{ skip }, async () => {
		await ann.say("one");
		await bob.say("two");
		await ann.sees("two");
		ann.away = bob.away = true;
		await server.end("SIGKILL");
		await ann.page.locator("#status.waiting").waitFor();
		await bob.page.locator("#status.waiting").waitFor();
		await ann.type("three");
		await ann.line("three").locator(".state.queued").waitFor();
		await server.start();
		await ann.connected();
		await bob.connected();
		await bob.sees("three");
		await ann.me(`ann${n}`);
		ann.away = bob.away = false;
		await bob.say("four");
		await whole(["one", "two", "three", "four"]);
		for (const p of [ann, bob]) {
			const lines = await backLines(p);

			assert.equal(lines.length, 1);
			assert.match(lines[0], BACK);
		}
	});

test("kills in the middle of sending end with each line once", { skip },
	async () => {
		const texts = [];

		ann.away = bob.away = true;
		for (let round = 0; round < 5; round++) {
			for (let i = 0; i < 6; i++) {
				texts.push(`${round}.${i}`);
				await ann.type(`${round}.${i}`);
			}
			await server.end("SIGKILL");
			await server.start();
			await ann.page.keyboard.press("Shift");
			await bob.page.keyboard.press("Shift");
			await ann.connected();
			await bob.connected();
		}
		await ann.line(texts.at(-1)).locator(".state.stored").waitFor();
		ann.away = bob.away = false;
		await whole(texts);
	});

test("a server that says goodbye is waited for as it asks", { skip },
	async () => {
		ann.away = bob.away = true;
		await server.end("SIGTERM");
		await ann.page.locator("#status.waiting").waitFor();
		await server.start();
		await ann.connected();
		await bob.connected();
		ann.away = bob.away = false;
		await ann.say("still here");
		await bob.sees("still here");
		await whole(["still here"]);
	});

test("a refused line stays with its reason and can be dropped", { skip },
	async () => {
		const long = "é".repeat(9000);

		await ann.type(long);
		await ann.page.getByText("this has 18000 bytes and was not sent")
			.waitFor();
		assert.equal(await ann.input.inputValue(), long);
		await ann.type("/edit #999 text");
		await ann.page.getByText("there is no message #999").waitFor();
	});

test("a guest whom the server does not know any more is asked", { skip },
	async () => {
		await ann.say("one");
		await ann.page.evaluate(() => {
			const key = "chat.identity";
			const id = JSON.parse(localStorage.getItem(key));

			id.token = "A".repeat(43);
			localStorage.setItem(key, JSON.stringify(id));
		});
		await ann.page.reload();
		await ann.page.locator("#status.stopped").waitFor();
		await ann.page.getByRole("button", { name: "Go on as a new guest" })
			.click();
		await ann.connected();
		await ann.sees("one");
		ann.quiet();
	});
