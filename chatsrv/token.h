/*
 * token: secrets, their hashes and their text.  libsodium is used here only.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_TEXT 44 /* 32 bytes as base64url, with NUL */

/* To be called once, before threads.  False: no randomness. */
bool token_init(void);
void token_random(void *, size_t);
unsigned token_below(unsigned n); /* a random number below n */

/* A new token's text. */
void token_new(char out[TOKEN_TEXT]);

/*
 * The hash (32 bytes) under which the store knows a token; false when text
 * does not have a token's form.
 */
bool token_hash(const char *text, size_t n, unsigned char out[32]);

/* Bytes as base64url without padding. */
void token_text(const void *, size_t, char *out, size_t size);

/*
 * Keyed hash (16 bytes) of n parts, each with its length, so that no two
 * different lists have the same input.
 */
struct token_part {
	const void *p;
	size_t n;
};
void token_digest(unsigned char out[16], const unsigned char key[32],
    const struct token_part *, size_t n);

#endif
