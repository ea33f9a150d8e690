/*
 * store_sqlite, reading: pages of a log as written, pages of present state,
 * the list of rooms.
 *
 * Each page is one snapshot: its head tells the caller whether a delete came
 * after it.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/store/store_sql.h"

#define READ_HISTORY_MAX ((size_t)256 * 1024) /* bytes of a page */
#define READ_ENTRY	 100 /* of an encoded entry beside its strings */
#define READ_REACTION	 50

enum {
	COL_SEQ,
	COL_AT,
	COL_KIND,
	COL_ACTOR,
	COL_GUEST,
	COL_NAME,
	COL_TEXT,
	COL_STYLE,
	COL_LANG,
	COL_NONCE,
	COL_REPLY_TO,
	COL_TARGET,
	COL_UNDONE,
	COL_EDITED,
	COL_DELETED
};

/*
 * While a page grows its buffer moves, so strings are kept as offsets (from
 * one up; zero is no string) and turned into pointers at the end.
 */
static struct str
read_keep(struct buf *b, sqlite3_stmt *s, int column)
{
	size_t n = (size_t)sqlite3_column_bytes(s, column);
	struct str kept = { (const char *)(b->len + 1), n };

	if (n == 0)
		return (struct str){ NULL, 0 };
	buf_add(b, sqlite3_column_blob(s, column), n);
	return kept;
}

static void
read_point(struct buf *b, struct str *s)
{
	if (s->p != NULL)
		s->p = b->data + ((size_t)s->p - 1);
}

static void
read_finish(struct store_entries *es)
{
	for (size_t i = 0; i < es->n; i++) {
		struct entry *e = &es->v[i];

		read_point(&es->bytes, &e->from);
		read_point(&es->bytes, &e->text);
		read_point(&es->bytes, &e->style);
		read_point(&es->bytes, &e->lang);
		read_point(&es->bytes, &e->nonce);
	}
	for (size_t i = 0; i < es->nreactions; i++) {
		read_point(&es->bytes, &es->reactions[i].emoji);
		read_point(&es->bytes, &es->reactions[i].user);
	}
	for (size_t i = 0, at = 0; i < es->n; i++) {
		es->v[i].reactions = es->reactions + at;
		at += es->v[i].nreactions;
	}
}

static struct entry *
read_entry(struct store_entries *es, sqlite3_stmt *s)
{
	struct entry *e;

	if ((es->n & (es->n - 1)) == 0)
		es->v = xrealloc(es->v,
		    (es->n != 0 ? es->n * 2 : 1) * sizeof(*es->v));
	e = &es->v[es->n++];
	*e = (struct entry){
		.seq = sqlite3_column_int64(s, COL_SEQ),
		.at = sqlite3_column_int64(s, COL_AT),
		.kind = (enum entry_kind)sqlite3_column_int(s, COL_KIND),
		.actor = sqlite3_column_int64(s, COL_ACTOR),
		.guest = sqlite3_column_int(s, COL_GUEST) != 0,
		.reply_to = sqlite3_column_int64(s, COL_REPLY_TO),
		.target = sqlite3_column_int64(s, COL_TARGET),
		.undone = sqlite3_column_int64(s, COL_UNDONE),
		.edited_seq = sqlite3_column_int64(s, COL_EDITED),
		.deleted = sqlite3_column_type(s, COL_DELETED) != SQLITE_NULL,
	};
	e->from = read_keep(&es->bytes, s, COL_NAME);
	e->style = read_keep(&es->bytes, s, COL_STYLE);
	e->lang = read_keep(&es->bytes, s, COL_LANG);
	e->nonce = read_keep(&es->bytes, s, COL_NONCE);
	return e;
}

/* About the bytes that they will be when they are encoded. */
static size_t
read_size(const struct store_entries *es)
{
	return es->bytes.len + es->n * READ_ENTRY +
	    es->nreactions * READ_REACTION;
}

static bool
read_bounds(struct sqlite *db, int64_t room, int64_t *head, int64_t *oldest)
{
	sqlite3_stmt *s = sql_get(db, SQL_room_bounds);
	bool there;

	sql_int(s, 1, room);
	there = sql_row(db, s);
	if (there) {
		*head = sqlite3_column_int64(s, 0);
		*oldest = sqlite3_column_int64(s, 1);
	}
	sqlite3_reset(s);
	return there;
}

