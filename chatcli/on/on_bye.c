/*
 * on_bye: the server is about to close the connection.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_bye(struct app *app, struct buffer *b, const struct msg *ev)
{
	(void)b;
	if (MSG_HAS(ev, retry_after))
		link_retry_after(app->link, ev->retry_after);
	app_note(app, NULL, "the server says goodbye: %.*s",
	    STR_FMT(ev->reason));
}
