/*
 * check_buffer: lines stand in the order of the log, whatever order their
 * entries come in, and fold to what history says.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatcli/buffers.h"
#include "lib/buf.h"
#include "lib/codec.h"

static struct buffer *b;

static void
start(void)
{
	codec_init();
	b = buffer_new("lobby");
}

static void
stop(void)
{
	buffer_free(b);
}

/* One entry, as the server writes it, without its room and time. */
static bool __attribute__((format(printf, 2, 3)))
entry(struct buffer *to, const char *fmt, ...)
{
	struct buf f = BUF_INIT;
	struct codec_in in;
	struct codec_fault fault;
	va_list ap;
	bool changed;

	buf_puts(&f, "{\"room\":\"lobby\",\"at\":5,");
	va_start(ap, fmt);
	buf_vprintf(&f, fmt, ap);
	va_end(ap);
	buf_putc(&f, '}');
	ck_assert_msg(codec_read_server(&in, f.data, f.len, &fault) == ERR_OK,
	    "%s: %s", fault.text, buf_str(&f));
	changed = buffer_entry(to, &in.msg, "ann", true);
	codec_free(&in);
	buf_fini(&f);
	return changed;
}

static bool
message(int seq, const char *from, const char *text)
{
	return entry(b,
	    "\"ev\":\"message\",\"seq\":%d,\"from\":\"%s\","
	    "\"guest\":true,\"text\":\"%s\"",
	    seq, from, text);
}

/* "1:hello 2:…", notes as n, waiting lines as w. */
static void
expect(struct buffer *of, const char *want)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < of->nlines; i++) {
		struct line *l = of->lines[i];

		if (i != 0)
			buf_putc(&out, ' ');
		if (l->kind == LINE_NOTE || l->kind == LINE_BACK)
			buf_putc(&out, 'n');
		else if (l->seq == 0)
			buf_putc(&out, 'w');
		else
			buf_printf(&out, "%" PRId64, l->seq);
		buf_printf(&out, ":%s", l->deleted ? "-" : l->text);
		for (size_t k = 0; k < l->nreactions; k++)
			buf_printf(&out, "+%s", l->reactions[k].emoji);
	}
	ck_assert_str_eq(buf_str(&out), want);
	buf_fini(&out);
}

START_TEST(entries_stand_by_seq_and_once)
{
	message(5, "bob", "e");
	message(7, "bob", "g");
	message(6, "bob", "f");
	message(1, "bob", "a");
	message(6, "bob", "f");
	expect(b, "1:a 5:e 6:f 7:g");
	ck_assert_ptr_eq(buffer_find(b, 6), b->lines[2]);
	ck_assert_ptr_null(buffer_find(b, 4));
	ck_assert_ptr_null(buffer_find(b, 0));
	ck_assert_ptr_null(buffer_find(b, 8));
	ck_assert_ptr_eq(buffer_first(b), b->lines[0]);
}
END_TEST

START_TEST(notes_stay_where_they_were_made)
{
	buffer_note(b, LINE_NOTE, "%s", "start");
	message(5, "bob", "e");
	buffer_note(b, LINE_NOTE, "%s", "middle");
	message(6, "bob", "f");
	message(4, "bob", "d");
	expect(b, "n:start 4:d 5:e n:middle 6:f");
	ck_assert_ptr_eq(buffer_first(b), b->lines[1]);
	ck_assert_ptr_eq(buffer_find(b, 6), b->lines[4]);
}
END_TEST

START_TEST(own_lines_wait_at_the_end_and_then_take_their_place)
{
	struct line *one = buffer_own(b, "ann", true, "n1", NULL, "one");
	struct line *two = buffer_own(b, "ann", true, "n2", "text", "two");

	message(1, "bob", "a");
	buffer_note(b, LINE_NOTE, "note");
	expect(b, "1:a n:note w:one w:two");
	ck_assert_int_eq(one->state, LINE_QUEUED);
	ck_assert_ptr_null(two->message_kind);

	/* The event before the reply, for the second one first. */
	entry(b,
	    "\"ev\":\"message\",\"seq\":3,\"from\":\"ann\","
	    "\"guest\":true,\"text\":\"two\",\"nonce\":\"n2\"");
	expect(b, "1:a n:note 3:two w:one");
	ck_assert_int_eq(two->state, LINE_STORED);
	buffer_stored(b, two, 3, 9);

	/* The reply before the event. */
	buffer_stored(b, one, 2, 9);
	expect(b, "1:a n:note 2:one 3:two");
	ck_assert_int_eq(one->state, LINE_STORED);
	entry(b,
	    "\"ev\":\"message\",\"seq\":2,\"from\":\"ann\","
	    "\"guest\":true,\"text\":\"one\",\"nonce\":\"n1\"");
	expect(b, "1:a n:note 2:one 3:two");
	ck_assert_ptr_eq(buffer_find_nonce(b, "n1"), one);
	ck_assert_uint_eq(b->nwaiting, 0);
}
END_TEST

