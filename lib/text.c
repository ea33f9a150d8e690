/*
 * text: cleaning, characters and widths, on utf8proc and wcwidth(3).
 */
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <utf8proc.h>

#include "lib/text.h"

#define REPLACEMENT 0xfffd
#define BOX	    0x25a1
#define ZWJ	    0x200d
#define VS15	    0xfe0e
#define VS16	    0xfe0f

#define MARKS_FREE  16 /* for the bound over the whole text */
#define CLUSTER_MAX 16 /* code points; the longest emoji has 10 */

size_t
text_decode(const char *p, size_t n, uint32_t *cp)
{
	utf8proc_int32_t v;
	utf8proc_ssize_t len;

	if (n == 0)
		return 0;
	if ((unsigned char)*p < 0x80) {
		*cp = (unsigned char)*p;
		return 1;
	}
	len = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n,
	    &v);
	if (len <= 0)
		return 0;
	*cp = (uint32_t)v;
	return (size_t)len;
}

size_t
text_encode(uint32_t cp, char out[4])
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)cp,
	    (utf8proc_uint8_t *)out);
}

/* Decoding where something must be drawn: an invalid byte is U+FFFD. */
static size_t
text_next(const char *p, size_t n, uint32_t *cp)
{
	size_t len = text_decode(p, n, cp);

	if (len != 0)
		return len;
	*cp = REPLACEMENT;
	return 1;
}

bool
text_valid(const char *p, size_t n)
{
	uint32_t cp;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		len = text_decode(p, n, &cp);
		if (len == 0 || cp == 0)
			return false;
	}
	return true;
}

static bool
is_printable_ascii(char c)
{
	return c >= ' ' && c <= '~';
}

/* Pictures that ZWJ and variation selectors work on, if they can be drawn. */
static bool
is_emoji(uint32_t cp)
{
	return cp >= 0x80 &&
	    utf8proc_get_property((utf8proc_int32_t)cp)->boundclass ==
	    UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC &&
	    wcwidth((wchar_t)cp) > 0;
}

static bool
is_skin_tone(uint32_t cp)
{
	return cp >= 0x1f3fb && cp <= 0x1f3ff;
}

/* Default_Ignorable_Code_Point, and the interlinear annotations. */
static bool
is_invisible(uint32_t cp)
{
	return utf8proc_get_property((utf8proc_int32_t)cp)->ignorable ||
	    (cp >= 0xfff9 && cp <= 0xfffb);
}

static bool
is_mark(uint32_t cp)
{
	utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

	return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC ||
	    c == UTF8PROC_CATEGORY_ME || wcwidth((wchar_t)cp) == 0;
}

/*
 * What is drawn for a code point that is not left out.  Whether controls and
 * noncharacters can be drawn is not left to the C library.
 */
static uint32_t
stand_in(uint32_t cp)
{
	if (utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_CO)
		return BOX;
	if (cp < ' ' || (cp >= 0x7f && cp < 0xa0) || (cp & 0xfffe) == 0xfffe ||
	    (cp >= 0xfdd0 && cp <= 0xfdef) || wcwidth((wchar_t)cp) < 0)
		return REPLACEMENT;
	return cp;
}

/*
 * Cleaning only looks at what it has kept and at the code point ahead; that
 * is why cleaning twice changes nothing.
 */
struct cleaner {
	struct buf *out;
	enum text_mode mode;
	uint32_t last; /* kept; 0 at the beginning of a line */
	bool emoji;    /* the character that last belongs to is one */
	int marks;     /* on that character */
	size_t all_marks, characters;
};

static void
clean_keep(struct cleaner *c, uint32_t cp)
{
	char bytes[4];

	buf_add(c->out, bytes, text_encode(cp, bytes));
	c->last = cp;
}

static void
clean_character(struct cleaner *c, uint32_t cp)
{
	/* A skin tone is a picture of its own and part of the one before. */
	c->emoji = is_emoji(cp) || (c->emoji && is_skin_tone(cp));
	c->marks = 0;
	c->characters++;
	clean_keep(c, cp);
}

static void
clean_mark(struct cleaner *c, uint32_t cp)
{
	if (c->last == 0) {
		clean_character(c, REPLACEMENT);
		return;
	}
	if (c->marks == TEXT_MARKS_MAX ||
	    c->all_marks == MARKS_FREE + 2 * c->characters)
		return;
	c->marks++;
	c->all_marks++;
	clean_keep(c, cp);
}

