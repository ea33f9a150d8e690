/*
 * name: valid and equal names of users and rooms.
 *
 * A name is letters, marks, digits and _ - . of one script (Latin with Han,
 * Kana or Hangul allowed: UTS 39, "highly restrictive"), with at least one
 * letter or digit, in NFC.  Two names are the same when their keys are equal
 * (NFKC_Casefold, UAX 31), and look alike when their skeletons are (UTS 39).
 * chat-protocol(7), "Names".
 *
 * The tables are those of Unicode 15, whatever version the library behind
 * has, so that every node finds the same names valid and different.
 */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum name_kind { NAME_USER, NAME_ROOM };

#define NAME_USER_MAX  32 /* code points */
#define NAME_ROOM_MAX  64
#define NAME_MARKS_MAX 4 /* marks in a row */

/*
 * All three are UTF-8 and end with a NUL.  The sizes hold the worst name of
 * NAME_ROOM_MAX code points; tests/unit/check_name.c tries them all.
 */
struct name {
	char text[4 * NAME_ROOM_MAX + 1];      /* to be shown */
	char key[8 * NAME_ROOM_MAX + 1];       /* to be compared and kept */
	char skeleton[24 * NAME_ROOM_MAX + 1]; /* only to be compared */
};

/*
 * Reads a name from n bytes of any kind.  ERR_BAD_REQUEST sets *why to a
 * static sentence for people, without a full stop, that says what is wrong;
 * out is undefined then.  A user name is also refused when it looks like a
 * word that the system speaks with (admin, everyone, ...).
 */
enum err name_parse(enum name_kind, const char *p, size_t n, struct name *out,
    const char **why);

/*
 * The key that text of any kind has as a part of names, for searching; false
 * when it is not UTF-8 or does not fit.
 */
bool name_fold(const char *p, size_t n, char *out, size_t size);

/* Whether both mean the same user or room. */
bool name_same(const struct name *, const struct name *);

/* Whether a name may have that code point. */
bool name_has(uint32_t);

/* Whether it is part of a word: one of name_has() other than _ - and . */
bool name_has_word(uint32_t);

#endif
