/*
 * check_store: what the store took stays, in order and once; history is what
 * the log folds to; and what was deleted is not read any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "lib/log.h"
#include "tests/unit/storefile.h"
#include "tests/unit/suite.h"

static struct store_page
page(int64_t from, size_t max)
{
	struct store_page p = { .room = room, .from = from, .max = max };

	ck_assert_int_eq(run(&p.req, STORE_page), ERR_OK);
	return p;
}

static struct store_history
history(int how, int64_t place, int64_t limit)
{
	struct store_history h = { .room = room,
		.place = place,
		.limit = limit };

	h.how = how;
	ck_assert_int_eq(run(&h.req, STORE_history), ERR_OK);
	return h;
}

START_TEST(entries_are_numbered_without_holes)
{
	struct store_page p;

	for (int64_t i = 1; i <= 50; i++)
		ck_assert_int_eq(post(ENTRY_message, 0, "x"), i);
	p = page(1, SIZE_MAX);
	ck_assert_uint_eq(p.entries.n, 50);
	ck_assert_int_eq(p.head, 50);
	for (size_t i = 0; i < 50; i++) {
		const struct entry *e = &p.entries.v[i];

		ck_assert(e->seq == (int64_t)i + 1 && e->actor == 1 &&
		    e->guest && str_eq(e->text, "x") && str_eq(e->from, "ann"));
		ck_assert_int_gt(e->at, INT64_C(1500000000000));
	}
	store_entries_free(&p.entries);
}
END_TEST

START_TEST(numbers_go_on_after_a_restart)
{
	post(ENTRY_message, 0, "one");
	sqlite_close(db);
	storefile_open();
	ck_assert_int_eq(post(ENTRY_message, 0, "two"), 2);
}
END_TEST

START_TEST(a_batch_is_all_or_nothing)
{
	struct store_post p[3];

	post(ENTRY_message, 0, "before");
	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	for (int i = 0; i < 3; i++) {
		p[i] = entry(1, ENTRY_message, 0, "x", i == 1 ? "n1" : "");
		ck_assert_int_eq(run(&p[i].req, STORE_post), ERR_OK);
		ck_assert_int_eq(p[i].entry.seq, 2 + i);
	}
	sqlite_rollback(db);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM entry"), 1);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nonce"), 0);
	ck_assert_int_eq(post(ENTRY_message, 0, "x"), 2);
}
END_TEST

START_TEST(a_nonce_is_answered_with_the_first_one)
{
	struct store_post a = entry(1, ENTRY_message, 0, "x", "n1");
	struct store_post b = a, c = a, d;

	ck_assert_int_eq(run_alone(&a.req, STORE_post), ERR_OK);
	ck_assert(!a.known && a.entry.seq == 1);
	post(ENTRY_message, 0, "between");
	ck_assert_int_eq(run_alone(&b.req, STORE_post), ERR_OK);
	ck_assert(b.known && b.entry.seq == 1 && b.entry.at == a.entry.at);
	/* With other content it is something else. */
	c.hash[0] ^= 1;
	ck_assert_int_eq(run_alone(&c.req, STORE_post), ERR_CONFLICT);
	/* Somebody else's is his own. */
	d = entry(2, ENTRY_message, 0, "x", "n1");
	ck_assert_int_eq(run_alone(&d.req, STORE_post), ERR_OK);
	ck_assert(!d.known && d.entry.seq == 3);
	ck_assert_int_eq(sql_value("SELECT seq FROM room"), 3);
}
END_TEST

START_TEST(two_equal_nonces_in_a_batch_are_one_entry)
{
	struct store_post a = entry(1, ENTRY_message, 0, "x", "n1"), b = a;

	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	ck_assert_int_eq(run(&a.req, STORE_post), ERR_OK);
	ck_assert_int_eq(run(&b.req, STORE_post), ERR_OK);
	ck_assert_int_eq(sqlite_commit(db), SQLITE_FINE);
	ck_assert(!a.known && b.known && a.entry.seq == b.entry.seq);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM entry"), 1);
}
END_TEST

