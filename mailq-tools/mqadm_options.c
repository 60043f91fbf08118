/*
 * mqadm_options.c - the command line of mqadm.
 */
#include "mqadm.h"

#include <getopt.h>
#include <string.h>

#include "queue-format/query/query.h"

#define WAIT_DEFAULT 30

static const char usage[] =
	"usage: mqadm hold|release|requeue|expire|delete [option ...]\n"
	"             [queue-id ... | - | -w EXPR | --all] [queue ...]\n"
	"       mqadm plan ACTION [the same] >FILE;  mqadm apply FILE|-\n"
	"       mqadm restore [option ...] queue-id ... | - | --all\n"
	"       mqadm trash [list | purge [queue-id ... | - | --all]]\n"
	"       mqadm export [the same] --output FILE|-;  mqadm import FILE|-\n"
	"       mqadm undo [job] | history [job | --prune] | check [--repair]\n"
	"Change messages of a live queue, by ids (-: on standard input) or "
	"selected.\n"
	"  -w, --where EXPR, --where-file FILE   like: sasl_user = tony\n"
	"  --all               all of an instance, of the named queues, of the "
	"trash\n"
	"  -n, --limit N       no more than N messages, or jobs\n"
	"  --dry-run           change nothing, but say what it would be about\n"
	"  --yes               do not ask; needed with -w where nobody can "
	"answer\n"
	"  --reason TEXT       why; for the log and the history\n"
	"  --now, --purge      release, expire: at once, not later; delete: "
	"for "
	"good\n"
	"  --prune, --older-than TIME, --repair   history, trash purge "
	"(3d); check\n"
	"  --output FILE, --compress FORM, --move, --release   export, import\n"
	"  --wait TIME         for deliveries that are under way "
	"(30s)\n" PACE_USAGE "  -v, --verbose       a line for each message\n"
	"  -f, --format FORM   text, json, jsonl; history: table; trash: "
	"table, "
	"ids\n"
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
	OPT_PURGE,
	OPT_WAIT,
	OPT_PRUNE,
	OPT_OLDER_THAN,
	OPT_REPAIR,
	OPT_OUTPUT,
	OPT_COMPRESS,
	OPT_MOVE,
	OPT_RELEASE,
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
	{ "purge", no_argument, NULL, OPT_PURGE },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "prune", no_argument, NULL, OPT_PRUNE },
	{ "older-than", required_argument, NULL, OPT_OLDER_THAN },
	{ "repair", no_argument, NULL, OPT_REPAIR },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "compress", required_argument, NULL, OPT_COMPRESS },
	{ "move", no_argument, NULL, OPT_MOVE },
	{ "release", no_argument, NULL, OPT_RELEASE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "format", required_argument, NULL, 'f' },
	PACE_LONG_OPTIONS,
	TOOL_LONG_OPTIONS,
	{ 0 },
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

static void
read_age(struct mqadm *m, const char *text)
{
	m->has_age = true;
	if (!qf_query_duration(text, &m->older_than))
		tool_misuse(&m->tool,
			    "--older-than: \"%s\" is not a time such as 12h, "
			    "3d or 0",
			    text);
}

/* False: it is none of an archive. */
static bool
take_archive_option(struct mqadm *m, int opt, const char *argument)
{
	switch (opt) {
	case OPT_OUTPUT:
		m->archive = argument;
		break;
	case OPT_COMPRESS:
		m->has_compress = true;
		if (!qf_archive_filter_by_name(argument, &m->compress))
			tool_misuse(&m->tool,
				    "--compress: \"%s\" is none of none, "
				    "gzip, xz, zstd",
				    argument);
		break;
	case OPT_MOVE:
		m->move = true;
		break;
	case OPT_RELEASE:
		m->release = true;
		break;
	default:
		return false;
	}
	return true;
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
	case OPT_PURGE:
		m->purge = true;
		break;
	case OPT_WAIT:
		read_wait(m, argument);
		break;
	case 'v':
		m->result.verbose = true;
		break;
	default:
		return pace_option(&m->tool, &m->pace, opt, argument);
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

/* `change': the last one that is only for changes. */
static void
take_option(struct mqadm *m, const char **change, int opt, const char *argument)
{
	if (opt == 'f')
		m->format = argument;
	else if (opt == 'n')
		m->limit = tool_read_number(&m->tool, "--limit", argument);
	else if (opt == OPT_PRUNE)
		m->prune = true;
	else if (opt == OPT_REPAIR)
		m->repair = true;
	else if (opt == OPT_OLDER_THAN)
		read_age(m, argument);
	else if (take_change_option(m, opt, argument))
		*change = option_name(opt);
	else
		tool_option(&m->tool, opt, argument);
}

void
mqadm_read_options(struct mqadm *m, int argc, char **argv)
{
	const char *change = NULL;
	const char *archive = NULL;
	int opt;

	m->tool.usage = usage;
	m->reason = "";
	m->wait_ms = WAIT_DEFAULT * 1000;
	tool_check_words(&m->tool, argv);
	while ((opt = getopt_long(argc, argv, TOOL_SHORT_OPTIONS "f:n:vw:",
				  long_options, NULL)) != -1) {
		if (take_archive_option(m, opt, optarg))
			archive = option_name(opt);
		else
			take_option(m, &change, opt, optarg);
	}
	argv += optind;
	if (*argv == NULL)
		tool_misuse(&m->tool, "what? one of " MQADM_COMMANDS);
	m->command = mqadm_command(&argv);
	if (m->command == NULL)
		tool_misuse(&m->tool, "\"%s\" is none of " MQADM_COMMANDS,
			    *argv);
	if (m->has_age && m->command->run != mqadm_run_history &&
	    m->command->run != mqadm_run_trash_purge)
		tool_misuse(&m->tool, "--older-than does not go with %s",
			    m->command->name);
	if (m->prune && m->command->run != mqadm_run_history)
		tool_misuse(&m->tool, "--prune does not go with %s",
			    m->command->name);
	if (m->repair && m->command->run != mqadm_run_check)
		tool_misuse(&m->tool, "--repair does not go with %s",
			    m->command->name);
	if (archive != NULL && m->command->run != mqadm_run_export &&
	    m->command->run != mqadm_run_import)
		tool_misuse(&m->tool, "--%s does not go with %s", archive,
			    m->command->name);
	if (change != NULL && !m->command->is_change)
		tool_misuse(&m->tool, "--%s does not go with %s", change,
			    m->command->name);
	m->command->read(m, argv);
}
