/*
 * ui_style: where the picture is put together, cell by cell.
 *
 * curses lays out by wcwidth(3) and terminals by tables of their own.  Where
 * they disagree curses is wrong about where its output went, so that what it
 * writes next in the same row lands beside its place, and a cursor that it
 * moves by steps does too.  A row with such characters is therefore written
 * alone; and after each step of output the cursor is put to where curses
 * believes it is.
 */
#include <stdlib.h>
#include <string.h>

#include <curses.h>

#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui_style.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/text.h"

#define TICK 0x2713 /* the sign of own lines: all agree about it */

struct row {
	bool unsure;   /* terminals may see its widths otherwise */
	uint32_t hash; /* of all that was put into it */
};

static int colours;
static attr_t italic;		       /* what italics are in this terminal */
static struct row *rows, *rows_before; /* of this picture and the last */
static int nrows;

void
ui_style_start(void)
{
	const char *no = getenv("NO_COLOR");

	colours = 0;
	italic = termattrs() & A_ITALIC ? A_ITALIC : A_UNDERLINE;
	if ((no == NULL || *no == '\0') && has_colors()) {
		start_color();
		use_default_colors();
		colours = COLORS;
		for (int i = 0; i < colours && i < 256 && i < COLOR_PAIRS - 1;
		     i++)
			init_pair((short)(i + 1), (short)i, -1);
	}
}

struct theme_style
ui_style_of(enum theme_role role)
{
	return theme_role(role, colours);
}

struct theme_style
ui_style_nick(const char *user)
{
	return theme_nick(user, colours);
}

void
ui_style_clean(struct buf *b, const char *text, size_t len, bool block)
{
	text_clean(b, text, len, block ? TEXT_BLOCK : TEXT_LINE);
}

void
ui_style_begin(void)
{
	struct row *r;

	if (LINES > nrows) {
		rows = xrealloc(rows, (size_t)LINES * sizeof(*rows));
		rows_before = xrealloc(rows_before,
		    (size_t)LINES * sizeof(*rows_before));
		memset(rows + nrows, 0,
		    (size_t)(LINES - nrows) * sizeof(*rows));
		nrows = LINES;
	}
	r = rows_before;
	rows_before = rows;
	rows = r;
	for (int i = 0; i < nrows; i++)
		rows[i] = (struct row){ false, 2166136261u };
	erase();
}

/* FNV-1a */
static void
hash(uint32_t *h, const void *p, size_t n)
{
	for (const unsigned char *c = p; n > 0; c++, n--)
		*h = (*h ^ *c) * 16777619u;
}

/*
 * Whether terminals may give a character another width than wcwidth(3) does:
 * sequences, pictures, and symbols that have become pictures.
 */
static bool
is_unsure(const char *p, size_t n)
{
	uint32_t cp;

	if (text_decode(p, n, &cp) < n)
		return true;
	if (cp == TICK)
		return false;
	return cp >= 0x1f000 || (cp >= 0x2300 && cp < 0x2500) ||
	    (cp >= 0x2600 && cp < 0x2c00) || (cp >= 0xe000 && cp < 0xf900);
}

static void
set_style(struct theme_style s)
{
	attr_t a = 0;

	a |= s.attrs & THEME_BOLD ? A_BOLD : 0;
	a |= s.attrs & THEME_DIM ? A_DIM : 0;
	a |= s.attrs & THEME_UNDERLINE ? A_UNDERLINE : 0;
	a |= s.attrs & THEME_REVERSE ? A_REVERSE : 0;
	a |= s.attrs & THEME_ITALIC ? italic : 0;
	attr_set(a, (short)(s.colour + 1), NULL);
}

int
ui_style_put(int y, int x, int width, const char *text, size_t len,
    struct theme_style s)
{
	struct buf b = BUF_INIT;
	int used = 0, cells;
	size_t n;

