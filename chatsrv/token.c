/*
 * token: libsodium's random bytes, BLAKE2b and base64url.
 */
#include <stdint.h>
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
token_new(char out[TOKEN_TEXT])
{
	unsigned char raw[32];

	randombytes_buf(raw, sizeof(raw));
	token_text(raw, sizeof(raw), out, TOKEN_TEXT);
	sodium_memzero(raw, sizeof(raw));
}

bool
token_hash(const char *text, size_t n, unsigned char out[32])
{
	unsigned char raw[32];
	size_t len;

	if (n != TOKEN_TEXT - 1 ||
	    sodium_base642bin(raw, sizeof(raw), text, n, NULL, &len, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != sizeof(raw))
		return false;
	crypto_generichash(out, 32, raw, sizeof(raw), NULL, 0);
	sodium_memzero(raw, sizeof(raw));
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
