/*
 * http_health: is the process fit for work, and its figures.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <libwebsockets.h>

#include "chatsrv/channel/channel.h"
#include "chatsrv/conf.h"
#include "chatsrv/gate/ip.h"
#include "chatsrv/http/http.h"
#include "chatsrv/metrics.h"
#include "chatsrv/store/store.h"

static const char *const health_channels[] = {
	[CHANNEL_ALONE] = "ok (memory:)",
	[CHANNEL_AWAY] = "away",
	[CHANNEL_UP] = "ok",
};

bool
http_ready(struct store *st, bool draining, struct buf *out)
{
	struct store_stats stats = { .away = true };

	if (st != NULL)
		store_stats(st, &stats);
	buf_printf(out, "store %s\n", stats.away ? "away" : "ok");
	buf_printf(out, "channel %s\n", health_channels[channel_state()]);
	buf_printf(out, "server %s\n", draining ? "draining" : "ok");
	return !draining && !stats.away;
}

static void
health_store(struct store *st)
{
	struct store_stats stats;

	store_stats(st, &stats);
	metrics.store_batches_total = stats.batches;
	metrics.store_posts_total = stats.posts;
	metrics.store_reads_total = stats.reads;
	metrics.store_waiting = stats.waiting;
	metrics.store_away = stats.away;
	metrics.store_wal_bytes = (uint64_t)stats.wal;
}

void
http_metrics(struct store *st, struct buf *out)
{
	if (st != NULL)
		health_store(st);
	else
		metrics.store_away = 1;
	metrics.channel_up = channel_state() != CHANNEL_AWAY;
	metrics.channel_pending_bytes = channel_pending();
	metrics_print(out);
}

/* False for a unix socket. */
static bool
health_peer(struct lws *wsi, struct in6_addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&ss,
		   &len) == 0 &&
	    ip_of(&ss, out);
}

static bool
health_loopback(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_LOOPBACK(ip) ||
	    (IN6_IS_ADDR_V4MAPPED(ip) && ip->s6_addr[12] == 127);
}

/* A proxy passes on what somebody else asks: RFC 7239, RFC 9110. */
static bool
health_forwarded(struct lws *wsi)
{
	static const char name[] = "forwarded:";

	return lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) > 0 ||
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_X_REAL_IP) > 0 ||
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_VIA) > 0 ||
	    lws_hdr_custom_length(wsi, name, sizeof(name) - 1) >= 0;
}

bool
http_metrics_allowed(struct lws *wsi, const struct conf *c)
{
	struct in6_addr peer;

	if (!health_peer(wsi, &peer))
		return false;
	if (health_loopback(&peer) && !health_forwarded(wsi))
		return true;
	return ip_listed(&peer, &c->metrics_allow);
}
