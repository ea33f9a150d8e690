/*
 * script: lines become promises, and those their steps.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/script/script.h"

static struct {
	const char *file;
	int line;
} script_at;

static _Noreturn void script_bail(const char *, ...)
    __attribute__((format(printf, 1, 2)));

static _Noreturn void
script_bail(const char *format, ...)
{
	va_list ap;

	printf("Bail out! %s:%d: ", script_at.file, script_at.line);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	exit(99);
}

/* Blanks at both ends fall away; s itself is cut. */
static char *
script_strip(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

static struct value *
script_value(const char *text, bool pattern)
{
	const char *why;
	struct value *v = value_parse(text, strlen(text), pattern, &why);

	if (v == NULL)
		script_bail("%s: %s", why, text);
	return v;
}

/* What is behind a word at the beginning of text, or NULL. */
static char *
script_behind(char *text, const char *word)
{
	size_t n = strlen(word);

	return strncmp(text, word, n) == 0 ? text + n : NULL;
}

static void
script_fits(struct step *s, char *text)
{
	static const char no[] = " does not fit ", yes[] = " fits ";
	char *at = strstr(text, no), *value;

	s->kind = at != NULL ? STEP_FITS_NOT : STEP_FITS;
	if (at == NULL)
		at = strstr(text, yes);
	if (at == NULL)
		script_bail("neither fits nor does not fit: %s", text);
	value = at + strlen(s->kind == STEP_FITS ? yes : no);
	*at = '\0';
	s->pattern = script_value(text, true);
	s->value = script_value(value, false);
}

static void
script_server(struct step *s, const char *text)
{
	if (strcmp(text, "restarts") == 0)
		s->kind = STEP_RESTARTS;
	else if (strcmp(text, "is killed") == 0)
		s->kind = STEP_KILLED;
	else
		script_bail("neither \"restarts\" nor \"is killed\": %s", text);
}

static void
script_person(struct step *s, char *text)
{
	char *rest;

	if (strcmp(text, "connects") == 0) {
		s->kind = STEP_CONNECTS;
		s->path = xstrdup("/ws");
	} else if ((rest = script_behind(text, "connects ")) != NULL) {
		s->kind = STEP_CONNECTS;
		s->path = xstrdup(script_strip(rest));
	} else if (strcmp(text, "leaves") == 0)
		s->kind = STEP_LEAVES;
	else if (strcmp(text, "is cut off") == 0)
		s->kind = STEP_CUT;
	else if ((rest = script_behind(text, "is closed with ")) != NULL) {
		s->kind = STEP_CLOSED;
		s->code = atoi(rest);
	} else
		script_bail("nobody does that: %s", text);
}

static void
script_step(struct promise *p, char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	struct step s = { .line = script_at.line };
	char how = text[n], *what = text + n + 1;

	if (n == 0 || how == '\0' || strchr("<>!:", how) == NULL)
		script_bail("not \"who> JSON\" or the like: %s", text);
	s.who = xstrndup(text, n);
	if (*what == ' ')
		what++;
	if (how != ':') {
		s.kind = how == '>' ? STEP_SENDS :
		    how == '<'	    ? STEP_GETS :
				      STEP_LACKS;
		s.pattern = script_value(what, true);
	} else if (strcmp(s.who, "server") == 0)
		script_server(&s, what);
	else if (strcmp(s.who, "pattern") == 0)
		script_fits(&s, what);
	else
		script_person(&s, what);
	p->steps = xrealloc(p->steps, (p->n + 1) * sizeof(*p->steps));
	p->steps[p->n++] = s;
}

static void
script_line(struct script *s, char *line)
{
	struct promise *p;
	char *text = script_behind(line, "= ");

	if (text != NULL) {
		s->promises = xrealloc(s->promises,
		    (s->n + 1) * sizeof(*s->promises));
		s->promises[s->n++] = (struct promise){
			.sentence = xstrdup(script_strip(text))
		};
		return;
	}
	text = script_strip(line);
	if (*text == '\0' || *line == '#')
		return;
	if (s->n == 0)
		script_bail("in front of the first promise: %s", text);
	p = &s->promises[s->n - 1];
	if (strcmp(text, "wire only") != 0)
		script_step(p, text);
	else if (p->n != 0)
		script_bail("\"wire only\" behind the promise's first line");
	else
		p->wire_only = true;
}

/* A line with those that it goes on in; false at the end of the file. */
static bool
script_next(FILE *f, struct buf *line, int *number)
{
	char *part = NULL;
	size_t cap = 0;
	bool more = true;

	buf_reset(line);
	while (more && getline(&part, &cap, f) >= 0) {
		size_t n = strcspn(part, "\n");

		(*number)++;
		part[n] = '\0';
		more = n > 0 && part[n - 1] == '\\';
		if (more)
			part[n - 1] = '\0';
		buf_puts(line, line->len != 0 ? script_strip(part) : part);
		if (!more) {
			free(part);
			return true;
		}
	}
	if (line->len != 0)
		script_bail("\\ at the end of the file");
	free(part);
	return false;
}

void
script_load(struct script *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf line = BUF_INIT;
	FILE *f = fopen(path, "r");
	int number = 0;

	memset(s, 0, sizeof(*s));
	s->file = xstrdup(slash != NULL ? slash + 1 : path);
	s->name = xstrndup(s->file, strcspn(s->file, "."));
	script_at.file = s->file;
	script_at.line = 1;
	if (f == NULL)
		script_bail("can't be read");
	while (script_next(f, &line, &number)) {
		buf_str(&line);
		script_line(s, line.data);
		script_at.line = number + 1;
	}
	buf_fini(&line);
	fclose(f);
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct promise *p = &s->promises[i];

		for (size_t j = 0; j < p->n; j++) {
			free(p->steps[j].who);
			free(p->steps[j].path);
			value_free(p->steps[j].pattern);
			value_free(p->steps[j].value);
		}
		free(p->steps);
		free(p->sentence);
	}
	free(s->promises);
	free(s->file);
	free(s->name);
}
