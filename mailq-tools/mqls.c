/*
 * mqls - list the messages of a mail queue.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailq-tools/access.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/output.h"
#include "mailq-tools/progress.h"
#include "mailq-tools/rows.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/value.h"
#include "queue-format/survey.h"

#define DEFAULT_COLUMNS "id,mark,size,age,next,rcpts,sender,rcpt,reason"

static const char usage[] =
	"usage: mqls [option ...] [queue ... | queue-id ... | -]\n"
	"List the messages of the mail queue: all of them, those in the named\n"
	"queues, or those with the given ids (-: ids on standard input).\n"
	"\n"
	"  -f, --format FORM   table, mailq, json, jsonl, csv, tsv or ids\n"
	"  -o, --columns LIST  columns of table, csv and tsv; +LIST adds some\n"
	"  -s, --sort LIST     sort by fields; -FIELD: in descending order\n"
	"  -n, --limit N       no more than N messages\n"
	"      --count         print only how many there are\n"
	"      --no-headings   no heading, no summary\n"
	"  -0, --null          ids end in a NUL byte, for xargs -0\n"
	"      --threads N     read with N threads (default: by the machine)\n"
	"      --fields        list all fields and what they cost\n"
	"\n"
	"  -c, --postfix-config DIR   the instance whose main.cf is in DIR\n"
	"      --instance NAME|all    one instance of several\n"
	"      --spool DIR            a queue directory without Postfix\n"
	"      --color WHEN           auto, always or never\n"
	"      --utc                  times in UTC\n"
	"      --help, --version      mqls(1) tells more\n"
	"\n"
	"  mqls -s -age -n 20 deferred       the twenty oldest deferred ones\n"
	"  mqls -f jsonl | jq -r .sender     a field of each, for scripts\n";

struct mqls {
	struct tool tool;
	struct access access;
	struct output output;
	struct columns columns;
	struct id_list ids;
	struct rows rows;
	struct progress progress;
	struct qf_selection selection;
	bool by_id;
	bool count_only;
	bool has_columns; /* --columns was given */
	size_t limit;
	unsigned threads;
	/* What was seen. */
	uint64_t queues[QF_QUEUE_COUNT];
	uint64_t seen;
	uint64_t shown;
	int64_t bytes;
	uint64_t unreadable; /* or damaged */
	uint64_t unfinished; /* still being written */
	bool incomplete;     /* something could not be listed */
};

static unsigned long
read_number(struct tool *tool, const char *option, const char *text)
{
	char *end = NULL;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    value == 0)
		tool_misuse(tool, "%s: \"%s\" is not a number above zero",
			    option, text);
	return value;
}

static const char *
part_name(enum qf_part part)
{
	switch (part) {
	case QF_PART_NAME:
		return "name";
	case QF_PART_INODE:
		return "inode";
	case QF_PART_ENVELOPE:
		return "envelope";
	case QF_PART_RECIPIENTS:
		return "recipients";
	case QF_PART_REASONS:
	case QF_PART_DONE:
		break;
	}
	return "log";
}

static const char *
type_name(enum qf_field_type type)
{
	static const char *const names[] = {
		[QF_FIELD_TEXT] = "text",	  [QF_FIELD_NUMBER] = "number",
		[QF_FIELD_SIZE] = "size",	  [QF_FIELD_TIME] = "time",
		[QF_FIELD_DURATION] = "duration", [QF_FIELD_BOOLEAN] = "yes/no",
	};

	return names[type];
}

static _Noreturn void
list_fields(struct tool *tool)
{
	printf("%-14s %-9s %-11s %s\n", "FIELD", "TYPE", "READS", "MEANING");
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++)
		printf("%-14s %-9s %-11s %s\n", f->name, type_name(f->type),
		       part_name(f->part), f->meaning);
	printf("%-14s %-9s %-11s %s\n", "rcpts", "column", "log",
	       "recipients left, and of how many");
	if (fflush(stdout) == EOF)
		tool_die(tool, TOOL_IO, "standard output: %s", strerror(errno));
	exit(TOOL_OK);
}

