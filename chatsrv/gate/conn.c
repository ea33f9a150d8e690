/*
 * conn: libwebsockets' side of a connection.
 *
 * A connection is never ended inside a callback or while its room is being
 * walked: conn_close() puts it on a list that conn_turn() works off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include <libwebsockets.h>
#include <utlist.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/gate/address.h"
#include "chatsrv/gate/conn.h"
#include "chatsrv/limit.h"
#include "chatsrv/metrics.h"
#include "chatsrv/session.h"
#include "chatsrv/token.h"
#include "lib/clock.h"

#define CONN_OUT_MAX   ((size_t)64 * 1024) /* gathered entries */
#define CONN_PING_S    20		   /* silence that a ping asks about */
#define CONN_DEAD_MS   60000
#define CONN_SPREAD_MS 5000 /* clients come back over this time */

static struct conn *conn_gathered, *conn_stalled, *conn_ended, *conn_all;

static struct buf conn_joined; /* scratch */
static bool conn_all_paused;   /* the server stops */
static bool conn_all_parted;   /* … and has said so to everybody */

static void conn_look(struct wheel_node *);

static void
conn_end(struct conn *c, bool silent)
{
	if (c->closing)
		return;
	c->closing = c->listed = true;
	c->silent = silent;
	DL_APPEND2(conn_ended, c, close_prev, close_next);
}

/*
 * Ends it without another byte: lws would first send what it holds, but
 * not into a socket that is shut.
 */
static void
conn_cut(struct conn *c)
{
	metrics.cut_total++;
	shutdown(lws_get_socket_fd(c->wsi), SHUT_RDWR);
	if (c->closing)
		c->silent = true;
	else
		conn_end(c, true);
}

void
conn_close(struct conn *c, enum gate_close code, const char *reason)
{
	if (c->closing)
		return;
	c->code = code;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	conn_end(c, false);
}

void
conn_holds(struct conn *c, int64_t room, int64_t hi)
{
	if (c->held_room != 0 && c->held_room != room)
		c->held_room = -1; /* of several: all of them */
	else
		c->held_room = room;
	if (hi > c->held_hi)
		c->held_hi = hi;
}

static void
conn_stall(struct conn *c)
{
	if (!c->stalled) {
		c->stalled = true;
		metrics.stalls_total++;
		DL_APPEND2(conn_stalled, c, stall_prev, stall_next);
	}
	lws_callback_on_writable(c->wsi);
}

static void
conn_socket(struct conn *c, const void *p, size_t n)
{
	/* Nothing follows a close frame, be it lws's own. */
	if (c->leaving || lws_get_close_length(c->wsi) > 0)
		return;
	metrics.socket_writes_total++;
	metrics.socket_bytes_total += n;
	c->sent += (int64_t)n;
	if (lws_write(c->wsi, (unsigned char *)p, n, LWS_WRITE_RAW) < 0) {
		conn_end(c, true);
		return;
	}
	if (lws_partial_buffered(c->wsi))
		conn_stall(c);
	else if (c->out.len == 0)
		c->held_room = c->held_hi = 0;
}

/* Writes what was gathered, if the socket is free. */
static void
conn_flush(struct conn *c)
{
	struct buf out = c->out;
	bool full = out.len >= CONN_OUT_MAX;

	if (c->gathering) {
		c->gathering = false;
		DL_DELETE2(conn_gathered, c, gather_prev, gather_next);
	}
	if (c->stalled)
		return;
	if (out.len != 0) {
		buf_init(&c->out);
		conn_socket(c, out.data, out.len);
		buf_fini(&out);
	}
	if (c->stalled || c->closing || conn_all_parted)
		return;
	/* What waited may have stopped the reading, or the rooms. */
	if (full)
		session_drain(c->session);
	else if (c->session->paused)
		dispatch_resume(c->session);
}

void
conn_put(struct conn *c, const void *p, size_t n)
{
	if ((c->closing && c->silent) || conn_all_parted)
		return;
	buf_add(&c->out, p, n);
	if (c->gathering)
		return;
	c->gathering = true;
	DL_APPEND2(conn_gathered, c, gather_prev, gather_next);
}

void
conn_write(struct conn *c, const void *p, size_t n, int64_t room, int64_t lo,
    int64_t hi)
{
	if (lo != 0)
		conn_holds(c, room, hi);
	if (c->session->nsubs > 1) {
		conn_put(c, p, n);
		return;
	}
	if (c->out.len == 0) {
		conn_socket(c, p, n);
		return;
	}
	/*
	 * Replies and entries in one write, joined in a buffer that is warm
	 * because every member's bytes pass through it.  conn_turn() still
	 * comes by: a request that goes on may end a subscription, which must
	 * not happen while a room is being walked.
	 */
	buf_reset(&conn_joined);
	buf_add(&conn_joined, c->out.data, c->out.len);
	buf_add(&conn_joined, p, n);
	buf_fini(&c->out);
	conn_socket(c, conn_joined.data, conn_joined.len);
}

