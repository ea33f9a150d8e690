/*
 * check_opt: where a setting comes from, and what is said of one that is
 * wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/conf.h"
#include "lib/buf.h"
#include "lib/opt.h"
#include "tests/unit/suite.h"

static const struct opt table[] = {
#define OPT(section, key, type, min, max, def, cli, help)         \
	{ #section, #key, OPT_T_##type, min, max, def, cli, help, \
		offsetof(struct conf, section##_##key) },
#include "chatsrv/conf.def"
#undef OPT
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static char folder[SUITE_PATH];
static struct conf conf;
static struct opts o;

static void
start(void)
{
	suite_folder(folder);
	memset(&conf, 0, sizeof(conf));
	opts_init(&o, table, ROWS, &conf, "CHATSRV");
}

static void
stop(void)
{
	opts_fini(&o);
	suite_folder_end();
}

/* Reads a file with that content into the settings. */
static bool
file(struct opts *into, const char *text)
{
	struct buf path = BUF_INIT;
	FILE *f;
	bool ok;

	buf_printf(&path, "%s/c", folder);
	f = fopen(buf_str(&path), "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_uint_lt(strlen(folder), 40);
	ok = opts_file(into, buf_str(&path));
	buf_fini(&path);
	return ok;
}

/* The last call has failed and says all of these. */
static void
says(const char *a, const char *b, const char *c)
{
	ck_assert_msg(strstr(o.error, a) != NULL &&
		strstr(o.error, b) != NULL && strstr(o.error, c) != NULL,
	    "\"%s\" lacks \"%s\", \"%s\" or \"%s\"", o.error, a, b, c);
}

START_TEST(defaults_are_those_of_the_table)
{
	ck_assert_str_eq(conf.server_store, "sqlite:chat.db");
	ck_assert_uint_eq(conf.server_listen.n, 1);
	ck_assert_str_eq(conf.server_listen.v[0], "127.0.0.1:8000");
	ck_assert_int_eq(conf.limits_rooms, 200);
	ck_assert(conf.limits_enabled);
	ck_assert_uint_eq(conf.http_hosts.n, 0);
	for (size_t i = 0; i < ROWS; i++)
		ck_assert_int_eq(o.from[i], OPT_DEFAULT);
}
END_TEST

/* Each default lies within its own bounds. */
START_TEST(every_default_may_be_set)
{
	for (size_t i = 0; i < ROWS; i++)
		ck_assert_msg(opts_put(&o, table[i].section, table[i].key,
				  table[i].def, OPT_CLI, "test"),
		    "%s", o.error);
}
END_TEST

START_TEST(the_later_source_wins)
{
	ck_assert(file(&o,
	    "[limits]\nrooms = 3\nhello_s = 3\n"
	    "requests_burst = 3\n"));
	setenv("CHATSRV_LIMITS_ROOMS", "4", 1);
	setenv("CHATSRV_LIMITS_HELLO_S", "4", 1);
	ck_assert(opts_env(&o));
	ck_assert(opts_assign(&o, "limits.rooms=5", "--set"));
	ck_assert_int_eq(conf.limits_rooms, 5);
	ck_assert_int_eq(conf.limits_hello_s, 4);
	ck_assert_int_eq(conf.limits_requests_burst, 3);
	ck_assert_int_eq(conf.limits_requests_per_s, 10);
}
END_TEST

START_TEST(the_words_of_one_source_add_up)
{
	ck_assert(file(&o, "[server]\nlisten = a:1 b:2\nlisten = c:3, d:4\n"));
	ck_assert_uint_eq(conf.server_listen.n, 4);
	ck_assert_str_eq(conf.server_listen.v[3], "d:4");
	ck_assert(opts_put(&o, "server", "listen", "e:5", OPT_CLI, "--listen"));
	ck_assert(opts_put(&o, "server", "listen", "f:6", OPT_CLI, "--listen"));
	ck_assert_uint_eq(conf.server_listen.n, 2);
	ck_assert_str_eq(conf.server_listen.v[0], "e:5");
	ck_assert(opts_assign(&o, "http.hosts=", "--set"));
	ck_assert_uint_eq(conf.http_hosts.n, 0);
}
END_TEST

static const char *
no_bad(const struct opt *opt, const char *word)
{
	(void)opt;
	return strcmp(word, "bad") == 0 ? "good" : NULL;
}

START_TEST(a_word_that_can_not_be_is_told_with_its_place)
{
	o.check = no_bad;
	ck_assert(file(&o, "[server]\nstore = fine\n\nlisten = a:1\n"));
	ck_assert_str_eq(opts_where(&o, "server", "user"), "default");
	ck_assert_ptr_nonnull(
	    strstr(opts_where(&o, "server", "listen"), "/c:4"));
	ck_assert(!file(&o, "[server]\nstore = bad\n"));
	says("/c:2: server.store is", "\"bad\"", "must be good");
	ck_assert_str_eq(conf.server_store, "fine");
	ck_assert(!file(&o, "[server]\nlisten = a:1\nlisten = b:2 bad\n"));
	says("/c:3: server.listen is", "\"bad\"", "must be good");
	ck_assert(!opts_assign(&o, "log.level=bad", "--set"));
	says("--set: log.level is", "\"bad\"", "must be good");
}
END_TEST

START_TEST(yes_and_no_have_several_words)
{
	static const struct {
		const char *word;
		bool is;
	} words[] = {
		{ "yes", true },
		{ "no", false },
		{ "on", true },
		{ "OFF", false },
		{ "True", true },
		{ "false", false },
		{ "1", true },
		{ "0", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ck_assert(opts_put(&o, "limits", "enabled", words[i].word,
		    OPT_CLI, "x"));
		ck_assert(conf.limits_enabled == words[i].is);
	}
	ck_assert(!opts_assign(&o, "limits.enabled=maybe", "--set"));
	says("--set: limits.enabled", "\"maybe\"", "yes or no");
}
END_TEST

START_TEST(a_number_must_be_whole_and_in_its_range)
{
	static const char *const bad[] = { "", " ", "x", "5x", "1.5", "-1", "0",
		"201", "0x10", "99999999999999999999", "5 ", "1e2" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!opts_put(&o, "limits", "rooms", bad[i], OPT_CLI,
				  "--set"),
		    "\"%s\"", bad[i]);
		says("--set: limits.rooms", bad[i], "from 1 to 200");
	}
	ck_assert_int_eq(conf.limits_rooms, 200);
	ck_assert(opts_put(&o, "limits", "rooms", "1", OPT_CLI, "--set"));
	ck_assert_int_eq(conf.limits_rooms, 1);
}
END_TEST

START_TEST(an_unknown_name_is_told_with_the_nearest)
{
	ck_assert(!opts_assign(&o, "limits.roms=5", "--set"));
	says("--set", "limits.roms", "did you mean limits.rooms?");
	ck_assert(!opts_assign(&o, "server.lsiten=x", "--set"));
	says("--set", "server.lsiten", "did you mean server.listen?");
	ck_assert(!opts_assign(&o, "quite.another_thing_altogether=x", "-s"));
	says("-s", "there is no setting", "quite.another_thing_altogether");
	ck_assert_ptr_null(strstr(o.error, "did you mean"));
	ck_assert(!opts_assign(&o, "limits=5", "--set"));
	says("--set", "\"limits=5\"", "section.key=value");
	ck_assert(!opts_assign(&o, "limits.rooms", "--set"));
	ck_assert(!opts_assign(&o, "limits=a.b", "--set"));
}
END_TEST

START_TEST(a_value_may_have_points_and_equal_signs)
{
	ck_assert(opts_assign(&o, "server.store=sqlite:/a.b/c=d", "--set"));
	ck_assert_str_eq(conf.server_store, "sqlite:/a.b/c=d");
}
END_TEST

START_TEST(a_mistake_in_a_file_is_told_with_its_line)
{
	static const struct {
		const char *text, *line, *what;
	} bad[] = {
		{ "[limits]\n\n; words\nroms = 5\n", "c:4:", "limits.rooms" },
		{ "[limits]\nrooms = 5\nrooms = 500\n", "c:3:", "1 to 200" },
		{ "[limit]\nrooms = 5\n", "c:2:", "limits.rooms" },
		{ "rooms = 5\n", "c:1:", "there is no setting rooms" },
		{ "[limits]\nrooms\n", "c:2:", "key = value" },
		{ "[limits\nrooms = 5\n", "c:1:", "key = value" },
		{ "[limits]\nenabled = perhaps\nrooms = 999\n",
		    "c:2:", "yes or no" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!file(&o, bad[i].text), "%s", bad[i].text);
		says(folder, bad[i].line, bad[i].what);
	}
}
END_TEST

START_TEST(a_line_that_is_too_long_is_told_and_not_cut)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "[server]\nstore = sqlite:");
	for (int i = 0; i < 300; i++)
		buf_putc(&b, 'a');
	buf_putc(&b, '\n');
	ck_assert(!file(&o, buf_str(&b)));
	says("c:", "200 bytes", "");
	buf_fini(&b);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told)
{
	ck_assert(!opts_file(&o, "/nonexistent/chatsrv.conf"));
	says("/nonexistent/chatsrv.conf", "No such file", "");
}
END_TEST