enum {
	OPT_COUNT = 1,
	OPT_NO_HEADINGS,
	OPT_THREADS,
	OPT_FIELDS,
};

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "columns", required_argument, NULL, 'o' },
	{ "sort", required_argument, NULL, 's' },
	{ "limit", required_argument, NULL, 'n' },
	{ "null", no_argument, NULL, '0' },
	{ "count", no_argument, NULL, OPT_COUNT },
	{ "no-headings", no_argument, NULL, OPT_NO_HEADINGS },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "fields", no_argument, NULL, OPT_FIELDS },
	TOOL_LONG_OPTIONS,
	{ 0 },
};

static void
take_option(struct mqls *m, int opt, const char *argument)
{
	struct tool *tool = &m->tool;

	switch (opt) {
	case 'f':
		if (!output_format_by_name(argument, &m->output.format))
			tool_misuse(tool,
				    "--format: \"%s\" is none of table, mailq, "
				    "json, jsonl, csv, tsv, ids",
				    argument);
		break;
	case 'o':
		columns_read(tool, argument, &m->columns);
		m->has_columns = true;
		break;
	case 's':
		rows_read_keys(tool, argument, &m->rows);
		break;
	case 'n':
		m->limit = read_number(tool, "--limit", argument);
		break;
	case '0':
		m->output.null = true;
		break;
	case OPT_COUNT:
		m->count_only = true;
		break;
	case OPT_NO_HEADINGS:
		m->output.headings = false;
		break;
	case OPT_THREADS:
		m->threads = (unsigned)read_number(tool, "--threads", argument);
		break;
	case OPT_FIELDS:
		list_fields(tool);
	default:
		tool_option(tool, opt, argument);
	}
}

static void
check_options(struct mqls *m)
{
	enum output_format format = m->output.format;

	if (m->has_columns && format != OUTPUT_TABLE && format != OUTPUT_CSV &&
	    format != OUTPUT_TSV)
		tool_misuse(&m->tool,
			    "--columns is for the formats table, csv and tsv");
	if (m->output.null && format != OUTPUT_IDS)
		tool_misuse(&m->tool, "--null is for the format ids");
}

/* Queues, or ids: a word that names a queue is one. */
static void
take_arguments(struct mqls *m, char **arguments)
{
	enum qf_queue queue;

	for (; *arguments != NULL; arguments++) {
		if (qf_queue_by_name(*arguments, &queue)) {
			m->selection.queues |= QF_QUEUE_BIT(queue);
			continue;
		}
		m->by_id = true;
		if (strcmp(*arguments, "-") == 0)
			id_list_read(&m->tool, &m->ids);
		else
			id_list_add(&m->tool, &m->ids, *arguments);
	}
	if (m->by_id && m->selection.queues != 0)
		tool_misuse(&m->tool, "give queues or ids, not both");
	if (m->selection.queues == 0)
		m->selection.queues = QF_QUEUES_LISTED;
	if (m->by_id) {
		m->selection.queues |= QF_QUEUE_BIT(QF_QUEUE_CORRUPT);
		id_list_close(&m->tool, &m->ids, &m->selection);
	}
}

static void
read_options(struct mqls *m, int argc, char **argv)
{
	int opt;

	tool_check_words(&m->tool, argv);
	columns_read(&m->tool, DEFAULT_COLUMNS, &m->columns);
	while ((opt = getopt_long(argc, argv, TOOL_SHORT_OPTIONS "f:o:s:n:0",
				  long_options, NULL)) != -1)
		take_option(m, opt, optarg);
	check_options(m);
	take_arguments(m, argv + optind);
	if (m->rows.key_count > 0) {
		m->rows.limit = m->limit;
		m->rows.now = m->tool.now;
	}
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
	tool_complain(&m->tool, TOOL_PARTLY, "%s%s%s",
		      instance == NULL ? "" : instance,
		      instance == NULL ? "" : ": ", trouble->text);
}

static enum qf_status
show(struct mqls *m, const struct qf_message *message)
{
	m->shown++;
	m->queues[message->queue]++;
	if (__builtin_add_overflow(m->bytes, message->size, &m->bytes))
		m->bytes = INT64_MAX;
	if (!m->count_only && !output_message(&m->output, message))
		return QF_STOPPED;
	return m->shown == m->limit ? QF_STOPPED : QF_OK;
}

