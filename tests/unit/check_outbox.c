/*
 * check_outbox: own lines survive whatever happens to the program.
 *
 * Owners of journals are child processes: when they end, however they do,
 * their files are left over.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "chatcli/outbox.h"
#include "lib/clock.h"
#include "lib/codec.h"
#include "tests/unit/suite.h"

static char folder[SUITE_PATH];

static void
empty_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
}

static void
start(void)
{
	codec_init();
	suite_folder(folder);
}

static struct outbox *
open_outbox(void)
{
	struct buf error = BUF_INIT;
	struct outbox *ob = outbox_open(folder, &error);

	ck_assert_msg(ob != NULL, "%s", buf_str(&error));
	buf_fini(&error);
	return ob;
}

static int
save(struct outbox *ob)
{
	int e = 0;

	if (outbox_begin(ob)) {
		e = outbox_write(ob);
		outbox_end(ob, e);
	}
	return e;
}

/* The only journal in the folder, with its name in path. */
static size_t
read_journal(char *path, size_t max, char **bytes)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	struct buf b = BUF_INIT;
	FILE *f = NULL;
	int c;

	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, ".journal") != NULL) {
			ck_assert_ptr_null(f);
			snprintf(path, max, "%s/%s", folder, e->d_name);
			f = fopen(path, "r");
		}
	closedir(d);
	ck_assert_ptr_nonnull(f);
	while ((c = getc(f)) != EOF)
		buf_putc(&b, (char)c);
	fclose(f);
	*bytes = b.data;
	return b.len;
}

static void
write_file(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert(fwrite(p, 1, n, f) == n);
	fclose(f);
}

static size_t
count_files(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* Runs something in a process that is killed at its end. */
static void
in_child(void (*what)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert(pid >= 0);
	if (pid == 0) {
		what();
		raise(SIGKILL);
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "the child ended with %x", (unsigned)status);
}

static void
add_three(void)
{
	struct outbox *ob = open_outbox();
	struct outbox_line *l;

	outbox_add(ob, "lobby", NULL, "one\n\"two\"\t\x01", 0, NULL);
	outbox_add(ob, "den", "action", "waves \xf0\x9f\x91\x8b", 0, "id1");
	l = outbox_add(ob, "lobby", NULL, "no", 17, "id1");
	outbox_refuse(ob, l, "you may\nnot");
	ck_assert_int_eq(save(ob), 0);
}

START_TEST(lines_are_there_again_after_a_kill)
{
	struct outbox *ob;
	struct outbox_line *l;

	in_child(add_three);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 3);
	l = outbox_line(ob, 0);
	ck_assert_str_eq(l->room, "lobby");
	ck_assert_str_eq(l->text, "one\n\"two\"\t\x01");
	ck_assert_ptr_null(l->kind);
	ck_assert_ptr_null(l->sender);
	ck_assert_ptr_null(l->reason);
	ck_assert(outbox_saved(ob, l));
	l = outbox_line(ob, 1);
	ck_assert_str_eq(l->kind, "action");
	ck_assert_str_eq(l->text, "waves \xf0\x9f\x91\x8b");
	ck_assert_str_eq(l->sender, "id1");
	ck_assert_int_le(clock_wall_ms() - l->sent_at, 10000);
	l = outbox_line(ob, 2);
	ck_assert_int_eq(l->reply_to, 17);
	ck_assert_str_eq(l->reason, "you may not");
	ck_assert_uint_eq(strlen(l->nonce), OUTBOX_NONCE - 1);
	outbox_close(ob);
	ck_assert_uint_eq(count_files(), 1);
}
END_TEST

/* Eight owners at once, one after the other. */
static void
add_side_by_side(void)
{
	for (int i = 0; i < 8; i++) {
		struct outbox *ob = open_outbox();
		char text[16];
		int64_t now = clock_wall_ms();

		snprintf(text, sizeof(text), "line %d", i);
		outbox_add(ob, "lobby", NULL, text, 0, NULL);
		ck_assert_int_eq(save(ob), 0);
		while (clock_wall_ms() <= now)
			continue;
	}
}

START_TEST(what_several_left_is_in_the_order_of_its_typing)
{
	struct outbox *ob;
	char text[16];

	in_child(add_side_by_side);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 8);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		ck_assert_str_eq(outbox_line(ob, (size_t)i)->text, text);
	}
	outbox_close(ob);
}
END_TEST

