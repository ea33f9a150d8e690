/*
 * ui_nicks: who is in the room, on the right.
 */
#ifndef UI_NICKS_H
#define UI_NICKS_H

#include "chatcli/buffer.h"
#include "chatcli/ui/ui_layout.h"

void ui_nicks_draw(const struct layout *, const struct buffer *);

#endif
