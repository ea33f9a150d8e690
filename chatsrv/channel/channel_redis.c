/*
 * channel_redis: groups are channels of Redis' PUBLISH and SUBSCRIBE.
 *
 * Two connections, one for each direction; when one of them fails both are
 * given up and made anew.  PING says nothing on a connection that subscribes,
 * so that both work is known by a beat: each second the server publishes to a
 * channel that nobody but itself has, and hears it.  hiredis 0.14 must not be
 * called from its own callbacks about connecting, so these leave a note, and
 * the timer does the rest.
 *
 *	chat:STORE:r:ROOM	a room
 *	chat:STORE:n		all servers
 *	chat:STORE:n:NODE	one server
 *
 * A message begins with the node that it is from: what Redis sends back to its
 * sender is dropped.  Redis pub/sub: redis.io/docs/manual/pubsub.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <uthash.h>
#include <uv.h>

#include "chatsrv/channel/channel.h"
#include "chatsrv/channel/redis_place.h"
#include "chatsrv/token.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"

#define REDIS_BEAT_MS	1000
#define REDIS_SILENT_MS 3000 /* without a beat it is away */
#define REDIS_RETRY_MS	100  /* at first; doubled … */
#define REDIS_LATER_MS	10000
#define REDIS_TELL_MS	60000
#define REDIS_AT_ONCE	1000			  /* groups of a SUBSCRIBE */
#define REDIS_PENDING	((size_t)8 * 1024 * 1024) /* bytes, published */
#define REDIS_NODE	8			  /* bytes of a node's name */
#define REDIS_NAME	100			  /* … of a channel's */

struct group {
	int64_t id;
	UT_hash_handle hh;
};

enum link_kind { LINK_SUB, LINK_PUB, LINK__COUNT };

/* A connection and what watches its socket for it. */
struct link {
	redisAsyncContext *ac;
	uv_poll_t poll;
	int wanted; /* events */
};

static struct {
	struct redis_place place;
	char prefix[48];       /* chat:STORE: */
	char self[REDIS_NAME]; /* the channel of our own */
	unsigned char node[REDIS_NODE];
	const struct channel_events *events;
	uv_loop_t *loop;
	uv_timer_t timer; /* the next attempt, or the next beat */
	uv_getaddrinfo_t lookup;
	bool looking, stopping;
	struct link *links[LINK__COUNT];
	enum channel_state state;
	char why[256]; /* it failed; "": it did not */
	char told[256];
	int64_t retry_ms, heard_at, told_at;
	size_t pending;
	struct group *groups;
} redis;

static void redis_timer(uv_timer_t *);
static void redis_join(int64_t);

/* Notes what went wrong; the first cause is the one that counts. */
static void
redis_fail(const char *why)
{
	if (redis.why[0] == '\0')
		snprintf(redis.why, sizeof(redis.why), "%s",
		    why != NULL && why[0] != '\0' ? why : "it ended");
	if (!redis.stopping)
		uv_timer_start(&redis.timer, redis_timer, 0, 0);
}

/* libuv tells of a refused connection by a status; hiredis looks itself. */
static void
link_ready(uv_poll_t *p, int status, int events)
{
	struct link *l = p->data;

	if (status != 0)
		events = l->wanted != 0 ? l->wanted : UV_READABLE;
	if (l->ac != NULL && (events & UV_WRITABLE) != 0)
		redisAsyncHandleWrite(l->ac);
	if (l->ac != NULL && (events & UV_READABLE) != 0)
		redisAsyncHandleRead(l->ac);
}

static void
link_want(struct link *l, int add, int drop)
{
	l->wanted = (l->wanted | add) & ~drop;
	if (l->wanted != 0)
		uv_poll_start(&l->poll, l->wanted, link_ready);
	else
		uv_poll_stop(&l->poll);
}

static void
link_add_read(void *l)
{
	link_want(l, UV_READABLE, 0);
}

static void
link_drop_read(void *l)
{
	link_want(l, 0, UV_READABLE);
}

static void
link_add_write(void *l)
{
	link_want(l, UV_WRITABLE, 0);
}

static void
link_drop_write(void *l)
{
	link_want(l, 0, UV_WRITABLE);
}

static void
link_closed(uv_handle_t *h)
{
	free(h->data);
}

/* hiredis lets its connection go, for whatever cause. */
static void
link_cleanup(void *arg)
{
	struct link *l = arg;

	for (int i = 0; i < LINK__COUNT; i++)
		if (redis.links[i] == l)
			redis.links[i] = NULL;
	l->ac = NULL;
	uv_close((uv_handle_t *)&l->poll, link_closed);
}

static void
link_connected(const redisAsyncContext *ac, int status)
{
	if (status != REDIS_OK)
		redis_fail(ac->errstr);
}

