/*
 * check_codec_frame: what is a frame and what is none; ids, errors, strings,
 * and events that this version does not know.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "lib/codec.h"
#include "tests/unit/suite.h"

/* One request; what came of it. */
static enum err
request(const char *json, struct codec_in *in, struct codec_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	return codec_read_request(in, json, strlen(json), fault);
}

START_TEST(what_is_no_json_object_is_refused)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"[]",
		"1",
		"null",
		"\"op\"",
		"{}x",
		"{\"op\":\"ping\"} {}",
		"{op:\"ping\"}",
		"{'op':'ping'}",
		"{\"op\":\"ping\",}",
		"{\"op\":\"ping\" \"id\":1}",
		"{\"op\":\"ping\",\"op\":\"ping\"}",
		"{\"op\":\"ping\",\"x\":{\"a\":1,\"a\":1}}",
		"{\"op\":\"ping\",\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}",
		"{\"op\":\"ping\",\"x\":\"\\u0000\"}",
		"{\"op\":\"ping\",\"\\u0000\":1}",
		"{\"op\":\"ping\",\"x\":\"\xff\"}",
		"{\"op\":\"ping\",\"x\":\"\xc0\x80\"}",
		"{\"op\":\"ping\",\"x\":\"\xed\xa0\x80\"}",
		"{\"op\":\"ping\",\"x\":\"\\ud800\"}",
		"{\"op\":\"ping\",\"x\":\"\\udc00\\ud800\"}",
		"{\"op\":\"ping\",\"x\":\"\n\"}",
		"{\"op\":\"ping\",\"x\":99999999999999999999}",
		"{\"op\":\"ping\",\"x\":1e999}",
		"{\"op\":\"ping\",\"x\":01}",
		"{\"op\":\"ping\",\"x\":NaN}",
		"\xef\xbb\xbf{\"op\":\"ping\"}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct codec_fault fault;
		struct codec_in in;

		ck_assert_msg(request(bad[i], &in, &fault) == ERR_BAD_JSON,
		    "%s", bad[i]);
		ck_assert_int_eq(in.id.kind, MSG_ID_NONE);
		ck_assert_ptr_null(fault.field);
		ck_assert_uint_ne(strlen(fault.text), 0);
		codec_free(&in);
	}
}
END_TEST

START_TEST(a_nul_between_the_bytes_is_no_end)
{
	static const char json[] = "{\"op\":\"ping\"}\0{}";
	struct codec_fault fault;
	struct codec_in in;

	ck_assert_int_eq(codec_read_request(&in, json, sizeof(json) - 1,
			     &fault),
	    ERR_BAD_JSON);
	codec_free(&in);
}
END_TEST

static enum err
deep(const char *open, const char *close, int depth, const char *inside)
{
	struct codec_fault fault;
	struct codec_in in;
	struct buf b = BUF_INIT;
	enum err e;

	buf_puts(&b, "{\"op\":\"ping\",\"x\":");
	for (int i = 1; i < depth; i++)
		buf_puts(&b, open);
	buf_puts(&b, inside);
	for (int i = 1; i < depth; i++)
		buf_puts(&b, close);
	buf_puts(&b, "}");
	e = request(buf_str(&b), &in, &fault);
	codec_free(&in);
	buf_fini(&b);
	return e;
}

START_TEST(brackets_nest_sixteen_deep_and_no_deeper)
{
	ck_assert_int_eq(PROTO_DEPTH_MAX, 16);
	ck_assert_int_eq(deep("[", "]", 16, "1"), ERR_OK);
	ck_assert_int_eq(deep("[", "]", 17, "1"), ERR_BAD_JSON);
	ck_assert_int_eq(deep("{\"a\":", "}", 16, "1"), ERR_OK);
	ck_assert_int_eq(deep("{\"a\":", "}", 17, "1"), ERR_BAD_JSON);
	ck_assert_int_eq(deep("[", "]", 30000, "1"), ERR_BAD_JSON);
	ck_assert_int_eq(deep("[", "", 30000, ""), ERR_BAD_JSON);
	/* Those inside of strings are text, also behind a quoted quote. */
	ck_assert_int_eq(deep("[", "]", 16, "\"[[[[[[[[\\\"[[[[{{{{{{{{{{{{\""),
	    ERR_OK);
	ck_assert_int_eq(deep("[", "]", 17, "\"\\\\\""), ERR_BAD_JSON);
}
END_TEST

