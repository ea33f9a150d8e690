/*
 * store_sqlite, people: identities, nicks as leases, membership, markers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatsrv/store/store_sql.h"
#include "chatsrv/token.h"
#include "lib/name.h"

#define DAY_MS INT64_C(86400000)

/* The node's own lease: as long as it runs, so do those of its nicks. */
static void
people_node(struct sqlite *db)
{
	sqlite3_stmt *s = sql_get(db, SQL_node_put);

	sql_blob(s, 1, db->node, sizeof(db->node));
	sql_int(s, 2, db->now + STORE_LEASE_MS);
	sql_run(db, s);
}

/* We are, whatever a clock that was set may say. */
static bool
people_node_alive(struct sqlite *db, const unsigned char id[16])
{
	sqlite3_stmt *s;
	bool alive = false;

	if (memcmp(id, db->node, sizeof(db->node)) == 0)
		return true;
	s = sql_get(db, SQL_node_get);
	sql_blob(s, 1, id, sizeof(db->node));
	if (sql_row(db, s))
		alive = sqlite3_column_int64(s, 0) > db->now;
	sqlite3_reset(s);
	return alive;
}

static bool
people_free(struct sqlite *db, const char *key, int64_t who)
{
	sqlite3_stmt *s = sql_get(db, SQL_nick_get);
	unsigned char node[16] = { 0 };
	bool held;

	sql_text(s, 1, key);
	if (!sql_row(db, s))
		return true;
	if (sqlite3_column_int64(s, 0) == who)
		held = false;
	else if (sqlite3_column_type(s, 2) != SQLITE_NULL)
		held = sqlite3_column_int64(s, 2) > db->now;
	else {
		if (sqlite3_column_bytes(s, 1) == (int)sizeof(node))
			memcpy(node, sqlite3_column_blob(s, 1), sizeof(node));
		held = people_node_alive(db, node);
	}
	sqlite3_reset(s);
	return !held;
}

static void
people_hold(struct sqlite *db, const struct store_name *name, int64_t who)
{
	sqlite3_stmt *s = sql_get(db, SQL_nick_put);

	sql_text(s, 1, name->key);
	sql_int(s, 2, who);
	sql_blob(s, 3, db->node, sizeof(db->node));
	sql_run(db, s);
}

/* Instead of the name that he had, if another.  lease 0: as it was. */
static void
people_take(struct sqlite *db, const struct store_name *name, int64_t who,
    int64_t lease)
{
	sqlite3_stmt *s;

	people_hold(db, name, who);
	s = sql_get(db, SQL_nick_other);
	sql_int(s, 1, who);
	sql_text(s, 2, name->key);
	sql_run(db, s);
	s = sql_get(db, SQL_who_take);
	sql_int(s, 1, db->now);
	sql_text(s, 2, name->text);
	sql_text(s, 3, name->key);
	if (lease != 0)
		sql_int(s, 4, lease);
	else
		sqlite3_bind_null(s, 4);
	sql_int(s, 5, who);
	sql_run(db, s);
}

static bool
people_recall(struct sqlite *db, struct store_hello *h, struct store_name *had)
{
	sqlite3_stmt *s = sql_get(db, SQL_who_get);

	sql_int(s, 1, h->who.id);
	sql_blob(s, 2, h->token, TOKEN_HASH);
	sql_int(s, 3, db->now - 30 * DAY_MS);
	if (!sql_row(db, s)) {
		h->req.err = ERR_UNAUTHORIZED;
		return false;
	}
	h->who.guest = sqlite3_column_int(s, 0) != 0;
	sql_copy(s, 1, had->text, sizeof(had->text));
	sql_copy(s, 2, had->key, sizeof(had->key));
	sqlite3_reset(s);
	return true;
}

