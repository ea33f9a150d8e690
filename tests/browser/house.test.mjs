/*
 * The scripts keep the rules of the house: text is never parsed as HTML, no
 * code comes from elsewhere, files stay small.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { www } from "./helper.mjs";

const scripts = readdirSync(path.join(www, "js")).filter((f) =>
	f.endsWith(".js"));
const read = (...p) => readFileSync(path.join(www, ...p), "utf8");

test("no script parses HTML or text as code", () => {
	for (const f of scripts)
		assert.doesNotMatch(read("js", f), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|setHTML|createContextualFragment/, f);
});

test("no script or page loads anything from elsewhere", () => {
	for (const f of scripts)
		for (const [, from] of read("js", f).matchAll(
			/^(?:import|export) [^;]*from ['"]([^'"]+)['"]/gm))
			assert.match(from, /^\.\/\w+\.js$/, f);
	for (const f of ["index.html", "room.html"])
		for (const [, url] of read(f).matchAll(/(?:src|href)="([^"]+)"/g))
			assert.match(url, /^[/#]/, f);
	for (const f of readdirSync(path.join(www, "css")))
		assert.doesNotMatch(read("css", f), /@import|url\(/, f);
});

test("the protocol is spoken from the table", () => {
	for (const f of scripts.filter((f) => f !== "proto.js"))
		assert.doesNotMatch(read("js", f), /chat\.v1['"]/, f);
});

test("a file has a head that tells what it is, and at most 700 lines", () => {
	for (const f of scripts) {
		const text = read("js", f);

		assert.match(text, /^\/\*\s+\*? ?\w/, f);
		assert.ok(text.split("\n").length <= 700, f);
	}
});

test("every file of the page is installed", () => {
	const listed = [...read("local.mk").matchAll(/%D%\/(\S+\.\w+)/g)]
		.map((m) => m[1]).filter((f) => f !== "package.json").sort();
	const present = [".", "css", "js"].flatMap((dir) =>
		readdirSync(path.join(www, dir)).filter((f) =>
			/\.(html|svg|css|js)$/.test(f))
			.map((f) => path.posix.join(dir, f))).sort();

	assert.deepEqual(listed, present);
});
