/*
 * app: its life from the first screen to the last, and what the link and the
 * client have to say.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <uv.h>

#include "chatcli/app_private.h"
#include "chatcli/on/on.h"
#include "chatcli/ui/ui.h"
#include "lib/clock.h"
#include "lib/name.h"

struct app_handles {
	uv_timer_t later, turn;
	uv_signal_t signals[2];
};

void
app_changed(struct app *app, unsigned parts, struct buffer *b)
{
	if (app->view != NULL)
		app->view->changed(app->view, parts, b);
}

void
app_note(struct app *app, struct buffer *b, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	if (b == NULL)
		b = buffers_current(&app->buffers);
	if (b == NULL)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buffer_note(b, LINE_NOTE, "%s", buf_str(&text));
	buf_fini(&text);
	app_changed(app, VIEW_LOG, b);
}

struct buffers *
app_buffers(struct app *app)
{
	return &app->buffers;
}

const struct prefs *
app_prefs(struct app *app)
{
	return app->prefs;
}

struct uv_loop_s *
app_loop(struct app *app)
{
	return app->loop;
}

void
app_status(struct app *app, struct app_status *s)
{
	*s = (struct app_status){
		.link = client_up(app->client)	       ? LINK_UP :
		    link_state(app->link) == LINK_DOWN ? LINK_WAITING :
							 LINK_CONNECTING,
		.retry_s = link_retry_s(app->link),
		.why = link_reason(app->link),
		.server = app->server,
		.me = client_me(app->client),
		.guest = client_me_guest(app->client),
		.asking = app->asking,
		.outbox = outbox_count(app->outbox),
	};
	if (s->why[0] == '\0')
		s->why = NULL;
}

/* What waits for its time: one timer, as long as anything does. */
static void
app_later_turn(uv_timer_t *t)
{
	struct app *app = t->data;
	int64_t now = clock_ms();
	bool more = false;

	app_act_tell_read(app);
	for (size_t i = 0; i < app->buffers.n; i++) {
		struct buffer *b = app->buffers.v[i];

		if (buffer_typing_expire(b, now))
			app_changed(app, VIEW_STATUS, b);
		more = app_page_later(app, b) || more || b->ntypists != 0;
	}
	if (app->join_at != 0 && app->join_at <= now) {
		app->join_at = 0;
		app_act_rejoin(app);
	}
	app_line_pump(app);
	more = !app_line_ask(app) || more;
	if (more || app->join_at != 0 || app->send_at != 0 ||
	    app->save_at != 0 || app->reading)
		app_later(app);
}

void
app_later(struct app *app)
{
	if (!app->quitting &&
	    !uv_is_active((uv_handle_t *)&app->handles->later))
		uv_timer_start(&app->handles->later, app_later_turn,
		    APP_LATER_MS, 0);
}

/* What the client says. */

static void
app_client_send(void *arg, const char *p, size_t n)
{
	struct app *app = arg;

	link_send(app->link, p, n);
}

/* The server gave another name than was wished for: told once. */
static void
app_tell_name(struct app *app)
{
	const char *me = client_me(app->client);

	if (app->nick == NULL || strcmp(app->nick, me) == 0 ||
	    (app->given != NULL && strcmp(app->given, me) == 0))
		return;
	free(app->given);
	app->given = xstrdup(me);
	app_note(app, NULL, "the name %s is taken, you are now %s%s", app->nick,
	    client_me_guest(app->client) ? "~" : "", me);
}

static void
app_client_up(void *arg, const struct msg *hello)
{
	struct app *app = arg;
	struct buf error = BUF_INIT;

	link_good(app->link);
	app->met = true;
	if (MSG_HAS(hello, token) &&
	    !state_guest_save(&app->prefs->url, &app->guest, hello->token.p,
		hello->token.n, true, &error))
		app_note(app, NULL,
		    "who you are could not be kept, the next "
		    "start makes a new guest: %s",
		    buf_str(&error));
	buf_fini(&error);
	if (app->guest.identity == NULL) {
		link_break(app->link, "the server did not say who we are");
		return;
	}
	app_tell_name(app);
	app_line_up(app);
	app_changed(app, VIEW_ALL, NULL);
}

/* The token is worth nothing any more. */
static void
app_new_guest(void *arg, char key)
{
	struct app *app = arg;

	app->unknown = false;
	if (key != 'y') {
		app->shut_out = true;
		app_note(app, NULL,
		    "staying offline; what you type is kept, "
		    "the next start asks again");
		return;
	}
	state_guest_fini(&app->guest);
	link_start(app->link);
}

