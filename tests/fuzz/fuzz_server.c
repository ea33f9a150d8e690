/*
 * fuzz_server: what a hostile server may send to a client.  The first byte
 * says to which op a reply belongs.  What was read is written, read and
 * written again as the same bytes.
 */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include "lib/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* False when the frame is refused, or of a kind that can't be written. */
static bool
frame_read(struct codec_in *in, enum op op, const char *p, size_t n)
{
	struct codec_fault fault;

	if (codec_read_server(in, p, n, &fault) != ERR_OK)
		return false;
	if (in->kind == CODEC_REPLY && in->ok)
		return codec_read_reply(in, op, &fault) == ERR_OK;
	return in->msg.shape != SHAPE_none;
}

/* A history's entries of unknown kinds have no name to be written. */
static bool
frame_writable(const struct codec_in *in)
{
	if (!MSG_HAS(&in->msg, entries))
		return true;
	for (size_t i = 0; i < in->msg.entries.n; i++)
		if (in->msg.entries.v[i].shape == SHAPE_none)
			return false;
	return true;
}

static void
frame_write(struct buf *b, const struct codec_in *in)
{
	const struct msg *m = &in->msg;

	if (in->kind == CODEC_EVENT)
		codec_write_event(b, m);
	else if (in->ok)
		codec_write_reply(b, &in->id, m);
	else {
		buf_puts(b, "{\"re\":null,\"ok\":false,\"error\":{\"code\":");
		codec_write_str(b, m->code.p, m->code.n);
		buf_puts(b, ",\"text\":");
		codec_write_str(b, m->text.p, m->text.n);
		buf_puts(b, "}}");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct codec_in in, again;
	enum op op;

	if (size == 0)
		return 0;
	op = (enum op)(data[0] % OP__COUNT);
	if (frame_read(&in, op, (const char *)data + 1, size - 1) &&
	    frame_writable(&in)) {
		frame_write(&once, &in);
		assert(frame_read(&again, op, once.data, once.len));
		frame_write(&twice, &again);
		assert(once.len == twice.len &&
		    memcmp(once.data, twice.data, once.len) == 0);
		codec_free(&again);
	}
	codec_free(&in);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
