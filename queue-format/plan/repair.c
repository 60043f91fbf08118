/*
 * repair.c - files of a spool get the right names and places.
 */
#include "repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/arena.h"
#include "queue-format/postfix/action.h"

struct qf_repair {
	const struct qf_spool *spool;
	struct qf_action *action;
	struct qf_arena arena;
	struct qf_journal_item *items; /* ids that messages have got */
	size_t count;
	size_t room;
};

struct qf_repair *
qf_repair_new(const struct qf_spool *spool)
{
	struct qf_repair *repair = calloc(1, sizeof(*repair));

	if (repair == NULL)
		return NULL;
	repair->spool = spool;
	repair->action = qf_action_new(spool);
	if (repair->action == NULL) {
		free(repair);
		return NULL;
	}
	return repair;
}

void
qf_repair_free(struct qf_repair *repair)
{
	if (repair == NULL)
		return;
	qf_action_free(repair->action);
	qf_arena_free(&repair->arena);
	free(repair);
}

enum qf_status
qf_repair_place(struct qf_repair *repair, const char *path, uint64_t inode,
		const struct qf_structure *verdict, struct qf_error *err)
{
	return qf_action_move_file(repair->action, path, verdict->path, inode,
				   err);
}

/*
 * One that has the new name already was moved by a repair that did not come
 * to its end; or the log is not there.
 */
static enum qf_status
rename_logs(struct qf_repair *repair, const char *old, const char *new,
	    struct qf_error *err)
{
	static const char *const logs[] = { "bounce", "defer", "trace" };

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		char from[QF_SPOOL_PATH_MAX];
		char path[QF_SPOOL_PATH_MAX];
		char to[QF_STRUCTURE_PATH_MAX];
		enum qf_status status;

		qf_spool_path(repair->spool, logs[i], old, from);
		qf_spool_path(repair->spool, logs[i], new, path);
		snprintf(to, sizeof(to), "%s" QF_STRUCTURE_SUFFIX, path);
		status = qf_action_move_file(repair->action, from, to, 0, err);
		if (status != QF_OK && status != QF_GONE && status != QF_EXISTS)
			return status;
	}
	return QF_OK;
}

void
qf_repair_path(const struct qf_structure *verdict,
	       char path[QF_STRUCTURE_PATH_MAX])
{
	size_t len = strlen(verdict->path);

	memcpy(path, verdict->path, len);
	memcpy(path + len, QF_STRUCTURE_SUFFIX, sizeof(QF_STRUCTURE_SUFFIX));
}

static const char *
keep(struct qf_repair *repair, const char *text, size_t len)
{
	return qf_arena_copy(&repair->arena, text, len);
}

/* Without memory for it, the old id is not known later. */
static void
note(struct qf_repair *repair, const char *path, const char *old,
     uint64_t inode, const char *new)
{
	struct qf_journal_item *items =
		qf_arena_grow(&repair->arena, repair->items, repair->count,
			      &repair->room, sizeof(*repair->items));
	const char *folder = keep(repair, path, strcspn(path, "/"));
	const char *from = keep(repair, old, strlen(old));
	const char *to = keep(repair, new, strlen(new));

	if (items == NULL)
		return;
	repair->items = items;
	if (folder == NULL || from == NULL || to == NULL)
		return;
	items[repair->count++] = (struct qf_journal_item){
		.inode = inode,
		.from_folder = folder,
		.from_id = from,
		.to_folder = folder,
		.to_id = to,
		.qmgr_pid = -1,
	};
}

enum qf_status
qf_repair_rename(struct qf_repair *repair, const char *path, uint64_t inode,
		 const struct qf_structure *verdict, struct qf_error *err)
{
	const char *old = strrchr(path, '/') + 1;
	char to[QF_STRUCTURE_PATH_MAX];
	enum qf_status status = rename_logs(repair, old, verdict->id, err);

	if (status != QF_OK)
		return status;
	qf_repair_path(verdict, to);
	status = qf_action_move_file(repair->action, path, to, inode, err);
	if (status == QF_OK)
		note(repair, path, old, inode, verdict->id);
	return status;
}

enum qf_status
qf_repair_remove(struct qf_repair *repair, const char *path, uint64_t inode,
		 struct qf_error *err)
{
	return qf_action_remove_file(repair->action, path, inode, err);
}

enum qf_status
qf_repair_remove_folder(struct qf_repair *repair, const char *path,
			struct qf_error *err)
{
	return qf_action_remove_folder(repair->action, path, err);
}

static enum qf_status
note_all(struct qf_repair *repair, struct qf_journal *journal,
	 struct qf_job *job, struct qf_error *err)
{
	enum qf_status status = qf_journal_begin(journal, job, err);
	enum qf_status ended;

	if (status != QF_OK)
		return status;
	status = qf_journal_prepare(journal, &job->id, repair->items,
				    repair->count, err);
	for (size_t i = 0; i < repair->count; i++)
		repair->items[i].outcome = QF_OUTCOME_DONE;
	if (status == QF_OK)
		status = qf_journal_commit(journal, &job->id, repair->items,
					   repair->count, err);
	ended = qf_journal_end(journal, &job->id, QF_JOB_DONE,
			       status == QF_OK ? err : NULL);
	return status == QF_OK ? ended : status;
}

enum qf_status
qf_repair_end(struct qf_repair *repair, struct qf_journal *journal,
	      struct qf_job *job, struct qf_error *err)
{
	enum qf_status status = qf_action_sync(repair->action, err);

	if (status == QF_OK && journal != NULL && repair->count > 0)
		status = note_all(repair, journal, job, err);
	repair->items = NULL;
	repair->count = repair->room = 0;
	qf_arena_free(&repair->arena);
	return status;
}
