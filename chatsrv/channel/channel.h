/*
 * channel: what joins several servers of one store.
 *
 * A message to a group is heard by every other server that has joined it, or
 * is lost: the store is the truth, and this a hint.  Groups are numbers: of
 * rooms, or CHANNEL_ALL, which every server is in.  Groups of another store
 * are other groups.  memory: joins nobody.  Which one it is depends on the
 * word that server.channel has.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_ALL   INT64_C(0)
#define CHANNEL_STORE 16 /* bytes of a store's id */

struct uv_loop_s;

enum channel_state {
	CHANNEL_ALONE, /* there are no others */
	CHANNEL_AWAY,  /* nothing comes, nothing goes */
	CHANNEL_UP
};

/* All are called on the loop, none from within a function of this header. */
struct channel_events {
	/* From a server that has that number; the bytes are gone afterwards. */
	void (*heard)(int64_t group, uint64_t node, const char *, size_t);
	/* What is said in the group from now on is heard. */
	void (*joined)(int64_t group);
	void (*turned)(enum channel_state);
};

struct channel_conf {
	const char *spec;	       /* conf_is_channel() has checked it */
	const char *password_file;     /* "": none */
	const unsigned char *store_id; /* CHANNEL_STORE bytes */
	const struct channel_events *events;
};

/*
 * Begins; it is CHANNEL_AWAY until the others can be reached, if ever.  False
 * after telling on stderr what is wrong with the configuration.
 */
bool channel_start(const struct channel_conf *, struct uv_loop_s *);

/* Ends: nothing is called any more.  The loop must run on for a turn. */
void channel_stop(void);

enum channel_state channel_state(void);

/* The number by which the others know this server. */
uint64_t channel_self(void);
void channel_join(int64_t group);
void channel_leave(int64_t group);

/* False: it surely does not arrive. */
bool channel_publish(int64_t group, const void *, size_t);

/* Bytes that were published and have not left yet. */
size_t channel_pending(void);

/* Does the word name a channel layer? */
bool channel_is_spec(const char *);

struct channel_ops { /* what an implementation has */
	bool (*is)(const char *spec);
	bool (*start)(const struct channel_conf *, struct uv_loop_s *);
	void (*stop)(void);
	enum channel_state (*state)(void);
	uint64_t (*self)(void);
	void (*join)(int64_t);
	void (*leave)(int64_t);
	bool (*publish)(int64_t, const void *, size_t);
	size_t (*pending)(void);
};

extern const struct channel_ops channel_memory, channel_redis;

#endif
