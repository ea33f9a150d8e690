/*
 * command: what is typed behind a slash.
 *
 * The words, their arguments and help are rows of COMMANDS (lib/command.def),
 * the same in terminal and page; here stands what each does.  A word that is
 * no command is an error and never sent as text; "//text" sends "/text".
 */
import { KIND } from "./buffer.js";
import { keyWords } from "./keymap.js";
import { COMMANDS, KEYS } from "./proto.js";
import { line } from "./text.js";

const rows = COMMANDS.filter((c) => c.page);

/*
 * The command that a word means: its name or alias, or the beginning of one
 * command only.  {row} or {error}.
 */
export function lookup(word) {
	const w = word.toLowerCase();
	const words = (c) => [c.name, ...c.aliases];
	const exact = rows.find((c) => words(c).includes(w));

	if (exact !== undefined)
		return { row: exact };

	const near = w === "" ? [] : rows.filter((c) =>
		words(c).some((n) => n.startsWith(w)));

	if (near.length === 1)
		return { row: near[0] };
	return { error: near.length > 1
		? `/${line(word)} may be more than one command; /help lists them`
		: `there is no command /${line(word)}; /help lists them, ` +
			`and //${line(word)} says it` };
}

/* What a typed text is: {say: text}, {row, args} or {error}. */
export function parse(text) {
	if (text.startsWith("//"))
		return { say: text.slice(1) };
	if (!text.startsWith("/"))
		return { say: text };

	const [, word, rest] = /^\/([^ \n]*) *([^]*)$/.exec(text);
	const { row, error } = lookup(word);

	if (error !== undefined)
		return { error };

	/* Spaces behind a text are part of it; behind a name they are not. */
	const args = row.args.includes("TEXT") ? rest : rest.trimEnd();

	return misfit(row, args) ?? { row, args };
}

/* Whether what follows the word is what the row wants; {error} if not. */
function misfit(row, args) {
	if (args === "" && row.args !== "" && !row.args.endsWith("]"))
		return { error: `/${row.name} ${row.args}: ${row.help}` };
	if (args !== "" && row.args === "")
		return { error: `/${row.name} stands alone: ${row.help}` };
	if (args.includes("\n") && !row.args.includes("TEXT"))
		return { error: `/${row.name} ${row.args} is one line` };
	return undefined;
}

/* "#1043 text": the number (0 without one) and the rest. */
export function target(args) {
	const m = /^#([1-9]\d{0,15})(?: +|$)([^]*)$/.exec(args);

	return m === null ? { seq: 0, rest: args }
		: { seq: Number(m[1]), rest: m[2] };
}

/*
 * What a name, or the address of a room's page, means: {room, seq, host}; host
 * is "" for a name.
 */
