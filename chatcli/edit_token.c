/*
 * edit_token: the terminal's bytes, cut into keys and pastes.
 *
 * readline must never be called without a whole key at hand (it would wait,
 * or take the lack of one for the end of input), and a paste must not be
 * taken for keys; so both are cut out here, before it sees a byte.
 */
#include <string.h>

#include "chatcli/edit_token.h"

#define ESC '\033'

#define WAIT_KEY   30	/* ms: after that an ESC was pressed alone */
#define WAIT_PASTE 1000 /* ms: after that its end mark is lost */

static const char paste_begin[] = "\033[200~";
static const char paste_end[] = "\033[201~";

enum { END_LEN = sizeof(paste_end) - 1 };

void
edit_token_init(struct tokens *t, token_fn *fn, void *arg)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->paste);
	t->fn = fn;
	t->arg = arg;
}

void
edit_token_fini(struct tokens *t)
{
	buf_fini(&t->paste);
}

static void
key_done(struct tokens *t)
{
	size_t n = t->n;

	t->n = 0;
	if (n > TOKEN_KEY_MAX)
		return;
	if (n == sizeof(paste_begin) - 1 && memcmp(t->key, paste_begin, n) == 0)
		t->pasting = true;
	else if (n != END_LEN || memcmp(t->key, paste_end, n) != 0)
		t->fn(t->arg, TOKEN_KEY, t->key, n);
}

static void
key_add(struct tokens *t, char c)
{
	if (t->n < TOKEN_KEY_MAX)
		t->key[t->n] = c;
	t->n++;
}

/* The length of a character by its first byte; 0: no byte to begin with. */
static size_t
utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	if (c >= 0xf0 && c < 0xf5)
		return 4;
	return 0;
}

/* Whether the key is whole that begins with ESC and has n > 1 bytes. */
static bool
escape_done(const struct tokens *t, unsigned char c)
{
	if (t->n == 2)
		return c != '[' && c != 'O';
	if (t->key[1] == 'O')
		return true;
	if (t->key[1] == '[') {
		if (t->n == 3 && c == '[') /* F1 to F5 of the console */
			return false;
		if (t->n == 4 && t->key[2] == '[')
			return true;
		return c >= 0x40 && c <= 0x7e;
	}
	return true;
}

static void
character_byte(struct tokens *t, unsigned char c)
{
	if (t->n > 0 && (c & 0xc0) != 0x80)
		t->n = 0; /* the one before broke off */
	if (t->n == 0 && utf8_length(c) == 0)
		return;
	key_add(t, (char)c);
	if (t->n == utf8_length((unsigned char)t->key[0]))
		key_done(t);
}

static void
escape_byte(struct tokens *t, unsigned char c)
{
	if (c == ESC) {
		/* Alt before a sequence, or a sequence that broke off. */
		if (t->n == 1 && t->key[0] == ESC)
			key_done(t);
		t->n = 0;
		key_add(t, ESC);
		return;
	}
	if (t->n > 1 && c < 0x20) {
		t->n = 0;
		t->fn(t->arg, TOKEN_KEY, (const char *)&c, 1);
		return;
	}
	if (t->n == 1 && c >= 0x80) { /* Alt with a letter beyond ASCII */
		key_done(t);
		character_byte(t, c);
		return;
	}
	key_add(t, (char)c);
	if (escape_done(t, c))
		key_done(t);
}

static void
paste_done(struct tokens *t)
{
	t->pasting = false;
	t->fn(t->arg, TOKEN_PASTE, t->paste.data, t->paste.len);
	buf_fini(&t->paste);
}

/*
 * The end mark is kept free of the bound, so that a paste that is too long
 * ends where it ends.
 */
static void
paste_byte(struct tokens *t, char c)
{
	struct buf *p = &t->paste;

	if (p->len >= TOKEN_PASTE_MAX + END_LEN)
		buf_splice(p, TOKEN_PASTE_MAX, 1, "", 0);
	buf_putc(p, c);
	if (c == '~' && p->len >= END_LEN &&
	    memcmp(p->data + p->len - END_LEN, paste_end, END_LEN) == 0) {
		p->len -= END_LEN;
		paste_done(t);
	}
}

void
edit_token_feed(struct tokens *t, const char *p, size_t n)
{
	for (; n > 0; p++, n--) {
		if (t->pasting)
			paste_byte(t, *p);
		else if (*p == ESC || (t->n > 0 && t->key[0] == ESC))
			escape_byte(t, (unsigned char)*p);
		else
			character_byte(t, (unsigned char)*p);
	}
}

unsigned
edit_token_wait(const struct tokens *t)
{
	if (t->pasting)
		return WAIT_PASTE;
	return t->n > 0 ? WAIT_KEY : 0;
}

void
edit_token_flush(struct tokens *t)
{
	if (t->pasting)
		paste_done(t);
	else if (t->n == 1 && t->key[0] == ESC)
		key_done(t);
	t->n = 0;
}
