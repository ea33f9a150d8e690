/*
 * on_delete: a message is gone.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_delete(struct app *app, struct buffer *b, const struct msg *ev)
{
	if (buffer_entry(b, ev, client_me(app->client),
		client_me_guest(app->client)))
		app_changed(app, VIEW_LOG | VIEW_ROOMS, b);
}
