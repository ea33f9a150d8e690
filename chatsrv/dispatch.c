/*
 * dispatch: the row of the table, then allowed?, affordable?, then the
 * handler.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/access.h"
#include "chatsrv/dispatch.h"
#include "chatsrv/metrics.h"
#include "chatsrv/rooms.h"
#include "lib/clock.h"
#include "lib/name.h"

#define DISPATCH_READS	   4   /* of the store, for a connection */
#define DISPATCH_JOINS	   20  /* of a list, for a point */
#define DISPATCH_ERROR	   10  /* points of an error; of one that */
#define DISPATCH_TOO_FAST  1   /* only came too fast */
#define DISPATCH_POINTS	   200 /* in … */
#define DISPATCH_POINTS_MS 10000

static void (*const dispatch_handlers[OP__COUNT])(struct request *) = {
#define OP(name, flags, cost, help) [OP_##name] = handle_##name,
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"
};

/* They come and go with every frame, and are too big for malloc's caches. */
#define REQUEST_POOL 256
static struct request *request_pool;
static size_t request_pooled;

struct request *
request_new(struct session *s)
{
	struct request *r = request_pool;

	if (r != NULL) {
		request_pool = r->next;
		request_pooled--;
	} else
		r = xmalloc(sizeof(*r));
	r->session = s;
	r->room = NULL;
	r->next = NULL;
	r->barrier = false;
	r->wait = 0;
	r->in.root = r->in.arena = NULL;
	memset(&r->store, 0, sizeof(r->store));
	session_ref(s);
	return r;
}

static void
request_free(struct request *r)
{
	if (r->room != NULL)
		r->room->pins--;
	codec_free(&r->in);
	session_unref(r->session);
	if (request_pooled == REQUEST_POOL) {
		free(r);
		return;
	}
	r->next = request_pool;
	request_pool = r;
	request_pooled++;
}

void
dispatch_done_free(struct store_req *req)
{
	free(req);
}

/* A peer that errs all the time is broken or hostile. */
static void
dispatch_error(struct session *s, const struct msg_id *id, enum err e,
    const char *text, const char *field, double retry_after)
{
	int64_t now = clock_ms();

	metrics.errors_total++;
	if (e == ERR_RATE_LIMITED)
		metrics.rate_limited_total++;
	s->gate->error(s->conn, id, e, text, field, retry_after);
	if (now - s->errors_since > DISPATCH_POINTS_MS) {
		s->errors_since = now;
		s->errors = 0;
	}
	s->errors += e == ERR_RATE_LIMITED ? DISPATCH_TOO_FAST : DISPATCH_ERROR;
	if (s->errors >= DISPATCH_POINTS)
		s->gate->close(s->conn, GATE_POLICY, "too many errors");
}

/* Nothing behind this request begins before it is answered. */
static void
request_hold(struct request *r)
{
	r->barrier = true;
	r->session->barrier = true;
}

/*
 * Requests take effect in the order sent, so reads of the store, which run
 * beside its writes, don't mix with them.
 */
static bool
dispatch_must_wait(const struct session *s, const struct request *r)
{
	bool read = (proto_op(r->in.op)->flags & PROTO_READ) != 0;

	return s->barrier || session_full(s) ||
	    (read ? s->inwork > s->reading || s->reading == DISPATCH_READS :
		    s->reading > 0);
}

static void
dispatch_run(struct request *r)
{
	struct session *s = r->session;
	const struct proto_op *op = proto_op(r->in.op);

	s->inwork++;
	if ((op->flags & PROTO_READ) != 0)
		s->reading++;
	if ((op->flags & PROTO_BARRIER) != 0)
		request_hold(r);
	metrics.requests_total++;
	if (s->who == 0 && (op->flags & PROTO_OPEN) == 0)
		request_fail(r, ERR_UNAUTHORIZED, NULL, NULL);
	else {
		if (s->name != NULL)
			memcpy(r->name, s->name, strlen(s->name) + 1);
		dispatch_handlers[r->in.op](r);
	}
}

/* Something was answered: those that it held back have their turn. */
void
dispatch_resume(struct session *s)
{
	struct request *r;

	while ((r = s->held) != NULL && !dispatch_must_wait(s, r)) {
		s->held = r->next;
		if (s->held == NULL)
			s->held_tail = &s->held;
		dispatch_run(r);
	}
	session_throttle(s);
}

void
dispatch_hold(struct session *s)
{
	s->barrier = true;
}

void
dispatch_release(struct session *s)
{
	s->barrier = false;
	dispatch_resume(s);
}

void
dispatch_fini(void)
{
	struct request *r;

	while ((r = request_pool) != NULL) {
		request_pool = r->next;
		free(r);
	}
}

void
dispatch_drop_held(struct session *s)
{
	struct request *r;

	while ((r = s->held) != NULL) {
		s->held = r->next;
		request_free(r);
	}
	s->held_tail = &s->held;
}

