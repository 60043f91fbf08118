/*
 * folders.c - directories of a spool in which something was renamed.
 */
#include "folders.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * With a hash of depth 1 there are 16 for each queue.  The oldest makes room
 * for another.
 */
#define FOLDERS_MAX 128

struct qf_folders {
	const struct qf_spool *spool;
	struct qf_folder list[FOLDERS_MAX];
	size_t count;
	size_t oldest; /* the next one to be replaced, when all are in use */
	const struct qf_folder *last; /* what was opened before; stays */

	/* Of one that was replaced, to be told by qf_folders_sync(). */
	bool failed;
	struct qf_error failure;
};

struct qf_folders *
qf_folders_new(const struct qf_spool *spool)
{
	struct qf_folders *folders = calloc(1, sizeof(*folders));

	if (folders != NULL)
		folders->spool = spool;
	return folders;
}

void
qf_folders_free(struct qf_folders *folders)
{
	if (folders == NULL)
		return;
	for (size_t i = 0; i < folders->count; i++)
		close(folders->list[i].fd);
	free(folders);
}

static struct qf_folder *
find(struct qf_folders *folders, const struct stat *st)
{
	for (size_t i = 0; i < folders->count; i++) {
		struct qf_folder *folder = &folders->list[i];

		if (folder->inode == st->st_ino && folder->device == st->st_dev)
			return folder;
	}
	return NULL;
}

static enum qf_status
sync_one(struct qf_folder *folder, struct qf_error *err)
{
	if (!folder->touched)
		return QF_OK;
	/* Once it failed, trying again would say nothing. */
	folder->touched = false;
	if (fsync(folder->fd) == 0)
		return QF_OK;
	/* Whatever it was: it is not known what is on the disk. */
	(void)qf_system(err, "%s", folder->path);
	if (err != NULL)
		err->status = QF_SYSTEM;
	return QF_SYSTEM;
}

/*
 * A place in the list for one more.  When the one that has to go cannot be
 * put on the disk, earlier renames are in doubt, and not the one that is
 * under way.
 */
static struct qf_folder *
make_room(struct qf_folders *folders)
{
	struct qf_folder *folder;
	struct qf_error error;

	if (folders->count < FOLDERS_MAX)
		return &folders->list[folders->count++];
	if (&folders->list[folders->oldest] == folders->last)
		folders->oldest = (folders->oldest + 1) % FOLDERS_MAX;
	folder = &folders->list[folders->oldest];
	folders->oldest = (folders->oldest + 1) % FOLDERS_MAX;
	if (sync_one(folder, &error) != QF_OK) {
		folders->failed = true;
		folders->failure = error;
	}
	close(folder->fd);
	return folder;
}

/* The list takes `fd'. */
static struct qf_folder *
add(struct qf_folders *folders, const char *path, int fd, const struct stat *st)
{
	/* The same inode, which is held open: the same directory. */
	struct qf_folder *folder = find(folders, st);

	if (folder != NULL) {
		close(fd);
		memcpy(folder->path, path, strlen(path) + 1);
	} else {
		folder = make_room(folders);
		*folder = (struct qf_folder){ .device = st->st_dev,
					      .inode = st->st_ino,
					      .fd = fd };
		memcpy(folder->path, path, strlen(path) + 1);
	}
	folders->last = folder;
	return folder;
}

static struct qf_folder *
find_by_path(struct qf_folders *folders, const char *path)
{
	for (size_t i = 0; i < folders->count; i++) {
		if (strcmp(folders->list[i].path, path) == 0)
			return &folders->list[i];
	}
	return NULL;
}

/*
 * One that is open is still the right one when its path leads to the same
 * inode, whichever way: that is cheaper than to open it anew.
 */
static struct qf_folder *
known(struct qf_folders *folders, const char *path)
{
	struct qf_folder *folder = find_by_path(folders, path);
	struct stat st;

	if (folder == NULL ||
	    fstatat(qf_spool_root(folders->spool), path, &st,
		    AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ino != folder->inode || st.st_dev != folder->device)
		return NULL;
	folders->last = folder;
	return folder;
}

enum qf_status
qf_folders_open(struct qf_folders *folders, const char *path, bool make,
		struct qf_folder **folder, struct qf_error *err)
{
	size_t len = (size_t)(strrchr(path, '/') - path);
	char name[QF_SPOOL_PATH_MAX];
	enum qf_status status;
	struct stat st;
	int fd = -1;

	memcpy(name, path, len);
	name[len] = '\0';
	*folder = known(folders, name);
	if (*folder != NULL)
		return QF_OK;
	status = qf_spool_folder(folders->spool, name, make, &fd, err);
	if (status != QF_OK)
		return status;
	if (fstat(fd, &st) < 0) {
		status = qf_system(err, "%s", name);
		close(fd);
		return status;
	}
	*folder = add(folders, name, fd, &st);
	return QF_OK;
}

enum qf_status
qf_folders_sync(struct qf_folders *folders, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	if (folders->failed) {
		folders->failed = false;
		status = QF_SYSTEM;
		if (err != NULL)
			*err = folders->failure;
	}
	for (size_t i = 0; i < folders->count; i++) {
		if (sync_one(&folders->list[i], err) != QF_OK)
			status = QF_SYSTEM;
	}
	return status;
}
