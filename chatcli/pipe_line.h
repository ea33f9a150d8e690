/*
 * pipe_line: an entry as a line for people.
 */
#ifndef PIPE_LINE_H
#define PIPE_LINE_H

#include "lib/buf.h"
#include "lib/proto.h"

/*
 * Appends "2026-11-24 05:40:12 ~ann hello\n" for an entry, with the room's
 * name behind the time unless it is NULL; further lines of a text begin with
 * a tab.  Everything is cleaned (text.h).  Nothing for an entry of a kind
 * that is not known.
 */
void pipe_line(struct buf *, const char *room, const struct msg *);

#endif