START_TEST(a_nonce_in_other_words_is_not_ours)
{
	buffer_own(b, "ann", true, "n1", NULL, "mine");
	entry(b,
	    "\"ev\":\"message\",\"seq\":1,\"from\":\"eve\","
	    "\"guest\":true,\"text\":\"not yours\",\"nonce\":\"n1\"");
	expect(b, "1:not yours w:mine");
	ck_assert(!b->lines[0]->own);
}
END_TEST

START_TEST(a_refused_line_keeps_its_words_and_gets_a_reason)
{
	struct line *l = buffer_own(b, "ann", true, "n1", "action", "waves");
	unsigned version = l->version;

	buffer_state(b, l, LINE_REFUSED, "no");
	ck_assert_str_eq(l->reason, "no");
	ck_assert_str_eq(l->message_kind, "action");
	ck_assert_uint_ne(l->version, version);
	message(1, "bob", "a");
	expect(b, "1:a w:waves");
	buffer_drop(b, l);
	expect(b, "1:a");
	ck_assert_uint_eq(b->nwaiting, 0);
}
END_TEST

START_TEST(edits_deletes_and_reactions_fold)
{
	message(1, "ann", "a");
	message(2, "bob", "b");
	ck_assert(entry(b,
	    "\"ev\":\"edit\",\"seq\":3,\"from\":\"ann\","
	    "\"guest\":true,\"target\":1,\"text\":\"A\""));
	ck_assert(b->lines[0]->edited && b->lines[0]->own);
	/* Late, after history had the newer one. */
	entry(b,
	    "\"ev\":\"edit\",\"seq\":2,\"from\":\"ann\","
	    "\"guest\":true,\"target\":1,\"text\":\"old\"");
	entry(b,
	    "\"ev\":\"react\",\"seq\":4,\"from\":\"ann\","
	    "\"guest\":true,\"target\":2,\"emoji\":\"x\"");
	entry(b,
	    "\"ev\":\"react\",\"seq\":4,\"from\":\"ann\","
	    "\"guest\":true,\"target\":2,\"emoji\":\"x\"");
	entry(b,
	    "\"ev\":\"react\",\"seq\":5,\"from\":\"bob\","
	    "\"guest\":true,\"target\":2,\"emoji\":\"y\"");
	expect(b, "1:A 2:b+x+y");
	ck_assert(b->lines[1]->reactions[0].own);
	ck_assert(!b->lines[1]->reactions[1].own);
	entry(b,
	    "\"ev\":\"unreact\",\"seq\":6,\"from\":\"ann\","
	    "\"guest\":true,\"target\":2,\"emoji\":\"x\",\"react\":4");
	expect(b, "1:A 2:b+y");
	entry(b,
	    "\"ev\":\"delete\",\"seq\":7,\"from\":\"bob\","
	    "\"guest\":true,\"target\":2");
	expect(b, "1:A 2:-");
	ck_assert_str_eq(b->lines[1]->text, "");
	/* What is gone stays gone. */
	ck_assert(!entry(b,
	    "\"ev\":\"react\",\"seq\":8,\"from\":\"ann\","
	    "\"guest\":true,\"target\":2,\"emoji\":\"x\""));
	ck_assert(!entry(b,
	    "\"ev\":\"edit\",\"seq\":9,\"from\":\"bob\","
	    "\"guest\":true,\"target\":2,\"text\":\"back\""));
	entry(b,
	    "\"ev\":\"message\",\"seq\":2,\"from\":\"bob\","
	    "\"guest\":true,\"text\":\"b\"");
	expect(b, "1:A 2:-");
	ck_assert(!entry(b,
	    "\"ev\":\"delete\",\"seq\":10,\"from\":\"bob\","
	    "\"guest\":true,\"target\":99"));
}
END_TEST

START_TEST(history_brings_the_present_state)
{
	message(8, "bob", "h");
	entry(b,
	    "\"ev\":\"message\",\"seq\":3,\"from\":\"bob\","
	    "\"text\":\"new\",\"edited\":{\"seq\":6,\"at\":1},"
	    "\"reactions\":[{\"emoji\":\"x\",\"user\":\"ann\","
	    "\"guest\":true,\"seq\":7}]");
	entry(b,
	    "\"ev\":\"message\",\"seq\":4,\"from\":\"bob\",\"deleted\":true");
	entry(b, "\"ev\":\"topic\",\"seq\":5,\"from\":\"bob\",\"topic\":\"t\"");
	entry(b,
	    "\"ev\":\"edit\",\"seq\":5,\"from\":\"bob\",\"target\":3,"
	    "\"text\":\"older\"");
	expect(b, "3:new+x 4:- 5:t 8:h");
	ck_assert(b->lines[0]->edited && b->lines[0]->reactions[0].own);
	ck_assert_int_eq(b->lines[2]->kind, LINE_TOPIC);
}
END_TEST

