/*
 * ui_block: one line of a room as the rows that it takes.
 */
#include <string.h>
#include <time.h>

#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_style.h"

#define HEIGHTS 32768 /* heights that are remembered: more than lines */
#define EMOJI	24    /* different ones that are shown at a message */

void
ui_block_name(struct buf *b, const char *user, bool guest)
{
	buf_printf(b, "%s%s", guest ? "~" : "", user);
}

static void
part_end(struct ui_block *b, enum block_part part, struct theme_style style)
{
	ui_runs_end(&b->runs, style);
	b->part[part] = b->runs.text.len;
}

static void
add_clean(struct ui_block *b, const char *text, bool block)
{
	ui_style_clean(&b->runs.text, text, strlen(text), block);
}

/* "> ~bob: how it began", in one row. */
static void
add_quote(struct ui_block *b, struct buffer *buf, const struct line *l,
    int width)
{
	struct line *to;
	struct buf q = BUF_INIT, clean = BUF_INIT;

	if (l->reply_to == 0 || l->deleted)
		return;
	to = buffer_find(buf, l->reply_to);
	if (to == NULL || to->from == NULL)
		buf_printf(&q, "> #%lld", (long long)l->reply_to);
	else {
		buf_puts(&q, "> ");
		ui_block_name(&q, to->from, to->guest);
		buf_puts(&q, ": ");
		if (to->deleted || to->text == NULL)
			buf_puts(&q, "(deleted)");
		else
			ui_runs_plain(&q, to->text);
	}
	ui_style_clean(&clean, buf_str(&q), q.len, false);
	buf_add(&b->runs.text, clean.data,
	    ui_wrap_fit(clean.data, clean.len, width));
	buf_putc(&b->runs.text, '\n');
	buf_fini(&q);
	buf_fini(&clean);
}

static void
add_name(struct ui_block *b, const struct line *l, const struct layout *layout)
{
	struct buf name = BUF_INIT;
	bool action = l->message_kind != NULL &&
	    strcmp(l->message_kind, "action") == 0;

	if (l->from == NULL)
		return;
	if (layout->names && !action && l->kind != LINE_TOPIC)
		return;
	ui_block_name(&name, l->from, l->guest);
	if (action && !layout->names)
		buf_puts(&b->runs.text, "* ");
	add_clean(b, buf_str(&name), false);
	buf_puts(&b->runs.text, action || l->kind == LINE_TOPIC ? " " : ": ");
	buf_fini(&name);
}

/* What people said has markup; what the program says has none. */
static void
add_text(struct ui_block *b, const struct line *l, const char *me)
{
	const char *text = l->text != NULL ? l->text : "";

	if (l->deleted)
		return;
	if (l->kind == LINE_TOPIC) {
		buf_puts(&b->runs.text,
		    *text != '\0' ? "set the topic: " : "took the topic away");
		add_clean(b, text, false);
	} else if (l->kind != LINE_MESSAGE)
		add_clean(b, text, true);
	else if (l->message_kind != NULL &&
	    strcmp(l->message_kind, "code") == 0)
		ui_runs_code(&b->runs, text);
	else
		ui_runs_words(&b->runs, text, me);
}

static void
add_tail(struct ui_block *b, const struct line *l)
{
	const char *tail = l->deleted ? "(deleted)" : "(edited)";

	if (!l->deleted && !l->edited)
		return;
	if (ui_runs_in_block(&b->runs))
		buf_putc(&b->runs.text, '\n');
	else if (!l->deleted)
		buf_putc(&b->runs.text, ' ');
	buf_puts(&b->runs.text, tail);
}

