/*
 * peers, people: who is where, who is called what, who has read what.
 *
 * Each node tells of its own people.  One that was not heard for
 * PEERS_SILENT_MS is gone, and they with it.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "chatsrv/metrics.h"
#include "chatsrv/peers.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "lib/clock.h"
#include "lib/pack.h"

#define PEERS_BEAT_S	2
#define PEERS_SILENT_MS 20000
#define PEERS_AWAY_MS	3000 /* away for less is not told to people */

struct peers_node {
	uint64_t node;
	int64_t heard; /* ms */
	UT_hash_handle hh;
};

static struct {
	const struct peers_handlers *handlers;
	struct peers_node *nodes;
	struct buf told; /* scratch */
	int64_t seconds;
	int64_t up; /* ms: the channel was so last */
	bool away;  /* people were told that it is not */
} people;

void
peers_init(const struct peers_handlers *handlers)
{
	people.handlers = handlers;
}

/* A message to all is begun in people.told. */
static void
peers_begin_all(enum peers_what what)
{
	buf_reset(&people.told);
	peers_begin(&people.told, (struct str){ "", 0 }, what);
}

static void
peers_ask_who(struct room *r, uint64_t node)
{
	buf_reset(&people.told);
	peers_begin(&people.told, str_of(r->epoch), PEERS_WHO);
	pack_int(&people.told, (int64_t)node);
	peers_publish(r->id, &people.told);
}

/* What was told before may have been lost, there and here. */
void
peers_people_joined(struct room *r)
{
	r->asked = true;
	peers_ask_who(r, 0);
}

static void
peers_people_room(struct room *r, void *arg)
{
	(void)arg;
	buf_reset(&people.told);
	peers_begin(&people.told, str_of(r->epoch), PEERS_HERE);
	if (presence_pack(r->presence, r->asked, &people.told))
		r->asked = !peers_publish(r->id, &people.told);
}

static void
peers_lose_room(struct room *r, void *arg)
{
	const struct peers_node *n = arg;

	presence_lose(r->presence, n->node, n->heard);
}

/* Its people have left when it was heard last. */
static void
peers_lose(struct peers_node *n)
{
	rooms_each(peers_lose_room, n);
	HASH_DEL(people.nodes, n);
	free(n);
}

static const char peers_is_away[] =
    "other servers can't be reached: what is said there comes a second late";

const char *
peers_notice(void)
{
	return people.away ? peers_is_away : NULL;
}

/* People are told when it matters to them. */
static void
peers_tell_state(int64_t now)
{
	bool up = channel_state() == CHANNEL_UP;

	if (up || people.up == 0)
		people.up = now;
	if (up && people.away) {
		people.away = false;
		people.handlers->notice("other servers are reached again");
	} else if (!people.away && now - people.up >= PEERS_AWAY_MS) {
		people.away = true;
		people.handlers->notice(peers_is_away);
	}
}

void
peers_people_tick(int64_t now)
{
	struct peers_node *n, *tmp;

	peers_tell_state(now);
	HASH_ITER(hh, people.nodes, n, tmp)
		if (now - n->heard > PEERS_SILENT_MS)
			peers_lose(n);
	metrics.nodes = HASH_COUNT(people.nodes) + 1;
	if (channel_state() != CHANNEL_UP)
		return;
	rooms_each(peers_people_room, NULL);
	if (++people.seconds % PEERS_BEAT_S != 0)
		return;
	peers_begin_all(PEERS_BEAT);
	peers_publish(CHANNEL_ALL, &people.told);
}

static struct peers_node *
peers_node(uint64_t node)
{
	struct peers_node *n;

	HASH_FIND(hh, people.nodes, &node, sizeof(node), n);
	if (n == NULL) {
		n = xcalloc(1, sizeof(*n));
		n->node = node;
		HASH_ADD(hh, people.nodes, node, sizeof(n->node), n);
	}
	n->heard = clock_ms();
	return n;
}

