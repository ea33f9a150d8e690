/*
 * ui_log: what was said in a room, row by row, as far as it is in sight.
 *
 * Rows are counted from the end, because that is where a room grows that is
 * not scrolled; the heights of lines are remembered (ui_block.h).
 */
#ifndef UI_LOG_H
#define UI_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatcli/buffer.h"
#include "chatcli/ui/ui_layout.h"

struct ui_log {
	struct buffer *buf;
	const struct layout *layout;
	const struct line *selected; /* drawn so; NULL: none */
	const char *me;		     /* the own name, "" if there is none */
	size_t first;		     /* lines before it are not shown */
	size_t unread;		     /* the line below the unread mark;
					   nlines: there is none */
	size_t hole;		     /* the same for what is not held */
};

/* The unread mark stands above others' first message behind `mark`, if any. */
void ui_log_init(struct ui_log *, struct buffer *, const struct layout *,
    int64_t mark);

/* Rows below the window with the hole's mark at its top; false: no hole. */
bool ui_log_hole(const struct ui_log *, size_t *below);

/* Rows of a line, with the marks above it; rows of all lines behind it. */
size_t ui_log_height(const struct ui_log *, size_t index);
size_t ui_log_below(const struct ui_log *, size_t index);

/* The index of a line, nlines if the room does not hold it. */
size_t ui_log_index(const struct ui_log *, const struct line *);

/*
 * The nearest possible value for rows below the window; *top tells whether
 * the first line is in sight then.
 */
size_t ui_log_clamp(const struct ui_log *, size_t below, bool *top);

/* The line of the window's lowest row, and its rows below the window. */
size_t ui_log_lowest(const struct ui_log *, size_t below, size_t *rows);

/*
 * Draws what is in sight with `below` rows below the window.  *y, *x: where
 * the selected line begins; left alone if it is not in sight.
 */
void ui_log_draw(const struct ui_log *, size_t below, int *y, int *x);

#endif
