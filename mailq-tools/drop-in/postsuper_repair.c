/*
 * postsuper_repair.c - misplaced and misnamed files are put right, and old
 * temporary ones removed.
 */
#include "postsuper_walk.h"

#include <string.h>

#include "queue-format/postfix/structure.h"

/* It is judged by its new name from then on. */
static void
judge_again(struct walk *w, const struct stat *st, const char *path,
	    struct qf_structure *verdict)
{
	struct qf_structure_file file = {
		.folder = w->queue->name,
		.path = path + strlen(w->queue->name) + 1,
		.st = st,
		.depth = w->depth,
		.long_ids = w->p->config.long_queue_ids,
		.long_inodes = w->p->long_inodes,
	};

	qf_structure_judge(&file, verdict);
}

/* To its right name and place; false: not this time. */
static bool
place(struct walk *w, const char *path, const struct stat *st,
      const struct qf_structure *verdict)
{
	struct qf_error err;
	enum qf_status status =
		qf_repair_place(w->p->repair, path, st->st_ino, verdict, &err);

	return walk_moved(w, status, path, verdict->path, &err);
}

static void
rename_message(struct walk *w, const char *path, const struct stat *st,
	       const struct qf_structure *verdict)
{
	char to[QF_STRUCTURE_PATH_MAX];
	struct qf_error err;
	enum qf_status status;

	w->p->inode_mismatch++;
	qf_repair_path(verdict, to);
	status =
		qf_repair_rename(w->p->repair, path, st->st_ino, verdict, &err);
	(void)walk_moved(w, status, path, to, &err);
}

static void
put_right(struct walk *w, const char *path, const struct stat *st,
	  const struct qf_structure *verdict)
{
	struct qf_structure again = *verdict;

	if (verdict->fault == QF_STRUCTURE_LEFT) {
		if (!place(w, path, st, verdict))
			return;
		w->p->inode_fixed += w->queue->has_messages;
		judge_again(w, st, verdict->path, &again);
		path = verdict->path;
	}
	switch (again.fault) {
	case QF_STRUCTURE_FOREIGN:
		say_warning(w->p, "bogus file name: %s", path);
		break;
	case QF_STRUCTURE_LEFT_INODE:
		say_warning(w->p, "name/inode mismatch: %s", path);
		break;
	case QF_STRUCTURE_LONG:
	case QF_STRUCTURE_INODE:
		rename_message(w, path, st, &again);
		break;
	case QF_STRUCTURE_PLACE:
		w->p->position_mismatch++;
		(void)place(w, path, st, &again);
		break;
	default:
		break;
	}
}

static void
look(struct walk *w, const char *path, const struct stat *st,
     const struct qf_structure *verdict)
{
	if (verdict->fault == QF_STRUCTURE_NOT_PLAIN ||
	    (w->p->purge && verdict->stale))
		(void)walk_remove(w, path, st);
	else if (w->p->structure)
		put_right(w, path, st, verdict);
	else if (!qf_queue_id_ok(strrchr(path, '/') + 1))
		say_warning(w->p, "bogus file name: %s", path);
}

/* Old ids go on working, where there is a journal to keep them. */
static void
end_repair(struct postsuper *p)
{
	struct qf_job job = { .action = "repair",
			      .selection = "",
			      .reason = "" };
	struct qf_error err;

	caller_sign(&p->caller, &job);
	if (qf_repair_end(p->repair, p->place.journal, &job, &err) == QF_OK)
		return;
	p->failed = true;
	say_warning(p, "%s", err.text);
}

/*
 * Files get the names of their inodes one after the other, and each of these
 * may be that of one that comes later: so they have a suffix until all have
 * theirs.
 */
void
postsuper_repair(struct postsuper *p)
{
	struct walk w = { .p = p, .look = look, .may_come_again = true };

	for (int pass = 0; pass < 2; pass++) {
		for (const char *const *name = p->queues; *name != NULL; name++)
			walk_queue(&w, *name);
		if (p->inode_mismatch == 0 && !w.comes_again)
			break;
		w.may_come_again = false;
	}
	end_repair(p);
}
