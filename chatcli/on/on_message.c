/*
 * on_message: somebody said something.
 */
#include <stdlib.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_message(struct app *app, struct buffer *b, const struct msg *ev)
{
	struct line *l;
	char *from = xstrndup(ev->from.p, ev->from.n);

	buffer_entry(b, ev, client_me(app->client),
	    client_me_guest(app->client));
	buffer_typing_drop(b, from, MSG_HAS(ev, guest) && ev->guest);
	free(from);
	app_line_heard(app, ev);
	app_changed(app, VIEW_LOG | VIEW_ROOMS | VIEW_STATUS, b);
	/* What is replayed has rung, or was missed and is counted. */
	l = buffer_find(b, ev->seq);
	if (l != NULL && l->mentions_me && ev->seq > b->back.until &&
	    app->view != NULL)
		app->view->bell(app->view);
}
