/*
 * check_text: what may be shown, and how wide it is.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <check.h>
#include <jansson.h>

#include "lib/text.h"
#include "tests/unit/vectors.h"

static const char *
about(const json_t *it)
{
	return json_string_value(json_object_get(it, "about"));
}

START_TEST(hostile_text_is_cleaned_as_the_vectors_say)
{
	json_t *list = vectors_list("text.json", "clean"), *it;
	size_t i, n;

	json_array_foreach(list, i, it) {
		const json_t *want = json_object_get(it, "out");
		const char *mode = json_string_value(
		    json_object_get(it, "mode"));
		char *in = vectors_bytes(it, &n);
		struct buf out = BUF_INIT;

		text_clean(&out, in, n,
		    strcmp(mode, "line") == 0 ? TEXT_LINE : TEXT_BLOCK);
		ck_assert_msg(out.len == json_string_length(want) &&
			strcmp(buf_str(&out), json_string_value(want)) == 0,
		    "%s: got \"%s\"", about(it), buf_str(&out));
		buf_fini(&out);
		free(in);
	}
	json_decref(list);
}
END_TEST

START_TEST(cleaning_adds_to_what_the_buffer_holds)
{
	struct buf out = BUF_INIT;

	buf_puts(&out, "a ");
	text_clean(&out,
	    "\xcc\x81"
	    "b",
	    3, TEXT_LINE);
	ck_assert_str_eq(buf_str(&out),
	    "a \xef\xbf\xbd"
	    "b");
	buf_fini(&out);
}
END_TEST

/* Whether nothing in a cleaned text can do anything but be drawn. */
static bool
is_harmless(const struct buf *text)
{
	uint32_t cp;

	for (size_t at = 0, len; at < text->len; at += len) {
		len = text_decode(text->data + at, text->len - at, &cp);
		if (len == 0 ||
		    (cp != '\n' &&
			(cp < ' ' || (cp > '~' && cp < 0xa0) ||
			    (cp >= 0x2028 && cp <= 0x202e) ||
			    (cp >= 0x2060 && cp <= 0x206f) || cp == 0x200e ||
			    cp == 0x200f || cp == 0x61c || cp == 0xfeff ||
			    (cp >= 0xe0000 && cp <= 0xe0fff) ||
			    (cp & 0xfffe) == 0xfffe ||
			    wcwidth((wchar_t)cp) < 0)))
			return false;
	}
	return true;
}

/* Each code point alone, between letters, and after an emoji. */
START_TEST(every_code_point_comes_out_harmless_and_stays_so)
{
	static const char *const around[][2] = {
		{ "", "" },
		{ "a", "b" },
		{ "\xf0\x9f\x98\x80", "\n" },
	};
	struct buf in = BUF_INIT, out = BUF_INIT, again = BUF_INIT;

	for (uint32_t i = 0; i < 3 * 0x110000; i++) {
		const uint32_t cp = i / 3;
		char bytes[4];

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		buf_reset(&in);
		buf_reset(&out);
		buf_reset(&again);
		buf_puts(&in, around[i % 3][0]);
		buf_add(&in, bytes, text_encode(cp, bytes));
		buf_puts(&in, around[i % 3][1]);
		text_clean(&out, in.data, in.len, TEXT_BLOCK);
		if (!is_harmless(&out))
			ck_abort_msg("U+%04X is drawn", cp);
		text_clean(&again, buf_str(&out), out.len, TEXT_BLOCK);
		if (strcmp(buf_str(&out), buf_str(&again)) != 0)
			ck_abort_msg("U+%04X changes again", cp);
	}
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&again);
}
END_TEST

START_TEST(characters_end_where_people_see_them_end)
{
	json_t *list = vectors_list("text.json", "clusters"), *it, *want;
	size_t i, j, n;

	json_array_foreach(list, i, it) {
		char *in = vectors_bytes(it, &n), *p = in;
		int width, all = 0;

		json_array_foreach(json_object_get(it, "out"), j, want) {
			const json_t *text = json_array_get(want, 0);
			size_t len = text_cluster(p, n, &width);

			ck_assert_msg(len == json_string_length(text) &&
				memcmp(p, json_string_value(text), len) == 0,
			    "%s: character %zu has %zu bytes", about(it), j,
			    len);
			ck_assert_msg(width ==
				json_integer_value(json_array_get(want, 1)),
			    "%s: character %zu is %d wide", about(it), j,
			    width);
			p += len;
			n -= len;
			all += width;
		}
		ck_assert_msg(n == 0, "%s: there is more", about(it));
		ck_assert_int_eq(text_width(in, (size_t)(p - in)), all);
		free(in);
	}
	json_decref(list);
}
END_TEST

START_TEST(the_end_of_a_text_has_no_character)
{
	int width = 7;

	ck_assert_uint_eq(text_cluster("", 0, &width), 0);
	ck_assert_int_eq(width, 0);
	ck_assert_int_eq(text_width(NULL, 0), 0);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_not_valid)
{
	json_t *list = vectors_list("text.json", "invalid"), *hex;
	size_t i, n;

	json_array_foreach(list, i, hex) {
		json_t *it = json_pack("{sO}", "hex", hex);
		char *in = vectors_bytes(it, &n);

		ck_assert_msg(!text_valid(in, n), "%s", json_string_value(hex));
		free(in);
		json_decref(it);
	}
	json_decref(list);
	ck_assert(text_valid("", 0));
	ck_assert(text_valid("\xc2\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf", 9));
}
END_TEST

START_TEST(rows_that_terminals_disagree_about_are_told)
{
	ck_assert(
	    text_needs_repaint("a\xe2\x80\x8d"
			       "b",
		5));
	ck_assert(text_needs_repaint("\xe2\x9d\xa4\xef\xb8\x8f", 6));
	ck_assert(!text_needs_repaint("\xe2\x9d\xa4", 3));
	ck_assert(!text_needs_repaint(NULL, 0));
}
END_TEST

START_TEST(an_emoji_is_one_sign_and_no_letter)
{
	static const char *const good[] = {
		"👍",
		"👍🏽",
		"❤️",
		"✓",
		"→",
		"🇩🇪",
		"👩‍👩‍👧",
		"1️⃣",
		"#️⃣",
		"€",
	};
	static const char *const bad[] = {
		"",
		"a",
		"1",
		"#",
		"!",
		"+",
		"é",
		"好",
		" ",
		"\n",
		"\xc2\x85",
		"\xc2\xa0",
		"\xe2\x80\x8b",
		"\xe2\x80\xae",
		"\xcc\x81",
		"👍👍",
		"👍a",
		"\xff",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(text_is_emoji(good[i], strlen(good[i])), "%s",
		    good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!text_is_emoji(bad[i], strlen(bad[i])), "%s",
		    bad[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");
	SRunner *sr = srunner_create(s);
	int failed;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 99;
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, hostile_text_is_cleaned_as_the_vectors_say);
	tcase_add_test(t, cleaning_adds_to_what_the_buffer_holds);
	tcase_add_test(t, every_code_point_comes_out_harmless_and_stays_so);
	tcase_add_test(t, characters_end_where_people_see_them_end);
	tcase_add_test(t, the_end_of_a_text_has_no_character);
	tcase_add_test(t, bytes_that_are_no_text_are_not_valid);
	tcase_add_test(t, rows_that_terminals_disagree_about_are_told);
	tcase_add_test(t, an_emoji_is_one_sign_and_no_letter);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
