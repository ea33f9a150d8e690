/*
 * tty: the terminal: its bytes in, its size, its modes, and when to paint.
 *
 * stdin is opened a second time for the loop: libuv makes what it polls
 * non-blocking, and that would hold for stdout too, which usually is the same
 * open file; curses would lose output.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <uv.h>
#include <curses.h>
#include <term.h>

#include "chatcli/ui/tty.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/text.h"

#define PAINT_MS 33 /* between two paints: 30 a second */
#define READ_MAX 4096
#define COPY_MAX (64 * 1024) /* what terminals are known to take */

enum tty_what {
#define TTY_SAYS(name, format, help) TTY_##name,
#include "chatcli/ui/tty.def"
#undef TTY_SAYS
};

static const char *const formats[] = {
#define TTY_SAYS(name, format, help) format,
#include "chatcli/ui/tty.def"
#undef TTY_SAYS
};

enum { POLL, WINCH, CONT, PREPARE, QUIET, PAINT, ALARM, HANDLES };

struct tty {
	const struct tty_hooks *hooks;
	void *arg;
	uv_poll_t poll;
	uv_signal_t winch, cont;
	uv_prepare_t prepare;
	uv_timer_t quiet, paint, alarm;
	unsigned open; /* handles, until they are closed */
	int fd;
	SCREEN *screen;
	bool dirty, has_title, ours; /* ours: the terminal is taken over */
	int64_t painted;	     /* when */
	struct buf title;
};

static struct tty *tty;

static void
tty_write(const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		k = write(STDOUT_FILENO, p, n);
		if (k < 0 && errno == EINTR)
			k = 0;
		else if (k < 0)
			return; /* gone; reading tells */
	}
}

/* The formats are in tty.def, where the compiler checks none of them. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
tty_say(enum tty_what what, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, what);
	buf_vprintf(&b, formats[what], ap);
	va_end(ap);
	tty_write(b.data, b.len);
	buf_fini(&b);
}
#pragma GCC diagnostic pop

static void
modes_on(void)
{
	tty->ours = true;
	tty_say(TTY_paste_on);
	tty_say(TTY_focus_on);
	if (tty->has_title)
		tty_say(TTY_title_save);
}

static void
modes_off(void)
{
	if (tty->has_title)
		tty_say(TTY_title_back);
	tty_say(TTY_focus_off);
	tty_say(TTY_paste_off);
	tty->ours = false;
}

/* However the program ends, the terminal is left as it was found. */
static void
at_exit(void)
{
	if (tty == NULL || !tty->ours)
		return;
	modes_off();
	endwin();
}

void
tty_paint(void)
{
	tty->dirty = false;
	tty->painted = clock_ms();
	tty_say(TTY_frame_begin);
	tty->hooks->paint(tty->arg);
	tty_say(TTY_frame_end);
}

static void
on_paint_time(uv_timer_t *t)
{
	(void)t; /* on_prepare follows */
}

static void
on_prepare(uv_prepare_t *p)
{
	int64_t left;

	(void)p;
	if (!tty->dirty || !tty->ours)
		return;
	left = tty->painted + PAINT_MS - clock_ms();
	if (left <= 0)
		tty_paint();
	else if (!uv_is_active((uv_handle_t *)&tty->paint))
		uv_timer_start(&tty->paint, on_paint_time, (uint64_t)left, 0);
}

static void
on_quiet(uv_timer_t *t)
{
	(void)t;
	tty->hooks->quiet(tty->arg);
}

static void
on_alarm(uv_timer_t *t)
{
	(void)t;
	tty->hooks->alarm(tty->arg);
}

static void
on_input(uv_poll_t *p, int status, int events)
{
	char bytes[READ_MAX];
	unsigned wait;
	ssize_t n;

	(void)events;
	n = status < 0 ? 0 : read(tty->fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		uv_poll_stop(p);
		tty->hooks->gone(tty->arg);
		return;
	}
	tty->hooks->input(tty->arg, bytes, (size_t)n);
	if (tty == NULL)
		return;
	wait = tty->hooks->wait(tty->arg);
	if (wait > 0)
		uv_timer_start(&tty->quiet, on_quiet, wait, 0);
	else
		uv_timer_stop(&tty->quiet);
}

