/*
 * journal_job.c - begin a job, bring it to its end.
 */
#include "journal_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "journal_lock.h"

static struct qf_journal_own **
find_own(struct qf_journal *journal, const struct qf_job_id *id)
{
	struct qf_journal_own **link = &journal->own;

	while (*link != NULL &&
	       memcmp((*link)->id.bytes, id->bytes, sizeof(id->bytes)) != 0)
		link = &(*link)->next;
	return link;
}

/* Another process may be at work on what is not our own. */
enum qf_status
qf_journal_check_own(struct qf_journal *journal, const struct qf_job_id *id,
		     struct qf_error *err)
{
	char name[QF_JOB_ID_TEXT];

	if (*find_own(journal, id) != NULL)
		return QF_OK;
	qf_job_id_text(id, name);
	return qf_fail(err, QF_INVALID,
		       "job %s was neither begun nor adopted here", name);
}

enum qf_status
qf_journal_get_running(struct qf_journal_txn *txn, const struct qf_job_id *id,
		       struct qf_arena *arena, struct qf_job *job,
		       struct qf_error *err)
{
	enum qf_status status = qf_journal_get_job(txn, id, arena, job, err);
	char name[QF_JOB_ID_TEXT];

	if (status != QF_OK || job->state == QF_JOB_RUNNING)
		return status;
	qf_job_id_text(id, name);
	return qf_fail(err, QF_GONE, "job %s is over", name);
}

static enum qf_status
take_id(void *context, struct qf_bytes key, struct qf_bytes value,
	struct qf_error *err)
{
	struct qf_job_id *id = context;

	(void)value;
	(void)err;
	if (key.len == 1 + sizeof(id->bytes))
		memcpy(id->bytes, (const char *)key.data + 1,
		       sizeof(id->bytes));
	return QF_STOPPED;
}

/* The time in the newest id, 0 when there is none. */
static enum qf_status
newest(struct qf_journal_txn *txn, uint64_t *time, struct qf_error *err)
{
	struct qf_job_id id = { { 0 } };
	struct qf_journal_walk walk = {
		.prefix = 1,
		.down = true,
		.take = take_id,
		.context = &id,
	};
	enum qf_status status;

	qf_journal_key_above_jobs(&walk.from);
	status = qf_journal_walk(txn, &walk, err);
	if (status != QF_OK && status != QF_STOPPED)
		return status;
	*time = 0;
	for (size_t i = 0; i < 8; i++)
		*time = *time << 8 | id.bytes[i];
	return QF_OK;
}

/* Ids stay in order also when the clock was set back. */
static enum qf_status
make_id(struct qf_journal_txn *txn, struct qf_job *job, struct qf_error *err)
{
	struct timespec now;
	uint64_t last;
	uint64_t time;
	enum qf_status status = newest(txn, &last, err);

	if (status != QF_OK)
		return status;
	clock_gettime(CLOCK_REALTIME, &now);
	job->begun = now.tv_sec;
	time = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (time <= last && last < UINT64_MAX)
		time = last + 1;
	for (unsigned i = 0; i < 8; i++)
		job->id.bytes[i] = (unsigned char)(time >> (56 - 8 * i));
	if (getrandom(job->id.bytes + 8, 8, 0) != 8)
		return qf_system(err, "cannot get a random number");
	return QF_OK;
}

struct beginning {
	struct qf_job *job;
	struct qf_journal_own *own;
};

static void
drop(struct qf_journal *journal, struct qf_journal_own *own)
{
	if (own->fd >= 0) {
		qf_job_lock_remove(journal->place.jobs, &own->id);
		close(own->fd);
	}
	own->fd = -1;
}

static enum qf_status
begin_job(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct beginning *beginning = context;
	struct qf_job *job = beginning->job;
	enum qf_status status;

	drop(txn->journal, beginning->own);
	status = make_id(txn, job, err);
	if (status != QF_OK)
		return status;
	beginning->own->id = job->id;
	status = qf_job_lock_new(txn->journal->place.jobs, &job->id,
				 &beginning->own->fd, err);
	if (status == QF_OK)
		status = qf_journal_put_job(txn, job, err);
	return status;
}

