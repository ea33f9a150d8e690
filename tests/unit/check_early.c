/*
 * check_early: entries that come in another order than they were numbered, or
 * not at all, reach everybody in order, each once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/early.h"
#include "chatsrv/flush.h"
#include "chatsrv/rooms.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/fakeroom.h"
#include "tests/unit/suite.h"

#define PATIENCE 50 /* ms */

static struct room *r;
static struct fakemember a, b;

static void
start(void)
{
	fakeroom_start((size_t)64 << 20);
	early_patience(PATIENCE);
	r = fakeroom_open(1, 0);
	fakemember_enter(&a, r, FORM_V1, 1);
}

static void
stop(void)
{
	early_patience(0);
	fakemember_exit(&a);
	fakemember_exit(&b);
	fakeroom_stop();
}

static const struct entry *
message(const char *text)
{
	return fakeroom_commit(r,
	    (struct entry){ .kind = ENTRY_message, .text = str_of(text) });
}

static const struct entry *
about(enum entry_kind kind, int64_t target, const char *text)
{
	return fakeroom_commit(r,
	    (struct entry){ .kind = kind,
		.target = target,
		.text = text != NULL ? str_of(text) : (struct str){ 0 } });
}

static bool
got(const char *text)
{
	return a.got.len != 0 && strstr(buf_str(&a.got), text) != NULL;
}

static void
wait_ms(int ms)
{
	fakeclock += (int64_t)ms * 1000;
	early_turn();
	fakeroom_settle();
}

START_TEST(an_entry_waits_for_those_with_lower_numbers)
{
	const struct entry *one = message("one"), *two = message("two"),
			   *three = message("three");

	room_accept(r, three);
	room_accept(r, two);
	wait_ms(PATIENCE - 1);
	ck_assert_uint_eq(a.entries, 0);
	room_accept(r, one);
	ck_assert_int_eq(r->head, 3);
	ck_assert_int_eq(early_turn(), -1);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 3);
	ck_assert_uint_eq(fakeroom_waiting(), 0);
}
END_TEST

START_TEST(one_that_comes_twice_is_there_once)
{
	const struct entry *one = message("one"), *two = message("two");

	room_accept(r, two);
	room_accept(r, two);
	room_accept(r, one);
	room_accept(r, one);
	room_accept(r, two);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 2);
}
END_TEST

START_TEST(what_does_not_come_in_time_is_read_from_the_store)
{
	const struct entry *two, *four;

	message("one");
	two = message("two");
	message("three");
	four = message("four");
	room_accept(r, four);
	room_accept(r, two);
	ck_assert_int_eq(early_turn(), PATIENCE);
	wait_ms(PATIENCE);
	ck_assert_int_eq(r->head, 4);
	ck_assert_uint_eq(a.entries, 4);
	ck_assert_int_eq(early_turn(), -1);
}
END_TEST

START_TEST(without_patience_nothing_waits)
{
	early_patience(0);
	message("one");
	room_accept(r, message("two"));
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 2);
}
END_TEST

START_TEST(an_end_that_is_heard_of_is_waited_for_a_moment)
{
	const struct entry *one = message("one");

	message("two");
	early_want(r, 2);
	room_accept(r, one);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 1);
	wait_ms(PATIENCE);
	ck_assert_uint_eq(a.entries, 2);
	ck_assert_int_eq(r->head, 2);
}
END_TEST

START_TEST(a_room_that_waits_with_too_much_waits_no_longer)
{
	char text[10000];
	size_t n = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	message("one");
	while (r->head == 0 && n++ < 100)
		room_accept(r, message(text));
	ck_assert_uint_lt(n, EARLY_BYTES / sizeof(text) + 2);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, n + 1);
}
END_TEST

