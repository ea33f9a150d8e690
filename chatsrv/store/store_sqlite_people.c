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

static bool
people_node_alive(struct sqlite *db, const void *id, size_t n)
{
	sqlite3_stmt *s = sql_get(db, SQL_node_get);
	bool alive = false;

	sql_blob(s, 1, id, n);
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
		held = people_node_alive(db, node, sizeof(node));
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

/* Instead of the name that he had, if another. */
static void
people_take(struct sqlite *db, const struct store_name *name, int64_t who)
{
	sqlite3_stmt *s;

	people_hold(db, name, who);
	s = sql_get(db, SQL_nick_others);
	sql_int(s, 1, who);
	sql_text(s, 2, name->key);
	sql_run(db, s);
	s = sql_get(db, SQL_who_seen);
	sql_int(s, 1, db->now);
	sql_text(s, 2, name->text);
	sql_text(s, 3, name->key);
	sql_int(s, 4, who);
	sql_run(db, s);
}

static bool
people_recall(struct sqlite *db, struct store_hello *h, struct store_name *had)
{
	sqlite3_stmt *s = sql_get(db, SQL_who_get);

	sql_blob(s, 1, h->token, STORE_TOKEN);
	sql_int(s, 2, db->now - 30 * DAY_MS);
	if (!sql_row(db, s)) {
		h->req.err = ERR_UNAUTHORIZED;
		return false;
	}
	h->who.id = sqlite3_column_int64(s, 0);
	h->who.guest = sqlite3_column_int(s, 1) != 0;
	sql_copy(s, 2, had->text, sizeof(had->text));
	sql_copy(s, 3, had->key, sizeof(had->key));
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
	sql_blob(s, 3, h->token, STORE_TOKEN);
	sql_int(s, 4, db->now);
	sql_int(s, 5, db->now);
	if (!sql_run(db, s))
		return;
	h->who.id = sqlite3_last_insert_rowid(db->db);
	h->who.guest = true;
	people_hold(db, name, h->who.id);
}

static int64_t
people_unread(struct sqlite *db, int64_t room, int64_t read, int64_t who)
{
	sqlite3_stmt *s = sql_get(db, SQL_member_unread);
	int64_t n = 0;

	sql_int(s, 1, room);
	sql_int(s, 2, read);
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

	sql_int(s, 1, h->who.id);
	while (sql_row(db, s)) {
		h->rooms = xrealloc(h->rooms,
		    (h->nrooms + 1) * sizeof(*h->rooms));
		m = &h->rooms[h->nrooms++];
		sql_copy(s, 0, m->room, sizeof(m->room));
		memcpy(m->epoch, db->epoch, sizeof(m->epoch));
		m->seq = sqlite3_column_int64(s, 1);
		m->read = sqlite3_column_int64(s, 2);
		m->unread = people_unread(db, sqlite3_column_int64(s, 3),
		    m->read, h->who.id);
	}
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
	if (text + 2 > 32 || key + 2 > sizeof(name->key))
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
	h->who = (struct store_who){ 0 };
	if (!h->fresh && !people_recall(db, h, &had))
		return;
	name = people_choose(db, h, &had);
	if (name == NULL) {
		h->req.err = ERR_EXISTS;
		return;
	}
	if (h->fresh)
		people_make_guest(db, h, name);
	else {
		people_take(db, name, h->who.id);
		people_rooms(db, h);
	}
	memcpy(h->who.name, name->text, sizeof(h->who.name));
}

void
sqlite_nick(struct sqlite *db, struct store_nick *n)
{
	if (people_free(db, n->name.key, n->who))
		people_take(db, &n->name, n->who);
	else
		n->req.err = ERR_EXISTS;
}

void
sqlite_bye(struct sqlite *db, struct store_bye *b)
{
	sqlite3_stmt *s = sql_get(db, SQL_nick_end);

	sql_int(s, 1, db->now + STORE_LEASE_MS);
	sql_int(s, 2, b->who);
	sql_run(db, s);
}

static void
people_clean(struct sqlite *db)
{
	static const struct {
		enum sql sql;
		int64_t age; /* ms; what is older goes */
	} rows[] = {
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
	r->seq = sqlite3_column_int64(s, 2);
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

/* In a batch the room's end may be ahead of its row. */
static void
people_head(struct sqlite *db, struct store_room *r)
{
	for (size_t i = 0; i < db->nheads; i++)
		if (db->heads[i].room == r->id)
			r->seq = db->heads[i].seq;
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
		people_head(db, &j->room);
		return true;
	}
	if (!j->create) {
		j->req.err = ERR_NOT_FOUND;
		return false;
	}
	return people_create(db, j);
}

void
sqlite_join(struct sqlite *db, struct store_join *j)
{
	sqlite3_stmt *s;

	j->topic = (struct str){ NULL, 0 };
	j->last_seq = 0;
	if (!people_find(db, j))
		return;
	j->read = people_read(db, j->who, j->room.id);
	if (j->read < 0) {
		j->read = j->room.seq; /* a newcomer has nothing unread */
		people_enter(db, j->who, j->room.id, j->read);
	}
	if (j->last == 0)
		return;
	s = sql_get(db, SQL_last_seq);
	sql_int(s, 1, j->room.id);
	sql_int(s, 2, j->last - 1);
	if (sql_row(db, s))
		j->last_seq = sqlite3_column_int64(s, 0) - 1;
	else
		j->last_seq = j->room.oldest - 1;
	sqlite3_reset(s);
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
		people_head(db, &f->room);
	} else
		f->req.err = ERR_NOT_FOUND;
	sqlite3_reset(s);
}
