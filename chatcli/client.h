/*
 * client: chat.v1 as a client speaks it, without a socket and without a
 * screen.  chat-protocol(7).
 *
 * Frames go in by client_frame() and out by the host's send(); rooms and
 * their places in the logs live in the buffers.  What it promises to its
 * host: of each room the entries come in the order of seq, each once, and
 * where some are missing the host is told so by a `gap` event or by the
 * joined() before it.  After a link was lost client_opened() takes up
 * everything again: hello, and a join of every wanted room from its place.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "chatcli/buffers.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/proto.h"

struct client;

/* All are called from client_frame(); the frame is the server's bytes. */
struct client_host {
	/* One frame to the server. */
	void (*send)(void *, const char *frame, size_t);
	/* hello was answered; afterwards the wanted rooms are joined. */
	void (*up)(void *, const struct msg *hello);
	/* hello failed; the error object says why. */
	void (*refused)(void *, enum err, const struct msg *error);
	/* A join was answered: its gap or reset stands in the reply. */
	void (*joined)(void *, struct buffer *, const struct msg *reply,
	    struct str frame);
	void (*barred)(void *, struct buffer *, enum err,
	    const struct msg *error);
	/*
	 * Any event; buffer is NULL if it has no room.  Of entries those
	 * that are next.  A hole that the server did not explain comes as a
	 * `gap` of our own, without a frame.
	 */
	void (*event)(void *, struct buffer *, const struct msg *,
	    struct str frame);
	/* A replay after a reconnect is whole: b->back tells of it. */
	void (*back)(void *, struct buffer *);
	/* The server does not keep to the protocol: the link is to end. */
	void (*broken)(void *, const char *why);
};

/*
 * The answer to a request: ERR_OK with the reply, or an error with its
 * object.  NULL as message: the link was lost first, and nobody knows.
 */
typedef void client_answer(void *arg, struct buffer *, enum err,
    const struct msg *);

/*
 * fresh: a room without a place begins before the so many newest messages, or
 * with 0 behind its end.
 * whole: after a reset the new log is read from its beginning instead.
 */
struct client *client_new(struct buffers *, int fresh, bool whole,
    const struct client_host *, void *arg);
void client_free(struct client *);

/* The link stands: says hello.  token and nick may be NULL. */
void client_opened(struct client *, const char *token, const char *nick);
/* It is gone: requests without an answer get NULL. */
void client_closed(struct client *);
/* One whole frame of the server. */
void client_frame(struct client *, const char *, size_t);

bool client_up(const struct client *);
const char *client_me(const struct client *); /* "" before hello */
bool client_me_guest(const struct client *);
void client_renamed(struct client *, struct str user);

/*
 * Sends a request; false, and nothing happened, while client_up() is false.
 * buffer may be NULL.
 */
bool client_request(struct client *, const struct msg *, struct buffer *,
    client_answer *, void *arg);
/* The same without wanting to know. */
bool client_tell(struct client *, const struct msg *);

/* The room is wanted from now on: joins it, now or as soon as possible. */
void client_join(struct client *, struct buffer *);
/* It is not. */
void client_leave(struct client *, struct buffer *, bool part);
/* The buffer is about to be freed. */
void client_forget(struct client *, struct buffer *);

/*
 * Appends what is said in a room after each reconnect:
 * "back after 41 s: 17 messages replayed, none missed".
 */
void client_back_words(struct buf *, const struct buffer_back *, int64_t now);

/* Appends how many entries are gone and why, or "none missed". */
void client_gap_words(struct buf *, int64_t gone, const char *why);

#endif
