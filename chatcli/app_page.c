/*
 * app_page: what comes in pages: the past of a room, its members, and lists
 * of rooms.
 *
 * Each page asks for the next one until the last, or until the room is
 * closed.
 */
#include <stdlib.h>
#include <string.h>

#include "chatcli/app_private.h"

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

static client_answer app_page_history;

static void
app_page_before(struct app *app, struct buffer *b)
{
	struct line *first = buffer_first(b);
	struct msg m;

	if (b->paging || b->at_top || !b->joined)
		return;
	msg_init(&m, SHAPE_history);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, before, first != NULL ? first->seq : b->last + 1);
	MSG_PUT(&m, limit, APP_PAGE);
	b->paging = app_page_ask(app_act_new(app, b, "reading the past", NULL),
	    &m, app_page_history);
}

/* An entry that an address named: reads back until it is here. */
static void
app_page_show(struct app *app, struct buffer *b)
{
	if (b->show_seq == 0)
		return;
	if (buffer_find(b, b->show_seq) != NULL)
		app_changed(app, VIEW_LOG, b);
	else if (b->at_top || b->show_seq > b->end) {
		app_note(app, b, "there is no message %lld to show",
		    (long long)b->show_seq);
		b->show_seq = 0;
	} else
		app_page_before(app, b);
}

static void
app_page_history(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;
	struct app *app = a->app;

	b = app_act_buffer(a);
	if (b != NULL)
		b->paging = false;
	if (b == NULL || m == NULL || e != ERR_OK) {
		app_act_done(a, b, e, m);
		return;
	}
	app_act_free(a);
	/* Numbers of another epoch mean other entries. */
	if (b->epoch == NULL || !str_eq(m->epoch, b->epoch))
		return;
	for (size_t i = 0; i < m->entries.n; i++)
		if (MSG_HAS(&m->entries.v[i], seq))
			buffer_entry(b, &m->entries.v[i],
			    client_me(app->client),
			    client_me_guest(app->client));
	b->at_top = !m->more;
	app_changed(app, VIEW_LOG | VIEW_ROOMS, b);
	app_page_show(app, b);
}

void
app_page_up(struct app *app, struct buffer *b)
{
	app_page_before(app, b);
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
