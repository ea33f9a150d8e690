/*
 * shape.h: the shapes of load that a crowd puts on a server.
 */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include <sys/types.h>

#include "tests/bench/crowd.h"

enum shape_kind {
	SHAPE_CLOSED, /* each room has `flight` messages in flight: the next
			   one is sent when all members have the last */
	SHAPE_OPEN,   /* `rate` messages a second, over all rooms, whatever
			   comes back; latency counts from the due time */
	SHAPE_ACKS,   /* each of the first `senders` peers has `flight`
			   requests without their reply */
};

struct shape {
	enum shape_kind kind;
	unsigned flight, senders, text_bytes;
	double rate, seconds;
	pid_t pid; /* the server, for its CPU time; 0: none */
};

struct shape_result {
	uint64_t sent, expected; /* messages; deliveries owed for them */
	uint64_t cpu, own;	 /* ns of the server, of this process */
	double elapsed;		 /* seconds */
	bool whole;		 /* all that is owed came within 10 s */
};

/*
 * Runs one shape from quiet to quiet: nothing is in flight when it begins, and
 * it ends when every delivery and reply that is owed has come, so that CPU
 * time and counts belong together.  Counts are in c->tally.
 */
void shape_run(struct crowd *c, const struct shape *s, struct shape_result *r);

#endif
