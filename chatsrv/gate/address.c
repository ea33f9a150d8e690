/*
 * address: a table of paths; those with a name end in it.
 */
#include <stdbool.h>
#include <string.h>

#include "chatsrv/gate/address.h"
#include "lib/name.h"

static const struct {
	const char *path;
	bool named; /* NAME and perhaps a slash follow */
	enum address_kind kind;
} addresses[] = {
	{ "/", false, ADDRESS_INDEX },
	{ "/mock_up", false, ADDRESS_OLD_INDEX },
	{ "/mock_up/", false, ADDRESS_OLD_INDEX },
	{ "/ws", false, ADDRESS_WS },
	{ "/healthz", false, ADDRESS_HEALTHZ },
	{ "/readyz", false, ADDRESS_READYZ },
	{ "/metrics", false, ADDRESS_METRICS },
	{ "/room/", true, ADDRESS_ROOM },
	{ "/mock_up/", true, ADDRESS_OLD_ROOM },
	{ "/ws/chat/", true, ADDRESS_WS_SIMPLE },
	{ "/ws/mock_up/", true, ADDRESS_WS_SIMPLE },
};

static enum address_kind
address_name(const char *p, enum address_kind kind, struct address *a)
{
	size_t n = strlen(p);
	struct name name;
	const char *why;

	if (n != 0 && p[n - 1] == '/')
		n--;
	if (name_parse(NAME_ROOM, p, n, &name, &why) != ERR_OK)
		return ADDRESS_BAD;
	memcpy(a->name, name.text, strlen(name.text) + 1);
	return kind;
}

void
address_parse(const char *path, struct address *a)
{
	a->kind = ADDRESS_FILE;
	a->name[0] = '\0';
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		size_t n = strlen(addresses[i].path);

		if (!addresses[i].named &&
		    strcmp(path, addresses[i].path) == 0) {
			a->kind = addresses[i].kind;
			return;
		}
		if (addresses[i].named && strlen(path) > n &&
		    strncmp(path, addresses[i].path, n) == 0) {
			a->kind = address_name(path + n, addresses[i].kind, a);
			return;
		}
	}
}
