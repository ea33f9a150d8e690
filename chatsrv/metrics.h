/*
 * metrics: counters of the process, for /metrics.  Used on the loop only.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

#include "lib/buf.h"

struct metrics {
#define METRIC(name, kind, help) uint64_t name;
#include "chatsrv/metrics.def"
#undef METRIC
};

extern struct metrics metrics;

/* Appends all of them in the Prometheus text format 0.0.4. */
void metrics_print(struct buf *);

#endif
