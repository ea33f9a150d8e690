/*
 * play: one conversation, step by step, with a server of its own.
 */
#ifndef PLAY_H
#define PLAY_H

#include "tests/script/script.h"

struct play;

struct play *play_new(const struct script *);
void play_free(struct play *); /* takes NULL; ends the server if need be */

/*
 * Goes through a promise's steps.  False with what went wrong as TAP comments
 * on stdout; then no later promise of the conversation holds.
 */
bool play_promise(struct play *, const struct promise *);

/* Ends the server; false with what it left behind on stdout. */
bool play_end(struct play *);

#endif
