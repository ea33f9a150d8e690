/*
 * check_wrap: text to rows, and the picture's parts at every size.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatcli/ui/ui_layout.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"
#include "lib/text.h"

#define FAMILY "\U0001f469\u200d\U0001f469\u200d\U0001f467"
#define HEART  "\u2764\ufe0f"

/* The rows joined by '|'. */
static const char *
wrapped(const char *text, int width, enum wrap_how how)
{
	static struct buf out = BUF_INIT;
	struct wrap w = WRAP_INIT;

	buf_reset(&out);
	ui_wrap_text(&w, text, strlen(text), width, how);
	for (size_t i = 0; i < w.n; i++) {
		if (i > 0)
			buf_putc(&out, '|');
		buf_add(&out, text + w.v[i].start, w.v[i].end - w.v[i].start);
	}
	ui_wrap_fini(&w);
	return buf_str(&out);
}

START_TEST(words_stay_whole_and_spaces_at_a_break_are_gone)
{
	ck_assert_str_eq(wrapped("", 10, WRAP_WORDS), "");
	ck_assert_str_eq(wrapped("hello", 5, WRAP_WORDS), "hello");
	ck_assert_str_eq(wrapped("hello world", 5, WRAP_WORDS), "hello|world");
	ck_assert_str_eq(wrapped("hello world", 7, WRAP_WORDS), "hello|world");
	ck_assert_str_eq(wrapped("a bc def", 4, WRAP_WORDS), "a bc|def");
	ck_assert_str_eq(wrapped("ab      cd", 4, WRAP_WORDS), "ab|cd");
	ck_assert_str_eq(wrapped("one\ntwo\n", 9, WRAP_WORDS), "one|two|");
	ck_assert_str_eq(wrapped("  int x;", 20, WRAP_WORDS), "  int x;");
}
END_TEST

START_TEST(words_wider_than_a_row_are_cut_where_it_is_full)
{
	ck_assert_str_eq(wrapped("abcdefgh", 3, WRAP_WORDS), "abc|def|gh");
	ck_assert_str_eq(wrapped("x abcdefgh y", 4, WRAP_WORDS),
	    "x|abcd|efgh|y");
}
END_TEST

START_TEST(wide_characters_break_anywhere_and_never_hang_over_the_edge)
{
	ck_assert_str_eq(wrapped("日本語テキスト", 6, WRAP_WORDS),
	    "日本語|テキス|ト");
	ck_assert_str_eq(wrapped("日本語", 5, WRAP_WORDS), "日本|語");
	ck_assert_str_eq(wrapped("ab日本", 5, WRAP_WORDS), "ab日|本");
	ck_assert_str_eq(wrapped("日本", 1, WRAP_WORDS), "日|本");
}
END_TEST

START_TEST(characters_that_people_see_as_one_stay_one)
{
	ck_assert_str_eq(wrapped("abe\u0301f", 3, WRAP_WORDS), "abe\u0301|f");
	ck_assert_str_eq(wrapped("x" FAMILY "y", 7, WRAP_WORDS),
	    "x" FAMILY "|y");
	ck_assert_str_eq(wrapped("x" FAMILY, 3, WRAP_WORDS), "x|" FAMILY);
	/* A terminal may draw it in two cells. */
	ck_assert_str_eq(wrapped("abc" HEART, 4, WRAP_WORDS), "abc|" HEART);
	ck_assert_int_eq(ui_wrap_width("a" HEART, 1 + 6), 3);
}
END_TEST

START_TEST(input_breaks_where_a_row_is_full_and_keeps_spaces)
{
	struct wrap w = WRAP_INIT;
	const char *text = "ab   cd\ne";
	size_t row;
	int col;

	ck_assert_str_eq(wrapped(text, 4, WRAP_CELLS), "ab  | cd|e");
	ui_wrap_text(&w, text, strlen(text), 4, WRAP_CELLS);
	ui_wrap_find(&w, text, 0, 4, &row, &col);
	ck_assert(row == 0 && col == 0);
	ui_wrap_find(&w, text, 3, 4, &row, &col);
	ck_assert(row == 0 && col == 3);
	ui_wrap_find(&w, text, 4, 4, &row, &col);
	ck_assert(row == 1 && col == 0);
	ui_wrap_find(&w, text, 7, 4, &row, &col);
	ck_assert(row == 1 && col == 3);
	ui_wrap_find(&w, text, 9, 4, &row, &col);
	ck_assert(row == 2 && col == 1);
	ui_wrap_text(&w, "abcd", 4, 4, WRAP_CELLS);
	ui_wrap_find(&w, "abcd", 4, 4, &row, &col);
	ck_assert(row == 1 && col == 0);
	ui_wrap_fini(&w);
}
END_TEST

/* A row of made-up text: letters, spaces, wide ones, marks, emoji, breaks. */
static void
make_text(struct buf *out, unsigned seed)
{
	static const char *const bits[] = { "a", "word", " ", "  ", "日", "語",
		"e\u0301", FAMILY, HEART, "\n", "-", "/", "\U0001f600", "z" };
	unsigned n = seed % 60;

	buf_reset(out);
	for (; n > 0; n--) {
		seed = seed * 1103515245 + 12345;
		buf_puts(out,
		    bits[(seed >> 16) % (sizeof(bits) / sizeof(*bits))]);
	}
}

