/*
 * notify: what systemd wants to know of a service, sd_notify(3).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>

/*
 * Tells it ("READY=1"), if there is somebody to tell.  wait: for a manager
 * that does not read; nothing else may be to be done meanwhile.
 */
void notify(const char *state, bool wait);

/* Are signs of life asked for?  sd_watchdog_enabled(3) */
bool notify_watched(void);

#endif
