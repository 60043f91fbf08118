/*
 * trash.h - messages that were taken out of every queue, and are kept.
 *
 * One flat directory in the queue directory, so that a message keeps its
 * inode, and with it the right to its id; Postfix does not look there.  The
 * name of a message says where it came from, so that it can be restored when
 * the journal is lost: ORIGIN.ID.JOB, with the folder in which it was met, the
 * id that it had there, and the job that has taken it.
 */
#ifndef QF_PLAN_TRASH_H
#define QF_PLAN_TRASH_H

#include "queue-format/journal.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/spool.h"

#define QF_TRASH "mailq-tools-trash"

/*
 * A directory in it, for files that are no messages and were in the way; it is
 * not listed with those.
 */
#define QF_TRASH_ASIDE "set-aside"

/* In place of a folder: its sender has got it back while we took it. */
#define QF_TRASH_RETURNED "returned"

#define QF_TRASH_NAME_MAX 255

struct qf_trashed {
	char origin[16];
	char id[QF_QUEUE_ID_MAX + 1];
	struct qf_job_id job;
};

/* False: the id is too long for that. */
bool qf_trash_name(const char *origin, const char *id,
		   const struct qf_job_id *job,
		   char name[QF_TRASH_NAME_MAX + 1]);

/* False: it is not such a name. */
bool qf_trash_read(const char *name, struct qf_trashed *trashed);

/* When its job was begun: us since 1970. */
int64_t qf_trash_time(const struct qf_trashed *trashed);

/*
 * Give `take' every message that is there, in no order, as
 * qf_journal_jobs() gives jobs; `trashed' is NULL for a name that is not one
 * of ours.
 *
 * QF_OK  also: there is no trash yet
 */
enum qf_status
qf_trash_list(const struct qf_spool *spool,
	      enum qf_status (*take)(void *context, const char *name,
				     const struct qf_trashed *trashed),
	      void *context, struct qf_error *err);

#endif
