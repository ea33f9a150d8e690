/*
 * main: the command line of chatcli(1), and which of its three programs is
 * meant: the screen, `send` or `tail`.
 */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chatcli/app.h"
#include "chatcli/pipe.h"
#include "chatcli/place.h"
#include "lib/codec.h"
#include "lib/name.h"

enum { MODE_SCREEN = 1, MODE_SEND = 2, MODE_TAIL = 4, MODE_ANY = 7 };

enum arg {
	ARG_CONFIG = 1000,
	ARG_HELP,
	ARG_VERSION,
	ARG_TIMEOUT,
	ARG_NONCE,
	ARG_JSON,
	ARG_SINCE,
	ARG_FOLLOW,
	ARG_CURSOR
};

/* Options that are no settings; those are in prefs.def. */
static const struct {
	const char *name, *value;
	enum arg arg;
	int modes;
	const char *help;
} extras[] = {
	{ "config", "FILE", ARG_CONFIG, MODE_ANY, "read settings from FILE" },
	{ "help", NULL, ARG_HELP, MODE_ANY, "print this and end" },
	{ "version", NULL, ARG_VERSION, MODE_ANY, "print the version and end" },
	{ "timeout", "SECONDS", ARG_TIMEOUT, MODE_SEND,
	    "wait so long for the server (5)" },
	{ "nonce", "NONCE", ARG_NONCE, MODE_SEND,
	    "send again what may be stored, without harm" },
	{ "json", NULL, ARG_JSON, MODE_TAIL,
	    "print the server's events as they are, one a line" },
	{ "since", "SEQ", ARG_SINCE, MODE_TAIL,
	    "begin behind that entry; 0: at the beginning" },
	{ "follow", NULL, ARG_FOLLOW, MODE_TAIL,
	    "go on when the present end is reached" },
	{ "cursor", "FILE", ARG_CURSOR, MODE_TAIL,
	    "keep in FILE how far it was printed, and go on from there" },
};

#define NEXTRAS (sizeof(extras) / sizeof(extras[0]))

struct args {
	struct prefs prefs;
	struct pipe_args pipe;
	const char *config;
	int mode, used;	    /* used: modes that all options fit */
	const char *misfit; /* an option of one mode only */
	char **words;
	int nwords;
};

static const char usage[] =
    "usage: chatcli [options] [URL | ROOM...]\n"
    "       chatcli send [options] ROOM [TEXT]\n"
    "       chatcli tail [options] ROOM...\n";

static void
help(void)
{
	size_t n;
	const struct opt *rows = prefs_rows(&n);

	printf(
	    "%s\n"
	    "ROOM is a name, or the address of a room's page. A room named\n"
	    "as a subcommand is #send, or comes behind --.\n\n",
	    usage);
	for (size_t i = 0; i < n; i++)
		if (rows[i].cli != NULL)
			printf("  --%s%s\n\t%s\n", rows[i].cli,
			    rows[i].type == OPT_T_BOOL ? "" : " VALUE",
			    rows[i].help);
	for (size_t i = 0; i < NEXTRAS; i++)
		printf("  %s--%s%s%s\n\t%s%s\n",
		    extras[i].arg == ARG_HELP ? "-h, " : "", extras[i].name,
		    extras[i].value != NULL ? " " : "",
		    extras[i].value != NULL ? extras[i].value : "",
		    extras[i].modes == MODE_SEND     ? "send: " :
			extras[i].modes == MODE_TAIL ? "tail: " :
						       "",
		    extras[i].help);
}

/* The option's number is its row: first prefs.def, then the extras. */
static struct option *
long_options(void)
{
	size_t n;
	const struct opt *rows = prefs_rows(&n);
	struct option *o = xcalloc(n + NEXTRAS + 1, sizeof(*o));
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		if (rows[i].cli != NULL)
			o[at++] = (struct option){ rows[i].cli,
				rows[i].type == OPT_T_BOOL ? no_argument :
							     required_argument,
				NULL, 2000 + (int)i };
	for (size_t i = 0; i < NEXTRAS; i++)
		o[at++] = (struct option){ extras[i].name,
			extras[i].value != NULL ? required_argument :
						  no_argument,
			NULL, (int)extras[i].arg };
	return o;
}

