/*
 * on_presence: who came, left, or is away.
 */
#include <stdlib.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

static void
presence_each(struct buffer *b, const struct msgs *people, bool online,
    bool away)
{
	for (size_t i = 0; i < people->n; i++) {
		const struct msg *p = &people->v[i];
		bool guest = MSG_HAS(p, guest) && p->guest;
		char *user = xstrndup(p->user.p, p->user.n);

		/* A guest is a member only as long as he is here. */
		if (guest && !online)
			buffer_member_gone(b, user, guest);
		else
			buffer_member(b, user, guest, online, away);
		if (!online)
			buffer_typing_drop(b, user, guest);
		free(user);
	}
}

void
on_presence(struct app *app, struct buffer *b, const struct msg *ev)
{
	if (MSG_HAS(ev, departed))
		presence_each(b, &ev->departed, false, false);
	if (MSG_HAS(ev, arrived))
		presence_each(b, &ev->arrived, true, false);
	if (MSG_HAS(ev, idle))
		presence_each(b, &ev->idle, true, true);
	b->online = ev->online;
	app_changed(app, VIEW_MEMBERS | VIEW_STATUS, b);
}
