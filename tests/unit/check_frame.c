/*
 * check_frame: headers as RFC 6455 5.2 has them, and entries as events.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/frame.h"
#include "lib/codec.h"
#include "tests/unit/suite.h"

START_TEST(the_length_stands_in_the_shortest_form)
{
	static const struct {
		size_t n;
		const char *head;
		size_t len;
	} frames[] = {
		{ 0, "\x81\x00", 2 },
		{ 1, "\x81\x01", 2 },
		{ 125, "\x81\x7d", 2 },
		{ 126, "\x81\x7e\x00\x7e", 4 },
		{ 127, "\x81\x7e\x00\x7f", 4 },
		{ 256, "\x81\x7e\x01\x00", 4 },
		{ 65535, "\x81\x7e\xff\xff", 4 },
		{ 65536, "\x81\x7f\0\0\0\0\0\x01\0\0", 10 },
		{ 70000, "\x81\x7f\0\0\0\0\0\x01\x11\x70", 10 },
	};
	char *payload = xmalloc(70000);

	memset(payload, 'p', 70000);
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct buf b = BUF_INIT;

		buf_puts(&b, "before");
		frame_put(&b, FRAME_TEXT, payload, frames[i].n);
		ck_assert_uint_eq(b.len, 6 + frames[i].len + frames[i].n);
		ck_assert_mem_eq(b.data + 6, frames[i].head, frames[i].len);
		if (frames[i].n != 0)
			ck_assert_mem_eq(b.data + 6 + frames[i].len, payload,
			    frames[i].n);
		buf_fini(&b);
	}
	free(payload);
}
END_TEST

START_TEST(each_kind_of_frame_is_whole_and_unmasked)
{
	struct buf b = BUF_INIT;

	frame_put(&b, FRAME_PING, "", 0);
	frame_put(&b, FRAME_CLOSE, "\x03\xe8", 2);
	ck_assert_mem_eq(b.data, "\x89\x00\x88\x02\x03\xe8", 6);
	buf_fini(&b);
}
END_TEST

#define ENTRY_BASE \
	.seq = 7, .at = 99, .actor = 1, .from = STR_LIT("ann"), .guest = true
#define EVENT_BASE(ev)                 \
	"{\"ev\":\"" ev                \
	"\",\"room\":\"r\",\"seq\":7," \
	"\"at\":99,\"from\":\"ann\",\"guest\":true"

static const struct {
	struct entry e;
	const char *v1, *simple;
} entries[] = {
	{ { ENTRY_BASE, .kind = ENTRY_message, .text = STR_LIT("a\"b") },
	    EVENT_BASE("message") ",\"text\":\"a\\\"b\"}",
	    "{\"message\":\"a\\\"b\"}" },
	{ { ENTRY_BASE, .kind = ENTRY_message, .text = STR_LIT("x"),
	      .style = STR_LIT("code"), .lang = STR_LIT("c"), .reply_to = 3,
	      .nonce = STR_LIT("n1") },
	    EVENT_BASE(
		"message") ",\"text\":\"x\",\"kind\":\"code\","
			   "\"lang\":\"c\",\"reply_to\":3,\"nonce\":\"n1\"}",
	    "{\"message\":\"x\"}" },
	{ { ENTRY_BASE, .kind = ENTRY_message, .text = STR_LIT("x"),
	      .style = STR_LIT("code"), .lang = STR_LIT("c"), .reply_to = 3,
	      .deleted = true },
	    EVENT_BASE("message") ",\"deleted\":true}", NULL },
	{ { ENTRY_BASE, .kind = ENTRY_edit, .text = STR_LIT("y"), .target = 4 },
	    EVENT_BASE("edit") ",\"target\":4,\"text\":\"y\"}", NULL },
	{ { ENTRY_BASE, .kind = ENTRY_edit, .text = STR_LIT("y"), .target = 4,
	      .deleted = true },
	    EVENT_BASE("edit") ",\"target\":4,\"deleted\":true}", NULL },
	{ { ENTRY_BASE, .kind = ENTRY_delete, .target = 4 },
	    EVENT_BASE("delete") ",\"target\":4}", NULL },
	{ { ENTRY_BASE, .kind = ENTRY_react, .text = STR_LIT("e"),
	      .target = 4 },
	    EVENT_BASE("react") ",\"target\":4,\"emoji\":\"e\"}", NULL },
	{ { ENTRY_BASE, .kind = ENTRY_unreact, .text = STR_LIT("e"),
	      .target = 4, .undone = 6 },
	    EVENT_BASE("unreact") ",\"target\":4,\"emoji\":\"e\",\"react\":6}",
	    NULL },
	{ { ENTRY_BASE, .kind = ENTRY_topic, .text = STR_LIT("t") },
	    EVENT_BASE("topic") ",\"topic\":\"t\"}", NULL },
};

START_TEST(an_entry_is_the_event_of_its_kind)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct buf b = BUF_INIT, want = BUF_INIT;

		frame_entry(&b, FORM_V1, &entries[i].e, STR_LIT("r"));
		frame_put(&want, FRAME_TEXT, entries[i].v1,
		    strlen(entries[i].v1));
		ck_assert_str_eq(buf_str(&b), buf_str(&want));
		buf_reset(&b);
		buf_reset(&want);
		frame_entry(&b, FORM_SIMPLE, &entries[i].e, STR_LIT("r"));
		if (entries[i].simple != NULL)
			frame_put(&want, FRAME_TEXT, entries[i].simple,
			    strlen(entries[i].simple));
		ck_assert_str_eq(buf_str(&b), buf_str(&want));
		buf_fini(&b);
		buf_fini(&want);
	}
}
END_TEST

START_TEST(each_kind_of_entry_is_an_event_of_the_log)
{
#define ENTRY(name, number)                                                   \
	ck_assert_str_eq(proto_event_name(entry_shape(ENTRY_##name)), #name); \
	ck_assert(                                                            \
	    (proto_event_flags(entry_shape(ENTRY_##name)) & PROTO_LOG) != 0);
	ENTRY_KINDS(ENTRY)
#undef ENTRY
}
END_TEST

START_TEST(present_state_has_the_edit_and_the_reactions)
{
	struct entry_reaction reactions[2] = {
		{ 8, STR_LIT("+"), STR_LIT("bob"), true },
		{ 9, STR_LIT("-"), STR_LIT("cat"), false },
	};
	struct entry e = entries[0].e;
	struct msg m, edited, list[2];
	struct buf b = BUF_INIT;

	e.edited_seq = 12;
	e.edited_at = 120;
	e.reactions = reactions;
	e.nreactions = 2;
	entry_event(&e, STR_LIT("r"), &m, &edited, list);
	codec_write_event(&b, &m);
	ck_assert_str_eq(buf_str(&b), EVENT_BASE("message")
	    ",\"text\":\"a\\\"b\",\"edited\":{\"seq\":12,\"at\":120},"
	    "\"reactions\":[{\"emoji\":\"+\",\"user\":\"bob\",\"guest\":true,"
	    "\"seq\":8},{\"emoji\":\"-\",\"user\":\"cat\",\"seq\":9}]}");
	buf_reset(&b);
	/* The log as it was written has none of it. */
	entry_event(&e, STR_LIT("r"), &m, NULL, NULL);
	codec_write_event(&b, &m);
	ck_assert_str_eq(buf_str(&b), entries[0].v1);
	buf_fini(&b);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_test(t, the_length_stands_in_the_shortest_form);
	tcase_add_test(t, each_kind_of_frame_is_whole_and_unmasked);
	tcase_add_test(t, an_entry_is_the_event_of_its_kind);
	tcase_add_test(t, each_kind_of_entry_is_an_event_of_the_log);
	tcase_add_test(t, present_state_has_the_edit_and_the_reactions);
}

int
main(void)
{
	return suite_run("frame", add);
}
