/*
 * edit: the line that the user types, and his keys.
 *
 * readline believes that it reads a terminal: rl_getc_function gives it the
 * bytes of the one key at hand, and it is called only while there are some
 * (without any it would take the end of input for granted).  What it draws
 * goes to /dev/null; the screen reads the line from here.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>
#include <readline/history.h>

#include "chatcli/edit.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/text.h"

#define HISTORY_MAX 1000

static const struct edit_hooks *hooks;
static void *hooks_arg;

static const char *input; /* what is left of the key at hand */
static size_t input_len;

/* While readline hands a line over it must not be given another one. */
static bool handing;
static char *pending;
static size_t pending_point;

static int
get_byte(FILE *unused)
{
	(void)unused;
	if (input_len == 0)
		return EOF;
	input_len--;
	return (unsigned char)*input++;
}

static int
byte_waits(void)
{
	return input_len > 0;
}

static void
redisplay(void)
{
	hooks->changed(hooks_arg);
}

/* One function for each action: readline tells them apart by nothing else. */
#define KEY(scope, action, terminal, browser, help)              \
	static int act_##scope##_##action(int count, int key)    \
	{                                                        \
		(void)count;                                     \
		hooks->act(hooks_arg, ACTION_##scope##_##action, \
		    key >= '1' && key <= '9' ? key - '0' : 0);   \
		return 0;                                        \
	}
#include "lib/keys.def"
#undef KEY

static rl_command_func_t *const functions[] = {
#define KEY(scope, action, terminal, browser, help) act_##scope##_##action,
#include "lib/keys.def"
#undef KEY
};

static const char *const maps[] = { "emacs-standard", "vi-insert", "vi-move" };

/* readline reads sequences in the notation of inputrc. */
static void
bind_seq(void *arg, enum key_action a, const struct keymap_seq *q, int which)
{
	char seq[4 * KEYMAP_BYTES + 1];

	(void)arg;
	(void)which;
	for (size_t i = 0; i < q->n; i++)
		snprintf(seq + 4 * i, 5, "\\%03o", (unsigned char)q->bytes[i]);
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		rl_bind_keyseq_in_map(seq, functions[a],
		    rl_get_keymap_by_name(maps[i]));
}

static void
bind_actions(void)
{
	static char names[ACTION__COUNT][32]; /* readline keeps them */
	char *p;

	for (int a = 0; a < ACTION__COUNT; a++) {
		if (keymap_row(a)->scope != SCOPE_ROOM)
			continue;
		snprintf(names[a], sizeof(names[a]), "%s",
		    keymap_row(a)->action);
		while ((p = strchr(names[a], '_')) != NULL)
			*p = '-';
		rl_add_defun(names[a], functions[a], -1);
		keymap_each(a, bind_seq, NULL);
	}
}

/* Files are not what is completed here; Tab is ours (complete.h). */
static char **
no_completion(const char *text, int start, int end)
{
	(void)text;
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1;
	return NULL;
}

void
edit_remember(const char *text)
{
	HIST_ENTRY *last = history_length > 0 ?
	    history_get(history_base + history_length - 1) :
	    NULL;

	if (*text != '\0' && (last == NULL || strcmp(last->line, text) != 0))
		add_history(text);
	using_history();
}

static void
on_line(char *line)
{
	bool taken = true;

	handing = true;
	rl_replace_line("", 1);
	if (line == NULL)
		hooks->end(hooks_arg);
	else
		taken = hooks->enter(hooks_arg, line);
	if (line != NULL && taken)
		edit_remember(line);
	if (!taken && pending == NULL)
		edit_set(line, strlen(line));
	handing = false;
	free(line);
}

/* inputrc may say otherwise, but these must be so. */
static void
settle_variables(void)
{
	/* Not 0: then a lone ESC of vi mode would wait for the next key. */
	rl_variable_bind("keyseq-timeout", "1");
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("blink-matching-paren", "off");
	rl_variable_bind("enable-active-region", "off");
	rl_variable_bind("convert-meta", "off");
	rl_variable_bind("input-meta", "on");
	rl_variable_bind("output-meta", "on");
}

