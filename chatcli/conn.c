/*
 * conn: libwebsockets as a client.
 *
 * lws calls back from inside its own calls and frees what it calls about, so
 * nothing is decided there: what happened is noted, and conn_turn(), a timer
 * of zero, acts on the loop's next turn.  Names are resolved by libuv, since
 * lws would block; lws connects to the number and is given the name for the
 * Host header, SNI and the certificate's check.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>
#include <uv.h>

#include "chatcli/conn.h"
#include "lib/clock.h"
#include "lib/proto.h"

enum conn_state { CONN_IDLE, CONN_RESOLVING, CONN_CONNECTING, CONN_OPEN };

struct conn_frame {
	struct conn_frame *next;
	size_t n;
	unsigned char data[]; /* LWS_PRE bytes, then the frame */
};

struct conn {
	uv_loop_t *loop;
	struct conn_conf conf;
	const struct conn_host *host;
	void *arg;

	enum conn_state state;
	struct lws_context *ctx;
	struct lws *wsi;
	uv_getaddrinfo_t resolver;
	bool resolving, stopping, stopped;
	struct addrinfo *addrs, *addr; /* all; the next one to try */

	uv_timer_t turn, watch;
	unsigned code; /* what to tell in closed() */
	char why[256];
	bool established; /* the WebSocket is there */
	bool closing;	  /* conn_close() was called */
	bool over;	  /* lws has let go of the socket */

	int64_t heard;	   /* clock_ms() of the last byte */
	bool ping, pinged; /* to be sent; was sent since */
	struct buf in;
	struct conn_frame *out, **out_end;
};

static void conn_turn(uv_timer_t *);
static void conn_watch(uv_timer_t *);

/* Why a certificate was refused is told to the log only. */
static char conn_log_line[200];

static void
conn_log(int level, const char *line)
{
	(void)level;
	snprintf(conn_log_line, sizeof(conn_log_line), "%.*s",
	    (int)strcspn(line, "\r\n"), line);
}

static void
conn_later(struct conn *c)
{
	if (!c->stopped)
		uv_timer_start(&c->turn, conn_turn, 0, 0);
}

static void
conn_say(struct conn *c, unsigned code, const char *why)
{
	c->code = code;
	snprintf(c->why, sizeof(c->why), "%s", why);
}

static void
conn_drop_frames(struct conn *c)
{
	struct conn_frame *f, *next;

	for (f = c->out; f != NULL; f = next) {
		next = f->next;
		free(f);
	}
	c->out = NULL;
	c->out_end = &c->out;
	buf_reset(&c->in);
}

/* One frame, or a ping, for each time the socket takes something. */
static int
conn_writable(struct conn *c)
{
	unsigned char ping[LWS_PRE];
	struct conn_frame *f = c->out;
	int sent;

	if (c->ping) {
		c->ping = false;
		c->pinged = true;
		sent = lws_write(c->wsi, ping + LWS_PRE, 0, LWS_WRITE_PING);
		if (f != NULL)
			lws_callback_on_writable(c->wsi);
		return sent < 0 ? -1 : 0;
	}
	if (f == NULL)
		return 0;
	sent = lws_write(c->wsi, f->data + LWS_PRE, f->n, LWS_WRITE_TEXT);
	c->out = f->next;
	if (c->out == NULL)
		c->out_end = &c->out;
	else
		lws_callback_on_writable(c->wsi);
	free(f);
	return sent < 0 ? -1 : 0;
}

static int
conn_receive(struct conn *c, const char *p, size_t n)
{
	if (c->closing || c->stopping)
		return 0;
	if (c->in.len + n > CONN_FRAME_MAX || lws_frame_is_binary(c->wsi)) {
		conn_close(c, 1009,
		    "the server sent a frame that is too large, or no text");
		return 0;
	}
	buf_add(&c->in, p, n);
	if (!lws_is_final_fragment(c->wsi) ||
	    lws_remaining_packet_payload(c->wsi) != 0)
		return 0;
	buf_str(&c->in);
	c->host->frame(c->arg, c->in.data, c->in.len);
	buf_reset(&c->in);
	return 0;
}

