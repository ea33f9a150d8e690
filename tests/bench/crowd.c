/*
 * crowd.c: the load generator's connections: connect, speak, count.
 *
 * The fast path is one read(2) into a large shared buffer for each socket that
 * epoll names, and a walk over the frames in it.  A delivery costs a compare
 * of its first bytes and the reading of the time that stands at a fixed
 * distance from its end; only the start of a frame that was cut is copied.
 */
#include "tests/bench/crowd.h"
#include "tests/bench/wsframe.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURN_EVENTS   512
#define READ_SIZE     (512 * 1024)
#define SOURCES	      8	     /* 127.0.0.2 … 9: each has its own ports */
#define REQUEST_HELLO 900000 /* ids beyond those of slots */
#define REQUEST_JOIN  900001
#define STAMP_SIZE    16 /* hexadecimal digits */

static const uint8_t mask_key[4] = { 0x5a, 0xc3, 0x17, 0x8e };

void
crowd_init(struct crowd *c, unsigned peers_max)
{
	unsigned rooms = peers_max / c->seats + 1;

	c->peers_max = peers_max;
	c->peer = calloc(peers_max, sizeof *c->peer);
	c->free = calloc(peers_max, sizeof(struct peer *));
	c->room = calloc(rooms, sizeof *c->room);
	c->touched = calloc(rooms, sizeof(struct crowd_room *));
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->peer == NULL || c->free == NULL || c->room == NULL ||
	    c->touched == NULL || c->epoll_fd < 0)
		err(1, "crowd_init");
}

void
crowd_watch(struct crowd *c, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };

	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		err(1, "epoll_ctl");
}

void
crowd_forget(struct crowd *c)
{
	memset(&c->tally, 0, sizeof c->tally);
	for (unsigned i = 0; i < c->rooms; i++)
		c->room[i].sent = c->room[i].acked = c->room[i].delivered = 0;
}

/* Writing. */

void
crowd_write(struct crowd *c, struct peer *p, const uint8_t *out, size_t size)
{
	while (size > 0) {
		struct pollfd w = { .fd = p->fd, .events = POLLOUT };
		ssize_t n = write(p->fd, out, size);

		if (n < 0 && errno == EAGAIN) {
			if (poll(&w, 1, 10000) != 1)
				errx(1, "the server has not read for 10 s");
			continue;
		}
		if (n < 0) {
			c->tally.errors++;
			return; /* its end is read later */
		}
		out += n;
		size -= (size_t)n;
	}
}

/* Sends one masked frame. */
static void
write_frame(struct crowd *c, struct peer *p, enum ws_opcode opcode,
    const char *text, size_t size)
{
	uint8_t out[WS_HEADER_MAX + 512];
	size_t n = ws_header_put(out, opcode, size, mask_key);

	memcpy(out + n, text, size);
	ws_mask(out + n, size, mask_key);
	crowd_write(c, p, out, n + size);
}

static void
hex_put(char *out, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = STAMP_SIZE - 1; i >= 0; i--) {
		out[i] = digits[v & 15];
		v >>= 4;
	}
}

static struct crowd_frame *
frame_make(const struct crowd *c, unsigned room, unsigned slot,
    unsigned text_bytes)
{
	char text[CROWD_FRAME_MAX];
	struct crowd_frame *f;
	unsigned asked = text_bytes;
	int n;

	n = snprintf(text, sizeof text,
	    "{\"op\":\"send\",\"id\":%u,\"room\":\"%sroom%u\",\"text\":\"",
	    slot, c->name, room);
	if (text_bytes < STAMP_SIZE + 1)
		text_bytes = STAMP_SIZE + 1;
	memset(text + n, 'x', text_bytes);
	n += (int)text_bytes;
	text[n - STAMP_SIZE - 1] = '@';
	text[n++] = '"';
	text[n++] = '}';
	f = malloc(sizeof *f + WS_HEADER_MAX + (size_t)n);
	if (f == NULL)
		err(1, "malloc");
	f->text_bytes = asked;
	f->head = ws_header_put(f->bytes, WS_TEXT, (size_t)n, mask_key);
	f->size = f->head + (size_t)n;
	f->stamp = f->size - STAMP_SIZE - 2;
	memcpy(f->bytes + f->head, text, (size_t)n);
	ws_mask(f->bytes + f->head, (size_t)n, mask_key);
	return f;
}

