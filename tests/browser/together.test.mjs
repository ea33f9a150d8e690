/*
 * Two people in one room: what one does the other sees, once.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Person, Server, launch, missing, until } from "./helper.mjs";

const skip = missing();
let server, browser, ann, bob;

before(async () => {
	if (skip)
		return;
	server = await new Server().start();
	browser = await launch();
	ann = await (await Person.make(browser, server)).enter("lobby", "ann");
	bob = await (await Person.make(browser, server)).enter("lobby", "bob");
});

after(async () => {
	await browser?.close();
	await server?.remove();
});

test("a message reaches both, and the sender sees it stored", { skip },
	async () => {
		await ann.type("hello *bob*");
		await ann.line("hello bob").locator(".state.stored").waitFor();
		await until(async () => (await bob.texts()).includes("hello bob"));
		assert.equal(await bob.page.locator(".said strong").textContent(),
			"bob");
		assert.equal(await bob.line("hello bob").locator(".state").count(),
			0, "only own lines have a mark");
		await bob.say("hello ann");
		await ann.sees("hello ann");
	});

test("both are in each other's list, guests with their sign", { skip },
	async () => {
		for (const p of [ann, bob])
			await until(async () => {
				const all = await p.page.locator("#members bdi")
					.allTextContents();

				return all.includes("~ann") && all.includes("~bob");
			});
	});

test("an edit by ArrowUp changes the line for both", { skip }, async () => {
	await ann.say("a mistkae");
	await ann.input.press("ArrowUp");
	assert.equal(await ann.input.inputValue(), "a mistkae");
	await ann.type("a mistake");
	for (const p of [ann, bob])
		await p.line("a mistake").locator(".edited").waitFor();
	assert.equal(await bob.line("a mistkae").count(), 0);
});

test("a reaction is counted, and taken back by its button", { skip },
	async () => {
		const line = bob.line("a mistake");

		await line.hover();
		await bob.page.getByRole("button", { name: "react" }).click();
		await bob.page.getByRole("button", { name: "🎉" }).first().click();

		const chip = (p) => p.line("a mistake").locator(".reactions button");

		for (const p of [ann, bob])
			await until(async () => await chip(p).textContent() === "🎉 1");
		await chip(ann).click();
		for (const p of [ann, bob])
			await until(async () => await chip(p).textContent() === "🎉 2");
		await chip(bob).click();
		await until(async () => await chip(ann).textContent() === "🎉 1");
		assert.equal(await chip(ann).getAttribute("aria-pressed"), "true");
		await until(async () => await chip(bob)
			.getAttribute("aria-pressed") === "false");
	});

test("any emoji can be typed as a reaction", { skip }, async () => {
	await bob.line("a mistake").hover();
	await bob.page.getByRole("button", { name: "react" }).click();
	await bob.page.getByLabel("Any emoji").fill("🦔");
	await bob.page.getByLabel("Any emoji").press("Enter");
	await ann.line("a mistake").getByRole("button", { name: /🦔/ }).waitFor();
});

test("an answer quotes the message that it answers", { skip }, async () => {
	await bob.type("/reply which one?");
	await ann.sees("which one?");
	assert.match(await ann.line("which one?").locator(".ref").textContent(),
		/~ann: a mistake/);
});

test("a message is taken back for both, after a question", { skip },
	async () => {
		await ann.say("in haste");
		await bob.sees("in haste");
		await ann.line("in haste").hover();
		await ann.page.getByRole("button", { name: "delete" }).click();
		await ann.page.getByRole("button", { name: "yes" }).click();
		for (const p of [ann, bob])
			await until(async () => await p.line("in haste").count() === 0);
		assert.equal(await bob.page.locator(".gone").count(), 1);
	});

test("the topic is the room's, for both", { skip }, async () => {
	await ann.type("/topic Bread and cheese");
	for (const p of [ann, bob])
		await until(async () => await p.page.locator("#topic")
			.textContent() === "Bread and cheese");
});

test("copying a message tells that it was done, or refused", { skip },
	async () => {
		const copy = async () => {
			await ann.line("hello bob").hover();
			await ann.page.getByRole("button", { name: "copy" }).click();
		};
		const told = ann.page.locator("#told[role=status]");

		await ann.context.grantPermissions(["clipboard-read",
			"clipboard-write"], { origin: server.url() });
		await copy();
		await told.getByText("copied", { exact: true }).waitFor();
		assert.equal(await ann.page.evaluate(() =>
			navigator.clipboard.readText()), "hello *bob*");
		await ann.page.evaluate(() => {
			navigator.clipboard.writeText = async () => {
				throw new Error("no");
			};
		});
		await copy();
		await told.getByText("not copied").waitFor();
	});

test("what can be done with messages is not offered for other lines", { skip },
	async () => {
		const topic = ann.page.locator(".topic-line").first();

		await ann.line("hello bob").hover();
		await ann.page.locator(".tools").waitFor();
		await topic.hover();
		await ann.page.locator(".tools").waitFor({ state: "detached" });
		await topic.focus();
		assert.equal(await ann.page.locator(".tools").count(), 0);
	});

test("a command that is unknown stays in the field", { skip }, async () => {
	await ann.type("/frobnicate the gears");
	await ann.page.getByText("there is no command /frobnicate").waitFor();
	assert.equal(await ann.input.inputValue(), "/frobnicate the gears");
	await ann.type("//frobnicate");
	await bob.sees("/frobnicate");
});

test("/help is shown from its beginning", { skip }, async () => {
	await ann.type("/help");
	await until(() => ann.page.locator("#lines .note").last()
		.evaluate((li) => Math.abs(li.getBoundingClientRect().top -
			document.querySelector("#log")
				.getBoundingClientRect().top) < 4));
	assert.equal(await ann.page.evaluate(() => document.activeElement.id),
		"input");
	await ann.page.locator("#jump").click();
});

test("a name that is taken is refused with a reason", { skip }, async () => {
	await bob.type("/nick ann");
	await bob.page.getByText(/^the name failed, .*: ann$/).waitFor();
	await bob.me("bob");
	await bob.type("/nick robert");
	await bob.me("robert");
	await ann.page.getByText("~bob is now ~robert").waitFor();
	await bob.type("/nick bob");
	await bob.me("bob");
});

test("who comes with a name that somebody has is told the other one, once",
	{ skip }, async () => {
		const cora = await Person.make(browser, server);
		const told = cora.page.getByText("the name ann is taken, you are");

		await cora.context.addInitScript(() =>
			localStorage.setItem("chat.nick", '"ann"'));
		await cora.enter("lobby");
		await told.waitFor();
		await cora.page.reload();
		await cora.connected();
		assert.equal(await told.count(), 0);
		cora.quiet();
		await cora.close();
	});

test("messages of an own earlier name can be edited still", { skip },
	async () => {
		await bob.say("as bob");
		await bob.type("/nick robert");
		await bob.me("robert");
		await bob.page.reload();
		await bob.me("robert");
		await bob.line("as bob").hover();
		await bob.page.getByRole("button", { name: "edit" }).click();
		assert.equal(await bob.input.inputValue(), "as bob");
		await bob.type("as bob, by robert");
		for (const p of [ann, bob])
			await p.line("as bob, by robert").locator(".edited")
				.waitFor();
		await bob.type("/nick bob");
		await bob.me("bob");
	});

test("somebody else's message is the server's to protect", { skip },
	async () => {
		const seq = await bob.line("as bob, by robert")
			.getAttribute("data-seq");

		await ann.line("as bob, by robert").hover();
		assert.equal(await ann.page.getByRole("button", { name: "edit" })
			.count(), 0);
		await ann.type(`/edit #${seq} as ann`);

		const line = ann.line("as ann");

		await line.getByText(/^not sent: /).waitFor();
		await line.getByRole("button", { name: "Drop it" }).click();
		await until(async () => await line.count() === 0);
		await ann.sees("as bob, by robert");
	});

test("typing shows, and goes", { skip }, async () => {
	await until(async () => {
		await bob.input.press("x");
		return await ann.page.getByText("~bob is typing…").isVisible();
	});
	await bob.input.fill("");
	await until(async () => await ann.page.locator("#typing")
		.textContent() === "");
});

test("a second room opens beside the first and is left again", { skip },
	async () => {
		await ann.type("/join den");
		await until(() => ann.page.url().endsWith("/room/den"));
		await ann.say("alone here");
		await bob.say("are you there?");
		await ann.page.locator("#rooms .count").getByText("1").waitFor();
		await ann.page.goBack();
		await ann.sees("are you there?");
		await ann.page.goForward();
		await ann.sees("alone here");
		await ann.type("/leave");
		await until(() => ann.page.url().endsWith("/room/lobby"));
	});

test("the unread line stands where reading stopped, and goes with the reader",
	{ skip }, async () => {
		const rule = bob.page.locator('[data-rule="unread"]');
		const below = () => rule.evaluate((li) =>
			li.nextElementSibling.querySelector(".text").textContent);

		await bob.type("/join shelf");
		await ann.type("/join shelf");
		await ann.say("watched");
		await bob.sees("watched");
		assert.equal(await rule.count(), 0, "he looks on");

		await bob.type("/join lobby");
		await bob.page.locator("#room").getByText("lobby").waitFor();
		await ann.say("while away 1");
		await ann.say("while away 2");
		await bob.page.locator("#rooms").getByText("shelf").click();
		await bob.sees("while away 2");
		assert.equal(await below(), "while away 1");
		await ann.say("while he looks");
		await bob.sees("while he looks");
		assert.equal(await below(), "while away 1", "it stays");
		await bob.say("an answer");
		await until(async () => await rule.count() === 0);

		await bob.line("while away 2").hover();
		await bob.page.getByRole("button", { name: "unread" }).click();
		await until(async () => await below() === "while away 2");
		await ann.say("and more");
		await bob.sees("and more");
		assert.equal(await below(), "while away 2", "unread by wish");
		for (const p of [ann, bob])
			await p.type("/leave");
	});

test("two tabs of a browser are one guest", { skip }, async () => {
	const first = ann.page;
	const second = await ann.tab();

	await second.goto(server.url("lobby"));
	await ann.connected();
	await ann.me("ann");
	await ann.say("from the second tab");
	ann.page = first;
	await ann.sees("from the second tab");
	await ann.line("from the second tab").locator(".state.stored").waitFor();
	await second.close();
	await ann.seqs();
});

test("a deep link shows its entry, and what lies between can be read",
	{ skip }, async () => {
		await bob.flood("lobby", Array.from({ length: 130 },
			(_, i) => `line ${i + 1}`));
		await bob.sees("line 130");

		const seq = await ann.page.locator("#lines .said").first()
			.getAttribute("data-seq");
		const page = await ann.tab();

		await page.goto(`${server.url("lobby")}#${seq}`);
		await ann.connected();
		await page.locator(`[data-seq="${seq}"]:focus`).waitFor();
		await until(async () => {
			await page.getByRole("button", { name: "Messages between" })
				.click({ timeout: 500 }).catch(() => {});
			return (await ann.texts()).filter((t) =>
				/^line \d+$/.test(t)).length === 130;
		});
		await ann.seqs();
		await page.close();
	});

test("history comes by scrolling up", { skip }, async () => {
	const carl = await (await Person.make(browser, server))
		.enter("lobby", "carl");

	await carl.sees("line 130");
	assert.equal(await carl.line("line 1").count(), 0);
	await until(async () => {
		await carl.page.keyboard.press("Alt+Home");
		return await carl.page.locator("#beginning").isVisible();
	});
	assert.equal(await carl.line("line 1").count(), 1);
	assert.equal(await carl.line("hello ann").count(), 1);
	await carl.seqs();
	carl.quiet();
	await carl.close();
});

test("the past is not asked for while the present is still coming", { skip },
	async () => {
		const dora = await Person.make(browser, server);
		const waiting = [];
		let asked = 0, came = 0, open = false;

		await dora.page.routeWebSocket(/\/ws$/, (ws) => {
			const to = ws.connectToServer();

			ws.onMessage((m) => {
				asked += JSON.parse(m).op === "history";
				to.send(m);
			});
			to.onMessage((m) => {
				came += JSON.parse(m).ev === "message";
				if (came > 28 && !open)
					waiting.push(() => ws.send(m));
				else
					ws.send(m);
			});
		});
		await dora.page.goto(server.url("lobby"));
		await until(() => waiting.length > 0);
		/* As many as more than fill the window; the scroll is told of. */
		await dora.page.locator("#lines .said").nth(27).waitFor();
		assert.equal(await dora.page.evaluate(() => new Promise((done) =>
			requestAnimationFrame(() => requestAnimationFrame(() => {
				const log = document.getElementById("log");

				done(log.scrollHeight > log.clientHeight);
			})))), true);
		open = true;
		waiting.forEach((send) => send());
		await dora.sees("line 130");
		assert.equal(asked, 0);
		dora.quiet();
		await dora.close();
	});

test("the console was silent", { skip }, () => {
	ann.quiet();
	bob.quiet();
});
