/*
 * fakeroom: the log is an array; who is served checks what he gets.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/flush.h"
#include "chatsrv/rooms.h"
#include "lib/codec.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/fakeroom.h"

#define LOG_MAX 20000

static struct {
	struct entry v[LOG_MAX]; /* by seq, of all rooms */
	int64_t room[LOG_MAX];
	size_t n;
	int64_t oldest;
	struct store_req *head, **tail; /* reads */
	struct store_req *made;
} fake;

size_t fakeroom_purges;
int64_t fakeroom_purged;

static void
fakeroom_on_delete(int64_t room, int64_t target)
{
	(void)room;
	fakeroom_purges++;
	fakeroom_purged = target;
}

static const struct rooms_events fakeroom_events = { fakeroom_on_delete, NULL,
	NULL };

void
fakeroom_start(size_t ring_max)
{
	memset(&fake, 0, sizeof(fake));
	fake.tail = &fake.head;
	codec_init();
	rooms_init(NULL, ring_max, &fakeroom_events);
}

void
fakeroom_stop(void)
{
	while (fakeroom_waiting() != 0)
		fakeroom_answer();
	rooms_fini();
	for (size_t i = 0; i < fake.n; i++)
		free((char *)(uintptr_t)fake.v[i].text.p);
}

struct room *
fakeroom_open(int64_t id, int64_t head)
{
	struct store_room sr = { .id = id,
		.seq = head,
		.oldest = 1,
		.epoch = "e1",
		.public = true };
	char key[8] = "r0";

	key[1] = (char)('0' + id);
	strcpy(sr.name, key);
	return rooms_open(&sr, STR_LIT(""), key);
}

/* Entries are dropped of their text as the store does it. */
static void
fakeroom_delete(int64_t room, const struct entry *e)
{
	for (size_t i = 0; i < fake.n; i++) {
		struct entry *x = &fake.v[i];

		if (fake.room[i] == room &&
		    (x->seq == e->target ||
			(x->kind == ENTRY_edit && x->target == e->target)))
			x->deleted = true;
	}
}

static int64_t
fakeroom_end(int64_t room)
{
	for (size_t i = fake.n; i-- > 0;)
		if (fake.room[i] == room)
			return fake.v[i].seq;
	return 0;
}

const struct entry *
fakeroom_commit(struct room *r, struct entry e)
{
	struct entry *new = &fake.v[fake.n];
	int64_t end = fakeroom_end(r->id);

	ck_assert_uint_lt(fake.n, LOG_MAX);
	e.seq = (end != 0 ? end : r->head) + 1;
	e.at = 1000 + e.seq;
	e.actor = 1;
	e.guest = true;
	e.from = STR_LIT("ann");
	if (e.text.n != 0)
		e.text.p = xstrndup(e.text.p, e.text.n);
	fake.room[fake.n++] = r->id;
	*new = e;
	if (e.kind == ENTRY_delete)
		fakeroom_delete(r->id, &e);
	return new;
}

int64_t
fakeroom_say(struct room *r, const char *text)
{
	const struct entry *e = fakeroom_commit(r,
	    (struct entry){ .kind = ENTRY_message, .text = str_of(text) });

	room_accept(r, e);
	return e->seq;
}

void
fakeroom_forget(int64_t oldest)
{
	fake.oldest = oldest;
}

/* In the place of store_worker.c's. */
void
store_submit(struct store *s, struct store_req *r)
{
	(void)s;
	ck_assert_int_eq(r->op, STORE_page);
	r->next = NULL;
	*fake.tail = r;
	fake.tail = &r->next;
}

size_t
fakeroom_waiting(void)
{
	size_t n = fake.made != NULL;

	for (struct store_req *r = fake.head; r != NULL; r = r->next)
		n++;
	return n;
}

static struct store_req *
fakeroom_take(void)
{
	struct store_req *r = fake.head;

	ck_assert_ptr_nonnull(r);
	fake.head = r->next;
	if (fake.head == NULL)
		fake.tail = &fake.head;
	return r;
}

