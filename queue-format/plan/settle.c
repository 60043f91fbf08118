/*
 * settle.c - a message that is out of qmgr's reach: when nobody works on it
 * any more, what became of it, and where it goes from there.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "queue-format/clock.h"
#include "queue-format/postfix/quiet.h"

/*
 * An agent that looked the name up just before the rename is, for a moment
 * inside open(2), seen by nothing: neither by a lease nor by a lock.
 */
#define GRACE_MS 100

/* Without leases: so long without a lock. */
#define CALM_MS 1000

/* Since its last change, in ms, by the clock that files have. */
static int64_t
age_of(const struct change *c)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 -
	       c->pin.changed / 1000000;
}

void
qf_plan_quiet(struct work *work, struct change *c)
{
	int64_t age = age_of(c);

	/*
	 * What was renamed a while ago has had that moment.  The round may
	 * have begun long before the rename, so that its time is not asked.
	 */
	c->not_before = age >= GRACE_MS ? 0 : qf_clock_ms() + GRACE_MS;
	c->calm_since = 0;
	c->stage = STAGE_QUIET;
	work->progress = true;
}

/* It stays where it is now, for the time being or for good. */
static void
wait_more(struct work *work, struct change *c, const char *why)
{
	bool hastens = work->plan->hastens && work->verb == QF_HOLD;

	c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
	if (!hastens && qf_plan_may_wait(work, c))
		return;
	if (c->taken)
		qf_plan_over(work, c, QF_OUTCOME_BUSY, "on hold, but %s", why);
	else
		qf_plan_over(work, c, QF_OUTCOME_BUSY, "%s: left %s", why,
			     strcmp(c->folder, QF_TRASH) == 0 ? "in the trash"
							      : "on hold");
}

/* False: not yet, or it is over. */
static bool
is_quiet(struct work *work, struct change *c)
{
	struct qf_error err;
	enum qf_status status;

	if (!QF_RULE_QUIET)
		return true;
	status = qf_quiet_look(c->pin.fd, &err);
	if (status == QF_ABSENT) {
		if (c->calm_since == 0)
			c->calm_since = work->now_ms;
		if (work->now_ms - c->calm_since >= CALM_MS)
			return true;
		c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
		return false;
	}
	c->calm_since = 0;
	if (status == QF_BUSY)
		wait_more(work, c, "still being delivered");
	else if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	return status == QF_OK;
}

/*
 * May the same id come back to a queue that qmgr(8) reads?  Only one that it
 * cannot remember, if nobody has touched the message since; or there is no
 * qmgr.
 */
static bool
may_keep_id(struct work *work, const struct past *past)
{
	return !QF_RULE_NEW_ID || (past->is_fresh && past->untouched) ||
	       qf_plan_is_down(work);
}

/* No qmgr(8) had it when it was taken, and nobody has touched it since. */
static bool
nobody_has_it(const struct past *past)
{
	return past->from_deferred && past->untouched;
}

/*
 * A report that is owed under the old name is sent by the qmgr that had the
 * message, if it still runs; and by nobody but us if not.
 */
static bool
is_owed(struct work *work, const struct past *past, const struct qf_logs *logs)
{
	return (logs->bounce != 0 || logs->trace != 0) &&
	       !nobody_has_it(past) &&
	       qf_plan_remembers(work, past->qmgr_pid, past->qmgr_start);
}

/*
 * An attempt that was cut short has told of some recipients, in a log that the
 * next one would throw away.  But a message that is to be returned is returned
 * by what is in its log alone, and whoever is not named there would never be
 * heard of again: such a log does not come along.
 */
static enum qf_status
choose_id(struct work *work, struct change *c, const struct past *past,
	  const char **id, struct qf_error *err)
{
	bool marked = (c->pin.mode & QF_MODE_EXPIRE) != 0;
	bool keeps = may_keep_id(work, past);
	enum qf_status status;

	*id = c->id;
	/* The usual case: its log has its name, and nobody returns it by it. */
	if (keeps && !marked && strcmp(c->logs_id, c->id) == 0)
		return QF_OK;
	status = qf_plan_is_partial(work, c, c->logs_id, &c->leaves_log, err);
	if (status != QF_OK || (keeps && !(marked && c->leaves_log)))
		return status;
	*id = c->to_id;
	return qf_plan_new_id(work, c->pin.identity.inode, c->to_id, err);
}

