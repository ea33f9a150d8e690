/*
 * check_limit: buckets give what they hold, and fill as time passes.
 */
#include <string.h>

#include <check.h>

#include "chatsrv/conf.h"
#include "chatsrv/limit.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/suite.h"

static struct conf conf;
static struct limit l;

static void
start(void)
{
	conf = (struct conf){ .limits_enabled = true,
		.limits_requests_burst = 5,
		.limits_requests_per_s = 2,
		.limits_bytes_burst = 1000,
		.limits_bytes_per_s = 100,
		.limits_connections_per_address = 3,
		.limits_rooms = 9,
		.limits_hello_s = 15 };
	limit_setup(&conf);
	limit_init(&l);
}

START_TEST(a_burst_goes_through_and_then_a_request_at_a_time)
{
	for (int i = 0; i < 5; i++)
		ck_assert(limit_take(&l, 1, 0) == 0);
	/* Half a second for each. */
	ck_assert_double_eq_tol(limit_take(&l, 1, 0), 0.5, 1e-4);
	ck_assert_double_eq_tol(limit_take(&l, 2, 0), 1.0, 1e-4);
	fakeclock += 499000;
	ck_assert(limit_take(&l, 1, 0) > 0);
	fakeclock += 2000;
	ck_assert(limit_take(&l, 1, 0) == 0);
	ck_assert(limit_take(&l, 1, 0) > 0);
}
END_TEST

START_TEST(bytes_have_a_bucket_of_their_own)
{
	ck_assert(limit_take(&l, 0, 1000) == 0);
	ck_assert_double_eq_tol(limit_take(&l, 1, 50), 0.5, 1e-4);
	/* Of two waits it is the longer one. */
	ck_assert_double_eq_tol(limit_take(&l, 9, 50), 2.0, 1e-4);
	ck_assert(limit_take(&l, 1, 0) == 0);
	fakeclock += 1000000;
	ck_assert(limit_take(&l, 1, 100) == 0);
	ck_assert(limit_take(&l, 1, 1) > 0);
}
END_TEST

START_TEST(what_was_refused_costs_nothing)
{
	for (int i = 0; i < 100; i++)
		ck_assert(limit_take(&l, 1, 1001) > 0);
	ck_assert(limit_take(&l, 5, 1000) == 0);
}
END_TEST

START_TEST(a_bucket_holds_no_more_than_its_burst)
{
	fakeclock += INT64_C(86400) * 365 * 1000000;
	ck_assert(limit_take(&l, 5, 1000) == 0);
	ck_assert(limit_take(&l, 1, 0) > 0);
}
END_TEST

START_TEST(small_times_add_up)
{
	ck_assert(limit_take(&l, 5, 1000) == 0);
	for (int ms = 0; ms < 500; ms++) {
		ck_assert(limit_take(&l, 1, 0) > 0);
		fakeclock += 1000;
	}
	fakeclock += 5000;
	ck_assert(limit_take(&l, 1, 0) == 0);
}
END_TEST

START_TEST(limits_that_are_off_let_everything_through)
{
	conf.limits_enabled = false;
	for (int i = 0; i < 1000; i++)
		ck_assert(limit_take(&l, 50, 1u << 20) == 0);
	ck_assert(!limit_enabled());
}
END_TEST

START_TEST(connections_are_counted_for_each_address)
{
	static const unsigned char a[8] = "aaaaaaaa", b[8] = "bbbbbbbb";
	struct limit_address *of[3], *other;

	for (int i = 0; i < 3; i++)
		of[i] = limit_connect(a);
	ck_assert(of[0] != NULL && of[1] != NULL && of[2] != NULL);
	ck_assert_ptr_null(limit_connect(a));
	other = limit_connect(b);
	ck_assert_ptr_nonnull(other);
	limit_disconnect(of[0]);
	of[0] = limit_connect(a);
	ck_assert_ptr_nonnull(of[0]);
	ck_assert_ptr_null(limit_connect(a));
	for (int i = 0; i < 3; i++)
		limit_disconnect(of[i]);
	limit_disconnect(other);
	limit_disconnect(NULL);
	/* Counted, but not refused. */
	conf.limits_enabled = false;
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(of[0] = limit_connect(a));
	for (int i = 0; i < 100; i++)
		limit_disconnect(of[0]);
}
END_TEST

START_TEST(a_client_is_told_what_holds)
{
	struct msg m;

	limit_tell(&m);
	ck_assert_int_eq(m.shape, SHAPE_limits);
	ck_assert_int_eq(m.text_bytes, 16384);
	ck_assert_int_eq(m.frame_bytes, 65536);
	ck_assert_int_eq(m.requests_burst, 5);
	ck_assert_int_eq(m.requests_per_s, 2);
	ck_assert_int_eq(m.bytes_burst, 1000);
	ck_assert_int_eq(m.bytes_per_s, 100);
	ck_assert_int_eq(m.rooms_max, 9);
	ck_assert_int_eq(limit_rooms(), 9);
	ck_assert_int_eq(limit_hello_ms(), 15000);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, NULL);
	tcase_add_test(t, a_burst_goes_through_and_then_a_request_at_a_time);
	tcase_add_test(t, bytes_have_a_bucket_of_their_own);
	tcase_add_test(t, what_was_refused_costs_nothing);
	tcase_add_test(t, a_bucket_holds_no_more_than_its_burst);
	tcase_add_test(t, small_times_add_up);
	tcase_add_test(t, limits_that_are_off_let_everything_through);
	tcase_add_test(t, connections_are_counted_for_each_address);
	tcase_add_test(t, a_client_is_told_what_holds);
}

int
main(void)
{
	return suite_run("limit", add);
}
