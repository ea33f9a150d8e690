/*
 * check_wrap_runs: what is drawn of people's words: marks hidden, runs of one
 * style, rows that count what is drawn.
 *
 * There is no terminal here, so all is as without colours.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <check.h>

#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_runs.h"
#include "lib/text.h"
#include "tests/unit/suite.h"

static struct ui_runs runs;
static struct wrap rows;

static void
start(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	memset(&runs, 0, sizeof(runs));
}

static void
stop(void)
{
	ui_runs_fini(&runs);
	ui_wrap_fini(&rows);
}

static void
put_style(struct buf *out, const struct ui_run *r)
{
	static const struct {
		enum theme_attr attr;
		char letter;
	} letters[] = { { THEME_BOLD, 'b' }, { THEME_DIM, 'd' },
		{ THEME_UNDERLINE, 'u' }, { THEME_REVERSE, 'r' },
		{ THEME_ITALIC, 'i' } };

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (r->style.attrs & letters[i].attr)
			buf_putc(out, letters[i].letter);
	if (r->block)
		buf_putc(out, '#');
}

/* "plain|b:bold|…": each run with its attributes; a block's with '#'. */
static const char *
runs_of(const char *text)
{
	static struct buf out = BUF_INIT;
	size_t at = 0, before;

	buf_reset(&out);
	ui_runs_fini(&runs);
	ui_runs_words(&runs, text, "Ann");
	for (size_t i = 0; i < runs.n; i++) {
		if (i > 0)
			buf_putc(&out, '|');
		before = out.len;
		put_style(&out, &runs.v[i]);
		if (out.len > before)
			buf_putc(&out, ':');
		buf_add(&out, runs.text.data + at, runs.v[i].end - at);
		at = runs.v[i].end;
	}
	ck_assert_uint_eq(at, runs.text.len);
	return buf_str(&out);
}

/* The rows of the text, joined by '|'. */
static const char *
rows_of(const char *text, int width)
{
	static struct buf out = BUF_INIT;

	buf_reset(&out);
	ui_runs_fini(&runs);
	ui_runs_words(&runs, text, "");
	ui_runs_wrap(&runs, &rows, width);
	for (size_t i = 0; i < rows.n; i++) {
		if (i > 0)
			buf_putc(&out, '|');
		buf_add(&out, runs.text.data + rows.v[i].start,
		    rows.v[i].end - rows.v[i].start);
	}
	return buf_str(&out);
}

START_TEST(marks_are_hidden_and_their_kinds_become_styles)
{
	ck_assert_str_eq(runs_of(""), "");
	ck_assert_str_eq(runs_of("plain"), "plain");
	ck_assert_str_eq(runs_of("a *b* _c_ ~d~ `e`."),
	    "a |b:b| |i:c| |du:d| |r:e|.");
	ck_assert_str_eq(runs_of("*_`x`_* snake_case 2*3*4"),
	    "bri:x| snake_case 2*3*4");
	ck_assert_str_eq(runs_of("see https://a.b/c?d=*e*, @bob!"),
	    "see |u:https://a.b/c?d=*e|*, |b:@bob|!");
}
END_TEST

START_TEST(a_mention_of_oneself_stands_out_in_any_case)
{
	ck_assert_str_eq(runs_of("@ann @ANN. @annabel"),
	    "br:@ann| |br:@ANN|. |b:@annabel");
}
END_TEST

START_TEST(a_block_stands_on_lines_of_its_own_and_keeps_them)
{
	ck_assert_str_eq(runs_of("```c\nint *x*;\n\n\treturn\n```"),
	    "r#:int *x*;\n\n    return");
	ck_assert_str_eq(runs_of("a\n```\nls\n```\nb"), "a|\n|r#:ls|\n|b");
	ck_assert_str_eq(rows_of("a\n```\nls\n```\nb", 9), "a|ls|b");
	ck_assert_str_eq(rows_of("a\n\n```\n\nls\n\n```\n\nb", 9),
	    "a|||ls|||b");
	ck_assert_str_eq(rows_of("```\na\n```\n```\nb\n```", 9), "a|b");
	/* Behind what stands before the words, too. */
	ui_runs_fini(&runs);
	buf_puts(&runs.text, "~bob: ");
	ui_runs_words(&runs, "```\nls\n```", "");
	ck_assert_str_eq(buf_str(&runs.text), "~bob: \nls");
	ck_assert(ui_runs_in_block(&runs));
	ui_runs_fini(&runs);
	buf_puts(&runs.text, "~bob: ");
	ui_runs_code(&runs, "x = *p*");
	ck_assert_str_eq(buf_str(&runs.text), "~bob: \nx = *p*");
}
END_TEST

