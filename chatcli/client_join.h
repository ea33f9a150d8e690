/*
 * client_join: what client.c and client_join.c share: places in the logs.
 */
#ifndef CLIENT_JOIN_H
#define CLIENT_JOIN_H

#include "chatcli/client.h"

struct client_pending;

struct client {
	struct buffers *buffers;
	int fresh;
	bool whole;
	const struct client_host *host;
	void *arg;

	bool open, up;
	char *me;
	bool me_guest;
	int64_t id;			/* of the newest request */
	struct client_pending *pending; /* oldest first */
	size_t npending;
	struct str frame; /* that is being read */
};

/* Asks for the entries behind the buffer's place. */
void client_join_ask(struct client *, struct buffer *);
void client_join_lost(struct client *);
/* An entry, whatever its kind: passed on if it is the next one. */
void client_join_entry(struct client *, struct buffer *, const struct msg *);
void client_join_gap(struct client *, struct buffer *, const struct msg *);
void client_join_reset(struct client *, struct buffer *, struct str epoch);

#endif
