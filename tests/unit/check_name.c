/*
 * check_name: which names are valid, the same, and alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <jansson.h>

#include "lib/buf.h"
#include "lib/name.h"
#include "lib/text.h"
#include "tests/unit/vectors.h"

static const char *
string(const json_t *it, const char *key)
{
	return json_string_value(json_object_get(it, key));
}

static enum name_kind
kind(const json_t *it)
{
	return strcmp(string(it, "kind"), "user") == 0 ? NAME_USER : NAME_ROOM;
}

START_TEST(a_valid_name_gets_its_text_and_its_key)
{
	json_t *list = vectors_list("name.json", "valid"), *it;
	size_t i, n;

	json_array_foreach(list, i, it) {
		char *in = vectors_bytes(it, &n);
		struct name name, again;
		const char *why;

		ck_assert_msg(name_parse(kind(it), in, n, &name, &why) ==
			ERR_OK,
		    "%s: %s", in, why);
		ck_assert_str_eq(name.text, string(it, "text"));
		ck_assert_str_eq(name.key, string(it, "key"));
		ck_assert_ptr_null(why);
		/* What is stored and sent is read again as it is. */
		ck_assert(name_parse(kind(it), name.text, strlen(name.text),
			      &again, &why) == ERR_OK);
		ck_assert_str_eq(again.text, name.text);
		ck_assert(name_same(&again, &name));
		free(in);
	}
	json_decref(list);
}
END_TEST

START_TEST(another_name_is_refused_with_the_reason)
{
	json_t *list = vectors_list("name.json", "invalid"), *it;
	size_t i, n;

	json_array_foreach(list, i, it) {
		char *in = vectors_bytes(it, &n);
		struct name name;
		const char *why;

		ck_assert_msg(name_parse(kind(it), in, n, &name, &why) ==
			ERR_BAD_REQUEST,
		    "\"%s\" is valid", in);
		ck_assert_msg(strstr(why, string(it, "why")) != NULL,
		    "\"%s\": %s", in, why);
		free(in);
	}
	json_decref(list);
}
END_TEST

static void
parse_pair(const json_t *pair, struct name out[2])
{
	for (size_t i = 0; i < 2; i++) {
		const char *s = json_string_value(json_array_get(pair, i));
		const char *why;

		ck_assert_msg(name_parse(NAME_ROOM, s, strlen(s), &out[i],
				  &why) == ERR_OK,
		    "%s: %s", s, why);
	}
}

START_TEST(names_are_the_same_whatever_their_spelling)
{
	json_t *list = vectors_list("name.json", "same"), *it;
	struct name name[2];
	size_t i;

	json_array_foreach(list, i, it) {
		parse_pair(it, name);
		ck_assert_str_eq(name[0].key, name[1].key);
		ck_assert(name_same(&name[0], &name[1]));
	}
	json_decref(list);
}
END_TEST

START_TEST(names_that_look_alike_have_one_skeleton)
{
	json_t *list = vectors_list("name.json", "alike"), *it;
	struct name name[2];
	size_t i;

	json_array_foreach(list, i, it) {
		parse_pair(it, name);
		ck_assert_str_eq(name[0].skeleton, name[1].skeleton);
		ck_assert(!name_same(&name[0], &name[1]));
	}
	json_decref(list);
}
END_TEST

START_TEST(names_that_look_different_have_two)
{
	json_t *list = vectors_list("name.json", "unlike"), *it;
	struct name name[2];
	size_t i;

	json_array_foreach(list, i, it) {
		parse_pair(it, name);
		ck_assert_str_ne(name[0].skeleton, name[1].skeleton);
		ck_assert(!name_same(&name[0], &name[1]));
	}
	json_decref(list);
}
END_TEST

