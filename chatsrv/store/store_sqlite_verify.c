/*
 * store_sqlite, verify: is a store what the program takes it for?
 *
 * Beside SQLite's own check of the file: each log is numbered without holes,
 * present state agrees with it, and nothing of a deleted text is left.  It
 * reads one snapshot, so servers may go on.
 */
#include <stdio.h>
#include <string.h>

#include "chatsrv/store/store_sql.h"
#include "lib/text.h"

#define VERIFY_TOLD    20    /* findings of a kind */
#define VERIFY_WAIT_MS 10000 /* for those who are in the way */

static const struct {
	const char *what, *query;
	bool well;
} verifies[] = {
#define WRONG(what, query) { what, query, false },
#define WELL(what, query)  { what, query, true },
#include "chatsrv/store/verify.def"
#undef WRONG
#undef WELL
};

/* A damaged file may say anything: it is cleaned like all from outside. */
static void
verify_tell(FILE *to, const char *path, const char *what, sqlite3_stmt *s)
{
	struct buf line = BUF_INIT, clean = BUF_INIT;
	int column = 0;

	for (; *what != '\0'; what++) {
		const unsigned char *v;

		if (*what != '%') {
			buf_putc(&line, *what);
			continue;
		}
		v = sqlite3_column_text(s, column++);
		buf_puts(&line, v != NULL ? (const char *)v : "nothing");
	}
	text_clean(&clean, line.data, line.len, TEXT_LINE);
	fprintf(to, "%s%s: %s\n", to == stderr ? "chatsrv: verify: " : "", path,
	    buf_str(&clean));
	buf_fini(&line);
	buf_fini(&clean);
}

/* How many rows the query gave, each told; -1 when it could not be read. */
static int
verify_one(struct sqlite *db, FILE *to, const char *what, const char *query,
    char *why)
{
	sqlite3_stmt *s;
	int rc, n = 0;

	rc = sqlite3_prepare_v2(db->db, query, -1, &s, NULL);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(s);
		if (rc == SQLITE_ROW && ++n <= VERIFY_TOLD)
			verify_tell(to, db->path, what, s);
	}
	sqlite3_finalize(s);
	if (rc != SQLITE_DONE) {
		sqlite_why(why, db->path, sqlite3_errmsg(db->db));
		return -1;
	}
	if (n > VERIFY_TOLD)
		fprintf(to, "chatsrv: verify: %s: … and %d more\n", db->path,
		    n - VERIFY_TOLD);
	return n;
}

/* How many things are wrong; -1 when something could not be read. */
static int
verify_all(struct sqlite *db, char *why)
{
	int n, all = 0;

	for (size_t i = 0; i < sizeof(verifies) / sizeof(verifies[0]); i++) {
		bool well = verifies[i].well;

		if (all != 0 && (well || i == 1))
			break;
		n = verify_one(db, well ? stdout : stderr, verifies[i].what,
		    verifies[i].query, why);
		if (n < 0)
			return -1;
		if (!well)
			all += n;
	}
	return all;
}

/* Who could not look at it does not know; all else is the file's fault. */
static enum verify
verify_fault(sqlite3 *db)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_PERM:
		return VERIFY_UNKNOWN;
	default:
		return VERIFY_DAMAGED;
	}
}

static enum verify
verify_snapshot(struct sqlite *db, char *why)
{
	int n;

	if (!sqlite_ours(db, why) || !sqlite_understood(db, why) ||
	    !sqlite_exec(db, "BEGIN", why))
		return verify_fault(db->db);
	n = verify_all(db, why);
	if (n == 0)
		return VERIFY_WHOLE;
	if (n < 0)
		return verify_fault(db->db);
	snprintf(why, SQLITE_WHY, "%.150s: %d %s wrong", db->path, n,
	    n == 1 ? "thing is" : "things are");
	return VERIFY_DAMAGED;
}

enum verify
sqlite_verify(const char *path, char *why)
{
	struct sqlite db = { .turn_a = -1 };
	enum verify found = VERIFY_UNKNOWN;

	snprintf(db.path, sizeof(db.path), "%s", path);
	if (sqlite3_open_v2(path, &db.db, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		sqlite_why(why, path, sqlite3_errmsg(db.db));
	else {
		sqlite3_busy_timeout(db.db, VERIFY_WAIT_MS);
		found = verify_snapshot(&db, why);
	}
	sqlite3_close(db.db);
	return found;
}