static void
app_client_refused(void *arg, enum err e, const struct msg *error)
{
	struct app *app = arg;
	char text[256];

	snprintf(text, sizeof(text), "%.*s", STR_FMT(error->text));
	if (e == ERR_UNAUTHORIZED && app->guest.token != NULL) {
		link_hold(app->link, text);
		app_note(app, NULL, "the server does not know you any more");
		app->unknown = app->view != NULL;
		if (app->unknown)
			app->view->ask(app->view, "Go on as a new guest?", "yn",
			    app_new_guest, app);
		return;
	}
	if (e == ERR_BAD_REQUEST && app->nick != NULL) {
		app_note(app, NULL,
		    "the server does not take the name %s: "
		    "%s; it gives you another",
		    app->nick, text);
		free(app->nick);
		app->nick = NULL;
	}
	if (MSG_HAS(error, retry_after))
		link_retry_after(app->link, error->retry_after);
	link_break(app->link, text);
}

static void
app_client_joined(void *arg, struct buffer *b, const struct msg *reply,
    struct str frame)
{
	struct app *app = arg;

	(void)frame;
	if (!MSG_HAS(reply, reset) && !b->read_dirty && MSG_HAS(reply, read))
		buffer_read(b, reply->read);
	app_page_joined(app, b);
	if (b->read_dirty)
		app->reading = true;
	app_later(app);
	app_changed(app, VIEW_ALL, b);
}

static void
app_client_barred(void *arg, struct buffer *b, enum err e,
    const struct msg *error)
{
	struct app *app = arg;
	double wait = MSG_HAS(error, retry_after) ? error->retry_after :
						    APP_AGAIN_MS / 1000.0;

	if (e == ERR_UNAVAILABLE || e == ERR_UNKNOWN || e == ERR_INTERNAL ||
	    e == ERR_RATE_LIMITED) {
		app->join_at = clock_ms() + (int64_t)(wait * 1000);
		app_later(app);
	} else
		b->wanted = false;
	app_note(app, b, "%s was not opened: %.*s%s", b->room,
	    STR_FMT(error->text), b->wanted ? "; it is tried again" : "");
	app_changed(app, VIEW_ALL, b);
}

static void
app_client_event(void *arg, struct buffer *b, const struct msg *ev,
    struct str frame)
{
	(void)frame;
	on_event(arg, b, ev);
	if (b != NULL && b->show_seq != 0)
		app_page_show(arg, b);
}

static void
app_client_back(void *arg, struct buffer *b)
{
	struct app *app = arg;
	struct buf words = BUF_INIT;

	client_back_words(&words, &b->back, clock_ms());
	buffer_note(b, LINE_BACK, "%s", buf_str(&words));
	buf_fini(&words);
	app_changed(app, VIEW_LOG, b);
}

static void
app_client_broken(void *arg, const char *why)
{
	struct app *app = arg;

	link_break(app->link, why);
}

static const struct client_host app_client_host = { app_client_send,
	app_client_up, app_client_refused, app_client_joined, app_client_barred,
	app_client_event, app_client_back, app_client_broken };

/* What the link says. */

static void
app_link_opened(void *arg)
{
	struct app *app = arg;

	client_opened(app->client, app->guest.token, app->nick);
}

static void
app_link_frame(void *arg, const char *p, size_t n)
{
	struct app *app = arg;

	client_frame(app->client, p, n);
}

static void
app_link_lost(void *arg)
{
	struct app *app = arg;

	client_closed(app->client);
	app_line_down(app);
	app_changed(app, VIEW_ALL, NULL);
}

/* Who never met the server wants to know whether the address is right. */
static void
app_tell_unmet(struct app *app)
{
	const char *why = link_reason(app->link);

	if (app->met || link_state(app->link) != LINK_DOWN ||
	    link_retry_s(app->link) == 0 || why[0] == '\0' ||
	    (app->why != NULL && strcmp(app->why, why) == 0))
		return;
	free(app->why);
	app->why = xstrdup(why);
	app_note(app, NULL,
	    "%s is not reached: %s; what you type is kept, and it is tried "
	    "again",
	    app->server, why);
}

static void
app_link_changed(void *arg)
{
	app_tell_unmet(arg);
	app_changed(arg, VIEW_STATUS, NULL);
}

static const struct link_host app_link_host = { app_link_opened, app_link_frame,
	app_link_lost, app_link_changed };

/* Its life. */

static bool
app_open_outbox(struct app *app, struct buf *error)
{
	struct buf name = BUF_INIT, why = BUF_INIT;
	char *path;

	buf_puts(&name, "outbox-");
	state_server(&name, &app->prefs->url);
	path = state_path(buf_str(&name), error);
	if (path != NULL)
		app->outbox = outbox_open(path, &why);
	if (path != NULL && app->outbox == NULL)
		buf_printf(error, "what you type could not be kept in %s: %s",
		    path, buf_str(&why));
	free(path);
	buf_fini(&name);
	buf_fini(&why);
	return app->outbox != NULL;
}

static void
app_name_server(struct app *app)
{
	struct buf b = BUF_INIT;
	const char *slashes;

	url_print_server(&b, &app->prefs->url);
	slashes = strstr(buf_str(&b), "//");
	app->server = xstrdup(slashes != NULL ? slashes + 2 : b.data);
	buf_fini(&b);
}

