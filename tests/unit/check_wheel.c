/*
 * check_wheel: each node is called in its second, once.
 */
#include <string.h>

#include <check.h>

#include "chatsrv/wheel.h"
#include "tests/unit/suite.h"

struct alarm {
	struct wheel_node node; /* first */
	int due, called;	/* seconds; the last call */
	int again;		/* is put back by so many seconds */
	struct alarm *drops;	/* another one that it takes away */
};

static int seconds;

static void
ring(struct wheel_node *n)
{
	struct alarm *a = (struct alarm *)n;

	ck_assert_int_eq(a->due, seconds);
	a->called = seconds;
	if (a->drops != NULL)
		wheel_drop(&a->drops->node);
	if (a->again == 0)
		return;
	a->due = seconds + a->again;
	wheel_put(n, (unsigned)a->again, ring);
}

static void
put(struct alarm *a, int in)
{
	a->due = seconds + in;
	wheel_put(&a->node, (unsigned)in, ring);
}

static void
pass(int n)
{
	while (n-- > 0) {
		seconds++;
		wheel_turn();
	}
}

START_TEST(each_is_called_in_its_second)
{
	struct alarm a[64] = { 0 };

	pass(50); /* so that slots wrap around */
	for (int i = 1; i < WHEEL_SLOTS; i++)
		put(&a[i], i);
	pass(100);
	for (int i = 1; i < WHEEL_SLOTS; i++)
		ck_assert_int_eq(a[i].called, 50 + i);
}
END_TEST

START_TEST(who_waits_already_is_moved)
{
	struct alarm a = { 0 };

	put(&a, 3);
	pass(2);
	put(&a, 5);
	pass(4);
	ck_assert_int_eq(a.called, 0);
	pass(1);
	ck_assert_int_eq(a.called, 7);
}
END_TEST

START_TEST(who_was_dropped_is_not_called)
{
	struct alarm a = { 0 };

	wheel_drop(&a.node);
	put(&a, 3);
	wheel_drop(&a.node);
	wheel_drop(&a.node);
	pass(70);
	ck_assert_int_eq(a.called, 0);
}
END_TEST

START_TEST(one_may_be_put_back_while_it_is_called)
{
	struct alarm a = { .again = 1 }, b = { .again = 63 };

	put(&a, 1);
	put(&b, 63);
	pass(200);
	ck_assert_int_eq(a.called, 200);
	ck_assert_int_eq(b.called, 189);
}
END_TEST

START_TEST(one_may_drop_another_of_the_same_second)
{
	struct alarm a = { 0 }, b = { 0 }, c = { 0 };

	a.drops = &b;
	put(&a, 5);
	put(&b, 5);
	put(&c, 5);
	pass(6);
	ck_assert_int_eq(a.called, 5);
	ck_assert_int_eq(b.called, 0);
	ck_assert_int_eq(c.called, 5);
}
END_TEST

static void
add(TCase *t)
{
	tcase_add_test(t, each_is_called_in_its_second);
	tcase_add_test(t, who_waits_already_is_moved);
	tcase_add_test(t, who_was_dropped_is_not_called);
	tcase_add_test(t, one_may_be_put_back_while_it_is_called);
	tcase_add_test(t, one_may_drop_another_of_the_same_second);
}

int
main(void)
{
	return suite_run("wheel", add);
}
