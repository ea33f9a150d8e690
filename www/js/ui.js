/*
 * ui: the room's page: the view that app.js tells of changes.
 *
 * Changes are gathered and drawn once for a frame of the screen.  The parts
 * are in ui_*.js.
 */
import { $, say } from "./dom.js";
import * as keymap from "./keymap.js";
import * as prefs from "./prefs.js";
import { line } from "./text.js";
import { UiInput } from "./ui_input.js";
import { UiList, address } from "./ui_list.js";
import { UiLog } from "./ui_log.js";
import { UiNicks } from "./ui_nicks.js";
import { UiStatus } from "./ui_status.js";

const WIDE = matchMedia("(min-width: 720px)");
const TITLE = "chat";
const TOLD = 3000;		/* ms for which a word stands there */

export class Ui {
	constructor(app) {
		this.app = app;
		this.due = false;
		this.log = new UiLog(app, this.acts());
		this.input = new UiInput(app);
		this.list = new UiList(app);
		this.nicks = new UiNicks((text) => {
			this.fold("members", WIDE.matches);
			this.input.insert(text);
			this.input.focus();
		});
		this.status = new UiStatus(app);
		this.listen();
		this.folds();
	}

	/* What can be done with a line of the log. */
	acts() {
		const { app } = this;
		const here = () => app.buffers.current;

		return {
			find: (seq) => here().find(seq),
			mayOwn: (l) => app.client.mayOwn(l),
			goto: (seq) => app.goto(here(), seq),
			react: (l, emoji, on) =>
				app.react(here(), l.seq, emoji, on),
			resend: (l) => app.resend(here(), l),
			discard: (l) => app.discard(here(), l),
			reply: (l) => this.input.startReply(l),
			edit: (l) => this.input.startEdit(l),
			delete: (l) => app.delete(here(), l.seq),
			unread: (l) => app.unread(here(), l.seq),
			copy: (l) => this.copy(l),
			leave: () => {
				this.log.toEnd();
				this.input.focus();
			},
			scrolled: () => this.seen(),
		};
	}

	/* A browser has no clipboard for pages without TLS, and may refuse. */
	async copy(l) {
		try {
			await navigator.clipboard.writeText(l.text);
			this.tell("copied");
		} catch {
			this.tell("not copied, the browser refuses; " +
				"select the text instead");
		}
	}

	/* A word about what was done; a screen reader reads it out. */
	tell(text) {
		clearTimeout(this.toldTimer);
		say($("told"), text);
		this.toldTimer = setTimeout(() => say($("told"), ""), TOLD);
	}

	listen() {
		addEventListener("keydown", (e) => this.key(e));
		addEventListener("focus", () => this.later());
		addEventListener("blur", () => this.away());
		addEventListener("offline", () =>
			this.app.client.conn.lose("this device is offline"));
		addEventListener("online", () => this.app.touch());
		addEventListener("popstate", () => this.follow());
		addEventListener("hashchange", () => this.follow());
		document.addEventListener("visibilitychange", () => {
			if (document.hidden) {
				this.away();
			} else {
				this.app.client.conn.check();
				this.app.adopt();
				this.later();
			}
		});
	}

	/* Any key makes an attempt that waits; some mean something here. */
	key(e) {
		const found = keymap.find("ROOM", e);

		if (this.app.status().link === "waiting" && e.key !== "Tab")
			this.app.touch();
		if (e.key === "Escape" && !WIDE.matches)
			this.foldAll();
		if (e.defaultPrevented || found === null ||
		    !this.action(found))
			return;
		e.preventDefault();
	}

	/* True if the action is done here. */
	action({ action, which }) {
		const { app, log } = this;
		const { buffers } = app;
		const show = (b) => {
			if (b)
				app.show(b);
		};
		const all = {
			room_number: () => show(buffers.v[which - 1]),
			next_room: () => show(buffers.beside(1)),
			previous_room: () => show(buffers.beside(-1)),
			active_room: () => show(buffers.active()),
			last_room: () => show(buffers.previous),
			page_up: () => log.scroll(-1),
			page_down: () => log.scroll(1),
			top: () => log.scroll(-Infinity),
			bottom: () => log.scroll(Infinity),
			first_unread: () => log.toUnread(),
			select_message: () => log.select(),
		};

		all[action]?.();
		return action in all;
	}

