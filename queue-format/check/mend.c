/*
 * mend.c - what was found is put right: noted, done, noted.
 */
#include "mend_work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/quiet.h"

/* So many are noted at once. */
#define LOT 512

struct step {
	const struct qf_check_finding *finding;
	struct qf_check_decision decision;
	struct qf_check_note note;
	char text[400];
	bool noted; /* it has an item */
};

struct mend {
	const struct qf_check_mend *plan;
	struct qf_action *action;
	bool remembers;
	struct step steps[LOT];
	size_t count;
	struct qf_journal_item items[LOT]; /* of those that are noted */
	size_t item_count;
	unsigned number;
	struct qf_arena arena;
};

bool
qf_check_remembers(const struct qf_check *check)
{
	struct qf_process qmgr;

	return check->daemon == NULL ||
	       qf_daemon_qmgr(check->daemon, &qmgr, NULL) != QF_OK ||
	       qmgr.pid != 0;
}

static const char *
keep(struct qf_arena *arena, const char *text, size_t len)
{
	return qf_arena_copy(arena, text, len);
}

bool
qf_check_item(struct qf_arena *arena, const char *from, const char *to,
	      struct qf_journal_item *item)
{
	const char *name = qf_check_name_of(from);
	const char *to_name = qf_check_name_of(to);

	item->from_id = keep(arena, name, strlen(name));
	item->from_folder = keep(arena, from, (size_t)(name - from) - 1);
	item->to_id = keep(arena, to_name, strlen(to_name));
	item->to_folder = keep(arena, to, (size_t)(to_name - to) - 1);
	item->qmgr_pid = -1;
	return item->from_id != NULL && item->from_folder != NULL &&
	       item->to_id != NULL && item->to_folder != NULL;
}

bool
qf_check_item_path(const char *folder, const char *id,
		   char path[QF_STRUCTURE_PATH_MAX])
{
	int len = snprintf(path, QF_STRUCTURE_PATH_MAX, "%s/%s", folder, id);

	return len > 0 && len < QF_STRUCTURE_PATH_MAX;
}

/* Whether it is still the one that was found, and its note. */
static bool
prepare_step(struct mend *mend, struct step *step)
{
	const struct qf_check_finding *finding = step->finding;
	const struct qf_spool *spool = mend->plan->check->spool;
	struct qf_journal_item *item = &mend->items[mend->item_count];
	struct stat st;

	if (step->decision.cure != QF_CURE_MOVE)
		return true;
	*item = (struct qf_journal_item){ .inode = finding->inode };
	if (!qf_check_item(&mend->arena, finding->path, step->decision.to,
			   item))
		return false;
	if (qf_spool_stat(spool, finding->path, &st, NULL) == QF_OK) {
		item->modified = st.st_mtime;
		item->mode = st.st_mode & 07777;
		(void)!qf_spool_birth(spool, finding->path, -1, finding->inode,
				      &item->birth, NULL);
	}
	step->noted = true;
	mend->item_count++;
	return true;
}

/* An agent may go on with it though no queue manager runs. */
static enum qf_status
check_quiet(const struct mend *mend, const char *path, struct qf_error *err)
{
	enum qf_status status;
	int fd = -1;

	status = qf_spool_file(mend->plan->check->spool, path, &fd, NULL, err);
	if (status != QF_OK)
		return status;
	status = qf_quiet_look(fd, err);
	close(fd);
	return status == QF_ABSENT || status == QF_DENIED ? QF_OK : status;
}

static enum qf_status
move_logs(struct mend *mend, const struct step *step, struct qf_error *err)
{
	static const char *const folders[] = { "defer", "bounce", "trace" };
	const char *from = qf_check_name_of(step->finding->path);
	const char *to = qf_check_name_of(step->decision.to);
	enum qf_status status = QF_OK;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		status = qf_action_move_log(mend->action, folders[i], from, to,
					    err);
		if (status != QF_OK && status != QF_GONE && status != QF_EXISTS)
			return status;
	}
	return QF_OK;
}

static enum qf_status
move(struct mend *mend, const struct step *step, struct qf_error *err)
{
	const struct qf_check_finding *finding = step->finding;
	bool is_plain = finding->kind != QF_CHECK_NOT_PLAIN;
	enum qf_status status = QF_OK;

	if (step->decision.with_logs) {
		status = check_quiet(mend, finding->path, err);
		if (status == QF_OK)
			status = move_logs(mend, step, err);
	}
	if (status == QF_OK)
		status = qf_action_move_file(
			mend->action, finding->path, step->decision.to,
			is_plain ? finding->inode : 0, err);
	if (status == QF_OK && step->decision.mode != 0)
		status = qf_action_set_mode(mend->action, step->decision.to,
					    finding->inode, step->decision.mode,
					    err);
	return status;
}

static enum qf_status
set_time(struct mend *mend, const struct step *step, struct qf_error *err)
{
	const char *path = step->finding->path;
	const struct qf_identity wanted = { .inode = step->finding->inode };
	struct qf_pin pin = { .fd = -1 };
	char folder[QF_QUEUE_ID_MAX + 1];
	enum qf_status status;

	qf_check_folder_of(path, folder);
	status = qf_action_pin(mend->action, folder, qf_check_name_of(path),
			       &wanted, &pin, err);
	if (status == QF_OK)
		status = qf_action_set_time(mend->action, &pin,
					    mend->plan->check->now, err);
	qf_action_unpin(&pin);
	return status;
}

static enum qf_status
cure(struct mend *mend, struct step *step, struct qf_error *err)
{
	const struct qf_check_finding *finding = step->finding;

	switch (step->decision.cure) {
	case QF_CURE_MOVE:
		return move(mend, step, err);
	case QF_CURE_MODE:
		return qf_action_set_mode(mend->action, finding->path,
					  finding->inode, step->decision.mode,
					  err);
	case QF_CURE_TIME:
		return set_time(mend, step, err);
	case QF_CURE_FOLDER:
		return qf_action_remove_folder(mend->action, finding->path,
					       err);
	default:
		return QF_OK;
	}
}