bool
conn_ready(struct conn *c)
{
	return !c->stalled && !c->closing && !c->leaving && !conn_all_parted &&
	    c->out.len < CONN_OUT_MAX;
}

void
conn_pause(struct conn *c, bool pause)
{
	if (!pause && conn_all_paused)
		return;
	lws_rx_flow_control(c->wsi, !pause);
}

size_t
conn_waiting(struct conn *c)
{
	return c->out.len;
}

static bool
conn_holds_text(const struct conn *c, int64_t room, int64_t target)
{
	return (c->held_room == room || c->held_room == -1) &&
	    c->held_hi >= target;
}

void
conn_purge(int64_t room, int64_t target)
{
	struct conn *c, *tmp;

	DL_FOREACH_SAFE2(conn_gathered, c, tmp, gather_next)
		if (conn_holds_text(c, room, target))
			conn_flush(c);
	DL_FOREACH2(conn_stalled, c, stall_next)
		if (conn_holds_text(c, room, target))
			conn_cut(c);
}

/*
 * A connection on its way out writes nothing more, so lws is told to end it
 * at once: what it still holds back is dropped with it.
 */
static void
conn_reap(struct conn *c)
{
	DL_DELETE2(conn_ended, c, close_prev, close_next);
	c->listed = false;
	if (!c->silent) {
		conn_flush(c);
		lws_close_reason(c->wsi, (enum lws_close_status)c->code,
		    (unsigned char *)c->reason, strlen(c->reason));
	} else
		lws_close_reason(c->wsi, LWS_CLOSE_STATUS_NOSTATUS, NULL, 0);
	c->leaving = true;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
	    LWS_TO_KILL_SYNC);
}

void
conn_turn(void)
{
	while (conn_gathered != NULL)
		conn_flush(conn_gathered);
	while (conn_ended != NULL)
		conn_reap(conn_ended);
}

/*
 * When a hello is due; without limits spread, so that ten thousand that came
 * at once don't ping at once.
 */
static unsigned
conn_first_look(const struct conn *c)
{
	int64_t s = limit_hello_ms() / 1000;

	if (!limit_enabled())
		return 5 + (unsigned)(c->session->id % CONN_PING_S);
	return s < WHEEL_SLOTS - 1 ? (unsigned)s + 1 : WHEEL_SLOTS - 1;
}

/* The whole address was checked before the upgrade. */
static void
conn_open(struct lws *wsi, struct conn **user)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	int64_t now = clock_ms();
	char path[ADDRESS_PATH] = "";
	struct address a;

	lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI);
	address_parse(path, &a);
	c->wsi = wsi;
	c->kind = &gate_ws;
	if (a.kind == ADDRESS_WS_SIMPLE) {
		c->kind = &gate_simple;
		c->room = xstrdup(a.name);
	}
	c->since = c->heard = c->moved = c->looked = now;
	c->session = session_new(c, &c->kind->ops);
	DL_APPEND2(conn_all, c, all_prev, all_next);
	metrics.connections++;
	metrics.accepted_total++;
	*user = c;
	wheel_put(&c->wheel, conn_first_look(c), conn_look);
	c->kind->opened(c);
}

static void
conn_free(struct conn *c)
{
	session_end(c->session);
	wheel_drop(&c->wheel);
	if (c->gathering)
		DL_DELETE2(conn_gathered, c, gather_prev, gather_next);
	if (c->stalled)
		DL_DELETE2(conn_stalled, c, stall_prev, stall_next);
	if (c->listed)
		DL_DELETE2(conn_ended, c, close_prev, close_next);
	DL_DELETE2(conn_all, c, all_prev, all_next);
	metrics.connections--;
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c->room);
	free(c);
}

/*
 * Does the peer take what is written to it?  What the kernel no longer holds
 * was taken; while lws holds a part, only what changes says something.
 */
static void
conn_look_out(struct conn *c, int64_t now)
{
	int outq = 0;

	if (!c->stalled && c->sent == c->taken)
		return;
	if (ioctl(lws_get_socket_fd(c->wsi), SIOCOUTQ, &outq) != 0)
		return;
	/* Of who was heard since, the bytes may be replies. */
	if (c->heard < c->looked &&
	    (c->sent - outq > c->taken || (c->stalled && outq != c->outq)))
		c->moved = now;
	if (c->sent - outq > c->taken)
		c->taken = c->sent - outq;
	c->outq = outq;
}

/*
 * With a payload, since lws tells of no pong without one.  That it was taken
 * proves nothing: a kernel takes it for a program that has stopped.
 */
static void
conn_ping(struct conn *c)
{
	static const char payload[] = "chat";

	buf_reset(&conn_joined);
	frame_put(&conn_joined, FRAME_PING, payload, strlen(payload));
	conn_put(c, conn_joined.data, conn_joined.len);
	c->sent -= (int64_t)conn_joined.len;
}

