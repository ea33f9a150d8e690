/*
 * load: the load generator of `make bench`.
 *
 *	load --connect ADDR:PORT [--floor QUERY] [--seats N] [--joining N]
 *	     [--name TEXT] [--peers N] [--pid PID]
 *
 * keeps a crowd of connections to chatsrv, or with --floor to the floor (whose
 * room paths get QUERY), and obeys commands on its standard input, one a line,
 * so that the runner can interleave short rounds without connecting anew:
 *
 *	connect count=N [window=N] [settle=S]
 *	run shape=closed flight=N | shape=open rate=N | shape=acks senders=N
 *	    flight=N  [seconds=S] [text=BYTES]
 *	fill room=NAME count=N [text=BYTES]
 *	bare [path=PATH] [repeat=N]
 *	resume room=NAME entries=N [repeat=N]
 *	history room=NAME limit=N [repeat=N]
 *
 * Each is answered by one line of JSON.  Between commands the crowd goes on
 * answering pings.  --pid is the server's, to read its CPU time at both ends
 * of a run.  epoll and the C library are all it stands on.
 */
#include "tests/bench/crowd.h"
#include "tests/bench/probe.h"
#include "tests/bench/shape.h"

#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LINE_MAX_SIZE 512

static struct crowd crowd = { .seats = 1000,
	.joining = UINT32_MAX,
	.name = "b" };
static pid_t server_pid;

/* The value of word `name=` in a command's line, or NULL. */
static const char *
word(char *line, const char *name)
{
	static char value[128];
	size_t n = strlen(name);

	for (char *at = line; (at = strchr(at, ' ')) != NULL;) {
		at++;
		if (strncmp(at, name, n) == 0 && at[n] == '=') {
			at += n + 1;
			snprintf(value, sizeof value, "%.*s",
			    (int)strcspn(at, " \n"), at);
			return value;
		}
	}
	return NULL;
}

static double
number(char *line, const char *name, double otherwise)
{
	const char *value = word(line, name);

	return value != NULL ? strtod(value, NULL) : otherwise;
}

static unsigned
count(char *line, const char *name, unsigned otherwise)
{
	return (unsigned)number(line, name, otherwise);
}

/* Copies the value of a word that the command can not do without. */
static void
text(char *line, const char *name, char *out, size_t size)
{
	const char *value = word(line, name);

	if (value == NULL)
		errx(2, "no %s= in: %s", name, line);
	snprintf(out, size, "%s", value);
}

static void
print_meter(const char *name, const struct meter *m)
{
	printf(
	    ",\"%s\":{\"count\":%llu,\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f}",
	    name, (unsigned long long)m->count, meter_ms(m, 0.5),
	    meter_ms(m, 0.99), (double)m->max / 1e6);
}

/* Errors of the server are a JSON text or a word of ours: quotes are enough. */
static void
print_error(void)
{
	printf(",\"error\":\"");
	for (const char *s = crowd.first_error; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if ((unsigned char)*s >= ' ')
			putchar(*s);
	}
	printf("\"}\n");
}

static void
do_connect(char *line)
{
	unsigned n = count(line, "count", 1), ready;
	uint64_t cpu = meter_cpu(server_pid), start = meter_now(), end;
	double elapsed;

	memset(&crowd.connect, 0, sizeof crowd.connect);
	ready = crowd_connect(&crowd, n, count(line, "window", 32), 120);
	elapsed = (double)(meter_now() - start) / 1e9;
	end = meter_now() + (uint64_t)(number(line, "settle", 0) * 1e9);
	while (meter_now() < end)
		crowd_turn(&crowd, end);
	printf(
	    "{\"count\":%u,\"ready\":%u,\"peers\":%u,\"elapsed\":%.6f,"
	    "\"cpu_ns\":%llu",
	    n, ready, crowd.ready, elapsed,
	    (unsigned long long)(meter_cpu(server_pid) - cpu));
	print_meter("connect", &crowd.connect);
	print_error();
}

static enum shape_kind
kind_of(const char *name)
{
	if (name != NULL && strcmp(name, "open") == 0)
		return SHAPE_OPEN;
	if (name != NULL && strcmp(name, "acks") == 0)
		return SHAPE_ACKS;
	return SHAPE_CLOSED;
}

static double
mean(uint64_t sum, uint64_t n)
{
	return n > 0 ? (double)sum / (double)n : 0;
}

