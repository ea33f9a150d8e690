/*
 * store_sqlite: opening, transactions and checkpoints.
 *
 * WAL with synchronous=FULL: with less, what was acknowledged is gone after a
 * power cut.  secure_delete: what is deleted leaves the file's pages at once.
 * SQLite's headers are used in the store_sql* files only.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatsrv/store/store_sql.h"
#include "chatsrv/token.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SQLITE_PAGE	4096
#define SQLITE_BUSY_MS	10000 /* who is in the way of a statement may take */
#define SQLITE_SHORT_MS 100   /* … of emptying the log */
#define SQLITE_WAIT_US	1000  /* looks again so often */
#define SQLITE_TURN_US	100   /* … for the turn of another process */
#define SQLITE_STEPS	10000 /* of a statement, between looks at stopping */

static const char *const sql_texts[SQL__COUNT] = {
#define SQL(name, text) [SQL_##name] = text,
#include "chatsrv/store/sql.def"
#undef SQL
};

static enum sqlite_fate
sqlite_fate_of(int rc)
{
	switch (rc) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return SQLITE_FINE;
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_DIR_FSYNC:
		return SQLITE_BROKEN;
	default:
		return SQLITE_UNDONE;
	}
}

/* The worst fate of a request stays. */
static void
sqlite_note(struct sqlite *db, int rc)
{
	enum sqlite_fate fate = sqlite_fate_of(rc);

	if (fate > db->fate)
		db->fate = fate;
	if (fate != SQLITE_FINE && rc != SQLITE_INTERRUPT)
		log_error("store: %s (%d)", sqlite3_errmsg(db->db), rc);
}

sqlite3_stmt *
sql_get(struct sqlite *db, enum sql which)
{
	sqlite3_stmt **s = &db->stmts[which];

	if (*s == NULL)
		sqlite_note(db,
		    sqlite3_prepare_v3(db->db, sql_texts[which], -1,
			SQLITE_PREPARE_PERSISTENT, s, NULL));
	sqlite3_reset(*s);
	return *s;
}

/*
 * Some faults make SQLite roll back by itself.  What the request would do
 * next is not done then: it would be committed alone, and at once.
 */
static bool
sql_may(const struct sqlite *db, const sqlite3_stmt *s)
{
	return s != NULL && db->fate == SQLITE_FINE;
}

bool
sql_row(struct sqlite *db, sqlite3_stmt *s)
{
	int rc;

	if (!sql_may(db, s))
		return false;
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		return true;
	sqlite_note(db, rc);
	sqlite3_reset(s);
	return false;
}

bool
sql_run(struct sqlite *db, sqlite3_stmt *s)
{
	int rc;

	if (!sql_may(db, s))
		return false;
	rc = sqlite3_step(s);
	sqlite_note(db, rc);
	sqlite3_reset(s);
	return rc == SQLITE_DONE;
}

void
sql_int(sqlite3_stmt *s, int at, int64_t v)
{
	sqlite3_bind_int64(s, at, v);
}

void
sql_text(sqlite3_stmt *s, int at, const char *v)
{
	sqlite3_bind_text(s, at, v, -1, SQLITE_STATIC);
}

void
sql_str(sqlite3_stmt *s, int at, struct str v)
{
	if (v.n == 0)
		sqlite3_bind_null(s, at);
	else
		sqlite3_bind_text64(s, at, v.p, v.n, SQLITE_STATIC,
		    SQLITE_UTF8);
}

void
sql_blob(sqlite3_stmt *s, int at, const void *p, size_t n)
{
	sqlite3_bind_blob64(s, at, p, n, SQLITE_STATIC);
}

void
sql_copy(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const unsigned char *t = sqlite3_column_text(s, column);

	snprintf(out, size, "%s", t != NULL ? (const char *)t : "");
}

bool
sqlite_why(char *why, const char *path, const char *what)
{
	snprintf(why, SQLITE_WHY, "%.150s: %.100s", path, what);
	return false;
}

