/*
 * wheel: one timing wheel for all connections, in seconds.
 *
 * A node stands in the slot of its second; turning it costs what is due, not
 * what waits.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include <stdint.h>

#define WHEEL_SLOTS 64 /* longest wait in seconds, plus one */

struct wheel_node {
	struct wheel_node *prev, *next;
	void (*due)(struct wheel_node *);
	unsigned slot;
};

/* Calls due in `seconds` (1 to 63), once; a waiting node is moved. */
void wheel_put(struct wheel_node *, unsigned seconds,
    void (*due)(struct wheel_node *));
void wheel_drop(struct wheel_node *);

/* One second has passed. */
void wheel_turn(void);

#endif