static struct qf_journal_own *
new_own(const struct qf_job_id *id)
{
	struct qf_journal_own *own = calloc(1, sizeof(*own));

	if (own != NULL) {
		own->fd = -1;
		own->id = *id;
	}
	return own;
}

enum qf_status
qf_journal_begin(struct qf_journal *journal, struct qf_job *job,
		 struct qf_error *err)
{
	struct beginning beginning = { .job = job };
	enum qf_status status = qf_journal_reserve(journal, 0, err);

	if (status != QF_OK)
		return status;
	beginning.own = new_own(&job->id);
	if (beginning.own == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	job->state = QF_JOB_RUNNING;
	job->ended = 0;
	memset(job->counts, 0, sizeof(job->counts));
	status = qf_journal_update(journal, begin_job, &beginning, err);
	if (status == QF_OK) {
		beginning.own->next = journal->own;
		journal->own = beginning.own;
	} else {
		drop(journal, beginning.own);
		free(beginning.own);
	}
	return status;
}

static enum qf_status
check_running(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	enum qf_status status;
	struct qf_job job;

	status = qf_journal_get_running(txn, context, &arena, &job, err);
	qf_arena_free(&arena);
	return status;
}

enum qf_status
qf_journal_adopt(struct qf_journal *journal, const struct qf_job_id *id,
		 struct qf_error *err)
{
	struct qf_job_id copy = *id;
	struct qf_journal_own *own = new_own(id);
	enum qf_status status;

	if (own == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	/* Look first: what is over has no file, and must not get one. */
	status = qf_journal_view(journal, check_running, &copy, err);
	if (status == QF_OK)
		status = qf_job_lock_adopt(journal->place.jobs, id, &own->fd,
					   err);
	if (status != QF_OK) {
		free(own);
		return status;
	}
	/* Who had the lock before us may have brought it to its end. */
	status = qf_journal_view(journal, check_running, &copy, err);
	if (status == QF_OK) {
		own->next = journal->own;
		journal->own = own;
		return QF_OK;
	}
	if (status == QF_GONE)
		drop(journal, own);
	else
		close(own->fd);
	free(own);
	return status;
}

struct ending {
	const struct qf_job_id *id;
	enum qf_job_state state;
};

static enum qf_status
end_job(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	const struct ending *ending = context;
	struct qf_arena arena = { 0 };
	char name[QF_JOB_ID_TEXT];
	enum qf_status status;
	struct timespec now;
	struct qf_job job;

	status = qf_journal_get_running(txn, ending->id, &arena, &job, err);
	if (status == QF_OK && job.counts[QF_OUTCOME_PREPARED] > 0) {
		qf_job_id_text(ending->id, name);
		status = qf_fail(err, QF_INVALID,
				 "job %s has messages that may be at either "
				 "place",
				 name);
	}
	if (status == QF_OK) {
		clock_gettime(CLOCK_REALTIME, &now);
		job.state = ending->state;
		job.ended = now.tv_sec;
		status = qf_journal_put_job(txn, &job, err);
	}
	qf_arena_free(&arena);
	return status;
}

enum qf_status
qf_journal_end(struct qf_journal *journal, const struct qf_job_id *job,
	       enum qf_job_state state, struct qf_error *err)
{
	struct ending ending = { .id = job, .state = state };
	enum qf_status status = qf_journal_check_own(journal, job, err);
	struct qf_journal_own **link;
	struct qf_journal_own *own;

	if (status == QF_OK && state != QF_JOB_DONE &&
	    state != QF_JOB_INTERRUPTED && state != QF_JOB_RECOVERED)
		status = qf_fail(err, QF_INVALID, "that is no end of a job");
	if (status == QF_OK)
		status = qf_journal_update(journal, end_job, &ending, err);
	if (status != QF_OK)
		return status;
	link = find_own(journal, job);
	own = *link;
	*link = own->next;
	drop(journal, own);
	free(own);
	/* For the next one: it may find the disk full. */
	(void)qf_journal_reserve(journal, 0, NULL);
	return QF_OK;
}
