/*
 * keymap: actions and their keys, made from lib/keys.def.
 *
 * Pure.  People write keys as "Alt-Up"; terminals send bytes, sometimes one
 * of several sequences for a key.
 */
#ifndef KEYMAP_H
#define KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

enum key_scope { SCOPE_ROOM, SCOPE_MESSAGE };

enum key_action {
#define KEY(scope, action, terminal, browser, help) ACTION_##scope##_##action,
#include "lib/keys.def"
#undef KEY
	ACTION__COUNT
};

struct keymap_row {
	enum key_scope scope;
	const char *action; /* "next_room" */
	const char *keys;   /* "Ctrl-N Alt-Right" */
	const char *help;
};

const struct keymap_row *keymap_row(enum key_action);

#define KEYMAP_BYTES 16

struct keymap_seq {
	char bytes[KEYMAP_BYTES];
	size_t n;
};

/*
 * Calls fn with each byte sequence that a key of the action may send; `which`
 * is 1 to 9 for the keys of a row like "Alt-1…9", else 0.
 */
void keymap_each(enum key_action,
    void (*fn)(void *, enum key_action, const struct keymap_seq *, int which),
    void *arg);

/* The action of a scope whose key sends these bytes, or ACTION__COUNT. */
enum key_action keymap_find(enum key_scope, const char *bytes, size_t n);

/*
 * Translates one key, n bytes of "Alt-Up": up to max sequences, and how many
 * there are; 0 for a word that is no key.
 */
size_t keymap_translate(const char *key, size_t n, struct keymap_seq *,
    size_t max);

#endif
