/*
 * session: connections, identities and subscriptions.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/flush.h"
#include "chatsrv/metrics.h"
#include "chatsrv/peers.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "chatsrv/session.h"
#include "lib/clock.h"

#define SESSION_INWORK	64		    /* requests */
#define SESSION_WAITING ((size_t)64 * 1024) /* bytes of replies */

struct bye {			/* somebody has left */
	struct store_bye store; /* first */
	struct bye *next;
};

struct kin { /* all sessions of an identity */
	int64_t who;
	int64_t lease; /* of his name: the newest hello's */
	struct session *list;
	struct limit limit; /* his connections share it */
	UT_hash_handle hh;
};

static struct kin *kins;
static struct bye *byes; /* that the store could not take */
static int64_t session_ids;

struct session *
session_new(struct conn *conn, const struct gate_ops *gate)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->conn = conn;
	s->gate = gate;
	s->id = ++session_ids;
	s->refs = 1;
	s->held_tail = &s->held;
	limit_init(&s->limit);
	return s;
}

void
session_ref(struct session *s)
{
	s->refs++;
}

void
session_unref(struct session *s)
{
	if (--s->refs != 0)
		return;
	free(s->name);
	free(s);
}

static struct kin *
session_find_kin(int64_t who)
{
	struct kin *k;

	HASH_FIND(hh, kins, &who, sizeof(who), k);
	return k;
}

static void
session_bye_done(struct store_req *req)
{
	struct bye *bye = (struct bye *)req;

	if (req->err == ERR_OK) {
		peers_left(bye->store.who);
		free(bye);
	} else
		LL_PREPEND(byes, bye);
}

static void
session_bye_ask(struct bye *bye)
{
	store_req_init(&bye->store.req, STORE_bye, session_bye_done, NULL);
	store_submit(rooms_store(), &bye->store.req);
}

static void
session_bye(int64_t who, int64_t lease)
{
	struct bye *bye;

	if (rooms_store() == NULL)
		return;
	bye = xcalloc(1, sizeof(*bye));
	bye->store.who = who;
	bye->store.lease = lease;
	session_bye_ask(bye);
}

void
session_left(int64_t who)
{
	struct kin *k = session_find_kin(who);
	struct store_keep *h;

	if (k == NULL || rooms_store() == NULL)
		return;
	h = xcalloc(1, sizeof(*h));
	store_req_init(&h->req, STORE_keep, dispatch_done_free, NULL);
	h->who = who;
	h->lease = k->lease;
	store_submit(rooms_store(), &h->req);
}

void
session_beat(void)
{
	struct bye *again = byes, *bye, *tmp;

	byes = NULL;
	LL_FOREACH_SAFE(again, bye, tmp)
		session_bye_ask(bye);
}

static void
session_leave_kin(struct session *s)
{
	struct kin *k = s->kin;

	if (k == NULL)
		return;
	DL_DELETE2(k->list, s, kin_prev, kin_next);
	metrics.sessions--;
	if (k->list == NULL) {
		session_bye(k->who, k->lease);
		HASH_DEL(kins, k);
		free(k);
	}
	s->kin = NULL;
	s->who = 0;
}

void
session_end(struct session *s)
{
	s->dead = true;
	s->conn = NULL;
	while (s->subs != NULL)
		session_unfollow(s->subs);
	session_leave_kin(s);
	dispatch_drop_held(s);
	session_unref(s);
}

void
session_become(struct session *s, const struct store_who *who)
{
	struct kin *k = session_find_kin(who->id);
	bool others = k != NULL;

	s->name = xstrdup(who->name);
	s->who = who->id;
	s->guest = who->guest;
	if (!others) {
		k = xcalloc(1, sizeof(*k));
		k->who = who->id;
		k->limit = s->limit;
		HASH_ADD(hh, kins, who, sizeof(k->who), k);
	}
	k->lease = who->lease;
	s->kin = k;
	DL_APPEND2(k->list, s, kin_prev, kin_next);
	metrics.sessions++;
	if (others)
		session_rename(who->id, who->name);
	else if (who->had[0] != '\0' && strcmp(who->had, who->name) != 0)
		peers_nick(who->id, who->had, who->name, who->guest);
}

void
session_missed(const struct store_who *who)
{
	struct kin *k = session_find_kin(who->id);

	if (k == NULL) {
		session_bye(who->id, who->lease);
		return;
	}
	k->lease = who->lease;
	session_rename(who->id, who->name);
}

