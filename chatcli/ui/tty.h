/*
 * tty: the terminal: its bytes in, its size, its modes, and when to paint.
 *
 * curses only ever writes, and only while tty paints; what it can't write is
 * written here and nowhere else (tty.def).  There is one terminal.
 */
#ifndef TTY_H
#define TTY_H

#include <stdbool.h>
#include <stddef.h>

struct uv_loop_s;

struct tty_hooks {
	void (*input)(void *, const char *, size_t);
	unsigned (*wait)(void *); /* ms until `quiet`; 0: not at all */
	void (*quiet)(void *);	  /* no input came for so long */
	void (*gone)(void *);	  /* the terminal went away */
	void (*resized)(void *, int rows, int cols);
	void (*paint)(void *); /* between curses and the glass */
	void (*alarm)(void *);
};

/*
 * Takes the terminal of stdin and stdout over: raw, alternate screen.  False
 * after a line on stderr: no terminal, or one that curses does not know.
 */
bool tty_start(struct uv_loop_s *, const struct tty_hooks *, void *arg);

/* Gives it back.  Its handles are closed in the loop's next turns. */
void tty_stop(void);

/* The picture is out of date: `paint` comes, at most 30 times a second. */
void tty_dirty(void);

/* Paints at once. */
void tty_paint(void);

/* `alarm` comes once in ms; takes the place of the one before. */
void tty_alarm(unsigned ms);

/* Everything is drawn anew by the next paint. */
void tty_redraw(void);

/* As a shell's Ctrl-Z; returns when the program goes on. */
void tty_suspend(void);

/* title is cleaned here; nothing happens where terminals have none. */
void tty_title(const char *title);

/* Hands text to the terminal's clipboard (OSC 52); false: it has none. */
bool tty_copy(const char *text, size_t len);

void tty_bell(void);

/* For ui_style: 0-based; only while painting. */
void tty_cursor(int y, int x);
void tty_erase_row(int y);

#endif
