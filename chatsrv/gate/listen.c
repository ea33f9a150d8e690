/*
 * listen: uv_poll and accept4, up to LISTEN_TURN at a time.
 *
 * Connections are accepted behind the sockets' turn: within it libuv looks
 * through all that is ready whenever lws sets up a descriptor.
 *
 * A connection's opaque pointer at lws is its address's count.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <libwebsockets.h>
#include <uv.h>

#include "chatsrv/conf.h"
#include "chatsrv/gate/ip.h"
#include "chatsrv/gate/listen.h"
#include "chatsrv/limit.h"
#include "chatsrv/metrics.h"
#include "lib/log.h"

#define LISTEN_MAX	16
#define LISTEN_TURN	64 /* accepts in one turn */
#define LISTEN_SPARE	64 /* descriptors kept for other things, at most */
#define LISTEN_SNDBUF	(256 * 1024)
#define LISTEN_PAUSE_MS 1000

struct listener {
	int fd;
	bool local;	/* a unix socket */
	char name[128]; /* as bound */
	char path[108]; /* of a unix socket, to be removed */
	bool ready;	/* somebody has come */
	uv_poll_t poll;
};

static struct {
	struct listener v[LISTEN_MAX];
	size_t n;
	struct lws_vhost *tcp, *local;
	uv_timer_t pause;
	uv_check_t turn;
	bool share; /* with other servers */
	const struct opt_list *proxies;
	int files; /* connections have descriptors below this one */
} listens;

static bool
listen_fail(const char *spec, const char *why)
{
	fprintf(stderr, "chatsrv: can not listen on %s: %s\n", spec, why);
	return false;
}

/* What counts as one address: IPv4 as it is, of IPv6 the first 64 bits. */
static void
listen_key(const struct sockaddr_storage *ss, unsigned char key[8])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)ss;

	memset(key, 0, 8);
	if (ss->ss_family == AF_INET) {
		key[0] = 4;
		memcpy(key + 4, &((const struct sockaddr_in *)ss)->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
		key[0] = 4;
		memcpy(key + 4, &six->sin6_addr.s6_addr[12], 4);
	} else
		memcpy(key, &six->sin6_addr, 8);
}

/* Many come by one proxy: they are counted when it has told from where. */
static bool
listen_proxy(const struct sockaddr_storage *ss)
{
	struct in6_addr ip;

	return ip_of(ss, &ip) && ip_listed(&ip, listens.proxies);
}

static void
listen_adopt(struct listener *l, int fd, const struct sockaddr_storage *ss)
{
	struct limit_address *address = NULL;
	struct lws *wsi;
	unsigned char key[8];

	if (!l->local && !listen_proxy(ss)) {
		listen_key(ss, key);
		address = limit_connect(key);
		if (address == NULL) {
			metrics.refused_total++;
			log_info(
			    "refused a connection: too many from its "
			    "address (limits.connections_per_address)");
			close(fd);
			return;
		}
	}
	/* lws closes the descriptor when it fails. */
	wsi = lws_adopt_socket_vhost(l->local ? listens.local : listens.tcp,
	    fd);
	if (wsi != NULL)
		lws_set_opaque_user_data(wsi, address);
	else
		limit_disconnect(address);
}

bool
listen_forwarded(struct lws *wsi, const char *header)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *four = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ss;
	const char *last = strrchr(header, ',');
	struct limit_address *address;
	unsigned char key[8];

	if (lws_get_opaque_user_data(wsi) != NULL)
		return true; /* counted before */
	last = last != NULL ? last + 1 : header;
	last += strspn(last, " \t");
	if (inet_pton(AF_INET, last, &four->sin_addr) == 1)
		ss.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, last, &six->sin6_addr) == 1)
		ss.ss_family = AF_INET6;
	else
		return true;
	listen_key(&ss, key);
	address = limit_connect(key);
	lws_set_opaque_user_data(wsi, address);
	return address != NULL;
}

void
listen_gone(struct lws *wsi)
{
	limit_disconnect(lws_get_opaque_user_data(wsi));
}

static void
listen_rest(void)
{
	for (size_t i = 0; i < listens.n; i++)
		uv_poll_stop(&listens.v[i].poll);
	uv_timer_again(&listens.pause);
}

