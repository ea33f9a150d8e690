/*
 * ui_keys: what keys do: those of keys.def, Enter, Tab, and text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/edit.h"
#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui_log.h"
#include "chatcli/ui/ui_state.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/text.h"

static bool
is(const char *bytes, size_t n, const char *seq)
{
	return n == strlen(seq) && memcmp(bytes, seq, n) == 0;
}

/* The first start asks for a name, and for nothing else. */
static bool
enter_nick(struct ui *ui, const char *text)
{
	const char *why = app_nick_answer(ui->app, text);

	if (why != NULL)
		ui_note(ui, why);
	return why == NULL;
}

/* Text that something is meant with: said as it is, commands are none here. */
static bool
enter_intent(struct ui *ui, struct visit *v, const char *text)
{
	struct buffer *b = ui_buffer(ui);
	size_t n = strlen(text);
	struct command c;
	char note[128];

	if (n == 0) {
		ui_intent_end(ui, v, true);
		return true;
	}
	ui_command(ui, &c);
	if (command_inside(&c) == NULL)
		return false;
	if (n > PROTO_TEXT_MAX || !text_valid(text, n)) {
		snprintf(note, sizeof(note),
		    "this was not sent: a message is "
		    "UTF-8, and has at most %zu bytes",
		    PROTO_TEXT_MAX);
		ui_note(ui, note);
		return false;
	}
	switch (v->intent) {
	case INTENT_REPLY:
		app_say(ui->app, b, "text", text, v->intent_seq);
		break;
	case INTENT_EDIT:
		app_edit(ui->app, b, v->intent_seq, text);
		break;
	case INTENT_REACT:
		app_react(ui->app, b, v->intent_seq, text, true);
		break;
	case INTENT_SAY:
		break;
	}
	ui_intent_end(ui, v, true);
	return true;
}

/* Those on their way: one more, and something was said. */
static size_t
own_lines(struct ui *ui)
{
	struct app_status st;

	app_status(ui->app, &st);
	return st.outbox;
}

bool
ui_enter(void *arg, const char *text)
{
	struct ui *ui = arg;
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);
	struct command c;
	size_t before;
	bool taken;

	ui->completing = false;
	if (app_needs_nick(ui->app))
		return enter_nick(ui, text);
	if (ui_ask_enter(ui, text))
		return true;
	before = own_lines(ui);
	if (v->intent != INTENT_SAY)
		taken = enter_intent(ui, v, text);
	else {
		ui_command(ui, &c);
		taken = command_enter(&c, text);
	}
	if (own_lines(ui) > before && ui_buffer(ui) == b) {
		b->scroll = 0; /* who speaks sees himself */
		v->anchor = NULL;
		ui_mark_here(v, b);
	}
	ui_follow(ui);
	return taken;
}

/* Tells the others, while what is typed will be a message. */
void
ui_typed(void *arg)
{
	struct ui *ui = arg;
	struct buffer *b = ui_buffer(ui);
	const char *text = edit_text();
	size_t n = strlen(text);

	tty_dirty();
	if (n == ui->typed.len && memcmp(buf_str(&ui->typed), text, n) == 0)
		return;
	buf_reset(&ui->typed);
	buf_add(&ui->typed, text, n);
	if (ui->in_key && n > 0 && !command_is(text) && b != ui->notes)
		app_typing(ui->app, b);
}

static void
go(struct ui *ui, size_t index)
{
	struct buffers *bs = app_buffers(ui->app);

	if (index >= bs->n) {
		tty_bell();
		return;
	}
	buffers_show(bs, index);
	ui_follow(ui);
}

static void
go_active(struct ui *ui)
{
	struct buffers *bs = app_buffers(ui->app);
	struct buffer *b = buffers_active(bs);

	for (size_t i = 0; i < bs->n; i++)
		if (bs->v[i] == b)
			go(ui, i);
	if (b == NULL)
		tty_bell();
}

static void
scroll_to(struct ui *ui, size_t below)
{
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);
	struct ui_log g;
	bool top;

	if (below > b->scroll)
		v->cleared = NULL;
	ui_log_init(&g, b, &ui->layout, v->mark);
	b->scroll = ui_log_clamp(&g, below, &top);
	ui_anchor(&g, v);
}

static void
scroll_by_page(struct ui *ui, int dir)
{
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);
	size_t page = ui->layout.log.h > 2 ? (size_t)ui->layout.log.h - 2 : 1;

	if (dir > 0 && v->cleared != NULL)
		v->cleared = NULL; /* what /clear hid is back */
	else if (dir > 0)
		scroll_to(ui, b->scroll + page);
	else
		scroll_to(ui, b->scroll > page ? b->scroll - page : 0);
}

static void
scroll_to_unread(struct ui *ui)
{
	struct buffer *b = ui_buffer(ui);
	struct ui_log g;
	size_t rows;

	ui_log_init(&g, b, &ui->layout, ui_visit(ui, b)->mark);
	if (g.unread == b->nlines) {
		tty_bell();
		return;
	}
	rows = ui_log_below(&g, g.unread) + ui_log_height(&g, g.unread);
	scroll_to(ui,
	    rows > (size_t)ui->layout.log.h ? rows - (size_t)ui->layout.log.h :
					      0);
}

/* Puts the next candidate in the place of the word; dir -1: the one before. */
static void
complete_word(struct ui *ui, int dir)
{
	struct complete *c = &ui->complete;
	struct app_status st;

	if (!ui->completing) {
		app_status(ui->app, &st);
		complete_make(c, app_buffers(ui->app), ui_buffer(ui), st.me,
		    edit_text(), edit_point());
		if (c->n == 0) {
			tty_bell();
			return;
		}
		c->at = dir > 0 ? 0 : c->n - 1;
	} else
		c->at = (c->at + c->n + (size_t)dir) % c->n;
	edit_replace(c->start, c->end, c->v[c->at]);
	c->end = c->start + strlen(c->v[c->at]);
	ui->completing = c->n > 1;
}

