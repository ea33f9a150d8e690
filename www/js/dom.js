/*
 * dom: makes elements.
 *
 * Text enters the page through text nodes only; nothing here, and nothing
 * else in these scripts, parses HTML.
 */

export const $ = (id) => document.getElementById(id);

/*
 * el('a', {class: 'x', href: '/'}, 'text', child): null and false children
 * are left out; a property that is a function listens ({click: f}).
 */
export function el(tag, props = {}, ...children) {
	const e = document.createElement(tag);

	for (const [name, value] of Object.entries(props)) {
		if (value === null || value === undefined || value === false)
			continue;
		if (typeof value === "function")
			e.addEventListener(name, value);
		else
			e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined &&
		c !== false));
	return e;
}

/* A button that does something. */
export function button(text, click, props = {}) {
	return el("button", { type: "button", click, ...props }, text);
}

/* Makes the children of a node these, moving none that stands right. */
export function arrange(parent, nodes) {
	let at = parent.firstChild;

	for (const n of nodes) {
		if (n === at)
			at = at.nextSibling;
		else
			parent.insertBefore(n, at);
	}
	while (at !== null) {
		const next = at.nextSibling;

		at.remove();
		at = next;
	}
}

/* Sets a text only if it is another: live regions speak on each change. */
export function say(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}