static void
conn_look(struct wheel_node *n)
{
	struct conn *c = (struct conn *)((char *)n -
	    offsetof(struct conn, wheel));
	int64_t now = clock_ms(), life;

	if (c->closing)
		return;
	conn_look_out(c, now);
	c->looked = now;
	if (c->session->who == 0 && limit_enabled() &&
	    now - c->since >= limit_hello_ms()) {
		conn_close(c, GATE_POLICY, "no hello in time");
		return;
	}
	life = c->heard > c->moved ? c->heard : c->moved;
	if (now - life >= CONN_DEAD_MS) {
		conn_cut(c);
		return;
	}
	if (now - c->heard >= CONN_PING_S * 1000 && conn_ready(c))
		conn_ping(c);
	wheel_put(&c->wheel, CONN_PING_S / 2 + (unsigned)(c->session->id % 3),
	    conn_look);
}

/*
 * A piece of a message.  lws hands on at most 4 KiB at a time; a message is
 * whole with its final fragment.  Returns what the callback is to return.
 */
static int
conn_receive(struct conn *c, const void *in, size_t len)
{
	struct lws *wsi = c->wsi;
	struct buf whole;

	c->heard = clock_ms();
	if (c->closing)
		return 0;
	if (lws_frame_is_binary(wsi)) {
		lws_close_reason(wsi, (enum lws_close_status)GATE_UNSUPPORTED,
		    (unsigned char *)"text frames only", 16);
		return -1;
	}
	if (c->in.len + len > PROTO_FRAME_MAX) {
		lws_close_reason(wsi, (enum lws_close_status)GATE_TOO_BIG,
		    (unsigned char *)"frame above 64 KiB", 18);
		return -1;
	}
	if (c->in.len == 0 && lws_is_final_fragment(wsi)) {
		c->kind->frame(c, in, len);
		return 0;
	}
	buf_add(&c->in, in, len);
	if (!lws_is_final_fragment(wsi))
		return 0;
	whole = c->in;
	buf_init(&c->in);
	c->kind->frame(c, whole.data, whole.len);
	buf_fini(&whole);
	return 0;
}

static void
conn_writable(struct conn *c)
{
	if (c->stalled && !lws_partial_buffered(c->wsi)) {
		c->stalled = false;
		DL_DELETE2(conn_stalled, c, stall_prev, stall_next);
		c->moved = clock_ms();
		if (c->out.len == 0)
			c->held_room = c->held_hi = 0;
	}
	if (c->stalled || c->closing)
		return;
	conn_flush(c);
	if (!c->stalled && !conn_all_parted)
		session_drain(c->session);
}

int
conn_callback(struct lws *wsi, int reason, struct conn **user, void *in,
    size_t len)
{
	struct conn *c = user != NULL ? *user : NULL;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		conn_open(wsi, user);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return c != NULL ? conn_receive(c, in, len) : -1;
	case LWS_CALLBACK_RECEIVE_PONG:
		if (c != NULL)
			c->heard = clock_ms();
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (c != NULL)
			conn_writable(c);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (c != NULL)
			c->leaving = true;
		return 0;
	case LWS_CALLBACK_CLOSED:
		if (c != NULL)
			conn_free(c);
		if (user != NULL)
			*user = NULL;
		return 0;
	default:
		return 0;
	}
}

void
conn_pause_all(void)
{
	struct conn *c;

	conn_all_paused = true;
	DL_FOREACH2(conn_all, c, all_next)
		lws_rx_flow_control(c->wsi, 0);
}

/* The last frame, RFC 6455, 5.5.1. */
static void
conn_put_close(struct conn *c, enum gate_close code, const char *reason)
{
	char payload[2 + sizeof(c->reason)];
	int n = snprintf(payload + 2, sizeof(payload) - 2, "%s", reason);

	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	buf_reset(&conn_joined);
	frame_put(&conn_joined, FRAME_CLOSE, payload, 2 + (size_t)n);
	conn_put(c, conn_joined.data, conn_joined.len);
}

/*
 * lws is not told: for each connection that it closes it keeps a timeout in
 * one sorted list, so that closing a crowd would take the square of its size.
 */
void
conn_close_all(const char *reason)
{
	struct conn *c;
	struct msg m;

	DL_FOREACH2(conn_all, c, all_next) {
		if (c->closing || c->leaving ||
		    lws_get_close_length(c->wsi) > 0)
			continue;
		msg_init(&m, SHAPE_ev_bye);
		MSG_PUT(&m, reason, str_of(reason));
		MSG_PUT(&m, retry_after,
		    0.5 + token_below(CONN_SPREAD_MS) / 1000.0);
		c->kind->ops.event(c, &m);
		conn_put_close(c, GATE_GOING_AWAY, reason);
	}
	conn_all_parted = true;
	conn_turn();
}
