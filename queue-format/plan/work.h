/*
 * work.h - a plan that is being carried out; private to plan/.
 *
 * Each message goes from stage to stage.  A round takes all that are in work
 * one step further: whoever has a next move is noted in the journal together
 * with the others, moved, put on the disk and noted again.  Who has to wait
 * for somebody else is looked at again in the next round.
 */
#ifndef QF_PLAN_WORK_H
#define QF_PLAN_WORK_H

#include "plan.h"

#include "queue-format/postfix/action.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/recipients.h"
#include "queue-format/postfix/record.h"
#include "queue-format/plan/stage.h"
#include "queue-format/rules.h"

#define QF_PLAN_TEXT 240

/* Kinds of logs. */
#define QF_PLAN_LOGS 3

/* Between two looks at a message that has to wait. */
#define QF_PLAN_PAUSE_MS 50

enum stage {
	STAGE_FETCH, /* one of many: may be held beside, in the next round */
	STAGE_LOOK,  /* to be found, and decided on */
	STAGE_QUIET, /* out of qmgr's reach: until nobody works on it */
	STAGE_NAME,  /* the name was taken: to get another */
	STAGE_READY, /* its next move is decided: to be noted */
	STAGE_NOTED, /* to be carried out */
	STAGE_AFTER, /* marked while active: until that attempt is over */
	STAGE_OVER,  /* it has an outcome: to be noted and told */
};

/* What a message's own file says. */
struct marks {
	size_t left; /* recipients that are to be delivered */
	size_t done;
	int64_t expires; /* returned at the first attempt after this */
	int64_t warn;	 /* a delay warning is due, 0: none */
	int64_t arrival;
	const char *sender; /* raw; in the arena of the work */
};

/* How it came to be on hold or in the trash, as far as we have done it. */
struct past {
	bool untouched; /* nobody has touched it since it came there */
	bool is_fresh;	/* no qmgr has ever loaded it under its id */
	/* What was true when it was taken out of qmgr's hands. */
	bool from_deferred;
	bool was_active;
	int64_t taken; /* when: seconds since 1970 */
	mode_t mode;
	uint64_t defer;
	int64_t qmgr_pid; /* as in the journal */
	uint64_t qmgr_start;
};

/* One message. */
struct change {
	const struct qf_chosen *chosen; /* NULL: of a job that had died */
	struct qf_identity wanted;	/* inode 0: whoever has the id */
	enum stage stage;
	struct qf_pin pin;
	enum qf_queue queue; /* where it was seen last */
	const char *folder;  /* where it is, NULL: not known */
	char old_id[QF_QUEUE_ID_MAX + 1];
	char id[QF_QUEUE_ID_MAX + 1]; /* now; also while in the trash */
	/* Its name there, when it comes from the trash or goes to it. */
	char trash_name[QF_TRASH_NAME_MAX + 1];

	/* The next move. */
	const char *to_folder; /* NULL: it stays, and gets a mark */
	char to_id[QF_QUEUE_ID_MAX + 1];
	/* Whose logs come along, "": nobody's. */
	char logs_id[QF_QUEUE_ID_MAX + 1];
	enum qf_outcome then;	       /* what it has come to after this move */
	unsigned tries;		       /* of names that were taken */
	bool logs_moved[QF_PLAN_LOGS]; /* ahead of it */
	/* Where those are, as somebody else has moved it first; or "". */
	char logs_at[QF_QUEUE_ID_MAX + 1];
	bool leaves_log; /* of delays, as it is not whole */

	/* How it came there, as it was known when it was fetched. */
	struct past past;
	int64_t past_changed; /* its ctime then; 0: it was not asked */

	/* What has happened. */
	bool noted;   /* the journal has it */
	bool written; /* and its stage, with this round */
	bool taken;   /* out of qmgr's hands, by this job */
	bool moved;   /* by this job */
	bool marked;  /* by this job */
	bool removed; /* for good */
	bool due;     /* a return or a warning, when it was taken */
	bool carried; /* in this round */
	bool was_active;
	size_t done; /* recipients, when it was active */
	struct qf_journal_item item;

	int64_t deadline;   /* ms; 0: nobody was waited for yet */
	int64_t not_before; /* ms: the next look */
	int64_t calm_since; /* ms; without leases: since when no lock */
	enum qf_outcome outcome;
	char text[QF_PLAN_TEXT];
};

struct scribe;

/* What the journal has of a message for later, when it is long gone. */
struct origins {
	struct qf_reader *reader;
	struct qf_recipients *recipients;
	struct qf_arena arena; /* emptied after each message */
	struct qf_arena kept;  /* senders; equal ones are kept once */
	struct qf_string_set pool;
};

