/*
 * presence: a table of people for each room, ours and other servers'.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "chatsrv/presence.h"
#include "chatsrv/room.h"
#include "lib/pack.h"

#define PRESENCE_LEAVE_MS 10000
#define PRESENCE_CROWD_MS 10000 /* a crowd's number is told so often */
#define PRESENCE_TOLD_MAX 200	/* names in one event */

struct person {
	int64_t who;
	int64_t left; /* ms; 0: is here */
	char *name;
	unsigned connections;
	uint64_t *nodes; /* other servers where he is */
	size_t nnodes;
	bool guest;
	bool changed; /* … and the others were not told yet */
	bool fresh;   /* his coming was not told yet */
	UT_hash_handle hh;
};

struct far { /* what another server told of its people here */
	uint64_t node;
	int64_t version; /* of what it told last */
	size_t crowd;	 /* how many they are, if they have no names */
	struct far *prev, *next;
};

struct presence {
	struct room *room;
	struct person *people;
	struct far *far;
	size_t local; /* people with connections */
	bool changed; /* the others are to be told */
	bool crowd;   /* … and were told a number */
	int64_t version;
	struct person *gone;		/* leaves that were not told yet */
	struct presence_person *sorted; /* people, once asked for; or NULL */
	bool dirty;
	size_t leaving; /* people with left != 0 */
	size_t told;	/* number told last */
	int64_t told_at;
};

struct presence *
presence_new(struct room *r)
{
	struct presence *p = xcalloc(1, sizeof(*p));

	p->room = r;
	return p;
}

/* Somebody came, went or has another name. */
static void
presence_unsort(struct presence *p)
{
	free(p->sorted);
	p->sorted = NULL;
}

static void
person_free(struct person *x)
{
	free(x->nodes);
	free(x->name);
	free(x);
}

static void
presence_drop(struct person **table, struct person *who)
{
	HASH_DEL(*table, who);
	person_free(who);
}

void
presence_free(struct presence *p)
{
	struct person *who, *tmp;
	struct far *f, *next;

	DL_FOREACH_SAFE(p->far, f, next)
		free(f);
	HASH_ITER(hh, p->people, who, tmp)
		presence_drop(&p->people, who);
	HASH_ITER(hh, p->gone, who, tmp)
		presence_drop(&p->gone, who);
	presence_unsort(p);
	free(p);
}

static struct person *
presence_find(const struct presence *p, int64_t who)
{
	struct person *found;

	HASH_FIND(hh, p->people, &who, sizeof(who), found);
	return found;
}

/* Somebody who is here now, if he was before or not. */
static struct person *
presence_come(struct presence *p, int64_t who, struct str name, bool guest)
{
	struct person *x = presence_find(p, who);

	if (x == NULL) {
		x = xcalloc(1, sizeof(*x));
		x->who = who;
		x->name = xstrndup(name.p, name.n);
		x->guest = guest;
		x->fresh = true;
		HASH_ADD(hh, p->people, who, sizeof(x->who), x);
		presence_unsort(p);
		p->dirty = true;
	}
	if (x->left != 0) {
		x->left = 0;
		p->leaving--;
	}
	return x;
}

/* He is at one place less; was it the last? */
static void
presence_go(struct presence *p, struct person *x, int64_t now)
{
	if (x->connections != 0 || x->nnodes != 0 || x->left != 0)
		return;
	x->left = now;
	p->leaving++;
}

/* Our own people are others than before. */
static void
presence_mark(struct presence *p, struct person *x)
{
	x->changed = true;
	p->changed = true;
}

void
presence_enter(struct presence *p, int64_t who, const char *name, bool guest)
{
	struct person *x = presence_come(p, who, str_of(name), guest);

	if (x->connections++ == 0) {
		p->local++;
		presence_mark(p, x);
	}
	presence_rename(p, who, name);
}

void
presence_leave(struct presence *p, int64_t who, int64_t now)
{
	struct person *x = presence_find(p, who);

	if (x == NULL || x->connections == 0 || --x->connections != 0)
		return;
	p->local--;
	presence_mark(p, x);
	presence_go(p, x, now);
}

