/*
 * codec: frames of chat.v1, checked against the table (proto.js).
 *
 * What leaves has only the fields that the op knows, and is refused here when
 * the server would refuse it for its form.  What comes is one object with
 * `re` or `ev`; unknown fields and events are let through, as the protocol
 * asks.
 */
import { EVENTS, LIMITS, OPS } from "./proto.js";
import { size } from "./text.js";

/* The error object of the wire, for what never went there. */
export function problem(code, text, more = {}) {
	return { code, text, ...more };
}

function checkField(name, spec, value) {
	if (spec.type === "STR" && size(value) > spec.max)
		return problem("too_large", `${name} has ${size(value)} bytes, ` +
			`at most ${spec.max} are allowed`, { field: name });
	if (spec.type === "INT" &&
	    !(Number.isInteger(value) && value >= 0 && value <= spec.max))
		return problem("bad_request", `${name} is a number from 0 to ` +
			`${spec.max}`, { field: name });
	return null;
}

/* The text of a request's frame, or what is wrong with it. */
export function encode(op, id, fields) {
	const frame = id === null ? { op } : { op, id };

	for (const [name, spec] of Object.entries(OPS[op].fields)) {
		const value = fields[name];

		if (value === undefined || value === null) {
			if (spec.required)
				return { error: problem("bad_request",
					`${op} needs ${name}`, { field: name }) };
			continue;
		}

		const error = checkField(name, spec, value);

		if (error)
			return { error };
		frame[name] = value;
	}

	const text = JSON.stringify(frame);

	if (size(text) > LIMITS.frame)
		return { error: problem("too_large",
			`a frame has at most ${LIMITS.frame} bytes`) };
	return { text };
}

/* The object of a frame that came, or null if it is none of ours. */
export function decode(text) {
	let frame;

	try {
		frame = JSON.parse(text);
	} catch {
		return null;
	}
	if (frame === null || typeof frame !== "object")
		return null;
	if ("re" in frame)
		return typeof frame.ok === "boolean" ? frame : null;
	if (typeof frame.ev !== "string")
		return null;
	for (const [name, spec] of Object.entries(EVENTS[frame.ev]?.fields ?? {}))
		if (spec.required && !(name in frame))
			return null;
	return frame;
}
