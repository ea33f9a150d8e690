/*
 * ui_style: where the picture is put together, cell by cell.
 *
 * Everything that is drawn passes ui_style_put(), and that is where it is
 * cleaned (text.h); nothing else in ui/ draws.  Whoever has to know the width
 * of something before cleans it by ui_style_clean() first: cleaning twice
 * changes nothing.
 */
#ifndef UI_STYLE_H
#define UI_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "chatcli/theme.h"
#include "lib/buf.h"

/* After tty_start(). */
void ui_style_start(void);

/* Begins an empty picture. */
void ui_style_begin(void);

/*
 * Brings it to the terminal and leaves the cursor there.  Rows about whose
 * characters terminals disagree are drawn from scratch, and in two steps, the
 * columns from x `split` on in the second: an error about the width of a text
 * ends where its place ends.
 */
void ui_style_end(int split, int cursor_y, int cursor_x);

/*
 * Draws text from (y, x) on in at most width cells, as one line; returns the
 * cells that it took.  What lies outside of the screen is not drawn.
 */
int ui_style_put(int y, int x, int width, const char *text, size_t len,
    struct theme_style);
int ui_style_puts(int y, int x, int width, const char *text, enum theme_role);

/* The same at the right end of the width; returns where it begins. */
int ui_style_right(int y, int x, int width, const char *text,
    struct theme_style);

/* Fills width cells with blanks, or with a character. */
void ui_style_fill(int y, int x, int width, const char *text, enum theme_role);

/* Appends text, cleaned; line breaks stay with block. */
void ui_style_clean(struct buf *, const char *text, size_t len, bool block);

struct theme_style ui_style_of(enum theme_role);
struct theme_style ui_style_nick(const char *user);

#endif
