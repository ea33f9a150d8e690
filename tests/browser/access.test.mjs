/*
 * Everybody can use it: axe finds nothing, the keyboard reaches everything,
 * narrow windows scroll in one direction only.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Person, Server, axe, equip, launch, missing, until }
	from "./helper.mjs";

const skip = missing();
let server, browser;

/* A room with one of everything in it. */
async function fill(p) {
	await p.type("/topic What we do this week, and a topic that is so long that it can not be shown on any narrow window");
	await p.say("hello everybody, see https://example.org/a/path");
	await p.say("a".repeat(300));
	await p.type("```c\nint seq = 1234567890; /* a line that is too long to be shown on a narrow window */\n```");
	await p.type("/me waves");
	await p.type("/help");
	await p.type("/frobnicate");
	await p.input.fill("");
	await p.line("hello everybody, see https://example.org/a/path").hover();
	await p.page.getByRole("button", { name: "react" }).click();
	await p.page.getByRole("button", { name: "👍" }).first().click();
	await p.page.locator(".reactions button").first().waitFor();
	await p.type("/reply #2 an answer");
	await p.sees("an answer");
}

before(async () => {
	if (skip)
		return;
	server = await new Server().start();
	browser = await launch();

	const p = await (await Person.make(browser, server))
		.enter("lobby", "ann");

	await fill(p);
	p.quiet();
	await p.close();
});

after(async () => {
	await browser?.close();
	await server?.remove();
});

for (const colorScheme of ["light", "dark"])
	for (const width of [1280, 320])
		test(`axe finds nothing, ${colorScheme}, ${width} px wide`, { skip },
			async () => {
				const p = await Person.make(browser, server, {
					colorScheme, viewport: { width, height: 800 } });

				await equip(p);
				await p.page.goto(server.url());
				await p.page.locator("#rooms .room").first().waitFor();
				assert.deepEqual(await axe(p.page), []);

				await p.enter("lobby");
				await p.sees("an answer");
				assert.deepEqual(await axe(p.page), []);

				/* With what opens only when it is asked for. */
				await p.page.locator(".said").last().focus();
				if (width === 320)
					await p.page.locator("#show-members").click();
				assert.deepEqual(await axe(p.page), []);
				await p.page.keyboard.press("Escape");
				if (width === 320)
					await p.page.locator("#show-rooms").click();
				assert.deepEqual(await axe(p.page), []);
				await p.page.keyboard.press("Escape");
				await p.page.locator("#me").click();
				assert.deepEqual(await axe(p.page), []);
				p.quiet();
				await p.close();
			});

test("axe finds nothing while the server is away", { skip }, async () => {
	const p = await Person.make(browser, server);

	await equip(p);
	await p.enter("lobby", "carl");
	p.away = true;
	await p.context.setOffline(true);
	await p.page.locator("#status.waiting").waitFor();
	await p.type("queued");
	await p.line("queued").locator(".state.queued").waitFor();
	assert.deepEqual(await axe(p.page), []);
	await p.context.setOffline(false);
	await p.connected();
	await p.close();
});

for (const width of [320, 375, 600, 768, 1920])
	test(`nothing scrolls sideways at ${width} px`, { skip }, async () => {
		const p = await Person.make(browser, server,
			{ viewport: { width, height: 640 } });
		const wider = () => p.page.evaluate(() => {
			const e = document.scrollingElement;
			const over = [...document.querySelectorAll(
				"body, #log, main, header, #below, #foot")];

			return [e, ...over].filter((o) =>
				o.scrollWidth > o.clientWidth + 1)
				.map((o) => o.id || o.tagName);
		});

		await p.page.goto(server.url());
		await p.page.locator("#rooms .room").first().waitFor();
		assert.deepEqual(await wider(), []);
		await p.enter("lobby");
		await p.sees("an answer");
		await p.page.locator(".said").first().focus();
		assert.deepEqual(await wider(), []);

		const input = await p.input.boundingBox();

		assert.ok(input.y + input.height <= 640, "the field is in sight");
		await p.close();
	});

