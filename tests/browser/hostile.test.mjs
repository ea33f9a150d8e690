/*
 * Text of others is text: nothing of it runs, links or reaches beyond its
 * place, whichever field it comes in.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Person, Server, launch, missing, until } from "./helper.mjs";

const skip = missing();
const STRINGS = [
	'<img src=x onerror="window.hit=1">',
	"<script>window.hit=1</script>",
	'"><svg/onload=window.hit=1>',
	"'-window.hit=1-'",
	"javascript:window.hit=1",
	'https://x/"onmouseover="window.hit=1',
	'{{constructor.constructor("window.hit=1")()}}',
	'<a href="javascript:window.hit=1">x</a>',
	"&lt;img src=x onerror=window.hit=1&gt;",
	"<style>*{display:none}</style>",
	'<iframe srcdoc="<script>parent.hit=1</script>">',
];
let server, browser;

before(async () => {
	if (skip)
		return;
	server = await new Server().start();
	browser = await launch();
});

after(async () => {
	await browser?.close();
	await server?.remove();
});

/* Nothing ran, nothing was made that the page does not make itself. */
async function harmless(p) {
	const found = await p.page.evaluate(() => ({
		hit: window.hit ?? null,
		elements: [...document.querySelectorAll(
			"img, svg, iframe, style, object, embed, script:not([src]), " +
			"[onerror], [onload], [onclick], [onmouseover], [style]")]
			.map((e) => e.outerHTML),
		links: [...document.querySelectorAll("a")]
			.map((a) => a.protocol)
			.filter((s) => s !== "http:" && s !== "https:"),
	}));

	assert.deepEqual(found, { hit: null, elements: [], links: [] });
	p.quiet();
}

test("messages, topics, reactions and answers are text", { skip }, async () => {
	const ann = await (await Person.make(browser, server))
		.enter("den", "ann");
	const bob = await (await Person.make(browser, server))
		.enter("den", "bob");

	for (const s of STRINGS) {
		await ann.say(s);
		await bob.sees(s);
		await ann.type(`/me ${s}`);
		await ann.type(`/topic ${s}`);
		await until(async () => await bob.page.locator("#topic")
			.textContent() === s.trim());
		await bob.type(`/reply ${s}`);
		await bob.type(`/say \`${s}\` *${s}* @${s}`);
		await bob.type("```html\n" + s + "\n```");
	}
	for (const p of [ann, bob])
		await harmless(p);
	await bob.page.reload();
	await bob.connected();
	await bob.page.keyboard.press("Alt+Home");
	await harmless(bob);
	await ann.close();
	await bob.close();
});

test("names, rooms, commands and their errors are text", { skip }, async () => {
	const p = await (await Person.make(browser, server))
		.enter("den", "carl");

	for (const s of STRINGS) {
		await p.type(`/nick ${s}`);
		await p.type(`/join ${s}`);
		await p.type(`/react #1 ${s}`);
		await p.type(`/${s}`);
		await p.type(`/help ${s}`);
		await p.input.fill("");
		if (!p.page.url().endsWith("/den"))
			await p.page.goto(server.url("den"));
		await p.connected();
	}
	await harmless(p);
	await p.close();
});

test("an address that names a hostile room is harmless", { skip }, async () => {
	const p = await Person.make(browser, server);

	for (const s of STRINGS) {
		const reply = await p.page.goto(server.url(s));

		/* The browser tells of an answer that is an error. */
		if (reply.status() >= 400)
			p.errors = p.errors.filter((e) =>
				!/Failed to load resource/.test(e));
		else
			await until(async () => await p.page.locator(".note")
				.count() > 0 || await p.page.locator("#room")
				.textContent() !== "");
		await harmless(p);
		assert.equal(await p.page.evaluate(() => window.hit ?? null), null);
	}
	await p.page.goto(`${server.url()}room/den#"><img src=x onerror=hit=1>`);
	await p.connected();
	await harmless(p);
	await p.close();
});

