/*
 * dispatch: from a frame to its handler, and from the handler's answer back.
 *
 * A handler gets a request and answers it exactly once, now or later, by
 * request_ok() or request_fail(); the request is gone then.  Only this file
 * speaks of errors to a peer.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "chatsrv/session.h"
#include "chatsrv/store/store.h"
#include "lib/codec.h"

struct request {
	struct session *session; /* holds a reference */
	struct codec_in in;	 /* what was asked, in.msg */
	struct room *room;	 /* pinned by request_room() */
	char name[STORE_NAME];	 /* the sender's, as it was then */
	void (*then)(struct request *);
	struct request *next; /* among those held back */
	bool barrier;	      /* holds back what follows */
	double wait;	      /* came too fast by so many seconds */
	union {		      /* what a handler asks of the store */
		struct store_req req;
		struct store_post post;
		struct store_history history;
		struct store_rooms rooms;
		struct store_mark mark;
		struct store_part part;
	} store;
};

/* A frame came. */
void dispatch_frame(struct session *, const char *, size_t);

/* A request that a gate read itself, with what came of it. */
void dispatch_read(struct session *, struct request *, enum err,
    const struct codec_fault *, size_t bytes);

/* A request that a gate made itself; r->in is filled. */
void dispatch_request(struct session *, struct request *, size_t bytes);
struct request *request_new(struct session *);

/* Holds back all requests of a session, and lets them go again. */
void dispatch_hold(struct session *);
void dispatch_release(struct session *);

/* Those held back go on, as far as they may. */
void dispatch_resume(struct session *);

/* Drops what was held back; the session is over. */
void dispatch_drop_held(struct session *);

/* Gives memory back; nothing is in work. */
void dispatch_fini(void);

/* `done` of a store request that nobody waits for. */
void dispatch_done_free(struct store_req *);

void request_ok(struct request *, const struct msg *);
void request_fail(struct request *, enum err, const char *field,
    const char *text);

/*
 * Finds the room of that name, brings it into memory and pins it as r->room,
 * then goes on with `then`.  Answers itself if there is none, or if the name
 * can't be one.
 */
void request_room(struct request *, struct str name,
    void (*then)(struct request *));

/*
 * Gives r->store to the store; `then` gets the request back when it is done,
 * also with an error.  The request's session may be dead by then.
 */
void request_store(struct request *, enum store_op,
    void (*then)(struct request *));

/* For peers.h: somebody of ours has read to there at another server. */
void handle_read_heard(int64_t who, struct room *, int64_t seq);

/* The handlers: handle_NAME for each op of proto.def. */
#define OP(name, flags, cost, help) void handle_##name(struct request *);
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"

#endif
