/*
 * outbox_file: the folder of the journals, and who owns which.
 *
 * An owner holds flock(2) on his file as long as he lives.  Who starts locks
 * every file that nobody holds, writes their lines into one of his own, which
 * gets its name only when it is whole and on the disk, and removes them then.
 * A line may so stand in two files after a kill; its nonce tells.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatcli/outbox_file.h"

struct orphan { /* a file whose owner has ended; locked */
	char *name;
	int fd;
	bool whole; /* not whole: it holds only copies */
	int64_t at; /* when its first line was typed */
};

struct orphans {
	struct orphan *v;
	size_t n;
};

static bool
outbox_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* The lock may have come after the last owner removed the file. */
static int
outbox_lock(int dir, const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0 ||
	    st.st_nlink == 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
outbox_read_file(struct outbox *ob, int fd)
{
	struct buf b = BUF_INIT;
	ssize_t n;

	do {
		n = read(fd, buf_room(&b, 65536), 65536);
		if (n > 0)
			buf_took(&b, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0) {
		buf_str(&b);
		outbox_read(ob, b.data);
	}
	buf_fini(&b);
	return n == 0;
}

/* "0123abcd add MS ...", or 0 */
static int64_t
outbox_first_at(int fd)
{
	char head[64];
	ssize_t n = pread(fd, head, sizeof(head) - 1, 0);

	head[n > 0 ? n : 0] = '\0';
	return strlen(head) > 13 && memcmp(head + 9, "add ", 4) == 0 ?
	    strtoll(head + 13, NULL, 10) :
	    0;
}

static int
outbox_by_time(const void *a, const void *b)
{
	const struct orphan *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* What was typed first is read first, and so goes first. */
static bool
outbox_adopt(struct outbox *ob, struct orphans *os, struct buf *error)
{
	DIR *d = fdopendir(dup(ob->dir));
	struct dirent *e;
	bool ok = d != NULL;

	while (ok && (e = readdir(d)) != NULL) {
		bool whole = outbox_ends(e->d_name, ".journal");
		int fd;

		if (!whole && !outbox_ends(e->d_name, ".new"))
			continue;
		fd = outbox_lock(ob->dir, e->d_name);
		if (fd < 0)
			continue;
		os->v = xrealloc(os->v, (os->n + 1) * sizeof(os->v[0]));
		os->v[os->n++] = (struct orphan){ xstrdup(e->d_name), fd, whole,
			outbox_first_at(fd) };
	}
	if (d != NULL)
		closedir(d);
	if (os->n > 0)
		qsort(os->v, os->n, sizeof(os->v[0]), outbox_by_time);
	for (size_t i = 0; ok && i < os->n; i++)
		if (os->v[i].whole && !outbox_read_file(ob, os->v[i].fd)) {
			buf_printf(error, "%s: %s", os->v[i].name,
			    strerror(errno));
			ok = false;
		}
	return ok;
}

static void
outbox_orphans_free(struct outbox *ob, struct orphans *os, bool remove)
{
	for (size_t i = 0; i < os->n; i++) {
		if (remove)
			unlinkat(ob->dir, os->v[i].name, 0);
		close(os->v[i].fd);
		free(os->v[i].name);
	}
	free(os->v);
}

/*
 * Makes an own file under a name that says that it isn't whole.  Somebody who
 * starts at this moment may take it for left over, before it is locked.
 */
static bool
outbox_create(struct outbox *ob, const char *name)
{
	struct stat st;

	ob->fd = openat(ob->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (ob->fd < 0)
		return false;
	if (flock(ob->fd, LOCK_EX) == 0 && fstat(ob->fd, &st) == 0 &&
	    st.st_nlink != 0)
		return true;
	close(ob->fd);
	ob->fd = -1;
	errno = EEXIST;
	return false;
}

int
outbox_file_name(struct outbox *ob)
{
	if (!ob->named && fsync(ob->dir) != 0)
		return errno;
	ob->named = true;
	return 0;
}

/* Writes the taken-over lines into a file that is ours. */
static bool
outbox_settle(struct outbox *ob, struct buf *error)
{
	char id[OUTBOX_NONCE], fresh[64];
	int e;

	do {
		outbox_nonce(id);
		snprintf(fresh, sizeof(fresh), "%s.new", id);
		e = outbox_create(ob, fresh) ? 0 : errno;
	} while (e == EEXIST);
	snprintf(ob->name, sizeof(ob->name), "%s.journal", id);
	for (size_t i = 0; i < ob->n; i++)
		outbox_record_line(ob, ob->lines[i]);
	if (e == 0 && outbox_begin(ob)) {
		e = outbox_write(ob);
		outbox_end(ob, e);
	}
	if (e == 0 && renameat(ob->dir, fresh, ob->dir, ob->name) != 0)
		e = errno;
	/* An empty file's name may wait for its first record. */
	ob->named = false;
	if (e == 0 && ob->n > 0)
		e = outbox_file_name(ob);
	if (e != 0)
		buf_printf(error, "%s: %s", fresh, strerror(e));
	return e == 0;
}

struct outbox *
outbox_open(const char *path, struct buf *error)
{
	struct outbox *ob = xcalloc(1, sizeof(*ob));
	struct orphans os = { NULL, 0 };
	bool ok;

	ob->fd = -1;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		ob->dir = -1;
	else
		ob->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = ob->dir >= 0;
	if (!ok)
		buf_puts(error, strerror(errno));
	ok = ok && outbox_adopt(ob, &os, error) && outbox_settle(ob, error);
	outbox_orphans_free(ob, &os, ok);
	if (ok)
		return ob;
	outbox_file_close(ob);
	buf_reset(&ob->out);
	buf_reset(&ob->disk);
	ob->dir = ob->fd = -1;
	outbox_close(ob);
	return NULL;
}

void
outbox_file_close(struct outbox *ob)
{
	if (ob->fd >= 0 && ob->dir >= 0 && ob->n == 0)
		unlinkat(ob->dir, ob->name, 0);
	if (ob->fd >= 0)
		close(ob->fd);
	if (ob->dir >= 0)
		close(ob->dir);
}
