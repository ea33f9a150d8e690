/*
 * peers: see peers.h.
 *
 * A message: PEERS_FORMAT, what it is, the epoch of the log, and then
 *
 *	ENTRIES  the fields of one entry after the other
 *	HEAD	 the seq that the log goes to
 *	SAY	 a frame, ready to go
 *	WHO	 the node that is asked for its people, or 0: all
 *	HERE	 what presence_pack() made
 *	BEAT	 nothing: the node lives
 *	BYE	 nothing: it parts
 *	NICK	 who, guest?, the old name, the new one
 *	READ	 who, room, seq
 *	LEFT	 who
 *
 * What has another format or epoch is not understood: the store is asked.
 */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "chatsrv/early.h"
#include "chatsrv/metrics.h"
#include "chatsrv/peers.h"
#include "chatsrv/rooms.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/pack.h"

#define PEERS_FORMAT   1
#define PEERS_PATIENCE 50 /* ms, for entries with lower numbers */
#define PEERS_MAX      ((size_t)256 * 1024) /* bytes of a message, about */
#define PEERS_HEADS    1000 /* rooms that the store is asked for at once */
#define PEERS_HEADS_S  10   /* … how often, while the channel is up */
#define PEERS_DOUBT_MS 5000 /* what was said last before it went away */
#define PEERS_NUMBERS  8    /* of an entry */

static struct {
	struct room *out; /* rooms with entries that go out */
	struct buf said;  /* scratch */
	int64_t *fresh;	  /* rooms that were just joined */
	size_t nfresh, cap;
	unsigned asking; /* reads of heads that are under way */
	int64_t seconds;
} peers;

void
peers_begin(struct buf *b, struct str epoch, enum peers_what what)
{
	pack_int(b, PEERS_FORMAT);
	pack_int(b, what);
	pack_str(b, epoch);
}

static void
peers_put_entry(struct buf *b, const struct entry *e)
{
	pack_int(b, e->seq);
	pack_int(b, e->at);
	pack_int(b, e->kind);
	pack_int(b, e->actor);
	pack_int(b, e->guest);
	pack_int(b, e->reply_to);
	pack_int(b, e->target);
	pack_int(b, e->undone);
	pack_str(b, e->from);
	pack_str(b, e->text);
	pack_str(b, e->style);
	pack_str(b, e->lang);
	pack_str(b, e->nonce);
}

static bool
peers_get_entry(struct pack_reader *in, struct entry *e)
{
	int64_t n[PEERS_NUMBERS];

	for (int i = 0; i < PEERS_NUMBERS; i++)
		n[i] = pack_read_int(in);
	*e = (struct entry){ .seq = n[0],
		.at = n[1],
		.kind = (enum entry_kind)n[2],
		.actor = n[3],
		.guest = n[4] != 0,
		.reply_to = n[5],
		.target = n[6],
		.undone = n[7] };
	e->from = pack_read_str(in);
	e->text = pack_read_str(in);
	e->style = pack_read_str(in);
	e->lang = pack_read_str(in);
	e->nonce = pack_read_str(in);
	return !in->bad && entry_shape(e->kind) != SHAPE_none && e->seq > 0;
}

bool
peers_publish(int64_t group, const struct buf *b)
{
	if (!channel_publish(group, b->data, b->len))
		return false;
	if (channel_state() != CHANNEL_ALONE)
		metrics.published_total++;
	return true;
}

/* A log's entries or head: whether they arrive matters. */
static void
peers_publish_log(struct room *r, const struct buf *b)
{
	r->unsaid = !peers_publish(r->id, b);
	if (!r->unsaid)
		r->said_at = clock_ms();
}

static void
peers_send_out(struct room *r)
{
	if (r->out.len != 0)
		peers_publish_log(r, &r->out);
	buf_reset(&r->out);
	if (r->out.cap > PEERS_MAX)
		buf_fini(&r->out);
}

void
peers_said(struct room *r, const struct entry *e)
{
	if (channel_state() == CHANNEL_ALONE)
		return;
	if (channel_state() == CHANNEL_AWAY) {
		r->unsaid = true;
		return;
	}
	if (r->out.len == 0)
		peers_begin(&r->out, str_of(r->epoch), PEERS_ENTRIES);
	peers_put_entry(&r->out, e);
	if (!r->saying) {
		r->saying = true;
		DL_APPEND2(peers.out, r, out_prev, out_next);
	}
	if (r->out.len > PEERS_MAX)
		peers_send_out(r);
}

void
peers_say(struct room *r, const struct msg *ev)
{
	struct buf frame = BUF_INIT;

	room_say(r, ev);
	if (channel_state() != CHANNEL_UP)
		return;
	frame_event(&frame, ev);
	buf_reset(&peers.said);
	peers_begin(&peers.said, str_of(r->epoch), PEERS_SAY);
	pack_str(&peers.said, (struct str){ frame.data, frame.len });
	peers_publish(r->id, &peers.said);
	buf_fini(&frame);
}

static void
peers_say_head(struct room *r)
{
	buf_reset(&peers.said);
	peers_begin(&peers.said, str_of(r->epoch), PEERS_HEAD);
	pack_int(&peers.said, r->head);
	peers_publish_log(r, &peers.said);
}

