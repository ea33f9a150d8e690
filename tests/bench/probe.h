/*
 * probe.h: one chat.v1 client on a blocking socket, for times as a client sees
 * them: a bare connect, a resume, a page of history.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <netinet/in.h>

#include "tests/bench/meter.h"

/*
 * All of these end the process with a message if the server does not do what
 * the protocol says, and wait at most 20 s for each frame.
 */

/* Sends `count` messages of `text_bytes` to the room; returns the last seq. */
uint64_t probe_fill(const struct sockaddr_in *server, const char *room,
    unsigned count, unsigned text_bytes);

/* Connects, upgrades and ends, `repeat` times; times are added to `whole`. */
void probe_bare(const struct sockaddr_in *server, const char *path,
    unsigned repeat, struct meter *whole);

/*
 * Comes back after `entries` missed entries, `repeat` times: `whole` counts
 * from connect(2) with hello, `join` from the join's request, both to the last
 * entry.
 */
void probe_resume(const struct sockaddr_in *server, const char *room,
    unsigned entries, unsigned repeat, struct meter *whole, struct meter *join);

/*
 * Reads `repeat` pages of `limit` messages backwards from the end, as a reader
 * who scrolls up does: `page` counts from the request to the whole reply.
 */
void probe_history(const struct sockaddr_in *server, const char *room,
    unsigned limit, unsigned repeat, struct meter *page);

#endif