/* What is alike in all of them is made once: the server is on this machine. */
size_t
crowd_put(struct crowd *c, struct peer *p, uint8_t *out, unsigned text_bytes,
    uint64_t stamp)
{
	unsigned slot = (unsigned)__builtin_ctzll(~p->busy);
	struct crowd_frame **f = &p->room->frames[slot];
	char digits[STAMP_SIZE];

	p->busy |= UINT64_C(1) << slot;
	p->sent_at[slot] = stamp;
	p->room->sent++;
	if (*f == NULL || (*f)->text_bytes != text_bytes) {
		free(*f);
		*f = frame_make(c, (unsigned)(p->room - c->room), slot,
		    text_bytes);
	}
	memcpy(out, (*f)->bytes, (*f)->size);
	hex_put(digits, stamp);
	for (size_t i = 0; i < STAMP_SIZE; i++)
		out[(*f)->stamp + i] = (uint8_t)digits[i] ^
		    mask_key[((*f)->stamp - (*f)->head + i) & 3];
	return (*f)->size;
}

/* Connecting: TCP, 101, hello, join. */

static void
say_hello(struct crowd *c, struct peer *p)
{
	char text[128];
	int n = snprintf(text, sizeof text,
	    "{\"op\":\"hello\",\"id\":%u,\"nick\":\"%s%05u\"}", REQUEST_HELLO,
	    c->name, (unsigned)(p - c->peer));

	p->state = PEER_HELLO;
	write_frame(c, p, WS_TEXT, text, (size_t)n);
}

static void
say_join(struct crowd *c, struct peer *p)
{
	char text[128];
	int n = snprintf(text, sizeof text,
	    "{\"op\":\"join\",\"id\":%u,\"room\":\"%sroom%u\"}", REQUEST_JOIN,
	    c->name, (unsigned)(p->room - c->room));

	p->state = PEER_JOIN;
	write_frame(c, p, WS_TEXT, text, (size_t)n);
}

static void
peer_ready(struct crowd *c, struct peer *p, bool joined, uint64_t now)
{
	p->state = PEER_READY;
	p->room->members += joined;
	c->ready++;
	meter_add(&c->connect, now - p->began);
}

static void
peer_close(struct crowd *c, struct peer *p, const char *why)
{
	if (c->first_error[0] == '\0')
		snprintf(c->first_error, sizeof c->first_error,
		    "connection %u: %s", (unsigned)(p - c->peer), why);
	close(p->fd);
	p->fd = -1;
	if (p->state == PEER_READY)
		c->ready--;
	p->state = PEER_CLOSED;
	c->closed++;
}

/* Begins a connect; the request is written as soon as TCP stands. */
static void
peer_connect(struct crowd *c, struct peer *p)
{
	unsigned i = (unsigned)(p - c->peer);
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT, .data.ptr = p };
	int on = 1;

	if (i / c->seats >= c->rooms)
		c->room[c->rooms++].first = i;
	p->room = &c->room[i / c->seats];
	p->room->seats++;
	p->state = PEER_CONNECTING;
	p->began = meter_now();
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		err(1, "socket %u", i);
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i % SOURCES);
	setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(p->fd, (struct sockaddr *)&from, sizeof from) != 0)
		err(1, "bind");
	if (connect(p->fd, (struct sockaddr *)&c->server, sizeof c->server) !=
		0 &&
	    errno != EINPROGRESS)
		err(1, "connect %u", i);
	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, p->fd, &ev) != 0)
		err(1, "epoll_ctl");
}

