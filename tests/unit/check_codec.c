/*
 * check_codec: each row of proto.def is read as it says, and written so that
 * it is read again.
 *
 * The frames come from the table itself: for each shape one with all of its
 * fields, in which one at a time is left out or has another value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "lib/codec.h"
#include "tests/unit/suite.h"

#define NO_FIELD FIELD__COUNT

static void put_object(struct buf *, enum shape, enum field, const char *);

/* A value that the field may have, in the form in which it is written. */
static void
put_value(struct buf *b, const struct proto_field *f)
{
	switch (f->type) {
	case PROTO_T_STR:
		buf_puts(b,
		    f->max < 32 ? "\"v\"" : "\"v \\\"\\\\\\n\\u0001\xc3\xa9\"");
		break;
	case PROTO_T_INT:
		buf_printf(b, "%" PRId64, f->max);
		break;
	case PROTO_T_REAL:
		buf_puts(b, "1.250");
		break;
	case PROTO_T_BOOL:
		buf_puts(b, "true");
		break;
	case PROTO_T_ID:
		buf_puts(b, "7");
		break;
	case PROTO_T_OBJ:
		put_object(b, f->shape, NO_FIELD, NULL);
		break;
	case PROTO_T_LIST:
		buf_putc(b, '[');
		put_object(b, f->shape, NO_FIELD, NULL);
		buf_putc(b, ',');
		put_object(b, f->shape, NO_FIELD, NULL);
		buf_putc(b, ']');
		break;
	case PROTO_T_EVENTS:
		buf_putc(b, '[');
		put_object(b, SHAPE_ev_message, NO_FIELD, NULL);
		buf_putc(b, ',');
		put_object(b, SHAPE_ev_topic, NO_FIELD, NULL);
		buf_putc(b, ']');
		break;
	}
}

/* All fields; that of `field` has the given value, or is missing for NULL. */
static void
put_fields(struct buf *b, enum shape shape, enum field field, const char *value)
{
	size_t n;
	const struct proto_item *it = proto_items(shape, &n);

	for (size_t i = 0; i < n; i++) {
		const struct proto_field *f = proto_field(it[i].field);

		if (it[i].field == field && value == NULL)
			continue;
		if (b->len != 0 && b->data[b->len - 1] != '{')
			buf_putc(b, ',');
		buf_printf(b, "\"%s\":", f->json);
		if (it[i].field == field)
			buf_puts(b, value);
		else
			put_value(b, f);
	}
}

static void
put_object(struct buf *b, enum shape shape, enum field field, const char *value)
{
	buf_putc(b, '{');
	if (proto_event_name(shape) != NULL)
		buf_printf(b, "\"ev\":\"%s\"", proto_event_name(shape));
	put_fields(b, shape, field, value);
	buf_putc(b, '}');
}

/* Which op a shape belongs to, and as what. */
static bool
shape_op(enum shape shape, enum op *op, bool *reply)
{
	for (int i = 0; i < OP__COUNT; i++) {
		const struct proto_op *o = proto_op((enum op)i);

		*op = (enum op)i;
		*reply = o->reply == shape;
		if (o->shape == shape || *reply)
			return true;
	}
	return false;
}

/* The frame of a request, reply or event; false for an object's shape. */
static bool
put_frame(struct buf *b, enum shape shape, enum field field, const char *value)
{
	bool reply;
	enum op op;

	buf_reset(b);
	if (proto_event_name(shape) != NULL) {
		put_object(b, shape, field, value);
		return true;
	}
	if (!shape_op(shape, &op, &reply))
		return false;
	buf_putc(b, '{');
	if (reply)
		buf_puts(b, "\"re\":\"a\",\"ok\":true");
	else
		buf_printf(b, "\"op\":\"%s\",\"id\":-9007199254740991",
		    proto_op(op)->name);
	put_fields(b, shape, field, value);
	buf_putc(b, '}');
	return true;
}

static enum err
read_frame(struct codec_in *in, enum shape shape, const struct buf *b,
    struct codec_fault *fault)
{
	bool reply;
	enum op op;
	enum err e;

