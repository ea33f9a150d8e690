/*
 * ui_status: the line between text and input: what the reader must know now.
 */
#ifndef UI_STATUS_H
#define UI_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "chatcli/app.h"
#include "chatcli/complete.h"
#include "chatcli/ui/ui_layout.h"

struct ui_status {
	struct app_status app;
	const struct buffers *rooms;
	const struct buffer *here; /* of a room; NULL: none is open */
	size_t below;		   /* rows below the window */
	bool vi_command;
	const char *told;		 /* about the last key, or NULL */
	bool asked;			 /* a question waits for a pause */
	const struct complete *complete; /* candidates to show, or NULL */
	const struct line *selected;	 /* message mode, or NULL */
};

void ui_status_draw(const struct layout *, const struct ui_status *);

#endif
