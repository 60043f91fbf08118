/*
 * postsuper_open.c - main.cf, the rights of mail_owner, and what is ours.
 */
#include "postsuper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/privilege.h"
#include "mailq-tools/process.h"

static void
read_settings(struct postsuper *p)
{
	static const char name[] = "postsuper_delete";
	const char *value;

	settings_open(&p->tool, &p->settings);
	settings_parse(&p->tool, &p->settings);
	value = settings_get(&p->settings, "", name, strlen(name));
	if (value == NULL || strcmp(value, "purge") == 0)
		p->delete = QF_PURGE;
	else if (strcmp(value, "trash") == 0)
		p->delete = QF_DELETE;
	else
		say_fatal(p, "%s: %s: neither \"purge\" nor \"trash\": \"%s\"",
			  p->settings.path, name, value);
}

static bool
changes_messages(const struct postsuper *p)
{
	return p->by_id || p->by_all;
}

/* To remove something, and to put files right, needs no space on the disk. */
static bool
needs_journal(const struct postsuper *p)
{
	return changes_messages(p) &&
	       (p->requeued.asked || p->expired.asked || p->held.asked ||
		p->released.asked || p->delete != QF_PURGE);
}

/* With the rights of root: our directories are made where there are none. */
static void
prepare(struct postsuper *p, const struct identity *owner)
{
	struct qf_error err;

	if (workplace_prepare(&p->settings, &p->config, owner, needs_journal(p),
			      &p->place, &err) == QF_OK)
		return;
	/* Without a journal, old ids are not known later; that is all. */
	if (changes_messages(p) ||
	    qf_spool_open(&p->config, &p->place.spool, &err) != QF_OK)
		say_fatal(p, "%s", err.text);
	p->place.unnoted = true;
}

static void
open_journal(struct postsuper *p)
{
	struct qf_error err;

	if (workplace_open(&p->place, false, &err) == QF_OK)
		return;
	if (changes_messages(p) &&
	    (needs_journal(p) || !qf_error_is_full(&err)))
		say_fatal(p, "%s", err.text);
	p->place.unnoted = true;
}

void
postsuper_open(struct postsuper *p, char *const argv[])
{
	struct identity owner;
	struct qf_error err;

	caller_look(&p->caller, argv);
	if (qf_config_read(p->tool.config_directory, &p->config, &err) != QF_OK)
		say_fatal(p, "%s", err.text);
	p->has_config = true;
	maillog_open(&p->log, &p->tool, &p->config);
	maillog_start(&p->log);
	if (chdir(p->config.queue_directory) < 0)
		say_fatal(p, "chdir %s: %s", p->config.queue_directory,
			  strerror(errno));
	if (identity_of_user(p->config.mail_owner, &owner, &err) != QF_OK)
		say_fatal(p, "%s", err.text);
	read_settings(p);
	process_make_room();
	prepare(p, &owner);
	if (identity_become(&owner, &err) != QF_OK ||
	    interrupt_start(&p->interrupt, &err) != QF_OK)
		say_fatal(p, "%s", err.text);
	open_journal(p);
	p->repair = qf_repair_new(p->place.spool);
	if (p->repair == NULL)
		say_fatal(p, "%s", strerror(ENOMEM));
}
