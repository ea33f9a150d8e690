/*
 * ui_layout: which part of the picture stands where.
 */
#include <string.h>

#include "chatcli/ui/ui_layout.h"

#define NICKS_FROM  72 /* columns from which parts are there */
#define LIST_FROM   56
#define TIME_FROM   40
#define NAMES_FROM  30 /* of the log alone */
#define SMALL_COLS  20
#define SMALL_ROWS  4
#define HEADER_FROM 6 /* rows */

#define TIME_W	 6 /* "12:55 " */
#define GUTTER_W 3 /* " ✓ " */

static int
clamp(int v, int least, int most)
{
	return v < least ? least : v > most ? most : v;
}

int
ui_layout_input_max(int rows)
{
	return rows / 2 > 1 ? rows / 2 : 1;
}

/* Columns of the log: time, name, gutter, text, and one free at the edge. */
static void
layout_log(struct layout *l)
{
	int w = l->log.w - (l->log.w > 1);

	l->time = l->cols >= TIME_FROM;
	l->names = l->log.w >= NAMES_FROM;
	l->name_w = l->names ? clamp(w / 5, 6, 16) : 0;
	l->text_x = l->log.x + l->name_w + (l->time ? TIME_W : 0) +
	    (l->names		 ? GUTTER_W :
		    l->log.w > 4 ? 1 :
				   0);
	l->text_w = clamp(l->log.x + w - l->text_x, 1, l->cols);
}

void
ui_layout_make(struct layout *l, int rows, int cols, int input_rows, bool rooms,
    bool members)
{
	bool small = rows < SMALL_ROWS || cols < SMALL_COLS;
	int top, h;

	memset(l, 0, sizeof(*l));
	l->rows = rows;
	l->cols = cols;
	h = small ? 1 : clamp(input_rows, 1, ui_layout_input_max(rows));
	l->input = (struct box){ rows - h, 0, h, cols };
	if (!small)
		l->status = (struct box){ rows - h - 1, 0, 1, cols };
	top = !small && rows >= HEADER_FROM;
	h = small ? (rows > 1) : l->status.y;
	if (!small && rooms && cols >= LIST_FROM)
		l->list = (struct box){ 0, 0, h, clamp(cols / 6, 12, 20) };
	if (!small && members && cols >= NICKS_FROM)
		l->nicks = (struct box){ top, 0, h - top,
			clamp(cols / 6, 12, 18) };
	l->nicks.x = cols - l->nicks.w;
	if (top)
		l->header = (struct box){ 0, l->list.w, 1, cols - l->list.w };
	l->log = (struct box){ top, l->list.w, h - top,
		cols - l->list.w - l->nicks.w };
	if (small && rows > 1)
		l->log.y = rows - 2;
	layout_log(l);
}
