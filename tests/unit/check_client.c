/*
 * check_client: the client against a server that is these tests.
 *
 * say() is what the server says; what the client sends and tells its host is
 * written down as lines, which the tests then read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatcli/client.h"
#include "lib/codec.h"

static struct buffers rooms;
static struct client *client;
static struct buf sent, told;

static void
on_send(void *arg, const char *p, size_t n)
{
	ck_assert_ptr_eq(arg, &rooms);
	buf_add(&sent, p, n);
	buf_putc(&sent, '\n');
}

static void
on_up(void *arg, const struct msg *m)
{
	(void)arg;
	buf_printf(&told, "up %.*s\n", STR_FMT(m->user));
}

static void
on_refused(void *arg, enum err e, const struct msg *m)
{
	(void)arg;
	buf_printf(&told, "refused %s: %.*s\n", err_code(e), STR_FMT(m->text));
}

static void
on_joined(void *arg, struct buffer *b, const struct msg *m, struct str f)
{
	(void)arg;
	(void)f;
	buf_printf(&told, "joined %s%s%s\n", b->room,
	    MSG_HAS(m, gap) ? " with a gap" : "",
	    MSG_HAS(m, reset) ? " anew" : "");
}

static void
on_barred(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	(void)arg;
	(void)m;
	buf_printf(&told, "barred %s: %s\n", b->room, err_code(e));
}

static void
on_event(void *arg, struct buffer *b, const struct msg *ev, struct str f)
{
	const char *name = proto_event_name(ev->shape);

	(void)arg;
	buf_printf(&told, "%s", name != NULL ? name : "unknown");
	if (ev->shape == SHAPE_ev_gap)
		buf_printf(&told, " %" PRId64 "-%" PRId64 "%s", ev->gap_from,
		    ev->gap_to, f.p == NULL ? " of our own" : "");
	else if (MSG_HAS(ev, seq))
		buf_printf(&told, " %" PRId64, ev->seq);
	buf_printf(&told, "%s%s\n", b != NULL ? " in " : "",
	    b != NULL ? b->room : "");
}

static void
on_back(void *arg, struct buffer *b)
{
	struct buf words = BUF_INIT;

	(void)arg;
	client_back_words(&words, &b->back, b->back.lost_at + 41000);
	buf_printf(&told, "%s: %s\n", b->room, buf_str(&words));
	buf_fini(&words);
}

static void
on_broken(void *arg, const char *why)
{
	(void)arg;
	(void)why;
	buf_puts(&told, "broken\n");
}

static const struct client_host host = { on_send, on_up, on_refused, on_joined,
	on_barred, on_event, on_back, on_broken };

static void
start(void)
{
	codec_init();
	buffers_init(&rooms);
	client = client_new(&rooms, 50, false, &host, &rooms);
	buf_init(&sent);
	buf_init(&told);
}

static void
stop(void)
{
	client_closed(client);
	client_free(client);
	buffers_fini(&rooms);
	buf_fini(&sent);
	buf_fini(&told);
}

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	client_frame(client, buf_str(&b), b.len);
	buf_fini(&b);
}

/* What was sent, or told, since the last look. */
static void
expect(struct buf *b, const char *want)
{
	ck_assert_str_eq(buf_str(b), want);
	buf_reset(b);
}

static void
ignore(void)
{
	buf_reset(&sent);
	buf_reset(&told);
}

#define LIMITS                                                      \
	"{\"text_bytes\":1,\"frame_bytes\":1,\"nonce_bytes\":1,"    \
	"\"nonce_days\":7,\"rooms\":1,\"requests_burst\":1,"        \
	"\"requests_per_s\":1,\"bytes_burst\":1,\"bytes_per_s\":1," \
	"\"history_max\":1}"

static void
welcome(int id)
{
	say("{\"re\":%d,\"ok\":true,\"user\":\"ann\",\"guest\":true,"
	    "\"server\":\"s\",\"version\":\"1\",\"limits\":" LIMITS
	    ",\"rooms\":[]}",
	    id);
}

static void
message(int seq)
{
	say("{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":%d,\"at\":1,"
	    "\"from\":\"bob\",\"text\":\"t%d\"}",
	    seq, seq);
}

