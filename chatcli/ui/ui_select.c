/*
 * ui_select: message mode: a message is selected, and keys act on it.
 *
 * Replying, editing and reacting put an intent into the input: what Enter
 * does with the text that is typed next.  The text before waits until then.
 * Whose message it is the server knows, and not we: one's own may stand there
 * under an earlier name.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/edit.h"
#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui_log.h"
#include "chatcli/ui/ui_state.h"
#include "lib/buf.h"

static bool
selectable(const struct line *l)
{
	return l->kind == LINE_MESSAGE && !l->deleted;
}

/* From index on, `step` -1 or 1 further: the next that can be selected. */
static const struct line *
find(const struct buffer *b, size_t index, int step)
{
	for (; index < b->nlines; index += (size_t)step)
		if (selectable(b->lines[index]))
			return b->lines[index];
	return NULL;
}

/* Scrolls as little as possible until the selected line is in sight. */
static void
show(struct ui *ui, struct buffer *b)
{
	struct visit *v = ui_visit(ui, b);
	struct ui_log g;
	size_t i, below, h = (size_t)ui->layout.log.h, height;

	ui_log_init(&g, b, &ui->layout, v->mark);
	i = ui_log_index(&g, ui->selected);
	if (i == b->nlines)
		return;
	below = ui_log_below(&g, i);
	height = ui_log_height(&g, i);
	if (below < b->scroll)
		b->scroll = below;
	else if (below + height > b->scroll + h)
		b->scroll = below + height - h;
	v->anchor = NULL;
	tty_dirty();
}

/* The lowest message in sight. */
bool
ui_select_begin(struct ui *ui)
{
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);
	struct ui_log g;
	size_t rows, i;

	ui_log_init(&g, b, &ui->layout, v->mark);
	i = ui_log_lowest(&g, b->scroll, &rows);
	if (i == b->nlines || (ui->selected = find(b, i, -1)) == NULL) {
		tty_bell();
		return false;
	}
	show(ui, b);
	return true;
}

void
ui_select_check(struct ui *ui)
{
	const struct buffer *b = ui_buffer(ui);

	if (ui->selected == NULL)
		return;
	for (size_t i = b->nlines; i-- > 0;)
		if (b->lines[i] == ui->selected && selectable(ui->selected))
			return;
	ui->selected = NULL;
}

static void
step(struct ui *ui, int by)
{
	struct buffer *b = ui_buffer(ui);
	const struct line *l = NULL;
	struct ui_log g;
	size_t i;

	ui_log_init(&g, b, &ui->layout, 0);
	i = ui_log_index(&g, ui->selected) + (size_t)by;
	if (i < b->nlines)
		l = find(b, i, by);
	if (l != NULL)
		ui->selected = l;
	else if (by > 0)
		ui->selected = NULL; /* below the last: back to the text */
	else
		app_page_up(ui->app, b);
	show(ui, b);
}

static void
intent_begin(struct ui *ui, enum intent intent, const char *text)
{
	struct visit *v = ui_visit(ui, ui_buffer(ui));

	if (ui->selected->seq == 0) {
		ui_note(ui, "the message is not stored yet");
		return;
	}
	if (v->intent == INTENT_SAY) {
		v->kept = xstrdup(edit_text());
		v->kept_point = edit_point();
	} else
		edit_remember(edit_text());
	v->intent = intent;
	v->intent_seq = ui->selected->seq;
	ui->selected = NULL;
	edit_set(text, strlen(text));
}

void
ui_intent_end(struct ui *ui, struct visit *v, bool restore)
{
	(void)ui;
	if (v->intent == INTENT_SAY)
		return;
	v->intent = INTENT_SAY;
	if (restore)
		edit_set(v->kept, v->kept_point);
	free(v->kept);
	v->kept = NULL;
}

struct deletion {
	struct ui *ui;
	char *room;
	int64_t seq;
};

static void
on_delete_answer(void *arg, char key)
{
	struct deletion *d = arg;
	struct buffer *b;

	b = buffers_find(app_buffers(d->ui->app), d->room);
	if (key == 'y' && b != NULL)
		app_delete(d->ui->app, b, d->seq);
	free(d->room);
	free(d);
}

static void delete (struct ui *ui, struct buffer *b)
{
	struct deletion *d;

	if (ui->selected->seq == 0) {
		ui_note(ui, "the message is not stored yet");
		return;
	}
	d = xmalloc(sizeof(*d));
	d->ui = ui;
	d->room = xstrdup(b->room);
	d->seq = ui->selected->seq;
	ui->selected = NULL;
	ui_ask(ui, "Take this message back for everybody?", "yn",
	    on_delete_answer, d);
}

static void
act(struct ui *ui, struct buffer *b, enum key_action a)
{
	const struct line *l = ui->selected;

	switch (a) {
	case ACTION_MESSAGE_select_up:
		step(ui, -1);
		break;
	case ACTION_MESSAGE_select_down:
		step(ui, 1);
		break;
	case ACTION_MESSAGE_reply:
		intent_begin(ui, INTENT_REPLY, "");
		break;
	case ACTION_MESSAGE_edit:
		intent_begin(ui, INTENT_EDIT, l->text);
		break;
	case ACTION_MESSAGE_delete:
		delete (ui, b);
		break;
	case ACTION_MESSAGE_react:
		intent_begin(ui, INTENT_REACT, "");
		break;
	case ACTION_MESSAGE_unread:
		ui->selected = NULL;
		if (l->seq != 0)
			app_unread(ui->app, b, l->seq);
		break;
	case ACTION_MESSAGE_copy:
		if (tty_copy(l->text, strlen(l->text)))
			ui->told = "handed to the terminal's clipboard";
		else
			ui_note(ui,
			    "this terminal has no clipboard that "
			    "programs may write to");
		ui->selected = NULL;
		break;
	case ACTION_MESSAGE_leave:
		ui->selected = NULL;
		break;
	default:
		tty_bell();
		break;
	}
}

/*
 * Keys that scroll or change the room leave message mode and do that; others
 * that mean nothing here ring.
 */
void
ui_select_key(struct ui *ui, const char *bytes, size_t n)
{
	enum key_action a = keymap_find(SCOPE_MESSAGE, bytes, n);

	if (a == ACTION__COUNT &&
	    keymap_find(SCOPE_ROOM, bytes, n) != ACTION__COUNT) {
		ui->selected = NULL;
		edit_key(bytes, n);
	} else
		act(ui, ui_buffer(ui), a);
	tty_dirty();
}