START_TEST(a_variable_of_a_section_must_name_a_setting)
{
	setenv("CHATSRV_LIMITS_ROMS", "5", 1);
	ck_assert(!opts_env(&o));
	says("CHATSRV_LIMITS_ROMS", "limits.roms", "limits.rooms?");
	unsetenv("CHATSRV_LIMITS_ROMS");
	setenv("CHATSRV_LIMITS_ROOMS", "many", 1);
	ck_assert(!opts_env(&o));
	says("CHATSRV_LIMITS_ROOMS", "\"many\"", "1 to 200");
	unsetenv("CHATSRV_LIMITS_ROOMS");
	/* Somebody else's. */
	setenv("CHATSRV_COLOUR", "red", 1);
	setenv("CHATSRVX_LIMITS_ROMS", "5", 1);
	ck_assert_msg(opts_env(&o), "%s", o.error);
}
END_TEST

START_TEST(what_is_printed_gives_the_same_settings_again)
{
	struct conf again = { 0 };
	struct opts p;
	char *text = NULL, *second = NULL;
	size_t n;
	FILE *f;

	ck_assert(file(&o,
	    "[server]\nlisten = a:1 unix:/s\n"
	    "store = sqlite:/a b/c.db\nwww =\n[limits]\nenabled = off\n"
	    "rooms = 7\n[http]\nhosts = x.example y.example\n"));
	f = open_memstream(&text, &n);
	opts_print(&o, f);
	fclose(f);
	opts_init(&p, table, ROWS, &again, "CHATSRV");
	ck_assert_msg(file(&p, text), "%s", p.error);
	f = open_memstream(&second, &n);
	opts_print(&p, f);
	fclose(f);
	ck_assert_str_eq(second, text);
	ck_assert_str_eq(again.server_store, "sqlite:/a b/c.db");
	ck_assert_str_eq(again.server_www, "");
	ck_assert(!again.limits_enabled && again.limits_rooms == 7);
	ck_assert_uint_eq(again.http_hosts.n, 2);
	opts_fini(&p);
	free(text);
	free(second);
}
END_TEST