static void
cancel(struct ui *ui)
{
	struct visit *v = ui_visit(ui, ui_buffer(ui));

	if (v->intent != INTENT_SAY) {
		edit_remember(edit_text());
		ui_intent_end(ui, v, true);
		return;
	}
	if (edit_text()[0] != '\0') {
		edit_remember(edit_text());
		edit_set("", 0);
	}
	if (ui->cancelled)
		ui_ask_quit(ui);
	else
		ui->told = "Ctrl-C again or /quit leaves";
	ui->cancelled = !ui->cancelled;
}

static void
act_view(struct ui *ui, enum key_action a)
{
	switch (a) {
	case ACTION_ROOM_toggle_rooms:
		ui->hide_rooms = !ui->hide_rooms;
		break;
	case ACTION_ROOM_toggle_members:
		ui->hide_members = !ui->hide_members;
		break;
	case ACTION_ROOM_redraw:
		tty_redraw();
		break;
	case ACTION_ROOM_suspend:
		tty_suspend();
		break;
	case ACTION_ROOM_page_up:
		scroll_by_page(ui, 1);
		break;
	case ACTION_ROOM_page_down:
		scroll_by_page(ui, -1);
		break;
	case ACTION_ROOM_top:
		scroll_to(ui, SIZE_MAX / 2);
		break;
	case ACTION_ROOM_bottom:
		scroll_to(ui, 0);
		break;
	case ACTION_ROOM_first_unread:
		scroll_to_unread(ui);
		break;
	default:
		break;
	}
}

void
ui_act(void *arg, enum key_action a, int which)
{
	struct ui *ui = arg;
	struct buffers *bs = app_buffers(ui->app);

	if (a != ACTION_ROOM_complete_word && a != ACTION_ROOM_complete_back)
		ui->completing = false;
	if (a != ACTION_ROOM_cancel)
		ui->cancelled = false;
	switch (a) {
	case ACTION_ROOM_room_number:
		go(ui, (size_t)(which > 0 ? which : 1) - 1);
		break;
	case ACTION_ROOM_next_room:
		go(ui, bs->n > 0 ? (bs->current + 1) % bs->n : 0);
		break;
	case ACTION_ROOM_previous_room:
		go(ui, bs->n > 0 ? (bs->current + bs->n - 1) % bs->n : 0);
		break;
	case ACTION_ROOM_active_room:
		go_active(ui);
		break;
	case ACTION_ROOM_last_room:
		go(ui, bs->previous);
		break;
	case ACTION_ROOM_select_message:
		ui_select_begin(ui);
		break;
	case ACTION_ROOM_new_line:
		edit_replace(edit_point(), edit_point(), "\n");
		break;
	case ACTION_ROOM_complete_word:
		complete_word(ui, 1);
		break;
	case ACTION_ROOM_complete_back:
		complete_word(ui, -1);
		break;
	case ACTION_ROOM_cancel:
		cancel(ui);
		break;
	default:
		act_view(ui, a);
		break;
	}
	tty_dirty();
}

static void
key(struct ui *ui, const char *bytes, size_t n)
{
	char with_meta[TOKEN_KEY_MAX + 1];

	ui->told = NULL;
	/* ESC and then a key is Alt with that key, also where no text is. */
	if (ui->meta && (ui_ask_modal(ui) || ui->selected != NULL)) {
		with_meta[0] = '\033';
		memcpy(with_meta + 1, bytes, n);
		bytes = with_meta;
		n++;
	}
	ui->meta = is(bytes, n, "\033");
	if (ui->meta && (ui_ask_modal(ui) || ui->selected != NULL))
		return;
	if (ui_ask_key(ui, bytes, n))
		return;
	if (ui->selected != NULL) {
		ui_select_key(ui, bytes, n);
		return;
	}
	/* Any key but Tab ends the completion, any but Ctrl-C its count. */
	if (keymap_find(SCOPE_ROOM, bytes, n) == ACTION__COUNT) {
		ui->completing = false;
		ui->cancelled = false;
	}
	edit_key(bytes, n);
}

static void
paste(struct ui *ui, const char *bytes, size_t n)
{
	if (ui_ask_modal(ui)) {
		tty_bell();
		return;
	}
	ui->selected = NULL;
	ui->completing = false;
	edit_paste(bytes, n);
	if (n == TOKEN_PASTE_MAX)
		ui_note(ui, "what was pasted is cut at 1 MiB");
}

/* Coming back to the terminal: what arrived meanwhile is seen now. */
static void
focus(struct ui *ui, bool away)
{
	struct buffer *b = ui_buffer(ui);
	struct visit *v = ui_visit(ui, b);

	ui->away = away;
	if (away)
		ui_mark_away(v, b);
	tty_dirty();
}

void
ui_key(void *arg, enum token_kind kind, const char *bytes, size_t n)
{
	struct ui *ui = arg;

	if (ui->stopping)
		return;
	if (kind == TOKEN_KEY && is(bytes, n, "\033[I")) {
		focus(ui, false);
		return;
	}
	if (kind == TOKEN_KEY && is(bytes, n, "\033[O")) {
		focus(ui, true);
		return;
	}
	app_touch(ui->app);
	ui->in_key = true;
	ui->away = false;
	if (kind == TOKEN_PASTE)
		paste(ui, bytes, n);
	else
		key(ui, bytes, n);
	ui->in_key = false;
	ui->keyed = clock_ms();
	tty_dirty();
}