static void
peer_request(struct crowd *c, struct peer *p)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };
	char host[INET_ADDRSTRLEN], path[128], text[512];
	int n;

	inet_ntop(AF_INET, &c->server.sin_addr, host, sizeof host);
	if (c->query != NULL)
		snprintf(path, sizeof path, "/%sroom%u?%s", c->name,
		    (unsigned)(p->room - c->room), c->query);
	else
		snprintf(path, sizeof path, "/ws");
	n = snprintf(text, sizeof text,
	    "GET %s HTTP/1.1\r\nHost: %s:%u\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
	    "Sec-WebSocket-Version: 13\r\n%s\r\n",
	    path, host, ntohs(c->server.sin_port),
	    c->query != NULL ? "" : "Sec-WebSocket-Protocol: chat.v1\r\n");
	crowd_write(c, p, (uint8_t *)text, (size_t)n);
	epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, p->fd, &ev);
}

/* The reply to the upgrade.  Returns its length, 0: not whole yet. */
static size_t
read_upgrade(struct crowd *c, struct peer *p, const uint8_t *in, size_t have,
    uint64_t now)
{
	static const char status[] = "HTTP/1.1 101 ";
	const uint8_t *end = memmem(in, have, "\r\n\r\n", 4);

	if (end == NULL)
		return 0;
	if (memcmp(in, status, sizeof status - 1) != 0) {
		peer_close(c, p, "the upgrade was refused");
		return 0;
	}
	if (c->query != NULL)
		peer_ready(c, p, true, now);
	else
		say_hello(c, p);
	return (size_t)(end - in) + 4;
}

/* Reading: frames by their first bytes. */

static void
touch_room(struct crowd *c, struct crowd_room *r)
{
	if (!r->touched) {
		r->touched = true;
		c->touched[c->touched_count++] = r;
	}
}

static void
on_error(struct crowd *c, const uint8_t *text, size_t size)
{
	c->tally.errors++;
	if (c->first_error[0] == '\0')
		snprintf(c->first_error, sizeof c->first_error, "%.*s",
		    (int)(size > 200 ? 200 : size), (const char *)text);
}

static void
on_reply(struct crowd *c, struct peer *p, const uint8_t *text, size_t size,
    uint64_t now)
{
	static const char good[] = ",\"ok\":true";
	uint64_t id = 0;
	size_t at = 6;

	while (at < size && text[at] >= '0' && text[at] <= '9')
		id = id * 10 + (text[at++] - '0');
	if (size - at < sizeof good - 1 ||
	    memcmp(text + at, good, sizeof good - 1) != 0)
		on_error(c, text, size);
	if (id == REQUEST_HELLO) {
		if ((unsigned)(p - c->peer) % c->seats < c->joining)
			say_join(c, p);
		else
			peer_ready(c, p, false, now);
	} else if (id == REQUEST_JOIN) {
		peer_ready(c, p, true, now);
	} else if (id < CROWD_SLOTS) {
		meter_add(&c->tally.ack, now - p->sent_at[id]);
		p->busy &= ~(UINT64_C(1) << id);
		p->room->acked++;
		c->tally.acks++;
		c->tally.ack_bytes += size;
		touch_room(c, p->room);
		if (!p->touched) {
			p->touched = true;
			c->free[c->free_count++] = p;
		}
	}
}

/* The distance from a delivery's end to its stamp is found once, then known. */
static uint64_t
stamp_of(const uint8_t *text, size_t size)
{
	static size_t distance;
	const uint8_t *at;
	uint64_t v = 0;

	if (distance == 0 || distance > size || text[size - distance] != '@') {
		at = memrchr(text, '@', size);
		if (at == NULL || (size_t)(text + size - at) <= STAMP_SIZE)
			return 0;
		distance = (size_t)(text + size - at);
	}
	at = text + size - distance + 1;
	for (unsigned i = 0; i < STAMP_SIZE; i++)
		v = v << 4 | (uint64_t)((at[i] & 15) + (at[i] > '9' ? 9 : 0));
	return v;
}

