/*
 * rooms: the rooms that are in memory.
 */
#ifndef ROOMS_H
#define ROOMS_H

#include "chatsrv/room.h"
#include "chatsrv/store/store.h"

struct rooms_events {
	/*
	 * A text must not leave any more: whatever still holds an entry of the
	 * room from `target` on, lets go of it.
	 */
	void (*deleted)(int64_t room, int64_t target);
	/* The room came into memory; it leaves it.  May be NULL. */
	void (*opened)(struct room *);
	void (*closed)(struct room *);
};

/* ring_max bounds the memory of all rings, bytes. */
void rooms_init(struct store *, size_t ring_max, const struct rooms_events *);
void rooms_fini(void);

/* NULL: not in memory. */
struct room *rooms_find(int64_t id);
struct room *rooms_find_key(const char *key);

/* Calls f for all that are in memory. */
void rooms_each(void (*f)(struct room *, void *), void *arg);

/* The room, brought into memory with what the store just said of it. */
struct room *rooms_open(const struct store_room *, struct str topic,
    const char *key);

/* Every second: rooms that were empty for long leave the memory. */
void rooms_tick(void);

/* For room.c: a ring grew; a text was deleted. */
void rooms_grew(struct room *);
void rooms_deleted(struct room *, int64_t target);

/* The store; NULL once it is closed. */
struct store *rooms_store(void);
void rooms_forget_store(void);

#endif
