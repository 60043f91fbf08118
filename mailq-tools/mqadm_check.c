/*
 * mqadm_check.c - what is wrong with a queue.
 */
#include "mqadm_check.h"

#include <unistd.h>

#include "mailq-tools/ask.h"

/* Between the two looks: longer than a message needs from queue to queue. */
#define PAUSE_MS 500

void
mqadm_read_check(struct mqadm *m, char **arguments)
{
	const char *wrong = m->where.count > 0		? "where"
			    : m->all			? "all"
			    : m->now			? "now"
			    : m->purge			? "purge"
			    : m->pace.rate != NULL	? "rate"
			    : m->pace.per_domain != 0	? "per-domain"
			    : m->pace.stop_percent != 0 ? "stop-on-defer"
							: NULL;

	if (wrong != NULL)
		tool_misuse(&m->tool, "--%s does not go with check", wrong);
	if (arguments[0] != NULL)
		tool_misuse(&m->tool,
			    "check: it looks at whole queues; \"%s\" cannot be "
			    "named",
			    arguments[0]);
	if (m->format != NULL &&
	    !result_format_by_name(m->format, &m->result.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of text, json, jsonl",
			    m->format);
	if (m->result.format != RESULT_TEXT && m->repair && !m->dry_run)
		tool_misuse(&m->tool,
			    "--repair tells what it does as text: it goes with "
			    "--format json only in a --dry-run");
	if (m->repair && !m->dry_run && !m->yes && !ask_can(false))
		tool_misuse(&m->tool,
			    "--repair needs --yes where nobody can be asked; "
			    "look at it with --dry-run first");
}

/* False: it is there, and cannot be used. */
static bool
open_journal(struct mqadm_check *check, size_t i, struct qf_error *err)
{
	enum qf_status status = access_journal(&check->m->access, i,
					       &check->checks[i].journal, err);

	return status == QF_OK || status == QF_ABSENT || status == QF_GONE;
}

static void
add_journal(struct mqadm_check *check, size_t i, const struct qf_error *err)
{
	const struct qf_check_finding finding = { .kind = QF_CHECK_JOURNAL,
						  .path = "",
						  .right = "",
						  .text = err->text };

	if (!qf_check_add(&check->reports[i], &finding))
		tool_die(&check->m->tool, TOOL_IO, "out of memory");
	qf_check_sort(&check->reports[i]);
}

static void
complain_of_unknown(struct mqadm_check *check, size_t i)
{
	const struct qf_check_report *report = &check->reports[i];
	const char *name = check->m->access.names[i];

	if (report->unknown == 0)
		return;
	tool_complain(&check->m->tool, TOOL_PARTLY,
		      "%s%scould not be looked at: %llu files or folders; the "
		      "first: %s",
		      name == NULL ? "" : name, name == NULL ? "" : ": ",
		      (unsigned long long)report->unknown, report->first.text);
}

static void
count(struct mqadm_check *check, size_t i)
{
	const struct qf_check_report *report = &check->reports[i];

	check->files += report->files;
	for (size_t k = 0; k < report->count; k++) {
		const struct qf_check_words *words =
			qf_check_words(report->items[k].kind);

		check->counts[words->severity]++;
		check->repairable += words->repairs;
	}
}

static void
look_at(struct mqadm_check *check, size_t i)
{
	struct mqadm *m = check->m;
	struct workplace *place = &m->access.workplaces[i];
	struct qf_error journal_err;
	struct qf_error err;
	bool has_journal;
	enum qf_status status;

	check->checks[i] = (struct qf_check){
		.spool = place->spool,
		.daemon = place->daemon,
		.owner = geteuid(),
		.now = m->tool.now,
		.pause_ms = PAUSE_MS,
		.trash_days = m->trash_rules.days,
		.trash_messages = m->trash_rules.messages,
	};
	has_journal = open_journal(check, i, &journal_err);
	status = qf_check_look(&check->checks[i], &check->reports[i], &err);
	if (status != QF_OK)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	if (!has_journal)
		add_journal(check, i, &journal_err);
	complain_of_unknown(check, i);
	count(check, i);
}

void
mqadm_check_look(struct mqadm_check *check)
{
	for (size_t i = 0; i < check->m->access.count; i++) {
		if (check->m->access.workplaces[i].spool != NULL)
			look_at(check, i);
	}
	if (check->counts[QF_CHECK_ERROR] + check->counts[QF_CHECK_WARNING] > 0)
		tool_exit_with(&check->m->tool, TOOL_BAD_DATA);
}

void
mqadm_check_free(struct mqadm_check *check)
{
	for (size_t i = 0; i < check->m->access.count; i++)
		qf_check_report_free(&check->reports[i]);
}

/* "2 errors, 1 warning", or "nothing is wrong". */
static void
put_counts(const struct mqadm_check *check, struct qf_buffer *out)
{
	for (int i = 0; i <= QF_CHECK_NOTICE; i++) {
		if (check->counts[i] == 0)
			continue;
		qf_buffer_string(out, out->len > 0 ? ", " : "");
		qf_buffer_number(out, (long long)check->counts[i]);
		qf_buffer_byte(out, ' ');
		qf_buffer_string(
			out, qf_check_severity_name((enum qf_check_severity)i));
		qf_buffer_string(out, check->counts[i] == 1 ? "" : "s");
	}
	if (out->len == 0)
		qf_buffer_string(out, "nothing is wrong");
}

static void
report_sum(struct mqadm_check *check)
{
	struct qf_buffer line = { 0 };

	put_counts(check, &line);
	qf_buffer_string(&line, "; looked at: ");
	qf_buffer_number(&line, (long long)check->files);
	qf_buffer_string(&line, check->files == 1 ? " file" : " files");
	if (check->repairable > 0) {
		qf_buffer_string(&line, check->m->repair
						? "; would be repaired: "
						: "; --repair can mend: ");
		qf_buffer_number(&line, (long long)check->repairable);
	}
	tool_note(&check->m->tool, "%s", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

static bool
agree(const struct mqadm_check *check)
{
	struct mqadm *m = check->m;
	struct qf_buffer question = { 0 };
	bool agreed;

	if (m->yes)
		return true;
	qf_buffer_string(&question, "mqadm: repair ");
	qf_buffer_number(&question, (long long)check->repairable);
	qf_buffer_string(&question, check->repairable == 1
					    ? " finding? [y/N] "
					    : " findings? [y/N] ");
	agreed = ask(qf_buffer_text(&question));
	qf_buffer_free(&question);
	if (!agreed)
		tool_complain(&m->tool, TOOL_PARTLY, "nothing was changed");
	return agreed;
}

/* What is left afterwards is what counts. */
static void
repair(struct mqadm_check *check)
{
	struct mqadm *m = check->m;
	struct mqadm_check left = { .m = m };

	if (check->repairable == 0 || !agree(check)) {
		report_sum(check);
		return;
	}
	mqadm_check_mend(check);
	m->tool.exit = m->tool.exit == TOOL_BAD_DATA ? TOOL_OK : m->tool.exit;
	mqadm_check_look(&left);
	if (left.counts[QF_CHECK_ERROR] + left.counts[QF_CHECK_WARNING] > 0) {
		tool_note(&m->tool, "what is left:");
		mqadm_check_print(&left);
	}
	left.repairable = 0;
	report_sum(&left);
	mqadm_check_free(&left);
}

void
mqadm_run_check(struct mqadm *m)
{
	struct mqadm_check check = { .m = m };

	if (m->repair && !m->dry_run)
		mqadm_recover(m);
	mqadm_check_look(&check);
	mqadm_check_print(&check);
	if (m->repair && !m->dry_run)
		repair(&check);
	else
		report_sum(&check);
	mqadm_check_free(&check);
}
