/*
 * proto: what chat.v1 consists of, as constants and as one structure.
 *
 * All of it is made from proto.def; chat-protocol(7) is the same table for
 * people.  A struct msg holds any request, reply, event or object: `shape`
 * says which fields it may have, `has` which of them it has.  Strings are not
 * NUL-terminated and not owned: they point into the frame that was read, or
 * to whatever the writer of a frame put there.
 */
#ifndef PROTO_H
#define PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_NAME	"chat.v1"	    /* the WebSocket subprotocol */
#define PROTO_TEXT_MAX	((size_t)16 * 1024) /* bytes of a message's text */
#define PROTO_FRAME_MAX ((size_t)64 * 1024) /* bytes of a client's frame */
#define PROTO_PAGE_MAX	((size_t)64 * 1024) /* bytes of a page of entries */
#define PROTO_DEPTH_MAX 16		    /* nesting of a frame's JSON */
#define INTMAX_JSON	INT64_C(9007199254740991) /* RFC 8259 6. */

enum shape {
	SHAPE_none,
#define OP(name, flags, cost, help) SHAPE_##name,
#define REPLY(name)		    SHAPE_##name##_ok,
#define OBJECT(name, help)	    SHAPE_##name,
#define EVENT(name, flags, help)    SHAPE_ev_##name,
#define F(shape, field, need)
#include "lib/proto.def"
	SHAPE__COUNT
};

enum op {
#define OP(name, flags, cost, help) OP_##name,
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"
	OP__COUNT
};

enum field {
#define FIELD(name, json, type, max, shape, help) FIELD_##name,
#include "lib/proto.def"
	FIELD__COUNT
};

enum {			   /* flags of ops and events */
	PROTO_OPEN = 1,	   /* answered before hello */
	PROTO_BARRIER = 2, /* holds back what follows until answered */
	PROTO_FREE = 4,	   /* costs no request token */
	PROTO_READ = 8,	   /* reads the store */
	PROTO_LOG = 16	   /* is an entry of a log */
};

struct str {
	const char *p;
	size_t n;
};

#define STR_LIT(s) ((struct str){ (s), sizeof(s) - 1 })
#define STR_FMT(s) (int)(s).n, (s).p /* for printf's %.*s */

struct str str_of(const char *);
bool str_eq(struct str, const char *);

struct msg_id {
	enum { MSG_ID_NONE, MSG_ID_INT, MSG_ID_STR } kind;
	int64_t num;
	struct str str;
};

struct msg;

struct msgs {
	struct msg *v;
	size_t n;
};

#define PROTO_STR    struct str
#define PROTO_INT    int64_t
#define PROTO_REAL   double
#define PROTO_BOOL   bool
#define PROTO_ID     struct msg_id
#define PROTO_OBJ    struct msg *
#define PROTO_LIST   struct msgs
#define PROTO_EVENTS struct msgs

struct msg {
	enum shape shape;
	uint64_t has[2];
#define FIELD(name, json, type, max, shape, help) PROTO_##type name;
#include "lib/proto.def"
};

_Static_assert(FIELD__COUNT <= 128, "struct msg has bits for 128 fields");

/* Does a message have the field of that name?  MSG_PUT sets it. */
#define MSG_HAS(m, name) \
	(((m)->has[FIELD_##name / 64] >> (FIELD_##name % 64) & 1) != 0)
#define MSG_PUT(m, name, value)                            \
	do {                                               \
		(m)->name = (value);                       \
		(m)->has[FIELD_##name / 64] |= UINT64_C(1) \
		    << (FIELD_##name % 64);                \
	} while (0)
#define MSG_DROP(m, name) \
	((m)->has[FIELD_##name / 64] &= ~(UINT64_C(1) << (FIELD_##name % 64)))

/* Makes m an empty message of a shape. */
void msg_init(struct msg *, enum shape);

enum proto_type {
	PROTO_T_STR,
	PROTO_T_INT,
	PROTO_T_REAL,
	PROTO_T_BOOL,
	PROTO_T_ID,
	PROTO_T_OBJ,
	PROTO_T_LIST,
	PROTO_T_EVENTS
};

struct proto_field { /* a row FIELD */
	const char *json;
	struct str member; /* ,"json": as it stands in an object */
	enum proto_type type;
	int64_t max;
	enum shape shape; /* of OBJ and LIST */
	size_t offset;	  /* in struct msg */
	const char *help;
};

struct proto_item { /* a row F */
	enum field field;
	bool required;
};

struct proto_op { /* a row OP */
	const char *name;
	unsigned flags;
	int cost; /* in request tokens */
	enum shape shape, reply;
	const char *help;
};

const struct proto_field *proto_field(enum field);
const struct proto_op *proto_op(enum op);

/* The op with that name, or OP__COUNT. */
enum op proto_find_op(struct str);

/* The shape of the event with that name, or SHAPE_none. */
enum shape proto_find_event(struct str);

/* The wire name of an event's shape ("message"), NULL for another shape. */
const char *proto_event_name(enum shape);

/* The flags of an event's shape. */
unsigned proto_event_flags(enum shape);

/* The fields of a shape; *n of them.  Static. */
const struct proto_item *proto_items(enum shape, size_t *n);

#endif
