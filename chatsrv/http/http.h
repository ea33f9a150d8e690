/*
 * http: requests that are no WebSocket, and those that want to become one.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "chatsrv/gate/address.h"
#include "lib/buf.h"
#include "lib/err.h"

struct conf;
struct in6_addr;
struct lws;
struct sockaddr_storage;
struct store;

/* What is left to be written of an answer's body. */
struct http_body {
	const char *data;
	size_t len, at;
	char *owned; /* freed at the end; NULL: data stays */
};

/*
 * conf must stay, and the store until http_forget_store(); the page's files
 * are read from conf->server_www.  False, after telling on stderr, when they
 * can't be.
 */
bool http_init(const struct conf *, struct store *);
void http_fini(void);

/* The store is closed; connections may still ask for /readyz and /metrics. */
void http_forget_store(void);

/* No request is fine any more: the server is about to stop. */
void http_drain(void);

/*
 * The callback of libwebsockets for HTTP reasons, with the place where the
 * connection keeps what it still has to write.
 */
int http_callback(struct lws *, int reason, struct http_body **, void *in,
    size_t len);

/*
 * Answers, headers for security included.  type NULL: no body.  extra are
 * header lines ("etag: …\r\n") or "".  The body is copied unless it stays.
 * Returns what the callback is to return.
 */
int http_answer(struct lws *, struct http_body **, int status, const char *type,
    const char *extra, const char *body, size_t len, bool stays);

/*
 * Answers with an error as JSON and the headers that belong to the status
 * (RFC 9110: Allow, Upgrade, Retry-After), and closes the connection.
 */
int http_refuse(struct lws *, int status, const char *why);

/* The path asked for; false if it is none. */
bool http_path(struct lws *, bool head, char out[ADDRESS_PATH]);

/* NULL, or why a request is refused with *status. */
const char *http_check_request(struct lws *, int *status);
const char *http_check_upgrade(struct lws *, int *status);
const char *http_check_origin(struct lws *);
void http_check_init(const struct conf *);

/*
 * http_health.c: false if the process should get no more work.  A store that
 * is NULL is closed.
 */
bool http_ready(struct store *, bool draining, struct buf *);
void http_metrics(struct store *, struct buf *);
bool http_metrics_allowed(struct lws *, const struct conf *);

/* http_static.c */
struct http_file {
	char *path; /* as in the address, "/css/chat.css" */
	const char *type;
	char *data;
	size_t len;
	char etag[20];
	struct http_file *next;
};
bool http_static_load(const char *dir);
void http_static_free(void);
const struct http_file *http_static_find(const char *path);

#endif