static void
conn_peer_closes(struct conn *c, const unsigned char *p, size_t n)
{
	unsigned code = n >= 2 ? (unsigned)p[0] << 8 | p[1] : 1005;
	char why[124];

	snprintf(why, sizeof(why), "%.*s", n > 2 ? (int)(n - 2) : 0,
	    n > 2 ? (const char *)p + 2 : "");
	conn_say(c, code, why);
}

/* What OpenSSL did not like stands in the log, between other things. */
static bool
conn_failed_tls(struct conn *c)
{
	const char *why = strstr(conn_log_line, "SSL error: ");
	char text[256];

	if (!c->conf.server->secure || why == NULL)
		return false;
	why += strlen("SSL error: ");
	snprintf(text, sizeof(text),
	    "the server's certificate is refused: %.*s", (int)strcspn(why, "("),
	    why);
	text[strlen(text) - (text[strlen(text) - 1] == ' ')] = '\0';
	conn_say(c, 0, text);
	return true;
}

/* lws has a word of its own for most failures, and few are for people. */
static void
conn_failed(struct conn *c, struct lws *wsi, const char *words)
{
	unsigned status = lws_http_client_http_response(wsi);
	char text[256];

	if (conn_failed_tls(c))
		return;
	if (status >= 200 && status < 1000)
		snprintf(text, sizeof(text),
		    "HTTP status %u instead of a WebSocket", status);
	else if (words != NULL && strncmp(words, "connect SSL", 11) == 0)
		snprintf(text, sizeof(text), "it does not speak TLS");
	else if (words == NULL || strstr(words, "stablished") != NULL ||
	    strcmp(words, "read failed") == 0)
		snprintf(text, sizeof(text),
		    "nothing answers there, or it speaks another protocol");
	else
		snprintf(text, sizeof(text), "%s", words);
	conn_say(c, 0, text);
}

static void
conn_vanished(struct conn *c)
{
	if (!c->closing && !c->established)
		conn_say(c, 0, "it does not answer");
	c->wsi = NULL;
	c->over = true;
	conn_later(c);
}

static int
conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t n)
{
	struct conn *c = lws_get_opaque_user_data(wsi);

	(void)user;
	if (c == NULL || (c->wsi != NULL && c->wsi != wsi))
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		if (!c->closing)
			conn_failed(c, wsi, in);
		/* FALLTHROUGH */
	case LWS_CALLBACK_CLIENT_CLOSED:
		c->wsi = NULL;
		c->over = true;
		conn_later(c);
		return 0;
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
	case LWS_CALLBACK_WSI_DESTROY:
		/* All that is told of an upgrade that was not answered. */
		if (c->wsi == wsi)
			conn_vanished(c);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		c->wsi = wsi;
		c->established = true;
		conn_later(c);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		c->heard = clock_ms();
		return conn_receive(c, in, n);
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		c->heard = clock_ms();
		c->pinged = false;
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return conn_writable(c);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		conn_peer_closes(c, in, n);
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols conn_protocols[] = {
	{ .name = PROTO_NAME,
	    .callback = conn_callback,
	    .rx_buffer_size = 16384,
	    .tx_packet_size = 128 * 1024 },
	{ .name = NULL }
};

/* 0 everywhere: liveness is ours. */
static const lws_retry_bo_t conn_policy;

/* Made at the first attempt, so that the screen is there before. */
static bool
conn_context(struct conn *c)
{
	struct lws_context_creation_info info;
	void *loops[1] = { c->loop };

	if (c->ctx != NULL)
		return true;
	memset(&info, 0, sizeof(info));
	lws_set_log_level(LLL_ERR | LLL_WARN, conn_log);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = conn_protocols;
	info.foreign_loops = loops;
	info.pcontext = &c->ctx;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.fd_limit_per_thread = 16;
	info.retry_and_idle_policy = &conn_policy;
	info.connect_timeout_secs = CONN_CONNECT_S;
	info.timeout_secs = CONN_CONNECT_S;
	info.options = LWS_SERVER_OPTION_LIBUV;
	if (c->conf.server->secure) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		if (c->conf.ca_file != NULL && c->conf.ca_file[0] != '\0')
			info.client_ssl_ca_filepath = c->conf.ca_file;
	}
	c->ctx = lws_create_context(&info);
	if (c->ctx == NULL)
		conn_say(c, 0,
		    c->conf.ca_file != NULL && c->conf.ca_file[0] != '\0' ?
			"libwebsockets does not "
			"start: is the file with certificates right?" :
			"libwebsockets does not start: is the package "
			"libwebsockets-evlib-uv there?");
	return c->ctx != NULL;
}

