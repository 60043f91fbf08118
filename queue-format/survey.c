/*
 * survey.c - go through all messages of some stores, with several threads.
 *
 * Names are taken from the listing in batches; whoever has nothing else to do
 * takes the next one and loads it, the calling thread too.  That thread also
 * gives the finished batches out, in their order.  A ring of batches keeps
 * the others from running ahead.
 */
#include "survey.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

#define BATCH	    64
#define MAX_THREADS 16
#define RING	    (4 * (MAX_THREADS + 1))

/*
 * A batch of large messages is not loaded further than this; the rest is
 * loaded one by one when it is given out.  Memory stays bounded that way.
 */
#define BATCH_BYTES (1024 * 1024)

/* Memory that a batch keeps for the next one. */
#define KEEP (128 * 1024)

/*
 * A batch that took longer than this waited for a disk and not for a
 * processor: another thread can wait at the same time.
 */
#define SLOW_BATCH_NS (20 * 1000 * 1000)

enum batch_state {
	FREE,
	IN_WORK,
	READY,
};

struct batch {
	enum batch_state state;
	size_t store;
	size_t count;
	size_t loaded; /* of these; the rest is left to the director */
	struct qf_ref refs[BATCH];
	struct qf_message messages[BATCH];
	enum qf_status statuses[BATCH];	  /* of loading; QF_OK: to be given */
	struct qf_error *troubles[BATCH]; /* in the arena, or NULL */
	struct qf_arena arena;
};

/*
 * Two locks, since to list names takes much longer than to change a state.
 * Who needs both takes `listing_lock' first.
 */
struct run {
	const struct qf_survey *survey;
	struct qf_survey_result *result;

	pthread_mutex_t listing_lock; /* for these two */
	struct qf_listing *listing;   /* of the current store, or NULL */
	size_t store;		      /* the current one */

	pthread_mutex_t lock;  /* for all below, and states of batches */
	pthread_cond_t ready;  /* the next batch, or the end */
	pthread_cond_t room;   /* for more batches, or the end */
	uint64_t claimed;      /* batches begun */
	uint64_t given;	       /* batches given out */
	bool listed;	       /* no more batches will be begun */
	enum qf_status status; /* of the whole */
	struct qf_error err;
	unsigned waiting; /* threads, for room, since they were last woken */
	unsigned thread_limit;
	unsigned thread_count;
	pthread_t threads[MAX_THREADS];
	struct batch *ring;
};

/* What a thread keeps between batches. */
struct worker {
	struct run *run;
	struct qf_loader *loader;
	size_t store; /* that the loader is for */
};

static bool
is_cancelled(const struct run *run)
{
	return run->survey->cancel != NULL && atomic_load(run->survey->cancel);
}

/* No more batches; with the lock held. */
static void
set_listed(struct run *run)
{
	run->listed = true;
	pthread_cond_signal(&run->ready);
	pthread_cond_broadcast(&run->room);
}

/* Keep the first failure; with the lock held. */
static void
fail(struct run *run, enum qf_status status, const struct qf_error *err)
{
	set_listed(run);
	if (run->status != QF_OK)
		return;
	run->status = status;
	if (err != NULL)
		run->err = *err;
}

static void
add_trouble(struct batch *batch, size_t i, enum qf_status status,
	    const struct qf_error *err)
{
	struct qf_error *copy = qf_arena_alloc(&batch->arena, sizeof(*copy));

	batch->statuses[i] = status;
	batch->troubles[i] = copy;
	if (copy != NULL)
		*copy = *err;
}

static void
end_listing(struct run *run)
{
	if (run->listing != NULL)
		run->survey->stores[run->store]->ops->list_end(run->listing);
	run->listing = NULL;
}

/* One store's trouble does not stop the others. */
static void
add_listing_trouble(struct run *run, struct batch *batch, enum qf_status status,
		    const struct qf_error *err)
{
	/* Of a single message this would be none. */
	if (status == QF_GONE)
		status = QF_ABSENT;
	batch->store = run->store;
	add_trouble(batch, batch->count++, status, err);
	if (status != QF_UNSAFE && status != QF_CORRUPT)
		run->result->listing = status;
}

