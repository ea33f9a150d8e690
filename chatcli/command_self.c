/*
 * command_self: commands about the program itself.
 */
#include <string.h>

#include "chatcli/app.h"
#include "chatcli/command.h"
#include "chatcli/keymap.h"
#include "lib/buf.h"

bool
command_ping(struct command *c)
{
	app_ping(c->app);
	return true;
}

bool
command_clear(struct command *c)
{
	if (command_room(c) == NULL)
		return false;
	c->view->clear(c->view_arg, c->buf);
	return true;
}

bool
command_quit(struct command *c)
{
	c->view->quit(c->view_arg);
	return true;
}

static void
help_command(struct buf *out, const struct command_row *r)
{
	buf_printf(out, "/%s%s%s: %s", r->name, r->args[0] != '\0' ? " " : "",
	    r->args, r->help);
}

static void
help_keys(struct buf *out, enum key_scope scope, const char *title)
{
	const struct keymap_row *r;

	buf_puts(out, title);
	for (int a = 0; a < ACTION__COUNT; a++) {
		r = keymap_row(a);
		if (r->scope != scope || r->keys[0] == '\0')
			continue;
		buf_printf(out, "\n%s: %s", r->keys, r->help);
	}
}

static bool
help_about(struct command *c)
{
	const char *word = c->args + (c->args[0] == '/');
	const struct command_row *r;
	struct buf out = BUF_INIT;
	const char *near;
	bool many;

	r = command_find(word, strlen(word), &near, &many);
	if (r == NULL) {
		command_note(c, "there is no command /%s; /help lists them",
		    word);
		return false;
	}
	help_command(&out, r);
	if (r->aliases[0] != '\0')
		buf_printf(&out, " (also: %s)", r->aliases);
	command_note(c, "%s", buf_str(&out));
	buf_fini(&out);
	return true;
}

bool
command_help(struct command *c)
{
	struct buf out = BUF_INIT;
	const struct command_row *rows;
	size_t n;

	if (c->args[0] != '\0')
		return help_about(c);
	buf_puts(&out, "Commands; any beginning that means one only will do:");
	rows = command_rows(&n);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].fn == NULL)
			continue;
		buf_putc(&out, '\n');
		help_command(&out, &rows[i]);
	}
	help_keys(&out, SCOPE_ROOM, "\nKeys:");
	help_keys(&out, SCOPE_MESSAGE, "\nWhile a message is selected:");
	command_note(c, "%s", buf_str(&out));
	buf_fini(&out);
	return true;
}
