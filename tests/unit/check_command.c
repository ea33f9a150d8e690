/*
 * check_command: what an entered line does.
 */
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatcli/app.h"
#include "chatcli/command.h"
#include "lib/buf.h"

/* What was asked of the app, and what the user was told. */
static struct buf did = BUF_INIT, told = BUF_INIT;
static struct buffers rooms;
static struct buffer *lobby;
static struct line *selected;

__attribute__((format(printf, 1, 2))) static void
note_deed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&did, fmt, ap);
	va_end(ap);
}

struct buffers *
app_buffers(struct app *a)
{
	(void)a;
	return &rooms;
}

void
app_join(struct app *a, const char *room)
{
	(void)a;
	note_deed("join(%s)", room);
}

void
app_leave(struct app *a, struct buffer *b, bool part)
{
	(void)a;
	note_deed("leave(%s,%d)", b->room, part);
}

void
app_say(struct app *a, struct buffer *b, const char *kind, const char *text,
    int64_t reply_to)
{
	(void)a;
	note_deed("say(%s,%s,%s,%d)", b->room, kind, text, (int)reply_to);
}

void
app_edit(struct app *a, struct buffer *b, int64_t seq, const char *text)
{
	(void)a;
	note_deed("edit(%s,%d,%s)", b->room, (int)seq, text);
}

void
app_delete(struct app *a, struct buffer *b, int64_t seq)
{
	(void)a;
	note_deed("delete(%s,%d)", b->room, (int)seq);
}

void
app_react(struct app *a, struct buffer *b, int64_t seq, const char *emoji,
    bool on)
{
	(void)a;
	note_deed("%s(%s,%d,%s)", on ? "react" : "unreact", b->room, (int)seq,
	    emoji);
}

void
app_topic(struct app *a, struct buffer *b, const char *topic)
{
	(void)a;
	note_deed("topic(%s,%s)", b->room, topic);
}

void
app_nick(struct app *a, const char *nick)
{
	(void)a;
	note_deed("nick(%s)", nick);
}

void
app_rooms(struct app *a, const char *match)
{
	(void)a;
	note_deed("rooms(%s)", match != NULL ? match : "");
}

void
app_members(struct app *a, struct buffer *b)
{
	(void)a;
	note_deed("members(%s)", b->room);
}

void
app_ping(struct app *a)
{
	(void)a;
	note_deed("ping()");
}

void
app_seen(struct app *a, struct buffer *b)
{
	(void)a;
	note_deed("seen(%s)", b->room);
}

void
app_unread(struct app *a, struct buffer *b, int64_t seq)
{
	(void)a;
	note_deed("unread(%s,%d)", b->room, (int)seq);
}

void
app_resend(struct app *a, struct buffer *b, struct line *l)
{
	(void)a;
	note_deed("resend(%s,%s)", b->room, l->text);
}

void
app_discard(struct app *a, struct buffer *b, struct line *l)
{
	(void)a;
	note_deed("discard(%s,%s)", b->room, l->text);
}

static void
on_note(void *arg, const char *text)
{
	(void)arg;
	buf_printf(&told, "%s\n", text);
}

static void
on_clear(void *arg, struct buffer *b)
{
	(void)arg;
	note_deed("clear(%s)", b->room);
}

static void
on_read(void *arg, struct buffer *b)
{
	(void)arg;
	note_deed("read(%s)", b->room);
}

static void
on_quit(void *arg)
{
	(void)arg;
	note_deed("quit()");
}

static const struct command_view view = { on_note, on_clear, on_read, on_quit };

/* What a line does; "" nothing.  told holds what the user was told. */
static const char *
enter_in(struct buffer *b, const char *text, bool *taken)
{
	struct command c = { .buf = b, .view = &view, .selected = selected };

	buf_reset(&did);
	buf_reset(&told);
	*taken = command_enter(&c, text);
	return buf_str(&did);
}

static const char *
enter(const char *text)
{
	bool taken;
	const char *deed = enter_in(lobby, text, &taken);

	ck_assert_msg(taken, "%s: %s", text, buf_str(&told));
	return deed;
}

/* The line is refused, nothing is done, and the user is told why. */
static const char *
refused_in(struct buffer *b, const char *text)
{
	bool taken;
	const char *deed = enter_in(b, text, &taken);

	ck_assert_msg(!taken, "%s was taken", text);
	ck_assert_str_eq(deed, "");
	ck_assert_uint_gt(told.len, 0);
	return buf_str(&told);
}

