/*
 * app_act: what the user does to rooms and messages.
 *
 * Answers come later, when the room may be closed: they find it by its name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatcli/app_private.h"
#include "chatcli/place.h"
#include "lib/clock.h"
#include "lib/name.h"

struct app_act *
app_act_new(struct app *app, struct buffer *b, const char *what,
    const char *text)
{
	struct app_act *a = xcalloc(1, sizeof(*a));

	a->app = app;
	a->room = b != NULL ? xstrdup(b->room) : NULL;
	a->what = what;
	a->text = text != NULL ? xstrdup(text) : NULL;
	a->begun = clock_us();
	return a;
}

void
app_act_free(struct app_act *a)
{
	free(a->room);
	free(a->text);
	free(a);
}

struct buffer *
app_act_buffer(struct app_act *a)
{
	return a->room == NULL ? NULL : buffers_find(&a->app->buffers, a->room);
}

/* Most need no words when they succeed: the entry shows it. */
void
app_act_done(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;
	const char *colon = a->text != NULL ? ": " : "";
	const char *text = a->text != NULL ? a->text : "";

	b = app_act_buffer(a);
	if (m == NULL)
		app_note(a->app, b,
		    "%s may have been done or not, the connection was lost%s%s",
		    a->what, colon, text);
	else if (e != ERR_OK)
		app_note(a->app, b, "%s failed, %.*s%s%s", a->what,
		    STR_FMT(m->text), colon, text);
	app_act_free(a);
}

static void
app_act_request(struct app *app, struct buffer *b, struct msg *m,
    const char *what, const char *text)
{
	struct app_act *a = app_act_new(app, b, what, text);

	if (client_request(app->client, m, NULL, app_act_done, a))
		return;
	app_note(app, b, "%s needs a connection, and there is none%s%s", what,
	    text != NULL ? ": " : "", text != NULL ? text : "");
	app_act_free(a);
}

/* Rooms that are open come back at the next start. */

static char *
app_act_rooms_path(struct app *app)
{
	struct buf name = BUF_INIT, error = BUF_INIT;
	char *path;

	buf_puts(&name, "rooms-");
	state_server(&name, &app->prefs->url);
	path = state_path(buf_str(&name), &error);
	buf_fini(&name);
	buf_fini(&error);
	return path;
}

void
app_act_keep_rooms(struct app *app)
{
	struct buf b = BUF_INIT;
	char *path = app_act_rooms_path(app);

	for (size_t i = 0; i < app->buffers.n; i++)
		if (app->buffers.v[i]->wanted)
			buf_printf(&b, "%s\n", app->buffers.v[i]->room);
	/* A list that can't be kept costs nothing but typing. */
	if (path != NULL)
		state_write_file(path, b.data, b.len, STATE_REPLACE);
	buf_fini(&b);
	free(path);
}

void
app_act_load_rooms(struct app *app)
{
	struct buf b = BUF_INIT;
	char *path = app_act_rooms_path(app), *p, *line;
	struct url u;
	const char *why;

	if (path != NULL && state_read_file(path, &b, 65536) == 0) {
		buf_str(&b);
		p = b.data;
		while ((line = strsep(&p, "\n")) != NULL)
			if (line[0] != '\0' &&
			    place_parse(line, &app->prefs->url, &u, &why))
				buffers_open(&app->buffers, u.room)
				    ->wanted = true;
	}
	buf_fini(&b);
	free(path);
}

void
app_join(struct app *app, const char *word)
{
	struct buffer *b;
	struct url u;
	const char *why;

	if (!place_parse(word, &app->prefs->url, &u, &why)) {
		app_note(app, NULL, "%s can't be opened: %s", word, why);
		return;
	}
	if (!url_same_server(&u, &app->prefs->url)) {
		app_note(app, NULL,
		    "%s is on another server; start another "
		    "chatcli with that address",
		    word);
		return;
	}
	if (u.room[0] == '\0') {
		app_note(app, NULL, "%s is no room", word);
		return;
	}
	b = buffers_open(&app->buffers, u.room);
	b->show_seq = u.seq;
	for (size_t i = 0; i < app->buffers.n; i++)
		if (app->buffers.v[i] == b)
			buffers_show(&app->buffers, i);
	if (!b->joined && !b->joining)
		client_join(app->client, b);
	else if (u.seq != 0)
		app_page_joined(app, b);
	app_act_keep_rooms(app);
	app_changed(app, VIEW_ALL, NULL);
}

void
app_leave(struct app *app, struct buffer *b, bool part)
{
	client_leave(app->client, b, part);
	/* There is always a room to speak of. */
	if (app->buffers.n > 1) {
		client_forget(app->client, b);
		buffers_close(&app->buffers, b);
	} else {
		buffer_members_clear(b);
		app_note(app, b, "you left %s; /join %s opens it again",
		    b->room, b->room);
	}
	app_act_keep_rooms(app);
	app_changed(app, VIEW_ALL, NULL);
}

