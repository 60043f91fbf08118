/*
 * mqadm - change messages in a live mail queue.
 */
#include "mqadm.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/ask.h"
#include "mailq-tools/process.h"
#include "mailq-tools/verb.h"

#define TRASH_DAYS_DEFAULT     3
#define TRASH_MESSAGES_DEFAULT 1000000

static void
read_settings(struct mqadm *m)
{
	struct settings *settings = &m->where.settings;

	settings_open(&m->tool, settings);
	settings_parse(&m->tool, settings);
	m->journal_days = settings_number(&m->tool, settings, "journal_days",
					  SETTINGS_JOURNAL_DAYS);
	m->journal_messages =
		settings_number(&m->tool, settings, "journal_messages",
				SETTINGS_JOURNAL_MESSAGES);
	m->trash_rules.days = settings_number(&m->tool, settings, "trash_days",
					      TRASH_DAYS_DEFAULT);
	m->trash_rules.messages = settings_number(
		&m->tool, settings, "trash_messages", TRASH_MESSAGES_DEFAULT);
}

unsigned
mqadm_queues(const struct mqadm *m)
{
	return m->queues != 0 ? m->queues : verb_words(m->verb)->queues;
}

static void
consider_one(void *context, const struct qf_message *message)
{
	struct mqadm *m = context;

	consider_add(&m->consider, message);
}

static void
choose(struct mqadm *m)
{
	m->consider = (struct consider){ .tool = &m->tool,
					 .verb = m->verb,
					 .in_full = m->dry_run };
	consider_start(&m->consider, &m->access);
	m->choose = (struct choose){
		.tool = &m->tool,
		.access = &m->access,
		.where = &m->where,
		.ids = m->by_id ? &m->ids : NULL,
		.queues = mqadm_queues(m),
		.limit = m->limit,
		.per_domain = { .limit = m->pace.per_domain },
		.parts = consider_parts(&m->consider),
		.take = consider_one,
		.context = m,
	};
	choose_messages(&m->choose);
}

/* True: go on.  One message needs no thought, and who has said yes has had. */
static bool
agree(struct mqadm *m, const char *words)
{
	struct qf_buffer question = { 0 };
	bool agreed;

	if (m->yes || (m->choose.count < 2 && words == NULL) ||
	    !ask_can(m->ids_on_stdin))
		return true;
	if (words != NULL)
		qf_buffer_string(&question, words);
	else
		consider_question(&m->consider, &question);
	agreed = ask(qf_buffer_text(&question));
	qf_buffer_free(&question);
	if (!agreed)
		tool_complain(&m->tool, TOOL_PARTLY, "nothing was changed");
	return agreed;
}

/*
 * Ids that were not found have been complained about; a queue may be empty,
 * but who selects means something.
 */
void
mqadm_report_nothing(struct mqadm *m)
{
	if (m->where.query != NULL)
		tool_exit_with(&m->tool, TOOL_NO_MATCH);
	if (m->where.query != NULL || m->all)
		tool_note(&m->tool, "nothing to %s: no message is %s",
			  qf_verb_name(m->verb), m->all ? "there" : "selected");
}

void
mqadm_report_unfinished(struct mqadm *m)
{
	if (m->choose.unfinished > 0)
		tool_note(&m->tool, "still being written, and left alone: %llu",
			  (unsigned long long)m->choose.unfinished);
}

void
mqadm_change(struct mqadm *m, const char *question)
{
	m->result.tool = &m->tool;
	m->result.verb = m->verb;
	m->result.by_id = m->by_id;
	m->result.total = m->choose.count;
	m->result.later = m->choose.later;
	m->result.later_for = PACE_PER_DOMAIN;
	if (m->choose.count == 0)
		mqadm_report_nothing(m);
	if (!agree(m, question))
		return;
	result_start(&m->result);
	if (m->pace.rate != NULL)
		progress_pace(&m->result.progress, m->pace.rate,
			      (double)m->pace.pace.each / QF_PACE_SECOND);
	if (m->choose.count > 0)
		mqadm_carry_out(m);
	result_end(&m->result);
	result_free(&m->result);
}

void
mqadm_consider_pace(const struct mqadm *m, struct consider *consider,
		    uint64_t messages)
{
	consider->rate = m->pace.rate;
	if (m->pace.rate != NULL)
		consider->seconds = qf_pace_duration(&m->pace.pace, messages);
	consider->later = m->choose.later;
	consider->later_for = PACE_PER_DOMAIN;
}

void
mqadm_report_dry_run(struct mqadm *m)
{
	struct consider consider = { .tool = &m->tool };
	struct qf_buffer pace = { 0 };

	mqadm_consider_pace(m, &consider, m->choose.count);
	consider_pace(&consider, &pace);
	tool_note(&m->tool, "%zu message%s would be %s", m->choose.count,
		  m->choose.count == 1 ? "" : "s", verb_words(m->verb)->done);
	if (pace.len > 0)
		tool_note(&m->tool, "%s", qf_buffer_text(&pace));
	qf_buffer_free(&pace);
}

static void
print_dry_run(struct mqadm *m)
{
	if (m->choose.count == 0)
		mqadm_report_nothing(m);
	mqadm_consider_pace(m, &m->consider, m->choose.count);
	consider_print(&m->consider, m->result.format != RESULT_TEXT);
}

void
mqadm_run_change(struct mqadm *m)
{
	if (!m->dry_run)
		mqadm_recover(m);
	where_parse(&m->tool, &m->where, &m->access);
	m->ids.sole = m->access.sole;
	choose(m);
	mqadm_report_unfinished(m);
	if (m->dry_run)
		print_dry_run(m);
	else
		mqadm_change(m, NULL);
	choose_free(&m->choose);
	consider_free(&m->consider);
}

void
mqadm_run_history(struct mqadm *m)
{
	history_print(&m->tool, &m->access, &m->history);
}

static bool
only_looks(const struct mqadm *m)
{
	if (m->command->run == mqadm_run_check)
		return !m->repair || m->dry_run;
	if (m->command->run == mqadm_run_export)
		return !m->move;
	return m->dry_run && (m->command->run == mqadm_run_change ||
			      m->command->run == mqadm_run_apply ||
			      m->command->run == mqadm_run_import);
}

int
main(int argc, char **argv)
{
	struct mqadm m = { .tool = { .name = "mqadm" } };

	tool_start(&m.tool);
	caller_look(&m.caller, argv);
	argv[0] = (char[]){ "mqadm" }; /* getopt_long() complains with it */
	mqadm_read_options(&m, argc, argv);
	process_make_room();
	read_settings(&m);
	m.access.settings = &m.where.settings;
	/* Who only looks at the queue needs no right to change it. */
	m.access.for_change = !m.command->reads_only && !only_looks(&m);
	m.access.for_look = m.command->run == mqadm_run_check;
	/* What a plan does is read when the rights are given up. */
	m.access.may_lack_journal =
		m.verb == QF_PURGE || m.command->run == mqadm_run_apply;
	m.access.for_import = m.verb == QF_IMPORT && m.access.for_change;
	access_open(&m.tool, &m.access);
	m.command->run(&m);
	qf_buffer_free(&m.selection);
	id_list_free(&m.ids);
	where_free(&m.where);
	caller_free(&m.caller);
	access_close(&m.access);
	return m.tool.exit;
}
