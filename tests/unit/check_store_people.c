/*
 * check_store_people: guests, their names as leases, rooms and read markers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/storefile.h"
#include "tests/unit/suite.h"

/* Who got a token; 1 for one that nobody has. */
static int64_t
owner(const char *token)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "SELECT ifnull((SELECT id FROM identity WHERE"
	    " CAST(substr(token, 1, %zu) AS TEXT) = '%s'), 1)",
	    strlen(token), token);
	return sql_value(text);
}

/* Names are free or not by their skeletons, here their texts. */
static struct store_hello
hello(const char *token, bool fresh, const char *wish)
{
	struct store_hello h = { .fresh = fresh };

	if (!fresh)
		h.who.id = owner(token);
	memcpy(h.token, token, strlen(token));
	strcpy(h.wish.text, wish);
	strcpy(h.wish.key, wish);
	run_alone(&h.req, STORE_hello);
	free(h.rooms);
	h.rooms = NULL;
	return h;
}

START_TEST(a_token_proves_the_same_guest)
{
	struct store_hello a = hello("ta", true, "ann"), b, c;

	ck_assert(a.req.err == ERR_OK && a.who.guest);
	ck_assert_str_eq(a.who.name, "ann");
	b = hello("ta", false, "");
	ck_assert(b.req.err == ERR_OK && b.who.id == a.who.id);
	ck_assert_str_eq(b.who.name, "ann");
	ck_assert_uint_eq(b.nrooms, 0);
	c = hello("tx", false, "");
	ck_assert_int_eq(c.req.err, ERR_UNAUTHORIZED);
	sql("UPDATE identity SET seen = seen - 31 * 86400000");
	sql("DELETE FROM nick");
	b = hello("ta", false, "");
	ck_assert_int_eq(b.req.err, ERR_UNAUTHORIZED);
}
END_TEST

START_TEST(a_nick_that_somebody_holds_is_not_given_away)
{
	struct store_beat beat = { .clean = false };
	struct store_hello a, b, c;
	struct store_nick n;

	run_alone(&beat.req, STORE_beat);
	a = hello("ta", true, "ann");
	n.who = a.who.id;
	b = hello("tb", true, "ann");
	ck_assert_str_eq(b.who.name, "ann2");
	c = hello("tc", true, "ann");
	ck_assert_str_eq(c.who.name, "ann3");
	strcpy(n.name.text, "ann2");
	strcpy(n.name.key, "ann2");
	ck_assert_int_eq(run_alone(&n.req, STORE_nick), ERR_EXISTS);
	strcpy(n.name.text, "bea");
	strcpy(n.name.key, "bea");
	ck_assert_int_eq(run_alone(&n.req, STORE_nick), ERR_OK);
	/* What he had is free at once. */
	c = hello("td", true, "ann");
	ck_assert_str_eq(c.who.name, "ann");
}
END_TEST

START_TEST(a_nick_is_free_sixty_seconds_after_its_node)
{
	struct store_hello a = hello("ta", true, "ann"), b;
	struct store_beat beat = { .clean = true };
	struct store_bye bye = { .who = a.who.id, .lease = a.who.lease };

	/* The node renews its own lease, and with it those of its nicks. */
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nick WHERE until IS "
				   "NULL"),
	    1);
	run_alone(&bye.req, STORE_bye);
	b = hello("tb", true, "ann");
	ck_assert_str_eq(b.who.name, "ann2");
	sql("UPDATE nick SET until = until - 61000 WHERE key = 'ann'");
	b = hello("tc", true, "ann");
	ck_assert_str_eq(b.who.name, "ann");
	/* A node that died: nobody renews its lease. */
	sql("INSERT INTO node SELECT x'00', until FROM node");
	sql("UPDATE nick SET node = zeroblob(16) WHERE key = 'ann2'");
	sql("UPDATE node SET id = zeroblob(16) WHERE id = x'00'");
	b = hello("td", true, "ann2");
	ck_assert_str_eq(b.who.name, "ann22");
	sql("UPDATE node SET until = until - 61000 WHERE id = zeroblob(16)");
	b = hello("te", true, "ann2");
	ck_assert_str_eq(b.who.name, "ann2");
}
END_TEST

