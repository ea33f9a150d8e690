/*
 * server: libuv's loop with libwebsockets as its guest.
 *
 * A turn of the loop: sockets and the store speak (poll), then rooms with
 * news are flushed and connections written (check).  Nothing here blocks but
 * the last moments of a stop.
 *
 * The stop, in this order: no more accepts and reads; the store carries out
 * what waits, and it is answered; bye and 1001 to all; then libwebsockets is
 * destroyed inside the loop, which ends by itself, and a second time after it.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libwebsockets.h>
#include <uv.h>

#include "chatsrv/channel/channel.h"
#include "chatsrv/conf.h"
#include "chatsrv/dispatch.h"
#include "chatsrv/early.h"
#include "chatsrv/flush.h"
#include "chatsrv/gate/conn.h"
#include "chatsrv/gate/listen.h"
#include "chatsrv/http/http.h"
#include "chatsrv/limit.h"
#include "chatsrv/notify.h"
#include "chatsrv/peers.h"
#include "chatsrv/rooms.h"
#include "chatsrv/server.h"
#include "chatsrv/store/store.h"
#include "chatsrv/wheel.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proto.h"

#define SERVER_GRACE_MS	 100  /* for close frames to leave */
#define SERVER_COMMIT_MS 2000 /* for what waits at a stop */
#define SERVER_CLEAN_S	 3600 /* what has run out is cleared so often */

/* What lws keeps for each connection: one of the two is in use. */
struct server_user {
	struct conn *conn;
	struct http_body *body;
};

static struct {
	const struct conf *conf;
	uv_loop_t loop;
	struct lws_context *lws;
	struct store *store;
	uv_check_t check;
	uv_timer_t flush, second, grace;
	uv_signal_t term, intr, hup;
	bool stopping, parted;
	bool watched; /* systemd wants signs of life */
	int status;
	int64_t seconds;
} server;

static int
server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct server_user *u = user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_RECEIVE_PONG:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_CLOSED:
		return conn_callback(wsi, reason, u != NULL ? &u->conn : NULL,
		    in, len);
	case LWS_CALLBACK_WSI_DESTROY:
		listen_gone(wsi);
		return 0;
	default:
		return http_callback(wsi, reason, u != NULL ? &u->body : NULL,
		    in, len);
	}
}

static const struct lws_protocols server_protocols[] = {
	{ .name = PROTO_NAME,
	    .callback = server_callback,
	    .per_session_data_size = sizeof(struct server_user),
	    /* Each connection has one; a few messages come at once. */
	    .rx_buffer_size = 1280,
	    .tx_packet_size = 1 << 20 },
	{ .name = NULL },
};

static void
server_lws_log(int level, const char *line)
{
	int n = (int)strcspn(line, "\n");

	if (level == LLL_ERR)
		log_warn("libwebsockets: %.*s", n, line);
	else
		log_debug("libwebsockets: %.*s", n, line);
}

static struct lws_vhost *
server_vhost(const struct lws_context_creation_info *base, const char *name,
    const struct conf *tls)
{
	struct lws_context_creation_info info = *base;

	info.vhost_name = name;
	if (tls != NULL && tls->tls_certificate[0] != '\0') {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = tls->tls_certificate;
		info.ssl_private_key_filepath = tls->tls_key;
		info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
		/* SSL_OP_NO_TLSv1 | _1, openssl/ssl.h */
		info.ssl_options_set = 0x04000000 | 0x10000000;
	}
	return lws_create_vhost(server.lws, &info);
}

/* A key that everybody on the machine can read is no secret. */
static bool
server_key_private(const char *path)
{
	struct stat st;

	if (path[0] == '\0' || stat(path, &st) != 0 ||
	    (st.st_mode & (S_IROTH | S_IWOTH)) == 0)
		return true;
	fprintf(stderr,
	    "chatsrv: tls.key %s may be read by everybody; chmod "
	    "o= would be right\n",
	    path);
	return false;
}

static bool
server_make_lws(struct lws_vhost **tcp, struct lws_vhost **local)
{
	static const lws_retry_bo_t no_retry;
	void *loops[1] = { &server.loop };
	bool tls = server.conf->tls_certificate[0] != '\0';
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = server_protocols,
		.foreign_loops = loops,
		.pcontext = &server.lws,
		.retry_and_idle_policy = &no_retry,
		.alpn = "http/1.1",
		.max_http_header_data2 = 2048,
		.timeout_secs = 10,
		.keepalive_timeout = 10,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.options = LWS_SERVER_OPTION_LIBUV |
		    LWS_SERVER_OPTION_VALIDATE_UTF8 |
		    LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		    (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
	};

	lws_set_log_level(LLL_ERR | LLL_WARN, server_lws_log);
	server.lws = lws_create_context(&info);
	if (server.lws == NULL) {
		fprintf(stderr,
		    "chatsrv: libwebsockets can not use libuv; "
		    "is the package libwebsockets-evlib-uv installed?\n");
		return false;
	}
	*tcp = server_vhost(&info, "tcp", server.conf);
	*local = server_vhost(&info, "local", NULL);
	if (*tcp != NULL && *local != NULL)
		return true;
	fprintf(stderr,
	    "chatsrv: TLS can not be set up: are "
	    "tls.certificate (%s) and tls.key (%s) readable PEM files that "
	    "belong together?\n",
	    server.conf->tls_certificate, server.conf->tls_key);
	return false;
}