/* Bytes that a request keeps, with a value of n items that nobody reads. */
static size_t
kept(const char *head, const char *item, int n, struct codec_in *in)
{
	size_t before = mallinfo2().uordblks;
	struct codec_fault fault;
	struct buf b = BUF_INIT;

	buf_puts(&b, head);
	buf_puts(&b, ",\"x\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i != 0 ? "," : "", item);
	buf_puts(&b, "]}");
	ck_assert_uint_lt(b.len, 65536);
	ck_assert_int_eq(request(buf_str(&b), in, &fault), ERR_OK);
	buf_fini(&b);
	/* A sanitizer's heap does not tell, but sees who reads what is gone. */
	return mallinfo2().uordblks - before;
}

/* Empty brackets take 80 times their own size. */
START_TEST(what_a_request_keeps_is_bounded_by_its_size)
{
	static const char *const items[] = { "{}", "[]", "[{}]", "1", "\"\"",
		"{\"a\":1}" };
	struct codec_in in;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		int n = 60000 / ((int)strlen(items[i]) + 1);

		ck_assert_uint_lt(kept("{\"op\":\"send\",\"id\":\"one\","
				       "\"room\":\"lobby\",\"text\":"
				       "\"a\\u00e4\"",
				      items[i], n, &in),
		    16384);
		ck_assert(str_eq(in.id.str, "one"));
		ck_assert(str_eq(in.msg.room, "lobby"));
		ck_assert(str_eq(in.msg.text, "a\xc3\xa4"));
		ck_assert(!MSG_HAS(&in.msg, nonce));
		codec_free(&in);
	}
	kept(
	    "{\"op\":\"join\",\"id\":7,\"rooms\":[{\"room\":\"a\","
	    "\"after\":5,\"epoch\":\"e\"},{\"room\":\"\"}]",
	    "{}", 20000, &in);
	ck_assert_int_eq(in.id.num, 7);
	ck_assert_uint_eq(in.msg.joins.n, 2);
	ck_assert(str_eq(in.msg.joins.v[0].room, "a"));
	ck_assert_int_eq(in.msg.joins.v[0].after, 5);
	ck_assert(str_eq(in.msg.joins.v[0].epoch, "e"));
	ck_assert(str_eq(in.msg.joins.v[1].room, ""));
	codec_free(&in);
}
END_TEST

START_TEST(an_id_is_an_integer_or_a_short_string)
{
	static const struct {
		const char *json;
		enum err err;
		int kind;
	} ids[] = {
		{ "0", ERR_OK, MSG_ID_INT },
		{ "-1", ERR_OK, MSG_ID_INT },
		{ "9007199254740991", ERR_OK, MSG_ID_INT },
		{ "-9007199254740991", ERR_OK, MSG_ID_INT },
		{ "9007199254740992", ERR_BAD_REQUEST, MSG_ID_NONE },
		{ "-9007199254740992", ERR_BAD_REQUEST, MSG_ID_NONE },
		{ "\"\"", ERR_OK, MSG_ID_STR },
		{ "\"abc\"", ERR_OK, MSG_ID_STR },
		{ "null", ERR_OK, MSG_ID_NONE },
		{ "1.0", ERR_BAD_REQUEST, MSG_ID_NONE },
		{ "true", ERR_BAD_REQUEST, MSG_ID_NONE },
		{ "[1]", ERR_BAD_REQUEST, MSG_ID_NONE },
		{ "{}", ERR_BAD_REQUEST, MSG_ID_NONE },
	};
	struct codec_fault fault;
	struct codec_in in;
	char json[200];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(json, sizeof(json), "{\"op\":\"ping\",\"id\":%s}",
		    ids[i].json);
		ck_assert_msg(request(json, &in, &fault) == ids[i].err, "%s",
		    json);
		ck_assert_int_eq((int)in.id.kind, ids[i].kind);
		codec_free(&in);
	}
	for (int n = 64; n <= 65; n++) {
		snprintf(json, sizeof(json),
		    "{\"op\":\"ping\",\"id\":\"%0*d\"}", n, 1);
		ck_assert_int_eq(request(json, &in, &fault),
		    n == 64 ? ERR_OK : ERR_BAD_REQUEST);
		codec_free(&in);
	}
}
END_TEST

