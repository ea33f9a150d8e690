/*
 * fakeserver: what server.c does, as functions.
 */
#include <stdio.h>

#include "chatsrv/conf.h"
#include "chatsrv/dispatch.h"
#include "chatsrv/flush.h"
#include "chatsrv/limit.h"
#include "chatsrv/metrics.h"
#include "chatsrv/rooms.h"
#include "tests/script/fakeconn.h"
#include "tests/script/fakeserver.h"
#include "tests/unit/fakeclock.h"
#include "tests/unit/fakestore.h"

#define FAKESERVER_RINGS ((size_t)1024 * 1024)
#define FAKESERVER_TURNS 100000 /* without rest: it goes round in circles */

static int64_t fakeserver_seconds;

/* As the servers that are played with over the wire: no rates. */
static const struct conf fakeserver_conf = {
	.limits_enabled = false,
	.limits_requests_burst = 60,
	.limits_requests_per_s = 10,
	.limits_bytes_burst = 262144,
	.limits_bytes_per_s = 65536,
	.limits_rooms = 200,
	.limits_hello_s = 15,
};

static void
fakeserver_deleted(int64_t room, int64_t target)
{
	(void)room, (void)target; /* no connection holds anything back */
}

static const struct rooms_events fakeserver_rooms = { fakeserver_deleted, NULL,
	NULL };

/* Who holds a nick shows that he is alive. */
static void
fakeserver_beat(bool clean)
{
	struct store_beat *beat = xcalloc(1, sizeof(*beat));

	store_req_init(&beat->req, STORE_beat, dispatch_done_free, NULL);
	beat->clean = clean;
	store_submit(rooms_store(), &beat->req);
}

bool
fakeserver_again(void)
{
	struct store *store = fakestore_open();

	if (store == NULL)
		return false;
	limit_setup(&fakeserver_conf);
	rooms_init(store, FAKESERVER_RINGS, &fakeserver_rooms);
	fakeserver_seconds = 0;
	fakeserver_beat(true);
	return true;
}

bool
fakeserver_start(const char *name)
{
	fakestore_name(name);
	return fakeserver_again();
}

bool
fakeserver_turn(void)
{
	bool some = fakestore_turn();
	int wait;

	some |= fakeconn_turn();
	wait = flush_turn();
	some |= fakeconn_turn();
	if (!some && wait > 0)
		fakeclock += (int64_t)wait * 1000;
	return some || wait >= 0;
}

static bool
fakeserver_settle(void)
{
	for (int i = 0; i < FAKESERVER_TURNS; i++)
		if (!fakeserver_turn())
			return true;
	printf("# it never comes to rest\n");
	return false;
}

static bool
fakeserver_left(const char *what, uint64_t n)
{
	if (n != 0)
		printf("# %llu %s are left\n", (unsigned long long)n, what);
	return n != 0;
}

bool
fakeserver_end(bool kill)
{
	bool fine = true;

	if (kill)
		fakestore_kill();
	else
		fine = fakeserver_settle();
	rooms_forget_store();
	fakeconn_end_all(kill ? 1006 : 1001);
	while (fakestore_turn())
		continue;
	fakestore_close();
	rooms_fini();
	dispatch_fini();
	fine &= !fakeserver_left("sessions", metrics.sessions);
	fine &= !fakeserver_left("subscriptions", metrics.subscriptions);
	fine &= !fakeserver_left("rooms", metrics.rooms);
	return fine;
}

void
fakeserver_second(void)
{
	fakeclock += 1000000;
	rooms_tick();
	if (++fakeserver_seconds % (STORE_BEAT_MS / 1000) == 0)
		fakeserver_beat(false);
}
