/*
 * on_topic: the room has another topic.
 */
#include <stdlib.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_topic(struct app *app, struct buffer *b, const struct msg *ev)
{
	buffer_entry(b, ev, client_me(app->client),
	    client_me_guest(app->client));
	/* The reply to the join told the newest of those up to `until`. */
	if (ev->seq > b->back.until) {
		free(b->topic);
		b->topic = xstrndup(ev->topic.p, ev->topic.n);
	}
	app_changed(app, VIEW_LOG | VIEW_TOPIC | VIEW_ROOMS, b);
}
