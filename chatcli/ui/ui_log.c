/*
 * ui_log: what was said in a room, row by row, as far as it is in sight.
 */
#include <string.h>
#include <time.h>

#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_log.h"
#include "chatcli/ui/ui_style.h"
#include "lib/buf.h"

#define QUARTER 900  /* seconds */
#define DAYS	1024 /* quarters whose day is remembered */

void
ui_log_init(struct ui_log *g, struct buffer *b, const struct layout *layout,
    int64_t mark)
{
	const struct line *l;

	memset(g, 0, sizeof(*g));
	g->buf = b;
	g->layout = layout;
	g->me = "";
	g->unread = g->hole = b->nlines;
	for (size_t i = b->nlines; i-- > 0 && b->hole_before != 0;)
		if (b->lines[i]->seq == b->hole_before)
			g->hole = i;
	for (size_t i = b->nlines; i-- > 0 && mark > 0;) {
		l = b->lines[i];
		if (l->seq != 0 && l->seq <= mark)
			break;
		if (l->seq != 0 && !l->own && l->kind == LINE_MESSAGE)
			g->unread = i;
	}
}

/*
 * The day of a line by the local calendar, as a number.  It is remembered by
 * the quarter of an hour, in which no day ever begins but at its start: the
 * calendar is slow, and asked for each line.
 */
static long
day_of(const struct line *l)
{
	static struct {
		int64_t quarter;
		long day;
	} cache[DAYS], *c;
	time_t at = (time_t)(l->at / 1000);
	struct tm tm;

	c = &cache[(uint64_t)(at / QUARTER) % DAYS];
	if (c->quarter != at / QUARTER || c->day == 0) {
		localtime_r(&at, &tm);
		c->quarter = at / QUARTER;
		c->day = tm.tm_year * 400L + tm.tm_yday + 1;
	}
	return c->day;
}

static bool
begins_day(const struct ui_log *g, size_t i)
{
	return i == 0 ||
	    day_of(g->buf->lines[i - 1]) != day_of(g->buf->lines[i]);
}

size_t
ui_log_height(const struct ui_log *g, size_t i)
{
	return ui_block_height(g->buf, g->buf->lines[i], g->layout) +
	    begins_day(g, i) + (g->hole == i) + (g->unread == i);
}

size_t
ui_log_below(const struct ui_log *g, size_t i)
{
	size_t sum = 0;

	while (++i < g->buf->nlines)
		sum += ui_log_height(g, i);
	return sum;
}

size_t
ui_log_index(const struct ui_log *g, const struct line *l)
{
	for (size_t i = g->buf->nlines; l != NULL && i-- > 0;)
		if (g->buf->lines[i] == l)
			return i;
	return g->buf->nlines;
}

size_t
ui_log_clamp(const struct ui_log *g, size_t below, bool *top)
{
	size_t h = (size_t)g->layout->log.h, sum = 0;

	for (size_t i = g->buf->nlines; i-- > g->first;) {
		sum += ui_log_height(g, i);
		if (sum > below + h) {
			*top = false;
			return below;
		}
	}
	*top = true;
	if (sum < h)
		return 0;
	return below < sum - h ? below : sum - h;
}

size_t
ui_log_lowest(const struct ui_log *g, size_t below, size_t *rows)
{
	size_t sum = 0, h;

	for (size_t i = g->buf->nlines; i-- > g->first;) {
		h = ui_log_height(g, i);
		if (sum + h > below) {
			*rows = below - sum;
			return i;
		}
		sum += h;
	}
	*rows = 0;
	return g->buf->nlines;
}

bool
ui_log_hole(const struct ui_log *g, size_t *below)
{
	size_t rows, h = (size_t)g->layout->log.h;

	if (g->hole == g->buf->nlines || g->hole == 0)
		return false;
	rows = ui_log_below(g, g->hole) + ui_log_height(g, g->hole);
	*below = rows > h ? rows - h : 0;
	return true;
}

/* A title in a rule over the whole width, where no text reaches. */
static void
draw_rule(const struct layout *l, int y, const char *title,
    enum theme_role role)
{
	int w = (int)strlen(title), x = l->log.x + (l->log.w - w - 2) / 2;

	ui_style_fill(y, l->log.x, l->log.w, "─", role);
	if (l->log.w < w + 4)
		x = l->log.x;
	ui_style_puts(y, x, 1, " ", role);
	ui_style_puts(y, x + 1, l->log.w - 1, title, role);
	ui_style_puts(y, x + 1 + w, l->log.x + l->log.w - x - 1 - w, " ", role);
}

static void
draw_day(const struct ui_log *g, size_t i, int y)
{
	time_t at = (time_t)(g->buf->lines[i]->at / 1000);
	char title[64];
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(title, sizeof(title), "%a %e %b %Y", &tm);
	draw_rule(g->layout, y, title, THEME_DATE);
}

/* Draws line i so that its rows begin at y; returns where its words do. */
static int
draw_line(const struct ui_log *g, size_t i, int y)
{
	const struct box *box = &g->layout->log;
	const struct line *l = g->buf->lines[i];
	struct ui_block b = { 0 };
	int words;

	if (g->hole == i) {
		if (y >= box->y && y < box->y + box->h)
			draw_rule(g->layout, y, "messages between",
			    THEME_GUTTER);
		y++;
	}
	if (begins_day(g, i)) {
		if (y >= box->y && y < box->y + box->h)
			draw_day(g, i, y);
		y++;
	}
	if (g->unread == i) {
		if (y >= box->y && y < box->y + box->h)
			draw_rule(g->layout, y, "unread", THEME_UNREAD);
		y++;
	}
	words = y;
	ui_block_make(&b, g->buf, l, g->layout, g->me);
	for (size_t row = 0; row < b.rows.n; row++, y++)
		if (y >= box->y && y < box->y + box->h)
			ui_block_draw(&b, l, g->layout, row, y,
			    l == g->selected);
	ui_block_fini(&b);
	return words;
}

void
ui_log_draw(const struct ui_log *g, size_t below, int *cy, int *cx)
{
	const struct box *box = &g->layout->log;
	int y = box->y + box->h, words;
	size_t rows, i = ui_log_lowest(g, below, &rows);

	if (i == g->buf->nlines || box->h <= 0)
		return;
	y += (int)rows;
	for (;; i--) {
		y -= (int)ui_log_height(g, i);
		words = draw_line(g, i, y);
		if (g->buf->lines[i] == g->selected &&
		    words < box->y + box->h) {
			*cy = words > box->y ? words : box->y;
			*cx = g->layout->text_x;
		}
		if (i == g->first || y <= box->y)
			break;
	}
}
