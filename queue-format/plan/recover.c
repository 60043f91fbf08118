/*
 * recover.c - jobs whose program has died are brought to their end.
 *
 * What was noted and not concluded is found again by its inode, and the
 * place where it is says how far it had come (docs/SAFETY.md, table of
 * states).  A message that was taken out of qmgr's hands goes on from there;
 * one that was never moved stays as it was.
 */
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEAD 1000

/* The jobs that nobody works on. */
struct dead {
	struct qf_job_id ids[MAX_DEAD];
	enum qf_verb verbs[MAX_DEAD];
	size_t count;
};

static enum qf_status
collect_job(void *context, const struct qf_job *job, bool is_alive)
{
	struct dead *dead = context;
	enum qf_verb verb;

	if (job->state != QF_JOB_RUNNING || is_alive ||
	    dead->count == MAX_DEAD || !qf_verb_by_name(job->action, &verb))
		return QF_OK;
	dead->ids[dead->count] = job->id;
	dead->verbs[dead->count++] = verb;
	return QF_OK;
}

/* The messages of a job that were begun. */
struct begun {
	struct qf_arena arena;
	struct qf_journal_item *items;
	size_t count;
	size_t room;
};

static const char *
keep(struct qf_arena *arena, const char *text)
{
	return text == NULL ? NULL : qf_arena_copy(arena, text, strlen(text));
}

static enum qf_status
collect_item(void *context, const struct qf_journal_item *item)
{
	struct begun *begun = context;
	struct qf_journal_item *copy;

	if (item->outcome != QF_OUTCOME_PREPARED)
		return QF_OK;
	begun->items = qf_arena_grow(&begun->arena, begun->items, begun->count,
				     &begun->room, sizeof(*begun->items));
	if (begun->items == NULL)
		return qf_fail(NULL, QF_SYSTEM, "out of memory");
	copy = &begun->items[begun->count++];
	*copy = *item;
	copy->sender = keep(&begun->arena, item->sender);
	copy->from_folder = keep(&begun->arena, item->from_folder);
	copy->from_id = keep(&begun->arena, item->from_id);
	copy->to_folder = keep(&begun->arena, item->to_folder);
	copy->to_id = keep(&begun->arena, item->to_id);
	copy->text = keep(&begun->arena, item->text);
	return QF_OK;
}

static bool
equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The queue id in a name, which in the trash is not all of it. */
static void
set_id(struct change *c, const char *folder, const char *name)
{
	struct qf_trashed trashed;

	if (equal(folder, QF_TRASH) && qf_trash_read(name, &trashed)) {
		snprintf(c->trash_name, sizeof(c->trash_name), "%s", name);
		name = trashed.id;
	}
	snprintf(c->id, sizeof(c->id), "%s", name);
}

/* Is it there, and the same?  What keeps us from knowing is kept in `met'. */
static bool
is_at(struct work *work, struct change *c, const char *folder, const char *name,
      struct qf_error *met)
{
	enum qf_status status;
	struct qf_error err;

	if (folder == NULL || name == NULL || strlen(name) >= sizeof(c->id))
		return false;
	status = qf_action_pin(work->action, folder, name, &c->wanted, &c->pin,
			       &err);
	if (status == QF_SYSTEM || status == QF_DENIED)
		*met = err;
	if (status != QF_OK)
		return false;
	c->folder = folder;
	set_id(c, folder, name);
	return true;
}

static bool
was_taken_out(const struct qf_journal_item *item)
{
	return equal(item->from_folder, "active") ||
	       equal(item->from_folder, "incoming");
}

/*
 * It was taken out, and nobody has said what became of it: as if that had
 * happened just now.  Whether a return was due then, the time of the move
 * tells.
 */
static void
go_on(struct work *work, struct change *c)
{
	struct marks marks;

	c->taken = true;
	c->moved = true;
	c->queue = QF_QUEUE_HOLD;
	c->was_active = equal(c->item.from_folder, "active");
	if (qf_plan_marks(work, c, false, &marks, NULL) == QF_OK)
		c->due = qf_plan_is_due(c->pin.mode, &marks,
					c->pin.changed / 1000000000);
	qf_plan_quiet(work, c);
}

/* Was the mark set, or taken away, that was all there was to do? */
static bool
is_marked(const struct work *work, const struct change *c)
{
	bool marked = (c->pin.mode & QF_MODE_EXPIRE) != 0;

	return (work->verb == QF_EXPIRE && marked) ||
	       (work->verb == QF_UNEXPIRE && !marked);
}

/* Of a message that is to be removed the logs go first. */
static enum qf_status
has_lost_logs(struct work *work, struct change *c, bool *lost,
	      struct qf_error *err)
{
	struct qf_logs logs;
	struct past past;
	enum qf_status status = qf_plan_remember(work, c, &past, err);

