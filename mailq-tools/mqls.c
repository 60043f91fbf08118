/*
 * mqls - list the messages of a mail queue.
 */
#include "mqls.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/like.h"
#include "mailq-tools/old_ids.h"

/* Which queues are looked at: a question may leave some out. */
static void
choose_queues(struct mqls *m)
{
	if (m->by_id)
		m->selection.queues =
			QF_QUEUES_LISTED | QF_QUEUE_BIT(QF_QUEUE_CORRUPT);
	else if (m->where.query != NULL)
		m->selection.queues =
			qf_query_queues(m->where.query, m->selection.queues);
	else if (m->selection.queues == 0)
		m->selection.queues = QF_QUEUES_LISTED;
}

/*
 * With ids, and where it is to be explained, the selection is asked here and
 * not by the listing: a message that it drops was found nevertheless.
 */
static bool
asks_late(const struct mqls *m)
{
	return m->where.query != NULL && (m->by_id || m->explains);
}

/* What is damaged is in the listing, and complained about. */
static void
report_fault(struct mqls *m, const struct qf_message *message)
{
	char offset[40] = "";

	if (message->fault_offset >= 0)
		snprintf(offset, sizeof(offset), ", offset %lld",
			 (long long)message->fault_offset);
	progress_end(&m->progress);
	tool_complain(&m->tool, TOOL_PARTLY, "%s%s%s: damaged: %s%s",
		      message->instance == NULL ? "" : message->instance,
		      message->instance == NULL ? "" : ": ", message->place,
		      message->fault, offset);
}

static void
report_trouble(void *context, const char *instance,
	       const struct qf_error *trouble)
{
	struct mqls *m = context;

	progress_end(&m->progress);
	tool_complain_of(&m->tool, TOOL_PARTLY, instance, trouble->text);
}

static void
note_unfinished(void *context, const char *instance, const char *id)
{
	struct mqls *m = context;

	if (m->by_id)
		id_list_note_unfinished(&m->ids, instance, id);
}

static enum qf_status
show(struct mqls *m, const struct qf_message *message)
{
	summary_count(&m->summary, message);
	if (is_grouped(m)) {
		by_add(&m->tool, &m->by, message);
	} else if (m->explains) {
		if (!explain_message(&m->explain, message, true))
			return QF_STOPPED;
	} else if (!m->count_only && !output_message(&m->output, message)) {
		return QF_STOPPED;
	}
	return m->summary.shown == m->limit ? QF_STOPPED : QF_OK;
}

static enum qf_status
take_message(void *context, const struct qf_message *message)
{
	struct mqls *m = context;
	struct qf_error err;

	if (m->by_id && !id_list_has(&m->ids, message))
		return QF_OK;
	if (asks_late(m) && qf_query_test(m->where.query, message) != QF_TAKE) {
		if (m->by_id && m->explains)
			explain_message(&m->explain, message, false);
		return QF_OK;
	}
	if (message->fault != NULL)
		report_fault(m, message);
	if (m->rows.key_count > 0 || m->count_only || is_grouped(m))
		progress_tell(&m->progress, ++m->seen);
	if (m->rows.key_count == 0)
		return show(m, message);
	if (rows_add(&m->rows, message, &err) != QF_OK)
		tool_die(&m->tool, TOOL_IO, "%s", err.text);
	return QF_OK;
}

static unsigned
wanted_parts(const struct mqls *m)
{
	unsigned parts = rows_parts(&m->rows);

	if (asks_late(m))
		parts |= qf_query_parts(m->where.query);
	if (m->count_only)
		return parts | QF_PART_NAME | QF_PART_INODE;
	if (is_grouped(m))
		return parts | by_parts(&m->by);
	return parts | output_parts(&m->output);
}

/* Ids may be looked for twice: what either look has met counts. */
static void
add_result(struct mqls *m, const struct qf_survey_result *result)
{
	summary_add(&m->summary, result);
	if (result->listing != QF_OK)
		tool_exit_with(&m->tool, tool_exit_of(result->listing));
}

