/*
 * spool.c - where Postfix's files are, and how they are opened.
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_OPENAT2_H
#include <linux/openat2.h>
#endif

#include "queue-format/postfix/queue_id.h"

/* What can be hashed: queues, and the folders of logs. */
static const char *const folders[] = {
	"maildrop", "active", "incoming", "deferred", "hold",
	"corrupt",  "defer",  "bounce",	  "trace",    "flush",
};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

struct qf_spool {
	int root;
	const struct qf_config *config;
	unsigned depth[FOLDERS]; /* of hash directories, 0: not hashed */
	int failed[FOLDERS];	 /* errno: the depth could not be found; or 0 */
};

/*
 * EAGAIN is a rename somewhere on this machine while the kernel looked; but
 * also somebody's lease on the file, which may stay for long.
 */
#define MAX_TRIES 100

#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/* "deferred/", the hash directories, a queue id and a NUL. */
_Static_assert(QF_SPOOL_PATH_MAX >=
		       9 + 2 * QF_HASH_DEPTH_MAX + QF_QUEUE_ID_MAX + 1,
	       "a path must have room for each queue id");

const char *
qf_spool_queue(enum qf_queue queue)
{
	return folders[queue];
}

/*
 * The portable way: one component after the other, none of them a link.
 * O_NOFOLLOW alone would look at the last one only.
 */
static int
open_by_steps(int root, const char *path, int flags)
{
	int dir = root;
	int fd = -1;

	for (;;) {
		size_t len = strcspn(path, "/");
		char name[NAME_MAX + 1];
		bool last = path[len] == '\0';
		int error;

		if (len == 0 || len >= sizeof(name)) {
			errno = EINVAL;
			fd = -1;
		} else {
			memcpy(name, path, len);
			name[len] = '\0';
			fd = openat(dir, name,
				    last ? flags : OPEN_FLAGS | O_DIRECTORY);
		}
		error = errno;
		if (dir != root)
			close(dir);
		errno = error;
		if (fd < 0 || last)
			return fd;
		dir = fd;
		path += len + 1;
	}
}

/* Open below the root without leaving it through a link or a mount. */
static int
open_below(int root, const char *path, int flags)
{
#if defined(HAVE_LINUX_OPENAT2_H) && defined(SYS_openat2)
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve =
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int tries = MAX_TRIES;
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
	/* Older kernels, and the seccomp filters of older containers. */
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return (int)fd;
#endif
	return open_by_steps(root, path, flags);
}

/* A failure to open, told as what it means for the caller. */
static enum qf_status
open_failed(const char *path, struct qf_error *err)
{
	switch (errno) {
	case ELOOP:
		return qf_fail(err, QF_UNSAFE, "%s: a symbolic link", path);
	case EXDEV:
		return qf_fail(err, QF_UNSAFE, "%s: on another file system",
			       path);
	case ENXIO:
	case ENODEV:
		return qf_fail(err, QF_UNSAFE, "%s: not a plain file", path);
	case ENOTDIR:
		return qf_fail(err, QF_UNSAFE, "%s: not a directory", path);
	default:
		return qf_system(err, "%s", path);
	}
}

static enum qf_status
check_plain(const char *path, const struct stat *st, struct qf_error *err)
{
	if (S_ISREG(st->st_mode))
		return QF_OK;
	return qf_fail(err, QF_UNSAFE, "%s: %s", path,
		       S_ISDIR(st->st_mode)    ? "a directory"
		       : S_ISLNK(st->st_mode)  ? "a symbolic link"
		       : S_ISFIFO(st->st_mode) ? "a named pipe"
		       : S_ISSOCK(st->st_mode) ? "a socket"
					       : "a device");
}

/*
 * Reading would set the time of access, and so write to the inode of each
 * message: a deferred one has a time of modification in the future, so that
 * even "relatime" does it each time.  Only the owner may ask for O_NOATIME;
 * files in maildrop belong to their submitters.
 */
static int
open_file(int root, const char *path)
{
#ifdef O_NOATIME
	int fd = open_below(root, path, OPEN_FLAGS | O_NOATIME);

	if (fd >= 0 || errno != EPERM)
		return fd;
#endif
	return open_below(root, path, OPEN_FLAGS);
}

/*
 * Where it is not known how a folder is hashed, every path in it may be wrong,
 * and what is there would seem to be gone.
 */
static enum qf_status
check_depth(const struct qf_spool *spool, const char *path,
	    struct qf_error *err)
{
	size_t len = strcspn(path, "/");

	for (size_t i = 0; i < FOLDERS; i++) {
		if (spool->failed[i] == 0 || strlen(folders[i]) != len ||
		    memcmp(folders[i], path, len) != 0)
			continue;
		errno = spool->failed[i];
		return qf_system(err, "%s", folders[i]);
	}
	return QF_OK;
}

enum qf_status
qf_spool_file(const struct qf_spool *spool, const char *path, int *fd,
	      struct stat *st, struct qf_error *err)
{
	enum qf_status status = check_depth(spool, path, err);
	int opened;

