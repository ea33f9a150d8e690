/*
 * link: waits between attempts, and words for what happened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "chatcli/link.h"
#include "lib/clock.h"

#define LINK_FIRST_MS 1000
#define LINK_MOST_MS  30000
#define LINK_POLICY   1008 /* RFC 6455 7.4.1 */

struct link {
	struct conn *conn;
	const struct link_host *host;
	void *arg;
	enum link_state state;
	uv_timer_t timer;
	unsigned wait_ms; /* after the next loss */
	int64_t due;	  /* clock_ms() of the next attempt; 0: none */
	int64_t kept;	  /* due as it was before a touch; 0: none */
	int64_t bye_ms;	  /* wait that the server asked for, or -1 */
	int64_t tried;	  /* clock_ms() of the last attempt */
	bool held, stopped;
	char why[300];
	size_t reason; /* where in it the reason itself begins */
};

/* What the close codes of chat-protocol(7) mean to people. */
static const struct {
	unsigned code;
	const char *words;
} link_codes[] = {
	{ 1000, "the server closed the connection" },
	{ 1001, "the server is restarting" },
	{ 1003, "the server refused a frame as binary" },
	{ 1005, "the server closed the connection" },
	{ 1006, "the connection broke" },
	{ 1007, "the server refused a frame as not UTF-8" },
	{ 1008, "the server does not want us" },
	{ 1009, "the server refused a frame as too large" },
	{ 1011, "the server has an error" },
	{ 1013, "the server is overloaded" },
};

static void
link_say(struct link *l, unsigned code, const char *why)
{
	static const char none[] = "no connection: ";
	const char *words = NULL;

	l->reason = 0;
	if (code == 0) {
		snprintf(l->why, sizeof(l->why), "%s%s", none, why);
		l->reason = sizeof(none) - 1;
		return;
	}

	for (size_t i = 0; i < sizeof(link_codes) / sizeof(link_codes[0]); i++)
		if (link_codes[i].code == code)
			words = link_codes[i].words;
	if (words == NULL || code == 1006)
		snprintf(l->why, sizeof(l->why), "%s", why);
	else if (why[0] == '\0')
		snprintf(l->why, sizeof(l->why), "%s", words);
	else
		snprintf(l->why, sizeof(l->why), "%s: %s", words, why);
}

static void
link_try(struct link *l)
{
	uv_timer_stop(&l->timer);
	l->state = LINK_TRYING;
	l->due = 0;
	l->tried = clock_ms();
	conn_open(l->conn);
	l->host->changed(l->arg);
}

/* Once a second, for the countdown. */
static void
link_tick(uv_timer_t *t)
{
	struct link *l = t->data;
	int64_t left = l->due - clock_ms();

	if (l->state != LINK_DOWN || l->due == 0)
		return;
	if (left <= 0) {
		link_try(l);
		return;
	}
	uv_timer_start(t, link_tick,
	    left % 1000 != 0 ? (uint64_t)(left % 1000) : 1000, 0);
	l->host->changed(l->arg);
}

static unsigned
link_random(void)
{
	unsigned r = 0;

	if (uv_random(NULL, NULL, &r, sizeof(r), 0, NULL) != 0)
		r = (unsigned)clock_us();
	return r;
}

static void
link_wait(struct link *l, int64_t ms)
{
	l->due = clock_ms() + ms;
	uv_timer_start(&l->timer, link_tick, 0, 0);
}

static void
link_closed(void *arg, unsigned code, const char *why)
{
	struct link *l = arg;
	bool was_open = l->state == LINK_OPEN;
	int64_t ms = l->wait_ms * (UINT64_C(750) + link_random() % 501) / 1000;

	l->state = LINK_DOWN;
	if (!l->held)
		link_say(l, code, why);
	if (was_open)
		l->host->lost(l->arg);
	if (l->stopped)
		return;
	if (l->kept != 0 && !was_open) {
		/* An attempt in between: the next is due as it was. */
		ms = l->kept - clock_ms();
		ms = ms > LINK_FIRST_MS ? ms : LINK_FIRST_MS;
	} else
		l->wait_ms = l->wait_ms * 2 < LINK_MOST_MS ? l->wait_ms * 2 :
							     LINK_MOST_MS;
	l->kept = 0;
	if (l->bye_ms >= 0)
		ms = l->bye_ms;
	l->bye_ms = -1;
	if (code != LINK_POLICY && !l->held)
		link_wait(l, ms);
	l->host->changed(l->arg);
}

static void
link_opened(void *arg)
{
	struct link *l = arg;

	l->state = LINK_OPEN;
	l->host->opened(l->arg);
	l->host->changed(l->arg);
}

static void
link_frame(void *arg, const char *p, size_t n)
{
	struct link *l = arg;

	l->host->frame(l->arg, p, n);
}

static const struct conn_host link_conn_host = { link_opened, link_frame,
	link_closed };

struct link *
link_new(uv_loop_t *loop, const struct conn_conf *conf,
    const struct link_host *host, void *arg)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->host = host;
	l->arg = arg;
	l->wait_ms = LINK_FIRST_MS;
	l->bye_ms = -1;
	l->conn = conn_new(loop, conf, &link_conn_host, l);
	uv_timer_init(loop, &l->timer);
	l->timer.data = l;
	return l;
}

void
link_start(struct link *l)
{
	if (l->state != LINK_DOWN || l->stopped)
		return;
	l->held = false;
	link_try(l);
}

void
link_send(struct link *l, const char *p, size_t n)
{
	conn_send(l->conn, p, n);
}

void
link_good(struct link *l)
{
	l->wait_ms = LINK_FIRST_MS;
	l->held = false;
	l->why[0] = '\0';
	l->reason = 0;
}

void
link_break(struct link *l, const char *why)
{
	conn_close(l->conn, 1006, why);
}

void
link_retry_after(struct link *l, double seconds)
{
	l->bye_ms = seconds < 3600 ? (int64_t)(seconds * 1000) : 3600000;
}

void
link_hold(struct link *l, const char *why)
{
	l->held = true;
	snprintf(l->why, sizeof(l->why), "%s", why);
	l->reason = 0;
	conn_close(l->conn, 1006, why);
}

void
link_touch(struct link *l)
{
	if (l->state != LINK_DOWN || l->stopped ||
	    clock_ms() - l->tried < LINK_FIRST_MS)
		return;
	l->held = false;
	l->kept = l->due;
	link_try(l);
}

enum link_state
link_state(const struct link *l)
{
	return l->state;
}

unsigned
link_retry_s(const struct link *l)
{
	int64_t left = l->due - clock_ms();

	if (l->state != LINK_DOWN || l->due == 0)
		return 0;
	return left <= 0 ? 1 : (unsigned)((left + 999) / 1000);
}

const char *
link_why(const struct link *l)
{
	return l->why;
}

const char *
link_reason(const struct link *l)
{
	return l->why + l->reason;
}

static void
link_handle_closed(uv_handle_t *h)
{
	(void)h;
}

void
link_stop(struct link *l)
{
	if (l->stopped)
		return;
	l->stopped = true;
	uv_close((uv_handle_t *)&l->timer, link_handle_closed);
	conn_stop(l->conn);
}

bool
link_free(struct link *l)
{
	bool done = l == NULL || conn_free(l->conn);

	if (done)
		free(l);
	return done;
}
