/*
 * on_left: the subscription has ended.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_left(struct app *app, struct buffer *b, const struct msg *ev)
{
	app_note(app, b, "you are no longer in this room: %.*s",
	    STR_FMT(ev->reason));
	buffer_members_clear(b);
	app_changed(app, VIEW_ALL, b);
}
