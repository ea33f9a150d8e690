/*
 * ui_list: the rooms that are open, on the left, and the header above the
 * text.
 */
#ifndef UI_LIST_H
#define UI_LIST_H

#include "chatcli/buffers.h"
#include "chatcli/ui/ui_layout.h"

/* here: the room that is looked at. */
void ui_list_draw(const struct layout *, const struct buffers *,
    const struct buffer *here);
void ui_list_header(const struct layout *, const struct buffer *);

#endif