static const char *
refused(const char *text)
{
	return refused_in(lobby, text);
}

static void
say(int64_t seq, const char *from, const char *text)
{
	struct msg m;

	msg_init(&m, SHAPE_ev_message);
	MSG_PUT(&m, room, str_of("lobby"));
	MSG_PUT(&m, seq, seq);
	MSG_PUT(&m, at, 1);
	MSG_PUT(&m, from, str_of(from));
	MSG_PUT(&m, text, str_of(text));
	buffer_entry(lobby, &m, "ann", false);
}

static void
setup(void)
{
	buffers_init(&rooms);
	lobby = buffers_open(&rooms, "lobby");
	lobby->wanted = true;
	say(1, "ann", "mine");
	say(2, "bob", "his");
	say(3, "ann", "mine too");
	say(4, "bob", "his too");
	selected = NULL;
}

static void
teardown(void)
{
	buffers_fini(&rooms);
}

START_TEST(a_line_is_said_unless_it_begins_with_one_slash)
{
	ck_assert_str_eq(enter("hello"), "say(lobby,text,hello,0)");
	ck_assert_str_eq(enter("two\n/lines"), "say(lobby,text,two\n/lines,0)");
	ck_assert_str_eq(enter("//me too"), "say(lobby,text,/me too,0)");
	ck_assert_str_eq(enter(" /me"), "say(lobby,text, /me,0)");
	ck_assert_str_eq(enter("/say /me  "), "say(lobby,text,/me  ,0)");
	ck_assert_str_eq(enter("/me waves\nagain"),
	    "say(lobby,action,waves\nagain,0)");
	ck_assert_str_eq(enter(""), "");
}
END_TEST

START_TEST(an_unknown_command_is_never_said)
{
	ck_assert_ptr_nonnull(strstr(refused("/jion den"), "/join"));
	ck_assert_ptr_nonnull(strstr(refused("/usr/bin/env"), "//usr"));
	ck_assert_ptr_nonnull(strstr(refused("/zzz"), "no command /zzz"));
	ck_assert_ptr_nonnull(strstr(refused("/r"), "more than one"));
	refused("/");
	refused("/ join x");
}
END_TEST

START_TEST(beginnings_aliases_and_any_case_will_do)
{
	ck_assert_str_eq(enter("/j den"), "join(den)");
	ck_assert_str_eq(enter("/JOIN #den"), "join(den)");
	ck_assert_str_eq(enter("/part"), "leave(lobby,1)");
	ck_assert_str_eq(enter("/lea"), "leave(lobby,1)");
	ck_assert_str_eq(enter("/close lobby "), "leave(lobby,1)");
	ck_assert_str_eq(enter("/list den x"), "rooms(den x)");
	ck_assert_str_eq(enter("/rooms"), "rooms()");
	ck_assert_str_eq(enter("/names"), "members(lobby)");
	ck_assert_str_eq(enter("/pin"), "ping()");
	ck_assert_str_eq(enter("/exit"), "quit()");
	ck_assert_str_eq(enter("/quit"), "quit()");
	ck_assert_str_eq(enter("/clear"), "clear(lobby)");
	ck_assert_str_eq(enter("/nick bea"), "nick(bea)");
	ck_assert_str_eq(enter("/read"), "seen(lobby)read(lobby)");
}
END_TEST

START_TEST(commands_are_given_what_they_need)
{
	refused("/join");
	refused("/join two words");
	refused("/join a\nb");
	refused("/ping now");
	refused("/nick");
	refused("/me");
	refused("/leave nowhere");
	ck_assert_str_eq(enter("/topic cats & dogs"),
	    "topic(lobby,cats & dogs)");
	ck_assert_str_eq(enter("/topic"), "");
	ck_assert_ptr_nonnull(strstr(buf_str(&told), "no topic"));
}
END_TEST