static void
link_disconnected(const redisAsyncContext *ac, int status)
{
	if (status != REDIS_OK)
		redis_fail(ac->errstr);
	else
		redis_fail("the connection was closed");
}

static bool
link_watch(enum link_kind kind, redisAsyncContext *ac)
{
	struct link *l = xcalloc(1, sizeof(*l));

	if (uv_poll_init(redis.loop, &l->poll, ac->c.fd) != 0) {
		free(l);
		return false;
	}
	l->poll.data = l;
	l->ac = ac;
	ac->ev.data = l;
	ac->ev.addRead = link_add_read;
	ac->ev.delRead = link_drop_read;
	ac->ev.addWrite = link_add_write;
	ac->ev.delWrite = link_drop_write;
	ac->ev.cleanup = link_cleanup;
	redis.links[kind] = l;
	redisAsyncSetConnectCallback(ac, link_connected);
	redisAsyncSetDisconnectCallback(ac, link_disconnected);
	return true;
}

/* An answer that may only be an error. */
static void
redis_answered(redisAsyncContext *ac, void *r, void *arg)
{
	const redisReply *reply = r;

	(void)ac, (void)arg;
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
		redis_fail(reply->str);
}

static void
redis_published(redisAsyncContext *ac, void *r, void *arg)
{
	redis.pending -= (size_t)(uintptr_t)arg;
	redis_answered(ac, r, NULL);
}

static void
redis_turn(enum channel_state s)
{
	if (redis.state == s)
		return;
	redis.state = s;
	redis.events->turned(s);
}

/* Both connections end.  Not to be called from within hiredis. */
static void
redis_drop(void)
{
	for (int i = 0; i < LINK__COUNT; i++) {
		struct link *l = redis.links[i];

		redis.links[i] = NULL;
		if (l != NULL && l->ac != NULL)
			redisAsyncFree(l->ac);
	}
	redis.pending = 0;
}

static void
redis_group_name(char out[REDIS_NAME], int64_t group)
{
	if (group == CHANNEL_ALL)
		snprintf(out, REDIS_NAME, "%sn", redis.prefix);
	else
		snprintf(out, REDIS_NAME, "%sr:%lld", redis.prefix,
		    (long long)group);
}

/* The group that a channel stands for; false: it is our own. */
static bool
redis_group_of(const redisReply *name, int64_t *group)
{
	size_t n = strlen(redis.prefix);

	if (name->type != REDIS_REPLY_STRING || name->len < n + 1 ||
	    strcmp(name->str, redis.self) == 0)
		return false;
	*group = name->str[n] == 'r' ? strtoll(name->str + n + 2, NULL, 10) :
				       CHANNEL_ALL;
	return true;
}

static void
redis_beat_heard(void)
{
	redis.heard_at = clock_ms();
	redis.retry_ms = REDIS_RETRY_MS;
	if (redis.state == CHANNEL_UP)
		return;
	redis.told_at = 0;
	log_info("channel: Redis is there");
	redis_turn(CHANNEL_UP);
}

static void
redis_message(int64_t group, const char *p, size_t n)
{
	uint64_t node;

	memcpy(&node, p, sizeof(node));
	redis.events->heard(group, node, p + REDIS_NODE, n - REDIS_NODE);
}

/* Everything that comes on the subscribing connection. */
static void
redis_heard(redisAsyncContext *ac, void *r, void *arg)
{
	const redisReply *reply = r;
	const redisReply *what, *body;
	int64_t group;
	bool ours;

	(void)ac, (void)arg;
	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		redis_fail(reply->str);
		return;
	}
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    reply->element[0]->type != REDIS_REPLY_STRING)
		return;
	what = reply->element[0];
	body = reply->element[2];
	ours = redis_group_of(reply->element[1], &group);
	if (strcmp(what->str, "subscribe") == 0) {
		if (ours)
			redis.events->joined(group);
	} else if (strcmp(what->str, "message") != 0 ||
	    body->type != REDIS_REPLY_STRING)
		return;
	else if (!ours)
		redis_beat_heard();
	else if (body->len >= REDIS_NODE &&
	    memcmp(body->str, redis.node, REDIS_NODE) != 0)
		redis_message(group, body->str, (size_t)body->len);
}

static void
redis_command(enum link_kind kind, redisCallbackFn *f, size_t n, int argc,
    const char **argv, const size_t *lens)
{
	struct link *l = redis.links[kind];

	if (l != NULL && l->ac != NULL)
		redisAsyncCommandArgv(l->ac, f, (void *)(uintptr_t)n, argc,
		    argv, lens);
}

