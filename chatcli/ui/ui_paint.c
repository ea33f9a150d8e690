/*
 * ui_paint: the whole picture, from the model and the reader's place in it.
 */
#include <stdio.h>
#include <string.h>

#include "chatcli/edit.h"
#include "chatcli/ui/tty.h"
#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_input.h"
#include "chatcli/ui/ui_list.h"
#include "chatcli/ui/ui_log.h"
#include "chatcli/ui/ui_nicks.h"
#include "chatcli/ui/ui_state.h"
#include "chatcli/ui/ui_status.h"
#include "chatcli/ui/ui_style.h"
#include "lib/buf.h"

/* "y/n" */
static void
add_keys(struct buf *b, const char *keys)
{
	for (const char *k = keys; *k != '\0'; k++)
		buf_printf(b, "%s%c", k == keys ? "" : "/", *k);
}

static void
reply_prompt(struct buf *b, struct buffer *buf, int64_t seq)
{
	struct line *l = buffer_find(buf, seq);

	buf_puts(b, "reply to ");
	if (l != NULL && l->from != NULL)
		ui_block_name(b, l->from, l->guest);
	else
		buf_printf(b, "#%lld", (long long)seq);
	buf_puts(b, ": ");
}

/* What stands before the text: the own name if it is to be a message. */
static enum theme_role
make_prompt(struct ui *ui, struct buf *b, const struct app_status *st)
{
	struct buffer *buf = ui_buffer(ui);
	struct visit *v = ui_visit(ui, buf);

	if (ui_ask_takes(ui, edit_text())) {
		buf_printf(b, "%s [", ui->questions->text);
		add_keys(b, ui->questions->keys);
		buf_puts(b, ui_ask_modal(ui) ? "] " : " and Enter] ");
		return THEME_QUESTION;
	}
	if (edit_prompt()[0] != '\0')
		buf_puts(b, edit_prompt());
	else if (app_needs_nick(ui->app))
		buf_puts(b, "Your name: ");
	else if (v->intent == INTENT_REPLY)
		reply_prompt(b, buf, v->intent_seq);
	else if (v->intent == INTENT_EDIT)
		buf_printf(b, "edit #%lld: ", (long long)v->intent_seq);
	else if (v->intent == INTENT_REACT)
		buf_printf(b, "emoji for #%lld: ", (long long)v->intent_seq);
	else if (!command_is(edit_text())) {
		ui_block_name(b, st->me != NULL ? st->me : "",
		    st->guest && st->me != NULL && st->me[0] != '\0');
		buf_puts(b, "> ");
	}
	return THEME_PROMPT;
}

static void
make_input(struct ui *ui, struct ui_input *in, const struct app_status *st)
{
	struct buf prompt = BUF_INIT;
	enum theme_role role = make_prompt(ui, &prompt, st);

	/* A question is the text itself: all of it must be read. */
	if (ui_ask_takes(ui, edit_text())) {
		if (!ui_ask_modal(ui))
			buf_puts(&prompt, edit_text());
		ui_input_make(in, "", role, buf_str(&prompt), prompt.len,
		    ui->cols);
		in->text_role = role;
	} else
		ui_input_make(in, buf_str(&prompt), role, edit_text(),
		    edit_point(), ui->cols);
	buf_fini(&prompt);
}

/*
 * Settles where the unread mark stands.  As on the page: where reading stopped
 * when the reader went away; while he watches the end it goes along, if
 * nothing unread was above.
 */
static void
settle_mark(struct visit *v, const struct buffer *b)
{
	if (!b->joined) {
		v->watched = false;
		if (b->last < v->read) /* another log under the same name */
			v->mark = v->read = v->seen = 0;
		return;
	}
	if (!v->marked) {
		v->mark = b->read;
		v->marked = true;
	} else if (b->read < v->read) {
		v->mark = b->read; /* marked unread from there on */
		v->held = true;
	}
	v->read = b->read;
}

void
ui_mark_away(struct visit *v, const struct buffer *b)
{
	v->watched = false;
	if (!v->held && v->marked && v->mark < b->read)
		v->mark = b->read;
}

void
ui_mark_here(struct visit *v, const struct buffer *b)
{
	v->held = false;
	v->mark = b->last;
}

/* A hole stops who comes to it, from either side, until it is filled. */
void
ui_anchor(const struct ui_log *g, struct visit *v)
{
	struct buffer *b = g->buf;
	size_t i, most;

	v->anchor = NULL;
	v->above = v->above && b->scroll > 0;
	if (!v->above && ui_log_hole(g, &most) && b->scroll > most)
		b->scroll = most;
	if (b->scroll == 0)
		return;
	i = ui_log_lowest(g, b->scroll, &v->anchor_rows);
	if (v->above && g->hole > 0 && i >= g->hole) {
		i = g->hole - 1;
		b->scroll = ui_log_below(g, i);
		v->anchor_rows = 0;
	}
	v->anchor = i < b->nlines ? b->lines[i] : NULL;
}

