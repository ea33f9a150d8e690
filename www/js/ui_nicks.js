/*
 * ui_nicks: who is in the room; a name that is chosen goes into the text.
 */
import { $, button, el, say } from "./dom.js";
import { colour, nick } from "./ui_style.js";

const MOST = 300;		/* names in the list */

export class UiNicks {
	constructor(insert) {
		this.insert = insert;
		this.drawn = "";
	}

	draw(b) {
		const all = b.members.sorted();
		const now = JSON.stringify([b.room, b.online, all]);

		say($("online"), String(b.online));
		if (now === this.drawn)
			return;
		this.drawn = now;
		$("members").replaceChildren(...all.slice(0, MOST).map((m) =>
			el("li", {}, this.entry(m))),
			...b.online > all.length || all.length > MOST
				? [el("li", { class: "note" },
					`${b.online} people are here`)] : []);
	}

	entry(m) {
		const e = button("", () => this.insert(`@${m.user} `), {
			class: m.away ? "away" : null,
			title: "puts the name into the text" });
		const name = el("span", { class: colour(m.user) },
			nick(m.user, m.guest));

		e.append(name);
		if (m.away)
			e.append(" (away)");
		if (m.role && m.role !== "member")
			e.append(el("span", { class: "note" }, ` ${m.role}`));
		return e;
	}
}
