/*
 * mqadm_job.c - a job for each instance: noted, done, told, and over.
 */
#include "mqadm.h"

#include <stdio.h>
#include <string.h>

#include "mailq-tools/maillog.h"
#include "mailq-tools/pace_stop.h"
#include "mailq-tools/prune.h"
#include "mailq-tools/verb.h"
#include "queue-format/check/check.h"

#define DAY 86400

/* A job that is being carried out. */
struct work {
	struct mqadm *m;
	const struct workplace *place;
	const char *instance; /* NULL: there is only one */
	struct maillog log;
	uint64_t renamed; /* of jobs that had died */
	bool trash_full;
	bool unnoted; /* the journal takes no more */
};

static void
start(struct work *work, struct mqadm *m, size_t i)
{
	work->m = m;
	work->place = &m->access.workplaces[i];
	work->instance = m->access.names[i];
	work->renamed = 0;
	work->trash_full = false;
	work->unnoted = work->place->journal == NULL;
	maillog_open(&work->log, &m->tool, &m->access.configs[i]);
}

static void
complain(struct work *work, const struct qf_error *err)
{
	result_pause(&work->m->result);
	tool_complain_of(&work->m->tool, tool_exit_of(err->status),
			 work->instance, err->text);
}

/* What comes from elsewhere is known by the id that it had there. */
static const char *
known_as(const struct work *work, const char *id)
{
	const struct mqadm_staging *staging = &work->m->staging;

	return staging->id_of == NULL ? id : staging->id_of(work->m, id);
}

/* What the log says of a message has another id from now on. */
static void
renamed(void *context, const char *old, const char *now)
{
	struct work *work = context;

	old = known_as(work, old);
	maillog_renamed(&work->log, old, now);
	result_renamed(&work->m->result, old, now);
}

/* What the log says of a message ends here, or goes on. */
static void
log_end(struct work *work, const struct qf_plan_note *note)
{
	if (note->outcome != QF_OUTCOME_DONE)
		return;
	if (work->m->verb == QF_PURGE)
		maillog_removed(&work->log, note->now, "");
	else if (work->m->verb == QF_DELETE)
		maillog_removed(&work->log, note->now, " to the trash");
	else if (work->m->verb == QF_RESTORE)
		maillog_restored(&work->log, note->now);
}

static void
over(void *context, const struct qf_plan_note *note)
{
	struct work *work = context;
	struct qf_plan_note told = *note;

	told.id = known_as(work, note->id);
	if (strcmp(told.now, note->id) == 0)
		told.now = told.id;
	log_end(work, note);
	result_over(&work->m->result, &told);
}

/* Of a job that had died nobody waits for a result. */
static void
count_renamed(void *context, const char *old, const char *now)
{
	struct work *work = context;

	maillog_renamed(&work->log, old, now);
	work->renamed++;
}

static void
pause_change(void *context)
{
	struct work *work = context;

	maillog_flush(&work->log);
	result_wait(&work->m->result);
}

static void
ignore(void *context, const struct qf_plan_note *note)
{
	(void)context;
	(void)note;
}

static void
report_recovery(struct work *work, size_t jobs)
{
	char names[80] = "";

	if (work->renamed > 0)
		snprintf(names, sizeof(names),
			 ", messages renamed by that: %llu",
			 (unsigned long long)work->renamed);
	tool_note(&work->m->tool,
		  "%s%sbrought to an end, since %s had died: %zu job%s%s (see "
		  "mqadm history)",
		  work->instance == NULL ? "" : work->instance,
		  work->instance == NULL ? "" : ": ",
		  jobs == 1 ? "its program" : "their programs", jobs,
		  jobs == 1 ? "" : "s", names);
}

static void
recover(struct work *work)
{
	struct mqadm *m = work->m;
	struct qf_plan plan = {
		.spool = work->place->spool,
		.daemon = work->place->daemon,
		.journal = work->place->journal,
		.wait_ms = m->wait_ms,
		.renamed = count_renamed,
		.over = ignore,
		.context = work,
	};
	struct qf_error err;
	size_t jobs = 0;

	if (qf_plan_recover(&plan, &jobs, &err) != QF_OK)
		complain(work, &err);
	if (jobs > 0)
		report_recovery(work, jobs);
	work->renamed = 0;
	if (qf_check_recover(work->place->spool, work->place->journal, &jobs,
			     &err) != QF_OK)
		complain(work, &err);
	if (jobs > 0)
		report_recovery(work, jobs);
}

