/*
 * ui_input: the text that is being typed, or a question.
 *
 * Text is broken where a row is full, never at words: what was typed stays
 * where it is while more is typed.
 */
#include <string.h>

#include "chatcli/ui/ui_input.h"
#include "chatcli/ui/ui_style.h"

void
ui_input_make(struct ui_input *in, const char *prompt, enum theme_role role,
    const char *text, size_t point, int cols)
{
	struct buf before = BUF_INIT;
	size_t cursor;

	memset(in, 0, sizeof(*in));
	in->role = role;
	in->text_role = THEME_NORMAL;
	ui_style_clean(&in->text, prompt, strlen(prompt), false);
	if (ui_wrap_width(in->text.data, in->text.len) > cols * 3 / 4)
		in->text.len = 0; /* the text needs the room more */
	in->prompt = in->text.len;
	/* What is before the cursor is cleaned the same way in the whole. */
	ui_style_clean(&before, text, point, true);
	cursor = in->prompt + before.len;
	ui_style_clean(&in->text, text, strlen(text), true);
	ui_wrap_text(&in->rows, in->text.data, in->text.len, cols, WRAP_CELLS);
	if (cursor > in->text.len)
		cursor = in->text.len;
	ui_wrap_find(&in->rows, in->text.data, cursor, cols, &in->row,
	    &in->col);
	buf_fini(&before);
}

void
ui_input_fini(struct ui_input *in)
{
	buf_fini(&in->text);
	ui_wrap_fini(&in->rows);
}

int
ui_input_rows(const struct ui_input *in)
{
	size_t n = in->row < in->rows.n ? in->rows.n : in->row + 1;

	return n < 1000 ? (int)n : 1000;
}

void
ui_input_draw(const struct ui_input *in, const struct layout *l, int *y, int *x)
{
	const struct box *box = &l->input;
	size_t h = (size_t)box->h, from = 0, at;
	const struct wrap_row *r;
	int used;

	if (in->row >= h)
		from = in->row + 1 - h;
	for (size_t i = from; i < in->rows.n && i < from + h; i++) {
		r = &in->rows.v[i];
		at = r->start;
		used = 0;
		if (at < in->prompt) {
			used = ui_style_put(box->y + (int)(i - from), 0, box->w,
			    in->text.data + at, in->prompt - at,
			    ui_style_of(in->role));
			at = in->prompt;
		}
		ui_style_put(box->y + (int)(i - from), used, box->w - used,
		    in->text.data + at, r->end - at,
		    ui_style_of(in->text_role));
	}
	*y = box->y + (int)(in->row - from);
	*x = in->col;
}
