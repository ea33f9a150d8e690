/*
 * floor: the least server that writes the same bytes to the same sockets as
 * chatsrv does: what is left when a chat server does no chat.
 *
 * It knows no JSON, no store and no limits.  A room is the path of the
 * WebSocket's request; each whole text frame of a member is written to every
 * member, itself included, as a frame of as many bytes as the path says:
 *
 *	/room?frame=215&ack=52
 *
 * `frame` is the payload of a delivery, `ack` that of the reply to the sender
 * (0: none): the generator measures both at chatsrv first, so that the bytes
 * are equal.  The sender's reply and his own delivery share a write.
 *
 * --mode one	a write for each delivery, at once
 * --mode turn	a write for each member and turn of the loop
 * --gather N	with turn: a write for each N messages of a room (fewer after
 *		50 ms), to compare at equal writes for each delivery
 *
 * GET /metrics tells the writes and deliveries under chatsrv's names.  Nothing
 * is allocated once everybody is connected.
 */
#include "tests/bench/floor_room.h"
#include "tests/bench/sha1.h"
#include "tests/bench/wsframe.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURN_EVENTS   1024
#define ACCEPT_A_TURN 64

static struct conn *conns; /* by descriptor */
static size_t conns_max;
static int epoll_fd, listen_fd;

static void
conn_close(struct conn *c)
{
	if (c->room != NULL)
		room_leave(c->room, c);
	close(c->fd);
	c->fd = -1;
	c->have = 0;
}

static void
conn_accept(void)
{
	for (unsigned i = 0; i < ACCEPT_A_TURN; i++) {
		int fd = accept4(listen_fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct epoll_event ev = { .events = EPOLLIN };
		struct conn *c;

		if (fd < 0)
			return;
		if ((size_t)fd >= conns_max) {
			close(fd);
			return;
		}
		c = &conns[fd];
		c->fd = fd;
		c->have = c->acks = 0;
		c->room = NULL;
		ev.data.ptr = c;
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
			err(1, "epoll_ctl");
	}
}

/* RFC 6455, 4.2.2: base64(SHA-1(key and the fixed GUID)). */
static void
accept_key(const char *key, size_t size, char out[29])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t text[128], hash[21] = { 0 };
	size_t n = 0;

	if (size > 64)
		size = 64;
	memcpy(text, key, size);
	memcpy(text + size, guid, sizeof guid - 1);
	sha1(text, size + sizeof guid - 1, hash);
	for (unsigned i = 0; i < 21; i += 3) {
		uint32_t v = (uint32_t)hash[i] << 16 |
		    (uint32_t)hash[i + 1] << 8 | hash[i + 2];

		out[n++] = digits[v >> 18];
		out[n++] = digits[v >> 12 & 63];
		out[n++] = digits[v >> 6 & 63];
		out[n++] = digits[v & 63];
	}
	out[27] = '='; /* 20 bytes: the last digit is padding */
	out[28] = '\0';
}

static void
answer_metrics(struct conn *c)
{
	char body[256], head[128];
	int n, m;

	n = snprintf(body, sizeof body,
	    "chatsrv_socket_writes_total %llu\n"
	    "chatsrv_deliveries_total %llu\n",
	    (unsigned long long)room_writes,
	    (unsigned long long)room_deliveries);
	m = snprintf(head, sizeof head,
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %d\r\n"
	    "Connection: close\r\n\r\n",
	    n);
	if (write(c->fd, head, (size_t)m) != m ||
	    write(c->fd, body, (size_t)n) != n)
		warnx("metrics: short write");
	conn_close(c);
}

/* The request is whole in c->in and ends in NUL. */
static void
handshake(struct conn *c)
{
	static const char name[] = "\r\nSec-WebSocket-Key: ";
	char *in = (char *)c->in, *path, *key, text[256], digest[29];
	int n;

	path = in + 4;
	key = strcasestr(in, name);
	if (strncmp(in, "GET /", 5) != 0) {
		conn_close(c);
		return;
	}
	if (strncmp(path, "/metrics ", 9) == 0) {
		answer_metrics(c);
		return;
	}
	path[strcspn(path, " \r\n")] = '\0';
	if (key == NULL || room_join(path, c) != 0) {
		conn_close(c);
		return;
	}
	key += sizeof name - 1;
	accept_key(key, strcspn(key, "\r\n"), digest);
	n = snprintf(text, sizeof text,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n\r\n",
	    digest);
	if (write(c->fd, text, (size_t)n) != n)
		conn_close(c);
	c->have = 0;
}

