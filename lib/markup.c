/*
 * markup: a message's text as a sequence of spans.
 *
 * The text is read from left to right.  At each place there is an atom (code,
 * block, link, mention), an effective mark, or a character of text.  Whether a
 * mark opens is known from the next one of its kind, so that the way ahead
 * that is looked at for one mark is never looked at for another of that kind:
 * all in all each byte is seen a constant number of times.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/markup.h"
#include "lib/name.h"
#include "lib/text.h"

#define LANG_MAX 32 /* bytes */

static bool
is_blank(uint32_t cp)
{
	return cp <= ' ' || cp == 0xa0 || cp == 0x3000;
}

/* The code point that ends at `at`; a blank at the beginning. */
static uint32_t
point_before(const struct markup *m, size_t at)
{
	uint32_t cp;
	size_t from = at;

	if (at == 0)
		return ' ';
	do
		from--;
	while (from > 0 && at - from < 4 && (m->p[from] & 0xc0) == 0x80);
	if (text_decode(m->p + from, at - from, &cp) != at - from)
		return 0xfffd;
	return cp;
}

/* The one that begins there; a blank at the end. */
static uint32_t
point_at(const struct markup *m, size_t at)
{
	uint32_t cp;

	if (at == m->n)
		return ' ';
	return text_decode(m->p + at, m->n - at, &cp) != 0 ? cp : 0xfffd;
}

/* The number of backticks at `at`. */
static size_t
ticks(const struct markup *m, size_t at)
{
	size_t n = 0;

	while (at + n < m->n && m->p[at + n] == '`')
		n++;
	return n;
}

/* The end of the line: its line break, or the end of the text. */
static size_t
line_end(const struct markup *m, size_t at)
{
	const char *nl = memchr(m->p + at, '\n', m->n - at);

	return nl != NULL ? (size_t)(nl - m->p) : m->n;
}

/*
 * Whether a fence stands at `at`, the beginning of a line: three backticks,
 * the language if it may have one, blanks.  Sets where its line ends.
 */
static bool
is_fence(const struct markup *m, size_t at, size_t *lang_len, size_t *end)
{
	if (ticks(m, at) != 3)
		return false;
	at += 3;
	if (lang_len != NULL) {
		size_t lang = at;

		while (at < m->n && m->p[at] > ' ' && m->p[at] <= '~')
			at++;
		*lang_len = at - lang;
		if (*lang_len > LANG_MAX ||
		    memchr(m->p + lang, '`', *lang_len) != NULL)
			return false;
	}
	while (at < m->n && (m->p[at] == ' ' || m->p[at] == '\t'))
		at++;
	*end = at;
	return at == m->n || m->p[at] == '\n';
}

/*
 * A block whose opening fence stands at `at`.  Where no closing fence was
 * found once, there is none for a later block either.
 */
static bool
atom_block(struct markup *m, size_t at, struct markup_span *s)
{
	size_t line, end, lang_len;

	if (m->no_fence || !is_fence(m, at, &lang_len, &end) || end == m->n)
		return false;
	s->start = line = end + 1;
	while (!is_fence(m, line, NULL, &end)) {
		line = line_end(m, line);
		if (line == m->n) {
			m->no_fence = true;
			return false;
		}
		line++;
	}
	if (line <= s->start + 1)
		return false; /* nothing in it that could be shown */
	s->kinds = MARKUP_BLOCK;
	s->len = line - 1 - s->start;
	s->to = end < m->n ? end + 1 : end;
	s->lang = at + 3;
	s->lang_len = lang_len;
	return true;
}

/* Code within a line.  Only a whole run of backticks opens or closes. */
static bool
atom_code(const struct markup *m, size_t at, struct markup_span *s)
{
	size_t n, run;

	if (point_before(m, at) == '`' || (n = ticks(m, at)) > 3)
		return false;
	for (size_t end = at + n; end < m->n && m->p[end] != '\n';) {
		run = ticks(m, end);
		if (run == n) {
			s->kinds = MARKUP_CODE;
			s->start = at + n;
			s->len = end - s->start;
			s->to = end + n;
			return true;
		}
		end += run > 0 ? run : 1;
	}
	return false;
}

/* Where a link that begins at `at` has to stop at the latest. */
static size_t
link_reach(const struct markup *m, size_t at)
{
	uint32_t cp;
	size_t len;

	for (; at < m->n; at += len) {
		len = text_decode(m->p + at, m->n - at, &cp);
		if (len == 0 || cp <= ' ' || cp == 0x7f ||
		    (cp < 0x80 && strchr("<>\"`", (int)cp) != NULL) ||
		    (cp >= 0x80 && !name_has_word(cp)))
			break;
	}
	return at;
}

/* Takes from the end what belongs to the sentence around the link. */
static size_t
link_trim(const struct markup *m, size_t from, size_t to)
{
	long round = 0, square = 0; /* brackets that are open at the end */

	for (size_t i = from; i < to; i++) {
		round += (m->p[i] == '(') - (m->p[i] == ')');
		square += (m->p[i] == '[') - (m->p[i] == ']');
	}
	for (; to > from; to--) {
		const char c = m->p[to - 1];

		if (strchr(".,;:!?'*_~", c) != NULL)
			continue;
		if (c == '(' || (c == ')' && round < 0))
			round += c == '(' ? -1 : 1;
		else if (c == '[' || (c == ']' && square < 0))
			square += c == '[' ? -1 : 1;
		else
			break;
	}
	return to;
}

