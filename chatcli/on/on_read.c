/*
 * on_read: another connection of ours moved the read marker.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_read(struct app *app, struct buffer *b, const struct msg *ev)
{
	/* What we are about to tell is further. */
	if (b->read_dirty && !b->read_back && ev->seq < b->read)
		return;
	buffer_read(b, ev->seq);
	b->read_dirty = false;
	app_changed(app, VIEW_LOG | VIEW_ROOMS | VIEW_STATUS, b);
}
