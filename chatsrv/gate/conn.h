/*
 * conn: a WebSocket connection: frames in, frames out, life and end.
 *
 * After the handshake everything is written pre-framed, whole frames at a
 * time, and nothing while libwebsockets still holds a part of the last write
 * (it sends that itself).  `out` gathers what one turn of the loop has for
 * the connection: replies, and the entries of several rooms.
 */
#ifndef CONN_H
#define CONN_H

#include "chatsrv/gate/gate.h"
#include "chatsrv/wheel.h"

struct lws;
struct session;

/* What the frames of a connection mean: gate_ws, gate_simple. */
struct conn_kind {
	struct gate_ops ops;
	void (*opened)(struct conn *);
	void (*frame)(struct conn *, const char *, size_t);
};

extern const struct conn_kind gate_ws, gate_simple;

struct conn {
	struct lws *wsi;
	const struct conn_kind *kind;
	struct session *session;
	char *room; /* gate_simple: by the address */
	struct buf in, out;
	bool gathering; /* is on the list of this turn */
	bool stalled;	/* the socket took a part only */
	bool closing;	/* it ends: nothing more is taken from it */
	bool silent;	/* … without a close frame */
	bool listed;	/* on the list of those to end */
	bool leaving;	/* it ends at lws, too: nothing more is written */
	enum gate_close code;
	char reason[64];
	int64_t held_room, held_hi;  /* entries in out or at the socket */
	int64_t since, heard, moved; /* ms: opened, byte in, bytes out */
	int64_t looked;		     /* ms: the last time, or opened */
	int64_t sent, taken;	     /* bytes: written; taken by the peer */
	int outq;		     /* bytes in the kernel, last seen */
	struct wheel_node wheel;
	struct conn *gather_prev, *gather_next;
	struct conn *stall_prev, *stall_next;
	struct conn *close_prev, *close_next;
	struct conn *all_prev, *all_next;
};

/*
 * The callback of libwebsockets for WebSocket reasons.  user is where it
 * keeps the connection's pointer.
 */
int conn_callback(struct lws *, int reason, struct conn **user, void *in,
    size_t len);

/* Appends whole frames; they leave with this turn. */
void conn_put(struct conn *, const void *, size_t);
/* Shared parts of struct gate_ops. */
void conn_write(struct conn *, const void *, size_t, int64_t room, int64_t lo,
    int64_t hi);
bool conn_ready(struct conn *);
void conn_holds(struct conn *, int64_t room, int64_t hi);
void conn_pause(struct conn *, bool);
size_t conn_waiting(struct conn *);
void conn_close(struct conn *, enum gate_close, const char *reason);

/*
 * A text of a room, of entry target or an edit behind it, must not leave any
 * more: connections that still hold it are written out or cut.
 */
void conn_purge(int64_t room, int64_t target);

/* Once a turn: writes what was gathered, ends what is to end. */
void conn_turn(void);

/* Nothing more is read from anybody. */
void conn_pause_all(void);

/*
 * Says bye to all, with a time to come back that is spread, and 1001 with the
 * reason; what a socket does not take goes when it does.  Nothing else is
 * written from now on.
 */
void conn_close_all(const char *reason);

#endif
