/*
 * journal_prune.c - forget what is old.
 */
#include "journal_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "journal_lock.h"

#define ITEMS_AT_ONCE 1000

struct pruning {
	int64_t before;
	uint64_t items; /* that may stay, 0: any number */
	bool too_many;
	struct qf_arena arena;
	struct qf_job job; /* to be forgotten */
	bool found;
};

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
	pruning->found = job->state != QF_JOB_RUNNING &&
			 (job->ended < pruning->before || pruning->too_many);
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
qf_journal_prune(struct qf_journal *journal, int64_t before, uint64_t items,
		 struct qf_error *err)
{
	struct pruning pruning = { .before = before, .items = items };
	enum qf_status status;

	do
		status = qf_journal_update(journal, prune, &pruning, err);
	while (status == QF_OK && pruning.found);
	qf_arena_free(&pruning.arena);
	if (status == QF_OK)
		status = qf_journal_update(journal, sweep, NULL, err);
	return status;
}