static void
fakeroom_fill(struct store_page *p)
{
	struct store_entries *es = &p->entries;
	size_t bytes = 0;

	memset(es, 0, sizeof(*es));
	p->head = fakeroom_end(p->room);
	es->v = xcalloc(fake.n, sizeof(*es->v));
	for (size_t i = 0; i < fake.n && bytes < p->max; i++) {
		struct entry *e = &es->v[es->n];

		if (fake.room[i] != p->room || fake.v[i].seq < p->from ||
		    fake.v[i].seq < fake.oldest)
			continue;
		*e = fake.v[i];
		if (e->deleted)
			e->text = e->style = e->lang = (struct str){ NULL, 0 };
		bytes += e->text.n + e->from.n;
		es->n++;
	}
}

void
fakeroom_make(void)
{
	ck_assert_ptr_null(fake.made);
	fake.made = fakeroom_take();
	fake.made->err = ERR_OK;
	fakeroom_fill((struct store_page *)fake.made);
}

void
fakeroom_give(void)
{
	struct store_req *r = fake.made;

	fake.made = NULL;
	r->done(r);
}

void
fakeroom_answer(void)
{
	if (fake.made == NULL)
		fakeroom_make();
	fakeroom_give();
}

void
fakeroom_fail(void)
{
	struct store_req *r = fakeroom_take();

	r->err = ERR_UNAVAILABLE;
	memset(&((struct store_page *)r)->entries, 0,
	    sizeof(struct store_entries));
	r->done(r);
}

static bool
fakemember_ready(struct member *m)
{
	return ((struct fakemember *)m)->ready;
}

/* The payload behind a frame's header; moves *p to the next frame. */
static struct str
fakemember_payload(const unsigned char **p, const unsigned char *end)
{
	size_t n = (*p)[1] & 0x7f, head = 2;
	struct str s;

	ck_assert_int_eq((*p)[0], 0x81);
	if (n == 126) {
		n = (size_t)(*p)[2] << 8 | (*p)[3];
		head = 4;
	}
	ck_assert_uint_lt(n, 127 * 256 * 2);
	s = (struct str){ (const char *)*p + head, n };
	*p += head + n;
	ck_assert(*p <= end);
	return s;
}

static void
fakemember_frame(struct fakemember *f, struct str s)
{
	struct codec_fault fault;
	struct codec_in in;

	buf_add(&f->got, s.p, s.n);
	buf_putc(&f->got, '\n');
	if (f->m.form == FORM_SIMPLE) {
		ck_assert_int_eq(codec_read_simple(&in, s.p, s.n, &fault),
		    ERR_OK);
		f->entries++;
		codec_free(&in);
		return;
	}
	ck_assert_int_eq(codec_read_server(&in, s.p, s.n, &fault), ERR_OK);
	if (in.msg.shape == SHAPE_ev_gap) {
		ck_assert_int_eq(in.msg.gap_from, f->next);
		f->next = in.msg.gap_to + 1;
	} else if (proto_event_flags(in.msg.shape) & PROTO_LOG) {
		ck_assert_int_eq(in.msg.seq, f->next);
		f->next++;
		f->entries++;
	} else
		f->said++;
	codec_free(&in);
}

static void
fakemember_write(struct member *m, const void *p, size_t n, int64_t lo,
    int64_t hi)
{
	struct fakemember *f = (struct fakemember *)m;
	const unsigned char *at = p, *end = at + n;

	ck_assert(f->ready && n > 0);
	if (m->form == FORM_V1 && hi >= lo && lo != 0)
		ck_assert_int_eq(lo, f->next);
	while (at < end)
		fakemember_frame(f, fakemember_payload(&at, end));
	if (m->form == FORM_V1 && hi >= lo && lo != 0)
		ck_assert_int_eq(f->next, hi + 1);
	f->writes++;
	if (f->taken != NULL)
		f->taken(f);
}

static const struct member_ops fakemember_ops = { fakemember_ready,
	fakemember_write };

void
fakemember_enter(struct fakemember *f, struct room *r, enum form form,
    int64_t next)
{
	f->m.ops = &fakemember_ops;
	f->m.form = form;
	f->m.next = f->next = next;
	f->ready = true;
	room_enter(r, &f->m);
}

void
fakemember_exit(struct fakemember *f)
{
	room_exit(&f->m);
	buf_fini(&f->got);
}

void
fakeroom_settle(void)
{
	for (int i = 0; i < 10000; i++) {
		int wait = flush_turn();

		if (wait > 0)
			fakeclock += (int64_t)wait * 1000;
		else if (wait < 0) {
			if (fakeroom_waiting() == 0)
				return;
			fakeroom_answer();
		}
	}
	ck_abort_msg("it never comes to rest");
}