static void
people_make_guest(struct sqlite *db, struct store_hello *h,
    const struct store_name *name)
{
	sqlite3_stmt *s = sql_get(db, SQL_who_put);

	sql_text(s, 1, name->text);
	sql_text(s, 2, name->key);
	sql_blob(s, 3, h->token, TOKEN_HASH);
	sql_int(s, 4, db->now);
	sql_int(s, 5, db->now);
	sql_int(s, 6, h->who.lease);
	if (!sql_run(db, s))
		return;
	h->who.id = sqlite3_last_insert_rowid(db->db);
	h->who.guest = true;
	people_hold(db, name, h->who.id);
}

/* In a batch a room's end may be ahead of its row. */
static int64_t
people_end(const struct sqlite *db, int64_t room, int64_t seq)
{
	for (size_t i = 0; i < db->nheads; i++)
		if (db->heads[i].room == room)
			return db->heads[i].seq;
	return seq;
}

static int64_t
people_unread(struct sqlite *db, int64_t room, int64_t from, int64_t who)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_unread);
	int64_t n = 0;

	sql_int(s, 1, room);
	sql_int(s, 2, from);
	sql_int(s, 3, who);
	if (sql_row(db, s))
		n = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return n;
}

static void
people_rooms(struct sqlite *db, struct store_hello *h)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_list);
	struct store_membership *m;
	int64_t id, from;

	sql_int(s, 1, h->who.id);
	while (sql_row(db, s)) {
		h->rooms = xrealloc(h->rooms,
		    (h->nrooms + 1) * sizeof(*h->rooms));
		m = &h->rooms[h->nrooms++];
		sql_copy(s, 0, m->room, sizeof(m->room));
		memcpy(m->epoch, db->epoch, sizeof(m->epoch));
		id = sqlite3_column_int64(s, 3);
		m->seq = people_end(db, id, sqlite3_column_int64(s, 1));
		m->read = sqlite3_column_int64(s, 2);
		from = m->read;
		if (from < m->seq - STORE_UNREAD)
			from = m->seq - STORE_UNREAD;
		m->unread = people_unread(db, id, from, h->who.id);
	}
}

