/*
 * store_sql: prepared statements of one SQLite connection, for the files of
 * store_sqlite.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

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
	bool dirty;	       /* deleted, log not truncated */
	bool deleted;	       /* … by the present transaction */
	enum sqlite_fate fate; /* of the request under way */
	char epoch[STORE_EPOCH];
	unsigned char node[16]; /* names this process in leases */
	unsigned char secret[32];
	struct sqlite_head heads[SQLITE_HEADS];
	size_t nheads;
	int64_t now; /* wall ms of this transaction */
};

/* The statement, reset; bind from 1. */
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

/* Writes the heads that a transaction moved. */
void sqlite_move_heads(struct sqlite *);

#endif
