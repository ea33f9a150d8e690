/*
 * early: entries that came before those with lower numbers.
 *
 * With several servers, two committers' entries may come in another order than
 * they were numbered.  They wait for each other for a moment; then what is
 * missing is read from the store by the members who need it.
 */
#ifndef EARLY_H
#define EARLY_H

#include "chatsrv/room.h"

#define EARLY_BYTES ((size_t)256 * 1024) /* of a room's waiting entries */

/* How long they wait, ms; 0, at first: not at all. */
void early_patience(int ms);

/* Keeps a copy; false: it does not wait. */
bool early_put(struct room *, const struct entry *);

/* The room has more now: what waited for that is accepted. */
void early_drain(struct room *);

/*
 * The log goes to head at least, as the store or another server says: if that
 * does not come, the room goes on without it.
 */
void early_want(struct room *, int64_t head);

/* Does a delete that waits mean this message or edit? */
bool early_deletes(const struct room *, const struct entry *);

/*
 * Rooms that have waited long enough go on.  In how many ms there is more to
 * do; -1: nothing.
 */
int early_turn(void);

/* The room goes away. */
void early_forget(struct room *);

#endif
