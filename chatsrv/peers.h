/*
 * peers: what servers of one store tell each other.
 *
 * After a commit a room's new entries go out, together for each turn of the
 * loop, in one message; who hears them accepts them as his own.  Anything may
 * be lost on the way: how far each log goes is asked of the store as well,
 * seldom while the channel is up, and each second while it is away.
 */
#ifndef PEERS_H
#define PEERS_H

#include "chatsrv/channel/channel.h"
#include "chatsrv/room.h"

struct peers_handlers {
	/* An identity has another name: its sessions here are told. */
	void (*nick)(int64_t who, const char *name);
	/* It has read to there: its sessions here are told. */
	void (*read)(int64_t who, struct room *, int64_t seq);
	/* Its last connection at another server is gone. */
	void (*left)(int64_t who);
	/* What everybody is to know: the others are away, or back. */
	void (*notice)(const char *text);
};

void peers_init(const struct peers_handlers *);

/* What channel_start() is to be given. */
extern const struct channel_events peers_events;

/* For rooms.h: a room comes into memory, and leaves it. */
void peers_open(struct room *);
void peers_close(struct room *);

/* This server has committed an entry. */
void peers_said(struct room *, const struct entry *);

/* An event without a seq, for the members here and everywhere. */
void peers_say(struct room *, const struct msg *);

/*
 * An identity has another name; told to the members of all rooms where it is,
 * here and everywhere.
 */
void peers_nick(int64_t who, const char *old, const char *name, bool guest);

/* Its last connection here is gone. */
void peers_left(int64_t who);

/* It has read to there, here. */
void peers_read(int64_t who, struct room *, int64_t seq);

/* This server parts: its people are here no more. */
void peers_bye(void);

/* What is told to who comes while the others are away; else NULL. */
const char *peers_notice(void);

/* The end of a turn: what was said goes out. */
void peers_turn(void);

/* Every second. */
void peers_tick(void);

/* Of peers_people.c, for peers.c. */
enum peers_what { /* a message is */
	/* to a room: */
	PEERS_ENTRIES,
	PEERS_HEAD,
	PEERS_SAY,
	PEERS_WHO,
	PEERS_HERE,
	/* to all: */
	PEERS_BEAT,
	PEERS_BYE,
	PEERS_NICK,
	PEERS_READ,
	PEERS_LEFT
};

struct pack_reader;

bool peers_publish(int64_t group, const struct buf *);
void peers_begin(struct buf *, struct str epoch, enum peers_what);
void peers_people_joined(struct room *);
void peers_people_tick(int64_t now);
bool peers_people_heard(struct room *, uint64_t node, enum peers_what,
    struct pack_reader *);
bool peers_all_heard(uint64_t node, enum peers_what, struct pack_reader *);

#endif
