/*
 * store_worker: the threads behind the store.
 *
 * One writer takes what queued while it committed, at most STORE_BATCH
 * requests, and carries them out in one transaction; it never waits for a
 * batch to fill.  Readers have connections of their own, as has the thread
 * that makes checkpoints.  What one turn of the loop asks for reaches them
 * together, before the loop looks at its sockets again or as soon as it is a
 * batch: one lock and one wake-up for all.  Answers come back through one list
 * and a uv_async_t, in the order of their commits.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "chatsrv/store/store_sqlite.h"
#include "lib/clock.h"
#include "lib/log.h"

#define STORE_BATCH    128 /* larger ones save less than their answers wait */
#define STORE_READERS  2
#define STORE_WAL_SOON (8 * 1024 * 1024) /* growth worth a checkpoint */
#define STORE_DIRTY_MS (60 * 60 * 1000)	 /* deleted text in the log */
#define STORE_AGAIN_MS 5000 /* after a reader was in the log's way */
#define STORE_STOP_S   1    /* for what waits when the store closes */

struct store_queue {
	struct store_req *head, **tail;
	size_t n;
};

struct store {
	pthread_mutex_t lock;
	pthread_cond_t write_cond, read_cond, check_cond;
	struct store_queue asked_writes, asked_reads; /* the loop's own */
	struct store_queue writes, reads, done;
	pthread_cond_t ended;
	unsigned running; /* threads */
	bool stopping;	  /* no more comes */
	bool late;	  /* … and what is not done yet is not waited for */
	bool check;	  /* a checkpoint is wanted */
	struct sqlite *writer, *checker, *readers[STORE_READERS];
	pthread_t threads[STORE_READERS + 2];
	atomic_bool broken;
	bool told; /* broken was called */
	int hold;
	int64_t wal_max, dirty_since, tidy_after;
	int64_t checked; /* size of the log at the last check */
	uv_async_t wake;
	uv_prepare_t turn;
	unsigned handles; /* that are open still */
	void (*on_broken)(void *), (*on_closed)(void *);
	void *broken_arg, *closed_arg;
	struct store_stats stats; /* under lock */
};

static void
queue_init(struct store_queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
	q->n = 0;
}

static void
queue_put(struct store_queue *q, struct store_req *r)
{
	r->next = NULL;
	*q->tail = r;
	q->tail = &r->next;
	q->n++;
}

/* All of `from` behind what `to` has. */
static void
queue_join(struct store_queue *to, struct store_queue *from)
{
	if (from->head == NULL)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	to->n += from->n;
	queue_init(from);
}

static struct store_req *
queue_take(struct store_queue *q)
{
	struct store_req *r = q->head;

	if (r == NULL)
		return NULL;
	q->head = r->next;
	if (q->head == NULL)
		q->tail = &q->head;
	q->n--;
	return r;
}

static bool
store_is_write(enum store_op op)
{
	enum { WRITE = 1, READ = 0 };
	static const bool writes[STORE_OP__COUNT] = {
#define STORE_OP(name, rw) [STORE_##name] = rw,
		STORE_OPS(STORE_OP)
#undef STORE_OP
	};

	return writes[op];
}

static void
store_fail_batch(struct store_req **batch, size_t n, enum err e)
{
	for (size_t i = 0; i < n; i++)
		batch[i]->err = e;
}

/* The loop hears of it at once, whether somebody waits for an answer or not. */
static void
store_break(struct store *st)
{
	atomic_store(&st->broken, true);
	uv_async_send(&st->wake);
}

/* What a fate means for those who wait. */
static enum err
store_err(struct store *st, enum sqlite_fate fate)
{
	if (fate == SQLITE_BROKEN)
		store_break(st);
	return fate == SQLITE_BROKEN ? ERR_UNKNOWN : ERR_UNAVAILABLE;
}

static void
store_write(struct store *st, struct store_req **batch, size_t n)
{
	enum sqlite_fate fate = SQLITE_BROKEN;

	if (!atomic_load(&st->broken))
		fate = sqlite_begin(st->writer);
	if (fate != SQLITE_FINE) {
		/* Nothing of this batch reached the store. */
		if (fate == SQLITE_BROKEN)
			store_break(st);
		store_fail_batch(batch, n, ERR_UNAVAILABLE);
		return;
	}
	for (size_t i = 0; i < n && fate == SQLITE_FINE; i++)
		fate = sqlite_run(st->writer, batch[i]);
	if (fate == SQLITE_FINE)
		fate = sqlite_commit(st->writer);
	if (fate != SQLITE_FINE) {
		sqlite_rollback(st->writer);
		store_fail_batch(batch, n, store_err(st, fate));
	}
}