START_TEST(messages_are_meant_by_number_selection_or_age)
{
	ck_assert_str_eq(enter("/edit better"), "edit(lobby,3,better)");
	ck_assert_str_eq(enter("/edit #1 a\nb"), "edit(lobby,1,a\nb)");
	ck_assert_str_eq(enter("/delete"), "delete(lobby,3)");
	ck_assert_str_eq(enter("/del #1"), "delete(lobby,1)");
	ck_assert_str_eq(enter("/reply yes"), "say(lobby,text,yes,4)");
	ck_assert_str_eq(enter("/reply #2 #no"), "say(lobby,text,#no,2)");
	ck_assert_str_eq(enter("/react +1"), "react(lobby,4,+1)");
	ck_assert_str_eq(enter("/unreact #2 +1"), "unreact(lobby,2,+1)");
	ck_assert_str_eq(enter("/unread"), "unread(lobby,4)");
	selected = buffer_find(lobby, 1);
	ck_assert_str_eq(enter("/edit it"), "edit(lobby,1,it)");
	ck_assert_str_eq(enter("/unread"), "unread(lobby,1)");
	selected = NULL;
	refused("/delete #9");
	refused("/delete everything");
	refused("/react");
	refused("/react #2");
	refused("/react a b");
	refused("/reply #2");
	refused("/edit");
}
END_TEST

START_TEST(whose_a_message_is_the_server_decides)
{
	ck_assert_str_eq(enter("/edit #2 as I was bob"),
	    "edit(lobby,2,as I was bob)");
	ck_assert_str_eq(enter("/delete #2"), "delete(lobby,2)");
	selected = buffer_find(lobby, 4);
	ck_assert_str_eq(enter("/delete"), "delete(lobby,4)");
}
END_TEST

START_TEST(lines_that_were_refused_are_sent_again_or_dropped)
{
	struct line *l;

	refused("/resend");
	buffer_own(lobby, "ann", false, "n1", "text", "waits");
	l = buffer_own(lobby, "ann", false, "n2", "text", "unsure");
	buffer_state(lobby, l, LINE_UNSURE, NULL);
	l = buffer_own(lobby, "ann", false, "n3", "text", "refused");
	buffer_state(lobby, l, LINE_REFUSED, "no");
	ck_assert_str_eq(enter("/resend"), "resend(lobby,unsure)");
	ck_assert_str_eq(enter("/discard"), "discard(lobby,unsure)");
	selected = l;
	ck_assert_str_eq(enter("/discard"), "discard(lobby,refused)");
	refused("/reply it has no number");
	selected = NULL;
}
END_TEST

START_TEST(what_can_not_be_a_message_is_not_sent)
{
	char *text = malloc(PROTO_TEXT_MAX + 2);

	memset(text, 'x', PROTO_TEXT_MAX + 1);
	text[PROTO_TEXT_MAX + 1] = '\0';
	ck_assert_ptr_nonnull(strstr(refused(text), "16384"));
	text[PROTO_TEXT_MAX] = '\0';
	ck_assert_uint_gt(strlen(enter(text)), PROTO_TEXT_MAX);
	free(text);
	refused("a\xff");
	refused("\xed\xa0\x80");
}
END_TEST

START_TEST(without_a_room_nothing_is_said_but_rooms_can_be_joined)
{
	bool taken;

	refused_in(NULL, "hello");
	refused_in(NULL, "/me waves");
	refused_in(NULL, "/leave");
	refused_in(NULL, "/edit x");
	ck_assert_str_eq(enter_in(NULL, "/join den", &taken), "join(den)");
	ck_assert(taken);
}
END_TEST

START_TEST(help_is_made_from_the_table)
{
	const struct command_row *r;
	size_t n;

	enter("/help");
	r = command_rows(&n);
	for (size_t i = 0; i < n; i++)
		ck_assert(r[i].fn == NULL ||
		    strstr(buf_str(&told), r[i].help) != NULL);
	ck_assert_ptr_nonnull(strstr(buf_str(&told), "Alt-Up"));
	enter("/help /leave");
	ck_assert_ptr_nonnull(strstr(buf_str(&told), "part"));
	refused("/help nonsense");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("command");
	TCase *t = tcase_create("command");
	SRunner *sr = srunner_create(s);
	int failed;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 99;
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_line_is_said_unless_it_begins_with_one_slash);
	tcase_add_test(t, an_unknown_command_is_never_said);
	tcase_add_test(t, beginnings_aliases_and_any_case_will_do);
	tcase_add_test(t, commands_are_given_what_they_need);
	tcase_add_test(t, messages_are_meant_by_number_selection_or_age);
	tcase_add_test(t, whose_a_message_is_the_server_decides);
	tcase_add_test(t, lines_that_were_refused_are_sent_again_or_dropped);
	tcase_add_test(t, what_can_not_be_a_message_is_not_sent);
	tcase_add_test(t,
	    without_a_room_nothing_is_said_but_rooms_can_be_joined);
	tcase_add_test(t, help_is_made_from_the_table);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
