/*
 * rooms: a table by id and by name's key, the rings' common budget, and the
 * end of rooms that nobody follows.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "chatsrv/early.h"
#include "chatsrv/flush.h"
#include "chatsrv/metrics.h"
#include "chatsrv/page.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "lib/clock.h"

#define ROOMS_LINGER_MS 60000

struct rooms_slot { /* a room's place in the tables */
	struct room room;
	UT_hash_handle by_id, by_key;
};

static struct {
	struct rooms_slot *by_id, *by_key;
	struct room *lru; /* rooms with bytes in rings, least busy first */
	size_t ring_bytes, ring_max;
	struct store *store;
	const struct rooms_events *events;
} rooms;

void
rooms_init(struct store *store, size_t ring_max,
    const struct rooms_events *events)
{
	rooms.store = store;
	rooms.ring_max = ring_max;
	rooms.events = events;
}

struct store *
rooms_store(void)
{
	return rooms.store;
}

void
rooms_forget_store(void)
{
	rooms.store = NULL;
}

struct room *
rooms_find(int64_t id)
{
	struct rooms_slot *s;

	HASH_FIND(by_id, rooms.by_id, &id, sizeof(id), s);
	return s != NULL ? &s->room : NULL;
}

struct room *
rooms_find_key(const char *key)
{
	struct rooms_slot *s;

	HASH_FIND(by_key, rooms.by_key, key, strlen(key), s);
	return s != NULL ? &s->room : NULL;
}

struct room *
rooms_open(const struct store_room *sr, struct str topic, const char *key)
{
	struct room *r = rooms_find(sr->id);
	struct rooms_slot *s;

	if (r != NULL) {
		room_topic(r, topic, sr->seq > r->head ? sr->seq : 0);
		early_want(r, sr->seq);
		return r;
	}
	s = xcalloc(1, sizeof(*s));
	r = &s->room;
	r->id = sr->id;
	r->name = xstrdup(sr->name);
	r->name_len = strlen(sr->name);
	r->key = xstrdup(key);
	r->topic = xstrndup(topic.p != NULL ? topic.p : "", topic.n);
	memcpy(r->epoch, sr->epoch, sizeof(r->epoch));
	r->access_seq = sr->access_seq;
	r->head = r->flushed = r->topic_seq = sr->seq;
	r->missed_from = 1;
	r->forms[FORM_V1] = true;
	ring_init(&r->rings[FORM_V1], r->head + 1);
	r->presence = presence_new(r);
	r->empty_since = clock_ms();
	HASH_ADD(by_id, rooms.by_id, room.id, sizeof(r->id), s);
	HASH_ADD_KEYPTR(by_key, rooms.by_key, r->key, strlen(r->key), s);
	metrics.rooms++;
	if (rooms.events->opened != NULL)
		rooms.events->opened(r);
	return r;
}

/* A room in the list has a predecessor: utlist's first one has the last. */
static void
rooms_lru_drop(struct room *r)
{
	if (r->lru_prev == NULL)
		return;
	DL_DELETE2(rooms.lru, r, lru_prev, lru_next);
	r->lru_prev = NULL;
}

static void
rooms_free(struct rooms_slot *s)
{
	struct room *r = &s->room;

	if (rooms.events->closed != NULL)
		rooms.events->closed(r);
	early_forget(r);
	HASH_DELETE(by_id, rooms.by_id, s);
	HASH_DELETE(by_key, rooms.by_key, s);
	rooms_lru_drop(r);
	rooms.ring_bytes -= r->ring_bytes;
	metrics.ring_bytes = rooms.ring_bytes;
	metrics.rooms--;
	flush_forget(r);
	page_drop_all(r);
	presence_free(r->presence);
	for (int form = 0; form < FORM__COUNT; form++)
		ring_fini(&r->rings[form]);
	buf_fini(&r->out);
	buf_fini(&r->ephemeral);
	buf_fini(&r->pass_ephemeral);
	free(r->members);
	free(r->name);
	free(r->key);
	free(r->topic);
	free(s);
}

static void
rooms_count(struct room *r)
{
	size_t size = 0;

	for (int form = 0; form < FORM__COUNT; form++)
		size += ring_size(&r->rings[form]);
	rooms.ring_bytes += size - r->ring_bytes;
	r->ring_bytes = size;
}

void
rooms_grew(struct room *r)
{
	struct room *least;

	rooms_lru_drop(r);
	DL_APPEND2(rooms.lru, r, lru_prev, lru_next);
	rooms_count(r);
	while (rooms.ring_bytes > rooms.ring_max && (least = rooms.lru) != r) {
		for (int f = 0; f < FORM__COUNT; f++)
			ring_halve(&least->rings[f]);
		rooms_count(least);
		if (least->ring_bytes == 0)
			rooms_lru_drop(least);
	}
	metrics.ring_bytes = rooms.ring_bytes;
}

void
rooms_deleted(struct room *r, int64_t target)
{
	rooms.events->deleted(r->id, target);
}

void
rooms_each(void (*f)(struct room *, void *), void *arg)
{
	struct rooms_slot *s, *tmp;

	HASH_ITER(by_id, rooms.by_id, s, tmp)
		f(&s->room, arg);
}

void
rooms_tick(void)
{
	int64_t now = clock_ms();
	struct rooms_slot *s, *tmp;

	HASH_ITER(by_id, rooms.by_id, s, tmp) {
		struct room *r = &s->room;

		presence_tick(r->presence, now);
		page_tick(r, now);
		if (r->n != 0 || r->pins != 0 || presence_busy(r->presence)) {
			r->empty_since = 0;
			continue;
		}
		if (r->empty_since == 0)
			r->empty_since = now;
		if (now - r->empty_since > ROOMS_LINGER_MS)
			rooms_free(s);
	}
}

void
rooms_fini(void)
{
	struct rooms_slot *s, *tmp;

	HASH_ITER(by_id, rooms.by_id, s, tmp)
		rooms_free(s);
}