bool
sqlite_exec(struct sqlite *db, const char *sql, char *why)
{
	if (sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return sqlite_why(why, db->path, sqlite3_errmsg(db->db));
}

/* meta's value as a number, or `other` when there is none. */
static int64_t
sqlite_meta_int(struct sqlite *db, const char *key, int64_t other)
{
	sqlite3_stmt *s;
	int64_t v = other;

	if (sqlite3_prepare_v2(db->db, "SELECT value FROM meta WHERE key = ?",
		-1, &s, NULL) != SQLITE_OK)
		return other;
	sql_text(s, 1, key);
	if (sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

static bool
sqlite_meta_blob(struct sqlite *db, const char *key, void *out, size_t n)
{
	sqlite3_stmt *s;
	bool ok = false;

	if (sqlite3_prepare_v2(db->db, "SELECT value FROM meta WHERE key = ?",
		-1, &s, NULL) != SQLITE_OK)
		return false;
	sql_text(s, 1, key);
	if (sqlite3_step(s) == SQLITE_ROW &&
	    (size_t)sqlite3_column_bytes(s, 0) == n) {
		memcpy(out, sqlite3_column_blob(s, 0), n);
		ok = true;
	}
	sqlite3_finalize(s);
	return ok;
}

/*
 * A store that was made by a backup is another one: its numbers above the
 * backup's end will mean something else, so it gets a new id and epoch.
 */
static bool
sqlite_new_self(struct sqlite *db, char *why)
{
	return sqlite_exec(db,
	    "INSERT OR REPLACE INTO meta VALUES('store_id', randomblob(16));"
	    "INSERT OR REPLACE INTO meta VALUES('epoch', randomblob(5));"
	    "INSERT OR IGNORE INTO meta VALUES('secret', randomblob(32));"
	    "DELETE FROM nick; DELETE FROM node;"
	    "DELETE FROM meta WHERE key = 'copy'",
	    why);
}

bool
sqlite_understood(struct sqlite *db, char *why)
{
	int64_t needs = sqlite_meta_int(db, "compatible_from", 0);
	size_t n;

	schema_migrations(&n);
	if (needs <= (int64_t)n)
		return true;
	snprintf(why, SQLITE_WHY,
	    "%.120s was written by a newer chatsrv: it "
	    "needs schema %lld, this one has %zu",
	    db->path, (long long)needs, n);
	return false;
}

static bool
sqlite_migrate(struct sqlite *db, char *why)
{
	size_t n;
	const struct schema_migration *m = schema_migrations(&n);
	int64_t version;
	char put[256];

	if (!sqlite_exec(db,
		"CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY "
		"KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
		why))
		return false;
	version = sqlite_meta_int(db, "version", 0);
	for (int64_t v = version; v < (int64_t)n; v++) {
		if (!sqlite_exec(db, m[v].sql, why))
			return false;
		snprintf(put, sizeof(put),
		    "INSERT OR REPLACE INTO meta "
		    "VALUES('version', %lld), ('compatible_from', %lld)",
		    (long long)v + 1, (long long)m[v].compatible_from);
		if (!sqlite_exec(db, put, why))
			return false;
	}
	if (version == 0 || sqlite_meta_int(db, "copy", 0) != 0)
		return sqlite_new_self(db, why);
	return true;
}

bool
sqlite_ours(struct sqlite *db, char *why)
{
	sqlite3_stmt *s;
	int tables = 0, meta = 0;

	if (sqlite3_prepare_v2(db->db,
		"SELECT count(*), "
		"coalesce(sum(name = 'meta'), 0) FROM sqlite_schema",
		-1, &s, NULL) != SQLITE_OK)
		return sqlite_why(why, db->path, sqlite3_errmsg(db->db));
	if (sqlite3_step(s) == SQLITE_ROW) {
		tables = sqlite3_column_int(s, 0);
		meta = sqlite3_column_int(s, 1);
	}
	sqlite3_finalize(s);
	if (tables != 0 && meta == 0)
		return sqlite_why(why, db->path,
		    "is a database, but not one of chatsrv");
	return true;
}

static bool
sqlite_load_meta(struct sqlite *db, char *why)
{
	unsigned char epoch[5];

	if (!sqlite_meta_blob(db, "epoch", epoch, sizeof(epoch)) ||
	    !sqlite_meta_blob(db, "store_id", db->id, sizeof(db->id)) ||
	    !sqlite_meta_blob(db, "secret", db->secret, sizeof(db->secret)))
		return sqlite_why(why, db->path,
		    "is not a store of chatsrv (meta is damaged)");
	token_text(epoch, sizeof(epoch), db->epoch, sizeof(db->epoch));
	token_random(db->node, sizeof(db->node));
	return true;
}

static int
sqlite_wal_hook(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct sqlite *db = arg;

	(void)handle, (void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* Nobody is waited for any longer. */
static bool
sqlite_hurried(const struct sqlite *db)
{
	return atomic_load(&db->stopping) ||
	    (db->until != 0 && clock_ms() >= db->until);
}

/* SQLite asks whether to wait: the file is busy. */
static int
sqlite_busy(void *arg, int times)
{
	if (sqlite_hurried(arg) ||
	    times >= SQLITE_BUSY_MS * 1000 / SQLITE_WAIT_US)
		return 0;
	usleep(SQLITE_WAIT_US);
	return 1;
}

/* … and, in a long statement, whether to give up. */
static int
sqlite_progress(void *arg)
{
	return atomic_load(&((struct sqlite *)arg)->stopping);
}

void
sqlite_stop(struct sqlite *db)
{
	atomic_store(&db->stopping, true);
	sqlite3_interrupt(db->db);
}

/* A lock belongs to the file, by whatever name: path is its real one. */
static int
sqlite_open_turn(const char *path, const char *suffix)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s-%s", path, suffix);
	return open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static bool
sqlite_turn_lock(const struct sqlite *db, int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (sqlite_hurried(db))
			return false;
		usleep(SQLITE_TURN_US);
	}
	return true;
}

/* Whoever waits for b holds a, so the next in line is always one. */
bool
sqlite_turn_in(struct sqlite *db)
{
	bool in = sqlite_turn_lock(db, db->turn_a) &&
	    sqlite_turn_lock(db, db->turn_b);

	flock(db->turn_a, LOCK_UN);
	return in;
}

void
sqlite_turn_out(struct sqlite *db)
{
	flock(db->turn_b, LOCK_UN);
}

/* What an earlier process deleted may be in the log that it left. */
static bool
sqlite_log_left(const char *path)
{
	char name[4200];
	struct stat st;

	snprintf(name, sizeof(name), "%s-wal", path);
	return stat(name, &st) == 0 && st.st_size != 0;
}

/* In our turn; who fails closes, and so the turn is over in any case. */
static bool
sqlite_set_up_file(struct sqlite *db, char *why)
{
	if (!sqlite_exec(db, "PRAGMA journal_mode = WAL", why) ||
	    !sqlite_exec(db, "BEGIN IMMEDIATE", why))
		return false;
	if (!sqlite_migrate(db, why)) {
		sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	return sqlite_exec(db, "COMMIT", why);
}

static bool
sqlite_set_up_writer(struct sqlite *db, char *why)
{
	const char *real = sqlite3_db_filename(db->db, "main");

	db->turn_a = sqlite_open_turn(real, "turn-a");
	db->turn_b = sqlite_open_turn(real, "turn-b");
	if (db->turn_a < 0 || db->turn_b < 0)
		return sqlite_why(why, db->path, strerror(errno));
	if (!sqlite_ours(db, why) || !sqlite_understood(db, why))
		return false;
	db->dirty = sqlite_log_left(real);
	sqlite_turn_in(db);
	if (!sqlite_set_up_file(db, why))
		return false;
	sqlite_turn_out(db);
	sqlite3_wal_hook(db->db, sqlite_wal_hook, db);
	return true;
}

static bool
sqlite_set_up(struct sqlite *db, enum sqlite_role role, char *why)
{
	sqlite3_busy_handler(db->db, sqlite_busy, db);
	sqlite3_progress_handler(db->db, SQLITE_STEPS, sqlite_progress, db);
	sqlite3_extended_result_codes(db->db, 1);
	/* Not behind our back: an fsync that failed is never tried again. */
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (!sqlite_exec(db,
		"PRAGMA trusted_schema = OFF;"
		"PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;"
		"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
		"PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;"
		"PRAGMA temp_store = MEMORY",
		why))
		return false;
	if (role == SQLITE_READER)
		return sqlite_exec(db, "PRAGMA query_only = ON", why);
	return sqlite_set_up_writer(db, why);
}

struct sqlite *
sqlite_open(const char *path, enum sqlite_role role, char *why)
{
	struct sqlite *db = xcalloc(1, sizeof(*db));
	mode_t mask;
	int rc;

	/* No account of its memory: that costs a lock for each piece. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	db->turn_a = db->turn_b = -1;
	snprintf(db->path, sizeof(db->path), "%s", path);
	mask = umask(077);
	rc = sqlite3_open_v2(path, &db->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		(role == SQLITE_WRITER ? SQLITE_OPEN_CREATE : 0),
	    NULL);
	if (rc != SQLITE_OK)
		sqlite_why(why, path, sqlite3_errmsg(db->db));
	else if (sqlite_set_up(db, role, why) && sqlite_load_meta(db, why)) {
		umask(mask);
		return db;
	}
	umask(mask);
	sqlite_close(db);
	return NULL;
}

void
sqlite_close(struct sqlite *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < SQL__COUNT; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->db);
	if (db->turn_a >= 0)
		close(db->turn_a);
	if (db->turn_b >= 0)
		close(db->turn_b);
	free(db);
}

/*
 * The file's real name, of size PATH_MAX.  It is made if need be; one that is
 * there is not opened, since closing it would end SQLite's own locks.
 */
static bool
sqlite_real(const char *path, char *out)
{
	int fd;

	if (realpath(path, out) != NULL)
		return true;
	if (errno != ENOENT)
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return realpath(path, out) != NULL;
}

int
sqlite_hold(const char *path, bool alone, char *why)
{
	char real[PATH_MAX];
	int fd = -1;

	if (sqlite_real(path, real))
		fd = sqlite_open_turn(real, "lock");
	if (fd < 0) {
		sqlite_why(why, path, strerror(errno));
		return -1;
	}
	if (flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
		return fd;
	snprintf(why, SQLITE_WHY,
	    "%.120s is in use by another chatsrv, and "
	    "the channel memory: serves by one process alone",
	    path);
	close(fd);
	return -1;
}

enum sqlite_fate
sqlite_begin(struct sqlite *db)
{
	db->fate = SQLITE_FINE;
	db->nheads = 0;
	db->deleted = false;
	if (atomic_load(&db->stopping) || !sqlite_turn_in(db))
		return SQLITE_UNDONE;
	db->now = clock_wall_ms();
	if (!sql_run(db, sql_get(db, SQL_begin)))
		sqlite_turn_out(db);
	return db->fate;
}

enum sqlite_fate
sqlite_commit(struct sqlite *db)
{
	db->fate = SQLITE_FINE;
	sqlite_move_heads(db);
	if (db->fate == SQLITE_FINE)
		sql_run(db, sql_get(db, SQL_commit));
	if (db->fate == SQLITE_FINE) {
		db->dirty |= db->deleted;
		sqlite_turn_out(db);
	}
	return db->fate;
}

void
sqlite_undo(struct sqlite *db)
{
	if (!sqlite3_get_autocommit(db->db))
		sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
}

void
sqlite_rollback(struct sqlite *db)
{
	sqlite_undo(db);
	sqlite_turn_out(db);
}

enum sqlite_fate
sqlite_run(struct sqlite *db, struct store_req *req)
{
	db->fate = SQLITE_FINE;
	req->err = ERR_OK;
	if (atomic_load(&db->stopping))
		return SQLITE_UNDONE;
	switch (req->op) {
#define STORE_OP(name, rw)                                     \
	case STORE_##name:                                     \
		sqlite_##name(db, (struct store_##name *)req); \
		break;
		STORE_OPS(STORE_OP)
#undef STORE_OP
	case STORE_OP__COUNT:
		break;
	}
	return db->fate;
}

int64_t
sqlite_wal(const struct sqlite *db)
{
	return (int64_t)db->wal_pages * SQLITE_PAGE;
}

bool
sqlite_dirty(const struct sqlite *db)
{
	return db->dirty;
}

/*
 * Nobody can write meanwhile, so who reads what is older (a backup may for
 * minutes) is waited for a short time only.
 */
int
sqlite_end_log(struct sqlite *db, enum sqlite_log to)
{
	int rc = SQLITE_BUSY;

	if (atomic_load(&db->stopping))
		return rc;
	db->until = clock_ms() + SQLITE_SHORT_MS;
	if (sqlite_turn_in(db)) {
		rc = sqlite3_wal_checkpoint_v2(db->db, NULL,
		    to == SQLITE_LOG_EMPTY ? SQLITE_CHECKPOINT_TRUNCATE :
					     SQLITE_CHECKPOINT_RESTART,
		    NULL, NULL);
		sqlite_turn_out(db);
	}
	db->until = 0;
	if (rc == SQLITE_OK) {
		db->wal_pages = 0;
		db->dirty = db->dirty && to != SQLITE_LOG_EMPTY;
	}
	return rc;
}

enum sqlite_fate
sqlite_checkpoint(struct sqlite *db, enum sqlite_log to)
{
	int rc = to == SQLITE_LOG_GOES_ON ?
	    sqlite3_wal_checkpoint_v2(db->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
		NULL, NULL) :
	    sqlite_end_log(db, to);

	/* A reader in the way is no fault; the next time will do. */
	if ((rc & 0xff) == SQLITE_BUSY)
		return SQLITE_UNDONE;
	db->fate = SQLITE_FINE;
	sqlite_note(db, rc);
	return db->fate;
}

const unsigned char *
sqlite_secret(const struct sqlite *db)
{
	return db->secret;
}

const unsigned char *
sqlite_id(const struct sqlite *db)
{
	return db->id;
}
