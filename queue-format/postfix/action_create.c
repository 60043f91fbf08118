/*
 * action_create.c - a file that is put together, which nobody takes for a
 * message until it is complete and has been moved.
 */
#include "action_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum qf_status
qf_action_create(struct qf_action *action, const char *folder_name,
		 const char *id, int *fd, struct qf_error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char path[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	enum qf_status status =
		qf_action_path(action, folder_name, id, path, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, path, true, &folder,
					 err);
	if (status != QF_OK)
		return status;
	*fd = openat(folder->fd, qf_action_base(path), flags, 0600);
	if (*fd < 0 && errno == EEXIST)
		return qf_fail(err, QF_EXISTS, "%s: the name is taken", path);
	if (*fd < 0)
		return qf_system(err, "cannot make %s", path);
	folder->touched = true;
	return QF_OK;
}

enum qf_status
qf_action_write(struct qf_action *action, int fd, const void *data, size_t len,
		struct qf_error *err)
{
	const char *at = data;

	(void)action;
	while (len > 0) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return qf_system(err, "cannot write to the queue");
		at += done;
		len -= (size_t)done;
	}
	return QF_OK;
}

enum qf_status
qf_action_complete(struct qf_action *action, int *fd, mode_t mode,
		   struct qf_pin *pin, struct qf_error *err)
{
	struct qf_pin made = { .fd = *fd };
	enum qf_status status;

	if (fchmod(*fd, mode) < 0)
		return qf_system(err, "cannot set the mode of a file");
	status = qf_action_look(&made, err);
	if (status != QF_OK)
		return status;
	qf_action_keep_marked(action, &made);
	/* Some file systems know only now that they are full. */
	*fd = -1;
	if (close(made.fd) < 0)
		return qf_system(err, "cannot write to the queue");
	made.fd = -1;
	if (pin != NULL)
		*pin = made;
	return QF_OK;
}

enum qf_status
qf_action_discard(struct qf_action *action, const char *folder, const char *id,
		  struct qf_error *err)
{
	return qf_action_unlink(action, folder, id, err);
}
