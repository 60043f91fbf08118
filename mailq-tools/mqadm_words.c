/*
 * mqadm_words.c - the commands of mqadm, and what each may be given.
 */
#include "mqadm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/ask.h"
#include "mailq-tools/verb.h"

static const struct mqadm_command forget = {
	.name = "history --prune",
	.run = mqadm_run_prune,
};

static void
read_prune(struct mqadm *m, char **arguments)
{
	if (arguments[0] != NULL)
		tool_misuse(&m->tool, "history --prune: no job can be named");
	if (m->format != NULL)
		tool_misuse(&m->tool, "--format does not go with --prune");
	if (m->limit != 0)
		tool_misuse(&m->tool, "--limit does not go with --prune");
	m->command = &forget;
}

static void
read_history(struct mqadm *m, char **arguments)
{
	if (m->prune) {
		read_prune(m, arguments);
		return;
	}
	if (m->has_age)
		tool_misuse(&m->tool,
			    "history: --older-than goes with --prune");
	if (m->format != NULL &&
	    !history_format_by_name(m->format, &m->history.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of table, json, jsonl",
			    m->format);
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
	if (m->purge && m->verb != QF_DELETE)
		tool_misuse(&m->tool, "--purge does not go with %s",
			    qf_verb_name(m->verb));
	if (m->now && !verb->takes_now)
		tool_misuse(&m->tool, "--now does not go with %s",
			    qf_verb_name(m->verb));
}

static void
read_format(struct mqadm *m)
{
	if (m->format != NULL &&
	    !result_format_by_name(m->format, &m->result.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of text, json, jsonl",
			    m->format);
}

/* What is done, and to which messages. */
static void
take_change(struct mqadm *m, const char *action, char **arguments)
{
	qf_verb_by_name(action, &m->verb);
	take_arguments(m, arguments);
	check_choice(m);
	check_queues(m);
	pace_check(&m->tool, &m->pace, m->verb);
}

static void
read_change(struct mqadm *m, char **arguments)
{
	read_format(m);
	take_change(m, m->command->name, arguments);
	check_consent(m);
	if (m->purge)
		m->verb = QF_PURGE;
}

/* A plan changes nothing, so nobody is asked; and it has a form of its own. */
static void
read_plan(struct mqadm *m, char **arguments)
{
	const char *action = arguments[0];
	const struct mqadm_command *command =
		action == NULL ? NULL : mqadm_command(&arguments);

	if (command == NULL || command->run != mqadm_run_change)
		tool_misuse(&m->tool, "plan: which action? one of hold, "
				      "release, requeue, expire, delete");
	if (m->format != NULL)
		tool_misuse(&m->tool, "--format does not go with plan");
	if (m->dry_run)
		tool_misuse(&m->tool, "--dry-run does not go with plan, which "
				      "changes nothing");
	if (m->pace.rate != NULL || m->pace.stop_percent != 0)
		tool_misuse(&m->tool,
			    "--%s does not go with plan; apply takes it",
			    m->pace.rate != NULL ? "rate" : "stop-on-defer");
	take_change(m, action, arguments);
	if (m->purge)
		m->verb = QF_PURGE;
}

/* With the rights of the caller; it is read when they are given up. */
static void
open_plan(struct mqadm *m, const char *path)
{
	m->plan = path;
	if (strcmp(path, "-") == 0) {
		m->plan = "standard input";
		m->plan_fd = STDIN_FILENO;
		m->ids_on_stdin = true;
		return;
	}
	m->plan_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (m->plan_fd < 0)
		tool_die(&m->tool,
			 errno == ENOENT   ? TOOL_NOT_FOUND
			 : errno == EACCES ? TOOL_DENIED
					   : TOOL_IO,
			 "%s: %s", path, strerror(errno));
}

/* What is done, and to which messages, is in the plan and nowhere else. */
static void
read_apply(struct mqadm *m, char **arguments)
{
	const char *wrong = m->where.count > 0	      ? "where"
			    : m->all		      ? "all"
			    : m->now		      ? "now"
			    : m->purge		      ? "purge"
			    : m->limit != 0	      ? "limit"
			    : m->pace.per_domain != 0 ? "per-domain"
						      : NULL;

	if (wrong != NULL)
		tool_misuse(&m->tool,
			    "--%s does not go with apply: it does what the "
			    "plan says",
			    wrong);
	read_format(m);
	if (arguments[0] == NULL || arguments[1] != NULL)
		tool_misuse(&m->tool, "apply: one file with a plan, or - for "
				      "standard input");
	m->by_id = true;
	open_plan(m, arguments[0]);
}

/* What queues, expressions and times have nothing to do with. */
static void
check_trash(struct mqadm *m)
{
	const char *name = m->command->name;

	if (m->queues != 0)
		tool_misuse(&m->tool, "%s: ids are needed, not queues", name);
	if (m->where.count > 0)
		tool_misuse(&m->tool,
			    "--where does not go with %s: the trash is no "
			    "queue",
			    name);
	if (m->now || m->purge)
		tool_misuse(&m->tool, "--%s does not go with %s",
			    m->now ? "now" : "purge", name);
	if (m->pace.per_domain != 0 || m->pace.stop_percent != 0)
		tool_misuse(&m->tool, "--%s does not go with %s",
			    m->pace.per_domain != 0 ? "per-domain"
						    : "stop-on-defer",
			    name);
}

static void
read_trash_list(struct mqadm *m, char **arguments)
{
	if (m->format != NULL &&
	    !trash_list_format_by_name(m->format, &m->trash_list.format))
		tool_misuse(&m->tool,
			    "--format: \"%s\" is none of table, json, jsonl, "
			    "ids",
			    m->format);
	if (arguments[0] != NULL)
		tool_misuse(&m->tool, "trash: \"%s\" is neither list nor purge",
			    arguments[0]);
	m->trash_list.limit = m->limit;
}

/* Without ids, --all or a time: what the settings say. */
static void
read_trash_purge(struct mqadm *m, char **arguments)
{
	m->verb = QF_PURGE;
	read_format(m);
	take_arguments(m, arguments);
	check_trash(m);
	if (m->by_id + m->all + m->has_age > 1)
		tool_misuse(&m->tool,
			    "trash purge: give ids, --all or --older-than, or "
			    "none of them");
}

static void
read_restore(struct mqadm *m, char **arguments)
{
	m->verb = QF_RESTORE;
	read_format(m);
	take_arguments(m, arguments);
	check_trash(m);
	if (m->all && m->by_id)
		tool_misuse(&m->tool, "give ids or --all, not both");
	if (!m->all && !m->by_id)
		tool_misuse(&m->tool,
			    "which messages? give ids, or --all for all that "
			    "are in the trash");
}

/* Who names no job has to see which one it is. */
static void
read_undo(struct mqadm *m, char **arguments)
{
	read_format(m);
	if (arguments[0] != NULL && arguments[1] != NULL)
		tool_misuse(&m->tool, "undo: one job, or none for the last");
	m->job = arguments[0];
	check_trash(m);
	if (m->all)
		tool_misuse(&m->tool, "--all does not go with undo");
	if (m->job == NULL && !m->yes && !m->dry_run && !ask_can(false))
		tool_misuse(&m->tool,
			    "undo of the last job needs --yes where nobody "
			    "can be asked; or name the job");
}

static void
check_archive_options(struct mqadm *m)
{
	const char *name = m->command->name;

	if (m->now || m->purge)
		tool_misuse(&m->tool, "--%s does not go with %s",
			    m->now ? "now" : "purge", name);
	if (m->pace.rate != NULL || m->pace.per_domain != 0 ||
	    m->pace.stop_percent != 0)
		tool_misuse(&m->tool, "a pace does not go with %s", name);
	read_format(m);
}

/* A copy changes nothing; to move is to delete what is safe in the archive. */
static void
read_export(struct mqadm *m, char **arguments)
{
	m->verb = QF_DELETE;
	check_archive_options(m);
	take_arguments(m, arguments);
	check_choice(m);
	if (m->release)
		tool_misuse(&m->tool, "--release goes with import");
	if (m->dry_run)
		tool_misuse(&m->tool, "--dry-run does not go with export: see "
				      "with mqls what would be in it");
	if (m->archive == NULL)
		tool_misuse(&m->tool, "export: where to? --output FILE, or - "
				      "for standard output");
	if (m->move && strcmp(m->archive, "-") == 0)
		tool_misuse(&m->tool, "--move needs a file: nobody knows what "
				      "becomes of standard output");
	if (m->move)
		check_consent(m);
	mqadm_open_export(m);
}

static void
read_import(struct mqadm *m, char **arguments)
{
	const char *wrong = m->where.count > 0	 ? "where"
			    : m->all		 ? "all"
			    : m->limit != 0	 ? "limit"
			    : m->archive != NULL ? "output"
			    : m->move		 ? "move"
			    : m->has_compress	 ? "compress"
						 : NULL;

	m->verb = QF_IMPORT;
	check_archive_options(m);
	if (wrong != NULL)
		tool_misuse(&m->tool,
			    "--%s does not go with import: it takes "
			    "all that is in the archive",
			    wrong);
	if (arguments[0] == NULL || arguments[1] != NULL)
		tool_misuse(&m->tool, "import: one archive, or - for standard "
				      "input");
	m->archive = arguments[0];
	mqadm_open_import(m);
}

static const struct mqadm_command commands[] = {
	{ "hold", read_change, mqadm_run_change, true, false },
	{ "release", read_change, mqadm_run_change, true, false },
	{ "requeue", read_change, mqadm_run_change, true, false },
	{ "expire", read_change, mqadm_run_change, true, false },
	{ "delete", read_change, mqadm_run_change, true, false },
	{ "restore", read_restore, mqadm_run_restore, true, false },
	{ "undo", read_undo, mqadm_run_undo, true, false },
	{ "trash list", read_trash_list, mqadm_run_trash_list, false, true },
	{ "trash purge", read_trash_purge, mqadm_run_trash_purge, true, false },
	{ "trash", read_trash_list, mqadm_run_trash_list, false, true },
	{ "plan", read_plan, mqadm_run_plan, true, true },
	{ "apply", read_apply, mqadm_run_apply, true, false },
	{ "export", read_export, mqadm_run_export, true, false },
	{ "import", read_import, mqadm_run_import, true, false },
	{ "history", read_history, mqadm_run_history, false, true },
	{ "check", mqadm_read_check, mqadm_run_check, true, false },
};

/* How many words of the command line are this name; 0: it is another one. */
static size_t
words_of(const char *name, char *const *words)
{
	const char *second = strchr(name, ' ');
	size_t len = second == NULL ? strlen(name) : (size_t)(second - name);

	if (strncmp(words[0], name, len) != 0 || words[0][len] != '\0')
		return 0;
	if (second == NULL)
		return 1;
	return words[1] != NULL && strcmp(words[1], second + 1) == 0 ? 2 : 0;
}

/* Names of two words come first. */
const struct mqadm_command *
mqadm_command(char ***words)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t count = words_of(commands[i].name, *words);

		*words += count;
		if (count > 0)
			return &commands[i];
	}
	return NULL;
}
