/*
 * conf: conf.def read from defaults, file, environment and command line.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "chatsrv/channel/channel.h"
#include "chatsrv/conf.h"
#include "lib/buf.h"

static const struct opt conf_rows[] = {
#define OPT(section, key, type, min, max, def, cli, help)         \
	{ #section, #key, OPT_T_##type, min, max, def, cli, help, \
		offsetof(struct conf, section##_##key) },
#include "chatsrv/conf.def"
#undef OPT
};

#define CONF_NROWS (sizeof(conf_rows) / sizeof(conf_rows[0]))

static struct opts conf_opts;

enum {
	ARG_CONFIG = 1000,
	ARG_SET,
	ARG_CHECK,
	ARG_PRINT,
	ARG_READY,
	ARG_HELP,
	ARG_VERSION
};

/* Options that are no settings; the others come from conf.def. */
static const struct {
	const char *name, *value;
	int arg;
	const char *help;
} conf_extra[] = {
	{ "config", "FILE", ARG_CONFIG, "read settings from FILE" },
	{ "set", "SECTION.KEY=VALUE", ARG_SET, "give any setting a value" },
	{ "check-config", NULL, ARG_CHECK, "check the settings and end" },
	{ "print-config", NULL, ARG_PRINT, "print all settings and end" },
	{ "ready-fd", "N", ARG_READY,
	    "write the addresses to descriptor N "
	    "when ready, a line each, and close it" },
	{ "help", NULL, ARG_HELP, "print this and end" },
	{ "version", NULL, ARG_VERSION, "print the version and end" },
};

#define CONF_NEXTRA (sizeof(conf_extra) / sizeof(conf_extra[0]))

/* Commands: n words, and behind them from min to max files, one at most. */
static const struct {
	const char *words[2];
	int n, min, max;
	const char *usage;
	enum conf_command command;
} conf_commands[] = {
	{ { "backup" }, 1, 1, 1, "backup FILE", CONF_BACKUP },
	{ { "restore" }, 1, 1, 1, "restore FILE", CONF_RESTORE },
	{ { "verify" }, 1, 0, 1, "verify [FILE]", CONF_VERIFY },
	{ { "store", "scrub" }, 2, 0, 0, "store scrub", CONF_SCRUB },
};

#define CONF_NCOMMANDS (sizeof(conf_commands) / sizeof(conf_commands[0]))

