/*
 * server: the process: one loop, what runs on it, and its end.
 */
#ifndef SERVER_H
#define SERVER_H

struct conf;

/*
 * Serves until SIGTERM or SIGINT.  ready_fd, unless -1, gets the addresses
 * when connections are taken, a line each, and is closed.  Returns the exit
 * status: 0 after a clean stop, 2 when something can't be opened as
 * configured, 74 when the store failed.
 */
int server_run(const struct conf *, int ready_fd);

#endif