static bool
bad_option(const struct option *o, char **argv, int c)
{
	const char *names[64], *word = argv[optind - 1], *near;
	char *name;
	size_t n = 0;

	if (c == ':') {
		fprintf(stderr, "chatcli: %s needs a value\n", word);
		return false;
	}
	while (o[n].name != NULL && n < 64) {
		names[n] = o[n].name;
		n++;
	}
	name = xstrdup(word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	near = opt_nearest(name, names, n);
	fprintf(stderr,
	    "chatcli: there is no option %s%s%s; text that begins "
	    "with - goes behind --\n",
	    word, near != NULL ? ", did you mean --" : "",
	    near != NULL ? near : "");
	free(name);
	return false;
}

static bool
number(const char *name, const char *text, int64_t most, int64_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || v < 0 || v > most) {
		fprintf(stderr,
		    "chatcli: --%s is \"%s\", but must be a whole "
		    "number from 0 to %lld\n",
		    name, text, (long long)most);
		return false;
	}
	*out = v;
	return true;
}

static bool
extra_option(struct args *a, enum arg arg)
{
	for (size_t i = 0; i < NEXTRAS; i++)
		if (extras[i].arg == arg && extras[i].modes != MODE_ANY) {
			a->used &= extras[i].modes;
			a->misfit = extras[i].name;
		}
	switch (arg) {
	case ARG_CONFIG:
		a->config = optarg;
		return true;
	case ARG_HELP:
		help();
		exit(EX_OK);
	case ARG_VERSION:
		printf("chatcli %s\n", VERSION);
		exit(EX_OK);
	case ARG_TIMEOUT:
		return number("timeout", optarg, 86400, &a->pipe.timeout_ms) &&
		    (a->pipe.timeout_ms *= 1000, true);
	case ARG_NONCE:
		if (strlen(optarg) > 0 && strlen(optarg) <= 64) {
			a->pipe.nonce = optarg;
			return true;
		}
		fprintf(stderr, "chatcli: a nonce has 1 to 64 bytes\n");
		return false;
	case ARG_JSON:
		a->pipe.json = true;
		return true;
	case ARG_SINCE:
		return number("since", optarg, INTMAX_JSON, &a->pipe.since);
	case ARG_FOLLOW:
		a->pipe.follow = true;
		return true;
	case ARG_CURSOR:
		a->pipe.cursor = optarg;
		return true;
	}
	return false;
}

/*
 * Settings of the command line are kept until file and environment have been
 * read: it wins.
 */
struct setting {
	const struct opt *row;
	const char *value;
};

static void
word(struct args *a, char *w, bool plain)
{
	if (a->mode == 0) {
		a->mode = !plain	   ? MODE_SCREEN :
		    strcmp(w, "send") == 0 ? MODE_SEND :
		    strcmp(w, "tail") == 0 ? MODE_TAIL :
					     MODE_SCREEN;
		if (a->mode != MODE_SCREEN)
			return;
	}
	a->words[a->nwords++] = w;
}

static bool
settings(struct args *a, const struct setting *s, size_t n)
{
	bool ok = prefs_file(&a->prefs, a->config) && prefs_env(&a->prefs);

	for (size_t i = 0; ok && i < n; i++)
		ok = prefs_option(&a->prefs, s[i].row, s[i].value);
	ok = ok && prefs_finish(&a->prefs);
	if (!ok)
		fprintf(stderr, "chatcli: %s\n", a->prefs.opts.error);
	return ok;
}

static bool
modes_fit(const struct args *a)
{
	if ((a->used & a->mode) != 0)
		return true;
	fprintf(stderr,
	    "chatcli: --%s is not for this; chatcli --help lists the options\n",
	    a->misfit);
	return false;
}

/* A "-" before short options: words come in their order, as option 1. */
static bool
parse(struct args *a, int argc, char **argv)
{
	struct option *o = long_options();
	struct setting *s = xcalloc((size_t)argc, sizeof(*s));
	size_t n = 0, nrows;
	const struct opt *rows = prefs_rows(&nrows);
	bool ok = true;
	int c;

	opterr = 0;
	while (ok && (c = getopt_long(argc, argv, "-:h", o, NULL)) != -1) {
		if (c == 1)
			word(a, optarg, true);
		else if (c == 'h')
			ok = extra_option(a, ARG_HELP);
		else if (c == '?' || c == ':')
			ok = bad_option(o, argv, c);
		else if (c >= 2000)
			s[n++] = (struct setting){ &rows[c - 2000], optarg };
		else
			ok = extra_option(a, (enum arg)c);
	}
	while (ok && optind < argc)
		word(a, argv[optind++], false);
	if (a->mode == 0)
		a->mode = MODE_SCREEN;
	ok = ok && modes_fit(a) && settings(a, s, n);
	free(o);
	free(s);
	return ok;
}

