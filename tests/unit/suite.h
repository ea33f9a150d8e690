/*
 * suite: the frame of a unit test program: one suite, told as TAP.
 */
#ifndef SUITE_H
#define SUITE_H

#include <stddef.h>

struct TCase;

/*
 * Runs the tests that `add` puts into the case and returns the program's exit
 * status.  Each test runs in a process of its own.
 */
int suite_run(const char *name, void (*add)(struct TCase *));

/*
 * A new empty folder, one at a time, removed with all that is in it by
 * suite_folder_end(), or else when the test has ended, whatever ended it.
 * path has room for SUITE_PATH bytes.
 */
#define SUITE_PATH 64
void suite_folder(char *path);
void suite_folder_end(void);

/* Random numbers from a seed: the same in every run.  A number below n. */
unsigned suite_random(unsigned *seed, unsigned n);

#endif
