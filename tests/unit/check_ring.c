/*
 * check_ring: a ring is held to a plain array of frames.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/ring.h"
#include "tests/unit/suite.h"

#define MODEL_MAX 4000

/* The frames by seq; what the ring dropped stays here. */
static struct {
	char *frame[MODEL_MAX];
	size_t len[MODEL_MAX];
} model;

static void
model_fini(void)
{
	for (size_t i = 0; i < MODEL_MAX; i++) {
		free(model.frame[i]);
		model.frame[i] = NULL;
	}
}

static void
model_set(int64_t seq, size_t n, unsigned *seed)
{
	free(model.frame[seq]);
	model.frame[seq] = xmalloc(n);
	model.len[seq] = n;
	for (size_t i = 0; i < n; i++)
		model.frame[seq][i] = (char)('a' + suite_random(seed, 26));
}

/* All that the ring has is what the model has. */
static void
same(const struct ring *r)
{
	size_t bytes = 0;

	for (int64_t seq = r->first; seq < ring_next(r); seq++) {
		int64_t next;
		struct str s;

		ck_assert(ring_has(r, seq));
		s = ring_range(r, seq, seq + 1, 0, &next);
		ck_assert_int_eq(next, seq + 1);
		ck_assert_uint_eq(s.n, model.len[seq]);
		if (s.n != 0)
			ck_assert_mem_eq(s.p, model.frame[seq], s.n);
		bytes += s.n;
	}
	ck_assert_uint_eq(bytes, r->bytes.len);
	ck_assert(!ring_has(r, r->first - 1));
	ck_assert(!ring_has(r, ring_next(r)));
}

START_TEST(a_ring_is_the_newest_part_of_the_log)
{
	unsigned seed = 1 + (unsigned)_i;
	size_t max = 1 + suite_random(&seed, 5000);
	struct ring r;

	ring_init(&r, 10);
	ck_assert_int_eq(ring_next(&r), 10);
	for (int64_t seq = 10; seq < 2000; seq++) {
		model_set(seq,
		    suite_random(&seed, 4) == 0 ? 0 : suite_random(&seed, 300),
		    &seed);
		ring_append(&r, model.frame[seq], model.len[seq], ENTRY_message,
		    seq, max);
		ck_assert_int_eq(ring_next(&r), seq + 1);
		ck_assert(r.bytes.len <= max || r.n == 1);
		ck_assert_int_eq(r.slots[r.n - 1].target, seq);
		if (suite_random(&seed, 50) == 0)
			ring_halve(&r);
		if (r.n != 0 && suite_random(&seed, 3) == 0) {
			int64_t other = r.first +
			    suite_random(&seed, (unsigned)r.n);

			model_set(other, suite_random(&seed, 300), &seed);
			ring_replace(&r, other, model.frame[other],
			    model.len[other]);
		}
		if (seq % 37 == 0)
			same(&r);
	}
	same(&r);
	ring_fini(&r);
	model_fini();
}
END_TEST

START_TEST(a_range_ends_before_the_bytes_that_are_too_many)
{
	unsigned seed = 7;
	struct ring r;

	ring_init(&r, 1);
	for (int64_t seq = 1; seq <= 200; seq++) {
		model_set(seq, suite_random(&seed, 50), &seed);
		ring_append(&r, model.frame[seq], model.len[seq], ENTRY_message,
		    0, SIZE_MAX);
	}
	for (int i = 0; i < 20000; i++) {
		int64_t from = 1 + suite_random(&seed, 200);
		int64_t to = from + 1 + suite_random(&seed, 220);
		size_t max = suite_random(&seed, 3000);
		size_t sum = 0;
		int64_t want = from, next;
		struct str s;

		/* The first in any case, then as many as fit. */
		do
			sum += model.len[want++];
		while (
		    want < to && want <= 200 && sum + model.len[want] <= max);
		s = ring_range(&r, from, to, max, &next);
		ck_assert_int_eq(next, want);
		ck_assert_uint_eq(s.n, sum);
	}
	ring_fini(&r);
	model_fini();
}
END_TEST

START_TEST(halving_ends_and_leaves_no_hole)
{
	struct ring r;

	ring_init(&r, 1);
	for (int i = 0; i < 1000; i++)
		ring_append(&r, "0123456789", i % 3 == 0 ? 10 : 0,
		    ENTRY_message, 0, SIZE_MAX);
	for (int i = 0; r.n != 0; i++) {
		size_t n = r.n;

		ring_halve(&r);
		ck_assert_uint_lt(r.n, n);
		ck_assert_int_eq(ring_next(&r), 1001);
		ck_assert_int_lt(i, 1001);
	}
	ck_assert_uint_eq(ring_size(&r), 0);
	ring_append(&r, "x", 1, ENTRY_message, 0, SIZE_MAX);
	ck_assert(ring_has(&r, 1001));
	ring_fini(&r);
}
END_TEST

START_TEST(a_ring_that_shrank_gives_its_memory_back)
{
	struct ring r;
	char frame[1000];
	size_t full;

	memset(frame, 'x', sizeof(frame));
	ring_init(&r, 1);
	for (int i = 0; i < 256; i++)
		ring_append(&r, frame, sizeof(frame), ENTRY_message, 0,
		    SIZE_MAX);
	full = ring_size(&r);
	ck_assert_uint_ge(full, 256000);
	for (int i = 0; i < 10; i++)
		ring_halve(&r);
	ck_assert_uint_lt(ring_size(&r), full / 2);
	ring_fini(&r);
}
END_TEST

/* Not only out of reach: out of the memory. */
START_TEST(what_was_replaced_is_nowhere_in_the_memory)
{
	struct ring r;

	ring_init(&r, 1);
	for (int i = 0; i < 50; i++)
		ring_append(&r, i % 5 == 0 ? "....SECRET...." : "open",
		    i % 5 == 0 ? 14 : 4, ENTRY_message, 0, SIZE_MAX);
	for (int64_t seq = 46; seq >= 1; seq -= 5)
		ring_replace(&r, seq, "gone", 4);
	ck_assert_ptr_null(memmem(r.bytes.data, r.bytes.cap, "SECRET", 6));
	ck_assert_uint_eq(r.bytes.len, 200);
	ring_fini(&r);
}
END_TEST

START_TEST(a_frame_larger_than_the_bound_stands_alone)
{
	struct ring r;
	int64_t next;
	char big[100];

	memset(big, 'b', sizeof(big));
	ring_init(&r, 1);
	ring_append(&r, "a", 1, ENTRY_message, 0, 50);
	ring_append(&r, big, sizeof(big), ENTRY_message, 0, 50);
	ck_assert(!ring_has(&r, 1) && ring_has(&r, 2));
	ck_assert_uint_eq(ring_range(&r, 2, 3, 10, &next).n, 100);
	ring_append(&r, "c", 1, ENTRY_message, 0, 50);
	ck_assert(!ring_has(&r, 2) && ring_has(&r, 3));
	ring_fini(&r);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_loop_test(t, a_ring_is_the_newest_part_of_the_log, 0, 20);
	tcase_add_test(t, a_range_ends_before_the_bytes_that_are_too_many);
	tcase_add_test(t, halving_ends_and_leaves_no_hole);
	tcase_add_test(t, a_ring_that_shrank_gives_its_memory_back);
	tcase_add_test(t, what_was_replaced_is_nowhere_in_the_memory);
	tcase_add_test(t, a_frame_larger_than_the_bound_stands_alone);
}

int
main(void)
{
	return suite_run("ring", add);
}
