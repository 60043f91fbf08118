/*
 * mqflush_all.c - all that is deferred, as fast as it goes.
 *
 * Postfix has a word for that, which costs the same for a million messages as
 * for one: nobody has to be looked at, and nothing is moved.
 */
#include "mqflush.h"

#include <stdio.h>

#include "mailq-tools/verb.h"
#include "queue-format/survey.h"

bool
mqflush_is_whole(const struct mqflush *m)
{
	return m->all && !m->dry_run && m->limit == 0 && m->pace.rate == NULL &&
	       m->pace.per_domain == 0;
}

static enum qf_status
count_one(void *context, const struct qf_message *message)
{
	struct mqflush *m = context;

	if (message->queue == QF_QUEUE_HOLD) {
		m->result.held++;
		return QF_OK;
	}
	m->waiting[access_store(&m->access, message->instance)]++;
	m->consider.messages++;
	return QF_OK;
}

static void
complain(void *context, const char *instance, const struct qf_error *trouble)
{
	struct mqflush *m = context;

	tool_complain_of(&m->tool, TOOL_PARTLY, instance, trouble->text);
}

void
mqflush_count(struct mqflush *m)
{
	struct qf_survey survey = {
		.stores = m->access.stores,
		.store_count = m->access.store_count,
		.selection = { .queues = verb_words(QF_FLUSH)->queues |
					 QF_QUEUE_BIT(QF_QUEUE_MAILDROP) |
					 QF_QUEUE_BIT(QF_QUEUE_HOLD) },
		.filter = { .parts = QF_PART_NAME },
		.message = count_one,
		.trouble = complain,
		.context = m,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status;

	m->consider.tool = &m->tool;
	m->consider.verb = QF_FLUSH;
	status = qf_survey_run(&survey, &result, &err);
	if (status != QF_OK)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	if (result.listing != QF_OK)
		tool_exit_with(&m->tool, tool_exit_of(result.listing));
}

static void
tell(struct mqflush *m, size_t instance, uint64_t count)
{
	uint64_t counts[QF_OUTCOME_COUNT] = { [QF_OUTCOME_DONE] = count };

	m->result.counts[QF_OUTCOME_DONE] += count;
	m->result.over += count;
	mqflush_log(m, instance, counts, false);
}

static void
flush(struct mqflush *m, size_t instance, uint64_t count)
{
	struct qf_error err;
	enum qf_status status =
		qf_plan_flush_all(m->access.workplaces[instance].spool, &err);

	if (status == QF_OK) {
		tell(m, instance, count);
		return;
	}
	m->result.left += count;
	if (status == QF_DOWN)
		mqflush_complain_down(m, instance);
	else
		tool_complain(&m->tool, tool_exit_of(status), "%s", err.text);
}

void
mqflush_run_whole(struct mqflush *m)
{
	for (size_t i = 0; i < m->access.store_count; i++) {
		size_t instance = access_instance(&m->access, i);

		if (m->is_down[instance])
			m->result.left += m->waiting[i];
		else if (m->waiting[i] > 0)
			flush(m, instance, m->waiting[i]);
	}
}