	/* The lists beside the messages, shown or folded. */
	folds() {
		for (const name of ["rooms", "members"]) {
			$(`show-${name}`).addEventListener("click", () => {
				const open = !$(`${name}-panel`).classList
					.contains("open");

				this.fold(name, open);
				if (WIDE.matches)
					prefs.put(`fold.${name}`, !open);
			});
		}
		document.querySelector("main").addEventListener("pointerdown", () => {
			if (!WIDE.matches)
				this.foldAll();
		});

		const wide = () => ["rooms", "members"].forEach((name) =>
			this.fold(name, WIDE.matches &&
				prefs.get(`fold.${name}`) !== true));

		WIDE.addEventListener("change", wide);
		wide();
	}

	fold(name, open) {
		$(`${name}-panel`).classList.toggle("open", open);
		$(`show-${name}`).setAttribute("aria-expanded", String(open));
	}

	/* The lists lie over the messages: the focus does not stay in them. */
	foldAll() {
		for (const name of ["rooms", "members"]) {
			if ($(`${name}-panel`).contains(document.activeElement))
				$(`show-${name}`).focus();
			this.fold(name, false);
		}
	}

	/* The view of app.js. */

	changed() {
		this.later();
	}

	link() {
		this.status.draw();
		if (this.app.client.up)
			this.status.first();
		this.later();
	}

	strange() {
		this.status.unknown = true;
		this.status.draw();
	}

	shown(b) {
		if (b === null) {
			location.assign("/");
			return;
		}
		if (!WIDE.matches)
			this.foldAll();
		this.go(b);
		this.input.show(b);
		this.log.show(b);
		this.later();
	}

	reveal(l) {
		this.log.wanted = l ?? null;
		this.later();
	}

	begin(l) {
		this.log.begun = l;
		this.later();
	}

	selected() {
		return this.log.selected();
	}

	/* The address of the page is the room's. */
	go(b) {
		const to = address(b.room);
		const same = this.shownBuffer === b || this.shownBuffer === undefined;

		this.shownBuffer = b;
		this.remember();
		if (location.pathname === to)
			return;
		if (same)
			history.replaceState(null, "", to + location.hash);
		else
			history.pushState(null, "", to);
	}

	/* Back and forward, or another #1043. */
	follow() {
		const { room, seq } = place(location);

		if (room !== null)
			this.app.join(room, true, seq);
	}

	/* A reload opens the same rooms again. */
	remember() {
		try {
			sessionStorage.setItem("chat.rooms", JSON.stringify(
				this.app.buffers.v.map((b) => b.room)));
		} catch {
			/* then only the room of the address is opened */
		}
	}

	/* Drawing. */

	later() {
		if (this.due)
			return;
		this.due = true;
		/* A page in the background gets no frames. */
		if (document.hidden)
			setTimeout(() => this.draw(), 200);
		else
			requestAnimationFrame(() => this.draw());
	}

	draw() {
		const b = this.app.buffers.current;

		this.due = false;
		this.status.draw();
		this.list.draw();
		this.list.drawElsewhere();
		if (b === null)
			return;
		say($("room"), line(b.room));
		say($("topic"), line(b.topic));
		$("topic").title = line(b.topic);
		this.log.draw();
		this.nicks.draw(b);
		this.drawTyping(b);
		this.drawTitle(b);
		this.seen();
	}

	drawTyping(b) {
		const now = Date.now();
		const who = [...b.typing].filter(([, until]) => until > now)
			.map(([name]) => name);

		say($("typing"), who.length === 0 ? ""
			: who.length > 3 ? "several people are typing…"
			: `${who.join(", ")} ${who.length > 1 ? "are" : "is"
				} typing…`);
	}

	drawTitle(b) {
		const n = this.app.buffers.v.reduce((sum, o) => sum + o.unread, 0);
		const title = `${n > 0 ? `(${n}) ` : ""}#${line(b.room)} – ${TITLE}`;

		if (document.title !== title)
			document.title = title;
	}

	/* The end of the room is in sight of somebody who looks. */
	seen() {
		const b = this.app.buffers.current;

		if (b === null)
			return;
		b.watched &&= this.log.atEnd;
		if (this.log.atEnd && document.hasFocus() &&
		    !document.hidden && b.last >= b.end)
			this.app.seen(b);
	}

	/* The reader goes: what comes now is unread. */
	away() {
		const b = this.app.buffers.current;

		if (b !== null) {
			b.away();
			this.later();
		}
	}
}

/* What an address of a room's page names: {room, seq}; room null: none. */
export function place(url) {
	const m = /^\/room\/([^/]+)\/?$/.exec(url.pathname);
	const seq = /^#(\d{1,15})$/.exec(url.hash);

	try {
		return { room: m && decodeURIComponent(m[1]),
			seq: seq ? Number(seq[1]) : 0 };
	} catch {
		return { room: null, seq: 0 };
	}
}
