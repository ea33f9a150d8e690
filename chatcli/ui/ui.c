/*
 * ui: the screen and the keyboard: a view (view.h) in a terminal.
 *
 * Calls of the app only mark the picture as out of date; the loop's next turn
 * draws all of it into curses' memory, and curses sends what differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/edit.h"
#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui.h"
#include "chatcli/ui/ui_log.h"
#include "chatcli/ui/ui_state.h"
#include "chatcli/ui/ui_style.h"
#include "lib/buf.h"

struct buffer *
ui_buffer(struct ui *ui)
{
	struct buffer *b = buffers_current(app_buffers(ui->app));

	return b != NULL ? b : ui->notes;
}

struct visit *
ui_visit(struct ui *ui, const struct buffer *b)
{
	struct visit *v;

	for (v = ui->visits; v != NULL; v = v->next)
		if (v->buf == b)
			return v;
	v = xcalloc(1, sizeof(*v));
	v->buf = b;
	v->next = ui->visits;
	ui->visits = v;
	return v;
}

static bool
is_open(struct ui *ui, const struct buffer *b)
{
	struct buffers *bs = app_buffers(ui->app);

	for (size_t i = 0; i < bs->n; i++)
		if (bs->v[i] == b)
			return true;
	return b == ui->notes;
}

static void
forget_closed(struct ui *ui)
{
	struct visit **p = &ui->visits, *v;

	while ((v = *p) != NULL) {
		if (is_open(ui, v->buf)) {
			p = &v->next;
			continue;
		}
		*p = v->next;
		if (v->kept != NULL)
			edit_remember(v->kept);
		free(v->kept);
		free(v);
	}
}

/* The draft of a room moves into the line. */
static void
take_draft(struct buffer *b)
{
	edit_set(b->draft != NULL ? b->draft : "", b->draft_point);
	free(b->draft);
	b->draft = NULL;
}

/* The text in the line stays with the room that it was typed in. */
static void
leave_room(struct ui *ui, struct buffer *b)
{
	struct visit *v;

	if (!is_open(ui, b)) {
		edit_remember(edit_text());
		return;
	}
	free(b->draft);
	b->draft = xstrdup(edit_text());
	b->draft_point = edit_point();
	v = ui_visit(ui, b);
	ui_mark_away(v, b);
	v->held = false;
}

void
ui_follow(struct ui *ui)
{
	struct buffer *b = ui_buffer(ui), *before = ui->shown;

	if (b == before)
		return;
	if (before != NULL)
		leave_room(ui, before);
	forget_closed(ui);
	ui->shown = b;
	ui->selected = NULL;
	ui->completing = false;
	/* What was typed while no room was open goes into the first. */
	if ((before != NULL && before != ui->notes) || edit_text()[0] == '\0')
		take_draft(b);
	tty_dirty();
}

void
ui_note(void *arg, const char *text)
{
	struct ui *ui = arg;
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);
	const struct line *l = buffer_note(b, LINE_NOTE, "%s", text);
	struct ui_log g;
	size_t i, rows, h = (size_t)ui->layout.log.h;

	tty_dirty();
	if (!ui->in_key)
		return;
	/* An answer is to be seen, from its beginning. */
	ui_log_init(&g, b, &ui->layout, v->mark);
	i = ui_log_index(&g, l);
	rows = ui_log_below(&g, i) + ui_log_height(&g, i);
	b->scroll = rows > h ? rows - h : 0;
	ui_anchor(&g, v);
}

void
ui_clear(void *arg, struct buffer *b)
{
	struct ui *ui = arg;

	if (b->nlines > 0)
		ui_visit(ui, b)->cleared = b->lines[b->nlines - 1];
	b->scroll = 0;
	tty_dirty();
}

void
ui_read(void *arg, struct buffer *b)
{
	ui_mark_here(ui_visit(arg, b), b);
	tty_dirty();
}

static void
on_quit_answer(void *arg, char key)
{
	struct ui *ui = arg;

	if (key == 'y')
		app_quit(ui->app);
}

