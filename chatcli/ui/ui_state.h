/*
 * ui_state: what the parts of ui/ share.
 */
#ifndef UI_STATE_H
#define UI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatcli/app.h"
#include "chatcli/command.h"
#include "chatcli/complete.h"
#include "chatcli/edit_token.h"
#include "chatcli/keymap.h"
#include "chatcli/ui/ui_layout.h"

/* What Enter does with the text. */
enum intent { INTENT_SAY, INTENT_REPLY, INTENT_EDIT, INTENT_REACT };

/*
 * Where the reader is in a room.  Lines are only compared with what the room
 * holds, so it does no harm when one is gone.
 */
struct visit {
	struct visit *next;
	const struct buffer *buf;
	const struct line *anchor;  /* if scrolled: the lowest line ... */
	size_t anchor_rows;	    /* ... and its rows below the window */
	const struct line *cleared; /* nothing up to it is shown */
	int64_t mark;		    /* unread is what follows; 0: nothing */
	bool above;		    /* he went above the hole by a number */
	bool marked;		    /* mark was settled by a join */
	bool watched;		    /* he has seen the end since he came */
	bool held;		    /* unread by wish: not seen till left */
	int64_t read;		    /* the room's marker at the last look */
	int64_t seen;		    /* what app_seen() was told of */
	enum intent intent;
	int64_t intent_seq;
	char *kept; /* the text before the intent */
	size_t kept_point;
};

struct question {
	struct question *next;
	char *text, *keys;
	void (*answer)(void *, char);
	void *arg;
	bool called; /* by a key: one key answers, and no text is taken */
};

struct ui {
	struct view view; /* first: a view is a ui */
	struct app *app;
	struct layout layout;
	int rows, cols;
	bool hide_rooms, hide_members;
	bool away; /* the terminal lost the focus */
	bool stopping;

	struct buffer *notes; /* shown while no room is open */
	struct buffer *shown; /* whose draft the line is */
	struct visit *visits;

	struct tokens tokens;
	bool meta;	  /* a lone ESC came before */
	bool in_key;	  /* questions may be shown at once */
	int64_t keyed;	  /* when the last key came */
	const char *told; /* by the status line, until the next key */
	bool cancelled;	  /* the key before was Ctrl-C */
	struct buf typed; /* text that typing was told of */
	struct complete complete;
	bool completing;

	const struct line *selected; /* message mode while not NULL */
	struct question *questions;
	bool asking; /* the first question is shown */
};

/* ui.c */
struct buffer *ui_buffer(struct ui *); /* what is shown; never NULL */
struct visit *ui_visit(struct ui *, const struct buffer *);
void ui_follow(struct ui *); /* the room changed? */
void ui_note(void *ui, const char *text);
void ui_clear(void *ui, struct buffer *);
void ui_read(void *ui, struct buffer *);
void ui_quit(void *ui);
void ui_ask_quit(void *ui);
void ui_command(struct ui *, struct command *);

/* ui_paint.c */
struct ui_log;
void ui_anchor(const struct ui_log *, struct visit *); /* holds the text */
void ui_paint(void *ui);
/* The reader goes away, or has dealt with all that was unread. */
void ui_mark_away(struct visit *, const struct buffer *);
void ui_mark_here(struct visit *, const struct buffer *);

/* ui_keys.c */
void ui_key(void *ui, enum token_kind, const char *, size_t);
void ui_act(void *ui, enum key_action, int which);
bool ui_enter(void *ui, const char *text);
void ui_typed(void *ui);

/* ui_select.c: message mode. */
bool ui_select_begin(struct ui *);
void ui_select_key(struct ui *, const char *, size_t);
void ui_select_check(struct ui *); /* is the line still there? */
void ui_intent_end(struct ui *, struct visit *, bool restore);

/* ui_ask.c */
void ui_ask(struct ui *, const char *question, const char *keys,
    void (*answer)(void *, char), void *arg);
unsigned ui_ask_show(struct ui *); /* or in how many ms */
/* All keys but those of an answer ring meanwhile. */
bool ui_ask_modal(const struct ui *);
/* Whether what stands in the line may be its answer. */
bool ui_ask_takes(const struct ui *, const char *text);
/* Whether the key, or the line that was entered, was for the question. */
bool ui_ask_key(struct ui *, const char *, size_t);
bool ui_ask_enter(struct ui *, const char *text);
void ui_ask_drop(struct ui *);
void ui_ask_forget(struct ui *, void (*answer)(void *, char));

#endif
