/*
 * fsync: an LD_PRELOAD shim around the calls by which bytes reach a disk or
 * a peer, to see in which order they happen, and to let them fail.
 *
 * What always holds: order numbers are taken so that a test can only err on
 * the strict side.  A write to a file and a sync count when they are done, a
 * sync also when it begins, a write to a socket when it begins.
 *
 * CHAT_SHIM_LOG=FILE
 *	gets one record for each call: struct record below in host order, then
 *	len bytes: for sockets those that the kernel took, for files those
 *	written, for a sync the file's name.
 * CHAT_SHIM_CONTROL=FILE
 *	of 16 bytes, mapped shared, changed by the test at any time:
 *	[0] not 0: every sync fails with EIO
 *	[1] not 0: every write to a file below CHAT_SHIM_DIR, and every call
 *	    that makes one longer, fails with ENOSPC
 *	[2] syncs that have failed (counted by the shim, up to 255)
 *	[3] the same for writes
 *	[4] not 0: every sync waits until this is 0; then [0] decides
 *	[5] syncs that have waited
 *	[6] not 0: every sync of the database itself, which only a checkpoint
 *	    makes, fails with EIO
 * CHAT_SHIM_DIR=DIR
 *	the store's folder: only its files are logged or made to fail.
 *
 * man 2 fdatasync, man 2 pwrite, man 8 ld.so (LD_PRELOAD), man 3 dlsym.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_BYTES 16

enum kind { KIND_FILE = 'F', KIND_SOCKET = 'W', KIND_SYNC = 'S' };

struct record {
	uint64_t began, done; /* order numbers */
	uint32_t len;
	int32_t fd;
	int32_t result; /* bytes or 0; -1 is a failure */
	uint32_t kind;
};

enum fdtype { FD_OTHER, FD_STORE, FD_SOCKET };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_ullong order;
static int logfd = -1;
static volatile unsigned char *control;
static char dir[4096];
static ssize_t (*real_write)(int, const void *, size_t);

/* Finds the next definition of a function; the shim is no use without. */
static void *
next(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		abort();
	return p;
}

static void
init(void)
{
	const char *path;
	int fd;

	real_write = next("write");
	if ((path = getenv("CHAT_SHIM_DIR")) != NULL)
		snprintf(dir, sizeof(dir), "%s/", path);
	if ((path = getenv("CHAT_SHIM_CONTROL")) != NULL &&
	    (fd = open(path, O_RDWR | O_CLOEXEC)) >= 0) {
		control = mmap(NULL, CONTROL_BYTES, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		close(fd);
		if (control == MAP_FAILED)
			abort();
	}
	if ((path = getenv("CHAT_SHIM_LOG")) != NULL)
		logfd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
}

static uint64_t
tick(void)
{
	return atomic_fetch_add(&order, 1) + 1;
}

/* What a descriptor is; for a file of the store also its name. */
static enum fdtype
classify(int fd, char *name, size_t size)
{
	char link[64];
	struct stat st;
	ssize_t n;
	int saved = errno;
	enum fdtype type = FD_OTHER;

	pthread_once(&once, init);
	name[0] = '\0';
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		type = FD_SOCKET;
	else if (dir[0] != '\0') {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, name, size - 1);
		name[n > 0 ? n : 0] = '\0';
		if (strncmp(name, dir, strlen(dir)) == 0)
			type = FD_STORE;
	}
	errno = saved;
	return type;
}

/* One record, in one piece even if several threads write. */
static void
note(enum kind kind, int fd, uint64_t began, ssize_t result,
    const struct iovec *iov, int n, size_t len)
{
	struct record r;
	int i, saved = errno;
	size_t part, left = len;

	if (logfd < 0)
		return;
	r.began = began;
	r.len = (uint32_t)len;
	r.fd = fd;
	r.result = (int32_t)result;
	r.kind = kind;
	pthread_mutex_lock(&lock);
	r.done = tick();
	if (real_write(logfd, &r, sizeof(r)) != sizeof(r))
		abort();
	for (i = 0; i < n && left > 0; i++) {
		part = iov[i].iov_len < left ? iov[i].iov_len : left;
		if (part > 0 &&
		    real_write(logfd, iov[i].iov_base, part) != (ssize_t)part)
			abort();
		left -= part;
	}
	pthread_mutex_unlock(&lock);
	errno = saved;
}

static void
count(int i)
{
	if (control[i] < 255)
		control[i]++;
}