/* Hosts as they come back from a file, from print, and from its file. */
static void
prints_hosts_again(const char *text, const char *first)
{
	struct conf again = { 0 };
	struct opts p;
	char *printed = NULL;
	size_t n;
	FILE *f = open_memstream(&printed, &n);

	ck_assert_msg(file(&o, text), "%s", o.error);
	ck_assert_str_eq(conf.http_hosts.v[0], first);
	opts_print(&o, f);
	fclose(f);
	opts_init(&p, table, ROWS, &again, "CHATSRV");
	ck_assert_msg(file(&p, printed), "%s", p.error);
	ck_assert_uint_eq(again.http_hosts.n, conf.http_hosts.n);
	for (size_t i = 0; i < again.http_hosts.n; i++)
		ck_assert_str_eq(again.http_hosts.v[i], conf.http_hosts.v[i]);
	ck_assert_str_eq(again.server_store, conf.server_store);
	opts_fini(&p);
	free(printed);
}

START_TEST(a_comment_may_stand_behind_a_line_that_goes_on)
{
	prints_hosts_again("[http]\nhosts = a ; one\n b; ; two\n ;c\n", "a");
	ck_assert_uint_eq(conf.http_hosts.n, 2);
	ck_assert_str_eq(conf.http_hosts.v[1], "b;");
}
END_TEST

START_TEST(a_value_that_fills_a_line_is_printed_over_two)
{
	char word[198], text[512];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	snprintf(text, sizeof(text), "[server]\nstore=%s\n[http]\nhosts=\n %s",
	    word + 5, word);
	prints_hosts_again(text, word);
	ck_assert_uint_eq(strlen(conf.server_store), 192);
}
END_TEST

START_TEST(a_word_that_begins_as_a_comment_does_stays_a_word)
{
	char word[196], text[512];

	prints_hosts_again("[server]\nstore=;s\n[http]\nhosts=,;a\n", ";a");
	ck_assert_str_eq(conf.server_store, ";s");
	memset(word, '#', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	snprintf(text, sizeof(text), "[http]\nhosts =\n ,%s\n", word);
	opts_put(&o, "http", "hosts", "", OPT_CLI, ""); /* none any more */
	prints_hosts_again(text, word);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, defaults_are_those_of_the_table);
	tcase_add_test(t, every_default_may_be_set);
	tcase_add_test(t, the_later_source_wins);
	tcase_add_test(t, the_words_of_one_source_add_up);
	tcase_add_test(t, a_word_that_can_not_be_is_told_with_its_place);
	tcase_add_test(t, yes_and_no_have_several_words);
	tcase_add_test(t, a_number_must_be_whole_and_in_its_range);
	tcase_add_test(t, an_unknown_name_is_told_with_the_nearest);
	tcase_add_test(t, a_value_may_have_points_and_equal_signs);
	tcase_add_test(t, a_mistake_in_a_file_is_told_with_its_line);
	tcase_add_test(t, a_line_that_is_too_long_is_told_and_not_cut);
	tcase_add_test(t, a_file_that_is_not_there_is_told);
	tcase_add_test(t, a_variable_of_a_section_must_name_a_setting);
	tcase_add_test(t, what_is_printed_gives_the_same_settings_again);
	tcase_add_test(t, a_comment_may_stand_behind_a_line_that_goes_on);
	tcase_add_test(t, a_value_that_fills_a_line_is_printed_over_two);
	tcase_add_test(t, a_word_that_begins_as_a_comment_does_stays_a_word);
}

int
main(void)
{
	return suite_run("opt", add);
}