static void
put_back(struct work *work, struct change *c, const struct past *past,
	 enum qf_outcome then)
{
	const char *id = c->id;
	struct qf_error err;
	enum qf_status status = choose_id(work, c, past, &id, &err);

	if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	else
		qf_plan_ready(work, c, "deferred", id, then);
}

/*
 * Whom nobody has, nobody owes a report, and nobody has returned meanwhile;
 * and it goes back to deferred under its id, by which its logs are there
 * already.  So they say nothing about it, unless it is to get another id from
 * pickup(8): and to look for three logs of each message takes a tenth of the
 * time of a restore.
 */
static bool
needs_logs(const struct work *work, const struct past *past)
{
	return work->verb == QF_REQUEUE || !nobody_has_it(past);
}

/* Who is left, and its logs; false: it is over. */
static bool
read_state(struct work *work, struct change *c, const struct past *past,
	   struct marks *marks, struct qf_logs *logs)
{
	struct qf_error err;
	enum qf_status status = qf_plan_marks(work, c, true, marks, &err);

	if (status == QF_OK && needs_logs(work, past))
		status = qf_action_logs(work->action, c->logs_id, logs, &err);
	if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	return status == QF_OK;
}

/* What is true of it by now, and how it came here; false: not yet, or over. */
static bool
look_back(struct work *work, struct change *c, struct past *past)
{
	struct qf_error err;
	enum qf_status status = qf_action_look(&c->pin, &err);

	if (status == QF_OK)
		status = qf_plan_remember(work, c, past, &err);
	if (status == QF_BUSY)
		wait_more(work, c, err.text);
	else if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	return status == QF_OK;
}

/* Reports that are owed keep it where it is. */
static void
decide_release(struct work *work, struct change *c, const struct past *past,
	       bool owed)
{
	if (owed)
		wait_more(work, c,
			  "qmgr still has to send a report about it "
			  "(a reload of Postfix makes it forget)");
	else
		put_back(work, c, past, QF_OUTCOME_DONE);
}

/* What pickup(8) makes of it has another id, under which nobody sends them. */
static void
decide_requeue(struct work *work, struct change *c, const struct qf_logs *logs,
	       bool owed)
{
	if (owed)
		wait_more(work, c, "qmgr still has to send a report about it");
	else if (logs->bounce != 0 || logs->trace != 0)
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "on hold: a report is owed to its sender, which "
			     "Postfix sends if it is released");
	else
		qf_plan_ready(work, c, "maildrop", c->id, QF_OUTCOME_DONE);
}

/*
 * bounce(8) returns a message under its old name, and cannot mark the
 * recipients in a file that has left that name.
 */
static bool
was_returned(const struct change *c, const struct past *past,
	     const struct marks *marks, const struct qf_logs *logs)
{
	bool due =
		c->taken ? c->due
			 : past->was_active && qf_plan_is_due(past->mode, marks,
							      past->taken);

	return due && past->defer != 0 && logs->defer == 0;
}

/* Who has got it back does not get it again. */
static void
keep_returned(struct work *work, struct change *c)
{
	if (strcmp(c->folder, QF_TRASH) == 0)
		qf_plan_over(work, c, QF_OUTCOME_RETURNED,
			     "returned to its sender meanwhile: stays in the "
			     "trash");
	else
		qf_plan_to_trash(work, c, QF_TRASH_RETURNED,
				 QF_OUTCOME_RETURNED);
}

static void
decide(struct work *work, struct change *c)
{
	struct qf_logs logs = { 0 };
	struct marks marks;
	struct past past;
	bool owed;

	if (!look_back(work, c, &past) ||
	    !read_state(work, c, &past, &marks, &logs))
		return;
	owed = is_owed(work, &past, &logs);
	if (c->was_active)
		c->done = marks.done;
	if (marks.left == 0 && owed)
		wait_more(work, c, "qmgr still has to send a report about it");
	else if (marks.left == 0)
		put_back(work, c, &past, QF_OUTCOME_GONE);
	else if (was_returned(c, &past, &marks, &logs))
		keep_returned(work, c);
	else if (work->verb == QF_HOLD)
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
	else if (work->verb == QF_RELEASE || work->verb == QF_RESTORE)
		decide_release(work, c, &past, owed);
	else
		decide_requeue(work, c, &logs, owed);
}

void
qf_plan_settle(struct work *work, struct change *c)
{
	if (work->now_ms >= c->not_before && is_quiet(work, c))
		decide(work, c);
}