/* A paragraph with an indent, broken at blanks before column 79. */
static void
conf_help_text(const char *text)
{
	while (*text != '\0') {
		size_t n = strlen(text);

		if (n > 70)
			for (n = 70; n > 0 && text[n] != ' '; n--)
				continue;
		printf("        %.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void
conf_help(void)
{
	printf("usage: chatsrv [options]\n");
	for (size_t i = 0; i < CONF_NCOMMANDS; i++)
		printf("       chatsrv [options] %s\n", conf_commands[i].usage);
	printf("\n");
	for (size_t i = 0; i < CONF_NROWS; i++)
		if (conf_rows[i].cli != NULL) {
			printf("  --%s VALUE (%s)\n", conf_rows[i].cli,
			    conf_rows[i].def);
			conf_help_text(conf_rows[i].help);
		}
	for (size_t i = 0; i < CONF_NEXTRA; i++) {
		printf("  --%s%s%s\n", conf_extra[i].name,
		    conf_extra[i].value != NULL ? " " : "",
		    conf_extra[i].value != NULL ? conf_extra[i].value : "");
		conf_help_text(conf_extra[i].help);
	}
	printf("\nAll settings: chatsrv.conf(5), or chatsrv --print-config.\n");
}

static void
conf_long_options(struct option *out)
{
	for (size_t i = 0; i < CONF_NROWS; i++)
		if (conf_rows[i].cli != NULL)
			*out++ = (struct option){ conf_rows[i].cli,
				required_argument, NULL, (int)i };
	for (size_t i = 0; i < CONF_NEXTRA; i++)
		*out++ = (struct option){ conf_extra[i].name,
			conf_extra[i].value != NULL ? required_argument :
						      no_argument,
			NULL, conf_extra[i].arg };
	*out = (struct option){ NULL, 0, NULL, 0 };
}

bool
conf_address(const char *spec, struct conf_address *a)
{
	const char *colon = strrchr(spec, ':'), *host = spec;
	size_t n;

	*a = (struct conf_address){ .path = NULL };
	if (strncmp(spec, "unix:", 5) == 0) {
		a->path = spec + 5;
		n = strlen(a->path);
		return n > 0 && n < sizeof((struct sockaddr_un){ 0 }.sun_path);
	}
	if (colon == NULL || colon[1] == '\0' ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strlen(colon) > 6 || atoi(colon + 1) > 65535)
		return false;
	a->port = colon + 1;
	n = (size_t)(colon - spec);
	if (n >= 2 && spec[0] == '[' && spec[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n >= sizeof(a->host))
		return false;
	memcpy(a->host, host, n);
	return true;
}

static bool
conf_is_store(const char *word)
{
	return strncmp(word, "sqlite:", 7) == 0 && word[7] != '\0';
}

static bool
conf_is_channel(const char *word)
{
	return channel_is_spec(word);
}

static bool
conf_is_address(const char *word)
{
	struct conf_address a;

	return conf_address(word, &a);
}

static bool
conf_is_ip(const char *word)
{
	struct in6_addr bits;

	return inet_pton(AF_INET, word, &bits) == 1 ||
	    inet_pton(AF_INET6, word, &bits) == 1;
}

static bool
conf_is_level(const char *word)
{
	return strcmp(word, "error") == 0 || strcmp(word, "warning") == 0 ||
	    strcmp(word, "info") == 0 || strcmp(word, "debug") == 0;
}

static bool
conf_is_format(const char *word)
{
	return strcmp(word, "text") == 0 || strcmp(word, "json") == 0;
}

/* Settings of which not every word will do. */
static const struct {
	size_t offset;
	bool (*is)(const char *word);
	const char *must;
} conf_rules[] = {
	{ offsetof(struct conf, server_listen), conf_is_address,
	    "ADDR:PORT, [ADDR6]:PORT or unix:PATH, a port at most 65535, a "
	    "path shorter than 108 bytes" },
	{ offsetof(struct conf, server_store), conf_is_store, "sqlite:PATH" },
	{ offsetof(struct conf, server_channel), conf_is_channel,
	    "memory:, redis://[USER[:PASSWORD]@]HOST[:PORT] or "
	    "redis+unix://PATH" },
	{ offsetof(struct conf, http_proxies), conf_is_ip,
	    "an address like 192.0.2.1 or 2001:db8::1" },
	{ offsetof(struct conf, metrics_allow), conf_is_ip,
	    "an address like 192.0.2.1 or 2001:db8::1" },
	{ offsetof(struct conf, log_level), conf_is_level,
	    "error, warning, info or debug" },
	{ offsetof(struct conf, log_format), conf_is_format, "text or json" },
};

/* For opts->check. */
static const char *
conf_must(const struct opt *opt, const char *word)
{
	for (size_t i = 0; i < sizeof(conf_rules) / sizeof(conf_rules[0]); i++)
		if (conf_rules[i].offset == opt->offset &&
		    !conf_rules[i].is(word))
			return conf_rules[i].must;
	return NULL;
}

/* The file and the environment rank below the command line. */
static bool
conf_below(const char *file)
{
	if (file != NULL && !opts_file(&conf_opts, file))
		return false;
	return opts_env(&conf_opts);
}

static bool
conf_ready(const char *value, struct conf_args *args)
{
	char *end;
	long fd = strtol(value, &end, 10);

	if (end == value || *end != '\0' || fd < 0 || fd > INT_MAX ||
	    fcntl((int)fd, F_GETFD) < 0) {
		snprintf(conf_opts.error, sizeof(conf_opts.error),
		    "--ready-fd is \"%.100s\", but must be the number of an "
		    "open descriptor",
		    value);
		return false;
	}
	args->ready_fd = (int)fd;
	return true;
}

static bool
conf_option(int arg, const char *value, bool *check, bool *print,
    struct conf_args *args)
{
	char where[64];

	if (arg < (int)CONF_NROWS) {
		snprintf(where, sizeof(where), "--%s", conf_rows[arg].cli);
		return opts_put(&conf_opts, conf_rows[arg].section,
		    conf_rows[arg].key, value, OPT_CLI, where);
	}
	switch (arg) {
	case ARG_SET:
		return opts_assign(&conf_opts, value, "--set");
	case ARG_CHECK:
		*check = true;
		break;
	case ARG_PRINT:
		*print = true;
		break;
	case ARG_READY:
		return conf_ready(value, args);
	}
	return true;
}

/* What needs no settings, and therefore is done also if they are wrong. */
static bool
conf_told(int arg)
{
	if (arg == ARG_HELP)
		conf_help();
	else if (arg == ARG_VERSION)
		printf(
		    "chatsrv %s\nLicense GPLv3+: GNU GPL version 3 or later.\n",
		    VERSION);
	else
		return false;
	return true;
}

static void
conf_bad(struct conf_args *args, const char *why)
{
	fprintf(stderr, "chatsrv: %s\n", why);
	args->command = CONF_BAD;
}

/* Several servers need what joins them, and a port that all can have. */
static const char *
conf_check_processes(const struct conf *c)
{
	struct conf_address a;

	if (strcmp(c->server_channel, "memory:") == 0)
		return "needs server.channel redis://… beside it";
	for (size_t i = 0; i < c->server_listen.n; i++)
		if (conf_address(c->server_listen.v[i], &a) &&
		    (a.path != NULL || atoi(a.port) == 0))
			return "needs addresses with a port that is not 0";
	return NULL;
}

/* What depends on more than one word. */
static void
conf_check(const struct conf *c, struct conf_args *args)
{
	bool certificate = c->tls_certificate[0] != '\0';
	const char *there = certificate ? "certificate" : "key", *processes;
	char why[512];

	if (c->server_listen.n == 0)
		snprintf(why, sizeof(why), "%s: server.listen is empty",
		    opts_where(&conf_opts, "server", "listen"));
	else if (certificate != (c->tls_key[0] != '\0'))
		snprintf(why, sizeof(why), "%s: tls.%s needs tls.%s beside it",
		    opts_where(&conf_opts, "tls", there), there,
		    certificate ? "key" : "certificate");
	else if (c->server_processes > 1 &&
	    (processes = conf_check_processes(c)) != NULL)
		snprintf(why, sizeof(why), "%s: server.processes %s",
		    opts_where(&conf_opts, "server", "processes"), processes);
	else
		return;
	conf_bad(args, why);
}

static bool
conf_command_is(size_t i, int n, char **words)
{
	int own = conf_commands[i].n;

	if (n < own + conf_commands[i].min || n > own + conf_commands[i].max)
		return false;
	for (int at = 0; at < own; at++)
		if (strcmp(words[at], conf_commands[i].words[at]) != 0)
			return false;
	return true;
}

static void
conf_words(struct conf_args *args, int n, char **words)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < CONF_NCOMMANDS; i++)
		if (conf_command_is(i, n, words)) {
			args->command = conf_commands[i].command;
			args->file = n > conf_commands[i].n ? words[n - 1] :
							      NULL;
			return;
		}
	fprintf(stderr, "chatsrv: \"%s\" is none of", words[0]);
	for (size_t i = 0; i < CONF_NCOMMANDS; i++)
		fprintf(stderr, "%s \"%s\"", i == 0 ? "" : ",",
		    conf_commands[i].usage);
	fprintf(stderr, "; see chatsrv --help\n");
	args->command = CONF_BAD;
}

void
conf_load(struct conf *c, struct conf_args *args, int argc, char **argv)
{
	struct option longs[CONF_NROWS + CONF_NEXTRA + 1];
	const char *file = NULL;
	bool check = false, print = false;
	int arg;

	*args = (struct conf_args){ .command = CONF_SERVE, .ready_fd = -1 };
	opts_init(&conf_opts, conf_rows, CONF_NROWS, c, "CHATSRV");
	conf_opts.check = conf_must;
	conf_long_options(longs);
	while ((arg = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (arg == '?') {
			fprintf(stderr, "chatsrv: see chatsrv --help\n");
			args->command = CONF_BAD;
			return;
		}
		if (conf_told(arg)) {
			args->command = CONF_EXIT;
			return;
		}
		if (arg == ARG_CONFIG)
			file = optarg;
	}
	if (!conf_below(file)) {
		conf_bad(args, conf_opts.error);
		return;
	}
	optind = 1;
	while ((arg = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (!conf_option(arg, optarg, &check, &print, args)) {
			conf_bad(args, conf_opts.error);
			return;
		}
	if (args->command == CONF_SERVE)
		conf_words(args, argc - optind, argv + optind);
	if (args->command != CONF_BAD)
		conf_check(c, args);
	if (args->command == CONF_SERVE && print)
		opts_print(&conf_opts, stdout);
	if (args->command == CONF_SERVE && (print || check))
		args->command = CONF_EXIT;
}

void
conf_free(struct conf *c)
{
	(void)c;
	opts_fini(&conf_opts);
}