/* Each emoji once, with how many; those that are one's own too in brackets. */
static void
add_reactions(struct ui_block *b, const struct line *l)
{
	struct {
		const char *emoji;
		unsigned n;
		bool own;
	} v[EMOJI], *e;
	size_t n = 0, others = 0, at;

	for (size_t i = 0; i < l->nreactions && !l->deleted; i++) {
		const struct line_reaction *r = &l->reactions[i];

		for (at = 0; at < n; at++)
			if (strcmp(v[at].emoji, r->emoji) == 0)
				break;
		if (at == EMOJI) {
			others++;
			continue;
		}
		e = &v[at];
		e->n = at < n ? e->n + 1 : 1;
		e->own = (at < n && e->own) || r->own;
		e->emoji = r->emoji;
		n = at < n ? n : n + 1;
	}
	for (e = v; e < v + n; e++) {
		buf_puts(&b->runs.text, e == v ? "\n" : "  ");
		buf_puts(&b->runs.text, e->own ? "[" : "");
		add_clean(b, e->emoji, false);
		if (e->n > 1)
			buf_printf(&b->runs.text, " %u", e->n);
		buf_puts(&b->runs.text, e->own ? "]" : "");
	}
	if (others > 0)
		buf_printf(&b->runs.text, "  and %zu others", others);
}

static void
add_reason(struct ui_block *b, const struct line *l)
{
	if (l->state != LINE_REFUSED && l->state != LINE_UNSURE)
		return;
	buf_puts(&b->runs.text,
	    l->state == LINE_REFUSED ? "\nnot sent: " :
				       "\nmay have been stored already: ");
	if (l->reason != NULL) {
		add_clean(b, l->reason, false);
		buf_puts(&b->runs.text, "; ");
	}
	buf_puts(&b->runs.text, "/resend or /discard");
}

static enum theme_role
text_role(const struct line *l)
{
	switch (l->kind) {
	case LINE_TOPIC:
		return THEME_TOPIC;
	case LINE_NOTE:
		return THEME_NOTE;
	case LINE_BACK:
		return THEME_BACK;
	case LINE_MESSAGE:
		break;
	}
	return THEME_NORMAL;
}

void
ui_block_make(struct ui_block *b, struct buffer *buf, const struct line *l,
    const struct layout *layout, const char *me)
{
	add_quote(b, buf, l, layout->text_w);
	part_end(b, PART_QUOTE, ui_style_of(THEME_QUOTE));
	add_name(b, l, layout);
	part_end(b, PART_NAME,
	    l->from != NULL ? ui_style_nick(l->from) :
			      ui_style_of(THEME_NORMAL));
	add_text(b, l, me);
	part_end(b, PART_TEXT, ui_style_of(text_role(l)));
	add_tail(b, l);
	part_end(b, PART_TAIL, ui_style_of(THEME_TAIL));
	add_reactions(b, l);
	part_end(b, PART_REACTIONS, ui_style_of(THEME_REACTION));
	add_reason(b, l);
	part_end(b, PART_REASON,
	    ui_style_of(
		l->state == LINE_REFUSED ? THEME_REFUSED : THEME_UNSURE));
	ui_runs_wrap(&b->runs, &b->rows, layout->text_w);
}

void
ui_block_fini(struct ui_block *b)
{
	ui_runs_fini(&b->runs);
	ui_wrap_fini(&b->rows);
}

size_t
ui_block_height(struct buffer *buf, const struct line *l,
    const struct layout *layout)
{
	static struct {
		unsigned version;
		int width;
		size_t height;
	} cache[HEIGHTS], *c;
	struct ui_block b = { 0 };

	c = &cache[l->version % HEIGHTS];
	if (c->version == l->version && c->width == layout->text_w)
		return c->height;
	ui_block_make(&b, buf, l, layout, "");
	c->version = l->version;
	c->width = layout->text_w;
	c->height = b.rows.n;
	ui_block_fini(&b);
	return c->height;
}

/*
 * The part that a row begins in.  Parts behind the text begin with a line
 * break: an empty row where the text ends is still the text's.
 */
