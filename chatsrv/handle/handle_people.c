/*
 * handle_people: who is here: members, typing.
 */
#include <stdlib.h>

#include "chatsrv/dispatch.h"
#include "chatsrv/peers.h"
#include "chatsrv/presence.h"
#include "lib/clock.h"

#define PEOPLE_DEFAULT 100
#define PEOPLE_TYPING  3000 /* ms between two that are passed on */

static void
members_found(struct request *r)
{
	const struct msg *ask = &r->in.msg;
	struct presence *p = r->room->presence;
	size_t limit = MSG_HAS(ask, limit) ? (size_t)ask->limit :
					     PEOPLE_DEFAULT;
	size_t from = MSG_HAS(ask, after) ? (size_t)ask->after : 0, n;
	struct presence_person *v = xcalloc(limit, sizeof(*v));
	struct msg m, *items = xcalloc(limit, sizeof(*items));

	n = presence_list(p, from, v, limit);
	for (size_t i = 0; i < n; i++) {
		msg_init(&items[i], SHAPE_member_item);
		MSG_PUT(&items[i], user, str_of(v[i].name));
		MSG_PUT(&items[i], guest, v[i].guest);
		MSG_PUT(&items[i], role, STR_LIT("member"));
		MSG_PUT(&items[i], present, true);
		MSG_PUT(&items[i], away, false);
	}
	msg_init(&m, SHAPE_members_ok);
	MSG_PUT(&m, room, room_name(r->room));
	MSG_PUT(&m, members, ((struct msgs){ items, n }));
	if (n != 0 && n == limit && from + n < presence_online(p))
		MSG_PUT(&m, next, (int64_t)(from + n));
	request_ok(r, &m);
	free(items);
	free(v);
}

void
handle_members(struct request *r)
{
	if (MSG_HAS(&r->in.msg, limit) && r->in.msg.limit == 0)
		request_fail(r, ERR_BAD_REQUEST, "limit",
		    "limit must be from 1 to 200");
	else
		request_room(r, r->in.msg.room, members_found);
}

static void
typing_found(struct request *r)
{
	struct session *s = r->session;
	struct sub *sub = session_sub(s, r->room);
	int64_t now = clock_ms();
	struct msg m;

	if (sub == NULL) {
		request_fail(r, ERR_FORBIDDEN, "room", "join the room first");
		return;
	}
	if (sub->typed == 0 || now - sub->typed >= PEOPLE_TYPING) {
		sub->typed = now;
		msg_init(&m, SHAPE_ev_typing);
		MSG_PUT(&m, room, room_name(r->room));
		MSG_PUT(&m, user, str_of(s->name));
		if (s->guest)
			MSG_PUT(&m, guest, true);
		peers_say(r->room, &m);
	}
	msg_init(&m, SHAPE_typing_ok);
	request_ok(r, &m);
}

void
handle_typing(struct request *r)
{
	request_room(r, r->in.msg.room, typing_found);
}
