/*
 * text: what may be shown, and how much room it takes.
 *
 * Text from outside goes through text_clean() once, before it is drawn,
 * written to a log or to a window's title; the rest of this file measures
 * text and breaks it where people see one character end (UAX 29).  Widths are
 * those of wcwidth(3), because curses lays out by it: the program must have
 * set a UTF-8 locale.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum text_mode {
	TEXT_LINE,  /* a line break or tab becomes one space */
	TEXT_BLOCK, /* line breaks stay, a tab becomes four spaces */
};

#define TEXT_MARKS_MAX 4 /* zero-width code points on one character */
#define TEXT_GROWTH    4 /* bytes that cleaning makes of one, at most */

/*
 * The first code point of n bytes, read strictly (RFC 3629).  Returns its
 * length in bytes, or 0 when there is none or it isn't valid.
 */
size_t text_decode(const char *p, size_t n, uint32_t *cp);

/* Writes a code point that is no surrogate; returns its length in bytes. */
size_t text_encode(uint32_t cp, char out[4]);

/* Whether all of it is UTF-8 without NUL. */
bool text_valid(const char *p, size_t n);

/*
 * Appends to out what of p is safe to be drawn in its own place.  The result
 * is valid UTF-8, no longer than TEXT_GROWTH * n, and stays as it is when it
 * is cleaned again.
 *
 * - U+FFFD stands for invalid bytes, controls (C0, C1, ESC, DEL),
 *   noncharacters, code points that the locale cannot draw, and a mark that
 *   has nothing to sit on; a box (U+25A1) for private use.
 * - Bidi controls, tags and everything else that cannot be seen is left out;
 *   a ZWJ stays between emoji, a variation selector 15 or 16 behind one.
 * - Marks beyond TEXT_MARKS_MAX on a character, or beyond twice as many as
 *   there are characters (16 are free), are left out.
 * - CR LF and the separators U+2028 and U+2029 are line breaks.
 */
void text_clean(struct buf *out, const char *p, size_t n, enum text_mode);

/*
 * The length in bytes of the first character as people see it (an extended
 * grapheme cluster), 0 only if n is 0.  *width is what curses gives it in
 * cells, as the sum over its code points; one that can't be drawn counts as 1,
 * a line break as 0.  Chains without end are cut: no character is wider than
 * 32 cells.
 */
size_t text_cluster(const char *p, size_t n, int *width);

/*
 * Whether all of it is one emoji: a picture or another sign that is no letter,
 * digit or punctuation, a flag, or a keycap (UTS 51), with what belongs to it.
 */
bool text_is_emoji(const char *p, size_t n);

/* The width of all of it. */
int text_width(const char *p, size_t n);

/*
 * Whether terminals disagree about its width (it holds a ZWJ or VS16), so
 * that its row is to be drawn from scratch.
 */
bool text_needs_repaint(const char *p, size_t n);

#endif
