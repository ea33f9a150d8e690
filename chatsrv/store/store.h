/*
 * store: the truth.  Everything durable is asked of it and handed to it here.
 *
 * A request is a structure that the caller allocates (malloc) and gives away;
 * `done` is called once, on the loop, never from within store_submit(), and
 * then the structure is the caller's again.  Writes are carried out in the
 * order of submission, many in one transaction, and their `done`s come in
 * that order; reads run beside them and see every write whose `done` was
 * called before.  Nothing here tells what database is behind.
 *
 * Errors in `err`: ERR_UNAVAILABLE (nothing was stored), ERR_UNKNOWN (it may
 * have been stored), and those that a request names.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatsrv/entry.h"
#include "chatsrv/token.h"
#include "lib/buf.h"
#include "lib/err.h"

#define STORE_HASH     16 /* bytes of a nonce's content hash */
#define STORE_ID       16
#define STORE_NAME     260  /* bytes of a name, with NUL (name.h) */
#define STORE_KEY      516  /* … of its key */
#define STORE_SKELETON 1540 /* … of its skeleton */
#define STORE_EPOCH    32
#define STORE_LEASE_MS 60000 /* a nick outlives its node so long */
#define STORE_BEAT_MS  20000 /* a node renews its leases so often */
#define STORE_LAST     5000  /* entries that a join looks back at most */
#define STORE_UNREAD   1000  /* … and a hello counts in a room */

struct store;
struct uv_loop_s;

/*
 * Requests: STORE_OP(name, WRITE|READ).  Each is struct store_<name>, carried
 * out by <backend>_<name>().
 */
#define STORE_OPS(STORE_OP)     \
	STORE_OP(post, WRITE)   \
	STORE_OP(hello, WRITE)  \
	STORE_OP(nick, WRITE)   \
	STORE_OP(bye, WRITE)    \
	STORE_OP(keep, WRITE)   \
	STORE_OP(join, WRITE)   \
	STORE_OP(part, WRITE)   \
	STORE_OP(mark, WRITE)   \
	STORE_OP(beat, WRITE)   \
	STORE_OP(find, WRITE)   \
	STORE_OP(heads, READ)   \
	STORE_OP(page, READ)    \
	STORE_OP(history, READ) \
	STORE_OP(rooms, READ)

enum store_op {
#define STORE_OP(name, rw) STORE_##name,
	STORE_OPS(STORE_OP)
#undef STORE_OP
	    STORE_OP__COUNT
};

struct store_req {
	enum store_op op;
	enum err err;
	void (*done)(struct store_req *);
	void *arg;
	struct store_req *next; /* the store's own */
};

/* An identity: a guest or (later) an account; one table. */
struct store_who {
	int64_t id;
	int64_t lease; /* of his name: the number of this hello */
	bool guest;
	char name[STORE_NAME];
	char had[STORE_NAME]; /* out of a hello: the name before, if any */
};

/* What the store knows of a room. */
struct store_room {
	int64_t id;
	char name[STORE_NAME];
	char epoch[STORE_EPOCH];
	int64_t seq;	    /* the end of its log */
	int64_t oldest;	    /* first seq that is still there */
	int64_t access_seq; /* entry that last changed who may */
	bool public;
};

/*
 * Appends one entry.  A nonce that is known answers with the first one's seq
 * (`known`), or ERR_CONFLICT when its hash differs.  ERR_NOT_FOUND: no such
 * room or target; ERR_FORBIDDEN: the target is somebody else's.
 */
struct store_post {
	struct store_req req;
	int64_t room, access_seq;
	struct entry entry; /* seq and at are given by the store */
	unsigned char hash[STORE_HASH];
	bool only_known; /* else ERR_RATE_LIMITED */
	bool known;	 /* out: nothing new was stored */
};

/*
 * Makes a guest of a fresh token's hash, or takes up who.id, whose token it
 * must be, or it is ERR_UNAUTHORIZED.  The name is the first that is free of:
 * the wish, if there is one (its text is not empty), the one that the guest
 * had, and guest-NNNNNN; each also with a digit behind it.
 */
struct store_name {
	char text[STORE_NAME], key[STORE_SKELETON];
};

struct store_hello {
	struct store_req req;
	bool fresh;
	unsigned char token[TOKEN_HASH];
	struct store_name wish;
	struct store_who who;	  /* in: id, unless fresh; out: all */
	struct store_membership { /* out: malloc'ed, the caller frees */
		char room[STORE_NAME];
		char epoch[STORE_EPOCH];
		int64_t seq, read;
		int64_t unread; /* among the newest STORE_UNREAD entries */
	} * rooms;
	size_t nrooms;
};

/* Takes another nick.  ERR_EXISTS: somebody has it. */
struct store_nick {
	struct store_req req;
	int64_t who;
	struct store_name name;
};

/*
 * The last connection of a guest is gone: his nick's lease begins to end.
 * lease is that of the newest hello that was answered for him; when another
 * one has come meanwhile, his name stays held.
 */
struct store_bye {
	struct store_req req;
	int64_t who, lease;
};

