/*
 * sha1.h: the one digest that the WebSocket handshake needs (RFC 3174).  It
 * protects nothing here: it proves to a client that the floor speaks RFC 6455.
 */
#ifndef BENCH_SHA1_H
#define BENCH_SHA1_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t
sha1_rol(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static inline void
sha1_block(uint32_t h[5], const uint8_t *block)
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (unsigned i = 0; i < 16; i++) {
		uint32_t be;

		memcpy(&be, block + 4 * i, sizeof be);
		w[i] = be32toh(be);
	}
	for (unsigned i = 16; i < 80; i++)
		w[i] = sha1_rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (unsigned i = 0; i < 80; i++) {
		uint32_t f, k, t;

		if (i < 20) {
			f = (b & c) | (~b & d);
			k = 0x5a827999;
		} else if (i < 40) {
			f = b ^ c ^ d;
			k = 0x6ed9eba1;
		} else if (i < 60) {
			f = (b & c) | (b & d) | (c & d);
			k = 0x8f1bbcdc;
		} else {
			f = b ^ c ^ d;
			k = 0xca62c1d6;
		}
		t = sha1_rol(a, 5) + f + e + k + w[i];
		e = d;
		d = c;
		c = sha1_rol(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* The digest of `size` bytes, as 20 bytes at `out`. */
static inline void
sha1(const uint8_t *data, size_t size, uint8_t out[20])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		0xc3d2e1f0 };
	uint64_t bits = htobe64((uint64_t)size * 8);
	uint8_t last[128] = { 0 };
	size_t rest = size % 64, tail = rest < 56 ? 64 : 128;

	for (size_t at = 0; at + 64 <= size; at += 64)
		sha1_block(h, data + at);
	memcpy(last, data + size - rest, rest);
	last[rest] = 0x80;
	memcpy(last + tail - 8, &bits, 8);
	for (size_t at = 0; at < tail; at += 64)
		sha1_block(h, last + at);
	for (unsigned i = 0; i < 5; i++) {
		uint32_t be = htobe32(h[i]);

		memcpy(out + 4 * i, &be, sizeof be);
	}
}

#endif