static void
join_reply(int id, int seq, const char *more)
{
	say("{\"re\":%d,\"ok\":true,\"room\":\"lobby\",\"epoch\":\"e1\","
	    "\"seq\":%d,\"topic\":\"\",\"online\":1%s}",
	    id, seq, more);
}

/* Up and in the lobby, whose log ends at seq. */
static struct buffer *
in_lobby(int seq)
{
	struct buffer *b = buffers_open(&rooms, "lobby");

	b->wanted = true;
	client_opened(client, NULL, NULL);
	welcome(1);
	join_reply(2, seq, ",\"recovered\":true,\"replay\":0");
	ck_assert(b->joined);
	ck_assert_int_eq(b->last, seq);
	ignore();
	return b;
}

START_TEST(hello_comes_first_and_then_the_wanted_rooms)
{
	buffers_open(&rooms, "lobby")->wanted = true;
	buffers_open(&rooms, "den")->wanted = true;
	buffers_open(&rooms, "closed");
	buffers_show(&rooms, 1);
	client_opened(client, "tok", "ann");
	expect(&sent,
	    "{\"op\":\"hello\",\"id\":1,\"client\":\"chatcli/" VERSION
	    "\",\"nick\":\"ann\",\"token\":\"tok\"}\n");
	ck_assert(!client_up(client));
	welcome(1);
	ck_assert(client_up(client));
	ck_assert_str_eq(client_me(client), "ann");
	ck_assert(client_me_guest(client));
	expect(&told, "up ann\n");
	expect(&sent,
	    "{\"op\":\"join\",\"id\":2,\"room\":\"den\",\"last\":50}\n"
	    "{\"op\":\"join\",\"id\":3,\"room\":\"lobby\",\"last\":50}\n");
}
END_TEST

START_TEST(a_refused_hello_is_told)
{
	client_opened(client, "old", NULL);
	say("{\"re\":1,\"ok\":false,\"error\":{\"code\":\"unauthorized\","
	    "\"text\":\"no\"}}");
	expect(&told, "refused unauthorized: no\n");
	ck_assert(!client_up(client));
}
END_TEST

START_TEST(the_first_entries_may_begin_anywhere)
{
	struct buffer *b = buffers_open(&rooms, "lobby");

	b->wanted = true;
	client_opened(client, NULL, NULL);
	welcome(1);
	ignore();
	message(7);
	join_reply(2, 9, ",\"recovered\":true,\"replay\":2");
	message(8);
	message(9);
	message(10);
	expect(&told,
	    "joined lobby\nmessage 8 in lobby\n"
	    "message 9 in lobby\nmessage 10 in lobby\n");
	ck_assert_int_eq(b->last, 10);
	ck_assert_int_eq(b->end, 10);
}
END_TEST

START_TEST(entries_pass_once_and_in_order)
{
	in_lobby(3);
	message(4);
	message(4);
	message(2);
	say("{\"ev\":\"edit\",\"room\":\"lobby\",\"seq\":5,\"at\":1,"
	    "\"from\":\"bob\",\"target\":4,\"text\":\"x\"}");
	say("{\"ev\":\"poll\",\"room\":\"lobby\",\"seq\":6}");
	message(7);
	expect(&told,
	    "message 4 in lobby\nedit 5 in lobby\n"
	    "unknown 6 in lobby\nmessage 7 in lobby\n");
	expect(&sent, "");
}
END_TEST

START_TEST(a_hole_is_asked_for_again)
{
	struct buffer *b = in_lobby(3);

	message(6);
	expect(&told, "");
	expect(&sent,
	    "{\"op\":\"join\",\"id\":3,\"room\":\"lobby\","
	    "\"after\":3,\"epoch\":\"e1\"}\n");
	message(7);
	join_reply(3, 7, ",\"recovered\":true,\"replay\":4");
	for (int seq = 4; seq <= 7; seq++)
		message(seq);
	expect(&told,
	    "joined lobby\nmessage 4 in lobby\n"
	    "message 5 in lobby\nmessage 6 in lobby\nmessage 7 in lobby\n");
	ck_assert_int_eq(b->last, 7);
}
END_TEST