static void
redis_auth(enum link_kind kind)
{
	const char *argv[3] = { "AUTH", NULL, NULL };
	size_t lens[3] = { 4, 0, 0 };
	int argc = 1;

	if (redis.place.password[0] == '\0')
		return;
	if (redis.place.user[0] != '\0')
		argv[argc++] = redis.place.user;
	argv[argc++] = redis.place.password;
	for (int i = 1; i < argc; i++)
		lens[i] = strlen(argv[i]);
	redis_command(kind, redis_answered, 0, argc, argv, lens);
}

/* SUBSCRIBE to n names. */
static void
redis_subscribe(char (*names)[REDIS_NAME], size_t n)
{
	const char **argv = xmalloc((n + 1) * sizeof(*argv));
	size_t *lens = xmalloc((n + 1) * sizeof(*lens));

	argv[0] = "SUBSCRIBE";
	lens[0] = 9;
	for (size_t i = 0; i < n; i++) {
		argv[i + 1] = names[i];
		lens[i + 1] = strlen(names[i]);
	}
	redis_command(LINK_SUB, redis_heard, 0, (int)n + 1, argv, lens);
	free(argv);
	free(lens);
}

/* All groups, a number of them at a time. */
static void
redis_subscribe_all(void)
{
	char(*names)[REDIS_NAME] = xmalloc(REDIS_AT_ONCE * sizeof(*names));
	struct group *g, *tmp;
	size_t n = 0;

	snprintf(names[n++], REDIS_NAME, "%s", redis.self);
	HASH_ITER(hh, redis.groups, g, tmp) {
		redis_group_name(names[n++], g->id);
		if (n == REDIS_AT_ONCE) {
			redis_subscribe(names, n);
			n = 0;
		}
	}
	if (n != 0)
		redis_subscribe(names, n);
	free(names);
}

/* Tells itself something, to see whether it comes. */
static void
redis_beat(void)
{
	const char *argv[3] = { "PUBLISH", redis.self, "" };
	const size_t lens[3] = { 7, strlen(redis.self), 0 };

	redis_command(LINK_PUB, redis_answered, 0, 3, argv, lens);
}

static void
redis_connect(const char *address, int port)
{
	redis.heard_at = clock_ms();
	for (int i = 0; i < LINK__COUNT; i++) {
		redisAsyncContext *ac = redis.place.path[0] != '\0' ?
		    redisAsyncConnectUnix(redis.place.path) :
		    redisAsyncConnect(address, port);

		if (ac == NULL || ac->err != 0 ||
		    !link_watch((enum link_kind)i, ac)) {
			redis_fail(ac != NULL ? ac->errstr : NULL);
			if (ac != NULL)
				redisAsyncFree(ac);
			return;
		}
		redis_auth((enum link_kind)i);
	}
	redis_subscribe_all();
	redis_beat();
	uv_timer_start(&redis.timer, redis_timer, REDIS_BEAT_MS, 0);
}

static void
redis_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *ai)
{
	char address[INET6_ADDRSTRLEN] = "";

	(void)lookup;
	redis.looking = false;
	if (redis.stopping || status != 0) {
		if (!redis.stopping)
			redis_fail(uv_strerror(status));
		uv_freeaddrinfo(ai);
		return;
	}
	if (ai->ai_family == AF_INET6)
		uv_ip6_name((struct sockaddr_in6 *)ai->ai_addr, address,
		    sizeof(address));
	else
		uv_ip4_name((struct sockaddr_in *)ai->ai_addr, address,
		    sizeof(address));
	uv_freeaddrinfo(ai);
	redis_connect(address, atoi(redis.place.port));
}

static void
redis_try(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int rc;

	if (redis.place.path[0] != '\0') {
		redis_connect(NULL, 0);
		return;
	}
	if (redis.looking)
		return;
	rc = uv_getaddrinfo(redis.loop, &redis.lookup, redis_found,
	    redis.place.host, redis.place.port, &hints);
	redis.looking = rc == 0;
	if (rc != 0)
		redis_fail(uv_strerror(rc));
}

/* One line when it goes; another cause is told after a minute. */
static void
redis_tell(void)
{
	int64_t now = clock_ms();

	if (redis.told_at != 0 &&
	    (strcmp(redis.told, redis.why) == 0 ||
		now - redis.told_at < REDIS_TELL_MS))
		return;
	log_warn("channel: Redis is away: %s", redis.why);
	memcpy(redis.told, redis.why, sizeof(redis.told));
	redis.told_at = now;
}

static void
redis_retry(void)
{
	uint32_t dice;

	redis_tell();
	redis_drop();
	redis.why[0] = '\0'; /* the drop has left a note, too */
	redis_turn(CHANNEL_AWAY);
	token_random((unsigned char *)&dice, sizeof(dice));
	uv_timer_start(&redis.timer, redis_timer,
	    (uint64_t)(redis.retry_ms / 2 + dice % (redis.retry_ms / 2 + 1)),
	    0);
	redis.retry_ms *= 2;
	if (redis.retry_ms > REDIS_LATER_MS)
		redis.retry_ms = REDIS_LATER_MS;
}

