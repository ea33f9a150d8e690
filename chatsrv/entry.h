/*
 * entry: what happened in a room, as the store keeps it and a ring's frame is
 * made from it.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/proto.h"

/*
 * Kinds of entries: ENTRY(name, number).  The name is that of the event in
 * proto.def; the number is what the store keeps and never changes.
 */
#define ENTRY_KINDS(ENTRY) \
	ENTRY(message, 1)  \
	ENTRY(edit, 2)     \
	ENTRY(delete, 3)   \
	ENTRY(react, 4)    \
	ENTRY(unreact, 5)  \
	ENTRY(topic, 6)

enum entry_kind {
#define ENTRY(name, number) ENTRY_##name = number,
	ENTRY_KINDS(ENTRY)
#undef ENTRY
};

struct entry {
	int64_t seq, at; /* at: ms since 1970 UTC */
	enum entry_kind kind;
	int64_t actor; /* identity */
	bool guest, deleted;
	struct str from;  /* the name at that time */
	struct str text;  /* text, emoji or topic, by kind */
	struct str style; /* a message's "action"…; empty: text */
	struct str lang;
	struct str nonce;
	int64_t reply_to, target;
	int64_t undone; /* of unreact: the react's seq */
	/* of history: the present state of a message */
	int64_t edited_seq, edited_at;
	struct entry_reaction *reactions;
	size_t nreactions;
};

struct entry_reaction {
	int64_t seq;
	struct str emoji, user;
	bool guest;
};

/* The event's shape for a kind. */
enum shape entry_shape(enum entry_kind);

/*
 * Fills an event with what the entry has; strings are shared.  reactions has
 * room for e->nreactions objects, edited for one; both NULL: as written.
 */
void entry_event(const struct entry *, struct str room, struct msg *out,
    struct msg *edited, struct msg *reactions);

#endif
