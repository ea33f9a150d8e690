/*
 * check_store: the SQLite store in a file of its own: what it took stays, in
 * order, once, and what was deleted is gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "chatsrv/store/store_sql.h"
#include "chatsrv/token.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "tests/unit/suite.h"

static char folder[SUITE_PATH], path[SUITE_PATH + 16], why[SQLITE_WHY];
static struct sqlite *db;
static int64_t room;

static void
open_store(void)
{
	db = sqlite_open(path, SQLITE_WRITER, why);
	ck_assert_msg(db != NULL, "%s", why);
}

static enum err
run(struct store_req *req, enum store_op op)
{
	store_req_init(req, op, NULL, NULL);
	ck_assert_int_eq(sqlite_run(db, req), SQLITE_FINE);
	return req->err;
}

static enum err
run_alone(struct store_req *req, enum store_op op)
{
	enum err e;

	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	e = run(req, op);
	ck_assert_int_eq(sqlite_commit(db), SQLITE_FINE);
	return e;
}

static struct store_join
join(int64_t who, const char *name)
{
	struct store_join j = { .create = true, .who = who };

	strcpy(j.name, name);
	strcpy(j.key, name);
	strcpy(j.skeleton, name);
	run_alone(&j.req, STORE_join);
	free((char *)(uintptr_t)j.topic.p);
	j.topic = (struct str){ NULL, 0 };
	return j;
}

static void
start(void)
{
	log_init("test", LOG_L_ERROR);
	ck_assert(token_init());
	suite_folder(folder);
	snprintf(path, sizeof(path), "%s/chat.db", folder);
	open_store();
	room = join(1, "lobby").room.id;
}

static void
stop(void)
{
	sqlite_close(db);
	suite_folder_end(folder);
}

/* A post of identity who; the hash is made of the nonce's second letter. */
static struct store_post
entry(int64_t who, enum entry_kind kind, int64_t target, const char *text,
    const char *nonce)
{
	struct store_post p = { .room = room };

	p.entry = (struct entry){ .kind = kind, .actor = who, .guest = true,
	    .from = STR_LIT("ann"), .target = target, .text = str_of(text),
	    .nonce = str_of(nonce) };
	if (nonce[0] != '\0')
		memset(p.hash, nonce[1], sizeof(p.hash));
	return p;
}

static enum err
post_as(int64_t who, enum entry_kind kind, int64_t target, const char *text,
    int64_t *seq)
{
	struct store_post p = entry(who, kind, target, text, "");
	enum err e = run_alone(&p.req, STORE_post);

	if (seq != NULL)
		*seq = p.entry.seq;
	return e;
}

/* Identity 1 says or does something; its seq. */
static int64_t
post(enum entry_kind kind, int64_t target, const char *text)
{
	int64_t seq;

	ck_assert_int_eq(post_as(1, kind, target, text, &seq), ERR_OK);
	return seq;
}

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
	struct store_history h = { .room = room, .place = place,
	    .limit = limit };

	h.how = how;
	ck_assert_int_eq(run(&h.req, STORE_history), ERR_OK);
	return h;
}

/* Statements beside the store's own. */
static void
sql(const char *text)
{
	char *error = NULL;

	ck_assert_msg(sqlite3_exec(db->db, text, NULL, NULL, &error) ==
	    SQLITE_OK, "%s", error);
}