START_TEST(rows_count_the_cells_that_are_drawn)
{
	ck_assert_str_eq(rows_of("*ab* _cd_", 5), "ab cd");
	ck_assert_str_eq(rows_of("*ab* _cde_", 5), "ab|cde");
	ck_assert_str_eq(rows_of("*a*`b`~c~ `d`", 3), "abc|d");
	ck_assert_str_eq(rows_of("*日本* `語`", 7), "日本 語");
	/* Words are moved whole, code is cut where the row is full. */
	ck_assert_str_eq(rows_of("one  two", 4), "one|two");
	ck_assert_str_eq(rows_of("```\n  one  two\n```", 4), "  on|e  t|wo");
	ck_assert_str_eq(rows_of("x y\n```\nx y\n```\nx y", 2), "x|y|x |y|x|y");
}
END_TEST

START_TEST(an_answered_message_has_no_marks)
{
	struct buf out = BUF_INIT;

	buf_puts(&out, "> ");
	ui_runs_plain(&out, "*a* `b`\n```\n_c_\n```");
	ck_assert_str_eq(buf_str(&out), "> a b  _c_ ");
	buf_fini(&out);
}
END_TEST

START_TEST(what_marks_kept_apart_does_not_join)
{
	/* A mark on a mark, and one that would sit on the run before. */
	ck_assert_str_eq(runs_of("a *\xcc\x81x*"), "a |b:\xef\xbf\xbdx");
	ck_assert_str_eq(runs_of("`e`\xcc\x81"), "r:e|\xef\xbf\xbd");
	ck_assert_str_eq(runs_of("*\033[2J*"), "b:\xef\xbf\xbd[2J");
}
END_TEST

/* Made-up words, of what could be dangerous together. */
static void
make_words(struct buf *out, unsigned seed)
{
	static const char *const bits[] = { "a", "word", " ", "*", "_", "~",
		"`", "``", "\n", "\n```\n", "```\n", "*b*", "`c`", "@ann", "日",
		"https://a.b/", "\xcc\x81", "\xcc\x81\xcc\x82\xcc\x83",
		"\u2764\ufe0f", "\ufe0f", "\u200d", "\U0001f469",
		"\U0001f469\u200d\U0001f467", "\U0001f1e9", "\U0001f3fd",
		"\u1112\u1161\u11ab", "\u0e01\u0e33", "\u0e33", "\033[2J",
		"\u202e", "\u0903", "1\ufe0f\u20e3", "\t", "\r\n", "\u2028",
		"\x9b", "\xff" };
	unsigned n = suite_random(&seed, 40);

	buf_reset(out);
	for (; n > 0; n--)
		buf_puts(out,
		    bits[suite_random(&seed, sizeof(bits) / sizeof(bits[0]))]);
}

/* Drawn alone, as it will be, it is what was counted. */
static void
check_run(const char *p, size_t n)
{
	struct buf alone = BUF_INIT;

	text_clean(&alone, p, n, TEXT_BLOCK);
	ck_assert(alone.len == n && memcmp(alone.data, p, n) == 0);
	buf_fini(&alone);
}

