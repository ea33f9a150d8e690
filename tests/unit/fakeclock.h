/*
 * fakeclock: lib/clock.h with a time that only tests move.
 */
#ifndef FAKECLOCK_H
#define FAKECLOCK_H

#include <stdint.h>

/* What all clocks show, in microseconds. */
extern int64_t fakeclock;

#endif
