/*
 * pipe_out: what `tail` prints, and how far it came.
 *
 * Output is units: whole lines, each with the place in a room's log that is
 * reached when the unit is written.  A cursor file is saved behind each
 * write of at most PIPE_OUT_WRITE bytes and names exactly what was written;
 * after a kill -9 at most that one write comes again.
 */
#ifndef PIPE_OUT_H
#define PIPE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define PIPE_OUT_WRITE ((size_t)64 * 1024)

/* How far one room was written. */
struct pipe_place {
	char *room;
	char *epoch; /* or NULL: not known yet */
	int64_t seq; /* -1: nowhere yet */
};

struct pipe_mark {
	size_t end;   /* of the unit, in `out` */
	size_t place; /* index */
	char *epoch;  /* that begins there, or NULL */
	int64_t seq;  /* -1: as before */
};

struct pipe_out {
	struct buf out;
	struct pipe_mark *marks;
	size_t nmarks;
	struct pipe_place *places;
	size_t nplaces;
	const char *cursor; /* the file, or NULL */
	int stop_fd;	    /* readable: stop (a signalfd) */
	bool changed;	    /* places that the file does not have */
	bool stopped;	    /* nothing is written any more */
	int error;	    /* errno of stdout or of the file, or 0 */
	const char *failed; /* the name of what failed */
};

/*
 * Reads the cursor file, if there is one; false with a sentence in error if
 * it is not such a file.
 */
bool pipe_out_init(struct pipe_out *, const char *cursor, int stop_fd,
    struct buf *error);
void pipe_out_fini(struct pipe_out *);

/* The place of a room, made if need be: its index. */
size_t pipe_out_place(struct pipe_out *, const char *room);

/*
 * Ends a unit, whose text was appended to out->out before.  epoch may be
 * NULL, seq -1.
 */
void pipe_out_mark(struct pipe_out *, size_t place, const char *epoch,
    int64_t seq);

/*
 * Writes what there is to stdout, saving the cursor as it goes; waits until
 * it is taken.  False: stopped, by stop_fd or by an error; what is written
 * is known.
 */
bool pipe_out_flush(struct pipe_out *);

/* Saves the cursor file if it is behind. */
bool pipe_out_save(struct pipe_out *);

#endif
