/*
 * ring: one buffer of frames and an array that says where each ends.
 *
 * What is dropped is dropped by halves, so that moving the rest to the front
 * costs a constant for each byte that passes through.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/ring.h"

void
ring_init(struct ring *r, int64_t next)
{
	*r = (struct ring){ .first = next };
}

void
ring_fini(struct ring *r)
{
	free(r->slots);
	buf_fini(&r->bytes);
	*r = (struct ring){ 0 };
}

int64_t
ring_next(const struct ring *r)
{
	return r->first + (int64_t)r->n;
}

bool
ring_has(const struct ring *r, int64_t seq)
{
	return seq >= r->first && seq < ring_next(r);
}

/* Where slot i begins. */
static uint32_t
ring_begin(const struct ring *r, size_t i)
{
	return i == 0 ? 0 : r->slots[i - 1].end;
}

static void
ring_drop(struct ring *r, size_t k)
{
	uint32_t cut = ring_begin(r, k);

	if (k == 0)
		return;
	buf_drop(&r->bytes, cut);
	r->n -= k;
	r->first += (int64_t)k;
	memmove(r->slots, r->slots + k, r->n * sizeof(*r->slots));
	for (size_t i = 0; i < r->n; i++)
		r->slots[i].end -= cut;
}

void
ring_halve(struct ring *r)
{
	int64_t next = ring_next(r);
	size_t k = 0;

	while (k < r->n && r->slots[k].end <= r->bytes.len / 2)
		k++;
	ring_drop(r, k != 0 ? k : r->n);
	if (r->n == 0) {
		ring_fini(r);
		ring_init(r, next);
		return;
	}
	if (r->bytes.cap > 4096 && r->bytes.cap / 4 > r->bytes.len) {
		r->bytes.cap /= 2;
		r->bytes.data = xrealloc(r->bytes.data, r->bytes.cap);
	}
	if (r->cap > 64 && r->cap / 4 > r->n) {
		r->cap /= 2;
		r->slots = xrealloc(r->slots, r->cap * sizeof(*r->slots));
	}
}

void
ring_append(struct ring *r, const void *p, size_t n, enum entry_kind kind,
    int64_t target, size_t max)
{
	while (r->n != 0 && r->bytes.len + n > max)
		ring_halve(r);
	if (r->n == r->cap) {
		r->cap = r->cap != 0 ? r->cap * 2 : 8;
		r->slots = xrealloc(r->slots, r->cap * sizeof(*r->slots));
	}
	buf_add(&r->bytes, p, n);
	r->slots[r->n++] = (struct ring_slot){ (uint32_t)r->bytes.len,
		(uint32_t)kind, target };
}

struct str
ring_range(const struct ring *r, int64_t from, int64_t to, size_t max,
    int64_t *next)
{
	size_t i = (size_t)(from - r->first);
	size_t begin = ring_begin(r, i);
	size_t last = to < ring_next(r) ? (size_t)(to - r->first) : r->n;
	size_t low = i + 1, high = last;

	/* The highest `low` whose frames fit; the first goes in any case. */
	while (low < high) {
		size_t mid = (low + high + 1) / 2;

		if (r->slots[mid - 1].end - begin <= max)
			low = mid;
		else
			high = mid - 1;
	}
	*next = r->first + (int64_t)low;
	return (
	    struct str){ r->bytes.data + begin, r->slots[low - 1].end - begin };
}

void
ring_replace(struct ring *r, int64_t seq, const void *p, size_t n)
{
	size_t i = (size_t)(seq - r->first);
	uint32_t begin = ring_begin(r, i);
	uint32_t old = r->slots[i].end - begin;

	buf_splice(&r->bytes, begin, old, p, n);
	/* What the tail leaves behind would still hold the text. */
	if (n < old)
		memset(r->bytes.data + r->bytes.len, 0, old - n);
	for (; i < r->n; i++)
		r->slots[i].end = r->slots[i].end - old + (uint32_t)n;
}

size_t
ring_size(const struct ring *r)
{
	return r->bytes.cap + r->cap * sizeof(*r->slots);
}
