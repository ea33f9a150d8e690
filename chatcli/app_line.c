/*
 * app_line: own lines on their way from the keyboard to the log.
 *
 * A line is saved before it is shown and before it is sent; for each room one
 * is under way at a time, so that they are stored in the order in which they
 * were typed.  It leaves the outbox when the server answered it, or when the
 * user drops it, and for no other reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "chatcli/app_private.h"
#include "lib/clock.h"
#include "lib/text.h"

struct app_saver {
	uv_work_t work;
	struct app *app;
};

static void app_line_save(struct app *);

/* The room's buffer; opened if somebody closed it with a line on its way. */
static struct buffer *
app_line_buffer(struct app *app, const struct outbox_line *l)
{
	return buffers_open(&app->buffers, l->room);
}

static enum line_state
app_line_state(const struct outbox_line *l)
{
	return l->reason != NULL ? LINE_REFUSED :
	    l->unsure		 ? LINE_UNSURE :
	    l->sender != NULL	 ? LINE_SENT :
				   LINE_QUEUED;
}

/* Why it waits for the user, or NULL. */
static const char *
app_line_reason(struct app *app, const struct outbox_line *l)
{
	const char *me = app->guest.identity;

	if (!l->unsure || l->reason != NULL)
		return l->reason;
	return outbox_doubt(l, me != NULL ? me : "", clock_wall_ms());
}

/* Brings the line of the buffer to the state of that of the outbox. */
static void
app_line_show_as(struct app *app, const struct outbox_line *l,
    enum line_state state, const char *reason)
{
	struct buffer *b = app_line_buffer(app, l);
	struct line *shown = buffer_find_nonce(b, l->nonce);
	const char *me = client_me(app->client);
	bool guest = me[0] == '\0' || client_me_guest(app->client);

	if (me[0] == '\0' && app->nick != NULL)
		me = app->nick;
	if (shown == NULL) {
		shown = buffer_own(b, me, guest, l->nonce, l->kind, l->text);
		shown->reply_to = l->reply_to;
		shown->at = l->at;
	}
	if (shown->seq == 0) {
		buffer_sender(b, shown, me, guest);
		buffer_state(b, shown, state, reason);
	}
	app_changed(app, VIEW_LOG | VIEW_STATUS, b);
}

static void
app_line_show(struct app *app, const struct outbox_line *l)
{
	app_line_show_as(app, l, app_line_state(l), app_line_reason(app, l));
}

void
app_line_load(struct app *app)
{
	for (size_t i = 0; i < outbox_count(app->outbox); i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);

		app_line_buffer(app, l)->wanted = true;
		app_line_show(app, l);
	}
}

/* Takes it out of the buffer. */
static void
app_line_hide(struct app *app, const char *room, const char *nonce)
{
	struct buffer *b = buffers_find(&app->buffers, room);
	struct line *shown = b != NULL ? buffer_find_nonce(b, nonce) : NULL;

	if (shown != NULL)
		buffer_drop(b, shown);
	app_changed(app, VIEW_LOG | VIEW_STATUS, b);
}

static const char *
app_line_sender(struct app *app)
{
	return client_up(app->client) ? app->guest.identity : NULL;
}

/*
 * What may be stored is sent as the same line, as long as the server would
 * know it again.  Anything else is a new one, under a new nonce and whoever we
 * are now.
 */
static void
app_line_again(struct app *app, struct outbox_line *l)
{
	const char *me = app->guest.identity;

	if (l->reason == NULL && me != NULL &&
	    outbox_known(l, me, clock_wall_ms())) {
		l->unsure = false;
		l->again = true;
		app_line_show(app, l);
		return;
	}
	outbox_add(app->outbox, l->room, l->kind, l->text, l->reply_to,
	    app_line_sender(app));
	app_line_hide(app, l->room, l->nonce);
	outbox_done(app->outbox, l);
}

/* Whether a replay may still bring the line. */
static bool
app_line_may_come(struct app *app, const struct outbox_line *l)
{
	const struct buffer *b = buffers_find(&app->buffers, l->room);

	return b != NULL && b->wanted &&
	    (!b->joined || b->loose || b->last < b->back.until);
}

