/*
 * flush.c - have messages tried now.
 *
 * As flush(8) does: destinations that did not answer are forgotten, a
 * message gets the time of now and goes from deferred/ to incoming/, and
 * qmgr(8) is told to look there.  So nothing else is tried, as would be all
 * that is due by then if qmgr looked through deferred/.  But new mail comes
 * through incoming/, too, and would wait behind them: where they are many,
 * they stay in deferred/, which qmgr takes by turns with new mail.
 *
 * Nothing of it is noted: a message that nobody goes on with is tried a
 * little earlier, and that is all.
 */
#include "work.h"

#include <string.h>

#include "queue-format/postfix/wake.h"

/* So many may go before new mail, without a pace. */
#define APART_MAX 1000

/* qmgr(8) leaves alone what is dated later than this many seconds from now. */
#define CLOCK_SLACK 1

/*
 * Before the first message has its time: a scan that is under way would meet
 * it, and defer it for what qmgr remembers of its destination.
 */
void
qf_plan_flush_begin(struct work *work)
{
	const struct qf_plan *plan = work->plan;

	work->flush_apart = plan->pace != NULL || work->rest <= APART_MAX;
	if (plan->daemon == NULL)
		return;
	work->result->woken = qf_wake(plan->spool, "qmgr", "F", NULL);
	if (work->result->woken != QF_DOWN)
		return;
	work->result->ended = QF_PLAN_POSTFIX_DOWN;
	work->stopping = true;
}

static void
wait_for_qmgr(struct work *work, struct change *c)
{
	/* It was still being delivered, a minute ago. */
	if (c->pin.modified > work->now + CLOCK_SLACK) {
		qf_plan_ready(work, c, NULL, c->id, QF_OUTCOME_DONE);
		return;
	}
	work->wake_incoming = true;
	qf_plan_over(work, c, QF_OUTCOME_ALREADY,
		     "in incoming: the queue manager takes it next");
}

void
qf_plan_flush(struct work *work, struct change *c)
{
	switch (c->queue) {
	case QF_QUEUE_DEFERRED:
		qf_plan_ready(work, c, work->flush_apart ? "incoming" : NULL,
			      c->id, QF_OUTCOME_DONE);
		break;
	case QF_QUEUE_INCOMING:
		wait_for_qmgr(work, c);
		break;
	case QF_QUEUE_ACTIVE:
		qf_plan_over(work, c, QF_OUTCOME_ALREADY,
			     "being delivered already");
		break;
	case QF_QUEUE_MAILDROP:
		work->wake_pickup = true;
		qf_plan_over(work, c, QF_OUTCOME_ALREADY,
			     "in maildrop: pickup(8) takes it next");
		break;
	default:
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "on hold: mqadm release lets it go");
	}
}

static void
not_moved(struct work *work, struct change *c, const struct qf_error *err)
{
	if (err->status != QF_GONE) {
		qf_plan_failed(work, c, err);
		return;
	}
	/* A lost race: most often qmgr has it. */
	qf_action_unpin(&c->pin);
	c->stage = STAGE_LOOK;
	work->progress = true;
}

/* The time first: without it, qmgr would leave the message in incoming/. */
void
qf_plan_flush_carry(struct work *work, struct change *c)
{
	struct qf_place from = { c->folder, c->id };
	struct qf_place to = { c->to_folder, c->to_id };
	struct qf_error err;
	enum qf_status status;

	status = qf_action_set_time(work->action, &c->pin, work->now, &err);
	if (status == QF_OK && c->to_folder != NULL)
		status =
			qf_action_move(work->action, &c->pin, &from, &to, &err);
	if (status != QF_OK) {
		not_moved(work, c, &err);
		return;
	}
	if (c->to_folder != NULL) {
		c->moved = true;
		c->folder = c->to_folder;
	}
	if (strcmp(c->folder, "incoming") == 0)
		work->wake_incoming = true;
	else
		work->wake_qmgr = true;
	qf_plan_turn_moved(work, c);
	qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
}

/*
 * Forget who did not answer; look through deferred/ and incoming/, whatever
 * time there is on a message; and then the same for maildrop/.
 */
enum qf_status
qf_plan_flush_all(const struct qf_spool *spool, struct qf_error *err)
{
	enum qf_status status = qf_wake(spool, "qmgr", "FADI", err);

	return status == QF_OK ? qf_wake(spool, "pickup", "W", err) : status;
}

enum qf_status
qf_plan_is_up(const struct qf_spool *spool, struct qf_error *err)
{
	return qf_wake(spool, "qmgr", "", err);
}
