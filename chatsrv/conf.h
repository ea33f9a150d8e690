/*
 * conf: the settings of chatsrv, chatsrv.conf(5).
 */
#ifndef CONF_H
#define CONF_H

#include "lib/opt.h"

struct conf {
#define OPT(section, key, type, min, max, def, cli, help) \
	OPT_##type section##_##key;
#include "chatsrv/conf.def"
#undef OPT
};

enum conf_command { /* what the command line asks for */
	CONF_SERVE,
	CONF_EXIT,    /* --help and the like: all is said and done */
	CONF_BACKUP,  /* chatsrv backup FILE */
	CONF_RESTORE, /* chatsrv restore FILE */
	CONF_VERIFY,  /* chatsrv verify [FILE] */
	CONF_SCRUB,   /* chatsrv store scrub */
	CONF_BAD      /* told on stderr; exit 2 */
};

struct conf_args {
	enum conf_command command;
	const char *file; /* of a command, or NULL */
	int ready_fd;	  /* -1: none */
};

/* An address to listen on: ADDR:PORT and [ADDR6]:PORT, or unix:PATH. */
struct conf_address {
	char host[256];	  /* "": every address of the machine */
	const char *port; /* decimal digits; NULL: path is set */
	const char *path;
};

/* Takes an address apart; the pointers lead into it.  False: it is none. */
bool conf_address(const char *, struct conf_address *);

/*
 * Reads the command line, the environment and the configuration file into a
 * zeroed conf.  What is wrong is told on stderr.
 */
void conf_load(struct conf *, struct conf_args *, int argc, char **argv);
void conf_free(struct conf *);

#endif
