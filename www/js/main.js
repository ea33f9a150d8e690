/*
 * main: the room's page begins here.
 */
import { App } from "./app.js";
import { $ } from "./dom.js";
import { newNonce } from "./outbox.js";
import { OutboxMemory, holdTab, openOutbox } from "./outbox_db.js";
import { Ui, place } from "./ui.js";

/* The rooms that were open before a reload. */
function openBefore() {
	try {
		const rooms = JSON.parse(sessionStorage.getItem("chat.rooms"));

		return Array.isArray(rooms)
			? rooms.filter((r) => typeof r === "string") : [];
	} catch {
		return [];
	}
}

async function main() {
	const { room, seq } = place(location);
	const tab = newNonce();
	const db = await openOutbox();

	if (room === null) {
		$("status").textContent = "This address names no room.";
		return;
	}
	await holdTab(tab);

	const app = new App(`${location.origin.replace(/^http/, "ws")}/ws`,
		db ?? new OutboxMemory(), tab);
	const ui = new Ui(app);

	app.view = ui;
	for (const other of openBefore())
		app.buffers.open(other);
	app.join(room, true, seq);
	if (db === null)
		app.note("this browser keeps nothing: lines that are not stored " +
			"yet are lost when the page is closed");
	app.start(ui);
	if (!matchMedia("(pointer: coarse)").matches)
		ui.input.focus();
}

main();
