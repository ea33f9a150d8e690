/*
 * value_read: a value by recursive descent.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/script/value.h"

#define VALUE_DEPTH 32

struct reader {
	const char *p, *end;
	bool pattern;
	int depth;
	const char *why;
};

static bool
value_wrong(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static void
value_blanks(struct reader *r)
{
	while (r->p < r->end && memchr(" \t\r\n", *r->p, 4) != NULL)
		r->p++;
}

/* Takes a word that stands here. */
static bool
value_take(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	value_blanks(r);
	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return false;
	r->p += n;
	return true;
}

static bool
value_hex(struct reader *r, unsigned *out)
{
	char hex[5] = "";

	for (int i = 0; i < 4; i++) {
		if (r->p == r->end || !isxdigit((unsigned char)*r->p))
			return value_wrong(r, "\\u without four digits");
		hex[i] = *r->p++;
	}
	*out = (unsigned)strtoul(hex, NULL, 16);
	return true;
}

static void
value_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80)
		buf_putc(b, (char)c);
	else if (c < 0x800)
		buf_putc(b, (char)(0xc0 | c >> 6));
	else if (c < 0x10000)
		buf_putc(b, (char)(0xe0 | c >> 12));
	else {
		buf_putc(b, (char)(0xf0 | c >> 18));
		buf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
	}
	if (c >= 0x800)
		buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
	if (c >= 0x80)
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
}

/* Behind \u: one character, of one or two halves. */
static bool
value_unicode(struct reader *r, struct buf *b)
{
	unsigned c, low;

	if (!value_hex(r, &c))
		return false;
	if (c >= 0xdc00 && c < 0xe000)
		return value_wrong(r, "a half of a character");
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->p < 2 || memcmp(r->p, "\\u", 2) != 0)
			return value_wrong(r, "a half of a character");
		r->p += 2;
		if (!value_hex(r, &low))
			return false;
		if (low < 0xdc00 || low >= 0xe000)
			return value_wrong(r, "a half of a character");
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	}
	value_utf8(b, c);
	return true;
}

static bool
value_escape(struct reader *r, struct buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->p == r->end)
		return value_wrong(r, "a string without an end");
	if (*r->p == 'u') {
		r->p++;
		return value_unicode(r, b);
	}
	found = strchr(from, *r->p);
	if (found == NULL || *found == '\0')
		return value_wrong(r, "an escape that there is not");
	buf_putc(b, to[found - from]);
	r->p++;
	return true;
}

/* The bytes of a string behind its quote; the caller frees *out. */
static bool
value_string(struct reader *r, char **out, size_t *n)
{
	struct buf b = BUF_INIT;
	bool fine = true;

	while (fine && r->p < r->end && *r->p != '"') {
		char c = *r->p++;

		if (c == '\\')
			fine = value_escape(r, &b);
		else if ((unsigned char)c < 0x20)
			fine = value_wrong(r, "a control in a string");
		else
			buf_putc(&b, c);
	}
	if (fine && !value_take(r, "\""))
		fine = value_wrong(r, "a string without an end");
	if (fine) {
		*n = b.len;
		*out = buf_steal(&b);
	}
	buf_fini(&b);
	return fine;
}

static bool
value_number(struct reader *r, struct value *v)
{
	char text[64] = "";
	size_t n = 0;
	char *end;

	while (r->p + n < r->end && n < sizeof(text) - 1 &&
	    (isalnum((unsigned char)r->p[n]) ||
		memchr("+-.", r->p[n], 3) != NULL))
		n++;
	memcpy(text, r->p, n);
	r->p += n;
	errno = 0;
	v->kind = strpbrk(text, ".eE") != NULL ? VALUE_REAL : VALUE_INT;
	if (v->kind == VALUE_INT)
		v->num = strtoll(text, &end, 10);
	else
		v->real = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || text[0] == '+' ||
	    text[0] == '.' || strpbrk(text, "xXnNiI") != NULL)
		return value_wrong(r, "neither a value nor a pattern");
	return true;
}

