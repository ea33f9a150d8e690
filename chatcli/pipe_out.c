/*
 * pipe_out: bytes to stdout, and a cursor that never lies about them.
 *
 * stdout is left as it is (blocking, shared with others); it is polled and
 * given no more than a pipe takes at once, so that a signal is heard while
 * the reader sleeps.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatcli/pipe_out.h"
#include "chatcli/state.h"
#include "lib/clock.h"

#define PIPE_OUT_CURSOR_MAX ((size_t)1024 * 1024)
#define PIPE_OUT_GRACE_MS   1000 /* to end a line that was begun */

size_t
pipe_out_place(struct pipe_out *o, const char *room)
{
	for (size_t i = 0; i < o->nplaces; i++)
		if (strcmp(o->places[i].room, room) == 0)
			return i;
	o->places = xrealloc(o->places,
	    (o->nplaces + 1) * sizeof(o->places[0]));
	o->places[o->nplaces] = (struct pipe_place){ xstrdup(room), NULL, -1 };
	return o->nplaces++;
}

/* A line is ROOM EPOCH SEQ; none of them has a blank in it. */
static bool
pipe_out_parse(struct pipe_out *o, char *line)
{
	char *room = strsep(&line, " "), *epoch = strsep(&line, " "), *end;
	struct pipe_place *p;
	size_t place;
	int64_t seq;

	if (epoch == NULL || line == NULL || room[0] == '\0' ||
	    epoch[0] == '\0' || line[0] < '0' || line[0] > '9')
		return false;
	seq = strtoll(line, &end, 10);
	if (*end != '\0')
		return false;
	place = pipe_out_place(o, room);
	p = &o->places[place];
	free(p->epoch);
	p->epoch = xstrdup(epoch);
	p->seq = seq;
	return true;
}

bool
pipe_out_init(struct pipe_out *o, const char *cursor, int stop_fd,
    struct buf *error)
{
	struct buf b = BUF_INIT;
	char *p, *line;
	int e = 0, number = 0;
	bool ok = true;

	memset(o, 0, sizeof(*o));
	o->cursor = cursor;
	o->stop_fd = stop_fd;
	if (cursor != NULL)
		e = state_read_file(cursor, &b, PIPE_OUT_CURSOR_MAX);
	if (e != 0 && e != ENOENT) {
		buf_printf(error, "%s: %s", cursor, strerror(e));
		ok = false;
	}
	buf_str(&b);
	p = b.data;
	while (ok && (line = strsep(&p, "\n")) != NULL) {
		number++;
		if (line[0] == '\0' || pipe_out_parse(o, line))
			continue;
		buf_printf(error, "%s:%d: a line of a cursor is ROOM EPOCH SEQ",
		    cursor, number);
		ok = false;
	}
	buf_fini(&b);
	return ok;
}

void
pipe_out_fini(struct pipe_out *o)
{
	for (size_t i = 0; i < o->nplaces; i++) {
		free(o->places[i].room);
		free(o->places[i].epoch);
	}
	for (size_t i = 0; i < o->nmarks; i++)
		free(o->marks[i].epoch);
	free(o->places);
	free(o->marks);
	buf_fini(&o->out);
}

void
pipe_out_mark(struct pipe_out *o, size_t place, const char *epoch, int64_t seq)
{
	o->marks = xrealloc(o->marks, (o->nmarks + 1) * sizeof(o->marks[0]));
	o->marks[o->nmarks++] = (struct pipe_mark){ o->out.len, place,
		epoch != NULL ? xstrdup(epoch) : NULL, seq };
}

bool
pipe_out_save(struct pipe_out *o)
{
	struct buf b = BUF_INIT;

	if (o->cursor == NULL || !o->changed)
		return true;
	for (size_t i = 0; i < o->nplaces; i++)
		if (o->places[i].epoch != NULL && o->places[i].seq >= 0)
			buf_printf(&b, "%s %s %" PRId64 "\n", o->places[i].room,
			    o->places[i].epoch, o->places[i].seq);
	o->error = state_write_file(o->cursor, b.data, b.len,
	    STATE_REPLACE | STATE_SYNC);
	buf_fini(&b);
	if (o->error != 0) {
		o->failed = o->cursor;
		return false;
	}
	o->changed = false;
	return true;
}

