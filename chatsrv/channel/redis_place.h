/*
 * redis_place: where Redis is, and who we are to it.
 *
 *	redis://[USER[:PASSWORD]@]HOST[:PORT][/]
 *	redis+unix://[USER[:PASSWORD]@]PATH
 */
#ifndef REDIS_PLACE_H
#define REDIS_PLACE_H

#include <stdbool.h>

struct redis_place {
	char path[108]; /* of a socket; "" if it is a host */
	char host[256]; /* a name or an address; an IPv6 one without [] */
	char port[8];
	char user[128], password[512]; /* "": none */
};

/* False: the word is none of these. */
bool redis_place_parse(struct redis_place *, const char *);

/*
 * Reads the password from a file's first line; "" for none.  False after
 * telling on stderr why not; others must not be able to read it.
 */
bool redis_place_password(struct redis_place *, const char *file);

#endif
