/*
 * room: a log's newest part in memory, and those who follow it.
 *
 * A room knows members, not connections: a member has functions.  `head` is
 * the highest seq that was accepted here; rings hold the newest frames up to
 * it; a member's cursor is the seq that he gets next.  A room lives while it
 * has members or reads under way, and 60 s more (rooms.c).
 */
#ifndef ROOM_H
#define ROOM_H

#include "chatsrv/frame.h"
#include "chatsrv/ring.h"

struct room;
struct member;
struct presence;
struct page;
struct page_read;
struct early;

struct member_ops {
	/* Can take frames now; if not, he calls flush_member() when he can. */
	bool (*ready)(struct member *);
	/* Takes whole frames, those of entries lo to hi (0: none). */
	void (*write)(struct member *, const void *, size_t, int64_t lo,
	    int64_t hi);
};

struct member {
	const struct member_ops *ops;
	struct room *room;
	size_t at;    /* in room->members */
	int64_t next; /* the cursor */
	enum form form;
	struct page_read *waits; /* for a page of the store */
	struct member *wait_prev, *wait_next;
};

struct room {
	int64_t id;
	char *name, *key, *topic;
	size_t name_len;
	char epoch[32];
	int64_t access_seq;
	int64_t head;
	int64_t deleted;   /* seq of the newest delete; or it may be one */
	int64_t topic_seq; /* the topic is as of there */
	int64_t missed_from, missed_to; /* not accepted and not read since */
	struct ring rings[FORM__COUNT];
	bool forms[FORM__COUNT]; /* which rings are kept */

	struct member **members;
	size_t n, cap;

	/* flush.c */
	bool news;		       /* is on the list of rooms with news */
	bool passing;		       /* a pass over members is on */
	size_t pass_at;		       /* the member that is next */
	int64_t pass_from, pass_to;    /* seqs that the pass delivers */
	int64_t flushed;	       /* all at their end have it */
	int64_t due;		       /* us: not before */
	int64_t pass_since, pass_cost; /* us */
	struct buf ephemeral;	       /* frames without a seq, for FORM_V1 */
	struct buf pass_ephemeral;
	struct room *news_prev, *news_next;

	/* page.c */
	struct page *pages;

	/* early.c */
	struct early *early;

	/* peers.c */
	struct buf out;	 /* entries of this turn, for other servers */
	int64_t said_at; /* ms: something was published */
	bool saying;	 /* is on the list of rooms with `out` */
	bool unsaid;	 /* something surely was not */
	bool asked;	 /* who is here is to be told */
	struct room *out_prev, *out_next;

	size_t pins; /* those who need it in memory */

	struct presence *presence;

	/* rooms.c */
	int64_t empty_since; /* ms; 0: somebody is here */
	size_t ring_bytes;   /* as counted in the budget */
	struct room *lru_prev, *lru_next;
};

/* Limits of a write and of a ring, bytes. */
#define ROOM_WRITE_MAX ((size_t)64 * 1024)
#define ROOM_RING_MAX  ((size_t)256 * 1024)

/*
 * The only way into a ring: an entry that the store has committed, by this
 * node or another.  Older ones are ignored.  One that leaves a gap waits for
 * those with lower numbers (early.h), or the rings begin anew, and the members
 * behind read the store.  A delete blanks what it deletes before this returns.
 */
void room_accept(struct room *, const struct entry *);

/*
 * The log's end is at least head, and what is between will not be accepted:
 * members get it from the store.
 */
void room_heard(struct room *, int64_t head);

/* The topic as of an entry. */
void room_topic(struct room *, struct str, int64_t seq);

/* An entry was read from the store; if it was missed, it has its effect now. */
void room_caught(struct room *, const struct entry *);

/* A frame without a seq, ready to go to all who are at their end. */
void room_say_frame(struct room *, const void *, size_t);

/* Starts delivering to a member from its cursor on; and ends it. */
void room_enter(struct room *, struct member *);
void room_exit(struct member *);

/* Hands an event without a seq to all who are at their end. */
void room_say(struct room *, const struct msg *);

struct str room_name(const struct room *);

#endif