/*
 * He has left another node, and is still here: his name, which began to end,
 * is ours to hold.  lease is that of his newest hello here.
 */
struct store_keep {
	struct store_req req;
	int64_t who, lease;
};

/*
 * Finds a room by its name's key, or creates it, and makes who a member.
 * ERR_CONFLICT when a room with the same skeleton but another key exists: its
 * name is then in room.name.
 */
struct store_join {
	struct store_req req;
	int64_t who;
	char name[STORE_NAME], key[STORE_KEY], skeleton[STORE_SKELETON];
	int64_t last;		/* 0, or: find the last-th newest that counts */
	struct store_room room; /* out */
	struct str topic;	/* out: malloc'ed, the caller frees */
	int64_t read;		/* out */
	int64_t last_seq; /* out: seq before it; STORE_LAST back at most */
};

struct store_part {
	struct store_req req;
	int64_t who, room;
};

/* Moves a read marker; out: where it is then. */
struct store_mark {
	struct store_req req;
	int64_t who, room, seq;
	bool back;
};

/* Renews this node's leases, and clears away what has run out. */
struct store_beat {
	struct store_req req;
	bool clean;
};

/*
 * Finds a room without joining.  ERR_NOT_FOUND.  It stands among the writes
 * so that the end that it tells is that between the one before and the next.
 */
struct store_find {
	struct store_req req;
	char key[STORE_KEY];
	struct store_room room; /* out */
	struct str topic;	/* out: malloc'ed, the caller frees */
};

/* Where the logs of some rooms end; 0 for one that is not there. */
struct store_heads {
	struct store_req req;
	struct store_heads_item {
		int64_t room;
		int64_t seq; /* out */
	} * items;	     /* the caller's */
	size_t n;
};

/*
 * Entries, each with its strings in `bytes`; store_entries_free().
 */
struct store_entries {
	struct entry *v;
	size_t n;
	struct buf bytes;
	struct entry_reaction *reactions;
	size_t nreactions;
};

/*
 * Entries as written from `from` up, until they are about `max` bytes when
 * encoded; one at least.
 */
struct store_page {
	struct store_req req;
	int64_t room, from;
	size_t max;
	int64_t head;		      /* out: of the log, in this snapshot */
	struct store_entries entries; /* out */
};

/*
 * A page of present state: entries that count (message, topic), oldest first;
 * about 256 KiB when encoded, but one entry at least.
 */
struct store_history {
	struct store_req req;
	int64_t room;
	enum { HISTORY_BEFORE, HISTORY_AFTER, HISTORY_AROUND, HISTORY_AT } how;
	int64_t place; /* seq, or ms for HISTORY_AT */
	int64_t limit;
	int64_t head;		      /* out */
	bool more;		      /* out */
	struct store_entries entries; /* out */
};

struct store_rooms {
	struct store_req req;
	char match[STORE_KEY]; /* folded; empty: all */
	int64_t after, limit;
	struct store_rooms_item {
		int64_t id, at;
		char name[STORE_NAME];
		char topic[1028];
	} * items; /* out: malloc'ed, the caller frees */
	size_t nitems;
	bool more; /* out */
};

/*
 * Opens the store that spec names ("sqlite:PATH"), creates or migrates it,
 * and starts its threads.  alone: no other process may have it open.
 * NULL after telling on stderr what is wrong.  broken is called on the loop
 * once when the store must not be used any more (an fsync failed): no `done`
 * with ERR_OK follows.
 */
struct store *store_open(const char *spec, bool alone, int64_t wal_max,
    struct uv_loop_s *, void (*broken)(void *), void *arg);

/*
 * Carries out what waits, calls its `done`s, and closes.  The loop must run
 * until closed was called.  It takes a second at most, whoever else uses the
 * file: what could not be carried out by then is ERR_UNAVAILABLE.
 */
void store_close(struct store *, void (*closed)(void *), void *arg);
void store_submit(struct store *, struct store_req *);

/* The loop's side of a request, for code that fills it in. */
void store_req_init(struct store_req *, enum store_op,
    void (*done)(struct store_req *), void *arg);
void store_entries_free(struct store_entries *);

/* The secret that keys hashes of nonces' contents; 32 bytes. */
const unsigned char *store_secret(const struct store *);

/* The id that is born with the store; STORE_ID bytes. */
const unsigned char *store_id(const struct store *);

struct store_stats {
	uint64_t batches, posts, reads;
	size_t waiting; /* writes not carried out yet */
	bool away;	/* the last write could not be done */
	int64_t wal;	/* bytes of the write-ahead log */
};
void store_stats(const struct store *, struct store_stats *);

/*
 * For the command line, without a loop; they return an exit status and tell
 * on stderr what went wrong.  Backup makes a copy, also while servers use the
 * store; restore makes a store of such a copy, where there is none.  It has
 * a new id and epoch when it is opened.  Verify looks through the store, or
 * the file if not NULL: 65 when something is wrong with it.  Scrub removes
 * what was deleted from the store's files.
 */
int store_backup(const char *spec, const char *file);
int store_restore(const char *spec, const char *file);
int store_verify(const char *spec, const char *file);
int store_scrub(const char *spec);

#endif