bool
presence_rename(struct presence *p, int64_t who, const char *name)
{
	struct person *x = presence_find(p, who);

	if (x == NULL || strcmp(x->name, name) == 0)
		return false;
	presence_unsort(p);
	free(x->name);
	x->name = xstrdup(name);
	if (x->connections != 0)
		presence_mark(p, x);
	return true;
}

size_t
presence_online(const struct presence *p)
{
	size_t n = HASH_COUNT(p->people);
	struct far *f;

	DL_FOREACH(p->far, f)
		n += f->crowd;
	return n;
}

bool
presence_busy(const struct presence *p)
{
	return p->local != 0 || p->leaving != 0;
}

/* Those who left long enough ago are gone; fresh ones never came. */
static void
presence_age(struct presence *p, int64_t now)
{
	struct person *x, *tmp;

	if (p->leaving == 0)
		return;
	HASH_ITER(hh, p->people, x, tmp) {
		if (x->left == 0 || now - x->left < PRESENCE_LEAVE_MS)
			continue;
		p->leaving--;
		presence_unsort(p);
		p->dirty = true;
		HASH_DEL(p->people, x);
		if (x->fresh)
			person_free(x);
		else
			HASH_ADD(hh, p->gone, who, sizeof(x->who), x);
	}
}

static void
presence_person(struct msg *m, const struct person *x)
{
	msg_init(m, SHAPE_person);
	MSG_PUT(m, user, str_of(x->name));
	if (x->guest)
		MSG_PUT(m, guest, true);
}

/* Names of `table` that are to be told, *n of them, to be freed. */
static struct msg *
presence_names(struct person *table, bool tell, bool fresh, size_t *n)
{
	size_t room = !tell ? 0 : HASH_COUNT(table);
	struct msg *out;
	struct person *x, *tmp;

	*n = 0;
	if (room > PRESENCE_TOLD_MAX)
		room = PRESENCE_TOLD_MAX;
	if (room == 0)
		return NULL;
	out = xmalloc(room * sizeof(*out));
	HASH_ITER(hh, table, x, tmp) {
		if (*n == room)
			break;
		if (fresh && !x->fresh)
			continue;
		x->fresh = false;
		presence_person(&out[(*n)++], x);
	}
	return out;
}

static void
presence_forget_gone(struct presence *p, size_t told)
{
	struct person *x, *tmp;

	HASH_ITER(hh, p->gone, x, tmp) {
		if (told-- == 0)
			break;
		presence_drop(&p->gone, x);
	}
}

static void
presence_tell(struct presence *p, int64_t now)
{
	size_t online = presence_online(p), nin, nout;
	bool crowd = online > PRESENCE_CROWD;
	struct msg ev, *in, *out;

	in = presence_names(p->people, !crowd, true, &nin);
	out = presence_names(p->gone, !crowd, false, &nout);
	msg_init(&ev, SHAPE_ev_presence);
	MSG_PUT(&ev, room, room_name(p->room));
	/* In a crowd nobody is named. */
	if (nin != 0)
		MSG_PUT(&ev, arrived, ((struct msgs){ in, nin }));
	if (nout != 0)
		MSG_PUT(&ev, departed, ((struct msgs){ out, nout }));
	MSG_PUT(&ev, online, (int64_t)online);
	room_say(p->room, &ev);
	presence_forget_gone(p, crowd ? SIZE_MAX : nout);
	p->told = online;
	p->told_at = now;
	p->dirty = nin == PRESENCE_TOLD_MAX || nout == PRESENCE_TOLD_MAX;
	free(in);
	free(out);
}

void
presence_tick(struct presence *p, int64_t now)
{
	presence_age(p, now);
	if (!p->dirty)
		return;
	if (presence_online(p) > PRESENCE_CROWD &&
	    (now - p->told_at < PRESENCE_CROWD_MS ||
		presence_online(p) == p->told))
		return;
	presence_tell(p, now);
}

