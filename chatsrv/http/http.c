/*
 * http: the addresses of the page and of the operator.
 *
 * Everything but the page's files is small; a body that the socket does not
 * take at once is written piece by piece as it drains.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libwebsockets.h>

#include "chatsrv/conf.h"
#include "chatsrv/http/http.h"
#include "chatsrv/metrics.h"
#include "lib/clock.h"
#include "lib/codec.h"
#include "lib/url.h"

#define HTTP_PIECE ((size_t)32 * 1024)

static const char http_security[] =
    "content-security-policy: default-src 'none'; script-src 'self'; "
    "style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; "
    "manifest-src 'self'\r\n"
    "x-content-type-options: nosniff\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "x-frame-options: DENY\r\n";

static const struct conf *http_conf;
static struct store *http_store;
static bool http_draining;

bool
http_init(const struct conf *c, struct store *st)
{
	http_conf = c;
	http_store = st;
	http_check_init(c);
	return http_static_load(c->server_www);
}

void
http_fini(void)
{
	http_static_free();
}

void
http_forget_store(void)
{
	http_store = NULL;
}

void
http_drain(void)
{
	http_draining = true;
}

/* What goes with a status, RFC 9110. */
struct http_outcome {
	int status;
	const char *reason;
	enum err err;	   /* of a refusal */
	const char *extra; /* headers of a refusal, or "" */
	int retry_s;	   /* come back after so many seconds; 0: don't */
};

static const struct http_outcome *
http_outcome(int status)
{
	static const struct http_outcome rows[] = {
		{ 200, "OK", ERR_OK, "", 0 },
		{ 302, "Found", ERR_OK, "", 0 },
		{ 304, "Not Modified", ERR_OK, "", 0 },
		{ 403, "Forbidden", ERR_FORBIDDEN, "", 0 },
		{ 404, "Not Found", ERR_NOT_FOUND, "", 0 },
		{ 405, "Method Not Allowed", ERR_BAD_REQUEST,
		    "allow: GET, HEAD\r\n", 0 },
		{ 426, "Upgrade Required", ERR_BAD_REQUEST,
		    "upgrade: websocket\r\nconnection: upgrade\r\n"
		    "sec-websocket-version: 13\r\n",
		    0 },
		{ 429, "Too Many Requests", ERR_RATE_LIMITED, "", 10 },
		{ 503, "Service Unavailable", ERR_UNAVAILABLE, "", 5 },
		{ 400, "Bad Request", ERR_BAD_REQUEST, "", 0 },
	};
	size_t i = 0, last = sizeof(rows) / sizeof(rows[0]) - 1;

	while (i < last && rows[i].status != status)
		i++;
	return &rows[i];
}

static void
http_date(struct buf *b)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	char text[64];

	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
	    gmtime_r(&now, &tm));
	buf_printf(b, "date: %s\r\n", text);
}

static void
http_head(struct buf *b, const struct http_outcome *st, const char *type,
    const char *extra, size_t len, bool last)
{
	buf_printf(b, "HTTP/1.1 %d %s\r\n%s%s", st->status, st->reason,
	    http_security, extra);
	http_date(b);
	if (http_conf->tls_certificate[0] != '\0')
		buf_puts(b, "strict-transport-security: max-age=31536000\r\n");
	if (type != NULL)
		buf_printf(b, "content-type: %s\r\n", type);
	if (st->status != 304)
		buf_printf(b, "content-length: %zu\r\n", len);
	if (st->retry_s != 0)
		buf_printf(b, "retry-after: %d\r\n", st->retry_s);
	if (last)
		buf_puts(b, "connection: close\r\n");
	buf_puts(b, "\r\n");
}

