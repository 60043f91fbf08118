/*
 * action_rename.c - one rename, from end to end.
 */
#include "action_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A rename that never replaces anything.  Some file systems (ZFS 2.1) do not
 * know the flag: then look first, which leaves a moment in which another
 * program could take the name.
 */
static int
rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st;

	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from_fd, from, to_fd, to) : -1;
}

static enum qf_status
open_ends(struct qf_action *action, struct qf_ends *ends, struct qf_error *err)
{
	enum qf_status status = qf_folders_open(action->folders, ends->from,
						false, &ends->from_folder, err);

	if (status != QF_OK)
		return status;
	status = qf_folders_open(action->folders, ends->to, true,
				 &ends->to_folder, err);
	/* "Gone" is said of messages. */
	if (status == QF_GONE)
		return qf_fail(err, QF_ABSENT, "%s: there is no such folder",
			       ends->to);
	return status;
}

enum qf_status
qf_action_names_pin(const struct qf_folder *folder, const char *path,
		    const struct qf_pin *pin, struct statx *st,
		    struct qf_error *err)
{
	if (statx(folder->fd, qf_action_base(path), AT_SYMLINK_NOFOLLOW,
		  QF_ACTION_WANTED, st) < 0)
		return qf_system(err, "%s", path);
	if (st->stx_ino != pin->identity.inode || !S_ISREG(st->stx_mode))
		return qf_fail(err, QF_CHANGED,
			       "%s: another message has this id now", path);
	return QF_OK;
}

/* One of the two names could not be found: is it the old one? */
static enum qf_status
rename_failed(const struct qf_ends *ends, struct qf_error *err)
{
	int error = errno;
	struct stat st;

	if (error == EEXIST)
		return qf_fail(err, QF_EXISTS, "%s: the name is taken",
			       ends->to);
	if (error == ENOENT &&
	    fstatat(ends->from_folder->fd, qf_action_base(ends->from), &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
		return qf_fail(err, QF_ABSENT, "%s: the folder went away",
			       ends->to);
	errno = error;
	return qf_system(err, "cannot rename %s to %s", ends->from, ends->to);
}

static enum qf_status
try_rename(struct qf_action *action, struct qf_ends *ends,
	   const struct qf_pin *pin, struct qf_error *err)
{
	enum qf_status status = open_ends(action, ends, err);
	struct statx st;

	if (status == QF_OK && pin != NULL)
		status = qf_action_names_pin(ends->from_folder, ends->from, pin,
					     &st, err);
	if (status != QF_OK)
		return status;
	if (rename_new(ends->from_folder->fd, qf_action_base(ends->from),
		       ends->to_folder->fd, qf_action_base(ends->to)) < 0)
		return rename_failed(ends, err);
	ends->from_folder->touched = true;
	ends->to_folder->touched = true;
	return QF_OK;
}

/* A hash directory may be removed after it was opened: then once more. */
enum qf_status
qf_action_rename(struct qf_action *action, struct qf_ends *ends,
		 const struct qf_pin *pin, struct qf_error *err)
{
	enum qf_status status = try_rename(action, ends, pin, err);

	return status == QF_ABSENT ? try_rename(action, ends, pin, err)
				   : status;
}

enum qf_status
qf_action_give_back(const struct qf_ends *ends, struct qf_error *err)
{
	if (rename_new(ends->to_folder->fd, qf_action_base(ends->to),
		       ends->from_folder->fd, qf_action_base(ends->from)) < 0 &&
	    errno != ENOENT)
		return qf_fail(err, QF_SYSTEM,
			       "%s: another message, which is now at %s, as "
			       "it cannot be put back: %s",
			       ends->from, ends->to, strerror(errno));
	return qf_fail(err, QF_CHANGED, "%s: another message has this id now",
		       ends->from);
}
