/*
 * handle_hello: who is there: hello, nick, ping.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/peers.h"
#include "chatsrv/rooms.h"
#include "chatsrv/token.h"
#include "lib/clock.h"
#include "lib/name.h"

struct hello {			/* what a hello asks of the store */
	struct store_hello req; /* first */
	struct request *request;
	unsigned char secret[TOKEN_SECRET]; /* a new guest's */
};

static void
hello_name(struct store_name *out, const struct name *n)
{
	memcpy(out->text, n->text, strlen(n->text) + 1);
	memcpy(out->key, n->skeleton, strlen(n->skeleton) + 1);
}

static void
hello_rooms(const struct store_hello *h, struct msg *items)
{
	for (size_t i = 0; i < h->nrooms; i++) {
		const struct store_membership *m = &h->rooms[i];
		struct msg *out = &items[i];

		msg_init(out, SHAPE_room_item);
		MSG_PUT(out, room, str_of(m->room));
		MSG_PUT(out, epoch, str_of(m->epoch));
		MSG_PUT(out, seq, m->seq);
		MSG_PUT(out, read, m->read);
		MSG_PUT(out, unread, m->unread);
		MSG_PUT(out, mentions, 0);
		MSG_PUT(out, level, STR_LIT("everything"));
		MSG_PUT(out, role, STR_LIT("member"));
	}
}

static void
hello_answer(struct hello *h)
{
	struct request *r = h->request;
	struct session *s = r->session;
	struct msg m, limits, *rooms;
	char token[TOKEN_TEXT];

	rooms = xcalloc(h->req.nrooms, sizeof(*rooms));
	hello_rooms(&h->req, rooms);
	limit_tell(&limits);
	msg_init(&m, SHAPE_hello_ok);
	MSG_PUT(&m, user, str_of(h->req.who.name));
	if (h->req.who.guest)
		MSG_PUT(&m, guest, true);
	if (h->req.fresh) {
		token_print(token, h->req.who.id, h->secret);
		MSG_PUT(&m, token, str_of(token));
	}
	MSG_PUT(&m, server, STR_LIT("chatsrv"));
	MSG_PUT(&m, version, STR_LIT(VERSION));
	MSG_PUT(&m, limits, &limits);
	MSG_PUT(&m, rooms, ((struct msgs){ rooms, h->req.nrooms }));
	session_ref(s);
	request_ok(r, &m);
	if (!s->dead && peers_notice() != NULL)
		session_notice(s, peers_notice());
	session_unref(s);
	free(rooms);
}

static void
hello_done(struct store_req *req)
{
	struct hello *h = (struct hello *)req;
	struct request *r = h->request;

	if (req->err == ERR_UNAUTHORIZED)
		request_fail(r, req->err, "token",
		    "this token is not known, or no longer");
	else if (req->err != ERR_OK)
		request_fail(r, req->err, NULL, NULL);
	else {
		if (r->session->dead)
			session_missed(&h->req.who);
		else
			session_become(r->session, &h->req.who);
		hello_answer(h);
	}
	free(h->req.rooms);
	free(h);
}

void
handle_hello(struct request *r)
{
	const struct msg *m = &r->in.msg;
	struct hello *h;
	struct name n;
	const char *why;
	enum err e;

	if (r->session->who != 0) {
		request_fail(r, ERR_BAD_REQUEST, NULL,
		    "this connection has said hello already");
		return;
	}
	h = xcalloc(1, sizeof(*h));
	store_req_init(&h->req.req, STORE_hello, hello_done, NULL);
	h->request = r;
	if (MSG_HAS(m, nick) && m->nick.n != 0) {
		e = name_parse(NAME_USER, m->nick.p, m->nick.n, &n, &why);
		if (e != ERR_OK) {
			free(h);
			request_fail(r, e, "nick", why);
			return;
		}
		hello_name(&h->req.wish, &n);
	}
	h->req.fresh = !MSG_HAS(m, token);
	if (h->req.fresh)
		token_new(h->secret, h->req.token);
	else if (!token_parse(m->token.p, m->token.n, &h->req.who.id,
		     h->req.token)) {
		free(h);
		request_fail(r, ERR_UNAUTHORIZED, "token",
		    "that has not the form of a token");
		return;
	}
	store_submit(rooms_store(), &h->req.req);
}

struct nick {
	struct store_nick req; /* first */
	struct request *request;
};

static void
nick_done(struct store_req *req)
{
	struct nick *n = (struct nick *)req;
	struct request *r = n->request;
	struct msg m;

	if (req->err == ERR_EXISTS)
		request_fail(r, ERR_EXISTS, "nick",
		    "somebody else has this name, or one that looks like it");
	else if (req->err != ERR_OK)
		request_fail(r, req->err, NULL, NULL);
	else {
		session_rename(n->req.who, n->req.name.text);
		msg_init(&m, SHAPE_nick_ok);
		MSG_PUT(&m, user, str_of(n->req.name.text));
		request_ok(r, &m);
	}
	free(n);
}

void
handle_nick(struct request *r)
{
	const struct msg *m = &r->in.msg;
	struct nick *n;
	struct name name;
	const char *why;
	enum err e = name_parse(NAME_USER, m->nick.p, m->nick.n, &name, &why);

	if (e != ERR_OK) {
		request_fail(r, e, "nick", why);
		return;
	}
	n = xcalloc(1, sizeof(*n));
	store_req_init(&n->req.req, STORE_nick, nick_done, NULL);
	n->request = r;
	n->req.who = r->session->who;
	hello_name(&n->req.name, &name);
	store_submit(rooms_store(), &n->req.req);
}

void
handle_ping(struct request *r)
{
	struct msg m;

	msg_init(&m, SHAPE_ping_ok);
	MSG_PUT(&m, at, clock_wall_ms());
	request_ok(r, &m);
}
