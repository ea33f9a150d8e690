/*
 * fuzz_request: a request that was read is written, read and written again as
 * the same bytes; one that was refused says why.  The original protocol's
 * reader gets the same bytes.
 */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include "lib/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_fault(enum err e, const struct codec_fault *fault)
{
	assert(e == ERR_BAD_JSON || e == ERR_BAD_REQUEST ||
	    e == ERR_UNKNOWN_OP || e == ERR_TOO_LARGE);
	assert(fault->text[0] != '\0');
	assert(strlen(fault->text) < sizeof(fault->text));
}

static void
check_again(const struct codec_in *in)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct codec_fault fault;
	struct codec_in again;

	codec_write_request(&once, &in->id, &in->msg);
	assert(
	    codec_read_request(&again, once.data, once.len, &fault) == ERR_OK);
	assert(again.op == in->op && again.id.kind == in->id.kind);
	assert(memcmp(again.msg.has, in->msg.has, sizeof(in->msg.has)) == 0);
	codec_write_request(&twice, &again.id, &again.msg);
	assert(once.len == twice.len &&
	    memcmp(once.data, twice.data, once.len) == 0);
	codec_free(&again);
	buf_fini(&once);
	buf_fini(&twice);
}

static void
check_simple(const char *p, size_t n)
{
	struct codec_fault fault;
	struct codec_in in, again;
	struct buf b = BUF_INIT;
	enum err e = codec_read_simple(&in, p, n, &fault);

	if (e == ERR_OK) {
		assert(in.op == OP_send && in.msg.text.n <= PROTO_TEXT_MAX);
		assert(memchr(in.msg.text.p, '\0', in.msg.text.n) == NULL);
		buf_puts(&b, "{\"message\":");
		codec_write_str(&b, in.msg.text.p, in.msg.text.n);
		buf_putc(&b, '}');
		assert(
		    codec_read_simple(&again, b.data, b.len, &fault) == ERR_OK);
		assert(again.msg.text.n == in.msg.text.n &&
		    memcmp(again.msg.text.p, in.msg.text.p, in.msg.text.n) ==
			0);
		codec_free(&again);
	} else
		check_fault(e, &fault);
	codec_free(&in);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct codec_fault fault;
	struct codec_in in;
	enum err e = codec_read_request(&in, p, size, &fault);

	if (e == ERR_OK)
		check_again(&in);
	else
		check_fault(e, &fault);
	codec_free(&in);
	check_simple(p, size);
	return 0;
}
