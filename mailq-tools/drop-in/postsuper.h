/*
 * postsuper.h - what `postsuper' was asked for, and how far it is.
 *
 * It does what Postfix's postsuper(1) does, in the same order and with the
 * same words, but changes messages as all of the suite does: by plans, which
 * lose none.  docs/COMPATIBILITY.md has what follows from that.
 */
#ifndef DROP_IN_POSTSUPER_H
#define DROP_IN_POSTSUPER_H

#include "mailq-tools/caller.h"
#include "mailq-tools/interrupt.h"
#include "mailq-tools/maillog.h"
#include "mailq-tools/settings.h"
#include "mailq-tools/workplace.h"
#include "queue-format/plan/plan.h"
#include "queue-format/plan/repair.h"

/* What it ends with after anything that was fatal. */
#define POSTSUPER_FAILED 1

#define POSTSUPER_OPTIONS "+c:d:e:f:h:H:pr:sSv"

/* Letters that stand for what is done to named messages. */
#define POSTSUPER_ACTIONS "defhHr"

/* A directory of the queue that can be named. */
struct postsuper_queue {
	const char *name;
	bool has_messages;
	enum qf_queue queue; /* if it has */
};

/* What was asked for once at least; and of how many messages it was done. */
struct postsuper_count {
	bool asked;
	unsigned done;
};

struct postsuper {
	struct tool tool;
	struct qf_config config;
	struct settings settings;
	struct caller caller;
	struct maillog log;
	struct workplace place;
	struct qf_repair *repair;
	bool has_config; /* it was read, and the log is where it says */

	/* What to do. */
	const char *const *queues;
	unsigned verbose;
	bool purge;	  /* -p */
	bool structure;	  /* -s */
	bool long_inodes; /* -S */
	bool by_id;	  /* any message is named */
	bool by_all;
	enum qf_verb delete; /* what -d is: for good, or to the trash */

	/* What was done. */
	struct postsuper_count requeued;
	struct postsuper_count deleted;
	struct postsuper_count expired;
	struct postsuper_count held;
	struct postsuper_count released;
	unsigned inode_fixed;
	unsigned inode_mismatch;
	unsigned position_mismatch;
	uint64_t unnoted; /* removed without a line in the journal */
	bool failed;	  /* something that Postfix would have done was not */

	/* Before something is said of a message: what comes before it. */
	void (*before)(void *context);
	void *before_context;

	struct interrupt interrupt;
};

/* postsuper_say.c: to standard error and to the log, in Postfix's words. */

void say_info(struct postsuper *p, const char *format, ...) QF_PRINTF(2, 3);
void say_warning(struct postsuper *p, const char *format, ...) QF_PRINTF(2, 3);
void say_error(struct postsuper *p, const char *format, ...) QF_PRINTF(2, 3);
_Noreturn void say_fatal(struct postsuper *p, const char *format, ...)
	QF_PRINTF(2, 3);

/* Ends the program as a signal would have ended Postfix's, if one came. */
void postsuper_check_interrupt(struct postsuper *p);

/* The log has all lines, and the journal is closed. */
void postsuper_close(struct postsuper *p);

/* postsuper_open.c: main.cf, the rights of mail_owner, and the journal. */
void postsuper_open(struct postsuper *p, char *const argv[]);

/* postsuper_walk.c */

/* NULL: it is none that can be named. */
const struct postsuper_queue *postsuper_known_queue(const char *name);

/* The same; the program ends if it is none. */
const struct postsuper_queue *
postsuper_queue(struct postsuper *p, const char *name);

/* -p, -s and -S over all queues, as often as that takes. */
void postsuper_repair(struct postsuper *p);

/* The action of this letter on all that is in the queues. */
void postsuper_all(struct postsuper *p, char action);

/* postsuper_find.c */

/* Those that were named before are done, and told, first. */
void postsuper_come_up_to(struct postsuper *p);

/* Is this directory looked at for this action? */
bool postsuper_looks_in(struct postsuper *p, char action, const char *name,
			const struct postsuper_queue **queue);

/*
 * Where the message is, of those that were named: twice, since it may go from
 * one to another while we look.  What lies there and is none is told.
 */
bool postsuper_find(struct postsuper *p, char action, const char *id,
		    struct qf_chosen *chosen);

/* postsuper_ids.c */

/* The action on one message, or on those that standard input names ("-"). */
void postsuper_ids(struct postsuper *p, char action, const char *id);

/* postsuper_job.c */

/* A verb, for some messages; what comes of each is told. */
struct postsuper_work {
	enum qf_verb verb;
	const char *selection; /* for the journal */
	unsigned queues;       /* where they may be met; QF_QUEUE_BIT()s */
	bool keeps_times;
	void (*renamed)(void *context, const char *old, const char *now);
	/* `why': it was not done; NULL: it was, or somebody else was first. */
	void (*over)(void *context, size_t i, bool done, const char *why);
	void *context;
};

/* Ends the program when there is no going on. */
void postsuper_work(struct postsuper *p, const struct postsuper_work *work,
		    const struct qf_chosen *chosen, size_t count);

/* Bring jobs to their end whose programs have died. */
void postsuper_recover(struct postsuper *p);

/* The count of what this verb does. */
struct postsuper_count *postsuper_count(struct postsuper *p, enum qf_verb verb);

/* Forget old jobs. */
void postsuper_prune(struct postsuper *p);

#endif
