/*
 * store: what all backends share.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chatsrv/store/store.h"
#include "chatsrv/store/store_sqlite.h"

void
store_req_init(struct store_req *r, enum store_op op,
    void (*done)(struct store_req *), void *arg)
{
	*r = (struct store_req){ .op = op, .done = done, .arg = arg };
}

void
store_entries_free(struct store_entries *e)
{
	free(e->v);
	free(e->reactions);
	buf_fini(&e->bytes);
	memset(e, 0, sizeof(*e));
}

/* conf_check() has made sure of the form. */
static const char *
store_path(const char *spec)
{
	return strchr(spec, ':') + 1;
}

int
store_backup(const char *spec, const char *file)
{
	char why[SQLITE_WHY];

	if (sqlite_backup(store_path(spec), file, why))
		return 0;
	fprintf(stderr, "chatsrv: backup: %s\n", why);
	return 74;
}

int
store_verify(const char *spec, const char *file)
{
	char why[SQLITE_WHY];
	enum verify found = sqlite_verify(file != NULL ? file :
							 store_path(spec),
	    why);

	if (found == VERIFY_WHOLE)
		return 0;
	fprintf(stderr, "chatsrv: verify: %s\n", why);
	return found == VERIFY_DAMAGED ? 65 : 74;
}

/* A store that is damaged is better found out now. */
int
store_restore(const char *spec, const char *file)
{
	char why[SQLITE_WHY];
	int status = store_verify(spec, file);

	if (status != 0)
		return status;
	if (sqlite_restore(store_path(spec), file, why))
		return 0;
	fprintf(stderr, "chatsrv: restore: %s\n", why);
	return 74;
}

int
store_scrub(const char *spec)
{
	char why[SQLITE_WHY];

	if (sqlite_scrub(store_path(spec), why))
		return 0;
	fprintf(stderr, "chatsrv: store scrub: %s\n", why);
	return 74;
}
