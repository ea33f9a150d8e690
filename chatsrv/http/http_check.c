/*
 * http_check: is a request one that this server means to answer?
 *
 * Host is checked against DNS rebinding, Origin against pages of others; both
 * fail closed, also when a header is longer than its buffer (lws_hdr_copy()
 * is negative then).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "chatsrv/conf.h"
#include "chatsrv/gate/address.h"
#include "chatsrv/http/http.h"
#include "lib/log.h"
#include "lib/proto.h"

static const struct conf *check_conf;
static char check_machine[256];

void
http_check_init(const struct conf *c)
{
	check_conf = c;
	if (gethostname(check_machine, sizeof(check_machine) - 1) != 0)
		check_machine[0] = '\0';
}

/* The host of "host:port" or "[v6]:port"; false if it is no such thing. */
static bool
check_split(const char *value, char host[256])
{
	const char *end;

	if (value[0] == '[') {
		value++;
		end = strchr(value, ']');
	} else
		end = value + strcspn(value, ":");
	if (end == NULL || end == value || end - value > 255)
		return false;
	memcpy(host, value, (size_t)(end - value));
	host[end - value] = '\0';
	if (*end == ']')
		end++;
	if (*end == '\0')
		return true;
	return *end == ':' && end[1] != '\0' &&
	    strspn(end + 1, "0123456789") == strlen(end + 1);
}

/* Is host the number of the address that this connection came in at? */
static bool
check_local(struct lws *wsi, const char *host)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct in6_addr want, have;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1) {
		memset(&want, 0, 10);
		memset(&want.s6_addr[10], 0xff, 2);
		memcpy(&want.s6_addr[12], &four, 4);
	} else if (inet_pton(AF_INET6, host, &want) != 1)
		return false;
	if (getsockname(lws_get_socket_fd(wsi), (struct sockaddr *)&ss,
	    &len) != 0)
		return false;
	if (ss.ss_family == AF_INET6)
		have = ((struct sockaddr_in6 *)&ss)->sin6_addr;
	else if (ss.ss_family == AF_INET) {
		memset(&have, 0, 10);
		memset(&have.s6_addr[10], 0xff, 2);
		memcpy(&have.s6_addr[12],
		    &((struct sockaddr_in *)&ss)->sin_addr, 4);
	} else
		return false;
	return memcmp(&want, &have, sizeof(want)) == 0;
}

static bool
check_listed(const struct opt_list *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcasecmp(l->v[i], word) == 0)
			return true;
	return false;
}

static bool
check_host(struct lws *wsi, const char *value)
{
	char host[256];

	if (!check_split(value, host))
		return false;
	return strcasecmp(host, "localhost") == 0 ||
	    (check_machine[0] != '\0' &&
	    strcasecmp(host, check_machine) == 0) ||
	    check_listed(&check_conf->http_hosts, host) ||
	    check_local(wsi, host);
}

const char *
http_check_request(struct lws *wsi, int *status)
{
	char value[512];

	*status = 400;
	if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_HTTP) <= 0 ||
	    strcmp(value, "HTTP/1.1") != 0)
		return "only HTTP/1.1 is spoken here";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0)
		return "a request needs a Host header";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 &&
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return "Content-Length and Transfer-Encoding exclude each "
		    "other";
	if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_HOST) < 0)
		return "the Host header is too long";
	if (check_host(wsi, value))
		return NULL;
	log_warn("refused a request for the host \"%s\"; if it is this "
	    "server's name, add it to http.hosts", value);
	*status = 403;
	return "this host is not served here (http.hosts)";
}

/* Is chat.v1 among the subprotocols, or none at all asked for? */
static bool
check_subprotocol(struct lws *wsi)
{
	char value[512], *word, *save = NULL;
	int n = lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_PROTOCOL);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) <= 0)
		return true;
	if (n < 0)
		return false;
	for (word = strtok_r(value, ", \t", &save); word != NULL;
	    word = strtok_r(NULL, ", \t", &save))
		if (strcmp(word, PROTO_NAME) == 0)
			return true;
	return false;
}

const char *
http_check_upgrade(struct lws *wsi, int *status)
{
	char path[ADDRESS_PATH] = "", up[32];
	struct address a;
	const char *why = http_check_request(wsi, status);

	if (why != NULL)
		return why;
	*status = 400;
	if (lws_hdr_copy(wsi, up, sizeof(up), WSI_TOKEN_UPGRADE) < 0 ||
	    strcasecmp(up, "websocket") != 0)
		return "the only upgrade is to websocket";
	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) <= 0) {
		*status = 404;
		return "there is no WebSocket at this address";
	}
	address_parse(path, &a);
	if (a.kind == ADDRESS_BAD)
		return "a room can't have this name";
	if (a.kind != ADDRESS_WS && a.kind != ADDRESS_WS_SIMPLE) {
		*status = 404;
		return "there is no WebSocket at this address";
	}
	if (!check_subprotocol(wsi))
		return "the subprotocol is " PROTO_NAME;
	return NULL;
}

const char *
http_check_origin(struct lws *wsi)
{
	static const char *const schemes[] = { "http://", "https://" };
	char origin[512], host[512], own[600];

	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0)
		return NULL;		/* not a browser */
	if (lws_hdr_copy(wsi, origin, sizeof(origin), WSI_TOKEN_ORIGIN) < 0 ||
	    lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST) < 0)
		return "the Origin header is too long";
	for (size_t i = 0; i < 2; i++) {
		snprintf(own, sizeof(own), "%s%s", schemes[i], host);
		if (strcasecmp(origin, own) == 0)
			return NULL;
	}
	if (check_listed(&check_conf->http_origins, origin))
		return NULL;
	log_warn("refused a WebSocket from the origin \"%s\"; if its pages "
	    "may use this server, add it to http.origins", origin);
	return "this origin may not connect here (http.origins)";
}