static int64_t
sql_value(const char *text)
{
	sqlite3_stmt *s;
	int64_t v;

	ck_assert_int_eq(sqlite3_prepare_v2(db->db, text, -1, &s, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

START_TEST(every_commit_waits_for_the_disk)
{
	ck_assert_int_eq(sql_value("PRAGMA synchronous"), 2);
	ck_assert_int_eq(sql_value("PRAGMA secure_delete"), 1);
	ck_assert_int_eq(sql_value("PRAGMA wal_autocheckpoint"), 0);
	ck_assert_int_eq(sql_value("PRAGMA trusted_schema"), 0);
	ck_assert_int_eq(sql_value("SELECT journal_mode = 'wal' FROM "
	    "pragma_journal_mode"), 1);
}
END_TEST

START_TEST(entries_are_numbered_without_holes)
{
	struct store_page p;

	for (int64_t i = 1; i <= 50; i++)
		ck_assert_int_eq(post(ENTRY_message, 0, "x"), i);
	p = page(1, SIZE_MAX);
	ck_assert_uint_eq(p.entries.n, 50);
	ck_assert(p.head == 50 && p.oldest == 1);
	for (size_t i = 0; i < 50; i++) {
		const struct entry *e = &p.entries.v[i];

		ck_assert(e->seq == (int64_t)i + 1 && e->actor == 1 &&
		    e->guest && str_eq(e->text, "x") &&
		    str_eq(e->from, "ann"));
		ck_assert_int_gt(e->at, INT64_C(1500000000000));
	}
	store_entries_free(&p.entries);
}
END_TEST

START_TEST(numbers_go_on_after_a_restart)
{
	post(ENTRY_message, 0, "one");
	sqlite_close(db);
	open_store();
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
	open_store();
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
	ck_assert_int_eq(post_as(1, ENTRY_edit, own, "x", NULL),
	    ERR_NOT_FOUND);
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
	ck_assert_int_eq(e->edited_at, sql_value("SELECT at FROM entry WHERE "
	    "seq = 3"));
	ck_assert_uint_eq(e->nreactions, 1);
	ck_assert(e->reactions[0].seq == r2 &&
	    str_eq(e->reactions[0].emoji, "-"));
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
		    h.more == pages[i].more, "page %zu: %zu entries, more %d",
		    i, h.entries.n, h.more);
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
	char text[8];

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

/* The bytes of all files of the store. */
static bool
files_hold(const char *text)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	bool found = false;

	for (int i = 0; i < 3; i++) {
		struct buf b = BUF_INIT, name = BUF_INIT;
		size_t n;
		FILE *f;

		buf_printf(&name, "%s%s", path, suffix[i]);
		f = fopen(buf_str(&name), "r");
		while (f != NULL &&
		    (n = fread(buf_room(&b, 65536), 1, 65536, f)) > 0)
			buf_took(&b, n);
		if (f != NULL)
			fclose(f);
		if (b.len != 0 && memmem(b.data, b.len, text, strlen(text)))
			found = true;
		buf_fini(&b);
		buf_fini(&name);
	}
	return found;
}

static int64_t
post_secret(void)
{
	struct store_post p = entry(1, ENTRY_message, 0, "SECRET0", "n1");
	int64_t m;

	p.entry.style = STR_LIT("code");
	p.entry.lang = STR_LIT("SECRETL");
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_OK);
	m = p.entry.seq;
	post(ENTRY_edit, m, "SECRET1");
	post(ENTRY_edit, m, "SECRET2");
	post(ENTRY_react, m, "+");
	return m;
}

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
		ck_assert(p.entries.v[i].text.n == 0 &&
		    p.entries.v[i].lang.n == 0);
	ck_assert_ptr_null(memmem(p.entries.bytes.data, p.entries.bytes.len,
	    "SECRET", 6));
	store_entries_free(&p.entries);
	h = history(HISTORY_AFTER, 0, 200);
	ck_assert_uint_eq(h.entries.n, 1);
	ck_assert(h.entries.v[0].deleted && h.entries.v[0].text.n == 0 &&
	    h.entries.v[0].nreactions == 0 && h.entries.v[0].edited_seq == 0);
	store_entries_free(&h.entries);
}
END_TEST

START_TEST(a_deleted_text_leaves_the_files_when_the_log_is_truncated)
{
	post_secret();
	ck_assert(files_hold("SECRET") && !sqlite_dirty(db));
	post(ENTRY_delete, 1, "");
	ck_assert(sqlite_dirty(db));
	ck_assert_int_eq(sqlite_checkpoint(db, true), SQLITE_FINE);
	ck_assert(!sqlite_dirty(db) && sqlite_wal(db) == 0);
	ck_assert(!files_hold("SECRET"));
}
END_TEST

