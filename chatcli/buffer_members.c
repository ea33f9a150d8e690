/*
 * buffer_members: who is in a room, and who is typing in it.
 *
 * The list is sorted without regard to case; a name belongs to one guest or
 * one account, never to both at once, but may pass from one to the other.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chatcli/buffer.h"
#include "chatcli/buffer_line.h"
#include "lib/buf.h"

static int
member_order(const struct member *m, const char *user, bool guest)
{
	int order = strcasecmp(m->user, user);

	if (order == 0)
		order = strcmp(m->user, user);
	return order != 0 ? order : (int)m->guest - (int)guest;
}

/* The index at which somebody stands, or belongs. */
static size_t
member_at(const struct buffer *b, const char *user, bool guest, bool *there)
{
	size_t lo = 0, hi = b->nmembers;

	*there = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = member_order(&b->members[mid], user, guest);

		if (order == 0) {
			*there = true;
			return mid;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
buffer_member(struct buffer *b, const char *user, bool guest, bool online,
    bool away)
{
	bool there;
	size_t i = member_at(b, user, guest, &there);

	if (!there) {
		b->members = xrealloc(b->members,
		    (b->nmembers + 1) * sizeof(b->members[0]));
		memmove(b->members + i + 1, b->members + i,
		    (b->nmembers - i) * sizeof(b->members[0]));
		b->nmembers++;
		b->members[i].user = xstrdup(user);
		b->members[i].guest = guest;
	}
	b->members[i].online = online;
	b->members[i].away = away;
	buffer_touch(b, NULL);
}

void
buffer_member_gone(struct buffer *b, const char *user, bool guest)
{
	bool there;
	size_t i = member_at(b, user, guest, &there);

	if (!there)
		return;
	free(b->members[i].user);
	b->nmembers--;
	memmove(b->members + i, b->members + i + 1,
	    (b->nmembers - i) * sizeof(b->members[0]));
	buffer_touch(b, NULL);
}

void
buffer_member_renamed(struct buffer *b, const char *old, const char *user,
    bool guest)
{
	bool there, away;
	size_t i = member_at(b, old, guest, &there);

	away = there && b->members[i].away;
	buffer_member_gone(b, old, guest);
	buffer_member(b, user, guest, true, away);
}

void
buffer_members_clear(struct buffer *b)
{
	for (size_t i = 0; i < b->nmembers; i++)
		free(b->members[i].user);
	b->nmembers = 0;
	buffer_touch(b, NULL);
}

static size_t
typist_at(const struct buffer *b, const char *user, bool guest)
{
	size_t i = 0;

	while (i < b->ntypists &&
	    (b->typists[i].guest != guest ||
		strcmp(b->typists[i].user, user) != 0))
		i++;
	return i;
}

static void
typist_drop(struct buffer *b, size_t i)
{
	free(b->typists[i].user);
	b->typists[i] = b->typists[--b->ntypists];
	buffer_touch(b, NULL);
}

void
buffer_typing(struct buffer *b, const char *user, bool guest, int64_t until)
{
	size_t i = typist_at(b, user, guest);

	if (i == b->ntypists) {
		b->typists = xrealloc(b->typists,
		    (b->ntypists + 1) * sizeof(b->typists[0]));
		b->typists[b->ntypists++] = (struct typist){ xstrdup(user),
			guest, 0 };
	}
	b->typists[i].until = until;
	buffer_touch(b, NULL);
}

void
buffer_typing_drop(struct buffer *b, const char *user, bool guest)
{
	size_t i = typist_at(b, user, guest);

	if (i < b->ntypists)
		typist_drop(b, i);
}

bool
buffer_typing_expire(struct buffer *b, int64_t now)
{
	bool any = false;

	for (size_t i = b->ntypists; i-- > 0;)
		if (b->typists[i].until <= now) {
			typist_drop(b, i);
			any = true;
		}
	return any;
}
