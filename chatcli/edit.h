/*
 * edit: the line that the user types, and his keys.
 *
 * GNU readline, fed with whole keys and never let near the terminal: emacs
 * and vi mode, inputrc (with $if chatcli) and a history in memory.  There is
 * one line only, as readline has one only.  Keys of keys.def that are for the
 * room are bound first, then inputrc may bind others.
 */
#ifndef EDIT_H
#define EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "chatcli/keymap.h"

struct edit_hooks {
	/* Enter.  False: it was not taken, and stands in the line again. */
	bool (*enter)(void *, const char *text);
	/* The end of input (Ctrl-D) in an empty line. */
	void (*end)(void *);
	/* A key of SCOPE_ROOM; which is 1 to 9 for a digit, else 0. */
	void (*act)(void *, enum key_action, int which);
	/* Text, cursor or prompt may have changed. */
	void (*changed)(void *);
};

/*
 * Must come before curses begins: both keep terminfo's state, and the last
 * one wins.
 */
void edit_start(const struct edit_hooks *, void *arg);
void edit_stop(void);

/* One key, as edit_token.h cuts it.  Never inside a hook. */
void edit_key(const char *bytes, size_t n);

/*
 * Puts pasted text in at the cursor, as one step of undo: line ends become
 * '\n', other controls but tabs go, invalid UTF-8 becomes U+FFFD.
 */
void edit_paste(const char *bytes, size_t n);

const char *edit_text(void);
size_t edit_point(void); /* bytes before the cursor */

/* What readline asks at the moment ("(reverse-i-search)…"), or "". */
const char *edit_prompt(void);

/* Whether it waits for the rest of a search or argument. */
bool edit_busy(void);

/* Whether vi mode waits for a command. */
bool edit_vi_command(void);

/* Replaces the whole line; what undo knew is forgotten. */
void edit_set(const char *text, size_t point);

/* Replaces bytes start to end and puts the cursor behind; can be undone. */
void edit_replace(size_t start, size_t end, const char *with);

/* Puts text where Ctrl-P and Ctrl-R find it. */
void edit_remember(const char *text);

void edit_resize(int rows, int cols);

#endif