START_TEST(scrub_removes_it_from_wherever_it_was_copied)
{
	char text[3001];

	memset(text, 'y', 3000);
	text[3000] = '\0';
	/* Pages that are split leave copies behind. */
	for (int i = 0; i < 40; i++)
		post(ENTRY_message, 0, text);
	sql("PRAGMA secure_delete = OFF");
	post(ENTRY_message, 0, "SECRETX");
	post(ENTRY_delete, 41, "");
	sqlite_close(db);
	db = NULL;
	ck_assert(files_hold("SECRET"));
	ck_assert_msg(sqlite_scrub(path, why), "%s", why);
	ck_assert(!files_hold("SECRET"));
	open_store();
	ck_assert_int_eq(post(ENTRY_message, 0, "x"), 43);
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
	p = page(4, 30);
	ck_assert_uint_eq(p.entries.n, 3);
	store_entries_free(&p.entries);
	p = page(11, 30);
	ck_assert(p.entries.n == 0 && p.head == 10);
	store_entries_free(&p.entries);
}
END_TEST

/* Names are free or not by their skeletons, here their texts. */
static struct store_hello
hello(const char *token, bool fresh, const char *wish)
{
	struct store_hello h = { .fresh = fresh, .wished = wish[0] != '\0' };

	strncpy((char *)h.token, token, sizeof(h.token));
	strcpy(h.names[0].text, wish);
	strcpy(h.names[0].key, wish);
	strcpy(h.names[1].text, "guest");
	strcpy(h.names[1].key, "guest");
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
	b = hello("ta", false, "");
	ck_assert_int_eq(b.req.err, ERR_UNAUTHORIZED);
}
END_TEST

START_TEST(a_nick_that_somebody_holds_is_not_given_away)
{
	struct store_hello a = hello("ta", true, "ann"), b, c;
	struct store_nick n = { .who = a.who.id };

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
	struct store_bye bye = { .who = a.who.id };

	/* The node renews its own lease, and with it those of its nicks. */
	run_alone(&beat.req, STORE_beat);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM nick WHERE until IS "
	    "NULL"), 1);
	run_alone(&bye.req, STORE_bye);
	b = hello("tb", true, "ann");
	ck_assert_str_eq(b.who.name, "ann2");
	sql("UPDATE nick SET until = until - 61000 WHERE key = 'ann'");
	b = hello("tc", true, "ann");
	ck_assert_str_eq(b.who.name, "ann");
	/* A node that died: nobody renews its lease. */
	sql("UPDATE node SET until = until - 61000");
	b = hello("td", true, "ann2");
	ck_assert_str_eq(b.who.name, "ann2");
}
END_TEST

START_TEST(a_room_is_made_once_and_found_by_its_key)
{
	struct store_join a = join(1, "den"), b = join(2, "den"), c;
	struct store_find f = { .key = "nowhere" };

	ck_assert(a.req.err == ERR_OK && a.room.seq == 0);
	ck_assert(b.req.err == ERR_OK && b.room.id == a.room.id);
	c = (struct store_join){ .create = true, .who = 1, .name = "Den.",
	    .key = "den.", .skeleton = "den" };
	ck_assert_int_eq(run_alone(&c.req, STORE_join), ERR_CONFLICT);
	ck_assert_str_eq(c.room.name, "den");
	c = (struct store_join){ .who = 1, .name = "x", .key = "x",
	    .skeleton = "x" };
	ck_assert_int_eq(run_alone(&c.req, STORE_join), ERR_NOT_FOUND);
	ck_assert_int_eq(run_alone(&f.req, STORE_find), ERR_NOT_FOUND);
}
END_TEST

