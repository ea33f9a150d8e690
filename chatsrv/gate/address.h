/*
 * address: what the path of a request means, chat-protocol(7).
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#define ADDRESS_PATH 2048

enum address_kind {
	ADDRESS_FILE,	   /* a file of the page, if there is one */
	ADDRESS_INDEX,	   /* / */
	ADDRESS_ROOM,	   /* /room/NAME */
	ADDRESS_OLD_INDEX, /* /mock_up/ */
	ADDRESS_OLD_ROOM,  /* /mock_up/NAME/ */
	ADDRESS_WS,	   /* /ws */
	ADDRESS_WS_SIMPLE, /* /ws/chat/NAME/, /ws/mock_up/NAME/ */
	ADDRESS_HEALTHZ,
	ADDRESS_READYZ,
	ADDRESS_METRICS,
	ADDRESS_BAD /* a room's name that none can have */
};

struct address {
	enum address_kind kind;
	char name[260]; /* of a room, canonical spelling */
};

/* path is percent-decoded already. */
void address_parse(const char *path, struct address *);

#endif
