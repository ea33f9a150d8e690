/*
 * floor_room.c: the floor's rooms.
 *
 * A room's batch holds ready frames; a post puts one there, or in mode `one`
 * writes it to everybody and forgets it.  In mode `turn` the batch is written
 * once to each member when the turn ends.  A socket that does not take all is
 * waited for: the generator's windows are smaller than a socket's buffer, so
 * that this is a rare accident and not a queue.
 */
#include "tests/bench/floor_room.h"
#include "tests/bench/wsframe.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ROOMS_MAX   4096
#define PAYLOAD_MAX 32768
#define BATCH_MAX   (1024 * 1024)
#define GATHER_NS   50000000u

struct room {
	char path[128];
	size_t frame, ack; /* payload bytes of each */
	struct conn **member;
	size_t members, members_cap;
	uint8_t *batch;
	size_t len;	/* bytes in the batch */
	unsigned count; /* messages in the batch */
	uint64_t since; /* when the first of them came, ns */
	bool dirty;	/* is among the rooms with news */
};

uint64_t room_writes, room_deliveries;

static struct room *rooms[ROOMS_MAX]; /* open addressing, by path */
static struct room *news[ROOMS_MAX];
static size_t rooms_count, news_count;
static bool mode_at_once;
static unsigned mode_gather;