START_TEST(a_refused_request_still_tells_its_id)
{
	static const struct {
		const char *json;
		enum err err;
		const char *field;
	} bad[] = {
		{ "{\"id\":5}", ERR_BAD_REQUEST, "op" },
		{ "{\"op\":null,\"id\":5}", ERR_BAD_REQUEST, "op" },
		{ "{\"op\":7,\"id\":5}", ERR_BAD_REQUEST, "op" },
		{ "{\"op\":\"\",\"id\":5}", ERR_UNKNOWN_OP, NULL },
		{ "{\"op\":\"Ping\",\"id\":5}", ERR_UNKNOWN_OP, NULL },
		{ "{\"op\":\"ping \",\"id\":5}", ERR_UNKNOWN_OP, NULL },
		{ "{\"op\":\"pin\",\"id\":5}", ERR_UNKNOWN_OP, NULL },
		{ "{\"op\":\"send\",\"id\":5}", ERR_BAD_REQUEST, "room" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct codec_fault fault;
		struct codec_in in;

		ck_assert_msg(request(bad[i].json, &in, &fault) == bad[i].err,
		    "%s", bad[i].json);
		ck_assert_int_eq(in.id.num, 5);
		if (bad[i].field == NULL)
			ck_assert_ptr_null(fault.field);
		else
			ck_assert_str_eq(fault.field, bad[i].field);
		codec_free(&in);
	}
}
END_TEST

START_TEST(a_long_op_does_not_overflow_what_is_told_of_it)
{
	struct buf b = BUF_INIT;
	struct codec_fault fault;
	struct codec_in in;

	buf_puts(&b, "{\"op\":\"");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "\xc3\xa4");
	buf_puts(&b, "\"}");
	ck_assert_int_eq(request(buf_str(&b), &in, &fault), ERR_UNKNOWN_OP);
	ck_assert_uint_lt(strlen(fault.text), 100);
	codec_free(&in);
	buf_fini(&b);
}
END_TEST

START_TEST(unknown_fields_are_ignored)
{
	struct codec_fault fault;
	struct codec_in in;

	ck_assert_int_eq(
	    request("{\"zz\":[{\"a\":null}],\"op\":\"read\","
		    "\"room\":\"r\",\"seq\":3,\"text\":99,\"ev\":\"x\"}",
		&in, &fault),
	    ERR_OK);
	ck_assert_int_eq(in.op, OP_read);
	ck_assert(MSG_HAS(&in.msg, seq) && in.msg.seq == 3);
	ck_assert(!MSG_HAS(&in.msg, text) && !MSG_HAS(&in.msg, back));
	codec_free(&in);
}
END_TEST

static enum err
server(const char *json, struct codec_in *in)
{
	struct codec_fault fault;

	return codec_read_server(in, json, strlen(json), &fault);
}