/* The end of a snapshot, whatever came of the reading. */
static void
read_end(struct sqlite *db)
{
	sql_run(db, sql_get(db, SQL_commit));
	sqlite_undo(db);
}

void
sqlite_page(struct sqlite *db, struct store_page *p)
{
	sqlite3_stmt *s;
	int64_t oldest;

	memset(&p->entries, 0, sizeof(p->entries));
	sql_run(db, sql_get(db, SQL_snapshot));
	if (read_bounds(db, p->room, &p->head, &oldest)) {
		s = sql_get(db, SQL_page);
		sql_int(s, 1, p->room);
		sql_int(s, 2, p->from);
		while (read_size(&p->entries) < p->max && sql_row(db, s)) {
			struct entry *e = read_entry(&p->entries, s);

			e->text = read_keep(&p->entries.bytes, s, COL_TEXT);
		}
		sqlite3_reset(s);
	} else
		p->req.err = ERR_NOT_FOUND;
	read_end(db);
	read_finish(&p->entries);
}

void
sqlite_heads(struct sqlite *db, struct store_heads *h)
{
	sql_run(db, sql_get(db, SQL_snapshot));
	for (size_t i = 0; i < h->n; i++) {
		int64_t oldest;

		h->items[i].seq = 0;
		read_bounds(db, h->items[i].room, &h->items[i].seq, &oldest);
	}
	read_end(db);
}

/* The newest text of an edited message. */
static void
read_edited(struct sqlite *db, struct store_history *h, struct entry *e)
{
	sqlite3_stmt *s = sql_get(db, SQL_edit_text);

	sql_int(s, 1, h->room);
	sql_int(s, 2, e->edited_seq);
	if (sql_row(db, s)) {
		e->text = read_keep(&h->entries.bytes, s, 0);
		e->edited_at = sqlite3_column_int64(s, 1);
	}
	sqlite3_reset(s);
}

static void
read_reactions(struct sqlite *db, struct store_history *h, struct entry *e)
{
	struct store_entries *es = &h->entries;
	sqlite3_stmt *s = sql_get(db, SQL_reactions);

	sql_int(s, 1, h->room);
	sql_int(s, 2, e->seq);
	while (sql_row(db, s)) {
		struct entry_reaction *r;

		if ((es->nreactions & (es->nreactions - 1)) == 0)
			es->reactions = xrealloc(es->reactions,
			    (es->nreactions != 0 ? es->nreactions * 2 : 1) *
				sizeof(*es->reactions));
		r = &es->reactions[es->nreactions++];
		r->seq = sqlite3_column_int64(s, 0);
		r->emoji = read_keep(&es->bytes, s, 1);
		r->user = read_keep(&es->bytes, s, 2);
		r->guest = sqlite3_column_int(s, 3) != 0;
		e->nreactions++;
	}
}

/* A message as it is now, or a topic. */
static void
read_present(struct sqlite *db, struct store_history *h, sqlite3_stmt *s)
{
	struct entry *e = read_entry(&h->entries, s);

	if (e->edited_seq != 0 && !e->deleted)
		read_edited(db, h, e);
	else
		e->text = read_keep(&h->entries.bytes, s, COL_TEXT);
	if (e->kind == ENTRY_message && !e->deleted)
		read_reactions(db, h, e);
}

/*
 * Reads rows up to the limits, but one in any case; true if there are more.
 * The one that does not fit is known when it is read, and left out again.
 */
static bool
read_rows(struct sqlite *db, struct store_history *h, enum sql which,
    int64_t place, int64_t limit, size_t max)
{
	sqlite3_stmt *s = sql_get(db, which);
	struct store_entries *es = &h->entries;
	size_t begin = read_size(es);
	bool more = false;

	sql_int(s, 1, h->room);
	sql_int(s, 2, place);
	sql_int(s, 3, limit + 1);
	for (int64_t n = 0; !more && sql_row(db, s); n++) {
		size_t bytes = es->bytes.len;

		if (n == limit) {
			more = true;
			break;
		}
		read_present(db, h, s);
		more = n != 0 && read_size(es) - begin > max;
		if (more) {
			es->nreactions -= es->v[--es->n].nreactions;
			es->bytes.len = bytes;
		}
	}
	sqlite3_reset(s);
	return more;
}

