/*
 * buffer: what one room looks like to its reader: lines, members, topic,
 * marks.
 *
 * A model without a screen: on/ changes it as events come, ui/ draws it.
 * Lines stand in the order in which they are read: entries by seq, each at
 * most once; notes of the client where they were made; own lines that have no
 * seq (yet) behind all of these, the last `nwaiting` of them.  Edits, deletes
 * and reactions change the line that they mean; they are no lines.
 *
 * A line's address may be kept until the buffer's version changes.  Versions
 * come from one counter of the process: no two lines ever had the same one.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/proto.h"

enum line_kind {
	LINE_MESSAGE, /* somebody's words, `action` and `code` too */
	LINE_TOPIC,   /* the topic was set; text is the topic */
	LINE_NOTE,    /* the client speaks: gaps, errors, help */
	LINE_BACK     /* "back after 41 s: …" */
};

/* How sure it is that an own line is stored; terminal and page draw alike. */
enum line_state {
	LINE_STORED,  /* has a seq; ✓ for own lines */
	LINE_QUEUED,  /* … in the outbox, not handed to a socket */
	LINE_SENT,    /* … handed to a socket, not answered yet */
	LINE_REFUSED, /* ! with `reason` */
	LINE_UNSURE   /* ? may have been stored; the user is asked */
};

struct line_reaction {
	char *emoji, *user;
	bool guest, own;
	int64_t seq; /* of the react entry */
};

struct line {
	enum line_kind kind;
	enum line_state state;
	int64_t seq; /* 0: none (yet) */
	int64_t at;  /* ms since 1970 UTC */
	char *from;  /* NULL for notes */
	bool guest, own, edited, deleted, mentions_me;
	char *message_kind; /* "action", "code", "notice"; NULL for text */
	char *lang;
	int64_t reply_to;   /* seq, 0: none */
	char *text;	    /* as it came, not cleaned: ui cleans */
	char *reason;	    /* of LINE_REFUSED */
	char nonce[65];	    /* of own lines, as in the outbox */
	int64_t edited_seq; /* of the edit that the text is from, or 0 */
	struct line_reaction *reactions;
	size_t nreactions;
	unsigned version; /* changes whenever the line does: for caches */
};

struct member {
	char *user;
	bool guest, online, away;
};

struct typist { /* somebody who is typing */
	char *user;
	bool guest;
	int64_t until; /* clock_ms() at which that is forgotten */
};

/* What a reconnect brought, until the log's end of that time is reached. */
struct buffer_back {
	int64_t lost_at; /* clock_ms() of the loss; 0: none to tell of */
	int64_t until;	 /* seq at which the replay is whole */
	int64_t gone;	 /* entries that did not come */
	char why[16];	 /* and why: "retention" */
	size_t messages; /* that came */
	bool reset;	 /* the log's numbers mean something else now */
};

struct buffer {
	char *room; /* canonical spelling, or as typed before */
	char *url;  /* of another server's page, or NULL */
	char *topic;
	char *epoch;
	bool joined;	/* the server has answered the join */
	bool wanted;	/* is to be joined again after a reconnect */
	int64_t last;	/* highest seq seen without a hole below it */
	int64_t end;	/* the log's end as the server told */
	int64_t read;	/* read marker as the server knows it */
	int64_t online; /* people present */
	size_t unread;	/* messages above the marker, others' only */
	size_t mentions;
	bool at_top;	 /* history begins with the first line held */
	bool paging;	 /* a page of history is under way */
	int64_t page_at; /* clock_ms(): no page before; 0: at any time */
	int64_t hole_after, hole_before; /* entries between are not held;
					    0: there is no such hole */

	bool joining;	  /* a join is on its way */
	bool placed;	  /* `last` is where a join goes on from */
	bool loose;	  /* the next entry may have any seq */
	bool read_dirty;  /* the server does not know `read` yet */
	bool read_back;	  /* and it lies before what it knows */
	int64_t holed_at; /* missing seq that was asked for again; 0 */
	int64_t show_seq; /* the view is to scroll there (then sets 0) */
	struct buffer_back back;

	struct line **lines;
	size_t nlines, nwaiting, lines_cap;
	struct member *members; /* sorted by name */
	size_t nmembers;
	struct typist *typists;
	size_t ntypists;

	char *draft; /* typed, not sent; kept for each room */
	size_t draft_point;
	/* the view's own place in this room */
	size_t scroll;	  /* rows above the end; 0: follows the end */
	unsigned version; /* changes with any line, member or mark */
};

struct buffer *buffer_new(const char *room);
void buffer_free(struct buffer *);

/* Whether a word of n bytes is the name of that user, or means the same. */
bool buffer_is_name(const char *word, size_t n, const char *user);

/* The line of an entry, NULL if it is not held. */
struct line *buffer_find(struct buffer *, int64_t seq);
struct line *buffer_find_nonce(struct buffer *, const char *nonce);

/*
 * Puts an entry in its place (a replayed, live or history `message` or
 * `topic`), or folds it into the line it means (`edit`, `delete`, `react`,
 * `unreact`).  me and me_guest tell own lines.  An own line still waiting
 * under the same nonce becomes the entry.  True if something changed.
 */
bool buffer_entry(struct buffer *, const struct msg *ev, const char *me,
    bool me_guest);

/* Appends a note of the client; the line is the buffer's. */
struct line *buffer_note(struct buffer *, enum line_kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends an own line that has no seq yet (LINE_QUEUED). */
struct line *buffer_own(struct buffer *, const char *from, bool guest,
    const char *nonce, const char *kind, const char *text);

/* We have another name than when an own line was typed. */
void buffer_sender(struct buffer *, struct line *, const char *from,
    bool guest);

/* An own line is in another state; reason may be NULL. */
void buffer_state(struct buffer *, struct line *, enum line_state,
    const char *reason);

/* The server stored an own line: it becomes the entry seq. */
void buffer_stored(struct buffer *, struct line *, int64_t seq, int64_t at);

/* The read marker stands at seq; counts unread and mentions again. */
void buffer_read(struct buffer *, int64_t seq);

/* The first entry held, NULL if there is none. */
struct line *buffer_first(struct buffer *);

/* Takes a line out and frees it. */
void buffer_drop(struct buffer *, struct line *);

/* There is at most one hole: what stands above it is forgotten. */
void buffer_drop_above_hole(struct buffer *);

/* Forgets all entries (a `reset`); own waiting lines and notes stay. */
void buffer_reset(struct buffer *);

/* Members: replaces or removes one. */
void buffer_member(struct buffer *, const char *user, bool guest, bool online,
    bool away);
void buffer_member_gone(struct buffer *, const char *user, bool guest);
void buffer_member_renamed(struct buffer *, const char *old, const char *user,
    bool guest);
void buffer_members_clear(struct buffer *);

/* Somebody types, until a time of clock_ms(); or he does no longer. */
void buffer_typing(struct buffer *, const char *user, bool guest,
    int64_t until);
void buffer_typing_drop(struct buffer *, const char *user, bool guest);
/* Forgets typists whose time is over; true if there were any. */
bool buffer_typing_expire(struct buffer *, int64_t now);

#endif
