/*
 * supervisor: see supervisor.h.
 *
 * A server is this program again, by exec: so it reads configuration and
 * certificates anew, and after an upgrade it is the new program.  On SIGHUP
 * they are replaced one after the other, each when the one before serves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chatsrv/conf.h"
#include "chatsrv/notify.h"
#include "chatsrv/supervisor.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SUPERVISOR_AGAIN  1000 /* ms, from one start to the next */
#define SUPERVISOR_BAD	  2    /* the configuration is wrong … */
#define SUPERVISOR_BROKEN 74   /* or the store: another try is no use */

struct server_process {
	pid_t pid;	 /* 0: none */
	int ready;	 /* the pipe where it tells its addresses, or -1 */
	int64_t started; /* ms */
	bool spoke;	 /* it has told some … */
	bool serves;	 /* … and all */
	bool replaced;	 /* it is to be ended, and started again */
	bool ending;	 /* it was told to */
};

static struct {
	struct server_process *v;
	size_t n;
	char **argv;
	struct buf addresses; /* of the first that was ready */
	int ready_fd;
	bool stopping, told;
	int status;
	int signal_fd;
	sigset_t before;
} super;

/* In the new process: this program again, with more words behind. */
static void
supervisor_exec(const char *const *more)
{
	const char *file = strchr(super.argv[0], '/') != NULL ?
	    super.argv[0] :
	    "/proc/self/exe";
	size_t n = 0, m = 0;
	char **argv;

	while (super.argv[n] != NULL)
		n++;
	while (more[m] != NULL)
		m++;
	argv = xcalloc(n + m + 1, sizeof(*argv));
	memcpy(argv, super.argv, n * sizeof(*argv));
	memcpy(argv + n, more, m * sizeof(*argv));
	sigprocmask(SIG_SETMASK, &super.before, NULL);
	/* Nobody would end it if we were killed. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(file, argv);
	fprintf(stderr, "chatsrv: %s: %s\n", file, strerror(errno));
	_exit(SUPERVISOR_BAD);
}

/*
 * The command line may name the descriptor that we have closed by now: there
 * the new process has its own, which may have that number already.
 */
static int
supervisor_keep(int fd)
{
	if (super.ready_fd >= 0 && super.ready_fd != fd)
		fd = dup2(fd, super.ready_fd);
	fcntl(fd, F_SETFD, 0);
	return fd;
}

/* … as a server, which closes the descriptor when it is ready. */
static void
supervisor_serve(int fd)
{
	char number[16], pid[16];
	const char *more[] = { "--set", "server.processes=1", "--set",
		"server.share=yes", "--ready-fd", number, NULL };

	fd = supervisor_keep(fd);
	snprintf(number, sizeof(number), "%d", fd);
	/* Sockets that systemd passed on are for whoever has this number. */
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (getenv("LISTEN_PID") != NULL)
		setenv("LISTEN_PID", pid, 1);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	supervisor_exec(more);
}

static void
supervisor_start(struct server_process *p)
{
	int ends[2];

	p->started = clock_ms();
	p->ready = -1;
	p->replaced = p->ending = p->spoke = p->serves = false;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		log_error("pipe: %s", strerror(errno));
		return;
	}
	p->pid = fork();
	if (p->pid == 0)
		supervisor_serve(ends[1]);
	if (p->pid < 0) {
		log_error("fork: %s", strerror(errno));
		p->pid = 0;
	}
	close(ends[1]);
	p->ready = ends[0];
}

static void
supervisor_forget_pipe(struct server_process *p)
{
	if (p->ready >= 0)
		close(p->ready);
	p->ready = -1;
}

/* All serve: that is told once. */
static void
supervisor_tell_ready(void)
{
	const struct buf *b = &super.addresses;

	if (super.told)
		return;
	for (size_t i = 0; i < super.n; i++)
		if (!super.v[i].serves)
			return;
	super.told = true;
	if (super.ready_fd >= 0) {
		if (write(super.ready_fd, b->data, b->len) != (ssize_t)b->len)
			log_warn("--ready-fd: %s", strerror(errno));
		close(super.ready_fd);
	}
	notify("READY=1", true);
}

/* A server tells its addresses, and is ready when it closes the pipe. */
static void
supervisor_read(struct server_process *p)
{
	char text[512];
	ssize_t n = read(p->ready, text, sizeof(text));
	bool first = p == super.v;

	p->spoke = p->spoke || n > 0;
	if (n > 0 && first && !super.told)
		buf_add(&super.addresses, text, (size_t)n);
	if (n > 0)
		return;
	/* One that ends closes it, too, but has not told anything. */
	p->serves = p->spoke;
	supervisor_forget_pipe(p);
}

static void
supervisor_end(struct server_process *p)
{
	if (p->pid == 0 || p->ending)
		return;
	p->ending = true;
	kill(p->pid, SIGTERM);
}

