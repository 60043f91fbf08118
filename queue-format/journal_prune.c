/*
 * journal_prune.c - forget what is old.
 */
#include "journal_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal_lock.h"

#define ITEMS_AT_ONCE 1000

/* As much as a clock is believed from one job to the next. */
#define STEP (7 * 86400)

struct pruning {
	int64_t now;
	int64_t before;
	uint64_t items;		/* that may stay, 0: any number */
	struct qf_job_id young; /* the oldest that is not old enough */
	bool all_old;
	bool too_many;
	bool (*keep)(void *context, const struct qf_job *job); /* or NULL */
	void *context;
	struct qf_arena arena;
	struct qf_job job; /* to be forgotten */
	bool found;
};

/* How long ago a job was, by those between. */
struct aging {
	struct qf_journal_walk walk;
	struct qf_arena arena;
	struct pruning *pruning;
	int64_t needed;
	int64_t age;
	int64_t last; /* when the one after it was begun */
};

static int64_t
believed(int64_t seconds)
{
	if (seconds > STEP)
		return STEP;
	return seconds < -STEP ? -STEP : seconds;
}

/* From the newest on. */
static enum qf_status
add_age(void *context, struct qf_bytes key, struct qf_bytes value,
	struct qf_error *err)
{
	struct aging *aging = context;
	enum qf_status status;
	struct qf_job job;

	qf_arena_empty(&aging->arena, 65536);
	status = qf_journal_unpack_job(key, value, &aging->arena, &job, err);
	if (status != QF_OK)
		return status;
	aging->age += believed(aging->last - job.begun);
	aging->last = job.begun;
	if (aging->age >= aging->needed)
		return QF_STOPPED;
	aging->pruning->young = job.id;
	aging->pruning->all_old = false;
	return QF_OK;
}

static enum qf_status
measure(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct aging *aging = context;
	enum qf_status status = qf_journal_walk(txn, &aging->walk, err);

	return status == QF_STOPPED ? QF_OK : status;
}

/*
 * A clock may be wrong, now or when a job was noted, and what is forgotten
 * does not come back.  So the age of a job is the sum of the times from each
 * job to the next, of which none counts for more than a step, forwards or
 * backwards; and a step is what one jump of the clock can add to it, so that
 * much older it has to be.
 */
static enum qf_status
find_young(struct qf_journal *journal, struct pruning *pruning,
	   struct qf_error *err)
{
	struct aging aging = {
		.walk = { .prefix = 1, .down = true, .take = add_age },
		.pruning = pruning,
		.last = pruning->now,
	};
	enum qf_status status;

	pruning->all_old = true;
	if (pruning->before >= pruning->now)
		return QF_OK;
	if (__builtin_sub_overflow(pruning->now, pruning->before,
				   &aging.needed) ||
	    __builtin_add_overflow(aging.needed, STEP, &aging.needed))
		aging.needed = INT64_MAX;
	qf_journal_key_above_jobs(&aging.walk.from);
	aging.walk.context = &aging;
	status = qf_journal_view(journal, measure, &aging, err);
	qf_arena_free(&aging.arena);
	return status;
}

/*
 * What was over later than that, it may be by days, is as old as it says;
 * unless that is still to come.
 */
static bool
is_before(const struct pruning *pruning, const struct qf_job *job)
{
	return job->ended < pruning->before || job->ended > pruning->now;
}

/* From the oldest on; what is not over is still needed. */
static enum qf_status
is_old(void *context, struct qf_bytes key, struct qf_bytes value,
       struct qf_error *err)
{
	struct pruning *pruning = context;
	const struct qf_job *job = &pruning->job;
	enum qf_status status;

	qf_arena_empty(&pruning->arena, 65536);
	status = qf_journal_unpack_job(key, value, &pruning->arena,
				       &pruning->job, err);
	if (status != QF_OK)
		return status;
	if (!pruning->too_many && !pruning->all_old &&
	    memcmp(job->id.bytes, pruning->young.bytes,
		   sizeof(job->id.bytes)) >= 0)
		return QF_STOPPED;
	pruning->found = job->state != QF_JOB_RUNNING &&
			 (pruning->too_many || is_before(pruning, job)) &&
			 (pruning->keep == NULL ||
			  !pruning->keep(pruning->context, job));
	return pruning->found ? QF_STOPPED : QF_OK;
}

