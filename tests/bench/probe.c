/*
 * probe.c: single-client times.  The socket blocks; there is one frame at a
 * time, and what a reply must say is looked up by its field's name.
 */
#include "tests/bench/probe.h"
#include "tests/bench/wsframe.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define FILL_FLIGHT 32 /* requests in flight while filling */

struct probe {
	int fd;
	uint8_t *in;
	size_t at, have, cap; /* unread bytes are in[at … have) */
	char token[128];
};

static const uint8_t mask_key[4] = { 0x11, 0x22, 0x33, 0x44 };
static const struct timeval patience = { .tv_sec = 20 };

static void
probe_write(struct probe *p, const void *data, size_t size)
{
	if (write(p->fd, data, size) != (ssize_t)size)
		err(1, "write");
}

static void
probe_frame(struct probe *p, enum ws_opcode opcode, const char *text,
    size_t size)
{
	uint8_t out[WS_HEADER_MAX + 32768];
	size_t n = ws_header_put(out, opcode, size, mask_key);

	if (size > sizeof out - n)
		errx(1, "a request of %zu bytes is too large", size);
	memcpy(out + n, text, size);
	ws_mask(out + n, size, mask_key);
	probe_write(p, out, n + size);
}

static void
probe_say(struct probe *p, const char *text)
{
	probe_frame(p, WS_TEXT, text, strlen(text));
}

/* Reads more bytes behind those that are there. */
static void
probe_more(struct probe *p)
{
	ssize_t n;

	if (p->at > 0) {
		memmove(p->in, p->in + p->at, p->have - p->at);
		p->have -= p->at;
		p->at = 0;
	}
	if (p->cap - p->have < 65536) {
		p->cap = p->cap * 2 + 131072;
		p->in = realloc(p->in, p->cap);
		if (p->in == NULL)
			err(1, "realloc");
	}
	/* one byte stays for the NUL that ends a frame's text */
	n = read(p->fd, p->in + p->have, p->cap - p->have - 1);
	if (n == 0)
		errx(1, "the server ended the connection");
	if (n < 0)
		err(1, "no answer");
	p->have += (size_t)n;
}

/*
 * The next text frame, with its end behind the last byte in `*size`; it stays
 * until the next call.
 */
static const char *
probe_next(struct probe *p, size_t *size)
{
	struct ws_frame f;

	for (;;) {
		char *payload;

		while (!ws_header_get(p->in + p->at, p->have - p->at, &f) ||
		    p->have - p->at - f.header < f.size)
			probe_more(p);
		payload = (char *)p->in + p->at + f.header;
		p->at += f.header + f.size;
		if (f.opcode == WS_PING)
			probe_frame(p, WS_PONG, payload, f.size);
		if (f.opcode == WS_CLOSE)
			errx(1, "the server closed the connection");
		if (f.opcode == WS_TEXT) {
			*size = f.size;
			return payload;
		}
	}
}

static bool
begins(const char *text, size_t size, const char *head)
{
	size_t n = strlen(head);

	return size >= n && memcmp(text, head, n) == 0;
}

/* Waits for the reply to `id`, which must be ok; events are passed over. */
static const char *
probe_reply(struct probe *p, unsigned id, size_t *size)
{
	char head[48];

	snprintf(head, sizeof head, "{\"re\":%u,\"ok\":", id);
	for (;;) {
		const char *text = probe_next(p, size);

		if (!begins(text, *size, head))
			continue;
		if (!begins(text + strlen(head), *size - strlen(head), "true"))
			errx(1, "refused: %.*s", (int)*size, text);
		return text;
	}
}

/* What stands behind `"name":` in a reply; ends the process if nothing does. */
static const char *
field(const char *text, size_t size, const char *name)
{
	char key[48];
	const char *at;
	int n = snprintf(key, sizeof key, "\"%s\":", name);

	at = memmem(text, size, key, (size_t)n);
	if (at == NULL)
		errx(1, "no %s in the reply %.*s", name,
		    (int)(size > 300 ? 300 : size), text);
	return at + n;
}

static void
probe_open(struct probe *p, const struct sockaddr_in *server, const char *path)
{
	char host[INET_ADDRSTRLEN], text[512];
	const uint8_t *end;
	int on = 1, n;

	p->at = p->have = 0;
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		err(1, "socket");
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(p->fd, (const struct sockaddr *)server, sizeof *server) !=
	    0)
		err(1, "connect");
	inet_ntop(AF_INET, &server->sin_addr, host, sizeof host);
	n = snprintf(text, sizeof text,
	    "GET %s HTTP/1.1\r\nHost: %s:%u\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
	    "Sec-WebSocket-Version: 13\r\n\r\n",
	    path, host, ntohs(server->sin_port));
	probe_write(p, text, (size_t)n);
	do
		probe_more(p);
	while ((end = memmem(p->in, p->have, "\r\n\r\n", 4)) == NULL);
	if (!begins((char *)p->in, p->have, "HTTP/1.1 101 "))
		errx(1, "the upgrade was refused");
	p->at = (size_t)(end - p->in) + 4;
}

static void
probe_end(struct probe *p)
{
	close(p->fd);
	p->fd = -1;
}

