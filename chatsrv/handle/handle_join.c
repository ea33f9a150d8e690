/*
 * handle_join: subscriptions: join (of one room or many), leave.
 *
 * The store finds or creates each room; when all have answered, the cursors
 * are placed and the reply is written, in one go: no event of a room can come
 * before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatsrv/access.h"
#include "chatsrv/dispatch.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "lib/name.h"

struct join_one {
	struct store_join req; /* first */
	struct join *join;
	const struct msg *ask; /* room, after, epoch, max, last */
	struct room *room;     /* pinned, NULL after an error */
	enum err err;
	const char *field;
	char why[320];
	struct msg gap;
};

struct join { /* a request's joins */
	struct request *request;
	size_t n, left;
	struct join_one one[];
};

static void
join_refuse(struct join_one *one, enum err e, const char *field,
    const char *why)
{
	one->err = e;
	one->field = field;
	snprintf(one->why, sizeof(one->why), "%s",
	    why != NULL ? why : err_text(e));
}

/*
 * How far the log goes.  What another server has committed may have come to
 * the store before it comes here.
 */
static int64_t
join_head(const struct join_one *one)
{
	return one->req.room.seq > one->room->head ? one->req.room.seq :
						     one->room->head;
}

/* Where the client's `after` lies in the log, and what it is told of it. */
static int64_t
join_after(struct join_one *one, struct msg *out)
{
	const struct msg *ask = one->ask;
	int64_t head = join_head(one), after = ask->after, first;
	bool max = MSG_HAS(ask, max) && head - after > ask->max;

	if (after > head ||
	    (MSG_HAS(ask, epoch) && !str_eq(ask->epoch, one->room->epoch))) {
		MSG_PUT(out, recovered, false);
		MSG_PUT(out, reset, true);
		return head + 1;
	}
	first = max ? head - ask->max + 1 : after + 1;
	if (first < one->req.room.oldest)
		first = one->req.room.oldest;
	MSG_PUT(out, recovered, first == after + 1);
	MSG_PUT(out, replay, head + 1 - first);
	if (first == after + 1)
		return first;
	msg_init(&one->gap, SHAPE_gap);
	MSG_PUT(&one->gap, gap_from, after + 1);
	MSG_PUT(&one->gap, gap_to, first - 1);
	MSG_PUT(&one->gap, reason,
	    first > one->req.room.oldest ? STR_LIT("max") :
					   STR_LIT("retention"));
	MSG_PUT(out, gap, &one->gap);
	return first;
}

static int64_t
join_place(struct join_one *one, struct msg *out)
{
	int64_t head = join_head(one);

	if (MSG_HAS(one->ask, after))
		return join_after(one, out);
	if (!MSG_HAS(one->ask, last) || one->ask->last == 0)
		return head + 1;
	MSG_PUT(out, recovered, true);
	MSG_PUT(out, replay, head - one->req.last_seq);
	return one->req.last_seq + 1;
}

static void
join_tell_error(const struct join_one *one, struct msg *out, struct msg *err)
{
	msg_init(err, SHAPE_error);
	MSG_PUT(err, code, str_of(err_code(one->err)));
	MSG_PUT(err, text, str_of(one->why));
	if (one->field != NULL)
		MSG_PUT(err, field, str_of(one->field));
	MSG_PUT(out, room, one->ask->room);
	MSG_PUT(out, error, err);
}

/* Subscribes, and says so. */
static void
join_tell(struct join_one *one, struct session *s, struct msg *out)
{
	struct room *r = one->room;
	int64_t next = join_place(one, out);

	session_follow(s, r, next);
	MSG_PUT(out, room, room_name(r));
	MSG_PUT(out, epoch, str_of(r->epoch));
	MSG_PUT(out, seq, join_head(one));
	MSG_PUT(out, topic, str_of(r->topic));
	MSG_PUT(out, visibility, STR_LIT("public"));
	MSG_PUT(out, role, STR_LIT("member"));
	MSG_PUT(out, read, one->req.read);
	MSG_PUT(out, online, (int64_t)presence_online(r->presence));
}

static void
join_free(struct join *j)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->one[i].room != NULL)
			j->one[i].room->pins--;
		free((char *)j->one[i].req.topic.p);
	}
	free(j);
}

static void
join_answer_many(struct join *j)
{
	struct request *r = j->request;
	struct msg *items = xcalloc(j->n, sizeof(*items));
	struct msg *errs = xcalloc(j->n, sizeof(*errs)), m;

	for (size_t i = 0; i < j->n; i++) {
		msg_init(&items[i], SHAPE_join_result);
		if (j->one[i].err != ERR_OK)
			join_tell_error(&j->one[i], &items[i], &errs[i]);
		else
			join_tell(&j->one[i], r->session, &items[i]);
	}
	msg_init(&m, SHAPE_join_ok);
	MSG_PUT(&m, joined, ((struct msgs){ items, j->n }));
	request_ok(r, &m);
	free(items);
	free(errs);
}