/* The item, and what leads to it. */
static enum qf_status
forget_item(struct qf_journal_txn *txn, const struct qf_job_id *id,
	    uint32_t number, struct qf_job *job, struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	struct qf_journal_entry entry;
	struct qf_journal_key key;
	enum qf_status status;

	status = qf_journal_get_entry(txn, id, number, &arena, &entry, err);
	if (status == QF_OK) {
		qf_journal_key_inode(&key, entry.item.inode, id, number);
		status = qf_journal_delete(txn, &key, err);
	}
	if (status == QF_OK && entry.sequence != 0 &&
	    qf_journal_renamed(&entry.item)) {
		qf_journal_key_name(&key, entry.item.from_id, entry.sequence,
				    id, number);
		status = qf_journal_delete(txn, &key, err);
	}
	if (status == QF_OK) {
		qf_journal_key_item(&key, id, number);
		status = qf_journal_delete(txn, &key, err);
	}
	if (status == QF_OK)
		job->counts[entry.item.outcome]--;
	qf_arena_free(&arena);
	return status;
}

/* The last messages of the job, then the job: what is left is a job, too. */
static enum qf_status
forget(struct qf_journal_txn *txn, struct pruning *pruning,
       struct qf_journal_head *head, struct qf_error *err)
{
	struct qf_job *job = &pruning->job;
	uint64_t left = qf_journal_job_items(job);
	enum qf_status status = QF_OK;
	struct qf_journal_key key;

	for (int i = 0; i < ITEMS_AT_ONCE && left > 0 && status == QF_OK; i++) {
		status = forget_item(txn, &job->id, (uint32_t)--left, job, err);
		head->items--;
	}
	if (status == QF_OK && left > 0)
		status = qf_journal_put_job(txn, job, err);
	if (status == QF_OK && left == 0) {
		qf_journal_key_job(&key, &job->id);
		status = qf_journal_delete(txn, &key, err);
	}
	if (status == QF_OK)
		status = qf_journal_put_head(txn, head, err);
	return status;
}

static enum qf_status
prune(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct pruning *pruning = context;
	const struct qf_journal_walk walk = {
		.from = { { QF_JOURNAL_JOB }, 1 },
		.prefix = 1,
		.take = is_old,
		.context = pruning,
	};
	struct qf_journal_head head;
	enum qf_status status;

	status = qf_journal_get_head(txn, &head, err);
	if (status != QF_OK)
		return status;
	pruning->found = false;
	pruning->too_many = pruning->items > 0 && head.items > pruning->items;
	status = qf_journal_walk(txn, &walk, err);
	if (status == QF_STOPPED)
		status = QF_OK;
	if (status == QF_OK && pruning->found)
		status = forget(txn, pruning, &head, err);
	return status;
}

/* Is there a job that this file could still tell something about? */
static enum qf_status
is_needed(struct qf_journal_txn *txn, const struct qf_job_id *id, bool *needed,
	  struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	enum qf_status status;
	struct qf_job job;

	status = qf_journal_get_running(txn, id, &arena, &job, err);
	*needed = status != QF_GONE;
	qf_arena_free(&arena);
	if (status == QF_OK || status == QF_GONE)
		status = QF_OK;
	return status;
}

/*
 * Lock files of those who died between two steps.  Nobody makes one now: that
 * happens inside of a step, too.
 */
static enum qf_status
sweep(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	int jobs = txn->journal->place.jobs;
	int fd = openat(jobs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	enum qf_status status = QF_OK;

	(void)context;
	if (directory == NULL) {
		status = qf_system(err, "cannot read the directory of jobs");
		if (fd >= 0)
			close(fd);
		return status;
	}
	while (status == QF_OK && (entry = readdir(directory)) != NULL) {
		struct qf_job_id id;
		bool needed;

		if (!qf_job_id_read(entry->d_name, &id))
			continue;
		status = is_needed(txn, &id, &needed, err);
		if (status == QF_OK && !needed)
			status = qf_job_lock_held(jobs, &id, &needed, err);
		if (status == QF_OK && !needed)
			qf_job_lock_remove(jobs, &id);
	}
	closedir(directory);
	return status;
}

enum qf_status
qf_journal_prune_but(struct qf_journal *journal, int64_t before, uint64_t items,
		     bool (*keep)(void *context, const struct qf_job *job),
		     void *context, struct qf_error *err)
{
	struct pruning pruning = {
		.before = before,
		.items = items,
		.keep = keep,
		.context = context,
	};
	enum qf_status status;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	pruning.now = now.tv_sec;
	status = find_young(journal, &pruning, err);
	do {
		if (status == QF_OK)
			status = qf_journal_update(journal, prune, &pruning,
						   err);
	} while (status == QF_OK && pruning.found);
	qf_arena_free(&pruning.arena);
	if (status == QF_OK)
		status = qf_journal_update(journal, sweep, NULL, err);
	return status;
}

enum qf_status
qf_journal_prune(struct qf_journal *journal, int64_t before, uint64_t items,
		 struct qf_error *err)
{
	return qf_journal_prune_but(journal, before, items, NULL, NULL, err);
}
