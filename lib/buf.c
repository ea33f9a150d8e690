/*
 * buf: a growable run of bytes, and the allocation that it rests on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"

/*
 * There is no way on: every promise to a client needs memory.  Only async
 * signal safe calls, since the heap can't be trusted to print.
 */
static _Noreturn void
buf_nomem(void)
{
	static const char why[] = "out of memory\n";

	if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0)
		_exit(71);
	_exit(70);
}

void *
xmalloc(size_t n)
{
	void *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		buf_nomem();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	if (p == NULL)
		buf_nomem();
	return p;
}

void *
xrealloc(void *old, size_t n)
{
	void *p = realloc(old, n != 0 ? n : 1);

	if (p == NULL)
		buf_nomem();
	return p;
}

char *
xstrndup(const char *s, size_t n)
{
	char *p = xmalloc(n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

void
buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void
buf_fini(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
}

void
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap != 0 ? b->cap : 64;

	while (cap - b->len < n)
		cap *= 2;
	b->data = xrealloc(b->data, cap);
	b->cap = cap;
}

void
buf_took(struct buf *b, size_t n)
{
	b->len += n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), p, n);
	b->len += n;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_drop(struct buf *b, size_t n)
{
	b->len -= n;
	if (b->len != 0)
		memmove(b->data, b->data + n, b->len);
}

void
buf_splice(struct buf *b, size_t at, size_t n, const void *p, size_t m)
{
	if (n == 0 && m == 0)
		return;
	if (m > n)
		buf_room(b, m - n);
	memmove(b->data + at + m, b->data + at + n, b->len - at - n);
	memcpy(b->data + at, p, m);
	b->len = b->len - n + m;
}

const char *
buf_str(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return b->data;
}

char *
buf_steal(struct buf *b)
{
	char *s;

	buf_str(b);
	s = b->data;
	buf_init(b);
	return s;
}