test("the first page works by the keyboard alone", { skip }, async () => {
	const p = await Person.make(browser, server);

	await p.page.goto(server.url());
	await p.page.locator("#rooms .room").first().waitFor();
	await p.page.keyboard.type("caf\u00e9");
	await p.page.keyboard.press("Enter");
	await p.connected();
	assert.ok(p.page.url().endsWith("/room/caf%C3%A9"));
	assert.equal(await p.page.locator("#room").textContent(), "café");
	p.quiet();
	await p.close();
});

test("a message is selected and acted on by keys", { skip }, async () => {
	const p = await (await Person.make(browser, server))
		.enter("keys", "dora");
	const focused = () => p.page.evaluate(() =>
		document.activeElement.dataset.seq ?? document.activeElement.id);

	await p.say("one");
	await p.say("two");
	await p.input.press("Control+ArrowUp");
	assert.equal(await focused(), "2");
	await p.page.keyboard.press("ArrowUp");
	assert.equal(await focused(), "1");
	await p.page.keyboard.press("e");
	assert.equal(await focused(), "input");
	assert.equal(await p.input.inputValue(), "one");
	await p.page.keyboard.press("Escape");
	assert.equal(await p.input.inputValue(), "");

	await p.input.press("Control+ArrowUp");
	await p.page.keyboard.press("+");
	await p.page.keyboard.press("Enter");
	await p.page.locator(".reactions button").waitFor();
	assert.equal(await focused(), "2", "the focus is back on the line");
	await p.page.keyboard.press("r");
	await p.page.keyboard.type("answer");
	await p.page.keyboard.press("Enter");
	await p.sees("answer");

	await p.input.press("Control+ArrowUp");
	await p.page.keyboard.press("k");
	await p.page.keyboard.press("d");
	await p.page.keyboard.press("Shift+Tab");
	await p.page.keyboard.press("Enter");
	await until(async () => await p.page.locator(".gone").count() === 1);
	await p.page.keyboard.press("Escape");
	assert.equal(await focused(), "input");
	p.quiet();
	await p.close();
});

test("Tab is not a trap in the field", { skip }, async () => {
	const p = await (await Person.make(browser, server))
		.enter("keys", "emil");
	const id = () => p.page.evaluate(() => document.activeElement.id);

	await p.input.focus();
	await p.page.keyboard.press("Tab");
	assert.equal(await id(), "send");
	await p.input.fill("/jo");
	await p.page.keyboard.press("Tab");
	assert.equal(await p.input.inputValue(), "/join ");
	await p.page.keyboard.press("Tab");
	assert.equal(await id(), "send");
	await p.close();
});

test("new messages are read out, a filled log is not", { skip }, async () => {
	const p = await (await Person.make(browser, server))
		.enter("lobby", "fred");
	const log = p.page.getByRole("log", { name: "Messages" });

	/* Notes what the log was when its first message came. */
	await p.page.addInitScript(() => {
		new MutationObserver(() => {
			const log = document.querySelector("#log");

			if (log?.querySelector(".said"))
				window.filled ??= log.getAttribute("aria-live");
		}).observe(document, { childList: true, subtree: true });
	});
	await p.page.reload();
	await p.sees("an answer");
	assert.equal(await p.page.evaluate(() => window.filled), "off");
	await until(async () =>
		await log.getAttribute("aria-live") === "polite");
	assert.equal(await p.page.locator("#status[role=status]").textContent(),
		"connected");
	await p.close();
});

test("the page says what a private window loses", { skip }, async () => {
	const p = await Person.make(browser, server);

	for (const url of [server.url(), server.url("lobby")]) {
		await p.page.goto(url);
		await p.page.getByText("closing a private window loses it")
			.waitFor();
	}
	await p.close();
});

test("nothing moves for those who asked for it", { skip }, async () => {
	const p = await Person.make(browser, server,
		{ reducedMotion: "reduce" });

	await p.enter("lobby");
	assert.equal(await p.page.evaluate(() => document.getAnimations().length),
		0);
	await p.close();
});