test("what the server says in events and errors is text", { skip }, async () => {
	const p = await Person.make(browser, server);
	const evil = STRINGS[0];

	/* A server that answers with hostile text in every field. */
	await p.page.routeWebSocket(/\/ws$/, (ws) => {
		const send = (o) => ws.send(JSON.stringify(o));

		ws.onMessage((text) => {
			const { op, id, room } = JSON.parse(text);
			const ok = { re: id, ok: true };

			if (op === "hello") {
				send({ ...ok, user: evil, guest: true, token: "t",
					server: evil, version: evil, limits: {},
					rooms: [] });
			} else if (op === "join") {
				send({ ...ok, room, epoch: evil, seq: 0, replay: 0,
					recovered: true, topic: evil, read: 0,
					visibility: evil, role: evil, online: 2 });
				send({ ev: "message", room, seq: 1, at: 1, from: evil,
					guest: true, text: evil, kind: evil,
					lang: evil, nonce: evil });
				send({ ev: "react", room, seq: 2, at: 1, from: evil,
					target: 1, emoji: evil });
				send({ ev: "nick", room, old: evil, user: evil,
					guest: true });
				send({ ev: "typing", room, user: `${evil}x` });
				send({ ev: "notice", text: evil });
				send({ ev: "presence", room, online: 3, join: [
					{ user: evil }], away: [{ user: evil }] });
				send({ ev: "gap", room, from: 3, to: 9 });
				send({ ev: "left", room, reason: evil });
			} else if (op === "members") {
				send({ ...ok, room, members: [{ user: evil,
					role: evil, online: true, away: true }] });
			} else {
				send({ re: id, ok: false, error: { code: evil,
					text: evil, field: evil } });
			}
		});
	});
	await p.page.goto(server.url("den"));
	await p.page.locator(".said").waitFor();
	await p.page.getByText(`no longer in this room: ${evil}`).waitFor();
	await p.page.locator("#members bdi").first().waitFor();
	await harmless(p);
	await p.close();
});

test("names and texts are isolated: no direction reaches beyond", { skip },
	async () => {
		const p = await (await Person.make(browser, server))
			.enter("bidi", "dora");

		await p.type("a\u202eb\u2066c");
		await p.sees("abc");
		await p.say("שלום");

		const isolated = await p.page.locator(".said .text, .said bdi")
			.evaluateAll((all) => all.map((e) =>
				getComputedStyle(e).unicodeBidi));

		for (const i of isolated)
			assert.match(i, /isolate|plaintext/);
		p.quiet();
		await p.close();
	});

test("a thousand marks stay in their line", { skip }, async () => {
	const p = await (await Person.make(browser, server))
		.enter("marks", "emil");

	await p.say("before");
	await p.type(`z${"\u0300".repeat(1000)}z`);
	await p.say("after");

	const box = await p.page.locator(".said").nth(1).boundingBox();
	const after = await p.line("after").boundingBox();

	assert.ok(box.height < 40, `${box.height} px high`);
	assert.ok(after.y >= box.y + box.height - 1);
	await p.close();
});

test("the page allows nothing but its own files", { skip }, async () => {
	for (const path of ["", "room/den"]) {
		const reply = await fetch(server.url() + path);
		const policy = reply.headers.get("content-security-policy") ?? "";

		for (const rule of ["default-src 'none'", "script-src 'self'",
			"style-src 'self'", "connect-src 'self'",
			"base-uri 'none'", "frame-ancestors 'none'",
			"require-trusted-types-for 'script'",
			"trusted-types 'none'"])
			assert.ok(policy.includes(rule), rule);
		assert.doesNotMatch(policy, /unsafe|\*|http/);

		const html = await reply.text();

		assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\son\w+=|style=/);
		assert.doesNotMatch(html, /https?:\/\//);
	}
});
