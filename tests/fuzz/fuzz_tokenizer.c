/*
 * fuzz_tokenizer: the same keys and pastes come out in whatever pieces the
 * terminal's bytes came in, nothing is longer than it may be, and every key
 * is one character, one control, or one sequence.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "chatcli/edit_token.h"
#include "chatcli/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
on_token(void *arg, enum token_kind kind, const char *p, size_t n)
{
	struct buf *out = arg;
	unsigned char c;

	if (kind == TOKEN_KEY) {
		assert(n >= 1 && n <= TOKEN_KEY_MAX);
		c = (unsigned char)p[0];
		if (c == '\033')
			assert(n == 1 || memchr(p + 1, '\033', n - 1) == NULL);
		else
			assert(n ==
			    (size_t)(c < 0x80 ? 1 :
				    c < 0xe0  ? 2 :
				    c < 0xf0  ? 3 :
						4));
		keymap_find(SCOPE_ROOM, p, n);
	} else
		assert(n <= TOKEN_PASTE_MAX);
	buf_putc(out, kind == TOKEN_KEY ? 'k' : 'p');
	buf_add(out, &n, sizeof(n));
	buf_add(out, p, n);
}

static void
cut(struct buf *out, const char *p, size_t n, size_t piece)
{
	struct tokens t;
	size_t k;

	edit_token_init(&t, on_token, out);
	for (; n > 0; p += k, n -= k) {
		k = n < piece ? n : piece;
		edit_token_feed(&t, p, k);
	}
	if (edit_token_wait(&t) > 0)
		edit_token_flush(&t);
	assert(edit_token_wait(&t) == 0);
	edit_token_fini(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;

	cut(&whole, (const char *)data, n, n > 0 ? n : 1);
	cut(&pieces, (const char *)data, n, 1);
	assert(whole.len == pieces.len);
	assert(n == 0 || whole.len == 0 ||
	    memcmp(whole.data, pieces.data, whole.len) == 0);
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}
