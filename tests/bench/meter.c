/*
 * meter.c: clock, CPU time and histogram of the load generator.
 *
 * A histogram is a fixed table, so that counting a latency neither allocates
 * nor sorts: with millions of deliveries a second that would be the figure.
 */
#include "tests/bench/meter.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t
meter_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The first number of a thread's schedstat is its time on a CPU in ns. */
static uint64_t
thread_cpu(int dir, const char *tid)
{
	char path[64], text[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%.20s/schedstat", tid);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}

uint64_t
meter_cpu(pid_t pid)
{
	char path[64];
	struct dirent *e;
	uint64_t sum = 0;
	DIR *d;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	d = opendir(path);
	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			sum += thread_cpu(dirfd(d), e->d_name);
	closedir(d);
	return sum;
}

static unsigned
bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < METER_STEPS)
		return (unsigned)ns;
	/* ns = 1xxxxx… in binary: the five bits below the first are the step */
	power = 63 - (unsigned)__builtin_clzll(ns);
	return (power - 4) * METER_STEPS + (unsigned)(ns >> (power - 5)) -
	    METER_STEPS;
}

/* The middle of a bucket, in ns. */
static double
bucket_middle(unsigned b)
{
	unsigned power = b / METER_STEPS, step = b % METER_STEPS;

	if (power == 0)
		return step;
	return ((double)(METER_STEPS + step) + 0.5) *
	    (double)(UINT64_C(1) << (power - 1));
}

void
meter_add(struct meter *m, uint64_t ns)
{
	m->count++;
	m->bucket[bucket_of(ns)]++;
	if (ns > m->max)
		m->max = ns;
}

double
meter_ms(const struct meter *m, double q)
{
	uint64_t rank = (uint64_t)(q * (double)m->count), seen = 0;

	if (m->count == 0)
		return 0;
	if (rank >= m->count)
		return (double)m->max / 1e6;
	for (unsigned b = 0; b < METER_BUCKETS; b++) {
		seen += m->bucket[b];
		if (seen > rank) {
			double ns = bucket_middle(b);

			if (ns > (double)m->max)
				ns = (double)m->max;
			return ns / 1e6;
		}
	}
	return (double)m->max / 1e6;
}
