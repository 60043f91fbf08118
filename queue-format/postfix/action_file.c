/*
 * action_file.c - any file of a spool by its path, to put it right.
 */
#include "action_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A path below the queue directory, and no way out of it. */
static enum qf_status
take_path(const char *path, char taken[QF_SPOOL_PATH_MAX], struct qf_error *err)
{
	size_t len = strlen(path);
	bool good = len < QF_SPOOL_PATH_MAX && strchr(path, '/') != NULL;

	for (const char *c = path; good && c != NULL; c = strchr(c, '/')) {
		size_t part;

		c += c != path;
		part = strcspn(c, "/");
		good = part > 0 && !(part == 1 && c[0] == '.') &&
		       !(part == 2 && c[0] == '.' && c[1] == '.');
	}
	if (!good)
		return qf_fail(err, QF_UNSAFE, "%s: not a path in a queue",
			       path);
	memcpy(taken, path, len + 1);
	return QF_OK;
}

enum qf_status
qf_action_move_file(struct qf_action *action, const char *from, const char *to,
		    uint64_t inode, struct qf_error *err)
{
	const struct qf_pin file = { .fd = -1, .identity = { inode, 0 } };
	struct qf_ends ends = { .from_folder = NULL };
	enum qf_status status = take_path(from, ends.from, err);
	struct statx st;

	if (status == QF_OK)
		status = take_path(to, ends.to, err);
	if (status == QF_OK)
		status = qf_action_rename(action, &ends,
					  inode == 0 ? NULL : &file, err);
	if (status == QF_OK && inode != 0 &&
	    qf_action_names_pin(ends.to_folder, ends.to, &file, &st, NULL) ==
		    QF_CHANGED)
		status = qf_action_give_back(&ends, err);
	return status;
}

enum qf_status
qf_action_remove_file(struct qf_action *action, const char *path,
		      uint64_t inode, struct qf_error *err)
{
	char taken[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	enum qf_status status = take_path(path, taken, err);
	struct stat st;

	if (status == QF_OK)
		status = qf_folders_open(action->folders, taken, false, &folder,
					 err);
	if (status != QF_OK)
		return status;
	if (fstatat(folder->fd, qf_action_base(taken), &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return qf_system(err, "%s", path);
	if (st.st_ino != inode)
		return qf_fail(err, QF_CHANGED,
			       "%s: another file has this "
			       "name now",
			       path);
	if (unlinkat(folder->fd, qf_action_base(taken), 0) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}

enum qf_status
qf_action_remove_folder(struct qf_action *action, const char *path,
			struct qf_error *err)
{
	char taken[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	enum qf_status status = take_path(path, taken, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, taken, false, &folder,
					 err);
	if (status != QF_OK)
		return status;
	if (unlinkat(folder->fd, qf_action_base(taken), AT_REMOVEDIR) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}

enum qf_status
qf_action_unlink(struct qf_action *action, const char *folder_name,
		 const char *id, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	enum qf_status status =
		qf_action_path(action, folder_name, id, path, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, path, false, &folder,
					 err);
	if (status != QF_OK)
		return status;
	if (unlinkat(folder->fd, qf_action_base(path), 0) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}
