/*
 * conn: one WebSocket to one server, RFC 6455.
 *
 * The only file that knows libwebsockets, which is a guest on our loop.
 * conn_open() makes one attempt: it resolves the name off the loop, tries
 * every address in turn, and ends in opened() or closed(); after closed()
 * there may be another.  A server that is silent is asked for a sign of life
 * and given up after CONN_SILENT_MS.  Host functions are never called from
 * inside the functions here, but conn_close() and conn_send() may be called
 * from host functions.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/url.h"

struct conn;
struct uv_loop_s;

#define CONN_PING_MS   20000			 /* of silence: a ping */
#define CONN_SILENT_MS 35000			 /* of silence: the end */
#define CONN_CONNECT_S 10			 /* for each address */
#define CONN_ANSWER_MS 20000			 /* the same, at the most */
#define CONN_FRAME_MAX ((size_t)4 * 1024 * 1024) /* of the server */

struct conn_conf {
	const struct url *server;
	const char *ca_file; /* PEM, NULL or "": the system's */
	bool insecure;
};

struct conn_host {
	void (*opened)(void *);
	/* One whole text frame; a NUL stands behind it. */
	void (*frame)(void *, const char *, size_t);
	/*
	 * The attempt failed or the connection is over.  code as in RFC 6455
	 * 7.4, 0 if none was made, 1006 if it broke; why is a sentence.
	 */
	void (*closed)(void *, unsigned code, const char *why);
};

struct conn *conn_new(struct uv_loop_s *, const struct conn_conf *,
    const struct conn_host *, void *arg);
void conn_open(struct conn *);
bool conn_is_open(const struct conn *);
void conn_send(struct conn *, const char *, size_t);
/* Closes with a code; closed() follows with why, unless it was told first. */
void conn_close(struct conn *, unsigned code, const char *why);

/*
 * Lets go of everything that keeps the loop alive; no host function is
 * called any more.  When the loop has ended, conn_free().
 */
void conn_stop(struct conn *);
/*
 * False if the resolver is still at it: then nothing is freed, and only
 * _exit(2) ends the process without waiting for it.
 */
bool conn_free(struct conn *);

#endif
