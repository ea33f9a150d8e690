/*
 * codec, writing: a struct msg as compact JSON.
 *
 * The order is that of the rows in proto.def, so that a frame always looks
 * the same; only fields that the message has are written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/codec_scan.h"

static void codec_write_fields(struct buf *, const struct msg *);

void
codec_write_str(struct buf *b, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const char *end = p + n;

	buf_room(b, n + 2);
	buf_putc(b, '"');
	for (;;) {
		char esc[6] = { '\\', 0, '0', '0', 0, 0 };
		size_t run = codec_plain(p, (size_t)(end - p)), len = 2;
		unsigned char c;

		buf_add(b, p, run);
		p += run;
		if (p == end)
			break;
		c = (unsigned char)*p++;
		switch (c) {
		case '"':
		case '\\':
			esc[1] = (char)c;
			break;
		case '\n':
			esc[1] = 'n';
			break;
		case '\r':
			esc[1] = 'r';
			break;
		case '\t':
			esc[1] = 't';
			break;
		default:
			esc[1] = 'u';
			esc[4] = hex[c >> 4];
			esc[5] = hex[c & 15];
			len = 6;
		}
		buf_add(b, esc, len);
	}
	buf_putc(b, '"');
}

static void
codec_write_int(struct buf *b, int64_t v)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do
		digits[--at] = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		digits[--at] = '-';
	buf_add(b, digits + at, sizeof(digits) - at);
}

/* Seconds to the millisecond: no exponent, no locale's comma. */
static void
codec_write_real(struct buf *b, double v)
{
	int64_t ms = (int64_t)(v * 1000 + 0.5);

	codec_write_int(b, ms / 1000);
	if (ms % 1000 != 0)
		buf_printf(b, ".%03" PRId64, ms % 1000);
}

static void
codec_write_id(struct buf *b, const struct msg_id *id)
{
	if (id->kind == MSG_ID_INT)
		codec_write_int(b, id->num);
	else if (id->kind == MSG_ID_STR)
		codec_write_str(b, id->str.p, id->str.n);
	else
		buf_puts(b, "null");
}

static void
codec_write_object(struct buf *b, const struct msg *m)
{
	size_t at = b->len;

	codec_write_fields(b, m);
	if (b->len == at)
		buf_putc(b, ',');
	b->data[at] = '{';
	buf_putc(b, '}');
	if (b->data[at + 1] == ',')
		buf_splice(b, at + 1, 1, "", 0);
}

static void
codec_write_list(struct buf *b, const struct msgs *list, bool events)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i != 0)
			buf_putc(b, ',');
		if (events)
			codec_write_event(b, &list->v[i]);
		else
			codec_write_object(b, &list->v[i]);
	}
	buf_putc(b, ']');
}

static void
codec_write_value(struct buf *b, const struct proto_field *f, const void *at)
{
	const struct str *s = at;

	switch (f->type) {
	case PROTO_T_STR:
		codec_write_str(b, s->p, s->n);
		break;
	case PROTO_T_INT:
		codec_write_int(b, *(const int64_t *)at);
		break;
	case PROTO_T_REAL:
		codec_write_real(b, *(const double *)at);
		break;
	case PROTO_T_BOOL:
		buf_puts(b, *(const bool *)at ? "true" : "false");
		break;
	case PROTO_T_ID:
		codec_write_id(b, at);
		break;
	case PROTO_T_OBJ:
		codec_write_object(b, *(struct msg *const *)at);
		break;
	case PROTO_T_LIST:
	case PROTO_T_EVENTS:
		codec_write_list(b, at, f->type == PROTO_T_EVENTS);
		break;
	}
}

/* Each field with a comma before it. */
static void
codec_write_fields(struct buf *b, const struct msg *m)
{
	size_t n;
	const struct proto_item *it = proto_items(m->shape, &n);

	for (size_t i = 0; i < n; i++) {
		enum field id = it[i].field;
		const struct proto_field *f;

		if ((m->has[id / 64] >> (id % 64) & 1) == 0)
			continue;
		f = proto_field(id);
		buf_add(b, f->member.p, f->member.n);
		codec_write_value(b, f, (const char *)m + f->offset);
	}
}

void
codec_write_request(struct buf *b, const struct msg_id *id, const struct msg *m)
{
	const char *name = "";

	for (int op = 0; op < OP__COUNT; op++)
		if (proto_op((enum op)op)->shape == m->shape)
			name = proto_op((enum op)op)->name;
	buf_puts(b, "{\"op\":\"");
	buf_puts(b, name);
	buf_putc(b, '"');
	if (id != NULL && id->kind != MSG_ID_NONE) {
		buf_puts(b, ",\"id\":");
		codec_write_id(b, id);
	}
	codec_write_fields(b, m);
	buf_putc(b, '}');
}

void
codec_write_reply(struct buf *b, const struct msg_id *id, const struct msg *m)
{
	buf_puts(b, "{\"re\":");
	codec_write_id(b, id);
	buf_puts(b, ",\"ok\":true");
	codec_write_fields(b, m);
	buf_putc(b, '}');
}

void
codec_write_event(struct buf *b, const struct msg *m)
{
	buf_puts(b, "{\"ev\":\"");
	buf_puts(b, proto_event_name(m->shape));
	buf_putc(b, '"');
	codec_write_fields(b, m);
	buf_putc(b, '}');
}

void
codec_write_error(struct buf *b, const struct msg_id *id, enum err e,
    const char *text, const char *field, double retry_after)
{
	struct msg m;

	msg_init(&m, SHAPE_error);
	MSG_PUT(&m, code, str_of(err_code(e)));
	MSG_PUT(&m, text, str_of(text != NULL ? text : err_text(e)));
	if (field != NULL)
		MSG_PUT(&m, field, str_of(field));
	if (retry_after >= 0)
		MSG_PUT(&m, retry_after, retry_after);
	buf_puts(b, "{\"re\":");
	codec_write_id(b, id);
	buf_puts(b, ",\"ok\":false,\"error\":");
	codec_write_object(b, &m);
	buf_putc(b, '}');
}
