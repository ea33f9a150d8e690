/*
 * ui_wrap: text to rows of a given width.
 *
 * Pure: takes text that was cleaned (text.h) and gives byte ranges.  A row
 * never begins or ends inside a character as people see it, and never takes
 * more cells than asked, by the widest opinion that a terminal may have about
 * its characters; only a character wider than the row stands alone in one.
 */
#ifndef UI_WRAP_H
#define UI_WRAP_H

#include <stddef.h>
#include <stdint.h>

struct wrap_row {
	uint32_t start, end; /* bytes of the text; spaces at a break and
				   line breaks belong to no row */
};

struct wrap {
	struct wrap_row *v;
	size_t n, cap;
};

#define WRAP_INIT          \
	{                  \
		NULL, 0, 0 \
	}

enum wrap_how {
	WRAP_WORDS, /* break at spaces, and between wide ones */
	WRAP_CELLS  /* break where the row is full: input lines */
};

/*
 * Replaces the rows in w by those of text; at least one, empty for no text.
 * width is in cells and counts as 1 if it is less.
 */
void ui_wrap_text(struct wrap *w, const char *text, size_t len, int width,
    enum wrap_how);
void ui_wrap_fini(struct wrap *);

/* Appends the rows of one line, text[start, end), at least one. */
void ui_wrap_line(struct wrap *, const char *text, size_t start, size_t end,
    int width, enum wrap_how);

/*
 * The first character at p, and the cells that it may take in a terminal:
 * what curses gives it, but two if an emoji presentation (VS16) is asked for.
 */
size_t ui_wrap_cluster(const char *p, size_t n, int *cells);

/* Cells of all of it, by the same measure. */
int ui_wrap_width(const char *p, size_t n);

/* The longest beginning of p that fits in width cells, in bytes. */
size_t ui_wrap_fit(const char *p, size_t n, int width);

/*
 * Where a cursor before byte `at` stands: row, and cells from its left.
 * Behind a full row that is a row that text does not have yet.
 */
void ui_wrap_find(const struct wrap *, const char *text, size_t at, int width,
    size_t *row, int *col);

#endif
