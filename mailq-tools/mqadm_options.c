/*
 * mqadm_options.c - the command line of mqadm.
 */
#include "mqadm.h"

#include <getopt.h>
#include <string.h>

#include "mailq-tools/ask.h"
#include "mailq-tools/verb.h"
#include "queue-format/query/query.h"

#define WAIT_DEFAULT 30

static const char usage[] =
	"usage: mqadm hold|release|requeue|expire [option ...]\n"
	"             [queue-id ... | - | -w EXPR | --all] [queue ...]\n"
	"       mqadm history [job]\n"
	"Change messages in a live mail queue: those with the given ids (-: "
	"ids "
	"on\n"
	"standard input), or those that are selected; or show what was done.\n"
	"\n"
	"  -w, --where EXPR, --where-file FILE   like: sasl_user = tony\n"
	"  --all               all messages: of an instance, or of the named "
	"queues\n"
	"  -n, --limit N       no more than N messages, or jobs\n"
	"  --dry-run           change nothing, but say what it would be about\n"
	"  --yes               do not ask; needed with -w where nobody can "
	"answer\n"
	"  --reason TEXT       why; for the log and the history\n"
	"  --now               release, expire: at once, not at the next "
	"scheduled try\n"
	"  --wait TIME         for deliveries that are under way (30s)\n"
	"  -v, --verbose       a line for each message\n"
	"  -f, --format FORM   text, json or jsonl; history: table, json or "
	"jsonl\n"
	"  -c, --postfix-config DIR, --instance NAME|all, --spool DIR   where\n"
	"  --settings FILE     instead of /etc/mailq-tools.conf\n"
	"  --color WHEN, --utc, --help, --version     mqadm(8) tells more\n";

enum {
	OPT_WHERE_FILE = 1,
	OPT_ALL,
	OPT_DRY_RUN,
	OPT_YES,
	OPT_REASON,
	OPT_NOW,
	OPT_WAIT,
};

static const struct option long_options[] = {
	{ "where", required_argument, NULL, 'w' },
	{ "where-file", required_argument, NULL, OPT_WHERE_FILE },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "limit", required_argument, NULL, 'n' },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "now", no_argument, NULL, OPT_NOW },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "format", required_argument, NULL, 'f' },
	TOOL_LONG_OPTIONS,
	{ 0 },
};

/* What is known of options before the command is. */
struct given {
	const char *format; /* NULL: none */
	const char *change; /* an option that history does not know, or NULL */
};

static void
read_wait(struct mqadm *m, const char *text)
{
	int64_t seconds = 0;

	if (!qf_query_duration(text, &seconds) || seconds > INT32_MAX)
		tool_misuse(&m->tool,
			    "--wait: \"%s\" is not a time such as 30s, 5m or "
			    "0",
			    text);
	m->wait_ms = seconds * 1000;
}

/* False: it is none that only changes have. */
static bool
take_change_option(struct mqadm *m, int opt, const char *argument)
{
	switch (opt) {
	case 'w':
		where_add(&m->tool, &m->where, argument);
		break;
	case OPT_WHERE_FILE:
		where_add_file(&m->tool, &m->where, argument);
		break;
	case OPT_ALL:
		m->all = true;
		break;
	case OPT_DRY_RUN:
		m->dry_run = true;
		break;
	case OPT_YES:
		m->yes = true;
		break;
	case OPT_REASON:
		m->reason = argument;
		break;
	case OPT_NOW:
		m->now = true;
		break;
	case OPT_WAIT:
		read_wait(m, argument);
		break;
	case 'v':
		m->result.verbose = true;
		break;
	default:
		return false;
	}
	return true;
}

static const char *
option_name(int opt)
{
	const struct option *option = long_options;

	while (option->name != NULL && option->val != opt)
		option++;
	return option->name;
}

static void
take_option(struct mqadm *m, struct given *given, int opt, const char *argument)
{
	if (opt == 'f')
		given->format = argument;
	else if (opt == 'n')
		m->limit = tool_read_number(&m->tool, "--limit", argument);
	else if (take_change_option(m, opt, argument))
		given->change = option_name(opt);
	else
		tool_option(&m->tool, opt, argument);
}

