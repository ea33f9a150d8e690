/*
 * client_join: places in the logs: joins, holes, replays.
 *
 * A buffer's `last` is the highest seq without a hole below it, counted from
 * where its first join began.  Entries pass only as last + 1; anything above
 * is asked for again once, by a join from `last`, and only if the server then
 * leaves the same hole it is told as a gap.  Between a join and its reply
 * nothing of the room passes: what comes then belongs to the place before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/client.h"
#include "chatcli/client_join.h"
#include "lib/clock.h"

static client_answer client_join_answer;

void
client_join_ask(struct client *c, struct buffer *b)
{
	struct msg m;

	b->joined = false;
	msg_init(&m, SHAPE_join);
	MSG_PUT(&m, room, str_of(b->room));
	if (b->placed) {
		MSG_PUT(&m, after, b->last);
		if (b->epoch != NULL)
			MSG_PUT(&m, epoch, str_of(b->epoch));
	} else if (c->fresh > 0)
		MSG_PUT(&m, last, c->fresh);
	b->joining = client_request(c, &m, b, client_join_answer, c);
}

void
client_join(struct client *c, struct buffer *b)
{
	b->wanted = true;
	if (c->up)
		client_join_ask(c, b);
}

void
client_leave(struct client *c, struct buffer *b, bool part)
{
	struct msg m;

	b->wanted = b->joined = false;
	msg_init(&m, SHAPE_leave);
	MSG_PUT(&m, room, str_of(b->room));
	if (part)
		MSG_PUT(&m, part, true);
	client_tell(c, &m);
}

/* The link is gone: from now on the outage is counted, once for each room. */
void
client_join_lost(struct client *c)
{
	for (size_t i = 0; i < c->buffers->n; i++) {
		struct buffer *b = c->buffers->v[i];

		if (b->joined && b->back.lost_at == 0) {
			memset(&b->back, 0, sizeof(b->back));
			b->back.lost_at = clock_ms();
		}
		b->joined = false;
	}
}

static void
client_join_progress(struct client *c, struct buffer *b)
{
	if (!b->joined || b->back.lost_at == 0 || b->last < b->back.until)
		return;
	c->host->back(c->arg, b);
	memset(&b->back, 0, sizeof(b->back));
}

void
client_join_reset(struct client *c, struct buffer *b, struct str epoch)
{
	char *fresh = xstrndup(epoch.p, epoch.n);
	int64_t end = b->end;
	bool known = b->epoch != NULL;

	buffer_reset(b);
	b->back.reset = known;
	free(b->epoch);
	b->epoch = fresh;
	b->placed = c->whole;
	/* A number behind the end, of no log that was known: go on there. */
	if (!known)
		b->last = end;
	client_join_ask(c, b);
}

static void
client_join_missed(struct buffer *b, int64_t from, int64_t to, struct str why)
{
	b->back.gone += to - from + 1;
	snprintf(b->back.why, sizeof(b->back.why), "%.*s", STR_FMT(why));
	b->last = to;
}

/* Where the entries behind this reply begin. */
static void
client_join_place(struct client *c, struct buffer *b, const struct msg *m)
{
	if (MSG_HAS(m, gap)) {
		client_join_missed(b, m->gap->gap_from, m->gap->gap_to,
		    m->gap->reason);
		return;
	}
	if (b->placed)
		return;
	b->placed = true;
	b->last = b->end;
	b->loose = c->fresh > 0 && b->end > 0 &&
	    !(MSG_HAS(m, replay) && m->replay == 0);
	if (b->loose && MSG_HAS(m, replay) && m->replay <= b->end)
		b->last = b->end - m->replay;
}

static void
client_join_set(char **field, struct str s)
{
	free(*field);
	*field = xstrndup(s.p, s.n);
}

