/*
 * flush: once a turn of the loop, the rooms with news; each member at his end
 * gets the ready bytes in one write.
 *
 * A quiet room goes out at once; a busy one gathers for a window that grows
 * with what a pass over its members costs.  A turn ends after FLUSH_TURN_US,
 * and the pass goes on in the next.
 */
#ifndef FLUSH_H
#define FLUSH_H

#include "chatsrv/room.h"

/* The room has something for its members. */
void flush_news(struct room *);

/* … but not before some microseconds have passed. */
void flush_later(struct room *, int64_t us);

/* Gives a member all that he takes, from his cursor on. */
void flush_member(struct member *);

/*
 * Does what is due.  Returns in how many ms there is more to do: 0 at once,
 * -1 nothing.
 */
int flush_turn(void);

/* Does all that is to be done, due or not: the server parts. */
void flush_all(void);

/* The room goes away. */
void flush_forget(struct room *);

#endif