START_TEST(a_nonce_outlives_a_restart_and_a_delete)
{
	struct store_post a = entry(1, ENTRY_message, 0, "x", "n1"), b = a;

	ck_assert_int_eq(run_alone(&a.req, STORE_post), ERR_OK);
	post(ENTRY_delete, 1, "");
	sqlite_close(db);
	storefile_open();
	ck_assert_int_eq(run_alone(&b.req, STORE_post), ERR_OK);
	ck_assert(b.known && b.entry.seq == 1);
}
END_TEST

START_TEST(who_is_too_fast_still_hears_of_his_known_nonces)
{
	struct store_post a = entry(1, ENTRY_message, 0, "x", "n1"), b = a;

	a.only_known = true;
	ck_assert_int_eq(run_alone(&a.req, STORE_post), ERR_RATE_LIMITED);
	ck_assert_int_eq(run_alone(&b.req, STORE_post), ERR_OK);
	b.only_known = true;
	ck_assert_int_eq(run_alone(&b.req, STORE_post), ERR_OK);
	ck_assert(b.known);
}
END_TEST

START_TEST(a_nonce_is_remembered_for_seven_days)
{
	struct store_post a = entry(1, ENTRY_message, 0, "x", "n1"), b = a;
	struct store_beat beat = { .clean = true };

	run_alone(&a.req, STORE_post);
	sql("UPDATE nonce SET at = at - 7 * 86400000 + 60000");
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nonce"), 1);
	sql("UPDATE nonce SET at = at - 120000");
	beat.clean = true;
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nonce"), 0);
	run_alone(&b.req, STORE_post);
	ck_assert(!b.known && b.entry.seq == 2);
}
END_TEST

START_TEST(rights_are_checked_before_a_number_is_taken)
{
	struct store_post p = entry(1, ENTRY_message, 0, "x", "n1");

	post(ENTRY_message, 0, "x");
	sql("UPDATE room SET access_seq = 1");
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_FORBIDDEN);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nonce"), 0);
	p.access_seq = 1;
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_OK);
	ck_assert_int_eq(p.entry.seq, 2);
	p = entry(1, ENTRY_message, 0, "x", "");
	p.room = 99;
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_NOT_FOUND);
}
END_TEST

START_TEST(targets_are_ones_own_messages)
{
	int64_t own = post(ENTRY_message, 0, "own"), other;
	int64_t edit = post(ENTRY_edit, own, "edited");
	struct store_post p = entry(1, ENTRY_message, 0, "x", "");

	post_as(2, ENTRY_message, 0, "other", &other);
	ck_assert_int_eq(post_as(1, ENTRY_edit, other, "x", NULL),
	    ERR_FORBIDDEN);
	ck_assert_int_eq(post_as(1, ENTRY_delete, other, "", NULL),
	    ERR_FORBIDDEN);
	ck_assert_int_eq(post_as(1, ENTRY_edit, edit, "x", NULL),
	    ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_edit, 99, "x", NULL), ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_edit, 0, "x", NULL), ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_react, edit, "+", NULL),
	    ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_unreact, own, "+", NULL),
	    ERR_NOT_FOUND);
	p.entry.reply_to = 4;
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_NOT_FOUND);
	post(ENTRY_delete, own, "");
	ck_assert_int_eq(post_as(1, ENTRY_edit, own, "x", NULL), ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_delete, own, "", NULL),
	    ERR_NOT_FOUND);
	ck_assert_int_eq(post_as(1, ENTRY_react, own, "+", NULL),
	    ERR_NOT_FOUND);
	ck_assert_int_eq(sql_value("SELECT seq FROM room"), 4);
}
END_TEST

START_TEST(the_same_emoji_again_is_the_same_entry)
{
	int64_t m = post(ENTRY_message, 0, "x");
	int64_t first = post(ENTRY_react, m, "+"), other;

	ck_assert_int_eq(post(ENTRY_react, m, "+"), first);
	post_as(2, ENTRY_react, m, "+", &other);
	ck_assert_int_eq(other, first + 1);
	ck_assert_int_eq(post(ENTRY_react, m, "-"), first + 2);
	ck_assert_int_eq(post(ENTRY_unreact, m, "+"), first + 3);
	ck_assert_int_eq(sql_value("SELECT undone FROM entry WHERE kind = 5"),
	    first);
	ck_assert_int_eq(post(ENTRY_react, m, "+"), first + 4);
}
END_TEST

