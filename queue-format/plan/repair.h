/*
 * repair.h - files of a spool that have a wrong name or place get the right
 * ones.
 *
 * Does what was decided with postfix/structure.h.  Nothing is ever replaced:
 * where another file has the name, both stay as they are.  Ids that are given
 * to messages are kept in the journal, so that the old ones go on working.
 *
 * A repair needs no note before it: all it leaves behind when it dies are
 * names that another repair puts right.
 */
#ifndef QF_PLAN_REPAIR_H
#define QF_PLAN_REPAIR_H

#include "queue-format/journal.h"
#include "queue-format/postfix/spool.h"
#include "queue-format/postfix/structure.h"

/* Opaque; for one thread. */
struct qf_repair;

/* The spool is borrowed.  NULL: out of memory. */
struct qf_repair *qf_repair_new(const struct qf_spool *spool);
void qf_repair_free(struct qf_repair *repair); /* NULL is allowed */

/*
 * A file to its right place, verdict->path; `path' is where it is, from the
 * queue directory on.
 *
 * QF_GONE     it is not there any more
 * QF_CHANGED  another file has the name, and keeps it
 * QF_EXISTS   the right place is taken: nothing was moved
 */
enum qf_status
qf_repair_place(struct qf_repair *repair, const char *path, uint64_t inode,
		const struct qf_structure *verdict, struct qf_error *err);

/*
 * A message gets the right id, and its logs first; all with the suffix, which
 * stays until nobody else can have that name any more: judge them again after
 * that (QF_STRUCTURE_LEFT).  The statuses are the same.
 */
enum qf_status
qf_repair_rename(struct qf_repair *repair, const char *path, uint64_t inode,
		 const struct qf_structure *verdict, struct qf_error *err);

/* The path that this gives to a message. */
void qf_repair_path(const struct qf_structure *verdict,
		    char path[QF_STRUCTURE_PATH_MAX]);

/* Anything but a directory is removed.  The statuses are the same. */
enum qf_status qf_repair_remove(struct qf_repair *repair, const char *path,
				uint64_t inode, struct qf_error *err);

/* An empty directory is. */
enum qf_status qf_repair_remove_folder(struct qf_repair *repair,
				       const char *path, struct qf_error *err);

/*
 * All of it reaches the disk.  Then the journal gets a job with the ids that
 * messages have got since the last call, if there are any; the caller has
 * signed it.  The journal may be NULL.
 */
enum qf_status qf_repair_end(struct qf_repair *repair,
			     struct qf_journal *journal, struct qf_job *job,
			     struct qf_error *err);

#endif
