/*
 * change.c - what a message that is being changed comes to.
 */
#include "work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const verb_names[QF_VERB_COUNT] = {
	[QF_HOLD] = "hold",	    [QF_RELEASE] = "release",
	[QF_REQUEUE] = "requeue",   [QF_EXPIRE] = "expire",
	[QF_UNEXPIRE] = "unexpire", [QF_DELETE] = "delete",
	[QF_RESTORE] = "restore",   [QF_PURGE] = "purge",
	[QF_FLUSH] = "flush",	    [QF_IMPORT] = "import",
};

const char *
qf_verb_name(enum qf_verb verb)
{
	return verb_names[verb];
}

bool
qf_verb_by_name(const char *name, enum qf_verb *verb)
{
	for (int i = 0; i < QF_VERB_COUNT; i++) {
		if (strcmp(verb_names[i], name) == 0) {
			*verb = (enum qf_verb)i;
			return true;
		}
	}
	return false;
}

void
qf_plan_over(struct work *work, struct change *c, enum qf_outcome outcome,
	     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->text, sizeof(c->text), format, args);
	va_end(args);
	c->outcome = outcome;
	c->stage = STAGE_OVER;
	work->progress = true;
}

void
qf_plan_failed(struct work *work, struct change *c, const struct qf_error *err)
{
	enum qf_outcome outcome = QF_OUTCOME_FAILED;

	if (err->status == QF_GONE)
		outcome = QF_OUTCOME_GONE;
	else if (err->status == QF_CHANGED)
		outcome = QF_OUTCOME_CHANGED;
	else if (err->status == QF_BUSY)
		outcome = QF_OUTCOME_WRITING;
	else if (err->status == QF_UNSAFE || err->status == QF_EXISTS)
		outcome = QF_OUTCOME_REFUSED;
	qf_plan_over(work, c, outcome, "%s", err->text);
}

void
qf_plan_ready(struct work *work, struct change *c, const char *folder,
	      const char *id, enum qf_outcome then)
{
	c->to_folder = folder;
	if (id != NULL && id != c->to_id)
		snprintf(c->to_id, sizeof(c->to_id), "%s", id);
	c->then = then;
	c->stage = STAGE_READY;
	work->progress = true;
}

const char *
qf_plan_name_in(const struct change *c, const char *folder, const char *id)
{
	return strcmp(folder, QF_TRASH) == 0 ? c->trash_name : id;
}

bool
qf_plan_may_wait(struct work *work, struct change *c)
{
	if (c->deadline == 0)
		c->deadline = work->now_ms + work->plan->wait_ms;
	return work->now_ms < c->deadline && !work->stopping;
}

/* Asked once in a round: it means a look at all processes. */
static bool
ask_qmgr(struct work *work)
{
	if (work->asked_qmgr)
		return work->knows_qmgr;
	work->asked_qmgr = true;
	work->qmgr = (struct qf_process){ 0 };
	work->knows_qmgr =
		work->plan->daemon == NULL ||
		qf_daemon_qmgr(work->plan->daemon, &work->qmgr, NULL) == QF_OK;
	return work->knows_qmgr;
}

bool
qf_plan_is_down(struct work *work)
{
	return ask_qmgr(work) && work->qmgr.pid == 0;
}

bool
qf_plan_remembers(struct work *work, int64_t pid, uint64_t start)
{
	struct qf_process then = { (pid_t)pid, start };

	if (!ask_qmgr(work))
		return pid != 0;
	if (work->qmgr.pid == 0 || pid == 0)
		return false;
	return pid < 0 || qf_process_is_same(&work->qmgr, &then);
}

void
qf_plan_note_qmgr(struct work *work, struct qf_journal_item *item)
{
	bool known = ask_qmgr(work);

	item->qmgr_pid = known ? work->qmgr.pid : -1;
	item->qmgr_start = known ? work->qmgr.start : 0;
}