START_TEST(a_react_that_was_there_is_known_by_its_nonce)
{
	int64_t m = post(ENTRY_message, 0, "x"), first, at;
	struct store_post a = entry(1, ENTRY_react, m, "+", "n1"), b = a;
	struct store_beat beat = { .clean = true };

	first = post(ENTRY_react, m, "+");
	sql("UPDATE entry SET at = at - 8 * 86400000");
	at = sql_value("SELECT at FROM entry WHERE seq = 2");
	ck_assert_int_eq(run_alone(&a.req, STORE_post), ERR_OK);
	ck_assert(a.known && a.entry.seq == first && a.entry.at == at);
	post(ENTRY_unreact, m, "+");
	/* Sent again it is the same one, and not a new reaction. */
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(run_alone(&b.req, STORE_post), ERR_OK);
	ck_assert(b.known && b.entry.seq == first && b.entry.at == at);
	ck_assert_int_eq(sql_value("SELECT seq FROM room"), first + 1);
}
END_TEST

START_TEST(history_is_what_the_log_folds_to)
{
	int64_t m = post(ENTRY_message, 0, "first"), edit, r2;
	struct store_history h;
	const struct entry *e;

	post(ENTRY_edit, m, "second");
	edit = post(ENTRY_edit, m, "third");
	post(ENTRY_react, m, "+");
	r2 = post(ENTRY_react, m, "-");
	post(ENTRY_unreact, m, "+");
	post(ENTRY_topic, 0, "topic");
	post(ENTRY_message, 0, "last");
	h = history(HISTORY_BEFORE, INTMAX_JSON, 200);
	ck_assert_uint_eq(h.entries.n, 3);
	ck_assert(!h.more && h.head == 8);
	e = &h.entries.v[0];
	ck_assert(e->seq == m && str_eq(e->text, "third"));
	ck_assert_int_eq(e->edited_seq, edit);
	ck_assert_int_eq(e->edited_at,
	    sql_value("SELECT at FROM entry WHERE seq = 3"));
	ck_assert_uint_eq(e->nreactions, 1);
	ck_assert(
	    e->reactions[0].seq == r2 && str_eq(e->reactions[0].emoji, "-"));
	ck_assert(e[1].kind == ENTRY_topic && str_eq(e[1].text, "topic"));
	ck_assert(str_eq(e[2].text, "last") && e[2].nreactions == 0);
	store_entries_free(&h.entries);
}
END_TEST

START_TEST(history_comes_in_pages_from_any_place)
{
	static const struct {
		int how;
		int64_t place, limit, first;
		size_t n;
		bool more;
	} pages[] = {
		{ HISTORY_BEFORE, 101, 10, 91, 10, true },
		{ HISTORY_BEFORE, 11, 10, 1, 10, false },
		{ HISTORY_BEFORE, 1, 10, 0, 0, false },
		{ HISTORY_AFTER, 0, 10, 1, 10, true },
		{ HISTORY_AFTER, 90, 10, 91, 10, false },
		{ HISTORY_AFTER, 100, 10, 0, 0, false },
		{ HISTORY_AROUND, 50, 10, 45, 10, true },
		{ HISTORY_AROUND, 2, 10, 1, 6, true },
		{ HISTORY_AROUND, 50, 1, 50, 1, true },
		{ HISTORY_AT, 0, 10, 1, 10, true },
		{ HISTORY_AT, INTMAX_JSON, 10, 0, 0, false },
	};

	for (int i = 0; i < 100; i++)
		post(ENTRY_message, 0, "x");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct store_history h = history(pages[i].how, pages[i].place,
		    pages[i].limit);

		ck_assert_msg(h.entries.n == pages[i].n &&
			h.more == pages[i].more,
		    "page %zu: %zu entries, more %d", i, h.entries.n, h.more);
		for (size_t k = 0; k < h.entries.n; k++)
			ck_assert_int_eq(h.entries.v[k].seq,
			    pages[i].first + (int64_t)k);
		store_entries_free(&h.entries);
	}
}
END_TEST