/* The request is answered: whoever it held back goes on. */
static void
request_end(struct request *r)
{
	struct session *s = r->session;

	session_ref(s);
	if (r->barrier)
		s->barrier = false;
	if ((proto_op(r->in.op)->flags & PROTO_READ) != 0)
		s->reading--;
	s->inwork--;
	request_free(r);
	if (!s->dead)
		dispatch_resume(s);
	session_unref(s);
}

void
request_ok(struct request *r, const struct msg *m)
{
	if (!r->session->dead && r->in.id.kind != MSG_ID_NONE)
		r->session->gate->reply(r->session->conn, &r->in.id, m);
	request_end(r);
}

void
request_fail(struct request *r, enum err e, const char *field, const char *text)
{
	if (!r->session->dead)
		dispatch_error(r->session, &r->in.id, e, text, field,
		    e == ERR_RATE_LIMITED ? r->wait : -1);
	request_end(r);
}

/*
 * Joins are free up to the rooms that a connection may be in, so that coming
 * back costs nothing; what goes beyond costs, a long list a little more.
 */
static int
dispatch_cost(struct session *s, const struct request *r)
{
	const struct proto_op *op = proto_op(r->in.op);
	const struct msg *m = &r->in.msg;
	size_t n;

	if ((op->flags & PROTO_FREE) == 0)
		return op->cost;
	n = MSG_HAS(m, joins) ? m->joins.n : 1;
	s->joins += n;
	if (s->joins <= (size_t)limit_rooms())
		return 0;
	return op->cost + (int)(n / DISPATCH_JOINS);
}

void
dispatch_request(struct session *s, struct request *r, size_t bytes)
{
	r->wait = limit_take(session_limit(s), dispatch_cost(s, r), bytes);
	/* One that is known by its nonce is answered all the same. */
	if (r->wait > 0 && !MSG_HAS(&r->in.msg, nonce)) {
		dispatch_error(s, &r->in.id, ERR_RATE_LIMITED, NULL, NULL,
		    r->wait);
		request_free(r);
		return;
	}
	if (s->held != NULL || dispatch_must_wait(s, r)) {
		r->next = NULL;
		*s->held_tail = r;
		s->held_tail = &r->next;
	} else
		dispatch_run(r);
	session_throttle(s);
}

void
dispatch_read(struct session *s, struct request *r, enum err e,
    const struct codec_fault *fault, size_t bytes)
{
	if (e == ERR_OK) {
		dispatch_request(s, r, bytes);
		return;
	}
	dispatch_error(s, &r->in.id, e, fault->text, fault->field, -1);
	request_free(r);
}

void
dispatch_frame(struct session *s, const char *p, size_t n)
{
	struct request *r = request_new(s);
	struct codec_fault fault;
	enum err e = codec_read_request(&r->in, p, n, &fault);

	dispatch_read(s, r, e, &fault, n);
}

/* The store gives a request's structure back: to the request around it. */
static void
request_stored(struct store_req *req)
{
	struct request *r = req->arg;

	r->then(r);
}

void
request_store(struct request *r, enum store_op op,
    void (*then)(struct request *))
{
	r->then = then;
	store_req_init(&r->store.req, op, request_stored, r);
	store_submit(rooms_store(), &r->store.req);
}

static void
request_found(struct store_req *req)
{
	struct store_find *f = (struct store_find *)req;
	struct request *r = req->arg;

	if (req->err == ERR_OK) {
		r->room = rooms_open(&f->room, f->topic, f->key);
		r->room->pins++;
	}
	if (req->err == ERR_NOT_FOUND)
		request_fail(r, ERR_NOT_FOUND, "room", "there is no such room");
	else if (req->err != ERR_OK)
		request_fail(r, req->err, NULL, NULL);
	else if (!access_read(r->session->who, r->room))
		request_fail(r, ERR_FORBIDDEN, NULL, NULL);
	else
		r->then(r);
	free((char *)f->topic.p);
	free(f);
}

void
request_room(struct request *r, struct str name, void (*then)(struct request *))
{
	struct sub *sub = session_sub_named(r->session, name);
	struct store_find *f;
	struct name parsed;
	const char *why;
	enum err e;

	if (sub != NULL)
		r->room = sub->member.room;
	else {
		e = name_parse(NAME_ROOM, name.p, name.n, &parsed, &why);
		if (e != ERR_OK) {
			request_fail(r, e, "room", why);
			return;
		}
		r->room = rooms_find_key(parsed.key);
	}
	if (r->room != NULL) {
		r->room->pins++;
		if (access_read(r->session->who, r->room))
			then(r);
		else
			request_fail(r, ERR_FORBIDDEN, NULL, NULL);
		return;
	}
	/* Another for this room must not overtake it while it is looked up. */
	request_hold(r);
	f = xcalloc(1, sizeof(*f));
	store_req_init(&f->req, STORE_find, request_found, r);
	memcpy(f->key, parsed.key, strlen(parsed.key) + 1);
	r->then = then;
	store_submit(rooms_store(), &f->req);
}