static void
redis_timer(uv_timer_t *t)
{
	(void)t;
	if (redis.why[0] == '\0' &&
	    clock_ms() - redis.heard_at > REDIS_SILENT_MS &&
	    redis.links[LINK_PUB] != NULL)
		redis_fail("it does not answer");
	if (redis.why[0] != '\0')
		redis_retry();
	else if (redis.links[LINK_PUB] == NULL || redis.links[LINK_SUB] == NULL)
		redis_try();
	else {
		redis_beat();
		uv_timer_start(&redis.timer, redis_timer, REDIS_BEAT_MS, 0);
	}
}

static bool
redis_is(const char *spec)
{
	struct redis_place place;

	return redis_place_parse(&place, spec);
}

static bool
redis_start(const struct channel_conf *c, uv_loop_t *loop)
{
	char hex[2 * REDIS_NODE + 1];
	struct buf b = BUF_INIT;

	if (!redis_place_parse(&redis.place, c->spec) ||
	    !redis_place_password(&redis.place, c->password_file))
		return false;
	redis.events = c->events;
	redis.loop = loop;
	redis.state = CHANNEL_AWAY;
	redis.retry_ms = REDIS_RETRY_MS;
	token_random(redis.node, sizeof(redis.node));
	buf_puts(&b, "chat:");
	for (size_t i = 0; i < CHANNEL_STORE; i++)
		buf_printf(&b, "%02x", c->store_id[i]);
	snprintf(redis.prefix, sizeof(redis.prefix), "%s:", buf_str(&b));
	buf_fini(&b);
	for (size_t i = 0; i < REDIS_NODE; i++)
		snprintf(hex + 2 * i, 3, "%02x", redis.node[i]);
	snprintf(redis.self, sizeof(redis.self), "%sn:%s", redis.prefix, hex);
	redis_join(CHANNEL_ALL);
	uv_timer_init(loop, &redis.timer);
	uv_timer_start(&redis.timer, redis_timer, 0, 0);
	return true;
}

static void
redis_stop(void)
{
	struct group *g, *tmp;

	redis.stopping = true;
	redis_drop();
	if (redis.looking)
		uv_cancel((uv_req_t *)&redis.lookup);
	uv_close((uv_handle_t *)&redis.timer, NULL);
	HASH_ITER(hh, redis.groups, g, tmp) {
		HASH_DEL(redis.groups, g);
		free(g);
	}
}

static enum channel_state
redis_state(void)
{
	return redis.state;
}

static uint64_t
redis_self(void)
{
	uint64_t node;

	memcpy(&node, redis.node, sizeof(node));
	return node;
}

static void
redis_join(int64_t group)
{
	char name[1][REDIS_NAME];
	struct group *g = xcalloc(1, sizeof(*g));

	g->id = group;
	HASH_ADD(hh, redis.groups, id, sizeof(g->id), g);
	redis_group_name(name[0], group);
	redis_subscribe(name, 1);
}

static void
redis_leave(int64_t group)
{
	char name[REDIS_NAME];
	const char *argv[2] = { "UNSUBSCRIBE", name };
	size_t lens[2] = { 11, 0 };
	struct group *g;

	HASH_FIND(hh, redis.groups, &group, sizeof(group), g);
	if (g == NULL)
		return;
	HASH_DEL(redis.groups, g);
	free(g);
	redis_group_name(name, group);
	lens[1] = strlen(name);
	redis_command(LINK_SUB, redis_heard, 0, 2, argv, lens);
}

static bool
redis_publish(int64_t group, const void *p, size_t n)
{
	static struct buf body;
	char name[REDIS_NAME];
	const char *argv[3] = { "PUBLISH", name, NULL };
	size_t lens[3] = { 7, 0, REDIS_NODE + n };

	if (redis.state != CHANNEL_UP || redis.pending > REDIS_PENDING)
		return false;
	redis_group_name(name, group);
	lens[1] = strlen(name);
	buf_reset(&body);
	buf_add(&body, redis.node, REDIS_NODE);
	buf_add(&body, p, n);
	argv[2] = body.data;
	redis.pending += n;
	redis_command(LINK_PUB, redis_published, n, 3, argv, lens);
	return true;
}

static size_t
redis_pending(void)
{
	return redis.pending;
}

const struct channel_ops channel_redis = { redis_is, redis_start, redis_stop,
	redis_state, redis_self, redis_join, redis_leave, redis_publish,
	redis_pending };
