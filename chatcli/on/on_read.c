/*
 * on_read: another connection of ours moved the read marker.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_read(struct app *app, struct buffer *b, const struct msg *ev)
{
	buffer_read(b, ev->seq);
	b->read_dirty = false;
	app_changed(app, VIEW_LOG | VIEW_ROOMS | VIEW_STATUS, b);
}
