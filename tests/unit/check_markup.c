/*
 * check_markup: the grammar of inline formatting, and its cost.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>
#include <jansson.h>

#include "lib/buf.h"
#include "lib/markup.h"
#include "tests/unit/vectors.h"

static void
print_kinds(struct buf *out, unsigned kinds)
{
	for (unsigned i = 0; i < MARKUP__COUNT; i++) {
		if ((kinds & 1u << i) == 0)
			continue;
		if (out->len > 0)
			buf_putc(out, ' ');
		buf_puts(out, markup_name((enum markup_kind)(1u << i)));
	}
}

static bool
is_bytes(const json_t *want, const char *p, size_t n)
{
	return json_string_length(want) == n &&
	    (n == 0 || memcmp(json_string_value(want), p, n) == 0);
}

START_TEST(a_text_has_the_spans_that_the_vectors_say)
{
	json_t *list = vectors_list("markup.json", "cases"), *it, *want;
	size_t i, j, n;

	json_array_foreach(list, i, it) {
		const char *about = json_string_value(
		    json_object_get(it, "about"));
		char *in = vectors_bytes(it, &n);
		struct markup m;
		struct markup_span s;
		size_t at = 0;

		markup_init(&m, in, n);
		json_array_foreach(json_object_get(it, "out"), j, want) {
			const json_t *lang = json_array_get(want, 2);
			struct buf kinds = BUF_INIT;

			ck_assert_msg(markup_next(&m, &s), "%s: %zu spans",
			    about, j);
			print_kinds(&kinds, s.kinds);
			ck_assert_msg(is_bytes(json_array_get(want, 0),
					  kinds.data, kinds.len),
			    "%s: span %zu is \"%s\"", about, j,
			    buf_str(&kinds));
			ck_assert_msg(is_bytes(json_array_get(want, 1),
					  in + s.start, s.len),
			    "%s: span %zu shows \"%.*s\"", about, j, (int)s.len,
			    in + s.start);
			ck_assert_msg(is_bytes(lang, in + s.lang, s.lang_len) ||
				(lang == NULL && s.lang_len == 0),
			    "%s: span %zu is in \"%.*s\"", about, j,
			    (int)s.lang_len, in + s.lang);
			ck_assert_msg(s.from == at && s.from <= s.start &&
				s.start + s.len <= s.to,
			    "%s: span %zu leaves a hole", about, j);
			at = s.to;
			buf_fini(&kinds);
		}
		ck_assert_msg(!markup_next(&m, &s), "%s: more than %zu spans",
		    about, j);
		ck_assert_uint_eq(at, n);
		free(in);
	}
	json_decref(list);
}
END_TEST

/* Seconds of CPU for a text of that size made of one pattern. */
static double
cost(const char *pattern, size_t size)
{
	struct buf in = BUF_INIT;
	struct markup m;
	struct markup_span s;
	clock_t begin;

	while (in.len < size)
		buf_puts(&in, pattern);
	begin = clock();
	markup_init(&m, in.data, in.len);
	while (markup_next(&m, &s))
		;
	buf_fini(&in);
	return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/*
 * 1 MiB of what is worst for a parser that goes back.  A quadratic one needs
 * hours, this one some hundredths of a second; the bar leaves room for
 * sanitizers and busy machines.
 */
START_TEST(no_text_costs_more_than_linear_time)
{
	static const char *const patterns[] = {
		"a",
		"*",
		"_*~",
		"*a ",
		"*a _b ~c ",
		"*a",
		"(*",
		"(*)",
		"*(_(~(",
		"`",
		"`a",
		"``a`",
		"```a``",
		"```\n",
		"```\na\n",
		"\n```a\n",
		"```x ",
		"\n",
		"@",
		"@a",
		"@a.",
		".@-",
		"h",
		"http://",
		"http://a",
		"http://a(",
		"http://[",
		" http://(",
		"http://a ",
		"*http://a ",
		"*`a` ",
		"*`a ",
		"\xc3\xa4*",
		"\xf0*",
		"\xcc\x81",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		double s = cost(patterns[i], 1 << 20);

		ck_assert_msg(s < 10, "\"%s\" took %.1f s", patterns[i], s);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("markup");
	TCase *t = tcase_create("markup");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 400);
	tcase_add_test(t, a_text_has_the_spans_that_the_vectors_say);
	tcase_add_test(t, no_text_costs_more_than_linear_time);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
