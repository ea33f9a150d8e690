/*
 * proto: proto.def as arrays.
 *
 * All rows F stand in one array, in the order of their shapes.  The enum
 * below finds at which index each shape begins: FIRST_x takes the index of
 * the next row, FIRST_x_ steps back so that the row itself gets it.
 */
#include <string.h>

#include "lib/proto.h"

enum {
	FIRST_none,
	FIRST_none_ = -1,
#define OP(name, flags, cost, help) \
	FIRST_##name, FIRST_##name##_ = FIRST_##name - 1,
#define REPLY(name) \
	FIRST_##name##_ok, FIRST_##name##_ok_ = FIRST_##name##_ok - 1,
#define OBJECT(name, help) FIRST_##name, FIRST_##name##_ = FIRST_##name - 1,
#define EVENT(name, flags, help) \
	FIRST_ev_##name, FIRST_ev_##name##_ = FIRST_ev_##name - 1,
#define F(shape, field, need) ITEM_##shape##_##field,
#include "lib/proto.def"
	ITEM__COUNT
};

static const int firsts[SHAPE__COUNT + 1] = { [SHAPE_none] = FIRST_none,
#define OP(name, flags, cost, help) [SHAPE_##name] = FIRST_##name,
#define REPLY(name)		    [SHAPE_##name##_ok] = FIRST_##name##_ok,
#define OBJECT(name, help)	    [SHAPE_##name] = FIRST_##name,
#define EVENT(name, flags, help)    [SHAPE_ev_##name] = FIRST_ev_##name,
#define F(shape, field, need)
#include "lib/proto.def"
	[SHAPE__COUNT] = ITEM__COUNT };

#define REQ true
#define OPT false
static const struct proto_item items[ITEM__COUNT] = {
#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need) \
	[ITEM_##shape##_##field] = { FIELD_##field, need },
#include "lib/proto.def"
};

static const struct proto_field fields[FIELD__COUNT] = {
#define FIELD(name, json, type, max, shape, help)                   \
	[FIELD_##name] = { json,                                    \
		{ ",\"" json "\":", sizeof(",\"" json "\":") - 1 }, \
		PROTO_T_##type, max, SHAPE_##shape,                 \
		offsetof(struct msg, name), help },
#include "lib/proto.def"
};

#define OPEN	PROTO_OPEN
#define BARRIER PROTO_BARRIER
#define FREE	PROTO_FREE
#define READ	PROTO_READ
#define LOG	PROTO_LOG
static const struct proto_op ops[OP__COUNT] = {
#define OP(name, flags, cost, help)                                          \
	[OP_##name] = { #name, flags, cost, SHAPE_##name, SHAPE_##name##_ok, \
		help },
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"
};

static const struct {
	const char *name;
	enum shape shape;
	unsigned flags;
} events[] = {
#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help) { #name, SHAPE_ev_##name, flags },
#define F(shape, field, need)
#include "lib/proto.def"
};

#define NEVENTS (sizeof(events) / sizeof(events[0]))

struct str
str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}

bool
str_eq(struct str a, const char *b)
{
	return strlen(b) == a.n && memcmp(a.p, b, a.n) == 0;
}

void
msg_init(struct msg *m, enum shape shape)
{
	memset(m, 0, sizeof(*m));
	m->shape = shape;
}

const struct proto_field *
proto_field(enum field f)
{
	return &fields[f];
}

const struct proto_op *
proto_op(enum op op)
{
	return &ops[op];
}

enum op
proto_find_op(struct str name)
{
	int op;

	for (op = 0; op < OP__COUNT; op++)
		if (str_eq(name, ops[op].name))
			break;
	return (enum op)op;
}

enum shape
proto_find_event(struct str name)
{
	for (size_t i = 0; i < NEVENTS; i++)
		if (str_eq(name, events[i].name))
			return events[i].shape;
	return SHAPE_none;
}

const char *
proto_event_name(enum shape shape)
{
	for (size_t i = 0; i < NEVENTS; i++)
		if (events[i].shape == shape)
			return events[i].name;
	return NULL;
}

unsigned
proto_event_flags(enum shape shape)
{
	for (size_t i = 0; i < NEVENTS; i++)
		if (events[i].shape == shape)
			return events[i].flags;
	return 0;
}

const struct proto_item *
proto_items(enum shape shape, size_t *n)
{
	*n = (size_t)(firsts[shape + 1] - firsts[shape]);
	return &items[firsts[shape]];
}
