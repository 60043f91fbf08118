/*
 * run.c - all messages of a plan, round by round.
 */
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "queue-format/clock.h"
#include "queue-format/postfix/wake.h"

/*
 * Messages that come into work in one round.  Four such lots are in work at
 * once: while one is moved, the next is noted, the one behind it is fetched,
 * and the ends of the one before are noted.  Each message may have a
 * descriptor open.
 */
#define LOT_MAX 4096
#define LOT_FEW 1024
#define LOT_MIN 16
#define LOTS	4
#define ROUNDS	8

/* Descriptors that are needed for other things. */
#define RESERVED 96

/* From so many on they are fetched beside. */
#define MANY 256

/* Nobody came on: before the next round. */
#define IDLE_MS 20

/*
 * Many rounds, so that moving and noting go side by side; but each has its
 * price, for what has to be on the disk.
 */
static size_t
lot_for(size_t count)
{
	struct rlimit limit;
	size_t lot = count / ROUNDS;

	if (lot > LOT_MAX)
		lot = LOT_MAX;
	if (lot < LOT_FEW)
		lot = LOT_FEW;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < LOTS * lot + RESERVED)
		lot = limit.rlim_cur > RESERVED + LOTS * LOT_MIN
			      ? ((size_t)limit.rlim_cur - RESERVED) / LOTS
			      : LOT_MIN;
	return count < lot ? count : lot;
}

enum qf_status
qf_plan_work_open(struct work *work, const struct qf_plan *plan, size_t count,
		  struct qf_error *err)
{
	*work = (struct work){
		.plan = plan,
		.config = qf_spool_config(plan->spool),
		.lot = lot_for(count > 0 ? count : 1),
	};
	work->room = LOTS * work->lot;
	work->action = qf_action_new(plan->spool);
	work->reader = qf_reader_new();
	work->recipients = qf_recipients_new(plan->spool, false, NULL);
	work->changes = calloc(work->room, sizeof(*work->changes));
	work->scribe = qf_plan_scribe_new(work);
	if (qf_plan_origins_open(&work->origins, plan->spool) &&
	    work->action != NULL && work->reader != NULL &&
	    work->recipients != NULL && work->changes != NULL &&
	    work->scribe != NULL)
		return QF_OK;
	qf_plan_work_close(work);
	return qf_fail(err, QF_SYSTEM, "out of memory");
}

void
qf_plan_work_close(struct work *work)
{
	for (size_t i = 0; i < work->count; i++)
		qf_action_unpin(&work->changes[i].pin);
	qf_action_free(work->action);
	qf_reader_free(work->reader);
	qf_recipients_free(work->recipients);
	qf_plan_origins_close(&work->origins);
	qf_arena_free(&work->arena);
	free(work->changes);
	qf_plan_scribe_free(work->scribe);
	*work = (struct work){ 0 };
}

struct change *
qf_plan_add(struct work *work)
{
	struct change *c = &work->changes[work->count];

	if (work->count == work->room)
		return NULL;
	*c = (struct change){ .stage = STAGE_LOOK, .pin = { .fd = -1 } };
	work->count++;
	return c;
}

/* Of what is in the trash, the id is part of the name. */
static bool
take_names(struct change *c, const struct qf_chosen *chosen)
{
	struct qf_trashed trashed;

	if (strlen(chosen->id) >= sizeof(c->id))
		return false;
	snprintf(c->id, sizeof(c->id), "%s", chosen->id);
	memcpy(c->old_id, c->id, sizeof(c->old_id));
	if (!chosen->in_trash)
		return true;
	if (!qf_trash_read(chosen->id, &trashed))
		return false;
	memcpy(c->trash_name, c->id, sizeof(c->trash_name));
	memcpy(c->id, trashed.id, sizeof(c->id));
	memcpy(c->old_id, trashed.id, sizeof(c->old_id));
	return true;
}

static void
begin(struct work *work, struct change *c, const struct qf_chosen *chosen)
{
	c->chosen = chosen;
	c->queue = chosen->queue;
	c->wanted.inode = chosen->inode;
	c->wanted.birth = chosen->birth;
	if (!take_names(c, chosen))
		qf_plan_over(work, c, QF_OUTCOME_REFUSED, "no queue id");
}

