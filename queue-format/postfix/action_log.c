/*
 * action_log.c - the logs of a message, which go with its id.
 */
#include "action_work.h"

#include <sys/stat.h>
#include <unistd.h>

/* The inode of a log, 0: there is none. */
static enum qf_status
log_inode(struct qf_action *action, const char *folder, const char *id,
	  uint64_t *inode, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct stat st;
	enum qf_status status = qf_action_path(action, folder, id, path, err);

	if (status != QF_OK)
		return status;
	status = qf_spool_stat(action->spool, path, &st, err);
	*inode = status == QF_OK ? st.st_ino : 0;
	return status == QF_GONE ? QF_OK : status;
}

enum qf_status
qf_action_logs(struct qf_action *action, const char *id, struct qf_logs *logs,
	       struct qf_error *err)
{
	struct qf_logs found;
	enum qf_status status =
		log_inode(action, "defer", id, &found.defer, err);

	if (status == QF_OK)
		status = log_inode(action, "bounce", id, &found.bounce, err);
	if (status == QF_OK)
		status = log_inode(action, "trace", id, &found.trace, err);
	if (status == QF_OK)
		*logs = found;
	return status;
}

enum qf_status
qf_action_move_log(struct qf_action *action, const char *folder,
		   const char *from, const char *to, struct qf_error *err)
{
	struct qf_ends ends = { .from_folder = NULL };
	enum qf_status status =
		qf_action_path(action, folder, from, ends.from, err);

	if (status == QF_OK)
		status = qf_action_path(action, folder, to, ends.to, err);
	if (status == QF_OK)
		status = qf_action_rename(action, &ends, NULL, err);
	return status;
}

enum qf_status
qf_action_remove_log(struct qf_action *action, const char *folder,
		     const char *id, struct qf_error *err)
{
	return qf_action_unlink(action, folder, id, err);
}
