/*
 * meter.h: what the load generator measures with: a clock, the CPU time of
 * another process, and a histogram of latencies.
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <sys/types.h>

/* Buckets of a histogram: 32 for each power of two, so 3 % wide. */
#define METER_STEPS   32
#define METER_BUCKETS (60 * METER_STEPS)

struct meter {
	uint64_t count;
	uint64_t max; /* ns, exact */
	uint64_t bucket[METER_BUCKETS];
};

/* CLOCK_MONOTONIC in ns: the same clock in every process of this machine. */
uint64_t meter_now(void);

/*
 * CPU time of all living threads of process `pid` in ns, by
 * /proc/PID/task/TID/schedstat (proc(5)); exact while the process sleeps, up
 * to a scheduler tick behind while it runs.  0 when there is no such process,
 * or `pid` is 0.
 */
uint64_t meter_cpu(pid_t pid);

/* Counts one latency of `ns`. */
void meter_add(struct meter *m, uint64_t ns);

/* The quantile `q` (0 to 1) in milliseconds; 0 of an empty histogram. */
double meter_ms(const struct meter *m, double q);

#endif