void
ui_ask_quit(void *arg)
{
	struct ui *ui = arg;
	struct app_status st;
	char text[160];

	app_status(ui->app, &st);
	if (st.outbox > 0)
		snprintf(text, sizeof(text),
		    "%zu of your lines %s not stored "
		    "yet; kept on disk, and sent at the next start. Leave?",
		    st.outbox, st.outbox == 1 ? "is" : "are");
	else
		snprintf(text, sizeof(text), "Leave chatcli?");
	ui_ask(ui, text, "yn", on_quit_answer, ui);
}

void
ui_quit(void *arg)
{
	struct ui *ui = arg;
	struct app_status st;

	app_status(ui->app, &st);
	if (st.outbox > 0)
		ui_ask_quit(ui);
	else
		app_quit(ui->app);
}

void
ui_command(struct ui *ui, struct command *c)
{
	static const struct command_view view = { ui_note, ui_clear, ui_read,
		ui_quit };
	struct buffer *b = ui_buffer(ui);

	memset(c, 0, sizeof(*c));
	c->app = ui->app;
	c->buf = b != ui->notes ? b : NULL;
	c->view = &view;
	c->view_arg = ui;
}

/* Text that the app could not take stands in the draft again. */
static void
on_changed(struct view *view, unsigned parts, struct buffer *b)
{
	struct ui *ui = (struct ui *)view;

	ui_follow(ui);
	forget_closed(ui);
	if ((parts & VIEW_INPUT) != 0 && b != NULL && b == ui->shown &&
	    b->draft != NULL && edit_text()[0] == '\0')
		take_draft(b);
	tty_dirty();
}

static void
on_ask(struct view *view, const char *question, const char *keys,
    void (*answer)(void *, char key), void *arg)
{
	ui_ask((struct ui *)view, question, keys, answer, arg);
}

static void
on_unask(struct view *view, void (*answer)(void *, char key))
{
	ui_ask_forget((struct ui *)view, answer);
}

static void
on_bell(struct view *view)
{
	(void)view;
	tty_bell();
}

static void
on_input(void *arg, const char *bytes, size_t n)
{
	struct ui *ui = arg;

	edit_token_feed(&ui->tokens, bytes, n);
}

static unsigned
on_wait(void *arg)
{
	struct ui *ui = arg;

	return edit_token_wait(&ui->tokens);
}

static void
on_quiet(void *arg)
{
	struct ui *ui = arg;

	edit_token_flush(&ui->tokens);
}

static void
on_gone(void *arg)
{
	struct ui *ui = arg;

	app_quit(ui->app);
}

static void
on_resized(void *arg, int rows, int cols)
{
	struct ui *ui = arg;

	ui->rows = rows;
	ui->cols = cols;
	edit_resize(rows, cols);
}

static void
on_alarm(void *arg)
{
	(void)arg;
	tty_dirty();
}

static const struct tty_hooks tty_hooks = { on_input, on_wait, on_quiet,
	on_gone, on_resized, ui_paint, on_alarm };

static const struct edit_hooks edit_hooks = { ui_enter, ui_ask_quit, ui_act,
	ui_typed };

static void
ui_free(struct ui *ui)
{
	struct visit *v;

	while ((v = ui->visits) != NULL) {
		ui->visits = v->next;
		free(v->kept);
		free(v);
	}
	edit_token_fini(&ui->tokens);
	complete_fini(&ui->complete);
	buf_fini(&ui->typed);
	buffer_free(ui->notes);
	free(ui);
}

struct view *
ui_start(struct app *app)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));

	ui->app = app;
	ui->view = (struct view){ on_changed, on_ask, on_unask, on_bell };
	ui->notes = buffer_new("chatcli");
	edit_token_init(&ui->tokens, ui_key, ui);
	edit_start(&edit_hooks, ui);
	if (!tty_start(app_loop(app), &tty_hooks, ui)) {
		edit_stop();
		ui_free(ui);
		return NULL;
	}
	ui_style_start();
	ui_follow(ui);
	if (app_needs_nick(app))
		ui_note(ui,
		    "Welcome! Under which name do you want to talk? "
		    "Enter alone lets the server find one.  Then /help lists "
		    "commands and keys, and /quit leaves.");
	tty_paint();
	return &ui->view;
}

void
ui_stop(struct view *view)
{
	struct ui *ui = (struct ui *)view;

	if (ui == NULL)
		return;
	ui->stopping = true;
	ui_ask_drop(ui);
	tty_stop();
	edit_stop();
	ui_free(ui);
}
