/*
 * codec_scan: brackets, and texts that no parser needs to see.
 */
#include <stdint.h>
#include <string.h>

#include "lib/codec_scan.h"

#define SCAN_BLOCK 16 /* bytes that the compiler tests at once */

static const char scan_mark[] = "\"\\u0000A\"";

static bool
scan_is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

size_t
codec_plain(const char *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= SCAN_BLOCK; i += SCAN_BLOCK) {
		unsigned char other = 0;

		for (size_t j = 0; j < SCAN_BLOCK; j++)
			other |= (unsigned char)!scan_is_plain(p[i + j]);
		if (other != 0)
			break;
	}
	while (i < n && scan_is_plain(p[i]))
		i++;
	return i;
}

/* Only ASCII is lifted: the parser looks whether the rest is UTF-8. */
static bool
scan_is_ascii(const char *p, size_t n)
{
	unsigned char all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (unsigned char)p[i];
	return all < 0x80;
}

/* The byte behind the string that begins at p, or the end. */
static const char *
scan_string(struct codec_scan *s, const char *p, const char *end)
{
	while (p < end && *p != '"') {
		if (*p == '\\') {
			s->nul |= end - p >= 6 && memcmp(p, "\\u0000", 6) == 0;
			p++;
		}
		if (p < end)
			p++;
		p += codec_plain(p, (size_t)(end - p));
	}
	return p < end ? p + 1 : end;
}

static void
scan_keep(struct codec_scan *s, char *left, const char *p, size_t n)
{
	memcpy(left + s->n, p, n);
	s->n += n;
}

/* One string, its first quote included; returns the byte behind it. */
static const char *
scan_take_string(struct codec_scan *s, char *left, const char *p,
    const char *end, bool value)
{
	size_t n = codec_plain(p + 1, (size_t)(end - p) - 1);
	const char *behind = p + 1 + n;

	if (value && n >= CODEC_LIFT_MIN && s->lifted < CODEC_LIFT_MAX &&
	    behind < end && *behind == '"' && scan_is_ascii(p + 1, n)) {
		scan_keep(s, left, scan_mark, sizeof(scan_mark) - 1);
		left[s->n - 2] = (char)('A' + s->lifted);
		s->lift[s->lifted++] = (struct str){ p + 1, n };
		return behind + 1;
	}
	behind = scan_string(s, behind, end);
	scan_keep(s, left, p, (size_t)(behind - p));
	return behind;
}

void
codec_scan(struct codec_scan *s, const char *p, size_t n, char *left)
{
	const char *end = p + n;
	bool value = false; /* a colon stands before */
	int depth = 0;

	s->deep = s->nul = false;
	s->n = s->lifted = 0;
	while (p < end) {
		char c = *p;

		if (c == '"') {
			p = scan_take_string(s, left, p, end, value);
			value = false;
			continue;
		}
		if (c == '{' || c == '[')
			s->deep |= ++depth > PROTO_DEPTH_MAX;
		else if (c == '}' || c == ']')
			depth--;
		if (c == ':')
			value = true;
		else if (c != ' ')
			value = false;
		left[s->n++] = c;
		p++;
	}
}

size_t
codec_lifted(struct str s)
{
	if (s.n != 2 || s.p[0] != '\0')
		return SIZE_MAX;
	return (size_t)(unsigned char)(s.p[1] - 'A');
}
