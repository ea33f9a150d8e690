/*
 * err: errors are values.  The table is err.def.
 */
#ifndef ERR_H
#define ERR_H

enum err {
	ERR_OK,
#define ERR(ID, code, http, text) ERR_##ID,
#include "lib/err.def"
#undef ERR
	ERR__COUNT
};

/*
 * The name of an error on the wire ("bad_json"); "ok" for ERR_OK.  Static.
 */
const char *err_code(enum err);

/*
 * One sentence for people, without a full stop.  Static.
 */
const char *err_text(enum err);

/*
 * The HTTP status that carries the same meaning; 200 for ERR_OK.
 */
int err_http(enum err);

/*
 * The error whose wire name is code, or ERR_INTERNAL for a name that this
 * version does not know: a newer server may have more.
 */
enum err err_find(const char *code);

#endif
