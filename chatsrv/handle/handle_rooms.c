/*
 * handle_rooms: the list of public rooms.
 */
#include <stdlib.h>
#include <string.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/presence.h"
#include "chatsrv/rooms.h"
#include "lib/name.h"

#define ROOMS_DEFAULT 50

static void
rooms_listed(struct request *r)
{
	struct store_rooms *q = &r->store.rooms;
	struct store_rooms_item *listed = q->items;
	struct msg m, *items;

	if (q->req.err != ERR_OK) {
		request_fail(r, q->req.err, NULL, NULL);
		free(listed);
		return;
	}
	items = xcalloc(q->nitems, sizeof(*items));
	for (size_t i = 0; i < q->nitems; i++) {
		const struct store_rooms_item *it = &listed[i];
		const struct room *room = rooms_find(it->id);

		msg_init(&items[i], SHAPE_room_item);
		MSG_PUT(&items[i], room, str_of(it->name));
		MSG_PUT(&items[i], topic, str_of(it->topic));
		MSG_PUT(&items[i], online,
		    room != NULL ? (int64_t)presence_online(room->presence) :
				   0);
		MSG_PUT(&items[i], at, it->at);
	}
	msg_init(&m, SHAPE_rooms_ok);
	MSG_PUT(&m, rooms, ((struct msgs){ items, q->nitems }));
	if (q->more)
		MSG_PUT(&m, next, q->after + (int64_t)q->nitems);
	request_ok(r, &m);
	free(items);
	free(listed);
}

void
handle_rooms(struct request *r)
{
	const struct msg *m = &r->in.msg;
	struct store_rooms *q = &r->store.rooms;

	if (MSG_HAS(m, match) &&
	    !name_fold(m->match.p, m->match.n, q->match, sizeof(q->match))) {
		request_fail(r, ERR_BAD_REQUEST, "match",
		    "match is longer than a room's name");
		return;
	}
	if (MSG_HAS(m, limit) && m->limit == 0) {
		request_fail(r, ERR_BAD_REQUEST, "limit",
		    "limit must be from 1 to 200");
		return;
	}
	q->after = MSG_HAS(m, after) ? m->after : 0;
	q->limit = MSG_HAS(m, limit) ? m->limit : ROOMS_DEFAULT;
	request_store(r, STORE_rooms, rooms_listed);
}
