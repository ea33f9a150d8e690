/*
 * fakeclock: linked before libchat.a it stands in the place of lib/clock.c.
 */
#include <stdio.h>

#include "lib/clock.h"
#include "tests/unit/fakeclock.h"

int64_t fakeclock = 1000000000;

int64_t
clock_ms(void)
{
	return fakeclock / 1000;
}

int64_t
clock_us(void)
{
	return fakeclock;
}

int64_t
clock_wall_ms(void)
{
	return fakeclock / 1000;
}

void
clock_text(char out[CLOCK_TEXT], int64_t at)
{
	snprintf(out, CLOCK_TEXT, "%lld", (long long)at);
}
