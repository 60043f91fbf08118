/*
 * postsuper_job.c - a plan for some messages, and its job in the journal.
 */
#include "postsuper.h"

#include <string.h>

#include "mailq-tools/prune.h"
#include "mailq-tools/trash_clock.h"

/* As long as mqadm waits for somebody who is at work on a message. */
#define WAIT_MS 30000

#define DAY 86400

/* A plan that is being carried out. */
struct running {
	struct postsuper *p;
	const struct postsuper_work *work;
	const struct qf_chosen *chosen;
};

struct postsuper_count *
postsuper_count(struct postsuper *p, enum qf_verb verb)
{
	switch (verb) {
	case QF_HOLD:
		return &p->held;
	case QF_RELEASE:
		return &p->released;
	case QF_REQUEUE:
		return &p->requeued;
	case QF_EXPIRE:
		return &p->expired;
	default:
		return &p->deleted;
	}
}

/* Has come about what Postfix calls done? */
static bool
is_done(enum qf_verb verb, const struct qf_plan_note *note)
{
	if (note->outcome == QF_OUTCOME_DONE)
		return true;
	/* Somebody is still at work on it, or it was delivered meanwhile. */
	return note->changed && note->to != NULL &&
	       ((verb == QF_HOLD && strcmp(note->to, "hold") == 0) ||
		(verb == QF_RELEASE && strcmp(note->to, "deferred") == 0));
}

/* Postfix would have done it, to whatever end. */
static bool
is_failure(const struct qf_plan_note *note)
{
	return note->outcome != QF_OUTCOME_ALREADY &&
	       note->outcome != QF_OUTCOME_GONE &&
	       note->outcome != QF_OUTCOME_CHANGED &&
	       note->outcome != QF_OUTCOME_RETURNED;
}

static void
over(void *context, const struct qf_plan_note *note)
{
	struct running *running = context;
	const struct postsuper_work *work = running->work;
	bool done = is_done(work->verb, note);
	bool failed = !done && is_failure(note);

	if (done)
		postsuper_count(running->p, work->verb)->done++;
	running->p->failed |= failed;
	work->over(work->context, (size_t)(note->chosen - running->chosen),
		   done, failed ? note->text : NULL);
}

static void
renamed(void *context, const char *old, const char *now)
{
	struct running *running = context;

	running->work->renamed(running->work->context, old, now);
}

/* False: it goes on without. */
static bool
begin(struct postsuper *p, const struct postsuper_work *work,
      struct qf_job *job)
{
	struct qf_error err;

	*job = (struct qf_job){
		.action = qf_verb_name(work->verb),
		.selection = work->selection,
		.reason = "",
	};
	caller_sign(&p->caller, job);
	if (p->place.journal == NULL)
		return false;
	if (qf_journal_begin(p->place.journal, job, &err) == QF_OK)
		return true;
	if (work->verb != QF_PURGE || !qf_error_is_full(&err))
		say_fatal(p, "%s", err.text);
	return false;
}

static void
end(struct postsuper *p, const struct qf_job *job, enum qf_status status)
{
	struct qf_error err;

	if (qf_journal_end(p->place.journal, &job->id,
			   status == QF_STOPPED ? QF_JOB_INTERRUPTED
						: QF_JOB_DONE,
			   &err) != QF_OK)
		say_warning(p, "%s", err.text);
}

static void
stop(struct postsuper *p, const struct qf_plan_result *result,
     const struct qf_error *err)
{
	postsuper_check_interrupt(p);
	if (result->trash_full)
		say_fatal(p, "the trash takes no more messages, as the disk is "
			     "full or a quota is reached; mqadm delete --purge "
			     "needs no space");
	say_fatal(p, "%s", err->text);
}

void
postsuper_work(struct postsuper *p, const struct postsuper_work *work,
	       const struct qf_chosen *chosen, size_t count)
{
	struct running running = { p, work, chosen };
	struct qf_plan_result result = { .left = count };
	struct qf_job job;
	struct qf_plan plan = {
		.verb = work->verb,
		.spool = p->place.spool,
		.daemon = p->place.daemon,
		.journal = p->place.journal,
		.wait_ms = WAIT_MS,
		.queues = work->queues,
		.hastens = true,
		.keeps_times = work->keeps_times,
		.cancel = &p->interrupt.came,
		.renamed = renamed,
		.over = over,
		.context = &running,
	};
	struct qf_error err = { .text = "" };
	enum qf_status status;

	if (count == 0)
		return;
	if (work->verb == QF_DELETE)
		trash_clock_keep(p->place.state);
	if (begin(p, work, &job))
		plan.job = &job.id;
	status = qf_plan_run(&plan, chosen, count, &result, &err);
	if (plan.job != NULL && (status == QF_OK || status == QF_STOPPED))
		end(p, &job, status);
	p->unnoted += result.unnoted;
	if (status != QF_OK)
		stop(p, &result, &err);
}

/* Of a job that had died nobody waits for a result. */
static void
ignore(void *context, const struct qf_plan_note *note)
{
	(void)context;
	(void)note;
}

static void
tell_renamed(void *context, const char *old, const char *now)
{
	say_info(context, "%s: renamed to %s", old, now);
}

void
postsuper_recover(struct postsuper *p)
{
	struct qf_plan plan = {
		.spool = p->place.spool,
		.daemon = p->place.daemon,
		.journal = p->place.journal,
		.wait_ms = WAIT_MS,
		.renamed = tell_renamed,
		.over = ignore,
		.context = p,
	};
	struct qf_error err;
	size_t jobs = 0;

	if (p->place.journal == NULL)
		return;
	if (qf_plan_recover(&plan, &jobs, &err) != QF_OK)
		say_warning(p, "%s", err.text);
	if (jobs > 0)
		say_warning(p,
			    "brought to an end, since %s had died: %zu "
			    "job%s (see mqadm history)",
			    jobs == 1 ? "its program" : "their programs", jobs,
			    jobs == 1 ? "" : "s");
}

/* That is for another time, when it fails. */
void
postsuper_prune(struct postsuper *p)
{
	uint32_t days = settings_number(&p->tool, &p->settings, "journal_days",
					SETTINGS_JOURNAL_DAYS);
	uint32_t messages =
		settings_number(&p->tool, &p->settings, "journal_messages",
				SETTINGS_JOURNAL_MESSAGES);
	struct qf_error err;

	if (p->place.journal != NULL &&
	    prune_journal(&p->place, p->tool.now - (int64_t)days * DAY,
			  messages, &err) != QF_OK)
		say_warning(p, "%s", err.text);
}
