/*
 * store_sqlite, posts: one entry is checked, numbered and written.
 *
 * The order is the promise's: a known nonce is answered first; then rights;
 * only then a number is taken.  Nothing is written before all is checked, so
 * a refused post leaves no trace in the transaction.  A react that is there
 * already is answered with the first one, and takes its nonce along.
 */
#include <string.h>

#include "chatsrv/store/store_sql.h"

#define POST_REACTIONS_MAX 1000 /* at one message */

/* The room's end, read once in each transaction. */
static struct sqlite_head *
post_head(struct sqlite *db, int64_t room)
{
	struct sqlite_head *h;
	sqlite3_stmt *s;

	for (size_t i = 0; i < db->nheads; i++)
		if (db->heads[i].room == room)
			return &db->heads[i];
	s = sql_get(db, SQL_room_head);
	sql_int(s, 1, room);
	if (!sql_row(db, s))
		return NULL;
	h = &db->heads[db->nheads++];
	*h = (struct sqlite_head){ .room = room,
		.seq = sqlite3_column_int64(s, 0),
		.access_seq = sqlite3_column_int64(s, 1) };
	sqlite3_reset(s);
	return h;
}

void
sqlite_move_heads(struct sqlite *db)
{
	for (size_t i = 0; i < db->nheads; i++) {
		sqlite3_stmt *s;

		if (!db->heads[i].moved)
			continue;
		s = sql_get(db, SQL_room_move);
		sql_int(s, 1, db->heads[i].seq);
		sql_int(s, 2, db->heads[i].at);
		sql_int(s, 3, db->heads[i].room);
		sql_run(db, s);
	}
}

static int64_t
post_number(struct sqlite *db, enum sql which, int64_t room, int64_t seq)
{
	sqlite3_stmt *s = sql_get(db, which);
	int64_t n = 0;

	sql_int(s, 1, room);
	sql_int(s, 2, seq);
	if (sql_row(db, s))
		n = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return n;
}

/* True when the nonce is known: the request is answered with it. */
static bool
post_known(struct sqlite *db, struct store_post *p)
{
	sqlite3_stmt *s;

	if (p->entry.nonce.n == 0)
		return false;
	s = sql_get(db, SQL_nonce_get);
	sql_int(s, 1, p->entry.actor);
	sql_str(s, 2, p->entry.nonce);
	if (!sql_row(db, s))
		return false;
	if (sqlite3_column_bytes(s, 0) != STORE_HASH ||
	    memcmp(sqlite3_column_blob(s, 0), p->hash, STORE_HASH) != 0)
		p->req.err = ERR_CONFLICT;
	p->entry.seq = sqlite3_column_int64(s, 1);
	p->entry.at = sqlite3_column_int64(s, 2);
	p->known = true;
	sqlite3_reset(s);
	/* It may be older than its nonce. */
	if (p->entry.kind == ENTRY_react && p->req.err == ERR_OK)
		p->entry.at = post_number(db, SQL_react_at, p->room,
		    p->entry.seq);
	return true;
}

/* The target must be a message with its text, for some its sender's own. */
static bool
post_target(struct sqlite *db, struct store_post *p, bool own)
{
	sqlite3_stmt *s = sql_get(db, SQL_entry_who);
	bool there;

	sql_int(s, 1, p->room);
	sql_int(s, 2, p->entry.target);
	there = sql_row(db, s);
	if (!there || sqlite3_column_int(s, 0) != ENTRY_message ||
	    sqlite3_column_type(s, 2) != SQLITE_NULL)
		p->req.err = ERR_NOT_FOUND;
	else if (own && sqlite3_column_int64(s, 1) != p->entry.actor)
		p->req.err = ERR_FORBIDDEN;
	sqlite3_reset(s);
	return p->req.err == ERR_OK;
}

/* The seq of the sender's react with that emoji there, or 0. */
static int64_t
post_reacted(struct sqlite *db, const struct store_post *p)
{
	sqlite3_stmt *s = sql_get(db, SQL_react_get);
	int64_t seq = 0;

	sql_int(s, 1, p->room);
	sql_int(s, 2, p->entry.target);
	sql_str(s, 3, p->entry.text);
	sql_int(s, 4, p->entry.actor);
	if (sql_row(db, s))
		seq = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return seq;
}

static bool
post_check_react(struct sqlite *db, struct store_post *p)
{
	int64_t seq;

	if (!post_target(db, p, false))
		return false;
	seq = post_reacted(db, p);
	if (p->entry.kind == ENTRY_unreact) {
		p->entry.undone = seq;
		if (seq == 0)
			p->req.err = ERR_NOT_FOUND;
		return seq != 0;
	}
	if (seq != 0) { /* is there already: the same answer */
		p->entry.seq = seq;
		p->entry.at = post_number(db, SQL_react_at, p->room, seq);
		p->known = true;
		return false;
	}
	if (post_number(db, SQL_react_count, p->room, p->entry.target) >=
	    POST_REACTIONS_MAX)
		p->req.err = ERR_TOO_LARGE;
	return p->req.err == ERR_OK;
}

