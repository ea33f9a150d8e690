/*
 * ui_layout: which part of the picture stands where.
 *
 * Pure.  What does not leave room for text gives way: the members below 72
 * columns, the rooms below 56, the time below 40; below 20 by 4 there is one
 * row of text and the input.  Every size from 1 by 1 has a layout.
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

struct box {
	int y, x, h, w; /* h or w 0: not there */
};

struct layout {
	int rows, cols;
	struct box list, header, log, nicks, status, input;
	bool time;	    /* lines have their time */
	bool names;	    /* names stand in a column of their own */
	int name_w;	    /* of that column */
	int text_x, text_w; /* where text stands, and its width */
};

/*
 * input_rows: as many as the text being typed would like to have, at least 1;
 * it gets half of the screen at most.
 */
void ui_layout_make(struct layout *, int rows, int cols, int input_rows,
    bool rooms, bool members);

/* The most rows that the input gets on a screen. */
int ui_layout_input_max(int rows);

#endif