static void
finish_all(void)
{
	struct outbox *ob = open_outbox();

	while (outbox_count(ob) > 0)
		outbox_done(ob, outbox_line(ob, 0));
	ck_assert_int_eq(save(ob), 0);
}

START_TEST(what_is_done_does_not_come_back)
{
	struct outbox *ob;

	in_child(add_three);
	in_child(finish_all);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 0);
	outbox_close(ob);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static void
add_unsaved(void)
{
	struct outbox *ob = open_outbox();

	outbox_add(ob, "lobby", NULL, "saved", 0, NULL);
	ck_assert_int_eq(save(ob), 0);
	ck_assert(outbox_saved(ob, outbox_line(ob, 0)));
	outbox_add(ob, "lobby", NULL, "not yet", 0, NULL);
	ck_assert(!outbox_saved(ob, outbox_line(ob, 1)));
}

START_TEST(a_line_counts_as_saved_only_when_it_is)
{
	struct outbox *ob;

	in_child(add_unsaved);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 1);
	ck_assert_str_eq(outbox_line(ob, 0)->text, "saved");
	outbox_close(ob);
}
END_TEST

START_TEST(a_journal_cut_at_any_byte_loses_no_earlier_record)
{
	char path[512], *bytes;
	size_t n, lines;

	in_child(add_three);
	n = read_journal(path, sizeof(path), &bytes);
	for (size_t cut = 0; cut <= n; cut++) {
		struct outbox *ob;

		empty_folder();
		write_file(path, bytes, cut);
		/* Each added line is one record, the last two have more. */
		lines = 0;
		for (size_t i = 0; i < cut; i++)
			if (bytes[i] == '\n') {
				size_t from = i;

				while (from > 0 && bytes[from - 1] != '\n')
					from--;
				lines += memcmp(bytes + from + 9, "add ", 4) ==
				    0;
			}
		ob = open_outbox();
		ck_assert_msg(outbox_count(ob) == lines,
		    "cut at %zu: %zu lines, not %zu", cut, outbox_count(ob),
		    lines);
		outbox_close(ob);
	}
	free(bytes);
}
END_TEST

START_TEST(a_changed_byte_costs_its_record_and_no_other)
{
	char path[512], *bytes;
	size_t n, first;

	in_child(add_three);
	n = read_journal(path, sizeof(path), &bytes);
	first = (size_t)(strchr(bytes, '\n') - bytes);
	for (size_t at = 0; at < first; at++) {
		struct outbox *ob;

		empty_folder();
		bytes[at] ^= 1;
		write_file(path, bytes, n);
		bytes[at] ^= 1;
		ob = open_outbox();
		ck_assert_msg(outbox_count(ob) == 2, "byte %zu: %zu lines", at,
		    outbox_count(ob));
		outbox_close(ob);
	}
	free(bytes);
}
END_TEST

START_TEST(two_that_run_do_not_see_each_others_lines)
{
	struct outbox *a = open_outbox(), *b, *c;

	outbox_add(a, "lobby", NULL, "a's", 0, NULL);
	ck_assert_int_eq(save(a), 0);
	b = open_outbox();
	ck_assert_uint_eq(outbox_count(b), 0);
	outbox_add(b, "lobby", NULL, "b's", 0, NULL);
	outbox_close(b);
	c = open_outbox();
	ck_assert_uint_eq(outbox_count(c), 1);
	ck_assert_str_eq(outbox_line(c, 0)->text, "b's");
	outbox_close(a);
	outbox_close(c);
	ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(a_line_that_stands_in_two_files_is_there_once)
{
	char path[512], *bytes;
	struct outbox *ob;
	size_t n;

	in_child(add_three);
	n = read_journal(path, sizeof(path), &bytes);
	memcpy(strrchr(path, '/') + 1, "copy", 4);
	write_file(path, bytes, n);
	memcpy(strrchr(path, '.'), ".new", 5);
	write_file(path, bytes, n);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 3);
	ck_assert_uint_eq(count_files(), 1);
	outbox_close(ob);
	free(bytes);
}
END_TEST