/* The next message of the current store; begins its listing first. */
static enum qf_status
next_ref(struct run *run, struct batch *batch, struct qf_error *err)
{
	struct qf_store *store = run->survey->stores[run->store];

	if (run->listing == NULL) {
		enum qf_status status = store->ops->list(
			store, &run->survey->selection, &run->listing, err);

		if (status != QF_OK) {
			add_listing_trouble(run, batch, status, err);
			return QF_END;
		}
	}
	return store->ops->next(run->listing, &batch->arena,
				&batch->refs[batch->count], err);
}

/* Fill a batch from the listing of one store; with the listing's lock. */
static void
fill(struct run *run, struct batch *batch)
{
	batch->count = 0;
	batch->loaded = 0;
	while (batch->count < BATCH && batch->arena.used < BATCH_BYTES &&
	       run->store < run->survey->store_count) {
		struct qf_error err;
		enum qf_status status = next_ref(run, batch, &err);

		if (status == QF_END) {
			end_listing(run);
			run->store++;
			if (batch->count > 0)
				return;
			continue;
		}
		batch->store = run->store;
		if (status == QF_OK) {
			batch->troubles[batch->count] = NULL;
			batch->statuses[batch->count++] = QF_OK;
		} else {
			add_listing_trouble(run, batch, status, &err);
		}
	}
}

/* How many batches may be begun and not given out. */
static uint64_t
window(const struct run *run)
{
	return 4 * (run->thread_count + 1);
}

/* Is there reason and room for another batch?  With the lock held. */
static bool
may_claim(const struct run *run)
{
	return !run->listed && run->claimed - run->given < window(run);
}

/*
 * Before each look at whether to wait, and not between look and wait: the
 * signal of the end is sent once.  With the lock held.
 */
static void
stop_if_cancelled(struct run *run)
{
	if (is_cancelled(run))
		fail(run, QF_STOPPED, NULL);
}

/* The next batch of names; NULL: not now, or there are no more. */
static struct batch *
claim(struct run *run)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&run->listing_lock);
	pthread_mutex_lock(&run->lock);
	stop_if_cancelled(run);
	if (may_claim(run))
		batch = &run->ring[run->claimed % RING];
	pthread_mutex_unlock(&run->lock);
	if (batch != NULL) {
		fill(run, batch);
		pthread_mutex_lock(&run->lock);
		if (batch->count > 0) {
			batch->state = IN_WORK;
			run->claimed++;
		} else {
			set_listed(run);
			batch = NULL;
		}
		pthread_mutex_unlock(&run->lock);
	}
	pthread_mutex_unlock(&run->listing_lock);
	return batch;
}

static void
release(struct worker *w)
{
	if (w->loader != NULL)
		w->run->survey->stores[w->store]->ops->loader_free(w->loader);
}

/* Have a loader for this store. */
static enum qf_status
prepare(struct worker *w, size_t store, struct qf_error *err)
{
	struct qf_store *const *stores = w->run->survey->stores;

	if (w->loader != NULL && w->store == store)
		return QF_OK;
	release(w);
	w->loader = NULL;
	w->store = store;
	return stores[store]->ops->loader_new(
		stores[store], &w->run->survey->filter, &w->loader, err);
}

/* Load one message; its strings go into `arena'. */
static void
load_one(struct worker *w, struct batch *batch, size_t i,
	 struct qf_arena *arena)
{
	const struct qf_store *store = w->run->survey->stores[batch->store];
	struct qf_error err;
	enum qf_status status = batch->statuses[i];

	if (status != QF_OK)
		return;
	status = store->ops->load(w->loader, &batch->refs[i], arena,
				  &batch->messages[i], &err);
	batch->statuses[i] = status;
	if (status != QF_OK && status != QF_END && status != QF_STOPPED &&
	    status != QF_GONE)
		add_trouble(batch, i, status, &err);
}

/* Without the lock: the batch is ours.  Tells whether it was slow. */
static bool
load(struct worker *w, struct batch *batch)
{
	int64_t begin = qf_clock_ns();
	size_t listed = batch->arena.used;

	while (batch->loaded < batch->count &&
	       batch->arena.used - listed < BATCH_BYTES)
		load_one(w, batch, batch->loaded++, &batch->arena);
	return qf_clock_ns() - begin > SLOW_BATCH_NS;
}