static enum block_part
row_part(const struct ui_block *b, const struct wrap_row *r)
{
	int p = 0;

	while (p < PART_REASON &&
	    (b->part[p] < r->start ||
		(b->part[p] == r->start && p < PART_TEXT)))
		p++;
	return p;
}

/* The first row of the words themselves: there the state is told. */
static bool
is_first_row(const struct ui_block *b, size_t row)
{
	size_t quote = b->part[PART_QUOTE];

	return b->rows.v[row].start >= quote &&
	    (row == 0 || b->rows.v[row - 1].start < quote);
}

struct sign {
	const char *text;
	enum theme_role role;
};

static struct sign
own_sign(const struct line *l)
{
	switch (l->state) {
	case LINE_QUEUED:
	case LINE_SENT:
		return (struct sign){ "…", THEME_QUEUED };
	case LINE_REFUSED:
		return (struct sign){ "!", THEME_REFUSED };
	case LINE_UNSURE:
		return (struct sign){ "?", THEME_UNSURE };
	case LINE_STORED:
		break;
	}
	return (struct sign){ "✓", THEME_STORED };
}

static struct sign
row_sign(const struct ui_block *b, const struct line *l, size_t row)
{
	enum block_part part = row_part(b, &b->rows.v[row]);

	if (l->kind == LINE_BACK)
		return (struct sign){ "=", THEME_BACK };
	if (l->kind == LINE_NOTE || l->kind == LINE_TOPIC)
		return (struct sign){ row == 0 ? "*" : ":", text_role(l) };
	if (part == PART_QUOTE)
		return (struct sign){ "╭", THEME_GUTTER };
	if (part == PART_REASON)
		return own_sign(l);
	if (part == PART_REACTIONS)
		return (struct sign){ "╰", THEME_GUTTER };
	if (l->own && is_first_row(b, row))
		return own_sign(l);
	return (struct sign){ "│", THEME_GUTTER };
}

static void
draw_time(const struct line *l, int y, int x)
{
	char text[16];
	time_t at = (time_t)(l->at / 1000);
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(text, sizeof(text), "%H:%M", &tm);
	ui_style_puts(y, x, 5, text, THEME_TIME);
}

static void
draw_name(const struct line *l, const struct layout *layout, int y)
{
	struct theme_style style;
	struct buf name = BUF_INIT, clean = BUF_INIT;
	int x = layout->log.x + (layout->time ? 6 : 0), w = layout->name_w;

	if (l->from == NULL || l->kind == LINE_TOPIC)
		return;
	style = l->mentions_me ? ui_style_of(THEME_MENTION) :
				 ui_style_nick(l->from);
	if (l->message_kind != NULL && strcmp(l->message_kind, "action") == 0)
		buf_puts(&name, "*");
	else
		ui_block_name(&name, l->from, l->guest);
	ui_style_clean(&clean, buf_str(&name), name.len, false);
	if (ui_wrap_width(clean.data, clean.len) > w) {
		clean.len = ui_wrap_fit(clean.data, clean.len, w - 1);
		buf_puts(&clean, "…");
	}
	ui_style_right(y, x, w, buf_str(&clean), style);
	buf_fini(&name);
	buf_fini(&clean);
}

void
ui_block_draw(const struct ui_block *b, const struct line *l,
    const struct layout *layout, size_t row, int y, bool selected)
{
	struct sign sign = row_sign(b, l, row);
	bool first = is_first_row(b, row);

	if (first && layout->time)
		draw_time(l, y, layout->log.x);
	if (first && layout->names)
		draw_name(l, layout, y);
	if (selected)
		sign.role = THEME_SELECTED;
	if (layout->names)
		ui_style_puts(y, layout->text_x - 2, 1, sign.text, sign.role);
	else if (layout->text_x > layout->log.x)
		ui_style_puts(y, layout->text_x - 1, 1, sign.text, sign.role);
	ui_runs_draw(&b->runs, &b->rows.v[row], y, layout->text_x,
	    layout->text_w, selected);
}
