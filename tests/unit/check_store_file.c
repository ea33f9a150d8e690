/*
 * check_store_file: the file behind the store: durable, scrubbed, refused when
 * it is not ours, full, and shared.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "lib/clock.h"
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

		buf_printf(&name, "%s%s", storefile_path, suffix[i]);
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

START_TEST(every_commit_waits_for_the_disk)
{
	ck_assert_int_eq(sql_value("PRAGMA synchronous"), 2);
	ck_assert_int_eq(sql_value("PRAGMA secure_delete"), 1);
	ck_assert_int_eq(sql_value("PRAGMA wal_autocheckpoint"), 0);
	ck_assert_int_eq(sql_value("PRAGMA trusted_schema"), 0);
	ck_assert_int_eq(sql_value("SELECT journal_mode = 'wal' FROM "
				   "pragma_journal_mode"),
	    1);
}
END_TEST

START_TEST(a_deleted_text_leaves_the_files_when_the_log_is_truncated)
{
	post_secret();
	ck_assert(files_hold("SECRET") && !sqlite_dirty(db));
	post(ENTRY_delete, 1, "");
	ck_assert(sqlite_dirty(db));
	ck_assert_int_eq(sqlite_checkpoint(db, SQLITE_LOG_EMPTY), SQLITE_FINE);
	ck_assert(!sqlite_dirty(db) && sqlite_wal(db) == 0);
	ck_assert(!files_hold("SECRET"));
}
END_TEST

START_TEST(a_log_that_is_left_may_hold_deleted_text)
{
	post_secret();
	post(ENTRY_delete, 1, "");
	sqlite_close(db);
	storefile_open();
	ck_assert(sqlite_dirty(db));
	ck_assert_int_eq(sqlite_checkpoint(db, SQLITE_LOG_EMPTY), SQLITE_FINE);
	ck_assert(!files_hold("SECRET"));
	sqlite_close(db);
	storefile_open();
	ck_assert(!sqlite_dirty(db));
}
END_TEST

/* Bytes of the file whose name ends so. */
static off_t
file_size(const char *end)
{
	char name[4096];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", storefile_path, end);
	ck_assert_int_eq(stat(name, &st), 0);
	return st.st_size;
}

START_TEST(a_full_log_is_written_anew_in_its_place_and_keeps_its_secrets)
{
	off_t size;

	post_secret();
	post(ENTRY_delete, 1, "");
	size = file_size("-wal");
	ck_assert_int_eq(sqlite_checkpoint(db, SQLITE_LOG_ANEW), SQLITE_FINE);
	ck_assert(sqlite_dirty(db) && sqlite_wal(db) == 0);
	post(ENTRY_message, 0, "x");
	ck_assert_int_eq(file_size("-wal"), size);
	ck_assert_int_lt(sqlite_wal(db), size);
}
END_TEST

