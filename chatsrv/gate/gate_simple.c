/*
 * gate_simple: the protocol of the original application: {"message":"text"}
 * both ways, in the room that the address names.
 *
 * Such a connection is a guest who says hello and joins by itself, in the
 * very requests that a chat.v1 client sends; only its frames differ.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/gate/conn.h"
#include "chatsrv/rooms.h"
#include "lib/codec.h"
#include "lib/name.h"

static struct buf simple_json, simple_frame; /* scratch */

struct simple_open {		/* looks where the log ends */
	struct store_find find; /* first */
	struct session *session;
	struct request *join; /* held back until then */
};

static struct request *
simple_request(struct conn *c, enum op op)
{
	struct request *r = request_new(c->session);

	r->in.kind = CODEC_REQUEST;
	r->in.op = op;
	r->in.id = (struct msg_id){ .kind = MSG_ID_NONE };
	msg_init(&r->in.msg, proto_op(op)->shape);
	if (op == OP_join)
		MSG_PUT(&r->in.msg, room, str_of(c->room));
	dispatch_request(c->session, r, 0);
	return r;
}

static void
simple_reply(struct conn *c, const struct msg_id *id, const struct msg *m)
{
	(void)c, (void)id, (void)m; /* the message itself is the answer */
}

static void
simple_event(struct conn *c, const struct msg *m)
{
	(void)c, (void)m; /* there were no events */
}

static void
simple_error(struct conn *c, const struct msg_id *id, enum err e,
    const char *text, const char *field, double retry_after)
{
	(void)id, (void)field, (void)retry_after;
	if (text == NULL)
		text = err_text(e);
	buf_reset(&simple_json);
	buf_puts(&simple_json, "{\"error\":");
	codec_write_str(&simple_json, text, strlen(text));
	buf_putc(&simple_json, '}');
	buf_reset(&simple_frame);
	frame_put(&simple_frame, FRAME_TEXT, simple_json.data, simple_json.len);
	conn_put(c, simple_frame.data, simple_frame.len);
	/* It knows no other way into its room than to come again. */
	if (c->session->nsubs != 0)
		return;
	if (e == ERR_UNAVAILABLE || e == ERR_UNKNOWN)
		conn_close(c, GATE_OVERLOAD, "not now");
	else if (e == ERR_CONFLICT)
		conn_close(c, GATE_POLICY, "no such room");
}

static void
simple_found(struct store_req *req)
{
	struct simple_open *o = (struct simple_open *)req;
	struct session *s = o->session;

	if (!s->dead) {
		/* A room that is not there yet begins at 0. */
		if (req->err == ERR_OK || req->err == ERR_NOT_FOUND)
			MSG_PUT(&o->join->in.msg, after, o->find.room.seq);
		dispatch_release(s);
	}
	free((char *)o->find.topic.p);
	session_unref(s);
	free(o);
}

/*
 * The original application was in its room before it accepted, so what is
 * said from now on is heard, however long hello and join take.
 */
static void
simple_opened(struct conn *c)
{
	struct simple_open *o = xcalloc(1, sizeof(*o));
	struct name n;
	const char *why;

	store_req_init(&o->find.req, STORE_find, simple_found, NULL);
	name_parse(NAME_ROOM, c->room, strlen(c->room), &n, &why);
	memcpy(o->find.key, n.key, strlen(n.key) + 1);
	o->session = c->session;
	session_ref(c->session);
	dispatch_hold(c->session);
	simple_request(c, OP_hello);
	o->join = simple_request(c, OP_join);
	store_submit(rooms_store(), &o->find.req);
}

static void
simple_frame_in(struct conn *c, const char *p, size_t n)
{
	struct request *r = request_new(c->session);
	struct codec_fault fault;
	enum err e = codec_read_simple(&r->in, p, n, &fault);

	if (e == ERR_OK)
		MSG_PUT(&r->in.msg, room, str_of(c->room));
	dispatch_read(c->session, r, e, &fault, n);
}

const struct conn_kind gate_simple = {
	.ops = {
		.form = FORM_SIMPLE,
		.reply = simple_reply,
		.error = simple_error,
		.event = simple_event,
		.write = conn_write,
		.ready = conn_ready,
		.holds = conn_holds,
		.pause = conn_pause,
		.waiting = conn_waiting,
		.close = conn_close,
	},
	.opened = simple_opened,
	.frame = simple_frame_in,
};