struct work {
	const struct qf_plan *plan;
	enum qf_verb verb;
	struct qf_job_id job;
	const struct qf_config *config;
	struct qf_action *action;
	struct qf_reader *reader;
	struct qf_recipients *recipients;
	struct qf_arena arena; /* emptied after each message */
	struct origins origins;
	struct qf_plan_result *result;

	const struct qf_chosen *next; /* that are not begun */
	size_t rest;
	struct change *changes;
	size_t count;
	size_t lot; /* as many come into work in one round */
	size_t room;
	struct scribe *scribe;

	/* Of this round. */
	int64_t now_ms;
	int64_t now;
	bool asked_qmgr;
	bool knows_qmgr;
	struct qf_process qmgr;
	bool progress; /* somebody came to another stage */
	bool stopping;
	size_t turns; /* with a pace: so many more may be moved */

	bool flush_apart; /* by way of incoming/ */
	bool wake_qmgr;	  /* to look through deferred/ */
	bool wake_incoming;
	bool wake_pickup;
	int64_t woken_ms; /* the last time; 0: not yet */
};

/* find.c */

/*
 * Find the message and hold it: in all queues, twice.  What keeps it from
 * being found becomes its outcome: false.
 */
bool qf_plan_find(struct work *work, struct change *c);

/* QF_OK: it is there by this name, it and no other. */
enum qf_status qf_plan_is_at(struct work *work, const struct change *c,
			     const struct qf_place *place,
			     struct qf_error *err);

/*
 * Hold it if it is where it was seen.  Uses nothing but the message, the
 * journal and what qf_plan_take_origin() does, so that the thread may do it
 * that has the journal.
 */
void qf_plan_fetch(struct work *work, struct change *c);

/* origin.c */

/* False: out of memory. */
bool qf_plan_origins_open(struct origins *origins, const struct qf_spool *);
void qf_plan_origins_close(struct origins *origins);

/*
 * Its arrival and its sender, for the journal: from who has chosen it, else
 * from the file that is held.  For one thread at a time.
 */
void qf_plan_take_origin(struct work *work, struct change *c);

/* marks.c */

/* Read who is left, or only what stands before the recipients. */
enum qf_status qf_plan_marks(struct work *work, const struct change *c,
			     bool recipients, struct marks *marks,
			     struct qf_error *err);

/* With this mode, is a return or a delay warning due then, in seconds? */
bool qf_plan_is_due(mode_t mode, const struct marks *marks, int64_t now);

/*
 * Does the delay log of this id leave out somebody who is still to be
 * delivered to?  One that is not there leaves out nobody.
 */
enum qf_status qf_plan_is_partial(struct work *work, const struct change *c,
				  const char *id, bool *partial,
				  struct qf_error *err);

/* look.c: found or not; the first decision. */
void qf_plan_look(struct work *work, struct change *c);

/*
 * Look again a little later, since it may be elsewhere then; or it is over,
 * as it took too long.
 */
void qf_plan_come_again(struct work *work, struct change *c, const char *why);

/* How many recipients are done already, for who asks later. */
void qf_plan_note_active(struct work *work, struct change *c);

/* After an attempt that was under way when it was marked. */
void qf_plan_look_after(struct work *work, struct change *c);

/*
 * May its return, its delay warning or a report be being written?  Sets
 * c->due, and the logs that it has.
 */
enum qf_status qf_plan_at_end(struct work *work, struct change *c,
			      struct qf_logs *logs, bool *at_end,
			      struct qf_error *err);

/* settle.c */

/* It is out of qmgr's reach: wait until nobody works on it. */
void qf_plan_quiet(struct work *work, struct change *c);

/* Is it quiet?  Then the next decision. */
void qf_plan_settle(struct work *work, struct change *c);

/* past.c */

/*
 * Sets c->logs_id, too: its logs stand under the name that it had before.  A
 * failure is one to read the journal: then nothing is known of its logs; nor
 * is it with QF_BUSY, while another job is about to note where it came from.
 */
enum qf_status qf_plan_remember(struct work *work, struct change *c,
				struct past *past, struct qf_error *err);

/*
 * Remember it now, if it is going to be asked for: one that was fetched.  It
 * counts as long as nobody has moved the message.  For the thread that uses
 * the journal.
 */
void qf_plan_remember_early(struct work *work, struct change *c);

/* remove.c */

void qf_plan_delete(struct work *work, struct change *c);
void qf_plan_purge(struct work *work, struct change *c);

