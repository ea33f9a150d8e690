/*
 * vectors: the files of tests/vectors, which several programs and languages
 * are held to.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>

struct json_t;

/*
 * The list `key` of tests/vectors/FILE; $VECTORS may name another folder.
 * Ends the program when there is none, or nothing in it.  Never freed.
 */
struct json_t *vectors_list(const char *file, const char *key);

/*
 * The bytes that a case is about: its string "in", or its "hex".  A NUL that
 * doesn't count stands behind them.  To be freed by the caller.
 */
char *vectors_bytes(const struct json_t *, size_t *n);

#endif
