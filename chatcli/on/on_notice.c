/*
 * on_notice: the server says something.
 */
#include "chatcli/app_private.h"
#include "chatcli/on/on.h"

void
on_notice(struct app *app, struct buffer *b, const struct msg *ev)
{
	app_note(app, b, "the server says: %.*s", STR_FMT(ev->text));
}
