/*
 * check_room: whoever follows a room gets its entries in order, each once,
 * however slow he is and whatever comes in between.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/flush.h"
#include "chatsrv/page.h"
#include "chatsrv/rooms.h"
#include "lib/codec.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/fakeroom.h"
#include "tests/unit/suite.h"

#define MIB ((size_t)1 << 20)

static struct room *r;
static struct fakemember a, b, c;

static void
start(void)
{
	fakeroom_start(64 * MIB);
	r = fakeroom_open(1, 0);
}

static void
stop(void)
{
	fakemember_exit(&a);
	fakemember_exit(&b);
	fakemember_exit(&c);
	fakeroom_stop();
}

static bool
got(struct fakemember *f, const char *text)
{
	return f->got.len != 0 &&
	    memmem(f->got.data, f->got.len, text, strlen(text)) != NULL;
}

/* Long enough that a few hundred do not fit a ring. */
static const char *
long_text(char out[1200], int64_t i)
{
	memset(out, 'a' + (int)(i % 26), 1100);
	out[1100] = '\0';
	return out;
}

static void
say_many(int n)
{
	char text[1200];

	for (int i = 0; i < n; i++)
		fakeroom_say(r, long_text(text, i));
}

START_TEST(an_entry_is_one_write_to_each_who_is_ready)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_V1, 1);
	fakeroom_say(r, "hello");
	ck_assert_uint_eq(a.writes, 0);
	ck_assert_int_eq(flush_turn(), -1);
	ck_assert(a.writes == 1 && a.entries == 1);
	ck_assert(b.writes == 1 && b.entries == 1);
	ck_assert_str_eq(buf_str(&a.got),
	    "{\"ev\":\"message\",\"room\":\"r1\","
	    "\"seq\":1,\"at\":1001,\"from\":\"ann\",\"guest\":true,"
	    "\"text\":\"hello\"}\n");
}
END_TEST

START_TEST(what_came_in_one_turn_goes_out_in_one_write)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	for (int i = 0; i < 100; i++)
		fakeroom_say(r, "x");
	fakeroom_settle();
	ck_assert(a.writes == 1 && a.entries == 100);
}
END_TEST

START_TEST(an_entry_that_was_accepted_is_not_taken_again)
{
	const struct entry *e;

	fakemember_enter(&a, r, FORM_V1, 1);
	fakeroom_say(r, "one");
	e = fakeroom_commit(r,
	    (struct entry){ .kind = ENTRY_message, .text = STR_LIT("two") });
	room_accept(r, e);
	room_accept(r, e);
	room_accept(r, e - 1);
	fakeroom_settle();
	room_accept(r, e);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 2);
	ck_assert_int_eq(r->head, 2);
}
END_TEST

START_TEST(who_joins_gets_what_is_above_his_cursor)
{
	for (int i = 0; i < 20; i++)
		fakeroom_say(r, "x");
	fakemember_enter(&a, r, FORM_V1, 21);
	fakemember_enter(&b, r, FORM_V1, 11);
	fakemember_enter(&c, r, FORM_V1, 1);
	fakeroom_settle();
	ck_assert(a.entries == 0 && b.entries == 10 && c.entries == 20);
	fakeroom_say(r, "y");
	fakeroom_settle();
	ck_assert(a.entries == 1 && b.entries == 11 && c.entries == 21);
}
END_TEST

START_TEST(a_slow_reader_is_served_from_the_ring_and_then_the_store)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_V1, 1);
	a.ready = false;
	say_many(100);
	fakeroom_settle();
	ck_assert(a.entries == 0 && b.entries == 100);
	a.ready = true;
	flush_member(&a.m);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 100);
	a.ready = false;
	say_many(900); /* four rings full */
	fakeroom_settle();
	ck_assert_uint_eq(b.entries, 1000);
	ck_assert(!ring_has(&r->rings[FORM_V1], 101));
	a.ready = true;
	flush_member(&a.m);
	ck_assert_uint_eq(a.entries, 100);
	ck_assert_uint_eq(fakeroom_waiting(), 1);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 1000);
}
END_TEST

START_TEST(numbers_that_were_missed_come_from_the_store_before_newer_ones)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakeroom_say(r, "one");
	fakeroom_settle();
	for (int i = 0; i < 5; i++)
		fakeroom_commit(r,
		    (struct entry){ .kind = ENTRY_message,
			.text = STR_LIT("elsewhere") });
	fakeroom_say(r, "seven");
	flush_turn();
	ck_assert_uint_eq(a.entries, 1);
	ck_assert_uint_eq(fakeroom_waiting(), 1);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 7);
}
END_TEST