static void app_turn(uv_timer_t *);

static void
app_signal(uv_signal_t *s, int number)
{
	(void)number;
	app_quit(s->data);
}

static void
app_start_handles(struct app *app)
{
	static const int numbers[] = { SIGTERM, SIGHUP };
	struct app_handles *h = xcalloc(1, sizeof(*h));

	app->handles = h;
	uv_timer_init(app->loop, &h->later);
	uv_timer_init(app->loop, &h->turn);
	h->later.data = h->turn.data = app;
	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(app->loop, &h->signals[i]);
		h->signals[i].data = app;
		uv_signal_start(&h->signals[i], app_signal, numbers[i]);
	}
}

struct app *
app_new(const struct prefs *prefs, struct buf *error, int *code)
{
	struct app *app = xcalloc(1, sizeof(*app));
	struct conn_conf conf = { &prefs->url, prefs->ca_file,
		prefs->insecure };

	app->prefs = prefs;
	buffers_init(&app->buffers);
	if (!state_guest_load(&prefs->url, &app->guest, error))
		*code = EX_NOPERM;
	else if (!app_open_outbox(app, error))
		*code = EX_IOERR;
	if (app->outbox == NULL) {
		state_guest_fini(&app->guest);
		free(app);
		return NULL;
	}
	app->loop = xcalloc(1, sizeof(*app->loop));
	uv_loop_init(app->loop);
	if (prefs->nick[0] != '\0')
		app->nick = xstrdup(prefs->nick);
	app->asking = app->guest.token == NULL && app->nick == NULL;
	app_name_server(app);
	app->client = client_new(&app->buffers, APP_FRESH, false,
	    &app_client_host, app);
	app->link = link_new(app->loop, &conf, &app_link_host, app);
	app_start_handles(app);
	app_act_load_rooms(app);
	return app;
}

void
app_open(struct app *app, const struct url *place)
{
	struct buffer *b = buffers_open(&app->buffers, place->room);

	b->wanted = true;
	b->show_seq = place->seq;
	/* The first that was named is the one to look at. */
	for (size_t i = 0; i < app->buffers.n && !app->named; i++)
		if (app->buffers.v[i] == b)
			buffers_show(&app->buffers, i);
	app->named = true;
}

bool
app_run(struct app *app)
{
	bool shown;

	if (app->buffers.n == 0)
		buffers_open(&app->buffers, app->prefs->room)->wanted = true;
	app_line_load(app);
	/* Paints: all that is only written for the next start comes later. */
	app->view = ui_start(app);
	shown = app->view != NULL;
	if (!shown)
		app_quit(app);
	else if (!app->asking)
		link_start(app->link);
	app_act_keep_rooms(app);
	uv_run(app->loop, UV_RUN_DEFAULT);
	return shown;
}

bool
app_needs_nick(struct app *app)
{
	return app->asking;
}

const char *
app_nick_answer(struct app *app, const char *nick)
{
	struct name name;
	const char *why = NULL;

	if (nick[0] == '~')
		nick++;
	if (nick[0] != '\0' &&
	    name_parse(NAME_USER, nick, strlen(nick), &name, &why) != ERR_OK)
		return why;
	if (nick[0] != '\0') {
		free(app->nick);
		app->nick = xstrdup(name.text);
	}
	app->asking = false;
	link_start(app->link);
	app_changed(app, VIEW_ALL, NULL);
	return NULL;
}

void
app_touch(struct app *app)
{
	if (!app->asking && !app->unknown && !app->shut_out)
		link_touch(app->link);
}

static void
app_handle_closed(uv_handle_t *h)
{
	(void)h;
}

/* The loop ends by itself when nothing of ours is in it any more. */
static void
app_turn(uv_timer_t *t)
{
	struct app *app = t->data;
	struct app_handles *h = app->handles;
	struct view *view = app->view;

	app->view = NULL;
	if (view != NULL)
		ui_stop(view);
	link_stop(app->link);
	uv_close((uv_handle_t *)&h->later, app_handle_closed);
	uv_close((uv_handle_t *)&h->turn, app_handle_closed);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&h->signals[i], app_handle_closed);
}

void
app_quit(struct app *app)
{
	if (app->quitting)
		return;
	app->quitting = true;
	uv_timer_start(&app->handles->turn, app_turn, 0, 0);
}

bool
app_free(struct app *app)
{
	client_closed(app->client);
	outbox_close(app->outbox);
	app->outbox = NULL;
	if (!link_free(app->link))
		return false;
	client_free(app->client);
	buffers_fini(&app->buffers);
	state_guest_fini(&app->guest);
	uv_loop_close(app->loop);
	free(app->loop);
	free(app->handles);
	free(app->nick);
	free(app->given);
	free(app->why);
	free(app->server);
	free(app);
	return true;
}
