/*
 * limit: buckets, and the count of connections from each address.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "chatsrv/conf.h"
#include "chatsrv/limit.h"
#include "lib/buf.h"
#include "lib/clock.h"

struct limit_address {
	unsigned char key[8];
	int64_t count;
	UT_hash_handle hh;
};

static const struct conf *limit_conf;
static struct limit_address *limit_addresses;

void
limit_setup(const struct conf *c)
{
	limit_conf = c;
}

bool
limit_enabled(void)
{
	return limit_conf->limits_enabled;
}

int64_t
limit_rooms(void)
{
	return limit_conf->limits_rooms;
}

int64_t
limit_hello_ms(void)
{
	return limit_conf->limits_hello_s * 1000;
}

void
limit_init(struct limit *l)
{
	l->since = clock_ms();
	l->requests = (float)limit_conf->limits_requests_burst;
	l->bytes = (float)limit_conf->limits_bytes_burst;
}

static void
limit_refill(float *tokens, int64_t per_s, int64_t burst, int64_t ms)
{
	*tokens += (float)per_s * (float)ms / 1000;
	if (*tokens > (float)burst)
		*tokens = (float)burst;
}

double
limit_take(struct limit *l, int requests, size_t bytes)
{
	const struct conf *c = limit_conf;
	double wait = 0, more;
	int64_t now;

	if (!c->limits_enabled)
		return 0;
	now = clock_ms();
	limit_refill(&l->requests, c->limits_requests_per_s,
	    c->limits_requests_burst, now - l->since);
	limit_refill(&l->bytes, c->limits_bytes_per_s, c->limits_bytes_burst,
	    now - l->since);
	l->since = now;
	if (l->requests < (float)requests)
		wait = ((float)requests - l->requests) /
		    (double)c->limits_requests_per_s;
	if (l->bytes < (float)bytes) {
		more = ((float)bytes - l->bytes) /
		    (double)c->limits_bytes_per_s;
		wait = more > wait ? more : wait;
	}
	if (wait > 0)
		return wait;
	l->requests -= (float)requests;
	l->bytes -= (float)bytes;
	return 0;
}

void
limit_tell(struct msg *m)
{
	const struct conf *c = limit_conf;

	msg_init(m, SHAPE_limits);
	MSG_PUT(m, text_bytes, (int64_t)PROTO_TEXT_MAX);
	MSG_PUT(m, frame_bytes, (int64_t)PROTO_FRAME_MAX);
	MSG_PUT(m, nonce_bytes, 64);
	MSG_PUT(m, nonce_days, 7);
	MSG_PUT(m, rooms_max, c->limits_rooms);
	MSG_PUT(m, requests_burst, c->limits_requests_burst);
	MSG_PUT(m, requests_per_s, c->limits_requests_per_s);
	MSG_PUT(m, bytes_burst, c->limits_bytes_burst);
	MSG_PUT(m, bytes_per_s, c->limits_bytes_per_s);
	MSG_PUT(m, history_max, 200);
}

struct limit_address *
limit_connect(const unsigned char key[8])
{
	struct limit_address *a;

	HASH_FIND(hh, limit_addresses, key, 8, a);
	if (a != NULL && limit_conf->limits_enabled &&
	    a->count >= limit_conf->limits_connections_per_address)
		return NULL;
	if (a == NULL) {
		a = xcalloc(1, sizeof(*a));
		memcpy(a->key, key, sizeof(a->key));
		HASH_ADD(hh, limit_addresses, key, sizeof(a->key), a);
	}
	a->count++;
	return a;
}

void
limit_disconnect(struct limit_address *a)
{
	if (a == NULL || --a->count > 0)
		return;
	HASH_DEL(limit_addresses, a);
	free(a);
}