/* accept(2) has failed. */
static void
listen_failed(const struct listener *l, int error)
{
	switch (error) {
	case EAGAIN:
	case EINTR:
	/* What has befallen the one connection: the next may be well. */
	case ECONNABORTED:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return;
	case EMFILE:
	case ENFILE:
		log_warn(
		    "no descriptors are left for connections "
		    "(server.files); pausing for a second");
		break;
	default:
		log_warn("%s: accept: %s; pausing for a second", l->name,
		    strerror(error));
		break;
	}
	listen_rest();
}

static void
listen_ready(uv_poll_t *p, int status, int events)
{
	struct listener *l = p->data;

	(void)status, (void)events;
	l->ready = true;
}

static void
listen_accept(struct listener *l)
{
	for (int i = 0; i < LISTEN_TURN; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			listen_failed(l, errno);
			return;
		}
		if (fd >= listens.files) {
			close(fd);
			listen_failed(l, EMFILE);
			return;
		}
		listen_adopt(l, fd, &ss);
	}
}

static void
listen_turn(uv_check_t *t)
{
	(void)t;
	for (size_t i = 0; i < listens.n; i++) {
		if (!listens.v[i].ready)
			continue;
		listens.v[i].ready = false;
		listen_accept(&listens.v[i]);
	}
}

static void
listen_resume(uv_timer_t *t)
{
	uv_timer_stop(t);
	for (size_t i = 0; i < listens.n; i++)
		uv_poll_start(&listens.v[i].poll, UV_READABLE, listen_ready);
}

static bool
listen_add(int fd, bool local, const char *name, const char *path)
{
	struct listener *l = &listens.v[listens.n];
	int on = 1, size = LISTEN_SNDBUF;

	if (listens.n == LISTEN_MAX) {
		close(fd);
		return listen_fail(name, "too many addresses");
	}
	/* What is accepted inherits it: tcp(7), socket(7). */
	if (!local)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	l->fd = fd;
	l->local = local;
	snprintf(l->name, sizeof(l->name), "%s", name);
	snprintf(l->path, sizeof(l->path), "%s", path);
	listens.n++;
	return true;
}

static bool
listen_unix(const char *spec, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	strcpy(un.sun_path, path); /* conf_address() has measured it */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return listen_fail(spec, strerror(errno));
	/* A socket that nobody answers at was left by a killed server. */
	if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		int e = errno;

		if (fd >= 0)
			close(fd);
		return listen_fail(spec, strerror(e));
	}
	return listen_add(fd, true, spec, path);
}

/* The address that a socket has got, "127.0.0.1:8000". */
static void
listen_name(int fd, char *out, size_t size)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out, size, "?");
	else
		snprintf(out, size,
		    ss.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* One address; with several of one name IPv6 leaves IPv4 to the others. */
static int
listen_bind(const struct addrinfo *ai, bool alone)
{
	int fd, on = 1, only = !alone, e;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listens.share)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

/* The resolver may tell an address more than once. */
static bool
listen_repeated(const struct addrinfo *list, const struct addrinfo *ai)
{
	for (; list != ai; list = list->ai_next)
		if (list->ai_addrlen == ai->ai_addrlen &&
		    memcmp(list->ai_addr, ai->ai_addr, ai->ai_addrlen) == 0)
			return true;
	return false;
}

static in_port_t *
listen_port(struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 ?
	    &((struct sockaddr_in6 *)sa)->sin6_port :
	    &((struct sockaddr_in *)sa)->sin_port;
}

/*
 * Every address of a name, at one port.  One that this machine does not have
 * is left out as long as there is another: IPv6 may be switched off.
 */
static bool
listen_each(const char *spec, struct addrinfo *list)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	in_port_t port = *listen_port(list->ai_addr);
	size_t before = listens.n;
	int e = 0;

	for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		char name[128];
		int fd;

		*listen_port(ai->ai_addr) = port;
		if (listen_repeated(list, ai))
			continue;
		fd = listen_bind(ai, list->ai_next == NULL);
		if (fd < 0) {
			e = errno;
			if (e == EADDRNOTAVAIL || e == EAFNOSUPPORT)
				continue;
			return listen_fail(spec, strerror(e));
		}
		if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
			port = *listen_port((struct sockaddr *)&ss);
		*listen_port(ai->ai_addr) = port;
		listen_name(fd, name, sizeof(name));
		if (!listen_add(fd, false, name, ""))
			return false;
	}
	return listens.n != before || listen_fail(spec, strerror(e));
}

