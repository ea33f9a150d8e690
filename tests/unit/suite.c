/*
 * suite: Check's runner with TAP, and what several programs need.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "tests/unit/suite.h"

static pid_t guard;
static int guard_pipe;

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

static int
suite_remove(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

/*
 * A test that fails never comes to its end, so a process of its own removes
 * the folder: when the pipe is closed, that is, when all are gone who have
 * something to do with it.  Its group is none that is killed with the test.
 */
static void
suite_guard_start(const char *path)
{
	int ends[2];
	char c;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	guard = fork();
	ck_assert_int_ge(guard, 0);
	if (guard == 0) {
		setpgid(0, 0);
		close(ends[1]);
		while (read(ends[0], &c, 1) < 0 && errno == EINTR)
			;
		_exit(nftw(path, suite_remove, 8, FTW_DEPTH | FTW_PHYS) != 0);
	}
	setpgid(guard, guard);
	close(ends[0]);
	guard_pipe = ends[1];
}

void
suite_folder(char *path)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || strlen(tmp) > SUITE_PATH - 16)
		tmp = "/tmp";
	snprintf(path, SUITE_PATH, "%s/unit.XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(path));
	suite_guard_start(path);
}

void
suite_folder_end(void)
{
	int status;

	close(guard_pipe);
	ck_assert(waitpid(guard, &status, 0) == guard);
	ck_assert_int_eq(status, 0);
}

/* Numerical Recipes' generator; its low bits are poor. */
unsigned
suite_random(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (unsigned)(((unsigned long long)*seed * n) >> 32);
}
