/*
 * journal_lock.h - who is at work: locks that end with their process.
 *
 * A job that runs holds a lock on a file of its own, whose name is the id of
 * the job; so a job that is stopped is told from one that died.  Another
 * lock is held by the one who writes the journal.
 *
 * These are locks of an open file description: unlike flock(2) one can be
 * looked at without being taken, so that looking makes nobody else fail, and
 * unlike other locks of fcntl(2) they stay when the process closes another
 * descriptor of the file.
 */
#ifndef QF_JOURNAL_LOCK_H
#define QF_JOURNAL_LOCK_H

#include "journal.h"

/*
 * Make the lock file of a new job in the directory `jobs', and hold it.
 * Nobody may look before there is a record of the job.
 */
enum qf_status qf_job_lock_new(int jobs, const struct qf_job_id *id, int *fd,
			       struct qf_error *err);

/* Hold the lock of a job whose process is dead.  QF_BUSY: it is not. */
enum qf_status qf_job_lock_adopt(int jobs, const struct qf_job_id *id, int *fd,
				 struct qf_error *err);

/* Does anybody hold it? */
enum qf_status qf_job_lock_held(int jobs, const struct qf_job_id *id,
				bool *held, struct qf_error *err);

/* The job is over: nobody needs its file any more. */
void qf_job_lock_remove(int jobs, const struct qf_job_id *id);

/*
 * Wait so many milliseconds for the lock on a file that is open.
 * QF_BUSY: err names the process that has it and does not go on.
 */
enum qf_status qf_lock_wait(int fd, int milliseconds, struct qf_error *err);
void qf_lock_release(int fd);

#endif
