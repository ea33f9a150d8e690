/*
 * state: files below the XDG folders, written whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatcli/outbox.h"
#include "chatcli/state.h"

#define STATE_GUEST_MAX 4096 /* bytes of a guest's file */

/* $VARIABLE if it is absolute (the specification), else below $HOME. */
static void
state_base(struct buf *out, const char *variable, const char *below)
{
	const char *dir = getenv(variable), *home = getenv("HOME");

	if (dir != NULL && dir[0] == '/')
		buf_puts(out, dir);
	else
		buf_printf(out, "%s/%s", home != NULL ? home : "", below);
}

static bool
state_make(char *path)
{
	for (char *slash = strchr(path + 1, '/');;
	     slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return false;
		if (slash == NULL)
			return true;
		*slash = '/';
	}
}

char *
state_path(const char *name, struct buf *error)
{
	struct buf b = BUF_INIT;

	state_base(&b, "XDG_STATE_HOME", ".local/state");
	buf_puts(&b, "/chatcli");
	buf_str(&b);
	if (!state_make(b.data)) {
		buf_printf(error, "%s: %s", b.data, strerror(errno));
		buf_fini(&b);
		return NULL;
	}
	buf_printf(&b, "/%s", name);
	buf_str(&b);
	return buf_steal(&b);
}

char *
state_config_path(const char *name)
{
	struct buf b = BUF_INIT;

	state_base(&b, "XDG_CONFIG_HOME", ".config");
	buf_printf(&b, "/chatcli/%s", name);
	buf_str(&b);
	return buf_steal(&b);
}

void
state_server(struct buf *out, const struct url *u)
{
	buf_printf(out, "%s,%s,%u", u->secure ? "https" : "http", u->host,
	    (unsigned)u->port);
}

int
state_read_file(const char *path, struct buf *b, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), e = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	do {
		n = read(fd, buf_room(b, 4096), 4096);
		if (n > 0)
			buf_took(b, (size_t)n);
	} while (n > 0 && b->len <= max);
	if (n < 0)
		e = errno;
	else if (b->len > max)
		e = EFBIG;
	close(fd);
	return e;
}

static int
state_write_all(int fd, const char *p, size_t n, int flags)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return errno;
		p += w;
		n -= (size_t)w;
	}
	return (flags & STATE_SYNC) != 0 && fsync(fd) != 0 ? errno : 0;
}

/* A rename is kept by its folder. */
static int
state_sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e = fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return e;
}

int
state_write_file(const char *path, const char *p, size_t n, int flags)
{
	struct buf temp = BUF_INIT;
	bool replace = (flags & STATE_REPLACE) != 0;
	int fd, e;

	buf_printf(&temp, "%s.XXXXXX", path);
	buf_str(&temp);
	fd = mkostemp(temp.data, O_CLOEXEC);
	if (fd < 0) {
		e = errno;
		buf_fini(&temp);
		return e;
	}
	e = state_write_all(fd, p, n, flags);
	if (close(fd) != 0 && e == 0)
		e = errno;
	if (e == 0 &&
	    (replace ? rename(temp.data, path) : link(temp.data, path)) != 0)
		e = errno;
	if (e != 0 || !replace)
		unlink(temp.data);
	if (e == 0 && (flags & STATE_SYNC) != 0)
		e = state_sync_folder(path);
	buf_fini(&temp);
	return e;
}

void
state_guest_fini(struct state_guest *g)
{
	if (g->token != NULL)
		explicit_bzero(g->token, strlen(g->token));
	free(g->token);
	free(g->identity);
	g->token = g->identity = NULL;
}

static char *
state_guest_path(const struct url *u, struct buf *error)
{
	struct buf name = BUF_INIT;
	char *path;

	buf_puts(&name, "guest-");
	state_server(&name, u);
	path = state_path(buf_str(&name), error);
	buf_fini(&name);
	return path;
}

/* Lines of a key and a value; unknown keys are those of later versions. */
static void
state_guest_parse(struct state_guest *g, char *p)
{
	char *line, *key;

	while ((line = strsep(&p, "\n")) != NULL) {
		key = strsep(&line, " ");
		if (line == NULL)
			continue;
		if (strcmp(key, "token") == 0 && g->token == NULL)
			g->token = xstrdup(line);
		else if (strcmp(key, "identity") == 0 && g->identity == NULL)
			g->identity = xstrdup(line);
	}
}

bool
state_guest_load(const struct url *u, struct state_guest *g, struct buf *error)
{
	struct buf b = BUF_INIT;
	struct stat st;
	char *path = state_guest_path(u, error);
	bool ok = path != NULL;
	int e;

	*g = (struct state_guest){ NULL, NULL };
	if (!ok)
		return false;
	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
		buf_printf(error,
		    "%s holds a secret that others may read "
		    "(mode %03o); chmod 600 it, and think of who did",
		    path, (unsigned)st.st_mode & 0777);
		ok = false;
	} else if ((e = state_read_file(path, &b, STATE_GUEST_MAX)) == 0) {
		buf_str(&b);
		state_guest_parse(g, b.data);
		ok = g->token != NULL && g->identity != NULL;
		if (!ok) {
			buf_printf(error, "%s: no token and identity in it",
			    path);
			state_guest_fini(g);
		}
	} else if (e != ENOENT) {
		buf_printf(error, "%s: %s", path, strerror(e));
		ok = false;
	}
	if (b.len != 0)
		explicit_bzero(b.data, b.len);
	buf_fini(&b);
	free(path);
	return ok;
}

bool
state_guest_save(const struct url *u, struct state_guest *g, const char *token,
    size_t n, bool replace, struct buf *error)
{
	struct buf b = BUF_INIT;
	char identity[OUTBOX_NONCE];
	char *path;
	int e = 0;

	outbox_nonce(identity);
	state_guest_fini(g);
	g->token = xstrndup(token, n);
	g->identity = xstrdup(identity);
	path = state_guest_path(u, error);
	if (path == NULL)
		return false;
	buf_printf(&b, "token %s\nidentity %s\n", g->token, g->identity);
	e = state_write_file(path, b.data, b.len,
	    STATE_SYNC | (replace ? STATE_REPLACE : 0));
	if (e != 0 && e != EEXIST)
		buf_printf(error, "%s: %s", path, strerror(e));
	explicit_bzero(b.data, b.len);
	buf_fini(&b);
	free(path);
	return e == 0 || e == EEXIST;
}
