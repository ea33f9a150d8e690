/*
 * command_room: commands about rooms and the people in them.
 */
#include <string.h>

#include "chatcli/app.h"
#include "chatcli/command.h"
#include "lib/buf.h"

/* Rooms may be written with the # that marks them in other places. */
static const char *
room_arg(const char *args)
{
	return args + (args[0] == '#');
}

static bool
one_word(struct command *c)
{
	if (strchr(c->args, ' ') == NULL)
		return true;
	command_note(c, "a name has no spaces: \"%s\"", c->args);
	return false;
}

bool
command_join(struct command *c)
{
	if (!one_word(c))
		return false;
	app_join(c->app, room_arg(c->args));
	return true;
}

bool
command_leave(struct command *c)
{
	struct buffer *b;

	if (c->args[0] == '\0')
		b = command_room(c);
	else if ((b = buffers_find(app_buffers(c->app), room_arg(c->args))) ==
	    NULL)
		command_note(c, "the room %s is not open", c->args);
	if (b == NULL)
		return false;
	app_leave(c->app, b, true);
	return true;
}

bool
command_rooms(struct command *c)
{
	app_rooms(c->app, c->args[0] != '\0' ? c->args : NULL);
	return true;
}

bool
command_members(struct command *c)
{
	if (command_room(c) == NULL)
		return false;
	app_members(c->app, c->buf);
	return true;
}

bool
command_topic(struct command *c)
{
	if (command_room(c) == NULL)
		return false;
	if (c->args[0] != '\0')
		app_topic(c->app, c->buf, c->args);
	else if (c->buf->topic != NULL && c->buf->topic[0] != '\0')
		command_note(c, "the topic of %s: %s", c->buf->room,
		    c->buf->topic);
	else
		command_note(c, "%s has no topic; /topic TEXT gives it one",
		    c->buf->room);
	return true;
}

bool
command_nick(struct command *c)
{
	if (!one_word(c))
		return false;
	app_nick(c->app, c->args);
	return true;
}

bool
command_read(struct command *c)
{
	if (command_room(c) == NULL)
		return false;
	app_seen(c->app, c->buf);
	c->view->read(c->view_arg, c->buf);
	return true;
}

bool
command_unread(struct command *c)
{
	struct line *l = command_message(c, WHOSE_OTHERS);

	if (l == NULL)
		return false;
	app_unread(c->app, c->buf, l->seq);
	return true;
}
