/*
 * link: a connection that is made again and again.
 *
 * After a loss the next attempt comes after 1, 2, 4, … 30 s, a quarter more
 * or less, or when the server's `bye` said; link_touch() makes one in
 * between, which changes nothing about the next.  A server that closed with
 * 1008 is not bothered again without a touch.
 */
#ifndef LINK_H
#define LINK_H

#include "chatcli/conn.h"

struct link;

enum link_state { LINK_DOWN, LINK_TRYING, LINK_OPEN };

struct link_host {
	void (*opened)(void *);
	void (*frame)(void *, const char *, size_t);
	/* An open link is gone; link_why() tells. */
	void (*lost)(void *);
	/* State, reason or countdown changed. */
	void (*changed)(void *);
};

struct link *link_new(struct uv_loop_s *, const struct conn_conf *,
    const struct link_host *, void *arg);
/* Tries at once, unless it is trying or open. */
void link_start(struct link *);
void link_send(struct link *, const char *, size_t);

/* The server knows us: the next loss begins with a short wait again. */
void link_good(struct link *);
/* Ends the connection because of what the server did. */
void link_break(struct link *, const char *why);
/* The next attempt is to come after so many seconds. */
void link_retry_after(struct link *, double seconds);
/* No attempt by itself until link_touch(). */
void link_hold(struct link *, const char *why);
/* A key was pressed: tries now, if it waits; at most once a second. */
void link_touch(struct link *);

enum link_state link_state(const struct link *);
/* Seconds until the next attempt; 0 if there is none by itself. */
unsigned link_retry_s(const struct link *);
/* Why it is down, a sentence; "" while nothing went wrong. */
const char *link_why(const struct link *);
/* The same without "no connection", for who says so himself. */
const char *link_reason(const struct link *);

/* As conn_stop() and conn_free(). */
void link_stop(struct link *);
bool link_free(struct link *);

#endif