static void
store_end_log(struct store *st, enum sqlite_log to)
{
	enum sqlite_fate fate = sqlite_checkpoint(st->writer, to);

	if (fate == SQLITE_BROKEN)
		store_break(st);
	else if (fate == SQLITE_UNDONE)
		st->tidy_after = clock_ms() + STORE_AGAIN_MS;
}

/*
 * Between two transactions: has the log to end?  It begins anew when it is
 * full; somebody who was in the way may have let it grow far beyond.
 */
static void
store_tidy(struct store *st)
{
	int64_t now = clock_ms(), size = sqlite_wal(st->writer);
	enum sqlite_log to = SQLITE_LOG_GOES_ON;

	if (!sqlite_dirty(st->writer))
		st->dirty_since = 0;
	else if (st->dirty_since == 0)
		st->dirty_since = now;
	if (size >= st->wal_max)
		to = SQLITE_LOG_ANEW;
	if (size >= 2 * st->wal_max ||
	    (st->dirty_since != 0 && now - st->dirty_since >= STORE_DIRTY_MS))
		to = SQLITE_LOG_EMPTY;
	if (to != SQLITE_LOG_GOES_ON && now >= st->tidy_after)
		store_end_log(st, to);
}

/* The last that a thread does. */
static void
store_end(struct store *st)
{
	pthread_mutex_lock(&st->lock);
	st->running--;
	pthread_cond_broadcast(&st->ended);
	pthread_mutex_unlock(&st->lock);
}

/* The log is emptied when nobody of ours is in it any more. */
static void
store_tidy_last(struct store *st)
{
	bool late;

	pthread_mutex_lock(&st->lock);
	while (st->running > 1 && !st->late)
		pthread_cond_wait(&st->ended, &st->lock);
	late = st->late;
	pthread_mutex_unlock(&st->lock);
	if (!late && !atomic_load(&st->broken))
		store_end_log(st, SQLITE_LOG_EMPTY);
}

static size_t
store_take_batch(struct store *st, struct store_req **batch)
{
	size_t n = 0;

	pthread_mutex_lock(&st->lock);
	while (st->writes.head == NULL && !st->stopping)
		pthread_cond_wait(&st->write_cond, &st->lock);
	while (n < STORE_BATCH && st->writes.head != NULL)
		batch[n++] = queue_take(&st->writes);
	pthread_mutex_unlock(&st->lock);
	return n;
}

static void
store_give_back(struct store *st, struct store_req **batch, size_t n)
{
	pthread_mutex_lock(&st->lock);
	for (size_t i = 0; i < n; i++) {
		queue_put(&st->done, batch[i]);
		if (batch[i]->op == STORE_post)
			st->stats.posts++;
	}
	if (n != 0 && store_is_write(batch[0]->op)) {
		st->stats.batches++;
		st->stats.away = batch[0]->err == ERR_UNAVAILABLE ||
		    batch[0]->err == ERR_UNKNOWN;
		st->stats.wal = sqlite_wal(st->writer);
		if (st->stats.wal < st->checked)
			st->checked = 0; /* the log began anew */
		if (st->stats.wal - st->checked > STORE_WAL_SOON) {
			st->check = true;
			st->checked = st->stats.wal;
			pthread_cond_signal(&st->check_cond);
		}
	} else
		st->stats.reads += n;
	pthread_mutex_unlock(&st->lock);
	uv_async_send(&st->wake);
}

static void *
store_writer(void *arg)
{
	struct store *st = arg;
	struct store_req *batch[STORE_BATCH];
	size_t n;

	while ((n = store_take_batch(st, batch)) != 0) {
		store_write(st, batch, n);
		store_give_back(st, batch, n);
		if (!atomic_load(&st->broken))
			store_tidy(st);
	}
	store_tidy_last(st);
	store_end(st);
	return NULL;
}

struct store_reader_arg {
	struct store *store;
	struct sqlite *db;
};

