/*
 * pipe_send: one message, and the truth about it.
 *
 * Exit code 0 means that the server stored it.  As long as there is time a
 * lost connection or an `unavailable` leads to another attempt under the same
 * nonce; when it is over, and the message may be stored or not, its nonce is
 * said, with which the same guest can send it again without harm.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "chatcli/outbox.h"
#include "chatcli/pipe.h"
#include "lib/clock.h"
#include "lib/text.h"

struct send {
	struct pipe pipe;
	struct buffer *room;
	struct buf text;
	char nonce[65];
	bool sent;	  /* handed to a socket, at least once */
	bool asking;	  /* and not answered on this link */
	int64_t again_at; /* clock_ms(): not before; 0: at once */
	int64_t deadline;
	uv_timer_t timer;
	char last[256]; /* what went wrong last */
};

static void
send_handle_closed(uv_handle_t *h)
{
	(void)h;
}

static void
send_end(struct send *s, int code)
{
	if (s->pipe.ended)
		return;
	uv_close((uv_handle_t *)&s->timer, send_handle_closed);
	pipe_end(&s->pipe, code);
}

static void
send_give_up(struct send *s)
{
	const char *last = s->last[0] != '\0' ? s->last :
						link_why(s->pipe.link);

	if (!s->sent)
		pipe_say("not sent: %s",
		    last[0] != '\0' ? last :
				      "the server didn't answer in time");
	else
		pipe_say(
		    "no answer%s%s: the message may be stored; the same "
		    "again with --nonce %s does no harm",
		    last[0] != '\0' ? ", " : "", last, s->nonce);
	send_end(s, EX_UNAVAILABLE);
}

static void send_message(struct send *);

/* The next thing that is due, the deadline at last. */
static void
send_timer(uv_timer_t *t)
{
	struct send *s = t->data;
	int64_t now = clock_ms(), due = s->deadline;

	if (s->pipe.ended)
		return;
	if (now >= s->deadline) {
		send_give_up(s);
		return;
	}
	if (s->again_at != 0 && now >= s->again_at) {
		s->again_at = 0;
		if (s->room->joined)
			send_message(s);
		else
			client_join(s->pipe.client, s->room);
	}
	if (s->again_at != 0 && s->again_at < due)
		due = s->again_at;
	uv_timer_start(t, send_timer, (uint64_t)(due - now), 0);
}

/* What did not happen is tried again, if there is time for it. */
static bool
send_again(struct send *s, enum err e, const struct msg *m)
{
	int64_t wait = MSG_HAS(m, retry_after) ?
	    (int64_t)(m->retry_after * 1000) + 1 :
	    500;

	if (e != ERR_UNAVAILABLE && e != ERR_UNKNOWN && e != ERR_RATE_LIMITED)
		return false;
	if (clock_ms() + wait >= s->deadline)
		return false;
	snprintf(s->last, sizeof(s->last), "%.*s", STR_FMT(m->text));
	s->again_at = clock_ms() + wait;
	uv_timer_start(&s->timer, send_timer, 0, 0);
	return true;
}

static void
send_answer(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct send *s = arg;

	(void)b;
	s->asking = false;
	/* Without an answer it goes again when the link is back. */
	if (m == NULL || s->pipe.ended)
		return;
	if (e == ERR_OK) {
		printf("%" PRId64 "\n", m->seq);
		if (fflush(stdout) != 0)
			pipe_say("stored as %" PRId64
				 ", but that could not be printed: %s",
			    m->seq, strerror(errno));
		send_end(s, EX_OK);
		return;
	}
	if (send_again(s, e, m))
		return;
	if (e == ERR_UNKNOWN || e == ERR_INTERNAL) {
		snprintf(s->last, sizeof(s->last), "%.*s", STR_FMT(m->text));
		send_give_up(s);
		return;
	}
	pipe_say("refused: %.*s", STR_FMT(m->text));
	send_end(s, pipe_code(e));
}

static void
send_message(struct send *s)
{
	struct msg m;

	if (s->asking)
		return;
	msg_init(&m, SHAPE_send);
	MSG_PUT(&m, room, str_of(s->room->room));
	MSG_PUT(&m, text, ((struct str){ s->text.data, s->text.len }));
	MSG_PUT(&m, nonce, str_of(s->nonce));
	s->asking = client_request(s->pipe.client, &m, NULL, send_answer, s);
	s->sent = s->sent || s->asking;
}

/* What the client says. */

static void
send_client_send(void *arg, const char *p, size_t n)
{
	struct send *s = arg;

	link_send(s->pipe.link, p, n);
}

static void
send_client_up(void *arg, const struct msg *hello)
{
	struct send *s = arg;

	pipe_up(&s->pipe, hello);
}

static void
send_client_refused(void *arg, enum err e, const struct msg *error)
{
	struct send *s = arg;

	if (pipe_refused(&s->pipe, e, error))
		send_end(s, pipe_code(e));
}