/* Behind $: a name, and perhaps what is added to it. */
static bool
value_name(struct reader *r, struct value *v)
{
	const char *begin = r->p;
	char *end;

	while (r->p < r->end &&
	    (islower((unsigned char)*r->p) || isdigit((unsigned char)*r->p) ||
		*r->p == '_'))
		r->p++;
	v->kind = VALUE_NAME;
	v->n = (size_t)(r->p - begin);
	v->text = xstrndup(begin, v->n);
	if (v->n == 0)
		return value_wrong(r, "$ without a name");
	if (r->end - r->p > 1 && (*r->p == '+' || *r->p == '-') &&
	    isdigit((unsigned char)r->p[1])) {
		v->num = strtoll(r->p, &end, 10);
		r->p = end;
	}
	return true;
}

static bool value_read(struct reader *, struct value *);

static bool
value_key(struct reader *r, const struct value *object, char **out)
{
	size_t n;

	if (!value_take(r, "\""))
		return value_wrong(r, "no key where one should be");
	if (!value_string(r, out, &n))
		return false;
	if (value_get(object, *out) != NULL)
		return value_wrong(r, "a key that comes twice");
	if (!value_take(r, ":"))
		return value_wrong(r, "no colon behind a key");
	return true;
}

/* Behind a bracket: items or members, up to the bracket that closes. */
static bool
value_items(struct reader *r, struct value *v, const char *close)
{
	bool more;

	if (value_take(r, close))
		return true;
	if (++r->depth > VALUE_DEPTH)
		return value_wrong(r, "too many brackets");
	do {
		struct value item = { .kind = VALUE_NULL };
		bool fine;

		if (r->pattern && value_take(r, "...")) {
			v->rest = true;
			break;
		}
		fine = v->kind == VALUE_LIST || value_key(r, v, &item.key);
		fine = fine && value_read(r, &item);
		v->v = xrealloc(v->v, (v->n + 1) * sizeof(*v->v));
		v->v[v->n++] = item;
		if (!fine)
			return false;
		more = value_take(r, ",");
	} while (more);
	r->depth--;
	return value_take(r, close) ||
	    value_wrong(r, "neither a comma nor an end");
}

static bool
value_read(struct reader *r, struct value *v)
{
	static const struct {
		const char *word;
		enum value_kind kind;
	} words[] = { { "null", VALUE_NULL }, { "false", VALUE_FALSE },
		{ "true", VALUE_TRUE }, { "{", VALUE_OBJECT },
		{ "[", VALUE_LIST }, { "\"", VALUE_STR }, { "*", VALUE_ANY },
		{ "$", VALUE_NAME } };
	size_t i = 0, n = sizeof(words) / sizeof(words[0]);

	while (i < n && !value_take(r, words[i].word))
		i++;
	if (i == n)
		return value_number(r, v);
	v->kind = words[i].kind;
	switch (v->kind) {
	case VALUE_STR:
		return value_string(r, &v->text, &v->n);
	case VALUE_LIST:
		return value_items(r, v, "]");
	case VALUE_OBJECT:
		return value_items(r, v, "}");
	case VALUE_ANY:
	case VALUE_NAME:
		if (!r->pattern)
			return value_wrong(r, "a pattern in a value");
		return v->kind == VALUE_ANY || value_name(r, v);
	default:
		return true;
	}
}

struct value *
value_parse(const char *p, size_t n, bool pattern, const char **why)
{
	struct reader r = { .p = p, .end = p + n, .pattern = pattern };
	struct value *v = xcalloc(1, sizeof(*v));
	bool fine = value_read(&r, v);

	value_blanks(&r);
	if (fine && r.p != r.end)
		fine = value_wrong(&r, "more than one value");
	if (fine)
		return v;
	*why = r.why;
	value_free(v);
	return NULL;
}