	if (status != QF_OK)
		return status;
	opened = open_file(spool->root, path);
	if (opened < 0)
		return open_failed(path, err);
	if (st != NULL) {
		status = fstat(opened, st) < 0 ? qf_system(err, "%s", path)
					       : check_plain(path, st, err);
	}
	if (status == QF_OK)
		*fd = opened;
	else
		close(opened);
	return status;
}

/*
 * One system call, since a listing may look at each file so.  A link in place
 * of a hash directory would be followed: it can make a false row, and no
 * harm, as nothing is read or changed through it.
 */
enum qf_status
qf_spool_stat(const struct qf_spool *spool, const char *path, struct stat *st,
	      struct qf_error *err)
{
	enum qf_status status = check_depth(spool, path, err);

	if (status != QF_OK)
		return status;
	if (fstatat(spool->root, path, st, AT_SYMLINK_NOFOLLOW) < 0)
		return open_failed(path, err);
	return check_plain(path, st, err);
}

/* A time that no clock has ever shown is none. */
static int64_t
nanoseconds(const struct statx_timestamp *time)
{
	int64_t sum;

	if (__builtin_mul_overflow((int64_t)time->tv_sec, 1000000000, &sum) ||
	    __builtin_add_overflow(sum, (int64_t)time->tv_nsec, &sum))
		return 0;
	return sum;
}

enum qf_status
qf_spool_birth(const struct qf_spool *spool, const char *path, int fd,
	       uint64_t inode, int64_t *birth, struct qf_error *err)
{
	struct statx st;
	int failed;

	if (fd >= 0)
		failed = statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME,
			       &st);
	else
		failed = statx(spool->root, path, AT_SYMLINK_NOFOLLOW,
			       STATX_INO | STATX_BTIME, &st);
	if (failed < 0)
		return open_failed(path, err);
	if (st.stx_ino != inode)
		return qf_fail(err, QF_GONE, "%s: another file now", path);
	*birth = (st.stx_mask & STATX_BTIME) == 0 ? 0
						  : nanoseconds(&st.stx_btime);
	return QF_OK;
}

enum qf_status
qf_spool_directory(const struct qf_spool *spool, const char *path, DIR **dir,
		   struct qf_error *err)
{
	enum qf_status status = check_depth(spool, path, err);
	DIR *opened;
	int fd;

	if (status != QF_OK)
		return status;
	fd = open_below(spool->root, path, OPEN_FLAGS | O_DIRECTORY);
	if (fd < 0)
		return open_failed(path, err);
	opened = fdopendir(fd);
	if (opened == NULL) {
		status = qf_system(err, "%s", path);
		close(fd);
		return status;
	}
	*dir = opened;
	return QF_OK;
}

/*
 * Make one directory, as Postfix would.  Another program may be doing the
 * same.  One that is not mail_owner's would shut Postfix out, and its mail
 * would stay there.
 */
static enum qf_status
make_folder(int parent, const char *name, const char *path,
	    struct qf_error *err)
{
	struct stat st;

	if (fstat(parent, &st) < 0)
		return qf_system(err, "cannot make %s", path);
	if (st.st_uid != geteuid())
		return qf_fail(err, QF_DENIED,
			       "cannot make %s: the queue belongs to user %lu",
			       path, (unsigned long)st.st_uid);
	if (mkdirat(parent, name, 0700) == 0)
		return fsync(parent) < 0 ? qf_system(err, "%s", path) : QF_OK;
	return errno == EEXIST ? QF_OK : qf_system(err, "cannot make %s", path);
}

/* Make what is missing behind the first component. */
static enum qf_status
make_folders(const struct qf_spool *spool, const char *path,
	     struct qf_error *err)
{
	char part[QF_SPOOL_PATH_MAX];
	size_t len = strcspn(path, "/");
	enum qf_status status = QF_OK;

	if (strlen(path) >= sizeof(part))
		return qf_fail(err, QF_UNSAFE, "%s: too long", path);
	while (status == QF_OK && path[len] != '\0') {
		size_t name = len + 1;
		int parent;

		memcpy(part, path, len);
		part[len] = '\0';
		parent =
			open_below(spool->root, part, OPEN_FLAGS | O_DIRECTORY);
		if (parent < 0)
			return open_failed(part, err);
		len = name + strcspn(path + name, "/");
		memcpy(part, path, len);
		part[len] = '\0';
		status = make_folder(parent, part + name, part, err);
		close(parent);
	}
	return status;
}

enum qf_status
qf_spool_folder(const struct qf_spool *spool, const char *path, bool make,
		int *fd, struct qf_error *err)
{
	enum qf_status status = check_depth(spool, path, err);
	int opened;

	if (status != QF_OK)
		return status;
	opened = open_below(spool->root, path, OPEN_FLAGS | O_DIRECTORY);
	if (opened < 0 && errno == ENOENT && make) {
		status = make_folders(spool, path, err);
		if (status != QF_OK)
			return status;
		opened =
			open_below(spool->root, path, OPEN_FLAGS | O_DIRECTORY);
	}
	if (opened < 0)
		return open_failed(path, err);
	*fd = opened;
	return QF_OK;
}

