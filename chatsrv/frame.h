/*
 * frame: what goes out, encoded once: a WebSocket frame (RFC 6455 5.2, text,
 * unmasked, unfragmented) with its payload, ready for any number of sockets.
 */
#ifndef FRAME_H
#define FRAME_H

#include "chatsrv/entry.h"
#include "lib/buf.h"

/* Which protocol's payload: chat.v1, or the original application's. */
enum form { FORM_V1, FORM_SIMPLE, FORM__COUNT };

enum frame_op { FRAME_TEXT = 1, FRAME_CLOSE = 8, FRAME_PING = 9 };

/* Appends a frame around the payload. */
void frame_put(struct buf *, enum frame_op, const void *, size_t);

/* Appends an event's frame. */
void frame_event(struct buf *, const struct msg *);

/*
 * Appends an entry's frame; nothing for an entry that the form does not know.
 */
void frame_entry(struct buf *, enum form, const struct entry *,
    struct str room);

#endif