static void
take_size(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row == 0 ||
	    w.ws_col == 0)
		return;
	if (w.ws_row != LINES || w.ws_col != COLS)
		resizeterm(w.ws_row, w.ws_col);
}

static void
on_winch(uv_signal_t *s, int signum)
{
	(void)s;
	(void)signum;
	if (!tty->ours)
		return;
	take_size();
	clearok(curscr, TRUE);
	tty->hooks->resized(tty->arg, LINES, COLS);
	tty->dirty = true;
}

static void
resume(void)
{
	if (!tty->ours)
		modes_on();
	reset_prog_mode();
	take_size();
	clearok(curscr, TRUE);
	tty->hooks->resized(tty->arg, LINES, COLS);
	tty->dirty = true;
}

static void
on_cont(uv_signal_t *s, int signum)
{
	(void)s;
	(void)signum;
	resume();
}

static uv_handle_t *
handle(struct tty *t, int i)
{
	uv_handle_t *all[HANDLES] = {
		[POLL] = (uv_handle_t *)&t->poll,
		[WINCH] = (uv_handle_t *)&t->winch,
		[CONT] = (uv_handle_t *)&t->cont,
		[PREPARE] = (uv_handle_t *)&t->prepare,
		[QUIET] = (uv_handle_t *)&t->quiet,
		[PAINT] = (uv_handle_t *)&t->paint,
		[ALARM] = (uv_handle_t *)&t->alarm,
	};

	return all[i];
}

/*
 * Whether the terminal is one for a screen: it moves the cursor, and by the
 * sequences of ECMA-48, which tty.def speaks too.  Nothing is written yet.
 */
static bool
check_type(const char *term)
{
	const char *why = NULL, *cup;
	int known;

	if (term == NULL || term[0] == '\0') {
		fprintf(stderr,
		    "chatcli: TERM is not set, so the screen can't be drawn; "
		    "try TERM=xterm; scripts use chatcli send and chatcli "
		    "tail\n");
		return false;
	}
	if (setupterm(term, STDOUT_FILENO, &known) != OK)
		why = "is no screen that is known here";
	else {
		cup = tigetstr("cup");
		if (cup == NULL || cup == (char *)-1 ||
		    strncmp(cup, "\033[", 2) != 0)
			why = "has no cursor that can be moved";
		del_curterm(cur_term);
	}
	if (why != NULL)
		fprintf(stderr,
		    "chatcli: the terminal type TERM=%s %s; if it is wrong, "
		    "try TERM=xterm; scripts use chatcli send and chatcli "
		    "tail\n",
		    term, why);
	return why == NULL;
}

static bool
start_curses(void)
{
	const char *term = getenv("TERM");

	if (!check_type(term))
		return false;
	tty->screen = newterm(NULL, stdout, stdin);
	if (tty->screen == NULL) {
		fprintf(stderr,
		    "chatcli: the screen of TERM=%s can't be "
		    "drawn\n",
		    term);
		return false;
	}
	raw();
	noecho();
	nonl();
	/* Before any output: it would wait for keys that are not its own. */
	typeahead(-1);
	tty->has_title = tigetflag("XT") > 0 || strncmp(term, "xterm", 5) == 0;
	return true;
}

