/*
 * theme: colours and attributes by role, made from theme.def.
 *
 * Pure: knows no terminal, only how many colours it has.
 */
#ifndef THEME_H
#define THEME_H

#include <stdbool.h>

enum theme_role {
#define THEME(role, colour8, colour256, attrs, help) THEME_##role,
#include "chatcli/theme.def"
#undef THEME
	THEME__COUNT
};

enum theme_attr {
	THEME_BOLD = 1,
	THEME_DIM = 2,
	THEME_UNDERLINE = 4,
	THEME_REVERSE = 8,
	THEME_ITALIC = 16 /* underlined where there is none */
};

struct theme_style {
	short colour; /* -1: the terminal's own foreground */
	unsigned attrs;
};

/* colours: 0 for none (a terminal without, or NO_COLOR), 8, 16, 256 … */
struct theme_style theme_role(enum theme_role, int colours);

/*
 * The style of a user's name: of a colour that is always the same for a name,
 * and never close to a usual background.
 */
struct theme_style theme_nick(const char *user, int colours);

#endif