START_TEST(a_line_is_sent_again_by_itself_only_if_it_will_be_known_again)
{
	struct outbox_line l = { .sender = NULL };
	int64_t now = clock_wall_ms(), day = (int64_t)86400 * 1000;

	ck_assert(outbox_sure(&l, "id2", now));
	l.sender = (char *)(uintptr_t) "id1";
	l.sent_at = now;
	ck_assert(outbox_sure(&l, "id1", now));
	ck_assert(!outbox_sure(&l, "id2", now));
	ck_assert(outbox_sure(&l, "id1", now + 6 * day - 1));
	ck_assert(!outbox_sure(&l, "id1", now + 6 * day));
	ck_assert(!outbox_sure(&l, "id1", now - 6 * day));
}
END_TEST

START_TEST(sent_again_a_line_is_the_same_one_while_it_would_be_known)
{
	struct outbox_line l = { .sender = NULL };
	int64_t now = clock_wall_ms(), day = (int64_t)86400 * 1000;

	ck_assert(!outbox_known(&l, "id1", now));
	l.sender = (char *)(uintptr_t) "id1";
	l.sent_at = now;
	ck_assert(outbox_known(&l, "id1", now + 7 * day - 1));
	ck_assert(!outbox_known(&l, "id1", now + 7 * day));
	ck_assert(!outbox_known(&l, "id1", now - 7 * day));
	ck_assert(!outbox_known(&l, "id2", now));
	ck_assert_str_eq(outbox_doubt(&l, "id1", now),
	    "sent again it is there once");
	ck_assert_str_eq(outbox_doubt(&l, "id1", now + 6 * day),
	    "sent more than 6 days ago, sent again it may be there twice");
	ck_assert_str_eq(outbox_doubt(&l, "id2", now),
	    "sent as another guest, sent again it may be there twice");
}
END_TEST

START_TEST(a_full_disk_is_told_and_the_lines_are_saved_later)
{
	struct rlimit small = { 1, RLIM_INFINITY }, old;
	struct outbox *ob;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	ob = open_outbox();
	outbox_add(ob, "lobby", NULL, "one", 0, NULL);
	small.rlim_max = old.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_ne(save(ob), 0);
	ck_assert(!outbox_saved(ob, outbox_line(ob, 0)));
	outbox_add(ob, "lobby", NULL, "two", 0, NULL);
	ck_assert_int_ne(save(ob), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(save(ob), 0);
	ck_assert(outbox_saved(ob, outbox_line(ob, 1)));
	outbox_close(ob);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 2);
	ck_assert_str_eq(outbox_line(ob, 1)->text, "two");
	outbox_close(ob);
}
END_TEST

START_TEST(a_journal_without_lines_does_not_grow)
{
	struct outbox *ob = open_outbox();
	char path[512], *bytes, text[2001];
	struct stat st;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 200; i++) {
		outbox_add(ob, "lobby", NULL, text, 0, "id");
		ck_assert_int_eq(save(ob), 0);
		outbox_done(ob, outbox_line(ob, 0));
		ck_assert_int_eq(save(ob), 0);
	}
	read_journal(path, sizeof(path), &bytes);
	free(bytes);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, 70000);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	outbox_add(ob, "lobby", NULL, "last", 0, "id");
	outbox_close(ob);
	ob = open_outbox();
	ck_assert_uint_eq(outbox_count(ob), 1);
	ck_assert_str_eq(outbox_line(ob, 0)->text, "last");
	outbox_close(ob);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, suite_folder_end);
	tcase_add_test(t, lines_are_there_again_after_a_kill);
	tcase_add_test(t, what_several_left_is_in_the_order_of_its_typing);
	tcase_add_test(t, what_is_done_does_not_come_back);
	tcase_add_test(t, a_line_counts_as_saved_only_when_it_is);
	tcase_add_test(t, a_journal_cut_at_any_byte_loses_no_earlier_record);
	tcase_add_test(t, a_changed_byte_costs_its_record_and_no_other);
	tcase_add_test(t, two_that_run_do_not_see_each_others_lines);
	tcase_add_test(t, a_line_that_stands_in_two_files_is_there_once);
	tcase_add_test(t,
	    a_line_is_sent_again_by_itself_only_if_it_will_be_known_again);
	tcase_add_test(t,
	    sent_again_a_line_is_the_same_one_while_it_would_be_known);
	tcase_add_test(t, a_full_disk_is_told_and_the_lines_are_saved_later);
	tcase_add_test(t, a_journal_without_lines_does_not_grow);
}

int
main(void)
{
	return suite_run("outbox", add);
}
