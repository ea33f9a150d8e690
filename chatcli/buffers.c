/*
 * buffers: a list in the order of opening, which is that of the room list.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/buffers.h"
#include "lib/buf.h"
#include "lib/name.h"

void
buffers_init(struct buffers *bs)
{
	memset(bs, 0, sizeof(*bs));
}

void
buffers_fini(struct buffers *bs)
{
	for (size_t i = 0; i < bs->n; i++)
		buffer_free(bs->v[i]);
	free(bs->v);
	buffers_init(bs);
}

struct buffer *
buffers_current(struct buffers *bs)
{
	return bs->n == 0 ? NULL : bs->v[bs->current];
}

static bool
buffers_same(const char *a, const char *b)
{
	struct name x, y;
	const char *why;

	if (strcmp(a, b) == 0)
		return true;
	return name_parse(NAME_ROOM, a, strlen(a), &x, &why) == ERR_OK &&
	    name_parse(NAME_ROOM, b, strlen(b), &y, &why) == ERR_OK &&
	    name_same(&x, &y);
}

struct buffer *
buffers_find(struct buffers *bs, const char *room)
{
	for (size_t i = 0; i < bs->n; i++)
		if (strcmp(bs->v[i]->room, room) == 0)
			return bs->v[i];
	for (size_t i = 0; i < bs->n; i++)
		if (buffers_same(bs->v[i]->room, room))
			return bs->v[i];
	return NULL;
}

struct buffer *
buffers_open(struct buffers *bs, const char *room)
{
	struct buffer *b = buffers_find(bs, room);

	if (b != NULL)
		return b;
	bs->v = xrealloc(bs->v, (bs->n + 1) * sizeof(bs->v[0]));
	b = bs->v[bs->n++] = buffer_new(room);
	return b;
}

/* An index after the buffer at `gone` left the list. */
static size_t
buffers_shift(const struct buffers *bs, size_t index, size_t gone)
{
	if (index > gone)
		index--;
	return index < bs->n ? index : bs->n == 0 ? 0 : bs->n - 1;
}

void
buffers_close(struct buffers *bs, struct buffer *b)
{
	size_t i = 0, back;

	while (i < bs->n && bs->v[i] != b)
		i++;
	if (i == bs->n)
		return;
	bs->n--;
	memmove(bs->v + i, bs->v + i + 1, (bs->n - i) * sizeof(bs->v[0]));
	back = buffers_shift(bs, bs->previous, i);
	/* Who closes the room he looks at returns to the one before. */
	bs->current = bs->current == i ? back :
					 buffers_shift(bs, bs->current, i);
	bs->previous = back;
	buffer_free(b);
}

void
buffers_show(struct buffers *bs, size_t index)
{
	if (index >= bs->n || index == bs->current)
		return;
	bs->previous = bs->current;
	bs->current = index;
}

struct buffer *
buffers_active(struct buffers *bs)
{
	struct buffer *unread = NULL;

	/* From the room behind the present one, round to it. */
	for (size_t i = 1; i < bs->n; i++) {
		struct buffer *b = bs->v[(bs->current + i) % bs->n];

		if (b->mentions != 0)
			return b;
		if (unread == NULL && b->unread != 0)
			unread = b;
	}
	return unread;
}
