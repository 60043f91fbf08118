/*
 * carry.c - the move of a message that the journal knows of.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>

static const char *const logs[QF_PLAN_LOGS] = { "defer", "trace", "bounce" };
#define DEFER 0

/*
 * Give the logs of one id to another, before the message has that name: the
 * text of a forced return is in them.  One that is there already belongs to
 * another message, or was moved by who died of it.
 */
static enum qf_status
move_logs(struct work *work, struct change *c, const char *to,
	  struct qf_error *err)
{
	for (size_t i = c->leaves_log ? DEFER + 1 : DEFER; i < QF_PLAN_LOGS;
	     i++) {
		enum qf_status status = qf_action_move_log(
			work->action, logs[i], c->logs_id, to, err);

		c->logs_moved[i] = c->logs_moved[i] || status == QF_OK;
		if (status != QF_OK && status != QF_GONE && status != QF_EXISTS)
			return status;
	}
	return QF_OK;
}

static bool
has_logs(const struct change *c)
{
	return c->logs_id[0] != '\0' && strcmp(c->logs_id, c->to_id) != 0;
}

/* Do its logs go ahead of it? */
static bool
sends_logs(const struct work *work, const struct change *c)
{
	return strcmp(c->to_folder, "deferred") == 0 || work->verb == QF_IMPORT;
}

/*
 * Where it has to be tried at the name it is going to.  Who else moves it may
 * have done so while the journal was written: then its logs have to be found
 * where they are, and not to be on the way there and back.
 */
static enum qf_status
prepare_return(struct work *work, struct change *c, const struct qf_place *from,
	       struct qf_error *err)
{
	enum qf_status status = QF_OK;

	if (c->then == QF_OUTCOME_GONE || work->plan->now)
		status = qf_action_set_time(work->action, &c->pin, work->now,
					    err);
	if (status != QF_OK || !has_logs(c))
		return status;
	status = qf_plan_is_at(work, c, from, err);
	if (status == QF_OK)
		status = move_logs(work, c, c->to_id, err);
	return status;
}

/* To undo something, unless somebody has touched it since. */
static enum qf_status
give_time_back(struct work *work, struct change *c, struct qf_error *err)
{
	const struct qf_chosen *chosen = c->chosen;

	if (chosen == NULL || chosen->modified == 0 ||
	    chosen->modified == c->pin.modified ||
	    chosen->changed != c->pin.changed)
		return QF_OK;
	return qf_action_set_time(work->action, &c->pin, chosen->modified, err);
}

/* Where that fails, mqls shows no reason then; nothing is lost. */
void
qf_plan_logs_back(struct work *work, struct change *c, const char *from)
{
	bool apart = c->logs_id[0] != '\0' && strcmp(c->logs_id, from) != 0;

	for (size_t i = 0; i < QF_PLAN_LOGS; i++) {
		if (apart && c->logs_moved[i] &&
		    qf_action_move_log(work->action, logs[i], from, c->logs_id,
				       NULL) == QF_OK)
			c->logs_moved[i] = false;
	}
}

/*
 * The others would fare no better: nothing more is begun.  Who goes to the
 * trash because he was returned, in another job, is one of few.
 */
static void
note_full(struct work *work, const struct qf_error *err)
{
	if (work->verb != QF_DELETE || !qf_error_is_full(err))
		return;
	work->result->trash_full = true;
	work->stopping = true;
}

void
qf_plan_logs_follow(struct work *work, struct change *c, bool found)
{
	struct past past;

	/* Where they are looked for; not known now: at the next look. */
	if (found && qf_plan_remember(work, c, &past, NULL) != QF_OK)
		return;
	qf_plan_logs_back(work, c, c->logs_at);
	memset(c->logs_moved, 0, sizeof(c->logs_moved));
	c->logs_at[0] = '\0';
}

/*
 * It did not move: whoever looks for its logs finds them where they were.  But
 * who has moved it before us may have missed them, as they were ours already:
 * then they have to go where it went.
 */
static void
keep_logs(struct work *work, struct change *c, const struct qf_error *err)
{
	const struct qf_place to = { c->to_folder, c->to_id };

	/* Somebody else may have given it the name that it was to get. */
	if (err->status == QF_GONE &&
	    qf_plan_is_at(work, c, &to, NULL) == QF_OK)
		memset(c->logs_moved, 0, sizeof(c->logs_moved));
	else if (err->status == QF_GONE && !c->taken &&
		 strcmp(c->folder, QF_TRASH) != 0 &&
		 strcmp(c->folder, QF_STAGE) != 0)
		memcpy(c->logs_at, c->to_id, sizeof(c->logs_at));
	else
		qf_plan_logs_back(work, c, c->to_id);
}

static void
not_moved(struct work *work, struct change *c, const struct qf_error *err)
{
	if (sends_logs(work, c))
		keep_logs(work, c, err);
	work->progress = true;
	if (err->status == QF_EXISTS) {
		c->stage = STAGE_NAME;
	} else if (err->status == QF_GONE && strcmp(c->folder, QF_TRASH) == 0) {
		qf_plan_over(work, c, QF_OUTCOME_GONE,
			     "somebody else has taken it from the trash");
	} else if (err->status == QF_GONE && c->taken) {
		/* Where it goes on, unless nobody was left. */
		qf_plan_over(work, c,
			     c->then == QF_OUTCOME_GONE ? QF_OUTCOME_GONE
							: QF_OUTCOME_BUSY,
			     "somebody else has taken it from hold");
	} else if (err->status == QF_GONE) {
		/* A lost race: it is looked for where it went. */
		qf_action_unpin(&c->pin);
		c->stage = STAGE_LOOK;
	} else {
		note_full(work, err);
		qf_plan_failed(work, c, err);
	}
}

