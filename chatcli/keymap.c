/*
 * keymap: actions and their keys, made from lib/keys.def.
 *
 * The sequences are those of xterm and of what imitates it, of rxvt, screen
 * and the Linux console: the terminal is never asked, and terminfo knows one
 * of each at most.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/keymap.h"

#define SEQS_MAX 8

static const struct keymap_row rows[] = {
#define KEY(scope, action, terminal, browser, help) \
	{ SCOPE_##scope, #action, terminal, help },
#include "lib/keys.def"
#undef KEY
};

/*
 * Keys with a name.  plain: sequences without ESC in front, separated by
 * spaces.  modified: the final byte of CSI 1 ; m X, or CSI n ; m ~.
 */
static const struct {
	const char *name, *plain, *modified;
} named[] = {
	{ "Up", "[A OA", "A" },
	{ "Down", "[B OB", "B" },
	{ "Right", "[C OC", "C" },
	{ "Left", "[D OD", "D" },
	{ "Home", "[H OH [1~ [7~", "H" },
	{ "End", "[F OF [4~ [8~", "F" },
	{ "PgUp", "[5~", "5~" },
	{ "PgDn", "[6~", "6~" },
	{ "F1", "OP [11~ [[A", "P" },
	{ "F2", "OQ [12~ [[B", "Q" },
	{ "F3", "OR [13~ [[C", "R" },
	{ "F4", "OS [14~ [[D", "S" },
	{ "F5", "[15~ [[E", "15~" },
	{ "F6", "[17~", "17~" },
	{ "F7", "[18~", "18~" },
	{ "F8", "[19~", "19~" },
	{ "F9", "[20~", "20~" },
	{ "F10", "[21~", "21~" },
	{ "F11", "[23~", "23~" },
	{ "F12", "[24~", "24~" },
};

enum { SHIFT = 1, ALT = 2, CTRL = 4 }; /* as xterm adds them, less one */

struct seqs {
	struct keymap_seq *v;
	size_t n, max;
};

const struct keymap_row *
keymap_row(enum key_action a)
{
	return &rows[a];
}

static void
seq_add(struct seqs *s, bool escape, const char *bytes, size_t n)
{
	struct keymap_seq *q;

	if (s->n == s->max || n + 2 > KEYMAP_BYTES)
		return;
	q = &s->v[s->n++];
	q->n = 0;
	if (escape)
		q->bytes[q->n++] = '\033';
	memcpy(q->bytes + q->n, bytes, n);
	q->n += n;
}

static void
seq_modified(struct seqs *s, const char *modified, int mods)
{
	char seq[KEYMAP_BYTES];
	int n;

	if (isdigit((unsigned char)modified[0]))
		n = snprintf(seq, sizeof(seq), "[%d;%d~", atoi(modified),
		    mods + 1);
	else
		n = snprintf(seq, sizeof(seq), "[1;%d%s", mods + 1, modified);
	seq_add(s, true, seq, (size_t)n);
}

/* Alt with a key is ESC and then the key, too. */
static void
seq_named(struct seqs *s, size_t i, int mods)
{
	const char *p = named[i].plain;
	char seq[KEYMAP_BYTES];
	size_t n;

	if (mods != 0)
		seq_modified(s, named[i].modified, mods);
	for (; mods == 0 || mods == ALT; p += n + 1) {
		n = strcspn(p, " ");
		snprintf(seq, sizeof(seq), "%s%.*s", mods != 0 ? "\033" : "",
		    (int)n, p);
		seq_add(s, true, seq, n + (mods != 0));
		if (p[n] == '\0')
			break;
	}
}

static void
seq_character(struct seqs *s, const char *p, size_t n, int mods)
{
	char c = *p;

	if (mods & CTRL) {
		if (n != 1)
			return;
		c = (char)(toupper((unsigned char)c) & 0x1f);
		p = &c;
	}
	seq_add(s, (mods & ALT) != 0, p, n);
}

static bool
is(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p, word, n) == 0;
}

size_t
keymap_translate(const char *p, size_t n, struct keymap_seq *v, size_t max)
{
	struct seqs s = { v, 0, max };
	int mods = 0;

	for (;;) {
		if (n > 4 && memcmp(p, "Alt-", 4) == 0)
			mods |= ALT, p += 4, n -= 4;
		else if (n > 5 && memcmp(p, "Ctrl-", 5) == 0)
			mods |= CTRL, p += 5, n -= 5;
		else if (n > 6 && memcmp(p, "Shift-", 6) == 0)
			mods |= SHIFT, p += 6, n -= 6;
		else
			break;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (is(p, n, named[i].name)) {
			seq_named(&s, i, mods);
			return s.n;
		}
	if (is(p, n, "Tab") && mods == SHIFT)
		seq_add(&s, true, "[Z", 2);
	else if (is(p, n, "Tab"))
		seq_add(&s, (mods & ALT) != 0, "\t", 1);
	else if (is(p, n, "Enter")) {
		seq_add(&s, (mods & ALT) != 0, "\r", 1);
		seq_add(&s, (mods & ALT) != 0, "\n", 1);
	} else if (is(p, n, "Space"))
		seq_add(&s, (mods & ALT) != 0, " ", 1);
	else if (n == 1 || (n > 1 && (*p & 0x80) != 0))
		seq_character(&s, p, n, mods);
	return s.n;
}

static void
each_key(enum key_action a, const char *key, size_t n, int which,
    void (*fn)(void *, enum key_action, const struct keymap_seq *, int),
    void *arg)
{
	struct keymap_seq v[SEQS_MAX];
	size_t m = keymap_translate(key, n, v, SEQS_MAX);

	for (size_t i = 0; i < m; i++)
		fn(arg, a, &v[i], which);
}

void
keymap_each(enum key_action a,
    void (*fn)(void *, enum key_action, const struct keymap_seq *, int which),
    void *arg)
{
	static const char nine[] = "1…9";
	const size_t tail = sizeof(nine) - 1;
	const char *p = rows[a].keys;
	char key[32];
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (n <= tail || memcmp(p + n - tail, nine, tail) != 0) {
			each_key(a, p, n, 0, fn, arg);
			continue;
		}
		for (int i = 1; i <= 9; i++) {
			snprintf(key, sizeof(key), "%.*s%d", (int)(n - tail), p,
			    i);
			each_key(a, key, strlen(key), i, fn, arg);
		}
	}
}

struct search {
	const char *bytes;
	size_t n;
	enum key_action found;
};

static void
search_seq(void *arg, enum key_action a, const struct keymap_seq *q, int which)
{
	struct search *s = arg;

	(void)which;
	if (q->n == s->n && memcmp(q->bytes, s->bytes, q->n) == 0)
		s->found = a;
}

enum key_action
keymap_find(enum key_scope scope, const char *bytes, size_t n)
{
	struct search s = { bytes, n, ACTION__COUNT };

	for (int a = 0; a < ACTION__COUNT; a++)
		if (rows[a].scope == scope)
			keymap_each(a, search_seq, &s);
	return s.found;
}