START_TEST(a_hole_that_stays_is_told)
{
	in_lobby(3);
	message(6);
	join_reply(3, 6, ",\"recovered\":true,\"replay\":1");
	ignore();
	message(6);
	message(7);
	expect(&sent, "");
	expect(&told,
	    "gap 4-5 of our own in lobby\nmessage 6 in lobby\n"
	    "message 7 in lobby\n");
}
END_TEST

START_TEST(a_gap_moves_the_place)
{
	struct buffer *b = in_lobby(3);

	say("{\"ev\":\"gap\",\"room\":\"lobby\",\"from\":4,\"to\":8}");
	message(9);
	expect(&told, "gap 4-8 in lobby\nmessage 9 in lobby\n");
	ck_assert_int_eq(b->last, 9);
}
END_TEST

START_TEST(a_reset_forgets_and_begins_anew)
{
	struct buffer *b = in_lobby(3);

	say("{\"ev\":\"reset\",\"room\":\"lobby\",\"epoch\":\"e2\"}");
	expect(&told, "reset in lobby\n");
	ck_assert_int_eq(b->last, 0);
	expect(&sent,
	    "{\"op\":\"join\",\"id\":3,\"room\":\"lobby\",\"last\":50}\n");
	message(4);
	expect(&told, "");
	say("{\"re\":3,\"ok\":true,\"room\":\"lobby\",\"epoch\":\"e2\","
	    "\"seq\":1,\"recovered\":true,\"replay\":1}");
	message(1);
	expect(&told, "joined lobby\nmessage 1 in lobby\n");
	ck_assert_str_eq(b->epoch, "e2");
}
END_TEST

START_TEST(the_line_after_a_reconnect_counts_messages)
{
	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	ignore();
	join_reply(4, 6, ",\"recovered\":true,\"replay\":3");
	message(4);
	say("{\"ev\":\"delete\",\"room\":\"lobby\",\"seq\":5,\"at\":1,"
	    "\"from\":\"bob\",\"target\":4}");
	expect(&told,
	    "joined lobby\nmessage 4 in lobby\n"
	    "delete 5 in lobby\n");
	message(6);
	message(7);
	expect(&told,
	    "message 6 in lobby\nlobby: back after 41 s: "
	    "2 messages replayed, none missed\nmessage 7 in lobby\n");
}
END_TEST

/* The page's client.test.mjs has the same replay. */
START_TEST(the_line_counts_messages_and_nothing_else)
{
	static const char *const changes[] = {
		"\"edit\",\"seq\":5,\"target\":4,\"text\":\"x\"",
		"\"react\",\"seq\":6,\"target\":4,\"emoji\":\"x\"",
		("\"unreact\",\"seq\":7,\"target\":4,\"emoji\":\"x\","
		 "\"react\":6"),
		"\"topic\",\"seq\":8,\"topic\":\"t\"",
		"\"message\",\"seq\":9,\"deleted\":true",
		"\"delete\",\"seq\":10,\"target\":9",
		"\"poll\",\"seq\":11",
	};

	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	join_reply(4, 12, ",\"recovered\":true,\"replay\":9");
	message(4);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		say("{\"room\":\"lobby\",\"at\":1,\"from\":\"bob\",\"ev\":%s}",
		    changes[i]);
	ignore();
	message(12);
	expect(&told,
	    "message 12 in lobby\nlobby: back after 41 s: "
	    "3 messages replayed, none missed\n");
}
END_TEST

START_TEST(the_line_comes_at_once_when_nothing_was_missed)
{
	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	ignore();
	join_reply(4, 3, ",\"recovered\":true,\"replay\":0");
	expect(&told,
	    "joined lobby\nlobby: back after 41 s: "
	    "0 messages replayed, none missed\n");
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(5);
	ignore();
	join_reply(6, 4, ",\"recovered\":true,\"replay\":1");
	message(4);
	expect(&told,
	    "joined lobby\nmessage 4 in lobby\nlobby: back after "
	    "41 s: 1 message replayed, none missed\n");
}
END_TEST

