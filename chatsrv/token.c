/*
 * token: libsodium's random bytes, BLAKE2b and base64url.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "chatsrv/token.h"

bool
token_init(void)
{
	return sodium_init() >= 0;
}

void
token_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

unsigned
token_below(unsigned n)
{
	return randombytes_uniform(n);
}

void
token_text(const void *p, size_t n, char *out, size_t size)
{
	sodium_bin2base64(out, size, p, n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void
token_new(unsigned char secret[TOKEN_SECRET], unsigned char hash[TOKEN_HASH])
{
	randombytes_buf(secret, TOKEN_SECRET);
	crypto_generichash(hash, TOKEN_HASH, secret, TOKEN_SECRET, NULL, 0);
}

void
token_print(char out[TOKEN_TEXT], int64_t who,
    const unsigned char secret[TOKEN_SECRET])
{
	int n = snprintf(out, TOKEN_TEXT, "%lld.", (long long)who);

	token_text(secret, TOKEN_SECRET, out + n, TOKEN_TEXT - (size_t)n);
}

bool
token_parse(const char *text, size_t n, int64_t *who,
    unsigned char hash[TOKEN_HASH])
{
	const char *dot = memchr(text, '.', n);
	unsigned char secret[TOKEN_SECRET];
	size_t len;

	if (dot == NULL || dot == text || dot - text > 18)
		return false;
	*who = 0;
	for (const char *p = text; p < dot; p++) {
		if (*p < '0' || *p > '9')
			return false;
		*who = *who * 10 + (*p - '0');
	}
	dot++;
	if (sodium_base642bin(secret, sizeof(secret), dot,
		n - (size_t)(dot - text), NULL, &len, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != sizeof(secret))
		return false;
	crypto_generichash(hash, TOKEN_HASH, secret, sizeof(secret), NULL, 0);
	sodium_memzero(secret, sizeof(secret));
	return true;
}

void
token_digest(unsigned char out[16], const unsigned char key[32],
    const struct token_part *parts, size_t n)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, key, 32, 16);
	for (size_t i = 0; i < n; i++) {
		uint64_t len = parts[i].n;

		crypto_generichash_update(&st, (unsigned char *)&len,
		    sizeof(len));
		crypto_generichash_update(&st, parts[i].p, parts[i].n);
	}
	crypto_generichash_final(&st, out, 16);
}