START_TEST(a_clock_that_is_set_frees_no_name_of_those_who_are_here)
{
	struct store_beat beat = { .clean = false };
	struct store_hello b;

	run_alone(&beat.req, STORE_beat);
	hello("ta", true, "ann");
	sql("UPDATE node SET until = 1");
	b = hello("tb", true, "ann");
	ck_assert_str_eq(b.who.name, "ann2");
}
END_TEST

static int64_t
held(void)
{
	return sql_value(
	    "SELECT count(*) FROM nick WHERE until IS NULL AND who = 1");
}

START_TEST(a_lease_survives_a_reconnect_and_ends_with_the_last)
{
	struct store_hello a = hello("ta", true, "ann"), b;
	struct store_bye bye = { .who = a.who.id, .lease = a.who.lease };
	struct store_nick n = { .who = a.who.id, .name = { "bea", "bea" } };

	ck_assert(a.who.id == 1 && held() == 1);
	/* He is back before the end of his old connection is heard of. */
	b = hello("ta", false, "");
	run_alone(&bye.req, STORE_bye);
	ck_assert_int_eq(held(), 1);
	/* With another name it is the same lease. */
	ck_assert_int_eq(run_alone(&n.req, STORE_nick), ERR_OK);
	ck_assert_int_eq(held(), 1);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nick"), 1);
	bye.lease = b.who.lease;
	run_alone(&bye.req, STORE_bye);
	ck_assert_int_eq(held(), 0);
	/* Another node's are not ours to end. */
	b = hello("ta", false, "");
	sql("UPDATE nick SET node = x'00'");
	bye.lease = b.who.lease;
	run_alone(&bye.req, STORE_bye);
	ck_assert_int_eq(held(), 1);
}
END_TEST

START_TEST(the_number_of_an_identity_is_never_given_again)
{
	struct store_hello a = hello("ta", true, "ann"), b;
	struct store_bye bye = { .who = a.who.id, .lease = a.who.lease };
	struct store_beat beat = { .clean = true };

	run_alone(&bye.req, STORE_bye);
	sql("UPDATE nick SET until = until - 31 * 86400000");
	sql("UPDATE identity SET seen = seen - 31 * 86400000");
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM identity"), 0);
	b = hello("tb", true, "bea");
	ck_assert_int_gt(b.who.id, a.who.id);
}
END_TEST

START_TEST(thirty_days_begin_when_a_guest_leaves)
{
	struct store_hello a = hello("ta", true, "ann"), b;
	struct store_bye bye = { .who = a.who.id, .lease = a.who.lease };
	struct store_beat beat = { .clean = true };

	/* He was here for 31 days. */
	sql("UPDATE identity SET seen = seen - 31 * 86400000");
	run_alone(&beat.req, STORE_beat);
	run_alone(&bye.req, STORE_bye);
	sql("UPDATE nick SET until = 1");
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nick"), 0);
	b = hello("ta", false, "");
	ck_assert(b.req.err == ERR_OK && b.who.id == a.who.id);
	/* The same when his node died under him, cleared away or not. */
	sql("UPDATE identity SET seen = seen - 31 * 86400000");
	sql("UPDATE nick SET node = x'00'");
	b = hello("ta", false, "");
	ck_assert_int_eq(b.req.err, ERR_OK);
	sql("UPDATE identity SET seen = seen - 31 * 86400000");
	sql("UPDATE nick SET node = x'00'");
	sql("INSERT INTO node VALUES(x'00', 1)");
	run_alone(&beat.req, STORE_beat);
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nick"), 0);
	b = hello("ta", false, "");
	ck_assert(b.req.err == ERR_OK && b.who.id == a.who.id);
}
END_TEST

START_TEST(a_name_grows_to_its_limit_in_characters)
{
	static const struct {
		const char *wish, *got;
	} names[] = {
		/* 20 letters of two bytes; 31 and 32 of one. */
		{ "\u0434\u0434\u0434\u0434\u0434"
		  "\u0434\u0434\u0434\u0434\u0434"
		  "\u0434\u0434\u0434\u0434\u0434"
		  "\u0434\u0434\u0434\u0434\u0434",
		    "2" },
		{ "abcdefghijklmnopqrstuvwxyzabcde", "2" },
		{ "abcdefghijklmnopqrstuvwxyzabcdef", NULL },
	};
	struct store_hello b;
	char token[8], text[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(token, sizeof(token), "t%zua", i);
		hello(token, true, names[i].wish);
		token[2] = 'b';
		b = hello(token, true, names[i].wish);
		if (names[i].got == NULL) {
			ck_assert_int_eq(strncmp(b.who.name, "guest-", 6), 0);
			continue;
		}
		snprintf(text, sizeof(text), "%s%s", names[i].wish,
		    names[i].got);
		ck_assert_str_eq(b.who.name, text);
	}
}
END_TEST