/* Whether the user is to decide about it, and did not say that it stays. */
static bool
app_line_open(const struct outbox_line *l)
{
	return l->unsure && l->reason == NULL && !l->kept;
}

static struct outbox_line *
app_line_next_open(struct app *app)
{
	for (size_t i = 0; i < outbox_count(app->outbox); i++)
		if (app_line_open(outbox_line(app->outbox, i)))
			return outbox_line(app->outbox, i);
	return NULL;
}

/* What he decided about stays: says how it can be done later, once a room. */
static void
app_line_keep(struct app *app)
{
	for (size_t i = 0; i < app->buffers.n; i++) {
		struct buffer *b = app->buffers.v[i];
		size_t kept = 0;

		for (size_t j = 0; j < outbox_count(app->outbox); j++) {
			struct outbox_line *l = outbox_line(app->outbox, j);

			if (!app_line_open(l) || app_line_buffer(app, l) != b)
				continue;
			l->kept = true;
			kept++;
		}
		if (kept != 0)
			app_note(app, b,
			    "%zu line%s kept with a ?; /resend sends the "
			    "oldest again, /discard drops it",
			    kept, kept == 1 ? " is" : "s are");
	}
}

static void
app_line_decide(void *arg, char key)
{
	struct app *app = arg;
	struct outbox_line *l;

	app->deciding = false;
	if (key != 'y') {
		app_line_keep(app);
		return;
	}
	while ((l = app_line_next_open(app)) != NULL)
		app_line_again(app, l);
	app_line_pump(app);
}

/* The lines to decide about are others: what was asked is asked anew. */
static void
app_line_ask_anew(struct app *app)
{
	if (!app->deciding)
		return;
	app->view->unask(app->view, app_line_decide);
	app->deciding = false;
	app->unsure = true;
	app_later(app);
}

bool
app_line_ask(struct app *app)
{
	const struct buffer *b = NULL;
	struct buf question = BUF_INIT;
	size_t n = 0;
	bool rooms = false;

	if (!app->unsure || app->view == NULL)
		return true;
	for (size_t i = 0; i < outbox_count(app->outbox); i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);

		if (!app_line_open(l))
			continue;
		if (app_line_may_come(app, l))
			return false;
		rooms = rooms || (b != NULL && b != app_line_buffer(app, l));
		b = app_line_buffer(app, l);
		n++;
	}
	app->unsure = false;
	if (n == 0)
		return true;
	buf_printf(&question,
	    "%zu line%s in %s may have been stored already. Send %s again?", n,
	    n == 1 ? "" : "s", rooms ? "several rooms" : b->room,
	    n == 1 ? "it" : "them");
	app->deciding = true;
	app->view->ask(app->view, buf_str(&question), "yn", app_line_decide,
	    app);
	buf_fini(&question);
	return true;
}

/* Whether it may be sent now, under whoever we are now. */
static bool
app_line_may_go(struct app *app, const struct outbox_line *l)
{
	const char *me = app->guest.identity;
	int64_t now = clock_wall_ms();

	return l->again ? outbox_known(l, me, now) : outbox_sure(l, me, now);
}

void
app_line_up(struct app *app)
{
	app->send_at = 0;
	for (size_t i = 0; i < outbox_count(app->outbox); i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);

		if (l->reason == NULL && !l->unsure &&
		    !app_line_may_go(app, l)) {
			l->unsure = app->unsure = true;
			l->kept = false;
		}
		l->again = l->again && !l->unsure;
		/* It may have been shown before our name was known. */
		app_line_show(app, l);
	}
	app_line_pump(app);
	if (app->unsure)
		app_line_ask_anew(app);
	app_later(app);
}

/*
 * What stands in the log under the nonce and in the words of a line is that
 * line, whoever we were when it was sent: nobody else knew the nonce.
 */
void
app_line_heard(struct app *app, const struct msg *ev)
{
	struct outbox_line *l;
	char *nonce;

	if (!MSG_HAS(ev, nonce))
		return;
	nonce = xstrndup(ev->nonce.p, ev->nonce.n);
	l = outbox_find(app->outbox, nonce);
	free(nonce);
	if (l == NULL || (MSG_HAS(ev, text) && !str_eq(ev->text, l->text)))
		return;
	if (app_line_open(l))
		app_line_ask_anew(app);
	outbox_done(app->outbox, l);
	app_line_pump(app);
}