static void
tell_new_id(struct work *work, const char *old, const char *now)
{
	if (strcmp(old, now) != 0 && work->plan->renamed != NULL)
		work->plan->renamed(work->plan->context, old, now);
}

static void
has_moved(struct work *work, struct change *c)
{
	c->moved = true;
	c->folder = c->to_folder;
	tell_new_id(work, c->id, c->to_id);
	snprintf(c->id, sizeof(c->id), "%s", c->to_id);
}

/* Out of qmgr's hands: what was true of it in that moment. */
static void
note_logs(struct work *work, struct change *c)
{
	struct qf_logs found = { 0 };

	if (qf_action_logs(work->action, c->old_id, &found, NULL) != QF_OK)
		return;
	c->item.defer = found.defer;
	c->item.bounce = found.bounce;
	c->item.trace = found.trace;
}

static const char *
remark(struct work *work, const struct change *c)
{
	if (work->verb == QF_DELETE && c->queue == QF_QUEUE_MAILDROP &&
	    !qf_plan_is_down(work))
		return "may have been picked up";
	if (c->then == QF_OUTCOME_GONE)
		return "delivered or returned meanwhile";
	if (c->then == QF_OUTCOME_RETURNED)
		return "returned to its sender meanwhile";
	return "";
}

static void
arrived(struct work *work, struct change *c)
{
	const char *text = remark(work, c);

	if (c->then == QF_OUTCOME_PREPARED) {
		c->taken = true;
		note_logs(work, c);
		qf_plan_quiet(work, c);
		return;
	}
	if (work->verb == QF_DELETE && c->was_active)
		note_logs(work, c);
	if (strcmp(c->folder, "deferred") == 0)
		work->wake_qmgr = true;
	if (strcmp(c->folder, "maildrop") == 0) {
		work->wake_pickup = true;
		/* As if it had been submitted just now. */
		if (work->verb == QF_REQUEUE && !work->plan->keeps_times &&
		    qf_action_set_time(work->action, &c->pin, work->now,
				       NULL) != QF_OK)
			text = "pickup(8) may warn of its age";
	}
	qf_plan_over(work, c, c->then, "%s", text);
}

/*
 * An attempt may have come to its end since the first look, while the journal
 * was written.
 */
static bool
has_come_to_end(struct work *work, struct change *c)
{
	struct qf_logs found;
	bool at_end = false;

	if (strcmp(c->folder, "active") != 0)
		return false;
	if (qf_plan_at_end(work, c, &found, &at_end, NULL) != QF_OK || !at_end)
		return false;
	qf_action_unpin(&c->pin);
	c->stage = STAGE_LOOK;
	c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
	return true;
}

static void
move(struct work *work, struct change *c)
{
	struct qf_place from = { c->folder,
				 qf_plan_name_in(c, c->folder, c->id) };
	struct qf_place to = { c->to_folder,
			       qf_plan_name_in(c, c->to_folder, c->to_id) };
	enum qf_status status = QF_OK;
	struct qf_error err;

	status = give_time_back(work, c, &err);
	if (status == QF_OK && sends_logs(work, c))
		status = prepare_return(work, c, &from, &err);
	if (status == QF_OK)
		status =
			qf_action_move(work->action, &c->pin, &from, &to, &err);
	if (status != QF_OK) {
		not_moved(work, c, &err);
		return;
	}
	has_moved(work, c);
	qf_plan_turn_moved(work, c);
	arrived(work, c);
}

enum qf_status
qf_plan_mark(struct work *work, struct change *c, struct qf_error *err)
{
	bool expire = work->verb != QF_UNEXPIRE;
	enum qf_status status = expire ? QF_OK : give_time_back(work, c, err);

	if (status == QF_OK)
		status = qf_action_set_expire(work->action, &c->pin, expire,
					      err);
	if (status == QF_OK && work->plan->now &&
	    c->queue == QF_QUEUE_DEFERRED) {
		status = qf_action_set_time(work->action, &c->pin, work->now,
					    err);
		work->wake_qmgr = true;
	}
	return status;
}

/*
 * qmgr(8) reads the mark of a message when it takes it to active/, which may
 * have been since we looked: then only the attempt shows what it has read.
 */
static bool
is_tried(struct work *work, const struct change *c)
{
	const struct qf_place place = { c->folder, c->id };

	if (qf_plan_is_down(work))
		return false;
	return c->queue == QF_QUEUE_ACTIVE ||
	       qf_plan_is_at(work, c, &place, NULL) != QF_OK;
}

static void
mark(struct work *work, struct change *c)
{
	struct qf_error err;

	if (qf_plan_mark(work, c, &err) != QF_OK) {
		qf_plan_failed(work, c, &err);
		return;
	}
	c->marked = true;
	qf_plan_turn_moved(work, c);
	qf_plan_over(work, c, QF_OUTCOME_DONE, "%s",
		     work->verb == QF_EXPIRE && c->queue == QF_QUEUE_HOLD
			     ? "takes effect when it is released"
			     : "");
	if (!work->plan->hastens && is_tried(work, c))
		c->stage = STAGE_AFTER;
}

void
qf_plan_carry(struct work *work, struct change *c)
{
	bool goes = c->to_folder != NULL || work->verb == QF_PURGE;

	if (goes && has_come_to_end(work, c))
		return;
	if (work->result->trash_full)
		qf_plan_over(work, c, QF_OUTCOME_FAILED,
			     "the trash takes no more");
	else if (work->verb == QF_PURGE)
		qf_plan_remove(work, c);
	else if (work->verb == QF_FLUSH)
		qf_plan_flush_carry(work, c);
	else if (c->to_folder == NULL)
		mark(work, c);
	else
		move(work, c);
}
