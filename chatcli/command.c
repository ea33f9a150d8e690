/*
 * command: what the user entered, done.
 *
 * A line that begins with one slash is a command and nothing else: one that
 * is not known is never said in the room.  Two slashes say a line that begins
 * with one.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chatcli/app.h"
#include "chatcli/command.h"
#include "lib/buf.h"
#include "lib/text.h"

#define WORD_MAX 24 /* no name is longer */
#define NEAR_MAX 2  /* changes that make a word another */

/* The page's own commands have no function here. */
#define command_fn_BOTH(name)	  command_##name
#define command_fn_TERMINAL(name) command_##name
#define command_fn_PAGE(name)	  NULL

static const struct command_row rows[] = {
#define COMMAND(name, aliases, args, where, help)      \
	{ #name, aliases, args, help, COMMAND_##where, \
		command_fn_##where(name) },
#include "lib/command.def"
#undef COMMAND
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

const struct command_row *
command_rows(size_t *n)
{
	*n = ROWS;
	return rows;
}

/* Calls for the name and each alias, until fn says that this is it. */
static bool
row_word(const struct command_row *r, bool (*fn)(const char *, size_t, void *),
    void *arg)
{
	const char *p = r->aliases;
	size_t n;

	if (fn(r->name, strlen(r->name), arg))
		return true;
	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (fn(p, n, arg))
			return true;
	}
	return false;
}

struct word {
	const char *p;
	size_t n;
	size_t distance; /* the least so far */
};

static bool
word_equals(const char *p, size_t n, void *arg)
{
	struct word *w = arg;

	return n == w->n && strncasecmp(p, w->p, n) == 0;
}

static bool
word_begins(const char *p, size_t n, void *arg)
{
	struct word *w = arg;

	return n > w->n && strncasecmp(p, w->p, w->n) == 0;
}

/* How many letters must be put in, left out or changed (Levenshtein). */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[WORD_MAX + 1], before, above, least;

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		before = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			above = row[j];
			least = before +
			    (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
			if (above + 1 < least)
				least = above + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			before = above;
			row[j] = least;
		}
	}
	return row[nb];
}

static bool
word_near(const char *p, size_t n, void *arg)
{
	struct word *w = arg;
	size_t d = distance(w->p, w->n, p, n);

	if (d > NEAR_MAX || d >= n || d >= w->distance)
		return false;
	w->distance = d;
	return true;
}

const struct command_row *
command_find(const char *p, size_t n, const char **near, bool *many)
{
	struct word w = { p, n, NEAR_MAX + 1 };
	const struct command_row *found = NULL;

	*near = NULL;
	*many = false;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].fn != NULL && row_word(&rows[i], word_equals, &w))
			return &rows[i];
	for (size_t i = 0; i < ROWS && n > 0; i++)
		if (rows[i].fn != NULL && row_word(&rows[i], word_begins, &w)) {
			*many = found != NULL;
			if (*many)
				return NULL;
			found = &rows[i];
		}
	for (size_t i = 0; i < ROWS && found == NULL && n < WORD_MAX; i++)
		if (rows[i].fn != NULL && row_word(&rows[i], word_near, &w))
			*near = rows[i].name;
	return found;
}

bool
command_is(const char *text)
{
	return text[0] == '/' && text[1] != '/';
}

void
command_note(struct command *c, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	c->view->note(c->view_arg, buf_str(&text));
	buf_fini(&text);
}

struct buffer *
command_room(struct command *c)
{
	if (c->buf == NULL)
		command_note(c, "no room is open; /join ROOM opens one");
	return c->buf;
}

struct buffer *
command_inside(struct command *c)
{
	struct buffer *b = command_room(c);

	if (b == NULL || b->wanted)
		return b;
	command_note(c, "you are not in %s; /join %s", b->room, b->room);
	return NULL;
}

/* "#1043 text": the number; args go behind it.  0 if there is none. */
static int64_t
take_seq(struct command *c)
{
	char *end;
	long long seq;

	if (c->args[0] != '#' || c->args[1] < '1' || c->args[1] > '9')
		return 0;
	seq = strtoll(c->args + 1, &end, 10);
	if (*end != '\0' && *end != ' ')
		return 0;
	c->args = end + strspn(end, " ");
	return seq;
}

