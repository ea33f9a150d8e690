/*
 * storefile: opening a store, and the requests that most tests need.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chatsrv/token.h"
#include "lib/log.h"
#include "tests/unit/storefile.h"

char storefile_folder[SUITE_PATH], storefile_path[SUITE_PATH + 16];
char why[SQLITE_WHY];
struct sqlite *db;
int64_t room;

void
storefile_open(void)
{
	db = sqlite_open(storefile_path, SQLITE_WRITER, why);
	ck_assert_msg(db != NULL, "%s", why);
}

enum err
run(struct store_req *req, enum store_op op)
{
	store_req_init(req, op, NULL, NULL);
	ck_assert_int_eq(sqlite_run(db, req), SQLITE_FINE);
	return req->err;
}

enum err
run_alone(struct store_req *req, enum store_op op)
{
	enum err e;

	ck_assert_int_eq(sqlite_begin(db), SQLITE_FINE);
	e = run(req, op);
	ck_assert_int_eq(sqlite_commit(db), SQLITE_FINE);
	return e;
}

struct store_join
storefile_join(int64_t who, const char *name)
{
	struct store_join j = { .who = who };

	strcpy(j.name, name);
	strcpy(j.key, name);
	strcpy(j.skeleton, name);
	run_alone(&j.req, STORE_join);
	free((char *)(uintptr_t)j.topic.p);
	j.topic = (struct str){ NULL, 0 };
	return j;
}

void
storefile_start(void)
{
	log_init("test", LOG_L_ERROR);
	ck_assert(token_init());
	suite_folder(storefile_folder);
	snprintf(storefile_path, sizeof(storefile_path), "%s/chat.db",
	    storefile_folder);
	storefile_open();
	room = storefile_join(1000, "lobby").room.id;
}

void
storefile_stop(void)
{
	sqlite_close(db);
	suite_folder_end();
}

/* A post of identity who; the hash is made of the nonce's second letter. */
struct store_post
entry(int64_t who, enum entry_kind kind, int64_t target, const char *text,
    const char *nonce)
{
	struct store_post p = { .room = room };

	p.entry = (struct entry){ .kind = kind,
		.actor = who,
		.guest = true,
		.from = STR_LIT("ann"),
		.target = target,
		.text = str_of(text),
		.nonce = str_of(nonce) };
	if (nonce[0] != '\0')
		memset(p.hash, nonce[1], sizeof(p.hash));
	return p;
}

enum err
post_as(int64_t who, enum entry_kind kind, int64_t target, const char *text,
    int64_t *seq)
{
	struct store_post p = entry(who, kind, target, text, "");
	enum err e = run_alone(&p.req, STORE_post);

	if (seq != NULL)
		*seq = p.entry.seq;
	return e;
}

/* Identity 1 says or does something; its seq. */
int64_t
post(enum entry_kind kind, int64_t target, const char *text)
{
	int64_t seq;

	ck_assert_int_eq(post_as(1, kind, target, text, &seq), ERR_OK);
	return seq;
}

/* Statements beside the store's own. */
void
sql(const char *text)
{
	char *error = NULL;

	ck_assert_msg(sqlite3_exec(db->db, text, NULL, NULL, &error) ==
		SQLITE_OK,
	    "%s", error);
}

int64_t
sql_value(const char *text)
{
	sqlite3_stmt *s;
	int64_t v;

	ck_assert_int_eq(sqlite3_prepare_v2(db->db, text, -1, &s, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

void
post_secret(void)
{
	struct store_post p = entry(1, ENTRY_message, 0, "SECRET0", "n1");
	int64_t m;

	p.entry.style = STR_LIT("code");
	p.entry.lang = STR_LIT("SECRETL");
	ck_assert_int_eq(run_alone(&p.req, STORE_post), ERR_OK);
	m = p.entry.seq;
	post(ENTRY_edit, m, "SECRET1");
	post(ENTRY_edit, m, "SECRET2");
	post(ENTRY_react, m, "+");
}
