/*
 * gate_ws: chat.v1 on a WebSocket.
 */
#include "chatsrv/dispatch.h"
#include "chatsrv/gate/conn.h"
#include "lib/codec.h"

static struct buf ws_json, ws_frame; /* scratch */

static void
ws_put(struct conn *c)
{
	buf_reset(&ws_frame);
	frame_put(&ws_frame, FRAME_TEXT, ws_json.data, ws_json.len);
	conn_put(c, ws_frame.data, ws_frame.len);
}

static void
ws_reply(struct conn *c, const struct msg_id *id, const struct msg *m)
{
	buf_reset(&ws_json);
	codec_write_reply(&ws_json, id, m);
	ws_put(c);
}

static void
ws_error(struct conn *c, const struct msg_id *id, enum err e, const char *text,
    const char *field, double retry_after)
{
	buf_reset(&ws_json);
	codec_write_error(&ws_json, id, e, text, field, retry_after);
	ws_put(c);
}

static void
ws_event(struct conn *c, const struct msg *m)
{
	buf_reset(&ws_json);
	codec_write_event(&ws_json, m);
	ws_put(c);
}

static void
ws_opened(struct conn *c)
{
	(void)c; /* the client says hello */
}

static void
ws_frame_in(struct conn *c, const char *p, size_t n)
{
	dispatch_frame(c->session, p, n);
}

const struct conn_kind gate_ws = {
	.ops = {
		.form = FORM_V1,
		.reply = ws_reply,
		.error = ws_error,
		.event = ws_event,
		.write = conn_write,
		.ready = conn_ready,
		.holds = conn_holds,
		.pause = conn_pause,
		.waiting = conn_waiting,
		.close = conn_close,
	},
	.opened = ws_opened,
	.frame = ws_frame_in,
};
