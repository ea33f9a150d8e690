/*
 * conf: conf.def read from defaults, file, environment and command line.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	printf(
	    "usage: chatsrv [options]\n"
	    "       chatsrv [options] backup FILE\n"
	    "       chatsrv [options] store scrub\n\n");
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

/* The file and the environment rank below the command line. */
static bool
conf_below(const char *file)
{
	if (file != NULL && !opts_file(&conf_opts, file))
		return false;
	return opts_env(&conf_opts);
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
		args->ready_fd = atoi(value);
		break;
	case ARG_HELP:
		conf_help();
		args->command = CONF_EXIT;
		break;
	case ARG_VERSION:
		printf(
		    "chatsrv %s\nLicense GPLv3+: GNU GPL version 3 or later.\n",
		    VERSION);
		args->command = CONF_EXIT;
		break;
	}
	return true;
}

static void
conf_bad(struct conf_args *args, const char *why)
{
	fprintf(stderr, "chatsrv: %s\n", why);
	args->command = CONF_BAD;
}

/* Values that depend on more than their own row. */
static void
conf_check(const struct conf *c, struct conf_args *args)
{
	if (strncmp(c->server_store, "sqlite:", 7) != 0 ||
	    c->server_store[7] == '\0')
		conf_bad(args, "server.store must be sqlite:PATH");
	else if (strcmp(c->server_channel, "memory:") != 0)
		conf_bad(args,
		    "server.channel must be memory: "
		    "(this version serves by one process)");
	else if ((c->tls_certificate[0] == '\0') != (c->tls_key[0] == '\0'))
		conf_bad(args, "tls.certificate and tls.key need each other");
	else if (c->server_listen.n == 0)
		conf_bad(args, "server.listen is empty");
	else if (strcmp(c->log_level, "error") != 0 &&
	    strcmp(c->log_level, "warning") != 0 &&
	    strcmp(c->log_level, "info") != 0 &&
	    strcmp(c->log_level, "debug") != 0)
		conf_bad(args,
		    "log.level must be error, warning, info or debug");
}

static void
conf_words(struct conf_args *args, int n, char **words)
{
	if (n == 0)
		return;
	if (n == 2 && strcmp(words[0], "backup") == 0) {
		args->command = CONF_BACKUP;
		args->file = words[1];
	} else if (n == 2 && strcmp(words[0], "store") == 0 &&
	    strcmp(words[1], "scrub") == 0)
		args->command = CONF_SCRUB;
	else {
		fprintf(stderr,
		    "chatsrv: \"%s\" is not \"backup FILE\" or "
		    "\"store scrub\"; see chatsrv --help\n",
		    words[0]);
		args->command = CONF_BAD;
	}
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
	conf_long_options(longs);
	while ((arg = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (arg == '?') {
			fprintf(stderr, "chatsrv: see chatsrv --help\n");
			args->command = CONF_BAD;
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
	if (args->command != CONF_EXIT && args->command != CONF_BAD)
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