static bool
check_nick(struct prefs *p)
{
	struct name name;
	const char *why, *nick = p->nick[0] == '~' ? p->nick + 1 : p->nick;

	if (nick[0] == '\0')
		return true;
	if (name_parse(NAME_USER, nick, strlen(nick), &name, &why) == ERR_OK) {
		free(p->nick);
		p->nick = xstrdup(name.text);
		return true;
	}
	fprintf(stderr, "chatcli: the name %s: %s\n", p->nick, why);
	return false;
}

/* The screen needs UTF-8 from the locale; which variable said otherwise? */
static bool
check_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = NULL, *value = NULL;
	bool known = setlocale(LC_ALL, "") != NULL;

	if (known && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return true;
	for (size_t i = 0; i < 3 && (value == NULL || value[0] == '\0'); i++) {
		name = names[i];
		value = getenv(name);
	}
	if (value == NULL || value[0] == '\0')
		fprintf(stderr,
		    "chatcli: the locale is not UTF-8: none of "
		    "LC_ALL, LC_CTYPE and LANG is set; try LC_ALL=C.UTF-8\n");
	else
		fprintf(stderr,
		    "chatcli: the locale is not UTF-8: %s is %s%s; "
		    "try LC_ALL=C.UTF-8\n",
		    name, value,
		    known ? "" : ", which this system does not have");
	return false;
}

/* Rooms of the command line; a first address says which server. */
static bool
open_rooms(struct args *a, struct url *places)
{
	const char *why;

	for (int i = 0; i < a->nwords; i++) {
		if (!place_parse(a->words[i], &a->prefs.url, &places[i],
			&why)) {
			fprintf(stderr, "chatcli: %s: %s\n", a->words[i], why);
			return false;
		}
		if (i == 0)
			a->prefs.url = places[0];
		if (!url_same_server(&places[0], &places[i])) {
			fprintf(stderr,
			    "chatcli: %s is on another server "
			    "than the rooms before it; start another chatcli "
			    "for it\n",
			    a->words[i]);
			return false;
		}
	}
	return true;
}

static int
run_screen(struct args *a, const struct url *places)
{
	struct buf error = BUF_INIT;
	int code = EX_USAGE; /* no screen: the terminal is not one for it */
	struct app *app = app_new(&a->prefs, &error, &code);

	if (app != NULL) {
		for (int i = 0; i < a->nwords; i++)
			if (places[i].room[0] != '\0')
				app_open(app, &places[i]);
		if (app_run(app))
			code = EX_OK;
		if (!app_free(app)) {
			/* The resolver would make us wait for its time-out. */
			fflush(NULL);
			_exit(code);
		}
	}
	if (error.len != 0)
		fprintf(stderr, "chatcli: %s\n", buf_str(&error));
	buf_fini(&error);
	return code;
}

static int
screen(struct args *a)
{
	struct url *places = xcalloc((size_t)a->nwords + 1, sizeof(*places));
	int code = EX_USAGE;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		fprintf(stderr,
		    "chatcli: the screen needs a terminal; scripts "
		    "use chatcli send and chatcli tail\n");
	else if (check_locale() && open_rooms(a, places))
		code = run_screen(a, places);
	free(places);
	return code;
}

int
main(int argc, char **argv)
{
	struct args a = { .used = MODE_ANY,
		.pipe = { .timeout_ms = 5000, .since = -1 } };
	int code = EX_USAGE;

	signal(SIGPIPE, SIG_IGN);
	codec_init();
	prefs_init(&a.prefs);
	a.words = xcalloc((size_t)argc + 1, sizeof(*a.words));
	if (parse(&a, argc, argv) && check_nick(&a.prefs)) {
		a.pipe.prefs = &a.prefs;
		a.pipe.words = a.words;
		a.pipe.nwords = a.nwords;
		/* Scripts write UTF-8 whatever their locale says. */
		if (a.mode != MODE_SCREEN &&
		    (setlocale(LC_ALL, "") == NULL ||
			strcmp(nl_langinfo(CODESET), "UTF-8") != 0))
			setlocale(LC_CTYPE, "C.UTF-8");
		code = a.mode == MODE_SEND ? pipe_send(&a.pipe) :
		    a.mode == MODE_TAIL	   ? pipe_tail(&a.pipe) :
					     screen(&a);
	}
	free(a.words);
	prefs_fini(&a.prefs);
	return code;
}
