/*
 * pipe_tail: rooms as lines on stdout.
 *
 * The client hands over each entry once and in order; pipe_out.c writes it
 * and remembers that it did.  Whatever keeps an entry from being printed is
 * said on stderr, and with --json stands in the output as the server said it.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <uv.h>

#include "chatcli/pipe.h"
#include "chatcli/pipe_line.h"
#include "chatcli/pipe_out.h"
#include "lib/clock.h"

#define TAIL_FRESH 10 /* messages, when nothing says where to begin */

struct tail {
	struct pipe pipe;
	const struct pipe_args *args;
	struct pipe_out out;
	int64_t *stops; /* of each buffer: its end at the join; -1 */
	int signal_fd;
	int signal; /* that ended us, or 0 */
	uv_poll_t signals;
	uv_check_t flush;
	bool said_lost;
};

static void
tail_handle_closed(uv_handle_t *h)
{
	(void)h;
}

static void
tail_end(struct tail *t, int code)
{
	if (t->pipe.ended)
		return;
	uv_close((uv_handle_t *)&t->signals, tail_handle_closed);
	uv_close((uv_handle_t *)&t->flush, tail_handle_closed);
	pipe_end(&t->pipe, code);
}

/* Which signal made signal_fd readable. */
static void
tail_take_signal(struct tail *t)
{
	struct signalfd_siginfo info;

	if (read(t->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		t->signal = (int)info.ssi_signo;
}

static void
tail_flush(struct tail *t)
{
	if (t->pipe.ended || pipe_out_flush(&t->out))
		return;
	if (t->out.error == EPIPE)
		t->signal = SIGPIPE;
	else if (t->out.error == 0)
		tail_take_signal(t);
	else
		pipe_say("%s: %s", t->out.failed, strerror(t->out.error));
	tail_end(t,
	    t->out.error == 0 || t->out.error == EPIPE ? EX_OK : EX_IOERR);
}

static size_t
tail_index(struct tail *t, const struct buffer *b)
{
	size_t i = 0;

	while (t->pipe.buffers.v[i] != b)
		i++;
	return i;
}

/* A unit of output: the text before it, and the place behind it. */
static void
tail_mark(struct tail *t, struct buffer *b, const char *epoch, int64_t seq)
{
	pipe_out_mark(&t->out, pipe_out_place(&t->out, b->room), epoch, seq);
	if (t->out.out.len >= PIPE_OUT_WRITE)
		tail_flush(t);
}

static void
tail_frame(struct tail *t, struct str frame)
{
	if (!t->args->json || frame.p == NULL)
		return;
	buf_add(&t->out.out, frame.p, frame.n);
	buf_putc(&t->out.out, '\n');
}

/* Without --follow: the end of every room is reached. */
static void
tail_check_end(struct tail *t)
{
	if (t->args->follow || t->pipe.ended)
		return;
	for (size_t i = 0; i < t->pipe.buffers.n; i++) {
		struct buffer *b = t->pipe.buffers.v[i];

		if (b->wanted &&
		    (!b->joined || t->stops[i] < 0 || b->loose ||
			b->last < t->stops[i]))
			return;
	}
	tail_flush(t);
	tail_end(t, EX_OK);
}

static void
tail_say_gap(const struct buffer *b, int64_t from, int64_t to, const char *why)
{
	pipe_say("%s: entries %" PRId64 " to %" PRId64 " are missing (%s)",
	    b->room, from, to, why);
}

static void
tail_say_reset(const struct buffer *b)
{
	pipe_say(
	    "%s: the server's log was replaced, its numbers mean "
	    "something else now; it is printed from its beginning",
	    b->room);
}

static void
tail_joined_anew(struct tail *t, struct buffer *b, const struct msg *reply,
    struct str frame, const char *epoch)
{
	t->stops[tail_index(t, b)] = -1;
	if (b->epoch != NULL) {
		tail_say_reset(b);
		tail_frame(t, frame);
		tail_mark(t, b, epoch, 0);
		return;
	}
	/* Nothing is missing: --since named what is not there yet. */
	pipe_say("%s: its last entry is %" PRId64
		 ", nothing is behind "
		 "%" PRId64 " yet",
	    b->room, reply->seq, t->args->since);
	tail_mark(t, b, epoch, reply->seq);
}

/* What the client says. */

static void
tail_client_send(void *arg, const char *p, size_t n)
{
	struct tail *t = arg;

	link_send(t->pipe.link, p, n);
}

static void
tail_client_up(void *arg, const struct msg *hello)
{
	struct tail *t = arg;

	t->said_lost = false;
	pipe_up(&t->pipe, hello);
}

static bool
tail_passes(const struct tail *t, enum err e)
{
	return t->args->follow &&
	    (e == ERR_UNAVAILABLE || e == ERR_UNKNOWN || e == ERR_INTERNAL ||
		e == ERR_RATE_LIMITED);
}

static void
tail_client_refused(void *arg, enum err e, const struct msg *error)
{
	struct tail *t = arg;
	char why[200];

	if (tail_passes(t, e)) {
		snprintf(why, sizeof(why), "%.*s", STR_FMT(error->text));
		if (MSG_HAS(error, retry_after))
			link_retry_after(t->pipe.link, error->retry_after);
		link_break(t->pipe.link, why);
		return;
	}
	if (pipe_refused(&t->pipe, e, error))
		tail_end(t, pipe_code(e));
}

static void
tail_client_joined(void *arg, struct buffer *b, const struct msg *reply,
    struct str frame)
{
	struct tail *t = arg;
	char *epoch = xstrndup(reply->epoch.p, reply->epoch.n);

	if (MSG_HAS(reply, reset) && reply->reset)
		tail_joined_anew(t, b, reply, frame, epoch);
	else {
		if (t->stops[tail_index(t, b)] < 0)
			t->stops[tail_index(t, b)] = reply->seq;
		if (MSG_HAS(reply, gap)) {
			tail_say_gap(b, reply->gap->gap_from,
			    reply->gap->gap_to, b->back.why);
			tail_frame(t, frame);
		}
		tail_mark(t, b, epoch, b->loose ? -1 : b->last);
	}
	free(epoch);
	tail_check_end(t);
}

static void
tail_client_barred(void *arg, struct buffer *b, enum err e,
    const struct msg *error)
{
	struct tail *t = arg;
	char why[200];

	pipe_say("%s: %.*s", b->room, STR_FMT(error->text));
	if (!tail_passes(t, e)) {
		tail_end(t, pipe_code(e));
		return;
	}
	/* The simplest way to begin anew from where we are. */
	snprintf(why, sizeof(why), "%.*s", STR_FMT(error->text));
	if (MSG_HAS(error, retry_after))
		link_retry_after(t->pipe.link, error->retry_after);
	link_break(t->pipe.link, why);
}

static void
tail_left(struct tail *t, struct buffer *b, const struct msg *ev)
{
	pipe_say("%s: no longer in this room: %.*s", b->room,
	    STR_FMT(ev->reason));
	for (size_t i = 0; i < t->pipe.buffers.n; i++)
		if (t->pipe.buffers.v[i]->wanted)
			return;
	tail_flush(t);
	tail_end(t, EX_NOPERM);
}

static void
tail_client_event(void *arg, struct buffer *b, const struct msg *ev,
    struct str frame)
{
	struct tail *t = arg;

	switch (ev->shape) {
	case SHAPE_ev_bye:
		if (MSG_HAS(ev, retry_after))
			link_retry_after(t->pipe.link, ev->retry_after);
		return;
	case SHAPE_ev_gap:
		tail_say_gap(b, ev->gap_from, ev->gap_to, b->back.why);
		tail_frame(t, frame);
		tail_mark(t, b, NULL, ev->gap_to);
		break;
	case SHAPE_ev_reset:
		tail_say_reset(b);
		t->stops[tail_index(t, b)] = -1;
		tail_frame(t, frame);
		tail_mark(t, b, NULL, -1);
		break;
	case SHAPE_ev_left:
		tail_frame(t, frame);
		tail_mark(t, b, NULL, -1);
		tail_left(t, b, ev);
		break;
	default:
		if (b == NULL || !MSG_HAS(ev, seq) ||
		    ev->shape == SHAPE_ev_read)
			return;
		if (t->args->json)
			tail_frame(t, frame);
		else
			pipe_line(&t->out.out,
			    t->pipe.buffers.n > 1 ? b->room : NULL, ev);
		tail_mark(t, b, NULL, ev->seq);
	}
	tail_check_end(t);
}

static void
tail_client_back(void *arg, struct buffer *b)
{
	struct buf words = BUF_INIT;

	(void)arg;
	client_back_words(&words, &b->back, clock_ms());
	pipe_say("%s: %s", b->room, buf_str(&words));
	buf_fini(&words);
}

static void
tail_client_broken(void *arg, const char *why)
{
	struct tail *t = arg;

	link_break(t->pipe.link, why);
}

static const struct client_host tail_client_host = { tail_client_send,
	tail_client_up, tail_client_refused, tail_client_joined,
	tail_client_barred, tail_client_event, tail_client_back,
	tail_client_broken };

/* What the link says. */

static void
tail_link_opened(void *arg)
{
	struct tail *t = arg;

	pipe_opened(&t->pipe);
}

static void
tail_link_frame(void *arg, const char *p, size_t n)
{
	struct tail *t = arg;

	if (!t->pipe.ended)
		client_frame(t->pipe.client, p, n);
}

static void
tail_link_lost(void *arg)
{
	struct tail *t = arg;

	client_closed(t->pipe.client);
}

static void
tail_link_changed(void *arg)
{
	struct tail *t = arg;
	struct link *l = t->pipe.link;

	if (t->pipe.ended || link_state(l) != LINK_DOWN)
		return;
	if (!t->args->follow || link_retry_s(l) == 0) {
		pipe_say("%s", link_why(l));
		tail_flush(t);
		tail_end(t, t->args->follow ? EX_NOPERM : EX_UNAVAILABLE);
	} else if (!t->said_lost) {
		t->said_lost = true;
		pipe_say("%s; trying again until the server is back",
		    link_why(l));
	}
}

static const struct link_host tail_link_host = { tail_link_opened,
	tail_link_frame, tail_link_lost, tail_link_changed };

/* What the loop says. */

static void
tail_on_signal(uv_poll_t *p, int status, int events)
{
	struct tail *t = p->data;

	(void)status;
	(void)events;
	tail_take_signal(t);
	tail_end(t, EX_OK);
}

static void
tail_on_turn(uv_check_t *c)
{
	tail_flush(c->data);
}

/* Where each room begins: the cursor knows best. */
static void
tail_place_rooms(struct tail *t)
{
	t->stops = xcalloc(t->pipe.buffers.n, sizeof(t->stops[0]));
	for (size_t i = 0; i < t->pipe.buffers.n; i++) {
		struct buffer *b = t->pipe.buffers.v[i];

		t->stops[i] = -1;
		if (t->args->since >= 0) {
			b->placed = true;
			b->last = t->args->since;
		}
	}
	for (size_t i = 0; i < t->out.nplaces; i++) {
		struct pipe_place *p = &t->out.places[i];
		struct buffer *b = buffers_find(&t->pipe.buffers, p->room);

		if (b == NULL)
			continue;
		b->placed = true;
		b->last = p->seq;
		free(b->epoch);
		b->epoch = xstrdup(p->epoch);
	}
}

static bool
tail_prepare(struct tail *t)
{
	struct buf error = BUF_INIT;

	if (t->args->nwords == 0)
		pipe_say("usage: chatcli tail ROOM...");
	for (int i = 0; i < t->args->nwords; i++)
		if (pipe_room(&t->pipe, t->args->words[i]) == NULL)
			return false;
	t->pipe.code = t->args->nwords == 0 ? EX_USAGE : EX_DATAERR;
	if (t->args->nwords == 0)
		return false;
	if (!pipe_out_init(&t->out, t->args->cursor, t->signal_fd, &error)) {
		pipe_say("%s", buf_str(&error));
		buf_fini(&error);
		return false;
	}
	tail_place_rooms(t);
	return true;
}

static int
tail_catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Dies of the signal that ended it, as its parent expects. */
static void
tail_die(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int
pipe_tail(const struct pipe_args *args)
{
	struct tail t = { .args = args, .signal_fd = tail_catch_signals() };
	int code;

	pipe_init(&t.pipe, args->prefs);
	t.pipe.code = EX_USAGE;
	if (!tail_prepare(&t) ||
	    !pipe_start(&t.pipe, TAIL_FRESH, true, &tail_client_host,
		&tail_link_host, &t)) {
		code = t.pipe.code;
		buffers_fini(&t.pipe.buffers);
	} else {
		uv_poll_init(t.pipe.loop, &t.signals, t.signal_fd);
		uv_check_init(t.pipe.loop, &t.flush);
		t.signals.data = t.flush.data = &t;
		uv_poll_start(&t.signals, UV_READABLE, tail_on_signal);
		uv_check_start(&t.flush, tail_on_turn);
		code = pipe_run(&t.pipe);
		if (!pipe_out_save(&t.out)) {
			pipe_say("%s: %s", t.out.failed, strerror(t.out.error));
			code = EX_IOERR;
		}
	}
	pipe_out_fini(&t.out);
	free(t.stops);
	close(t.signal_fd);
	if (t.signal != 0)
		tail_die(t.signal);
	return code;
}