START_TEST(reactions_stand_at_their_messages_in_any_order)
{
	struct store_history h;
	char text[48];

	for (int i = 0; i < 9; i++) {
		int64_t m = post(ENTRY_message, 0, "x");

		for (int k = 0; k < i % 4; k++) {
			snprintf(text, sizeof(text), "%d.%d", i, k);
			post(ENTRY_react, m, text);
		}
	}
	for (int how = 0; how < 2; how++) {
		h = history(how == 0 ? HISTORY_BEFORE : HISTORY_AFTER,
		    how == 0 ? INTMAX_JSON : 0, 200);
		ck_assert_uint_eq(h.entries.n, 9);
		for (int i = 0; i < 9; i++) {
			const struct entry *e = &h.entries.v[i];

			ck_assert_uint_eq(e->nreactions, (size_t)(i % 4));
			for (size_t k = 0; k < e->nreactions; k++) {
				snprintf(text, sizeof(text), "%d.%zu", i, k);
				ck_assert(str_eq(e->reactions[k].emoji, text));
			}
		}
		store_entries_free(&h.entries);
	}
}
END_TEST

START_TEST(the_entry_that_is_asked_for_is_in_its_page)
{
	struct store_history h;
	char text[16001];
	bool found = false;

	memset(text, 'x', 16000);
	text[16000] = '\0';
	for (int i = 0; i < 80; i++)
		post(ENTRY_message, 0, text);
	h = history(HISTORY_AROUND, 60, 100);
	for (size_t i = 0; i < h.entries.n; i++)
		found |= h.entries.v[i].seq == 60;
	ck_assert(found);
	store_entries_free(&h.entries);
}
END_TEST

START_TEST(a_delete_takes_the_text_the_edits_and_the_reactions)
{
	struct store_page p;
	struct store_history h;

	post_secret();
	post(ENTRY_delete, 1, "");
	p = page(1, SIZE_MAX);
	ck_assert_uint_eq(p.entries.n, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(p.entries.v[i].deleted == (i < 3));
	for (size_t i = 0; i < 3; i++)
		ck_assert(
		    p.entries.v[i].text.n == 0 && p.entries.v[i].lang.n == 0);
	ck_assert_ptr_null(
	    memmem(p.entries.bytes.data, p.entries.bytes.len, "SECRET", 6));
	store_entries_free(&p.entries);
	h = history(HISTORY_AFTER, 0, 200);
	ck_assert_uint_eq(h.entries.n, 1);
	ck_assert(h.entries.v[0].deleted && h.entries.v[0].text.n == 0 &&
	    h.entries.v[0].nreactions == 0 && h.entries.v[0].edited_seq == 0);
	store_entries_free(&h.entries);
}
END_TEST

START_TEST(a_page_ends_at_its_bytes_or_after_one_entry)
{
	struct store_page p;

	for (int i = 0; i < 10; i++)
		post(ENTRY_message, 0, "0123456789");
	p = page(4, 1);
	ck_assert(p.entries.n == 1 && p.entries.v[0].seq == 4);
	store_entries_free(&p.entries);
	/* With its name and what stands around it each is about 110. */
	p = page(4, 300);
	ck_assert_uint_eq(p.entries.n, 3);
	store_entries_free(&p.entries);
	p = page(11, 300);
	ck_assert(p.entries.n == 0 && p.head == 10);
	store_entries_free(&p.entries);
}
END_TEST

/* n reactions at a message, each its own entry, too. */
static void
react(int64_t target, int n)
{
	char text[600];

	snprintf(text, sizeof(text),
	    "WITH RECURSIVE k(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM k"
	    " WHERE i < %d) INSERT INTO reaction SELECT %d, %d,"
	    " 100000 * %d + i, 'e' || i, 1, 1, 'ann' FROM k",
	    n, (int)room, (int)target, (int)target);
	sql(text);
	snprintf(text, sizeof(text),
	    "INSERT INTO entry(room, seq, at, kind, actor, guest, target, name,"
	    " text) SELECT room, seq, 1, 4, who, guest, target, name, emoji"
	    " FROM reaction WHERE target = %d",
	    (int)target);
	sql(text);
}

START_TEST(small_entries_end_a_page_too)
{
	struct store_page p;

	react(post(ENTRY_message, 0, "x"), 5000);
	p = page(1, 65536);
	ck_assert_uint_lt(p.entries.n, 700);
	ck_assert_uint_gt(p.entries.n, 300);
	store_entries_free(&p.entries);
}
END_TEST

START_TEST(reactions_end_a_page_of_history)
{
	struct store_history h;
	int64_t seen = 0;
	size_t n = 0;

	for (int i = 1; i <= 12; i++)
		react(post(ENTRY_message, 0, "x"), 1000);
	do {
		h = history(HISTORY_AFTER, seen, 200);
		ck_assert_uint_ge(h.entries.n, 1);
		ck_assert_uint_le(h.entries.n, 5);
		ck_assert_uint_eq(h.entries.nreactions, h.entries.n * 1000);
		for (size_t i = 0; i < h.entries.n; i++) {
			struct entry *e = &h.entries.v[i];

			ck_assert_int_eq(e->seq, seen + 1 + (int64_t)i);
			ck_assert_int_eq(e->reactions[999].seq,
			    100000 * e->seq + 1000);
		}
		seen = h.entries.v[h.entries.n - 1].seq;
		n += h.entries.n;
		store_entries_free(&h.entries);
	} while (h.more);
	ck_assert_uint_eq(n, 12);
	h = history(HISTORY_AROUND, 6, 200);
	ck_assert(h.more && h.entries.n == 4);
	ck_assert(h.entries.v[0].seq == 4 && h.entries.v[3].seq == 7);
	ck_assert_int_eq(h.entries.v[0].reactions[0].seq, 400001);
	store_entries_free(&h.entries);
}
END_TEST

START_TEST(a_statement_that_can_not_be_had_undoes_the_batch)
{
	struct store_post p = entry(1, ENTRY_message, 0, "x", "n1");

	log_init("test", (enum log_level)0);
	sql("ALTER TABLE nonce RENAME TO away");
	store_req_init(&p.req, STORE_post, NULL, NULL);
	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	ck_assert_int_eq(sqlite_run(db, &p.req), SQLITE_UNDONE);
	sqlite_rollback(db);
	sql("ALTER TABLE away RENAME TO nonce");
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_OK);
	ck_assert_int_eq(p.entry.seq, 1);
}
END_TEST