START_TEST(no_row_is_too_wide_and_nothing_but_spaces_is_lost)
{
	struct buf text = BUF_INIT;
	struct wrap w = WRAP_INIT;
	size_t at, n;
	int cells;

	for (unsigned seed = 0; seed < 4000; seed++) {
		make_text(&text, seed);
		ui_wrap_text(&w, text.data, text.len, 1 + (int)seed % 23,
		    seed % 2 ? WRAP_WORDS : WRAP_CELLS);
		at = 0;
		for (size_t i = 0; i < w.n; i++) {
			for (; at < w.v[i].start; at++)
				ck_assert(text.data[at] == ' ' ||
				    text.data[at] == '\n');
			at = w.v[i].end;
			n = ui_wrap_cluster(text.data + w.v[i].start,
			    at - w.v[i].start, &cells);
			ck_assert(
			    ui_wrap_width(text.data + w.v[i].start,
				at - w.v[i].start) <= 1 + (int)seed % 23 ||
			    n == at - w.v[i].start);
		}
		for (; at < text.len; at++)
			ck_assert(text.data[at] == ' ');
	}
	buf_fini(&text);
	ui_wrap_fini(&w);
}
END_TEST

static bool
inside(const struct box *b, int rows, int cols)
{
	return b->h == 0 || b->w == 0 ||
	    (b->y >= 0 && b->x >= 0 && b->h > 0 && b->w > 0 &&
		b->y + b->h <= rows && b->x + b->w <= cols);
}

static bool
apart(const struct box *a, const struct box *b)
{
	return a->h == 0 || a->w == 0 || b->h == 0 || b->w == 0 ||
	    a->y + a->h <= b->y || b->y + b->h <= a->y || a->x + a->w <= b->x ||
	    b->x + b->w <= a->x;
}

START_TEST(every_size_has_a_layout_whose_parts_do_not_meet)
{
	struct layout l;
	const struct box *boxes[] = { &l.list, &l.header, &l.log, &l.nicks,
		&l.status, &l.input };

	for (int rows = 1; rows <= 70; rows++)
		for (int cols = 1; cols <= 220; cols++) {
			ui_layout_make(&l, rows, cols, 1 + cols % 40, true,
			    true);
			for (int i = 0; i < 6; i++)
				for (int j = 0; j < 6; j++)
					ck_assert_msg(inside(boxes[i], rows,
							  cols) &&
						(i == j ||
						    apart(boxes[i], boxes[j])),
					    "%dx%d: %d and %d", rows, cols, i,
					    j);
			ck_assert(l.input.h >= 1 && l.text_w >= 1);
			ck_assert(l.log.h == 0 ||
			    (l.text_x >= l.log.x &&
				l.text_x + l.text_w <= l.log.x + l.log.w));
		}
}
END_TEST

START_TEST(what_leaves_no_room_for_text_gives_way)
{
	struct layout l;

	ui_layout_make(&l, 24, 72, 1, true, true);
	ck_assert(l.nicks.w > 0 && l.list.w > 0 && l.time);
	ui_layout_make(&l, 24, 71, 1, true, true);
	ck_assert(l.nicks.w == 0 && l.list.w > 0 && l.time);
	ui_layout_make(&l, 24, 55, 1, true, true);
	ck_assert(l.nicks.w == 0 && l.list.w == 0 && l.time);
	ui_layout_make(&l, 24, 39, 1, true, true);
	ck_assert(!l.time && l.status.h == 1);
	ui_layout_make(&l, 24, 19, 1, true, true);
	ck_assert(l.log.h == 1 && l.input.h == 1 && l.status.h == 0);
	ui_layout_make(&l, 3, 80, 1, true, true);
	ck_assert(l.log.h == 1 && l.input.h == 1 && l.list.w == 0);
	ui_layout_make(&l, 1, 1, 9, true, true);
	ck_assert(l.log.h == 0 && l.input.h == 1 && l.input.w == 1);
	ui_layout_make(&l, 24, 100, 50, true, true);
	ck_assert_int_eq(l.input.h, 12);
	ui_layout_make(&l, 24, 100, 1, false, false);
	ck_assert(l.nicks.w == 0 && l.list.w == 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wrap");
	TCase *t = tcase_create("wrap");
	SRunner *sr = srunner_create(s);
	int failed;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 99;
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, words_stay_whole_and_spaces_at_a_break_are_gone);
	tcase_add_test(t, words_wider_than_a_row_are_cut_where_it_is_full);
	tcase_add_test(t,
	    wide_characters_break_anywhere_and_never_hang_over_the_edge);
	tcase_add_test(t, characters_that_people_see_as_one_stay_one);
	tcase_add_test(t, input_breaks_where_a_row_is_full_and_keeps_spaces);
	tcase_add_test(t, no_row_is_too_wide_and_nothing_but_spaces_is_lost);
	tcase_add_test(t, every_size_has_a_layout_whose_parts_do_not_meet);
	tcase_add_test(t, what_leaves_no_room_for_text_gives_way);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
