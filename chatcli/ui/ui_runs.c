/*
 * ui_runs: text that is to be drawn, as runs of one style.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/buffer.h"
#include "chatcli/ui/ui_runs.h"
#include "chatcli/ui/ui_style.h"
#include "lib/markup.h"

/* How each kind looks; one without its row in theme.def does not compile. */
static const struct {
	enum markup_kind kind;
	enum theme_role role;
} looks[] = {
#define MARKUP(ID, name) { MARKUP_##ID, THEME_MARKUP_##ID },
#include "lib/markup.def"
#undef MARKUP
};

void
ui_runs_fini(struct ui_runs *r)
{
	buf_fini(&r->text);
	free(r->v);
	*r = (struct ui_runs){ .n = 0 };
}

static void
run_add(struct ui_runs *r, struct theme_style style, bool block)
{
	if (r->text.len == (r->n > 0 ? r->v[r->n - 1].end : 0))
		return;
	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 8;
		r->v = xrealloc(r->v, r->cap * sizeof(*r->v));
	}
	r->v[r->n++] = (struct ui_run){ r->text.len, style, block };
}

void
ui_runs_end(struct ui_runs *r, struct theme_style style)
{
	run_add(r, style, false);
}

bool
ui_runs_in_block(const struct ui_runs *r)
{
	return r->n > 0 && r->v[r->n - 1].block;
}

/* A name is drawn in its colour wherever it stands. */
static struct theme_style
mention_style(const char *name, size_t n, const char *me)
{
	struct theme_style style = ui_style_of(THEME_MARKUP_MENTION);
	char *user;

	if (buffer_is_name(name, n, me))
		return ui_style_of(THEME_MENTION);
	user = xstrndup(name, n);
	style.colour = ui_style_nick(user).colour;
	free(user);
	return style;
}

/* p: the text that is shown of the span. */
static struct theme_style
span_style(const struct markup_span *s, const char *p, const char *me)
{
	struct theme_style style = ui_style_of(THEME_NORMAL), look;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		if ((s->kinds & looks[i].kind) == 0)
			continue;
		look = looks[i].kind == MARKUP_MENTION ?
		    mention_style(p + 1, s->len - 1, me) :
		    ui_style_of(looks[i].role);
		style.attrs |= look.attrs;
		if (look.colour >= 0)
			style.colour = look.colour;
	}
	return style;
}

/* A block stands on lines of its own; so does what follows it. */
static void
break_line(struct ui_runs *r, bool inside)
{
	if (inside ||
	    (r->text.len > 0 && r->text.data[r->text.len - 1] != '\n'))
		buf_putc(&r->text, '\n');
}

/*
 * Without its marks a text may join what they kept apart, so each span is
 * cleaned once more, alone.
 */
void
ui_runs_words(struct ui_runs *r, const char *text, const char *me)
{
	struct buf clean = BUF_INIT;
	struct markup m;
	struct markup_span s;
	bool block, behind = false; /* a block */

	ui_style_clean(&clean, text, strlen(text), true);
	markup_init(&m, clean.data, clean.len);
	while (markup_next(&m, &s)) {
		const char *p = clean.data + s.start;

		block = (s.kinds & MARKUP_BLOCK) != 0;
		if (block || behind)
			break_line(r, s.from > 0);
		ui_runs_end(r, ui_style_of(THEME_NORMAL));
		ui_style_clean(&r->text, p, s.len, true);
		run_add(r, span_style(&s, p, me), block);
		behind = block;
	}
	buf_fini(&clean);
}

void
ui_runs_code(struct ui_runs *r, const char *text)
{
	break_line(r, false);
	ui_runs_end(r, ui_style_of(THEME_NORMAL));
	ui_style_clean(&r->text, text, strlen(text), true);
	run_add(r, ui_style_of(THEME_MARKUP_BLOCK), true);
}

void
ui_runs_wrap(const struct ui_runs *r, struct wrap *w, int width)
{
	const char *p = r->text.data, *nl;
	size_t i = 0, start = 0, end, len = r->text.len;

	w->n = 0;
	for (;; start = end + 1) {
		nl = start < len ? memchr(p + start, '\n', len - start) : NULL;
		end = nl != NULL ? (size_t)(nl - p) : len;
		while (i < r->n && r->v[i].end <= start)
			i++;
		ui_wrap_line(w, p, start, end, width,
		    i < r->n && r->v[i].block ? WRAP_CELLS : WRAP_WORDS);
		if (nl == NULL)
			break;
	}
}

void
ui_runs_draw(const struct ui_runs *r, const struct wrap_row *row, int y, int x,
    int width, bool selected)
{
	size_t at = row->start, end;
	struct theme_style style;
	int used;

	for (size_t i = 0; i < r->n && at < row->end; i++) {
		end = r->v[i].end < row->end ? r->v[i].end : row->end;
		if (end <= at)
			continue;
		style = r->v[i].style;
		if (selected)
			style.attrs |= THEME_REVERSE;
		used = ui_style_put(y, x, width, r->text.data + at, end - at,
		    style);
		x += used;
		width -= used;
		at = end;
	}
}

void
ui_runs_plain(struct buf *out, const char *text)
{
	struct buf clean = BUF_INIT;
	struct markup m;
	struct markup_span s;

	ui_style_clean(&clean, text, strlen(text), false);
	markup_init(&m, clean.data, clean.len);
	while (markup_next(&m, &s))
		ui_style_clean(out, clean.data + s.start, s.len, false);
	buf_fini(&clean);
}
