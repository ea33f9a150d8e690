/*
 * command_talk: commands that say something, or change what was said.
 */
#include <string.h>

#include "chatcli/app.h"
#include "chatcli/command.h"

bool
command_say(struct command *c)
{
	if (command_inside(c) == NULL)
		return false;
	app_say(c->app, c->buf, "text", c->args, 0);
	return true;
}

bool
command_me(struct command *c)
{
	if (command_inside(c) == NULL)
		return false;
	app_say(c->app, c->buf, "action", c->args, 0);
	return true;
}

/* Behind "#1043" there must still be something. */
static bool
has_text(struct command *c, const char *what)
{
	if (c->args[0] != '\0')
		return true;
	command_note(c, "%s is missing", what);
	return false;
}

bool
command_reply(struct command *c)
{
	struct line *l;

	if (command_inside(c) == NULL ||
	    (l = command_message(c, WHOSE_OTHERS)) == NULL ||
	    !has_text(c, "the answer's text"))
		return false;
	app_say(c->app, c->buf, "text", c->args, l->seq);
	return true;
}

bool
command_edit(struct command *c)
{
	struct line *l = command_message(c, WHOSE_OWN);

	if (l == NULL || !has_text(c, "the new text"))
		return false;
	app_edit(c->app, c->buf, l->seq, c->args);
	return true;
}

bool
command_delete(struct command *c)
{
	struct line *l = command_message(c, WHOSE_OWN);

	if (l == NULL)
		return false;
	if (c->args[0] != '\0') {
		command_note(c, "/delete takes a number like #1043, not \"%s\"",
		    c->args);
		return false;
	}
	app_delete(c->app, c->buf, l->seq);
	return true;
}

static bool
react(struct command *c, bool on)
{
	struct line *l = command_message(c, WHOSE_OTHERS);

	if (l == NULL || !has_text(c, "the emoji"))
		return false;
	if (strchr(c->args, ' ') != NULL) {
		command_note(c, "one emoji at a time: \"%s\"", c->args);
		return false;
	}
	app_react(c->app, c->buf, l->seq, c->args, on);
	return true;
}

bool
command_react(struct command *c)
{
	return react(c, true);
}

bool
command_unreact(struct command *c)
{
	return react(c, false);
}

/* The selected line, or the oldest of the room, that needs a decision. */
static struct line *
undecided(struct command *c)
{
	struct buffer *b = command_room(c);
	struct line *l = c->selected;

	if (b == NULL)
		return NULL;
	if (l != NULL && (l->state == LINE_REFUSED || l->state == LINE_UNSURE))
		return l;
	for (size_t i = 0; i < b->nlines; i++) {
		l = b->lines[i];
		if (l->state == LINE_REFUSED || l->state == LINE_UNSURE)
			return l;
	}
	command_note(c, "no line here was refused or is unsure");
	return NULL;
}

bool
command_resend(struct command *c)
{
	struct line *l = undecided(c);

	if (l == NULL)
		return false;
	app_resend(c->app, c->buf, l);
	return true;
}

bool
command_discard(struct command *c)
{
	struct line *l = undecided(c);

	if (l == NULL)
		return false;
	app_discard(c->app, c->buf, l);
	return true;
}