void
mqadm_recover(struct mqadm *m)
{
	for (size_t i = 0; i < m->access.count; i++) {
		struct work work;

		if (m->access.workplaces[i].journal == NULL)
			continue;
		start(&work, m, i);
		recover(&work);
		maillog_close(&work.log);
	}
}

static void
put_queues(struct qf_buffer *out, unsigned queues)
{
	const char *separator = "";

	for (int i = 0; i < QF_QUEUE_COUNT; i++) {
		if ((queues & QF_QUEUE_BIT(i)) == 0)
			continue;
		qf_buffer_string(out, separator);
		qf_buffer_string(out, qf_queue_name((enum qf_queue)i));
		separator = ", ";
	}
}

void
mqadm_put_selection(const struct mqadm *m, struct qf_buffer *out)
{
	const struct where *where = &m->where;

	if (m->selection.len > 0) {
		qf_buffer_add(out, m->selection.data, m->selection.len);
		return;
	}
	if (m->all) {
		qf_buffer_string(out, "all of ");
		put_queues(out, mqadm_queues(m));
		return;
	}
	qf_buffer_string(out, m->by_id ? "ids" : "");
	for (size_t i = 0; i < where->count; i++) {
		qf_buffer_string(out, out->len > 0 ? " and " : "");
		qf_buffer_string(out, where->count > 1 ? "(" : "");
		qf_buffer_string(out, where->texts[i].text);
		qf_buffer_string(out, where->count > 1 ? ")" : "");
	}
	if (m->queues != 0) {
		qf_buffer_string(out, ", in ");
		put_queues(out, m->queues);
	}
}

static enum qf_status
begin(struct work *work, struct qf_job *job, struct qf_error *err)
{
	struct mqadm *m = work->m;
	struct qf_buffer selection = { 0 };
	enum qf_status status;

	mqadm_put_selection(m, &selection);
	*job = (struct qf_job){
		.action = qf_verb_name(m->verb),
		.selection = qf_buffer_text(&selection),
		.reason = m->reason,
	};
	caller_sign(&m->caller, job);
	status = work->unnoted
			 ? QF_OK
			 : qf_journal_begin(work->place->journal, job, err);
	job->selection = "";
	qf_buffer_free(&selection);
	return status;
}

/* What is done is done, but it may be that nobody goes on with it. */
static void
report_woken(struct work *work, enum qf_status woken)
{
	if (woken == QF_OK || work->m->tool.spool != NULL)
		return;
	result_pause(&work->m->result);
	if (woken == QF_DOWN)
		tool_note(&work->m->tool,
			  "Postfix does not run: it goes on when it does");
	else
		tool_complain(&work->m->tool, TOOL_PARTLY,
			      "Postfix could not be woken: it goes on at its "
			      "next scheduled look");
}

/* That is for another time, when it fails. */
static void
prune(struct work *work)
{
	struct mqadm *m = work->m;
	int64_t before = m->tool.now - (int64_t)m->journal_days * DAY;
	struct qf_error err;

	if (prune_journal(work->place, before, m->journal_messages, &err) !=
	    QF_OK)
		tool_note(&m->tool, "%s", err.text);
}

static void
report_unnoted(struct work *work, const struct qf_plan_result *result)
{
	if (result->unnoted == 0)
		return;
	result_pause(&work->m->result);
	tool_note(&work->m->tool,
		  "the disk has no space for the journal: removed without a "
		  "line in the history: %llu%s",
		  (unsigned long long)result->unnoted,
		  work->place->journal != NULL
			  ? ""
			  : "; of a message that had been renamed, the logs "
			    "under its older id are left in the queue");
}

/* The job is over as far as it went. */
static void
end(struct work *work, struct qf_job *job, enum qf_status status,
    const struct qf_plan_result *result)
{
	struct qf_error err;

	job->state = status == QF_STOPPED ? QF_JOB_INTERRUPTED : QF_JOB_DONE;
	memcpy(job->counts, result->counts, sizeof(job->counts));
	report_unnoted(work, result);
	if (!work->unnoted && qf_journal_end(work->place->journal, &job->id,
					     job->state, &err) != QF_OK)
		complain(work, &err);
	maillog_job(&work->log, job);
	report_woken(work, result->woken);
	if (!work->unnoted)
		prune(work);
}