int
qf_spool_root(const struct qf_spool *spool)
{
	return spool->root;
}

/* Not known: false, and errno says why. */
static bool
is_hash_directory(DIR *dir, const char *name, bool *is_one)
{
	struct stat st;

	*is_one = false;
	if (name[0] == '.' || name[1] != '\0')
		return true;
	if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	*is_one = S_ISDIR(st.st_mode);
	return true;
}

/*
 * The first hash directory in this one; NUL: there is none.  Not known: false,
 * and errno says why.
 */
static bool
first_hash_directory(const struct qf_spool *spool, const char *path, char *name)
{
	const struct dirent *entry = NULL;
	struct qf_error err = { .errnum = 0 };
	bool found = false;
	bool known = true;
	DIR *dir = NULL;
	int error;

	*name = '\0';
	if (qf_spool_directory(spool, path, &dir, &err) != QF_OK) {
		errno = err.errnum;
		/* What is no directory has none in it. */
		return err.errnum == ENOENT || err.errnum == 0;
	}
	while (known && !found) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		known = is_hash_directory(dir, entry->d_name, &found);
	}
	error = errno;
	if (entry == NULL)
		known = error == 0;
	if (found)
		*name = entry->d_name[0];
	closedir(dir);
	errno = error;
	return known;
}

/* As deep as hash directories lie in each other, the folder is hashed. */
static bool
depth_of(const struct qf_spool *spool, const char *folder, unsigned *depth)
{
	char path[QF_SPOOL_PATH_MAX];
	size_t len = strlen(folder);

	memcpy(path, folder, len + 1);
	for (*depth = 0; *depth < QF_HASH_DEPTH_MAX; ++*depth) {
		char name;

		/* One that is closed is one all the same. */
		if (!first_hash_directory(spool, path, &name))
			return errno == EACCES && *depth > 0;
		if (name == '\0')
			break;
		path[len++] = '/';
		path[len++] = name;
		path[len] = '\0';
	}
	return true;
}

static void
find_depths(struct qf_spool *spool)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		if (spool->config->directory != NULL) {
			if (qf_config_is_hashed(spool->config, folders[i]))
				spool->depth[i] =
					spool->config->hash_queue_depth;
		} else if (i != QF_QUEUE_MAILDROP && /* is never hashed */
			   !depth_of(spool, folders[i], &spool->depth[i])) {
			spool->failed[i] = errno;
		}
	}
}

/*
 * A directory that has none of the queues is no spool, and must not be taken
 * for an empty one.
 */
static enum qf_status
check_is_spool(const struct qf_spool *spool, struct qf_error *err)
{
	const char *where = spool->config->queue_directory;
	enum qf_status status;
	struct stat st;
	DIR *dir = NULL;

	if (fstatat(spool->root, "deferred", &st, AT_SYMLINK_NOFOLLOW) < 0) {
		status = qf_system(err, "%s/deferred", where);
		if (status != QF_GONE)
			return status;
		return qf_fail(err, QF_ABSENT,
			       "%s: not a Postfix queue directory: "
			       "no folder \"deferred\" in it",
			       where);
	}
	status = qf_spool_directory(spool, "deferred", &dir, err);
	if (status == QF_OK)
		closedir(dir);
	else
		qf_error_prefix(err, where);
	return status;
}

enum qf_status
qf_spool_open(const struct qf_config *config, struct qf_spool **spool,
	      struct qf_error *err)
{
	struct qf_spool *opened = calloc(1, sizeof(*opened));
	enum qf_status status;

	if (opened == NULL)
		return qf_system(err, "cannot open the queue directory");
	opened->config = config;
	/* The configured path itself may be a link: it is root's word. */
	opened->root = open(config->queue_directory,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (opened->root < 0) {
		bool is_none = errno == ENOENT || errno == ENOTDIR;

		status = qf_system(err, "%s", config->queue_directory);
		if (is_none)
			status =
				qf_fail(err, QF_ABSENT, "%s: no such directory",
					config->queue_directory);
	} else {
		status = check_is_spool(opened, err);
	}
	if (status != QF_OK) {
		qf_spool_close(opened);
		return status;
	}
	find_depths(opened);
	*spool = opened;
	return QF_OK;
}

void
qf_spool_close(struct qf_spool *spool)
{
	if (spool == NULL)
		return;
	if (spool->root >= 0)
		close(spool->root);
	free(spool);
}

const struct qf_config *
qf_spool_config(const struct qf_spool *spool)
{
	return spool->config;
}

unsigned
qf_spool_depth(const struct qf_spool *spool, const char *queue)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		if (strcmp(folders[i], queue) == 0)
			return spool->depth[i];
	}
	return 0;
}

size_t
qf_spool_path(const struct qf_spool *spool, const char *queue, const char *id,
	      char path[QF_SPOOL_PATH_MAX])
{
	size_t len = strlen(queue);
	size_t id_len = strlen(id);

	memcpy(path, queue, len);
	path[len++] = '/';
	len += qf_queue_id_hash(id, qf_spool_depth(spool, queue), path + len);
	memcpy(path + len, id, id_len + 1);
	return len + id_len;
}
