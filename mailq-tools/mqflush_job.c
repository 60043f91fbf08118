/*
 * mqflush_job.c - those that were chosen, instance by instance.
 */
#include "mqflush.h"

#include <string.h>

#include "mailq-tools/maillog.h"
#include "mailq-tools/pace_stop.h"

void
mqflush_log(struct mqflush *m, size_t instance,
	    const uint64_t counts[QF_OUTCOME_COUNT], bool interrupted)
{
	struct qf_job job = {
		.state = interrupted ? QF_JOB_INTERRUPTED : QF_JOB_DONE,
		.action = qf_verb_name(QF_FLUSH),
		.reason = "",
	};
	struct maillog log;

	caller_sign(&m->caller, &job);
	memcpy(job.counts, counts, sizeof(job.counts));
	maillog_open(&log, &m->tool, &m->access.configs[instance]);
	maillog_job(&log, &job);
	maillog_close(&log);
}

static void
over(void *context, const struct qf_plan_note *note)
{
	struct mqflush *m = context;

	result_over(&m->result, note);
}

static void
pause_flush(void *context)
{
	struct mqflush *m = context;

	result_wait(&m->result);
}

/* What was handed over before is tried at the next scheduled look. */
static void
report_end(struct mqflush *m, size_t instance,
	   const struct qf_plan_result *result, const struct qf_watch *watch)
{
	const char *name = m->access.names[instance];

	result_pause(&m->result);
	if (result->ended == QF_PLAN_POSTFIX_DOWN && m->pace.rate == NULL)
		mqflush_complain_down(m, instance);
	else if (result->ended != QF_PLAN_TO_THE_END)
		pace_stop_report(&m->tool, name, result->ended, watch,
				 result->left, "");
	else if (result->woken == QF_DOWN)
		tool_complain_of(&m->tool, TOOL_DOWN, name,
				 "the mail system went down meanwhile: it goes "
				 "on when it is started");
	else if (result->woken != QF_OK)
		tool_complain_of(&m->tool, TOOL_PARTLY, name,
				 "Postfix could not be woken: it goes on at "
				 "its next scheduled look");
}

static void
flush_watched(struct mqflush *m, size_t instance,
	      const struct chosen_list *list, struct qf_watch *watch)
{
	const struct workplace *place = &m->access.workplaces[instance];
	struct qf_plan_result result = { .left = list->count };
	struct qf_plan plan = {
		.verb = QF_FLUSH,
		.spool = place->spool,
		.daemon = place->daemon,
		.cancel = &m->interrupt.came,
		.pace = m->pace.rate != NULL ? &m->pace.pace : NULL,
		.needs_postfix = true,
		.watch = watch,
		.over = over,
		.pause = pause_flush,
		.context = m,
	};
	struct qf_error err;
	enum qf_status status;

	result_begin_job(&m->result, m->access.names[instance], NULL);
	status = qf_plan_run(&plan, list->items, list->count, &result, &err);
	result_end_job(&m->result);
	report_end(m, instance, &result, watch);
	m->result.left += result.left;
	if (status != QF_OK && status != QF_STOPPED)
		tool_complain(&m->tool, tool_exit_of(status), "%s", err.text);
	if (result.counts[QF_OUTCOME_DONE] > 0)
		mqflush_log(m, instance, result.counts, status == QF_STOPPED);
}

/* With a watch where somebody has to look whether messages come back. */
static void
flush(struct mqflush *m, size_t instance, const struct chosen_list *list)
{
	unsigned percent = m->pace.stop_percent;
	struct qf_watch *watch = NULL;

	if (percent != 0) {
		watch = qf_watch_new(m->access.workplaces[instance].spool,
				     percent);
		if (watch == NULL)
			tool_die(&m->tool, TOOL_IO, "out of memory");
	}
	flush_watched(m, instance, list, watch);
	qf_watch_free(watch);
}

void
mqflush_run_chosen(struct mqflush *m)
{
	struct qf_error err;

	if (interrupt_start(&m->interrupt, &err) != QF_OK)
		tool_die(&m->tool, TOOL_IO, "%s", err.text);
	for (size_t i = 0; i < m->access.store_count; i++) {
		const struct chosen_list *list = &m->choose.lists[i];
		size_t instance = access_instance(&m->access, i);

		if (list->count == 0)
			continue;
		if (m->is_down[instance] || atomic_load(&m->interrupt.came))
			m->result.left += list->count;
		else
			flush(m, instance, list);
	}
	if (atomic_load(&m->interrupt.came))
		tool_complain(&m->tool, TOOL_PARTLY,
			      "stopped after %llu of %llu messages; the same "
			      "command again goes on with the rest",
			      (unsigned long long)m->result.over,
			      (unsigned long long)m->result.total);
}
