/*
 * http_health: is the process fit for work, and its figures.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <libwebsockets.h>

#include "chatsrv/conf.h"
#include "chatsrv/http/http.h"
#include "chatsrv/metrics.h"
#include "chatsrv/store/store.h"

bool
http_ready(struct store *st, bool draining, struct buf *out)
{
	struct store_stats stats = { .away = true };

	if (st != NULL)
		store_stats(st, &stats);
	buf_printf(out, "store %s\n", stats.away ? "away" : "ok");
	buf_puts(out, "channel ok (memory:)\n");
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
	metrics_print(out);
}

/* The peer's address as text; "" for a unix socket. */
static void
health_peer(struct lws *wsi, char out[INET6_ADDRSTRLEN])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ss;

	out[0] = '\0';
	if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&ss, &len) !=
	    0)
		return;
	if (ss.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->sin_addr, out,
		    INET6_ADDRSTRLEN);
	else if (ss.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], out,
		    INET6_ADDRSTRLEN);
	else if (ss.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, out, INET6_ADDRSTRLEN);
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

/* Whether an address of metrics.allow, however it is written, is the peer. */
static bool
health_same(const char *allowed, const char *peer)
{
	unsigned char bits[sizeof(struct in6_addr)];
	int family = strchr(allowed, ':') != NULL ? AF_INET6 : AF_INET;
	char text[INET6_ADDRSTRLEN];

	if (strncasecmp(allowed, "::ffff:", 7) == 0 &&
	    strchr(allowed, '.') != NULL)
		return strcmp(allowed + 7, peer) == 0;

	return inet_pton(family, allowed, bits) == 1 &&
	    inet_ntop(family, bits, text, sizeof(text)) != NULL &&
	    strcmp(text, peer) == 0;
}

bool
http_metrics_allowed(struct lws *wsi, const struct conf *c)
{
	char peer[INET6_ADDRSTRLEN];

	health_peer(wsi, peer);
	if ((strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0) &&
	    !health_forwarded(wsi))
		return true;
	for (size_t i = 0; i < c->metrics_allow.n; i++)
		if (health_same(c->metrics_allow.v[i], peer))
			return true;
	return false;
}