/* Somebody else who reads the store as it is now, until he is closed. */
static sqlite3 *
reader(void)
{
	sqlite3 *r;

	ck_assert_int_eq(sqlite3_open(storefile_path, &r), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(r, "BEGIN; SELECT count(*) FROM entry",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	return r;
}

START_TEST(a_reader_in_the_way_of_the_log_holds_nobody_up)
{
	sqlite3 *r;
	int64_t began = clock_ms();

	post_secret();
	r = reader();
	post(ENTRY_delete, 1, "");
	ck_assert_int_eq(sqlite_checkpoint(db, SQLITE_LOG_EMPTY),
	    SQLITE_UNDONE);
	ck_assert(sqlite_dirty(db));
	post(ENTRY_message, 0, "x");
	ck_assert_int_lt(clock_ms() - began, 2000);
	sqlite3_close(r);
	ck_assert_int_eq(sqlite_checkpoint(db, SQLITE_LOG_EMPTY), SQLITE_FINE);
	ck_assert(!files_hold("SECRET"));
}
END_TEST

START_TEST(scrub_tells_when_somebody_is_in_the_way)
{
	sqlite3 *r;

	post_secret();
	r = reader();
	post(ENTRY_delete, 1, "");
	ck_assert(!sqlite_scrub(storefile_path, why));
	ck_assert_ptr_nonnull(strstr(why, "reads"));
	sqlite3_close(r);
	ck_assert_msg(sqlite_scrub(storefile_path, why), "%s", why);
	ck_assert(!files_hold("SECRET"));
}
END_TEST

/* One of the two files of the turnstile, opened once more. */
static int
turn(const char *which)
{
	char name[SUITE_PATH + 32];
	int fd;

	snprintf(name, sizeof(name), "%s-turn-%s", storefile_path, which);
	fd = open(name, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Returns when somebody waits for b: he holds a.  Or nobody does for 10 s. */
static void
turn_is_awaited(void)
{
	int64_t end = clock_ms() + 10000;
	int a = turn("a");

	while (clock_ms() < end && flock(a, LOCK_EX | LOCK_NB) == 0) {
		flock(a, LOCK_UN);
		poll(NULL, 0, 1);
	}
	close(a);
}

START_TEST(who_opens_waits_for_his_turn)
{
	int b = turn("b"), status;
	pid_t pid;

	ck_assert_int_eq(flock(b, LOCK_EX), 0);
	pid = fork();
	if (pid == 0) {
		close(b); /* or the lock would be his, too */
		_exit(sqlite_open(storefile_path, SQLITE_WRITER, why) == NULL);
	}
	turn_is_awaited();
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	ck_assert_int_eq(flock(b, LOCK_UN), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(b);
}
END_TEST

static void *
stops_who_waits(void *arg)
{
	turn_is_awaited();
	sqlite_stop(arg);
	return NULL;
}

START_TEST(who_waits_for_his_turn_can_be_stopped)
{
	pthread_t thread;
	int b = turn("b");

	ck_assert_int_eq(flock(b, LOCK_EX), 0);
	pthread_create(&thread, NULL, stops_who_waits, db);
	ck_assert_int_eq(sqlite_begin(db), SQLITE_UNDONE);
	pthread_join(thread, NULL);
	close(b);
}
END_TEST

static atomic_bool begun; /* the long read */

static void
begin(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	atomic_store(&begun, true);
	sqlite3_result_int(c, 1);
}

static void *
stops_who_reads(void *arg)
{
	while (!atomic_load(&begun))
		poll(NULL, 0, 1);
	sqlite_stop(arg);
	return NULL;
}

START_TEST(a_long_read_can_be_stopped)
{
	sqlite3_stmt *s;
	pthread_t thread;

	sqlite3_create_function(db->db, "begin_read", 0, SQLITE_UTF8, NULL,
	    begin, NULL, NULL);
	ck_assert_int_eq(
	    sqlite3_prepare_v2(db->db,
		"WITH RECURSIVE k(i) AS (VALUES(begin_read()) UNION ALL "
		"SELECT i + 1 FROM k) SELECT count(*) FROM k",
		-1, &s, NULL),
	    SQLITE_OK);
	pthread_create(&thread, NULL, stops_who_reads, db);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_INTERRUPT);
	sqlite3_reset(s);
	/* And so is the next. */
	ck_assert_int_eq(sqlite3_step(s), SQLITE_INTERRUPT);
	sqlite3_finalize(s);
	pthread_join(thread, NULL);
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
	ck_assert_msg(sqlite_scrub(storefile_path, why), "%s", why);
	ck_assert(!files_hold("SECRET"));
	storefile_open();
	ck_assert_int_eq(post(ENTRY_message, 0, "x"), 43);
}
END_TEST

START_TEST(a_store_of_a_newer_program_is_refused_untouched)
{
	sql("UPDATE meta SET value = 99 WHERE key = 'version'");
	sqlite_close(db);
	storefile_open(); /* newer, but it only adds */
	sql("UPDATE meta SET value = 99 WHERE key = 'compatible_from'");
	sqlite_close(db);
	db = sqlite_open(storefile_path, SQLITE_WRITER, why);
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(why, "newer"));
	ck_assert_ptr_nonnull(strstr(why, storefile_path));
}
END_TEST

START_TEST(somebody_elses_database_is_refused_untouched)
{
	sqlite3 *other;

	sqlite_close(db);
	snprintf(storefile_path, sizeof(storefile_path), "%s/other.db",
	    storefile_folder);
	ck_assert_int_eq(sqlite3_open(storefile_path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "CREATE TABLE t(x)", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	db = sqlite_open(storefile_path, SQLITE_WRITER, why);
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(why, "not one of chatsrv"));
	ck_assert_int_eq(sqlite3_exec(other,
			     "SELECT 1 / (count(*) = 1) FROM sqlite_schema",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(other);
}
END_TEST

START_TEST(what_is_no_database_is_refused)
{
	FILE *f;

	sqlite_close(db);
	snprintf(storefile_path, sizeof(storefile_path), "%s/letter.txt",
	    storefile_folder);
	f = fopen(storefile_path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("Dear Ann, ", f);
	fclose(f);
	db = sqlite_open(storefile_path, SQLITE_WRITER, why);
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
	snprintf(copy, sizeof(copy), "%s/copy.db", storefile_folder);
	ck_assert_msg(sqlite_backup(storefile_path, copy, why), "%s", why);
	ck_assert(!sqlite_backup(storefile_path, copy, why));
	ck_assert_ptr_nonnull(strstr(why, "exists"));
	strcpy(epoch, db->epoch);
	memcpy(secret, sqlite_secret(db), sizeof(secret));
	sqlite_close(db);
	strcpy(storefile_path, copy);
	storefile_open();
	ck_assert_str_ne(db->epoch, epoch);
	/* Nonces sent to the first one are known here. */
	ck_assert_mem_eq(sqlite_secret(db), secret, sizeof(secret));
	ck_assert_int_eq(post(ENTRY_message, 0, "y"), 2);
	strcpy(epoch, db->epoch);
	sqlite_close(db);
	storefile_open();
	ck_assert_str_eq(db->epoch, epoch);
}
END_TEST

START_TEST(backups_under_way_do_not_meet)
{
	char copy[SUITE_PATH + 16], half[SUITE_PATH + 32];
	FILE *f;

	post(ENTRY_message, 0, "x");
	snprintf(copy, sizeof(copy), "%s/copy.db", storefile_folder);
	/* Another one's, which is not finished yet. */
	snprintf(half, sizeof(half), "%s.part", copy);
	f = fopen(half, "w");
	fputs("half", f);
	fclose(f);
	ck_assert_msg(sqlite_backup(storefile_path, copy, why), "%s", why);
	ck_assert_int_eq(access(half, F_OK), 0);
	ck_assert_int_eq(access(copy, F_OK), 0);
	/* And nothing but a backup is left of one. */
	snprintf(half, sizeof(half), "%s/no/copy.db", storefile_folder);
	ck_assert(!sqlite_backup(storefile_path, half, why));
	ck_assert_ptr_nonnull(strstr(why, "No such file"));
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
	db = sqlite_open(storefile_path, SQLITE_WRITER, why);
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
	storefile_open();
	ck_assert_int_eq(sql_value("SELECT count(*) FROM entry"),
	    PROCESSES * POSTS);
	ck_assert_int_eq(sql_value("SELECT seq FROM room"), PROCESSES * POSTS);
	ck_assert_int_eq(sql_value("SELECT max(seq) FROM entry"),
	    PROCESSES * POSTS);
}
END_TEST

START_TEST(who_holds_the_store_alone_keeps_others_out)
{
	int alone = sqlite_hold(storefile_path, true, why), other;

	ck_assert_int_ge(alone, 0);
	ck_assert_int_eq(sqlite_hold(storefile_path, false, why), -1);
	ck_assert_ptr_nonnull(strstr(why, "in use"));
	close(alone);
	alone = sqlite_hold(storefile_path, false, why);
	other = sqlite_hold(storefile_path, false, why);
	ck_assert(alone >= 0 && other >= 0);
	ck_assert_int_eq(sqlite_hold(storefile_path, true, why), -1);
	close(alone);
	close(other);
}
END_TEST

START_TEST(a_store_is_the_same_by_any_name)
{
	char link[SUITE_PATH + 16], fresh[SUITE_PATH + 32];
	int alone = sqlite_hold(storefile_path, true, why);
	struct stat st;

	snprintf(link, sizeof(link), "%s/link.db", storefile_folder);
	ck_assert_int_eq(symlink("chat.db", link), 0);
	ck_assert_int_eq(sqlite_hold(link, true, why), -1);
	close(alone);
	/* The turnstile, too. */
	sqlite_close(db);
	db = sqlite_open(link, SQLITE_WRITER, why);
	ck_assert_ptr_nonnull(db);
	ck_assert_int_eq(sql_value("SELECT count(*) FROM room"), 1);
	snprintf(fresh, sizeof(fresh), "%s-turn-a", link);
	ck_assert_int_ne(access(fresh, F_OK), 0);
	/* Before there is a store, and nobody else may read what will be. */
	snprintf(fresh, sizeof(fresh), "%s/fresh.db", storefile_folder);
	snprintf(link, sizeof(link), "%s/link2.db", storefile_folder);
	ck_assert_int_eq(symlink("fresh.db", link), 0);
	alone = sqlite_hold(link, true, why);
	ck_assert_int_ge(alone, 0);
	ck_assert_int_eq(sqlite_hold(fresh, true, why), -1);
	ck_assert_int_eq(stat(fresh, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	close(alone);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, storefile_start, storefile_stop);
	tcase_add_test(t, every_commit_waits_for_the_disk);
	tcase_add_test(t,
	    a_deleted_text_leaves_the_files_when_the_log_is_truncated);
	tcase_add_test(t,
	    a_full_log_is_written_anew_in_its_place_and_keeps_its_secrets);
	tcase_add_test(t, a_log_that_is_left_may_hold_deleted_text);
	tcase_add_test(t, a_reader_in_the_way_of_the_log_holds_nobody_up);
	tcase_add_test(t, scrub_tells_when_somebody_is_in_the_way);
	tcase_add_test(t, who_opens_waits_for_his_turn);
	tcase_add_test(t, who_waits_for_his_turn_can_be_stopped);
	tcase_add_test(t, a_long_read_can_be_stopped);
	tcase_add_test(t, scrub_removes_it_from_wherever_it_was_copied);
	tcase_add_test(t, a_store_of_a_newer_program_is_refused_untouched);
	tcase_add_test(t, somebody_elses_database_is_refused_untouched);
	tcase_add_test(t, what_is_no_database_is_refused);
	tcase_add_test(t, a_backup_is_another_store);
	tcase_add_test(t, backups_under_way_do_not_meet);
	tcase_add_test(t, a_full_disk_undoes_the_batch_and_reads_go_on);
	tcase_add_test(t, processes_take_turns_and_leave_no_hole);
	tcase_add_test(t, who_holds_the_store_alone_keeps_others_out);
	tcase_add_test(t, a_store_is_the_same_by_any_name);
}

int
main(void)
{
	return suite_run("store_file", add);
}