/* Where the reader is: by his anchor, unless he follows the end. */
static void
settle_scroll(struct ui_log *g, struct visit *v, struct buffer *b, bool *top)
{
	struct line *shown = b->show_seq != 0 ? buffer_find(b, b->show_seq) :
						NULL;
	size_t i = ui_log_index(g, v->anchor), h;

	if (shown != NULL) {
		i = ui_log_index(g, shown);
		h = (size_t)g->layout->log.h / 2;
		b->scroll = ui_log_below(g, i);
		b->scroll = b->scroll > h ? b->scroll - h : 0;
		b->show_seq = 0;
	} else if (b->scroll > 0 && i < b->nlines) {
		h = ui_log_height(g, i);
		b->scroll = ui_log_below(g, i) +
		    (v->anchor_rows < h ? v->anchor_rows : h - 1);
	}
	if (b->scroll == 0 && v->cleared != NULL) {
		i = ui_log_index(g, v->cleared);
		g->first = i < b->nlines ? i + 1 : 0;
	}
	b->scroll = ui_log_clamp(g, b->scroll, top);
	v->above = v->above || shown != NULL;
	ui_anchor(g, v);
}

static void
paint_title(struct ui *ui, const struct buffer *b)
{
	struct buffers *bs = app_buffers(ui->app);
	struct buf title = BUF_INIT;
	size_t mentions = 0;

	for (size_t i = 0; i < bs->n; i++)
		mentions += bs->v[i]->mentions;
	if (mentions > 0)
		buf_printf(&title, "(%zu) ", mentions);
	if (b != ui->notes)
		buf_printf(&title, "%s - ", b->room);
	buf_puts(&title, "chatcli");
	tty_title(buf_str(&title));
	buf_fini(&title);
}

static void
paint_status(struct ui *ui, const struct app_status *app, struct buffer *b)
{
	struct ui_status st = {
		.app = *app,
		.rooms = app_buffers(ui->app),
		.here = b != ui->notes ? b : NULL,
		.below = b->scroll,
		.vi_command = edit_vi_command(),
		.told = ui->asking ? NULL : ui->told,
		.asked = ui->questions != NULL &&
		    !ui_ask_takes(ui, edit_text()),
		.complete = ui->completing ? &ui->complete : NULL,
		.selected = ui->selected,
	};

	ui_status_draw(&ui->layout, &st);
}

/* The end of the room is in sight: what arrived is seen now. */
static void
tell_seen(struct ui *ui, struct visit *v, struct buffer *b)
{
	v->watched = v->watched && b->scroll == 0;
	if (b == ui->notes || ui->away || v->held || b->scroll > 0 ||
	    !b->joined || b->last < b->end)
		return;
	if (v->mark == 0 || (v->watched && v->mark >= b->read))
		v->mark = b->last;
	v->watched = true;
	if (b->read >= b->last || v->seen == b->last)
		return;
	v->seen = b->last;
	app_seen(ui->app, b);
	v->read = b->read;
}

/* What is in sight of the room, and what seeing it does. */
static void
look(struct ui *ui, struct ui_log *g, struct visit *v, struct buffer *b,
    bool *top)
{
	int64_t mark = v->mark;

	for (;;) {
		ui_log_init(g, b, &ui->layout, mark);
		g->selected = ui->selected;
		settle_scroll(g, v, b, top);
		tell_seen(ui, v, b);
		if (v->mark == mark)
			return;
		mark = v->mark;
	}
}

/* The first line is in sight: there may be more above it. */
static void
tell_top(struct ui *ui, struct visit *v, struct buffer *b)
{
	if (b != ui->notes && !b->at_top && !b->paging && b->joined &&
	    v->cleared == NULL)
		app_page_up(ui->app, b);
}

/* The hole is next to what is in sight. */
static void
tell_hole(struct ui *ui, const struct ui_log *g, const struct visit *v,
    struct buffer *b)
{
	size_t most;

	if (ui_log_hole(g, &most) &&
	    (v->above ? b->scroll == ui_log_below(g, g->hole - 1) :
			b->scroll >= most))
		app_page_hole(ui->app, b, !v->above);
}

static void
set_alarm(struct ui *ui, const struct app_status *st)
{
	unsigned ms = st->link == LINK_WAITING ? 1000 : 0;
	unsigned ask = ui_ask_show(ui);

	if (ask > 0 && (ms == 0 || ask < ms))
		ms = ask;
	if (ms > 0)
		tty_alarm(ms);
}

void
ui_paint(void *arg)
{
	struct ui *ui = arg;
	struct buffer *b;
	struct app_status st;
	struct visit *v;
	struct ui_input in;
	struct ui_log g;
	bool top;
	int y, x;

	ui_follow(ui);
	ui_select_check(ui);
	app_status(ui->app, &st);
	set_alarm(ui, &st);
	b = ui_buffer(ui);
	v = ui_visit(ui, b);
	settle_mark(v, b);
	make_input(ui, &in, &st);
	ui_layout_make(&ui->layout, ui->rows, ui->cols, ui_input_rows(&in),
	    !ui->hide_rooms, !ui->hide_members && b != ui->notes);
	look(ui, &g, v, b, &top);
	g.me = st.me;

	ui_style_begin();
	ui_list_draw(&ui->layout, app_buffers(ui->app), b);
	ui_list_header(&ui->layout, b);
	ui_nicks_draw(&ui->layout, b);
	paint_status(ui, &st, b);
	ui_input_draw(&in, &ui->layout, &y, &x);
	ui_log_draw(&g, b->scroll, &y, &x);
	ui_style_end(ui->layout.nicks.w > 0 ? ui->layout.nicks.x : ui->cols, y,
	    x);
	paint_title(ui, b);
	ui_input_fini(&in);
	if (top)
		tell_top(ui, v, b);
	tell_hole(ui, &g, v, b);
}
