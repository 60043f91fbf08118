/*
 * stage.h - messages that come from elsewhere, until they have a place in a
 * queue.
 *
 * A message is put together in a directory of ours in the queue directory,
 * under a name that says who it is (postfix/essence.h), and its logs under
 * the same name beside those of all others.  When all of that is on the disk,
 * a plan (QF_IMPORT) gives it an id of its new inode and moves it into a
 * queue; the journal knows it by both names, so that it does not come a second
 * time.
 *
 * One import at a time works here; what a dead one has left was never moved
 * and is removed.
 */
#ifndef QF_PLAN_STAGE_H
#define QF_PLAN_STAGE_H

#include "queue-format/journal.h"
#include "queue-format/plan/plan.h"
#include "queue-format/postfix/spool.h"

#define QF_STAGE "mailq-tools-import"

/* Opaque. */
struct qf_stage;

/* The spool is borrowed.  NULL: out of memory. */
struct qf_stage *qf_stage_new(const struct qf_spool *spool);
void qf_stage_free(struct qf_stage *stage); /* NULL is allowed */

/*
 * Is this job, which was begun, the only import that is at work?  Of two that
 * begin at the same time both may be told that they are not.
 *
 * QF_BUSY  there is another one, or one that died and was not recovered; the
 *          text names it
 */
enum qf_status qf_stage_claim(struct qf_journal *journal,
			      const struct qf_job_id *job,
			      struct qf_error *err);

/*
 * Remove what was left here.  Only for who has the claim, and after a
 * recovery that has brought all jobs to an end.
 */
enum qf_status qf_stage_clear(struct qf_stage *stage, struct qf_error *err);

/*
 * Begin a message.  What is written then is its file, and after
 * qf_stage_log() the log of that folder ("defer", "bounce", "trace").
 *
 * QF_EXISTS  there is one of that name
 */
enum qf_status
qf_stage_begin(struct qf_stage *stage, const char *key, struct qf_error *err);
enum qf_status
qf_stage_log(struct qf_stage *stage, const char *folder, struct qf_error *err);
enum qf_status qf_stage_write(struct qf_stage *stage, const void *data,
			      size_t len, struct qf_error *err);

/*
 * All of it was written.  chosen->inode and ->birth are set.  `expire': it
 * has the mark of a forced expiry.
 */
enum qf_status qf_stage_end(struct qf_stage *stage, bool expire,
			    struct qf_chosen *chosen, struct qf_error *err);

/* Remove what was begun, or the one of that name. */
void qf_stage_drop(struct qf_stage *stage);
void qf_stage_remove(struct qf_stage *stage, const char *key);

/* Put all of them on the disk, before any is moved. */
enum qf_status qf_stage_sync(struct qf_stage *stage, struct qf_error *err);

#endif
