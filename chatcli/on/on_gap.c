/*
 * on_gap: entries that did not come.
 */
#include <inttypes.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_gap(struct app *app, struct buffer *b, const struct msg *ev)
{
	struct buf words = BUF_INIT;

	/* After a reconnect the line about it tells. */
	if (b->back.lost_at == 0) {
		client_gap_words(&words, ev->gap_to - ev->gap_from + 1,
		    b->back.why);
		app_note(app, b, "entries %" PRId64 " to %" PRId64 ": %s",
		    ev->gap_from, ev->gap_to, buf_str(&words));
		buf_fini(&words);
	}
	app_changed(app, VIEW_LOG, b);
}