static void *
store_reader(void *arg)
{
	struct store_reader_arg a = *(struct store_reader_arg *)arg;
	struct store_req *r;

	free(arg);
	for (;;) {
		enum sqlite_fate fate;

		pthread_mutex_lock(&a.store->lock);
		while (a.store->reads.head == NULL && !a.store->stopping)
			pthread_cond_wait(&a.store->read_cond, &a.store->lock);
		r = queue_take(&a.store->reads);
		pthread_mutex_unlock(&a.store->lock);
		if (r == NULL)
			break;
		fate = sqlite_run(a.db, r);
		if (fate != SQLITE_FINE)
			r->err = ERR_UNAVAILABLE;
		store_give_back(a.store, &r, 1);
	}
	store_end(a.store);
	return NULL;
}

static void *
store_checker(void *arg)
{
	struct store *st = arg;
	bool stopping;

	for (;;) {
		pthread_mutex_lock(&st->lock);
		st->check = false;
		while (!st->check && !st->stopping)
			pthread_cond_wait(&st->check_cond, &st->lock);
		stopping = st->stopping;
		pthread_mutex_unlock(&st->lock);
		if (stopping)
			break;
		if (sqlite_checkpoint(st->checker, SQLITE_LOG_GOES_ON) ==
		    SQLITE_BROKEN)
			store_break(st);
	}
	store_end(st);
	return NULL;
}

/* On the loop: everything that was carried out since the last time. */
static void
store_wake(uv_async_t *a)
{
	struct store *st = a->data;
	struct store_queue done;
	struct store_req *r;

	pthread_mutex_lock(&st->lock);
	done = st->done;
	if (done.head == NULL)
		done.tail = &done.head;
	queue_init(&st->done);
	pthread_mutex_unlock(&st->lock);
	while (done.head != NULL) {
		r = done.head;
		done.head = r->next;
		r->done(r);
	}
	if (atomic_load(&st->broken) && !st->told) {
		st->told = true;
		log_error(
		    "store: it could not be made sure that data is on "
		    "the disk; nothing more is written");
		st->on_broken(st->broken_arg);
	}
}

/* Hands on what the loop asked for. */
static void
store_pass(struct store *st)
{
	bool writes = st->asked_writes.n != 0;
	size_t reads = st->asked_reads.n;

	if (!writes && reads == 0)
		return;
	pthread_mutex_lock(&st->lock);
	queue_join(&st->writes, &st->asked_writes);
	queue_join(&st->reads, &st->asked_reads);
	if (writes)
		pthread_cond_signal(&st->write_cond);
	if (reads == 1)
		pthread_cond_signal(&st->read_cond);
	else if (reads > 1)
		pthread_cond_broadcast(&st->read_cond);
	pthread_mutex_unlock(&st->lock);
}

/* Before the loop waits for anything. */
static void
store_turn(uv_prepare_t *p)
{
	store_pass(p->data);
}

static bool
store_open_all(struct store *st, const char *path, bool alone, char *why)
{
	st->hold = sqlite_hold(path, alone, why);
	if (st->hold < 0)
		return false;
	st->writer = sqlite_open(path, SQLITE_WRITER, why);
	if (st->writer == NULL)
		return false;
	st->checker = sqlite_open(path, SQLITE_READER, why);
	if (st->checker == NULL)
		return false;
	for (size_t i = 0; i < STORE_READERS; i++) {
		st->readers[i] = sqlite_open(path, SQLITE_READER, why);
		if (st->readers[i] == NULL)
			return false;
	}
	return true;
}

static void
store_close_all(struct store *st)
{
	for (size_t i = 0; i < STORE_READERS; i++)
		sqlite_close(st->readers[i]);
	sqlite_close(st->checker);
	sqlite_close(st->writer);
	if (st->hold >= 0)
		close(st->hold);
	pthread_mutex_destroy(&st->lock);
	pthread_cond_destroy(&st->write_cond);
	pthread_cond_destroy(&st->read_cond);
	pthread_cond_destroy(&st->check_cond);
	pthread_cond_destroy(&st->ended);
	free(st);
}

static void
store_start(struct store *st)
{
	size_t n = 0;

	st->running = STORE_READERS + 2;
	pthread_create(&st->threads[n], NULL, store_writer, st);
	pthread_setname_np(st->threads[n++], "store-writer");
	pthread_create(&st->threads[n], NULL, store_checker, st);
	pthread_setname_np(st->threads[n++], "store-checker");
	for (size_t i = 0; i < STORE_READERS; i++) {
		struct store_reader_arg *a = xmalloc(sizeof(*a));

		*a = (struct store_reader_arg){ st, st->readers[i] };
		pthread_create(&st->threads[n], NULL, store_reader, a);
		pthread_setname_np(st->threads[n++], "store-reader");
	}
}