static void
read_turn_reactions(struct entry_reaction *v, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct entry_reaction r = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = r;
	}
}

/* Rows came newest first. */
static void
read_turn(struct store_entries *es)
{
	size_t at = 0;

	for (size_t i = 0; i < es->n / 2; i++) {
		struct entry e = es->v[i];

		es->v[i] = es->v[es->n - 1 - i];
		es->v[es->n - 1 - i] = e;
	}
	/* Groups of reactions turn with their messages, but stay in order. */
	read_turn_reactions(es->reactions, es->nreactions);
	for (size_t i = 0; i < es->n; i++) {
		read_turn_reactions(es->reactions + at, es->v[i].nreactions);
		at += es->v[i].nreactions;
	}
}

/*
 * The seq of the first entry at a time or after it, by halving: times grow
 * with the numbers but for a clock that was set, and an index of them would
 * cost every message a page of the log.
 */
static int64_t
read_at(struct sqlite *db, struct store_history *h, int64_t oldest)
{
	int64_t low = oldest, high = h->head + 1;

	while (low < high) {
		int64_t mid = low + (high - low) / 2;
		sqlite3_stmt *s = sql_get(db, SQL_history_at);
		bool before;

		sql_int(s, 1, h->room);
		sql_int(s, 2, mid);
		before = !sql_row(db, s) ||
		    sqlite3_column_int64(s, 0) < h->place;
		sqlite3_reset(s);
		if (before)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
read_history(struct sqlite *db, struct store_history *h, int64_t oldest)
{
	int64_t half = h->limit / 2;

	switch (h->how) {
	case HISTORY_BEFORE:
		h->more = read_rows(db, h, SQL_history_before, h->place,
		    h->limit, READ_HISTORY_MAX);
		read_turn(&h->entries);
		break;
	case HISTORY_AFTER:
		h->more = read_rows(db, h, SQL_history_after, h->place,
		    h->limit, READ_HISTORY_MAX);
		break;
	case HISTORY_AT:
		h->more = read_rows(db, h, SQL_history_after,
		    read_at(db, h, oldest) - 1, h->limit, READ_HISTORY_MAX);
		break;
	case HISTORY_AROUND:
		h->more = read_rows(db, h, SQL_history_before, h->place, half,
		    READ_HISTORY_MAX / 2);
		read_turn(&h->entries);
		h->more |= read_rows(db, h, SQL_history_after, h->place - 1,
		    h->limit - half, READ_HISTORY_MAX / 2);
		break;
	}
}

void
sqlite_history(struct sqlite *db, struct store_history *h)
{
	int64_t oldest;

	memset(&h->entries, 0, sizeof(h->entries));
	sql_run(db, sql_get(db, SQL_snapshot));
	if (read_bounds(db, h->room, &h->head, &oldest))
		read_history(db, h, oldest);
	else
		h->req.err = ERR_NOT_FOUND;
	read_end(db);
	read_finish(&h->entries);
}

void
sqlite_rooms(struct sqlite *db, struct store_rooms *r)
{
	sqlite3_stmt *s = sql_get(db, SQL_rooms_list);

	r->items = xcalloc((size_t)r->limit, sizeof(*r->items));
	r->nitems = 0;
	r->more = false;
	sql_text(s, 1, r->match);
	sql_int(s, 2, r->limit + 1);
	sql_int(s, 3, r->after);
	while (sql_row(db, s)) {
		struct store_rooms_item *it;

		if ((int64_t)r->nitems == r->limit) {
			r->more = true;
			break;
		}
		it = &r->items[r->nitems++];
		it->id = sqlite3_column_int64(s, 0);
		it->at = sqlite3_column_int64(s, 1);
		sql_copy(s, 2, it->name, sizeof(it->name));
		sql_copy(s, 3, it->topic, sizeof(it->topic));
	}
	sqlite3_reset(s);
}
