/*
 * store_sqlite: the store's requests on one SQLite connection.
 *
 * A connection belongs to one thread at a time.  Writers on one host, of
 * whatever process, pass a turnstile of two file locks around each
 * transaction, so that they take turns (SQLite's own busy handler starves).
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "chatsrv/store/store.h"

struct schema_migration {
	const char *sql;
	int64_t compatible_from;
};

const struct schema_migration *schema_migrations(size_t *n);

#define SQLITE_WHY 256 /* bytes of a `why` */

struct sqlite;

enum sqlite_role { SQLITE_WRITER, SQLITE_READER };

/*
 * What became of a statement or transaction: carried out; undone, since there
 * is no room or the file is busy; or nobody knows, an fsync failed, and the
 * store must not be used any more.
 */
enum sqlite_fate { SQLITE_FINE, SQLITE_UNDONE, SQLITE_BROKEN };

/*
 * Opens path; the writer creates and migrates.  NULL with why (SQLITE_WHY
 * bytes) filled.
 */
struct sqlite *sqlite_open(const char *path, enum sqlite_role, char *why);
void sqlite_close(struct sqlite *);

/*
 * For any thread: whatever runs on it, or waits, gives up and is undone; what
 * comes later does not wait for anybody.
 */
void sqlite_stop(struct sqlite *);

/*
 * Holds the store for this process: exclusively if alone.  The descriptor, or
 * -1 with why filled.
 */
int sqlite_hold(const char *path, bool alone, char *why);

/* A write transaction, turnstile included. */
enum sqlite_fate sqlite_begin(struct sqlite *);
enum sqlite_fate sqlite_commit(struct sqlite *);
void sqlite_rollback(struct sqlite *);

/*
 * Carries out one request and sets its err.  A write must be inside a
 * transaction; after another fate than SQLITE_FINE that is to be rolled back.
 */
enum sqlite_fate sqlite_run(struct sqlite *, struct store_req *);

/* Bytes in the write-ahead log after the last commit. */
int64_t sqlite_wal(const struct sqlite *);

/* There may be deleted text in the log, which is to be truncated then. */
bool sqlite_dirty(const struct sqlite *);

/*
 * What becomes of the log at a checkpoint: it goes on, is written anew from
 * its beginning, or is empty.  To write over what is there costs the disk half
 * of what a file that grows does; but old text stays in it.
 */
enum sqlite_log { SQLITE_LOG_GOES_ON, SQLITE_LOG_ANEW, SQLITE_LOG_EMPTY };

/*
 * Brings the log into the file.  Unless it goes on, all of it, which needs
 * everybody else to be out of the log: they are not waited for, but it is
 * SQLITE_UNDONE.
 */
enum sqlite_fate sqlite_checkpoint(struct sqlite *, enum sqlite_log);
const unsigned char *sqlite_secret(const struct sqlite *);
const unsigned char *sqlite_id(const struct sqlite *);

/* For the command line; false with why filled. */
bool sqlite_backup(const char *path, const char *file, char *why);
bool sqlite_restore(const char *path, const char *file, char *why);
bool sqlite_scrub(const char *path, char *why);

/*
 * Tells on stdout what a store has, or on stderr each thing that is wrong;
 * why is filled when it is not whole.
 */
enum verify { VERIFY_WHOLE, VERIFY_DAMAGED, VERIFY_UNKNOWN };
enum verify sqlite_verify(const char *path, char *why);

#endif
