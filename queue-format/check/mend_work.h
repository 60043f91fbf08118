/*
 * mend_work.h - one repair; private to check/mend*.c.
 */
#ifndef QF_CHECK_MEND_WORK_H
#define QF_CHECK_MEND_WORK_H

#include "check.h"

#include "queue-format/postfix/action.h"
#include "queue-format/postfix/structure.h"

/* What is done about a finding. */
enum qf_check_cure {
	QF_CURE_NONE,
	QF_CURE_MOVE,	/* to `to' */
	QF_CURE_MODE,	/* `mode' */
	QF_CURE_TIME,	/* now */
	QF_CURE_FOLDER, /* is removed, if it is empty */
	QF_CURE_HOLD,	/* the caller holds and releases it */
	QF_CURE_LATER,	/* not while Postfix runs */
};

struct qf_check_decision {
	enum qf_check_cure cure;
	char to[QF_STRUCTURE_PATH_MAX];
	mode_t mode;
	bool with_logs; /* they get the new id, too */
	bool release;
	const char *why; /* for people, or "" */
};

/*
 * `remembers': a queue manager runs, as far as anybody knows.  `number' makes
 * the names of what is set aside different from each other.
 */
void qf_check_decide(const struct qf_spool *spool,
		     const struct qf_check_finding *finding, bool remembers,
		     const struct qf_job_id *job, unsigned number,
		     struct qf_check_decision *decision);

/* "deferred" of "deferred/A/4F2A11", and "4F2A11". */
void qf_check_folder_of(const char *path, char folder[QF_QUEUE_ID_MAX + 1]);
const char *qf_check_name_of(const char *path);

/* Does a queue manager of this spool run, as far as anybody knows? */
bool qf_check_remembers(const struct qf_check *check);

/* Both ends of a move, as the journal has them.  False: out of memory. */
bool qf_check_item(struct qf_arena *arena, const char *from, const char *to,
		   struct qf_journal_item *item);

/* The path of one of them, from the queue directory on. */
bool qf_check_item_path(const char *folder, const char *id,
			char path[QF_STRUCTURE_PATH_MAX]);

#endif