static enum qf_status
take_message(void *context, const struct qf_message *message)
{
	struct mqls *m = context;
	struct qf_error err;

	if (m->by_id && !id_list_has(&m->ids, message))
		return QF_OK;
	if (message->fault != NULL)
		report_fault(m, message);
	if (m->rows.key_count > 0 || m->count_only)
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

	if (m->count_only)
		return parts | QF_PART_NAME | QF_PART_INODE;
	return parts | output_parts(&m->output);
}

/* Ids may be looked for twice: what either look has met counts. */
static void
add_result(struct mqls *m, const struct qf_survey_result *result)
{
	m->unreadable += result->faulty + result->troubles;
	m->unfinished += result->unfinished;
	if (result->listing == QF_OK)
		return;
	m->incomplete = true;
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
		.context = m,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status;

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
	       (m->limit == 0 || m->shown < m->limit);
}

/* Messages move between queues while we look: look twice. */
static void
look_for_messages(struct mqls *m)
{
	survey(m);
	if (!m->by_id)
		return;
	if (saw_all(m) && id_list_retry(&m->ids, &m->selection))
		survey(m);
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

/* How many of each queue, on stderr, so that it is in nobody's pipe. */
static void
print_summary(struct mqls *m)
{
	struct qf_buffer text = { 0 };
	const char *separator = ": ";

	qf_buffer_number(&text, (long long)m->shown);
	qf_buffer_string(&text, m->shown == 1 ? " message" : " messages");
	if (m->shown > 0 && (m->columns.parts & QF_PART_ENVELOPE) != 0) {
		qf_buffer_string(&text, ", ");
		value_size(&text, m->bytes);
	}
	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		if (m->queues[i] == 0)
			continue;
		qf_buffer_string(&text, separator);
		qf_buffer_number(&text, (long long)m->queues[i]);
		qf_buffer_byte(&text, ' ');
		qf_buffer_string(&text, qf_queue_name((enum qf_queue)i));
		separator = ", ";
	}
	if (m->unfinished > 0) {
		qf_buffer_string(&text, "; being written: ");
		qf_buffer_number(&text, (long long)m->unfinished);
	}
	if (m->incomplete) {
		qf_buffer_string(&text, "; this is not all of it");
	} else if (m->unreadable > 0) {
		qf_buffer_string(&text, "; damaged or unreadable: ");
		qf_buffer_number(&text, (long long)m->unreadable);
	}
	tool_note(&m->tool, "%s", qf_buffer_text(&text));
	qf_buffer_free(&text);
}

static void
finish(struct mqls *m)
{
	/* No number is better than one that is not that of the queue. */
	if (m->count_only && !m->incomplete) {
		qf_buffer_number(&m->output.stream.buffer, (long long)m->shown);
		qf_buffer_byte(&m->output.stream.buffer, '\n');
		stream_flush(&m->output.stream);
	} else if (!m->count_only) {
		output_end(&m->output);
	}
	if (stream_is_closed(&m->output.stream))
		return;
	if (m->output.stream.errnum != 0)
		tool_die(&m->tool, TOOL_IO, "standard output: %s",
			 strerror(m->output.stream.errnum));
	if (m->output.format == OUTPUT_TABLE && m->output.headings &&
	    !m->count_only)
		print_summary(m);
}

int
main(int argc, char **argv)
{
	struct mqls m = {
		.tool = { .name = "mqls", .usage = usage },
		.output = { .headings = true },
	};

	argv[0] = (char[]){ "mqls" }; /* getopt_long() complains with it */
	tool_start(&m.tool);
	read_options(&m, argc, argv);
	access_open(&m.tool, &m.access);
	m.ids.sole = m.access.sole;
	m.output.tool = &m.tool;
	m.output.columns = &m.columns;
	m.output.config = &m.access.configs[0];
	if (m.count_only)
		m.output.format = OUTPUT_IDS;
	if (output_start(&m.output)) {
		look_for_messages(&m);
		if (m.rows.key_count > 0)
			show_sorted(&m);
	}
	finish(&m);
	output_free(&m.output);
	rows_free(&m.rows);
	id_list_free(&m.ids);
	access_close(&m.access);
	return m.tool.exit;
}
