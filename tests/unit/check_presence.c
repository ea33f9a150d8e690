/*
 * check_presence: who came and left is told once, gathered, and not for those
 * who were away for a moment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/flush.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/fakeroom.h"
#include "tests/unit/suite.h"

static struct room *r;
static struct presence *p;
static struct fakemember a;
static int64_t now;

static void
start(void)
{
	fakeroom_start(1u << 20);
	r = fakeroom_open(1, 0);
	p = r->presence;
	fakemember_enter(&a, r, FORM_V1, 1);
	now = 100000;
}

static void
stop(void)
{
	fakemember_exit(&a);
	fakeroom_stop();
}

/* The room's second passes; what was told in it, "" for nothing. */
static const char *
told(int64_t ms)
{
	buf_reset(&a.got);
	now += ms;
	presence_tick(p, now);
	fakeroom_settle();
	return buf_str(&a.got);
}

#define EVENT(fields) "{\"ev\":\"presence\",\"room\":\"r1\"," fields "}\n"

START_TEST(who_comes_is_told_once)
{
	presence_enter(p, 1, "ann", true);
	presence_enter(p, 2, "bob", false);
	ck_assert_str_eq(told(1000),
	    EVENT("\"join\":[{\"user\":\"ann\","
		  "\"guest\":true},{\"user\":\"bob\"}],\"online\":2"));
	ck_assert_str_eq(told(1000), "");
	presence_enter(p, 1, "ann", true); /* another window */
	ck_assert_str_eq(told(1000), "");
	ck_assert_uint_eq(presence_online(p), 2);
}
END_TEST

START_TEST(who_leaves_is_told_after_ten_seconds)
{
	presence_enter(p, 1, "ann", true);
	presence_enter(p, 2, "bob", true);
	told(1000);
	presence_leave(p, 1, now);
	ck_assert_str_eq(told(9999), "");
	ck_assert_uint_eq(presence_online(p), 2);
	ck_assert_str_eq(told(1),
	    EVENT("\"leave\":[{\"user\":\"ann\","
		  "\"guest\":true}],\"online\":1"));
	ck_assert_str_eq(told(60000), "");
	ck_assert(presence_busy(p));
	presence_leave(p, 2, now);
	told(10000);
	ck_assert(!presence_busy(p));
}
END_TEST

START_TEST(a_reload_is_silent)
{
	presence_enter(p, 1, "ann", true);
	told(1000);
	presence_leave(p, 1, now);
	ck_assert_str_eq(told(5000), "");
	presence_enter(p, 1, "ann", true);
	ck_assert_str_eq(told(60000), "");
	/* He leaves anew, and his ten seconds begin anew. */
	presence_leave(p, 1, now);
	ck_assert_str_eq(told(9000), "");
	ck_assert_str_ne(told(1000), "");
}
END_TEST

START_TEST(one_of_two_windows_closed_is_no_leave)
{
	presence_enter(p, 1, "ann", true);
	presence_enter(p, 1, "ann", true);
	told(1000);
	presence_leave(p, 1, now);
	ck_assert_str_eq(told(60000), "");
	ck_assert_uint_eq(presence_online(p), 1);
	presence_leave(p, 1, now);
	ck_assert_str_ne(told(10000), "");
	/* More leaves than came are nothing. */
	presence_leave(p, 1, now);
	presence_leave(p, 9, now);
	ck_assert_str_eq(told(60000), "");
}
END_TEST

START_TEST(who_was_gone_before_he_was_told_never_came)
{
	presence_enter(p, 1, "ann", true);
	presence_leave(p, 1, now);
	ck_assert_ptr_null(strstr(told(10000), "ann"));
	ck_assert_uint_eq(presence_online(p), 0);
}
END_TEST

START_TEST(a_new_name_is_the_one_that_is_told_and_listed)
{
	struct presence_person list[4];

	presence_enter(p, 1, "ann", true);
	presence_rename(p, 1, "bea");
	ck_assert_ptr_nonnull(strstr(told(1000), "bea"));
	ck_assert_uint_eq(presence_list(p, 0, list, 4), 1);
	ck_assert_str_eq(list[0].name, "bea");
	presence_leave(p, 1, now);
	ck_assert_ptr_nonnull(strstr(told(10000), "bea"));
}
END_TEST

