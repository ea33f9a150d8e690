/*
 * index: the page that asks for a room's name and lists public rooms.
 *
 * A client without rooms: it says hello and asks `rooms`.  What is typed
 * narrows the list.
 */
import { Buffers } from "./buffers.js";
import { Client } from "./client.js";
import { roomOf } from "./command.js";
import { LINK } from "./conn.js";
import { $, el, say } from "./dom.js";
import { line } from "./text.js";
import { address } from "./ui_list.js";

const LIMIT = 50;
const PAUSE = 200;		/* ms after a key before the server is asked */

function row(r) {
	return el("li", {}, el("a", { href: address(r.room) },
		el("bdi", { class: "room" }, line(r.room)),
		el("span", { class: "online" }, `${r.online ?? 0} here`),
		r.topic && el("bdi", { class: "topic" }, line(r.topic))));
}

class Index {
	constructor() {
		this.buffers = new Buffers();
		this.timer = null;
		this.asked = 0;
		this.client = new Client(this,
			`${location.origin.replace(/^http/, "ws")}/ws`);
		$("open").addEventListener("submit", (e) => {
			const { room } = roomOf($("name").value.trim());

			e.preventDefault();
			if (room !== "")
				location.assign(address(room));
		});
		$("name").addEventListener("input", () => {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.list(), PAUSE);
		});
		addEventListener("keydown", () => this.client.conn.touch());
		addEventListener("online", () => this.client.conn.touch());
		addEventListener("offline", () =>
			this.client.conn.lose("this device is offline"));
		this.client.conn.start();
	}

	/* Asks for the first page, or the one behind `after`. */
	list(after) {
		const asked = ++this.asked;
		const { room: match } = roomOf($("name").value.trim());

		this.client.request("rooms", { match: match || undefined,
			limit: LIMIT, after }, (reply) => {
			if (asked !== this.asked || reply === null)
				return;
			if (reply.ok)
				this.show(reply, after !== undefined, match);
			else
				this.empty(reply.error.text);
		});
	}

	show(reply, more, match) {
		const rows = reply.rooms.map(row);

		if (more)
			$("rooms").append(...rows);
		else
			$("rooms").replaceChildren(...rows);
		this.empty($("rooms").childElementCount > 0 ? ""
			: match ? `No public room has “${line(match)}” in its name.`
			: "There is no room yet. The first name makes one.");
		$("more").hidden = reply.next === undefined;
		$("more").onclick = () => this.list(reply.next);
	}

	empty(text) {
		$("none").hidden = text === "";
		say($("none"), text);
	}

	/* What client.js tells an application. */

	linkChanged() {
		const { conn } = this.client;

		say($("status"), {
			[LINK.UP]: "connected",
			[LINK.CONNECTING]: "connecting…",
			[LINK.WAITING]: `not connected: ${line(conn.why)}; ` +
				"any key tries now",
			[LINK.STOPPED]: `disconnected: ${line(conn.why)}`,
		}[conn.link]);
		$("who").hidden = !this.client.up;
		if (this.client.up && this.client.me.guest)
			say($("who"), `You come in as ${this.client.name}. This ` +
				"browser keeps the name; closing a private window " +
				"loses it.");
	}

	helloed() {
		this.linkChanged();
		this.list();
	}

	strange() {
		this.empty("The server does not know this guest any more; a " +
			"room's page offers to go on as a new one.");
	}

	changed() {}
	joined() {}
	entered() {}
}

new Index();
