/*
 * ui_input: the text that is being typed, or a question.
 */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include <stddef.h>

#include "chatcli/theme.h"
#include "chatcli/ui/ui_layout.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"

struct ui_input {
	struct buf text; /* prompt and what was typed, cleaned */
	size_t prompt;	 /* bytes of text that are the prompt */
	struct wrap rows;
	size_t row; /* where the cursor stands ... */
	int col;
	enum theme_role role; /* of the prompt */
	enum theme_role text_role;
};

/* Wraps prompt and text for cols columns; point in bytes of text. */
void ui_input_make(struct ui_input *, const char *prompt, enum theme_role,
    const char *text, size_t point, int cols);
void ui_input_fini(struct ui_input *);

/* Rows that it would like to have. */
int ui_input_rows(const struct ui_input *);

/* Draws the part with the cursor in it, and tells where that is. */
void ui_input_draw(const struct ui_input *, const struct layout *, int *y,
    int *x);

#endif
