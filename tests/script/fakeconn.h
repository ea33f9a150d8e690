/*
 * fakeconn: connections without sockets.
 *
 * Linked before libchatsrv.a it stands in the place of chatsrv/gate/conn.c;
 * the gates above it are the server's own.  What the server writes is handed
 * on at once, a frame's payload at a time; what a client sends is read while
 * the server reads.  What the server ends is over with fakeconn_turn() only.
 */
#ifndef FAKECONN_H
#define FAKECONN_H

#include "chatsrv/gate/conn.h"

struct fakeframe;

struct fakeconn {
	struct conn c; /* first */
	void (*got)(void *, const char *, size_t);
	void *arg;
	struct fakeframe *in, **in_tail; /* sent, not read yet */
	bool paused;			 /* nothing is read */
	int code; /* 0: open; how it ended, RFC 6455 7.4.1 */
	struct fakeconn *next;
};

/*
 * A handshake for a path.  got has the payload of each frame; NULL for bytes
 * that are none.  NULL if the path is not a WebSocket's.
 */
struct fakeconn *fakeconn_open(const char *path,
    void (*got)(void *, const char *, size_t), void *arg);
void fakeconn_free(struct fakeconn *); /* takes NULL */

/* The client sends a text frame. */
void fakeconn_send(struct fakeconn *, const char *, size_t);

/* It is over: the client has closed it, or it was lost (1006). */
void fakeconn_end(struct fakeconn *, int code);
void fakeconn_end_all(int code);

/* Reads what was sent, ends what is to end.  False: nothing was to be done. */
bool fakeconn_turn(void);

#endif