static void
peers_heads_done(struct store_req *req)
{
	struct store_heads *h = (struct store_heads *)req;
	struct room *r;

	peers.asking--;
	for (size_t i = 0; i < h->n && req->err == ERR_OK; i++) {
		r = rooms_find(h->items[i].room);
		if (r != NULL)
			early_want(r, h->items[i].seq);
	}
	free(h->items);
	free(h);
}

/* Asks the store how far the logs of some rooms go. */
static void
peers_ask(const int64_t *ids, size_t n)
{
	while (n != 0 && rooms_store() != NULL) {
		size_t part = n < PEERS_HEADS ? n : PEERS_HEADS;
		struct store_heads *h = xcalloc(1, sizeof(*h));

		store_req_init(&h->req, STORE_heads, peers_heads_done, NULL);
		h->items = xcalloc(part, sizeof(*h->items));
		h->n = part;
		for (size_t i = 0; i < part; i++)
			h->items[i].room = ids[i];
		peers.asking++;
		store_submit(rooms_store(), &h->req);
		ids += part;
		n -= part;
	}
}

static void
peers_fresh(int64_t id)
{
	if (peers.nfresh == peers.cap) {
		peers.cap = peers.cap != 0 ? 2 * peers.cap : 64;
		peers.fresh = xrealloc(peers.fresh,
		    peers.cap * sizeof(*peers.fresh));
	}
	peers.fresh[peers.nfresh++] = id;
}

static void
peers_fresh_room(struct room *r, void *arg)
{
	(void)arg;
	peers_fresh(r->id);
}

void
peers_turn(void)
{
	struct room *r, *tmp;

	DL_FOREACH_SAFE2(peers.out, r, tmp, out_next) {
		DL_DELETE2(peers.out, r, out_prev, out_next);
		r->saying = false;
		peers_send_out(r);
	}
	if (peers.nfresh == 0)
		return;
	peers_ask(peers.fresh, peers.nfresh);
	peers.nfresh = 0;
}

void
peers_tick(void)
{
	bool up = channel_state() == CHANNEL_UP;

	if (channel_state() == CHANNEL_ALONE)
		return;
	peers_people_tick(clock_ms());
	if (peers.asking != 0 || (++peers.seconds % PEERS_HEADS_S != 0 && up))
		return;
	rooms_each(peers_fresh_room, NULL);
}

void
peers_open(struct room *r)
{
	channel_join(r->id);
}

void
peers_close(struct room *r)
{
	if (r->saying) {
		DL_DELETE2(peers.out, r, out_prev, out_next);
		r->saying = false;
		peers_send_out(r);
	}
	channel_leave(r->id);
}

/* One that can't be read is a newer server's, or none of ours. */
static bool
peers_heard_entries(struct room *r, struct pack_reader *in)
{
	struct entry e;

	while (in->n != 0) {
		if (!peers_get_entry(in, &e))
			return false;
		room_accept(r, &e);
	}
	return true;
}

static bool
peers_heard_head(struct room *r, struct pack_reader *in)
{
	int64_t seq = pack_read_int(in);

	if (!in->bad)
		early_want(r, seq);
	return !in->bad;
}

static bool
peers_heard_say(struct room *r, struct pack_reader *in)
{
	struct str frame = pack_read_str(in);

	if (!in->bad)
		room_say_frame(r, frame.p, frame.n);
	return !in->bad;
}

static bool
peers_take(struct room *r, uint64_t node, struct pack_reader *in)
{
	int64_t format = pack_read_int(in), what = pack_read_int(in);
	struct str epoch = pack_read_str(in);

	if (format != PEERS_FORMAT)
		return false;
	if (r == NULL)
		return peers_all_heard(node, (enum peers_what)what, in);
	if (!str_eq(epoch, r->epoch))
		return false;
	switch (what) {
	case PEERS_ENTRIES:
		return peers_heard_entries(r, in);
	case PEERS_HEAD:
		return peers_heard_head(r, in);
	case PEERS_SAY:
		return peers_heard_say(r, in);
	default:
		return peers_people_heard(r, node, (enum peers_what)what, in);
	}
}

static void
peers_heard(int64_t group, uint64_t node, const char *p, size_t n)
{
	struct room *r = group != CHANNEL_ALL ? rooms_find(group) : NULL;
	struct pack_reader in = { p, n, false };

	if (r == NULL && group != CHANNEL_ALL)
		return;
	metrics.heard_total++;
	if (peers_take(r, node, &in))
		return;
	metrics.unread_total++;
	if (r != NULL)
		peers_fresh(group);
}

/* From now on the room is heard; what was said before, the store knows. */
static void
peers_joined(int64_t group)
{
	struct room *r = rooms_find(group);

	if (r == NULL)
		return;
	peers_fresh(group);
	peers_people_joined(r);
}

static void
peers_turned_room(struct room *r, void *arg)
{
	bool up = *(bool *)arg;

	if (!up && r->said_at != 0 && clock_ms() - r->said_at < PEERS_DOUBT_MS)
		r->unsaid = true;
	if (up && r->unsaid)
		peers_say_head(r);
}

/*
 * Away: what was said last may have been lost.  Up again: the others are told
 * how far the logs go that we wrote to.
 */
static void
peers_turned(enum channel_state s)
{
	bool up = s == CHANNEL_UP;

	early_patience(up ? PEERS_PATIENCE : 0);
	rooms_each(peers_turned_room, &up);
}

const struct channel_events peers_events = { peers_heard, peers_joined,
	peers_turned };