	if (status == QF_OK)
		status = qf_action_logs(work->action, c->logs_id, &logs, err);
	*lost = status == QF_OK && ((c->item.defer != 0 && logs.defer == 0) ||
				    (c->item.bounce != 0 && logs.bounce == 0) ||
				    (c->item.trace != 0 && logs.trace == 0));
	return status;
}

static enum qf_status
call_logs_back(struct work *work, struct change *c, struct qf_error *err)
{
	struct past past;
	enum qf_status status = qf_plan_remember(work, c, &past, err);

	if (status != QF_OK)
		return status;
	for (size_t i = 0; i < QF_PLAN_LOGS; i++)
		c->logs_moved[i] = true;
	qf_plan_logs_back(work, c, c->item.to_id);
	return QF_OK;
}

/* Who has moved since is somebody else's, or Postfix has taken his logs. */
static bool
has_its_place(const struct change *c)
{
	return equal(c->item.from_folder, c->folder) &&
	       equal(c->item.from_id, qf_plan_name_in(c, c->folder, c->id));
}

/* It never moved; but its logs may have gone ahead. */
static enum qf_status
stay(struct work *work, struct change *c, struct qf_error *err)
{
	enum qf_status status = QF_OK;
	bool lost = false;

	if (work->verb == QF_PURGE && has_its_place(c))
		status = has_lost_logs(work, c, &lost, err);
	else if (equal(c->item.to_folder, "deferred") ||
		 work->verb == QF_IMPORT)
		status = call_logs_back(work, c, err);
	if (status != QF_OK)
		return status;
	/* As before: not at the end of an attempt. */
	if (lost)
		qf_plan_ready(work, c, NULL, c->id, QF_OUTCOME_DONE);
	else if (is_marked(work, c))
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
	else
		qf_plan_over(work, c, QF_OUTCOME_FAILED,
			     "not done: the program had been stopped");
	return QF_OK;
}

static void
conclude_moved(struct work *work, struct change *c)
{
	c->moved = true;
	work->wake_qmgr |= equal(c->item.to_folder, "deferred");
	work->wake_pickup |= equal(c->item.to_folder, "maildrop");
	if (equal(c->item.to_folder, QF_TRASH) && work->verb != QF_DELETE)
		qf_plan_over(work, c, QF_OUTCOME_RETURNED,
			     "returned to its sender meanwhile");
	else if (equal(c->item.to_folder, "deferred") &&
		 work->verb != QF_RELEASE && work->verb != QF_RESTORE &&
		 work->verb != QF_IMPORT)
		qf_plan_over(work, c, QF_OUTCOME_GONE,
			     "delivered or returned meanwhile");
	else
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
}

/*
 * It is nowhere.  From there nobody else has taken it.  What was staged is
 * removed only by who knows that it was not moved: so this one was, and must
 * not come a second time.
 */
static void
conclude_gone(struct work *work, struct change *c,
	      const struct qf_journal_item *item)
{
	if (work->verb == QF_IMPORT && c->outcome == QF_OUTCOME_GONE) {
		c->moved = true;
		c->folder = item->to_folder;
		set_id(c, item->to_folder, item->to_id);
		qf_plan_over(work, c, QF_OUTCOME_GONE,
			     "imported, and delivered or removed meanwhile");
	}
	if (work->verb == QF_PURGE && c->outcome == QF_OUTCOME_GONE &&
	    (equal(item->from_folder, "hold") ||
	     equal(item->from_folder, QF_TRASH))) {
		c->removed = true;
		qf_plan_over(work, c, QF_OUTCOME_DONE, "%s", "");
	}
}

/* Not because it is gone: nobody knows. */
static enum qf_status
not_found(const struct change *c, struct qf_error *err)
{
	return c->outcome == QF_OUTCOME_FAILED
		       ? qf_fail(err, QF_SYSTEM, "%.150s", c->text)
		       : QF_OK;
}

/* What is put back under its old id, and not on hold any more, was. */
static bool
has_left_hold(const struct change *c)
{
	return equal(c->item.from_folder, "hold") &&
	       equal(c->item.to_folder, "deferred") &&
	       !equal(c->folder, "hold");
}

/* Postfix may have taken it on, from the one place or from the other. */
static enum qf_status
look_elsewhere(struct work *work, struct change *c,
	       const struct qf_journal_item *item, struct qf_error *err)
{
	bool renamed = item->to_id != NULL &&
		       !equal(item->to_folder, QF_TRASH) &&
		       !equal(item->to_id, item->from_id);

	if (renamed)
		set_id(c, item->to_folder, item->to_id);
	else
		set_id(c, item->from_folder, item->from_id);
	if (qf_plan_find(work, c)) {
		if (!renamed && !has_left_hold(c))
			return stay(work, c, err);
		conclude_moved(work, c);
		return QF_OK;
	}
	if (renamed && c->outcome == QF_OUTCOME_GONE) {
		set_id(c, item->from_folder, item->from_id);
		if (qf_plan_find(work, c))
			return stay(work, c, err);
	}
	if (c->outcome == QF_OUTCOME_GONE)
		conclude_gone(work, c, item);
	return not_found(c, err);
}