static void
read_history(struct mqadm *m, const struct given *given, char **arguments)
{
	m->is_history = true;
	if (given->change != NULL)
		tool_misuse(&m->tool, "--%s does not go with history",
			    given->change);
	if (given->format != NULL &&
	    !history_format_by_name(given->format, &m->history.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of table, json, jsonl",
			    given->format);
	if (arguments[0] != NULL && arguments[1] != NULL)
		tool_misuse(&m->tool, "history: one job, or none");
	m->history.job = arguments[0];
	m->history.limit = m->limit;
}

/* Queues and ids: a word that names a queue is one. */
static void
take_arguments(struct mqadm *m, char **arguments)
{
	enum qf_queue queue;

	for (; *arguments != NULL; arguments++) {
		if (qf_queue_by_name(*arguments, &queue)) {
			m->queues |= QF_QUEUE_BIT(queue);
			continue;
		}
		m->by_id = true;
		if (strcmp(*arguments, "-") == 0) {
			m->ids_on_stdin = true;
			id_list_read(&m->tool, &m->ids);
		} else {
			id_list_add(&m->tool, &m->ids, *arguments);
		}
	}
}

/* Nothing happens to messages that nobody has thought of. */
static void
check_choice(struct mqadm *m)
{
	bool selected = m->where.count > 0;

	if (m->by_id && m->queues != 0)
		tool_misuse(&m->tool, "give queues or ids, not both");
	if (m->all && (m->by_id || selected))
		tool_misuse(&m->tool,
			    "--all is for whole queues: it does not go with %s",
			    m->by_id ? "ids" : "--where");
	if (m->by_id || selected || m->all)
		return;
	if (m->queues != 0)
		tool_misuse(&m->tool,
			    "everything in a queue needs --all; or select with "
			    "--where");
	tool_misuse(&m->tool,
		    "which messages? give ids, --where, or --all for all of "
		    "them");
}

/* What is not asked must have been said. */
static void
check_consent(struct mqadm *m)
{
	if (m->dry_run || m->yes || m->by_id || m->where.count == 0 ||
	    ask_can(false))
		return;
	tool_misuse(&m->tool, "a selection needs --yes where nobody can be "
			      "asked; look at it with --dry-run first");
}

static void
check_queues(struct mqadm *m)
{
	const struct verb *verb = verb_words(m->verb);

	if ((m->queues & QF_QUEUE_BIT(QF_QUEUE_CORRUPT)) != 0)
		tool_misuse(&m->tool, "what is in corrupt is damaged, and "
				      "stays there");
	if (m->verb == QF_RELEASE && m->queues != 0 &&
	    (m->queues & verb->queues) == 0)
		tool_misuse(&m->tool,
			    "release is for what is on hold, in the queue "
			    "\"hold\"");
	if (m->now && !verb->takes_now)
		tool_misuse(&m->tool, "--now does not go with %s",
			    qf_verb_name(m->verb));
}

static void
read_change(struct mqadm *m, const struct given *given, char **arguments)
{
	if (given->format != NULL &&
	    !result_format_by_name(given->format, &m->result.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of text, json, jsonl",
			    given->format);
	take_arguments(m, arguments);
	check_choice(m);
	check_queues(m);
	check_consent(m);
}

void
mqadm_read_options(struct mqadm *m, int argc, char **argv)
{
	struct given given = { 0 };
	int opt;

	m->tool.usage = usage;
	m->reason = "";
	m->wait_ms = WAIT_DEFAULT * 1000;
	tool_check_words(&m->tool, argv);
	while ((opt = getopt_long(argc, argv, TOOL_SHORT_OPTIONS "f:n:vw:",
				  long_options, NULL)) != -1)
		take_option(m, &given, opt, optarg);
	argv += optind;
	if (*argv == NULL)
		tool_misuse(&m->tool, "what? hold, release, requeue, expire or "
				      "history");
	if (strcmp(*argv, "history") == 0)
		read_history(m, &given, argv + 1);
	else if (verb_by_name(*argv, &m->verb))
		read_change(m, &given, argv + 1);
	else
		tool_misuse(&m->tool,
			    "\"%s\" is none of hold, release, requeue, expire, "
			    "history",
			    *argv);
}
