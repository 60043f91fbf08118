/*
 * mqflush_options.c - the command line of mqflush.
 */
#include "mqflush.h"

#include <getopt.h>
#include <string.h>

#include "mailq-tools/ask.h"
#include "queue-format/ascii.h"
#include "queue-format/query/query.h"

/* Who waits longer than that wants another time. */
#define JITTER_MAX 86400

static const char usage[] =
	"usage: mqflush [option ...] --all | --site DOMAIN | queue-id ... | - "
	"| -w EXPR\n"
	"Have Postfix deliver now what it would try later: for people, cron "
	"and timers.\n"
	"Says nothing while nothing is wrong.\n"
	"  --all                 all that is deferred\n"
	"  --site DOMAIN         what has recipients there; .DOMAIN: and "
	"below\n"
	"  -w, --where EXPR, --where-file FILE   like: reason ~ \"timed out\"\n"
	"  -n, --limit N         no more than N messages\n" PACE_USAGE
	"  --jitter TIME         begin at some moment within this time (60s)\n"
	"  --wait-lock           while another one is at work: wait for its "
	"end;\n"
	"  --skip-if-running     or leave it at that (without: fail)\n"
	"  --dry-run             change nothing, but say what it would be "
	"about\n"
	"  --yes                 do not ask; needed with -w where nobody can "
	"answer\n"
	"  -q, --quiet           only the exit status tells\n"
	"  -v, --verbose         a line that says how many\n"
	"  -c, --postfix-config DIR, --instance NAME|all, --spool DIR   where\n"
	"  --settings FILE       instead of /etc/mailq-tools.conf\n"
	"  --color WHEN, --utc, --help, --version     mqflush(8) tells more\n"
	"Exit status: 0 done, or nothing to do; 66 no such ids; 69 the mail "
	"system is\n"
	"down; 75 not all of it\n";

enum {
	OPT_ALL = 1,
	OPT_SITE,
	OPT_WHERE_FILE,
	OPT_JITTER,
	OPT_WAIT_LOCK,
	OPT_SKIP,
	OPT_DRY_RUN,
	OPT_YES,
};

static const struct option long_options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "site", required_argument, NULL, OPT_SITE },
	{ "where", required_argument, NULL, 'w' },
	{ "where-file", required_argument, NULL, OPT_WHERE_FILE },
	{ "limit", required_argument, NULL, 'n' },
	{ "jitter", required_argument, NULL, OPT_JITTER },
	{ "wait-lock", no_argument, NULL, OPT_WAIT_LOCK },
	{ "skip-if-running", no_argument, NULL, OPT_SKIP },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	PACE_LONG_OPTIONS,
	TOOL_LONG_OPTIONS,
	{ 0 },
};

/*
 * A domain, or an address literal: what Postfix takes as a site.  Nothing that
 * would mean more in an expression; names of other scripts are UTF-8.
 */
static bool
is_site(const char *text)
{
	const char *name = *text == '.' ? text + 1 : text;

	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++) {
		if (!qf_is_alnum(*name) && ((unsigned char)*name & 0x80) == 0 &&
		    strchr(".-_:[]", *name) == NULL)
			return false;
	}
	return true;
}

static void
add_site(struct mqflush *m, const char *site)
{
	struct qf_buffer *out = &m->sites;

	if (!is_site(site))
		tool_misuse(&m->tool,
			    "--site: \"%s\" is not a domain such as "
			    "example.org or .example.org",
			    site);
	qf_buffer_string(out, out->len > 0 ? " or " : "");
	qf_buffer_string(out, "rcpt.domain = \"");
	qf_buffer_string(out, site);
	qf_buffer_byte(out, '"');
}

static void
read_jitter(struct mqflush *m, const char *text)
{
	if (!qf_query_duration(text, &m->jitter) || m->jitter > JITTER_MAX)
		tool_misuse(&m->tool,
			    "--jitter: \"%s\" is not a time such as 60s or 5m, "
			    "of a day at most",
			    text);
}

static void
take_mode(struct mqflush *m, enum run_lock_mode mode)
{
	if (m->lock_mode != RUN_LOCK_REFUSE && m->lock_mode != mode)
		tool_misuse(&m->tool,
			    "--wait-lock and --skip-if-running: one of them");
	m->lock_mode = mode;
}

static void
take_option(struct mqflush *m, int opt, const char *argument)
{
	switch (opt) {
	case OPT_ALL:
		m->all = true;
		break;
	case OPT_SITE:
		add_site(m, argument);
		break;
	case 'w':
		where_add(&m->tool, &m->where, argument);
		break;
	case OPT_WHERE_FILE:
		where_add_file(&m->tool, &m->where, argument);
		break;
	case 'n':
		m->limit = tool_read_number(&m->tool, "--limit", argument);
		break;
	case OPT_JITTER:
		read_jitter(m, argument);
		break;
	case OPT_WAIT_LOCK:
		take_mode(m, RUN_LOCK_WAIT);
		break;
	case OPT_SKIP:
		take_mode(m, RUN_LOCK_SKIP);
		break;
	case OPT_DRY_RUN:
		m->dry_run = true;
		break;
	case OPT_YES:
		m->yes = true;
		break;
	case 'q':
		m->quiet = true;
		break;
	case 'v':
		m->result.verbose = true;
		break;
	default:
		if (!pace_option(&m->tool, &m->pace, opt, argument))
			tool_option(&m->tool, opt, argument);
	}
}

static void
take_ids(struct mqflush *m, char **arguments)
{
	for (; *arguments != NULL; arguments++) {
		m->by_id = true;
		if (strcmp(*arguments, "-") == 0) {
			m->ids_on_stdin = true;
			id_list_read(&m->tool, &m->ids);
		} else {
			id_list_add(&m->tool, &m->ids, *arguments);
		}
	}
}

static void
check(struct mqflush *m)
{
	bool selected = m->where.count > 0;

	if (m->all + m->by_id + (selected || m->sites.len > 0) > 1)
		tool_misuse(&m->tool,
			    "give --all, ids, or a selection (--site, "
			    "--where): one of them");
	if (!m->all && !m->by_id && !selected && m->sites.len == 0)
		tool_misuse(&m->tool,
			    "which messages? give --all, --site, ids, or "
			    "--where");
	if (m->quiet && m->result.verbose)
		tool_misuse(&m->tool, "--quiet and --verbose: one of them");
	pace_check(&m->tool, &m->pace, QF_FLUSH);
	/* A site is named; what an expression selects, nobody may have seen. */
	if (selected && !m->yes && !m->dry_run && !ask_can(false))
		tool_misuse(&m->tool,
			    "a selection needs --yes where nobody can be "
			    "asked; look at it with --dry-run first");
}

void
mqflush_read_options(struct mqflush *m, int argc, char **argv)
{
	int opt;

	m->tool.usage = usage;
	tool_check_words(&m->tool, argv);
	while ((opt = getopt_long(argc, argv, TOOL_SHORT_OPTIONS "n:qvw:",
				  long_options, NULL)) != -1)
		take_option(m, opt, optarg);
	take_ids(m, argv + optind);
	check(m);
	if (m->sites.len > 0)
		where_add(&m->tool, &m->where, qf_buffer_text(&m->sites));
}
