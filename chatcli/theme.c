/*
 * theme: colours and attributes by role, made from theme.def.
 */
#include <stddef.h>
#include <stdint.h>

#include "chatcli/theme.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define DIM	  THEME_DIM
#define BOLD	  THEME_BOLD
#define UNDERLINE THEME_UNDERLINE
#define REVERSE	  THEME_REVERSE
#define ITALIC	  THEME_ITALIC
#define BOX	  256

static const struct {
	short colour8, colour256;
	unsigned attrs;
} rows[] = {
#define THEME(role, colour8, colour256, attrs, help) \
	{ colour8, colour256, attrs },
#include "chatcli/theme.def"
#undef THEME
};

/* Neither black nor white nor dark blue: they vanish on some ground. */
static const short nicks8[] = { 1, 2, 3, 5, 6 };
static const short nicks256[] = { 28, 30, 32, 35, 37, 64, 69, 97, 99, 130, 133,
	136, 160, 161, 163, 166, 168, 172 };

struct theme_style
theme_role(enum theme_role role, int colours)
{
	struct theme_style s = { -1, rows[role].attrs };

	if (colours >= 256)
		s.colour = rows[role].colour256;
	else if (colours >= 8)
		s.colour = rows[role].colour8;
	else if (s.attrs & BOX)
		s.attrs |= THEME_REVERSE;
	s.attrs &= ~(unsigned)BOX;
	return s;
}

struct theme_style
theme_nick(const char *user, int colours)
{
	struct theme_style s = { -1, 0 };
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *user != '\0'; user++)
		hash = (hash ^ (unsigned char)*user) * 16777619u;
	hash ^= hash >> 16;
	if (colours >= 256)
		s.colour = nicks256[hash % COUNT(nicks256)];
	else if (colours >= 8)
		s.colour = nicks8[hash % COUNT(nicks8)];
	else
		s.attrs = THEME_BOLD;
	return s;
}