static void
conn_end(struct conn *c)
{
	uv_timer_stop(&c->watch);
	uv_freeaddrinfo(c->addrs);
	c->addrs = c->addr = NULL;
	conn_drop_frames(c);
	c->state = CONN_IDLE;
	c->over = c->closing = false;
	c->host->closed(c->arg, c->code, c->why);
}

/* Connects to the next address; true if that is under way. */
static bool
conn_next(struct conn *c)
{
	struct lws_client_connect_info i;
	char number[64], host[300];
	const struct url *u = c->conf.server;
	struct addrinfo *a = c->addr;

	if (a == NULL || !conn_context(c))
		return false;
	c->addr = a->ai_next;
	if (getnameinfo(a->ai_addr, a->ai_addrlen, number, sizeof(number), NULL,
		0, NI_NUMERICHOST) != 0)
		return conn_next(c);
	snprintf(host, sizeof(host),
	    strchr(u->host, ':') != NULL ? "[%s]:%u" : "%s:%u", u->host,
	    (unsigned)u->port);
	memset(&i, 0, sizeof(i));
	i.context = c->ctx;
	i.address = number;
	i.port = u->port;
	i.path = "/ws";
	i.host = host;
	i.protocol = i.local_protocol_name = PROTO_NAME;
	i.retry_and_idle_policy = &conn_policy;
	i.opaque_user_data = c;
	i.pwsi = &c->wsi;
	if (u->secure)
		i.ssl_connection = LCCSCF_USE_SSL;
	if (u->secure && c->conf.insecure)
		i.ssl_connection |= LCCSCF_ALLOW_SELFSIGNED |
		    LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
		    LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
	c->state = CONN_CONNECTING;
	c->over = c->established = false;
	conn_log_line[0] = '\0';
	/* A failure at once is told to the callback too, or to nobody. */
	if (lws_client_connect_via_info(&i) == NULL && !c->over) {
		conn_say(c, 0, "it can't be reached");
		c->over = true;
	}
	if (c->over)
		conn_later(c);
	uv_timer_start(&c->watch, conn_watch, CONN_ANSWER_MS, 0);
	return true;
}

static void
conn_kill(struct conn *c)
{
	struct lws *wsi = c->wsi;

	/* What lws still has to say of it is for nobody. */
	lws_set_opaque_user_data(wsi, NULL);
	if (c->established)
		lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE,
	    LWS_TO_KILL_SYNC);
	c->wsi = NULL;
	c->over = true;
}

static void
conn_handle_closed(uv_handle_t *h)
{
	(void)h;
}

static void
conn_stop_now(struct conn *c)
{
	c->stopped = true;
	uv_close((uv_handle_t *)&c->turn, conn_handle_closed);
	uv_close((uv_handle_t *)&c->watch, conn_handle_closed);
	if (c->wsi != NULL)
		conn_kill(c);
	if (c->resolving)
		uv_cancel((uv_req_t *)&c->resolver);
	/* The first of two: it lets go of the loop. */
	if (c->ctx != NULL)
		lws_context_destroy(c->ctx);
}

static void
conn_opened(struct conn *c)
{
	c->state = CONN_OPEN;
	conn_say(c, 1006, "the connection broke");
	c->heard = clock_ms();
	c->ping = c->pinged = false;
	uv_timer_start(&c->watch, conn_watch, CONN_PING_MS, 0);
	c->host->opened(c->arg);
}