START_TEST(in_a_batch_a_join_sees_what_was_posted_before_it)
{
	struct store_post p = entry(1, ENTRY_message, 0, "x", "");
	struct store_join j = { .who = 2, .name = "lobby", .key = "lobby",
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

	post(ENTRY_message, 0, "x");		/* 1 */
	post(ENTRY_edit, 1, "y");
	post(ENTRY_react, 1, "+");
	post(ENTRY_topic, 0, "t");		/* 4 */
	post(ENTRY_unreact, 1, "+");
	post(ENTRY_react, 1, "+");
	post(ENTRY_message, 0, "z");		/* 7 */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct store_join j = { .who = 1, .key = "lobby",
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
	ck_assert_int_eq(sql_value("SELECT read FROM member"), 3);
}
END_TEST

START_TEST(rooms_are_listed_newest_first_in_parts)
{
	struct store_rooms r = { .limit = 2 };

	join(1, "alpha");
	join(1, "beta");
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
	strcpy(r.match, "%");		/* no pattern */
	run(&r.req, STORE_rooms);
	ck_assert_uint_eq(r.nitems, 0);
	free(r.items);
}
END_TEST

START_TEST(a_store_of_a_newer_program_is_refused_untouched)
{
	sql("UPDATE meta SET value = 99 WHERE key = 'version'");
	sqlite_close(db);
	open_store();			/* newer, but it only adds */
	sql("UPDATE meta SET value = 99 WHERE key = 'compatible_from'");
	sqlite_close(db);
	db = sqlite_open(path, SQLITE_WRITER, why);
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(why, "newer"));
	ck_assert_ptr_nonnull(strstr(why, path));
}
END_TEST

START_TEST(somebody_elses_database_is_refused_untouched)
{
	sqlite3 *other;

	sqlite_close(db);
	snprintf(path, sizeof(path), "%s/other.db", folder);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "CREATE TABLE t(x)", NULL, NULL,
	    NULL), SQLITE_OK);
	db = sqlite_open(path, SQLITE_WRITER, why);
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(why, "not one of chatsrv"));
	ck_assert_int_eq(sqlite3_exec(other, "SELECT 1 / (count(*) = 1) FROM "
	    "sqlite_schema", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}
END_TEST

START_TEST(what_is_no_database_is_refused)
{
	FILE *f;

	sqlite_close(db);
	snprintf(path, sizeof(path), "%s/letter.txt", folder);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("Dear Ann, ", f);
	fclose(f);
	db = sqlite_open(path, SQLITE_WRITER, why);
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(why, "letter.txt"));
}
END_TEST

START_TEST(a_backup_is_another_store)
{
	char copy[SUITE_PATH + 16];
	unsigned char secret[32];
	char epoch[STORE_EPOCH];

	post(ENTRY_message, 0, "x");
	snprintf(copy, sizeof(copy), "%s/copy.db", folder);
	ck_assert_msg(sqlite_backup(path, copy, why), "%s", why);
	ck_assert(!sqlite_backup(path, copy, why));
	ck_assert_ptr_nonnull(strstr(why, "exists"));
	strcpy(epoch, db->epoch);
	memcpy(secret, sqlite_secret(db), sizeof(secret));
	sqlite_close(db);
	strcpy(path, copy);
	open_store();
	ck_assert_str_ne(db->epoch, epoch);
	/* Nonces sent to the first one are known here. */
	ck_assert_mem_eq(sqlite_secret(db), secret, sizeof(secret));
	ck_assert_int_eq(post(ENTRY_message, 0, "y"), 2);
	strcpy(epoch, db->epoch);
	sqlite_close(db);
	open_store();
	ck_assert_str_eq(db->epoch, epoch);
}
END_TEST

START_TEST(a_full_disk_undoes_the_batch_and_reads_go_on)
{
	char text[8001];
	enum sqlite_fate fate = SQLITE_FINE;
	struct store_page p;
	int64_t n = 0;

	memset(text, 'x', 8000);
	text[8000] = '\0';
	log_init("test", (enum log_level)0);
	sql("PRAGMA max_page_count = 60");
	while (fate == SQLITE_FINE && n < 1000) {
		struct store_post e = entry(1, ENTRY_message, 0, text, "");

		store_req_init(&e.req, STORE_post, NULL, NULL);
		fate = sqlite_begin(db);
		if (fate == SQLITE_FINE)
			fate = sqlite_run(db, &e.req);
		if (fate == SQLITE_FINE)
			fate = sqlite_commit(db);
		n += fate == SQLITE_FINE;
	}
	ck_assert_int_eq(fate, SQLITE_UNDONE);
	sqlite_rollback(db);
	p = page(1, SIZE_MAX);
	ck_assert_int_eq((int64_t)p.entries.n, n);
	store_entries_free(&p.entries);
	sql("PRAGMA max_page_count = 100000");
	ck_assert_int_eq(post(ENTRY_message, 0, text), n + 1);
}
END_TEST