static void server_flush_due(uv_timer_t *);

/*
 * The end of a turn: everything that came of it goes out.  What has to wait
 * is done when the timer says so, not at the check behind it: between the two
 * lies the poll, which may block.
 */
static void
server_flush(void)
{
	int late = early_turn(), ms = flush_turn();

	if (late >= 0 && (ms < 0 || late < ms))
		ms = late;
	peers_turn();
	conn_turn();
	if (ms < 0)
		uv_timer_stop(&server.flush);
	else
		uv_timer_start(&server.flush, server_flush_due, (uint64_t)ms,
		    0);
}

static void
server_flush_due(uv_timer_t *t)
{
	(void)t;
	server_flush();
}

static void
server_turn(uv_check_t *check)
{
	(void)check;
	if (!server.parted)
		server_flush();
}

static void
server_second(uv_timer_t *t)
{
	struct store_beat *beat;

	(void)t;
	if (server.watched)
		notify("WATCHDOG=1", false);
	wheel_turn();
	rooms_tick();
	peers_tick();
	if (server.seconds++ % (STORE_BEAT_MS / 1000) == 0) {
		session_beat();
		beat = xcalloc(1, sizeof(*beat));
		store_req_init(&beat->req, STORE_beat,
		    (void (*)(struct store_req *))free, NULL);
		beat->clean = server.seconds % SERVER_CLEAN_S <
		    STORE_BEAT_MS / 1000;
		store_submit(server.store, &beat->req);
	}
}

static void
server_destroy_lws(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, NULL);
	uv_close((uv_handle_t *)&server.check, NULL);
	uv_close((uv_handle_t *)&server.term, NULL);
	uv_close((uv_handle_t *)&server.intr, NULL);
	uv_close((uv_handle_t *)&server.hup, NULL);
	channel_stop();
	lws_context_destroy(server.lws);
}

static void
server_store_closed(void *arg)
{
	(void)arg;
	peers_turn();
	peers_bye();
	server.store = NULL;
	rooms_forget_store();
	http_forget_store();
	uv_timer_start(&server.grace, server_destroy_lws, SERVER_GRACE_MS, 0);
}

/* What was read is committed and answered, or the store takes too long. */
static void
server_part(void)
{
	if (server.parted)
		return;
	server.parted = true;
	flush_all();
	peers_turn();
	conn_turn();
	conn_close_all("the server stops");
	uv_close((uv_handle_t *)&server.second, NULL);
	uv_close((uv_handle_t *)&server.flush, NULL);
	uv_timer_stop(&server.grace);
	store_close(server.store, server_store_closed, NULL);
}

static void
server_committed(struct store_req *req)
{
	free(req);
	server_part();
}

static void
server_late(uv_timer_t *t)
{
	(void)t;
	server_part();
}

static void
server_stop(int status)
{
	struct store_beat *last;

	if (status != 0)
		server.status = status; /* also while it stops already */
	if (server.stopping)
		return;
	server.stopping = true;
	notify("STOPPING=1", false);
	http_drain();
	listen_stop();
	conn_pause_all();
	if (status != 0) {
		server_part();
		return;
	}
	/* Behind all that waits; its answer comes after theirs. */
	last = xcalloc(1, sizeof(*last));
	store_req_init(&last->req, STORE_beat, server_committed, NULL);
	store_submit(server.store, &last->req);
	uv_timer_start(&server.grace, server_late, SERVER_COMMIT_MS, 0);
}

static void
server_signal(uv_signal_t *s, int signum)
{
	(void)s;
	if (!server.stopping)
		log_info("%s: stopping",
		    signum == SIGTERM ? "SIGTERM" : "SIGINT");
	server_stop(0);
}

/* A terminal that closes, or a wish for what the supervisor can do. */
static void
server_hangup(uv_signal_t *s, int signum)
{
	(void)s, (void)signum;
	log_info(
	    "SIGHUP: the configuration stays as it is; "
	    "servers of --processes are replaced by new ones");
}

static void
server_broken(void *arg)
{
	(void)arg;
	server_stop(74);
}

