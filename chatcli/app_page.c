/*
 * app_page: what comes in pages: the past of a room, its members, and lists
 * of rooms.
 *
 * Lists of members and rooms ask for page after page.  The past is asked for
 * as it comes into sight: above the first line, or around an entry that was
 * named, above which and below which the log then has a hole.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/app_private.h"
#include "lib/clock.h"

/* Sends the next request of an act; false: there is no connection. */
static bool
app_page_ask(struct app_act *a, const struct msg *m, client_answer *answer)
{
	if (client_request(a->app->client, m, NULL, answer, a))
		return true;
	app_act_free(a);
	return false;
}

/* The past. */

static client_answer app_page_above, app_page_around, app_page_between;

static bool
app_page_may(const struct buffer *b)
{
	return b->joined && !b->paging && b->page_at == 0;
}

/* Asks for a page; the field of m says where, count is for its answer. */
static void
app_page_history(struct app *app, struct buffer *b, struct msg *m, size_t count,
    client_answer *answer)
{
	struct app_act *a = app_act_new(app, b, "reading the past", NULL);

	a->count = count;
	MSG_PUT(m, room, str_of(b->room));
	MSG_PUT(m, limit, APP_PAGE);
	b->paging = app_page_ask(a, m, answer);
}

/* The room of a page that came, NULL if there is nothing to take. */
static struct buffer *
app_page_came(struct app_act *a, enum err e, const struct msg *m)
{
	struct app *app = a->app;
	struct buffer *b = app_act_buffer(a);

	if (b != NULL)
		b->paging = false;
	if (b != NULL && m != NULL &&
	    (e == ERR_RATE_LIMITED || e == ERR_UNAVAILABLE)) {
		b->page_at = clock_ms() +
		    (MSG_HAS(m, retry_after) ?
			    (int64_t)(m->retry_after * 1000) :
			    APP_AGAIN_MS);
		app_later(app);
		app_act_free(a);
		return NULL;
	}
	if (b == NULL || m == NULL || e != ERR_OK) {
		app_act_done(a, b, e, m);
		return NULL;
	}
	app_act_free(a);
	/* Numbers of another epoch mean other entries. */
	return b->epoch != NULL && str_eq(m->epoch, b->epoch) ? b : NULL;
}

/* Puts entries above after and below before in their places. */
static void
app_page_take(struct app *app, struct buffer *b, const struct msg *m,
    int64_t after, int64_t before)
{
	for (size_t i = 0; i < m->entries.n; i++) {
		const struct msg *ev = &m->entries.v[i];

		if (MSG_HAS(ev, seq) && ev->seq > after && ev->seq < before)
			buffer_entry(b, ev, client_me(app->client),
			    client_me_guest(app->client));
	}
	app_changed(app, VIEW_LOG | VIEW_ROOMS, b);
}

/* The numbers of the first and the last entry of a page, 0 if it is empty. */
static int64_t
app_page_first(const struct msg *m)
{
	return m->entries.n == 0 ? 0 : m->entries.v[0].seq;
}

static int64_t
app_page_last(const struct msg *m)
{
	return m->entries.n == 0 ? 0 : m->entries.v[m->entries.n - 1].seq;
}

static void
app_page_above(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app *app = ((struct app_act *)arg)->app;

	b = app_page_came(arg, e, m);
	if (b == NULL)
		return;
	app_page_take(app, b, m, 0, INT64_MAX);
	b->at_top = !m->more;
	app_page_show(app, b);
}

void
app_page_up(struct app *app, struct buffer *b)
{
	struct line *first = buffer_first(b);
	struct msg m;

	if (!app_page_may(b) || b->at_top)
		return;
	msg_init(&m, SHAPE_history);
	MSG_PUT(&m, before, first != NULL ? first->seq : b->last + 1);
	app_page_history(app, b, &m, 0, app_page_above);
}

/* The entry, or if it is no message of its own the one before it. */
static void
app_page_around(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app *app = ((struct app_act *)arg)->app;
	struct line *first;
	int64_t below, goal = 0;

	b = app_page_came(arg, e, m);
	if (b == NULL)
		return;
	first = buffer_first(b);
	below = first != NULL ? first->seq : 0;
	app_page_take(app, b, m, 0, INT64_MAX);
	if (app_page_last(m) < below) {
		b->hole_after = app_page_last(m);
		b->hole_before = below;
	}
	b->at_top = b->at_top && app_page_first(m) >= below;
	for (size_t i = 0; i < b->nlines; i++)
		if (b->lines[i]->seq > goal && b->lines[i]->seq <= b->show_seq)
			goal = b->lines[i]->seq;
	if (goal == 0)
		app_note(app, b, "there is no message %lld to show",
		    (long long)b->show_seq);
	b->show_seq = goal;
}

void
app_page_show(struct app *app, struct buffer *b)
{
	struct msg m;

	/* What comes by itself is to be there first. */
	if (b->show_seq == 0 || b->loose || b->last < b->back.until)
		return;
	if (buffer_find(b, b->show_seq) != NULL)
		app_changed(app, VIEW_LOG, b);
	else if (b->show_seq > b->end) {
		app_note(app, b, "there is no message %lld to show",
		    (long long)b->show_seq);
		b->show_seq = 0;
	} else if (app_page_may(b)) {
		buffer_drop_above_hole(b);
		msg_init(&m, SHAPE_history);
		MSG_PUT(&m, around, b->show_seq);
		app_page_history(app, b, &m, 0, app_page_around);
	}
}

