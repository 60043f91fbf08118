/*
 * past.c - how a message came to be where it is, as far as we have done it.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>

/* Back from move to move, as long as one begins where the other ended. */
struct trail {
	const struct change *c;
	struct past *past;
	char *logs_id; /* of QF_QUEUE_ID_MAX + 1 bytes */
	char folder[32];
	char name[QF_TRASH_NAME_MAX + 1];
	bool is_first;
};

static bool
equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Of a name in this folder, the part that is the queue id. */
static const char *
id_in(const char *folder, const char *name, struct qf_trashed *trashed)
{
	if (equal(folder, QF_TRASH) && qf_trash_read(name, trashed))
		return trashed->id;
	return name;
}

/* Out of qmgr's hands: what was true of it then. */
static void
was_taken(struct trail *trail, const struct qf_journal_item *item)
{
	struct past *past = trail->past;

	past->qmgr_pid = item->qmgr_pid;
	past->qmgr_start = item->qmgr_start;
	past->from_deferred =
		trail->is_first && equal(item->from_folder, "deferred");
	past->was_active = equal(item->from_folder, "active");
	past->defer = item->defer;
	past->mode = item->mode;
	past->taken = item->changed / 1000000000;
}

/* We gave it another id, or nobody had loaded it by this one. */
static bool
is_fresh(const struct qf_journal_item *item)
{
	struct qf_trashed to;

	return equal(item->from_folder, "deferred") ||
	       !equal(item->from_id, id_in(item->to_folder, item->to_id, &to));
}

/* Nobody here knew it before, and its logs came with it. */
static void
was_imported(struct trail *trail, const struct qf_journal_item *item)
{
	struct past *past = trail->past;
	struct qf_trashed to;

	past->is_fresh = past->from_deferred = trail->is_first;
	past->qmgr_pid = past->untouched ? 0 : -1;
	snprintf(trail->logs_id, QF_QUEUE_ID_MAX + 1, "%s",
		 id_in(item->to_folder, item->to_id, &to));
}

static enum qf_status
step_back(void *context, const struct qf_job_id *job,
	  const struct qf_journal_item *item)
{
	struct trail *trail = context;
	struct past *past = trail->past;
	struct qf_trashed from;

	(void)job;
	if (item->from_id == NULL || item->from_folder == NULL ||
	    !equal(item->to_folder, trail->folder) ||
	    !equal(item->to_id, trail->name))
		return QF_STOPPED;
	if (trail->is_first)
		past->untouched = item->changed == trail->c->pin.changed;
	if (equal(item->from_folder, QF_STAGE)) {
		was_imported(trail, item);
		return QF_STOPPED;
	}
	snprintf(trail->logs_id, QF_QUEUE_ID_MAX + 1, "%s",
		 id_in(item->from_folder, item->from_id, &from));
	if (!equal(item->from_folder, "hold") &&
	    !equal(item->from_folder, QF_TRASH)) {
		past->is_fresh = trail->is_first && is_fresh(item);
		was_taken(trail, item);
		return QF_STOPPED;
	}
	trail->is_first = false;
	snprintf(trail->folder, sizeof(trail->folder), "%s", item->from_folder);
	snprintf(trail->name, sizeof(trail->name), "%s", item->from_id);
	return QF_OK;
}

/*
 * Another job may have brought it here and not said so yet; that one knows
 * whose logs it has.  Recovery is about what nobody is going to say.
 */
static enum qf_status
walk_back(struct work *work, const struct change *c, struct trail *trail,
	  struct qf_error *err)
{
	struct qf_journal *journal = work->plan->journal;
	const struct qf_identity *who = &c->pin.identity;

	if (c->chosen == NULL)
		return qf_journal_moves(journal, who->inode, who->birth,
					step_back, trail, err);
	return qf_journal_way_to(journal, who->inode, who->birth, c->folder,
				 qf_plan_name_in(c, c->folder, c->id),
				 step_back, trail, err);
}

/*
 * What was known of it when it was fetched.  A rename changes the ctime; and
 * nobody of us puts back what has come here less than a tenth of a second
 * ago, which is longer than any clock of a file system takes for a step.
 */
static bool
is_remembered(const struct change *c)
{
	return c->past_changed != 0 && c->past_changed == c->pin.changed;
}

enum qf_status
qf_plan_remember(struct work *work, struct change *c, struct past *past,
		 struct qf_error *err)
{
	struct trail trail = { .c = c, .past = past, .is_first = true };

	if (!c->taken && is_remembered(c)) {
		*past = c->past;
		return QF_OK;
	}
	*past = (struct past){ .qmgr_pid = -1 };
	if (c->taken) {
		past->untouched = past->is_fresh = true;
		was_taken(&trail, &c->item);
		snprintf(c->logs_id, sizeof(c->logs_id), "%s", c->old_id);
		return QF_OK;
	}
	snprintf(c->logs_id, sizeof(c->logs_id), "%s", c->id);
	/* In a queue that Postfix works on, its logs have its name. */
	if (!equal(c->folder, "hold") && !equal(c->folder, QF_TRASH))
		return QF_OK;
	trail.logs_id = c->logs_id;
	snprintf(trail.folder, sizeof(trail.folder), "%s", c->folder);
	snprintf(trail.name, sizeof(trail.name), "%s",
		 qf_plan_name_in(c, c->folder, c->id));
	/* Without a journal, everything is as if somebody else had done it. */
	if (work->plan->journal == NULL)
		return QF_OK;
	return walk_back(work, c, &trail, err);
}

/* By those who then look at the message once more. */
static bool
will_be_asked(const struct work *work, const struct change *c)
{
	struct qf_trashed trashed;

	switch (work->verb) {
	case QF_RELEASE:
	case QF_REQUEUE:
		return equal(c->folder, "hold");
	case QF_RESTORE:
		return qf_trash_read(c->trash_name, &trashed) &&
		       !equal(trashed.origin, "hold");
	default:
		return false;
	}
}

void
qf_plan_remember_early(struct work *work, struct change *c)
{
	if (will_be_asked(work, c) &&
	    qf_plan_remember(work, c, &c->past, NULL) == QF_OK)
		c->past_changed = c->pin.changed;
}