START_TEST(unread_counts_what_others_said_above_the_marker)
{
	message(1, "bob", "a");
	message(2, "ann", "mine");
	message(3, "bob", "hi ann");
	message(4, "bob", "Annabel is not ANN.");
	message(5, "bob", "banns");
	ck_assert_uint_eq(b->unread, 4);
	ck_assert_uint_eq(b->mentions, 2);
	buffer_read(b, 3);
	ck_assert_uint_eq(b->unread, 2);
	ck_assert_uint_eq(b->mentions, 1);
	entry(b,
	    "\"ev\":\"delete\",\"seq\":6,\"from\":\"bob\","
	    "\"guest\":true,\"target\":4");
	ck_assert_uint_eq(b->unread, 1);
	ck_assert_uint_eq(b->mentions, 0);
	buffer_read(b, 0);
	ck_assert_uint_eq(b->unread, 3);
	buffer_read(b, 9);
	ck_assert_uint_eq(b->unread, 0);
}
END_TEST

START_TEST(a_reset_keeps_what_is_ours)
{
	message(1, "bob", "a");
	buffer_note(b, LINE_NOTE, "note");
	buffer_own(b, "ann", true, "n1", NULL, "mine");
	buffer_reset(b);
	expect(b, "n:note w:mine");
	ck_assert_int_eq(b->last, 0);
	message(1, "bob", "A");
	expect(b, "n:note 1:A w:mine");
}
END_TEST

START_TEST(a_very_long_room_forgets_its_oldest_lines)
{
	for (int i = 1; i <= 25000; i++)
		message(i, "bob", "x");
	buffer_own(b, "ann", true, "n1", NULL, "mine");
	ck_assert_uint_le(b->nlines, 20001);
	ck_assert(!b->at_top);
	ck_assert_int_eq(b->lines[b->nlines - 2]->seq, 25000);
	ck_assert_int_eq(b->lines[0]->seq, 25000 - (int)b->nlines + 2);
	/* Not under somebody's eyes. */
	b->scroll = 5;
	for (int i = 25001; i <= 27000; i++)
		message(i, "bob", "x");
	ck_assert_uint_gt(b->nlines, 20001);
}
END_TEST

START_TEST(members_are_sorted_and_there_once)
{
	buffer_member(b, "Zoe", true, true, false);
	buffer_member(b, "ann", true, true, false);
	buffer_member(b, "ann", false, true, false);
	buffer_member(b, "Bob", true, true, false);
	buffer_member(b, "ann", true, true, true);
	ck_assert_uint_eq(b->nmembers, 4);
	ck_assert_str_eq(b->members[0].user, "ann");
	ck_assert(!b->members[0].guest && b->members[1].guest);
	ck_assert(b->members[1].away && !b->members[0].away);
	ck_assert_str_eq(b->members[2].user, "Bob");
	buffer_member_renamed(b, "ann", "yan", true);
	buffer_member_gone(b, "Bob", true);
	buffer_member_gone(b, "nobody", true);
	ck_assert_uint_eq(b->nmembers, 3);
	ck_assert_str_eq(b->members[1].user, "yan");
	ck_assert(b->members[1].away);
	ck_assert_str_eq(b->members[2].user, "Zoe");
}
END_TEST

START_TEST(who_types_is_forgotten_in_time)
{
	buffer_typing(b, "bob", true, 100);
	buffer_typing(b, "eve", true, 200);
	buffer_typing(b, "bob", true, 300);
	ck_assert_uint_eq(b->ntypists, 2);
	ck_assert(!buffer_typing_expire(b, 150));
	ck_assert(buffer_typing_expire(b, 250));
	ck_assert_uint_eq(b->ntypists, 1);
	ck_assert_str_eq(b->typists[0].user, "bob");
	buffer_typing_drop(b, "bob", true);
	ck_assert_uint_eq(b->ntypists, 0);
}
END_TEST

/* A room's log of random operations, and the same entries in other orders. */

#define LOG 300