static int
open_terminal(void)
{
	char name[128];

	if (!isatty(STDOUT_FILENO) ||
	    ttyname_r(STDIN_FILENO, name, sizeof(name)) != 0) {
		fprintf(stderr,
		    "chatcli: stdin and stdout must be a terminal; "
		    "chatcli send and chatcli tail do without\n");
		return -1;
	}
	return open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

static void
start_handles(struct uv_loop_s *loop)
{
	static bool registered;

	uv_poll_init(loop, &tty->poll, tty->fd);
	uv_signal_init(loop, &tty->winch);
	uv_signal_init(loop, &tty->cont);
	uv_prepare_init(loop, &tty->prepare);
	uv_timer_init(loop, &tty->quiet);
	uv_timer_init(loop, &tty->paint);
	uv_timer_init(loop, &tty->alarm);
	tty->open = HANDLES;
	for (int i = 0; i < HANDLES; i++)
		handle(tty, i)->data = tty;
	uv_poll_start(&tty->poll, UV_READABLE, on_input);
	uv_signal_start(&tty->winch, on_winch, SIGWINCH);
	uv_signal_start(&tty->cont, on_cont, SIGCONT);
	uv_prepare_start(&tty->prepare, on_prepare);
	if (!registered)
		atexit(at_exit);
	registered = true;
}

bool
tty_start(struct uv_loop_s *loop, const struct tty_hooks *hooks, void *arg)
{
	int fd = open_terminal();

	if (fd < 0)
		return false;
	tty = xcalloc(1, sizeof(*tty));
	tty->hooks = hooks;
	tty->arg = arg;
	tty->fd = fd;
	if (!start_curses()) {
		close(fd);
		free(tty);
		tty = NULL;
		return false;
	}
	start_handles(loop);
	modes_on();
	hooks->resized(arg, LINES, COLS);
	tty_dirty();
	return true;
}

static void
on_closed(uv_handle_t *h)
{
	struct tty *t = h->data;

	if (--t->open > 0)
		return;
	close(t->fd);
	buf_fini(&t->title);
	free(t);
}

void
tty_stop(void)
{
	struct tty *t = tty;

	if (t == NULL)
		return;
	modes_off();
	endwin();
	delscreen(t->screen);
	tty = NULL;
	for (int i = 0; i < HANDLES; i++)
		uv_close(handle(t, i), on_closed);
}

void
tty_dirty(void)
{
	if (tty != NULL)
		tty->dirty = true;
}

void
tty_alarm(unsigned ms)
{
	uv_timer_start(&tty->alarm, on_alarm, ms, 0);
}

void
tty_redraw(void)
{
	clearok(curscr, TRUE);
	tty->dirty = true;
}

void
tty_suspend(void)
{
	modes_off();
	endwin();
	kill(0, SIGTSTP);
	resume();
}

void
tty_title(const char *title)
{
	struct buf b = BUF_INIT;

	if (!tty->has_title)
		return;
	text_clean(&b, title, strlen(title), TEXT_LINE);
	if (b.len != tty->title.len ||
	    memcmp(buf_str(&b), buf_str(&tty->title), b.len) != 0)
		tty_say(TTY_title, buf_str(&b));
	buf_fini(&tty->title);
	tty->title = b;
}

static void
base64(struct buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned v;

	for (; n > 0; p += 3, n -= n < 3 ? n : 3) {
		v = (unsigned)p[0] << 16;
		v |= n > 1 ? (unsigned)p[1] << 8 : 0;
		v |= n > 2 ? p[2] : 0;
		buf_putc(out, digits[v >> 18]);
		buf_putc(out, digits[v >> 12 & 63]);
		buf_putc(out, n > 1 ? digits[v >> 6 & 63] : '=');
		buf_putc(out, n > 2 ? digits[v & 63] : '=');
	}
}

bool
tty_copy(const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	if (!tty->has_title || len > COPY_MAX)
		return false;
	base64(&b, (const unsigned char *)text, len);
	tty_say(TTY_copy, buf_str(&b));
	buf_fini(&b);
	return true;
}

void
tty_bell(void)
{
	tty_say(TTY_bell);
}

void
tty_cursor(int y, int x)
{
	tty_say(TTY_cursor, y + 1, x + 1);
}

void
tty_erase_row(int y)
{
	tty_cursor(y, 0);
	tty_say(TTY_erase_row);
}
