/*
 * browserlike: what the page's modules find in a browser and not in every
 * node; imported first by tests that run without one.
 */
import { webcrypto } from "node:crypto";

/* What localStorage holds; tests may clear it. */
export const storage = new Map();

globalThis.crypto ??= webcrypto;
globalThis.localStorage = {
	getItem: (k) => storage.get(k) ?? null,
	setItem: (k, v) => storage.set(k, v),
	removeItem: (k) => storage.delete(k),
};
/* Without navigator.locks every tab cares for itself. */
Object.defineProperty(globalThis, "navigator", { value: {},
	configurable: true });