START_TEST(the_line_says_what_is_gone)
{
	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	expect(&sent,
	    "{\"op\":\"hello\",\"id\":3,\"client\":\"chatcli/" VERSION
	    "\",\"token\":\"tok\"}\n"
	    "{\"op\":\"join\",\"id\":4,\"room\":\"lobby\",\"after\":3,"
	    "\"epoch\":\"e1\"}\n");
	ignore();
	join_reply(4, 11,
	    ",\"recovered\":false,\"replay\":1,"
	    "\"gap\":{\"from\":4,\"to\":10,\"reason\":\"retention\"}");
	message(11);
	expect(&told,
	    "joined lobby with a gap\nmessage 11 in lobby\n"
	    "lobby: back after 41 s: 1 message replayed, 7 gone: the server "
	    "keeps them no longer\n");
}
END_TEST

START_TEST(an_outage_during_a_replay_is_one_outage)
{
	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	join_reply(4, 6, ",\"recovered\":true,\"replay\":3");
	message(4);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(5);
	ignore();
	join_reply(6, 6, ",\"recovered\":true,\"replay\":2");
	message(5);
	message(6);
	expect(&told,
	    "joined lobby\nmessage 5 in lobby\nmessage 6 in lobby\n"
	    "lobby: back after 41 s: 3 messages replayed, none missed\n");
}
END_TEST

START_TEST(a_log_that_was_replaced_meanwhile_is_told)
{
	in_lobby(3);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	ignore();
	say("{\"re\":4,\"ok\":true,\"room\":\"lobby\",\"epoch\":\"e2\","
	    "\"seq\":1,\"recovered\":false,\"reset\":true}");
	expect(&sent,
	    "{\"op\":\"join\",\"id\":5,\"room\":\"lobby\",\"last\":50}\n");
	say("{\"re\":5,\"ok\":true,\"room\":\"lobby\",\"epoch\":\"e2\","
	    "\"seq\":1,\"recovered\":true,\"replay\":1}");
	message(1);
	expect(&told,
	    "joined lobby anew\njoined lobby\nmessage 1 in lobby\n"
	    "lobby: back after 41 s: the server's log of this room is "
	    "another one; what was shown before is gone\n");
}
END_TEST

