/*
 * check_url: addresses of servers and rooms.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <jansson.h>

#include "lib/url.h"
#include "tests/unit/vectors.h"

static const char *
string(const json_t *it, const char *key)
{
	return json_string_value(json_object_get(it, key));
}

START_TEST(an_address_is_taken_apart_and_put_together)
{
	json_t *list = vectors_list("url.json", "valid"), *it;
	size_t i;

	json_array_foreach(list, i, it) {
		const char *in = string(it, "in"), *page = string(it, "page");
		struct buf server = BUF_INIT, room = BUF_INIT;
		struct url url, again;
		const char *why;

		ck_assert_msg(url_parse(in, &url, &why) == ERR_OK, "%s: %s", in,
		    why);
		ck_assert_ptr_null(why);
		ck_assert_str_eq(url.room, string(it, "room"));
		ck_assert_int_eq(url.seq,
		    json_integer_value(json_object_get(it, "seq")));

		url_print_server(&server, &url);
		ck_assert_str_eq(buf_str(&server), string(it, "server"));
		ck_assert(url_parse(buf_str(&server), &again, &why) == ERR_OK);
		ck_assert(url_same_server(&again, &url));

		if (*url.room != '\0') {
			url_print_room(&room, &url, url.room);
			if (page != NULL)
				ck_assert_str_eq(buf_str(&room), page);
			ck_assert(
			    url_parse(buf_str(&room), &again, &why) == ERR_OK);
			ck_assert_str_eq(again.room, url.room);
		}
		buf_fini(&server);
		buf_fini(&room);
	}
	json_decref(list);
}
END_TEST

START_TEST(another_string_is_refused_with_the_reason)
{
	json_t *list = vectors_list("url.json", "invalid"), *it;
	size_t i;

	json_array_foreach(list, i, it) {
		const char *in = string(it, "in");
		struct url url;
		const char *why;

		ck_assert_msg(url_parse(in, &url, &why) == ERR_BAD_REQUEST,
		    "\"%s\" is valid", in);
		ck_assert_msg(strstr(why, string(it, "why")) != NULL,
		    "\"%s\": %s", in, why);
	}
	json_decref(list);
}
END_TEST

static bool
pair_is_same(const json_t *pair)
{
	struct url url[2];

	for (size_t i = 0; i < 2; i++) {
		const char *in = json_string_value(json_array_get(pair, i));
		const char *why;

		ck_assert_msg(url_parse(in, &url[i], &why) == ERR_OK, "%s: %s",
		    in, why);
	}
	return url_same_server(&url[0], &url[1]);
}

START_TEST(a_server_is_its_scheme_host_and_port)
{
	json_t *same = vectors_list("url.json", "same"), *it;
	json_t *other = vectors_list("url.json", "other");
	size_t i;

	json_array_foreach(same, i, it)
		ck_assert_msg(pair_is_same(it), "same %zu", i);
	json_array_foreach(other, i, it)
		ck_assert_msg(!pair_is_same(it), "other %zu", i);
	json_decref(same);
	json_decref(other);
}
END_TEST

START_TEST(a_room_is_no_address)
{
	ck_assert(url_looks_like("http://x") && url_looks_like("WSS://x"));
	ck_assert(!url_looks_like("lobby") && !url_looks_like("http") &&
	    !url_looks_like("ftp://x") && !url_looks_like(""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("url");
	TCase *t = tcase_create("url");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, an_address_is_taken_apart_and_put_together);
	tcase_add_test(t, another_string_is_refused_with_the_reason);
	tcase_add_test(t, a_server_is_its_scheme_host_and_port);
	tcase_add_test(t, a_room_is_no_address);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
