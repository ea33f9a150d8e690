/*
 * store_sqlite, copies: backup, restore and scrub, for the command line.
 *
 * A backup reads one snapshot of a store beside the servers that use it, scrub
 * takes its turn among the writers; a restore wants the place for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatsrv/store/store_sql.h"
#include "lib/clock.h"

#define COPY_WAIT_MS  10000 /* for those who are in the way */
#define COPY_AGAIN_US 10000

/* All at once: a snapshot, however busy the writers. */
static bool
copy_pages(struct sqlite *db, sqlite3 *to, const char *file, char *why)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", db->db, "main");
	int rc = SQLITE_ERROR;

	if (b != NULL) {
		sqlite3_backup_step(b, -1);
		rc = sqlite3_backup_finish(b);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(to,
		    "PRAGMA journal_mode = DELETE;"
		    "INSERT OR REPLACE INTO meta VALUES('copy', 1)",
		    NULL, NULL, NULL);
	return rc == SQLITE_OK || sqlite_why(why, file, sqlite3_errmsg(to));
}

/* The store in path, as a whole, to part, which is there and empty. */
static bool
copy_make(const char *path, const char *part, char *why)
{
	struct sqlite db = { .turn_a = -1 };
	sqlite3 *to = NULL;
	bool ok = false;

	snprintf(db.path, sizeof(db.path), "%s", path);
	if (sqlite3_open_v2(path, &db.db, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		sqlite_why(why, path, sqlite3_errmsg(db.db));
	else if (sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		sqlite_why(why, part, sqlite3_errmsg(to));
	else {
		sqlite3_busy_timeout(db.db, COPY_WAIT_MS);
		ok = sqlite_ours(&db, why) && sqlite_understood(&db, why) &&
		    copy_pages(&db, to, part, why);
	}
	sqlite3_close(to);
	sqlite3_close(db.db);
	return ok;
}

/* A name that was given is on the disk when its folder is. */
static bool
copy_sync_name(const char *file, char *why)
{
	char *copy = xstrdup(file);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		sqlite_why(why, file, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

/* Nobody meets half a copy: it is made beside and renamed. */
static bool
copy_whole(const char *from, const char *to, char *why)
{
	char part[PATH_MAX];
	int fd;

	if (snprintf(part, sizeof(part), "%s.part-XXXXXX", to) >=
	    (int)sizeof(part))
		return sqlite_why(why, to, strerror(ENAMETOOLONG));
	fd = mkstemp(part);
	if (fd < 0)
		return sqlite_why(why, to, strerror(errno));
	close(fd);
	if (copy_make(from, part, why)) {
		if (rename(part, to) == 0)
			return copy_sync_name(to, why);
		sqlite_why(why, to, strerror(errno));
	}
	unlink(part);
	return false;
}

bool
sqlite_backup(const char *path, const char *file, char *why)
{
	if (access(file, F_OK) == 0)
		return sqlite_why(why, file, "exists already");
	return copy_whole(path, file, why);
}

/* A log that another store left would be taken for the new one's. */
static bool
copy_room(const char *path, char *why)
{
	static const char *const parts[] = { "", "-wal", "-journal" };
	char name[PATH_MAX];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, parts[i]);
		if (access(name, F_OK) == 0)
			return sqlite_why(why, name,
			    "exists already; move it away first");
	}
	return true;
}

bool
sqlite_restore(const char *path, const char *file, char *why)
{
	bool ok;
	int hold;

	if (!copy_room(path, why))
		return false;
	hold = sqlite_hold(path, true, why);
	if (hold < 0)
		return false;
	ok = copy_whole(file, path, why);
	if (!ok)
		unlink(path); /* the empty one that was held */
	close(hold);
	return ok;
}

/* Again and again; in between others may write. */
static bool
copy_scrub_log(struct sqlite *db, char *why)
{
	int64_t end = clock_ms() + COPY_WAIT_MS;
	int rc;

	while ((rc = sqlite_end_log(db, SQLITE_LOG_EMPTY)) != SQLITE_OK) {
		if ((rc & 0xff) != SQLITE_BUSY)
			return sqlite_why(why, db->path,
			    sqlite3_errmsg(db->db));
		if (clock_ms() > end)
			return sqlite_why(why, db->path,
			    "another reads what is older (a backup?), and "
			    "deleted text may be there until it ends");
		usleep(COPY_AGAIN_US);
	}
	return true;
}

/*
 * secure_delete clears cells, but pages that were split or merged may keep
 * copies; VACUUM writes the file anew, and the truncated log holds nothing.
 */
bool
sqlite_scrub(const char *path, char *why)
{
	struct sqlite *db;
	bool ok;

	if (access(path, F_OK) != 0)
		return sqlite_why(why, path, strerror(errno));
	db = sqlite_open(path, SQLITE_WRITER, why);
	if (db == NULL)
		return false;
	sqlite_turn_in(db);
	ok = sqlite_exec(db, "VACUUM", why);
	sqlite_turn_out(db);
	ok = ok && copy_scrub_log(db, why);
	sqlite_close(db);
	return ok;
}