START_TEST(spans_have_their_largest_two_units)
{
	static const struct {
		int64_t ms;
		const char *words;
	} cases[] = {
		{ 400, "0 s" },
		{ 59400, "59 s" },
		{ 61000, "1 min 1 s" },
		{ 120000, "2 min" },
		{ 7500000, "2 h 5 min" },
		{ 259200000, "3 d" },
		{ 273600000, "3 d 4 h" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer_back back = { .lost_at = 1 };
		struct buf words = BUF_INIT;
		char want[128];

		client_back_words(&words, &back, 1 + cases[i].ms);
		snprintf(want, sizeof(want),
		    "back after %s: 0 messages replayed, none missed",
		    cases[i].words);
		ck_assert_str_eq(buf_str(&words), want);
		buf_fini(&words);
	}
}
END_TEST

START_TEST(after_left_nothing_of_the_room_passes)
{
	struct buffer *b = in_lobby(3);

	say("{\"ev\":\"left\",\"room\":\"lobby\",\"reason\":\"kick\"}");
	message(4);
	expect(&told, "left in lobby\n");
	ck_assert(!b->wanted && !b->joined);
	client_closed(client);
	client_opened(client, "tok", NULL);
	welcome(3);
	expect(&sent,
	    "{\"op\":\"hello\",\"id\":3,\"client\":\"chatcli/" VERSION
	    "\",\"token\":\"tok\"}\n");
}
END_TEST

struct answer {
	int count;
	enum err e;
	bool lost;
};

static void
on_answer(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct answer *a = arg;

	(void)b;
	a->count++;
	a->e = e;
	a->lost = m == NULL;
}

static bool
ask(struct buffer *b, struct answer *a)
{
	struct msg m;

	memset(a, 0, sizeof(*a));
	msg_init(&m, SHAPE_send);
	MSG_PUT(&m, room, str_of("lobby"));
	MSG_PUT(&m, text, str_of("hi"));
	return client_request(client, &m, b, on_answer, a);
}

START_TEST(each_request_gets_one_answer)
{
	struct answer a, b, c;

	ck_assert(!ask(NULL, &a));
	in_lobby(3);
	ck_assert(ask(NULL, &a) && ask(NULL, &b) && ask(NULL, &c));
	say("{\"re\":4,\"ok\":false,\"error\":{\"code\":\"forbidden\","
	    "\"text\":\"no\"}}");
	say("{\"re\":4,\"ok\":true,\"room\":\"lobby\",\"seq\":4,\"at\":1}");
	say("{\"re\":3,\"ok\":true,\"room\":\"lobby\",\"seq\":4,\"at\":1}");
	say("{\"re\":null,\"ok\":false,\"error\":{\"code\":\"bad_json\","
	    "\"text\":\"no\"}}");
	ck_assert(a.count == 1 && a.e == ERR_OK && !a.lost);
	ck_assert(b.count == 1 && b.e == ERR_FORBIDDEN);
	ck_assert_int_eq(c.count, 0);
	client_closed(client);
	ck_assert(c.count == 1 && c.lost);
	ck_assert_int_eq(a.count, 1);
}
END_TEST

START_TEST(a_forgotten_room_gets_no_answer)
{
	struct buffer *b = in_lobby(3);
	struct answer a;

	ck_assert(ask(b, &a));
	client_leave(client, b, true);
	client_forget(client, b);
	buffers_close(&rooms, b);
	say("{\"re\":3,\"ok\":true,\"room\":\"lobby\",\"seq\":4,\"at\":1}");
	message(4);
	say("{\"ev\":\"presence\",\"room\":\"lobby\",\"online\":1}");
	ck_assert_int_eq(a.count, 0);
	expect(&told, "");
}
END_TEST

START_TEST(what_is_no_protocol_ends_the_link)
{
	static const char *const frames[] = { "", "x", "[]", "{}", "{\"ev\":1}",
		"{\"ev\":\"message\",\"room\":\"lobby\"}",
		("{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":-1,\"at\":1,"
		 "\"from\":\"x\"}"),
		"{\"re\":3,\"ok\":true}", "{\"re\":true,\"ok\":true}" };

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		static struct answer a; /* the end of the test answers it */

		stop();
		start();
		in_lobby(3);
		ck_assert(ask(NULL, &a));
		say("%s", frames[i]);
		expect(&told, "broken\n");
	}
}
END_TEST

START_TEST(names_in_other_spellings_are_the_same_room)
{
	struct buffer *b = buffers_open(&rooms, "LOBBY");

	b->wanted = true;
	client_opened(client, NULL, NULL);
	welcome(1);
	join_reply(2, 0, "");
	ck_assert_str_eq(b->room, "lobby");
	ignore();
	message(1);
	expect(&told, "message 1 in lobby\n");
	ck_assert_ptr_eq(buffers_open(&rooms, "Lobby"), b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, hello_comes_first_and_then_the_wanted_rooms);
	tcase_add_test(t, a_refused_hello_is_told);
	tcase_add_test(t, the_first_entries_may_begin_anywhere);
	tcase_add_test(t, entries_pass_once_and_in_order);
	tcase_add_test(t, a_hole_is_asked_for_again);
	tcase_add_test(t, a_hole_that_stays_is_told);
	tcase_add_test(t, a_gap_moves_the_place);
	tcase_add_test(t, a_reset_forgets_and_begins_anew);
	tcase_add_test(t, the_line_after_a_reconnect_counts_messages);
	tcase_add_test(t, the_line_counts_messages_and_nothing_else);
	tcase_add_test(t, the_line_comes_at_once_when_nothing_was_missed);
	tcase_add_test(t, the_line_says_what_is_gone);
	tcase_add_test(t, an_outage_during_a_replay_is_one_outage);
	tcase_add_test(t, a_log_that_was_replaced_meanwhile_is_told);
	tcase_add_test(t, spans_have_their_largest_two_units);
	tcase_add_test(t, after_left_nothing_of_the_room_passes);
	tcase_add_test(t, each_request_gets_one_answer);
	tcase_add_test(t, a_forgotten_room_gets_no_answer);
	tcase_add_test(t, what_is_no_protocol_ends_the_link);
	tcase_add_test(t, names_in_other_spellings_are_the_same_room);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
