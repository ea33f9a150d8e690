/*
 * page: reads of the store, shared.
 */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "chatsrv/flush.h"
#include "chatsrv/metrics.h"
#include "chatsrv/page.h"
#include "chatsrv/rooms.h"
#include "lib/clock.h"

#define PAGE_FLIGHT   8 /* reads under way at a time */
#define PAGE_KEPT     4 /* pages of a room */
#define PAGE_KEEP_MS  2000
#define PAGE_RETRY_US 1000000 /* after the store did not answer */
#define PAGE_NEAR     64      /* entries that a page surely has */

struct page {
	struct ring ring;
	enum form form;
	int64_t used; /* ms */
	struct page *prev, *next;
};

struct page_read {
	struct store_page req; /* first: the store gives it back */
	struct room *room;
	enum form form;
	bool flying;
	struct member *waiters;
	struct page_read *prev, *next;
};

static struct page_read *page_reads; /* flying and waiting, oldest first */
static size_t page_flying;
static struct buf page_frame;

static void page_done(struct store_req *);

struct ring *
page_find(struct room *r, enum form form, int64_t seq)
{
	struct page *p;

	DL_FOREACH(r->pages, p)
		if (p->form == form && ring_has(&p->ring, seq)) {
			p->used = clock_ms();
			return &p->ring;
		}
	return NULL;
}

static void
page_free(struct room *r, struct page *p)
{
	DL_DELETE(r->pages, p);
	ring_fini(&p->ring);
	free(p);
}

void
page_drop_all(struct room *r)
{
	while (r->pages != NULL)
		page_free(r, r->pages);
}

void
page_tick(struct room *r, int64_t now)
{
	struct page *p, *tmp;

	DL_FOREACH_SAFE(r->pages, p, tmp)
		if (now - p->used > PAGE_KEEP_MS)
			page_free(r, p);
}

static void
page_fly(void)
{
	struct page_read *pr;

	DL_FOREACH(page_reads, pr) {
		if (page_flying == PAGE_FLIGHT)
			return;
		if (pr->flying)
			continue;
		pr->flying = true;
		page_flying++;
		metrics.pages_total++;
		store_submit(rooms_store(), &pr->req.req);
	}
}

void
page_want(struct member *m)
{
	struct page_read *pr;

	if (m->waits != NULL)
		return;
	DL_FOREACH(page_reads, pr)
		if (pr->room == m->room && pr->form == m->form &&
		    m->next >= pr->req.from &&
		    m->next < pr->req.from + PAGE_NEAR)
			break;
	if (pr == NULL) {
		pr = xcalloc(1, sizeof(*pr));
		store_req_init(&pr->req.req, STORE_page, page_done, NULL);
		pr->req.room = m->room->id;
		pr->req.from = m->next;
		pr->req.max = ROOM_WRITE_MAX;
		pr->room = m->room;
		pr->form = m->form;
		pr->room->pins++;
		DL_APPEND(page_reads, pr);
	}
	m->waits = pr;
	DL_APPEND2(pr->waiters, m, wait_prev, wait_next);
	page_fly();
}

void
page_forget(struct member *m)
{
	if (m->waits == NULL)
		return;
	DL_DELETE2(m->waits->waiters, m, wait_prev, wait_next);
	m->waits = NULL;
}

/*
 * Entries up to `to`, where the member is, were removed by retention: he is
 * told and goes on behind them.  One who can't take it asks again later.
 */
static void
page_gap(struct member *m, int64_t to)
{
	struct msg gap;

	if (m->next > to || !m->ops->ready(m))
		return;
	msg_init(&gap, SHAPE_ev_gap);
	MSG_PUT(&gap, room, room_name(m->room));
	MSG_PUT(&gap, gap_from, m->next);
	MSG_PUT(&gap, gap_to, to);
	m->next = to + 1;
	if (m->form != FORM_V1)
		return;
	buf_reset(&page_frame);
	frame_event(&page_frame, &gap);
	m->ops->write(m, page_frame.data, page_frame.len, 0, 0);
}

/* The seq of the first entry that is there; behind the end if none is. */
static int64_t
page_first(const struct page_read *pr)
{
	return pr->req.entries.n != 0 ? pr->req.entries.v[0].seq :
					pr->req.head + 1;
}

/* A page ends where entries are missing: there the next one begins. */
static void
page_make(struct page_read *pr)
{
	struct room *r = pr->room;
	struct page *p;
	size_t kept = 0;

	if (pr->req.entries.n == 0)
		return;
	p = xcalloc(1, sizeof(*p));
	p->form = pr->form;
	p->used = clock_ms();
	ring_init(&p->ring, page_first(pr));
	for (size_t i = 0; i < pr->req.entries.n; i++) {
		const struct entry *e = &pr->req.entries.v[i];

		if (e->seq != ring_next(&p->ring))
			break;
		room_caught(r, e);
		buf_reset(&page_frame);
		frame_entry(&page_frame, p->form, e, room_name(r));
		ring_append(&p->ring, page_frame.data, page_frame.len, e->kind,
		    e->target, SIZE_MAX);
	}
	DL_PREPEND(r->pages, p);
	DL_FOREACH(r->pages, p)
		kept++;
	if (kept > PAGE_KEPT)
		page_free(r, r->pages->prev);
}

static void
page_done(struct store_req *req)
{
	struct page_read *pr = (struct page_read *)req;
	struct member *waiters, *m, *tmp;
	int64_t first;

	page_flying--;
	pr->flying = false;
	/* Older than a delete, or not to be had now: it is read again. */
	if (pr->waiters != NULL && req->err == ERR_OK &&
	    pr->req.head < pr->room->deleted) {
		store_entries_free(&pr->req.entries);
		page_fly();
		return;
	}
	if (req->err == ERR_OK && pr->waiters != NULL)
		page_make(pr);
	first = page_first(pr);
	store_entries_free(&pr->req.entries);
	DL_DELETE(page_reads, pr);
	pr->room->pins--;
	waiters = pr->waiters;
	DL_FOREACH_SAFE2(waiters, m, tmp, wait_next)
		m->waits = NULL;
	if (req->err == ERR_OK)
		DL_FOREACH_SAFE2(waiters, m, tmp, wait_next) {
			page_gap(m, first - 1);
			flush_member(m);
		}
	else if (waiters != NULL)
		flush_later(pr->room, PAGE_RETRY_US);
	free(pr);
	page_fly();
}
