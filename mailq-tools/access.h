/*
 * access.h - which queues the caller means, and the right to read or change
 * them.
 *
 * As root: postconf is asked, then the program becomes mail_owner for good,
 * then the spool is opened.  mail_owner reads the spool, too.  Anyone else
 * gets the listing through Postfix's own set-gid postqueue, and changes
 * nothing.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <stddef.h>

#include "mailq-tools/settings.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/workplace.h"
#include "queue-format/postfix/config.h"
#include "queue-format/store.h"

#define ACCESS_MAX 100 /* instances */

struct access {
	/* To be set before access_open(). */
	bool for_change; /* messages are going to be changed */
	/* All of it is looked at: spools and daemons are opened for that. */
	bool for_look;
	/* for_change, and that needs no space: also without a journal. */
	bool may_lack_journal;
	bool for_import; /* for_change, and messages come from elsewhere */
	const struct settings *settings; /* parsed before `for_change' */

	struct qf_store *stores[ACCESS_MAX];
	size_t store_count;
	/* The instances, also those whose store could not be opened. */
	size_t count;
	struct qf_config configs[ACCESS_MAX];
	char *names[ACCESS_MAX];	/* of instances; NULL: only one */
	char *sole;			/* the name of that one, or NULL */
	char programs[ACCESS_MAX][200]; /* Postfix's postqueue */
	/* By instance; for_change: all that is open for those with a store. */
	struct workplace workplaces[ACCESS_MAX];
};

/*
 * Open what the common options say.  Ends the program with a message when
 * nothing of it can be had, or `for_change' is not the caller's right; one of
 * several instances that cannot be opened is complained about and left out.
 */
void access_open(struct tool *tool, struct access *access);

/*
 * The journal of an instance, by its index.  Whoever only reads gets it
 * opened for that, once the settings are parsed; nothing is made.
 *
 * QF_ABSENT  there is none
 * QF_DENIED  it is not for this user
 */
enum qf_status access_journal(struct access *access, size_t i,
			      struct qf_journal **journal,
			      struct qf_error *err);

/*
 * The index of the store of an instance, which is named as messages and
 * access->names have it: by the same pointer.
 */
size_t access_store(const struct access *access, const char *instance);

/* The other way round: some instances have no store. */
size_t access_instance(const struct access *access, size_t store);

void access_close(struct access *access);

#endif
