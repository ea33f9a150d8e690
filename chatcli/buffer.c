/*
 * buffer: the lines of a room and their order.
 *
 * lines[] is two parts: entries and notes, the entries ascending by seq, and
 * behind them the own lines that wait for a seq.  buffer_entry.c decides what
 * an entry does to them.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/buffer.h"
#include "chatcli/buffer_line.h"
#include "lib/buf.h"
#include "lib/clock.h"

#define BUFFER_LINES_MAX  20000 /* held; the server has the others */
#define BUFFER_LINES_TRIM 1000	/* forgotten at once */

unsigned
buffer_version(void)
{
	static unsigned version;

	return ++version;
}

void
buffer_touch(struct buffer *b, struct line *l)
{
	if (l != NULL)
		l->version = buffer_version();
	b->version = buffer_version();
}

struct buffer *
buffer_new(const char *room)
{
	struct buffer *b = xcalloc(1, sizeof(*b));

	b->room = xstrdup(room);
	b->version = buffer_version();
	return b;
}

void
buffer_line_free(struct line *l)
{
	if (l == NULL)
		return;
	buffer_line_reactions_free(l);
	free(l->from);
	free(l->message_kind);
	free(l->lang);
	free(l->text);
	free(l->reason);
	free(l);
}

void
buffer_line_reactions_free(struct line *l)
{
	for (size_t i = 0; i < l->nreactions; i++) {
		free(l->reactions[i].emoji);
		free(l->reactions[i].user);
	}
	free(l->reactions);
	l->reactions = NULL;
	l->nreactions = 0;
}

void
buffer_free(struct buffer *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->nlines; i++)
		buffer_line_free(b->lines[i]);
	free(b->lines);
	buffer_members_clear(b);
	buffer_typing_expire(b, INT64_MAX);
	free(b->members);
	free(b->typists);
	free(b->room);
	free(b->url);
	free(b->topic);
	free(b->epoch);
	free(b->draft);
	free(b);
}

/*
 * The index of the first entry whose seq is at least that, or of the first
 * waiting line.  Notes have no seq: a step that lands on one goes left to the
 * entry before it.
 */
size_t
buffer_at(const struct buffer *b, int64_t seq)
{
	size_t lo = 0, hi = b->nlines - b->nwaiting;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, m = mid;

		while (m > lo && b->lines[m]->seq == 0)
			m--;
		if (b->lines[m]->seq < seq)
			lo = mid + 1;
		else
			hi = m;
	}
	return lo;
}

struct line *
buffer_find(struct buffer *b, int64_t seq)
{
	size_t i = buffer_at(b, seq);

	if (seq <= 0 || i == b->nlines - b->nwaiting || b->lines[i]->seq != seq)
		return NULL;
	return b->lines[i];
}

/* Waiting lines first: of the others only the newest can be meant. */
struct line *
buffer_find_nonce(struct buffer *b, const char *nonce)
{
	if (nonce[0] == '\0')
		return NULL;
	for (size_t i = b->nlines; i-- > 0;)
		if (strcmp(b->lines[i]->nonce, nonce) == 0)
			return b->lines[i];
	return NULL;
}

struct line *
buffer_first(struct buffer *b)
{
	size_t i = buffer_at(b, 1);

	return i < b->nlines - b->nwaiting ? b->lines[i] : NULL;
}

void
buffer_insert(struct buffer *b, size_t at, struct line *l)
{
	if (b->nlines == b->lines_cap) {
		b->lines_cap = 2 * b->lines_cap + 16;
		b->lines = xrealloc(b->lines,
		    b->lines_cap * sizeof(b->lines[0]));
	}
	memmove(b->lines + at + 1, b->lines + at,
	    (b->nlines - at) * sizeof(b->lines[0]));
	b->lines[at] = l;
	b->nlines++;
	buffer_touch(b, l);
}

static void
buffer_take(struct buffer *b, size_t at)
{
	if (at >= b->nlines - b->nwaiting)
		b->nwaiting--;
	b->nlines--;
	memmove(b->lines + at, b->lines + at + 1,
	    (b->nlines - at) * sizeof(b->lines[0]));
	b->version = buffer_version();
}

