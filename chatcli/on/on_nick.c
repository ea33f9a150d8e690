/*
 * on_nick: somebody has another name; told once for each room.
 */
#include <stdlib.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_nick(struct app *app, struct buffer *b, const struct msg *ev)
{
	bool guest = MSG_HAS(ev, guest) && ev->guest;
	char *old = xstrndup(ev->old.p, ev->old.n);
	char *user = xstrndup(ev->user.p, ev->user.n);

	/* The reply may have said so before. */
	if (guest == client_me_guest(app->client) &&
	    (str_eq(ev->old, client_me(app->client)) ||
		str_eq(ev->user, client_me(app->client)))) {
		client_renamed(app->client, ev->user);
		app_note(app, b, "you are now %s%s", guest ? "~" : "", user);
	} else
		app_note(app, b, "%s%s is now %s%s", guest ? "~" : "", old,
		    guest ? "~" : "", user);
	buffer_member_renamed(b, old, user, guest);
	buffer_typing_drop(b, old, guest);
	free(old);
	free(user);
	app_changed(app, VIEW_MEMBERS | VIEW_STATUS | VIEW_INPUT, b);
}