START_TEST(an_end_that_is_heard_of_is_read_from_the_store)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakeroom_say(r, "one");
	fakeroom_settle();
	fakeroom_commit(r,
	    (struct entry){ .kind = ENTRY_message,
		.text = STR_LIT("elsewhere") });
	room_heard(r, 1);
	ck_assert_int_eq(r->head, 1);
	room_heard(r, 2);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 2);
	fakeroom_say(r, "three");
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 3);
}
END_TEST

START_TEST(readers_of_one_range_share_a_read)
{
	struct fakemember f[20] = { 0 };

	say_many(600);
	for (int i = 0; i < 20; i++)
		fakemember_enter(&f[i], r, FORM_V1, 1 + i);
	flush_turn();
	ck_assert_uint_eq(fakeroom_waiting(), 1);
	fakeroom_settle();
	for (int i = 0; i < 20; i++) {
		ck_assert_uint_eq(f[i].entries, (size_t)(600 - i));
		fakemember_exit(&f[i]);
	}
}
END_TEST

START_TEST(no_more_than_eight_reads_fly_at_a_time)
{
	struct fakemember f[20] = { 0 };

	say_many(3000);
	for (int i = 0; i < 20; i++)
		fakemember_enter(&f[i], r, FORM_V1, 1 + 100 * i);
	flush_turn();
	ck_assert_uint_eq(fakeroom_waiting(), 8);
	fakeroom_settle();
	for (int i = 0; i < 20; i++) {
		ck_assert_uint_eq(f[i].entries, (size_t)(3000 - 100 * i));
		fakemember_exit(&f[i]);
	}
}
END_TEST

START_TEST(a_read_that_failed_is_done_again_later)
{
	int64_t before;

	say_many(600);
	fakemember_enter(&a, r, FORM_V1, 1);
	flush_turn();
	fakeroom_fail();
	ck_assert_uint_eq(fakeroom_waiting(), 0);
	before = fakeclock;
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 600);
	ck_assert_int_ge(fakeclock - before, 1000000);
}
END_TEST

START_TEST(who_leaves_while_he_waits_is_not_served)
{
	say_many(600);
	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_V1, 1);
	flush_turn();
	room_exit(&a.m);
	fakeroom_settle();
	ck_assert(a.entries == 0 && b.entries == 600);
}
END_TEST

START_TEST(where_retention_took_entries_a_gap_is_told)
{
	say_many(600);
	fakeroom_forget(101);
	fakemember_enter(&a, r, FORM_V1, 11);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 500);
	ck_assert(got(&a,
	    "{\"ev\":\"gap\",\"room\":\"r1\",\"from\":11,\"to\":100}\n"));
}
END_TEST

START_TEST(a_gap_costs_nothing_however_long_and_waits_for_a_slow_reader)
{
	struct room *old = fakeroom_open(2, 1000000000);

	fakeroom_say(old, "new");
	fakemember_enter(&a, old, FORM_V1, 7);
	a.ready = false;
	fakeroom_settle();
	ck_assert_uint_eq(a.got.len, 0);
	a.ready = true;
	flush_member(&a.m);
	fakeroom_settle();
	ck_assert(got(&a,
	    "{\"ev\":\"gap\",\"room\":\"r2\",\"from\":7,"
	    "\"to\":1000000000}\n"));
	ck_assert_uint_eq(a.entries, 1);
	ck_assert_int_eq(a.m.next, 1000000002);
}
END_TEST

START_TEST(a_slow_reader_of_the_original_protocol_is_served_from_the_store)
{
	fakemember_enter(&a, r, FORM_SIMPLE, 1);
	a.ready = false;
	say_many(900);
	fakeroom_settle();
	a.ready = true;
	flush_member(&a.m);
	fakeroom_settle();
	ck_assert_uint_eq(a.entries, 900);
}
END_TEST

START_TEST(a_topic_stays_with_the_room)
{
	room_accept(r,
	    fakeroom_commit(r,
		(struct entry){ .kind = ENTRY_topic, .text = STR_LIT("new") }));
	ck_assert_str_eq(r->topic, "new");
	room_accept(r,
	    fakeroom_commit(r, (struct entry){ .kind = ENTRY_topic }));
	ck_assert_str_eq(r->topic, "");
}
END_TEST

