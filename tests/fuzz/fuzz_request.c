/*
 * fuzz_request: a request that was read is written, read and written again as
 * the same bytes; one that was refused says why.  It says the same behind so
 * many long texts that its own are no longer lifted out.  The original
 * protocol's reader gets the same bytes.
 */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/codec_scan.h"

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

/* Compares a frame's reading with that of one that has other fields, too. */
static void
check_lifted(const struct codec_in *in, enum err e, const char *p, size_t n)
{
	struct buf b = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
	struct codec_fault fault;
	struct codec_in plain;
	size_t brace = 0;

	while (brace < n && p[brace] != '{')
		brace++;
	if (brace == n || memchr(p, '~', n) != NULL)
		return;
	buf_add(&b, p, brace + 1);
	for (int i = 0; i < CODEC_LIFT_MAX; i++)
		buf_printf(&b, "\"~%d\":\"%0*d\",", i, CODEC_LIFT_MIN, 0);
	buf_add(&b, p + brace + 1, n - brace - 1);
	assert((codec_read_request(&plain, b.data, b.len, &fault) == ERR_OK) ==
	    (e == ERR_OK));
	if (e == ERR_OK) {
		codec_write_request(&one, &in->id, &in->msg);
		codec_write_request(&two, &plain.id, &plain.msg);
		assert(one.len == two.len &&
		    memcmp(one.data, two.data, one.len) == 0);
	}
	codec_free(&plain);
	buf_fini(&b);
	buf_fini(&one);
	buf_fini(&two);
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
	check_lifted(&in, e, p, size);
	codec_free(&in);
	check_simple(p, size);
	return 0;
}