void
session_renamed(int64_t who, const char *name)
{
	struct kin *k = session_find_kin(who);
	struct session *s;

	if (k == NULL)
		return;
	DL_FOREACH2(k->list, s, kin_next)
		if (strcmp(s->name, name) != 0) {
			free(s->name);
			s->name = xstrdup(name);
		}
}

void
session_notice(struct session *s, const char *text)
{
	struct msg m;

	/* Ephemeral: who does not take his bytes goes without. */
	if (!s->gate->ready(s->conn))
		return;
	msg_init(&m, SHAPE_ev_notice);
	MSG_PUT(&m, text, str_of(text));
	s->gate->event(s->conn, &m);
}

void
session_notice_all(const char *text)
{
	struct kin *k, *tmp;
	struct session *s;

	HASH_ITER(hh, kins, k, tmp)
		DL_FOREACH2(k->list, s, kin_next)
			session_notice(s, text);
}

/* The name that an older session of the identity still has, or NULL. */
static const char *
session_old_name(const struct kin *k, const char *name)
{
	struct session *s;

	DL_FOREACH2(k->list, s, kin_next)
		if (strcmp(s->name, name) != 0)
			return s->name;
	return NULL;
}

void
session_rename(int64_t who, const char *name)
{
	struct kin *k = session_find_kin(who);
	const char *old = k != NULL ? session_old_name(k, name) : NULL;
	char *copy;

	if (old == NULL)
		return;
	copy = xstrdup(name); /* it may be a session's own */
	peers_nick(who, old, copy, k->list->guest);
	session_renamed(who, copy);
	free(copy);
}

void
session_kin(struct session *self, void (*f)(struct session *, void *),
    void *arg)
{
	session_kin_of(self->who, self, f, arg);
}

void
session_kin_of(int64_t who, const struct session *but,
    void (*f)(struct session *, void *), void *arg)
{
	struct kin *k = session_find_kin(who);
	struct session *s;

	if (k == NULL)
		return;
	DL_FOREACH2(k->list, s, kin_next)
		if (s != but)
			f(s, arg);
}

struct sub *
session_sub(struct session *s, const struct room *r)
{
	struct sub *sub;

	DL_FOREACH(s->subs, sub)
		if (sub->member.room == r)
			break;
	return sub;
}

struct sub *
session_sub_named(struct session *s, struct str name)
{
	struct sub *sub;

	DL_FOREACH(s->subs, sub)
		if (str_eq(name, sub->member.room->name))
			break;
	return sub;
}

static bool
session_ready(struct member *m)
{
	struct session *s = ((struct sub *)m)->session;

	return s->gate->ready(s->conn);
}

static void
session_write(struct member *m, const void *p, size_t n, int64_t lo, int64_t hi)
{
	struct session *s = ((struct sub *)m)->session;

	s->gate->write(s->conn, p, n, m->room->id, lo, hi);
}

static const struct member_ops session_member = { session_ready,
	session_write };

void
session_follow(struct session *s, struct room *r, int64_t next)
{
	struct sub *sub = session_sub(s, r);

	if (sub == NULL) {
		sub = xcalloc(1, sizeof(*sub));
		sub->session = s;
		sub->member.ops = &session_member;
		sub->member.form = s->gate->form;
		DL_APPEND(s->subs, sub);
		s->nsubs++;
		presence_enter(r->presence, s->who, s->name, s->guest);
	} else
		room_exit(&sub->member);
	sub->member.next = next;
	room_enter(r, &sub->member);
}

void
session_unfollow(struct sub *sub)
{
	struct session *s = sub->session;

	presence_leave(sub->member.room->presence, s->who, clock_ms());
	room_exit(&sub->member);
	DL_DELETE(s->subs, sub);
	s->nsubs--;
	free(sub);
}

void
session_drain(struct session *s)
{
	struct sub *sub, *tmp;

	DL_FOREACH_SAFE(s->subs, sub, tmp)
		flush_member(&sub->member);
	dispatch_resume(s);
}

struct limit *
session_limit(struct session *s)
{
	return s->kin != NULL ? &s->kin->limit : &s->limit;
}

bool
session_full(const struct session *s)
{
	return s->gate->waiting(s->conn) > SESSION_WAITING;
}

void
session_throttle(struct session *s)
{
	bool pause;

	if (s->dead)
		return;
	/*
	 * A barrier alone pauses nobody: most peers wait for the answer
	 * themselves, and each pause costs system calls.
	 */
	pause = s->held != NULL || s->inwork >= SESSION_INWORK ||
	    session_full(s);
	if (pause == s->paused)
		return;
	s->paused = pause;
	s->gate->pause(s->conn, pause);
}
