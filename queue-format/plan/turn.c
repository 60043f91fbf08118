/*
 * turn.c - a plan that is carried out at a pace: whose turn it is.
 *
 * A move takes one message out of the bucket.  A message is begun, or looked
 * at once more after it had to wait for somebody, only while there is one for
 * it that no other has in view; so also those that had to wait move no faster
 * together than the pace allows.
 */
#include "work.h"

#include <poll.h>
#include <string.h>

#include "queue-format/clock.h"

/* Postfix is woken for all that came in that time. */
#define WAKE_MS 1000

/* To be told that it is to end takes no longer. */
#define NAP_MS 100

/*
 * One that had to wait for somebody, and one that was moved and is to be moved
 * again: they have given up their turn, or used it.
 */
static bool
needs_turn(const struct change *c)
{
	return (c->stage == STAGE_LOOK || c->stage == STAGE_QUIET) &&
	       (c->deadline != 0 || c->moved);
}

/* Those that have their turn, and are not moved yet. */
static size_t
count_bound(const struct work *work)
{
	size_t count = 0;

	for (size_t i = 0; i < work->count; i++) {
		const struct change *c = &work->changes[i];

		count += c->stage != STAGE_OVER && c->stage != STAGE_AFTER &&
			 !needs_turn(c);
	}
	return count;
}

/*
 * Too many came back; or nobody tries them now, and whoever starts Postfix
 * would have them all tried at once.
 */
static void
look_back(struct work *work)
{
	struct qf_watch *watch = work->plan->watch;

	if (work->rest == 0 || work->stopping)
		return;
	if (work->plan->needs_postfix && work->result->woken == QF_DOWN)
		work->result->ended = QF_PLAN_POSTFIX_DOWN;
	else if (watch != NULL && qf_watch_look(watch, work->now_ms))
		work->result->ended = QF_PLAN_TOO_MANY_DEFERRED;
	work->stopping = work->result->ended != QF_PLAN_TO_THE_END;
}

void
qf_plan_turn_begin(struct work *work)
{
	size_t bound;
	size_t may;

	if (work->plan->pace == NULL)
		return;
	may = qf_pace_may(work->plan->pace, qf_clock_ns());
	bound = count_bound(work);
	work->turns = may > bound ? may - bound : 0;
	look_back(work);
}

void
qf_plan_turn_step(struct work *work, struct change *c,
		  void (*step)(struct work *, struct change *))
{
	bool needs = work->plan->pace != NULL && needs_turn(c);

	if (needs && work->turns == 0 && !work->stopping)
		return;
	step(work, c);
	if (needs && c->stage == STAGE_READY && work->turns > 0)
		work->turns--;
}

bool
qf_plan_turn_take(struct work *work)
{
	if (work->plan->pace == NULL)
		return true;
	if (work->turns == 0)
		return false;
	work->turns--;
	return true;
}

void
qf_plan_turn_moved(struct work *work, const struct change *c)
{
	const struct qf_plan *plan = work->plan;

	if (plan->pace != NULL)
		qf_pace_spend(plan->pace, 1, qf_clock_ns());
	if (plan->watch != NULL && c->then == QF_OUTCOME_DONE &&
	    c->to_folder != NULL &&
	    (strcmp(c->to_folder, "deferred") == 0 || work->verb == QF_FLUSH))
		qf_watch_add(plan->watch, c->id, c->wanted.inode, work->now,
			     work->now_ms);
}

bool
qf_plan_turn_to_wake(const struct work *work)
{
	return work->plan->pace != NULL &&
	       (work->wake_qmgr || work->wake_incoming || work->wake_pickup) &&
	       (work->woken_ms == 0 ||
		work->now_ms - work->woken_ms >= WAKE_MS);
}

void
qf_plan_turn_wait(struct work *work, int ms)
{
	const struct qf_plan *plan = work->plan;

	if (plan->pace != NULL && work->count == 0) {
		int64_t wait = qf_pace_wait(plan->pace, 1, qf_clock_ns());

		ms = wait < NAP_MS * INT64_C(1000000)
			     ? (int)((wait + 999999) / 1000000)
			     : NAP_MS;
	}
	poll(NULL, 0, ms);
	if (plan->pause != NULL)
		plan->pause(plan->context);
}