static size_t
buffer_index(const struct buffer *b, const struct line *l)
{
	size_t i = b->nlines;

	while (i-- > 0)
		if (b->lines[i] == l)
			break;
	return i;
}

/* A waiting line was told its seq: it goes where that belongs. */
void
buffer_settle(struct buffer *b, struct line *l, int64_t seq)
{
	size_t i = buffer_index(b, l);

	buffer_take(b, i);
	l->seq = seq;
	l->state = LINE_STORED;
	free(l->reason);
	l->reason = NULL;
	buffer_insert(b, buffer_at(b, seq), l);
}

/* Above the bound the oldest lines go, unless somebody reads them. */
void
buffer_trim(struct buffer *b)
{
	if (b->nlines - b->nwaiting <= BUFFER_LINES_MAX || b->scroll != 0 ||
	    b->show_seq != 0)
		return;
	for (size_t i = 0; i < BUFFER_LINES_TRIM; i++)
		buffer_line_free(b->lines[i]);
	b->nlines -= BUFFER_LINES_TRIM;
	memmove(b->lines, b->lines + BUFFER_LINES_TRIM,
	    b->nlines * sizeof(b->lines[0]));
	if (buffer_first(b) == NULL || buffer_first(b)->seq >= b->hole_before)
		b->hole_after = b->hole_before = 0;
	b->at_top = false;
	b->version = buffer_version();
}

struct line *
buffer_note(struct buffer *b, enum line_kind kind, const char *fmt, ...)
{
	struct line *l = xcalloc(1, sizeof(*l));
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	l->kind = kind;
	l->at = clock_wall_ms();
	buf_str(&text);
	l->text = buf_steal(&text);
	buffer_insert(b, b->nlines - b->nwaiting, l);
	return l;
}

struct line *
buffer_own(struct buffer *b, const char *from, bool guest, const char *nonce,
    const char *kind, const char *text)
{
	struct line *l = xcalloc(1, sizeof(*l));

	l->kind = LINE_MESSAGE;
	l->state = LINE_QUEUED;
	l->at = clock_wall_ms();
	l->from = xstrdup(from);
	l->guest = guest;
	l->own = true;
	l->text = xstrdup(text);
	if (kind != NULL && strcmp(kind, "text") != 0)
		l->message_kind = xstrdup(kind);
	strncpy(l->nonce, nonce, sizeof(l->nonce) - 1);
	buffer_insert(b, b->nlines, l);
	b->nwaiting++;
	return l;
}

void
buffer_sender(struct buffer *b, struct line *l, const char *from, bool guest)
{
	free(l->from);
	l->from = xstrdup(from);
	l->guest = guest;
	buffer_touch(b, l);
}

void
buffer_state(struct buffer *b, struct line *l, enum line_state state,
    const char *reason)
{
	free(l->reason);
	l->reason = reason != NULL ? xstrdup(reason) : NULL;
	l->state = state;
	buffer_touch(b, l);
}

void
buffer_stored(struct buffer *b, struct line *l, int64_t seq, int64_t at)
{
	/* The event may have been here before the reply. */
	if (l->seq == 0)
		buffer_settle(b, l, seq);
	l->at = at;
	buffer_touch(b, l);
}

void
buffer_drop(struct buffer *b, struct line *l)
{
	buffer_take(b, buffer_index(b, l));
	buffer_line_free(l);
}

/* Forgets the entries before seq. */
static void
buffer_drop_before(struct buffer *b, int64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->nlines; i++) {
		struct line *l = b->lines[i];

		if (l->seq == 0 || l->seq >= seq)
			b->lines[kept++] = l;
		else
			buffer_line_free(l);
	}
	b->nlines = kept;
	b->hole_after = b->hole_before = 0;
	b->at_top = false;
	b->version = buffer_version();
}

void
buffer_drop_above_hole(struct buffer *b)
{
	if (b->hole_before != 0)
		buffer_drop_before(b, b->hole_before);
}

void
buffer_reset(struct buffer *b)
{
	buffer_drop_before(b, INT64_MAX);
	b->last = b->end = b->read = b->holed_at = 0;
	b->unread = b->mentions = 0;
	b->placed = b->loose = false;
	b->read_dirty = b->read_back = false;
}
