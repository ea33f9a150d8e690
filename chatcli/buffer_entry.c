/*
 * buffer_entry: what an entry of the log does to the lines of its room.
 *
 * The same entries may come as they were written (live, replay) or as they
 * stand now (history), in any mixture: whatever is folded twice, or late,
 * must leave the line as it is.  Hence edits carry their seq along, and a
 * deleted line stays deleted.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chatcli/buffer.h"
#include "chatcli/buffer_line.h"
#include "lib/buf.h"
#include "lib/name.h"
#include "lib/text.h"

static char *
entry_dup(struct str s)
{
	return xstrndup(s.p, s.n);
}

static void
entry_set(char **field, struct str s)
{
	free(*field);
	*field = entry_dup(s);
}

/* Names that begin alike are worth the folding of Unicode. */
static bool
entry_may_be(const char *word, size_t n, const char *me)
{
	unsigned char a = (unsigned char)word[0], b = (unsigned char)me[0];

	if (a >= 0x80 || b >= 0x80)
		return n <= (size_t)4 * NAME_USER_MAX;
	return n == strlen(me) && strncasecmp(word, me, n) == 0;
}

bool
buffer_is_name(const char *word, size_t n, const char *me)
{
	struct name a, b;
	const char *why;

	while (n > 0 && word[n - 1] == '.')
		n--;
	return n > 0 && entry_may_be(word, n, me) &&
	    name_parse(NAME_USER, me, strlen(me), &b, &why) == ERR_OK &&
	    name_parse(NAME_USER, word, n, &a, &why) == ERR_OK &&
	    name_same(&a, &b);
}

/* Whether a word of the text is the name. */
static bool
entry_mentions(const char *text, const char *me)
{
	size_t n = strlen(text), from = 0, i = 0;

	if (me[0] == '\0')
		return false;
	while (i <= n) {
		uint32_t cp = 0;
		size_t len = i < n ? text_decode(text + i, n - i, &cp) : 1;

		if (len == 0 || i == n || !name_has(cp)) {
			if (i > from &&
			    buffer_is_name(text + from, i - from, me))
				return true;
			i += len == 0 ? 1 : len;
			from = i;
		} else
			i += len;
	}
	return false;
}

static bool
entry_counts(const struct buffer *b, const struct line *l)
{
	return l->kind == LINE_MESSAGE && l->seq > b->read && !l->own &&
	    !l->deleted;
}

void
buffer_read(struct buffer *b, int64_t seq)
{
	b->read = seq;
	b->unread = b->mentions = 0;
	for (size_t i = b->nlines - b->nwaiting; i-- > 0;) {
		const struct line *l = b->lines[i];

		if (l->seq != 0 && l->seq <= seq)
			break;
		if (l->seq != 0 && entry_counts(b, l)) {
			b->unread++;
			b->mentions += l->mentions_me;
		}
	}
	buffer_touch(b, NULL);
}

static void
entry_text(struct line *l, struct str text, const char *me)
{
	entry_set(&l->text, text);
	l->mentions_me = !l->own && entry_mentions(l->text, me);
}

static void
entry_delete(struct buffer *b, struct line *l)
{
	if (l->deleted)
		return;
	l->deleted = true;
	l->edited = l->mentions_me = false;
	entry_set(&l->text, STR_LIT(""));
	buffer_line_reactions_free(l);
	buffer_touch(b, l);
	if (l->seq > b->read)
		buffer_read(b, b->read);
}

static void
entry_react(struct line *l, struct str emoji, struct str user, bool guest,
    bool own, int64_t seq)
{
	struct line_reaction *r;

	for (size_t i = 0; i < l->nreactions; i++) {
		r = &l->reactions[i];
		if (r->guest == guest && str_eq(emoji, r->emoji) &&
		    str_eq(user, r->user)) {
			r->seq = seq;
			return;
		}
	}
	l->reactions = xrealloc(l->reactions,
	    (l->nreactions + 1) * sizeof(l->reactions[0]));
	r = &l->reactions[l->nreactions++];
	*r = (struct line_reaction){ entry_dup(emoji), entry_dup(user), guest,
		own, seq };
}

static void
entry_unreact(struct line *l, const struct msg *ev)
{
	for (size_t i = 0; i < l->nreactions; i++) {
		struct line_reaction *r = &l->reactions[i];

		if (r->seq != ev->react &&
		    !(r->seq < ev->seq &&
			r->guest == (MSG_HAS(ev, guest) && ev->guest) &&
			str_eq(ev->emoji, r->emoji) &&
			str_eq(ev->from, r->user)))
			continue;
		free(r->emoji);
		free(r->user);
		l->nreactions--;
		memmove(r, r + 1, (l->nreactions - i) * sizeof(*r));
		return;
	}
}