static void
app_page_between(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app *app = ((struct app_act *)arg)->app;
	bool up = ((struct app_act *)arg)->count != 0;

	b = app_page_came(arg, e, m);
	if (b == NULL || b->hole_before == 0)
		return;
	app_page_take(app, b, m, b->hole_after, b->hole_before);
	if (up && app_page_first(m) > b->hole_after)
		b->hole_before = app_page_first(m);
	else if (!up && m->more && app_page_last(m) < b->hole_before)
		b->hole_after = app_page_last(m);
	else
		b->hole_after = b->hole_before = 0;
	app_page_show(app, b);
}

void
app_page_hole(struct app *app, struct buffer *b, bool up)
{
	struct msg m;

	if (!app_page_may(b) || b->hole_before == 0)
		return;
	msg_init(&m, SHAPE_history);
	if (up)
		MSG_PUT(&m, before, b->hole_before);
	else
		MSG_PUT(&m, after, b->hole_after);
	app_page_history(app, b, &m, up, app_page_between);
}

bool
app_page_later(struct app *app, struct buffer *b)
{
	if (b->page_at != 0 && b->page_at <= clock_ms()) {
		b->page_at = 0;
		app_page_show(app, b);
		app_changed(app, VIEW_LOG, b); /* which asks again */
	}
	return b->page_at != 0;
}

/* Members. */

static client_answer app_page_members;

static void
app_page_ask_members(struct app_act *a, int64_t after)
{
	struct msg m;

	msg_init(&m, SHAPE_members);
	MSG_PUT(&m, room, str_of(a->room));
	if (after != 0)
		MSG_PUT(&m, after, after);
	app_page_ask(a, &m, app_page_members);
}

/* All of them in one line, for those who asked by a command. */
static void
app_page_tell_members(struct app *app, struct buffer *b)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < b->nmembers; i++)
		buf_printf(&out, "%s%s%s%s", i != 0 ? ", " : "",
		    b->members[i].guest ? "~" : "", b->members[i].user,
		    !b->members[i].online  ? " (offline)" :
			b->members[i].away ? " (away)" :
					     "");
	app_note(app, b, "%zu here: %s", b->nmembers, buf_str(&out));
	buf_fini(&out);
}

static void
app_page_members(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;

	b = app_act_buffer(a);
	if (b == NULL || m == NULL || e != ERR_OK) {
		app_act_done(a, b, e, m);
		return;
	}
	if (a->count++ == 0)
		buffer_members_clear(b);
	for (size_t i = 0; i < m->members.n; i++) {
		const struct msg *p = &m->members.v[i];
		char *user = xstrndup(p->user.p, p->user.n);

		buffer_member(b, user, MSG_HAS(p, guest) && p->guest,
		    !MSG_HAS(p, present) || p->present,
		    MSG_HAS(p, away) && p->away);
		free(user);
	}
	app_changed(a->app, VIEW_MEMBERS, b);
	if (MSG_HAS(m, next) && m->next != 0) {
		app_page_ask_members(a, m->next);
		return;
	}
	if (a->text != NULL)
		app_page_tell_members(a->app, b);
	app_act_free(a);
}

void
app_members(struct app *app, struct buffer *b)
{
	if (client_up(app->client))
		app_page_ask_members(app_act_new(app, b, "the list of members",
					 ""),
		    0);
	else
		app_page_tell_members(app, b);
}

void
app_page_joined(struct app *app, struct buffer *b)
{
	if (!b->joined)
		return;
	app_page_ask_members(app_act_new(app, b, "the list of members", NULL),
	    0);
	app_page_show(app, b);
}

/* Rooms. */

static client_answer app_page_rooms;

static void
app_page_ask_rooms(struct app_act *a, int64_t after)
{
	struct msg m;

	msg_init(&m, SHAPE_rooms);
	if (a->text != NULL)
		MSG_PUT(&m, match, str_of(a->text));
	if (after != 0)
		MSG_PUT(&m, after, after);
	app_page_ask(a, &m, app_page_rooms);
}

static void
app_page_rooms(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;

	b = app_act_buffer(a);
	if (m == NULL || e != ERR_OK) {
		app_act_done(a, b, e, m);
		return;
	}
	for (size_t i = 0; i < m->rooms.n; i++) {
		const struct msg *r = &m->rooms.v[i];
		bool topic = MSG_HAS(r, topic) && r->topic.n != 0;

		a->count++;
		app_note(a->app, b, "%.*s, %lld here%s%.*s", STR_FMT(r->room),
		    MSG_HAS(r, online) ? (long long)r->online : 0,
		    topic ? ": " : "", topic ? (int)r->topic.n : 0,
		    topic ? r->topic.p : "");
	}
	if (MSG_HAS(m, next) && m->next != 0 && a->count < APP_ROOMS) {
		app_page_ask_rooms(a, m->next);
		return;
	}
	if (MSG_HAS(m, next) && m->next != 0)
		app_note(a->app, b,
		    "there are more; /rooms TEXT lists those "
		    "with TEXT in their name");
	else
		app_note(a->app, b, "%zu public room%s", a->count,
		    a->count == 1 ? "" : "s");
	app_act_free(a);
}

void
app_rooms(struct app *app, const char *match)
{
	struct buffer *b = buffers_current(&app->buffers);

	if (client_up(app->client))
		app_page_ask_rooms(app_act_new(app, b, "the list of rooms",
				       match),
		    0);
	else
		app_note(app, b,
		    "a list of rooms needs a connection, and there is none");
}
