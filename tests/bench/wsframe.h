/*
 * wsframe.h: the RFC 6455 framing that the load generator and the floor
 * share.  A client's frames are masked, a server's are not; nothing here
 * allocates, reads or writes.
 */
#ifndef BENCH_WSFRAME_H
#define BENCH_WSFRAME_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum ws_opcode {
	WS_TEXT = 0x1,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa,
};

#define WS_HEADER_MAX 14 /* 2, 8 of length, 4 of mask */

/* A frame's header as received; the payload follows after `header` bytes. */
struct ws_frame {
	unsigned opcode;
	bool masked;
	uint8_t mask[4];
	size_t header; /* bytes of the header itself */
	size_t size;   /* bytes of payload */
};

/*
 * Writes the header of a final frame of `size` payload bytes to `out`, which
 * holds WS_HEADER_MAX bytes.  `mask` is 4 bytes, or NULL for a server's frame.
 * Returns the header's length.
 */
static inline size_t
ws_header_put(uint8_t *out, enum ws_opcode opcode, size_t size,
    const uint8_t *mask)
{
	uint8_t flag = mask != NULL ? 0x80 : 0;
	size_t n = 2;

	out[0] = 0x80 | (uint8_t)opcode;
	if (size < 126) {
		out[1] = flag | (uint8_t)size;
	} else if (size <= UINT16_MAX) {
		uint16_t be = htobe16((uint16_t)size);

		out[1] = flag | 126;
		memcpy(out + 2, &be, sizeof be);
		n += sizeof be;
	} else {
		uint64_t be = htobe64(size);

		out[1] = flag | 127;
		memcpy(out + 2, &be, sizeof be);
		n += sizeof be;
	}
	if (mask != NULL) {
		memcpy(out + n, mask, 4);
		n += 4;
	}
	return n;
}

/*
 * Reads the header at `in`.  False: more than `have` bytes are needed to know
 * it; the payload need not be there yet.
 */
static inline bool
ws_header_get(const uint8_t *in, size_t have, struct ws_frame *f)
{
	size_t need = 2;

	if (have < need)
		return false;
	f->opcode = in[0] & 0x0f;
	f->masked = (in[1] & 0x80) != 0;
	f->size = in[1] & 0x7f;
	if (f->size == 126)
		need += 2;
	else if (f->size == 127)
		need += 8;
	if (have < need + (f->masked ? 4 : 0))
		return false;
	if (f->size == 126) {
		uint16_t be;

		memcpy(&be, in + 2, sizeof be);
		f->size = be16toh(be);
	} else if (f->size == 127) {
		uint64_t be;

		memcpy(&be, in + 2, sizeof be);
		f->size = be64toh(be);
	}
	if (f->masked) {
		memcpy(f->mask, in + need, 4);
		need += 4;
	}
	f->header = need;
	return true;
}

/* Masks or unmasks `size` bytes in place: the same operation both ways. */
static inline void
ws_mask(uint8_t *data, size_t size, const uint8_t mask[4])
{
	for (size_t i = 0; i < size; i++)
		data[i] ^= mask[i & 3];
}

#endif
