/*
 * wheel: lists of what is due, by second.
 */
#include <stddef.h>

#include <utlist.h>

#include "chatsrv/wheel.h"

static struct wheel_node *wheel_slots[WHEEL_SLOTS];
static unsigned wheel_at;

void
wheel_drop(struct wheel_node *n)
{
	if (n->prev == NULL)
		return;
	DL_DELETE(wheel_slots[n->slot], n);
	n->prev = n->next = NULL;
}

void
wheel_put(struct wheel_node *n, unsigned seconds,
    void (*due)(struct wheel_node *))
{
	wheel_drop(n);
	n->due = due;
	n->slot = (wheel_at + seconds) % WHEEL_SLOTS;
	DL_APPEND(wheel_slots[n->slot], n);
}

void
wheel_turn(void)
{
	struct wheel_node *n;

	wheel_at = (wheel_at + 1) % WHEEL_SLOTS;
	/* What is put back meanwhile stands in another slot. */
	while ((n = wheel_slots[wheel_at]) != NULL) {
		wheel_drop(n);
		n->due(n);
	}
}