static void
check_row(const struct wrap_row *row, int width)
{
	size_t at = row->start, end, n;
	int sum = 0, cells;

	for (size_t i = 0; i < runs.n && at < row->end; i++) {
		end = runs.v[i].end < row->end ? runs.v[i].end : row->end;
		if (end <= at)
			continue;
		check_run(runs.text.data + at, end - at);
		sum += text_width(runs.text.data + at, end - at);
		at = end;
	}
	n = ui_wrap_cluster(runs.text.data + row->start, row->end - row->start,
	    &cells);
	ck_assert(sum <= width || n == row->end - row->start);
}

START_TEST(no_words_leave_their_place)
{
	struct buf text = BUF_INIT;
	int width;

	for (unsigned seed = 0; seed < 20000; seed++) {
		make_words(&text, seed);
		width = 1 + (int)seed % 23;
		ui_runs_fini(&runs);
		ui_runs_words(&runs, buf_str(&text), "ann");
		ui_runs_wrap(&runs, &rows, width);
		for (size_t i = 0, at = 0; i < runs.n; at = runs.v[i++].end)
			check_run(runs.text.data + at, runs.v[i].end - at);
		for (size_t i = 0; i < rows.n; i++)
			check_row(&rows.v[i], width);
	}
	buf_fini(&text);
}
END_TEST

/* The rows of a line of a room, as ui_log counts and draws them. */
static const char *
block_of(struct buffer *b, const struct line *l, const struct layout *layout)
{
	static struct buf out = BUF_INIT;
	struct ui_block k = { 0 };

	buf_reset(&out);
	ui_block_make(&k, b, l, layout, "ann");
	for (size_t i = 0; i < k.rows.n; i++) {
		if (i > 0)
			buf_putc(&out, '|');
		buf_add(&out, k.runs.text.data + k.rows.v[i].start,
		    k.rows.v[i].end - k.rows.v[i].start);
	}
	ck_assert_uint_eq(ui_block_height(b, l, layout), k.rows.n);
	ui_block_fini(&k);
	return buf_str(&out);
}

START_TEST(a_line_shows_its_words_and_keeps_them)
{
	const struct layout wide = { .text_w = 20, .names = true };
	const struct layout narrow = { .text_w = 21 };
	struct buffer *b = buffer_new("lobby");
	struct line *l = buffer_own(b, "bob", true, "n1", NULL,
	    "*hi*\n```\nx  y\n```");

	buffer_stored(b, l, 1, 1);
	ck_assert_str_eq(block_of(b, l, &wide), "hi|x  y");
	ck_assert_str_eq(block_of(b, l, &narrow), "~bob: hi|x  y");
	l->edited = true;
	buffer_state(b, l, LINE_STORED, NULL);
	ck_assert_str_eq(block_of(b, l, &wide), "hi|x  y|(edited)");
	ck_assert_str_eq(l->text, "*hi*\n```\nx  y\n```");
	l = buffer_own(b, "bob", true, "n2", "code", "*p*  = 1;");
	ck_assert_str_eq(block_of(b, l, &wide), "*p*  = 1;");
	ck_assert_str_eq(block_of(b, l, &narrow), "~bob:|*p*  = 1;");
	l = buffer_own(b, "bob", true, "n3", NULL, "*yes*");
	l->reply_to = 1;
	l->edited = true;
	ck_assert_str_eq(block_of(b, l, &wide),
	    "> ~bob: hi  x  y|yes (edited)");
	/* What the program says is no markup. */
	l = buffer_note(b, LINE_NOTE, "/help *x*");
	ck_assert_str_eq(block_of(b, l, &wide), "/help *x*");
	buffer_free(b);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, marks_are_hidden_and_their_kinds_become_styles);
	tcase_add_test(t, a_mention_of_oneself_stands_out_in_any_case);
	tcase_add_test(t, a_block_stands_on_lines_of_its_own_and_keeps_them);
	tcase_add_test(t, rows_count_the_cells_that_are_drawn);
	tcase_add_test(t, an_answered_message_has_no_marks);
	tcase_add_test(t, what_marks_kept_apart_does_not_join);
	tcase_add_test(t, no_words_leave_their_place);
	tcase_add_test(t, a_line_shows_its_words_and_keeps_them);
}

int
main(void)
{
	return suite_run("wrap_runs", add);
}
