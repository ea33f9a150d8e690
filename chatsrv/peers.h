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

/* What channel_start() is to be given. */
extern const struct channel_events peers_events;

/* For rooms.h: a room comes into memory, and leaves it. */
void peers_open(struct room *);
void peers_close(struct room *);

/* This server has committed an entry. */
void peers_said(struct room *, const struct entry *);

/* An event without a seq, for the members here and everywhere. */
void peers_say(struct room *, const struct msg *);

/* The end of a turn: what was said goes out. */
void peers_turn(void);

/* Every second. */
void peers_tick(void);

#endif