static int steps; /* of SQLite's machine, until it is interrupted */

static int
interrupt(void *arg)
{
	(void)arg;
	return --steps == 0;
}

/* What a request may change, as one number. */
static int64_t
sum(void)
{
	return sql_value(
	    "SELECT 1000000 * (SELECT sum(seq) FROM room) +"
	    " 10000 * (SELECT count(*) FROM nonce) +"
	    " 1000 * (SELECT count(*) FROM nick WHERE key = 'bob') +"
	    " 100 * (SELECT count(*) FROM reaction) +"
	    " (SELECT count(*) + count(text) + count(deleted) FROM entry)");
}

/*
 * Carries it out again and again, interrupted one step later each time, until
 * it comes through: what was interrupted has left nothing.  SQLite then rolls
 * back by itself, so that what would follow stood alone.
 */
static void
interrupt_anywhere(struct store_req *req, enum store_op op)
{
	int64_t before = sum();
	enum sqlite_fate fate;

	for (int n = 1;; n++) {
		store_req_init(req, op, NULL, NULL);
		ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
		steps = n;
		sqlite3_progress_handler(db->db, 1, interrupt, NULL);
		fate = sqlite_run(db, req);
		sqlite3_progress_handler(db->db, 0, NULL, NULL);
		if (fate == SQLITE_FINE)
			break;
		sqlite_rollback(db);
		ck_assert_int_eq(sum(), before);
	}
	ck_assert_int_eq(sqlite_commit(db), SQLITE_FINE);
	ck_assert_int_eq(req->err, ERR_OK);
	ck_assert_int_ne(sum(), before);
}

