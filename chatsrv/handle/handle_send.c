/*
 * handle_send: what is said: send, edit, delete, react, unreact, topic.
 *
 * All become one entry of the room's log.  The answer waits for the commit
 * only; the entry goes into the ring first, so that a delete's ok comes when
 * the text is gone from there.
 */
#include <string.h>

#include "chatsrv/access.h"
#include "chatsrv/dispatch.h"
#include "chatsrv/peers.h"
#include "chatsrv/rooms.h"
#include "chatsrv/token.h"
#include "lib/text.h"

static const char *const send_kinds[] = { "text", "action", "code", "notice" };

/*
 * A nonce stands for what was asked with it: the store refuses it for
 * something else.
 */
static void
send_digest(struct store_post *p)
{
	const struct entry *e = &p->entry;
	int64_t numbers[4] = { p->room, e->kind, e->target, e->reply_to };
	struct token_part parts[] = {
		{ numbers, sizeof(numbers) },
		{ e->text.p, e->text.n },
		{ e->style.p, e->style.n },
		{ e->lang.p, e->lang.n },
	};

	token_digest(p->hash, store_secret(rooms_store()), parts, 4);
}

static void
send_answer(struct request *r, const struct entry *e)
{
	struct msg m;

	msg_init(&m, proto_op(r->in.op)->reply);
	MSG_PUT(&m, room, room_name(r->room));
	MSG_PUT(&m, seq, e->seq);
	MSG_PUT(&m, at, e->at);
	request_ok(r, &m);
}

static void
send_refuse(struct request *r)
{
	static const char gone[] =
	    "there is no such message, or it was deleted";
	enum err e = r->store.req.err;

	if (e == ERR_NOT_FOUND && r->store.post.entry.kind == ENTRY_unreact)
		request_fail(r, e, "emoji", "you have not put it there");
	else if (e == ERR_NOT_FOUND)
		request_fail(r, e,
		    MSG_HAS(&r->in.msg, seq) ? "seq" : "reply_to", gone);
	else if (e == ERR_FORBIDDEN)
		request_fail(r, e, "seq", "that is somebody else's message");
	else if (e == ERR_CONFLICT)
		request_fail(r, e, "nonce", NULL);
	else if (e == ERR_TOO_LARGE)
		request_fail(r, e, "seq",
		    "there are too many reactions at this message");
	else
		request_fail(r, e, NULL, NULL);
}

static void
send_posted(struct request *r)
{
	struct store_post *p = &r->store.post;

	if (p->req.err != ERR_OK) {
		send_refuse(r);
		return;
	}
	if (!p->known) {
		room_accept(r->room, &p->entry);
		peers_said(r->room, &p->entry);
	}
	send_answer(r, &p->entry);
}

static void
send_post(struct request *r)
{
	struct store_post *p = &r->store.post;
	struct session *s = r->session;

	if (!access_post(s->who, r->room)) {
		request_fail(r, ERR_FORBIDDEN, NULL, NULL);
		return;
	}
	p->room = r->room->id;
	p->access_seq = r->room->access_seq;
	p->only_known = r->wait > 0;
	p->entry.actor = s->who;
	p->entry.guest = s->guest;
	p->entry.from = str_of(r->name);
	if (MSG_HAS(&r->in.msg, nonce))
		p->entry.nonce = r->in.msg.nonce;
	if (p->entry.nonce.n != 0)
		send_digest(p);
	request_store(r, STORE_post, send_posted);
}

void
handle_send(struct request *r)
{
	const struct msg *m = &r->in.msg;
	struct entry *e = &r->store.post.entry;
	size_t n = sizeof(send_kinds) / sizeof(send_kinds[0]), kind = 0;

	if (MSG_HAS(m, kind))
		while (kind < n && !str_eq(m->kind, send_kinds[kind]))
			kind++;
	if (kind == n) {
		request_fail(r, ERR_BAD_REQUEST, "kind",
		    "kind is text, action, code or notice");
		return;
	}
	if (m->text.n == 0) {
		request_fail(r, ERR_BAD_REQUEST, "text", "text is empty");
		return;
	}
	e->kind = ENTRY_message;
	e->text = m->text;
	if (kind != 0)
		e->style = m->kind;
	if (MSG_HAS(m, lang))
		e->lang = m->lang;
	if (MSG_HAS(m, reply_to))
		e->reply_to = m->reply_to;
	request_room(r, m->room, send_post);
}

void
handle_edit(struct request *r)
{
	struct entry *e = &r->store.post.entry;

	if (r->in.msg.text.n == 0) {
		request_fail(r, ERR_BAD_REQUEST, "text",
		    "text is empty; delete takes a message back");
		return;
	}
	e->kind = ENTRY_edit;
	e->target = r->in.msg.seq;
	e->text = r->in.msg.text;
	request_room(r, r->in.msg.room, send_post);
}

void
handle_delete(struct request *r)
{
	r->store.post.entry.kind = ENTRY_delete;
	r->store.post.entry.target = r->in.msg.seq;
	request_room(r, r->in.msg.room, send_post);
}

static void
send_reaction(struct request *r, enum entry_kind kind)
{
	struct entry *e = &r->store.post.entry;

	if (!text_is_emoji(r->in.msg.emoji.p, r->in.msg.emoji.n)) {
		request_fail(r, ERR_BAD_REQUEST, "emoji",
		    "emoji must be one emoji");
		return;
	}
	e->kind = kind;
	e->target = r->in.msg.seq;
	e->text = r->in.msg.emoji;
	request_room(r, r->in.msg.room, send_post);
}

void
handle_react(struct request *r)
{
	send_reaction(r, ENTRY_react);
}

void
handle_unreact(struct request *r)
{
	send_reaction(r, ENTRY_unreact);
}

void
handle_topic(struct request *r)
{
	r->store.post.entry.kind = ENTRY_topic;
	r->store.post.entry.text = r->in.msg.topic;
	request_room(r, r->in.msg.room, send_post);
}
