/*
 * buf: a growable run of bytes.
 *
 * `data` may be read directly up to `len`; it moves when the buffer grows.
 * Memory that can not be had ends the process (house rule: sizes that a peer
 * states are bounded before they reach a buffer), so nothing here fails.
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};

#define BUF_INIT           \
	{                  \
		NULL, 0, 0 \
	}

void buf_init(struct buf *);
void buf_fini(struct buf *); /* frees; may be used again */

/* Forgets the bytes, keeps the memory. */
void buf_reset(struct buf *);

/*
 * Makes room for n more bytes and returns where they begin; buf_took() adds
 * those that were written.
 */
static inline char *buf_room(struct buf *, size_t n);
void buf_took(struct buf *, size_t n);

void buf_add(struct buf *, const void *, size_t);
static inline void buf_putc(struct buf *, char);
void buf_puts(struct buf *, const char *);
void buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

/* Takes the first n bytes away and moves the rest to the front. */
void buf_drop(struct buf *, size_t n);

/*
 * Replaces the n bytes at `at` by m others; what follows moves.
 */
void buf_splice(struct buf *, size_t at, size_t n, const void *, size_t m);

/*
 * The bytes as a string: a NUL stands behind them, not counted in len.
 */
const char *buf_str(struct buf *);

/*
 * Hands the bytes (NUL-terminated) to the caller, who frees them; the buffer
 * is empty afterwards.
 */
char *buf_steal(struct buf *);

/* malloc and friends that end the process when there is no memory. */
void *xmalloc(size_t);
void *xcalloc(size_t, size_t);
void *xrealloc(void *, size_t);
char *xstrdup(const char *);
char *xstrndup(const char *, size_t);

/* These two are called for every few bytes of a frame. */
void buf_grow(struct buf *, size_t n); /* what buf_room() does if it must */

static inline char *
buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->len < n)
		buf_grow(b, n);
	return b->data + b->len;
}

static inline void
buf_putc(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->len++;
}

#endif