static void
on_text(struct crowd *c, struct peer *p, const uint8_t *text, size_t size,
    uint64_t now)
{
	static const char delivery[] = "{\"ev\":\"message\",";
	static const char reply[] = "{\"re\":";

	if (size >= sizeof delivery - 1 &&
	    memcmp(text, delivery, sizeof delivery - 1) == 0) {
		uint64_t stamp = stamp_of(text, size);

		c->tally.deliveries++;
		c->tally.frame_bytes += size;
		p->room->delivered++;
		touch_room(c, p->room);
		meter_add(&c->tally.latency, now > stamp ? now - stamp : 0);
	} else if (size >= sizeof reply - 1 &&
	    memcmp(text, reply, sizeof reply - 1) == 0) {
		on_reply(c, p, text, size, now);
	} else {
		c->tally.others++;
	}
}

/* Deals with all whole frames; returns the bytes they had. */
static size_t
eat_frames(struct crowd *c, struct peer *p, uint8_t *in, size_t have,
    uint64_t now)
{
	struct ws_frame f;
	size_t at = 0;

	if (p->state == PEER_CONNECTING) {
		at = read_upgrade(c, p, in, have, now);
		if (at == 0)
			return 0;
	}
	while (ws_header_get(in + at, have - at, &f) &&
	    have - at - f.header >= f.size) {
		uint8_t *payload = in + at + f.header;

		if (f.opcode == WS_TEXT)
			on_text(c, p, payload, f.size, now);
		else if (f.opcode == WS_PING)
			write_frame(c, p, WS_PONG, (char *)payload, f.size);
		else if (f.opcode == WS_CLOSE)
			peer_close(c, p, "closed by the server");
		if (p->state == PEER_CLOSED)
			return have;
		at += f.header + f.size;
	}
	return at;
}

static void
peer_keep(struct peer *p, const uint8_t *rest, size_t size)
{
	if (size > p->rest_cap) {
		p->rest = realloc(p->rest, size);
		if (p->rest == NULL)
			err(1, "realloc");
		p->rest_cap = size;
	}
	if (size > 0)
		memcpy(p->rest, rest, size);
	p->rest_size = size;
}

static void
peer_read(struct crowd *c, struct peer *p)
{
	static uint8_t in[READ_SIZE];
	size_t have = p->rest_size, used;
	ssize_t n;

	if (have > 0)
		memcpy(in, p->rest, have);
	n = read(p->fd, in + have, sizeof in - have);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			peer_close(c, p,
			    n == 0 ? "ended by the server" : strerror(errno));
		return;
	}
	c->tally.bytes += (uint64_t)n;
	have += (size_t)n;
	used = eat_frames(c, p, in, have, meter_now());
	if (p->state == PEER_CLOSED)
		return;
	if (have - used == sizeof in)
		errx(1, "a frame is larger than %zu bytes", sizeof in);
	peer_keep(p, in + used, have - used);
}

bool
crowd_turn(struct crowd *c, uint64_t until)
{
	struct epoll_event events[TURN_EVENTS];
	uint64_t now = until > 0 ? meter_now() : 0;
	uint64_t wait = until > now ? until - now : 0;
	struct timespec ts = {
		.tv_sec = (time_t)(wait / 1000000000u),
		.tv_nsec = (long)(wait % 1000000000u),
	};
	bool also = false;
	int n;

	n = epoll_pwait2(c->epoll_fd, events, TURN_EVENTS,
	    until == UINT64_MAX ? NULL : &ts, NULL);
	for (int i = 0; i < n; i++) {
		struct peer *p = events[i].data.ptr;

		if (p == NULL) {
			also = true;
			continue;
		}
		if (events[i].events & EPOLLOUT)
			peer_request(c, p);
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			peer_read(c, p);
	}
	return also;
}

unsigned
crowd_connect(struct crowd *c, unsigned count, unsigned window, double seconds)
{
	uint64_t end = meter_now() + (uint64_t)(seconds * 1e9);
	unsigned last = c->peers + count, ready = c->ready;

	if (last > c->peers_max)
		errx(2, "%u connections: --peers is %u", last, c->peers_max);
	while (c->ready + c->closed < last && meter_now() < end) {
		while (
		    c->peers < last && c->peers - c->ready - c->closed < window)
			peer_connect(c, &c->peer[c->peers++]);
		crowd_turn(c, end);
	}
	return c->ready - ready;
}
