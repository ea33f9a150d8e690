/*
 * on_reset: the room's numbers mean something else now.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_reset(struct app *app, struct buffer *b, const struct msg *ev)
{
	(void)ev;
	app_note(app, b,
	    "the server's log of this room is another one; "
	    "what was shown before is gone");
	app_changed(app, VIEW_ALL, b);
}
