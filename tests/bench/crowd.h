/*
 * crowd.h: the load generator's connections and rooms.
 *
 * A crowd is a set of WebSocket clients on one epoll descriptor: peers
 * 0 … seats−1 stand in room 0, the next as many in room 1, and so on.  It
 * speaks chat.v1 (protocol.md), or against the floor only RFC 6455: there the
 * room is the request's path.  Received frames are told apart by their first
 * bytes and counted, never parsed: the generator must stay cheaper than what
 * it measures.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/meter.h"

#define CROWD_SLOTS 64 /* requests in flight of one peer */

enum peer_state {
	PEER_CONNECTING, /* TCP, or the 101 is still to come */
	PEER_HELLO,	 /* chat.v1: waits for the reply to hello */
	PEER_JOIN,	 /* waits for the reply to join */
	PEER_READY,
	PEER_CLOSED,
};

/* A message to a room, ready but for the time in its text. */
struct crowd_frame {
	unsigned text_bytes;
	size_t size, head, stamp; /* where its payload and its time begin */
	uint8_t bytes[];
};

struct crowd_room {
	unsigned first, seats; /* its peers: first … first+seats−1 */
	unsigned members;      /* those of them who joined */
	unsigned next;	       /* the seat that speaks next */
	uint64_t sent, acked, delivered;
	bool touched; /* is in crowd.touched */
	struct crowd_frame *frames[CROWD_SLOTS];
};

struct peer {
	int fd;
	enum peer_state state;
	bool touched; /* a slot became free: in `free` */
	struct crowd_room *room;
	uint64_t began;		       /* when its connect began */
	uint64_t busy;		       /* a bit for each slot in flight */
	uint64_t sent_at[CROWD_SLOTS]; /* ns */
	uint8_t *rest;		       /* the start of a frame */
	size_t rest_size, rest_cap;
};

/* What one run counts; crowd_forget() sets it to zero. */
struct tally {
	uint64_t deliveries, acks, errors, others, bytes;
	uint64_t frame_bytes, ack_bytes; /* payloads, for the mean */
	struct meter latency;		 /* send to delivery */
	struct meter ack;		 /* send to reply */
};

struct crowd {
	struct sockaddr_in server;
	const char *query; /* floor: "frame=N&ack=N"; or NULL */
	const char *name;  /* first letters of nicks and rooms */
	unsigned seats;	   /* of each room */
	unsigned joining;  /* how many of them join: the others
					   only say hello */
	int epoll_fd;
	struct peer *peer;
	unsigned peers_max, peers, ready, closed;
	struct crowd_room *room;
	unsigned rooms;
	struct crowd_room **touched; /* rooms that counted something */
	unsigned touched_count;
	struct peer **free; /* peers that got a reply */
	unsigned free_count;
	struct meter connect; /* connect(2) to ready */
	struct tally tally;
	char first_error[256]; /* text of the first refusal */
};

/*
 * An empty crowd for at most `peers_max` connections to the server; ends the
 * process if memory is out.
 */
void crowd_init(struct crowd *c, unsigned peers_max);

/*
 * Connects `count` more peers, `window` of them at a time, each up to its
 * join's reply.  Returns how many are ready of them within `seconds`.
 */
unsigned crowd_connect(struct crowd *c, unsigned count, unsigned window,
    double seconds);

/*
 * One turn of the loop: waits until `until` (ns of meter_now(); 0: does not
 * wait) and reads what came.  Returns true if descriptor `also`, given to
 * crowd_watch(), became readable.
 */
bool crowd_turn(struct crowd *c, uint64_t until);

/* Has crowd_turn() return true when `fd` is readable. */
void crowd_watch(struct crowd *c, int fd);

/* Sets the counters of the crowd and of its rooms to zero. */
void crowd_forget(struct crowd *c);

#define CROWD_TEXT_MAX	16384
#define CROWD_FRAME_MAX (CROWD_TEXT_MAX + 256)

/*
 * Sends a message in two steps, so that several share a write: crowd_put()
 * takes a free slot of the peer (there is one), puts the frame to `out`, which
 * holds CROWD_FRAME_MAX bytes, and returns its length; `stamp` is the time (ns)
 * that its text tells and its latencies count from.  crowd_write() hands the
 * bytes to the socket.
 */
size_t crowd_put(struct crowd *c, struct peer *p, uint8_t *out,
    unsigned text_bytes, uint64_t stamp);
void crowd_write(struct crowd *c, struct peer *p, const uint8_t *out,
    size_t size);

#endif
