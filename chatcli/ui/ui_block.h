/*
 * ui_block: one line of a room as the rows that it takes.
 *
 * From left to right: time, name, gutter, text.  What the program says about
 * a line stands in the gutter, where no text reaches: a bar for people's
 * words, the state of own ones, a star for what the program says itself.
 */
#ifndef UI_BLOCK_H
#define UI_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "chatcli/buffer.h"
#include "chatcli/ui/ui_layout.h"
#include "chatcli/ui/ui_runs.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"

enum block_part {
	PART_QUOTE,
	PART_NAME,
	PART_TEXT,
	PART_TAIL,
	PART_REACTIONS,
	PART_REASON,
	PART__COUNT
};

struct ui_block {
	struct ui_runs runs; /* all parts */
	struct wrap rows;
	size_t part[PART__COUNT]; /* where each ends in the text */
};

/*
 * Fills a block that begins as zeros; ui_block_fini() ends it.  me is the own
 * name.
 */
void ui_block_make(struct ui_block *, struct buffer *, const struct line *,
    const struct layout *, const char *me);
void ui_block_fini(struct ui_block *);

/* Its number of rows; remembered by the line's version. */
size_t ui_block_height(struct buffer *, const struct line *,
    const struct layout *);

/* Draws one row of it. */
void ui_block_draw(const struct ui_block *, const struct line *,
    const struct layout *, size_t row, int y, bool selected);

/* "~ann" for a guest; the text is appended. */
void ui_block_name(struct buf *, const char *user, bool guest);

#endif