void
room_init(bool at_once, unsigned gather)
{
	mode_at_once = at_once;
	mode_gather = gather;
}

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* A number of the path's query; 0 if it is not there. */
static size_t
query_number(const char *path, const char *name)
{
	const char *at = strstr(path, name);

	return at != NULL ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static struct room *
room_new(const char *path)
{
	struct room *r = calloc(1, sizeof *r);

	if (r == NULL || (r->batch = malloc(BATCH_MAX)) == NULL)
		err(1, "malloc");
	snprintf(r->path, sizeof r->path, "%s", path);
	r->frame = query_number(path, "frame=");
	r->ack = query_number(path, "ack=");
	return r;
}

/* The room of this path, made if it is new; NULL: the table is full. */
static struct room *
room_get(const char *path)
{
	uint32_t hash = 2166136261u;

	for (const char *p = path; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	for (uint32_t i = hash % ROOMS_MAX;; i = (i + 1) % ROOMS_MAX) {
		if (rooms[i] != NULL && strcmp(rooms[i]->path, path) == 0)
			return rooms[i];
		if (rooms[i] == NULL) {
			if (rooms_count + 1 == ROOMS_MAX)
				return NULL;
			rooms_count++;
			return rooms[i] = room_new(path);
		}
	}
}

int
room_join(const char *path, struct conn *c)
{
	struct room *r;

	if (strlen(path) >= sizeof r->path)
		return -1;
	r = room_get(path);
	if (r == NULL || r->frame < 32 || r->frame > PAYLOAD_MAX ||
	    r->ack > sizeof c->ack / 2)
		return -1;
	if (r->members == r->members_cap) {
		r->members_cap = r->members_cap * 2 + 16;
		r->member = reallocarray(r->member, r->members_cap,
		    sizeof *r->member);
		if (r->member == NULL)
			err(1, "realloc");
	}
	c->room = r;
	c->index = r->members;
	r->member[r->members++] = c;
	return 0;
}

void
room_leave(struct room *r, struct conn *c)
{
	struct conn *last = r->member[--r->members];

	r->member[c->index] = last;
	last->index = c->index;
	c->room = NULL;
}

/* The rest of what a socket did not take at once. */
static void
write_rest(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n;

		if (poll(&p, 1, 10000) != 1)
			errx(1, "a member has not read for 10 s");
		n = write(fd, data, size);
		room_writes++;
		if (n < 0 && errno != EAGAIN)
			return; /* gone: its close is read later */
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
}

static void
write_all(int fd, const uint8_t *data, size_t size)
{
	ssize_t n = write(fd, data, size);

	room_writes++;
	if (n == (ssize_t)size || (n < 0 && errno != EAGAIN))
		return;
	if (n < 0)
		n = 0;
	write_rest(fd, data + n, size - (size_t)n);
}

/*
 * Puts a frame of exactly `want` payload bytes to `out`: `head`, blanks, and as
 * much of the end of `tail` as fits.  Returns the frame's length.
 */
static size_t
frame_put(uint8_t *out, size_t want, const char *head, size_t head_size,
    const uint8_t *tail, size_t tail_size)
{
	size_t n = ws_header_put(out, WS_TEXT, want, NULL);
	size_t blanks = 0;

	memcpy(out + n, head, head_size);
	if (tail_size > want - head_size)
		tail_size = want - head_size;
	else
		blanks = want - head_size - tail_size;
	memset(out + n + head_size, ' ', blanks);
	memcpy(out + n + head_size + blanks, tail, tail_size);
	return n + want;
}

/* `{"op":"send","id":17,…` is answered with `{"re":17,"ok":true   }`. */
static size_t
ack_put(uint8_t *out, size_t want, const uint8_t *payload, size_t size)
{
	static const char op[] = "{\"op\":\"send\",\"id\":";
	char head[64];
	int n;

	if (want == 0 || size < sizeof op + 8)
		return 0;
	n = snprintf(head, sizeof head, "{\"re\":%lu,\"ok\":true",
	    strtoul((const char *)payload + sizeof op - 1, NULL, 10));
	if ((size_t)n + 1 > want)
		return 0;
	return frame_put(out, want, head, (size_t)n, (const uint8_t *)"}", 1);
}

static size_t
message_put(uint8_t *out, size_t want, const uint8_t *payload, size_t size)
{
	static const char head[] = "{\"ev\":\"message\",";
	size_t room = want - (sizeof head - 1);

	if (size > room) {
		payload += size - room;
		size = room;
	}
	return frame_put(out, want, head, sizeof head - 1, payload, size);
}

/* Mode `one`: the sender's reply stands before his own delivery. */
static void
post_at_once(struct room *r, struct conn *from, const uint8_t *payload,
    size_t size)
{
	static uint8_t out[2 * WS_HEADER_MAX + PAYLOAD_MAX + 4096];
	size_t ack = ack_put(out, r->ack, payload, size);
	size_t len = message_put(out + ack, r->frame, payload, size);

	for (size_t i = 0; i < r->members; i++) {
		if (r->member[i] == from)
			write_all(from->fd, out, ack + len);
		else
			write_all(r->member[i]->fd, out + ack, len);
	}
	room_deliveries += r->members;
}

static void
flush_member(struct room *r, struct conn *c)
{
	struct iovec part[2] = {
		{ c->ack, c->acks },
		{ r->batch, r->len },
	};
	ssize_t n;

	n = writev(c->fd, part, 2);
	room_writes++;
	if (n >= 0 && (size_t)n < c->acks + r->len) {
		size_t took = (size_t)n;

		if (took < c->acks) {
			write_rest(c->fd, c->ack + took, c->acks - took);
			took = c->acks;
		}
		write_rest(c->fd, r->batch + (took - c->acks),
		    r->len - (took - c->acks));
	} else if (n < 0 && errno == EAGAIN) {
		write_rest(c->fd, c->ack, c->acks);
		write_rest(c->fd, r->batch, r->len);
	}
	c->acks = 0;
}

static void
flush(struct room *r)
{
	for (size_t i = 0; i < r->members; i++) {
		struct conn *c = r->member[i];

		if (c->acks > 0)
			flush_member(r, c);
		else
			write_all(c->fd, r->batch, r->len);
	}
	room_deliveries += r->members * r->count;
	r->len = 0;
	r->count = 0;
}

int
room_flush_all(void)
{
	uint64_t t = mode_gather > 1 && news_count > 0 ? now() : 0;
	size_t kept = 0;

	for (size_t i = 0; i < news_count; i++) {
		struct room *r = news[i];

		if (r->count > 0 && r->count < mode_gather &&
		    t - r->since < GATHER_NS) {
			news[kept++] = r;
			continue;
		}
		if (r->count > 0)
			flush(r);
		r->dirty = false;
	}
	news_count = kept;
	return kept > 0 ? 1 : -1;
}

void
room_post(struct room *r, struct conn *from, const uint8_t *payload,
    size_t size)
{
	if (mode_at_once) {
		post_at_once(r, from, payload, size);
		return;
	}
	if (r->len + WS_HEADER_MAX + r->frame > BATCH_MAX ||
	    from->acks + WS_HEADER_MAX + r->ack > sizeof from->ack)
		flush(r);
	if (r->count == 0 && mode_gather > 1)
		r->since = now();
	from->acks += ack_put(from->ack + from->acks, r->ack, payload, size);
	r->len += message_put(r->batch + r->len, r->frame, payload, size);
	r->count++;
	if (!r->dirty) {
		r->dirty = true;
		news[news_count++] = r;
	}
	if (mode_gather > 1 && r->count >= mode_gather)
		flush(r);
}