/* The answer is written: the connection waits for the next request. */
static int
http_done(struct lws *wsi)
{
	return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static int
http_piece(struct lws *wsi, struct http_body **place)
{
	struct http_body *b = *place;
	size_t n = b->len - b->at;
	bool end = n <= HTTP_PIECE;

	if (!end)
		n = HTTP_PIECE;
	if (lws_write(wsi, (unsigned char *)b->data + b->at, n,
		end ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	b->at += n;
	if (!end) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	free(b->owned);
	free(b);
	*place = NULL;
	return http_done(wsi);
}

static bool
http_is_head(struct lws *wsi)
{
	return lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
}

int
http_answer(struct lws *wsi, struct http_body **place, int status,
    const char *type, const char *extra, const char *body, size_t len,
    bool stays)
{
	struct buf head = BUF_INIT;
	bool empty = len == 0 || http_is_head(wsi);
	struct http_body *b;
	int n;

	http_head(&head, http_outcome(status), type, extra, len, false);
	n = lws_write(wsi, (unsigned char *)head.data, head.len,
	    empty ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
	buf_fini(&head);
	if (n < 0)
		return -1;
	if (empty)
		return http_done(wsi);
	b = xcalloc(1, sizeof(*b));
	b->len = len;
	if (!stays)
		b->owned = xstrndup(body, len);
	b->data = stays ? body : b->owned;
	*place = b;
	if (lws_partial_buffered(wsi)) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	return http_piece(wsi, place);
}

int
http_refuse(struct lws *wsi, int status, const char *why)
{
	const struct http_outcome *st = http_outcome(status);
	struct buf b = BUF_INIT, json = BUF_INIT;

	/* What is not there is no refusal. */
	if (status != 404 && status != 405)
		metrics.refused_total++;
	buf_printf(&json,
	    "{\"error\":{\"code\":\"%s\",\"text\":", err_code(st->err));
	codec_write_str(&json, why, strlen(why));
	if (st->retry_s != 0)
		buf_printf(&json, ",\"retry_after\":%d", st->retry_s);
	buf_puts(&json, "}}\n");
	http_head(&b, st, "application/json", st->extra, json.len, true);
	if (!http_is_head(wsi))
		buf_add(&b, json.data, json.len);
	/* Whatever came of it, the connection ends here. */
	lws_write(wsi, (unsigned char *)b.data, b.len, LWS_WRITE_HTTP_FINAL);
	buf_fini(&b);
	buf_fini(&json);
	return -1;
}

static int
http_file(struct lws *wsi, struct http_body **place, const char *path)
{
	const struct http_file *f = http_static_find(path);
	char seen[256], extra[128];

	/* What browsers ask for where no page names an icon. */
	if (f == NULL && strcmp(path, "/favicon.ico") == 0)
		f = http_static_find("/favicon.svg");
	if (f == NULL)
		return http_refuse(wsi, 404,
		    "there is nothing at this address");
	snprintf(extra, sizeof(extra),
	    "etag: %s\r\ncache-control: no-cache\r\n", f->etag);
	if (lws_hdr_copy(wsi, seen, sizeof(seen),
		WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
	    strstr(seen, f->etag) != NULL)
		return http_answer(wsi, place, 304, NULL, extra, NULL, 0, true);
	return http_answer(wsi, place, 200, f->type, extra, f->data, f->len,
	    true);
}

static int
http_redirect(struct lws *wsi, struct http_body **place, const char *name)
{
	struct buf extra = BUF_INIT;
	int n;

	buf_puts(&extra, "location: ");
	if (name[0] != '\0')
		url_print_path(&extra, name);
	else
		buf_putc(&extra, '/');
	buf_puts(&extra, "\r\n");
	n = http_answer(wsi, place, 302, NULL, buf_str(&extra), NULL, 0, true);
	buf_fini(&extra);
	return n;
}

static int
http_text(struct lws *wsi, struct http_body **place, int status,
    const struct buf *b)
{
	return http_answer(wsi, place, status,
	    "text/plain; version=0.0.4; charset=utf-8",
	    "cache-control: no-store\r\n", b->data, b->len, false);
}

static int
http_operator(struct lws *wsi, struct http_body **place, enum address_kind kind)
{
	struct buf b = BUF_INIT;
	int status = 200;

	if (kind == ADDRESS_METRICS) {
		if (!http_metrics_allowed(wsi, http_conf))
			return http_refuse(wsi, 403,
			    "metrics are for loopback and metrics.allow");
		http_metrics(http_store, &b);
	} else if (kind == ADDRESS_HEALTHZ)
		buf_puts(&b, "ok\n");
	else if (!http_ready(http_store, http_draining, &b))
		status = 503;
	status = http_text(wsi, place, status, &b);
	buf_fini(&b);
	return status;
}

static int
http_request(struct lws *wsi, struct http_body **place)
{
	char path[ADDRESS_PATH];
	struct address a;
	int status;
	const char *why = http_check_request(wsi, &status);

	if (why != NULL)
		return http_refuse(wsi, status, why);
	if (!http_is_head(wsi) &&
	    lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
		return http_refuse(wsi, 405,
		    "GET and HEAD are all that is answered here");
	if (!http_path(wsi, http_is_head(wsi), path))
		return http_refuse(wsi, 404,
		    "there is nothing at this address");
	address_parse(path, &a);
	switch (a.kind) {
	case ADDRESS_INDEX:
		return http_file(wsi, place, "/index.html");
	case ADDRESS_ROOM:
		return http_file(wsi, place, "/room.html");
	case ADDRESS_OLD_INDEX:
	case ADDRESS_OLD_ROOM:
		return http_redirect(wsi, place, a.name);
	case ADDRESS_HEALTHZ:
	case ADDRESS_READYZ:
	case ADDRESS_METRICS:
		return http_operator(wsi, place, a.kind);
	case ADDRESS_WS:
	case ADDRESS_WS_SIMPLE:
		return http_refuse(wsi, 426, "this address is a WebSocket");
	case ADDRESS_BAD:
		return http_refuse(wsi, 404, "a room can't have this name");
	case ADDRESS_FILE:
		break;
	}
	return http_file(wsi, place, path);
}

/* Before the handshake's answer: may this become a WebSocket? */
static int
http_upgrade(struct lws *wsi)
{
	int status;
	const char *why = http_check_upgrade(wsi, &status);

	if (why == NULL && http_draining) {
		status = 503;
		why = "the server is about to stop";
	}
	return why != NULL ? http_refuse(wsi, status, why) : 0;
}

int
http_callback(struct lws *wsi, int reason, struct http_body **place, void *in,
    size_t len)
{
	const char *why;

	(void)in, (void)len;
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return http_upgrade(wsi);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		why = http_check_origin(wsi);
		return why != NULL ? http_refuse(wsi, 403, why) : 0;
	case LWS_CALLBACK_HTTP:
		return http_request(wsi, place);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return place != NULL && *place != NULL ?
		    http_piece(wsi, place) :
		    0;
	case LWS_CALLBACK_CLOSED_HTTP:
		if (place != NULL && *place != NULL) {
			free((*place)->owned);
			free(*place);
			*place = NULL;
		}
		return 0;
	default:
		return 0;
	}
}