static void *work(void *argument);

/*
 * One more thread, if it can be had.  Signals are for the threads that the
 * program has made itself.  With the lock held.
 */
static void
add_thread(struct run *run)
{
	pthread_t *thread = &run->threads[run->thread_count];
	sigset_t all;
	sigset_t before;

	if (run->thread_count >= run->thread_limit)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(thread, NULL, work, run) == 0)
		run->thread_count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Load one batch. */
static void
work_on(struct worker *w, struct batch *batch)
{
	struct run *run = w->run;
	struct qf_error err;
	enum qf_status status = prepare(w, batch->store, &err);
	bool slow = status == QF_OK && load(w, batch);

	pthread_mutex_lock(&run->lock);
	if (status != QF_OK) {
		fail(run, status, &err);
		batch->count = 0;
	}
	batch->state = READY;
	if (slow && run->survey->threads == 0 && !run->listed)
		add_thread(run);
	if (batch == &run->ring[run->given % RING])
		pthread_cond_signal(&run->ready);
	pthread_mutex_unlock(&run->lock);
}

/* Wait until there may be a batch to claim; false: there will be none. */
static bool
wait_for_room(struct run *run)
{
	bool more;

	pthread_mutex_lock(&run->lock);
	stop_if_cancelled(run);
	while (!run->listed && !may_claim(run)) {
		run->waiting++;
		pthread_cond_wait(&run->room, &run->lock);
		stop_if_cancelled(run);
	}
	more = !run->listed;
	pthread_mutex_unlock(&run->lock);
	return more;
}

static void *
work(void *argument)
{
	struct run *run = argument;
	struct worker w = { .run = run };

	while (wait_for_room(run)) {
		struct batch *batch = claim(run);

		if (batch != NULL)
			work_on(&w, batch);
	}
	release(&w);
	return NULL;
}

static void
tell_trouble(struct run *run, const struct batch *batch, size_t i)
{
	const struct qf_survey *survey = run->survey;

	run->result->troubles++;
	if (survey->trouble != NULL && batch->troubles[i] != NULL)
		survey->trouble(survey->context,
				survey->stores[batch->store]->instance,
				batch->troubles[i]);
}

static void
tell_unfinished(struct run *run, const struct batch *batch, size_t i)
{
	run->result->unfinished++;
	if (run->survey->unfinished != NULL)
		run->survey->unfinished(
			run->survey->context,
			run->survey->stores[batch->store]->instance,
			batch->refs[i].id);
}

/* Give out one entry of a batch. */
static enum qf_status
give_one(struct run *run, const struct batch *batch, size_t i)
{
	struct qf_survey_result *result = run->result;

	switch (batch->statuses[i]) {
	case QF_OK:
		result->given++;
		if (batch->messages[i].fault != NULL)
			result->faulty++;
		return run->survey->message(run->survey->context,
					    &batch->messages[i]);
	case QF_END:
		result->dropped++;
		return QF_OK;
	case QF_STOPPED:
		tell_unfinished(run, batch, i);
		return QF_OK;
	case QF_GONE:
		result->vanished++;
		return QF_OK;
	default:
		tell_trouble(run, batch, i);
		return QF_OK;
	}
}

/* Without the lock: what is loaded, and then the rest, one by one. */
static enum qf_status
give_all(struct worker *w, struct batch *batch, struct qf_error *err)
{
	struct run *run = w->run;
	struct qf_arena arena = { 0 };
	enum qf_status status = QF_OK;

	if (batch->loaded < batch->count)
		status = prepare(w, batch->store, err);
	for (size_t i = 0; status == QF_OK && i < batch->count; i++) {
		if (i >= batch->loaded)
			load_one(w, batch, i, &arena);
		status = is_cancelled(run) ? QF_STOPPED
					   : give_one(run, batch, i);
		qf_arena_empty(&arena, KEEP);
	}
	qf_arena_free(&arena);
	return status;
}

