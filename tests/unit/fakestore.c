/*
 * fakestore: two queues and two connections.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chatsrv/store/store_sqlite.h"
#include "tests/unit/fakestore.h"

#define STORE_PATH 400 /* bytes of a file's name */

struct queue {
	struct store_req *head, **tail;
};

static struct store {
	char folder[256], name[64];
	int life; /* how often it was killed */
	bool dead;
	struct sqlite *writer, *reader;
	struct queue writes, reads;
} fake;

static bool
fakestore_is_write(enum store_op op)
{
	enum { WRITE = 1, READ = 0 };
	static const bool writes[STORE_OP__COUNT] = {
#define STORE_OP(name, rw) [STORE_##name] = rw,
		STORE_OPS(STORE_OP)
#undef STORE_OP
	};

	return writes[op];
}

static void
queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void
fakestore_path(char out[STORE_PATH], int life, const char *end)
{
	snprintf(out, STORE_PATH, "%s/%s-%d.db%s", fake.folder, fake.name, life,
	    end);
}

bool
fakestore_init(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(fake.folder, sizeof(fake.folder), "%s/talk.XXXXXX",
	    tmp != NULL && strlen(tmp) < 200 ? tmp : "/tmp");
	if (mkdtemp(fake.folder) != NULL)
		return true;
	printf("Bail out! %s: %s\n", fake.folder, strerror(errno));
	return false;
}

void
fakestore_fini(void)
{
	DIR *d = opendir(fake.folder);
	struct dirent *e;
	struct buf path = BUF_INIT;

	while (d != NULL && (e = readdir(d)) != NULL) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", fake.folder, e->d_name);
		unlink(buf_str(&path));
	}
	buf_fini(&path);
	if (d != NULL)
		closedir(d);
	rmdir(fake.folder);
}

void
fakestore_name(const char *name)
{
	snprintf(fake.name, sizeof(fake.name), "%s", name);
	fake.life = 0;
}

struct store *
fakestore_open(void)
{
	char path[STORE_PATH], why[SQLITE_WHY] = "";

	fake.dead = false;
	queue_init(&fake.writes);
	queue_init(&fake.reads);
	fakestore_path(path, fake.life, "");
	fake.writer = sqlite_open(path, SQLITE_WRITER, why);
	if (fake.writer != NULL)
		fake.reader = sqlite_open(path, SQLITE_READER, why);
	if (fake.reader != NULL)
		return &fake;
	printf("# %s\n", why);
	fakestore_close();
	return NULL;
}

void
fakestore_close(void)
{
	sqlite_close(fake.reader);
	sqlite_close(fake.writer);
	fake.reader = fake.writer = NULL;
}

static void
fakestore_copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char bytes[65536];
	size_t n;

	while (in != NULL && out != NULL &&
	    (n = fread(bytes, 1, sizeof(bytes), in)) != 0)
		fwrite(bytes, 1, n, out);
	if (in != NULL)
		fclose(in);
	if (out != NULL)
		fclose(out);
}

/* The next life begins with copies: closing the old files changes them. */
void
fakestore_kill(void)
{
	static const char *const ends[] = { "", "-wal" };
	char from[STORE_PATH], to[STORE_PATH];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		fakestore_path(from, fake.life, ends[i]);
		fakestore_path(to, fake.life + 1, ends[i]);
		fakestore_copy(from, to);
	}
	fake.life++;
	fake.dead = true;
}

static void
fakestore_write(struct store_req *r)
{
	enum sqlite_fate fate = SQLITE_UNDONE;
	struct store_req *at = r;

	if (!fake.dead && sqlite_begin(fake.writer) == SQLITE_FINE) {
		fate = SQLITE_FINE;
		for (; at != NULL && fate == SQLITE_FINE; at = at->next)
			fate = sqlite_run(fake.writer, at);
		if (fate == SQLITE_FINE)
			fate = sqlite_commit(fake.writer);
		if (fate != SQLITE_FINE)
			sqlite_rollback(fake.writer);
	}
	if (fate != SQLITE_FINE)
		for (at = r; at != NULL; at = at->next)
			at->err = ERR_UNAVAILABLE;
}

static void
fakestore_answer(struct store_req *r)
{
	while (r != NULL) {
		struct store_req *next = r->next;

		r->done(r);
		r = next;
	}
}

bool
fakestore_turn(void)
{
	struct store_req *writes = fake.writes.head, *reads = fake.reads.head;

	if (writes == NULL && reads == NULL)
		return false;
	queue_init(&fake.writes);
	queue_init(&fake.reads);
	for (struct store_req *r = reads; r != NULL; r = r->next)
		if (fake.dead || sqlite_run(fake.reader, r) != SQLITE_FINE)
			r->err = ERR_UNAVAILABLE;
	if (writes != NULL)
		fakestore_write(writes);
	fakestore_answer(writes);
	fakestore_answer(reads);
	return true;
}

/* In the place of store_worker.c's. */
void
store_submit(struct store *st, struct store_req *r)
{
	struct queue *q = fakestore_is_write(r->op) ? &fake.writes :
						      &fake.reads;

	(void)st; /* NULL while the server goes away */
	r->next = NULL;
	*q->tail = r;
	q->tail = &r->next;
}

const unsigned char *
store_secret(const struct store *st)
{
	return sqlite_secret(st->writer);
}