/* False: the post has its answer, nothing is to be written. */
static bool
post_check(struct sqlite *db, struct store_post *p, const struct sqlite_head *h)
{
	switch (p->entry.kind) {
	case ENTRY_edit:
	case ENTRY_delete:
		return post_target(db, p, true);
	case ENTRY_react:
	case ENTRY_unreact:
		return post_check_react(db, p);
	case ENTRY_message:
		if (p->entry.reply_to > h->seq)
			p->req.err = ERR_NOT_FOUND;
		return p->req.err == ERR_OK;
	case ENTRY_topic:
		return true;
	}
	return false;
}

static void
post_nonce(struct sqlite *db, const struct store_post *p)
{
	const struct entry *e = &p->entry;
	sqlite3_stmt *s;

	if (e->nonce.n == 0)
		return;
	s = sql_get(db, SQL_nonce_put);
	sql_int(s, 1, e->actor);
	sql_str(s, 2, e->nonce);
	sql_blob(s, 3, p->hash, STORE_HASH);
	sql_int(s, 4, p->room);
	sql_int(s, 5, e->seq);
	sql_int(s, 6, db->now);
	sql_run(db, s);
}

static void
post_insert(struct sqlite *db, const struct store_post *p)
{
	const struct entry *e = &p->entry;
	sqlite3_stmt *s = sql_get(db, SQL_entry_put);

	sql_int(s, 1, p->room);
	sql_int(s, 2, e->seq);
	sql_int(s, 3, e->at);
	sql_int(s, 4, e->kind);
	sql_int(s, 5, e->actor);
	sql_int(s, 6, e->guest);
	sql_str(s, 7, e->from);
	sql_str(s, 8, e->text);
	sql_str(s, 9, e->style);
	sql_str(s, 10, e->lang);
	sql_str(s, 11, e->nonce);
	sql_int(s, 12, e->reply_to);
	sql_int(s, 13, e->target);
	sql_int(s, 14, e->undone);
	sql_run(db, s);
}

/* UPDATE … SET column = value WHERE room = ? AND … = target */
static void
post_change(struct sqlite *db, enum sql which, int64_t value, int64_t room,
    int64_t target)
{
	sqlite3_stmt *s = sql_get(db, which);

	sql_int(s, 1, value);
	sql_int(s, 2, room);
	sql_int(s, 3, target);
	sql_run(db, s);
}

static void
post_react(struct sqlite *db, const struct store_post *p)
{
	const struct entry *e = &p->entry;
	sqlite3_stmt *s = sql_get(db, SQL_react_put);

	sql_int(s, 1, p->room);
	sql_int(s, 2, e->target);
	sql_int(s, 3, e->seq);
	sql_str(s, 4, e->text);
	sql_int(s, 5, e->actor);
	sql_int(s, 6, e->guest);
	sql_str(s, 7, e->from);
	sql_run(db, s);
}

static void
post_delete(struct sqlite *db, const struct store_post *p)
{
	sqlite3_stmt *s;

	post_change(db, SQL_entry_blank, p->entry.seq, p->room,
	    p->entry.target);
	post_change(db, SQL_edits_blank, p->entry.seq, p->room,
	    p->entry.target);
	s = sql_get(db, SQL_react_clear);
	sql_int(s, 1, p->room);
	sql_int(s, 2, p->entry.target);
	sql_run(db, s);
	db->deleted = true;
}

/* What an entry changes beside the log: present state. */
static void
post_effect(struct sqlite *db, const struct store_post *p)
{
	sqlite3_stmt *s;

	switch (p->entry.kind) {
	case ENTRY_edit:
		post_change(db, SQL_entry_edited, p->entry.seq, p->room,
		    p->entry.target);
		break;
	case ENTRY_delete:
		post_delete(db, p);
		break;
	case ENTRY_react:
		post_react(db, p);
		break;
	case ENTRY_unreact:
		post_change(db, SQL_react_drop, p->room, p->entry.target,
		    p->entry.undone);
		break;
	case ENTRY_topic:
		s = sql_get(db, SQL_room_topic);
		sqlite3_bind_text64(s, 1,
		    p->entry.text.p != NULL ? p->entry.text.p : "",
		    p->entry.text.n, SQLITE_STATIC, SQLITE_UTF8);
		sql_int(s, 2, p->room);
		sql_run(db, s);
		break;
	case ENTRY_message:
		break;
	}
}

void
sqlite_post(struct sqlite *db, struct store_post *p)
{
	struct sqlite_head *h;

	p->known = false;
	if (post_known(db, p))
		return;
	if (p->only_known) {
		p->req.err = ERR_RATE_LIMITED;
		return;
	}
	h = post_head(db, p->room);
	if (h == NULL) {
		p->req.err = ERR_NOT_FOUND;
		return;
	}
	/* Checked against older rights: dispatch has to look again. */
	if (p->access_seq < h->access_seq) {
		p->req.err = ERR_FORBIDDEN;
		return;
	}
	if (post_check(db, p, h)) {
		p->entry.seq = ++h->seq;
		p->entry.at = h->at = db->now;
		h->moved = true;
		post_insert(db, p);
		post_effect(db, p);
	} else if (!p->known)
		return;
	post_nonce(db, p);
}
