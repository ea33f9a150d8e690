/*
 * buffers: the rooms that are open, in the order of the room list, and which
 * of them is looked at.
 */
import { Buffer } from "./buffer.js";
import { fold } from "./text.js";

export class Buffers {
	constructor() {
		this.v = [];
		this.current = null;
		this.previous = null;
	}

	find(room) {
		const key = fold(room);

		return this.v.find((b) => fold(b.room) === key);
	}

	/* The room's buffer, made if it is not open yet. */
	open(room) {
		let b = this.find(room);

		if (b === undefined) {
			b = new Buffer(room);
			this.v.push(b);
			this.current ??= b;
		}
		return b;
	}

	show(b) {
		if (b === this.current)
			return;
		this.previous = this.current;
		this.current = b;
	}

	close(b) {
		const i = this.v.indexOf(b);

		if (i < 0)
			return;
		this.v.splice(i, 1);
		if (this.previous === b)
			this.previous = null;
		if (this.current === b) {
			this.current = this.previous ??
				this.v[Math.min(i, this.v.length - 1)] ?? null;
			this.previous = null;
		}
	}

	/* The room `step` places on, round the end. */
	beside(step) {
		const n = this.v.length;

		return n ? this.v[(this.v.indexOf(this.current) + step + n) % n]
			: null;
	}

	/* The next room with something unread. */
	active() {
		for (let i = 1; i < this.v.length; i++) {
			const b = this.beside(i);

			if (b.unread > 0)
				return b;
		}
		return null;
	}
}
