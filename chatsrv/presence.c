/*
 * presence: a table of people for each room.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "chatsrv/presence.h"
#include "chatsrv/room.h"

#define PRESENCE_LEAVE_MS 10000
#define PRESENCE_CROWD_MS 10000 /* a crowd's number is told so often */
#define PRESENCE_TOLD_MAX 200	/* names in one event */

struct person {
	int64_t who;
	int64_t left; /* ms; 0: is here */
	char *name;
	unsigned connections;
	bool guest;
	bool fresh; /* his coming was not told yet */
	UT_hash_handle hh;
};

struct presence {
	struct room *room;
	struct person *people;
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
presence_drop(struct person **table, struct person *who)
{
	HASH_DEL(*table, who);
	free(who->name);
	free(who);
}

void
presence_free(struct presence *p)
{
	struct person *who, *tmp;

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

void
presence_enter(struct presence *p, int64_t who, const char *name, bool guest)
{
	struct person *x = presence_find(p, who);

	if (x == NULL) {
		x = xcalloc(1, sizeof(*x));
		x->who = who;
		x->name = xstrdup(name);
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
	x->connections++;
	presence_rename(p, who, name);
}

void
presence_leave(struct presence *p, int64_t who, int64_t now)
{
	struct person *x = presence_find(p, who);

	if (x == NULL || x->connections == 0 || --x->connections != 0)
		return;
	x->left = now;
	p->leaving++;
}

void
presence_rename(struct presence *p, int64_t who, const char *name)
{
	struct person *x = presence_find(p, who);

	if (x == NULL || strcmp(x->name, name) == 0)
		return;
	presence_unsort(p);
	free(x->name);
	x->name = xstrdup(name);
}

size_t
presence_online(const struct presence *p)
{
	return HASH_COUNT(p->people);
}

bool
presence_busy(const struct presence *p)
{
	return p->people != NULL;
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
		if (x->fresh) {
			free(x->name);
			free(x);
		} else
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
	p->sorted = xmalloc(presence_online(p) * sizeof(*p->sorted));
	HASH_ITER(hh, p->people, x, tmp)
		p->sorted[n++] = (struct presence_person){ x->name, x->guest };
	qsort(p->sorted, n, sizeof(*p->sorted), presence_order);
}

size_t
presence_list(struct presence *p, size_t from, struct presence_person *out,
    size_t max)
{
	size_t all = presence_online(p), n = from < all ? all - from : 0;

	presence_sort(p);
	if (n > max)
		n = max;
	if (n != 0)
		memcpy(out, p->sorted + from, n * sizeof(*out));
	return n;
}
