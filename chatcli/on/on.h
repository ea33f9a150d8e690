/*
 * on: what the server's events do to the model, one on_<event> for each
 * EVENT of proto.def, in a file of its name.
 *
 * Entries come here in the order of the log, each once (client.h).
 */
#ifndef ON_H
#define ON_H

struct app;
struct buffer;
struct msg;

/* Calls the function of the event; buffer is NULL if the event has no room. */
void on_event(struct app *, struct buffer *, const struct msg *);

#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help) \
	void on_##name(struct app *, struct buffer *, const struct msg *);
#define F(shape, field, need)
#include "lib/proto.def"

#endif
