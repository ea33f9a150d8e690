/*
 * store_sql: prepared statements of one SQLite connection, for the files of
 * store_sqlite.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stdatomic.h>

#include <sqlite3.h>

#include "chatsrv/store/store_sqlite.h"

enum sql {
#define SQL(name, text) SQL_##name,
#include "chatsrv/store/sql.def"
#undef SQL
	SQL__COUNT
};

/* A room whose log grew in the transaction that is under way. */
struct sqlite_head {
	int64_t room, seq, access_seq, at;
	bool moved;
};

#define SQLITE_HEADS 256 /* a batch has no more rooms */

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *stmts[SQL__COUNT];
	char path[4096];
	int turn_a, turn_b; /* descriptors of the turnstile */
	int wal_pages;
	atomic_bool stopping;  /* gives up instead of waiting */
	int64_t until;	       /* ms: waits no longer; 0: as need be */
	bool dirty;	       /* deleted, log not truncated */
	bool deleted;	       /* … by the present transaction */
	enum sqlite_fate fate; /* of the request under way */
	char epoch[STORE_EPOCH];
	unsigned char node[16]; /* names this process in leases */
	unsigned char secret[32], id[STORE_ID];
	struct sqlite_head heads[SQLITE_HEADS];
	size_t nheads;
	int64_t now;   /* wall ms of this transaction */
	int64_t lease; /* the number that the last hello got */
};

/*
 * The statement, reset; bind from 1.  NULL when it can't be had: that stands
 * in db->fate, and all that is done with it does nothing.
 */
sqlite3_stmt *sql_get(struct sqlite *, enum sql);

/*
 * One step.  True for a row; false at the end and after an error, which
 * stands in db->fate.  sql_run() wants no row: true if it went well.
 */
bool sql_row(struct sqlite *, sqlite3_stmt *);
bool sql_run(struct sqlite *, sqlite3_stmt *);

void sql_int(sqlite3_stmt *, int at, int64_t);
void sql_text(sqlite3_stmt *, int at, const char *);
void sql_str(sqlite3_stmt *, int at, struct str); /* empty: NULL */
void sql_blob(sqlite3_stmt *, int at, const void *, size_t);

/* Copies a column's text, cut to size. */
void sql_copy(sqlite3_stmt *, int column, char *out, size_t size);

/* One function for each request of STORE_OPS. */
#define STORE_OP(name, rw) \
	void sqlite_##name(struct sqlite *, struct store_##name *);
STORE_OPS(STORE_OP)
#undef STORE_OP

/* Fills why (SQLITE_WHY bytes) with what is wrong with a file; false. */
bool sqlite_why(char *why, const char *path, const char *what);
bool sqlite_exec(struct sqlite *, const char *sql, char *why);

/* A database with tables but without our meta is somebody else's. */
bool sqlite_ours(struct sqlite *, char *why);

/* A store of a newer program may need what this one does not know. */
bool sqlite_understood(struct sqlite *, char *why);

/* The turnstile; false when there is no time to wait for it. */
bool sqlite_turn_in(struct sqlite *);
void sqlite_turn_out(struct sqlite *);

/* Rolls back, if a transaction is open. */
void sqlite_undo(struct sqlite *);

/*
 * Begins the log anew or empties it, in our turn; SQLITE_BUSY when somebody is
 * in the way for longer than a moment, or another code of SQLite's.
 */
int sqlite_end_log(struct sqlite *, enum sqlite_log);

/* Writes the heads that a transaction moved. */
void sqlite_move_heads(struct sqlite *);

#endif
