/*
 * token: secrets, their hashes and their text.  libsodium is used here only.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_SECRET 32 /* random bytes */
#define TOKEN_HASH   32
#define TOKEN_TEXT   64 /* an identity's number, '.', the secret, NUL */

/* To be called once, before threads.  False: no randomness. */
bool token_init(void);
void token_random(void *, size_t);
unsigned token_below(unsigned n); /* a random number below n */

/* A new secret, and the hash that the store keeps of it. */
void token_new(unsigned char secret[TOKEN_SECRET],
    unsigned char hash[TOKEN_HASH]);

/*
 * A token tells whose it is, so that the store needs no index of hashes, whose
 * order is random: each new one would be a page of its own to write.
 */
void token_print(char out[TOKEN_TEXT], int64_t who,
    const unsigned char secret[TOKEN_SECRET]);

/* Takes a token apart; false when text does not have the form of one. */
bool token_parse(const char *text, size_t n, int64_t *who,
    unsigned char hash[TOKEN_HASH]);

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
