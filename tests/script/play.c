/*
 * play: the people of a conversation, and what each of them heard.
 *
 * Time stands still while the server has anything to do.  Who waits for a
 * frame that does not come waits for the server to come to rest, and then for
 * PLAY_SECONDS, one at a time.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/script/fakeconn.h"
#include "tests/script/fakeserver.h"
#include "tests/script/play.h"

#define PLAY_SECONDS 10	    /* as chat_base.py's TIMEOUT */
#define PLAY_TURNS   100000 /* in a second that never ends */
#define PLAY_LEFT    8	    /* frames in a report */

struct heard { /* a frame */
	char *text;
	struct value *value;
	bool taken;
};

struct person {
	struct person *next;
	const char *name;
	struct fakeconn *conn;
	bool simple;	 /* the original application's protocol */
	const char *odd; /* a frame that no server of ours may send */
	struct heard *heard;
	size_t n;
};

struct play {
	const struct script *script;
	bool running; /* the server */
	int broken;   /* the line at which it failed */
	struct person *people;
	struct value_names names;
	struct person *asker; /* whose requests may be unanswered … */
	struct value **asked; /* … as they were sent */
	size_t nasked;
	struct buf why;
};

static bool play_fail(struct play *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static bool
play_fail(struct play *p, const char *format, ...)
{
	va_list ap;

	buf_reset(&p->why);
	va_start(ap, format);
	buf_vprintf(&p->why, format, ap);
	va_end(ap);
	return false;
}

struct play *
play_new(const struct script *s)
{
	struct play *p = xcalloc(1, sizeof(*p));

	p->script = s;
	return p;
}

/* What holds for each frame of chat.v1; NULL if it does. */
static const char *
play_odd(const char *text, const struct value *v)
{
	const struct value *error;

	if (v->kind != VALUE_OBJECT || v->n == 0)
		return "a frame that is no object";
	if (strstr(text, "\"token\":") != NULL &&
	    value_get(v, "limits") == NULL)
		return "a token where none belongs";
	if (value_get(v, "re") == NULL)
		return strncmp(text, "{\"ev\":\"", 7) == 0 ?
		    NULL :
		    "a frame with neither re nor ev first";
	if (strncmp(text, "{\"re\":", 6) != 0 || v->n < 2 ||
	    strcmp(v->v[1].key, "ok") != 0 ||
	    (v->v[1].kind != VALUE_TRUE && v->v[1].kind != VALUE_FALSE))
		return "a reply without re and ok first";
	error = value_get(v, "error");
	if (v->v[1].kind == VALUE_FALSE &&
	    (error == NULL || value_get(error, "code") == NULL ||
		value_get(error, "text") == NULL))
		return "an error without code and text";
	return NULL;
}

static void
play_hear(void *arg, const char *text, size_t n)
{
	struct person *who = arg;
	const char *odd = "bytes that are no frame";
	struct heard h = { .text = xstrndup(text != NULL ? text : "", n) };

	if (text != NULL)
		h.value = value_parse(text, n, false, &odd);
	if (h.value == NULL)
		h.value = xcalloc(1, sizeof(*h.value));
	else
		odd = who->simple ? NULL : play_odd(h.text, h.value);
	if (odd != NULL && who->odd == NULL)
		who->odd = odd;
	who->heard = xrealloc(who->heard, (who->n + 1) * sizeof(h));
	who->heard[who->n++] = h;
}

static void
person_hang_up(struct person *who)
{
	fakeconn_free(who->conn);
	who->conn = NULL;
	for (size_t i = 0; i < who->n; i++) {
		free(who->heard[i].text);
		value_free(who->heard[i].value);
	}
	free(who->heard);
	who->heard = NULL;
	who->n = 0;
}

static struct person *
play_find(struct play *p, const char *name)
{
	struct person *who = p->people;

	while (who != NULL && strcmp(who->name, name) != 0)
		who = who->next;
	return who;
}

static bool
play_connect(struct play *p, const char *name, const char *path)
{
	struct person *who = play_find(p, name);

	if (who == NULL) {
		who = xcalloc(1, sizeof(*who));
		who->name = name;
		who->next = p->people;
		p->people = who;
	}
	person_hang_up(who);
	who->simple = strcmp(path, "/ws") != 0;
	who->conn = fakeconn_open(path, play_hear, who);
	return who->conn != NULL || play_fail(p, "%s is no address", path);
}

/* Lets the server do all that it can do without time passing. */
static bool
play_rest(struct play *p)
{
	for (int i = 0; i < PLAY_TURNS; i++)
		if (!fakeserver_turn())
			return true;
	return play_fail(p, "the server never comes to rest");
}

/* Turns the server until something has come true; false: it does not. */
static bool
play_until(struct play *p, struct person *who,
    bool (*true_now)(struct play *, struct person *, const struct value *),
    const struct value *arg)
{
	for (int s = 0; s <= PLAY_SECONDS; s++) {
		for (int i = 0; i < PLAY_TURNS; i++) {
			if (true_now(p, who, arg))
				return true;
			if (who->conn->code != 0)
				return play_fail(p, "closed with %d",
				    who->conn->code);
			if (!fakeserver_turn())
				break;
		}
		fakeserver_second();
	}
	return play_fail(p, "it does not come");
}

/* A frame that fits and that no line has taken yet is taken. */
static bool
play_got(struct play *p, struct person *who, const struct value *pattern)
{
	for (size_t i = 0; i < who->n; i++) {
		struct heard *h = &who->heard[i];

		if (!h->taken && value_match(pattern, h->value, &p->names)) {
			h->taken = true;
			return true;
		}
	}
	return false;
}

static bool
play_answered(struct play *p, struct person *who, const struct value *request)
{
	const struct value *id = value_get(request, "id"), *re;

	for (size_t i = 0; i < who->n; i++) {
		re = value_get(who->heard[i].value, "re");
		if (re != NULL && value_match(id, re, &p->names))
			return true;
	}
	return false;
}

static bool
play_closed(struct play *p, struct person *who, const struct value *unused)
{
	(void)p, (void)unused;
	return who->conn->code != 0;
}

static void
play_forget_asked(struct play *p)
{
	while (p->nasked != 0)
		value_free(p->asked[--p->nasked]);
	p->asker = NULL;
}

/* Whoever asked under ids is answered, unless his connection is over. */
static bool
play_wait_asked(struct play *p)
{
	for (size_t i = 0; i < p->nasked; i++)
		if (p->asker->conn->code == 0 &&
		    !play_until(p, p->asker, play_answered, p->asked[i]))
			return false;
	play_forget_asked(p);
	return true;
}

static bool
play_send(struct play *p, struct person *who, const struct value *pattern)
{
	struct buf b = BUF_INIT;
	const char *why;
	struct value *sent;

	if (!value_write(&b, pattern, &p->names, &why)) {
		buf_fini(&b);
		return play_fail(p, "%s", why);
	}
	fakeconn_send(who->conn, b.data, b.len);
	sent = value_parse(b.data, b.len, false, &why);
	buf_fini(&b);
	if (value_get(sent, "id") == NULL) {
		value_free(sent);
		return true;
	}
	p->asked = xrealloc(p->asked, (p->nasked + 1) * sizeof(*p->asked));
	p->asked[p->nasked++] = sent;
	p->asker = who;
	return true;
}

static bool
play_lacks(struct play *p, struct person *who, const struct value *pattern)
{
	if (!play_rest(p))
		return false;
	if (who->conn->code != 0)
		return play_fail(p, "closed with %d", who->conn->code);
	for (size_t i = 0; i < who->n; i++) {
		struct heard *h = &who->heard[i];

		if (!h->taken && value_match(pattern, h->value, &p->names)) {
			h->taken = true;
			return play_fail(p, "got %s", h->text);
		}
	}
	return true;
}

static bool
play_again(struct play *p, bool kill)
{
	p->running = false;
	if (!fakeserver_end(kill) || !fakeserver_again())
		return play_fail(p, "the server does not come back");
	p->running = true;
	return true;
}

static bool
play_fits(struct play *p, const struct step *s, bool should)
{
	return value_match(s->pattern, s->value, &p->names) == should ||
	    play_fail(p, "it %s", should ? "does not fit" : "fits");
}

/* What is said of a person, who is connected. */
static bool
play_person(struct play *p, struct person *who, const struct step *s)
{
	switch (s->kind) {
	case STEP_SENDS:
		if (who->conn->code != 0)
			return play_fail(p, "closed with %d", who->conn->code);
		return play_send(p, who, s->pattern);
	case STEP_GETS:
		return play_until(p, who, play_got, s->pattern);
	case STEP_LACKS:
		return play_lacks(p, who, s->pattern);
	case STEP_CLOSED:
		return play_until(p, who, play_closed, NULL) &&
		    (who->conn->code == s->code ||
			play_fail(p, "closed with %d", who->conn->code));
	default: /* STEP_LEAVES, STEP_CUT */
		fakeconn_end(who->conn, s->kind == STEP_CUT ? 1006 : 1000);
		return true;
	}
}

static bool
play_step(struct play *p, const struct step *s)
{
	struct person *who = play_find(p, s->who);
	bool frames = s->kind == STEP_SENDS || s->kind == STEP_GETS ||
	    s->kind == STEP_LACKS;

	if (p->asker != NULL && (p->asker != who || !frames) &&
	    !play_wait_asked(p))
		return false;
	switch (s->kind) {
	case STEP_FITS:
	case STEP_FITS_NOT:
		return play_fits(p, s, s->kind == STEP_FITS);
	case STEP_RESTARTS:
	case STEP_KILLED:
		return play_again(p, s->kind == STEP_KILLED);
	case STEP_CONNECTS:
		return play_connect(p, s->who, s->path);
	default:
		if (who == NULL && !play_connect(p, s->who, "/ws"))
			return false;
		return play_person(p, play_find(p, s->who), s);
	}
}

/* Frames that the server should not have sent, to whomever. */
static bool
play_sane(struct play *p)
{
	for (struct person *who = p->people; who != NULL; who = who->next)
		if (who->odd != NULL)
			return play_fail(p, "%s got %s", who->name, who->odd);
	return true;
}

/* What a step's person heard and no line took: the last of it. */
static void
play_tell_left(struct play *p, const struct step *s)
{
	struct person *who = play_find(p, s->who);
	size_t left = 0;

	printf("# %s:%d: %s\n", p->script->file, s->line, buf_str(&p->why));
	for (size_t i = 0; who != NULL && i < who->n; i++)
		left += !who->heard[i].taken;
	for (size_t i = 0; who != NULL && i < who->n; i++)
		if (!who->heard[i].taken && left-- <= PLAY_LEFT)
			printf("# not taken: %.200s\n", who->heard[i].text);
}

bool
play_promise(struct play *p, const struct promise *promise)
{
	if (p->broken != 0) {
		printf("# it broke off at line %d\n", p->broken);
		return false;
	}
	if (!p->running)
		p->running = fakeserver_start(p->script->name);
	if (!p->running)
		return false;
	for (size_t i = 0; i < promise->n; i++) {
		const struct step *s = &promise->steps[i];
		bool fine = play_step(p, s);

		if (play_sane(p) && fine)
			continue;
		p->broken = s->line;
		play_tell_left(p, s);
		return false;
	}
	return true;
}

bool
play_end(struct play *p)
{
	bool fine = true;

	if (p->running)
		fine = fakeserver_end(p->broken != 0);
	p->running = false;
	return fine || p->broken != 0;
}

void
play_free(struct play *p)
{
	struct person *who;

	if (p == NULL)
		return;
	play_end(p);
	while ((who = p->people) != NULL) {
		p->people = who->next;
		person_hang_up(who);
		free(who);
	}
	play_forget_asked(p);
	free(p->asked);
	value_forget(&p->names);
	buf_fini(&p->why);
	free(p);
}
