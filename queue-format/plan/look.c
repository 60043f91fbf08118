/*
 * look.c - the first decision about a message, by where it is.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>

enum qf_status
qf_plan_at_end(struct work *work, struct change *c, struct qf_logs *logs,
	       bool *at_end, struct qf_error *err)
{
	struct marks marks;
	enum qf_status status = qf_action_logs(work->action, c->id, logs, err);

	if (status == QF_OK)
		status = qf_plan_marks(work, c, false, &marks, err);
	if (status != QF_OK)
		return status;
	c->due = qf_plan_is_due(c->pin.mode, &marks, work->now);
	*at_end = QF_RULE_END && !qf_plan_is_down(work) &&
		  ((c->due && (logs->defer != 0 ||
			       (c->pin.mode & QF_MODE_EXPIRE) != 0)) ||
		   logs->trace != 0);
	return QF_OK;
}

void
qf_plan_come_again(struct work *work, struct change *c, const char *why)
{
	qf_action_unpin(&c->pin);
	c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
	if (!qf_plan_may_wait(work, c))
		qf_plan_over(work, c, QF_OUTCOME_BUSY, "%s", why);
}

void
qf_plan_note_active(struct work *work, struct change *c)
{
	struct marks marks;

	c->was_active = c->queue == QF_QUEUE_ACTIVE;
	if (c->was_active &&
	    qf_plan_marks(work, c, true, &marks, NULL) == QF_OK)
		c->done = marks.done;
}

/*
 * Out of active/ or incoming/: under a new name at once, so that nobody can
 * bring back, with any tool, an id that qmgr(8) remembers.
 */
static void
take_out(struct work *work, struct change *c)
{
	struct qf_logs logs = { 0 };
	struct qf_error err;
	bool at_end = false;
	enum qf_status status = QF_OK;

	if (c->queue == QF_QUEUE_ACTIVE)
		status = qf_plan_at_end(work, c, &logs, &at_end, &err);
	if (status == QF_OK && at_end) {
		qf_plan_come_again(work, c,
				   "at the end of an attempt: left as it was");
		return;
	}
	if (status == QF_OK && QF_RULE_NEW_ID)
		status = qf_plan_new_id(work, c->pin.identity.inode, c->to_id,
					&err);
	if (status != QF_OK) {
		qf_plan_failed(work, c, &err);
		return;
	}
	qf_plan_note_active(work, c);
	c->item.defer = logs.defer;
	c->item.bounce = logs.bounce;
	c->item.trace = logs.trace;
	qf_plan_ready(work, c, "hold", QF_RULE_NEW_ID ? c->to_id : c->id,
		      QF_OUTCOME_PREPARED);
}

static void
hold(struct work *work, struct change *c)
{
	if (c->queue == QF_QUEUE_HOLD)
		qf_plan_over(work, c, QF_OUTCOME_ALREADY, "on hold already");
	else if (c->queue == QF_QUEUE_DEFERRED)
		qf_plan_ready(work, c, "hold", c->id, QF_OUTCOME_DONE);
	else
		take_out(work, c);
}

static void
release(struct work *work, struct change *c)
{
	if (c->queue == QF_QUEUE_HOLD)
		qf_plan_quiet(work, c);
	else
		qf_plan_over(work, c, QF_OUTCOME_ALREADY, "not on hold");
}

/*
 * Who sees it in maildrop/ gives it another id, and no report that is owed
 * under the old one would ever be sent.
 */
static void
requeue_deferred(struct work *work, struct change *c)
{
	struct qf_logs logs;
	struct qf_error err;
	enum qf_status status =
		qf_action_logs(work->action, c->id, &logs, &err);

	if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	else if (logs.bounce != 0 || logs.trace != 0)
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "a report is owed to its sender, which nobody "
			     "would send after that");
	else
		qf_plan_ready(work, c, "maildrop", c->id, QF_OUTCOME_DONE);
}

static void
requeue(struct work *work, struct change *c)
{
	if (c->queue == QF_QUEUE_HOLD)
		qf_plan_quiet(work, c);
	else if (c->queue == QF_QUEUE_DEFERRED)
		requeue_deferred(work, c);
	else if (QF_RULE_QUIET)
		take_out(work, c);
	else
		qf_plan_ready(work, c, "maildrop", c->id, QF_OUTCOME_DONE);
}

/*
 * qmgr(8) returns a message that is marked and has a log without trying it
 * again, and tells of those who are in the log.  An attempt that was cut short
 * leaves one that does not name all: the next attempt begins a new one.
 */
static bool
has_partial_log(struct work *work, struct change *c)
{
	struct qf_error err;
	bool partial = false;

	if (c->queue != QF_QUEUE_INCOMING && c->queue != QF_QUEUE_DEFERRED)
		return false;
	if (qf_plan_is_partial(work, c, c->id, &partial, &err) != QF_OK)
		qf_plan_failed(work, c, &err);
	else if (partial)
		qf_plan_come_again(
			work, c,
			"its last attempt was cut short, and Postfix would "
			"not tell of all recipients: not marked");
	return c->stage == STAGE_OVER || partial;
}