void
edit_start(const struct edit_hooks *h, void *arg)
{
	hooks = h;
	hooks_arg = arg;
	rl_readline_name = "chatcli";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_instream = stdin;
	if ((rl_outstream = fopen("/dev/null", "we")) == NULL)
		fatal("/dev/null can not be opened");
	rl_getc_function = get_byte;
	rl_input_available_hook = byte_waits;
	rl_redisplay_function = redisplay;
	rl_attempted_completion_function = no_completion;
	rl_completion_query_items = -1;
	rl_variable_bind("bind-tty-special-chars", "off");
	bind_actions();
	rl_initialize();
	settle_variables();
	using_history();
	stifle_history(HISTORY_MAX);
	rl_callback_handler_install("", on_line);
}

void
edit_stop(void)
{
	rl_callback_handler_remove();
	clear_history();
	fclose(rl_outstream);
	rl_outstream = NULL;
	free(pending);
	pending = NULL;
}

static void
set_now(const char *text, size_t point)
{
	rl_replace_line(text, 1);
	rl_point = point < (size_t)rl_end ? (int)point : rl_end;
	rl_mark = 0;
}

void
edit_set(const char *text, size_t point)
{
	if (!handing)
		set_now(text, point);
	else {
		free(pending);
		pending = xstrdup(text);
		pending_point = point;
	}
	hooks->changed(hooks_arg);
}

/* Of an unknown sequence readline would take the end for text. */
static bool
is_unknown(const char *bytes, size_t n)
{
	int type;

	return n > 2 && bytes[0] == '\033' && !edit_busy() &&
	    (rl_function_of_keyseq_len(bytes, n, NULL, &type) == NULL ||
		type == ISKMAP);
}

void
edit_key(const char *bytes, size_t n)
{
	if (is_unknown(bytes, n))
		return;
	input = bytes;
	input_len = n;
	while (input_len > 0) {
		rl_callback_read_char();
		if (pending != NULL) {
			set_now(pending, pending_point);
			free(pending);
			pending = NULL;
		}
	}
	hooks->changed(hooks_arg);
}

void
edit_paste(const char *bytes, size_t n)
{
	struct buf b = BUF_INIT;
	uint32_t cp;
	size_t len;

	for (; n > 0; bytes += len, n -= len) {
		len = text_decode(bytes, n, &cp);
		if (len == 0) {
			buf_puts(&b, "\xef\xbf\xbd");
			len = 1;
		} else if (cp == '\r') {
			if (n == 1 || bytes[1] != '\n')
				buf_putc(&b, '\n');
		} else if ((cp >= ' ' && (cp < 0x7f || cp >= 0xa0)) ||
		    cp == '\n' || cp == '\t')
			buf_add(&b, bytes, len);
	}
	rl_begin_undo_group();
	rl_insert_text(buf_str(&b));
	rl_end_undo_group();
	buf_fini(&b);
	hooks->changed(hooks_arg);
}

const char *
edit_text(void)
{
	return pending != NULL ? pending : rl_line_buffer;
}

size_t
edit_point(void)
{
	return pending != NULL ? pending_point : (size_t)rl_point;
}

const char *
edit_prompt(void)
{
	return rl_display_prompt != NULL ? rl_display_prompt : "";
}

bool
edit_busy(void)
{
	return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH |
	    RL_STATE_NUMERICARG | RL_STATE_COMPLETING | RL_STATE_MOREINPUT |
	    RL_STATE_METANEXT);
}

bool
edit_vi_command(void)
{
	return rl_editing_mode == 0 &&
	    rl_get_keymap() == rl_get_keymap_by_name("vi-move");
}

void
edit_replace(size_t start, size_t end, const char *with)
{
	rl_begin_undo_group();
	rl_delete_text((int)start, (int)end);
	rl_point = (int)start;
	rl_insert_text(with);
	rl_end_undo_group();
	hooks->changed(hooks_arg);
}

void
edit_resize(int rows, int cols)
{
	rl_set_screen_size(rows, cols);
}
