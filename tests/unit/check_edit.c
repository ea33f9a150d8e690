/*
 * check_edit: bytes to keys, keys to actions, and the line being edited.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <check.h>

#include "chatcli/buffers.h"
#include "chatcli/complete.h"
#include "chatcli/edit.h"
#include "chatcli/edit_token.h"
#include "chatcli/keymap.h"
#include "lib/buf.h"

/* What the tokenizer gave: keys in <>, pastes in [], ESC as ^. */
static struct buf seen = BUF_INIT;

static void
on_token(void *arg, enum token_kind kind, const char *p, size_t n)
{
	(void)arg;
	buf_putc(&seen, kind == TOKEN_KEY ? '<' : '[');
	for (; n > 0; p++, n--)
		buf_putc(&seen, *p == '\033' ? '^' : *p == '\r' ? '$' : *p);
	buf_putc(&seen, kind == TOKEN_KEY ? '>' : ']');
}

static const char *
tokens(const char *bytes, size_t piece)
{
	struct tokens t;
	size_t n = strlen(bytes), k;

	buf_reset(&seen);
	edit_token_init(&t, on_token, NULL);
	for (size_t at = 0; at < n; at += k) {
		k = n - at < piece ? n - at : piece;
		edit_token_feed(&t, bytes + at, k);
	}
	if (edit_token_wait(&t) > 0)
		edit_token_flush(&t);
	ck_assert_uint_eq(edit_token_wait(&t), 0);
	edit_token_fini(&t);
	return buf_str(&seen);
}