static void
expire(struct work *work, struct change *c)
{
	if ((c->pin.mode & QF_MODE_EXPIRE) != 0 && !work->plan->now) {
		qf_plan_over(work, c, QF_OUTCOME_ALREADY, "marked already");
		return;
	}
	if (has_partial_log(work, c))
		return;
	qf_plan_note_active(work, c);
	qf_plan_ready(work, c, NULL, c->id, QF_OUTCOME_DONE);
}

/* qmgr(8) has read the mark of what is active; that attempt returns it. */
static void
unexpire(struct work *work, struct change *c)
{
	if ((c->pin.mode & QF_MODE_EXPIRE) == 0)
		qf_plan_over(work, c, QF_OUTCOME_ALREADY, "not marked");
	else if (c->queue == QF_QUEUE_ACTIVE && !qf_plan_is_down(work))
		qf_plan_come_again(work, c,
				   "an attempt is under way that returns it");
	else
		qf_plan_ready(work, c, NULL, c->id, QF_OUTCOME_DONE);
}

static void
not_in_trash(struct work *work, struct change *c)
{
	qf_plan_over(work, c, QF_OUTCOME_ALREADY, "not in the trash");
}

static void (*const verbs[QF_VERB_COUNT])(struct work *, struct change *) = {
	[QF_HOLD] = hold,	    [QF_RELEASE] = release,
	[QF_REQUEUE] = requeue,	    [QF_EXPIRE] = expire,
	[QF_UNEXPIRE] = unexpire,   [QF_DELETE] = qf_plan_delete,
	[QF_PURGE] = qf_plan_purge, [QF_RESTORE] = not_in_trash,
	[QF_FLUSH] = qf_plan_flush, [QF_IMPORT] = qf_plan_import,
};

/*
 * Postfix's own tools leave what is in maildrop/ alone as well, unless it is
 * to be deleted or to be taken up.
 */
static void
look_in_maildrop(struct work *work, struct change *c)
{
	if (work->verb == QF_DELETE || work->verb == QF_PURGE ||
	    work->verb == QF_FLUSH)
		verbs[work->verb](work, c);
	else if (work->verb == QF_REQUEUE)
		qf_plan_over(work, c, QF_OUTCOME_ALREADY,
			     "in maildrop already");
	else
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "in maildrop: pickup(8) has not taken it yet");
}

/* It was found, and the name that it had is known from now on. */
static void
begin_item(struct work *work, struct change *c)
{
	struct qf_journal_item *item = &c->item;

	snprintf(c->old_id, sizeof(c->old_id), "%s", c->id);
	item->inode = c->pin.identity.inode;
	item->birth = c->pin.identity.birth;
	item->from_folder = c->folder;
	item->modified = c->pin.modified;
	item->mode = c->pin.mode;
	item->changed = c->pin.changed;
	qf_plan_take_origin(work, c);
}

static void
look_in_trash(struct work *work, struct change *c)
{
	if (work->verb == QF_RESTORE)
		qf_plan_restore(work, c);
	else if (work->verb == QF_PURGE)
		qf_plan_purge(work, c);
	else
		qf_plan_over(work, c, QF_OUTCOME_REFUSED, "in the trash");
}

void
qf_plan_look(struct work *work, struct change *c)
{
	bool found;

	if (c->not_before > work->now_ms)
		return;
	found = qf_plan_find(work, c);
	if (c->logs_at[0] != '\0')
		qf_plan_logs_follow(work, c, found);
	if (!found)
		return;
	begin_item(work, c);
	if (strcmp(c->folder, QF_TRASH) == 0)
		look_in_trash(work, c);
	else if (strcmp(c->folder, QF_STAGE) == 0)
		qf_plan_import(work, c);
	else if (work->plan->queues != 0 &&
		 (work->plan->queues & QF_QUEUE_BIT(c->queue)) == 0)
		qf_plan_over(work, c, QF_OUTCOME_GONE, "in %s by now",
			     c->folder);
	else if (c->queue == QF_QUEUE_MAILDROP)
		look_in_maildrop(work, c);
	else if (c->queue == QF_QUEUE_CORRUPT)
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "damaged: Postfix has put it aside in corrupt");
	else
		verbs[work->verb](work, c);
}

/*
 * qmgr(8) has read the mark before it was set, and may have written an older
 * mode over it: so it is looked at where the message comes out.
 */
void
qf_plan_look_after(struct work *work, struct change *c)
{
	struct qf_error err;
	enum qf_status status;

	if (c->not_before > work->now_ms)
		return;
	c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
	qf_action_unpin(&c->pin);
	if (!qf_plan_find(work, c)) {
		if (c->outcome == QF_OUTCOME_GONE)
			qf_plan_over(work, c, QF_OUTCOME_GONE,
				     "delivered or returned by the attempt "
				     "that was under way");
		return;
	}
	if (c->queue == QF_QUEUE_ACTIVE) {
		if (!qf_plan_may_wait(work, c))
			qf_plan_over(work, c, QF_OUTCOME_BUSY, "%s",
				     work->verb == QF_EXPIRE
					     ? "marked; takes effect after the "
					       "attempt under way"
					     : "not marked any more, but an "
					       "attempt is under way that may "
					       "return it");
		return;
	}
	/* It is told in this round, and not carried any more. */
	status = qf_plan_mark(work, c, &err);
	if (status == QF_OK)
		status = qf_action_sync(work->action, &err);
	if (status == QF_OK)
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
	else
		qf_plan_failed(work, c, &err);
}
