/*
 * early: see early.h.
 */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "chatsrv/early.h"
#include "chatsrv/metrics.h"
#include "lib/clock.h"

struct early_entry {
	struct entry entry; /* its strings stand behind it */
	size_t size;
	struct early_entry *prev, *next;
};

struct early { /* what a room waits with */
	struct room *room;
	struct early_entry *entries; /* ascending, above the room's head */
	size_t bytes;
	int64_t wanted; /* the log goes so far */
	int64_t since;	/* ms */
	bool draining;
	struct early *prev, *next;
};

static struct early *earlies; /* oldest first */
static int early_ms;

static void early_give_up(struct early *);

void
early_patience(int ms)
{
	early_ms = ms;
}

static struct early *
early_of(struct room *r)
{
	struct early *w = r->early;

	if (w != NULL)
		return w;
	w = xcalloc(1, sizeof(*w));
	w->room = r;
	w->since = clock_ms();
	r->early = w;
	DL_APPEND(earlies, w);
	return w;
}

void
early_forget(struct room *r)
{
	struct early *w = r->early;
	struct early_entry *x, *tmp;

	if (w == NULL)
		return;
	DL_FOREACH_SAFE(w->entries, x, tmp)
		free(x);
	DL_DELETE(earlies, w);
	r->early = NULL;
	free(w);
}

static void
early_copy_str(char **at, struct str *s)
{
	if (s->n == 0)
		return;
	memcpy(*at, s->p, s->n);
	s->p = *at;
	*at += s->n;
}

static struct early_entry *
early_copy(const struct entry *e)
{
	size_t size = sizeof(struct early_entry) + e->from.n + e->text.n +
	    e->style.n + e->lang.n + e->nonce.n;
	struct early_entry *x = xmalloc(size);
	char *at = (char *)(x + 1);

	x->entry = *e;
	x->size = size;
	early_copy_str(&at, &x->entry.from);
	early_copy_str(&at, &x->entry.text);
	early_copy_str(&at, &x->entry.style);
	early_copy_str(&at, &x->entry.lang);
	early_copy_str(&at, &x->entry.nonce);
	return x;
}

/* Behind those with lower numbers; false: it is there already. */
static bool
early_insert(struct early *w, struct early_entry *x)
{
	struct early_entry *at = w->entries != NULL ? w->entries->prev : NULL;

	if (at == NULL) {
		DL_APPEND(w->entries, x);
		return true;
	}
	while (at->entry.seq > x->entry.seq && at != w->entries)
		at = at->prev;
	if (at->entry.seq == x->entry.seq)
		return false;
	if (at->entry.seq > x->entry.seq)
		DL_PREPEND(w->entries, x);
	else
		DL_APPEND_ELEM(w->entries, at, x);
	return true;
}

bool
early_put(struct room *r, const struct entry *e)
{
	struct early *w;
	struct early_entry *x;

	if (early_ms == 0)
		return false;
	w = early_of(r);
	x = early_copy(e);
	if (!early_insert(w, x)) {
		free(x);
		return true;
	}
	w->bytes += x->size;
	metrics.early_total++;
	if (w->bytes > EARLY_BYTES)
		early_give_up(w);
	return true;
}

bool
early_deletes(const struct room *r, const struct entry *e)
{
	int64_t of = e->kind == ENTRY_message ? e->seq :
	    e->kind == ENTRY_edit	      ? e->target :
						0;
	struct early_entry *x;

	if (r->early == NULL || of == 0)
		return false;
	DL_FOREACH(r->early->entries, x)
		if (x->entry.kind == ENTRY_delete && x->entry.target == of)
			return true;
	return false;
}

/* Takes the first, if the room has everything below it. */
static struct early_entry *
early_next(struct early *w)
{
	struct early_entry *x = w->entries;

	if (x == NULL || x->entry.seq > w->room->head + 1)
		return NULL;
	DL_DELETE(w->entries, x);
	w->bytes -= x->size;
	return x;
}

void
early_drain(struct room *r)
{
	struct early *w = r->early;
	struct early_entry *x;

	if (w == NULL || w->draining)
		return;
	w->draining = true;
	while ((x = early_next(w)) != NULL) {
		room_accept(r, &x->entry);
		free(x);
	}
	w->draining = false;
	if (w->entries == NULL && w->wanted <= r->head)
		early_forget(r);
	else
		w->since = clock_ms();
}

/* What is missing is not waited for any longer. */
static void
early_give_up(struct early *w)
{
	struct room *r = w->room;
	int64_t wanted = w->wanted;

	metrics.gaps_total++;
	while (r->early != NULL && w->entries != NULL) {
		room_heard(r, w->entries->entry.seq - 1);
		early_drain(r);
	}
	room_heard(r, wanted);
	early_forget(r);
}

void
early_want(struct room *r, int64_t head)
{
	struct early *w;

	if (head <= r->head)
		return;
	if (early_ms == 0) {
		room_heard(r, head);
		return;
	}
	w = early_of(r);
	if (w->wanted < head)
		w->wanted = head;
}

int
early_turn(void)
{
	int64_t now;
	struct early *w, *tmp;
	int least = -1;

	if (earlies == NULL)
		return -1;
	now = clock_ms();
	DL_FOREACH_SAFE(earlies, w, tmp) {
		int left = (int)(w->since + early_ms - now);

		if (left <= 0)
			early_give_up(w);
		else if (least < 0 || left < least)
			least = left;
	}
	return least;
}
