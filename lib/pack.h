/*
 * pack: numbers and strings in a run of bytes, from one server to another.
 *
 * A number has eight bytes, the lowest first; a string its length and its
 * bytes.  Who reads need not look at each value: after something that does
 * not fit, everything is 0 or empty, and `bad` says so.
 */
#ifndef PACK_H
#define PACK_H

#include "lib/buf.h"
#include "lib/proto.h"

void pack_int(struct buf *, int64_t);
void pack_str(struct buf *, struct str);

struct pack_reader {
	const char *p;
	size_t n; /* bytes that are left */
	bool bad;
};

int64_t pack_read_int(struct pack_reader *);

/* The string stands in the bytes that are read. */
struct str pack_read_str(struct pack_reader *);

#endif
