/*
 * on_typing: somebody is typing.
 */
#include <stdlib.h>

#include "lib/clock.h"
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_typing(struct app *app, struct buffer *b, const struct msg *ev)
{
	struct app_status me;
	char *user;

	/* The server tells everybody in the room, the typist too. */
	app_status(app, &me);
	if (str_eq(ev->user, me.me) &&
	    me.guest == (MSG_HAS(ev, guest) && ev->guest))
		return;
	user = xstrndup(ev->user.p, ev->user.n);

	buffer_typing(b, user, MSG_HAS(ev, guest) && ev->guest,
	    clock_ms() + APP_TYPING_MS);
	free(user);
	app_later(app);
	app_changed(app, VIEW_STATUS, b);
}
