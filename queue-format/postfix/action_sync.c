/*
 * action_sync.c - what was changed reaches the disk.
 */
#include "action_work.h"

#include <fcntl.h>
#include <unistd.h>

void
qf_action_forget_marked(struct qf_action *action)
{
	for (size_t i = 0; i < action->marks && i < QF_MARKED_MAX; i++) {
		if (action->marked[i] >= 0)
			close(action->marked[i]);
	}
	action->marks = 0;
}

void
qf_action_keep_marked(struct qf_action *action, const struct qf_pin *pin)
{
	int copy;

	if (action->marks >= QF_MARKED_MAX) {
		action->marks++;
		return;
	}
	copy = fcntl(pin->fd, F_DUPFD_CLOEXEC, 0);
	if (copy >= 0) {
		action->marked[action->marks++] = copy;
		return;
	}
	/* So it is as if there were many. */
	while (action->marks < QF_MARKED_MAX)
		action->marked[action->marks++] = -1;
	action->marks++;
}

/* Whatever it was: it is not known what is on the disk. */
static enum qf_status
in_doubt(const char *what, struct qf_error *err)
{
	(void)qf_system(err, "cannot put %s on the disk", what);
	if (err != NULL)
		err->status = QF_SYSTEM;
	return QF_SYSTEM;
}

/* fsync(2) fails where syncfs(2) of an older kernel says nothing. */
enum qf_status
qf_action_sync_all(struct qf_action *action, struct qf_error *err)
{
	int root = qf_spool_root(action->spool);

	if (syncfs(root) < 0 || fsync(root) < 0)
		return in_doubt("the file system of the queue", err);
	return QF_OK;
}

static enum qf_status
sync_marked(struct qf_action *action, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	if (action->marks > QF_MARKED_MAX)
		status = qf_action_sync_all(action, err);
	for (size_t i = 0; i < action->marks && i < QF_MARKED_MAX; i++) {
		if (action->marked[i] >= 0 && fsync(action->marked[i]) < 0)
			status = in_doubt("the mode of a message", err);
	}
	qf_action_forget_marked(action);
	return status;
}

enum qf_status
qf_action_sync(struct qf_action *action, struct qf_error *err)
{
	enum qf_status folders = qf_folders_sync(action->folders, err);
	enum qf_status marked =
		sync_marked(action, folders == QF_OK ? err : NULL);

	return folders == QF_OK ? marked : folders;
}