static int
presence_order(const void *a, const void *b)
{
	const struct presence_person *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
presence_sort(struct presence *p)
{
	struct person *x, *tmp;
	size_t n = 0;

	if (p->sorted != NULL || p->people == NULL)
		return;
	p->sorted = xmalloc(HASH_COUNT(p->people) * sizeof(*p->sorted));
	HASH_ITER(hh, p->people, x, tmp)
		p->sorted[n++] = (struct presence_person){ x->name, x->guest };
	qsort(p->sorted, n, sizeof(*p->sorted), presence_order);
}

size_t
presence_list(struct presence *p, size_t from, struct presence_person *out,
    size_t max)
{
	size_t all = HASH_COUNT(p->people), n = from < all ? all - from : 0;

	presence_sort(p);
	if (n > max)
		n = max;
	if (n != 0)
		memcpy(out, p->sorted + from, n * sizeof(*out));
	return n;
}

static void
presence_pack_one(struct person *x, struct buf *b)
{
	pack_int(b, x->who);
	pack_int(b, x->guest);
	pack_int(b, x->connections != 0);
	pack_str(b, str_of(x->name));
	x->changed = false;
}

/*
 *	all? version crowd, and then people: who guest? here? name
 */
bool
presence_pack(struct presence *p, bool all, struct buf *b)
{
	bool crowd = p->local > PRESENCE_CROWD;
	struct person *x, *tmp;

	if (!p->changed && !all)
		return false;
	/* From names to a number, and back: all is told. */
	all = all || crowd || crowd != p->crowd;
	p->crowd = crowd;
	p->changed = false;
	pack_int(b, all);
	pack_int(b, ++p->version);
	pack_int(b, crowd ? (int64_t)p->local : 0);
	HASH_ITER(hh, p->people, x, tmp)
		if (x->changed || (all && x->connections != 0)) {
			if (crowd)
				x->changed = false;
			else
				presence_pack_one(x, b);
		}
	return true;
}

static size_t
person_node(const struct person *x, uint64_t node)
{
	size_t i = 0;

	while (i < x->nnodes && x->nodes[i] != node)
		i++;
	return i;
}

static void
presence_far_come(struct presence *p, uint64_t node, int64_t who,
    struct str name, bool guest)
{
	struct person *x = presence_come(p, who, name, guest);

	if (!str_eq(name, x->name)) {
		presence_unsort(p);
		free(x->name);
		x->name = xstrndup(name.p, name.n);
	}
	if (person_node(x, node) != x->nnodes)
		return;
	x->nodes = xrealloc(x->nodes, (x->nnodes + 1) * sizeof(*x->nodes));
	x->nodes[x->nnodes++] = node;
}

static void
presence_far_go(struct presence *p, uint64_t node, struct person *x,
    int64_t now)
{
	size_t i = person_node(x, node);

	if (i == x->nnodes)
		return;
	x->nodes[i] = x->nodes[--x->nnodes];
	presence_go(p, x, now);
}

/* Everybody of that node has left it; who comes back at once never did. */
static void
presence_far_go_all(struct presence *p, uint64_t node, int64_t now)
{
	struct person *x, *tmp;

	HASH_ITER(hh, p->people, x, tmp)
		presence_far_go(p, node, x, now);
}

static struct far *
presence_far(struct presence *p, uint64_t node)
{
	struct far *f;

	DL_FOREACH(p->far, f)
		if (f->node == node)
			return f;
	f = xcalloc(1, sizeof(*f));
	f->node = node;
	DL_APPEND(p->far, f);
	return f;
}

bool
presence_unpack(struct presence *p, uint64_t node, struct pack_reader *in,
    int64_t now)
{
	struct far *f = presence_far(p, node);
	bool all = pack_read_int(in) != 0;
	int64_t version = pack_read_int(in), crowd = pack_read_int(in);

	if (in->bad || (!all && version != f->version + 1))
		return false;
	f->version = version;
	if (all)
		presence_far_go_all(p, node, now);
	if (f->crowd != (size_t)crowd)
		p->dirty = true;
	f->crowd = (size_t)crowd;
	while (in->n != 0) {
		int64_t who = pack_read_int(in);
		bool guest = pack_read_int(in) != 0;
		bool here = pack_read_int(in) != 0;
		struct str name = pack_read_str(in);
		struct person *x;

		if (in->bad)
			return false;
		if (here)
			presence_far_come(p, node, who, name, guest);
		else if ((x = presence_find(p, who)) != NULL)
			presence_far_go(p, node, x, now);
	}
	return true;
}

void
presence_lose(struct presence *p, uint64_t node, int64_t when)
{
	struct far *f = presence_far(p, node);

	presence_far_go_all(p, node, when);
	if (f->crowd != 0)
		p->dirty = true;
	DL_DELETE(p->far, f);
	free(f);
}
