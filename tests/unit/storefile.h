/*
 * storefile: an SQLite store in a file of its own, for one test.
 *
 * Requests are carried out at once, on the test's own thread.
 */
#ifndef STOREFILE_H
#define STOREFILE_H

#include "chatsrv/store/store_sql.h"
#include "tests/unit/suite.h"

extern char storefile_folder[SUITE_PATH], storefile_path[SUITE_PATH + 16];
extern char why[SQLITE_WHY]; /* of calls that fail */
extern struct sqlite *db;
extern int64_t room; /* "lobby" */

/* Fixtures: a new store with one room; db may be NULL at the end. */
void storefile_start(void);
void storefile_stop(void);
void storefile_open(void); /* after sqlite_close(db) */

/* A request inside a transaction, and one in its own. */
enum err run(struct store_req *, enum store_op);
enum err run_alone(struct store_req *, enum store_op);

/* who joins a room, which is made if need be. */
struct store_join storefile_join(int64_t who, const char *name);

/*
 * A post that is ready to run.  The hash of its content is made of the
 * nonce's second letter; an empty nonce is none.
 */
struct store_post entry(int64_t who, enum entry_kind, int64_t target,
    const char *text, const char *nonce);

/* Posts it; *seq (or NULL) is the entry's. */
enum err post_as(int64_t who, enum entry_kind, int64_t target, const char *text,
    int64_t *seq);

/* Identity 1 says or does something that must go well; its seq. */
int64_t post(enum entry_kind, int64_t target, const char *text);

/* A message with SECRET in all that it has, and in two edits; its seq is 1. */
void post_secret(void);

/* Statements beside the store's own; the first value of the first row. */
void sql(const char *);
int64_t sql_value(const char *);

#endif
