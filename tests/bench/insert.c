/*
 * insert: what the store's file alone can do, without a server around it.
 *
 *	insert --db FILE --batch B [--seconds S] [--text BYTES]
 *	insert --db FILE --fill N [--text BYTES]
 *
 * FILE is a store that chatsrv made, with a room and a guest in it; no server
 * has it open.  The first form repeats one transaction as the server's writer
 * makes it for B sends (B may have a fraction: the mean), with its own
 * statements (sql.def) and settings, and measures fdatasync(2) of appended
 * pages beside it.  The second puts N messages into the room, for stores that
 * have a past.  Both print one line of JSON.
 *
 * No checkpoint falls into the measured time, and the log's file stays from
 * run to run, so that the loop is at its best.
 */
#include "tests/bench/meter.h"

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILL_BATCH 10000
#define SYNCS	   200
#define PAGE	   4096

enum sql {
#define SQL(name, text) SQL_##name,
#include "chatsrv/store/sql.def"
#undef SQL
	SQL__COUNT
};

static const char *const sql_texts[SQL__COUNT] = {
#define SQL(name, text) [SQL_##name] = text,
#include "chatsrv/store/sql.def"
#undef SQL
};

struct insert {
	sqlite3 *db;
	sqlite3_stmt *begin, *head, *put, *move, *commit;
	sqlite3_int64 room, actor;
	char *text;
	int text_bytes;
	uint64_t rows;
};

static void
die(struct insert *in, const char *what)
{
	errx(1, "%s: %s", what, sqlite3_errmsg(in->db));
}

