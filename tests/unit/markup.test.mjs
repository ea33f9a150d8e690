/*
 * The page's parser of inline formatting is held to the vectors of lib/markup.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { KIND, names, parse } from '../../www/js/markup.js';

const folder = process.env.VECTORS ?
	pathToFileURL(`${process.env.VECTORS}/`) :
	new URL('../vectors/', import.meta.url);
const { cases } =
	JSON.parse(readFileSync(new URL('markup.json', folder), 'utf8'));

for (const { about, in: text, out } of cases) {
	test(about, () => {
		const spans = parse(text);
		let at = 0;

		assert.deepEqual(spans.map((s) => [names(s.kinds).join(' '),
			text.slice(s.start, s.end), s.lang]),
		out.map(([kinds, shown, lang]) => [kinds, shown, lang ?? '']));
		for (const s of spans) {
			assert.equal(s.from, at, 'spans follow each other');
			assert.ok(s.from <= s.start && s.start < s.end &&
				s.end <= s.to);
			at = s.to;
		}
		assert.equal(at, text.length);
	});
}

test('the kinds are those of lib/markup.def, in its order', () => {
	const table = readFileSync(
		new URL('../../lib/markup.def', import.meta.url), 'utf8');
	const rows = [...table.matchAll(/^MARKUP\(\w+, (\w+)\)/gm)];

	assert.deepEqual(KIND,
		Object.fromEntries(rows.map(([, name], i) => [name, 1 << i])));
});

test('a lone half of a surrogate pair is text', () => {
	assert.equal(parse('*\ud801*')[0].kinds, KIND.bold);
	assert.equal(parse('\udc28*a*')[1].kinds, KIND.bold);
});

test('no text costs more than linear time', () => {
	const patterns = ['*', '_*~', '*a ', '*a _b ~c ', '(*', '`', '`a',
		'``a`', '```\n', '```\na\n', '@', '@a.', 'h', 'http://',
		'http://a(', ' http://(', '*`a ', '\u00e4*'];

	for (const pattern of patterns) {
		const text = pattern.repeat(0x10000 / pattern.length);
		const begin = process.cpuUsage();

		parse(text);
		const { user } = process.cpuUsage(begin);
		assert.ok(user < 5e6, `${JSON.stringify(pattern)}: ${user} us`);
	}
});