static void
supervisor_stop(int status)
{
	if (status != 0)
		super.status = status;
	if (!super.stopping)
		notify("STOPPING=1", false);
	super.stopping = true;
	for (size_t i = 0; i < super.n; i++)
		supervisor_end(&super.v[i]);
}

/* A server has ended; is that a reason for all to? */
static void
supervisor_ended(struct server_process *p, int how)
{
	bool wanted = p->ending;

	supervisor_forget_pipe(p);
	p->serves = false;
	p->pid = 0;
	if (WIFEXITED(how) &&
	    (WEXITSTATUS(how) == SUPERVISOR_BROKEN ||
		(WEXITSTATUS(how) == SUPERVISOR_BAD && !super.told))) {
		supervisor_stop(WEXITSTATUS(how));
		return;
	}
	if (super.stopping || (wanted && WIFEXITED(how)))
		return;
	if (WIFSIGNALED(how))
		log_error("server %zu was ended by signal %d",
		    (size_t)(p - super.v) + 1, WTERMSIG(how));
	else
		log_error("server %zu ended with status %d",
		    (size_t)(p - super.v) + 1, WEXITSTATUS(how));
}

static void
supervisor_reap(void)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < super.n; i++)
			if (super.v[i].pid == pid)
				supervisor_ended(&super.v[i], how);
}

/* Is the configuration one that a server would start with? */
static bool
supervisor_check(void)
{
	static const char *more[] = { "--check-config", NULL };
	pid_t pid = fork();
	int how = 0;

	if (pid == 0) {
		supervisor_keep(STDERR_FILENO);
		supervisor_exec(more);
	}
	while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static void
supervisor_replace(void)
{
	if (super.stopping)
		return;
	if (!supervisor_check()) {
		log_error(
		    "SIGHUP: the configuration is wrong; "
		    "the servers go on with the old one");
		return;
	}
	log_info("SIGHUP: the servers are replaced, one after the other");
	for (size_t i = 0; i < super.n; i++)
		super.v[i].replaced = true;
}

/* One that is missing is started; one at a time is replaced. */
static void
supervisor_tend(void)
{
	bool whole = true;
	int64_t now = clock_ms();

	for (size_t i = 0; i < super.n; i++) {
		struct server_process *p = &super.v[i];
		bool due = p->replaced || now - p->started > SUPERVISOR_AGAIN;

		if (p->pid == 0 && due && !super.stopping)
			supervisor_start(p);
		whole = whole && p->serves && !p->ending;
	}
	for (size_t i = 0; i < super.n && whole && !super.stopping; i++)
		if (super.v[i].replaced) {
			supervisor_end(&super.v[i]);
			return;
		}
}

static bool
supervisor_any(void)
{
	for (size_t i = 0; i < super.n; i++)
		if (super.v[i].pid != 0)
			return true;
	return false;
}

static void
supervisor_signal(int sig)
{
	switch (sig) {
	case SIGTERM:
	case SIGINT:
		supervisor_stop(0);
		break;
	case SIGHUP:
		supervisor_replace();
		break;
	default:
		break; /* SIGCHLD: they are reaped in any case */
	}
}

/* Until a signal, a word of a server, or a second has come. */
static void
supervisor_wait(void)
{
	struct pollfd *fds = xcalloc(super.n + 1, sizeof(*fds));
	struct signalfd_siginfo got;

	for (size_t i = 0; i < super.n; i++)
		fds[i] = (struct pollfd){ .fd = super.v[i].ready,
			.events = POLLIN };
	fds[super.n] = (struct pollfd){ .fd = super.signal_fd,
		.events = POLLIN };
	if (poll(fds, super.n + 1, SUPERVISOR_AGAIN) > 0)
		for (size_t i = 0; i < super.n; i++)
			if (fds[i].fd >= 0 && fds[i].revents != 0)
				supervisor_read(&super.v[i]);
	free(fds);
	while (read(super.signal_fd, &got, sizeof(got)) == sizeof(got))
		supervisor_signal((int)got.ssi_signo);
}

int
supervisor_run(const struct conf *c, int ready_fd, char **argv)
{
	bool watched = notify_watched();
	sigset_t signals;

	super.n = (size_t)c->server_processes;
	super.v = xcalloc(super.n, sizeof(*super.v));
	super.argv = argv;
	super.ready_fd = ready_fd;
	if (ready_fd >= 0)
		fcntl(ready_fd, F_SETFD, FD_CLOEXEC);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &super.before);
	super.signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	for (size_t i = 0; i < super.n; i++)
		supervisor_start(&super.v[i]);
	while (!super.stopping || supervisor_any()) {
		supervisor_wait();
		supervisor_reap();
		supervisor_tend();
		supervisor_tell_ready();
		if (watched)
			notify("WATCHDOG=1", false);
	}
	log_info("stopped");
	free(super.v);
	buf_fini(&super.addresses);
	return super.status;
}
