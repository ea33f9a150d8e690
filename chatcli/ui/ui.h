/*
 * ui: the screen and the keyboard: a view (view.h) in a terminal.
 *
 * The only folder that knows curses or writes to the terminal.  Reads the
 * model when it paints, and calls the app when a key asks for something.
 */
#ifndef UI_H
#define UI_H

struct app;
struct view;

/*
 * Takes the terminal and paints once before it returns.  NULL after a line on
 * stderr.  The view is the ui's.
 */
struct view *ui_start(struct app *);

/*
 * Gives the terminal back.  Its handles are closed in the next turns of the
 * loop.  Questions that are open are answered with '\0'.  Takes NULL.
 */
void ui_stop(struct view *);

#endif
