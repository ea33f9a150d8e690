/*
 * buffers: the rooms that are open, in the order of the room list, and which
 * of them is looked at.
 */
#ifndef BUFFERS_H
#define BUFFERS_H

#include "chatcli/buffer.h"

struct buffers {
	struct buffer **v;
	size_t n;
	size_t current;	 /* index; meaningless while n is 0 */
	size_t previous; /* the one looked at before */
};

void buffers_init(struct buffers *);
void buffers_fini(struct buffers *);
struct buffer *buffers_current(struct buffers *); /* NULL: no room */

/* Equal names mean the same room (name.h). */
struct buffer *buffers_find(struct buffers *, const char *room);
struct buffer *buffers_open(struct buffers *, const char *room);
void buffers_close(struct buffers *, struct buffer *);
void buffers_show(struct buffers *, size_t index);

/* The next room with a mention, else with anything unread; or NULL. */
struct buffer *buffers_active(struct buffers *);

#endif