static void
say_typing(void)
{
	struct msg m;

	msg_init(&m, SHAPE_ev_typing);
	MSG_PUT(&m, room, room_name(r));
	MSG_PUT(&m, user, STR_LIT("bob"));
	room_say(r, &m);
}

START_TEST(what_is_only_said_goes_to_those_at_their_end)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_V1, 1);
	fakemember_enter(&c, r, FORM_SIMPLE, 1);
	b.ready = false;
	fakeroom_say(r, "entry");
	say_typing();
	fakeroom_settle();
	/* Behind the entries of the turn, in the same write. */
	ck_assert(a.writes == 1 && a.entries == 1 && a.said == 1);
	ck_assert(strstr(buf_str(&a.got), "typing") >
	    strstr(buf_str(&a.got), "entry"));
	ck_assert(c.entries == 1 && !got(&c, "typing"));
	/* Who was behind never hears of it. */
	b.ready = true;
	flush_member(&b.m);
	fakeroom_settle();
	ck_assert(b.entries == 1 && b.said == 0);
	say_typing();
	fakeroom_settle();
	ck_assert(a.said == 2 && b.said == 1);
}
END_TEST

START_TEST(who_is_far_behind_hears_nothing_that_is_only_said)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	say_many(600);
	say_typing();
	flush_turn(); /* he waits for a page now */
	ck_assert_uint_eq(a.said, 0);
	fakeroom_settle();
	ck_assert(a.entries == 600 && a.said == 0);
}
END_TEST

/* A clock that moves with each write: that is what a pass costs. */
static void
costs_a_millisecond(struct fakemember *f)
{
	(void)f;
	fakeclock += 1000;
}

START_TEST(a_quiet_room_goes_out_at_once)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	a.taken = costs_a_millisecond;
	for (int i = 1; i < 50; i++) {
		fakeroom_say(r, "x");
		ck_assert_int_eq(flush_turn(), -1);
		ck_assert_uint_eq(a.writes, (size_t)i);
	}
}
END_TEST

START_TEST(a_busy_room_gathers_and_never_for_long)
{
	int64_t began;
	int wait;

	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_V1, 1);
	a.taken = b.taken = costs_a_millisecond;
	for (int i = 0; i < 10; i++)
		fakeroom_say(r, "x");
	began = fakeclock;
	flush_turn();
	ck_assert_uint_eq(a.writes, 1);
	fakeroom_say(r, "y");
	wait = flush_turn();
	ck_assert_uint_eq(a.writes, 1);
	ck_assert_int_gt(wait, 0);
	ck_assert_int_le(wait, 20);
	fakeclock += (int64_t)wait * 1000;
	flush_turn();
	ck_assert_uint_eq(a.writes, 2);
	ck_assert_int_ge(fakeclock - began, 5000);
	ck_assert_int_le(fakeclock - began, 26000);
}
END_TEST

START_TEST(who_parts_gives_what_is_not_due_yet)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_SIMPLE, 1);
	a.taken = b.taken = costs_a_millisecond;
	for (int i = 0; i < 10; i++)
		fakeroom_say(r, "x");
	flush_turn();
	fakeroom_say(r, "y");
	ck_assert_int_gt(flush_turn(), 0);
	ck_assert_uint_eq(b.entries, 10);
	flush_all();
	ck_assert(a.entries == 11 && b.entries == 11);
}
END_TEST

START_TEST(a_long_pass_gives_the_loop_its_turn)
{
	static struct fakemember f[1000];

	for (int i = 0; i < 1000; i++) {
		fakemember_enter(&f[i], r, FORM_V1, 1);
		f[i].taken = costs_a_millisecond;
	}
	fakeroom_say(r, "x");
	ck_assert_int_eq(flush_turn(), 0);
	fakeroom_say(r, "y");
	fakeroom_settle();
	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(f[i].entries, 2);
		fakemember_exit(&f[i]);
	}
}
END_TEST

/*
 * Members come and go while a pass is under way; each who stays gets what
 * there is without waiting for something new.
 */