static enum qf_outcome
outcome_of(enum qf_status status)
{
	switch (status) {
	case QF_OK:
		return QF_OUTCOME_DONE;
	case QF_GONE:
		return QF_OUTCOME_GONE;
	case QF_CHANGED:
		return QF_OUTCOME_CHANGED;
	case QF_BUSY:
		return QF_OUTCOME_BUSY;
	case QF_EXISTS:
	case QF_UNSAFE:
		return QF_OUTCOME_REFUSED;
	default:
		return QF_OUTCOME_FAILED;
	}
}

static void
carry_out(struct mend *mend, struct step *step)
{
	const struct qf_check_decision *decision = &step->decision;
	struct qf_error err = { .status = QF_OK };
	enum qf_status status = cure(mend, step, &err);

	if (status != QF_OK && err.errnum == ENOTEMPTY)
		status = QF_EXISTS;
	step->note = (struct qf_check_note){
		.finding = step->finding,
		.outcome = outcome_of(status),
		.to = decision->cure == QF_CURE_MOVE ? decision->to
						     : step->finding->path,
		.text = step->text,
		.release = status == QF_OK && decision->release,
		.hold = decision->cure == QF_CURE_HOLD,
	};
	if (decision->cure == QF_CURE_LATER)
		step->note.outcome = QF_OUTCOME_BUSY;
	if (step->note.outcome != QF_OUTCOME_DONE)
		step->note.to = "";
	snprintf(step->text, sizeof(step->text), "%s",
		 status == QF_OK ? decision->why : err.text);
}

/* What was not moved has no other place. */
static void
conclude_item(struct qf_journal_item *item, const struct step *step)
{
	item->outcome = step->note.outcome;
	item->text = step->text;
	if (item->outcome != QF_OUTCOME_DONE) {
		item->to_folder = NULL;
		item->to_id = NULL;
	}
}

static enum qf_status
work_off(struct mend *mend, struct qf_error *err)
{
	const struct qf_check_mend *plan = mend->plan;
	struct qf_journal *journal = plan->check->journal;
	enum qf_status status = QF_OK;
	size_t item = 0;

	if (mend->item_count > 0)
		status = qf_journal_prepare(journal, plan->job, mend->items,
					    mend->item_count, err);
	if (status != QF_OK)
		return status;
	for (size_t i = 0; i < mend->count; i++) {
		carry_out(mend, &mend->steps[i]);
		if (mend->steps[i].noted)
			conclude_item(&mend->items[item++], &mend->steps[i]);
	}
	status = qf_action_sync(mend->action, err);
	if (status == QF_OK && item > 0)
		status = qf_journal_commit(journal, plan->job, mend->items,
					   item, err);
	for (size_t i = 0; i < mend->count && status == QF_OK; i++)
		plan->over(plan->context, &mend->steps[i].note);
	mend->count = mend->item_count = 0;
	qf_arena_empty(&mend->arena, 1 << 16);
	return status;
}

/* Logs go before messages, and folders when nothing is left in them. */
enum turn { TURN_LOGS, TURN_MESSAGES, TURN_FOLDERS, TURNS };

static enum turn
turn_of(const struct qf_check_finding *finding)
{
	char folder[QF_QUEUE_ID_MAX + 1];

	if (finding->kind == QF_CHECK_FOREIGN_FOLDER ||
	    finding->kind == QF_CHECK_DEEP_FOLDER)
		return TURN_FOLDERS;
	qf_check_folder_of(finding->path, folder);
	return qf_structure_has_messages(folder) ? TURN_MESSAGES : TURN_LOGS;
}

static enum qf_status
begin_step(struct mend *mend, const struct qf_check_finding *finding,
	   struct qf_error *err)
{
	const struct qf_check_mend *plan = mend->plan;
	struct step *step = &mend->steps[mend->count];

	*step = (struct step){ .finding = finding };
	qf_check_decide(plan->check->spool, finding, mend->remembers, plan->job,
			mend->number++, &step->decision);
	if (step->decision.cure == QF_CURE_NONE)
		return QF_OK;
	mend->count++;
	if (!prepare_step(mend, step))
		return qf_fail(err, QF_SYSTEM, "out of memory");
	return mend->count == LOT ? work_off(mend, err) : QF_OK;
}

static enum qf_status
mend_all(struct mend *mend, const struct qf_check_report *report,
	 struct qf_error *err)
{
	enum qf_status status = QF_OK;

	for (enum turn turn = TURN_LOGS; turn < TURNS; turn++) {
		/* Backwards: a folder stands before what is in it. */
		for (size_t i = report->count; i > 0 && status == QF_OK; i--) {
			if (turn_of(&report->items[i - 1]) == turn)
				status = begin_step(mend, &report->items[i - 1],
						    err);
		}
		if (status == QF_OK)
			status = work_off(mend, err);
	}
	return status;
}

enum qf_status
qf_check_mend(const struct qf_check_mend *plan,
	      const struct qf_check_report *report, struct qf_error *err)
{
	struct mend *mend = calloc(1, sizeof(*mend));
	enum qf_status status;

	if (mend == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	mend->plan = plan;
	mend->remembers = qf_check_remembers(plan->check);
	mend->action = qf_action_new(plan->check->spool);
	status = mend->action == NULL ? qf_fail(err, QF_SYSTEM, "out of memory")
				      : mend_all(mend, report, err);
	qf_action_free(mend->action);
	qf_arena_free(&mend->arena);
	free(mend);
	return status;
}