static void
log_entry(struct buffer *to, const unsigned *kinds, const unsigned *targets,
    int seq)
{
	unsigned kind = kinds[seq] % 6, target = targets[seq];

	/* Only the author edits; the target is some message before. */
	while (target > 0 && kinds[target] % 6 > 1)
		target--;
	if (kind <= 1 || target == 0)
		entry(to,
		    "\"ev\":\"message\",\"seq\":%d,\"from\":\"bob\","
		    "\"text\":\"t%d\"",
		    seq, seq);
	else if (kind == 2)
		entry(to,
		    "\"ev\":\"edit\",\"seq\":%d,\"from\":\"bob\","
		    "\"target\":%u,\"text\":\"e%d\"",
		    seq, target, seq);
	else if (kind == 3 && targets[seq] % 4 == 0)
		entry(to,
		    "\"ev\":\"delete\",\"seq\":%d,\"from\":\"bob\","
		    "\"target\":%u",
		    seq, target);
	else
		entry(to,
		    "\"ev\":\"react\",\"seq\":%d,\"from\":\"u%u\","
		    "\"target\":%u,\"emoji\":\"x\"",
		    seq, targets[seq] % 3, target);
}

static void
print_lines(const struct buffer *of, struct buf *out)
{
	for (size_t i = 0; i < of->nlines; i++) {
		const struct line *l = of->lines[i];

		buf_printf(out, "%" PRId64 "%s%s:%s", l->seq,
		    l->edited ? "e" : "", l->deleted ? "d" : "", l->text);
		for (size_t k = 0; k < l->nreactions; k++)
			buf_printf(out, "+%s", l->reactions[k].user);
		buf_putc(out, '\n');
	}
}

START_TEST(a_replay_heard_twice_and_in_pieces_folds_to_the_same)
{
	unsigned kinds[LOG + 1], targets[LOG + 1];

	srand(7);
	for (int round = 0; round < 50; round++) {
		struct buffer *once = buffer_new("lobby");
		struct buffer *twice = buffer_new("lobby");
		struct buf x = BUF_INIT, y = BUF_INIT;

		for (int seq = 1; seq <= LOG; seq++) {
			kinds[seq] = (unsigned)rand();
			targets[seq] = (unsigned)rand() % (unsigned)seq;
		}
		kinds[1] = 0;
		for (int seq = 1; seq <= LOG; seq++)
			log_entry(once, kinds, targets, seq);
		/* From some place on again, as after a hole. */
		for (int seq = 1; seq <= LOG; seq++) {
			log_entry(twice, kinds, targets, seq);
			if (rand() % 20 == 0)
				for (int again = seq - rand() % seq;
				     again <= seq; again++)
					log_entry(twice, kinds, targets, again);
		}
		print_lines(once, &x);
		print_lines(twice, &y);
		ck_assert_str_eq(buf_str(&x), buf_str(&y));
		buf_fini(&x);
		buf_fini(&y);
		buffer_free(once);
		buffer_free(twice);
	}
}
END_TEST

START_TEST(rooms_are_found_shown_and_closed)
{
	struct buffers bs;
	struct buffer *one, *two, *three;

	buffers_init(&bs);
	ck_assert_ptr_null(buffers_current(&bs));
	ck_assert_ptr_null(buffers_active(&bs));
	one = buffers_open(&bs, "one");
	two = buffers_open(&bs, "two");
	three = buffers_open(&bs, "three");
	ck_assert_ptr_eq(buffers_open(&bs, "ONE"), one);
	ck_assert_ptr_eq(buffers_current(&bs), one);
	two->unread = 1;
	three->unread = three->mentions = 1;
	ck_assert_ptr_eq(buffers_active(&bs), three);
	three->mentions = 0;
	ck_assert_ptr_eq(buffers_active(&bs), two);
	buffers_show(&bs, 2);
	buffers_show(&bs, 1);
	ck_assert_uint_eq(bs.previous, 2);
	buffers_close(&bs, one);
	ck_assert_ptr_eq(buffers_current(&bs), two);
	buffers_close(&bs, two);
	ck_assert_ptr_eq(buffers_current(&bs), three);
	buffers_close(&bs, three);
	ck_assert_ptr_null(buffers_current(&bs));
	buffers_fini(&bs);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("buffer");
	TCase *t = tcase_create("buffer");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, entries_stand_by_seq_and_once);
	tcase_add_test(t, notes_stay_where_they_were_made);
	tcase_add_test(t, own_lines_wait_at_the_end_and_then_take_their_place);
	tcase_add_test(t, a_nonce_in_other_words_is_not_ours);
	tcase_add_test(t, a_refused_line_keeps_its_words_and_gets_a_reason);
	tcase_add_test(t, edits_deletes_and_reactions_fold);
	tcase_add_test(t, history_brings_the_present_state);
	tcase_add_test(t, unread_counts_what_others_said_above_the_marker);
	tcase_add_test(t, a_reset_keeps_what_is_ours);
	tcase_add_test(t, a_very_long_room_forgets_its_oldest_lines);
	tcase_add_test(t, members_are_sorted_and_there_once);
	tcase_add_test(t, who_types_is_forgotten_in_time);
	tcase_add_test(t, a_replay_heard_twice_and_in_pieces_folds_to_the_same);
	tcase_add_test(t, rooms_are_found_shown_and_closed);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
