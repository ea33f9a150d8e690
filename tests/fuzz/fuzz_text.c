/*
 * fuzz_text: whatever comes, what is drawn is harmless and stays as it is.
 */
#undef NDEBUG
#include <assert.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_harmless(const struct buf *text, enum text_mode mode)
{
	uint32_t cp, before = '\n';
	int zero_width = 0;

	for (size_t at = 0, len; at < text->len; at += len, before = cp) {
		len = text_decode(text->data + at, text->len - at, &cp);
		assert(len > 0);
		if (cp == '\n') {
			assert(mode == TEXT_BLOCK);
			continue;
		}
		assert(cp >= ' ' && (cp <= '~' || cp >= 0xa0));
		assert(wcwidth((wchar_t)cp) >= 0);
		assert(cp < 0x2028 || cp > 0x202e);
		assert(cp < 0x2060 || cp > 0x206f);
		assert(cp != 0x200b && cp != 0x200c && cp != 0x200e &&
		    cp != 0x200f && cp != 0x61c && cp != 0xfeff);
		assert(cp < 0xe0000 || cp > 0xe0fff);
		zero_width = wcwidth((wchar_t)cp) == 0 ? zero_width + 1 : 0;
		assert(zero_width <= TEXT_MARKS_MAX);
		/* Nothing sits on what stands before its line. */
		assert(zero_width == 0 || before != '\n');
	}
}

/* Characters cover the text, and are as wide as their code points. */
static void
check_clusters(const struct buf *text)
{
	int sum = 0, points = 0, width;
	uint32_t cp;
	size_t len;

	for (size_t at = 0; at < text->len; at += len) {
		len = text_cluster(text->data + at, text->len - at, &width);
		assert(len > 0 && len <= text->len - at);
		assert(width >= 0 && width <= 32);
		assert(text_valid(text->data + at, len));
		sum += width;
	}
	assert(sum == text_width(text->data, text->len));
	for (size_t at = 0; at < text->len; at += len) {
		len = text_decode(text->data + at, text->len - at, &cp);
		points += cp == '\n' ? 0 : wcwidth((wchar_t)cp);
	}
	assert(sum == points);
}

static void
check_clean(const char *p, size_t n, enum text_mode mode)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	text_clean(&once, p, n, mode);
	assert(once.len <= TEXT_GROWTH * n);
	assert(text_valid(once.data, once.len));
	check_harmless(&once, mode);
	check_clusters(&once);
	text_clean(&twice, once.data, once.len, mode);
	assert(twice.len == once.len);
	assert(once.len == 0 || memcmp(twice.data, once.data, once.len) == 0);
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *locale;
	const char *p = (const char *)data;
	int width;
	size_t len;

	if (locale == NULL)
		locale = setlocale(LC_ALL, "C.UTF-8");
	assert(locale != NULL);
	check_clean(p, size, TEXT_LINE);
	check_clean(p, size, TEXT_BLOCK);
	/* What was not cleaned is measured without harm as well. */
	for (size_t at = 0; at < size; at += len) {
		len = text_cluster(p + at, size - at, &width);
		assert(len > 0 && len <= size - at);
		assert(width >= 0 && width <= 32);
	}
	text_needs_repaint(p, size);
	return 0;
}