/* Give out a finished batch. */
static void
give(struct worker *w, struct batch *batch)
{
	struct run *run = w->run;
	struct qf_error err = { 0 };
	enum qf_status status = give_all(w, batch, &err);

	qf_arena_empty(&batch->arena, KEEP);
	pthread_mutex_lock(&run->lock);
	if (status != QF_OK)
		fail(run, status, &err);
	batch->state = FREE;
	run->given++;
	/* Not for each batch: to wake a thread costs more than to list. */
	if (run->waiting > 0 && run->claimed - run->given <= window(run) / 2) {
		run->waiting = 0;
		pthread_cond_broadcast(&run->room);
	}
	pthread_mutex_unlock(&run->lock);
}

/* Has the next batch come, or the end?  With the lock held. */
static bool
is_ready(const struct run *run)
{
	return run->ring[run->given % RING].state == READY ||
	       (run->listed && run->given == run->claimed);
}

/* The batch to give out, NULL: it is not ready, or there is none. */
static struct batch *
ready_batch(struct run *run)
{
	struct batch *next = &run->ring[run->given % RING];

	pthread_mutex_lock(&run->lock);
	if (next->state != READY)
		next = NULL;
	pthread_mutex_unlock(&run->lock);
	return next;
}

/* With nothing to give and nothing to load; false: it is the end. */
static bool
wait_for_batch(struct run *run)
{
	bool more;

	pthread_mutex_lock(&run->lock);
	stop_if_cancelled(run);
	while (run->status == QF_OK && !is_ready(run) && !may_claim(run)) {
		pthread_cond_wait(&run->ready, &run->lock);
		stop_if_cancelled(run);
	}
	more = run->status == QF_OK &&
	       (!run->listed || run->given != run->claimed);
	pthread_mutex_unlock(&run->lock);
	return more;
}

/* The calling thread: give out what is ready, else work, else wait. */
static void
direct(struct run *run)
{
	struct worker w = { .run = run };

	while (wait_for_batch(run)) {
		struct batch *batch = ready_batch(run);

		if (batch != NULL) {
			give(&w, batch);
			continue;
		}
		batch = claim(run);
		if (batch != NULL)
			work_on(&w, batch);
	}
	pthread_mutex_lock(&run->lock);
	set_listed(run);
	pthread_mutex_unlock(&run->lock);
	release(&w);
}

static void
start_threads(struct run *run)
{
	unsigned wanted = run->survey->threads;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (wanted == 0)
		wanted = processors < 1 ? 1 : (unsigned)processors;
	if (wanted > MAX_THREADS)
		wanted = MAX_THREADS;
	/* The calling thread is one of them. */
	run->thread_limit =
		run->survey->threads == 0 ? MAX_THREADS - 1 : wanted - 1;
	pthread_mutex_lock(&run->lock);
	while (run->thread_count + 1 < wanted) {
		unsigned before = run->thread_count;

		add_thread(run);
		if (run->thread_count == before)
			break;
	}
	pthread_mutex_unlock(&run->lock);
}

enum qf_status
qf_survey_run(const struct qf_survey *survey, struct qf_survey_result *result,
	      struct qf_error *err)
{
	struct run run = { .survey = survey, .result = result };

	*result = (struct qf_survey_result){ 0 };
	run.ring = calloc(RING, sizeof(*run.ring));
	if (run.ring == NULL)
		return qf_system(err, "cannot list the queue");
	pthread_mutex_init(&run.listing_lock, NULL);
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.ready, NULL);
	pthread_cond_init(&run.room, NULL);
	start_threads(&run);
	direct(&run);
	for (unsigned i = 0; i < run.thread_count; i++)
		pthread_join(run.threads[i], NULL);
	end_listing(&run);
	for (size_t i = 0; i < RING; i++)
		qf_arena_free(&run.ring[i].arena);
	free(run.ring);
	pthread_cond_destroy(&run.room);
	pthread_cond_destroy(&run.ready);
	pthread_mutex_destroy(&run.lock);
	pthread_mutex_destroy(&run.listing_lock);
	if (err != NULL && run.status != QF_OK)
		*err = run.err;
	return run.status;
}
