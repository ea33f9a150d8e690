/*
 * fakeconn: conn.h's functions for the gates, and the client's side.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/gate/address.h"
#include "tests/script/fakeconn.h"

struct fakeframe {
	struct fakeframe *next;
	size_t n;
	char p[];
};

static struct fakeconn *fakeconns;

struct fakeconn *
fakeconn_open(const char *path, void (*got)(void *, const char *, size_t),
    void *arg)
{
	struct fakeconn *f;
	struct address a;

	address_parse(path, &a);
	if (a.kind != ADDRESS_WS && a.kind != ADDRESS_WS_SIMPLE)
		return NULL;
	f = xcalloc(1, sizeof(*f));
	f->got = got;
	f->arg = arg;
	f->in_tail = &f->in;
	f->c.kind = a.kind == ADDRESS_WS ? &gate_ws : &gate_simple;
	if (a.kind == ADDRESS_WS_SIMPLE)
		f->c.room = xstrdup(a.name);
	f->c.session = session_new(&f->c, &f->c.kind->ops);
	f->next = fakeconns;
	fakeconns = f;
	f->c.kind->opened(&f->c);
	return f;
}

static struct fakeframe *
fakeconn_take(struct fakeconn *f)
{
	struct fakeframe *in = f->in;

	f->in = in->next;
	if (f->in == NULL)
		f->in_tail = &f->in;
	return in;
}

void
fakeconn_end(struct fakeconn *f, int code)
{
	if (f->code != 0)
		return;
	f->code = code;
	session_end(f->c.session);
	while (f->in != NULL)
		free(fakeconn_take(f));
}

void
fakeconn_end_all(int code)
{
	for (struct fakeconn *f = fakeconns; f != NULL; f = f->next)
		fakeconn_end(f, code);
}

void
fakeconn_free(struct fakeconn *f)
{
	struct fakeconn **at = &fakeconns;

	if (f == NULL)
		return;
	fakeconn_end(f, 1006);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f->c.room);
	free(f);
}

static bool
fakeconn_read(struct fakeconn *f)
{
	bool some = false;

	while (f->in != NULL && !f->paused && !f->c.closing) {
		struct fakeframe *in = fakeconn_take(f);

		f->c.kind->frame(&f->c, in->p, in->n);
		free(in);
		some = true;
	}
	return some;
}

void
fakeconn_send(struct fakeconn *f, const char *p, size_t n)
{
	struct fakeframe *in = xmalloc(sizeof(*in) + n);

	in->next = NULL;
	in->n = n;
	memcpy(in->p, p, n);
	*f->in_tail = in;
	f->in_tail = &in->next;
	fakeconn_read(f);
}

bool
fakeconn_turn(void)
{
	bool some = false;

	for (struct fakeconn *f = fakeconns; f != NULL; f = f->next) {
		if (f->code != 0)
			continue;
		some |= fakeconn_read(f);
		if (f->c.closing) {
			fakeconn_end(f, (int)f->c.code);
			some = true;
		}
	}
	return some;
}

/* The size of a frame's head and, in *n, of its payload; 0: it is none. */
static size_t
fakeconn_head(const unsigned char *p, size_t have, size_t *n)
{
	size_t head = 2;

	/* A final text frame without a mask, its length in the least bytes. */
	if (have < head || p[0] != 0x81 || p[1] > 127)
		return 0;
	*n = p[1];
	if (*n == 126)
		head = 4;
	else if (*n == 127)
		head = 10;
	if (have < head)
		return 0;
	if (head > 2)
		*n = 0;
	for (size_t i = 2; i < head; i++)
		*n = *n << 8 | p[i];
	if ((head == 4 && *n < 126) || (head == 10 && *n < 65536) ||
	    *n > have - head)
		return 0;
	return head;
}

void
conn_put(struct conn *c, const void *p, size_t n)
{
	struct fakeconn *f = (struct fakeconn *)c;
	const unsigned char *at = p, *end = at + n;

	while (at < end) {
		size_t payload,
		    head = fakeconn_head(at, (size_t)(end - at), &payload);

		if (head == 0) {
			f->got(f->arg, NULL, 0);
			return;
		}
		f->got(f->arg, (const char *)at + head, payload);
		at += head + payload;
	}
}

void
conn_write(struct conn *c, const void *p, size_t n, int64_t room, int64_t lo,
    int64_t hi)
{
	(void)room, (void)lo, (void)hi;
	conn_put(c, p, n);
}

bool
conn_ready(struct conn *c)
{
	return !c->closing;
}

void
conn_holds(struct conn *c, int64_t room, int64_t hi)
{
	(void)c, (void)room, (void)hi; /* it never holds anything */
}

void
conn_pause(struct conn *c, bool pause)
{
	((struct fakeconn *)c)->paused = pause;
}

size_t
conn_waiting(struct conn *c)
{
	(void)c;
	return 0;
}

void
conn_close(struct conn *c, enum gate_close code, const char *reason)
{
	(void)reason;
	if (!c->closing)
		c->code = code;
	c->closing = true;
}