static void
server_tell_ready(int fd)
{
	struct buf b = BUF_INIT;

	listen_print(&b);
	for (const char *s = buf_str(&b); *s != '\0'; s += strcspn(s, "\n") + 1)
		log_info("chatsrv %s serves on %.*s", VERSION,
		    (int)strcspn(s, "\n"), s);
	if (fd >= 0) {
		if (write(fd, b.data, b.len) != (ssize_t)b.len)
			log_warn("--ready-fd %d: %s", fd, strerror(errno));
		close(fd);
	}
	notify("READY=1", true);
	buf_fini(&b);
}

static bool
server_become(const char *name)
{
	struct passwd *pw;

	if (geteuid() != 0)
		return true;
	if (name[0] == '\0') {
		log_warn("running as root; server.user names a user to become");
		return true;
	}
	pw = getpwnam(name);
	if (pw == NULL) {
		fprintf(stderr, "chatsrv: server.user: there is no user %s\n",
		    name);
		return false;
	}
	if (initgroups(name, pw->pw_gid) == 0 && setgid(pw->pw_gid) == 0 &&
	    setuid(pw->pw_uid) == 0)
		return true;
	fprintf(stderr, "chatsrv: server.user %s: %s\n", name, strerror(errno));
	return false;
}

/* LeakSanitizer, where it is built in, traces its own process. */
extern void __lsan_enable(void) __attribute__((weak));

/* Is a debugger at work?  proc(5) */
static bool
server_traced(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	int tracer = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return tracer != 0;
}

/* Bounds that hold whatever comes: descriptors, cores, new privileges. */
static void
server_confine(const struct conf *c)
{
	struct rlimit files, core = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = (rlim_t)c->server_files;
	if (files.rlim_cur > files.rlim_max) {
		log_warn("server.files is %lld, but the system allows %llu",
		    (long long)c->server_files,
		    (unsigned long long)files.rlim_max);
		files.rlim_cur = files.rlim_max;
	}
	files.rlim_max = files.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	/* A core that is piped to a program heeds no limit, core(5). */
	if (__lsan_enable == NULL && !server_traced())
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
}

static void
server_start_handles(void)
{
	uv_check_init(&server.loop, &server.check);
	uv_check_start(&server.check, server_turn);
	uv_timer_init(&server.loop, &server.flush);
	uv_timer_init(&server.loop, &server.grace);
	uv_timer_init(&server.loop, &server.second);
	uv_timer_start(&server.second, server_second, 0, 1000);
	uv_signal_init(&server.loop, &server.term);
	uv_signal_start(&server.term, server_signal, SIGTERM);
	uv_signal_init(&server.loop, &server.intr);
	uv_signal_start(&server.intr, server_signal, SIGINT);
	uv_signal_init(&server.loop, &server.hup);
	uv_signal_start(&server.hup, server_hangup, SIGHUP);
}

static bool
server_join_others(const struct conf *c)
{
	static const struct peers_handlers handlers = { session_renamed,
		handle_read_heard, session_left, session_notice_all };
	struct channel_conf channel = { c->server_channel,
		c->channel_password_file, store_id(server.store),
		&peers_events };

	peers_init(&handlers);
	return channel_start(&channel, &server.loop);
}

static int
server_open(const struct conf *c)
{
	static const struct rooms_events rooms = { conn_purge, peers_open,
		peers_close };
	bool alone = strcmp(c->server_channel, "memory:") == 0;
	struct lws_vhost *tcp, *local;

	uv_loop_init(&server.loop);
	limit_setup(c);
	/* What root alone may do comes first: the key, low ports. */
	if (!server_key_private(c->tls_key) || !server_make_lws(&tcp, &local) ||
	    !listen_start(c, &server.loop, tcp, local) ||
	    !server_become(c->server_user))
		return 2;
	server.store = store_open(c->server_store, alone,
	    c->store_wal_mib * 1024 * 1024, &server.loop, server_broken, NULL);
	if (server.store == NULL)
		return 2;
	rooms_init(server.store, (size_t)c->store_ring_mib * 1024 * 1024,
	    &rooms);
	if (!server_join_others(c))
		return 2;
	return http_init(c, server.store) ? 0 : 2;
}

int
server_run(const struct conf *c, int ready_fd)
{
	int rc;

	server.conf = c;
	server.watched = notify_watched();
	server_confine(c);
	rc = server_open(c);
	if (rc != 0)
		exit(rc); /* nothing runs yet, nothing is unsaved */
	server_start_handles();
	server_tell_ready(ready_fd);
	uv_run(&server.loop, UV_RUN_DEFAULT);
	if (server.lws != NULL)
		lws_context_destroy(server.lws);
	uv_run(&server.loop, UV_RUN_DEFAULT);
	rooms_fini();
	dispatch_fini();
	http_fini();
	if (uv_loop_close(&server.loop) != 0)
		log_warn("the loop ended with something still open");
	log_info("stopped");
	return server.status;
}
