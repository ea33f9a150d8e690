/*
 * limit: how much a connection may ask for, as token buckets of requests and
 * bytes.  The burst lets a pasted screenful through.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/proto.h"

struct conf;

struct limit {
	int64_t since;	       /* ms of the last look */
	float requests, bytes; /* tokens that are left */
};

/* conf must stay. */
void limit_setup(const struct conf *);
void limit_init(struct limit *);

/*
 * Takes tokens.  Returns 0, or the seconds after which it would go.
 */
double limit_take(struct limit *, int requests, size_t bytes);

/* Whether rates are switched on at all. */
bool limit_enabled(void);
int64_t limit_rooms(void);
int64_t limit_hello_ms(void); /* from connecting to hello */

/* Tells a client what it may ask for. */
void limit_tell(struct msg *);

/*
 * Counts a connection from one address (IPv4, or an IPv6 /64; 8 bytes).  NULL
 * if there are too many; what else comes is given back at its end.
 */
struct limit_address;
struct limit_address *limit_connect(const unsigned char key[8]);
void limit_disconnect(struct limit_address *); /* takes NULL */

#endif
