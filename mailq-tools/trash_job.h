/*
 * trash_job.h - who has deleted what is in the trash, and why: the journal
 * knows.
 */
#ifndef TRASH_JOB_H
#define TRASH_JOB_H

#include "mailq-tools/trash.h"

/* The last one that was asked for: entries come job by job. */
struct trash_jobs {
	/* To be set by the caller. */
	struct tool *tool;
	struct access *access;

	/* State. */
	bool failed[ACCESS_MAX]; /* this journal cannot be asked */
	bool asked;
	size_t instance;
	struct qf_job_id id;
	struct qf_arena arena;
	struct qf_job job;
	bool known;
	bool is_alive;
};

/* NULL: the journal does not know it.  A journal that fails is noted once. */
const struct qf_job *
trash_job(struct trash_jobs *jobs, const struct trash_entry *entry);

/*
 * When it was deleted: a job may have taken days, so that is its end, and now
 * while it is not over; where nobody knows, what its name says.
 */
int64_t trash_deleted(struct trash_jobs *jobs, const struct trash_entry *entry);

void trash_jobs_free(struct trash_jobs *jobs);

#endif