export function roomOf(word) {
	const m = /^(?:http|ws)s?:\/\/([^/]+)\/room\/([^/#?]+)\/?(?:#(\d{1,15}))?/i
		.exec(word);

	if (m === null)
		return { room: word.replace(/^#/, ""), seq: 0, host: "" };

	const seq = Number(m[3] ?? 0);

	try {
		return { room: decodeURIComponent(m[2]), seq, host: m[1] };
	} catch {
		return { room: m[2], seq, host: m[1] };
	}
}

/* What is wrong is thrown as a sentence; the typed text is kept then. */
class Wrong extends Error {}

function wrong(text) {
	throw new Wrong(text);
}

/*
 * The message that a command acts on, and what is left of its arguments.
 * Whether it may be changed the server decides, who knows own messages of
 * earlier names too.
 */
function message(c, own) {
	const { seq, rest } = target(c.args);
	const isMessage = (l) => l?.kind === KIND.MESSAGE && !l.deleted;
	let l;

	if (seq > 0) {
		l = c.b.find(seq);
		if (!isMessage(l))
			wrong(`there is no message #${seq} here`);
		return { l, rest };
	}
	l = c.app.view.selected();
	if (isMessage(l) && l.waiting)
		wrong("the message is not stored yet; /discard drops one " +
			"that was refused");
	if (!isMessage(l))
		l = c.b.lines.findLast((o) => isMessage(o) && !o.waiting &&
			o.own === own);
	if (l === undefined)
		wrong(`there is no message ${own ? "of yours" : "of others"
			} here`);
	return { l, rest };
}

function oneWord(args) {
	if (args.includes(" "))
		wrong(`a name has no spaces: "${line(args)}"`);
	return args;
}

/* The selected line, or the oldest of the room, that needs a decision. */
function undecided(c) {
	const chosen = c.app.view.selected();
	const needs = (l) => l?.waiting &&
		(l.state === "refused" || l.state === "unsure");
	const l = needs(chosen) ? chosen : c.b.lines.find(needs);

	return l ?? wrong("no line here was refused or is unsure");
}

function put(c, on) {
	const { l, rest } = message(c, false);

	if (rest === "")
		wrong("the emoji is missing");
	if (rest.includes(" "))
		wrong(`one emoji at a time: "${line(rest)}"`);
	c.app.react(c.b, l.seq, rest, on);
}

/* c is {app, b, args}: the application, the room, what follows the word. */
const actions = {
	join(c) {
		const { room, seq, host } = roomOf(oneWord(c.args));

		if (host !== "" && host.toLowerCase() !== c.app.host)
			wrong(`${line(c.args)} is on another server; open it ` +
				"in another tab");
		c.app.join(room, true, seq);
	},

	leave(c) {
		const b = c.args === "" ? c.b
			: c.app.buffers.find(roomOf(c.args).room);

		if (b === undefined)
			wrong(`the room ${line(c.args)} is not open`);
		c.app.leave(b);
	},

	rooms: (c) => c.app.rooms(c.b, c.args),
	members: (c) => c.app.members(c.b),

	topic({ app, b, args }) {
		if (args === "")
			b.note(b.topic === "" ? `${b.room} has no topic; ` +
				"/topic TEXT gives it one"
				: `the topic of ${b.room}: ${b.topic}`);
		else
			app.topic(b, args);
	},

	nick: (c) => c.app.nick(c.b, oneWord(c.args).replace(/^~/, "")),
	say: (c) => c.app.say(c.b, c.args),
	me: (c) => c.app.say(c.b, c.args, "action"),

	reply(c) {
		const { l, rest } = message(c, false);

		if (rest === "")
			wrong("the answer's text is missing");
		c.app.say(c.b, rest, "text", l.seq);
	},

	edit(c) {
		const { l, rest } = message(c, true);

		if (rest === "")
			wrong("the new text is missing");
		c.app.edit(c.b, l.seq, rest);
	},

	delete(c) {
		const { l, rest } = message(c, true);

		if (rest !== "")
			wrong(`/delete takes a number like #1043, not "${
				line(rest)}"`);
		c.app.delete(c.b, l.seq);
	},

	react: (c) => put(c, true),
	unreact: (c) => put(c, false),

	read(c) {
		c.b.markHere();
		c.app.seen(c.b);
	},

	unread: (c) => c.app.unread(c.b, message(c, false).l.seq),
	resend: (c) => c.app.resend(c.b, undecided(c)),
	discard: (c) => c.app.discard(c.b, undecided(c)),
	ping: (c) => c.app.ping(c.b),
	clear: (c) => c.b.clear(),

	help({ app, b, args }) {
		if (args === "") {
			app.begin(b.note(help()));
			return;
		}

		const { row, error } = lookup(args.replace(/^\//, ""));

		b.note(error ?? about(row) + (row.aliases.length
			? ` (also: ${row.aliases.join(" ")})` : ""));
	},
};

function about(row) {
	return `/${`${row.name} ${row.args}`.trim()}: ${row.help}`;
}

function help() {
	const keys = (scope) => KEYS.filter((k) => k.scope === scope &&
		k.browser.length > 0).map((k) =>
		`${keyWords(k.browser)}: ${k.help}`);

	return ["Commands; any beginning that means one only will do:",
		...rows.map(about),
		"Keys:", ...keys("ROOM"),
		"While a message is selected:", ...keys("MESSAGE")].join("\n");
}

/*
 * Does what was typed in a room.  True if the text was taken; false leaves
 * it where it is, with a note that tells what is wrong.
 */
export function run(app, b, text) {
	const { say, row, args, error } = parse(text);

	try {
		if (!app.fits(b, text))
			return false;
		if (say !== undefined)
			app.say(b, say);
		else if (error !== undefined)
			wrong(error);
		else
			actions[row.name]({ app, b, args });
	} catch (e) {
		if (!(e instanceof Wrong))
			throw e;
		b.note(e.message);
		app.changed(b);
		return false;
	}
	app.changed(b);
	return true;
}

/* Names with an action; a test compares them with the table. */
export const commandNames = Object.keys(actions);