static bool
peers_who_heard(struct room *r, struct pack_reader *in)
{
	uint64_t node = (uint64_t)pack_read_int(in);

	if (!in->bad && (node == 0 || node == channel_self()))
		r->asked = true;
	return !in->bad;
}

bool
peers_people_heard(struct room *r, uint64_t node, enum peers_what what,
    struct pack_reader *in)
{
	peers_node(node);
	switch (what) {
	case PEERS_WHO:
		return peers_who_heard(r, in);
	case PEERS_HERE:
		if (!presence_unpack(r->presence, node, in, clock_ms()))
			peers_ask_who(r, node);
		return true;
	default:
		return false;
	}
}

struct peers_renamed {
	int64_t who;
	const char *old, *name;
	bool guest;
};

static void
peers_nick_room(struct room *r, void *arg)
{
	const struct peers_renamed *n = arg;
	struct msg m;

	if (!presence_rename(r->presence, n->who, n->name))
		return;
	msg_init(&m, SHAPE_ev_nick);
	MSG_PUT(&m, room, room_name(r));
	MSG_PUT(&m, old, str_of(n->old));
	MSG_PUT(&m, user, str_of(n->name));
	if (n->guest)
		MSG_PUT(&m, guest, true);
	room_say(r, &m);
}

void
peers_nick(int64_t who, const char *old, const char *name, bool guest)
{
	struct peers_renamed n = { who, old, name, guest };

	rooms_each(peers_nick_room, &n);
	peers_begin_all(PEERS_NICK);
	pack_int(&people.told, who);
	pack_int(&people.told, guest);
	pack_str(&people.told, str_of(old));
	pack_str(&people.told, str_of(name));
	peers_publish(CHANNEL_ALL, &people.told);
}

static bool
peers_nick_heard(struct pack_reader *in)
{
	int64_t who = pack_read_int(in);
	bool guest = pack_read_int(in) != 0;
	struct str old = pack_read_str(in), name = pack_read_str(in);
	struct peers_renamed n;

	if (in->bad)
		return false;
	n = (struct peers_renamed){ who, xstrndup(old.p, old.n),
		xstrndup(name.p, name.n), guest };
	rooms_each(peers_nick_room, &n);
	people.handlers->nick(who, n.name);
	free((char *)n.old);
	free((char *)n.name);
	return true;
}

void
peers_read(int64_t who, struct room *r, int64_t seq)
{
	peers_begin_all(PEERS_READ);
	pack_int(&people.told, who);
	pack_int(&people.told, r->id);
	pack_int(&people.told, seq);
	peers_publish(CHANNEL_ALL, &people.told);
}

static bool
peers_read_heard(struct pack_reader *in)
{
	int64_t who = pack_read_int(in), id = pack_read_int(in);
	int64_t seq = pack_read_int(in);
	struct room *r = in->bad ? NULL : rooms_find(id);

	if (r != NULL)
		people.handlers->read(who, r, seq);
	return !in->bad;
}

void
peers_left(int64_t who)
{
	peers_begin_all(PEERS_LEFT);
	pack_int(&people.told, who);
	peers_publish(CHANNEL_ALL, &people.told);
}

static bool
peers_left_heard(struct pack_reader *in)
{
	int64_t who = pack_read_int(in);

	if (!in->bad)
		people.handlers->left(who);
	return !in->bad;
}

void
peers_bye(void)
{
	peers_begin_all(PEERS_BYE);
	peers_publish(CHANNEL_ALL, &people.told);
}

bool
peers_all_heard(uint64_t node, enum peers_what what, struct pack_reader *in)
{
	struct peers_node *n = peers_node(node);

	switch (what) {
	case PEERS_BEAT:
		return true;
	case PEERS_BYE:
		peers_lose(n);
		return true;
	case PEERS_NICK:
		return peers_nick_heard(in);
	case PEERS_READ:
		return peers_read_heard(in);
	case PEERS_LEFT:
		return peers_left_heard(in);
	default:
		return false;
	}
}