struct line *
command_message(struct command *c, enum command_whose whose)
{
	struct buffer *b = command_room(c);
	struct line *l;
	int64_t seq;

	if (b == NULL)
		return NULL;
	if ((seq = take_seq(c)) != 0) {
		l = buffer_find(b, seq);
		if (l == NULL || l->kind != LINE_MESSAGE || l->deleted) {
			command_note(c, "there is no message #%lld here",
			    (long long)seq);
			return NULL;
		}
		return l;
	}
	if (c->selected != NULL && c->selected->seq != 0)
		return c->selected;
	if (c->selected != NULL) {
		command_note(c,
		    "the message is not stored yet; /discard drops "
		    "one that was refused");
		return NULL;
	}
	for (size_t i = b->nlines; i-- > 0;) {
		l = b->lines[i];
		if (l->kind == LINE_MESSAGE && l->seq != 0 && !l->deleted &&
		    l->own == (whose == WHOSE_OWN))
			return l;
	}
	command_note(c, "there is no message %s here",
	    whose == WHOSE_OWN ? "of yours" : "of others");
	return NULL;
}

static bool
say(struct command *c, const char *text)
{
	if (command_inside(c) == NULL)
		return false;
	app_say(c->app, c->buf, "text", text, 0);
	return true;
}

/* Whether what follows the word is what the row wants; tells if not. */
static bool
args_fit(struct command *c, const struct command_row *r)
{
	bool text = strstr(r->args, "TEXT") != NULL;
	bool needed = r->args[0] != '\0' && r->args[strlen(r->args) - 1] != ']';

	if (c->args[0] == '\0' && needed)
		command_note(c, "/%s %s: %s", r->name, r->args, r->help);
	else if (c->args[0] != '\0' && r->args[0] == '\0')
		command_note(c, "/%s stands alone: %s", r->name, r->help);
	else if (!text && strchr(c->args, '\n') != NULL)
		command_note(c, "/%s %s is one line", r->name, r->args);
	else
		return true;
	return false;
}

static bool
unknown(struct command *c, const char *word, size_t n, const char *near,
    bool many)
{
	int len = n > WORD_MAX ? WORD_MAX : (int)n;

	if (many)
		command_note(c,
		    "/%.*s may be more than one command; /help lists them", len,
		    word);
	else if (near != NULL)
		command_note(c, "there is no command /%.*s; did you mean /%s?",
		    len, word, near);
	else
		command_note(c,
		    "there is no command /%.*s; /help lists them, "
		    "and //%.*s says it",
		    len, word, len, word);
	return false;
}

static bool
command_do(struct command *c, const char *text)
{
	size_t n = strcspn(text, " \n");
	const struct command_row *r;
	const char *near;
	char *args;
	bool many, done;

	if ((r = command_find(text, n, &near, &many)) == NULL)
		return unknown(c, text, n, near, many);
	args = xstrdup(text + n + strspn(text + n, " "));
	/* Spaces behind a text are part of it; behind a name they are not. */
	if (strstr(r->args, "TEXT") == NULL)
		for (n = strlen(args); n > 0 && args[n - 1] == ' ';)
			args[--n] = '\0';
	c->args = args;
	done = args_fit(c, r) && r->fn(c);
	c->args = NULL;
	free(args);
	return done;
}

bool
command_enter(struct command *c, const char *text)
{
	size_t n = strlen(text);

	if (n == 0)
		return true;
	if (!text_valid(text, n)) {
		command_note(c, "this is not UTF-8, and was not sent");
		return false;
	}
	if (n > PROTO_TEXT_MAX) {
		command_note(c,
		    "this has %zu bytes and was not sent; "
		    "a message has at most %zu",
		    n, PROTO_TEXT_MAX);
		return false;
	}
	if (command_is(text))
		return command_do(c, text + 1);
	return say(c, text[0] == '/' ? text + 1 : text);
}
