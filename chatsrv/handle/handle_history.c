/*
 * handle_history: reading: history, read.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/peers.h"
#include "chatsrv/rooms.h"

#define HISTORY_DEFAULT 50

static void history_read(struct request *);

static void
history_answer(struct request *r)
{
	struct store_history *h = &r->store.history;
	size_t n = h->entries.n, nr = h->entries.nreactions, at = 0;
	struct msg m, *events, *edited, *reactions;
	struct store_entries entries;

	events = xcalloc(n, sizeof(*events));
	edited = xcalloc(n, sizeof(*edited));
	reactions = xcalloc(nr, sizeof(*reactions));
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &h->entries.v[i];

		entry_event(e, room_name(r->room), &events[i], &edited[i],
		    reactions + at);
		at += e->nreactions;
	}
	msg_init(&m, SHAPE_history_ok);
	MSG_PUT(&m, room, room_name(r->room));
	MSG_PUT(&m, epoch, str_of(r->room->epoch));
	MSG_PUT(&m, entries, ((struct msgs){ events, n }));
	MSG_PUT(&m, more, h->more);
	if (!r->session->dead)
		r->session->gate->holds(r->session->conn, r->room->id, h->head);
	/* The events' strings are the entries', and r goes with its answer. */
	entries = h->entries;
	request_ok(r, &m);
	store_entries_free(&entries);
	free(events);
	free(edited);
	free(reactions);
}

static void
history_done(struct request *r)
{
	struct store_history *h = &r->store.history;

	if (h->req.err != ERR_OK) {
		store_entries_free(&h->entries);
		request_fail(r, h->req.err, NULL, NULL);
		return;
	}
	/* Read before something was deleted: what it says is not true now. */
	if (h->head < r->room->deleted) {
		store_entries_free(&h->entries);
		history_read(r);
		return;
	}
	history_answer(r);
}

static void
history_read(struct request *r)
{
	const struct msg *m = &r->in.msg;
	struct store_history *h = &r->store.history;

	h->room = r->room->id;
	h->limit = MSG_HAS(m, limit) ? m->limit : HISTORY_DEFAULT;
	h->how = HISTORY_BEFORE;
	h->place = INTMAX_JSON;
	if (MSG_HAS(m, before))
		h->place = m->before;
	if (MSG_HAS(m, after)) {
		h->how = HISTORY_AFTER;
		h->place = m->after;
	}
	if (MSG_HAS(m, around)) {
		h->how = HISTORY_AROUND;
		h->place = m->around;
	}
	if (MSG_HAS(m, at)) {
		h->how = HISTORY_AT;
		h->place = m->at;
	}
	request_store(r, STORE_history, history_done);
}

void
handle_history(struct request *r)
{
	const struct msg *m = &r->in.msg;
	int places = MSG_HAS(m, before) + MSG_HAS(m, after) +
	    MSG_HAS(m, around) + MSG_HAS(m, at);

	if (places != 1) {
		request_fail(r, ERR_BAD_REQUEST, "before",
		    "one of before, after, around and at");
		return;
	}
	if (MSG_HAS(m, limit) && m->limit == 0) {
		request_fail(r, ERR_BAD_REQUEST, "limit",
		    "limit must be from 1 to 200");
		return;
	}
	request_room(r, m->room, history_read);
}

struct read_told {
	struct room *room;
	int64_t seq;
};

static void
read_tell(struct session *s, void *arg)
{
	const struct read_told *t = arg;
	struct msg m;

	/* Ephemeral: who does not take his bytes goes without. */
	if (!s->gate->ready(s->conn))
		return;
	msg_init(&m, SHAPE_ev_read);
	MSG_PUT(&m, room, room_name(t->room));
	MSG_PUT(&m, seq, t->seq);
	s->gate->event(s->conn, &m);
}

void
handle_read_heard(int64_t who, struct room *r, int64_t seq)
{
	struct read_told told = { r, seq };

	session_kin_of(who, NULL, read_tell, &told);
}

static void
read_done(struct request *r)
{
	struct store_mark *mark = &r->store.mark;
	struct read_told told = { r->room, mark->seq };
	struct msg m;

	if (mark->req.err != ERR_OK) {
		request_fail(r, mark->req.err, NULL, NULL);
		return;
	}
	if (!r->session->dead) {
		session_kin(r->session, read_tell, &told);
		peers_read(mark->who, r->room, mark->seq);
	}
	msg_init(&m, SHAPE_read_ok);
	MSG_PUT(&m, room, room_name(r->room));
	MSG_PUT(&m, seq, mark->seq);
	request_ok(r, &m);
}

static void
read_found(struct request *r)
{
	struct store_mark *mark = &r->store.mark;

	mark->who = r->session->who;
	mark->room = r->room->id;
	mark->seq = r->in.msg.seq < r->room->head ? r->in.msg.seq :
						    r->room->head;
	mark->back = MSG_HAS(&r->in.msg, back) && r->in.msg.back;
	request_store(r, STORE_mark, read_done);
}

void
handle_read(struct request *r)
{
	request_room(r, r->in.msg.room, read_found);
}