/* The next lot, as far as there is room, and as it is their turn. */
static void
fill(struct work *work)
{
	bool many = work->rest >= MANY && work->plan->pace == NULL;
	size_t some = work->lot;

	while (work->rest > 0 && !work->stopping && some-- > 0 &&
	       work->count < work->room && qf_plan_turn_take(work)) {
		const struct qf_chosen *chosen = work->next++;
		struct change *c = qf_plan_add(work);

		work->rest--;
		c->stage = many ? STAGE_FETCH : STAGE_LOOK;
		begin(work, c, chosen);
	}
}

static void
step(struct work *work, struct change *c)
{
	switch (c->stage) {
	case STAGE_LOOK:
		qf_plan_look(work, c);
		break;
	case STAGE_QUIET:
		qf_plan_settle(work, c);
		break;
	case STAGE_AFTER:
		qf_plan_look_after(work, c);
		break;
	case STAGE_NAME:
		qf_plan_choose_name(work, c);
		break;
	case STAGE_FETCH:
	case STAGE_READY:
	case STAGE_NOTED:
	case STAGE_OVER:
		break;
	}
}

/* NULL: nobody knows. */
static const char *
place_of(const struct change *c)
{
	bool is_gone = c->outcome == QF_OUTCOME_GONE && !c->moved;

	return c->removed || is_gone ? NULL : c->folder;
}

static void
tell(struct work *work, const struct change *c)
{
	struct qf_plan_note note = {
		.chosen = c->chosen,
		.outcome = c->outcome,
		.id = c->chosen != NULL && !c->chosen->in_trash ? c->chosen->id
								: c->old_id,
		.from = c->item.from_folder,
		.now = c->id,
		.to = place_of(c),
		.was_active = c->was_active,
		.done = c->done,
		.changed = c->moved || c->marked || c->removed,
		.occupied = c->pin.occupied,
		.text = c->text,
	};

	work->result->counts[c->outcome]++;
	if (work->plan->over != NULL)
		work->plan->over(work->plan->context, &note);
}

/* Forget those that are over and noted; the others close up. */
static void
drop_over(struct work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		if (c->stage == STAGE_OVER && (c->written || !c->noted)) {
			tell(work, c);
			qf_action_unpin(&c->pin);
			continue;
		}
		if (kept != i)
			work->changes[kept] = *c;
		kept++;
	}
	work->count = kept;
}

/* Those of which nobody knows yet are as they were. */
static void
drop_unbegun(struct work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		if (!c->noted &&
		    (c->stage == STAGE_FETCH || c->stage == STAGE_LOOK ||
		     c->stage == STAGE_READY)) {
			qf_action_unpin(&c->pin);
			work->result->left++;
			continue;
		}
		if (kept != i)
			work->changes[kept] = *c;
		kept++;
	}
	work->count = kept;
}

/*
 * All that is begun is moved, and put on the disk at once: that costs as much
 * for one message as for thousands.
 */
static void
carry(struct work *work)
{
	struct qf_error err;

	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		c->carried = c->stage == STAGE_NOTED;
		if (!c->carried)
			continue;
		qf_plan_carry(work, c);
		work->progress = true;
	}
	if (qf_action_sync(work->action, &err) == QF_OK)
		return;
	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		if (c->carried)
			qf_plan_over(work, c, QF_OUTCOME_FAILED,
				     "%s, but not known to be on the disk: "
				     "%.150s",
				     c->to_folder != NULL ? "moved" : "marked",
				     err.text);
	}
}

/*
 * Nothing can be noted any more.  What was begun stays where it is, and is
 * brought to its end by who starts next.
 */
static void
give_up(struct work *work, const struct qf_error *err)
{
	work->stopping = true;
	drop_unbegun(work);
	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		qf_plan_over(work, c, QF_OUTCOME_FAILED,
			     "%s%s; this could not be noted: %.150s",
			     c->moved ? "now in " : "left as it was",
			     c->moved ? c->folder : "", err->text);
		c->written = true;
	}
	drop_over(work);
}

