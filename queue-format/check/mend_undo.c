/*
 * mend_undo.c - the moves of a repair are taken back, or brought to an end.
 */
#include "mend_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The moves of a job. */
struct moves {
	struct qf_arena arena;
	struct qf_journal_item *items;
	size_t count;
	size_t room;
	enum qf_outcome wanted;
};

static const char *
keep(struct qf_arena *arena, const char *text)
{
	return qf_arena_copy(arena, text, strlen(text));
}

static enum qf_status
collect(void *context, const struct qf_journal_item *item)
{
	struct moves *moves = context;
	struct qf_journal_item *copy;

	if (item->outcome != moves->wanted || item->from_folder == NULL ||
	    item->from_id == NULL || item->to_folder == NULL ||
	    item->to_id == NULL)
		return QF_OK;
	moves->items = qf_arena_grow(&moves->arena, moves->items, moves->count,
				     &moves->room, sizeof(*moves->items));
	if (moves->items == NULL)
		return qf_fail(NULL, QF_SYSTEM, "out of memory");
	copy = &moves->items[moves->count];
	*copy = *item;
	copy->sender = NULL;
	copy->text = NULL;
	copy->from_folder = keep(&moves->arena, item->from_folder);
	copy->from_id = keep(&moves->arena, item->from_id);
	copy->to_folder = keep(&moves->arena, item->to_folder);
	copy->to_id = keep(&moves->arena, item->to_id);
	if (copy->from_folder == NULL || copy->from_id == NULL ||
	    copy->to_folder == NULL || copy->to_id == NULL)
		return qf_fail(NULL, QF_SYSTEM, "out of memory");
	moves->count++;
	return QF_OK;
}

/* The other way round. */
static void
turn_round(struct qf_journal_item *item)
{
	const char *folder = item->from_folder;
	const char *id = item->from_id;

	item->from_folder = item->to_folder;
	item->from_id = item->to_id;
	item->to_folder = folder;
	item->to_id = id;
	item->qmgr_pid = -1;
	item->changed = 0;
}

static bool
may_be_active(const char *folder)
{
	return strcmp(folder, "active") == 0 || strcmp(folder, "incoming") == 0;
}

static void
logs_back(struct qf_action *action, const struct qf_journal_item *item)
{
	static const char *const folders[] = { "defer", "bounce", "trace" };
	char folder[QF_QUEUE_ID_MAX + 1];

	qf_check_folder_of(item->to_folder, folder);
	if (!qf_structure_has_messages(folder) ||
	    strcmp(item->from_id, item->to_id) == 0)
		return;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		(void)!qf_action_move_log(action, folders[i], item->from_id,
					  item->to_id, NULL);
}

static enum qf_status
move_back(const struct qf_check_mend *mend, struct qf_action *action,
	  const struct qf_journal_item *item, struct qf_error *err)
{
	char from[QF_STRUCTURE_PATH_MAX];
	char to[QF_STRUCTURE_PATH_MAX];
	struct stat st;
	enum qf_status status;

	if (!qf_check_item_path(item->from_folder, item->from_id, from) ||
	    !qf_check_item_path(item->to_folder, item->to_id, to))
		return qf_fail(err, QF_UNSAFE, "%s: too long", item->to_id);
	if (may_be_active(item->from_folder) && qf_check_remembers(mend->check))
		return qf_fail(err, QF_BUSY,
			       "Postfix works on it: stop Postfix first");
	/* A link, or the like, is not known by its inode. */
	status = qf_spool_stat(mend->check->spool, from, &st, err);
	if (status == QF_OK || status == QF_UNSAFE)
		status = qf_action_move_file(action, from, to,
					     status == QF_OK ? item->inode : 0,
					     err);
	if (status == QF_OK)
		logs_back(action, item);
	return status;
}

static void
tell(const struct qf_check_mend *mend, const struct qf_journal_item *item,
     const char *text)
{
	char from[QF_STRUCTURE_PATH_MAX];
	char to[QF_STRUCTURE_PATH_MAX] = "";
	const struct qf_check_finding finding = { .kind = QF_CHECK_KINDS,
						  .path = from,
						  .inode = item->inode,
						  .right = "",
						  .text = "" };

	(void)qf_check_item_path(item->from_folder, item->from_id, from);
	if (item->outcome == QF_OUTCOME_DONE)
		(void)qf_check_item_path(item->to_folder, item->to_id, to);
	mend->over(mend->context,
		   &(struct qf_check_note){ .finding = &finding,
					    .outcome = item->outcome,
					    .to = to,
					    .text = text });
}