void
app_act_rejoin(struct app *app)
{
	for (size_t i = 0; i < app->buffers.n; i++) {
		struct buffer *b = app->buffers.v[i];

		if (b->wanted && !b->joined && !b->joining)
			client_join(app->client, b);
	}
}

/* Messages. */

void
app_edit(struct app *app, struct buffer *b, int64_t seq, const char *text)
{
	char nonce[OUTBOX_NONCE];
	struct msg m;

	outbox_nonce(nonce);
	msg_init(&m, SHAPE_edit);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, seq, seq);
	MSG_PUT(&m, text, str_of(text));
	MSG_PUT(&m, nonce, str_of(nonce));
	app_act_request(app, b, &m, "the edit", text);
}

void
app_delete(struct app *app, struct buffer *b, int64_t seq)
{
	struct msg m;

	msg_init(&m, SHAPE_delete);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, seq, seq);
	app_act_request(app, b, &m, "taking the message back", NULL);
}

void
app_react(struct app *app, struct buffer *b, int64_t seq, const char *emoji,
    bool on)
{
	struct msg m;

	msg_init(&m, on ? SHAPE_react : SHAPE_unreact);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, seq, seq);
	MSG_PUT(&m, emoji, str_of(emoji));
	app_act_request(app, b, &m,
	    on ? "the reaction" : "taking the reaction away", emoji);
}

void
app_topic(struct app *app, struct buffer *b, const char *topic)
{
	char nonce[OUTBOX_NONCE];
	struct msg m;

	outbox_nonce(nonce);
	msg_init(&m, SHAPE_topic);
	MSG_PUT(&m, room, str_of(b->room));
	MSG_PUT(&m, topic, str_of(topic));
	MSG_PUT(&m, nonce, str_of(nonce));
	app_act_request(app, b, &m, "the topic", topic);
}

/* Oneself. */

static void
app_act_nick_done(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;
	struct app *app = a->app;

	if (m != NULL && e == ERR_OK) {
		client_renamed(app->client, m->user);
		free(app->nick);
		app->nick = xstrndup(m->user.p, m->user.n);
		app_changed(app, VIEW_ALL, NULL);
	}
	app_act_done(arg, b, e, m);
}

void
app_nick(struct app *app, const char *nick)
{
	struct app_act *a;
	struct msg m;

	if (nick[0] == '~')
		nick++;
	a = app_act_new(app, NULL, "the name", nick);
	msg_init(&m, SHAPE_nick);
	MSG_PUT(&m, nick, str_of(nick));
	if (client_request(app->client, &m, NULL, app_act_nick_done, a))
		return;
	app_note(app, NULL, "a name needs a connection, and there is none");
	app_act_free(a);
}

static void
app_act_ping_done(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;

	if (m != NULL && e == ERR_OK)
		app_note(a->app, NULL, "the server answered after %.1f ms",
		    (double)(clock_us() - a->begun) / 1000);
	app_act_done(arg, b, e, m);
}

void
app_ping(struct app *app)
{
	struct app_act *a = app_act_new(app, NULL, "the ping", NULL);
	struct msg m;

	msg_init(&m, SHAPE_ping);
	if (client_request(app->client, &m, NULL, app_act_ping_done, a))
		return;
	app_note(app, NULL, "a ping needs a connection, and there is none");
	app_act_free(a);
}

void
app_typing(struct app *app, struct buffer *b)
{
	struct msg m;

	if (!b->joined ||
	    (app->typed_at != 0 && clock_ms() - app->typed_at < APP_TYPED_MS))
		return;
	app->typed_at = clock_ms();
	msg_init(&m, SHAPE_typing);
	MSG_PUT(&m, room, str_of(b->room));
	client_tell(app->client, &m);
}

/* Read markers: told at most once a second for all rooms. */

void
app_act_tell_read(struct app *app)
{
	struct msg m;

	if (!app->reading || !client_up(app->client))
		return;
	app->reading = false;
	for (size_t i = 0; i < app->buffers.n; i++) {
		struct buffer *b = app->buffers.v[i];

		if (!b->read_dirty)
			continue;
		msg_init(&m, SHAPE_read);
		MSG_PUT(&m, room, str_of(b->room));
		MSG_PUT(&m, seq, b->read);
		if (b->read_back)
			MSG_PUT(&m, back, true);
		if (client_tell(app->client, &m))
			b->read_dirty = b->read_back = false;
	}
}

static void
app_act_read(struct app *app, struct buffer *b, int64_t seq, bool back)
{
	buffer_read(b, seq);
	b->read_dirty = app->reading = true;
	b->read_back = b->read_back || back;
	app_later(app);
	app_changed(app, VIEW_LOG | VIEW_ROOMS | VIEW_STATUS, b);
}

void
app_seen(struct app *app, struct buffer *b)
{
	if (b->last > b->read)
		app_act_read(app, b, b->last, false);
}

void
app_unread(struct app *app, struct buffer *b, int64_t seq)
{
	if (seq > 0)
		app_act_read(app, b, seq - 1, true);
}
