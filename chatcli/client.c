/*
 * client: hello, requests with their answers, and frames to their readers.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/client.h"
#include "chatcli/client_join.h"
#include "lib/codec.h"

struct client_pending {
	int64_t id;
	enum op op;
	struct buffer *buffer;
	client_answer *answer;
	void *arg;
};

struct client *
client_new(struct buffers *bs, int fresh, bool whole,
    const struct client_host *host, void *arg)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->buffers = bs;
	c->fresh = fresh;
	c->whole = whole;
	c->host = host;
	c->arg = arg;
	c->me = xstrdup("");
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	free(c->pending);
	free(c->me);
	free(c);
}

bool
client_up(const struct client *c)
{
	return c->up;
}

const char *
client_me(const struct client *c)
{
	return c->me;
}

bool
client_me_guest(const struct client *c)
{
	return c->me_guest;
}

void
client_renamed(struct client *c, struct str user)
{
	free(c->me);
	c->me = xstrndup(user.p, user.n);
}

static enum op
client_op(const struct msg *m)
{
	int op = 0;

	while (op < OP__COUNT && proto_op((enum op)op)->shape != m->shape)
		op++;
	return (enum op)op;
}

static void
client_write(struct client *c, const struct msg *m, int64_t id)
{
	struct msg_id mid = { MSG_ID_INT, id, { NULL, 0 } };
	struct buf b = BUF_INIT;

	codec_write_request(&b, id != 0 ? &mid : NULL, m);
	c->host->send(c->arg, b.data, b.len);
	buf_fini(&b);
}

static void
client_ask(struct client *c, const struct msg *m, struct buffer *b,
    client_answer *answer, void *arg)
{
	c->pending = xrealloc(c->pending,
	    (c->npending + 1) * sizeof(c->pending[0]));
	c->pending[c->npending++] = (struct client_pending){ ++c->id,
		client_op(m), b, answer, arg };
	client_write(c, m, c->id);
}

bool
client_request(struct client *c, const struct msg *m, struct buffer *b,
    client_answer *answer, void *arg)
{
	if (!c->up)
		return false;
	client_ask(c, m, b, answer, arg);
	return true;
}

bool
client_tell(struct client *c, const struct msg *m)
{
	if (c->up)
		client_write(c, m, 0);
	return c->up;
}

/* The current room first: it is the one that is looked at. */
static void
client_join_all(struct client *c)
{
	struct buffer *current = buffers_current(c->buffers);

	if (current != NULL && current->wanted)
		client_join_ask(c, current);
	for (size_t i = 0; i < c->buffers->n; i++) {
		struct buffer *b = c->buffers->v[i];

		if (b->wanted && b != current)
			client_join_ask(c, b);
	}
}

static void
client_hello(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct client *c = arg;

	(void)b;
	if (m == NULL)
		return;
	if (e != ERR_OK) {
		c->host->refused(c->arg, e, m);
		return;
	}
	c->up = true;
	c->me_guest = MSG_HAS(m, guest) && m->guest;
	client_renamed(c, m->user);
	c->host->up(c->arg, m);
	if (c->up)
		client_join_all(c);
}

void
client_opened(struct client *c, const char *token, const char *nick)
{
	struct msg m;

	c->open = true;
	msg_init(&m, SHAPE_hello);
	MSG_PUT(&m, client, STR_LIT("chatcli/" VERSION));
	if (nick != NULL && nick[0] != '\0')
		MSG_PUT(&m, nick, str_of(nick));
	if (token != NULL)
		MSG_PUT(&m, token, str_of(token));
	client_ask(c, &m, NULL, client_hello, c);
}

/*
 * Answers may ask again or forget a buffer, so the list is left first.
 */
void
client_closed(struct client *c)
{
	struct client_pending *lost = c->pending;
	size_t n = c->npending;

	c->open = c->up = false;
	c->pending = NULL;
	c->npending = 0;
	client_join_lost(c);
	for (size_t i = 0; i < n; i++)
		if (lost[i].answer != NULL)
			lost[i].answer(lost[i].arg, lost[i].buffer, ERR_UNKNOWN,
			    NULL);
	free(lost);
}

void
client_forget(struct client *c, struct buffer *b)
{
	for (size_t i = 0; i < c->npending; i++)
		if (c->pending[i].buffer == b) {
			c->pending[i].buffer = NULL;
			c->pending[i].answer = NULL;
		}
}

static void
client_reply(struct client *c, struct codec_in *in)
{
	struct client_pending p;
	struct codec_fault fault;
	enum err e = ERR_OK;
	size_t i = 0;

	/* What was asked without an id is of no consequence. */
	if (in->id.kind != MSG_ID_INT)
		return;
	while (i < c->npending && c->pending[i].id != in->id.num)
		i++;
	if (i == c->npending)
		return;
	p = c->pending[i];
	c->npending--;
	memmove(c->pending + i, c->pending + i + 1,
	    (c->npending - i) * sizeof(c->pending[0]));
	if (!in->ok) {
		char *code = xstrndup(in->msg.code.p, in->msg.code.n);

		e = err_find(code);
		free(code);
	} else if (codec_read_reply(in, p.op, &fault) != ERR_OK) {
		c->host->broken(c->arg, fault.text);
		return;
	}
	if (p.answer != NULL)
		p.answer(p.arg, p.buffer, e, &in->msg);
}

static void
client_event(struct client *c, const struct msg *ev)
{
	struct buffer *b = NULL;

	if (MSG_HAS(ev, room)) {
		char *room = xstrndup(ev->room.p, ev->room.n);

		b = buffers_find(c->buffers, room);
		free(room);
		/* Of a room that was left meanwhile. */
		if (b == NULL)
			return;
	}
	if (b != NULL && MSG_HAS(ev, seq) &&
	    (ev->shape == SHAPE_none ||
		(proto_event_flags(ev->shape) & PROTO_LOG) != 0)) {
		client_join_entry(c, b, ev);
		return;
	}
	switch (ev->shape) {
	case SHAPE_none:
		return;
	case SHAPE_ev_gap:
		client_join_gap(c, b, ev);
		return;
	case SHAPE_ev_reset:
		c->host->event(c->arg, b, ev, c->frame);
		client_join_reset(c, b, ev->epoch);
		return;
	case SHAPE_ev_left:
		b->joined = b->wanted = false;
		break;
	default:
		break;
	}
	c->host->event(c->arg, b, ev, c->frame);
}

void
client_frame(struct client *c, const char *p, size_t n)
{
	struct codec_in in;
	struct codec_fault fault;

	c->frame = (struct str){ p, n };
	if (codec_read_server(&in, p, n, &fault) != ERR_OK)
		c->host->broken(c->arg, fault.text);
	else if (in.kind == CODEC_REPLY)
		client_reply(c, &in);
	else
		client_event(c, &in.msg);
	codec_free(&in);
}
