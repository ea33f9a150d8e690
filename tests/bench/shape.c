/*
 * shape.c: when a crowd sends what.
 *
 * Sending happens between two turns of the crowd's loop, for the rooms and
 * peers that received something in it; a closed loop counts deliveries of the
 * whole room, so that no message needs a record of its own.
 */
#include "tests/bench/shape.h"

#include <unistd.h>

#define DRAIN_NS UINT64_C(10000000000)

struct run {
	struct crowd *crowd;
	const struct shape *shape;
	struct shape_result *result;
};

/* One message from `p` in a write of its own. */
static void
speak(struct run *run, struct peer *p, uint64_t stamp)
{
	static uint8_t out[CROWD_FRAME_MAX];
	size_t n = crowd_put(run->crowd, p, out, run->shape->text_bytes, stamp);

	crowd_write(run->crowd, p, out, n);
	run->result->sent++;
	run->result->expected += p->room->members;
}

/* The next seat of the room that has a free slot, in turn; NULL: none has. */
static struct peer *
next_speaker(struct crowd *c, struct crowd_room *room)
{
	for (unsigned i = 0; i < room->seats; i++) {
		struct peer *p = &c->peer[room->first + room->next];

		room->next = (room->next + 1) % room->seats;
		if (p->state == PEER_READY && p->busy != UINT64_MAX)
			return p;
	}
	return NULL;
}

static void
fill_room(struct run *run, struct crowd_room *room)
{
	uint64_t flight = run->shape->flight;

	while (room->sent - room->acked < flight &&
	    room->sent * room->members <
		room->delivered + (flight - 1) * room->members + 1) {
		struct peer *p = next_speaker(run->crowd, room);

		if (p == NULL)
			return;
		speak(run, p, meter_now());
	}
}

/* All free slots of one sender, in one write. */
static void
fill_sender(struct run *run, struct peer *p)
{
	static uint8_t out[CROWD_SLOTS * 1024];
	unsigned limit = run->shape->flight;
	uint64_t now = meter_now();
	size_t n = 0;

	if (p->state != PEER_READY)
		return;
	while ((unsigned)__builtin_popcountll(p->busy) < limit) {
		if (sizeof out - n < CROWD_FRAME_MAX) {
			crowd_write(run->crowd, p, out, n);
			n = 0;
		}
		n += crowd_put(run->crowd, p, out + n, run->shape->text_bytes,
		    now);
		run->result->sent++;
		run->result->expected += p->room->members;
	}
	crowd_write(run->crowd, p, out, n);
}

/* What received something in the last turn sends again, unless it is over. */
static void
answer_touched(struct run *run, bool over)
{
	struct crowd *c = run->crowd;

	for (unsigned i = 0; i < c->touched_count; i++) {
		c->touched[i]->touched = false;
		if (run->shape->kind == SHAPE_CLOSED && !over)
			fill_room(run, c->touched[i]);
	}
	for (unsigned i = 0; i < c->free_count; i++) {
		unsigned seat = (unsigned)(c->free[i] - c->peer);

		c->free[i]->touched = false;
		if (run->shape->kind == SHAPE_ACKS && !over &&
		    seat < run->shape->senders)
			fill_sender(run, c->free[i]);
	}
	c->touched_count = c->free_count = 0;
}

static void
begin(struct run *run)
{
	struct crowd *c = run->crowd;

	if (run->shape->kind == SHAPE_CLOSED)
		for (unsigned i = 0; i < c->rooms; i++)
			fill_room(run, &c->room[i]);
	if (run->shape->kind == SHAPE_ACKS)
		for (unsigned i = 0; i < run->shape->senders && i < c->peers;
		     i++)
			fill_sender(run, &c->peer[i]);
}

/* The open loop: sends all that is due; returns when the next one is. */
static uint64_t
send_due(struct run *run, uint64_t start, uint64_t end)
{
	struct crowd *c = run->crowd;
	double gap = 1e9 / run->shape->rate;

	for (;;) {
		uint64_t n = run->result->sent;
		uint64_t due = start + (uint64_t)(gap * (double)n);
		struct peer *p;

		if (due > meter_now() || due >= end)
			return due;
		p = next_speaker(c, &c->room[n % c->rooms]);
		if (p == NULL)
			return due + 1000000; /* all slots busy: 1 ms */
		speak(run, p, due);
	}
}

static bool
is_whole(const struct crowd *c, const struct shape_result *r)
{
	return c->tally.deliveries >= r->expected &&
	    c->tally.acks + c->tally.errors >= r->sent;
}

static void
drive(struct run *run, uint64_t start, uint64_t end)
{
	struct crowd *c = run->crowd;
	uint64_t now = start;

	begin(run);
	while (now < end && c->closed == 0) {
		uint64_t wake = end;

		if (run->shape->kind == SHAPE_OPEN) {
			wake = send_due(run, start, end);
			if (wake > end)
				wake = end;
		}
		crowd_turn(c, wake);
		now = meter_now();
		answer_touched(run, now >= end);
	}
	while (!is_whole(c, run->result) && c->closed == 0 &&
	    now < end + DRAIN_NS) {
		crowd_turn(c, end + DRAIN_NS);
		now = meter_now();
		answer_touched(run, true);
	}
}

void
shape_run(struct crowd *c, const struct shape *s, struct shape_result *r)
{
	struct run run = { c, s, r };
	uint64_t start, cpu = meter_cpu(s->pid), own = meter_cpu(getpid());

	*r = (struct shape_result){ 0 };
	crowd_forget(c);
	start = meter_now();
	drive(&run, start, start + (uint64_t)(s->seconds * 1e9));
	r->elapsed = (double)(meter_now() - start) / 1e9;
	r->cpu = meter_cpu(s->pid) - cpu;
	r->own = meter_cpu(getpid()) - own;
	r->whole = is_whole(c, r) && c->closed == 0;
}
