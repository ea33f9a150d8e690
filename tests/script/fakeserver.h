/*
 * fakeserver: the server's loop in a program that turns it by hand.
 *
 * It stands in the place of server.c, with fakeconn, fakestore and the tests'
 * fakeclock below it: the same turns in the same order.  Time passes only when
 * it is told to, or when nothing but time is missing for a room's next pass.
 */
#ifndef FAKESERVER_H
#define FAKESERVER_H

#include <stdbool.h>

/*
 * A server with an empty store of that name.  Functions that give false have
 * told why on stdout.
 */
bool fakeserver_start(const char *name);

/*
 * It ends with everything answered, or (kill) in the middle of what it does;
 * connections end with 1001 or 1006.  False: something was left behind.
 */
bool fakeserver_end(bool kill);

/* Up again on what is on the disk. */
bool fakeserver_again(void);

/* One turn of the loop.  False: nothing is to be done before time passes. */
bool fakeserver_turn(void);

/* A second passes. */
void fakeserver_second(void);

#endif
