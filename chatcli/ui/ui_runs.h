/*
 * ui_runs: text that is to be drawn, as runs of one style.
 *
 * What people wrote comes in by ui_runs_words(): cleaned, its marks hidden as
 * the page hides them (markup.h), each run in the style of its kinds.  The
 * text that is kept is the one that is drawn, so that rows and their cells are
 * counted without the marks.  Nothing in the text has to be trusted: a run
 * begins with a character of its own and never with a mark that would sit on
 * the run before.
 */
#ifndef UI_RUNS_H
#define UI_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "chatcli/theme.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"

struct ui_run {
	size_t end; /* in the text */
	struct theme_style style;
	bool block; /* code: its lines break only where a row is full */
};

struct ui_runs {
	struct buf text; /* may be appended to; ui_runs_end() gives it style */
	struct ui_run *v;
	size_t n, cap;
};

/* A structure of zeros is one without text. */
void ui_runs_fini(struct ui_runs *);

/* What was appended since the last run is one of that style. */
void ui_runs_end(struct ui_runs *, struct theme_style);

/*
 * Appends somebody's words and ends their runs.  me is the own name: a mention
 * of it stands out.  Lines of code stand alone.
 */
void ui_runs_words(struct ui_runs *, const char *text, const char *me);
/* Words that are code as a whole. */
void ui_runs_code(struct ui_runs *, const char *text);

/* Whether the last run is a block, and what follows needs a line of its own. */
bool ui_runs_in_block(const struct ui_runs *);

/* The rows of all of it; as ui_wrap_text(). */
void ui_runs_wrap(const struct ui_runs *, struct wrap *, int width);

/* Draws a row of it in at most width cells, reversed if it is selected. */
void ui_runs_draw(const struct ui_runs *, const struct wrap_row *, int y, int x,
    int width, bool selected);

/* Appends somebody's words as one line, without their marks. */
void ui_runs_plain(struct buf *, const char *text);

#endif
