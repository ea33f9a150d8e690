/*
 * check_buf: bytes go in, and come out as they went in.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "lib/buf.h"
#include "tests/unit/suite.h"

START_TEST(bytes_gather_in_order)
{
	struct buf b = BUF_INIT;

	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	buf_putc(&b, 'c');
	buf_puts(&b, "");
	buf_puts(&b, "de");
	buf_printf(&b, "%d%s", 12, "x");
	ck_assert_uint_eq(b.len, 9);
	ck_assert_mem_eq(b.data, "a\0bcde12x", 9);
	buf_fini(&b);
	ck_assert(b.data == NULL && b.len == 0 && b.cap == 0);
}
END_TEST

START_TEST(a_buffer_grows_by_itself)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "%05d,", i);
	ck_assert_uint_eq(b.len, 600000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(atoi(b.data + 6 * i), i);
	buf_reset(&b);
	ck_assert(b.len == 0 && b.cap >= 600000);
	buf_fini(&b);
}
END_TEST

START_TEST(room_is_written_to_and_taken)
{
	struct buf b = BUF_INIT;
	char *p = buf_room(&b, 1000);

	memset(p, 'x', 1000);
	ck_assert_uint_eq(b.len, 0);
	buf_took(&b, 3);
	ck_assert_str_eq(buf_str(&b), "xxx");
	buf_fini(&b);
}
END_TEST

START_TEST(what_is_dropped_is_the_front)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "abcdef");
	buf_drop(&b, 0);
	buf_drop(&b, 2);
	ck_assert_str_eq(buf_str(&b), "cdef");
	buf_drop(&b, 4);
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
END_TEST

START_TEST(a_part_is_replaced_by_another_of_any_length)
{
	static const struct {
		size_t at, n;
		const char *with, *want;
	} cases[] = {
		{ 0, 0, "", "abcdef" },
		{ 0, 0, "xy", "xyabcdef" },
		{ 6, 0, "xy", "abcdefxy" },
		{ 2, 2, "xy", "abxyef" },
		{ 2, 2, "", "abef" },
		{ 2, 2, "12345", "ab12345ef" },
		{ 0, 6, "z", "z" },
		{ 0, 6, "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT;

		buf_puts(&b, "abcdef");
		buf_splice(&b, cases[i].at, cases[i].n, cases[i].with,
		    strlen(cases[i].with));
		ck_assert_str_eq(buf_str(&b), cases[i].want);
		buf_fini(&b);
	}
}
END_TEST

START_TEST(a_string_ends_with_a_nul_that_does_not_count)
{
	struct buf b = BUF_INIT;
	char *s;

	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_uint_eq(b.len, 0);
	for (int i = 0; i < 200; i++) {
		buf_putc(&b, 'a');
		ck_assert_uint_eq(strlen(buf_str(&b)), b.len);
	}
	s = buf_steal(&b);
	ck_assert_uint_eq(strlen(s), 200);
	ck_assert(b.data == NULL && b.len == 0);
	free(s);
	s = buf_steal(&b);
	ck_assert_str_eq(s, "");
	free(s);
}
END_TEST

START_TEST(no_bytes_of_the_heap_are_a_pointer_too)
{
	void *p = xmalloc(0), *q = xcalloc(0, 7), *r = xrealloc(NULL, 0);
	char *s = xstrndup("abc", 2);

	ck_assert(p != NULL && q != NULL && r != NULL);
	ck_assert_str_eq(s, "ab");
	free(p);
	free(q);
	free(r);
	free(s);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_test(t, bytes_gather_in_order);
	tcase_add_test(t, a_buffer_grows_by_itself);
	tcase_add_test(t, room_is_written_to_and_taken);
	tcase_add_test(t, what_is_dropped_is_the_front);
	tcase_add_test(t, a_part_is_replaced_by_another_of_any_length);
	tcase_add_test(t, a_string_ends_with_a_nul_that_does_not_count);
	tcase_add_test(t, no_bytes_of_the_heap_are_a_pointer_too);
}

int
main(void)
{
	return suite_run("buf", add);
}