START_TEST(bytes_are_cut_into_keys_however_they_arrive)
{
	static const struct {
		const char *bytes, *keys;
	} v[] = {
		{ "ab", "<a><b>" },
		{ "\u00e4\u65e5\U0001f600", "<\u00e4><\u65e5><\U0001f600>" },
		{ "\033[Ax", "<^[A><x>" },
		{ "\033[1;3Ax", "<^[1;3A><x>" },
		{ "\033OPx", "<^OP><x>" },
		{ "\033[[Ax", "<^[[A><x>" },
		{ "\033a", "<^a>" },
		{ "\033\r", "<^$>" },
		{ "\033", "<^>" },
		{ "\033\033", "<^><^>" },
		{ "\033\033[A", "<^><^[A>" },
		{ "\033\u00e4", "<^><\u00e4>" },
		{ "\033[\001x", "<\001><x>" },
		{ "\033[1;\033[Bx", "<^[B><x>" },
		{ "\303x", "<x>" },
		{ "\200\377y", "<y>" },
		{ "\343\201", "" },
		{ "\033[200~a\rb\033[Ac\033[201~d", "[a$b^[Ac]<d>" },
		{ "\033[200~lost", "[lost]" },
		{ "\033[201~z", "<z>" },
		{ "\033[200~\033[201~z", "[]<z>" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		for (size_t piece = 1; piece <= 40; piece += 13)
			ck_assert_str_eq(tokens(v[i].bytes, piece), v[i].keys);
}
END_TEST

START_TEST(endless_sequences_and_pastes_are_bounded)
{
	struct buf b = BUF_INIT;
	struct tokens t;

	buf_puts(&b, "\033[");
	for (int i = 0; i < 5000; i++)
		buf_putc(&b, '1');
	buf_puts(&b, "Ax");
	ck_assert_str_eq(tokens(buf_str(&b), 100), "<x>");
	buf_reset(&b);
	buf_reset(&seen);
	for (size_t i = 0; i < TOKEN_PASTE_MAX + 1000; i++)
		buf_putc(&b, 'p');
	edit_token_init(&t, on_token, NULL);
	edit_token_feed(&t, "\033[200~", 6);
	edit_token_feed(&t, b.data, b.len);
	edit_token_feed(&t, "\033[201~k", 7);
	edit_token_fini(&t);
	ck_assert_uint_eq(seen.len, TOKEN_PASTE_MAX + 2 + 3);
	ck_assert(memcmp(seen.data + seen.len - 4, "]<k>", 4) == 0);
	buf_fini(&b);
}
END_TEST

START_TEST(keys_have_the_sequences_that_terminals_send)
{
	struct keymap_seq q[8];

	ck_assert_uint_eq(keymap_translate("Ctrl-N", 6, q, 8), 1);
	ck_assert(q[0].n == 1 && q[0].bytes[0] == 14);
	ck_assert_uint_eq(keymap_translate("Alt-/", 5, q, 8), 1);
	ck_assert(q[0].n == 2 && memcmp(q[0].bytes, "\033/", 2) == 0);
	ck_assert_uint_ge(keymap_translate("Alt-Up", 6, q, 8), 3);
	ck_assert(q[0].n == 6 && memcmp(q[0].bytes, "\033[1;3A", 6) == 0);
	ck_assert_uint_eq(keymap_translate("Shift-Tab", 9, q, 8), 1);
	ck_assert(memcmp(q[0].bytes, "\033[Z", 3) == 0);
	ck_assert_uint_eq(keymap_translate("Nonsense", 8, q, 8), 0);
	ck_assert_int_eq(keymap_find(SCOPE_ROOM, "\033[5~", 4),
	    ACTION_ROOM_page_up);
	ck_assert_int_eq(keymap_find(SCOPE_MESSAGE, "r", 1),
	    ACTION_MESSAGE_reply);
	ck_assert_int_eq(keymap_find(SCOPE_ROOM, "r", 1), ACTION__COUNT);
}
END_TEST

struct pair {
	struct keymap_seq seq;
	enum key_action action;
};

static struct pair pairs[1024];
static size_t npairs;

static void
collect(void *arg, enum key_action a, const struct keymap_seq *q, int which)
{
	(void)arg;
	(void)which;
	ck_assert_uint_lt(npairs, 1024);
	pairs[npairs].seq = *q;
	pairs[npairs++].action = a;
}

START_TEST(every_action_has_keys_and_no_two_share_one)
{
	for (int a = 0; a < ACTION__COUNT; a++) {
		size_t before = npairs;

		keymap_each(a, collect, NULL);
		ck_assert_msg(npairs > before, "%s", keymap_row(a)->action);
	}
	for (size_t i = 0; i < npairs; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(keymap_row(pairs[i].action)->scope !=
				    keymap_row(pairs[j].action)->scope ||
				pairs[i].action == pairs[j].action ||
				pairs[i].seq.n != pairs[j].seq.n ||
				memcmp(pairs[i].seq.bytes, pairs[j].seq.bytes,
				    pairs[i].seq.n) != 0,
			    "%s and %s", keymap_row(pairs[i].action)->action,
			    keymap_row(pairs[j].action)->action);
}
END_TEST

/* The line: what was entered, and the last action. */
static struct buf entered = BUF_INIT;
static enum key_action acted;
static int acted_which;
static bool refuse, ended;

static bool
on_enter(void *arg, const char *text)
{
	(void)arg;
	buf_printf(&entered, "(%s)", text);
	return !refuse;
}

static void
on_end(void *arg)
{
	(void)arg;
	ended = true;
}

static void
on_act(void *arg, enum key_action a, int which)
{
	(void)arg;
	acted = a;
	acted_which = which;
}

static void
on_changed(void *arg)
{
	(void)arg;
}

static const struct edit_hooks hooks = { on_enter, on_end, on_act, on_changed };

static void
start(const char *inputrc)
{
	int fd = memfd_create("inputrc", MFD_CLOEXEC);
	ssize_t n = (ssize_t)strlen(inputrc);
	char path[64];

	ck_assert(fd >= 0 && write(fd, inputrc, (size_t)n) == n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	setenv("INPUTRC", path, 1);
	setenv("TERM", "xterm", 1);
	edit_start(&hooks, NULL);
	close(fd);
	buf_reset(&entered);
	acted = ACTION__COUNT;
}

static void
on_type(void *arg, enum token_kind kind, const char *p, size_t n)
{
	(void)arg;
	if (kind == TOKEN_KEY)
		edit_key(p, n);
	else
		edit_paste(p, n);
}

static void
type(const char *bytes)
{
	struct tokens t;

	edit_token_init(&t, on_type, NULL);
	edit_token_feed(&t, bytes, strlen(bytes));
	edit_token_flush(&t);
	edit_token_fini(&t);
}

START_TEST(text_is_edited_as_readline_does_and_entered)
{
	start("");
	type("hllo w\u00f6rld\001\006e");
	ck_assert_str_eq(edit_text(), "hello w\u00f6rld");
	ck_assert_uint_eq(edit_point(), 2);
	type("\005!\r");
	ck_assert_str_eq(buf_str(&entered), "(hello w\u00f6rld!)");
	ck_assert_str_eq(edit_text(), "");
	type("one two\027\031\031\r");
	ck_assert_str_eq(buf_str(&entered) + entered.len - 12, "(one twotwo)");
	type("\033[A");
	ck_assert_str_eq(edit_text(), "one twotwo");
	type("\001\013\022w\u00f6r");
	ck_assert(strstr(edit_prompt(), "reverse-i-search") != NULL);
	ck_assert(edit_busy());
	type("\007");
	ck_assert(!edit_busy());
	ck_assert_str_eq(edit_prompt(), "");
	type("\004");
	ck_assert(ended);
	edit_stop();
}
END_TEST

START_TEST(a_line_that_is_not_taken_stands_there_again)
{
	start("");
	refuse = true;
	type("keep me\001\r");
	ck_assert_str_eq(buf_str(&entered), "(keep me)");
	ck_assert_str_eq(edit_text(), "keep me");
	refuse = false;
	type("\r");
	ck_assert_str_eq(edit_text(), "");
	edit_stop();
}
END_TEST

START_TEST(a_paste_is_one_step_of_undo_and_enters_nothing)
{
	start("");
	type("a\033[200~b\r\nc\rd\033[31m\te\xff\033[201~");
	ck_assert_str_eq(edit_text(), "ab\nc\nd[31m\te\xef\xbf\xbd");
	ck_assert_uint_eq(entered.len, 0);
	type("\037");
	ck_assert_str_eq(edit_text(), "a");
	edit_stop();
}
END_TEST

START_TEST(keys_of_the_table_are_actions_in_every_mode)
{
	start("");
	type("\0333");
	ck_assert(acted == ACTION_ROOM_room_number && acted_which == 3);
	type("\033[5~");
	ck_assert_int_eq(acted, ACTION_ROOM_page_up);
	type("\016");
	ck_assert_int_eq(acted, ACTION_ROOM_next_room);
	type("\033"); /* ESC alone, and then a key: Alt */
	type("a");
	ck_assert_int_eq(acted, ACTION_ROOM_active_room);
	type("\003");
	ck_assert_int_eq(acted, ACTION_ROOM_cancel);
	ck_assert_str_eq(edit_text(), "");
	edit_stop();
}
END_TEST

START_TEST(keys_that_nobody_knows_leave_no_letters)
{
	start("");
	type("a\033[25~\033[1;9Z\033[99;99u\033O!b\033[Dc");
	ck_assert_str_eq(edit_text(), "acb");
	edit_stop();
}
END_TEST

START_TEST(vi_mode_takes_a_lone_escape_at_once)
{
	start("set editing-mode vi\n");
	type("word");
	ck_assert(!edit_vi_command());
	type("\033");
	ck_assert(edit_vi_command());
	type("0x");
	ck_assert_str_eq(edit_text(), "ord");
	type("\033[6~");
	ck_assert_int_eq(acted, ACTION_ROOM_page_down);
	type("aa\r");
	ck_assert_str_eq(buf_str(&entered), "(oard)");
	edit_stop();
}
END_TEST

START_TEST(inputrc_binds_the_actions_by_their_names)
{
	start(
	    "$if chatcli\n\"\\C-t\": next-room\n\"\\C-n\": \"typed\"\n"
	    "$endif\nset bell-style audible\n");
	type("\024");
	ck_assert_int_eq(acted, ACTION_ROOM_next_room);
	acted = ACTION__COUNT;
	type("\016");
	ck_assert_int_eq(acted, ACTION__COUNT);
	ck_assert_str_eq(edit_text(), "typed");
	edit_stop();
}
END_TEST

/* Candidates joined by '|'. */
static const char *
completed(const struct buffers *bs, const char *text)
{
	static struct buf out = BUF_INIT;
	struct complete c = { 0 };

	buf_reset(&out);
	complete_make(&c, bs, bs->v[0], "me", text, strlen(text));
	for (size_t i = 0; i < c.n; i++)
		buf_printf(&out, "%s%s", i > 0 ? "|" : "", c.v[i]);
	ck_assert_uint_eq(c.end, strlen(text));
	complete_fini(&c);
	return buf_str(&out);
}

static void
say(struct buffer *b, int64_t seq, const char *from)
{
	struct msg m;

	msg_init(&m, SHAPE_ev_message);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, seq, seq);
	MSG_PUT(&m, at, 1);
	MSG_PUT(&m, from, str_of(from));
	MSG_PUT(&m, text, str_of("x"));
	buffer_entry(b, &m, "me", false);
}

START_TEST(completion_offers_who_spoke_last_first)
{
	struct buffers bs;
	struct buffer *b;

	buffers_init(&bs);
	b = buffers_open(&bs, "lobby");
	buffers_open(&bs, "lounge");
	buffer_member(b, "anna", false, true, false);
	buffer_member(b, "\u00c4lva", false, true, false);
	say(b, 1, "adam");
	say(b, 2, "Abel");
	say(b, 3, "adam");
	say(b, 4, "me");
	buffer_member(b, "me", false, true, false);
	ck_assert_str_eq(completed(&bs, "a"), "adam: |Abel: |anna: ");
	ck_assert_str_eq(completed(&bs, "hey a"), "adam|Abel|anna");
	ck_assert_str_eq(completed(&bs, "hey ~ad"), "adam");
	ck_assert_str_eq(completed(&bs, "hey @ad"), "@adam");
	ck_assert_str_eq(completed(&bs, "@an"), "@anna");
	ck_assert_str_eq(completed(&bs, "m"), "");
	ck_assert_str_eq(completed(&bs, "\u00e4l"), "\u00c4lva: ");
	ck_assert_str_eq(completed(&bs, "see #lo"), "#lobby|#lounge");
	ck_assert_str_eq(completed(&bs, "/join lou"), "lounge");
	ck_assert_str_eq(completed(&bs, "/mem"), "/members");
	ck_assert_str_eq(completed(&bs, "/help unr"), "unreact|unread");
	ck_assert_str_eq(completed(&bs, "zz"), "");
	buffers_fini(&bs);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("edit");
	TCase *t = tcase_create("edit");
	SRunner *sr = srunner_create(s);
	int failed;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 99;
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, bytes_are_cut_into_keys_however_they_arrive);
	tcase_add_test(t, endless_sequences_and_pastes_are_bounded);
	tcase_add_test(t, keys_have_the_sequences_that_terminals_send);
	tcase_add_test(t, every_action_has_keys_and_no_two_share_one);
	tcase_add_test(t, text_is_edited_as_readline_does_and_entered);
	tcase_add_test(t, a_line_that_is_not_taken_stands_there_again);
	tcase_add_test(t, a_paste_is_one_step_of_undo_and_enters_nothing);
	tcase_add_test(t, keys_of_the_table_are_actions_in_every_mode);
	tcase_add_test(t, keys_that_nobody_knows_leave_no_letters);
	tcase_add_test(t, vi_mode_takes_a_lone_escape_at_once);
	tcase_add_test(t, inputrc_binds_the_actions_by_their_names);
	tcase_add_test(t, completion_offers_who_spoke_last_first);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
