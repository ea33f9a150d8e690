/*
 * ui_ask: questions that one key answers.
 *
 * A question that nobody's key called for waits for a pause in the typing,
 * so that no letter of a word is taken for its answer.  They are asked one
 * after the other, in the input's place; the text being typed stays behind.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
	if (!ui->in_key && idle < PAUSE_MS && ui->keyed != 0)
		return (unsigned)(PAUSE_MS - idle);
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
	while (*p != NULL)
		p = &(*p)->next;
	*p = q;
	ui_ask_show(ui);
	tty_dirty();
}

/* The question is gone before the answer is told: that may ask again. */
static void
answer(struct ui *ui, char key)
{
	struct question *q = ui->questions;

	ui->questions = q->next;
	ui->asking = false;
	q->answer(q->arg, key);
	free(q->text);
	free(q->keys);
	free(q);
	ui_ask_show(ui);
	tty_dirty();
}

bool
ui_ask_key(struct ui *ui, const char *bytes, size_t n)
{
	char c = n == 1 ? (char)tolower((unsigned char)*bytes) : '\0';

	if (!ui->asking)
		return false;
	if (c == '\003' || c == '\007') /* Ctrl-C, Ctrl-G */
		answer(ui, '\0');
	else if (c != '\0' && strchr(ui->questions->keys, c) != NULL)
		answer(ui, c);
	else
		tty_bell();
	return true;
}

void
ui_ask_drop(struct ui *ui)
{
	while (ui->questions != NULL)
		answer(ui, '\0');
}
