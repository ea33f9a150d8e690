/*
 * pipe: chatcli without a screen, for scripts.
 *
 *	chatcli send ROOM [TEXT]
 *	chatcli tail ROOM...
 *
 * What both have in common is here: who we are, a loop, a link and a client,
 * and words and exit codes for what goes wrong.
 */
#ifndef PIPE_H
#define PIPE_H

#include <sysexits.h>

#include "chatcli/client.h"
#include "chatcli/link.h"
#include "chatcli/prefs.h"
#include "chatcli/state.h"

/* What the command line says. */
struct pipe_args {
	const struct prefs *prefs;
	char **words; /* behind the subcommand */
	int nwords;
	int64_t timeout_ms; /* send */
	const char *nonce;
	bool json, follow; /* tail */
	int64_t since;	   /* -1: not given */
	const char *cursor;
};

/* Each runs to its end and returns the exit code. */
int pipe_send(const struct pipe_args *);
int pipe_tail(const struct pipe_args *);

struct pipe {
	struct uv_loop_s *loop;
	const struct prefs *prefs;
	struct url server;
	struct state_guest guest;
	struct buffers buffers;
	struct client *client;
	struct link *link;
	bool keep_identity; /* no other guest will do */
	bool forgotten;	    /* by the server: a new guest is made */
	bool ended;
	int code; /* exit code */
};

/* Says something on stderr, behind the program's name. */
void pipe_say(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * Finds the room of a word and opens its buffer, wanted.  All rooms of one
 * call are on one server.  NULL after a line on stderr.
 */
struct buffer *pipe_room(struct pipe *, const char *word);

void pipe_init(struct pipe *, const struct prefs *);
/* Knows who we are and starts connecting; false: p->code tells. */
bool pipe_start(struct pipe *, int fresh, bool whole,
    const struct client_host *, const struct link_host *, void *arg);
/* The link stands; the server answered hello. */
void pipe_opened(struct pipe *);
void pipe_up(struct pipe *, const struct msg *hello);
/* It refused hello: true if that is the end, with pipe_code(e). */
bool pipe_refused(struct pipe *, enum err e, const struct msg *error);
/* Ends the loop in its next turns; the first code counts. */
void pipe_end(struct pipe *, int code);
/* Runs the loop and lets go of everything; returns the exit code. */
int pipe_run(struct pipe *);

/* The exit code for an error of the server. */
int pipe_code(enum err);

#endif
