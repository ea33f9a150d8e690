/*
 * room: entries come in by room_accept() and no other way.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/early.h"
#include "chatsrv/flush.h"
#include "chatsrv/metrics.h"
#include "chatsrv/page.h"
#include "chatsrv/rooms.h"
#include "lib/codec.h"

static struct buf room_frame; /* scratch */

struct str
room_name(const struct room *r)
{
	return (struct str){ r->name, r->name_len };
}

/* The frame of a message or edit without its text, made from the old one. */
static void
room_blank_frame(struct buf *out, struct str old)
{
	size_t head = (old.p[1] & 0x7f) < 126 ? 2 :
	    (old.p[1] & 0x7f) == 126	      ? 4 :
						10;
	struct codec_fault fault;
	struct codec_in in;

	buf_reset(out);
	if (codec_read_server(&in, old.p + head, old.n - head, &fault) ==
	    ERR_OK) {
		MSG_DROP(&in.msg, text);
		MSG_DROP(&in.msg, kind);
		MSG_DROP(&in.msg, lang);
		MSG_DROP(&in.msg, reply_to);
		MSG_PUT(&in.msg, deleted, true);
		frame_event(out, &in.msg);
	}
	codec_free(&in);
}

static void
room_blank(struct room *r, int64_t seq)
{
	for (int form = 0; form < FORM__COUNT; form++) {
		struct ring *ring = &r->rings[form];
		struct str old;
		int64_t next;

		if (!r->forms[form] || !ring_has(ring, seq))
			continue;
		old = ring_range(ring, seq, seq + 1, 0, &next);
		buf_reset(&room_frame);
		if (form == FORM_V1)
			room_blank_frame(&room_frame, old);
		ring_replace(ring, seq, room_frame.data, room_frame.len);
	}
}

/* Nothing of the message's text is left: not in rings, pages, sockets. */
static void
room_delete(struct room *r, const struct entry *e)
{
	const struct ring *v1 = &r->rings[FORM_V1];

	room_blank(r, e->target);
	for (size_t i = 0; i < v1->n; i++)
		if (v1->slots[i].kind == ENTRY_edit &&
		    v1->slots[i].target == e->target)
			room_blank(r, v1->first + (int64_t)i);
	if (r->deleted < e->seq)
		r->deleted = e->seq;
	page_drop_all(r);
	rooms_deleted(r, e->target);
}

/*
 * Entries up to `to` are not accepted.  A delete may be among them, so what
 * was read before of the store is not true any more.
 */
static void
room_miss(struct room *r, int64_t to)
{
	if (r->missed_from > r->missed_to)
		r->missed_from = r->head + 1;
	r->missed_to = to;
	if (r->deleted < to)
		r->deleted = to;
	page_drop_all(r);
}

void
room_topic(struct room *r, struct str topic, int64_t seq)
{
	if (seq <= r->topic_seq)
		return;
	free(r->topic);
	r->topic = xstrndup(topic.p != NULL ? topic.p : "", topic.n);
	r->topic_seq = seq;
}

void
room_caught(struct room *r, const struct entry *e)
{
	if (e->seq < r->missed_from || e->seq > r->missed_to)
		return;
	if (e->seq == r->missed_from)
		r->missed_from++;
	if (e->kind == ENTRY_delete)
		room_delete(r, e);
	if (e->kind == ENTRY_topic)
		room_topic(r, e->text, e->seq);
}

/* All with lower numbers are here, or will not come. */
static void
room_append(struct room *r, const struct entry *e)
{
	struct entry blank;

	if (e->seq != r->head + 1)
		room_miss(r, e->seq - 1);
	if (e->kind == ENTRY_topic)
		room_topic(r, e->text, e->seq);
	if (early_deletes(r, e)) {
		blank = *e;
		blank.text = (struct str){ NULL, 0 };
		blank.deleted = true;
		e = &blank;
	}
	for (int form = 0; form < FORM__COUNT; form++) {
		struct ring *ring = &r->rings[form];

		if (!r->forms[form])
			continue;
		if (e->seq != ring_next(ring)) {
			ring_fini(ring);
			ring_init(ring, e->seq);
		}
		buf_reset(&room_frame);
		frame_entry(&room_frame, (enum form)form, e, room_name(r));
		ring_append(ring, room_frame.data, room_frame.len, e->kind,
		    e->target, ROOM_RING_MAX);
	}
	r->head = e->seq;
	metrics.entries_total++;
	rooms_grew(r);
	flush_news(r);
}

void
room_accept(struct room *r, const struct entry *e)
{
	if (e->seq <= r->head)
		return;
	if (e->kind == ENTRY_delete)
		room_delete(r, e);
	if (e->seq > r->head + 1 && early_put(r, e))
		return;
	room_append(r, e);
	early_drain(r);
}

void
room_heard(struct room *r, int64_t head)
{
	if (head <= r->head)
		return;
	room_miss(r, head);
	for (int form = 0; form < FORM__COUNT; form++)
		if (r->forms[form]) {
			ring_fini(&r->rings[form]);
			ring_init(&r->rings[form], head + 1);
		}
	r->head = head;
	flush_news(r);
}

void
room_enter(struct room *r, struct member *m)
{
	if (!r->forms[m->form]) {
		r->forms[m->form] = true;
		ring_init(&r->rings[m->form], r->head + 1);
	}
	if (r->n == r->cap) {
		r->cap = r->cap != 0 ? r->cap * 2 : 2;
		r->members = xrealloc(r->members, r->cap * sizeof(*r->members));
	}
	m->room = r;
	m->at = r->n;
	m->waits = NULL;
	r->members[r->n++] = m;
	r->empty_since = 0;
	metrics.subscriptions++;
	if (m->next <= r->head)
		flush_news(r);
}

static void
room_move(struct room *r, size_t from, size_t to)
{
	r->members[to] = r->members[from];
	r->members[to]->at = to;
}

void
room_exit(struct member *m)
{
	struct room *r = m->room;
	size_t hole = m->at;

	if (r == NULL)
		return;
	page_forget(m);
	/* A place that a pass has left behind is filled by one it visited. */
	if (r->passing && hole < r->pass_at) {
		r->pass_at--;
		room_move(r, r->pass_at, hole);
		hole = r->pass_at;
	}
	r->n--;
	room_move(r, r->n, hole);
	m->room = NULL;
	metrics.subscriptions--;
}

void
room_say(struct room *r, const struct msg *ev)
{
	if (r->n == 0)
		return;
	frame_event(&r->ephemeral, ev);
	flush_news(r);
}

void
room_say_frame(struct room *r, const void *p, size_t n)
{
	if (r->n == 0)
		return;
	buf_add(&r->ephemeral, p, n);
	flush_news(r);
}
