/*
 * check_outbox_sync: a line counts as saved when the disk has it, not before.
 *
 * The calls that make a disk write are this program's own: it counts what was
 * written since the last one, and can let them fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <check.h>

#include "chatcli/outbox.h"
#include "lib/codec.h"
#include "tests/unit/suite.h"

static char folder[SUITE_PATH];
static struct outbox *ob;
static size_t unsynced;	 /* bytes of the journal */
static int journal = -1; /* that was written last */
static int fails;	 /* errno of the next calls, or 0 */

/* In the place of the C library's. */
int
fdatasync(int fd)
{
	if (fails != 0 && fd == journal) {
		errno = fails;
		return -1;
	}
	if (fd == journal)
		unsynced = 0;
	return 0;
}

int
fsync(int fd)
{
	return fdatasync(fd);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	journal = fd;
	unsynced += n;
	return syscall(SYS_pwrite64, fd, p, n, at);
}

static void
start(void)
{
	struct buf error = BUF_INIT;

	codec_init();
	suite_folder(folder);
	ob = outbox_open(folder, &error);
	ck_assert_msg(ob != NULL, "%s", buf_str(&error));
	buf_fini(&error);
}

static void
stop(void)
{
	fails = 0;
	outbox_close(ob);
	suite_folder_end();
}

START_TEST(a_line_is_saved_when_it_was_synced)
{
	struct outbox_line *l = outbox_add(ob, "lobby", NULL, "one", 0, NULL);
	int e;

	ck_assert(!outbox_saved(ob, l));
	ck_assert(outbox_begin(ob));
	e = outbox_write(ob);
	ck_assert(!outbox_saved(ob, l));
	outbox_end(ob, e);
	ck_assert_int_eq(e, 0);
	ck_assert(outbox_saved(ob, l));
	ck_assert_uint_eq(unsynced, 0);
}
END_TEST

START_TEST(what_the_disk_did_not_take_is_written_again)
{
	struct outbox_line *l = outbox_add(ob, "lobby", NULL, "one", 0, NULL);
	int e;

	fails = EIO;
	ck_assert(outbox_begin(ob));
	e = outbox_write(ob);
	outbox_end(ob, e);
	ck_assert_int_eq(e, EIO);
	ck_assert(!outbox_saved(ob, l));
	fails = 0;
	unsynced = 0;
	ck_assert(outbox_begin(ob));
	e = outbox_write(ob);
	outbox_end(ob, e);
	ck_assert(e == 0 && outbox_saved(ob, l));
}
END_TEST

START_TEST(what_came_during_a_write_is_not_saved_by_it)
{
	struct outbox_line *a, *b;
	int e;

	a = outbox_add(ob, "lobby", NULL, "one", 0, NULL);
	ck_assert(outbox_begin(ob));
	b = outbox_add(ob, "lobby", NULL, "two", 0, NULL);
	e = outbox_write(ob);
	outbox_end(ob, e);
	ck_assert(outbox_saved(ob, a) && !outbox_saved(ob, b));
	/* That it goes to a socket under a name is one more record. */
	outbox_send(ob, a, "id1");
	ck_assert(!outbox_saved(ob, a));
	ck_assert(outbox_begin(ob));
	e = outbox_write(ob);
	outbox_end(ob, e);
	ck_assert(outbox_saved(ob, a) && outbox_saved(ob, b));
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_line_is_saved_when_it_was_synced);
	tcase_add_test(t, what_the_disk_did_not_take_is_written_again);
	tcase_add_test(t, what_came_during_a_write_is_not_saved_by_it);
}

int
main(void)
{
	return suite_run("outbox_sync", add);
}
