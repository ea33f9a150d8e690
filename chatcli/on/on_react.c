/*
 * on_react: a message got an emoji.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_react(struct app *app, struct buffer *b, const struct msg *ev)
{
	if (buffer_entry(b, ev, client_me(app->client),
		client_me_guest(app->client)))
		app_changed(app, VIEW_LOG, b);
}
