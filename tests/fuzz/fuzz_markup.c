/*
 * fuzz_markup: spans cover the text in its order, and only marks are hidden.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define ATOMS (MARKUP_CODE | MARKUP_BLOCK | MARKUP_LINK | MARKUP_MENTION)

static void
check_hidden(const char *p, size_t from, size_t to, const char *marks)
{
	for (; from < to; from++)
		assert(p[from] != '\0' && strchr(marks, p[from]) != NULL);
}

static void
check_block(const char *p, const struct markup_span *s)
{
	assert(s->kinds == MARKUP_BLOCK);
	check_hidden(p, s->from, s->lang, "`\n");
	check_hidden(p, s->lang + s->lang_len, s->start, " \t\n");
	check_hidden(p, s->start + s->len, s->to, "` \t\n");
	assert(memchr(p + s->lang, '\n', s->lang_len) == NULL);
}

static void
check_span(const char *p, size_t n, const struct markup_span *s)
{
	const unsigned atom = s->kinds & ATOMS;
	const char *shown = p + s->start;

	assert(s->from <= s->start && s->len > 0);
	assert(s->start + s->len <= s->to && s->to <= n);
	assert((atom & (atom - 1)) == 0);
	if (atom == MARKUP_BLOCK) {
		check_block(p, s);
		return;
	}
	assert(s->lang_len == 0);
	check_hidden(p, s->from, s->start, "*_~`");
	check_hidden(p, s->start + s->len, s->to, "*_~`");
	if (s->kinds != MARKUP_PLAIN)
		assert(memchr(shown, '\n', s->len) == NULL);
	if (atom == MARKUP_LINK)
		assert(s->len > 7 && (shown[0] | 0x20) == 'h');
	if (atom == MARKUP_MENTION)
		assert(s->len > 1 && shown[0] == '@');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct markup m;
	struct markup_span s;
	size_t at = 0;

	markup_init(&m, p, size);
	while (markup_next(&m, &s)) {
		assert(s.from == at && s.to > at);
		check_span(p, size, &s);
		at = s.to;
	}
	/* Whatever opens has closed again. */
	assert(at == size && m.open == 0);
	return 0;
}
