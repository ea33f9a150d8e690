/*
 * state: what outlives the program: $XDG_STATE_HOME/chatcli (XDG Base
 * Directory Specification), and in it who we are on each server.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/url.h"

/*
 * The path of a file in the state folder, which is made (mode 0700) if need
 * be.  To be freed.  NULL with a sentence in error.
 */
char *state_path(const char *name, struct buf *error);

/* The path of chatcli/NAME in the configuration folder; to be freed. */
char *state_config_path(const char *name);

/* A word that stands for a server in file names: "https,host,443". */
void state_server(struct buf *, const struct url *);

/* Who we are on a server. */
struct state_guest {
	char *token;	/* proves it; NULL: nobody yet */
	char *identity; /* our own word for it, no secret */
};

void state_guest_fini(struct state_guest *);

/*
 * Reads it; true and nobody if there is no file.  A file that others may read
 * is refused.  false with a sentence in error.
 */
bool state_guest_load(const struct url *, struct state_guest *,
    struct buf *error);

/*
 * Keeps a new token under a new identity, in guest and on disk.  Without
 * replace a file that another chatcli wrote meanwhile stays.
 */
bool state_guest_save(const struct url *, struct state_guest *,
    const char *token, size_t n, bool replace, struct buf *error);

enum {
	STATE_REPLACE = 1, /* else EEXIST if the file is there */
	STATE_SYNC = 2	   /* also after a power cut; takes its time */
};

/*
 * Makes or replaces a whole file (mode 0600): after a kill either the old or
 * the new one is there.  0 or errno.
 */
int state_write_file(const char *path, const char *, size_t, int flags);

/* Reads a whole file of at most max bytes; 0 or errno. */
int state_read_file(const char *path, struct buf *, size_t max);

#endif
