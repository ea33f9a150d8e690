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

struct presence *presence_new(struct room *);
void presence_free(struct presence *);

/* A connection of somebody entered or left; the name is copied. */
void presence_enter(struct presence *, int64_t who, const char *name,
    bool guest);
void presence_leave(struct presence *, int64_t who, int64_t now);
void presence_rename(struct presence *, int64_t who, const char *name);

/* Every second: tells what changed. */
void presence_tick(struct presence *, int64_t now);

/* Somebody is here, or has just left. */
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