START_TEST(of_a_crowd_only_the_number_is_told)
{
	char name[16];

	for (int i = 1; i <= PRESENCE_CROWD + 1; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		presence_enter(p, i, name, true);
	}
	ck_assert_str_eq(told(1000), EVENT("\"online\":501"));
	presence_enter(p, 9000, "x", true);
	ck_assert_str_eq(told(1000), "");
	ck_assert_str_eq(told(9000), EVENT("\"online\":502"));
	ck_assert_str_eq(told(10000), "");
}
END_TEST

START_TEST(many_who_come_at_once_are_all_told_a_few_at_a_time)
{
	char name[16];
	size_t seen = 0;

	for (int i = 1; i <= PRESENCE_CROWD; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		presence_enter(p, i, name, true);
	}
	for (int i = 0; i < 5; i++)
		for (const char *at = told(1000);
		     (at = strstr(at, "\"user\"")) != NULL; at++)
			seen++;
	ck_assert_uint_eq(seen, PRESENCE_CROWD);
}
END_TEST

START_TEST(many_who_leave_at_once_are_all_told)
{
	char name[16];
	size_t seen = 0;

	for (int i = 1; i <= 450; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		presence_enter(p, i, name, true);
	}
	for (int i = 0; i < 5; i++)
		told(1000);
	for (int i = 1; i <= 450; i++)
		presence_leave(p, i, now);
	told(0);
	now += 9000;
	for (int i = 0; i < 5; i++)
		for (const char *at = told(1000);
		     (at = strstr(at, "\"user\"")) != NULL; at++)
			seen++;
	ck_assert_uint_eq(seen, 450);
	ck_assert_uint_eq(presence_online(p), 0);
}
END_TEST

START_TEST(the_list_is_by_name_and_comes_in_parts)
{
	static const char *const names[] = { "dan", "ann", "eve", "cat",
		"bob" };
	struct presence_person list[3];

	for (int i = 0; i < 5; i++)
		presence_enter(p, i + 1, names[i], i % 2 == 0);
	ck_assert_uint_eq(presence_list(p, 0, list, 3), 3);
	ck_assert_str_eq(list[0].name, "ann");
	ck_assert_str_eq(list[1].name, "bob");
	ck_assert_str_eq(list[2].name, "cat");
	ck_assert(!list[0].guest && list[1].guest);
	ck_assert_uint_eq(presence_list(p, 3, list, 3), 2);
	ck_assert_str_eq(list[0].name, "dan");
	ck_assert_str_eq(list[1].name, "eve");
	ck_assert_uint_eq(presence_list(p, 5, list, 3), 0);
	ck_assert_uint_eq(presence_list(p, 500, list, 3), 0);
	ck_assert_uint_eq(presence_list(p, 0, list, 0), 0);

	/* It follows who comes, goes and is called otherwise. */
	presence_enter(p, 6, "aaa", true);
	ck_assert_uint_eq(presence_list(p, 0, list, 3), 3);
	ck_assert_str_eq(list[0].name, "aaa");
	ck_assert_str_eq(list[1].name, "ann");
	presence_rename(p, 2, "zoe");
	ck_assert_uint_eq(presence_list(p, 3, list, 3), 3);
	ck_assert_str_eq(list[2].name, "zoe");
	presence_leave(p, 4, 1000);
	presence_tick(p, 20000);
	ck_assert_uint_eq(presence_list(p, 0, list, 3), 3);
	ck_assert_str_eq(list[0].name, "aaa");
	ck_assert_str_eq(list[1].name, "bob");
	ck_assert_str_eq(list[2].name, "dan");
	ck_assert_uint_eq(presence_list(p, 3, list, 3), 2);
	ck_assert_str_eq(list[1].name, "zoe");
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, who_comes_is_told_once);
	tcase_add_test(t, who_leaves_is_told_after_ten_seconds);
	tcase_add_test(t, a_reload_is_silent);
	tcase_add_test(t, one_of_two_windows_closed_is_no_leave);
	tcase_add_test(t, who_was_gone_before_he_was_told_never_came);
	tcase_add_test(t, a_new_name_is_the_one_that_is_told_and_listed);
	tcase_add_test(t, of_a_crowd_only_the_number_is_told);
	tcase_add_test(t, many_who_come_at_once_are_all_told_a_few_at_a_time);
	tcase_add_test(t, many_who_leave_at_once_are_all_told);
	tcase_add_test(t, the_list_is_by_name_and_comes_in_parts);
}

int
main(void)
{
	return suite_run("presence", add);
}
