/*
 * edit_token: the terminal's bytes, cut into keys and pastes.
 *
 * Pure.  A key is what one press sends: a character in whole UTF-8, a control
 * byte, or a sequence that begins with ESC (ECMA-48 5.4, and SS3).  A paste
 * is what stands between the marks of bracketed paste.  Bytes that wait for
 * more are kept; the caller flushes them when nothing came for a while.
 */
#ifndef EDIT_TOKEN_H
#define EDIT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define TOKEN_KEY_MAX	32		  /* longest sequence that is a key */
#define TOKEN_PASTE_MAX ((size_t)1 << 20) /* what is longer is cut */

enum token_kind { TOKEN_KEY, TOKEN_PASTE };

/* bytes are not NUL-terminated and gone after the call. */
typedef void token_fn(void *arg, enum token_kind, const char *bytes, size_t n);

struct tokens {
	char key[TOKEN_KEY_MAX];
	size_t n; /* bytes of key; more than fit are counted */
	bool pasting;
	struct buf paste;
	token_fn *fn;
	void *arg;
};

void edit_token_init(struct tokens *, token_fn *, void *arg);
void edit_token_fini(struct tokens *);
void edit_token_feed(struct tokens *, const char *, size_t);

/*
 * How long, in ms, the caller waits for more bytes before edit_token_flush();
 * 0 if nothing waits.
 */
unsigned edit_token_wait(const struct tokens *);

/*
 * Gives what waits as it is: a lone ESC is a key, half a character is
 * dropped, a paste whose end never came ends.
 */
void edit_token_flush(struct tokens *);

#endif
