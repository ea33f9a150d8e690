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
#include "chatsrv/gate/ip.h"
#include "chatsrv/gate/address.h"
#include "chatsrv/gate/listen.h"
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

enum { HEADER_NONE = -1, HEADER_BAD = -2 };

/*
 * Copies a header's value.  HEADER_NONE if there is none or it is empty (lws
 * does not tell the two apart); HEADER_BAD if it does not fit or has a NUL,
 * which ends no string here.
 */
static int
check_header(struct lws *wsi, enum lws_token_indexes which, char *out,
    size_t size)
{
	int n;

	if (lws_hdr_total_length(wsi, which) <= 0)
		return HEADER_NONE;
	out[0] = '\0';
	n = lws_hdr_copy(wsi, out, (int)size, which);
	return n < 0 || strlen(out) != (size_t)n ? HEADER_BAD : n;
}

bool
http_path(struct lws *wsi, bool head, char out[ADDRESS_PATH])
{
	return check_header(wsi, head ? WSI_TOKEN_HEAD_URI : WSI_TOKEN_GET_URI,
		   out, ADDRESS_PATH) > 0;
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

	return ip_parse(host, &want) &&
	    getsockname(lws_get_socket_fd(wsi), (struct sockaddr *)&ss, &len) ==
	    0 &&
	    ip_of(&ss, &have) && IN6_ARE_ADDR_EQUAL(&want, &have);
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
	if (check_header(wsi, WSI_TOKEN_HTTP, value, sizeof(value)) <= 0 ||
	    strcmp(value, "HTTP/1.1") != 0)
		return "only HTTP/1.1 is spoken here";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0)
		return "a request needs a Host header";
	/* Or its body would be read as the next request. */
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return "a body in a Transfer-Encoding is not read here";
	if (check_header(wsi, WSI_TOKEN_HOST, value, sizeof(value)) <= 0)
		return "the Host header is no host's name";
	if (check_host(wsi, value))
		return NULL;
	log_warn(
	    "refused a request for the host \"%s\"; if it is this "
	    "server's name, add it to http.hosts",
	    value);
	*status = 403;
	return "this host is not served here (http.hosts)";
}

/* Is chat.v1 among the subprotocols, or none at all asked for? */
static bool
check_subprotocol(struct lws *wsi)
{
	char value[512], *word, *save = NULL;
	int n = check_header(wsi, WSI_TOKEN_PROTOCOL, value, sizeof(value));

	if (n == HEADER_NONE)
		return true;
	if (n == HEADER_BAD)
		return false;
	for (word = strtok_r(value, ", \t", &save); word != NULL;
	     word = strtok_r(NULL, ", \t", &save))
		if (strcmp(word, PROTO_NAME) == 0)
			return true;
	return false;
}

/*
 * Is what it says of others to be believed?  By its socket: lws picks the vhost
 * anew by the Host header.
 */
static bool
check_is_trusted(struct lws *wsi)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct in6_addr ip;

	if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&ss, &len) !=
	    0)
		return false;
	return !ip_of(&ss, &ip) || ip_listed(&ip, &check_conf->http_proxies);
}

const char *
http_check_upgrade(struct lws *wsi, int *status)
{
	char path[ADDRESS_PATH] = "", up[32], forwarded[512];
	struct address a;
	const char *why = http_check_request(wsi, status);

	if (why != NULL)
		return why;
	*status = 400;
	if (check_header(wsi, WSI_TOKEN_UPGRADE, up, sizeof(up)) < 0 ||
	    strcasecmp(up, "websocket") != 0)
		return "the only upgrade is to websocket";
	if (check_header(wsi, WSI_TOKEN_VERSION, up, sizeof(up)) < 0 ||
	    strcmp(up, "13") != 0) {
		*status = 426;
		return "the version of WebSocket is 13 (RFC 6455)";
	}
	if (check_header(wsi, WSI_TOKEN_KEY, up, sizeof(up)) != 24)
		return "Sec-WebSocket-Key is 16 bytes in base64 (RFC 6455)";
	if (!http_path(wsi, false, path)) {
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
	*status = 429;
	if (check_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, forwarded,
		sizeof(forwarded)) > 0 &&
	    check_is_trusted(wsi) && !listen_forwarded(wsi, forwarded))
		return "too many connections from this address";
	return NULL;
}

const char *
http_check_origin(struct lws *wsi)
{
	static const char *const schemes[] = { "https://", "http://" };
	char origin[512], host[512], own[600];
	int n = check_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin));
	/* Without TLS here there may be a proxy in front that has it. */
	size_t nschemes = lws_is_ssl(wsi) ? 1 : 2;

	if (n == HEADER_NONE)
		return NULL; /* not a browser */
	if (n == HEADER_BAD ||
	    check_header(wsi, WSI_TOKEN_HOST, host, sizeof(host)) < 0)
		return "the Origin header is no origin";
	for (size_t i = 0; i < nschemes; i++) {
		snprintf(own, sizeof(own), "%s%s", schemes[i], host);
		if (strcasecmp(origin, own) == 0)
			return NULL;
	}
	if (check_listed(&check_conf->http_origins, origin))
		return NULL;
	log_warn(
	    "refused a WebSocket from the origin \"%s\"; if its pages "
	    "may use this server, add it to http.origins",
	    origin);
	return "this origin may not connect here (http.origins)";
}
