/*
 * clock: the two times.  Timeouts go by the monotonic one, people see the
 * wall's; nothing is ordered by either.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_ms(void);

/* Microseconds of CLOCK_MONOTONIC, for measuring. */
int64_t clock_us(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);

/*
 * Writes at (ms since 1970 UTC) as RFC 3339 in UTC, "2026-11-24T05:29:44.123Z".
 */
#define CLOCK_TEXT 32
void clock_text(char out[CLOCK_TEXT], int64_t at);

#endif