static size_t
people_points(const char *utf8)
{
	size_t n = 0;

	for (; *utf8 != '\0'; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

/*
 * The name itself, or the first free one with a digit behind it.  A digit's
 * skeleton is the digit, so name and key grow alike; 0 and 1 look like
 * letters and are left out.
 */
static bool
people_free_like(struct sqlite *db, struct store_name *name, int64_t who)
{
	size_t text = strlen(name->text), key = strlen(name->key);

	if (text == 0)
		return false;
	if (people_free(db, name->key, who))
		return true;
	if (people_points(name->text) == NAME_USER_MAX ||
	    text + 2 > sizeof(name->text) || key + 2 > sizeof(name->key))
		return false;
	for (char digit = '2'; digit <= '9'; digit++) {
		name->text[text] = name->key[key] = digit;
		name->text[text + 1] = name->key[key + 1] = '\0';
		if (people_free(db, name->key, who))
			return true;
	}
	return false;
}

/* For one who wished for none, and had none. */
static void
people_spare(struct store_name *out)
{
	char text[32];
	struct name n;
	const char *why;

	snprintf(text, sizeof(text), "guest-%06u", token_below(1000000));
	name_parse(NAME_USER, text, strlen(text), &n, &why);
	memcpy(out->text, n.text, strlen(n.text) + 1);
	memcpy(out->key, n.skeleton, strlen(n.skeleton) + 1);
}

/* Which of the names it is to be, or NULL; had may become the spare one. */
static const struct store_name *
people_choose(struct sqlite *db, struct store_hello *h, struct store_name *had)
{
	if (people_free_like(db, &h->wish, h->who.id))
		return &h->wish;
	if (people_free_like(db, had, h->who.id))
		return had;
	people_spare(had);
	return people_free_like(db, had, h->who.id) ? had : NULL;
}

void
sqlite_hello(struct sqlite *db, struct store_hello *h)
{
	struct store_name had = { "", "" };
	const struct store_name *name;

	h->rooms = NULL;
	h->nrooms = 0;
	if (h->fresh)
		h->who.id = 0;
	if (!h->fresh && !people_recall(db, h, &had))
		return;
	name = people_choose(db, h, &had);
	if (name == NULL) {
		h->req.err = ERR_EXISTS;
		return;
	}
	h->who.lease = ++db->lease;
	if (h->fresh)
		people_make_guest(db, h, name);
	else {
		people_take(db, name, h->who.id, h->who.lease);
		people_rooms(db, h);
	}
	memcpy(h->who.had, had.text, sizeof(h->who.had));
	memcpy(h->who.name, name->text, sizeof(h->who.name));
}

void
sqlite_nick(struct sqlite *db, struct store_nick *n)
{
	if (people_free(db, n->name.key, n->who))
		people_take(db, &n->name, n->who, 0);
	else
		n->req.err = ERR_EXISTS;
}

void
sqlite_bye(struct sqlite *db, struct store_bye *b)
{
	sqlite3_stmt *s = sql_get(db, SQL_nick_end);

	sql_int(s, 1, b->who);
	sql_int(s, 2, db->now + STORE_LEASE_MS);
	sql_int(s, 3, b->lease);
	sql_blob(s, 4, db->node, sizeof(db->node));
	sql_run(db, s);
	/* His token is good for 30 days from now, not from his hello. */
	s = sql_get(db, SQL_who_seen);
	sql_int(s, 1, db->now);
	sql_int(s, 2, b->who);
	sql_run(db, s);
}

void
sqlite_keep(struct sqlite *db, struct store_keep *h)
{
	sqlite3_stmt *s = sql_get(db, SQL_nick_hold);

	sql_int(s, 1, h->who);
	sql_blob(s, 2, db->node, sizeof(db->node));
	sql_run(db, s);
	s = sql_get(db, SQL_who_hold);
	sql_int(s, 1, h->who);
	sql_int(s, 2, h->lease);
	sql_blob(s, 3, db->node, sizeof(db->node));
	sql_run(db, s);
}

static void
people_clean(struct sqlite *db)
{
	static const struct {
		enum sql sql;
		int64_t age; /* ms; what is older goes */
	} rows[] = {
		{ SQL_node_seen, 0 },
		{ SQL_node_end, 0 },
		{ SQL_node_clean, DAY_MS },
		{ SQL_nick_clean, 0 },
		{ SQL_nonce_clean, 7 * DAY_MS },
		{ SQL_who_clean, 30 * DAY_MS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sqlite3_stmt *s = sql_get(db, rows[i].sql);

		sql_int(s, 1, db->now - rows[i].age);
		sql_run(db, s);
	}
	sql_run(db, sql_get(db, SQL_member_clean));
}

void
sqlite_beat(struct sqlite *db, struct store_beat *b)
{
	people_node(db);
	if (b->clean)
		people_clean(db);
}

/* The marker, or -1 if who is no member. */
static int64_t
people_read(struct sqlite *db, int64_t who, int64_t room)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_get);
	int64_t read = -1;

	sql_int(s, 1, who);
	sql_int(s, 2, room);
	if (sql_row(db, s))
		read = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return read;
}

static void
people_enter(struct sqlite *db, int64_t who, int64_t room, int64_t read)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_put);

	sql_int(s, 1, who);
	sql_int(s, 2, room);
	sql_int(s, 3, read);
	sql_run(db, s);
}

static void
people_room(struct sqlite *db, sqlite3_stmt *s, struct store_room *r)
{
	r->id = sqlite3_column_int64(s, 0);
	sql_copy(s, 1, r->name, sizeof(r->name));
	r->seq = people_end(db, r->id, sqlite3_column_int64(s, 2));
	r->oldest = sqlite3_column_int64(s, 3);
	r->access_seq = sqlite3_column_int64(s, 4);
	r->public = strcmp((const char *)sqlite3_column_text(s, 5), "public") ==
	    0;
	memcpy(r->epoch, db->epoch, sizeof(r->epoch));
}

