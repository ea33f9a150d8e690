/*
 * gate: what any front door offers to the session behind it, and what it
 * wants to know of a session.  Nothing here assumes JSON or WebSocket.
 */
#ifndef GATE_H
#define GATE_H

#include "chatsrv/frame.h"
#include "lib/err.h"

struct conn; /* the gate's own */

enum gate_close { /* RFC 6455 7.4.1 */
	GATE_GOING_AWAY = 1001,
	GATE_UNSUPPORTED = 1003,
	GATE_POLICY = 1008,
	GATE_TOO_BIG = 1009,
	GATE_OVERLOAD = 1013
};

struct gate_ops {
	enum form form; /* of the entries it delivers */
	void (*reply)(struct conn *, const struct msg_id *, const struct msg *);
	void (*error)(struct conn *, const struct msg_id *, enum err,
	    const char *text, const char *field, double retry_after);
	void (*event)(struct conn *, const struct msg *);
	/* Ready frames, holding the entries lo to hi of a room (0: none). */
	void (*write)(struct conn *, const void *, size_t, int64_t room,
	    int64_t lo, int64_t hi);
	bool (*ready)(struct conn *);
	/* What was replied holds entries of a room: conn_purge(). */
	void (*holds)(struct conn *, int64_t room, int64_t hi);
	/* Nothing more is read while paused. */
	void (*pause)(struct conn *, bool);
	/* Bytes that this turn gathered, or that wait for the socket. */
	size_t (*waiting)(struct conn *);
	void (*close)(struct conn *, enum gate_close, const char *reason);
};

#endif
