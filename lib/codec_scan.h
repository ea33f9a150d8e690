/*
 * codec_scan: what is seen of a frame before a JSON parser sees it.
 *
 * Counts brackets, and lifts long plain texts out: a parser takes each byte
 * of a string on its own, which would be a third of what a message costs.
 * RFC 8259 section 7.
 */
#ifndef CODEC_SCAN_H
#define CODEC_SCAN_H

#include <stdbool.h>

#include "lib/proto.h"

#define CODEC_LIFT_MIN 48 /* bytes that are worth it */
#define CODEC_LIFT_MAX 16 /* texts of a frame */

struct codec_scan {
	bool deep; /* brackets are nested deeper than PROTO_DEPTH_MAX */
	bool nul;  /* somewhere stands \u0000 */
	size_t n;  /* bytes that are left */
	size_t lifted;
	struct str lift[CODEC_LIFT_MAX]; /* in the frame */
};

/*
 * Copies a frame of n bytes to `left`, which has room for as many.  In the
 * place of each lifted text, "\u0000A" stands for lift[0], and so on; so what
 * is left means nothing else if the frame itself has no NUL.
 */
void codec_scan(struct codec_scan *, const char *frame, size_t n, char *left);

/* Which text a string of what was left stands for, or SIZE_MAX: itself. */
size_t codec_lifted(struct str);

/*
 * How many bytes at the front stand for themselves in a JSON string: what is
 * neither a quote, a backslash nor a control character.
 */
size_t codec_plain(const char *, size_t);

#endif
