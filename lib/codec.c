/*
 * codec, reading: one JSON object as a struct msg, checked field by field.
 *
 * Sizes and depth are bounded before jansson sees the bytes.  All that a frame
 * needs, jansson's values and our nested objects, lives in one arena: a first
 * piece in the codec_in itself, and blocks that codec_free() releases at once.
 * So most frames cost no malloc, instead of one for each value.  jansson is
 * used in this file only.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/codec.h"
#include "lib/codec_scan.h"

#define CODEC_TEXT 1024 /* fields that may be so long are texts */

#define CODEC_BLOCK 4000 /* bytes */
#define CODEC_SMALL 2048 /* bytes of a frame that are scanned on the stack */

/* For a request of n bytes, jansson's values are not worth keeping above it. */
#define CODEC_KEEP(n) (8 * (n) + (size_t)8 * 1024)

struct codec_block {
	struct codec_block *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

/* The frame that jansson works for; NULL: it is somebody else's call. */
static struct codec_in *codec_now;
static size_t codec_taken; /* bytes, by jansson, for the latest frame */
static bool codec_ready;

static enum err codec_fail(struct codec_fault *, enum err, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static enum err codec_fields(struct codec_in *, json_t *, enum shape,
    struct msg *, struct codec_fault *);

static void *
codec_take(struct codec_in *in, size_t n)
{
	struct codec_block *b = in->arena;
	void *p;

	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (CODEC_FIRST - in->used >= n) {
		p = in->first + in->used;
		in->used += n;
		return p;
	}
	if (b == NULL || b->size - b->used < n) {
		size_t size = n > CODEC_BLOCK ? n : CODEC_BLOCK;

		b = xmalloc(sizeof(*b) + size);
		b->next = in->arena;
		b->used = 0;
		b->size = size;
		in->arena = b;
	}
	p = b->bytes + b->used;
	b->used += n;
	return p;
}

static struct str
codec_copy(struct codec_in *in, struct str s)
{
	char *p = codec_take(in, s.n + 1);

	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

static void
codec_release(struct codec_block *b)
{
	struct codec_block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

static void *
codec_json_malloc(size_t n)
{
	if (codec_now == NULL)
		return malloc(n);
	codec_taken += n;
	return codec_take(codec_now, n);
}

static void
codec_json_free(void *p)
{
	if (codec_now == NULL)
		free(p);
}

void
codec_init(void)
{
	codec_ready = true;
	json_set_alloc_funcs(codec_json_malloc, codec_json_free);
	json_object_seed(0);
}

static enum err
codec_fail(struct codec_fault *fault, enum err e, const char *field,
    const char *fmt, ...)
{
	va_list ap;

	fault->field = field;
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return e;
}

static struct msg *
codec_alloc(struct codec_in *in, size_t n)
{
	return codec_take(in, n * sizeof(struct msg));
}

/* Texts that were lifted out, with what jansson made of the rest. */
static void
codec_put_back(struct codec_in *in, const struct codec_scan *scan)
{
	in->lifted = codec_take(in, scan->lifted * sizeof(*in->lifted));
	for (size_t i = 0; i < scan->lifted; i++)
		in->lifted[i] = codec_copy(in, scan->lift[i]);
}

static void *
codec_load(struct codec_in *in, const char *p, size_t n, size_t flags,
    json_error_t *je)
{
	void *root;

	codec_now = in;
	root = json_loadb(p, n, JSON_REJECT_DUPLICATES | flags, je);
	codec_now = NULL;
	return root;
}

static enum err
codec_parse(struct codec_in *in, const char *p, size_t n,
    struct codec_fault *fault)
{
	struct codec_scan scan;
	char small[CODEC_SMALL], *left;
	json_error_t je;

	if (!codec_ready)
		codec_init();
	memset(in, 0, offsetof(struct codec_in, msg));
	in->root = in->arena = NULL;
	in->used = codec_taken = 0;
	left = n <= sizeof(small) ? small : xmalloc(n);
	codec_scan(&scan, p, n, left);
	if (scan.lifted != 0 && !scan.nul && !scan.deep) {
		in->root = codec_load(in, left, scan.n, JSON_ALLOW_NUL, &je);
		codec_put_back(in, &scan);
	}
	if (left != small)
		free(left);
	/* jansson recurses for each bracket; its own bound is far above. */
	if (scan.deep)
		return codec_fail(fault, ERR_BAD_JSON, NULL,
		    "brackets are nested deeper than %d", PROTO_DEPTH_MAX);
	/* An error is told as it stands in the frame. */
	if (in->root == NULL)
		in->root = codec_load(in, p, n, 0, &je);
	if (in->root == NULL)
		return codec_fail(fault, ERR_BAD_JSON, NULL, "byte %d: %.120s",
		    je.position, je.text);
	if (!json_is_object((json_t *)in->root))
		return codec_fail(fault, ERR_BAD_JSON, NULL,
		    "a frame is one JSON object");
	return ERR_OK;
}

/* What a string says; none: nothing. */
static struct str
codec_str(const struct codec_in *in, const json_t *v)
{
	struct str s = { json_string_value(v), json_string_length(v) };
	size_t i = codec_lifted(s);

	return i != SIZE_MAX ? in->lifted[i] : s;
}

static bool
codec_id(const struct codec_in *in, json_t *v, struct msg_id *id)
{
	struct str s = codec_str(in, v);

	if (json_is_integer(v)) {
		id->num = json_integer_value(v);
		if (id->num > INTMAX_JSON || id->num < -INTMAX_JSON)
			return false;
		id->kind = MSG_ID_INT;
		return true;
	}
	if (json_is_string(v) && s.n <= 64) {
		id->kind = MSG_ID_STR;
		id->str = s;
		return true;
	}
	return false;
}

static enum err
codec_list(struct codec_in *in, json_t *v, const struct proto_field *f,
    struct msgs *out, struct codec_fault *fault)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n > (size_t)f->max)
		return codec_fail(fault, ERR_BAD_REQUEST, f->json,
		    "%s must be an array of at most %lld", f->json,
		    (long long)f->max);
	out->v = codec_alloc(in, n);
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(v, i), *ev;
		enum shape shape = f->shape;
		enum err e;

		if (!json_is_object(item))
			return codec_fail(fault, ERR_BAD_REQUEST, f->json,
			    "%s must hold objects", f->json);
		if (f->type == PROTO_T_EVENTS) {
			ev = json_object_get(item, "ev");
			shape = json_is_string(ev) ?
			    proto_find_event(codec_str(in, ev)) :
			    SHAPE_none;
		}
		e = codec_fields(in, item, shape, &out->v[i], fault);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err
codec_int(json_t *v, const struct proto_field *f, int64_t *out,
    struct codec_fault *fault)
{
	*out = json_integer_value(v);
	if (!json_is_integer(v) || *out < 0 || *out > f->max)
		return codec_fail(fault, ERR_BAD_REQUEST, f->json,
		    "%s must be a whole number from 0 to %lld", f->json,
		    (long long)f->max);
	return ERR_OK;
}

static enum err
codec_string(const struct codec_in *in, json_t *v, const struct proto_field *f,
    struct str *out, struct codec_fault *fault)
{
	if (!json_is_string(v))
		return codec_fail(fault, ERR_BAD_REQUEST, f->json,
		    "%s must be a string", f->json);
	*out = codec_str(in, v);
	/* A text is too large; a name of that length is none at all. */
	if (out->n > (size_t)f->max)
		return codec_fail(fault,
		    f->max < CODEC_TEXT ? ERR_BAD_REQUEST : ERR_TOO_LARGE,
		    f->json, "%s has %zu bytes, %lld are allowed", f->json,
		    out->n, (long long)f->max);
	return ERR_OK;
}

static enum err
codec_value(struct codec_in *in, json_t *v, const struct proto_field *f,
    void *at, struct codec_fault *fault)
{
	struct msg **obj = at;

	switch (f->type) {
	case PROTO_T_STR:
		return codec_string(in, v, f, at, fault);
	case PROTO_T_INT:
		return codec_int(v, f, at, fault);
	case PROTO_T_REAL:
		*(double *)at = json_number_value(v);
		if (!json_is_number(v) || !(*(double *)at >= 0) ||
		    *(double *)at > (double)f->max)
			break;
		return ERR_OK;
	case PROTO_T_BOOL:
		*(bool *)at = json_is_true(v);
		if (!json_is_boolean(v))
			break;
		return ERR_OK;
	case PROTO_T_ID:
		if (!codec_id(in, v, at))
			break;
		return ERR_OK;
	case PROTO_T_OBJ:
		if (!json_is_object(v))
			break;
		*obj = codec_alloc(in, 1);
		return codec_fields(in, v, f->shape, *obj, fault);
	case PROTO_T_LIST:
	case PROTO_T_EVENTS:
		return codec_list(in, v, f, at, fault);
	}
	return codec_fail(fault, ERR_BAD_REQUEST, f->json,
	    "%s has the wrong type or range", f->json);
}

/* Of an event that the table does not have, its place still counts. */
static const struct proto_item codec_unknown[] = { { FIELD_room, false },
	{ FIELD_seq, false } };

static enum err
codec_fields(struct codec_in *in, json_t *o, enum shape shape, struct msg *m,
    struct codec_fault *fault)
{
	size_t n;
	const struct proto_item *it = proto_items(shape, &n);

	if (shape == SHAPE_none) {
		it = codec_unknown;
		n = sizeof(codec_unknown) / sizeof(codec_unknown[0]);
	}
	msg_init(m, shape);
	for (size_t i = 0; i < n; i++) {
		enum field id = it[i].field;
		const struct proto_field *f = proto_field(id);
		json_t *v = json_object_get(o, f->json);
		enum err e;

		if (v == NULL || json_is_null(v)) {
			if (!it[i].required)
				continue;
			return codec_fail(fault, ERR_BAD_REQUEST, f->json,
			    "%s is missing", f->json);
		}
		e = codec_value(in, v, f, (char *)m + f->offset, fault);
		if (e != ERR_OK)
			return e;
		m->has[id / 64] |= UINT64_C(1) << (id % 64);
	}
	return ERR_OK;
}

static void codec_keep_msg(struct codec_in *, struct msg *);

static void
codec_keep_msgs(struct codec_in *in, struct msg **v, size_t n)
{
	struct msg *kept = codec_alloc(in, n);

	memcpy(kept, *v, n * sizeof(*kept));
	*v = kept;
	for (size_t i = 0; i < n; i++)
		codec_keep_msg(in, &kept[i]);
}

static void
codec_keep_msg(struct codec_in *in, struct msg *m)
{
	size_t n;
	const struct proto_item *it = proto_items(m->shape, &n);

	for (size_t i = 0; i < n; i++) {
		enum field id = it[i].field;
		const struct proto_field *f = proto_field(id);
		void *at = (char *)m + f->offset;

		if ((m->has[id / 64] >> (id % 64) & 1) == 0)
			continue;
		if (f->type == PROTO_T_STR)
			*(struct str *)at = codec_copy(in, *(struct str *)at);
		else if (f->type == PROTO_T_OBJ)
			codec_keep_msgs(in, at, 1);
		else if (f->type == PROTO_T_LIST)
			codec_keep_msgs(in, &((struct msgs *)at)->v,
			    ((struct msgs *)at)->n);
	}
}

/*
 * jansson makes 240 bytes of a pair of brackets, and requests wait in numbers.
 * Where unknown fields have swollen one, what was read of it is copied, and
 * the rest let go.
 */
static void
codec_keep(struct codec_in *in, size_t n)
{
	void *old = in->arena;

	if (codec_taken <= CODEC_KEEP(n))
		return;
	in->root = in->arena = NULL;
	if (in->id.kind == MSG_ID_STR)
		in->id.str = codec_copy(in, in->id.str);
	codec_keep_msg(in, &in->msg);
	codec_release(old);
}

enum err
codec_read_request(struct codec_in *in, const char *p, size_t n,
    struct codec_fault *fault)
{
	json_t *op, *id;
	struct str name;
	enum err e;

	e = codec_parse(in, p, n, fault);
	if (e != ERR_OK)
		return e;
	in->kind = CODEC_REQUEST;
	id = json_object_get(in->root, "id");
	if (id != NULL && !json_is_null(id) && !codec_id(in, id, &in->id))
		return codec_fail(fault, ERR_BAD_REQUEST, "id",
		    "id must be an integer or a string of at most 64 bytes");
	op = json_object_get(in->root, "op");
	if (!json_is_string(op))
		return codec_fail(fault, ERR_BAD_REQUEST, "op",
		    "op is missing or not a string");
	name = codec_str(in, op);
	in->op = proto_find_op(name);
	if (in->op == OP__COUNT)
		return codec_fail(fault, ERR_UNKNOWN_OP, NULL,
		    "there is no op \"%.*s\"", name.n > 32 ? 32 : (int)name.n,
		    name.p);
	e = codec_fields(in, in->root, proto_op(in->op)->shape, &in->msg,
	    fault);
	if (e == ERR_OK)
		codec_keep(in, n);
	return e;
}

enum err
codec_read_simple(struct codec_in *in, const char *p, size_t n,
    struct codec_fault *fault)
{
	struct str text;
	json_t *message;
	enum err e;

	e = codec_parse(in, p, n, fault);
	if (e != ERR_OK)
		return e;
	in->kind = CODEC_REQUEST;
	in->op = OP_send;
	msg_init(&in->msg, SHAPE_send);
	message = json_object_get(in->root, "message");
	if (message == NULL)
		return codec_fail(fault, ERR_BAD_REQUEST, "message",
		    "message is missing");
	if (!json_is_string(message))
		return codec_fail(fault, ERR_BAD_REQUEST, "message",
		    "message must be a string");
	text = codec_str(in, message);
	if (text.n > PROTO_TEXT_MAX)
		return codec_fail(fault, ERR_TOO_LARGE, "message",
		    "message has %zu bytes, %zu are allowed", text.n,
		    PROTO_TEXT_MAX);
	MSG_PUT(&in->msg, text, text);
	codec_keep(in, n);
	return ERR_OK;
}

enum err
codec_read_server(struct codec_in *in, const char *p, size_t n,
    struct codec_fault *fault)
{
	json_t *re, *ev, *ok;
	enum err e;

	e = codec_parse(in, p, n, fault);
	if (e != ERR_OK)
		return e;
	re = json_object_get(in->root, "re");
	if (re == NULL) {
		in->kind = CODEC_EVENT;
		ev = json_object_get(in->root, "ev");
		if (!json_is_string(ev))
			return codec_fail(fault, ERR_BAD_REQUEST, "ev",
			    "neither re nor ev");
		return codec_fields(in, in->root,
		    proto_find_event(codec_str(in, ev)), &in->msg, fault);
	}
	in->kind = CODEC_REPLY;
	if (!json_is_null(re) && !codec_id(in, re, &in->id))
		return codec_fail(fault, ERR_BAD_REQUEST, "re", "bad re");
	ok = json_object_get(in->root, "ok");
	in->ok = json_is_true(ok);
	if (in->ok)
		return ERR_OK;
	return codec_fields(in, json_object_get(in->root, "error"), SHAPE_error,
	    &in->msg, fault);
}

enum err
codec_read_reply(struct codec_in *in, enum op op, struct codec_fault *fault)
{
	return codec_fields(in, in->root, proto_op(op)->reply, &in->msg, fault);
}

void
codec_free(struct codec_in *in)
{
	codec_release(in->arena);
	in->root = in->arena = NULL;
}
