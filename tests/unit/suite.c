/*
 * suite: Check's runner with TAP, and what several programs need.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "lib/buf.h"
#include "tests/unit/suite.h"

int
suite_run(const char *name, void (*add)(struct TCase *))
{
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	add(t);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

void
suite_folder(char *path)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || strlen(tmp) > SUITE_PATH - 16)
		tmp = "/tmp";
	snprintf(path, SUITE_PATH, "%s/unit.XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(path));
}

void
suite_folder_end(const char *path)
{
	struct buf file = BUF_INIT;
	DIR *d = opendir(path);
	struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		buf_reset(&file);
		buf_printf(&file, "%s/%s", path, e->d_name);
		unlink(buf_str(&file));
	}
	closedir(d);
	ck_assert_int_eq(rmdir(path), 0);
	buf_fini(&file);
}

/* Numerical Recipes' generator; its low bits are poor. */
unsigned
suite_random(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (unsigned)(((unsigned long long)*seed * n) >> 32);
}
