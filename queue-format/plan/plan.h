/*
 * plan.h - change chosen messages of a live queue, in the order that loses
 * none.
 *
 * Decides what happens to each message and when, and has everything written
 * in the journal before it is done and again when it is; the steps are those
 * of postfix/.  docs/SAFETY.md has the table of states, and what each rule
 * prevents.
 *
 * One message that fails never stops the others: its outcome says so.
 */
#ifndef QF_PLAN_H
#define QF_PLAN_H

#include <stdatomic.h>

#include "queue-format/journal.h"
#include "queue-format/message.h"
#include "queue-format/plan/pace.h"
#include "queue-format/plan/trash.h"
#include "queue-format/plan/watch.h"
#include "queue-format/postfix/daemon.h"
#include "queue-format/postfix/spool.h"

enum qf_verb {
	QF_HOLD,
	QF_RELEASE,
	QF_REQUEUE,
	QF_EXPIRE,
	QF_UNEXPIRE, /* as if it had not been expired; only to undo that */
	QF_DELETE,   /* to the trash */
	QF_RESTORE,  /* from there, to where it was */
	QF_PURGE,    /* for good, from a queue or from the trash */
	QF_FLUSH,    /* be tried now; nothing of it is noted */
	QF_IMPORT,   /* what was staged, into a queue; see stage.h */
	QF_VERB_COUNT
};

/* "hold"; the action of a job. */
const char *qf_verb_name(enum qf_verb verb);

/* False: nothing of that name can be done. */
bool qf_verb_by_name(const char *name, enum qf_verb *verb);

/*
 * A message that was chosen, and who it was then: another one that has got
 * its id since is never touched.  Strings are borrowed.
 */
struct qf_chosen {
	const char *id;	     /* in the trash or staged: its name there */
	enum qf_queue queue; /* where it was seen */
	bool in_trash;	     /* and not in a queue */
	uint64_t inode;	     /* 0: not known */
	int64_t birth;	     /* ns since 1970; 0: not known */
	int64_t arrival;     /* 0: not known */
	const char *sender;  /* NULL: not known */
	/*
	 * It gets this time (of its next try, in seconds; 0: it keeps what it
	 * has) if its ctime is still this one, in ns: nobody has touched it.
	 */
	int64_t modified;
	int64_t changed;
};

/* What has become of a message.  Strings live until the callback returns. */
struct qf_plan_note {
	const struct qf_chosen *chosen; /* NULL: of a job that had died */
	enum qf_outcome outcome;
	const char *id;	  /* as it was chosen */
	const char *from; /* the folder where it was met, or NULL */
	const char *now;  /* its id now: another one if it was renamed */
	const char *to;	  /* where it is now, or NULL: not known */
	bool was_active;  /* it was being delivered; then `done' is known */
	size_t done;	  /* recipients that needed no more work */
	bool changed;	  /* it was moved or marked, whatever the outcome is */
	int64_t occupied; /* bytes of the disk, when it was looked at */
	const char *text; /* more for people, or "" */
};

struct qf_plan {
	enum qf_verb verb;
	const struct qf_spool *spool;	/* these are all borrowed */
	const struct qf_daemon *daemon; /* NULL: no Postfix belongs to it */
	/* NULL, and ->job too: see there. */
	struct qf_journal *journal;
	/*
	 * Begun by the caller, who ends it.  NULL: nothing is noted, which only
	 * a purge may do, and a flush does.
	 */
	const struct qf_job_id *job;
	int64_t wait_ms; /* for agents that are at work; 0: only look */
	bool now;	 /* release, expire: be tried at once */
	/* Only those that are met in these (QF_QUEUE_BIT()s); 0: in any. */
	unsigned queues;
	/*
	 * Hold, expire: done as soon as it is on hold, or marked, whoever is
	 * still at work on it.  What has become of it meanwhile is found out
	 * when it is released.
	 */
	bool hastens;
	bool keeps_times; /* requeue: it does not count as just submitted */
	bool release;	  /* import: be delivered, and not be on hold */
	const atomic_bool *cancel; /* set: stop between messages; or NULL */

	/*
	 * No faster than that; NULL: as fast as it goes.  A message is looked
	 * for when its turn has come.  Postfix is woken for each lot, once in
	 * a second at most.
	 */
	struct qf_pace *pace;
	bool needs_postfix; /* with a pace: end when it does not run */
	/*
	 * With a pace, and with `now' or of a flush: end when too many are
	 * deferred.
	 */
	struct qf_watch *watch;

	/*
	 * A message has another id from now on; what becomes of it is told
	 * later.  May be NULL.
	 */
	void (*renamed)(void *context, const char *old, const char *now);
	/* What has become of a message; each chosen one is told once. */
	void (*over)(void *context, const struct qf_plan_note *note);
	/* Several times a second while nothing happens; may be NULL. */
	void (*pause)(void *context);
	void *context;
};

/* Why a plan with a pace was ended before its end. */
enum qf_plan_end {
	QF_PLAN_TO_THE_END, /* it was not, or it was cancelled */
	QF_PLAN_TOO_MANY_DEFERRED,
	/* It would try all of them at once some day; a flush begins none. */
	QF_PLAN_POSTFIX_DOWN,
};

struct qf_plan_result {
	uint64_t counts[QF_OUTCOME_COUNT];
	uint64_t
		left; /* that were not begun: cancelled, or the journal failed */
	enum qf_plan_end ended;
	/* QF_OK; QF_DOWN: done, but Postfix does not run; others: a failure */
	enum qf_status woken;
	uint64_t unnoted; /* purged without a note, as nothing takes one */
	/*
	 * The trash takes no more: the disk is full, a quota is reached, or it
	 * cannot be written.  The rest was not begun.
	 */
	bool trash_full;
};

/*
 * Do it.  Postfix is woken where something is to be delivered now.
 *
 * QF_OK       each message has an outcome
 * QF_STOPPED  cancelled, ended, or trash_full: the rest was not begun
 * others      nothing more can be noted, and nothing more was begun; what was
 *             begun and could not be noted is brought to its end by the next
 *             qf_plan_recover()
 */
enum qf_status qf_plan_run(const struct qf_plan *plan,
			   const struct qf_chosen *chosen, size_t count,
			   struct qf_plan_result *result, struct qf_error *err);

/*
 * All that Postfix has is tried now, whatever time it has, as postqueue(1) -f
 * does it; what was submitted is taken up.  Nobody needs to be chosen.
 *
 * QF_DOWN  the mail system is down
 */
enum qf_status
qf_plan_flush_all(const struct qf_spool *spool, struct qf_error *err);

/* Would a flush do something?  QF_DOWN: no. */
enum qf_status
qf_plan_is_up(const struct qf_spool *spool, struct qf_error *err);

/*
 * Bring jobs to their end whose program has died, the oldest first and no
 * more than a thousand.  plan->verb and ->job are not used.  To do it twice
 * changes nothing; jobs that are alive are left alone.  *jobs is how many
 * there were.
 */
enum qf_status
qf_plan_recover(const struct qf_plan *plan, size_t *jobs, struct qf_error *err);

#endif