static void
survey(struct mqls *m)
{
	struct qf_survey survey = {
		.stores = m->access.stores,
		.store_count = m->access.store_count,
		.selection = m->selection,
		.filter = { .parts = wanted_parts(m),
			    .as_showq = m->output.format == OUTPUT_MAILQ },
		.threads = m->threads,
		.message = take_message,
		.trouble = report_trouble,
		.unfinished = note_unfinished,
		.context = m,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status;

	if (m->where.query != NULL && !asks_late(m))
		qf_query_filter(m->where.query, &survey.filter);
	holder_join(&m->holder, m->selection.queues, &survey.filter);
	progress_start(&m->progress, "messages read");
	status = qf_survey_run(&survey, &result, &err);
	progress_end(&m->progress);
	if (status != QF_OK && status != QF_STOPPED)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	add_result(m, &result);
}

/* Without an early end; whoever sorts sees all before the limit counts. */
static bool
saw_all(const struct mqls *m)
{
	return m->output.stream.errnum == 0 &&
	       (m->limit == 0 || m->summary.shown < m->limit);
}

static void
look_for_messages(struct mqls *m)
{
	if (m->selection.queues != 0)
		survey(m);
	if (!m->by_id)
		return;
	while (saw_all(m) &&
	       old_ids_look_again(&m->tool, &m->access, &m->ids, &m->selection))
		survey(m);
	/* Once each, however often it was looked for. */
	m->summary.unfinished = id_list_unfinished(&m->ids);
	id_list_report(&m->tool, &m->ids, saw_all(m));
}

static void
show_sorted(struct mqls *m)
{
	rows_sort(&m->rows);
	for (size_t i = 0; i < m->rows.count; i++) {
		if (show(m, &m->rows.items[i].message) != QF_OK)
			break;
	}
}

static void
print_summary(struct mqls *m)
{
	char groups[64] = "";
	unsigned parts = m->columns.parts;

	if (is_grouped(m)) {
		size_t count = qf_group_count(m->by.group);

		snprintf(groups, sizeof(groups), " in %zu group%s", count,
			 count == 1 ? "" : "s");
		parts = by_parts(&m->by);
	}
	summary_print(&m->summary, &m->tool, (parts & QF_PART_ENVELOPE) != 0,
		      groups);
}

static void
finish(struct mqls *m)
{
	if (m->where.query != NULL && m->summary.shown == 0)
		tool_exit_with(&m->tool, TOOL_NO_MATCH);
	where_report(&m->tool, &m->where);
	holder_report(&m->holder);
	/* No number is better than one that is not that of the queue. */
	if (m->count_only && !m->summary.incomplete) {
		qf_buffer_number(&m->output.stream.buffer,
				 (long long)m->summary.shown);
		qf_buffer_byte(&m->output.stream.buffer, '\n');
		stream_flush(&m->output.stream);
	} else if (is_grouped(m)) {
		if (by_print(&m->by, &m->output.stream))
			stream_flush(&m->output.stream);
	} else if (!m->count_only) {
		output_end(&m->output);
	}
	if (stream_is_closed(&m->output.stream))
		return;
	if (m->output.stream.errnum != 0)
		tool_die(&m->tool, TOOL_IO, "standard output: %s",
			 strerror(m->output.stream.errnum));
	if (m->listed_as == OUTPUT_TABLE && m->output.headings)
		print_summary(m);
}

static bool
start_explaining(struct mqls *m)
{
	if (!m->explains)
		return true;
	m->explain = (struct explain){
		.tool = &m->tool,
		.query = m->where.query,
		.stream = &m->output.stream,
		.color = tool_has_color(&m->tool, STDOUT_FILENO),
	};
	return explain_plan(&m->explain, m->selection.queues);
}

/*
 * They say where the journal is: for ids, which may be old ones, and for who
 * holds messages.
 */
static void
open_settings(struct mqls *m)
{
	bool has_journal = m->by_id || m->like != NULL ||
			   (wanted_parts(m) & QF_PART_HOLDER) != 0;
	bool is_there =
		m->tool.settings != NULL || access(SETTINGS_FILE, R_OK) == 0;

	if (has_journal && is_there && m->where.settings.path == NULL)
		settings_open(&m->tool, &m->where.settings);
	m->access.settings = &m->where.settings;
}

/* A column that is not known is empty; a selection would be wrong. */
static void
prepare_holder(struct mqls *m)
{
	unsigned asked = is_grouped(m) ? by_parts(&m->by) : 0;
	unsigned shown = m->columns.parts | rows_parts(&m->rows);

	if (m->where.query != NULL)
		asked |= qf_query_parts(m->where.query);
	m->holder = (struct holder){
		.tool = &m->tool,
		.access = &m->access,
		.must = (asked & QF_PART_HOLDER) != 0,
		.quiet = (shown & QF_PART_HOLDER) == 0,
	};
}

int
main(int argc, char **argv)
{
	struct mqls m = {
		.tool = { .name = "mqls" },
		.output = { .headings = true },
	};

	argv[0] = (char[]){ "mqls" }; /* getopt_long() complains with it */
	tool_start(&m.tool);
	mqls_read_options(&m, argc, argv);
	m.output.columns = &m.columns;
	where_open(&m.tool, &m.where);
	open_settings(&m);
	access_open(&m.tool, &m.access);
	settings_parse(&m.tool, &m.where.settings);
	if (m.like != NULL) {
		like_expression(&m.tool, &m.access, m.like, &m.like_text);
		where_add(&m.tool, &m.where, qf_buffer_text(&m.like_text));
	}
	where_parse(&m.tool, &m.where, &m.access);
	choose_queues(&m);
	m.ids.sole = m.access.sole;
	m.output.tool = &m.tool;
	prepare_holder(&m);
	m.output.config = &m.access.configs[0];
	m.listed_as = m.output.format;
	if (m.count_only || m.explains)
		m.listed_as = m.output.format = OUTPUT_IDS;
	if (is_grouped(&m)) {
		by_start(&m.tool, &m.by, &m.access);
		m.output.format = OUTPUT_IDS;
	}
	if (output_start(&m.output) && start_explaining(&m)) {
		look_for_messages(&m);
		if (m.rows.key_count > 0)
			show_sorted(&m);
	}
	finish(&m);
	output_free(&m.output);
	rows_free(&m.rows);
	by_free(&m.by);
	id_list_free(&m.ids);
	where_free(&m.where);
	qf_buffer_free(&m.like_text);
	access_close(&m.access);
	return m.tool.exit;
}