START_TEST(who_stays_is_not_forgotten_when_others_come_and_go)
{
	unsigned seed = 1 + (unsigned)_i;
	static struct fakemember f[600];
	int n = 300;

	for (int i = 0; i < n; i++) {
		fakemember_enter(&f[i], r, FORM_V1, 1);
		f[i].taken = costs_a_millisecond;
	}
	for (int round = 0; round < 5; round++) {
		fakeroom_say(r, "x");
		say_typing();
		for (int k = 0; k < 3; k++) {
			int i = (int)suite_random(&seed, (unsigned)n);

			flush_turn();
			room_exit(&f[i].m);
			if (suite_random(&seed, 2) == 0) {
				fakemember_enter(&f[n], r, FORM_V1,
				    r->head + 1);
				f[n++].taken = costs_a_millisecond;
			}
		}
		fakeroom_settle();
		for (int i = 0; i < n; i++)
			ck_assert_msg(f[i].m.room == NULL ||
				f[i].m.next == r->head + 1,
			    "member %d of %d waits for %lld of %lld", i, n,
			    (long long)f[i].m.next, (long long)r->head);
	}
	for (int i = 0; i < n; i++)
		fakemember_exit(&f[i]);
}
END_TEST

static void delete (int64_t target)
{
	room_accept(r,
	    fakeroom_commit(r,
		(struct entry){ .kind = ENTRY_delete, .target = target }));
}

/* Some are ready or not, as it comes; entries, reads and deletes between. */

START_TEST(everybody_gets_everything_in_order_once)
{
	unsigned seed = 100 + (unsigned)_i;
	static struct fakemember f[30];
	char text[1200];
	int64_t began[30];

	for (int i = 0; i < 30; i++) {
		began[i] = r->head + 1;
		fakemember_enter(&f[i], r, i % 5 == 4 ? FORM_SIMPLE : FORM_V1,
		    began[i]);
	}
	for (int step = 0; step < 3000; step++) {
		struct fakemember *m = &f[suite_random(&seed, 30)];

		switch (suite_random(&seed, 10)) {
		case 0:
		case 1:
		case 2:
			fakeroom_say(r, long_text(text, step));
			break;
		case 3:
			fakeroom_commit(r,
			    (struct entry){ .kind = ENTRY_message,
				.text = STR_LIT("e") });
			break;
		case 4:
			if (r->head > 0)
				delete (
				    1 + suite_random(&seed, (unsigned)r->head));
			break;
		case 5:
			m->ready = !m->ready;
			if (m->ready)
				flush_member(&m->m);
			break;
		case 6:
			if (fakeroom_waiting() != 0)
				fakeroom_answer();
			break;
		case 7:
			if (suite_random(&seed, 20) == 0)
				for (int k = 0; k < FORM__COUNT; k++)
					ring_halve(&r->rings[k]);
			break;
		default:
			flush_turn();
			fakeclock += suite_random(&seed, 3000);
		}
	}
	for (int i = 0; i < 30; i++) {
		f[i].ready = true;
		flush_member(&f[i].m);
	}
	fakeroom_say(r, "last");
	fakeroom_settle();
	for (int i = 0; i < 30; i++) {
		ck_assert_int_eq(f[i].m.next, r->head + 1);
		if (f[i].m.form == FORM_V1)
			ck_assert_int_eq((int64_t)f[i].entries,
			    r->head + 1 - began[i]);
		fakemember_exit(&f[i]);
	}
}
END_TEST

START_TEST(all_rings_together_keep_their_bound)
{
	char text[1200];
	struct room *rooms[9];

	fakeroom_stop();
	fakeroom_start(MIB);
	for (int i = 0; i < 9; i++)
		rooms[i] = fakeroom_open(i + 1, 0);
	for (int i = 0; i < 9 * 400; i++)
		fakeroom_say(rooms[i / 400], long_text(text, i));
	size_t sum = 0;
	for (int i = 0; i < 9; i++)
		sum += ring_size(&rooms[i]->rings[FORM_V1]);
	ck_assert_uint_le(sum, MIB + 1024 * 1024 / 2);
	/* The busiest kept its entries, the least busy gave theirs. */
	ck_assert_uint_gt(rooms[8]->rings[FORM_V1].n, 100);
	ck_assert_uint_lt(rooms[0]->rings[FORM_V1].n, 20);
}
END_TEST

