/*
 * buffer_line: what the files of buffer.h share, and nobody else.
 */
#ifndef BUFFER_LINE_H
#define BUFFER_LINE_H

#include "chatcli/buffer.h"

/* A number that no line and no buffer ever had. */
unsigned buffer_version(void);

/* Something of the buffer changed, and of the line unless it is NULL. */
void buffer_touch(struct buffer *, struct line *);

void buffer_line_free(struct line *);
void buffer_line_reactions_free(struct line *);

/* The index of the first entry whose seq is at least that. */
size_t buffer_at(const struct buffer *, int64_t seq);

/* Puts a line, owned by the buffer from now on, before that index. */
void buffer_insert(struct buffer *, size_t at, struct line *);

/* A waiting line was told its seq: it goes where that belongs. */
void buffer_settle(struct buffer *, struct line *, int64_t seq);

/* Above a bound the oldest lines go, unless somebody reads them. */
void buffer_trim(struct buffer *);

#endif
