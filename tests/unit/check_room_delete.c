/*
 * check_room_delete: a deleted text goes to nobody any more, wherever it
 * stands: rings, pages, reads that are under way.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/flush.h"
#include "chatsrv/page.h"
#include "lib/codec.h"
#include "tests/unit/fakeroom.h"
#include "tests/unit/suite.h"

static struct room *r;
static struct fakemember a, b;

static void
start(void)
{
	fakeroom_start((size_t)64 << 20);
	r = fakeroom_open(1, 0);
}

static void
stop(void)
{
	fakemember_exit(&a);
	fakemember_exit(&b);
	fakeroom_stop();
}

static bool
got(struct fakemember *f, const char *text)
{
	return f->got.len != 0 &&
	    memmem(f->got.data, f->got.len, text, strlen(text)) != NULL;
}

/* Long enough that a few hundred do not fit a ring. */
static const char *
long_text(char out[1200], int64_t i)
{
	memset(out, 'a' + (int)(i % 26), 1100);
	out[1100] = '\0';
	return out;
}

static void
say_many(int n)
{
	char text[1200];

	for (int i = 0; i < n; i++)
		fakeroom_say(r, long_text(text, i));
}

/* In the whole memory of a ring, not only in what it would hand out. */
static bool
ring_holds(const struct ring *ring, const char *text)
{
	return ring->bytes.data != NULL &&
	    memmem(ring->bytes.data, ring->bytes.cap, text, strlen(text)) !=
	    NULL;
}

/* A message, two edits of it, and others around it. */
static int64_t
say_secret(void)
{
	int64_t target;

	fakeroom_say(r, "before");
	room_accept(r,
	    fakeroom_commit(r,
		(struct entry){ .kind = ENTRY_message,
		    .text = STR_LIT("SECRET0"),
		    .style = STR_LIT("code"),
		    .lang = STR_LIT("SECRETL"),
		    .nonce = STR_LIT("n"),
		    .reply_to = 1 }));
	target = r->head;
	for (int i = 0; i < 2; i++) {
		fakeroom_say(r, "between");
		room_accept(r,
		    fakeroom_commit(r,
			(struct entry){ .kind = ENTRY_edit,
			    .target = target,
			    .text = STR_LIT("SECRET of a longer text") }));
	}
	return target;
}

static void delete (int64_t target)
{
	room_accept(r,
	    fakeroom_commit(r,
		(struct entry){ .kind = ENTRY_delete, .target = target }));
}

START_TEST(a_deleted_text_and_its_edits_leave_all_rings)
{
	int64_t target;

	fakemember_enter(&a, r, FORM_V1, 1);
	fakemember_enter(&b, r, FORM_SIMPLE, 1);
	a.ready = b.ready = false;
	target = say_secret();
	ck_assert(ring_holds(&r->rings[FORM_V1], "SECRET"));
	ck_assert(ring_holds(&r->rings[FORM_SIMPLE], "SECRET"));
	delete (target);
	ck_assert(!ring_holds(&r->rings[FORM_V1], "SECRET"));
	ck_assert(!ring_holds(&r->rings[FORM_SIMPLE], "SECRET"));
	ck_assert_uint_eq(fakeroom_purges, 1);
	ck_assert_int_eq(fakeroom_purged, target);
	a.ready = b.ready = true;
	fakeroom_say(r, "after");
	fakeroom_settle();
	ck_assert(!got(&a, "SECRET") && !got(&b, "SECRET"));
	ck_assert(a.entries == 8 && b.entries == 4);
}
END_TEST

START_TEST(a_blanked_frame_is_the_one_that_the_store_gives)
{
	fakemember_enter(&a, r, FORM_V1, 1);
	a.ready = false;
	delete (say_secret());
	a.ready = true;
	flush_member(&a.m);
	ck_assert_uint_eq(fakeroom_waiting(), 0);
	/* And for another from the store. */
	fakemember_enter(&b, r, FORM_V1, 1);
	ring_fini(&r->rings[FORM_V1]);
	ring_init(&r->rings[FORM_V1], r->head + 1);
	flush_member(&b.m);
	ck_assert_uint_eq(fakeroom_waiting(), 1);
	fakeroom_settle();
	ck_assert_str_eq(buf_str(&a.got), buf_str(&b.got));
	ck_assert(got(&a, "\"deleted\":true"));
}
END_TEST

START_TEST(a_page_that_has_the_text_is_dropped)
{
	int64_t target = say_secret();

	say_many(600);
	fakemember_enter(&a, r, FORM_V1, 1);
	flush_turn();
	a.ready = false; /* a page came, nobody took it */
	fakeroom_answer();
	ck_assert_ptr_nonnull(page_find(r, FORM_V1, target));
	delete (target);
	ck_assert_ptr_null(page_find(r, FORM_V1, target));
	a.ready = true;
	flush_member(&a.m);
	fakeroom_settle();
	ck_assert(!got(&a, "SECRET"));
	ck_assert_uint_eq(a.entries, 607);
}
END_TEST

START_TEST(a_read_that_began_before_the_delete_is_done_again)
{
	int64_t target = say_secret();

	say_many(600);
	fakemember_enter(&a, r, FORM_V1, 1);
	flush_turn();
	fakeroom_make(); /* the store has read, … */
	delete (target);
	fakeroom_give(); /* … and tells it only now */
	ck_assert_uint_eq(a.entries, 0);
	ck_assert_uint_eq(fakeroom_waiting(), 1);
	fakeroom_settle();
	ck_assert(!got(&a, "SECRET"));
	ck_assert_uint_eq(a.entries, 607);
}
END_TEST

START_TEST(the_original_protocol_gets_messages_and_nothing_else)
{
	int64_t target;

	fakemember_enter(&a, r, FORM_SIMPLE, 1);
	target = say_secret();
	room_accept(r,
	    fakeroom_commit(r,
		(struct entry){ .kind = ENTRY_topic,
		    .text = STR_LIT("topic") }));
	delete (target);
	fakeroom_say(r, "after");
	fakeroom_settle();
	ck_assert_str_eq(buf_str(&a.got),
	    "{\"message\":\"before\"}\n"
	    "{\"message\":\"between\"}\n{\"message\":\"between\"}\n"
	    "{\"message\":\"after\"}\n");
	ck_assert_int_eq(a.m.next, r->head + 1);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_deleted_text_and_its_edits_leave_all_rings);
	tcase_add_test(t, a_blanked_frame_is_the_one_that_the_store_gives);
	tcase_add_test(t, a_page_that_has_the_text_is_dropped);
	tcase_add_test(t, a_read_that_began_before_the_delete_is_done_again);
	tcase_add_test(t, the_original_protocol_gets_messages_and_nothing_else);
}

int
main(void)
{
	return suite_run("room_delete", add);
}