static struct str
people_topic(sqlite3_stmt *s)
{
	const char *topic = (const char *)sqlite3_column_text(s, 6);

	return (struct str){ xstrdup(topic), strlen(topic) };
}

static bool
people_create(struct sqlite *db, struct store_join *j)
{
	sqlite3_stmt *s = sql_get(db, SQL_room_by_skeleton);

	sql_text(s, 1, j->skeleton);
	if (sql_row(db, s)) {
		sql_copy(s, 0, j->room.name, sizeof(j->room.name));
		sqlite3_reset(s);
		j->req.err = ERR_CONFLICT;
		return false;
	}
	s = sql_get(db, SQL_room_put);
	sql_text(s, 1, j->name);
	sql_text(s, 2, j->key);
	sql_text(s, 3, j->skeleton);
	sql_int(s, 4, db->now);
	sql_int(s, 5, db->now);
	if (!sql_run(db, s))
		return false;
	j->room = (struct store_room){ .id = sqlite3_last_insert_rowid(db->db),
		.oldest = 1,
		.public = true };
	memcpy(j->room.name, j->name, sizeof(j->room.name));
	memcpy(j->room.epoch, db->epoch, sizeof(j->room.epoch));
	return true;
}

static bool
people_find(struct sqlite *db, struct store_join *j)
{
	sqlite3_stmt *s = sql_get(db, SQL_room_by_key);

	sql_text(s, 1, j->key);
	if (sql_row(db, s)) {
		people_room(db, s, &j->room);
		j->topic = people_topic(s);
		sqlite3_reset(s);
		return true;
	}
	return people_create(db, j);
}

/* The seq before the last-th newest entry that counts. */
static int64_t
people_last(struct sqlite *db, const struct store_join *j)
{
	sqlite3_stmt *s = sql_get(db, SQL_last_seq);
	int64_t from = j->room.oldest - 1;

	if (from < j->room.seq - STORE_LAST)
		from = j->room.seq - STORE_LAST;
	sql_int(s, 1, j->room.id);
	sql_int(s, 2, from);
	sql_int(s, 3, j->last - 1);
	if (sql_row(db, s))
		from = sqlite3_column_int64(s, 0) - 1;
	sqlite3_reset(s);
	return from;
}

void
sqlite_join(struct sqlite *db, struct store_join *j)
{
	j->topic = (struct str){ NULL, 0 };
	j->last_seq = 0;
	if (!people_find(db, j))
		return;
	j->read = people_read(db, j->who, j->room.id);
	if (j->read < 0) {
		j->read = j->room.seq; /* a newcomer has nothing unread */
		people_enter(db, j->who, j->room.id, j->read);
	}
	if (j->last != 0)
		j->last_seq = people_last(db, j);
}

void
sqlite_part(struct sqlite *db, struct store_part *p)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_drop);

	sql_int(s, 1, p->who);
	sql_int(s, 2, p->room);
	sql_run(db, s);
}

void
sqlite_mark(struct sqlite *db, struct store_mark *m)
{
	int64_t read = people_read(db, m->who, m->room);
	sqlite3_stmt *s;

	if (read < 0)
		people_enter(db, m->who, m->room, m->seq);
	else if (m->seq > read || (m->back && m->seq < read)) {
		s = sql_get(db, SQL_member_read);
		sql_int(s, 1, m->seq);
		sql_int(s, 2, m->who);
		sql_int(s, 3, m->room);
		sql_run(db, s);
	} else
		m->seq = read;
}

void
sqlite_find(struct sqlite *db, struct store_find *f)
{
	sqlite3_stmt *s = sql_get(db, SQL_room_by_key);

	f->topic = (struct str){ NULL, 0 };
	sql_text(s, 1, f->key);
	if (sql_row(db, s)) {
		people_room(db, s, &f->room);
		f->topic = people_topic(s);
	} else
		f->req.err = ERR_NOT_FOUND;
	sqlite3_reset(s);
}
