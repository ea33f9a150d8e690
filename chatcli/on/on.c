/*
 * on: the table of events.
 */
#include "chatcli/on/on.h"
#include "lib/proto.h"

static void (*const on_table[SHAPE__COUNT])(struct app *, struct buffer *,
    const struct msg *) = {
#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help) [SHAPE_ev_##name] = on_##name,
#define F(shape, field, need)
#include "lib/proto.def"
};

void
on_event(struct app *app, struct buffer *b, const struct msg *ev)
{
	/* A kind that this version does not know counts, and does nothing. */
	if (on_table[ev->shape] != NULL)
		on_table[ev->shape](app, b, ev);
}
