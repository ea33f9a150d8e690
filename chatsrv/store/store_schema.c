/*
 * store_schema: the tables, as numbered migrations.
 *
 * A migration is never changed once it was released; a new one is appended.
 * meta.version is the number of those applied, meta.compatible_from the
 * lowest version of a program's schema that may still use the store: a change
 * that only adds leaves it alone.
 */
#include <stddef.h>

#include "chatsrv/store/store_sqlite.h"

static const char schema_1[] =
    /*
     * identity: guests and (later) accounts.  token is a hash.  Entries name
     * their senders by id for ever, so none is given twice.  lease is the
     * number that his newest hello got from the node that it came to.
     */
    "CREATE TABLE identity( id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " guest INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,"
    " token BLOB, created INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " lease INTEGER NOT NULL) STRICT;"
    /*
     * nick: who holds a name, by its skeleton; an identity holds one at most,
     * and its key is then identity.key.  While a node serves him the lease
     * runs as long as the node's own (until is NULL).
     */
    "CREATE TABLE nick( key TEXT PRIMARY KEY, who INTEGER NOT NULL, node BLOB,"
    " until INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE TABLE node( id BLOB PRIMARY KEY,"
    " until INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    /* room: a log of kind `room`; an inbox will be one of another kind. */
    "CREATE TABLE room( id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL DEFAULT 'room', name TEXT NOT NULL,"
    " key TEXT NOT NULL UNIQUE, skeleton TEXT NOT NULL UNIQUE,"
    " visibility TEXT NOT NULL DEFAULT 'public', owner INTEGER,"
    " access_seq INTEGER NOT NULL DEFAULT 0, seq INTEGER NOT NULL DEFAULT 0,"
    " oldest INTEGER NOT NULL DEFAULT 1, topic TEXT NOT NULL DEFAULT '',"
    " created INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;"
    /*
     * entry: the logs.  text is what the kind needs (message, edit: text;
     * react: emoji; topic: topic) and NULL once deleted.  edited and deleted
     * are the seqs of the newest edit and of the delete.  text comes last:
     * who counts entries needs not go through it.
     */
    "CREATE TABLE entry( room INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind INTEGER NOT NULL, actor INTEGER NOT NULL,"
    " guest INTEGER NOT NULL, reply_to INTEGER, target INTEGER,"
    " undone INTEGER, edited INTEGER, deleted INTEGER, name TEXT NOT NULL,"
    " style TEXT, lang TEXT, nonce TEXT, text TEXT,"
    " PRIMARY KEY(room, seq)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX entry_edits ON entry(room, target, seq) WHERE kind = 2;"
    "CREATE TABLE reaction( room INTEGER NOT NULL, target INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, emoji TEXT NOT NULL, who INTEGER NOT NULL,"
    " guest INTEGER NOT NULL, name TEXT NOT NULL,"
    " PRIMARY KEY(room, target, seq),"
    " UNIQUE(room, target, emoji, who)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE nonce( who INTEGER NOT NULL, nonce TEXT NOT NULL,"
    " hash BLOB NOT NULL, room INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(who, nonce)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX nonce_at ON nonce(at);CREATE TABLE member("
    " who INTEGER NOT NULL, room INTEGER NOT NULL,"
    " read INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(who, room)) STRICT, WITHOUT ROWID;";

static const struct schema_migration migrations[] = {
	{ schema_1, 1 },
};

const struct schema_migration *
schema_migrations(size_t *n)
{
	*n = sizeof(migrations) / sizeof(migrations[0]);
	return migrations;
}