	memset(fault, 0, sizeof(*fault));
	if (proto_event_name(shape) != NULL)
		return codec_read_server(in, b->data, b->len, fault);
	ck_assert(shape_op(shape, &op, &reply));
	if (!reply)
		return codec_read_request(in, b->data, b->len, fault);
	e = codec_read_server(in, b->data, b->len, fault);
	return e == ERR_OK ? codec_read_reply(in, op, fault) : e;
}

static enum err
try_frame(enum shape shape, const struct buf *b, struct codec_fault *fault)
{
	struct codec_in in;
	enum err e = read_frame(&in, shape, b, fault);

	codec_free(&in);
	return e;
}

START_TEST(what_was_read_is_written_the_same)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct codec_fault fault;
	struct codec_in frame;
	int tried = 0;

	for (int s = 1; s < SHAPE__COUNT; s++) {
		if (!put_frame(&in, (enum shape)s, NO_FIELD, NULL))
			continue;
		ck_assert_msg(read_frame(&frame, (enum shape)s, &in, &fault) ==
			ERR_OK,
		    "%s: %s", buf_str(&in), fault.text);
		buf_reset(&out);
		if (frame.kind == CODEC_REQUEST)
			codec_write_request(&out, &frame.id, &frame.msg);
		else if (frame.kind == CODEC_REPLY)
			codec_write_reply(&out, &frame.id, &frame.msg);
		else
			codec_write_event(&out, &frame.msg);
		codec_free(&frame);
		/* 1.250 and the like: the same to the millisecond. */
		ck_assert_str_eq(buf_str(&out), buf_str(&in));
		tried++;
	}
	ck_assert_int_ge(tried, 2 * OP__COUNT + 10);
	buf_fini(&in);
	buf_fini(&out);
}
END_TEST

/* Calls f for each field of each shape that is a frame of its own. */
static void
each_field(void (
    *f)(enum shape, const struct proto_item *, const struct proto_field *))
{
	struct buf b = BUF_INIT;
	size_t n;

	for (int s = 1; s < SHAPE__COUNT; s++) {
		const struct proto_item *it = proto_items((enum shape)s, &n);

		if (put_frame(&b, (enum shape)s, NO_FIELD, NULL))
			for (size_t i = 0; i < n; i++)
				f((enum shape)s, &it[i],
				    proto_field(it[i].field));
	}
	buf_fini(&b);
}

/* The frame with that value; NULL: without the field. */
static void
expect(enum shape shape, const struct proto_item *it, const char *value,
    enum err want)
{
	const struct proto_field *f = proto_field(it->field);
	struct codec_fault fault;
	struct buf b = BUF_INIT;
	enum err e;

	put_frame(&b, shape, it->field, value);
	e = try_frame(shape, &b, &fault);
	ck_assert_msg(e == want, "%.400s: %s, not %s: %s", buf_str(&b),
	    err_code(e), err_code(want), fault.text);
	if (e == ERR_BAD_REQUEST || e == ERR_TOO_LARGE) {
		ck_assert_msg(fault.field != NULL &&
			strcmp(fault.field, f->json) == 0,
		    "%.400s: the field is not named", buf_str(&b));
		ck_assert_ptr_nonnull(strstr(fault.text, f->json));
	}
	buf_fini(&b);
}

static void
missing(enum shape shape, const struct proto_item *it,
    const struct proto_field *f)
{
	(void)f;
	expect(shape, it, NULL, it->required ? ERR_BAD_REQUEST : ERR_OK);
	expect(shape, it, "null", it->required ? ERR_BAD_REQUEST : ERR_OK);
}

START_TEST(only_optional_fields_may_be_missing_or_null)
{
	each_field(missing);
}
END_TEST