static enum qf_status
carry_out_watched(struct work *work, struct chosen_list *list,
		  struct qf_watch *watch)
{
	struct mqadm *m = work->m;
	bool has_pace = m->pace.rate != NULL;
	struct qf_plan_result result = { .left = list->count };
	struct qf_job job;
	struct qf_plan plan = {
		.verb = m->verb,
		.spool = work->place->spool,
		.daemon = work->place->daemon,
		.journal = work->place->journal,
		.job = &job.id,
		.wait_ms = m->wait_ms,
		/* At a pace: when its turn is, and not some time later. */
		.now = m->now || (has_pace && verb_words(m->verb)->takes_now),
		.release = m->release,
		.cancel = &m->interrupt.came,
		.pace = has_pace ? &m->pace.pace : NULL,
		.needs_postfix = m->tool.spool == NULL,
		.watch = watch,
		.renamed = renamed,
		.over = over,
		.pause = pause_change,
		.context = work,
	};
	struct qf_error err;
	enum qf_status status;

	if (m->verb == QF_DELETE)
		trash_clock_keep(work->place->state);
	status = begin(work, &job, &err);
	/* To remove something needs no space. */
	if (status != QF_OK && m->verb == QF_PURGE && qf_error_is_full(&err)) {
		work->unnoted = true;
		status = QF_OK;
	}
	if (work->unnoted)
		plan.job = NULL;
	if (status == QF_OK) {
		result_begin_job(&m->result, work->instance, plan.job);
		if (m->staging.before != NULL)
			m->staging.before(m, work->place, &job.id, list);
		status = qf_plan_run(&plan, list->items, list->count, &result,
				     &err);
		result_end_job(&m->result);
		pace_stop_report(&m->tool, work->instance, result.ended, watch,
				 result.left, " on hold");
	}
	m->result.left += result.left;
	work->trash_full = result.trash_full;
	if ((status == QF_OK || status == QF_STOPPED) &&
	    m->staging.after != NULL)
		m->staging.after(m);
	if (status == QF_OK || status == QF_STOPPED)
		end(work, &job, status, &result);
	else
		complain(work, &err);
	if (m->verb == QF_DELETE && status != QF_OK && qf_error_is_full(&err))
		tool_note(&m->tool,
			  "delete --purge needs no space on the disk");
	return status;
}

/* With a watch where somebody has to look whether messages come back. */
static enum qf_status
carry_out(struct work *work, struct chosen_list *list)
{
	struct mqadm *m = work->m;
	unsigned percent = m->pace.stop_percent;
	struct qf_watch *watch = NULL;
	enum qf_status status;

	if (percent != 0) {
		watch = qf_watch_new(work->place->spool, percent);
		if (watch == NULL)
			tool_die(&m->tool, TOOL_IO, "out of memory");
	}
	status = carry_out_watched(work, list, watch);
	qf_watch_free(watch);
	return status;
}

/* Nothing is half done; but what was asked for is not done. */
static void
report_full(struct mqadm *m)
{
	result_pause(&m->result);
	tool_complain(
		&m->tool, TOOL_PARTLY,
		"the trash takes no more messages, as the disk is full or "
		"a quota is reached: %llu of %llu are in it; the others "
		"are where they were; delete --purge needs no space, and "
		"mqadm trash purge --all makes some",
		(unsigned long long)m->result.counts[QF_OUTCOME_DONE],
		(unsigned long long)m->result.total);
}

static void
report_stop(struct mqadm *m)
{
	result_pause(&m->result);
	tool_complain(&m->tool, TOOL_PARTLY,
		      "stopped after %llu of %llu messages; nothing is half "
		      "done; the same command again goes on with the rest: %s",
		      (unsigned long long)m->result.over,
		      (unsigned long long)m->result.total,
		      qf_buffer_text(&m->caller.command));
}

void
mqadm_carry_out(struct mqadm *m)
{
	enum qf_status status = QF_OK;
	bool full = false;
	struct qf_error err;

	if (interrupt_start(&m->interrupt, &err) != QF_OK)
		tool_die(&m->tool, TOOL_IO, "%s", err.text);
	for (size_t i = 0; i < m->access.store_count; i++) {
		struct chosen_list *list = &m->choose.lists[i];
		struct work work;

		if (list->count == 0)
			continue;
		if (status == QF_STOPPED) {
			m->result.left += list->count;
			continue;
		}
		start(&work, m, access_instance(&m->access, i));
		status = carry_out(&work, list);
		full = work.trash_full;
		maillog_close(&work.log);
	}
	if (full)
		report_full(m);
	else if (status == QF_STOPPED)
		report_stop(m);
}
