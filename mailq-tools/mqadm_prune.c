/*
 * mqadm_prune.c - forget jobs of long ago, by the settings or a given age.
 */
#include "mqadm.h"

#include "mailq-tools/prune.h"

#define DAY 86400

struct known {
	uint64_t jobs;
	uint64_t messages;
};

static enum qf_status
count_job(void *context, const struct qf_job *job, bool is_alive)
{
	struct known *known = context;

	(void)is_alive;
	known->jobs++;
	for (int i = 0; i < QF_OUTCOME_COUNT; i++)
		known->messages += job->counts[i];
	return QF_OK;
}

static enum qf_status
forget(struct mqadm *m, const struct workplace *place, struct known *before,
       struct known *after, struct qf_error *err)
{
	int64_t age =
		m->has_age ? m->older_than : (int64_t)m->journal_days * DAY;
	/* All that are over, also those of this second. */
	int64_t until = age == 0 ? INT64_MAX : m->tool.now - age;
	enum qf_status status =
		qf_journal_jobs(place->journal, count_job, before, err);

	if (status == QF_OK)
		status = prune_journal(place, until, m->journal_messages, err);
	return status == QF_OK
		       ? qf_journal_jobs(place->journal, count_job, after, err)
		       : status;
}

/* Another one may have begun a job meanwhile. */
static uint64_t
less(uint64_t before, uint64_t after)
{
	return before > after ? before - after : 0;
}

/* "1 job with 12 messages" */
static void
put_known(struct qf_buffer *out, uint64_t jobs, uint64_t messages)
{
	qf_buffer_number(out, (long long)jobs);
	qf_buffer_string(out, jobs == 1 ? " job with " : " jobs with ");
	qf_buffer_number(out, (long long)messages);
	qf_buffer_string(out, messages == 1 ? " message" : " messages");
}

static void
prune(struct mqadm *m, size_t i)
{
	const char *name = m->access.names[i];
	struct known before = { 0 }, after = { 0 };
	struct qf_buffer line = { 0 };
	struct qf_error err;
	enum qf_status status;

	status = forget(m, &m->access.workplaces[i], &before, &after, &err);
	if (status != QF_OK) {
		tool_complain_of(&m->tool, tool_exit_of(status), name,
				 err.text);
		return;
	}
	qf_buffer_string(&line, "forgotten: ");
	put_known(&line, less(before.jobs, after.jobs),
		  less(before.messages, after.messages));
	qf_buffer_string(&line, "; still known: ");
	put_known(&line, after.jobs, after.messages);
	tool_note(&m->tool, "%s%s%s", name == NULL ? "" : name,
		  name == NULL ? "" : ": ", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

void
mqadm_run_prune(struct mqadm *m)
{
	mqadm_recover(m);
	for (size_t i = 0; i < m->access.count; i++) {
		if (m->access.workplaces[i].journal != NULL)
			prune(m, i);
	}
}
