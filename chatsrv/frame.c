/*
 * frame: headers and payloads.  A scratch buffer holds the payload while its
 * length is not known yet.
 */
#include "chatsrv/frame.h"
#include "lib/codec.h"

static struct buf frame_scratch;

void
frame_put(struct buf *b, enum frame_op op, const void *p, size_t n)
{
	unsigned char head[10];
	size_t len = 2;

	head[0] = (unsigned char)(0x80 | op);
	if (n < 126)
		head[1] = (unsigned char)n;
	else if (n < 65536) {
		head[1] = 126;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)n;
		len = 4;
	} else {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)(n >> (56 - 8 * i));
		len = 10;
	}
	buf_room(b, len + n);
	buf_add(b, head, len);
	buf_add(b, p, n);
}

void
frame_event(struct buf *b, const struct msg *m)
{
	buf_reset(&frame_scratch);
	codec_write_event(&frame_scratch, m);
	frame_put(b, FRAME_TEXT, frame_scratch.data, frame_scratch.len);
}

/* The original protocol knows messages only, and nothing of deleted ones. */
static void
frame_simple(struct buf *b, const struct entry *e)
{
	if (e->kind != ENTRY_message || e->deleted)
		return;
	buf_reset(&frame_scratch);
	buf_puts(&frame_scratch, "{\"message\":");
	codec_write_str(&frame_scratch, e->text.p, e->text.n);
	buf_putc(&frame_scratch, '}');
	frame_put(b, FRAME_TEXT, frame_scratch.data, frame_scratch.len);
}

void
frame_entry(struct buf *b, enum form form, const struct entry *e,
    struct str room)
{
	struct msg m;

	if (form == FORM_SIMPLE) {
		frame_simple(b, e);
		return;
	}
	entry_event(e, room, &m, NULL, NULL);
	frame_event(b, &m);
}