static void
read_request(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->have, sizeof c->in - 1 - c->have);

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			conn_close(c);
		return;
	}
	c->have += (size_t)n;
	c->in[c->have] = '\0';
	if (c->have >= 4 && memcmp(c->in + c->have - 4, "\r\n\r\n", 4) == 0)
		handshake(c);
	else if (c->have == sizeof c->in - 1)
		conn_close(c);
}

/* All whole frames at `in` are dealt with; returns how many bytes they had. */
static size_t
eat_frames(struct conn *c, uint8_t *in, size_t have)
{
	struct ws_frame f;
	size_t at = 0;

	while (ws_header_get(in + at, have - at, &f) &&
	    have - at - f.header >= f.size) {
		uint8_t *payload = in + at + f.header;

		if (f.opcode == WS_CLOSE) {
			conn_close(c);
			return have;
		}
		if (f.masked)
			ws_mask(payload, f.size, f.mask);
		if (f.opcode == WS_TEXT)
			room_post(c->room, c, payload, f.size);
		at += f.header + f.size;
	}
	return at;
}

static void
read_frames(struct conn *c)
{
	static uint8_t in[sizeof c->in + 65536];
	size_t have, used;
	ssize_t n;

	memcpy(in, c->in, c->have);
	n = read(c->fd, in + c->have, sizeof in - c->have);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			conn_close(c);
		return;
	}
	have = c->have + (size_t)n;
	used = eat_frames(c, in, have);
	if (c->fd < 0)
		return;
	if (have - used > sizeof c->in)
		errx(1, "a frame is larger than %zu bytes", sizeof c->in);
	c->have = have - used;
	memcpy(c->in, in + used, c->have);
}

static void
serve(void)
{
	struct epoll_event events[TURN_EVENTS];
	int timeout = -1;

	for (;;) {
		int n = epoll_wait(epoll_fd, events, TURN_EVENTS, timeout);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c == NULL)
				conn_accept();
			else if (c->fd >= 0 && c->room == NULL)
				read_request(c);
			else if (c->fd >= 0)
				read_frames(c);
		}
		timeout = room_flush_all();
	}
}

/*
 * Options set on the listener are inherited by what it accepts (tcp(7)), so
 * that a connection costs no call for them.
 */
static void
listen_on(const char *spec)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct epoll_event ev = { .events = EPOLLIN };
	socklen_t len = sizeof sin;
	char host[64];
	unsigned port;
	int on = 1;

	if (sscanf(spec, "%63[0-9.]:%u", host, &port) != 2 || port > 65535 ||
	    inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(2, "--listen %s: say ADDR:PORT, as 127.0.0.1:0", spec);
	sin.sin_port = htons((uint16_t)port);
	listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (listen_fd < 0)
		err(1, "socket");
	setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(listen_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(listen_fd, (struct sockaddr *)&sin, sizeof sin) != 0 ||
	    listen(listen_fd, SOMAXCONN) != 0 ||
	    getsockname(listen_fd, (struct sockaddr *)&sin, &len) != 0)
		err(1, "--listen %s", spec);
	ev.data.ptr = NULL;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &ev) != 0)
		err(1, "epoll_ctl");
	printf("%s:%u\n", host, ntohs(sin.sin_port));
	fflush(stdout);
}

static void
room_for_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "setrlimit");
	conns_max = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
	conns = calloc(conns_max, sizeof *conns);
	if (conns == NULL)
		err(1, "calloc");
	for (size_t i = 0; i < conns_max; i++)
		conns[i].fd = -1;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "mode", required_argument, NULL, 'm' },
		{ "gather", required_argument, NULL, 'g' },
		{ NULL, 0, NULL, 0 },
	};
	const char *spec = "127.0.0.1:0", *mode = "one";
	unsigned gather = 1;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l')
			spec = optarg;
		else if (c == 'm')
			mode = optarg;
		else if (c == 'g')
			gather = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (strcmp(mode, "one") != 0 && strcmp(mode, "turn") != 0)
		errx(2, "--mode %s: say one or turn", mode);
	room_init(strcmp(mode, "one") == 0, gather);
	room_for_descriptors();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		err(1, "epoll_create1");
	listen_on(spec);
	serve();
}