START_TEST(a_request_that_is_interrupted_anywhere_leaves_nothing)
{
	int64_t m = post(ENTRY_message, 0, "x");
	struct store_post said = entry(1, ENTRY_message, 0, "y", "n1"),
			  again = entry(1, ENTRY_react, m, "+", "n2"),
			  gone = entry(1, ENTRY_delete, m, "", "n3");
	struct store_nick nick = { .who = 1, .name = { "bob", "bob" } };

	log_init("test", (enum log_level)0);
	interrupt_anywhere(&said.req, STORE_post);
	ck_assert_int_eq(said.entry.seq, m + 1);
	interrupt_anywhere(&again.req, STORE_post);
	interrupt_anywhere(&gone.req, STORE_post);
	ck_assert_int_eq(gone.entry.seq, m + 3);
	interrupt_anywhere(&nick.req, STORE_nick);
}
END_TEST

START_TEST(a_read_that_is_interrupted_anywhere_can_be_done_again)
{
	struct store_page p;
	enum sqlite_fate fate;

	log_init("test", (enum log_level)0);
	for (int i = 0; i < 3; i++)
		post(ENTRY_message, 0, "x");
	for (int n = 1;; n++) {
		p = (struct store_page){ .room = room, .from = 1, .max = 999 };
		store_req_init(&p.req, STORE_page, NULL, NULL);
		steps = n;
		sqlite3_progress_handler(db->db, 1, interrupt, NULL);
		fate = sqlite_run(db, &p.req);
		sqlite3_progress_handler(db->db, 0, NULL, NULL);
		/* It does not stay in what it saw. */
		ck_assert(sqlite3_get_autocommit(db->db));
		if (fate == SQLITE_FINE)
			break;
		store_entries_free(&p.entries);
	}
	ck_assert_uint_eq(p.entries.n, 3);
	store_entries_free(&p.entries);
}
END_TEST

START_TEST(who_is_told_to_stop_begins_nothing)
{
	struct store_page p = { .room = room, .from = 1, .max = 1 };

	sqlite_stop(db);
	ck_assert_int_eq(sqlite_begin(db), SQLITE_UNDONE);
	store_req_init(&p.req, STORE_page, NULL, NULL);
	ck_assert_int_eq(sqlite_run(db, &p.req), SQLITE_UNDONE);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, storefile_start, storefile_stop);
	tcase_add_test(t, entries_are_numbered_without_holes);
	tcase_add_test(t, numbers_go_on_after_a_restart);
	tcase_add_test(t, a_batch_is_all_or_nothing);
	tcase_add_test(t, a_nonce_is_answered_with_the_first_one);
	tcase_add_test(t, two_equal_nonces_in_a_batch_are_one_entry);
	tcase_add_test(t, a_nonce_outlives_a_restart_and_a_delete);
	tcase_add_test(t, who_is_too_fast_still_hears_of_his_known_nonces);
	tcase_add_test(t, a_nonce_is_remembered_for_seven_days);
	tcase_add_test(t, rights_are_checked_before_a_number_is_taken);
	tcase_add_test(t, targets_are_ones_own_messages);
	tcase_add_test(t, the_same_emoji_again_is_the_same_entry);
	tcase_add_test(t, a_react_that_was_there_is_known_by_its_nonce);
	tcase_add_test(t, history_is_what_the_log_folds_to);
	tcase_add_test(t, history_comes_in_pages_from_any_place);
	tcase_add_test(t, reactions_stand_at_their_messages_in_any_order);
	tcase_add_test(t, the_entry_that_is_asked_for_is_in_its_page);
	tcase_add_test(t, a_delete_takes_the_text_the_edits_and_the_reactions);
	tcase_add_test(t, a_page_ends_at_its_bytes_or_after_one_entry);
	tcase_add_test(t, small_entries_end_a_page_too);
	tcase_add_test(t, reactions_end_a_page_of_history);
	tcase_add_test(t, a_statement_that_can_not_be_had_undoes_the_batch);
	tcase_add_test(t,
	    a_request_that_is_interrupted_anywhere_leaves_nothing);
	tcase_add_test(t,
	    a_read_that_is_interrupted_anywhere_can_be_done_again);
	tcase_add_test(t, who_is_told_to_stop_begins_nothing);
}

int
main(void)
{
	return suite_run("store", add);
}
