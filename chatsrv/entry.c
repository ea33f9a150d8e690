/*
 * entry: an entry's fields as an event of chat.v1.
 */
#include "chatsrv/entry.h"

enum shape
entry_shape(enum entry_kind kind)
{
	switch (kind) {
#define ENTRY(name, number) \
	case ENTRY_##name:  \
		return SHAPE_ev_##name;
		ENTRY_KINDS(ENTRY)
#undef ENTRY
	}
	return SHAPE_none;
}

static void
entry_message(const struct entry *e, struct msg *out)
{
	if (e->deleted) {
		MSG_PUT(out, deleted, true);
		return;
	}
	MSG_PUT(out, text, e->text);
	if (e->style.n != 0)
		MSG_PUT(out, kind, e->style);
	if (e->lang.n != 0)
		MSG_PUT(out, lang, e->lang);
	if (e->reply_to != 0)
		MSG_PUT(out, reply_to, e->reply_to);
}

static void
entry_state(const struct entry *e, struct msg *out, struct msg *edited,
    struct msg *reactions)
{
	if (e->edited_seq != 0) {
		msg_init(edited, SHAPE_edited);
		MSG_PUT(edited, seq, e->edited_seq);
		MSG_PUT(edited, at, e->edited_at);
		MSG_PUT(out, edited, edited);
	}
	for (size_t i = 0; i < e->nreactions; i++) {
		struct msg *r = &reactions[i];

		msg_init(r, SHAPE_reaction);
		MSG_PUT(r, emoji, e->reactions[i].emoji);
		MSG_PUT(r, user, e->reactions[i].user);
		if (e->reactions[i].guest)
			MSG_PUT(r, guest, true);
		MSG_PUT(r, seq, e->reactions[i].seq);
	}
	if (e->nreactions != 0)
		MSG_PUT(out, reactions,
		    ((struct msgs){ reactions, e->nreactions }));
}

void
entry_event(const struct entry *e, struct str room, struct msg *out,
    struct msg *edited, struct msg *reactions)
{
	msg_init(out, entry_shape(e->kind));
	MSG_PUT(out, room, room);
	MSG_PUT(out, seq, e->seq);
	MSG_PUT(out, at, e->at);
	MSG_PUT(out, from, e->from);
	if (e->guest)
		MSG_PUT(out, guest, true);
	if (e->target != 0)
		MSG_PUT(out, target, e->target);
	if (e->nonce.n != 0)
		MSG_PUT(out, nonce, e->nonce);
	switch (e->kind) {
	case ENTRY_message:
		entry_message(e, out);
		if (edited != NULL)
			entry_state(e, out, edited, reactions);
		break;
	case ENTRY_edit:
		if (e->deleted)
			MSG_PUT(out, deleted, true);
		else
			MSG_PUT(out, text, e->text);
		break;
	case ENTRY_unreact:
		MSG_PUT(out, react, e->undone);
		MSG_PUT(out, emoji, e->text);
		break;
	case ENTRY_react:
		MSG_PUT(out, emoji, e->text);
		break;
	case ENTRY_topic:
		MSG_PUT(out, topic, e->text);
		break;
	case ENTRY_delete:
		break;
	}
}
