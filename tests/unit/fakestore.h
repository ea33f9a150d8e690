/*
 * fakestore: the SQLite store without threads.
 *
 * Linked before libchatsrv.a it stands in the place of store_worker.c.  What
 * is asked waits until fakestore_turn(), which has the hardest order that
 * store.h allows: the reads see nothing of the writes beside them, and are
 * answered when those are.
 * Files lie in a folder that begins and ends with the program.
 */
#ifndef FAKESTORE_H
#define FAKESTORE_H

#include <stdbool.h>

struct store;

/* Makes the folder; false with what is wrong on stdout.  And removes it. */
bool fakestore_init(void);
void fakestore_fini(void);

/* What is opened next is a new store of that name. */
void fakestore_name(const char *name);

/* Opens the file, for which nothing may wait; and closes it. */
struct store *fakestore_open(void);
void fakestore_close(void);

/*
 * Nothing more reaches the file, as it lies on the disk now; what waits and
 * what is still asked is answered with an error until fakestore_close().
 */
void fakestore_kill(void);

/* Carries out what waits.  False: nothing did. */
bool fakestore_turn(void);

#endif