/* With a token of before it is the same guest again. */
static void
probe_hello(struct probe *p)
{
	char text[256];
	const char *reply, *token;
	size_t size;

	if (p->token[0] != '\0') {
		snprintf(text, sizeof text,
		    "{\"op\":\"hello\",\"id\":1,\"token\":\"%s\"}", p->token);
		probe_say(p, text);
		probe_reply(p, 1, &size);
		return;
	}
	probe_say(p, "{\"op\":\"hello\",\"id\":1,\"nick\":\"probe\"}");
	reply = probe_reply(p, 1, &size);
	token = field(reply, size, "token") + 1;
	snprintf(p->token, sizeof p->token, "%.*s", (int)strcspn(token, "\""),
	    token);
}

/* Joins and returns the room's last seq; with `after` also what follows. */
static uint64_t
probe_join(struct probe *p, const char *room, const uint64_t *after)
{
	char text[256];
	const char *reply;
	size_t size;

	if (after != NULL)
		snprintf(text, sizeof text,
		    "{\"op\":\"join\",\"id\":2,\"room\":\"%s\",\"after\":%llu}",
		    room, (unsigned long long)*after);
	else
		snprintf(text, sizeof text,
		    "{\"op\":\"join\",\"id\":2,\"room\":\"%s\"}", room);
	probe_say(p, text);
	reply = probe_reply(p, 2, &size);
	if (after != NULL &&
	    strncmp(field(reply, size, "recovered"), "true", 4) != 0)
		errx(1, "the resume was not whole: %.*s", (int)size, reply);
	return strtoull(field(reply, size, "seq"), NULL, 10);
}

static void
probe_send(struct probe *p, const char *room, unsigned id, unsigned text_bytes)
{
	static char text[32768];
	int n = snprintf(text, sizeof text,
	    "{\"op\":\"send\",\"id\":%u,\"room\":\"%s\",\"text\":\"", id, room);

	memset(text + n, 'y', text_bytes);
	snprintf(text + n + text_bytes, sizeof text - (size_t)n - text_bytes,
	    "\"}");
	probe_say(p, text);
}

uint64_t
probe_fill(const struct sockaddr_in *server, const char *room, unsigned count,
    unsigned text_bytes)
{
	struct probe p = { 0 };
	unsigned sent = 0;
	uint64_t end;

	probe_open(&p, server, "/ws");
	probe_hello(&p);
	probe_join(&p, room, NULL);
	for (unsigned got = 0; got < count; got++) {
		size_t size;

		while (sent < count && sent - got < FILL_FLIGHT)
			probe_send(&p, room, 10 + sent++, text_bytes);
		probe_reply(&p, 10 + got, &size);
	}
	end = probe_join(&p, room, NULL);
	probe_end(&p);
	free(p.in);
	return end;
}

void
probe_bare(const struct sockaddr_in *server, const char *path, unsigned repeat,
    struct meter *whole)
{
	struct probe p = { 0 };

	for (unsigned i = 0; i < repeat; i++) {
		uint64_t start = meter_now();

		probe_open(&p, server, path);
		meter_add(whole, meter_now() - start);
		probe_end(&p);
	}
	free(p.in);
}

static void
resume_once(struct probe *p, const struct sockaddr_in *server, const char *room,
    unsigned entries, uint64_t after, struct meter *whole, struct meter *join)
{
	uint64_t start = meter_now(), joining, end;
	unsigned got = 0;

	probe_open(p, server, "/ws");
	probe_hello(p);
	joining = meter_now();
	probe_join(p, room, &after);
	while (got < entries) {
		size_t size;
		const char *text = probe_next(p, &size);

		if (begins(text, size, "{\"ev\":\"message\"")) {
			uint64_t seq = strtoull(field(text, size, "seq"), NULL,
			    10);

			if (seq != after + ++got)
				errx(1,
				    "entry %llu came as number %u after %llu",
				    (unsigned long long)seq, got,
				    (unsigned long long)after);
		}
	}
	end = meter_now();
	meter_add(whole, end - start);
	meter_add(join, end - joining);
	probe_end(p);
}

void
probe_resume(const struct sockaddr_in *server, const char *room,
    unsigned entries, unsigned repeat, struct meter *whole, struct meter *join)
{
	struct probe p = { 0 };
	uint64_t end;

	probe_open(&p, server, "/ws");
	probe_hello(&p);
	end = probe_join(&p, room, NULL);
	probe_end(&p);
	if (end < entries)
		errx(1, "room %s has only %llu entries", room,
		    (unsigned long long)end);
	for (unsigned i = 0; i < repeat; i++)
		resume_once(&p, server, room, entries, end - entries, whole,
		    join);
	free(p.in);
}

void
probe_history(const struct sockaddr_in *server, const char *room,
    unsigned limit, unsigned repeat, struct meter *page)
{
	struct probe p = { 0 };
	uint64_t before;

	probe_open(&p, server, "/ws");
	probe_hello(&p);
	before = probe_join(&p, room, NULL) + 1;
	for (unsigned i = 0; i < repeat && before > limit; i++) {
		char text[256];
		const char *reply, *entries;
		size_t size;
		uint64_t start = meter_now();

		snprintf(text, sizeof text,
		    "{\"op\":\"history\",\"id\":%u,"
		    "\"room\":\"%s\",\"before\":%llu,\"limit\":%u}",
		    10 + i, room, (unsigned long long)before, limit);
		probe_say(&p, text);
		reply = probe_reply(&p, 10 + i, &size);
		meter_add(page, meter_now() - start);
		entries = field(reply, size, "entries");
		before = strtoull(field(entries,
				      size - (size_t)(entries - reply), "seq"),
		    NULL, 10);
	}
	probe_end(&p);
	free(p.in);
}
