/*
 * floor_room.h: the floor's rooms: who is in them, and the writes.
 */
#ifndef BENCH_FLOOR_ROOM_H
#define BENCH_FLOOR_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room;

/* A connection; `in` holds the request, later the start of a frame. */
struct conn {
	int fd;		   /* -1: none */
	struct room *room; /* NULL before the handshake */
	size_t index;	   /* its place among the room's members */
	size_t have, acks; /* bytes in the two buffers */
	uint8_t in[2048];
	uint8_t ack[1024]; /* replies until the turn's end */
};

/* What GET /metrics tells. */
extern uint64_t room_writes, room_deliveries;

/*
 * Sets the mode: `at_once` is a write for each delivery, otherwise one for each
 * member and turn; with `gather` above 1 one for each so many messages, or for
 * what there is after 50 ms.
 */
void room_init(bool at_once, unsigned gather);

/*
 * Makes `c` a member of the room of this path, whose query says the sizes.
 * Returns −1 if it says none, or sizes that are out of bounds.
 */
int room_join(const char *path, struct conn *c);

void room_leave(struct room *r, struct conn *c);

/* Delivers a frame that carries the end of `payload` to all members of `r`. */
void room_post(struct room *r, struct conn *from, const uint8_t *payload,
    size_t size);

/*
 * Ends a turn of the loop: writes what waits.  Returns the timeout of the next
 * epoll_wait(2) in ms, −1 when nothing is left waiting.
 */
int room_flush_all(void);

#endif
