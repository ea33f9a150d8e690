/*
 * ui_ask: questions.
 *
 * One that a key called for is answered by one key.  One that came by itself
 * waits for an empty line and a pause in the typing, and is answered by a
 * letter and Enter: whatever else is typed meanwhile is text, as ever.  They
 * are asked one after the other, in the input's place.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chatcli/edit.h"
#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui_state.h"
#include "lib/buf.h"
#include "lib/clock.h"

#define PAUSE_MS 700

unsigned
ui_ask_show(struct ui *ui)
{
	int64_t idle = clock_ms() - ui->keyed;

	if (ui->questions == NULL || ui->asking)
		return 0;
	if (!ui->questions->called) {
		if (edit_text()[0] != '\0')
			return 0; /* the next key looks again */
		if (idle < PAUSE_MS && ui->keyed != 0)
			return (unsigned)(PAUSE_MS - idle);
	}
	ui->asking = true;
	ui->completing = false;
	tty_dirty();
	return 0;
}

void
ui_ask(struct ui *ui, const char *text, const char *keys,
    void (*answer)(void *, char), void *arg)
{
	struct question *q = xcalloc(1, sizeof(*q)), **p = &ui->questions;

	q->text = xstrdup(text);
	q->keys = xstrdup(keys);
	q->answer = answer;
	q->arg = arg;
	q->called = ui->in_key;
	/* What a key called for is what the next key is meant for. */
	while (*p != NULL && (!q->called || (*p)->called))
		p = &(*p)->next;
	q->next = *p;
	*p = q;
	if (q->called)
		ui->asking = false;
	ui_ask_show(ui);
	tty_dirty();
}

static void
question_free(struct question *q)
{
	free(q->text);
	free(q->keys);
	free(q);
}

/* The question is gone before the answer is told: that may ask again. */
static void
answer(struct ui *ui, char key)
{
	struct question *q = ui->questions;

	ui->questions = q->next;
	ui->asking = false;
	q->answer(q->arg, key);
	question_free(q);
	ui_ask_show(ui);
	tty_dirty();
}

bool
ui_ask_modal(const struct ui *ui)
{
	return ui->asking && ui->questions->called;
}

/* The key that a line means, '\0' if it is none of the question's. */
static char
answer_of(const struct ui *ui, const char *text)
{
	char c = (char)tolower((unsigned char)text[0]);

	return c != '\0' && strchr(ui->questions->keys, c) != NULL &&
		(text[1] == '\0' || strcasecmp(text, "yes") == 0 ||
		    strcasecmp(text, "no") == 0) ?
	    c :
	    '\0';
}

bool
ui_ask_takes(const struct ui *ui, const char *text)
{
	return ui->asking &&
	    (ui_ask_modal(ui) || text[0] == '\0' ||
		answer_of(ui, text) != '\0' || strcasecmp(text, "ye") == 0);
}

bool
ui_ask_key(struct ui *ui, const char *bytes, size_t n)
{
	char c = n == 1 ? (char)tolower((unsigned char)*bytes) : '\0';
	bool drop = c == '\003' || c == '\007'; /* Ctrl-C, Ctrl-G */

	if (!ui->asking ||
	    (!ui->questions->called && (!drop || edit_text()[0] != '\0')))
		return false;
	if (drop)
		answer(ui, '\0');
	else if (c != '\0' && strchr(ui->questions->keys, c) != NULL)
		answer(ui, c);
	else
		tty_bell();
	return true;
}

bool
ui_ask_enter(struct ui *ui, const char *text)
{
	char c = ui->asking ? answer_of(ui, text) : '\0';

	if (c != '\0')
		answer(ui, c);
	return c != '\0';
}

void
ui_ask_forget(struct ui *ui, void (*answered)(void *, char))
{
	struct question **p = &ui->questions, *q;

	while ((q = *p) != NULL) {
		if (q->answer != answered) {
			p = &q->next;
			continue;
		}
		ui->asking = ui->asking && q != ui->questions;
		*p = q->next;
		question_free(q);
	}
	ui_ask_show(ui);
	tty_dirty();
}

void
ui_ask_drop(struct ui *ui)
{
	while (ui->questions != NULL)
		answer(ui, '\0');
}
