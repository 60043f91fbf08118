/*
 * prune.c - forget old jobs, but not those whose messages are in the trash:
 * who deleted them, and why, is what somebody asks who restores them.  Nor
 * those that imported messages.
 */
#include "prune.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/plan/plan.h"

struct pruning {
	const struct workplace *place;
	bool read;   /* the trash was, or it was tried */
	bool failed; /* what is in it is not known */
	struct qf_job_id *jobs;
	size_t count;
	size_t room;
};

static int
compare(const void *a, const void *b)
{
	const struct qf_job_id *left = a, *right = b;

	return memcmp(left->bytes, right->bytes, sizeof(left->bytes));
}

/* Most entries have the job of the one before. */
static enum qf_status
take(void *context, const char *name, const struct qf_trashed *trashed)
{
	struct pruning *pruning = context;

	(void)name;
	if (trashed == NULL ||
	    (pruning->count > 0 &&
	     compare(&pruning->jobs[pruning->count - 1], &trashed->job) == 0))
		return QF_OK;
	if (pruning->count == pruning->room) {
		size_t room = pruning->room == 0 ? 64 : pruning->room * 2;
		struct qf_job_id *jobs =
			reallocarray(pruning->jobs, room, sizeof(*jobs));

		if (jobs == NULL)
			return QF_SYSTEM;
		pruning->jobs = jobs;
		pruning->room = room;
	}
	pruning->jobs[pruning->count++] = trashed->job;
	return QF_OK;
}

/* Only once there is something to forget. */
static void
read_trash(struct pruning *pruning)
{
	pruning->read = true;
	pruning->failed = qf_trash_list(pruning->place->spool, take, pruning,
					NULL) != QF_OK;
	if (pruning->count > 0)
		qsort(pruning->jobs, pruning->count, sizeof(*pruning->jobs),
		      compare);
}

static bool
is_in_trash(void *context, const struct qf_job *job)
{
	struct pruning *pruning = context;

	if (!pruning->read)
		read_trash(pruning);
	/* What was imported must not come a second time. */
	return pruning->failed ||
	       strcmp(job->action, qf_verb_name(QF_IMPORT)) == 0 ||
	       (pruning->count > 0 &&
		bsearch(&job->id, pruning->jobs, pruning->count,
			sizeof(*pruning->jobs), compare) != NULL);
}

enum qf_status
prune_journal(const struct workplace *place, int64_t before, uint64_t items,
	      struct qf_error *err)
{
	struct pruning pruning = { .place = place };
	enum qf_status status;

	status = qf_journal_prune_but(place->journal, before, items,
				      is_in_trash, &pruning, err);
	free(pruning.jobs);
	return status;
}
