/*
 * fakeroom: rooms with members and a store that are played by a test.
 *
 * Linked before libchatsrv.a it stands in the place of store_submit(): reads
 * wait in a queue until the test has them answered, from the log that it
 * wrote.  Each member checks what he is handed: whole frames, entries in
 * order, none twice.
 */
#ifndef FAKEROOM_H
#define FAKEROOM_H

#include "chatsrv/room.h"
#include "lib/buf.h"

struct fakemember {
	struct member m; /* first */
	bool ready;
	int64_t next;		/* the entry that he must get next */
	size_t writes, entries; /* that he got */
	size_t said;		/* frames without a seq */
	struct buf got;		/* all frames' payloads, a line each */
	void (*taken)(struct fakemember *); /* called by each write */
};

/* Begins: no rooms, an empty log.  ring_max is that of rooms_init(). */
void fakeroom_start(size_t ring_max);
void fakeroom_stop(void);

/* A room with that id, whose log in the store ends at head. */
struct room *fakeroom_open(int64_t id, int64_t head);

/*
 * Commits an entry: the store has it now.  Kind, target, text and the like are
 * taken; the rest is filled.  Returns it; it stays until fakeroom_stop().
 */
const struct entry *fakeroom_commit(struct room *, struct entry);

/* The same for a message, and accepts it too. */
int64_t fakeroom_say(struct room *, const char *text);

/* Entries below oldest are gone from the store. */
void fakeroom_forget(int64_t oldest);

/* Reads that wait for an answer; answers one; with an error. */
size_t fakeroom_waiting(void);
void fakeroom_answer(void);
void fakeroom_fail(void);

/* An answer is made now, as of now, and given by fakeroom_give(). */
void fakeroom_make(void);
void fakeroom_give(void);

/* Calls of the function that lets go of a deleted text; the last target. */
extern size_t fakeroom_purges;
extern int64_t fakeroom_purged;

void fakemember_enter(struct fakemember *, struct room *, enum form,
    int64_t next);
void fakemember_exit(struct fakemember *);

/* Turns the loop and answers reads until there is nothing left to do. */
void fakeroom_settle(void);

#endif
