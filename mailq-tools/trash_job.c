/*
 * trash_job.c - who has deleted what is in the trash, and why.
 */
#include "trash_job.h"

#include <string.h>

#define MICROSECONDS 1000000

static bool
is_same(const struct trash_jobs *jobs, const struct trash_entry *entry)
{
	return jobs->asked && jobs->instance == entry->instance &&
	       memcmp(jobs->id.bytes, entry->trashed.job.bytes,
		      sizeof(jobs->id.bytes)) == 0;
}

static void
note_failure(struct trash_jobs *jobs, const struct qf_error *err)
{
	const char *name = jobs->access->names[jobs->instance];

	jobs->failed[jobs->instance] = true;
	tool_note(jobs->tool, "%s%swho deleted what, and why, is not known: %s",
		  name == NULL ? "" : name, name == NULL ? "" : ": ",
		  err->text);
}

const struct qf_job *
trash_job(struct trash_jobs *jobs, const struct trash_entry *entry)
{
	struct qf_journal *journal = NULL;
	struct qf_error err;
	enum qf_status status;

	if (is_same(jobs, entry))
		return jobs->known ? &jobs->job : NULL;
	jobs->asked = true;
	jobs->known = false;
	jobs->instance = entry->instance;
	jobs->id = entry->trashed.job;
	if (jobs->failed[entry->instance])
		return NULL;
	qf_arena_empty(&jobs->arena, 65536);
	status = access_journal(jobs->access, entry->instance, &journal, &err);
	/* A full disk may be the reason that it could not be opened. */
	if (status == QF_OK && journal == NULL)
		status = QF_ABSENT;
	if (status == QF_ABSENT)
		jobs->failed[entry->instance] = true;
	else if (status == QF_OK)
		status = qf_journal_job(journal, &jobs->id, &jobs->arena,
					&jobs->job, &jobs->is_alive, &err);
	if (status != QF_OK && status != QF_ABSENT && status != QF_GONE)
		note_failure(jobs, &err);
	jobs->known = status == QF_OK;
	return jobs->known ? &jobs->job : NULL;
}

int64_t
trash_deleted(struct trash_jobs *jobs, const struct trash_entry *entry)
{
	int64_t begun = qf_trash_time(&entry->trashed) / MICROSECONDS;
	const struct qf_job *job = trash_job(jobs, entry);

	if (job == NULL)
		return begun;
	if (job->state == QF_JOB_RUNNING)
		return jobs->tool->now;
	return job->ended > begun ? job->ended : begun;
}

void
trash_jobs_free(struct trash_jobs *jobs)
{
	qf_arena_free(&jobs->arena);
}
