/*
 * settle.c - a message that is out of qmgr's reach: when nobody works on it
 * any more, what became of it, and where it goes from there.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "queue-format/postfix/quiet.h"

/*
 * An agent that looked the name up just before the rename is, for a moment
 * inside open(2), seen by nothing: neither by a lease nor by a lock.
 */
#define GRACE_MS 100

/* Without leases: so long without a lock. */
#define CALM_MS 1000

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void
qf_plan_quiet(struct work *work, struct change *c)
{
	int64_t age = clock_ms(CLOCK_REALTIME) - c->pin.changed / 1000000;

	/*
	 * What was renamed a while ago has had that moment.  The round may
	 * have begun long before the rename, so that its time is not asked.
	 */
	c->not_before =
		age >= GRACE_MS ? 0 : clock_ms(CLOCK_MONOTONIC) + GRACE_MS;
	c->calm_since = 0;
	c->stage = STAGE_QUIET;
	work->progress = true;
}

/* It stays where it is now, for the time being or for good. */
static void
wait_more(struct work *work, struct change *c, const char *why)
{
	c->not_before = work->now_ms + QF_PLAN_PAUSE_MS;
	if (qf_plan_may_wait(work, c))
		return;
	if (c->taken)
		qf_plan_over(work, c, QF_OUTCOME_BUSY, "on hold, but %s", why);
	else
		qf_plan_over(work, c, QF_OUTCOME_BUSY, "%s: left on hold", why);
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

void
qf_plan_remember(struct work *work, struct change *c, struct past *past)
{
	struct qf_journal_item item;
	struct qf_job job;

	*past = (struct past){ .qmgr_pid = -1 };
	snprintf(c->logs_id, sizeof(c->logs_id), "%s", c->id);
	if (c->taken) {
		*past = (struct past){ true, true, c->item.qmgr_pid,
				       c->item.qmgr_start };
		snprintf(c->logs_id, sizeof(c->logs_id), "%s", c->old_id);
		return;
	}
	qf_arena_empty(&work->arena, 1 << 16);
	if (qf_journal_last(work->plan->journal, c->pin.identity.inode,
			    c->pin.identity.birth, "hold", &work->arena, &job,
			    &item, NULL) != QF_OK ||
	    item.to_id == NULL || item.from_id == NULL ||
	    strcmp(item.to_id, c->id) != 0)
		return;
	*past = (struct past){ true, item.changed == c->pin.changed,
			       item.qmgr_pid, item.qmgr_start };
	snprintf(c->logs_id, sizeof(c->logs_id), "%s", item.from_id);
}

/*
 * May the same id come back to a queue that qmgr(8) reads?  Only one that it
 * cannot remember: we gave it, or took it from deferred/, and nobody has
 * touched it since; or there is no qmgr.
 */
static bool
may_keep_id(struct work *work, const struct past *past)
{
	return !QF_RULE_NEW_ID || (past->known && past->untouched) ||
	       qf_plan_is_down(work);
}

/*
 * A report that is owed under the old name is sent by the qmgr that had the
 * message, if it still runs; and by nobody but us if not.
 */
static bool
is_owed(struct work *work, const struct change *c, const struct past *past,
	const struct qf_logs *logs)
{
	bool from_deferred = past->known && past->untouched && !c->taken &&
			     strcmp(c->logs_id, c->id) == 0;

	return (logs->bounce != 0 || logs->trace != 0) && !from_deferred &&
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
	enum qf_status status =
		qf_plan_is_partial(work, c, c->logs_id, &c->leaves_log, err);

	*id = c->id;
	if (status != QF_OK ||
	    (may_keep_id(work, past) && !(marked && c->leaves_log)))
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

/* A name that tells where it came from when the journal is lost. */
static void
to_trash(struct work *work, struct change *c)
{
	char job[QF_JOB_ID_TEXT];
	char name[QF_QUEUE_ID_MAX + 1];
	int len;

	qf_job_id_text(&work->job, job);
	len = snprintf(name, sizeof(name), "hold.%.200s.%s", c->id, job);
	if (len < 0 || (size_t)len >= sizeof(name))
		qf_plan_over(work, c, QF_OUTCOME_FAILED,
			     "its id is too long for the trash");
	else
		qf_plan_ready(work, c, QF_TRASH, name, QF_OUTCOME_RETURNED);
}

/* Who is left, and its logs; false: it is over. */
static bool
read_state(struct work *work, struct change *c, struct marks *marks,
	   struct qf_logs *logs)
{
	struct qf_error err;
	enum qf_status status = qf_action_look(&c->pin, &err);

	if (status == QF_OK)
		status = qf_plan_marks(work, c, true, marks, &err);
	if (status == QF_OK)
		status = qf_action_logs(work->action, c->logs_id, logs, &err);
	if (status != QF_OK)
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
was_returned(const struct change *c, const struct qf_logs *logs)
{
	return c->taken && c->due && c->item.defer != 0 && logs->defer == 0;
}

static void
decide(struct work *work, struct change *c)
{
	struct qf_logs logs = { 0 };
	struct marks marks;
	struct past past;
	bool owed;

	qf_plan_remember(work, c, &past);
	if (!read_state(work, c, &marks, &logs))
		return;
	owed = is_owed(work, c, &past, &logs);
	if (c->was_active)
		c->done = marks.done;
	if (marks.left == 0 && owed)
		wait_more(work, c, "qmgr still has to send a report about it");
	else if (marks.left == 0)
		put_back(work, c, &past, QF_OUTCOME_GONE);
	else if (was_returned(c, &logs))
		to_trash(work, c);
	else if (work->verb == QF_HOLD)
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
	else if (work->verb == QF_RELEASE)
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