/* n entries of that kind and sender behind those of the lobby. */
static void
fill(int n, enum entry_kind kind, int64_t who)
{
	char text[600];

	snprintf(text, sizeof(text),
	    "WITH RECURSIVE k(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM k"
	    " WHERE i < %d) INSERT INTO entry(room, seq, at, kind, actor,"
	    " guest, name, text) SELECT r.id, r.seq + i, 1, %d, %d, 1, 'x',"
	    " 'x' FROM k, room r; UPDATE room SET seq = seq + %d",
	    n, kind, (int)who, n);
	sql(text);
}

START_TEST(what_is_unread_is_counted_among_the_newest)
{
	struct store_hello a = hello("ta", true, "ann"), h;
	int64_t me = a.who.id;

	storefile_join(me, "lobby");
	fill(3, ENTRY_message, me + 1);
	fill(4, ENTRY_message, me);
	fill(5, ENTRY_react, me + 1);
	h = (struct store_hello){ .token = "ta", .who.id = me };
	run_alone(&h.req, STORE_hello);
	ck_assert_uint_eq(h.nrooms, 1);
	ck_assert(h.rooms[0].seq == 12 && h.rooms[0].unread == 3);
	free(h.rooms);
	/* Not one row more is looked at, whatever there is. */
	fill(STORE_UNREAD - 10, ENTRY_react, me + 1);
	h = (struct store_hello){ .token = "ta", .who.id = me };
	run_alone(&h.req, STORE_hello);
	ck_assert_int_eq(h.rooms[0].unread, 1);
	free(h.rooms);
}
END_TEST

START_TEST(last_looks_back_a_bounded_way)
{
	struct store_join j = { .who = 1, .key = "lobby", .last = 1 };

	fill(2, ENTRY_message, 1);
	fill(STORE_LAST - 1, ENTRY_react, 1);
	ck_assert_int_eq(run_alone(&j.req, STORE_join), ERR_OK);
	ck_assert_int_eq(j.last_seq, 1);
	free((char *)(uintptr_t)j.topic.p);
	fill(1, ENTRY_react, 1);
	ck_assert_int_eq(run_alone(&j.req, STORE_join), ERR_OK);
	ck_assert_int_eq(j.last_seq, 2);
	free((char *)(uintptr_t)j.topic.p);
}
END_TEST

START_TEST(a_room_is_made_once_and_found_by_its_key)
{
	struct store_join a = storefile_join(1, "den");
	struct store_join b = storefile_join(2, "den"), c;
	struct store_find f = { .key = "nowhere" };

	ck_assert(a.req.err == ERR_OK && a.room.seq == 0);
	ck_assert(b.req.err == ERR_OK && b.room.id == a.room.id);
	c = (struct store_join){ .who = 1,
		.name = "Den.",
		.key = "den.",
		.skeleton = "den" };
	ck_assert_int_eq(run_alone(&c.req, STORE_join), ERR_CONFLICT);
	ck_assert_str_eq(c.room.name, "den");
	ck_assert_int_eq(run_alone(&f.req, STORE_find), ERR_NOT_FOUND);
}
END_TEST

START_TEST(in_a_batch_a_join_sees_what_was_posted_before_it)
{
	struct store_post p = entry(1, ENTRY_message, 0, "x", "");
	struct store_join j = { .who = 2,
		.name = "lobby",
		.key = "lobby",
		.skeleton = "lobby" };
	struct store_find f = { .key = "lobby" };

	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	run(&p.req, STORE_post);
	run(&j.req, STORE_join);
	run(&f.req, STORE_find);
	ck_assert_int_eq(sqlite_commit(db), SQLITE_FINE);
	ck_assert(j.room.seq == 1 && f.room.seq == 1 && j.read == 1);
	free((char *)(uintptr_t)j.topic.p);
	free((char *)(uintptr_t)f.topic.p);
}
END_TEST