START_TEST(of_an_unknown_event_its_place_is_read)
{
	struct codec_in in;

	ck_assert_int_eq(server("{\"ev\":\"pin\",\"room\":\"r\",\"seq\":8,"
				"\"text\":[1]}",
			     &in),
	    ERR_OK);
	ck_assert_int_eq(in.kind, CODEC_EVENT);
	ck_assert_int_eq(in.msg.shape, SHAPE_none);
	ck_assert(str_eq(in.msg.room, "r") && in.msg.seq == 8);
	ck_assert(!MSG_HAS(&in.msg, text));
	codec_free(&in);
	ck_assert_int_eq(server("{\"ev\":\"pin\"}", &in), ERR_OK);
	ck_assert(!MSG_HAS(&in.msg, room) && !MSG_HAS(&in.msg, seq));
	codec_free(&in);
	ck_assert_int_eq(server("{}", &in), ERR_BAD_REQUEST);
	codec_free(&in);
	ck_assert_int_eq(server("{\"ev\":null}", &in), ERR_BAD_REQUEST);
	codec_free(&in);
}
END_TEST

START_TEST(an_error_reply_comes_with_its_error)
{
	struct codec_in in;

	ck_assert_int_eq(
	    server("{\"re\":null,\"ok\":false,\"error\":{\"code\":"
		   "\"rate_limited\",\"text\":\"t\",\"retry_after\":0.25}}",
		&in),
	    ERR_OK);
	ck_assert(in.kind == CODEC_REPLY && !in.ok);
	ck_assert_int_eq(in.id.kind, MSG_ID_NONE);
	ck_assert(str_eq(in.msg.code, "rate_limited"));
	ck_assert(in.msg.retry_after == 0.25);
	codec_free(&in);
	ck_assert_int_eq(server("{\"re\":1,\"ok\":false}", &in),
	    ERR_BAD_REQUEST);
	codec_free(&in);
	ck_assert_int_eq(server("{\"re\":1,\"ok\":false,\"error\":\"x\"}", &in),
	    ERR_BAD_REQUEST);
	codec_free(&in);
	ck_assert_int_eq(server("{\"re\":1}", &in), ERR_BAD_REQUEST);
	codec_free(&in);
}
END_TEST

START_TEST(errors_are_written_as_the_protocol_has_them)
{
	struct msg_id one = { .kind = MSG_ID_INT, .num = 1 };
	struct msg_id none = { .kind = MSG_ID_NONE };
	struct buf b = BUF_INIT;

	codec_write_error(&b, &one, ERR_FORBIDDEN, NULL, NULL, -1);
	ck_assert_str_eq(buf_str(&b),
	    "{\"re\":1,\"ok\":false,\"error\":{"
	    "\"code\":\"forbidden\",\"text\":\"you may not do that here\"}}");
	buf_reset(&b);
	codec_write_error(&b, &none, ERR_RATE_LIMITED, "a \"b\"", "c", 1.5);
	ck_assert_str_eq(buf_str(&b),
	    "{\"re\":null,\"ok\":false,\"error\":{"
	    "\"code\":\"rate_limited\",\"text\":\"a \\\"b\\\"\","
	    "\"field\":\"c\",\"retry_after\":1.500}}");
	buf_fini(&b);
}
END_TEST

START_TEST(seconds_are_written_without_exponent_or_comma)
{
	static const struct {
		double v;
		const char *text;
	} reals[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 0.001, "0.001" },
		{ 2.5, "2.500" },
		{ 86400, "86400" },
		{ 0.0004, "0" },
		{ 1.9999, "2" },
	};

	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		struct buf b = BUF_INIT, want = BUF_INIT;
		struct msg m;

		msg_init(&m, SHAPE_ev_bye);
		MSG_PUT(&m, reason, STR_LIT("r"));
		MSG_PUT(&m, retry_after, reals[i].v);
		codec_write_event(&b, &m);
		buf_printf(&want,
		    "{\"ev\":\"bye\",\"reason\":\"r\",\"retry_after\":%s}",
		    reals[i].text);
		ck_assert_str_eq(buf_str(&b), buf_str(&want));
		buf_fini(&b);
		buf_fini(&want);
	}
}
END_TEST

