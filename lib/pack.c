/*
 * pack: see pack.h.
 */
#include "lib/pack.h"

#define PACK_INT 8 /* bytes */

void
pack_int(struct buf *b, int64_t v)
{
	char *out = buf_room(b, PACK_INT);

	for (int i = 0; i < PACK_INT; i++)
		out[i] = (char)((uint64_t)v >> (8 * i));
	buf_took(b, PACK_INT);
}

void
pack_str(struct buf *b, struct str s)
{
	pack_int(b, (int64_t)s.n);
	buf_add(b, s.p, s.n);
}

static const char *
pack_take(struct pack_reader *r, size_t n)
{
	const char *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = true;
		r->n = 0;
		return NULL;
	}
	r->p += n;
	r->n -= n;
	return p;
}

int64_t
pack_read_int(struct pack_reader *r)
{
	const unsigned char *p = (const unsigned char *)pack_take(r, PACK_INT);
	uint64_t v = 0;

	for (int i = 0; p != NULL && i < PACK_INT; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return (int64_t)v;
}

struct str
pack_read_str(struct pack_reader *r)
{
	uint64_t n = (uint64_t)pack_read_int(r);
	const char *p = n <= r->n ? pack_take(r, (size_t)n) : NULL;

	if (p == NULL) {
		r->bad = true;
		return (struct str){ NULL, 0 };
	}
	return (struct str){ p, (size_t)n };
}
