/*
 * postsuper - repair the queue, and change messages in it, as Postfix's
 * postsuper does, and lose none.
 */
#include "postsuper.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/process.h"

/*
 * Logs come first: a message that gets another id is to find its logs where
 * they should be.
 */
static const char *const default_queues[] = { "defer",	  "bounce", "maildrop",
					      "incoming", "active", "deferred",
					      "hold",	  "flush",  NULL };

static _Noreturn void
usage(struct postsuper *p)
{
	say_fatal(p,
		  "usage: %s [-c config_dir] [-d queue_id (delete)] "
		  "[-e queue_id (expire)] "
		  "[-f queue_id (expire and/or un-hold)] "
		  "[-h queue_id (hold)] [-H queue_id (un-hold)] "
		  "[-p (purge temporary files)] [-r queue_id (requeue)] "
		  "[-s (structure fix)] [-S (redundant structure fix)]"
		  "[-v (verbose)] [queue...]",
		  p->tool.name);
}

static void
ask(struct postsuper *p, char action, const char *id)
{
	p->deleted.asked |= action == 'd';
	p->expired.asked |= action == 'e' || action == 'f';
	p->held.asked |= action == 'h';
	p->released.asked |= action == 'H' || action == 'f';
	p->requeued.asked |= action == 'r';
	if (strcmp(id, "ALL") == 0)
		p->by_all = true;
	else
		p->by_id = true;
}

static void
set_directory(struct postsuper *p, const char *directory)
{
	if (*directory != '/')
		say_fatal(p, "-c requires absolute pathname");
	p->tool.config_directory = directory;
}

/* What is asked for; it is done when all of it is known. */
static void
read_options(struct postsuper *p, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, POSTSUPER_OPTIONS)) != -1) {
		switch (opt) {
		case 'c':
			set_directory(p, optarg);
			break;
		case 'p':
			p->purge = true;
			break;
		case 'S':
			p->long_inodes = p->structure = true;
			break;
		case 's':
			p->structure = true;
			break;
		case 'v':
			p->verbose++;
			break;
		case '?':
			usage(p);
		default:
			ask(p, (char)opt, optarg);
		}
	}
	if (!p->by_id && !p->by_all && !p->purge && !p->structure)
		p->purge = p->structure = true;
	p->queues = argv[optind] == NULL ? default_queues
					 : (const char *const *)argv + optind;
}

/* In the order of the command line. */
static void
act(struct postsuper *p, int argc, char **argv)
{
	int opt;

	optind = 1;
	while ((opt = getopt(argc, argv, POSTSUPER_OPTIONS)) != -1) {
		if (strchr(POSTSUPER_ACTIONS, opt) == NULL)
			continue;
		if (strcmp(optarg, "ALL") == 0)
			postsuper_all(p, (char)opt);
		else
			postsuper_ids(p, (char)opt, optarg);
	}
}

static void
report_one(struct postsuper *p, const struct postsuper_count *count,
	   const char *what)
{
	if (count->asked)
		say_info(p, "%s: %u message%s", what, count->done,
			 count->done == 1 ? "" : "s");
}

static void
report(struct postsuper *p)
{
	report_one(p, &p->requeued, "Requeued");
	report_one(p, &p->deleted, "Deleted");
	report_one(p, &p->expired, "Force-expired");
	report_one(p, &p->held, "Placed on hold");
	report_one(p, &p->released, "Released from hold");
	if (p->inode_fixed > 0)
		say_info(p, "Renamed to match inode number: %u message%s",
			 p->inode_fixed, p->inode_fixed == 1 ? "" : "s");
	if (p->inode_mismatch > 0 || p->inode_fixed > 0)
		say_warning(p, "QUEUE FILE NAMES WERE CHANGED TO MATCH INODE "
			       "NUMBERS");
	if (p->unnoted > 0)
		say_warning(p,
			    "the disk has no space for the journal: removed "
			    "without a line in the history: %llu",
			    (unsigned long long)p->unnoted);
}

/* Who calls it under another name is told so by that name. */
static void
start(struct postsuper *p, char **argv)
{
	char *slash = strrchr(argv[0], '/');

	if (slash != NULL && slash[1] != '\0')
		argv[0] = slash + 1;
	p->tool.name = argv[0];
	p->tool.now = time(NULL);
	p->tool.config_directory = getenv("MAIL_CONFIG");
	p->verbose = getenv("MAIL_VERBOSE") != NULL;
	umask(022);
	if (getuid() != geteuid() || (getuid() != 0 && getgid() != getegid()))
		say_fatal(p, "this postfix command must not run as a set-uid "
			     "process");
	process_start(POSTSUPER_FAILED);
	if (getuid() != 0)
		say_fatal(p, "use of this command is reserved for the "
			     "superuser");
}

int
main(int argc, char **argv)
{
	struct postsuper p = { .delete = QF_PURGE };

	start(&p, argv);
	read_options(&p, argc, argv);
	postsuper_open(&p, argv);
	if (p.purge || p.structure)
		postsuper_repair(&p);
	if (p.by_id && (p.inode_mismatch > 0 || p.inode_fixed > 0)) {
		say_error(&p, "QUEUE FILE NAMES WERE CHANGED TO MATCH INODE "
			      "NUMBERS");
		say_fatal(&p, "CHECK YOUR QUEUE IDS AND RE-ISSUE THE COMMAND");
	}
	if (p.by_id || p.by_all) {
		postsuper_recover(&p);
		act(&p, argc, argv);
		postsuper_prune(&p);
	}
	report(&p);
	postsuper_close(&p);
	settings_free(&p.settings);
	caller_free(&p.caller);
	qf_config_free(&p.config);
	return p.failed ? POSTSUPER_FAILED : 0;
}