static enum qf_status
undo_one(const struct qf_check_mend *mend, struct qf_action *action,
	 struct qf_journal_item *item, struct qf_error *err)
{
	struct qf_error met = { .text = "" };
	enum qf_status status = qf_journal_prepare(mend->check->journal,
						   mend->job, item, 1, err);

	if (status != QF_OK)
		return status;
	status = move_back(mend, action, item, &met);
	item->outcome = status == QF_OK	       ? QF_OUTCOME_DONE
			: status == QF_GONE    ? QF_OUTCOME_GONE
			: status == QF_BUSY    ? QF_OUTCOME_BUSY
			: status == QF_CHANGED ? QF_OUTCOME_CHANGED
					       : QF_OUTCOME_REFUSED;
	item->text = status == QF_OK ? NULL : met.text;
	tell(mend, item, status == QF_OK ? "" : met.text);
	if (status != QF_OK)
		item->to_folder = item->to_id = NULL;
	status = qf_action_sync(action, err);
	return status == QF_OK ? qf_journal_commit(mend->check->journal,
						   mend->job, item, 1, err)
			       : status;
}

enum qf_status
qf_check_undo(const struct qf_check_mend *mend, const struct qf_job_id *job,
	      struct qf_error *err)
{
	struct moves moves = { .wanted = QF_OUTCOME_DONE };
	struct qf_action *action = qf_action_new(mend->check->spool);
	enum qf_status status =
		action == NULL ? qf_fail(err, QF_SYSTEM, "out of memory")
			       : qf_journal_items(mend->check->journal, job,
						  collect, &moves, err);

	for (size_t i = moves.count; i > 0 && status == QF_OK; i--) {
		turn_round(&moves.items[i - 1]);
		status = undo_one(mend, action, &moves.items[i - 1], err);
	}
	qf_action_free(action);
	qf_arena_free(&moves.arena);
	return status;
}

static bool
is_at(const struct qf_spool *spool, const char *folder, const char *id,
      uint64_t inode)
{
	char path[QF_STRUCTURE_PATH_MAX];
	struct stat st;

	return qf_check_item_path(folder, id, path) &&
	       qf_spool_stat(spool, path, &st, NULL) == QF_OK &&
	       st.st_ino == inode;
}

/* Each is one rename: it is done, or it is not. */
static enum qf_status
recover_job(const struct qf_spool *spool, struct qf_journal *journal,
	    const struct qf_job_id *job, struct qf_error *err)
{
	struct moves moves = { .wanted = QF_OUTCOME_PREPARED };
	enum qf_status status = qf_journal_adopt(journal, job, err);

	/* Somebody else was faster. */
	if (status == QF_BUSY || status == QF_GONE)
		return QF_END;
	if (status == QF_OK)
		status = qf_journal_items(journal, job, collect, &moves, err);
	for (size_t i = 0; i < moves.count; i++) {
		struct qf_journal_item *item = &moves.items[i];
		bool done =
			is_at(spool, item->to_folder, item->to_id, item->inode);

		item->outcome = done ? QF_OUTCOME_DONE : QF_OUTCOME_FAILED;
		item->text = done ? NULL : "its program has died before it";
		if (!done)
			item->to_folder = item->to_id = NULL;
	}
	if (status == QF_OK && moves.count > 0)
		status = qf_journal_commit(journal, job, moves.items,
					   moves.count, err);
	if (status == QF_OK)
		status = qf_journal_end(journal, job, QF_JOB_RECOVERED, err);
	qf_arena_free(&moves.arena);
	return status;
}

/* No more than that at once. */
#define MAX_DEAD 100

struct dead {
	struct qf_job_id ids[MAX_DEAD];
	size_t count;
};

static enum qf_status
collect_dead(void *context, const struct qf_job *job, bool is_alive)
{
	struct dead *dead = context;

	if (job->state == QF_JOB_RUNNING && !is_alive &&
	    dead->count < MAX_DEAD && strcmp(job->action, QF_CHECK_ACTION) == 0)
		dead->ids[dead->count++] = job->id;
	return QF_OK;
}

enum qf_status
qf_check_recover(const struct qf_spool *spool, struct qf_journal *journal,
		 size_t *jobs, struct qf_error *err)
{
	struct dead dead = { .count = 0 };
	enum qf_status status =
		qf_journal_jobs(journal, collect_dead, &dead, err);

	*jobs = 0;
	for (size_t i = dead.count; i > 0 && status == QF_OK; i--) {
		status = recover_job(spool, journal, &dead.ids[i - 1], err);
		if (status == QF_OK)
			++*jobs;
		else if (status == QF_END)
			status = QF_OK;
	}
	return status;
}