static void
join_answer(struct join *j)
{
	struct request *r = j->request;
	struct join_one *one = &j->one[0];
	struct msg m;

	if (r->session->dead)
		request_ok(r, NULL); /* nobody hears it */
	else if (MSG_HAS(&r->in.msg, joins))
		join_answer_many(j);
	else if (one->err != ERR_OK)
		request_fail(r, one->err, one->field, one->why);
	else {
		msg_init(&m, SHAPE_join_ok);
		join_tell(one, r->session, &m);
		request_ok(r, &m);
	}
	join_free(j);
}

static void
join_one_done(struct store_req *req)
{
	struct join_one *one = (struct join_one *)req;
	struct session *s = one->join->request->session;

	if (req->err == ERR_CONFLICT) {
		one->err = ERR_CONFLICT;
		one->field = "room";
		snprintf(one->why, sizeof(one->why),
		    "that looks like the room %s", one->req.room.name);
	} else if (req->err != ERR_OK)
		join_refuse(one, req->err, NULL, NULL);
	else {
		one->room = rooms_open(&one->req.room, one->req.topic,
		    one->req.key);
		one->room->pins++;
		if (!s->dead && !access_read(s->who, one->room))
			join_refuse(one, ERR_FORBIDDEN, NULL, NULL);
	}
	if (--one->join->left == 0)
		join_answer(one->join);
}

/* Checks what can be checked without the store. */
static bool
join_check(struct join_one *one)
{
	const struct msg *ask = one->ask;
	struct name n;
	const char *why;
	enum err e;

	if (MSG_HAS(ask, after) && MSG_HAS(ask, last)) {
		join_refuse(one, ERR_BAD_REQUEST, "last",
		    "after and last exclude each other");
		return false;
	}
	if (!MSG_HAS(ask, room)) {
		join_refuse(one, ERR_BAD_REQUEST, "room", "room is missing");
		return false;
	}
	e = name_parse(NAME_ROOM, ask->room.p, ask->room.n, &n, &why);
	if (e != ERR_OK) {
		join_refuse(one, e, "room", why);
		return false;
	}
	memcpy(one->req.name, n.text, strlen(n.text) + 1);
	memcpy(one->req.key, n.key, strlen(n.key) + 1);
	memcpy(one->req.skeleton, n.skeleton, strlen(n.skeleton) + 1);
	return true;
}

/* How many of the rooms the session does not follow yet. */
static size_t
join_new(struct session *s, const struct msg *m)
{
	size_t n = 0;

	if (!MSG_HAS(m, joins))
		return session_sub_named(s, m->room) == NULL;
	for (size_t i = 0; i < m->joins.n; i++)
		n += session_sub_named(s, m->joins.v[i].room) == NULL;
	return n;
}

void
handle_join(struct request *r)
{
	const struct msg *m = &r->in.msg;
	bool many = MSG_HAS(m, joins);
	size_t n = many ? m->joins.n : 1, sent = 0;
	struct join *j;

	if (many && MSG_HAS(m, room)) {
		request_fail(r, ERR_BAD_REQUEST, "rooms",
		    "room and rooms exclude each other");
		return;
	}
	if (r->session->nsubs + join_new(r->session, m) >
	    (size_t)limit_rooms()) {
		request_fail(r, ERR_TOO_LARGE, "room",
		    "more rooms than a connection may be in");
		return;
	}
	j = xcalloc(1, sizeof(*j) + n * sizeof(j->one[0]));
	j->request = r;
	j->n = n;
	for (size_t i = 0; i < n; i++) {
		struct join_one *one = &j->one[i];

		one->join = j;
		one->ask = many ? &m->joins.v[i] : m;
		store_req_init(&one->req.req, STORE_join, join_one_done, NULL);
		one->req.who = r->session->who;
		one->req.last = MSG_HAS(one->ask, last) ? one->ask->last : 0;
		if (!join_check(one))
			continue;
		sent++;
		store_submit(rooms_store(), &one->req.req);
	}
	j->left = sent;
	if (sent == 0)
		join_answer(j);
}

static void
leave_parted(struct request *r)
{
	struct msg m;

	if (r->store.req.err != ERR_OK) {
		request_fail(r, r->store.req.err, NULL, NULL);
		return;
	}
	msg_init(&m, SHAPE_leave_ok);
	MSG_PUT(&m, room, room_name(r->room));
	request_ok(r, &m);
}

static void
leave_found(struct request *r)
{
	struct sub *sub = session_sub(r->session, r->room);
	struct msg m;

	if (sub != NULL)
		session_unfollow(sub);
	if (MSG_HAS(&r->in.msg, part) && r->in.msg.part) {
		r->store.part.who = r->session->who;
		r->store.part.room = r->room->id;
		request_store(r, STORE_part, leave_parted);
		return;
	}
	msg_init(&m, SHAPE_leave_ok);
	MSG_PUT(&m, room, room_name(r->room));
	request_ok(r, &m);
}

void
handle_leave(struct request *r)
{
	request_room(r, r->in.msg.room, leave_found);
}
