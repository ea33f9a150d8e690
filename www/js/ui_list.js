/*
 * ui_list: the rooms that are open in this tab.
 */
import { $, el } from "./dom.js";
import { roomOf } from "./command.js";
import { line } from "./text.js";

export const address = (room) => `/room/${encodeURIComponent(room)}`;

export class UiList {
	constructor(app) {
		this.app = app;
		this.drawn = "";
		$("rooms").addEventListener("click", (e) => this.click(e));
		$("join").addEventListener("submit", (e) => {
			const { room } = roomOf($("join-name").value.trim());

			e.preventDefault();
			if (room === "")
				return;
			$("join-name").value = "";
			app.join(room);
			$("input").focus();
		});
	}

	click(e) {
		const a = e.target.closest("a");

		if (a === null || e.ctrlKey || e.metaKey || e.shiftKey)
			return;
		e.preventDefault();
		this.app.show(this.app.buffers.v[Number(a.dataset.index)]);
		$("input").focus();
	}

	draw() {
		const { v, current } = this.app.buffers;
		const rows = v.map((b) => [b.room, b.unread, b === current, b.left]);
		const now = JSON.stringify(rows);

		if (now === this.drawn)
			return;
		this.drawn = now;
		$("rooms").replaceChildren(...rows.map(([room, unread, here, left],
		    i) => el("li", {}, el("a", { href: address(room),
			"data-index": String(i), title: left || null,
			"aria-current": here ? "page" : null },
			el("bdi", { class: left ? "name left" : "name" },
				line(room)),
			unread > 0 && el("span", { class: "count" },
				String(unread), el("span", { class: "unseen" },
					" unread"))))));
		this.drawElsewhere();
	}

	/* The number at the button, while the list is folded away. */
	drawElsewhere() {
		const { v, current } = this.app.buffers;
		const n = v.reduce((sum, b) => b === current ? sum
			: sum + b.unread, 0);

		$("unread-elsewhere").hidden = n === 0;
		$("unread-elsewhere").textContent = String(n);
	}
}