/* Characters that are all alike to name.c, of which a few will do. */
static bool
is_in_bulk(uint32_t cp)
{
	return (cp >= 0x3400 && cp < 0xa000) || (cp >= 0xac00 && cp < 0xd7a4) ||
	    (cp >= 0x17000 && cp < 0x18d00) || (cp >= 0x20000 && cp < 0x32000);
}

/*
 * The sizes in struct name: 64 times the same character, for every character,
 * is a name or is none for another reason than its size.  U+FDFA alone, a
 * whole sentence that has blanks besides, is too long at once.
 */
START_TEST(the_longest_name_of_every_character_fits)
{
	char s[4 * NAME_ROOM_MAX];
	struct name name;
	const char *why;

	for (uint32_t cp = 1; cp < 0x110000; cp += is_in_bulk(cp) ? 31 : 1) {
		size_t n = 0;

		if ((cp >= 0xd800 && cp < 0xe000) || cp == 0xfdfa)
			continue;
		for (int i = 0; i < NAME_ROOM_MAX; i++)
			n += text_encode(cp, s + n);
		if (name_parse(NAME_ROOM, s, n, &name, &why) == ERR_OK) {
			if (!name_has(cp))
				ck_abort_msg("U+%04X is of no name", cp);
		} else if (strstr(why, "too long") != NULL) {
			ck_abort_msg("U+%04X: %s", cp, why);
		}
	}
}
END_TEST

/* An accented letter behind it takes the way of all other names. */
START_TEST(a_name_in_ascii_has_the_forms_that_all_names_have)
{
	static const char accented[] = "\xc3\xa9", look[] = "e\xcc\x81";
	struct name plain, other;
	const char *why;
	char s[8];

	for (int i = 0; i < 0x80 * 0x80; i++) {
		enum err e;

		snprintf(s, sizeof(s), "%c%c%s", i / 0x80, i % 0x80, accented);
		if (strlen(s) != 4)
			continue;
		e = name_parse(NAME_ROOM, s, 2, &plain, &why);
		if (name_parse(NAME_ROOM, s, 4, &other, &why) != ERR_OK) {
			ck_assert_int_ne(e, ERR_OK);
			continue;
		}
		/* The letter makes a name of what has signs only. */
		ck_assert_msg((e == ERR_OK) ==
			(name_has_word((uint32_t)s[0]) ||
			    name_has_word((uint32_t)s[1])),
		    "%.2s", s);
		if (e != ERR_OK)
			continue;
		strcat(plain.text, accented);
		strcat(plain.key, accented);
		strcat(plain.skeleton, look);
		ck_assert_str_eq(plain.text, other.text);
		ck_assert_str_eq(plain.key, other.key);
		ck_assert_str_eq(plain.skeleton, other.skeleton);
	}
}
END_TEST

START_TEST(signs_are_of_names_but_not_of_words)
{
	ck_assert(name_has('_') && name_has('-') && name_has('.'));
	ck_assert(
	    !name_has_word('_') && !name_has_word('-') && !name_has_word('.'));
	for (uint32_t c = 0; c < 0x80; c++)
		if (c != '_' && c != '-' && c != '.')
			ck_assert(name_has(c) == name_has_word(c));
	ck_assert(name_has_word(0xe4) && name_has_word(0x301));
	ck_assert(!name_has_word(0x200d) && !name_has_word(0x1f600));
	ck_assert(!name_has(0x110000) && !name_has(UINT32_MAX));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("name");
	TCase *t = tcase_create("name");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_valid_name_gets_its_text_and_its_key);
	tcase_add_test(t, another_name_is_refused_with_the_reason);
	tcase_add_test(t, names_are_the_same_whatever_their_spelling);
	tcase_add_test(t, names_that_look_alike_have_one_skeleton);
	tcase_add_test(t, names_that_look_different_have_two);
	tcase_add_test(t, the_longest_name_of_every_character_fits);
	tcase_add_test(t, a_name_in_ascii_has_the_forms_that_all_names_have);
	tcase_add_test(t, signs_are_of_names_but_not_of_words);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