/* Rings that are small are many: they give all that they have. */
START_TEST(many_small_rings_keep_the_bound_too)
{
	char text[1200];
	struct room *rooms[60];
	size_t sum = 0;

	fakeroom_stop();
	fakeroom_start((size_t)64 * 1024);
	for (int i = 0; i < 60; i++)
		rooms[i] = fakeroom_open(i + 1, 0);
	for (int i = 0; i < 60 * 3; i++)
		fakeroom_say(rooms[i / 3], long_text(text, i));
	for (int i = 0; i < 60; i++)
		sum += ring_size(&rooms[i]->rings[FORM_V1]);
	ck_assert_uint_le(sum, (size_t)64 * 1024);
	ck_assert_uint_eq(rooms[59]->rings[FORM_V1].n, 3);
	ck_assert_uint_eq(ring_size(&rooms[0]->rings[FORM_V1]), 0);
	/* One that gave all takes part again. */
	fakeroom_say(rooms[0], "again");
	ck_assert(ring_has(&rooms[0]->rings[FORM_V1], 4));
	ck_assert(!ring_has(&rooms[0]->rings[FORM_V1], 3));
}
END_TEST

START_TEST(a_room_stays_a_minute_after_the_last_has_left)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	fakeclock += 120000000;
	rooms_tick();
	ck_assert_ptr_eq(rooms_find(1), r);
	room_exit(&a.m);
	rooms_tick();
	fakeclock += 59000000;
	rooms_tick();
	ck_assert_ptr_eq(rooms_find(1), r);
	ck_assert_ptr_eq(rooms_find_key("r1"), r);
	fakeclock += 2000000;
	rooms_tick();
	ck_assert_ptr_null(rooms_find(1));
	ck_assert_ptr_null(rooms_find_key("r1"));
}
END_TEST

START_TEST(a_room_that_a_read_is_under_way_for_stays)
{
	say_many(600);
	fakemember_enter(&a, r, FORM_V1, 1);
	flush_turn();
	room_exit(&a.m);
	rooms_tick();
	fakeclock += 600000000;
	rooms_tick();
	ck_assert_ptr_eq(rooms_find(1), r);
	fakeroom_answer();
	rooms_tick();
	fakeclock += 61000000;
	rooms_tick();
	ck_assert_ptr_null(rooms_find(1));
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, an_entry_is_one_write_to_each_who_is_ready);
	tcase_add_test(t, what_came_in_one_turn_goes_out_in_one_write);
	tcase_add_test(t, an_entry_that_was_accepted_is_not_taken_again);
	tcase_add_test(t, who_joins_gets_what_is_above_his_cursor);
	tcase_add_test(t,
	    a_slow_reader_is_served_from_the_ring_and_then_the_store);
	tcase_add_test(t,
	    numbers_that_were_missed_come_from_the_store_before_newer_ones);
	tcase_add_test(t, an_end_that_is_heard_of_is_read_from_the_store);
	tcase_add_test(t, readers_of_one_range_share_a_read);
	tcase_add_test(t, no_more_than_eight_reads_fly_at_a_time);
	tcase_add_test(t, a_read_that_failed_is_done_again_later);
	tcase_add_test(t, who_leaves_while_he_waits_is_not_served);
	tcase_add_test(t, where_retention_took_entries_a_gap_is_told);
	tcase_add_test(t,
	    a_gap_costs_nothing_however_long_and_waits_for_a_slow_reader);
	tcase_add_test(t,
	    a_slow_reader_of_the_original_protocol_is_served_from_the_store);
	tcase_add_test(t, a_topic_stays_with_the_room);
	tcase_add_test(t, what_is_only_said_goes_to_those_at_their_end);
	tcase_add_test(t, who_is_far_behind_hears_nothing_that_is_only_said);
	tcase_add_test(t, a_quiet_room_goes_out_at_once);
	tcase_add_test(t, a_busy_room_gathers_and_never_for_long);
	tcase_add_test(t, who_parts_gives_what_is_not_due_yet);
	tcase_add_test(t, a_long_pass_gives_the_loop_its_turn);
	tcase_add_loop_test(t,
	    who_stays_is_not_forgotten_when_others_come_and_go, 0, 10);
	tcase_add_loop_test(t, everybody_gets_everything_in_order_once, 0, 20);
	tcase_add_test(t, all_rings_together_keep_their_bound);
	tcase_add_test(t, many_small_rings_keep_the_bound_too);
	tcase_add_test(t, a_room_stays_a_minute_after_the_last_has_left);
	tcase_add_test(t, a_room_that_a_read_is_under_way_for_stays);
}

int
main(void)
{
	return suite_run("room", add);
}
