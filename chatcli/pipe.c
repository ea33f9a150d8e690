/*
 * pipe: the common part of send and tail.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "chatcli/pipe.h"
#include "chatcli/place.h"
#include "lib/text.h"

/* The server's words too go to a terminal, so all of it is cleaned. */
void
pipe_say(const char *fmt, ...)
{
	struct buf b = BUF_INIT, out = BUF_INIT;
	va_list ap;

	buf_puts(&b, "chatcli: ");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	text_clean(&out, b.data, b.len, TEXT_LINE);
	buf_putc(&out, '\n');
	fwrite(out.data, 1, out.len, stderr);
	buf_fini(&b);
	buf_fini(&out);
}

int
pipe_code(enum err e)
{
	switch (e) {
	case ERR_OK:
		return EX_OK;
	case ERR_UNAVAILABLE:
	case ERR_UNKNOWN:
	case ERR_INTERNAL:
		return EX_UNAVAILABLE;
	case ERR_TOO_LARGE:
		return EX_DATAERR;
	default:
		return EX_NOPERM;
	}
}

void
pipe_init(struct pipe *p, const struct prefs *prefs)
{
	memset(p, 0, sizeof(*p));
	p->prefs = prefs;
	p->server = prefs->url;
	buffers_init(&p->buffers);
}

struct buffer *
pipe_room(struct pipe *p, const char *word)
{
	struct buffer *b;
	struct url u;
	const char *why;

	if (!place_parse(word, &p->prefs->url, &u, &why)) {
		pipe_say("%s: %s", word, why);
		return NULL;
	}
	if (u.room[0] == '\0') {
		pipe_say("%s: an address of a room ends in /room/NAME", word);
		return NULL;
	}
	if (p->buffers.n == 0)
		p->server = u;
	else if (!url_same_server(&p->server, &u)) {
		pipe_say(
		    "%s is on another server than the rooms before it; "
		    "run another chatcli for it",
		    word);
		return NULL;
	}
	b = buffers_open(&p->buffers, u.room);
	b->wanted = true;
	return b;
}

bool
pipe_start(struct pipe *p, int fresh, bool whole,
    const struct client_host *client_host, const struct link_host *link_host,
    void *arg)
{
	struct conn_conf conf = { &p->server, p->prefs->ca_file,
		p->prefs->insecure };
	struct buf error = BUF_INIT;

	if (!state_guest_load(&p->server, &p->guest, &error)) {
		pipe_say("%s", buf_str(&error));
		buf_fini(&error);
		p->code = EX_NOPERM;
		return false;
	}
	p->loop = xcalloc(1, sizeof(*p->loop));
	uv_loop_init(p->loop);
	p->client = client_new(&p->buffers, fresh, whole, client_host, arg);
	p->link = link_new(p->loop, &conf, link_host, arg);
	link_start(p->link);
	return true;
}

void
pipe_opened(struct pipe *p)
{
	client_opened(p->client, p->guest.token, p->prefs->nick);
}

void
pipe_up(struct pipe *p, const struct msg *hello)
{
	struct buf error = BUF_INIT;
	bool replace = p->guest.token != NULL || p->forgotten;

	link_good(p->link);
	p->forgotten = false;
	if (!MSG_HAS(hello, token))
		return;
	if (!state_guest_save(&p->server, &p->guest, hello->token.p,
		hello->token.n, replace, &error))
		pipe_say(
		    "who we are could not be kept, the next call is "
		    "another guest: %s",
		    buf_str(&error));
	buf_fini(&error);
}

/*
 * A guest that the server forgot has nothing to lose by being another one,
 * but it is said; unless a nonce was given, which only the old one knows.
 */
bool
pipe_refused(struct pipe *p, enum err e, const struct msg *error)
{
	if (e == ERR_UNAUTHORIZED && p->guest.token != NULL && !p->forgotten &&
	    !p->keep_identity) {
		pipe_say(
		    "the server does not know this guest any more, "
		    "going on as a new one");
		state_guest_fini(&p->guest);
		p->forgotten = true;
		pipe_opened(p);
		return false;
	}
	pipe_say("the server refuses us: %.*s", STR_FMT(error->text));
	return true;
}

void
pipe_end(struct pipe *p, int code)
{
	if (p->ended)
		return;
	p->ended = true;
	p->code = code;
	link_stop(p->link);
}

int
pipe_run(struct pipe *p)
{
	uv_run(p->loop, UV_RUN_DEFAULT);
	client_closed(p->client);
	if (!link_free(p->link)) {
		/* The resolver would make us wait for its time-out. */
		fflush(NULL);
		_exit(p->code);
	}
	client_free(p->client);
	buffers_fini(&p->buffers);
	state_guest_fini(&p->guest);
	uv_loop_close(p->loop);
	free(p->loop);
	return p->code;
}
