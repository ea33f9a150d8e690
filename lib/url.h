/*
 * url: the address of a server or of a room on it.
 *
 *	http[s]://HOST[:PORT][/room/NAME[#SEQ]]
 *
 * It is the very address of the room's page, so that what stands in a browser
 * can be given to the terminal client; ws:// and wss:// mean the same servers.
 * RFC 3986.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct url {
	bool secure;	/* https or wss */
	char host[254]; /* in small letters; an IPv6 one without [] */
	uint16_t port;
	char room[257]; /* decoded, "" for none; name.c judges it */
	int64_t seq;	/* the entry that is meant, 0 for none */
};

/*
 * Reads a whole string.  ERR_BAD_REQUEST sets *why to a static sentence for
 * people, without a full stop, that says what is wrong; out is undefined then.
 * Names of users and passwords, queries and other paths are refused.
 */
enum err url_parse(const char *, struct url *out, const char **why);

/* Whether a word is meant as an address: it begins with a known scheme. */
bool url_looks_like(const char *);

/* Appends the server's address, without a slash at its end. */
void url_print_server(struct buf *, const struct url *);

/* Appends the address of the page of a room (not of u's) on that server. */
void url_print_room(struct buf *, const struct url *u, const char *room);

/* Appends that address's path only. */
void url_print_path(struct buf *, const char *room);

/* Whether both are on one server: scheme, host and port. */
bool url_same_server(const struct url *, const struct url *);

#endif