/* A process that posts; it exits with 0 when all went well. */
static pid_t
poster(int who, int n)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	db = sqlite_open(path, SQLITE_WRITER, why);
	for (int i = 0; i < n; i++) {
		struct store_post p = entry(who, ENTRY_message, 0, "x", "");

		store_req_init(&p.req, STORE_post, NULL, NULL);
		if (db == NULL || sqlite_begin(db) != SQLITE_FINE ||
		    sqlite_run(db, &p.req) != SQLITE_FINE ||
		    sqlite_commit(db) != SQLITE_FINE)
			_exit(1);
	}
	_exit(0);
}

START_TEST(processes_take_turns_and_leave_no_hole)
{
	enum { PROCESSES = 3, POSTS = 60 };
	int status;

	sqlite_close(db);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_gt(poster(2 + i, POSTS), 0);
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	open_store();
	ck_assert_int_eq(sql_value("SELECT count(*) FROM entry"),
	    PROCESSES * POSTS);
	ck_assert_int_eq(sql_value("SELECT seq FROM room"), PROCESSES * POSTS);
	ck_assert_int_eq(sql_value("SELECT max(seq) FROM entry"),
	    PROCESSES * POSTS);
}
END_TEST

START_TEST(who_holds_the_store_alone_keeps_others_out)
{
	int alone = sqlite_hold(path, true, why), other;

	ck_assert_int_ge(alone, 0);
	ck_assert_int_eq(sqlite_hold(path, false, why), -1);
	ck_assert_ptr_nonnull(strstr(why, "in use"));
	close(alone);
	alone = sqlite_hold(path, false, why);
	other = sqlite_hold(path, false, why);
	ck_assert(alone >= 0 && other >= 0);
	ck_assert_int_eq(sqlite_hold(path, true, why), -1);
	close(alone);
	close(other);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, every_commit_waits_for_the_disk);
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
	tcase_add_test(t, history_is_what_the_log_folds_to);
	tcase_add_test(t, history_comes_in_pages_from_any_place);
	tcase_add_test(t, reactions_stand_at_their_messages_in_any_order);
	tcase_add_test(t, the_entry_that_is_asked_for_is_in_its_page);
	tcase_add_test(t, a_delete_takes_the_text_the_edits_and_the_reactions);
	tcase_add_test(t,
	    a_deleted_text_leaves_the_files_when_the_log_is_truncated);
	tcase_add_test(t, scrub_removes_it_from_wherever_it_was_copied);
	tcase_add_test(t, a_page_ends_at_its_bytes_or_after_one_entry);
	tcase_add_test(t, a_token_proves_the_same_guest);
	tcase_add_test(t, a_nick_that_somebody_holds_is_not_given_away);
	tcase_add_test(t, a_nick_is_free_sixty_seconds_after_its_node);
	tcase_add_test(t, a_room_is_made_once_and_found_by_its_key);
	tcase_add_test(t, in_a_batch_a_join_sees_what_was_posted_before_it);
	tcase_add_test(t, last_finds_the_place_before_the_kth_newest);
	tcase_add_test(t, a_read_marker_goes_back_only_when_asked);
	tcase_add_test(t, rooms_are_listed_newest_first_in_parts);
	tcase_add_test(t, a_store_of_a_newer_program_is_refused_untouched);
	tcase_add_test(t, somebody_elses_database_is_refused_untouched);
	tcase_add_test(t, what_is_no_database_is_refused);
	tcase_add_test(t, a_backup_is_another_store);
	tcase_add_test(t, a_full_disk_undoes_the_batch_and_reads_go_on);
	tcase_add_test(t, processes_take_turns_and_leave_no_hole);
	tcase_add_test(t, who_holds_the_store_alone_keeps_others_out);
}

int
main(void)
{
	return suite_run("store", add);
}
