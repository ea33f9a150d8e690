/*
 * presence: who is in a room, here and now.
 *
 * People, not connections: somebody with two windows is there once.  Changes
 * are gathered and told at most once a second; a leave only after 10 s, so
 * that a reload is silent.  Above PRESENCE_CROWD people only the number is
 * told.
 */
#ifndef PRESENCE_H
#define PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRESENCE_CROWD 500

struct presence;
struct room;
struct buf;
struct pack_reader;

struct presence *presence_new(struct room *);
void presence_free(struct presence *);

/* A connection of somebody entered or left; the name is copied. */
void presence_enter(struct presence *, int64_t who, const char *name,
    bool guest);
void presence_leave(struct presence *, int64_t who, int64_t now);

/* False: he is not here, or has that name. */
bool presence_rename(struct presence *, int64_t who, const char *name);

/* Every second: tells what changed. */
void presence_tick(struct presence *, int64_t now);

/*
 * Other servers' people.  Each server tells the others who is connected to
 * it: all of them when it is asked, and otherwise what changed, numbered, so
 * that who missed a change asks.  Of a crowd it tells the number only.
 */

/* Appends what is to be told, if anything is; all: in any case. */
bool presence_pack(struct presence *, bool all, struct buf *);

/* What a server told; false: something is missing, it is to be asked. */
bool presence_unpack(struct presence *, uint64_t node, struct pack_reader *,
    int64_t now);

/* A server is gone, and its people with it, at that time. */
void presence_lose(struct presence *, uint64_t node, int64_t when);

/* Somebody of ours is here, or somebody has just left. */
bool presence_busy(const struct presence *);
size_t presence_online(const struct presence *);

struct presence_person {
	const char *name;
	bool guest;
};

/* Those present by name, from index `from`; returns how many were filled. */
size_t presence_list(struct presence *, size_t from, struct presence_person *,
    size_t max);

#endif