/* A disk that takes its time, and then does not do it. */
static int
sync_fails(enum fdtype type, const char *name)
{
	size_t n = strlen(name);
	bool log = n > 4 && strcmp(name + n - 4, "-wal") == 0;

	if (type != FD_STORE || control == NULL)
		return 0;
	if (control[4] != 0) {
		count(5);
		while (control[4] != 0)
			usleep(1000);
	}
	if (control[0] == 0 && (control[6] == 0 || log))
		return 0;
	count(2);
	errno = EIO;
	return 1;
}

/* True if a write to this file of the store has to fail. */
static int
full(enum fdtype type)
{
	if (type != FD_STORE || control == NULL || control[1] == 0)
		return 0;
	count(3);
	errno = ENOSPC;
	return 1;
}

static int
sync_file(int fd, const char *call)
{
	char name[4096];
	struct iovec iov;
	enum fdtype type = classify(fd, name, sizeof(name));
	uint64_t began = tick();
	int r = -1;

	if (!sync_fails(type, name))
		r = ((int (*)(int))next(call))(fd);
	iov.iov_base = name;
	iov.iov_len = strlen(name);
	if (type == FD_STORE)
		note(KIND_SYNC, fd, began, r, &iov, 1, iov.iov_len);
	return r;
}

int
fdatasync(int fd)
{
	return sync_file(fd, "fdatasync");
}

int
fsync(int fd)
{
	return sync_file(fd, "fsync");
}

/* Tells of bytes that were written to a file of the store or to a socket. */
static void
wrote(enum fdtype type, int fd, uint64_t began, ssize_t r,
    const struct iovec *iov, int n)
{
	if (type != FD_OTHER)
		note(type == FD_SOCKET ? KIND_SOCKET : KIND_FILE, fd, began, r,
		    iov, n, r > 0 ? (size_t)r : 0);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	char name[4096];
	struct iovec iov = { (void *)data, len };
	enum fdtype type = classify(fd, name, sizeof(name));
	uint64_t began = tick();
	ssize_t r;

	if (full(type))
		return -1;
	r = real_write(fd, data, len);
	wrote(type, fd, began, r, &iov, 1);
	return r;
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	ssize_t (*real)(int, const struct iovec *, int) = next("writev");
	char name[4096];
	enum fdtype type = classify(fd, name, sizeof(name));
	uint64_t began = tick();
	ssize_t r;

	if (full(type))
		return -1;
	r = real(fd, iov, n);
	wrote(type, fd, began, r, iov, n);
	return r;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t) = next("pwrite");
	char name[4096];
	struct iovec iov = { (void *)data, len };
	enum fdtype type = classify(fd, name, sizeof(name));
	uint64_t began = tick();
	ssize_t r;

	if (full(type))
		return -1;
	r = real(fd, data, len, at);
	wrote(type, fd, began, r, &iov, 1);
	return r;
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) = next("pwrite64");
	char name[4096];
	struct iovec iov = { (void *)data, len };
	enum fdtype type = classify(fd, name, sizeof(name));
	uint64_t began = tick();
	ssize_t r;

	if (full(type))
		return -1;
	r = real(fd, data, len, at);
	wrote(type, fd, began, r, &iov, 1);
	return r;
}

/* A full disk does not hold a longer file either. */
int
posix_fallocate(int fd, off_t at, off_t len)
{
	int (*real)(int, off_t, off_t) = next("posix_fallocate");
	char name[4096];

	if (full(classify(fd, name, sizeof(name))))
		return ENOSPC;
	return real(fd, at, len);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = next("send");
	struct iovec iov = { (void *)data, len };
	uint64_t began;
	ssize_t r;

	pthread_once(&once, init);
	began = tick();
	r = real(fd, data, len, flags);
	wrote(FD_SOCKET, fd, began, r, &iov, 1);
	return r;
}

ssize_t
sendto(int fd, const void *data, size_t len, int flags,
    const struct sockaddr *to, socklen_t tolen)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *,
	    socklen_t) = next("sendto");
	struct iovec iov = { (void *)data, len };
	uint64_t began;
	ssize_t r;

	pthread_once(&once, init);
	began = tick();
	r = real(fd, data, len, flags, to, tolen);
	wrote(FD_SOCKET, fd, began, r, &iov, 1);
	return r;
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = next("sendmsg");
	uint64_t began;
	ssize_t r;

	pthread_once(&once, init);
	began = tick();
	r = real(fd, m, flags);
	wrote(FD_SOCKET, fd, began, r, m->msg_iov, (int)m->msg_iovlen);
	return r;
}
