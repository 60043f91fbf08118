/*
 * holder.c - who put the messages on hold that a listing shows, and why.
 */
#include "holder.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "queue-format/plan/plan.h"

/* On the way back through the moves of a message, newest first. */
struct trace {
	const char *folder;	 /* where the next one has to have put it */
	char name[NAME_MAX + 1]; /* and under which name */
	struct qf_job_id job;
	bool found;
};

static bool
equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
go_back(struct trace *trace, const char *folder,
	const struct qf_journal_item *item)
{
	if (item->from_id == NULL)
		return false;
	trace->folder = folder;
	snprintf(trace->name, sizeof(trace->name), "%s", item->from_id);
	return true;
}

/*
 * One that came from the trash may have been on hold before: go on, as long as
 * each move begins where the one before it has ended.  Who was the first in
 * that chain holds it.
 */
static enum qf_status
take_move(void *context, const struct qf_job_id *job,
	  const struct qf_journal_item *item)
{
	struct trace *trace = context;
	bool restored = equal(item->from_folder, QF_TRASH);

	if (!equal(item->to_folder, trace->folder) ||
	    !equal(item->to_id, trace->name))
		return QF_STOPPED;
	if (strcmp(trace->folder, QF_TRASH) == 0)
		return equal(item->from_folder, "hold") &&
				       go_back(trace, "hold", item)
			       ? QF_OK
			       : QF_STOPPED;
	trace->job = *job;
	trace->found = true;
	return restored && go_back(trace, QF_TRASH, item) ? QF_OK : QF_STOPPED;
}

static const char *
keep(struct qf_arena *arena, const char *text, bool *failed)
{
	const char *copy = qf_arena_copy(arena, text, strlen(text));

	*failed = *failed || copy == NULL;
	return copy;
}

/* A person rather than an account, and not none at all. */
static const char *
name_of(const struct qf_job *job, struct qf_arena *arena, bool *failed)
{
	char text[40];

	if (job->sudo_user[0] != '\0')
		return keep(arena, job->sudo_user, failed);
	if (job->user[0] != '\0')
		return keep(arena, job->user, failed);
	snprintf(text, sizeof(text), "uid %ld", (long)job->uid);
	return keep(arena, text, failed);
}

/* A job is large; what is shown of it is not. */
static enum qf_status
describe(struct qf_journal *journal, const struct qf_job_id *id,
	 struct qf_arena *arena, struct qf_holder *found, struct qf_error *err)
{
	struct qf_arena scratch = { 0 };
	char text[QF_JOB_ID_TEXT];
	struct qf_job job;
	bool is_alive;
	bool failed = false;
	enum qf_status status =
		qf_journal_job(journal, id, &scratch, &job, &is_alive, err);

	if (status == QF_OK) {
		qf_job_id_text(id, text);
		found->by = name_of(&job, arena, &failed);
		found->job = keep(arena, text, &failed);
		found->since = job.begun;
		if (job.reason[0] != '\0')
			found->reason = keep(arena, job.reason, &failed);
	}
	qf_arena_free(&scratch);
	return failed ? qf_fail(err, QF_SYSTEM, "out of memory") : status;
}

enum qf_status
holder_find(struct qf_journal *journal, const struct qf_message *message,
	    struct qf_arena *arena, struct qf_holder *found,
	    struct qf_error *err)
{
	struct trace trace = { .folder = "hold" };
	struct qf_holder holder = { .by = NULL };
	enum qf_status status;

	snprintf(trace.name, sizeof(trace.name), "%s", message->id);
	status = qf_journal_moves(journal, message->inode, message->birth,
				  take_move, &trace, err);
	if (status == QF_OK && trace.found)
		status = describe(journal, &trace.job, arena, &holder, err);
	/* It was forgotten a moment ago. */
	if (status == QF_GONE)
		status = QF_OK;
	if (status == QF_OK)
		*found = holder;
	return status;
}

/* A message and its instance have the same name. */
static size_t
instance_of(const struct holder *holder, const char *name)
{
	const struct access *access = holder->access;
	size_t i = 0;

	while (i + 1 < access->count && access->names[i] != name)
		i++;
	return i;
}

static bool
find(void *context, struct qf_message *message, struct qf_arena *arena)
{
	struct holder *holder = context;
	size_t i = instance_of(holder, message->instance);
	enum qf_status status = QF_OK;
	struct qf_error err;

	if (!holder->known[i])
		return false;
	if (holder->journals[i] == NULL)
		return true;
	pthread_mutex_lock(&holder->lock);
	status = holder_find(holder->journals[i], message, arena,
			     &message->holder, &err);
	if (status != QF_OK && holder->failure.status == QF_OK)
		holder->failure = err;
	pthread_mutex_unlock(&holder->lock);
	return status == QF_OK;
}

/* Nobody has said so, but an answer without it would not be one. */
static void
tell_unknown(struct holder *holder, const char *instance,
	     const struct qf_error *err)
{
	const char *name = instance == NULL ? "" : instance;
	const char *colon = instance == NULL ? "" : ": ";

	if (holder->must)
		tool_die(holder->tool, tool_exit_of(err->status),
			 "%s%swho holds messages is not known: %s", name, colon,
			 err->text);
	/* Who has no right to it has not asked for it either. */
	if (!holder->quiet || err->status != QF_DENIED)
		tool_note(holder->tool,
			  "%s%swho holds messages is not known: %s", name,
			  colon, err->text);
}

static void
open_journal(struct holder *holder, const struct qf_store *store)
{
	size_t i = instance_of(holder, store->instance);
	enum qf_status status;
	struct qf_error err;

	/* A listing of Postfix's does not even tell which files these are. */
	if ((store->parts & QF_PART_INODE) == 0)
		status = qf_fail(&err, QF_DENIED,
				 "only root and the owner of the queue may "
				 "read the journal");
	else
		status = access_journal(holder->access, i, &holder->journals[i],
					&err);
	holder->known[i] = status == QF_OK || status == QF_ABSENT;
	if (!holder->known[i])
		tell_unknown(holder, store->instance, &err);
}

void
holder_join(struct holder *holder, unsigned queues, struct qf_filter *filter)
{
	const struct access *access = holder->access;

	if (((filter->parts | filter->stages) & QF_PART_HOLDER) == 0 ||
	    (queues & QF_QUEUE_BIT(QF_QUEUE_HOLD)) == 0)
		return;
	if (!holder->open) {
		pthread_mutex_init(&holder->lock, NULL);
		holder->open = true;
		for (size_t i = 0; i < access->store_count; i++)
			open_journal(holder, access->stores[i]);
	}
	filter->find_holder = find;
	filter->holder_context = holder;
}

void
holder_report(struct holder *holder)
{
	if (!holder->open)
		return;
	if (holder->failure.status != QF_OK)
		tool_complain(holder->tool,
			      tool_exit_of(holder->failure.status),
			      "who holds some messages is not known: %s",
			      holder->failure.text);
	pthread_mutex_destroy(&holder->lock);
	holder->open = false;
}