static bool
atom_link(const struct markup *m, size_t at, struct markup_span *s)
{
	const char *p = m->p + at;
	size_t host;

	if (m->n - at < 8 || name_has_word(point_before(m, at)))
		return false;
	if (strncasecmp(p, "http://", 7) == 0)
		host = at + 7;
	else if (strncasecmp(p, "https://", 8) == 0)
		host = at + 8;
	else
		return false;
	if (!name_has_word(point_at(m, host)) && point_at(m, host) != '[')
		return false;
	s->kinds = MARKUP_LINK;
	s->start = at;
	s->to = link_trim(m, host, link_reach(m, host));
	s->len = s->to - at;
	return s->to > host;
}

static bool
atom_mention(const struct markup *m, size_t at, struct markup_span *s)
{
	size_t end = at + 1, len;
	uint32_t cp;

	if (name_has_word(point_before(m, at)))
		return false;
	for (int i = 0; end < m->n; i++, end += len) {
		len = text_decode(m->p + end, m->n - end, &cp);
		if (len == 0 || !name_has(cp))
			break;
		if (i == NAME_USER_MAX)
			return false;
	}
	while (m->p[end - 1] == '.' || m->p[end - 1] == '-')
		end--;
	s->kinds = MARKUP_MENTION;
	s->start = at;
	s->to = end;
	s->len = end - at;
	return s->len > 1;
}

/*
 * Whether an atom begins at `at`: sets kinds, start, len, to and lang of s.
 * The one for a block is the line break before its fence.
 */
static bool
atom(struct markup *m, size_t at, struct markup_span *s)
{
	if (at == m->n)
		return false;
	switch (m->p[at]) {
	case '\n':
		return atom_block(m, at + 1, s);
	case '`':
		if ((at == 0 || m->p[at - 1] == '\n') && atom_block(m, at, s))
			return true;
		return atom_code(m, at, s);
	case '@':
		return atom_mention(m, at, s);
	case 'h':
	case 'H':
		return atom_link(m, at, s);
	default:
		return false;
	}
}

static unsigned
mark_kind(const struct markup *m, size_t at)
{
	switch (at < m->n ? m->p[at] : '\0') {
	case '*':
		return MARKUP_BOLD;
	case '_':
		return MARKUP_ITALIC;
	case '~':
		return MARKUP_STRIKE;
	default:
		return 0;
	}
}

/*
 * What a mark could do by what stands around its run.  A run that is longer
 * than there are kinds has one twice: no need to see all of it.
 */
static void
mark_sides(const struct markup *m, size_t at, bool *opens, bool *closes)
{
	size_t from = at, to = at + 1;
	unsigned seen = 0;
	uint32_t before, behind;

	*opens = *closes = false;
	while (from > 0 && at - from < 3 && mark_kind(m, from - 1) != 0)
		from--;
	while (to - at < 4 && mark_kind(m, to) != 0)
		to++;
	for (size_t i = from; i < to; i++) {
		if (seen & mark_kind(m, i))
			return;
		seen |= mark_kind(m, i);
	}
	before = point_before(m, from);
	behind = point_at(m, to);
	*opens = !name_has_word(before) && !is_blank(behind);
	*closes = !is_blank(before) && !name_has_word(behind);
}

/* Whether the next mark of that kind on the line, from `at` on, closes. */
static bool
mark_closed(struct markup *m, size_t at, unsigned kind)
{
	struct markup_span skip;
	bool opens, closes;

	while (at < m->n && m->p[at] != '\n') {
		if (mark_kind(m, at) == kind) {
			mark_sides(m, at, &opens, &closes);
			if (opens || closes)
				return closes;
		}
		at = atom(m, at, &skip) ? skip.to : at + 1;
	}
	return false;
}

/* The kind that a mark at `at` opens or closes; 0 if it is text. */
static unsigned
mark(struct markup *m, size_t at)
{
	const unsigned kind = mark_kind(m, at);
	bool opens, closes;

	if (kind == 0)
		return 0;
	mark_sides(m, at, &opens, &closes);
	if (m->open & kind)
		return closes ? kind : 0;
	return opens && mark_closed(m, at + 1, kind) ? kind : 0;
}

void
markup_init(struct markup *m, const char *p, size_t n)
{
	*m = (struct markup){ .p = p, .n = n };
}

bool
markup_next(struct markup *m, struct markup_span *s)
{
	struct markup_span next;
	unsigned kind;

	if (m->pos == m->n)
		return false;
	*s = (struct markup_span){ .from = m->pos };
	while ((kind = mark(m, m->pos)) != 0) {
		m->open ^= kind;
		m->pos++;
	}
	if (atom(m, m->pos, s)) {
		m->pos = s->to;
	} else {
		*s = (struct markup_span){ .from = s->from, .start = m->pos };
		do
			m->pos++;
		while (m->pos < m->n && mark(m, m->pos) == 0 &&
		    !atom(m, m->pos, &next));
		s->len = m->pos - s->start;
	}
	s->kinds |= m->open;
	/* What closes belongs to what it closes. */
	while ((kind = mark(m, m->pos)) & m->open) {
		m->open ^= kind;
		m->pos++;
	}
	s->to = m->pos;
	return true;
}

const char *
markup_name(enum markup_kind kind)
{
	switch (kind) {
#define MARKUP(ID, name)  \
	case MARKUP_##ID: \
		return #name;
#include "lib/markup.def"
#undef MARKUP
	case MARKUP_PLAIN:
		break;
	}
	return "plain";
}
