/*
 * back: the line that each room gets after each reconnect.
 *
 * The words are the terminal client's, letter by letter: who reads them in
 * one client knows them in the other.
 */
import { count, duration } from "./text.js";

/* What is counted while the link is gone and until the replay has come. */
export function newBack(lostAt = 0, reset = false) {
	return {
		lostAt,		/* ms; 0: nothing to tell */
		until: 0,	/* the replay ends at this entry */
		messages: 0,	/* that were replayed */
		gone: 0,	/* entries that were not */
		why: "",
		reset,		/* the log is another one */
	};
}

export function backWords(back, now) {
	const head = `back after ${duration(now - back.lostAt)}: `;

	if (back.reset)
		return head + RESET;
	return `${head}${count(back.messages, "message")} replayed, ${
		gapWords(back.gone, back.why)}`;
}

/* How many entries are missing, and why. */
export function gapWords(gone, why) {
	if (gone === 0)
		return "none missed";
	if (why === "retention")
		return `${gone} gone: the server keeps them no longer`;
	return `${gone} missing: ${why}`;
}

export const RESET = "the server's log of this room is another one; " +
	"what was shown before is gone";