	if (y < 0 || y >= LINES || x < 0)
		return 0;
	if (width > COLS - x)
		width = COLS - x;
	ui_style_clean(&b, text, len, false);
	set_style(s);
	hash(&rows[y].hash, &x, sizeof(x));
	hash(&rows[y].hash, &s.colour, sizeof(s.colour));
	hash(&rows[y].hash, &s.attrs, sizeof(s.attrs));
	for (size_t at = 0; at < b.len; at += n) {
		n = text_cluster(b.data + at, b.len - at, &cells);
		if (used + cells > width)
			break;
		if (is_unsure(b.data + at, n))
			rows[y].unsure = true;
		hash(&rows[y].hash, b.data + at, n);
		mvaddnstr(y, x + used, b.data + at, (int)n);
		used += cells;
	}
	attr_set(0, 0, NULL);
	buf_fini(&b);
	return used;
}

int
ui_style_puts(int y, int x, int width, const char *text, enum theme_role role)
{
	return ui_style_put(y, x, width, text, strlen(text), ui_style_of(role));
}

int
ui_style_right(int y, int x, int width, const char *text, struct theme_style s)
{
	struct buf b = BUF_INIT;
	size_t n;
	int cells;

	ui_style_clean(&b, text, strlen(text), false);
	n = ui_wrap_fit(b.data, b.len, width);
	cells = ui_wrap_width(b.data, n);
	x += width - cells;
	ui_style_put(y, x, cells, b.data, n, s);
	buf_fini(&b);
	return x;
}

void
ui_style_fill(int y, int x, int width, const char *text, enum theme_role role)
{
	for (int i = 0; i < width; i++)
		ui_style_puts(y, x + i, width - i, text, role);
}

/* Sends what was touched, and leaves the cursor where it is wanted. */
static void
flush(int y, int x)
{
	leaveok(stdscr, FALSE);
	move(y, x);
	wnoutrefresh(stdscr);
	doupdate();
	tty_cursor(y, x);
}

/*
 * Sends the row that was touched, of which nobody disagrees.  Rows are sent
 * one by one: of several curses would find out that they only moved, and
 * scroll them, with all that stands beside them.
 */
static void
flush_plain(void)
{
	leaveok(stdscr, TRUE);
	wnoutrefresh(stdscr);
	doupdate();
}

/*
 * One row, from scratch: first what lies left of split, while nothing stands
 * right of it, then the rest from its own place.
 */
static void
flush_unsure(int row, int split, int y, int x)
{
	int right = COLS - split;
	WINDOW *part = right > 0 ? derwin(stdscr, 1, right, row, split) : NULL;
	WINDOW *kept = part != NULL ? dupwin(part) : NULL;

	tty_erase_row(row);
	tty_cursor(y, x);
	if (part != NULL)
		werase(part);
	wtouchln(stdscr, 0, LINES, 0);
	wredrawln(stdscr, row, 1);
	flush(y, x);
	if (part != NULL && kept != NULL) {
		copywin(kept, part, 0, 0, 0, 0, 0, right - 1, FALSE);
		wtouchln(stdscr, 0, LINES, 0);
		wredrawln(part, 0, 1);
		touchline(stdscr, row, 1);
		flush(y, x);
	}
	if (kept != NULL)
		delwin(kept);
	if (part != NULL)
		delwin(part);
}

/*
 * What the terminal shows is not known: an empty screen first, because curses
 * would begin with the picture before, unsure rows and all.
 */
static void
flush_blank(int y, int x)
{
	WINDOW *blank = newwin(0, 0, 0, 0);

	if (blank == NULL)
		return;
	wmove(blank, y, x);
	wnoutrefresh(blank);
	doupdate();
	delwin(blank);
}

static bool
is_unsure_row(int i)
{
	return rows[i].unsure || rows_before[i].unsure;
}

static bool
is_changed(int i)
{
	return rows[i].hash != rows_before[i].hash;
}

void
ui_style_end(int split, int y, int x)
{
	bool blank = is_cleared(curscr);

	y = y < LINES ? y : LINES - 1;
	x = x < COLS ? x : COLS - 1;
	if (blank)
		flush_blank(y, x);
	wtouchln(stdscr, 0, LINES, 0);
	for (int i = 0; i < LINES; i++) {
		if (is_unsure_row(i) || !(blank || is_changed(i)))
			continue;
		touchline(stdscr, i, 1);
		if (!blank) /* nothing there that could move */
			flush_plain();
	}
	flush(y, x);
	for (int i = 0; i < LINES; i++)
		if (is_unsure_row(i) && (blank || is_changed(i)))
			flush_unsure(i, split, y, x);
}