/* The first `written` bytes are out: the units in them count. */
static void
pipe_out_written(struct pipe_out *o, size_t written)
{
	size_t n = 0;

	for (; n < o->nmarks && o->marks[n].end <= written; n++) {
		struct pipe_place *p = &o->places[o->marks[n].place];

		if (o->marks[n].epoch != NULL) {
			free(p->epoch);
			p->epoch = o->marks[n].epoch;
			o->changed = true;
		}
		if (o->marks[n].seq >= 0) {
			o->changed = o->changed || p->seq != o->marks[n].seq;
			p->seq = o->marks[n].seq;
		}
	}
	o->nmarks -= n;
	memmove(o->marks, o->marks + n, o->nmarks * sizeof(o->marks[0]));
	for (size_t i = 0; i < o->nmarks; i++)
		o->marks[i].end -= written;
	buf_drop(&o->out, written);
}

/* The units that make one write: as many as fit, or one. */
static size_t
pipe_out_batch(const struct pipe_out *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nmarks; i++) {
		if (o->marks[i].end > PIPE_OUT_WRITE && n != 0)
			break;
		n = o->marks[i].end;
	}
	return n;
}

static bool
pipe_out_unit_ends(const struct pipe_out *o, size_t at)
{
	for (size_t i = 0; i < o->nmarks && o->marks[i].end <= at; i++)
		if (o->marks[i].end == at)
			return true;
	return at == 0;
}

/*
 * Waits until stdout takes something.  Who is told to stop may still end the
 * line that he began, if the reader lets him.
 */
static bool
pipe_out_wait(struct pipe_out *o, bool inside, int64_t *grace)
{
	struct pollfd fds[2] = { { STDOUT_FILENO, POLLOUT, 0 },
		{ o->stop_fd, POLLIN, 0 } };

	for (;;) {
		int64_t left = *grace != 0 ? *grace - clock_ms() : -1;
		int n;

		if (*grace != 0 && left <= 0)
			return false;
		n = poll(fds, *grace != 0 ? 1 : 2, (int)left);
		if (n < 0 && errno != EINTR)
			return true;
		if (n > 0 && *grace == 0 && fds[1].revents != 0) {
			if (!inside)
				return false;
			*grace = clock_ms() + PIPE_OUT_GRACE_MS;
			continue;
		}
		if (n > 0 && fds[0].revents != 0)
			return true;
	}
}

/* Writes n bytes; returns how many, fewer if it was stopped. */
static size_t
pipe_out_write(struct pipe_out *o, size_t n)
{
	struct stat st;
	size_t at = 0, chunk = PIPE_BUF;
	int64_t grace = 0;

	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		chunk = n;
	while (at < n && !o->stopped) {
		bool inside = !pipe_out_unit_ends(o, at);
		ssize_t w;

		if ((grace != 0 && !inside) ||
		    !pipe_out_wait(o, inside, &grace)) {
			o->stopped = true;
			break;
		}
		w = write(STDOUT_FILENO, o->out.data + at,
		    n - at < chunk ? n - at : chunk);
		if (w >= 0)
			at += (size_t)w;
		else if (errno != EINTR && errno != EAGAIN) {
			o->error = errno;
			o->failed = "stdout";
			o->stopped = true;
		}
	}
	return at;
}

bool
pipe_out_flush(struct pipe_out *o)
{
	while (o->nmarks > 0 && !o->stopped) {
		size_t n = pipe_out_batch(o);

		pipe_out_written(o, pipe_out_write(o, n));
		if (!o->stopped && !pipe_out_save(o))
			o->stopped = true;
	}
	return !o->stopped;
}