START_TEST(a_request_without_an_id_is_written_without)
{
	struct msg_id none = { .kind = MSG_ID_NONE };
	struct buf b = BUF_INIT;
	struct msg m;

	msg_init(&m, SHAPE_ping);
	codec_write_request(&b, &none, &m);
	codec_write_request(&b, NULL, &m);
	ck_assert_str_eq(buf_str(&b), "{\"op\":\"ping\"}{\"op\":\"ping\"}");
	buf_fini(&b);
}
END_TEST

START_TEST(every_byte_of_a_string_comes_back)
{
	for (int c = 1; c < 0x800; c++) {
		struct codec_fault fault;
		struct codec_in in;
		struct buf b = BUF_INIT;
		char text[8] = "a";
		size_t n = 1;

		if (c < 0x80)
			text[n++] = (char)c;
		else {
			text[n++] = (char)(0xc0 | c >> 6);
			text[n++] = (char)(0x80 | (c & 0x3f));
		}
		text[n++] = 'z';
		buf_puts(&b, "{\"message\":");
		codec_write_str(&b, text, n);
		buf_putc(&b, '}');
		/* No control, and not DEL, stands in a frame as it is. */
		for (size_t i = 0; i < b.len; i++)
			ck_assert((unsigned char)b.data[i] >= 0x20 &&
			    b.data[i] != 0x7f);
		ck_assert_int_eq(codec_read_simple(&in, b.data, b.len, &fault),
		    ERR_OK);
		ck_assert(
		    in.msg.text.n == n && memcmp(in.msg.text.p, text, n) == 0);
		codec_free(&in);
		buf_fini(&b);
	}
}
END_TEST

START_TEST(the_original_protocol_sends_message_alone)
{
	static const struct {
		const char *json;
		enum err err;
	} frames[] = {
		{ "{\"message\":\"hi\"}", ERR_OK },
		{ "{\"message\":\"hi\",\"op\":\"x\",\"id\":[]}", ERR_OK },
		{ "{\"message\":\"\"}", ERR_OK },
		{ "{\"message\":null}", ERR_BAD_REQUEST },
		{ "{\"message\":7}", ERR_BAD_REQUEST },
		{ "{\"text\":\"hi\"}", ERR_BAD_REQUEST },
		{ "\"hi\"", ERR_BAD_JSON },
		{ "{\"message\":\"a\",\"message\":\"b\"}", ERR_BAD_JSON },
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct codec_fault fault;
		struct codec_in in;

		ck_assert_msg(codec_read_simple(&in, frames[i].json,
				  strlen(frames[i].json),
				  &fault) == frames[i].err,
		    "%s", frames[i].json);
		if (frames[i].err == ERR_OK)
			ck_assert(in.op == OP_send && MSG_HAS(&in.msg, text) &&
			    !MSG_HAS(&in.msg, room));
		codec_free(&in);
	}
}
END_TEST

static void
add(TCase *t)
{
	codec_init();
	tcase_add_test(t, what_is_no_json_object_is_refused);
	tcase_add_test(t, a_nul_between_the_bytes_is_no_end);
	tcase_add_test(t, brackets_nest_sixteen_deep_and_no_deeper);
	tcase_add_test(t, what_a_request_keeps_is_bounded_by_its_size);
	tcase_add_test(t, an_id_is_an_integer_or_a_short_string);
	tcase_add_test(t, a_refused_request_still_tells_its_id);
	tcase_add_test(t, a_long_op_does_not_overflow_what_is_told_of_it);
	tcase_add_test(t, unknown_fields_are_ignored);
	tcase_add_test(t, of_an_unknown_event_its_place_is_read);
	tcase_add_test(t, an_error_reply_comes_with_its_error);
	tcase_add_test(t, errors_are_written_as_the_protocol_has_them);
	tcase_add_test(t, seconds_are_written_without_exponent_or_comma);
	tcase_add_test(t, a_request_without_an_id_is_written_without);
	tcase_add_test(t, every_byte_of_a_string_comes_back);
	tcase_add_test(t, the_original_protocol_sends_message_alone);
}

int
main(void)
{
	return suite_run("codec_frame", add);
}