static void
clean_break(struct cleaner *c)
{
	if (c->mode == TEXT_LINE) {
		clean_character(c, ' ');
		return;
	}
	buf_putc(c->out, '\n');
	c->last = 0;
	c->emoji = false;
}

static void
clean_tab(struct cleaner *c)
{
	for (int i = c->mode == TEXT_LINE ? 1 : 4; i > 0; i--)
		clean_character(c, ' ');
}

/* Whether an invisible code point has work to do here. */
static bool
clean_joins(const struct cleaner *c, uint32_t cp, const char *rest, size_t n)
{
	uint32_t ahead;

	switch (cp) {
	case ZWJ:
		return c->emoji && text_decode(rest, n, &ahead) != 0 &&
		    is_emoji(ahead);
	case VS15:
	case VS16:
		return is_emoji(c->last) ||
		    (c->last >= '0' && c->last <= '9') || c->last == '#' ||
		    c->last == '*';
	default:
		return false;
	}
}

static void
clean_point(struct cleaner *c, uint32_t cp, const char *rest, size_t n)
{
	switch (cp) {
	case '\r':
		if (n == 0 || *rest != '\n')
			clean_character(c, REPLACEMENT);
		return;
	case '\n':
	case 0x2028:
	case 0x2029:
		clean_break(c);
		return;
	case '\t':
		clean_tab(c);
		return;
	}
	if (is_invisible(cp)) {
		if (clean_joins(c, cp, rest, n))
			clean_mark(c, cp);
		return;
	}
	cp = stand_in(cp);
	if (is_mark(cp))
		clean_mark(c, cp);
	else
		clean_character(c, cp);
}

void
text_clean(struct buf *out, const char *p, size_t n, enum text_mode mode)
{
	struct cleaner c = { .out = out, .mode = mode };
	uint32_t cp;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		for (len = 0; len < n && is_printable_ascii(p[len]); len++)
			;
		if (len > 0) {
			buf_add(out, p, len);
			c.characters += len;
			c.last = (unsigned char)p[len - 1];
			c.emoji = false;
			c.marks = 0;
			continue;
		}
		len = text_next(p, n, &cp);
		clean_point(&c, cp, p + len, n - len);
	}
}

static int
point_width(uint32_t cp)
{
	int w = wcwidth((wchar_t)cp);

	if (cp == '\n' || cp == '\r')
		return 0;
	return w < 0 ? 1 : w;
}

size_t
text_cluster(const char *p, size_t n, int *width)
{
	utf8proc_int32_t state = 0;
	uint32_t cp, ahead;
	size_t len, step;
	int w, points = 1;

	*width = 0;
	if (n == 0)
		return 0;
	if (is_printable_ascii(p[0]) && (n == 1 || (signed char)p[1] >= 0)) {
		*width = 1;
		return 1;
	}
	len = text_next(p, n, &cp);
	*width = point_width(cp);
	for (; len < n; len += step, cp = ahead, *width += w) {
		step = text_next(p + len, n - len, &ahead);
		if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp,
			(utf8proc_int32_t)ahead, &state))
			break;
		w = point_width(ahead);
		/* Not before a mark: it would sit on another character. */
		if (++points > CLUSTER_MAX && w > 0)
			break;
	}
	return len;
}

bool
text_is_emoji(const char *p, size_t n)
{
	static const char keycap[] = "\xe2\x83\xa3";
	const size_t cap = sizeof(keycap) - 1;
	const utf8proc_property_t *prop;
	uint32_t cp = 0;
	int width;

	if (n == 0 || !text_valid(p, n) || text_cluster(p, n, &width) != n)
		return false;
	text_decode(p, n, &cp);
	if (cp < 0x80)
		return strchr("0123456789#*", (int)cp) != NULL && n > cap &&
		    memcmp(p + n - cap, keycap, cap) == 0;
	prop = utf8proc_get_property((utf8proc_int32_t)cp);
	return prop->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
	    prop->boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR ||
	    (prop->category >= UTF8PROC_CATEGORY_SM &&
		prop->category <= UTF8PROC_CATEGORY_SO);
}

int
text_width(const char *p, size_t n)
{
	int w, sum = 0;

	for (size_t len; n > 0; p += len, n -= len) {
		len = text_cluster(p, n, &w);
		sum += w;
	}
	return sum;
}

bool
text_needs_repaint(const char *p, size_t n)
{
	return n > 0 &&
	    (memmem(p, n, "\xe2\x80\x8d", 3) != NULL ||
		memmem(p, n, "\xef\xb8\x8f", 3) != NULL);
}
