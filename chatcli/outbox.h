/*
 * outbox: own lines that the server has not answered yet, on disk.
 *
 * An append-only journal in a folder of its own for each server, one file for
 * each running chatcli, held by flock(2).  Records are whole or ignored: each
 * has a checksum, so a kill at any byte costs at most what was not yet said
 * to be saved.  Who starts takes over the files of those that ended.
 *
 * What changes a line only notes it; outbox_begin(), outbox_write() (on any
 * thread, it is the slow part) and outbox_end() bring it to the disk.  A line
 * is to be handed to a socket only when it is saved with its sender: then
 * everybody who finds it later knows that it may have been stored, and under
 * which identity.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define OUTBOX_NONCE 23 /* bytes of a nonce of ours, NUL included */

/*
 * A server remembers nonces for 7 days, and knows a line again by its nonce
 * for as long.  By itself a line is sent again up to 6: clocks differ.
 */
#define OUTBOX_AGAIN_MS ((int64_t)6 * 86400 * 1000)
#define OUTBOX_KNOWN_MS ((int64_t)7 * 86400 * 1000)

struct outbox;

struct outbox_line {
	char nonce[65];
	char *room, *text;
	char *kind;	  /* NULL: text */
	int64_t reply_to; /* 0: none */
	int64_t at;	  /* ms since 1970 UTC: typed */
	char *sender;	  /* identity that it was sent under, or NULL */
	int64_t sent_at;  /* ms since 1970 UTC: first sent */
	char *reason;	  /* why the server refused it, or NULL */
	uint64_t stamp;	  /* of its newest record */
	bool in_flight;	  /* its owner's: sent on the present link */
	bool unsure;	  /* its owner's: the user is to decide */
	bool kept;	  /* its owner's: he did, it stays so */
	bool again;	  /* its owner's: he did, it is to be sent */
};

/*
 * Opens the folder (made if need be) and takes over what others left.  NULL
 * with a sentence in error.
 */
struct outbox *outbox_open(const char *dir, struct buf *error);

/* Saves what is not saved; leaves no file if there is no line. */
void outbox_close(struct outbox *);

size_t outbox_count(const struct outbox *);
/* In the order in which they were typed; until the next change. */
struct outbox_line *outbox_line(struct outbox *, size_t index);
struct outbox_line *outbox_find(struct outbox *, const char *nonce);

/*
 * A line was typed.  sender: the identity under which it will be sent at
 * once, or NULL.  kind may be NULL.
 */
struct outbox_line *outbox_add(struct outbox *, const char *room,
    const char *kind, const char *text, int64_t reply_to, const char *sender);
/* It is to be sent now, under that identity. */
void outbox_send(struct outbox *, struct outbox_line *, const char *sender);
/* The server refused it; it stays until it is done. */
void outbox_refuse(struct outbox *, struct outbox_line *, const char *reason);
/* It is stored, or dropped by the user: forgets and frees it. */
void outbox_done(struct outbox *, struct outbox_line *);

/*
 * Whether a line may be sent under that identity without asking: it never
 * was, or the server will know it again.
 */
bool outbox_sure(const struct outbox_line *, const char *sender, int64_t now);

/*
 * Whether the server knows its nonce, if it ever got it from that identity:
 * sent again it is not stored twice.
 */
bool outbox_known(const struct outbox_line *, const char *sender, int64_t now);

/* Why the user is to decide, and what sending does; static. */
const char *outbox_doubt(const struct outbox_line *, const char *sender,
    int64_t now);

/* Whether all that is known of it is on the disk. */
bool outbox_saved(const struct outbox *, const struct outbox_line *);

/*
 * begin takes what is to be written: false if there is nothing, or a write is
 * under way.  write returns 0 or errno.  end takes its result; what failed is
 * written again by the next begin.
 */
bool outbox_begin(struct outbox *);
int outbox_write(struct outbox *);
void outbox_end(struct outbox *, int error);

/* 128 random bits in base64url (RFC 4648). */
void outbox_nonce(char out[OUTBOX_NONCE]);

#endif