static void
do_run(char *line)
{
	const struct tally *t = &crowd.tally;
	struct shape_result r;
	struct shape s = {
		.kind = kind_of(word(line, "shape")),
		.flight = count(line, "flight", 1),
		.senders = count(line, "senders", 1),
		.text_bytes = count(line, "text", 100),
		.rate = number(line, "rate", 1000),
		.seconds = number(line, "seconds", 1),
		.pid = server_pid,
	};

	if (s.flight < 1 || s.text_bytes > CROWD_TEXT_MAX || s.rate <= 0 ||
	    (s.kind == SHAPE_ACKS && s.flight > CROWD_SLOTS))
		errx(2, "run: flight, text or rate is out of bounds");
	shape_run(&crowd, &s, &r);
	printf(
	    "{\"sent\":%llu,\"acks\":%llu,\"errors\":%llu,"
	    "\"deliveries\":%llu,\"expected\":%llu,\"whole\":%s,"
	    "\"elapsed\":%.6f,\"cpu_ns\":%llu,\"own_ns\":%llu,"
	    "\"frame\":%.3f,\"ack_frame\":%.3f,\"bytes\":%llu",
	    (unsigned long long)r.sent, (unsigned long long)t->acks,
	    (unsigned long long)t->errors, (unsigned long long)t->deliveries,
	    (unsigned long long)r.expected, r.whole ? "true" : "false",
	    r.elapsed, (unsigned long long)r.cpu, (unsigned long long)r.own,
	    mean(t->frame_bytes, t->deliveries), mean(t->ack_bytes, t->acks),
	    (unsigned long long)t->bytes);
	print_meter("latency", &t->latency);
	print_meter("ack", &t->ack);
	print_error();
}

static void
do_fill(char *line)
{
	char room[128];

	text(line, "room", room, sizeof room);
	printf("{\"seq\":%llu}\n",
	    (unsigned long long)probe_fill(&crowd.server, room,
		count(line, "count", 1000), count(line, "text", 100)));
}

static void
do_bare(char *line)
{
	struct meter whole = { 0 };
	char path[128];
	const char *given = word(line, "path");

	snprintf(path, sizeof path, "%s", given != NULL ? given : "/ws");
	probe_bare(&crowd.server, path, count(line, "repeat", 1), &whole);
	printf("{\"ok\":true");
	print_meter("whole", &whole);
	printf("}\n");
}

static void
do_resume(char *line)
{
	struct meter whole = { 0 }, join = { 0 };
	char room[128];

	text(line, "room", room, sizeof room);
	probe_resume(&crowd.server, room, count(line, "entries", 1000),
	    count(line, "repeat", 1), &whole, &join);
	printf("{\"ok\":true");
	print_meter("whole", &whole);
	print_meter("join", &join);
	printf("}\n");
}

static void
do_history(char *line)
{
	struct meter page = { 0 };
	char room[128];

	text(line, "room", room, sizeof room);
	probe_history(&crowd.server, room, count(line, "limit", 100),
	    count(line, "repeat", 1), &page);
	printf("{\"ok\":true");
	print_meter("page", &page);
	printf("}\n");
}

static const struct command {
	const char *name;
	void (*run)(char *line);
} commands[] = {
	{ "connect", do_connect },
	{ "run", do_run },
	{ "fill", do_fill },
	{ "bare", do_bare },
	{ "resume", do_resume },
	{ "history", do_history },
};

static void
obey(char *line)
{
	size_t n = strcspn(line, " \n");

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strncmp(line, commands[i].name, n) == 0 &&
		    commands[i].name[n] == '\0') {
			line[strcspn(line, "\n")] = '\0';
			commands[i].run(line);
			fflush(stdout);
			return;
		}
	errx(2, "unknown command: %s", line);
}

/* Commands come one at a time, each after the answer to the last. */
static void
serve(void)
{
	char line[LINE_MAX_SIZE];

	crowd_watch(&crowd, STDIN_FILENO);
	for (;;) {
		if (!crowd_turn(&crowd, UINT64_MAX))
			continue;
		if (fgets(line, sizeof line, stdin) == NULL)
			return;
		obey(line);
	}
}

static void
parse_server(const char *spec)
{
	char host[64];
	unsigned port;

	crowd.server.sin_family = AF_INET;
	if (sscanf(spec, "%63[0-9.]:%u", host, &port) != 2 || port > 65535 ||
	    inet_pton(AF_INET, host, &crowd.server.sin_addr) != 1)
		errx(2, "--connect %s: say ADDR:PORT, as 127.0.0.1:8000", spec);
	crowd.server.sin_port = htons((uint16_t)port);
}

static void
room_for_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "setrlimit");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "connect", required_argument, NULL, 'c' },
		{ "floor", required_argument, NULL, 'f' },
		{ "seats", required_argument, NULL, 's' },
		{ "joining", required_argument, NULL, 'j' },
		{ "name", required_argument, NULL, 'n' },
		{ "peers", required_argument, NULL, 'p' },
		{ "pid", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned peers = 20000;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			parse_server(optarg);
			break;
		case 'f':
			crowd.query = optarg;
			break;
		case 's':
			crowd.seats = (unsigned)atoi(optarg);
			break;
		case 'j':
			crowd.joining = (unsigned)atoi(optarg);
			break;
		case 'n':
			crowd.name = optarg;
			break;
		case 'p':
			peers = (unsigned)atoi(optarg);
			break;
		case 'i':
			server_pid = (pid_t)atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (crowd.server.sin_port == 0 || crowd.seats == 0)
		errx(2, "--connect ADDR:PORT and --seats above 0 are needed");
	room_for_descriptors();
	crowd_init(&crowd, peers);
	serve();
	return 0;
}