/* Present state of a message, from history. */
static void
entry_state(struct line *l, const struct msg *ev, const char *me, bool me_guest)
{
	if (MSG_HAS(ev, edited) && ev->edited->seq > l->edited_seq) {
		l->edited = true;
		l->edited_seq = ev->edited->seq;
		if (MSG_HAS(ev, text))
			entry_text(l, ev->text, me);
	}
	if (!MSG_HAS(ev, reactions))
		return;
	buffer_line_reactions_free(l);
	for (size_t i = 0; i < ev->reactions.n; i++) {
		const struct msg *r = &ev->reactions.v[i];
		bool guest = MSG_HAS(r, guest) && r->guest;

		entry_react(l, r->emoji, r->user, guest,
		    guest == me_guest && str_eq(r->user, me), r->seq);
	}
}

/*
 * The own line that waits for this message.  A nonce of ours that others saw
 * can come back from them, so the words have to be the same too.
 */
static struct line *
entry_waiting(struct buffer *b, const struct msg *ev)
{
	if (!MSG_HAS(ev, nonce))
		return NULL;
	for (size_t i = b->nlines - b->nwaiting; i < b->nlines; i++) {
		struct line *l = b->lines[i];

		if (str_eq(ev->nonce, l->nonce) &&
		    (!MSG_HAS(ev, text) || str_eq(ev->text, l->text)))
			return l;
	}
	return NULL;
}

static void
entry_append(struct buffer *b, struct line *l)
{
	buffer_insert(b, buffer_at(b, l->seq), l);
	if (entry_counts(b, l)) {
		b->unread++;
		b->mentions += l->mentions_me;
	}
	buffer_trim(b);
}

static bool
entry_message(struct buffer *b, const struct msg *ev, const char *me,
    bool me_guest)
{
	struct line *l = buffer_find(b, ev->seq);
	bool fresh = false;

	if (l == NULL && (l = entry_waiting(b, ev)) != NULL)
		buffer_settle(b, l, ev->seq);
	if (l == NULL) {
		fresh = true;
		l = xcalloc(1, sizeof(*l));
		l->seq = ev->seq;
		l->guest = MSG_HAS(ev, guest) && ev->guest;
		l->own = l->guest == me_guest && str_eq(ev->from, me);
		if (MSG_HAS(ev, kind) && !str_eq(ev->kind, "text"))
			l->message_kind = entry_dup(ev->kind);
		if (MSG_HAS(ev, lang))
			l->lang = entry_dup(ev->lang);
		entry_text(l, MSG_HAS(ev, text) ? ev->text : STR_LIT(""), me);
	}
	/* An own line was typed before it was known under which name. */
	entry_set(&l->from, ev->from);
	l->guest = MSG_HAS(ev, guest) && ev->guest;
	l->at = ev->at;
	if (MSG_HAS(ev, reply_to))
		l->reply_to = ev->reply_to;
	entry_state(l, ev, me, me_guest);
	if (fresh)
		entry_append(b, l);
	if (MSG_HAS(ev, deleted) && ev->deleted)
		entry_delete(b, l);
	buffer_touch(b, l);
	return true;
}

static bool
entry_topic(struct buffer *b, const struct msg *ev, const char *me,
    bool me_guest)
{
	struct line *l;

	if (buffer_find(b, ev->seq) != NULL)
		return false;
	l = xcalloc(1, sizeof(*l));
	l->kind = LINE_TOPIC;
	l->seq = ev->seq;
	l->at = ev->at;
	l->from = entry_dup(ev->from);
	l->guest = MSG_HAS(ev, guest) && ev->guest;
	l->own = l->guest == me_guest && str_eq(ev->from, me);
	l->text = entry_dup(ev->topic);
	entry_append(b, l);
	return true;
}

static void
entry_edit(struct buffer *b, struct line *l, const struct msg *ev,
    const char *me)
{
	if (!MSG_HAS(ev, text) || ev->seq <= l->edited_seq)
		return;
	l->edited = true;
	l->edited_seq = ev->seq;
	entry_text(l, ev->text, me);
	if (entry_counts(b, l))
		buffer_read(b, b->read);
}

bool
buffer_entry(struct buffer *b, const struct msg *ev, const char *me,
    bool me_guest)
{
	bool guest = MSG_HAS(ev, guest) && ev->guest;
	struct line *l;

	if (ev->shape == SHAPE_ev_message)
		return entry_message(b, ev, me, me_guest);
	if (ev->shape == SHAPE_ev_topic)
		return entry_topic(b, ev, me, me_guest);
	if (!MSG_HAS(ev, target))
		return false;
	l = buffer_find(b, ev->target);
	if (l == NULL || l->deleted || l->kind != LINE_MESSAGE)
		return false;
	switch (ev->shape) {
	case SHAPE_ev_edit:
		entry_edit(b, l, ev, me);
		break;
	case SHAPE_ev_delete:
		entry_delete(b, l);
		break;
	case SHAPE_ev_react:
		entry_react(l, ev->emoji, ev->from, guest,
		    guest == me_guest && str_eq(ev->from, me), ev->seq);
		break;
	case SHAPE_ev_unreact:
		entry_unreact(l, ev);
		break;
	default:
		return false;
	}
	buffer_touch(b, l);
	return true;
}