static void
wake_one(struct work *work, const char *service, const char *request)
{
	enum qf_status status =
		qf_wake(work->plan->spool, service, request, NULL);

	if (status != QF_OK)
		work->result->woken = status;
}

/*
 * Somebody has to look at what is due now.  Sites that did not answer are
 * forgotten but once: with a pace this comes each second, and who keeps
 * forgetting goes on knocking where nobody opens.  A flush has had that done
 * before it began.
 */
static void
wake(struct work *work)
{
	bool forget = work->plan->now && work->verb != QF_FLUSH &&
		      (work->plan->pace == NULL || work->woken_ms == 0);

	if (!work->wake_pickup && !work->wake_qmgr && !work->wake_incoming)
		return;
	if (work->plan->daemon != NULL && work->wake_pickup)
		wake_one(work, "pickup", "W");
	if (work->plan->daemon != NULL && work->wake_incoming)
		wake_one(work, "qmgr", "I");
	if (work->plan->daemon != NULL && work->wake_qmgr)
		wake_one(work, "qmgr", forget ? "FD" : "D");
	work->wake_qmgr = work->wake_incoming = work->wake_pickup = false;
	work->woken_ms = work->now_ms;
}

static void
begin_round(struct work *work)
{
	const atomic_bool *cancel = work->plan->cancel;

	work->now_ms = qf_clock_ms();
	work->now = time(NULL);
	work->asked_qmgr = false;
	work->progress = false;
	work->stopping =
		work->stopping || (cancel != NULL && atomic_load(cancel));
	if (qf_plan_turn_to_wake(work))
		wake(work);
	qf_plan_turn_begin(work);
}

/* Those that are in work come before those that are begun now. */
static void
step_all(struct work *work)
{
	size_t known = work->count;

	for (size_t i = 0; i < known; i++)
		qf_plan_turn_step(work, &work->changes[i], step);
	fill(work);
	for (size_t i = known; i < work->count; i++)
		qf_plan_turn_step(work, &work->changes[i], step);
}

/*
 * What was noted in the last round is moved, while the next moves are noted,
 * and the ends of those before.
 */
static enum qf_status
run_round(struct work *work, struct qf_error *err)
{
	enum qf_status status;

	if (work->stopping)
		drop_unbegun(work);
	qf_plan_scribe_begin(work->scribe, work);
	carry(work);
	status = qf_plan_scribe_end(work->scribe, work, err);
	drop_over(work);
	return status;
}

enum qf_status
qf_plan_work(struct work *work, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	for (;;) {
		begin_round(work);
		step_all(work);
		if (work->count == 0 && (work->rest == 0 || work->stopping))
			break;
		if (work->count > 0)
			status = run_round(work, err);
		if (status != QF_OK) {
			give_up(work, err);
			break;
		}
		if (work->progress)
			continue;
		if (work->plan->pace == NULL)
			wake(work);
		qf_plan_turn_wait(work, IDLE_MS);
	}
	wake(work);
	work->result->left += work->rest;
	/* Also where nobody was left: whoever has more to delete stops. */
	if (status == QF_OK && work->result->trash_full)
		return qf_fail(err, QF_STOPPED, "the trash takes no more");
	if (status == QF_OK && work->result->left > 0)
		return qf_fail(err, QF_STOPPED, "interrupted");
	return status;
}

enum qf_status
qf_plan_run(const struct qf_plan *plan, const struct qf_chosen *chosen,
	    size_t count, struct qf_plan_result *result, struct qf_error *err)
{
	struct work work;
	enum qf_status status = qf_plan_work_open(&work, plan, count, err);

	*result = (struct qf_plan_result){ .woken = QF_OK };
	if (status != QF_OK)
		return status;
	work.verb = plan->verb;
	if (plan->job != NULL)
		work.job = *plan->job;
	work.result = result;
	work.next = chosen;
	work.rest = count;
	if (work.verb == QF_FLUSH)
		qf_plan_flush_begin(&work);
	status = qf_plan_work(&work, err);
	qf_plan_work_close(&work);
	return status;
}
