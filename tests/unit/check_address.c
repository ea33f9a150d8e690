/*
 * check_address: each path means one thing, and most mean a file.
 */
#include <string.h>

#include <check.h>

#include "chatsrv/gate/address.h"
#include "tests/unit/suite.h"

static const struct {
	const char *path;
	enum address_kind kind;
	const char *name;
} paths[] = {
	{ "/", ADDRESS_INDEX, "" },
	{ "/room/lobby", ADDRESS_ROOM, "lobby" },
	{ "/room/lobby/", ADDRESS_ROOM, "lobby" },
	{ "/room/caf\xc3\xa9", ADDRESS_ROOM, "caf\xc3\xa9" },
	{ "/room/cafe\xcc\x81", ADDRESS_ROOM, "caf\xc3\xa9" },
	{ "/mock_up", ADDRESS_OLD_INDEX, "" },
	{ "/mock_up/", ADDRESS_OLD_INDEX, "" },
	{ "/mock_up/lobby/", ADDRESS_OLD_ROOM, "lobby" },
	{ "/mock_up/lobby", ADDRESS_OLD_ROOM, "lobby" },
	{ "/ws", ADDRESS_WS, "" },
	{ "/ws/chat/lobby/", ADDRESS_WS_SIMPLE, "lobby" },
	{ "/ws/chat/lobby", ADDRESS_WS_SIMPLE, "lobby" },
	{ "/ws/mock_up/lobby/", ADDRESS_WS_SIMPLE, "lobby" },
	{ "/healthz", ADDRESS_HEALTHZ, "" },
	{ "/readyz", ADDRESS_READYZ, "" },
	{ "/metrics", ADDRESS_METRICS, "" },
	/* Names that no room can have. */
	{ "/room//", ADDRESS_BAD, "" },
	{ "/room/a b", ADDRESS_BAD, "" },
	{ "/room/a/b", ADDRESS_BAD, "" },
	{ "/room/lobby//", ADDRESS_BAD, "" },
	{ "/room/..", ADDRESS_BAD, "" },
	{ "/room/../..", ADDRESS_BAD, "" },
	{ "/room/\xff", ADDRESS_BAD, "" },
	{ "/room/<b>", ADDRESS_BAD, "" },
	{ "/ws/chat/a\nb/", ADDRESS_BAD, "" },
	{ "/ws/chat/../../etc", ADDRESS_BAD, "" },
	{ "/mock_up/%2e", ADDRESS_BAD, "" },
	/* Everything else is looked up in the table of files. */
	{ "", ADDRESS_FILE, "" },
	{ "room/lobby", ADDRESS_FILE, "" },
	{ "/room", ADDRESS_FILE, "" },
	{ "/room/", ADDRESS_FILE, "" },
	{ "/Room/lobby", ADDRESS_FILE, "" },
	{ "//room/lobby", ADDRESS_FILE, "" },
	{ "/./room/lobby", ADDRESS_FILE, "" },
	{ "/ws/", ADDRESS_FILE, "" },
	{ "/ws/chat/", ADDRESS_FILE, "" },
	{ "/ws/other/lobby/", ADDRESS_FILE, "" },
	{ "/wsx", ADDRESS_FILE, "" },
	{ "/metrics/", ADDRESS_FILE, "" },
	{ "/healthz?", ADDRESS_FILE, "" },
	{ "/js/main.js", ADDRESS_FILE, "" },
	{ "/../../etc/passwd", ADDRESS_FILE, "" },
};

START_TEST(a_path_means_what_the_table_says)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct address a;

		memset(&a, 'x', sizeof(a));
		address_parse(paths[i].path, &a);
		ck_assert_msg(a.kind == paths[i].kind, "%s: kind %d",
		    paths[i].path, (int)a.kind);
		ck_assert_str_eq(a.name, paths[i].name);
	}
}
END_TEST

START_TEST(the_longest_name_fits_and_a_longer_one_is_none)
{
	char path[ADDRESS_PATH] = "/room/";
	struct address a;

	for (int i = 0; i < 64; i++)
		strcat(path, "\xe6\x97\xa5");
	address_parse(path, &a);
	ck_assert_int_eq(a.kind, ADDRESS_ROOM);
	ck_assert_uint_eq(strlen(a.name), 192);
	strcat(path, "\xe6\x97\xa5");
	address_parse(path, &a);
	ck_assert_int_eq(a.kind, ADDRESS_BAD);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_test(t, a_path_means_what_the_table_says);
	tcase_add_test(t, the_longest_name_fits_and_a_longer_one_is_none);
}

int
main(void)
{
	return suite_run("address", add);
}
