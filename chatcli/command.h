/*
 * command: what the user entered, done.
 *
 * The table is lib/command.def; each row has its function command_<name> in
 * one of the command_*.c.  Commands act on the app and on the room that is
 * looked at, and speak to the user by notes.  Text that is not taken stays
 * with the user: nothing that was typed is ever thrown away here.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct buffer;
struct line;

/* What commands need of whoever shows them. */
struct command_view {
	void (*note)(void *arg, const char *text);
	void (*clear)(void *arg, struct buffer *);
	void (*read)(void *arg, struct buffer *); /* nothing is unread */
	void (*quit)(void *arg); /* asks before, if there is a reason */
};

/* An entered line and where it was entered. */
struct command {
	struct app *app;
	struct buffer *buf;    /* NULL: no room is open */
	struct line *selected; /* message that is selected, or NULL */
	const struct command_view *view;
	void *view_arg;
	const char *args; /* behind the word and spaces */
};

/*
 * Says text in the room, or does what it commands.  False: it was not taken,
 * a note told why, and the text is still the user's to change.
 */
bool command_enter(struct command *, const char *text);

enum command_where { COMMAND_BOTH, COMMAND_TERMINAL, COMMAND_PAGE };

/* True: done.  False: not taken, a note told why. */
typedef bool command_fn(struct command *);

struct command_row {
	const char *name, *aliases, *args, *help;
	enum command_where where;
	command_fn *fn; /* NULL for the page's own */
};

/* The terminal's commands, in the order of the table; *n of them. */
const struct command_row *command_rows(size_t *n);

/*
 * The row that word, of n bytes and without slash, means: a name or alias in
 * any case, or the beginning of one command only.  NULL if there is none;
 * *near is then the nearest name, or NULL, and *many tells that the word
 * begins more than one.
 */
const struct command_row *command_find(const char *word, size_t n,
    const char **near, bool *many);

/* Whether text is a command, and not something to be said. */
bool command_is(const char *text);

/* The rest is for command_*.c. */

#define COMMAND(name, aliases, args, where, help) command_fn command_##name;
#include "lib/command.def"
#undef COMMAND

void command_note(struct command *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum command_whose { WHOSE_OWN, WHOSE_OTHERS };

/*
 * The message that a command means: "#1043" at the beginning of args (taken
 * off), else the selected one, else the newest of that kind.  It has a seq;
 * whether it may be changed the server decides, who knows own messages of
 * earlier names too.  NULL after a note.
 */
struct line *command_message(struct command *, enum command_whose);

/* The room looked at; NULL after a note. */
struct buffer *command_room(struct command *);

/* The same, if one is in it: what is said there is sent there. */
struct buffer *command_inside(struct command *);

#endif