void
app_line_down(struct app *app)
{
	for (size_t i = 0; i < outbox_count(app->outbox); i++)
		outbox_line(app->outbox, i)->in_flight = false;
}

/* The server did not decide: the same line comes again in a while. */
static void
app_line_wait(struct app *app, struct outbox_line *l, enum err e,
    const struct msg *m)
{
	double wait = MSG_HAS(m, retry_after) ? m->retry_after :
						APP_AGAIN_MS / 1000.0;
	char *why = xstrndup(m->text.p, m->text.n);

	l->in_flight = false;
	app->send_at = clock_ms() + (int64_t)(wait * 1000);
	app_line_show_as(app, l, e == ERR_UNKNOWN ? LINE_SENT : LINE_QUEUED,
	    why);
	free(why);
	app_later(app);
}

static void
app_line_refused(struct app *app, struct outbox_line *l, enum err e,
    const struct msg *m)
{
	struct buf why = BUF_INIT;

	buf_add(&why, m->text.p, m->text.n);
	if (e == ERR_INTERNAL) {
		/* A server that made a mistake may have stored it. */
		l->in_flight = false;
		l->unsure = app->unsure = true;
		l->kept = false;
		app_line_ask_anew(app);
		app_later(app);
		buf_printf(&why, ", %s", app_line_reason(app, l));
	} else
		outbox_refuse(app->outbox, l, buf_str(&why));
	app_line_show_as(app, l, app_line_state(l), buf_str(&why));
	buf_fini(&why);
}

static void
app_line_answer(void *arg, struct buffer *b, enum err e, const struct msg *m)
{
	struct app_act *a = arg;
	struct app *app = a->app;
	struct outbox_line *l = outbox_find(app->outbox, a->text);
	struct line *shown;

	app_act_free(a);
	if (l == NULL || m == NULL)
		return;
	switch (e) {
	case ERR_OK:
		b = buffers_find(&app->buffers, l->room);
		shown = b != NULL ? buffer_find_nonce(b, l->nonce) : NULL;
		if (shown != NULL)
			buffer_stored(b, shown, m->seq, m->at);
		outbox_done(app->outbox, l);
		app_changed(app, VIEW_LOG | VIEW_STATUS, b);
		break;
	case ERR_UNAVAILABLE:
	case ERR_UNKNOWN:
	case ERR_RATE_LIMITED:
		app_line_wait(app, l, e, m);
		break;
	default:
		app_line_refused(app, l, e, m);
	}
	app_line_pump(app);
}

static void
app_line_send(struct app *app, struct outbox_line *l)
{
	struct app_act *a = app_act_new(app, NULL, "a line", l->nonce);
	struct msg m;

	msg_init(&m, SHAPE_send);
	MSG_PUT(&m, room, str_of(l->room));
	MSG_PUT(&m, text, str_of(l->text));
	if (l->kind != NULL)
		MSG_PUT(&m, kind, str_of(l->kind));
	if (l->reply_to != 0)
		MSG_PUT(&m, reply_to, l->reply_to);
	MSG_PUT(&m, nonce, str_of(l->nonce));
	l->in_flight = client_request(app->client, &m, NULL, app_line_answer,
	    a);
	if (!l->in_flight)
		app_act_free(a);
	else
		app_line_show_as(app, l, LINE_SENT, NULL);
	l->again = l->again && !l->in_flight;
}

/* Whether a line before it in the same room is still to go. */
static bool
app_line_behind(struct app *app, size_t index)
{
	const struct outbox_line *l = outbox_line(app->outbox, index);
	struct buffer *b = buffers_find(&app->buffers, l->room);

	for (size_t i = 0; i < index; i++) {
		const struct outbox_line *other = outbox_line(app->outbox, i);

		if (other->reason == NULL && !other->unsure &&
		    (strcmp(other->room, l->room) == 0 ||
			(b != NULL &&
			    buffers_find(&app->buffers, other->room) == b)))
			return true;
	}
	return false;
}