static void
mistyped(enum shape shape, const struct proto_item *it,
    const struct proto_field *f)
{
	static const struct {
		const char *json;
		unsigned fits; /* types that take it */
	} values[] = {
		{ "\"\"", 1u << PROTO_T_STR | 1u << PROTO_T_ID },
		{ "0",
		    1u << PROTO_T_INT | 1u << PROTO_T_REAL | 1u << PROTO_T_ID },
		{ "0.5", 1u << PROTO_T_REAL },
		{ "1.0", 1u << PROTO_T_REAL },
		{ "-1", 1u << PROTO_T_ID },
		{ "false", 1u << PROTO_T_BOOL },
		{ "[]", 1u << PROTO_T_LIST | 1u << PROTO_T_EVENTS },
		{ "[1]", 0 },
		{ "[[]]", 0 },
		{ "9007199254740992", 0 },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		expect(shape, it, values[i].json,
		    values[i].fits >> f->type & 1 ? ERR_OK : ERR_BAD_REQUEST);
}

START_TEST(a_value_of_another_type_is_refused_by_name)
{
	each_field(mistyped);
}
END_TEST

/* A string, or an array of empty objects, with n bytes or elements. */
static char *
sized(const struct proto_field *f, size_t n)
{
	struct buf b = BUF_INIT;

	buf_putc(&b, f->type == PROTO_T_STR ? '"' : '[');
	for (size_t i = 0; i < n; i++)
		if (f->type == PROTO_T_STR)
			buf_putc(&b, 'x');
		else {
			if (i != 0)
				buf_putc(&b, ',');
			if (f->type == PROTO_T_EVENTS)
				put_object(&b, SHAPE_ev_notice, NO_FIELD, NULL);
			else
				put_object(&b, f->shape, NO_FIELD, NULL);
		}
	buf_putc(&b, f->type == PROTO_T_STR ? '"' : ']');
	return buf_steal(&b);
}

static void
bounded(enum shape shape, const struct proto_item *it,
    const struct proto_field *f)
{
	enum err over = f->type == PROTO_T_STR && f->max >= 1024 ?
	    ERR_TOO_LARGE :
	    ERR_BAD_REQUEST;
	char number[32], *value;

	switch (f->type) {
	case PROTO_T_STR:
	case PROTO_T_LIST:
	case PROTO_T_EVENTS:
		value = sized(f, (size_t)f->max);
		expect(shape, it, value, ERR_OK);
		free(value);
		value = sized(f, (size_t)f->max + 1);
		expect(shape, it, value, over);
		free(value);
		break;
	case PROTO_T_INT:
	case PROTO_T_REAL:
		snprintf(number, sizeof(number), "%" PRId64, f->max);
		expect(shape, it, number, ERR_OK);
		snprintf(number, sizeof(number), "%" PRId64, f->max + 1);
		expect(shape, it, number, ERR_BAD_REQUEST);
		break;
	case PROTO_T_BOOL:
	case PROTO_T_ID:
	case PROTO_T_OBJ:
		break;
	}
}

START_TEST(a_field_may_be_as_large_as_the_table_says_and_no_larger)
{
	each_field(bounded);
}
END_TEST

/* A field inside an object is checked like one outside. */
static void
nested(enum shape shape, const struct proto_item *it,
    const struct proto_field *f)
{
	struct buf b = BUF_INIT;
	const struct proto_item *inner;
	size_t n;

	if (f->type != PROTO_T_OBJ && f->type != PROTO_T_LIST)
		return;
	inner = proto_items(f->shape, &n);
	for (size_t i = 0; i < n; i++) {
		struct codec_fault fault;
		struct buf frame = BUF_INIT;

		buf_reset(&b);
		buf_puts(&b, f->type == PROTO_T_LIST ? "[" : "");
		put_object(&b, f->shape, inner[i].field, "[[1]]");
		buf_puts(&b, f->type == PROTO_T_LIST ? "]" : "");
		put_frame(&frame, shape, it->field, buf_str(&b));
		ck_assert_int_eq(try_frame(shape, &frame, &fault),
		    ERR_BAD_REQUEST);
		ck_assert_str_eq(fault.field,
		    proto_field(inner[i].field)->json);
		buf_fini(&frame);
	}
	buf_fini(&b);
}

START_TEST(objects_inside_are_checked_too)
{
	each_field(nested);
}
END_TEST

static void
add(TCase *t)
{
	codec_init();
	tcase_add_test(t, what_was_read_is_written_the_same);
	tcase_add_test(t, only_optional_fields_may_be_missing_or_null);
	tcase_add_test(t, a_value_of_another_type_is_refused_by_name);
	tcase_add_test(t,
	    a_field_may_be_as_large_as_the_table_says_and_no_larger);
	tcase_add_test(t, objects_inside_are_checked_too);
}

int
main(void)
{
	return suite_run("codec", add);
}
