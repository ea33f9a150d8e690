/*
 * complete: what the word before the cursor may become.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "chatcli/buffers.h"
#include "chatcli/command.h"
#include "chatcli/complete.h"
#include "lib/buf.h"
#include "lib/text.h"

/* Whether name begins with n bytes of word, whatever their case. */
static bool
begins(const char *name, const char *word, size_t n)
{
	size_t left = strlen(name), a, b;
	uint32_t x, y;

	for (; n > 0; name += a, left -= a, word += b, n -= b) {
		a = text_decode(name, left, &x);
		b = text_decode(word, n, &y);
		if (a == 0 || b == 0 || towlower(x) != towlower(y))
			return false;
	}
	return true;
}

static void
add(struct complete *c, const char *before, const char *name,
    const char *behind)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "%s%s%s", before, name, behind);
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i], buf_str(&b)) == 0) {
			buf_fini(&b);
			return;
		}
	if (c->n == c->cap) {
		c->cap = c->cap > 0 ? 2 * c->cap : 16;
		c->v = xrealloc(c->v, c->cap * sizeof(*c->v));
	}
	buf_str(&b);
	c->v[c->n++] = buf_steal(&b);
}

static void
add_commands(struct complete *c, const char *word, size_t n, const char *slash)
{
	const struct command_row *rows;
	size_t nrows;

	rows = command_rows(&nrows);
	for (size_t i = 0; i < nrows; i++)
		if (rows[i].fn != NULL && begins(rows[i].name, word, n))
			add(c, slash, rows[i].name,
			    *slash != '\0' && rows[i].args[0] != '\0' ? " " :
									"");
}

static void
add_rooms(struct complete *c, const struct buffers *bs, const char *word,
    size_t n, const char *hash)
{
	for (size_t i = 0; i < bs->n; i++)
		if (begins(bs->v[i]->room, word, n))
			add(c, hash, bs->v[i]->room, "");
}

/* Who spoke last comes first, then who is there; oneself never. */
static void
add_nicks(struct complete *c, const struct buffer *b, const char *me,
    const char *word, size_t n, const char *behind)
{
	const char *at = n > 0 && *word == '@' ? "@" : "";
	const struct line *l;

	if (b == NULL)
		return;
	if (n > 0 && (*word == '~' || *word == '@')) {
		word++;
		n--;
	}
	for (size_t i = b->nlines; i-- > 0;) {
		l = b->lines[i];
		if (l->from != NULL && !l->own && begins(l->from, word, n))
			add(c, at, l->from, behind);
	}
	for (size_t i = 0; i < b->nmembers; i++)
		if (strcmp(b->members[i].user, me) != 0 &&
		    begins(b->members[i].user, word, n))
			add(c, at, b->members[i].user, behind);
}

/* What the command that text begins with takes; NULL if it is none. */
static const char *
command_args(const char *text)
{
	const struct command_row *r;
	const char *near;
	bool many;

	if (!command_is(text))
		return NULL;
	r = command_find(text + 1, strcspn(text + 1, " "), &near, &many);
	return r != NULL ? r->args : "";
}

void
complete_make(struct complete *c, const struct buffers *bs,
    const struct buffer *buf, const char *me, const char *text, size_t point)
{
	const char *args = command_args(text), *word;
	size_t start = point, n;

	complete_fini(c);
	while (start > 0 && text[start - 1] != ' ' && text[start - 1] != '\n')
		start--;
	c->start = start;
	c->end = point;
	word = text + start;
	n = point - start;
	if (start == 0 && args != NULL)
		add_commands(c, word + 1, n - 1, "/");
	else if (n > 0 && *word == '#')
		add_rooms(c, bs, word + 1, n - 1, "#");
	else if (args != NULL && strstr(args, "ROOM") != NULL)
		add_rooms(c, bs, word, n, "");
	else if (args != NULL && strstr(args, "WORD") != NULL)
		add_commands(c, word, n, "");
	else
		add_nicks(c, buf, me, word, n,
		    start == 0 && *word != '@' ? ": " : "");
	c->at = c->n;
}

void
complete_fini(struct complete *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i]);
	free(c->v);
	*c = (struct complete){ NULL, 0, 0, 0, 0, 0 };
}