static void
client_join_answer(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct client *c = arg;

	b->joining = false;
	if (m == NULL)
		return;
	if (e != ERR_OK) {
		c->host->barred(c->arg, b, e, m);
		return;
	}
	if (!b->wanted)
		return;
	if (!MSG_HAS(m, room) || !MSG_HAS(m, epoch) || !MSG_HAS(m, seq)) {
		c->host->broken(c->arg,
		    "a join was answered without room, epoch and seq");
		return;
	}
	client_join_set(&b->room, m->room);
	if (MSG_HAS(m, topic))
		client_join_set(&b->topic, m->topic);
	if (MSG_HAS(m, online))
		b->online = m->online;
	b->end = m->seq;
	if (MSG_HAS(m, reset) && m->reset) {
		c->host->joined(c->arg, b, m, c->frame);
		client_join_reset(c, b, m->epoch);
		return;
	}
	client_join_set(&b->epoch, m->epoch);
	b->joined = true;
	b->back.until = b->end;
	client_join_place(c, b, m);
	c->host->joined(c->arg, b, m, c->frame);
	client_join_progress(c, b);
}

static void
client_join_hole(struct client *c, struct buffer *b, int64_t to)
{
	struct msg gap;

	msg_init(&gap, SHAPE_ev_gap);
	MSG_PUT(&gap, room, str_of(b->room));
	MSG_PUT(&gap, gap_from, b->last + 1);
	MSG_PUT(&gap, gap_to, to);
	client_join_missed(b, b->last + 1, to, STR_LIT("not sent"));
	c->host->event(c->arg, b, &gap, (struct str){ NULL, 0 });
}

void
client_join_entry(struct client *c, struct buffer *b, const struct msg *ev)
{
	if (!b->joined)
		return;
	if (b->loose)
		b->last = ev->seq - 1;
	b->loose = false;
	if (ev->seq <= b->last)
		return;
	if (ev->seq > b->last + 1) {
		if (b->holed_at != b->last + 1) {
			b->holed_at = b->last + 1;
			client_join_ask(c, b);
			return;
		}
		client_join_hole(c, b, ev->seq - 1);
	}
	b->holed_at = 0;
	b->last = ev->seq;
	if (b->end < b->last)
		b->end = b->last;
	if (ev->shape == SHAPE_ev_message)
		b->back.messages++;
	c->host->event(c->arg, b, ev, c->frame);
	client_join_progress(c, b);
}

void
client_join_gap(struct client *c, struct buffer *b, const struct msg *ev)
{
	if (!b->joined || ev->gap_to <= b->last)
		return;
	client_join_missed(b, b->last + 1, ev->gap_to, STR_LIT("retention"));
	b->loose = false;
	c->host->event(c->arg, b, ev, c->frame);
	client_join_progress(c, b);
}

/* "41 s", "3 min 5 s", "2 h", "3 d 4 h": the largest two units. */
static void
client_back_span(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t s;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" },
		{ 1, "s" } };
	int64_t s = (ms + 500) / 1000, rest;
	size_t i = 0;

	while (i < 3 && s < units[i].s)
		i++;
	buf_printf(out, "%" PRId64 " %s", s / units[i].s, units[i].name);
	rest = i < 3 ? s % units[i].s / units[i + 1].s : 0;
	if (rest != 0)
		buf_printf(out, " %" PRId64 " %s", rest, units[i + 1].name);
}

void
client_back_words(struct buf *out, const struct buffer_back *back, int64_t now)
{
	buf_puts(out, "back after ");
	client_back_span(out, now - back->lost_at);
	buf_puts(out, ": ");
	if (back->reset) {
		buf_puts(out,
		    "the server's log of this room is another one; "
		    "what was shown before is gone");
		return;
	}
	buf_printf(out, "%zu message%s replayed, ", back->messages,
	    back->messages == 1 ? "" : "s");
	client_gap_words(out, back->gone, back->why);
}

void
client_gap_words(struct buf *out, int64_t gone, const char *why)
{
	if (gone == 0)
		buf_puts(out, "none missed");
	else if (strcmp(why, "retention") == 0)
		buf_printf(out,
		    "%" PRId64 " gone: the server keeps them no longer", gone);
	else
		buf_printf(out, "%" PRId64 " missing: %s", gone, why);
}
