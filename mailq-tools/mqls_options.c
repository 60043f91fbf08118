/*
 * mqls_options.c - the command line of mqls.
 */
#include "mqls.h"

#include <getopt.h>
#include <string.h>

#include "mailq-tools/fields.h"

#define DEFAULT_COLUMNS "id,mark,size,age,next,rcpts,sender,rcpt,reason"

static const char usage[] =
	"usage: mqls [option ...] [queue ... | queue-id ... | -]\n"
	"List the messages of the mail queue: all of them, those in the named\n"
	"queues, or those with the given ids (-: ids on standard input).\n"
	"\n"
	"  -w, --where EXPR, --where-file FILE   like: held and age > 2d\n"
	"  --explain           what is read for that, and which terms hold\n"
	"  --like ID           messages like this one: same login, client, "
	"...\n"
	"  --by FIELD,...      a row for each value of a field, with its sums\n"
	"  -f, --format FORM   table, mailq, json, jsonl, csv, tsv or ids\n"
	"  -o, --columns LIST  columns of table, csv and tsv; +LIST adds some\n"
	"  -s, --sort LIST     sort by fields; -FIELD: in descending order\n"
	"  -n, --limit N       no more than N messages, or groups\n"
	"  --count             print only how many there are\n"
	"  --no-headings       no heading, no summary\n"
	"  -0, --null          ids end in a NUL byte, for xargs -0\n"
	"  --threads N         read with N threads (default: by the machine)\n"
	"  --fields            list all fields, what they cost, examples\n"
	"  -c, --postfix-config DIR, --instance NAME|all, --spool DIR   where\n"
	"  --settings FILE     instead of /etc/mailq-tools.conf\n"
	"  --color WHEN, --utc, --help, --version     mqls(1) tells more\n"
	"\n"
	"  mqls -s -age -n 20 deferred       the twenty oldest deferred ones\n"
	"  mqls --by reason deferred         why they wait, and what to do\n";

enum {
	OPT_COUNT = 1,
	OPT_NO_HEADINGS,
	OPT_THREADS,
	OPT_FIELDS,
	OPT_WHERE_FILE,
	OPT_EXPLAIN,
	OPT_LIKE,
	OPT_BY,
};

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "columns", required_argument, NULL, 'o' },
	{ "sort", required_argument, NULL, 's' },
	{ "limit", required_argument, NULL, 'n' },
	{ "by", required_argument, NULL, OPT_BY },
	{ "where", required_argument, NULL, 'w' },
	{ "where-file", required_argument, NULL, OPT_WHERE_FILE },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "like", required_argument, NULL, OPT_LIKE },
	{ "null", no_argument, NULL, '0' },
	{ "count", no_argument, NULL, OPT_COUNT },
	{ "no-headings", no_argument, NULL, OPT_NO_HEADINGS },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "fields", no_argument, NULL, OPT_FIELDS },
	TOOL_LONG_OPTIONS,
	{ 0 },
};

/* Its meaning is known when all options are. */
static void
keep_list(struct tool *tool, const char *option, const char *list,
	  struct option_lists *lists)
{
	if (lists->count == OPTION_LISTS)
		tool_misuse(tool, "%s: more than %d lists", option,
			    OPTION_LISTS);
	lists->items[lists->count++] = list;
}

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
		keep_list(tool, "--columns", argument, &m->columns_given);
		break;
	case 's':
		keep_list(tool, "--sort", argument, &m->sorts_given);
		break;
	case 'n':
		m->limit = tool_read_number(tool, "--limit", argument);
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
		m->threads =
			(unsigned)tool_read_number(tool, "--threads", argument);
		break;
	case OPT_FIELDS:
		fields_list(tool);
	case OPT_BY:
		by_read_fields(tool, argument, &m->by);
		break;
	case 'w':
		where_add(tool, &m->where, argument);
		break;
	case OPT_WHERE_FILE:
		where_add_file(tool, &m->where, argument);
		break;
	case OPT_LIKE:
		m->like = argument;
		break;
	case OPT_EXPLAIN:
		m->explains = true;
		break;
	default:
		tool_option(tool, opt, argument);
	}
}

static void
check_options(struct mqls *m)
{
	enum output_format format = m->output.format;

	if (m->columns_given.count > 0 && format != OUTPUT_TABLE &&
	    format != OUTPUT_CSV && format != OUTPUT_TSV)
		tool_misuse(&m->tool,
			    "--columns is for the formats table, csv and tsv");
	if (m->output.null && format != OUTPUT_IDS)
		tool_misuse(&m->tool, "--null is for the format ids");
	if (m->explains && m->where.count == 0 && m->like == NULL)
		tool_misuse(&m->tool, "--explain is for --where");
	if (m->explains && (m->count_only || m->columns_given.count > 0 ||
			    format != OUTPUT_TABLE))
		tool_misuse(&m->tool,
			    "--explain has a form of its own: it does not go "
			    "with --format, --columns and --count");
	if (is_grouped(m) && (m->count_only || m->explains))
		tool_misuse(&m->tool, "%s does not go with --by",
			    m->explains ? "--explain" : "--count");
}

/* Without --by: columns of messages, and keys to sort them. */
static void
take_lists(struct mqls *m)
{
	columns_read(&m->tool, DEFAULT_COLUMNS, &m->columns);
	for (size_t i = 0; i < m->columns_given.count; i++)
		columns_read(&m->tool, m->columns_given.items[i], &m->columns);
	for (size_t i = 0; i < m->sorts_given.count; i++)
		rows_read_keys(&m->tool, m->sorts_given.items[i], &m->rows);
	m->rows.limit = m->limit;
	m->rows.now = m->tool.now;
}

/* With it the limit is one of groups: all messages have to be seen. */
static void
take_group_lists(struct mqls *m)
{
	m->by.tool = &m->tool;
	m->by.format = m->output.format;
	m->by.headings = m->output.headings;
	m->by.limit = m->limit;
	m->limit = 0;
	by_take_lists(&m->tool, &m->by, &m->columns_given, &m->sorts_given);
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
	if (m->by_id)
		id_list_close(&m->tool, &m->ids, &m->selection);
}

void
mqls_read_options(struct mqls *m, int argc, char **argv)
{
	int opt;

	m->tool.usage = usage;
	tool_check_words(&m->tool, argv);
	while ((opt = getopt_long(argc, argv, TOOL_SHORT_OPTIONS "f:o:s:n:w:0",
				  long_options, NULL)) != -1)
		take_option(m, opt, optarg);
	check_options(m);
	if (is_grouped(m))
		take_group_lists(m);
	else
		take_lists(m);
	take_arguments(m, argv + optind);
}
