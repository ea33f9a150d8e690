/*
 * ring: the newest entries of a room as frames in one run of bytes.
 *
 * Slots are numbered by seq without holes, so a cursor is a seq: the bytes
 * may move and change under it.  A page of the store is a ring too.
 */
#ifndef RING_H
#define RING_H

#include "chatsrv/entry.h"
#include "lib/buf.h"

struct ring {
	int64_t first; /* seq of slots[0] */
	struct ring_slot {
		uint32_t end; /* in bytes: where the frame ends */
		uint32_t kind;
		int64_t target;
	} * slots;
	size_t n, cap; /* slots */
	struct buf bytes;
};

/* next is the seq of the entry that will come first. */
void ring_init(struct ring *, int64_t next);
void ring_fini(struct ring *);

/* The seq behind the newest slot. */
int64_t ring_next(const struct ring *);
bool ring_has(const struct ring *, int64_t seq);

/*
 * Appends the frame of entry ring_next(), which may be empty, and drops the
 * oldest while there are more than max bytes.
 */
void ring_append(struct ring *, const void *, size_t, enum entry_kind,
    int64_t target, size_t max);

/*
 * The frames of `from` (which the ring has) and those behind it, at most up
 * to and without `to`, ended at max bytes but never before the first; *next
 * is the seq behind them.
 */
struct str ring_range(const struct ring *, int64_t from, int64_t to, size_t max,
    int64_t *next);

/*
 * Puts another frame in the place of an entry's: a deleted one has no text.
 */
void ring_replace(struct ring *, int64_t seq, const void *, size_t);

/* Drops the oldest half; a ring that becomes empty has no memory. */
void ring_halve(struct ring *);

/* Memory in bytes. */
size_t ring_size(const struct ring *);

#endif
