/*
 * check_codec_scan: a frame means the same, whether its long texts are lifted
 * out before jansson sees it or not.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "lib/codec.h"
#include "lib/codec_scan.h"
#include "tests/unit/suite.h"

/* As many bytes as are lifted. */
#define LONG "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"

static void
scan(struct codec_scan *s, const char *frame, const char *expected)
{
	char left[4096];

	codec_scan(s, frame, strlen(frame), left);
	ck_assert_msg(s->n == strlen(expected) &&
		memcmp(left, expected, s->n) == 0,
	    "%s: %.*s", frame, (int)s->n, left);
}

START_TEST(long_plain_values_are_lifted)
{
	struct codec_scan s;

	ck_assert_uint_eq(strlen(LONG), CODEC_LIFT_MIN);
	scan(&s, "{\"a\":\"" LONG "\",\"b\" : \"" LONG "x\"}",
	    "{\"a\":\"\\u0000A\",\"b\" : \"\\u0000B\"}");
	ck_assert_uint_eq(s.lifted, 2);
	ck_assert(str_eq(s.lift[0], LONG));
	ck_assert(str_eq(s.lift[1], LONG "x"));
	ck_assert(!s.nul && !s.deep);
	ck_assert_uint_eq(codec_lifted((struct str){ "\0A", 2 }), 0);
	ck_assert_uint_eq(codec_lifted((struct str){ "\0B", 2 }), 1);
	ck_assert_uint_eq(codec_lifted((struct str){ "\0", 1 }), SIZE_MAX);
	ck_assert_uint_eq(codec_lifted((struct str){ "AA", 2 }), SIZE_MAX);
}
END_TEST

START_TEST(everything_else_stays_as_it_is)
{
	static const char *const same[] = {
		"",
		"{\"a\":\"short\"}",
		"{\"a\":\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK\"}",
		"{\"" LONG "\":1,\"" LONG "\":2}",
		"[\"" LONG "\",\"" LONG "\"]",
		"{\"a\":\"" LONG "\\n\"}",
		"{\"a\":\"\\\"" LONG "\"}",
		"{\"a\":\"" LONG "\xc3\xa4\"}",
		"{\"a\":\"" LONG "\n\"}",
		"{\"a\":\"" LONG "\x7f\"}",
		"{\"a\":\"" LONG,
		"{\"a\":\"" LONG "\\",
		"{\"a\":\"" LONG "\\\"",
		"{\"a\":[\"" LONG "\"]}",
		"\"" LONG "\"",
	};
	struct codec_scan s;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		scan(&s, same[i], same[i]);
		ck_assert_uint_eq(s.lifted, 0);
	}
}
END_TEST

START_TEST(a_nul_is_seen_in_every_string)
{
	static const struct {
		const char *frame;
		bool nul;
	} frames[] = {
		{ "{\"a\":\"\\u0000\"}", true },
		{ "{\"\\u0000\":1}", true },
		{ "{\"a\":\"x\\\"\\n\\u0000A\"}", true },
		{ "{\"a\":\"\\\\u0000\"}", false },
		{ "{\"a\":\"\\\\\\u0000\"}", true },
		{ "{\"a\":\"\\u00001\"}", true },
		{ "{\"a\":\"\\u0001\\u00e4\\u000\"}", false },
	};
	struct codec_scan s;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		scan(&s, frames[i].frame, frames[i].frame);
		ck_assert_msg(s.nul == frames[i].nul, "%s", frames[i].frame);
	}
}
END_TEST

START_TEST(what_is_plain_ends_where_it_should)
{
	char p[80];

	memset(p, 'x', sizeof(p));
	for (size_t n = 0; n <= sizeof(p); n++)
		ck_assert_uint_eq(codec_plain(p, n), n);
	for (size_t at = 0; at < sizeof(p); at++) {
		for (int c = 0; c < 256; c++) {
			bool plain = c >= 0x20 && c != '"' && c != '\\' &&
			    c != 0x7f;

			p[at] = (char)c;
			ck_assert_uint_eq(codec_plain(p, sizeof(p)),
			    plain ? sizeof(p) : at);
		}
		p[at] = 'x';
	}
}
END_TEST

/* A send with these fields; what came of it. */
static enum err
send(const char *fields, struct codec_in *in, struct codec_fault *fault)
{
	char frame[32768];
	int n = snprintf(frame, sizeof(frame), "{\"op\":\"send\",%s}", fields);
	enum err e;

	memset(fault, 0, sizeof(*fault));
	e = codec_read_request(in, frame, (size_t)n, fault);
	/* What was read does not lie in the frame. */
	memset(frame, '!', sizeof(frame));
	return e;
}

START_TEST(a_text_of_any_length_comes_whole)
{
	static char text[20000], fields[20100];
	struct codec_fault fault;
	struct codec_in in;

	for (size_t n = 1; n <= PROTO_TEXT_MAX + 1; n += n < 3000 ? 1 : 1033) {
		if (n > PROTO_TEXT_MAX - 1000 && n < PROTO_TEXT_MAX)
			n = PROTO_TEXT_MAX;
		memset(text, 'a' + (int)(n % 26), n);
		text[n - 1] = 'Z';
		text[n] = '\0';
		snprintf(fields, sizeof(fields),
		    "\"room\":\"lobby\",\"text\":\"%s\"", text);
		if (n > PROTO_TEXT_MAX) {
			ck_assert_int_eq(send(fields, &in, &fault),
			    ERR_TOO_LARGE);
			ck_assert_str_eq(fault.field, "text");
		} else {
			ck_assert_int_eq(send(fields, &in, &fault), ERR_OK);
			ck_assert(str_eq(in.msg.text, text));
			ck_assert(str_eq(in.msg.room, "lobby"));
		}
		codec_free(&in);
	}
}
END_TEST