START_TEST(a_text_whose_delete_came_first_is_told_to_nobody)
{
	const struct entry *said = message("secret"),
			   *edit = about(ENTRY_edit, 1, "secret too"),
			   *gone = about(ENTRY_delete, 1, NULL);

	room_accept(r, gone);
	room_accept(r, edit);
	room_accept(r, said);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 3);
	ck_assert(!got("secret"));
	/* Nor does the ring have it, for those who come later. */
	fakemember_enter(&b, r, FORM_V1, 1);
	fakeroom_settle();
	ck_assert_uint_eq(b.entries, 3);
	ck_assert(strstr(buf_str(&b.got), "secret") == NULL);
}
END_TEST

START_TEST(a_delete_that_was_missed_lets_go_of_the_text_when_it_is_read)
{
	int64_t said = fakeroom_say(r, "secret");

	fakeroom_settle();
	fakeroom_purges = 0;
	about(ENTRY_delete, said, NULL);
	room_accept(r, message("later"));
	wait_ms(PATIENCE);
	ck_assert_uint_eq(a.entries, 3);
	ck_assert_uint_eq(fakeroom_purges, 1);
	ck_assert_int_eq(fakeroom_purged, said);
}
END_TEST

START_TEST(a_read_from_before_a_gap_is_done_again)
{
	fakeroom_say(r, "secret");
	fakemember_enter(&b, r, FORM_SIMPLE, 1);
	flush_turn();
	fakeroom_make();
	about(ENTRY_delete, 1, NULL);
	room_accept(r, message("later"));
	fakeclock += (int64_t)PATIENCE * 1000;
	early_turn();
	fakeroom_give();
	fakeroom_settle();
	ck_assert(b.got.len == 0 || strstr(buf_str(&b.got), "secret") == NULL);
	ck_assert(strstr(buf_str(&b.got), "later") != NULL);
}
END_TEST

START_TEST(a_topic_that_was_missed_is_the_rooms_when_it_is_read)
{
	about(ENTRY_topic, 0, "old");
	room_accept(r, message("x"));
	wait_ms(PATIENCE);
	ck_assert_str_eq(r->topic, "old");
	/* One that is read late does not undo a newer one. */
	about(ENTRY_topic, 0, "missed");
	room_accept(r, about(ENTRY_topic, 0, "new"));
	wait_ms(PATIENCE);
	ck_assert_uint_eq(a.entries, 4);
	ck_assert_str_eq(r->topic, "new");
}
END_TEST

/* Some come twice, some in another order, some never. */
START_TEST(whatever_the_order_everybody_gets_all_in_order)
{
	enum { N = 200 };
	const struct entry *e[N];
	unsigned seed = (unsigned)_i;
	char text[16];

	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "m%d", i);
		e[i] = message(text);
	}
	for (int i = 0; i < N + 20; i++) {
		int at = i - (int)suite_random(&seed, 12);

		if (at >= 0 && at < N && suite_random(&seed, 10) != 0)
			room_accept(r, e[at]);
		if (suite_random(&seed, 8) == 0)
			wait_ms((int)suite_random(&seed, 60));
	}
	early_want(r, N);
	wait_ms(PATIENCE);
	ck_assert_uint_eq(a.entries, N);
	ck_assert_int_eq(r->head, N);
	ck_assert_ptr_null(r->early);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, an_entry_waits_for_those_with_lower_numbers);
	tcase_add_test(t, one_that_comes_twice_is_there_once);
	tcase_add_test(t, what_does_not_come_in_time_is_read_from_the_store);
	tcase_add_test(t, without_patience_nothing_waits);
	tcase_add_test(t, an_end_that_is_heard_of_is_waited_for_a_moment);
	tcase_add_test(t, a_room_that_waits_with_too_much_waits_no_longer);
	tcase_add_test(t, a_text_whose_delete_came_first_is_told_to_nobody);
	tcase_add_test(t,
	    a_delete_that_was_missed_lets_go_of_the_text_when_it_is_read);
	tcase_add_test(t, a_read_from_before_a_gap_is_done_again);
	tcase_add_test(t, a_topic_that_was_missed_is_the_rooms_when_it_is_read);
	tcase_add_loop_test(t, whatever_the_order_everybody_gets_all_in_order,
	    0, 50);
}

int
main(void)
{
	return suite_run("early", add);
}