void
app_line_pump(struct app *app)
{
	const char *sender = app_line_sender(app);
	size_t n = outbox_count(app->outbox);

	if (app->send_at != 0 && app->send_at <= clock_ms())
		app->send_at = 0;
	for (size_t i = 0; i < n && sender != NULL && app->send_at == 0; i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);

		if (l->reason != NULL || l->unsure || l->in_flight)
			continue;
		if (l->sender == NULL)
			outbox_send(app->outbox, l, sender);
		else if (outbox_saved(app->outbox, l) &&
		    !app_line_behind(app, i))
			app_line_send(app, l);
	}
	app_line_save(app);
}

/* Saving happens on a thread; what comes meanwhile is saved next. */

static void
app_line_save_work(uv_work_t *w)
{
	struct app_saver *saver = w->data;

	saver->app->save_error = outbox_write(saver->app->outbox);
}

/* What is on the disk may be shown. */
static void
app_line_show_saved(struct app *app)
{
	for (size_t i = 0; i < outbox_count(app->outbox); i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);
		struct buffer *b = app_line_buffer(app, l);

		if (outbox_saved(app->outbox, l) &&
		    (buffer_find_nonce(b, l->nonce) == NULL ||
			app->save_at != 0))
			app_line_show(app, l);
	}
}

static void
app_line_show_unsaved(struct app *app)
{
	char why[160];

	snprintf(why, sizeof(why), "not on the disk: %s; it is tried again",
	    strerror(app->save_error));
	for (size_t i = 0; i < outbox_count(app->outbox); i++) {
		struct outbox_line *l = outbox_line(app->outbox, i);

		if (!outbox_saved(app->outbox, l))
			app_line_show_as(app, l, LINE_REFUSED, why);
	}
}

static void
app_line_save_done(uv_work_t *w, int status)
{
	struct app_saver *saver = w->data;
	struct app *app = saver->app;

	(void)status;
	free(saver);
	app->saver = NULL;
	outbox_end(app->outbox, app->save_error);
	if (app->save_error != 0) {
		app->save_at = clock_ms() + APP_AGAIN_MS;
		app_line_show_unsaved(app);
		app_later(app);
		return;
	}
	app_line_show_saved(app);
	app->save_at = 0;
	app_line_pump(app);
}

static void
app_line_save(struct app *app)
{
	struct app_saver *saver;

	if (app->saver != NULL || app->quitting || app->save_at > clock_ms() ||
	    !outbox_begin(app->outbox))
		return;
	app->saver = saver = xcalloc(1, sizeof(*saver));
	saver->app = app;
	saver->work.data = saver;
	uv_queue_work(app->loop, &saver->work, app_line_save_work,
	    app_line_save_done);
}

/* What the user does. */

void
app_say(struct app *app, struct buffer *b, const char *kind, const char *text,
    int64_t reply_to)
{
	size_t n = strlen(text);

	if (n == 0)
		return;
	if (n > PROTO_TEXT_MAX || !text_valid(text, n)) {
		free(b->draft);
		b->draft = xstrdup(text);
		b->draft_point = n;
		if (n > PROTO_TEXT_MAX)
			app_note(app, b,
			    "not sent: the text has %zu bytes, %zu are allowed",
			    n, PROTO_TEXT_MAX);
		else
			app_note(app, b, "not sent: the text is not UTF-8");
		app_changed(app, VIEW_INPUT, b);
		return;
	}
	if (kind != NULL && strcmp(kind, "text") == 0)
		kind = NULL;
	outbox_add(app->outbox, b->room, kind, text, reply_to,
	    app_line_sender(app));
	app_line_save(app);
}

void
app_resend(struct app *app, struct buffer *b, struct line *line)
{
	struct outbox_line *l = outbox_find(app->outbox, line->nonce);

	(void)b;
	if (l == NULL || l->in_flight)
		return;
	if (app_line_open(l))
		app_line_ask_anew(app);
	app_line_again(app, l);
	app_line_pump(app);
}

void
app_discard(struct app *app, struct buffer *b, struct line *line)
{
	struct outbox_line *l = outbox_find(app->outbox, line->nonce);

	if (l != NULL && l->in_flight)
		return;
	if (l != NULL && app_line_open(l))
		app_line_ask_anew(app);
	if (l != NULL)
		outbox_done(app->outbox, l);
	buffer_drop(b, line);
	app_changed(app, VIEW_LOG | VIEW_STATUS, b);
	app_line_save(app);
}
