/*
 * supervisor: several servers of one configuration, as one service.
 *
 * It starts server.processes of itself, which share the addresses and the
 * store, starts one again that dies, and passes signals on.  It serves nobody
 * itself and opens nothing but pipes.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

struct conf;

/*
 * argv is the whole command line: each server is started with it.  ready_fd,
 * unless -1, gets the addresses when all of them serve.  Returns the exit
 * status: that of the first server that ended by itself with one that stays
 * wrong (2, 74), or 0 after SIGTERM or SIGINT.
 */
int supervisor_run(const struct conf *, int ready_fd, char **argv);

#endif