START_TEST(the_mark_of_a_lifted_text_is_no_text)
{
	struct codec_fault fault;
	struct codec_in in;

	ck_assert_int_eq(send("\"room\":\"\\u0000A\",\"text\":\"" LONG "\"",
			     &in, &fault),
	    ERR_BAD_JSON);
	codec_free(&in);
	ck_assert_int_eq(send("\"room\":\"\\u0000B\",\"text\":\"" LONG "\"",
			     &in, &fault),
	    ERR_BAD_JSON);
	codec_free(&in);
}
END_TEST

START_TEST(an_error_is_told_where_it_stands_in_the_frame)
{
	struct codec_fault fault;
	struct codec_in in;

	/* {"op":"send", are 13 bytes, "text":"…", are 58 */
	ck_assert_int_eq(send("\"text\":\"" LONG "\",!", &in, &fault),
	    ERR_BAD_JSON);
	ck_assert_msg(strncmp(fault.text, "byte 72: ", 9) == 0, "%s",
	    fault.text);
	codec_free(&in);
}
END_TEST

START_TEST(long_bytes_that_are_no_text_are_refused)
{
	static const char *const bad[] = {
		"\"room\":\"a\",\"text\":\"" LONG "\xff\"",
		"\"room\":\"a\",\"text\":\"" LONG "\n\"",
		"\"room\":\"a\",\"text\":\"" LONG "\",\"x\":\"\xed\xa0\x80\"",
		"\"" LONG "\":1,\"" LONG "\":2,\"room\":\"a\",\"text\":\"b\"",
		"\"" LONG "\":1,\"" LONG
		"\":2,\"room\":\"a\","
		"\"text\":\"" LONG "\"",
	};
	struct codec_fault fault;
	struct codec_in in;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(send(bad[i], &in, &fault) == ERR_BAD_JSON, "%s",
		    bad[i]);
		codec_free(&in);
	}
}
END_TEST

START_TEST(a_long_id_or_name_is_refused_as_ever)
{
	struct codec_fault fault;
	struct codec_in in;

	ck_assert_int_eq(send("\"id\":\"" LONG "0123456789abcdef\","
			      "\"room\":\"a\",\"text\":\"b\"",
			     &in, &fault),
	    ERR_OK);
	ck_assert(str_eq(in.id.str, LONG "0123456789abcdef"));
	codec_free(&in);
	ck_assert_int_eq(send("\"id\":\"" LONG "0123456789abcdefg\","
			      "\"room\":\"a\",\"text\":\"b\"",
			     &in, &fault),
	    ERR_BAD_REQUEST);
	codec_free(&in);
	ck_assert_int_eq(send("\"room\":\"a\",\"nonce\":\"" LONG LONG "\","
			      "\"text\":\"b\"",
			     &in, &fault),
	    ERR_BAD_REQUEST);
	ck_assert_str_eq(fault.field, "nonce");
	codec_free(&in);
}
END_TEST

START_TEST(of_very_many_long_values_each_comes_whole)
{
	struct codec_fault fault;
	struct codec_in in;
	struct buf b = BUF_INIT;
	char epoch[80];

	buf_puts(&b, "{\"op\":\"join\",\"rooms\":[");
	for (int i = 0; i < 40; i++)
		buf_printf(&b,
		    "%s{\"room\":\"r%d\",\"after\":1,\"epoch\":\"%s%d\"}",
		    i != 0 ? "," : "", i, LONG, i);
	buf_puts(&b, "]}");
	ck_assert_int_eq(codec_read_request(&in, b.data, b.len, &fault),
	    ERR_OK);
	ck_assert_uint_eq(in.msg.joins.n, 40);
	for (int i = 0; i < 40; i++) {
		snprintf(epoch, sizeof(epoch), "%s%d", LONG, i);
		ck_assert(str_eq(in.msg.joins.v[i].epoch, epoch));
	}
	codec_free(&in);
	buf_fini(&b);
}
END_TEST

static void
add(TCase *t)
{
	codec_init();
	tcase_add_test(t, long_plain_values_are_lifted);
	tcase_add_test(t, everything_else_stays_as_it_is);
	tcase_add_test(t, a_nul_is_seen_in_every_string);
	tcase_add_test(t, what_is_plain_ends_where_it_should);
	tcase_add_test(t, a_text_of_any_length_comes_whole);
	tcase_add_test(t, the_mark_of_a_lifted_text_is_no_text);
	tcase_add_test(t, an_error_is_told_where_it_stands_in_the_frame);
	tcase_add_test(t, long_bytes_that_are_no_text_are_refused);
	tcase_add_test(t, a_long_id_or_name_is_refused_as_ever);
	tcase_add_test(t, of_very_many_long_values_each_comes_whole);
}

int
main(void)
{
	return suite_run("codec_scan", add);
}
