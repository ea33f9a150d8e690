/*
 * ui_status: the link, the own name, and what waits for the server.
 *
 * The countdown is drawn apart from the status, which a screen reader reads
 * out on each change.
 */
import { LINK } from "./conn.js";
import { $, say } from "./dom.js";
import * as prefs from "./prefs.js";
import { count } from "./text.js";

function words(s) {
	switch (s.link) {
	case LINK.UP:
		return "connected";
	case LINK.CONNECTING:
		return "connecting…";
	case LINK.WAITING:
		return `not connected: ${s.why}`;
	default:
		return `disconnected: ${s.why}`;
	}
}

export class UiStatus {
	constructor(app) {
		this.app = app;
		this.unknown = false;	/* the server does not know our token */
		$("me").addEventListener("click", () =>
			this.ask($("naming").hidden));
		$("naming").addEventListener("submit", (e) => this.take(e));
		$("naming-no").addEventListener("click", () => this.ask(false));
		$("naming").addEventListener("keydown", (e) => {
			if (e.key === "Escape")
				this.ask(false);
		});
		$("again").addEventListener("click", () => this.again());
	}

	draw() {
		const s = this.app.status();
		const waits = s.outbox > 0
			? `, ${count(s.outbox, "line")} not stored yet` : "";

		$("status").className = s.link;
		say($("status"), words(s) + waits);
		say($("countdown"), s.link === LINK.WAITING
			? `next attempt in ${s.retryIn} s, any key tries now` : "");
		say($("me"), s.me);
		$("me").setAttribute("aria-label", `You are ${s.me}. ` +
			"Take another name");
		$("again").hidden = s.link !== LINK.STOPPED;
		say($("again"), this.unknown ? "Go on as a new guest"
			: "Connect again");
	}

	/* The one question of the first visit; it stops nobody. */
	first() {
		const me = this.app.status().me;

		if (prefs.get("named") === null && this.app.client.me.guest &&
		    $("naming").hidden) {
			$("naming").hidden = false;
			say($("naming-no"), `Stay ${me}`);
		}
	}

	ask(open) {
		$("naming").hidden = !open;
		say($("naming-error"), "");
		say($("naming-no"), "Not now");
		if (open) {
			$("nick").value = this.app.client.me.user;
			$("nick").select();
			$("nick").focus();
		} else {
			prefs.put("named", true);
			$("input").focus();
		}
	}

	take(e) {
		const nick = $("nick").value.trim().replace(/^~/, "");

		e.preventDefault();
		if (nick === "") {
			this.ask(false);
			return;
		}
		this.app.nick(this.app.buffers.current, nick, (error) => {
			if (error === "")
				this.ask(false);
			else
				say($("naming-error"), error);
		});
	}

	again() {
		if (this.unknown)
			prefs.identity.forget();
		this.unknown = false;
		this.app.client.conn.start();
		$("input").focus();
	}
}