static bool
listen_tcp(const char *spec, const struct conf_address *a)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV },
			*list;
	int rc;
	bool ok;

	/* Nothing runs yet, so the wait for a name server harms nobody. */
	rc = getaddrinfo(a->host[0] != '\0' ? a->host : NULL, a->port, &hints,
	    &list);
	if (rc != 0)
		return listen_fail(spec, gai_strerror(rc));
	ok = listen_each(spec, list);
	freeaddrinfo(list);
	return ok;
}

/* sd_listen_fds(3): sockets from 3 on, if they are meant for us. */
static bool
listen_systemd(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int n = fds != NULL ? atoi(fds) : 0;

	if (pid == NULL || atoi(pid) != (int)getpid())
		return true;
	for (int fd = 3; fd < 3 + n; fd++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		char name[128] = "unix";

		if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
			return listen_fail("LISTEN_FDS", strerror(errno));
		if (ss.ss_family != AF_UNIX)
			listen_name(fd, name, sizeof(name));
		if (!listen_add(fd, ss.ss_family == AF_UNIX, name, ""))
			return false;
	}
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	return true;
}

static bool
listen_configured(const struct opt_list *specs)
{
	for (size_t i = 0; i < specs->n; i++) {
		const char *spec = specs->v[i];
		struct conf_address a;

		if (!conf_address(spec, &a))
			return listen_fail(spec, "it is no address");
		if (!(a.path != NULL ? listen_unix(spec, a.path) :
				       listen_tcp(spec, &a)))
			return false;
	}
	return true;
}

/* Of what the system really allows, a part is for files and the store. */
static int
listen_files(void)
{
	struct rlimit r;
	rlim_t spare;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur > INT_MAX)
		return INT_MAX;
	spare = r.rlim_cur / 4 < LISTEN_SPARE ? r.rlim_cur / 4 : LISTEN_SPARE;
	return (int)(r.rlim_cur - spare);
}

bool
listen_start(const struct conf *c, uv_loop_t *loop, struct lws_vhost *tcp,
    struct lws_vhost *local)
{
	listens.share = c->server_share;
	listens.proxies = &c->http_proxies;
	listens.tcp = tcp;
	listens.local = local;
	listens.files = listen_files();
	if (!listen_systemd())
		return false;
	if (listens.n == 0 && !listen_configured(&c->server_listen))
		return false;
	uv_timer_init(loop, &listens.pause);
	uv_timer_start(&listens.pause, listen_resume, LISTEN_PAUSE_MS,
	    LISTEN_PAUSE_MS);
	uv_timer_stop(&listens.pause);
	uv_check_init(loop, &listens.turn);
	uv_check_start(&listens.turn, listen_turn);
	for (size_t i = 0; i < listens.n; i++) {
		uv_poll_init(loop, &listens.v[i].poll, listens.v[i].fd);
		listens.v[i].poll.data = &listens.v[i];
		uv_poll_start(&listens.v[i].poll, UV_READABLE, listen_ready);
	}
	return true;
}

void
listen_print(struct buf *b)
{
	for (size_t i = 0; i < listens.n; i++)
		buf_printf(b, "%s\n", listens.v[i].name);
}

static void
listen_closed(uv_handle_t *h)
{
	struct listener *l = h->data;

	if (l == NULL)
		return;
	close(l->fd);
	if (l->path[0] != '\0')
		unlink(l->path);
}

void
listen_stop(void)
{
	for (size_t i = 0; i < listens.n; i++) {
		uv_poll_stop(&listens.v[i].poll);
		uv_close((uv_handle_t *)&listens.v[i].poll, listen_closed);
	}
	listens.pause.data = listens.turn.data = NULL;
	uv_close((uv_handle_t *)&listens.pause, listen_closed);
	uv_close((uv_handle_t *)&listens.turn, listen_closed);
	listens.n = 0;
}
