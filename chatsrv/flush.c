/*
 * flush: passes over rooms.
 *
 * A pass delivers what the room had when it began, [pass_from, pass_to]: the
 * same bytes for everybody whose cursor stands at pass_from.  Others are
 * served from their own cursors.
 */
#include <string.h>

#include <utlist.h>

#include "chatsrv/flush.h"
#include "chatsrv/metrics.h"
#include "chatsrv/page.h"
#include "lib/clock.h"

#define FLUSH_TURN_US  5000
#define FLUSH_CHUNKS   4    /* writes to one member in a turn */
#define FLUSH_MIN_US   5000 /* windows of a busy room */
#define FLUSH_MAX_US   20000
#define FLUSH_CROWD_US 50000 /* … with more members than this */
#define FLUSH_CROWD    200

static struct room *flush_rooms; /* with news */
static struct buf flush_both;	 /* entries and ephemeral in one */

void
flush_news(struct room *r)
{
	if (r->news)
		return;
	r->news = true;
	DL_APPEND2(flush_rooms, r, news_prev, news_next);
}

void
flush_later(struct room *r, int64_t us)
{
	r->due = clock_us() + us;
	flush_news(r);
}

void
flush_forget(struct room *r)
{
	if (r->news)
		DL_DELETE2(flush_rooms, r, news_prev, news_next);
	r->news = false;
}

static void
flush_write(struct member *m, struct str bytes, int64_t next)
{
	int64_t from = m->next;

	m->next = next;
	metrics.deliveries_total += (uint64_t)(next - from);
	if (bytes.n != 0)
		m->ops->write(m, bytes.p, bytes.n, from, next - 1);
}

void
flush_member(struct member *m)
{
	struct room *r = m->room;
	int chunks = 0;

	while (m->next <= r->head && m->ops->ready(m)) {
		struct ring *from = &r->rings[m->form];
		struct str bytes;
		int64_t next;

		if (!ring_has(from, m->next))
			from = page_find(r, m->form, m->next);
		if (from == NULL) {
			page_want(m);
			return;
		}
		if (chunks++ == FLUSH_CHUNKS) {
			flush_news(r); /* the others first */
			return;
		}
		bytes = ring_range(from, m->next, r->head + 1, ROOM_WRITE_MAX,
		    &next);
		flush_write(m, bytes, next);
	}
}

static void
flush_begin(struct room *r)
{
	struct buf b = r->pass_ephemeral;

	r->passing = true;
	r->pass_from = r->flushed + 1;
	r->pass_to = r->head;
	r->pass_at = 0;
	r->pass_since = clock_us();
	r->pass_cost = 0;
	buf_reset(&b);
	r->pass_ephemeral = r->ephemeral;
	r->ephemeral = b;
}

/* The bytes for those at pass_from; none if they don't fit one write. */
static struct str
flush_common(struct room *r, enum form form)
{
	struct ring *ring = &r->rings[form];
	struct str bytes = { "", 0 };
	int64_t next;

	if (r->pass_from <= r->pass_to) {
		if (!ring_has(ring, r->pass_from))
			return (struct str){ NULL, 0 };
		bytes = ring_range(ring, r->pass_from, r->pass_to + 1,
		    ROOM_WRITE_MAX, &next);
		if (next != r->pass_to + 1)
			return (struct str){ NULL, 0 };
	}
	if (form != FORM_V1 || r->pass_ephemeral.len == 0)
		return bytes;
	buf_reset(&flush_both);
	buf_add(&flush_both, bytes.p, bytes.n);
	buf_add(&flush_both, r->pass_ephemeral.data, r->pass_ephemeral.len);
	return (struct str){ flush_both.data, flush_both.len };
}

static void
flush_one(struct room *r, struct member *m, struct str common)
{
	if (m->next == r->pass_from && common.p != NULL) {
		if (m->ops->ready(m))
			flush_write(m, common, r->pass_to + 1);
		return;
	}
	flush_member(m);
	if (m->room == r && m->next > r->pass_to && m->form == FORM_V1 &&
	    r->pass_ephemeral.len != 0 && m->next == r->head + 1 &&
	    m->ops->ready(m))
		m->ops->write(m, r->pass_ephemeral.data, r->pass_ephemeral.len,
		    0, 0);
}

/*
 * How long the room gathers before its next pass.  One entry in a pass is a
 * quiet room, however often it comes; with more, a pass may cost a third of
 * the time.
 */
static int64_t
flush_window(const struct room *r)
{
	int64_t max = r->n > FLUSH_CROWD ? FLUSH_CROWD_US : FLUSH_MAX_US;
	int64_t w = 3 * r->pass_cost;

	if (r->pass_to - r->pass_from < 1 || r->pass_cost < 1000)
		return 0;
	return w < FLUSH_MIN_US ? FLUSH_MIN_US : w > max ? max : w;
}

static void
flush_end(struct room *r)
{
	r->passing = false;
	r->flushed = r->pass_to;
	buf_reset(&r->pass_ephemeral);
	if (r->pass_ephemeral.cap > 4096)
		buf_fini(&r->pass_ephemeral);
	r->due = r->pass_since + flush_window(r);
}

/* Goes on with a room's pass; false when the turn's time is over. */
static bool
flush_pass(struct room *r, int64_t until)
{
	struct str common[FORM__COUNT];
	int64_t begin = clock_us(), now = begin;
	unsigned n = 0;

	if (!r->passing)
		flush_begin(r);
	/* flush_both holds one form's bytes: the original's has none. */
	for (int form = 0; form < FORM__COUNT; form++)
		common[form] = r->forms[form] ?
		    flush_common(r, (enum form)form) :
		    (struct str){ NULL, 0 };
	while (r->pass_at < r->n) {
		struct member *m = r->members[r->pass_at++];

		flush_one(r, m, common[m->form]);
		if (++n % 64 == 0 && (now = clock_us()) > until)
			break;
	}
	r->pass_cost += clock_us() - begin;
	if (r->pass_at < r->n)
		return false;
	flush_end(r);
	return true;
}

void
flush_all(void)
{
	struct room *r, *tmp;

	DL_FOREACH_SAFE2(flush_rooms, r, tmp, news_next) {
		flush_forget(r);
		do
			flush_pass(r, INT64_MAX);
		while (r->flushed < r->head || r->ephemeral.len != 0);
	}
}

int
flush_turn(void)
{
	int64_t now = clock_us(), until = now + FLUSH_TURN_US, least = -1;
	struct room *r, *tmp;

	DL_FOREACH_SAFE2(flush_rooms, r, tmp, news_next) {
		if (!r->passing && r->due > now) {
			if (least < 0 || r->due < least)
				least = r->due;
			continue;
		}
		/* Taken off first: what comes meanwhile puts it back. */
		flush_forget(r);
		if (!flush_pass(r, until)) {
			flush_news(r);
			return 0;
		}
		if (r->flushed < r->head || r->ephemeral.len != 0)
			flush_news(r);
		if (r->news)
			least = least < 0 || r->due < least ? r->due : least;
		if (clock_us() > until)
			return flush_rooms != NULL ? 0 : -1;
	}
	if (least < 0)
		return -1;
	now = clock_us();
	return least <= now ? 0 : (int)((least - now + 999) / 1000);
}