static enum qf_status
find_again(struct work *work, struct change *c,
	   const struct qf_journal_item *item, struct qf_error *err)
{
	struct qf_error met = { .status = QF_OK };

	if (is_at(work, c, item->to_folder, item->to_id, &met)) {
		if (equal(item->to_folder, "hold") && was_taken_out(item))
			go_on(work, c);
		else
			conclude_moved(work, c);
		return QF_OK;
	}
	if (is_at(work, c, item->from_folder, item->from_id, &met))
		return stay(work, c, err);
	if (was_taken_out(item) &&
	    is_at(work, c, "hold",
		  item->text != NULL ? item->text : item->to_id, &met)) {
		go_on(work, c);
		return QF_OK;
	}
	if (met.status == QF_OK)
		return look_elsewhere(work, c, item, err);
	if (err != NULL)
		*err = met;
	return met.status;
}

/*
 * Take up a message again.  One of which nothing can be known now, since its
 * place cannot be read, stays prepared, for the next one who tries.
 */
static enum qf_status
take_up(struct work *work, const struct qf_journal_item *item,
	struct qf_error *err)
{
	struct change *c = qf_plan_add(work);
	struct qf_error met;

	c->item = *item;
	c->noted = true;
	c->wanted.inode = item->inode;
	c->wanted.birth = item->birth;
	c->queue = QF_QUEUE_DEFERRED;
	set_id(c, item->from_folder, item->from_id);
	memcpy(c->old_id, c->id, sizeof(c->old_id));
	if (find_again(work, c, item, &met) == QF_OK)
		return QF_OK;
	qf_action_unpin(&c->pin);
	work->count--;
	return qf_fail(err, QF_SYSTEM,
		       "%.50s: a program has died, and nobody can tell how "
		       "far it had come: %.100s",
		       c->old_id, met.text);
}

static enum qf_status
bring_to_end(const struct qf_plan *plan, struct begun *begun, enum qf_verb verb,
	     const struct qf_job_id *job, struct qf_error *err)
{
	struct qf_plan_result result = { .woken = QF_OK };
	struct work work;
	enum qf_status status = QF_OK;
	enum qf_status unknown = QF_OK;
	struct qf_error met;

	for (size_t i = 0; i < begun->count && status == QF_OK;) {
		status = qf_plan_work_open(&work, plan, begun->count - i, err);
		if (status != QF_OK)
			return status;
		work.verb = verb;
		work.job = *job;
		work.result = &result;
		/* What is found done may be in memory alone, until now. */
		status = qf_action_sync_all(work.action, err);
		while (status == QF_OK && i < begun->count &&
		       work.count < work.room) {
			if (take_up(&work, &begun->items[i++], &met) != QF_OK)
				unknown = met.status;
		}
		if (status == QF_OK)
			status = qf_plan_work(&work, err);
		qf_plan_work_close(&work);
	}
	if (status != QF_OK || unknown == QF_OK)
		return status;
	if (err != NULL)
		*err = met;
	return unknown;
}

static enum qf_status
recover_job(const struct qf_plan *plan, enum qf_verb verb,
	    const struct qf_job_id *job, struct qf_error *err)
{
	struct begun begun = { .count = 0 };
	enum qf_status status = qf_journal_adopt(plan->journal, job, err);

	/* Somebody else was faster. */
	if (status == QF_BUSY || status == QF_GONE)
		return QF_END;
	if (status == QF_OK)
		status = qf_journal_items(plan->journal, job, collect_item,
					  &begun, err);
	if (status == QF_OK)
		status = bring_to_end(plan, &begun, verb, job, err);
	if (status == QF_OK)
		status = qf_journal_end(plan->journal, job, QF_JOB_RECOVERED,
					err);
	qf_arena_free(&begun.arena);
	return status;
}

enum qf_status
qf_plan_recover(const struct qf_plan *plan, size_t *jobs, struct qf_error *err)
{
	struct dead *dead = calloc(1, sizeof(*dead));
	enum qf_status status;

	*jobs = 0;
	if (dead == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	status = qf_journal_jobs(plan->journal, collect_job, dead, err);
	/* Oldest first: a later job may have gone on with the message. */
	for (size_t i = dead->count; i > 0 && status == QF_OK; i--) {
		status = recover_job(plan, dead->verbs[i - 1],
				     &dead->ids[i - 1], err);
		if (status == QF_OK)
			++*jobs;
		else if (status == QF_END)
			status = QF_OK;
	}
	free(dead);
	return status;
}
