/*
 * remove.c - a message that is to go: to the trash, or for good.
 *
 * Nobody waits here for an agent that is still at work: the message is out of
 * every queue at once, and whoever restores it waits.
 */
#include "work.h"

#include <string.h>

void
qf_plan_to_trash(struct work *work, struct change *c, const char *origin,
		 enum qf_outcome then)
{
	if (qf_trash_name(origin, c->id, &work->job, c->trash_name))
		qf_plan_ready(work, c, QF_TRASH, c->id, then);
	else
		qf_plan_over(work, c, QF_OUTCOME_FAILED,
			     "its id is too long for the trash");
}

/*
 * A return or a report that is being written needs the file, and so does the
 * delay warning, without which qmgr(8) crashes.  True: it is over, or has to
 * wait.
 */
static bool
is_at_end(struct work *work, struct change *c)
{
	struct qf_logs logs = { 0 };
	struct qf_error err;
	bool at_end = false;
	enum qf_status status;

	if (c->queue != QF_QUEUE_ACTIVE || strcmp(c->folder, QF_TRASH) == 0)
		return false;
	status = qf_plan_at_end(work, c, &logs, &at_end, &err);
	if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	else if (at_end)
		qf_plan_come_again(work, c,
				   "at the end of an attempt: left as it was");
	if (status != QF_OK || at_end)
		return true;
	c->item.defer = logs.defer;
	c->item.bounce = logs.bounce;
	c->item.trace = logs.trace;
	qf_plan_note_active(work, c);
	return false;
}

void
qf_plan_delete(struct work *work, struct change *c)
{
	if (!is_at_end(work, c))
		qf_plan_to_trash(work, c, c->folder, QF_OUTCOME_DONE);
}

/* Whose logs go with it; who died halfway is known by them. */
void
qf_plan_purge(struct work *work, struct change *c)
{
	struct qf_logs logs;
	struct qf_error err;
	struct past past;
	enum qf_status status;

	if (is_at_end(work, c))
		return;
	status = qf_plan_remember(work, c, &past, &err);
	if (status == QF_BUSY) {
		qf_plan_come_again(work, c, err.text);
		return;
	}
	if (status != QF_OK ||
	    qf_action_logs(work->action, c->logs_id, &logs, &err) != QF_OK) {
		qf_plan_failed(work, c, &err);
		return;
	}
	c->item.defer = logs.defer;
	c->item.bounce = logs.bounce;
	c->item.trace = logs.trace;
	qf_plan_ready(work, c, NULL, c->id, QF_OUTCOME_DONE);
}

static enum qf_status
remove_logs(struct work *work, const char *id, struct qf_error *err)
{
	static const char *const logs[QF_PLAN_LOGS] = { "bounce", "trace",
							"defer" };

	for (size_t i = 0; i < QF_PLAN_LOGS; i++) {
		enum qf_status status =
			qf_action_remove_log(work->action, logs[i], id, err);

		if (status != QF_OK && status != QF_GONE)
			return status;
	}
	return QF_OK;
}

/*
 * The message is held, so that nobody else can get its id, and its logs are
 * those of nobody else; but of one that has moved on they are those of the
 * attempt that is under way.
 */
void
qf_plan_remove(struct work *work, struct change *c)
{
	struct qf_place place = { c->folder,
				  qf_plan_name_in(c, c->folder, c->id) };
	struct qf_error err;
	enum qf_status status = qf_plan_is_at(work, c, &place, &err);

	if (status == QF_OK)
		status = remove_logs(work, c->logs_id, &err);
	if (status == QF_OK)
		status = qf_action_remove(work->action, &c->pin, &place, &err);
	if (status == QF_OK) {
		c->removed = true;
		work->result->unnoted += !c->noted;
		qf_plan_turn_moved(work, c);
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s",
			     strcmp(c->folder, "maildrop") == 0 &&
					     !qf_plan_is_down(work)
				     ? "may have been picked up"
				     : "");
	} else if (status == QF_GONE && strcmp(c->folder, QF_TRASH) == 0) {
		qf_plan_over(work, c, QF_OUTCOME_GONE,
			     "not in the trash any more");
	} else if (status == QF_GONE) {
		/* A lost race: it is looked for where it went. */
		qf_action_unpin(&c->pin);
		c->stage = STAGE_LOOK;
	} else {
		qf_plan_failed(work, c, &err);
	}
}