/* Acts on what was noted. */
static void
conn_turn(uv_timer_t *t)
{
	struct conn *c = t->data;

	if (c->stopping) {
		conn_stop_now(c);
		return;
	}
	if (c->closing && c->wsi != NULL)
		conn_kill(c);
	if (c->state == CONN_IDLE || c->resolving)
		return;
	if (c->closing) {
		conn_end(c);
		return;
	}
	if (c->over) {
		if (c->state == CONN_CONNECTING && c->addr != NULL &&
		    conn_next(c))
			return;
		conn_end(c);
		return;
	}
	if (c->state == CONN_CONNECTING && c->established)
		conn_opened(c);
}

static void
conn_watch(uv_timer_t *t)
{
	struct conn *c = t->data;
	int64_t silent = clock_ms() - c->heard, due;

	if (c->state == CONN_CONNECTING && c->wsi != NULL && !c->established) {
		/* Whatever lws waits for; there may be other addresses. */
		conn_say(c, 0, "it does not answer");
		conn_kill(c);
		conn_later(c);
		return;
	}
	if (c->state != CONN_OPEN || c->wsi == NULL)
		return;
	if (silent >= CONN_SILENT_MS) {
		conn_close(c, 1006, "the server is silent");
		return;
	}
	if (silent < CONN_PING_MS)
		c->pinged = false;
	else if (!c->pinged) {
		c->ping = c->pinged = true;
		lws_callback_on_writable(c->wsi);
	}
	due = (c->pinged ? CONN_SILENT_MS : CONN_PING_MS) - silent;
	uv_timer_start(t, conn_watch, (uint64_t)due, 0);
}

static void
conn_resolved(uv_getaddrinfo_t *r, int status, struct addrinfo *addrs)
{
	struct conn *c = r->data;

	c->resolving = false;
	if (c->stopping) {
		uv_freeaddrinfo(addrs);
		return;
	}
	c->addrs = c->addr = addrs;
	if (status != 0)
		conn_say(c, 0,
		    status == UV_EAI_NONAME ? "there is no host of that name" :
					      uv_strerror(status));
	if (c->closing || status != 0 || !conn_next(c)) {
		c->over = true;
		conn_later(c);
	}
}

struct conn *
conn_new(uv_loop_t *loop, const struct conn_conf *conf,
    const struct conn_host *host, void *arg)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->loop = loop;
	c->conf = *conf;
	c->host = host;
	c->arg = arg;
	c->out_end = &c->out;
	uv_timer_init(loop, &c->turn);
	uv_timer_init(loop, &c->watch);
	c->turn.data = c->watch.data = c->resolver.data = c;
	return c;
}

void
conn_open(struct conn *c)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char port[8];
	int e;

	c->state = CONN_RESOLVING;
	c->closing = c->over = false;
	conn_say(c, 0, "");
	snprintf(port, sizeof(port), "%u", (unsigned)c->conf.server->port);
	e = uv_getaddrinfo(c->loop, &c->resolver, conn_resolved,
	    c->conf.server->host, port, &hints);
	c->resolving = e == 0;
	if (e != 0) {
		conn_say(c, 0, uv_strerror(e));
		c->over = true;
		conn_later(c);
	}
}

bool
conn_is_open(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->closing && !c->over;
}

void
conn_send(struct conn *c, const char *p, size_t n)
{
	struct conn_frame *f;

	if (!conn_is_open(c))
		return;
	f = xmalloc(sizeof(*f) + LWS_PRE + n);
	f->next = NULL;
	f->n = n;
	memcpy(f->data + LWS_PRE, p, n);
	*c->out_end = f;
	c->out_end = &f->next;
	lws_callback_on_writable(c->wsi);
}

void
conn_close(struct conn *c, unsigned code, const char *why)
{
	if (c->state == CONN_IDLE || c->closing || c->over)
		return;
	c->closing = true;
	conn_say(c, code, why);
	conn_later(c);
}

void
conn_stop(struct conn *c)
{
	c->stopping = true;
	conn_later(c);
}

bool
conn_free(struct conn *c)
{
	if (c == NULL)
		return true;
	if (c->resolving)
		return false;
	if (c->ctx != NULL)
		lws_context_destroy(c->ctx);
	uv_freeaddrinfo(c->addrs);
	conn_drop_frames(c);
	buf_fini(&c->in);
	free(c);
	return true;
}
