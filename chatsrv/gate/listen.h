/*
 * listen: our own accept: addresses, unix sockets, sockets from systemd.
 *
 * libwebsockets gets ready connections; how many at a time, from whom, and
 * with how many descriptors left is decided here.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>

#include "lib/buf.h"

struct conf;
struct lws;
struct lws_vhost;
struct uv_loop_s;

/*
 * Opens every address of conf->server_listen, of a name all that it has, or
 * takes LISTEN_FDS, sd_listen_fds(3).  tcp and local are where connections
 * go; the limit of descriptors must be set.  False after telling on stderr
 * which address can't be had, and why.
 */
bool listen_start(const struct conf *, struct uv_loop_s *,
    struct lws_vhost *tcp, struct lws_vhost *local);

/* The addresses as they were bound, a line each. */
void listen_print(struct buf *);

/* Accepts no more; the system resets what waited to be accepted. */
void listen_stop(void);

/*
 * Counts a connection that a proxy (on a unix socket, or of http.proxies)
 * passes on by the address that it tells, the last of X-Forwarded-For; one
 * without the header counts nowhere.  False if there are too many.
 */
bool listen_forwarded(struct lws *, const char *header);

/* A connection has ended: its address has one fewer. */
void listen_gone(struct lws *);

#endif