/* Its next move is to the trash, with this origin in its name. */
void qf_plan_to_trash(struct work *work, struct change *c, const char *origin,
		      enum qf_outcome then);

/* Remove its logs, then the message; what was noted. */
void qf_plan_remove(struct work *work, struct change *c);

/* restore.c */

void qf_plan_restore(struct work *work, struct change *c);

/* flush.c */

/* Before the first one: nothing is begun where Postfix does not run. */
void qf_plan_flush_begin(struct work *work);

void qf_plan_flush(struct work *work, struct change *c);
void qf_plan_flush_carry(struct work *work, struct change *c);

/* import.c */

void qf_plan_import(struct work *work, struct change *c);

/* carry.c */

/* The mark of an expiry; with --now, a deferred one is tried at once. */
enum qf_status
qf_plan_mark(struct work *work, struct change *c, struct qf_error *err);

/* The move that was noted. */
void qf_plan_carry(struct work *work, struct change *c);

/*
 * The logs that went ahead to this name come back: c->logs_moved, which may
 * be all of them where nobody knows.
 */
void qf_plan_logs_back(struct work *work, struct change *c, const char *from);

/*
 * The logs that were left behind by a move that came too late go to where it
 * is, if it was found, or back.
 */
void qf_plan_logs_follow(struct work *work, struct change *c, bool found);

/* names.c */

/* An id that this message never had, and nobody has. */
enum qf_status qf_plan_new_id(struct work *work, uint64_t inode,
			      char id[QF_QUEUE_ID_MAX + 1],
			      struct qf_error *err);

/* The name to which it was to go is another message's. */
void qf_plan_choose_name(struct work *work, struct change *c);

/* change.c */

void qf_plan_over(struct work *work, struct change *c, enum qf_outcome outcome,
		  const char *format, ...) QF_PRINTF(4, 5);

/* The outcome of a failure that concerns this message alone. */
void
qf_plan_failed(struct work *work, struct change *c, const struct qf_error *err);

/* Its next move: to be noted first.  NULL: it stays where it is. */
void qf_plan_ready(struct work *work, struct change *c, const char *folder,
		   const char *id, enum qf_outcome then);

/* What it is called in this folder, where it has or gets this id. */
const char *
qf_plan_name_in(const struct change *c, const char *folder, const char *id);

/* Somebody works on it.  False: for too long, or we were told to stop. */
bool qf_plan_may_wait(struct work *work, struct change *c);

/* Does the qmgr of that time still run, as far as anybody knows? */
bool qf_plan_remembers(struct work *work, int64_t pid, uint64_t start);

/* Is it known that no qmgr runs? */
bool qf_plan_is_down(struct work *work);

/* What is true of the queue manager goes into the journal. */
void qf_plan_note_qmgr(struct work *work, struct qf_journal_item *item);

/* scribe.c */

/* As many notes as there is room for messages.  NULL: out of memory. */
struct scribe *qf_plan_scribe_new(struct work *work);
void qf_plan_scribe_free(struct scribe *scribe); /* NULL is allowed */

/*
 * Note who is ready and who is over, let go of the latter, and hold who is to
 * be fetched.  Until the end, nobody else uses the journal, nor changes those
 * messages.
 */
void qf_plan_scribe_begin(struct scribe *scribe, struct work *work);
enum qf_status qf_plan_scribe_end(struct scribe *scribe, struct work *work,
				  struct qf_error *err);

/* turn.c; without a pace it is everybody's turn */

void qf_plan_turn_begin(struct work *work);

/* Take this step with it, unless it needs a turn and there is none. */
void qf_plan_turn_step(struct work *work, struct change *c,
		       void (*step)(struct work *, struct change *));

/* May one more be begun? */
bool qf_plan_turn_take(struct work *work);

/* It was moved, or marked. */
void qf_plan_turn_moved(struct work *work, const struct change *c);

/* Is it time to wake Postfix, though there is more to do? */
bool qf_plan_turn_to_wake(const struct work *work);

/* Nobody came on: until the next round, ms unless all wait for a turn. */
void qf_plan_turn_wait(struct work *work, int ms);

/* run.c */

enum qf_status qf_plan_work_open(struct work *work, const struct qf_plan *plan,
				 size_t room, struct qf_error *err);
void qf_plan_work_close(struct work *work);

/* Add a message; NULL: there is no room for more. */
struct change *qf_plan_add(struct work *work);

/* Until each message has an outcome. */
enum qf_status qf_plan_work(struct work *work, struct qf_error *err);

#endif