START_TEST(last_finds_the_place_before_the_kth_newest)
{
	static const struct {
		int64_t last, seq;
	} places[] = { { 1, 6 }, { 2, 3 }, { 3, 0 }, { 4, 0 }, { 200, 0 } };

	post(ENTRY_message, 0, "x"); /* 1 */
	post(ENTRY_edit, 1, "y");
	post(ENTRY_react, 1, "+");
	post(ENTRY_topic, 0, "t"); /* 4 */
	post(ENTRY_unreact, 1, "+");
	post(ENTRY_react, 1, "+");
	post(ENTRY_message, 0, "z"); /* 7 */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct store_join j = { .who = 1,
			.key = "lobby",
			.last = places[i].last };

		ck_assert_int_eq(run_alone(&j.req, STORE_join), ERR_OK);
		ck_assert_int_eq(j.last_seq, places[i].seq);
		free((char *)(uintptr_t)j.topic.p);
	}
}
END_TEST

START_TEST(a_read_marker_goes_back_only_when_asked)
{
	struct store_mark m = { .who = 1, .room = room, .seq = 5 };

	run_alone(&m.req, STORE_mark);
	ck_assert_int_eq(m.seq, 5);
	m.seq = 3;
	run_alone(&m.req, STORE_mark);
	ck_assert_int_eq(m.seq, 5);
	m.seq = 3;
	m.back = true;
	run_alone(&m.req, STORE_mark);
	ck_assert_int_eq(m.seq, 3);
	ck_assert_int_eq(sql_value("SELECT read FROM member WHERE who = 1"), 3);
}
END_TEST

START_TEST(rooms_are_listed_newest_first_in_parts)
{
	struct store_rooms r = { .limit = 2 };

	storefile_join(1, "alpha");
	storefile_join(1, "beta");
	sql("UPDATE room SET at = id");
	run(&r.req, STORE_rooms);
	ck_assert(r.nitems == 2 && r.more);
	ck_assert_str_eq(r.items[0].name, "beta");
	ck_assert_str_eq(r.items[1].name, "alpha");
	free(r.items);
	r.after = 2;
	run(&r.req, STORE_rooms);
	ck_assert(r.nitems == 1 && !r.more);
	ck_assert_str_eq(r.items[0].name, "lobby");
	free(r.items);
	r.after = 0;
	strcpy(r.match, "et");
	run(&r.req, STORE_rooms);
	ck_assert(r.nitems == 1 && strcmp(r.items[0].name, "beta") == 0);
	free(r.items);
	strcpy(r.match, "%"); /* no pattern */
	run(&r.req, STORE_rooms);
	ck_assert_uint_eq(r.nitems, 0);
	free(r.items);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, storefile_start, storefile_stop);
	tcase_add_test(t, a_token_proves_the_same_guest);
	tcase_add_test(t, a_nick_that_somebody_holds_is_not_given_away);
	tcase_add_test(t, a_nick_is_free_sixty_seconds_after_its_node);
	tcase_add_test(t,
	    a_clock_that_is_set_frees_no_name_of_those_who_are_here);
	tcase_add_test(t, a_lease_survives_a_reconnect_and_ends_with_the_last);
	tcase_add_test(t, the_number_of_an_identity_is_never_given_again);
	tcase_add_test(t, thirty_days_begin_when_a_guest_leaves);
	tcase_add_test(t, a_name_grows_to_its_limit_in_characters);
	tcase_add_test(t, what_is_unread_is_counted_among_the_newest);
	tcase_add_test(t, last_looks_back_a_bounded_way);
	tcase_add_test(t, a_room_is_made_once_and_found_by_its_key);
	tcase_add_test(t, in_a_batch_a_join_sees_what_was_posted_before_it);
	tcase_add_test(t, last_finds_the_place_before_the_kth_newest);
	tcase_add_test(t, a_read_marker_goes_back_only_when_asked);
	tcase_add_test(t, rooms_are_listed_newest_first_in_parts);
}

int
main(void)
{
	return suite_run("store_people", add);
}
