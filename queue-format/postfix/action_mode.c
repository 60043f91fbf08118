/*
 * action_mode.c - the mode of a file that has a wrong one.
 */
#include "action_work.h"

#include <sys/stat.h>
#include <unistd.h>

enum qf_status
qf_action_set_mode(struct qf_action *action, const char *path, uint64_t inode,
		   mode_t mode, struct qf_error *err)
{
	struct qf_pin held = { .fd = -1 };
	enum qf_status status;
	struct stat st;

	status = qf_spool_file(action->spool, path, &held.fd, &st, err);
	if (status != QF_OK)
		return status;
	if (st.st_ino != inode)
		status = qf_fail(err, QF_CHANGED,
				 "%s: another file has this name now", path);
	else if (fchmod(held.fd, mode) < 0)
		status = qf_system(err, "cannot set the mode of %s", path);
	else
		qf_action_keep_marked(action, &held);
	close(held.fd);
	return status;
}