struct store *
store_open(const char *spec, bool alone, int64_t wal_max, uv_loop_t *loop,
    void (*broken)(void *), void *arg)
{
	struct store *st = xcalloc(1, sizeof(*st));
	pthread_condattr_t monotonic;
	char why[SQLITE_WHY] = "";

	st->hold = -1;
	st->wal_max = wal_max;
	st->on_broken = broken;
	st->broken_arg = arg;
	pthread_mutex_init(&st->lock, NULL);
	pthread_cond_init(&st->write_cond, NULL);
	pthread_cond_init(&st->read_cond, NULL);
	pthread_cond_init(&st->check_cond, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&st->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	queue_init(&st->asked_writes);
	queue_init(&st->asked_reads);
	queue_init(&st->writes);
	queue_init(&st->reads);
	queue_init(&st->done);
	if (!store_open_all(st, strchr(spec, ':') + 1, alone, why)) {
		fprintf(stderr, "chatsrv: store: %s\n", why);
		store_close_all(st);
		return NULL;
	}
	uv_async_init(loop, &st->wake, store_wake);
	uv_prepare_init(loop, &st->turn);
	st->wake.data = st->turn.data = st;
	st->handles = 2;
	uv_prepare_start(&st->turn, store_turn);
	store_start(st);
	return st;
}

static void
store_closed(uv_handle_t *h)
{
	struct store *st = h->data;
	void (*closed)(void *) = st->on_closed;
	void *arg = st->closed_arg;

	if (--st->handles != 0)
		return;
	/* What was asked since the threads ended has its answer, too. */
	while (st->done.head != NULL)
		store_wake(&st->wake);
	store_close_all(st);
	closed(arg);
}

/*
 * Waits for the threads.  Whoever is not done in time waits for somebody else
 * (a lock, a reader of another process) or reads at length, and gives up.
 */
static void
store_wait_end(struct store *st)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += STORE_STOP_S;
	pthread_mutex_lock(&st->lock);
	while (st->running != 0 && !st->late)
		st->late = pthread_cond_timedwait(&st->ended, &st->lock,
			       &end) != 0;
	if (st->late) {
		sqlite_stop(st->writer);
		sqlite_stop(st->checker);
		for (size_t i = 0; i < STORE_READERS; i++)
			sqlite_stop(st->readers[i]);
		pthread_cond_broadcast(&st->ended);
	}
	pthread_mutex_unlock(&st->lock);
	for (size_t i = 0; i < STORE_READERS + 2; i++)
		pthread_join(st->threads[i], NULL);
}

void
store_close(struct store *st, void (*closed)(void *), void *arg)
{
	st->on_closed = closed;
	st->closed_arg = arg;
	store_pass(st);
	pthread_mutex_lock(&st->lock);
	st->stopping = true;
	pthread_cond_broadcast(&st->write_cond);
	pthread_cond_broadcast(&st->read_cond);
	pthread_cond_broadcast(&st->check_cond);
	pthread_mutex_unlock(&st->lock);
	store_wait_end(st);
	/* An answer may lead to another request, which finds nobody. */
	do
		store_wake(&st->wake);
	while (st->done.head != NULL);
	uv_close((uv_handle_t *)&st->turn, store_closed);
	uv_close((uv_handle_t *)&st->wake, store_closed);
}

void
store_submit(struct store *st, struct store_req *r)
{
	struct store_queue *q = store_is_write(r->op) ? &st->asked_writes :
							&st->asked_reads;

	if (st->stopping) {
		/* The threads have ended, so there is nobody to lock out. */
		r->err = ERR_UNAVAILABLE;
		queue_put(&st->done, r);
		return;
	}
	queue_put(q, r);
	if (q->n == STORE_BATCH)
		store_pass(st);
}

const unsigned char *
store_secret(const struct store *st)
{
	return sqlite_secret(st->writer);
}

const unsigned char *
store_id(const struct store *st)
{
	return sqlite_id(st->writer);
}

void
store_stats(const struct store *cst, struct store_stats *out)
{
	struct store *st = (struct store *)cst;

	pthread_mutex_lock(&st->lock);
	*out = st->stats;
	out->waiting = st->writes.n + st->asked_writes.n;
	pthread_mutex_unlock(&st->lock);
}
