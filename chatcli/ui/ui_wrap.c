/*
 * ui_wrap: text to rows of a given width.
 *
 * Words stay whole if they fit in a row at all.  Breaks are at spaces and on
 * either side of a wide character, which is how CJK text is set; a word that
 * is wider than the row (a URL) is cut where the row is full.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/ui/ui_wrap.h"
#include "lib/text.h"

/* Cells that the word's characters would take if a row began with them. */
struct word {
	size_t start;
	int cells;
};

static const char vs16[] = "\xef\xb8\x8f"; /* U+FE0F in UTF-8 */

size_t
ui_wrap_cluster(const char *p, size_t n, int *cells)
{
	size_t len = text_cluster(p, n, cells);

	if (*cells == 1 && len > 3 && memmem(p, len, vs16, 3) != NULL)
		*cells = 2;
	return len;
}

int
ui_wrap_width(const char *p, size_t n)
{
	int sum = 0, cells;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		len = ui_wrap_cluster(p, n, &cells);
		sum += cells;
	}
	return sum;
}

size_t
ui_wrap_fit(const char *p, size_t n, int width)
{
	size_t at = 0, len;
	int cells;

	while (at < n) {
		len = ui_wrap_cluster(p + at, n - at, &cells);
		if (cells > width)
			break;
		width -= cells;
		at += len;
	}
	return at;
}

static void
row_add(struct wrap *w, size_t start, size_t end)
{
	if (w->n == w->cap) {
		w->cap = w->cap > 0 ? 2 * w->cap : 8;
		w->v = xrealloc(w->v, w->cap * sizeof(*w->v));
	}
	w->v[w->n].start = (uint32_t)start;
	w->v[w->n].end = (uint32_t)end;
	w->n++;
}

/* The end of what is seen of a row: spaces at a break are not. */
static size_t
row_end(const char *text, size_t start, size_t end)
{
	while (end > start && text[end - 1] == ' ')
		end--;
	return end;
}

/*
 * `word` is where the last chance to break was: what stands behind it moves to
 * the next row as a whole.
 */
void
ui_wrap_line(struct wrap *w, const char *text, size_t start, size_t end,
    int width, enum wrap_how how)
{
	struct word word = { start, 0 };
	size_t row = start, at = start, len;
	int used = 0, cells;

	if (width < 1)
		width = 1;
	for (; at < end; at += len) {
		len = ui_wrap_cluster(text + at, end - at, &cells);
		if (how == WRAP_WORDS && text[at] == ' ' && len == 1) {
			used += cells; /* may hang over the edge, unseen */
			word = (struct word){ at + len, 0 };
			continue;
		}
		if (how == WRAP_WORDS && cells >= 2)
			word = (struct word){ at, 0 };
		if (used + cells > width && at > row) {
			if (how == WRAP_CELLS || word.start <= row)
				word = (struct word){ at, 0 };
			row_add(w, row,
			    how == WRAP_CELLS ? word.start :
						row_end(text, row, word.start));
			row = word.start;
			used = word.cells;
		}
		used += cells;
		word.cells += cells;
		if (how == WRAP_WORDS && cells >= 2)
			word = (struct word){ at + len, 0 };
	}
	row_add(w, row, how == WRAP_CELLS ? end : row_end(text, row, end));
}

void
ui_wrap_text(struct wrap *w, const char *text, size_t len, int width,
    enum wrap_how how)
{
	const char *nl;
	size_t start = 0, end;

	w->n = 0;
	for (;;) {
		nl = start < len ? memchr(text + start, '\n', len - start) :
				   NULL;
		end = nl != NULL ? (size_t)(nl - text) : len;
		ui_wrap_line(w, text, start, end, width, how);
		if (nl == NULL)
			break;
		start = end + 1;
	}
}

void
ui_wrap_find(const struct wrap *w, const char *text, size_t at, int width,
    size_t *row, int *col)
{
	size_t i = 0;

	while (i + 1 < w->n && w->v[i + 1].start <= at)
		i++;
	*row = i;
	if (at > w->v[i].end)
		at = w->v[i].end;
	*col = ui_wrap_width(text + w->v[i].start, at - w->v[i].start);
	if (*col >= width) {
		*row += 1;
		*col = 0;
	}
}

void
ui_wrap_fini(struct wrap *w)
{
	free(w->v);
	*w = (struct wrap)WRAP_INIT;
}
