/*
 * session: whose connection is it, what does it follow, what is in work.
 *
 * A session begins with a connection and ends with it; requests that are
 * still in the store then find it dead and are dropped.  It is freed when
 * the last of them is back.
 */
#ifndef SESSION_H
#define SESSION_H

#include "chatsrv/gate/gate.h"
#include "chatsrv/limit.h"
#include "chatsrv/room.h"

struct kin;
struct request;
struct store_who;

struct sub {		      /* a room that a session follows */
	struct member member; /* first */
	struct session *session;
	int64_t typed; /* ms of the last typing passed on */
	struct sub *prev, *next;
};

struct session {
	struct conn *conn;
	const struct gate_ops *gate;
	int64_t id;  /* of the connection; used once */
	int64_t who; /* identity; 0: has not said hello */
	char *name;  /* NULL before hello */
	bool guest, dead, paused;
	bool barrier; /* a request in work holds the rest */
	unsigned refs, inwork;
	unsigned reading; /* of those in work, flag READ */
	unsigned errors;  /* points in the present 10 s */
	int64_t errors_since;
	size_t nsubs;
	size_t joins; /* asked for; beyond limits.rooms they cost */
	struct sub *subs;
	struct request *held, **held_tail;
	struct limit limit;		     /* before hello; then the user's */
	struct kin *kin;		     /* all sessions of the identity */
	struct session *kin_prev, *kin_next; /* same identity */
};

struct session *session_new(struct conn *, const struct gate_ops *);

/* The connection is gone. */
void session_end(struct session *);
void session_ref(struct session *);
void session_unref(struct session *);

/*
 * The session, which was nobody's, is who from now on; an older name of the
 * same identity's other sessions changes with it.
 */
void session_become(struct session *, const struct store_who *);

/*
 * A hello was answered when its connection was gone: his name goes on with
 * his other sessions, or begins to end.
 */
void session_missed(const struct store_who *);

/* Now and then: those who left and whose names the store still holds. */
void session_beat(void);

/* The identity has another name: told in all rooms of its sessions. */
void session_rename(int64_t who, const char *name);

/*
 * Somebody has left another server.  If he is here, his name is held here
 * from now on.
 */
void session_left(int64_t who);

/* The server says something to one, or to all. */
void session_notice(struct session *, const char *text);
void session_notice_all(const char *text);

/* Another server has told it: the sessions here are called so. */
void session_renamed(int64_t who, const char *name);

/* Calls f for each session of an identity, and but for one. */
void session_kin_of(int64_t who, const struct session *but,
    void (*f)(struct session *, void *), void *arg);

/* Calls f for each other session of the same identity. */
void session_kin(struct session *, void (*f)(struct session *, void *),
    void *arg);

/* The subscription of a room, or NULL. */
struct sub *session_sub(struct session *, const struct room *);
struct sub *session_sub_named(struct session *, struct str name);

/* Subscribes at a cursor; a second time moves it. */
void session_follow(struct session *, struct room *, int64_t next);
void session_unfollow(struct sub *);

/* The connection takes bytes again: subscriptions that are behind go on. */
void session_drain(struct session *);

/* The bucket that its requests are paid from. */
struct limit *session_limit(struct session *);

/* More replies wait for the socket than should. */
bool session_full(const struct session *);

/* Reads no more while there is much in work, and again when there is not. */
void session_throttle(struct session *);

#endif
