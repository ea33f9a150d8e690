/*
 * complete: what the word before the cursor may become.
 *
 * Pure.  At the beginning of a line "/…" is a command and anything else a
 * nick, which gets ": " behind it; "#…" is a room; the rest of a line is
 * nicks, or what the command there takes.  Nicks that spoke last come first.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <stddef.h>

struct buffer;
struct buffers;

struct complete {
	char **v; /* what may stand in place of the word */
	size_t n, cap;
	size_t start, end; /* bytes of the text that are the word */
	size_t at;	   /* candidate that is put in; n: the word */
};

/*
 * Replaces what is in c by the candidates for text at point, both in bytes;
 * buf may be NULL; me is the own name, "" if there is none.  c begins as
 * zeros.
 */
void complete_make(struct complete *c, const struct buffers *,
    const struct buffer *buf, const char *me, const char *text, size_t point);
void complete_fini(struct complete *);

#endif
