/*
 * workplace.h - what a program that changes a queue has open for each
 * instance.
 *
 * With the rights of the caller: the queue directory, the process id of
 * Postfix's master, and the directories that are ours (the journal's below
 * the state directory, the trash below the queue directory), which are made
 * and given to mail_owner.  After those rights are given up: the journal.
 */
#ifndef WORKPLACE_H
#define WORKPLACE_H

#include "mailq-tools/privilege.h"
#include "mailq-tools/settings.h"
#include "mailq-tools/tool.h"
#include "queue-format/journal.h"
#include "queue-format/postfix/config.h"
#include "queue-format/postfix/daemon.h"
#include "queue-format/postfix/spool.h"

#define WORKPLACE_STATE	      "/var/lib/mailq-tools"
#define WORKPLACE_SETTING     "state_directory"
#define WORKPLACE_ENVIRONMENT "MAILQ_TOOLS_STATE"

struct workplace {
	struct qf_spool *spool;
	struct qf_daemon *daemon;
	char *state; /* the directory of its journal */
	struct qf_journal *journal;
	bool unnoted; /* there is no space for one */
};

/*
 * Where the journal of an instance is; nothing is looked at or made, for who
 * only reads.  The base is that of the environment (MAILQ_TOOLS_STATE), or of
 * the settings (state_directory; they may be NULL), or the usual one; below
 * it each instance has a directory of its name, or of a hash of its queue
 * directory's real path.
 */
enum qf_status workplace_find(const struct settings *settings,
			      const struct qf_config *config,
			      struct workplace *place, struct qf_error *err);

/*
 * The first half, before the program becomes `owner'; config is borrowed.
 * `needs_journal': else place->unnoted says that the disk has no space for
 * what is ours, which is no failure then.
 *
 * QF_DENIED  something is missing that only root can make
 * QF_UNSAFE  something that should be ours is another's, or open to others
 */
enum qf_status workplace_prepare(const struct settings *settings,
				 const struct qf_config *config,
				 const struct identity *owner,
				 bool needs_journal, struct workplace *place,
				 struct qf_error *err);

/*
 * In place of that for who only looks: queue directory and master are open,
 * nothing of ours is made.
 */
enum qf_status workplace_look(const struct settings *settings,
			      const struct qf_config *config,
			      struct workplace *place, struct qf_error *err);

/*
 * And where messages are put together that come from elsewhere; with the same
 * statuses.
 */
enum qf_status workplace_prepare_import(struct workplace *place,
					const struct qf_config *config,
					const struct identity *owner,
					struct qf_error *err);

/*
 * The second half: the journal; it may be open already.  `read_only':
 * QF_ABSENT where there is no journal yet.
 */
enum qf_status
workplace_open(struct workplace *place, bool read_only, struct qf_error *err);

void workplace_close(struct workplace *place);

#endif