static void
send_client_joined(void *arg, struct buffer *b, const struct msg *reply,
    struct str frame)
{
	(void)b;
	(void)reply;
	(void)frame;
	send_message(arg);
}

static void
send_client_barred(void *arg, struct buffer *b, enum err e,
    const struct msg *error)
{
	struct send *s = arg;

	if (send_again(s, e, error))
		return;
	pipe_say("%s: %.*s", b->room, STR_FMT(error->text));
	send_end(s, pipe_code(e));
}

/* Nothing but the answer matters. */
static void
send_client_event(void *arg, struct buffer *b, const struct msg *ev,
    struct str frame)
{
	(void)arg;
	(void)b;
	(void)ev;
	(void)frame;
}

static void
send_client_back(void *arg, struct buffer *b)
{
	(void)arg;
	(void)b;
}

static void
send_client_broken(void *arg, const char *why)
{
	struct send *s = arg;

	link_break(s->pipe.link, why);
}

static const struct client_host send_client_host = { send_client_send,
	send_client_up, send_client_refused, send_client_joined,
	send_client_barred, send_client_event, send_client_back,
	send_client_broken };

/* What the link says. */

static void
send_link_opened(void *arg)
{
	struct send *s = arg;

	pipe_opened(&s->pipe);
}

static void
send_link_frame(void *arg, const char *p, size_t n)
{
	struct send *s = arg;

	client_frame(s->pipe.client, p, n);
}

static void
send_link_lost(void *arg)
{
	struct send *s = arg;

	client_closed(s->pipe.client);
}

/* A wait beyond the deadline is none. */
static void
send_link_changed(void *arg)
{
	struct send *s = arg;
	struct link *l = s->pipe.link;
	unsigned wait = link_retry_s(l);

	if (s->pipe.ended || link_state(l) != LINK_DOWN)
		return;
	if (wait == 0 || clock_ms() + (int64_t)(wait - 1) * 1000 > s->deadline)
		send_give_up(s);
}

static const struct link_host send_link_host = { send_link_opened,
	send_link_frame, send_link_lost, send_link_changed };

/* The message. */

static bool
send_read(struct buf *b)
{
	ssize_t n = 0;

	/* One line break at its end does not belong to it. */
	while (b->len <= PROTO_TEXT_MAX + 1) {
		n = read(STDIN_FILENO, buf_room(b, 4096), 4096);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			buf_took(b, (size_t)n);
	}
	if (n < 0)
		pipe_say("reading the message: %s", strerror(errno));
	else if (b->len > 0 && b->data[b->len - 1] == '\n')
		b->len--;
	return n >= 0;
}

static bool
send_check(const struct buf *b)
{
	if (b->len == 0)
		pipe_say("not sent: the message is empty");
	else if (b->len > PROTO_TEXT_MAX)
		pipe_say("not sent: the message has more than %zu bytes",
		    PROTO_TEXT_MAX);
	else if (!text_valid(b->data, b->len))
		pipe_say("not sent: the message is not UTF-8 without NUL");
	else
		return true;
	return false;
}

int
pipe_send(const struct pipe_args *args)
{
	struct send s = { .text = BUF_INIT };
	int code = EX_USAGE;

	pipe_init(&s.pipe, args->prefs);
	if (args->nwords > 2)
		pipe_say(
		    "not sent: the text is one argument, so quote it: "
		    "chatcli send %s 'TEXT'",
		    args->words[0]);
	else if (args->nwords < 1)
		pipe_say(
		    "usage: chatcli send ROOM [TEXT]; without TEXT the "
		    "message is read from stdin");
	else
		s.room = pipe_room(&s.pipe, args->words[0]);
	if (s.room != NULL) {
		code = EX_DATAERR;
		if (args->nwords == 2)
			buf_puts(&s.text, args->words[1]);
		else if (!send_read(&s.text))
			code = EX_UNAVAILABLE;
	}
	if (s.room == NULL || code == EX_UNAVAILABLE || !send_check(&s.text)) {
		buffers_fini(&s.pipe.buffers);
		buf_fini(&s.text);
		return code;
	}
	outbox_nonce(s.nonce);
	if (args->nonce != NULL)
		snprintf(s.nonce, sizeof(s.nonce), "%s", args->nonce);
	s.pipe.keep_identity = args->nonce != NULL;
	s.deadline = clock_ms() + args->timeout_ms;
	if (!pipe_start(&s.pipe, 0, false, &send_client_host, &send_link_host,
		&s)) {
		buffers_fini(&s.pipe.buffers);
		buf_fini(&s.text);
		return s.pipe.code;
	}
	uv_timer_init(s.pipe.loop, &s.timer);
	s.timer.data = &s;
	uv_timer_start(&s.timer, send_timer, (uint64_t)args->timeout_ms, 0);
	code = pipe_run(&s.pipe);
	buf_fini(&s.text);
	return code;
}
