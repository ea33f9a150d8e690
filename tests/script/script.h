/*
 * script: a conversation's file, read and checked; run.py says what its lines
 * mean.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "tests/script/value.h"

enum step_kind {
	STEP_SENDS,    /* > : pattern */
	STEP_GETS,     /* < : pattern */
	STEP_LACKS,    /* ! : pattern */
	STEP_CONNECTS, /* : path */
	STEP_LEAVES,
	STEP_CUT,
	STEP_CLOSED, /* code */
	STEP_RESTARTS,
	STEP_KILLED,
	STEP_FITS, /* pattern, value */
	STEP_FITS_NOT
};

struct step {
	int line;
	char *who;
	enum step_kind kind;
	struct value *pattern, *value;
	char *path;
	int code;
};

struct promise {
	char *sentence;
	bool wire_only;
	struct step *steps;
	size_t n;
};

struct script {
	char *file, *name; /* its last part; that without .chat */
	struct promise *promises;
	size_t n;
};

/*
 * Reads a file.  What can't be understood ends the program, with a line that
 * tells where it is.
 */
void script_load(struct script *, const char *path);
void script_free(struct script *);

#endif