static void
exec(struct insert *in, const char *sql)
{
	if (sqlite3_exec(in->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(in, sql);
}

static sqlite3_stmt *
prepare(struct insert *in, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v3(in->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s,
		NULL) != SQLITE_OK)
		die(in, sql);
	return s;
}

/* A statement that gives no row. */
static void
run(struct insert *in, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		die(in, sqlite3_sql(s));
	sqlite3_reset(s);
}

static sqlite3_int64
first_number(struct insert *in, sqlite3_stmt *s)
{
	sqlite3_int64 v;

	if (sqlite3_step(s) != SQLITE_ROW)
		die(in, sqlite3_sql(s));
	v = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return v;
}

static sqlite3_int64
ask(struct insert *in, const char *sql)
{
	sqlite3_stmt *s = prepare(in, sql);
	sqlite3_int64 v = first_number(in, s);

	sqlite3_finalize(s);
	return v;
}

/* The settings are those of store_sqlite.c. */
static void
insert_open(struct insert *in, const char *path)
{
	int keep = 1;

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(path, &in->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		die(in, path);
	exec(in,
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
	    "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;"
	    "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;"
	    "PRAGMA temp_store = MEMORY");
	sqlite3_file_control(in->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep);
	in->room = ask(in, "SELECT max(id) FROM room");
	in->actor = ask(in, "SELECT max(id) FROM identity");
	in->begin = prepare(in, sql_texts[SQL_begin]);
	in->head = prepare(in, sql_texts[SQL_room_head]);
	in->put = prepare(in, sql_texts[SQL_entry_put]);
	in->move = prepare(in, sql_texts[SQL_room_move]);
	in->commit = prepare(in, sql_texts[SQL_commit]);
}

static void
insert_close(struct insert *in)
{
	sqlite3_finalize(in->begin);
	sqlite3_finalize(in->head);
	sqlite3_finalize(in->put);
	sqlite3_finalize(in->move);
	sqlite3_finalize(in->commit);
	if (sqlite3_close(in->db) != SQLITE_OK)
		die(in, "close");
}

/* A message of a guest without a nonce, as store_sqlite_post.c binds it. */
static void
put_entry(struct insert *in, sqlite3_int64 seq, sqlite3_int64 at)
{
	sqlite3_stmt *s = in->put;

	sqlite3_bind_int64(s, 1, in->room);
	sqlite3_bind_int64(s, 2, seq);
	sqlite3_bind_int64(s, 3, at);
	sqlite3_bind_int64(s, 4, 1);
	sqlite3_bind_int64(s, 5, in->actor);
	sqlite3_bind_int64(s, 6, 1);
	sqlite3_bind_text(s, 7, "b00000", 6, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, in->text, in->text_bytes, SQLITE_STATIC);
	for (int i = 12; i <= 14; i++)
		sqlite3_bind_int64(s, i, 0);
	run(in, s);
}

/* One transaction of `count` sends. */
static void
put_batch(struct insert *in, unsigned count)
{
	struct timespec ts;
	sqlite3_int64 seq, at;

	clock_gettime(CLOCK_REALTIME, &ts);
	at = (sqlite3_int64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	run(in, in->begin);
	sqlite3_bind_int64(in->head, 1, in->room);
	seq = first_number(in, in->head);
	for (unsigned i = 0; i < count; i++)
		put_entry(in, ++seq, at);
	sqlite3_bind_int64(in->move, 1, seq);
	sqlite3_bind_int64(in->move, 2, at);
	sqlite3_bind_int64(in->move, 3, in->room);
	run(in, in->move);
	run(in, in->commit);
	in->rows += count;
}

/* p50 and p99 of fdatasync after appending a page, beside the store's file. */
static void
measure_sync(const char *path, struct meter *m)
{
	char name[4096], page[PAGE];
	int fd;

	snprintf(name, sizeof name, "%s-sync", path);
	memset(page, 's', sizeof page);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", name);
	for (unsigned i = 0; i < SYNCS; i++) {
		uint64_t start;

		if (write(fd, page, sizeof page) != sizeof page)
			err(1, "%s", name);
		start = meter_now();
		if (fdatasync(fd) != 0)
			err(1, "fdatasync");
		meter_add(m, meter_now() - start);
	}
	close(fd);
	unlink(name);
}

static void
loop(struct insert *in, const char *path, double batch, double seconds)
{
	static struct meter commit, sync;
	uint64_t start, now, end;
	double due = 0;

	exec(in, "PRAGMA wal_checkpoint(RESTART)");
	put_batch(in, 1);
	in->rows = 0;
	start = now = meter_now();
	end = start + (uint64_t)(seconds * 1e9);
	while (now < end) {
		uint64_t before = now;

		due += batch;
		put_batch(in, due >= 1 ? (unsigned)due : 1);
		due -= (unsigned)due;
		now = meter_now();
		meter_add(&commit, now - before);
	}
	measure_sync(path, &sync);
	printf(
	    "{\"rows\":%llu,\"elapsed\":%.6f,\"batches\":%llu,"
	    "\"batch_p50\":%.4f,\"batch_p99\":%.4f,"
	    "\"fdatasync_p50\":%.4f,\"fdatasync_p99\":%.4f}\n",
	    (unsigned long long)in->rows, (double)(now - start) / 1e9,
	    (unsigned long long)commit.count, meter_ms(&commit, 0.5),
	    meter_ms(&commit, 0.99), meter_ms(&sync, 0.5),
	    meter_ms(&sync, 0.99));
}

/* Nothing to be measured here: the last checkpoint makes it durable. */
static void
fill(struct insert *in, uint64_t rows)
{
	exec(in, "PRAGMA synchronous = OFF");
	while (in->rows < rows) {
		uint64_t left = rows - in->rows;

		put_batch(in, left < FILL_BATCH ? (unsigned)left : FILL_BATCH);
		if (in->rows % (10 * FILL_BATCH) == 0)
			exec(in, "PRAGMA wal_checkpoint(PASSIVE)");
	}
	exec(in, "PRAGMA synchronous = FULL");
	exec(in, "PRAGMA wal_checkpoint(TRUNCATE)");
	printf("{\"rows\":%llu}\n", (unsigned long long)in->rows);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "batch", required_argument, NULL, 'b' },
		{ "seconds", required_argument, NULL, 's' },
		{ "text", required_argument, NULL, 't' },
		{ "fill", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct insert in = { .text_bytes = 100 };
	const char *path = NULL;
	double batch = 0, seconds = 1;
	uint64_t rows = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			path = optarg;
			break;
		case 'b':
			batch = strtod(optarg, NULL);
			break;
		case 's':
			seconds = strtod(optarg, NULL);
			break;
		case 't':
			in.text_bytes = atoi(optarg);
			break;
		case 'f':
			rows = strtoull(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (path == NULL || (batch <= 0) == (rows == 0) || in.text_bytes < 0)
		errx(2, "say --db FILE and one of --batch B, --fill N");
	in.text = malloc((size_t)in.text_bytes + 1);
	if (in.text == NULL)
		err(1, "malloc");
	memset(in.text, 'x', (size_t)in.text_bytes);
	insert_open(&in, path);
	if (rows > 0)
		fill(&in, rows);
	else
		loop(&in, path, batch, seconds);
	insert_close(&in);
	free(in.text);
	return 0;
}
