/*
 * action.c - single steps of changing a spool, without policy.
 */
#include "action.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue-format/postfix/folders.h"
#include "queue-format/postfix/queue_id.h"

/* More are put on the disk together with all else that is in its memory. */
#define MARKED_MAX 16

struct qf_action {
	const struct qf_spool *spool;
	struct qf_folders *folders;
	int marked[MARKED_MAX]; /* whose inode is not on the disk yet */
	size_t marks;		/* more than MARKED_MAX: not all are there */
};

/* Where only names that Postfix can read may be. */
static const char *const postfix_folders[] = {
	"maildrop", "incoming", "active", "deferred", "hold",
	"corrupt",  "defer",	"bounce", "trace"
};
#define POSTFIX_FOLDERS (sizeof(postfix_folders) / sizeof(postfix_folders[0]))

struct qf_action *
qf_action_new(const struct qf_spool *spool)
{
	struct qf_action *action = calloc(1, sizeof(*action));

	if (action == NULL)
		return NULL;
	action->spool = spool;
	action->folders = qf_folders_new(spool);
	if (action->folders == NULL) {
		free(action);
		return NULL;
	}
	return action;
}

static void
forget_marked(struct qf_action *action)
{
	for (size_t i = 0; i < action->marks && i < MARKED_MAX; i++) {
		if (action->marked[i] >= 0)
			close(action->marked[i]);
	}
	action->marks = 0;
}

void
qf_action_free(struct qf_action *action)
{
	if (action == NULL)
		return;
	forget_marked(action);
	qf_folders_free(action->folders);
	free(action);
}

static int64_t
nanoseconds(int64_t seconds, uint32_t rest)
{
	int64_t sum;

	if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &sum) ||
	    __builtin_add_overflow(sum, (int64_t)rest, &sum))
		return INT64_MAX;
	return sum;
}

/* fstat() knows no time of birth. */
#define WANTED (STATX_BASIC_STATS | STATX_BTIME)

static void
take_state(struct qf_pin *pin, const struct statx *st)
{
	pin->changed = nanoseconds(st->stx_ctime.tv_sec, st->stx_ctime.tv_nsec);
	pin->modified = st->stx_mtime.tv_sec;
	pin->size = (int64_t)st->stx_size;
	pin->occupied = (int64_t)st->stx_blocks * 512;
	pin->mode = st->stx_mode & 07777;
}

/* What a descriptor leads to. */
static enum qf_status
look_at(struct qf_pin *pin, const char *path, struct statx *st,
	struct qf_error *err)
{
	if (statx(pin->fd, "", AT_EMPTY_PATH, WANTED, st) < 0)
		return qf_system(err, "%s", path);
	pin->identity.inode = st->stx_ino;
	pin->identity.birth = (st->stx_mask & STATX_BTIME) == 0
				      ? 0
				      : nanoseconds(st->stx_btime.tv_sec,
						    st->stx_btime.tv_nsec);
	take_state(pin, st);
	return QF_OK;
}

enum qf_status
qf_action_look(struct qf_pin *pin, struct qf_error *err)
{
	struct statx st;

	return look_at(pin, "a message that is held", &st, err);
}

static bool
is_same(const struct qf_identity *a, const struct qf_identity *b)
{
	return a->inode == b->inode &&
	       (a->birth == 0 || b->birth == 0 || a->birth == b->birth);
}

/*
 * The path of a name in a folder.  In Postfix's own ones it has to be a queue
 * id: Postfix would not find the message by any other.
 */
static enum qf_status
make_path(const struct qf_action *action, const char *folder, const char *id,
	  char path[QF_SPOOL_PATH_MAX], struct qf_error *err)
{
	size_t room = QF_SPOOL_PATH_MAX - 2 * QF_HASH_DEPTH_MAX - 2;
	size_t len = strlen(id);
	bool good = len > 0 && len <= QF_QUEUE_ID_MAX && id[0] != '.' &&
		    strchr(id, '/') == NULL && strlen(folder) <= room - len;

	for (size_t i = 0; good && i < POSTFIX_FOLDERS; i++) {
		if (strcmp(folder, postfix_folders[i]) == 0)
			good = qf_queue_id_ok(id);
	}
	if (!good)
		return qf_fail(err, QF_UNSAFE, "%s: not a name for \"%s\"", id,
			       folder);
	qf_spool_path(action->spool, folder, id, path);
	return QF_OK;
}

static const char *
base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static enum qf_status
not_ready(const char *path, struct qf_error *err)
{
	return qf_fail(err, QF_BUSY, "%s: being written", path);
}

/* Is the file that was opened a message, and the wanted one? */
static enum qf_status
check_pin(const struct qf_pin *pin, const struct statx *st, const char *path,
	  const struct qf_identity *wanted, struct qf_error *err)
{
	if (!S_ISREG(st->stx_mode))
		return qf_fail(err, QF_UNSAFE, "%s: not a plain file", path);
	/* Gone between opening and looking is gone. */
	if (st->stx_nlink == 0)
		return qf_fail(err, QF_GONE, "%s: gone", path);
	if (st->stx_nlink != 1)
		return qf_fail(err, QF_UNSAFE, "%s: has %u names", path,
			       st->stx_nlink);
	if (wanted != NULL && !is_same(&pin->identity, wanted))
		return qf_fail(err, QF_CHANGED,
			       "%s: another message has this id now", path);
	if ((pin->mode & QF_MODE_READY) != QF_MODE_READY)
		return not_ready(path, err);
	return QF_OK;
}

enum qf_status
qf_action_pin(struct qf_action *action, const char *folder, const char *id,
	      const struct qf_identity *wanted, struct qf_pin *pin,
	      struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_pin held = { .fd = -1 };
	enum qf_status status;
	struct statx st;

	status = make_path(action, folder, id, path, err);
	if (status == QF_OK)
		status =
			qf_spool_file(action->spool, path, &held.fd, NULL, err);
	if (status == QF_OK)
		status = look_at(&held, path, &st, err);
	if (status == QF_OK)
		status = check_pin(&held, &st, path, wanted, err);
	if (status == QF_OK)
		*pin = held;
	else
		qf_action_unpin(&held);
	return status;
}

void
qf_action_unpin(struct qf_pin *pin)
{
	if (pin->fd >= 0)
		close(pin->fd);
	pin->fd = -1;
}

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

/* Both ends of a rename. */
struct ends {
	char from[QF_SPOOL_PATH_MAX];
	char to[QF_SPOOL_PATH_MAX];
	struct qf_folder *from_folder;
	struct qf_folder *to_folder;
};

static enum qf_status
open_ends(struct qf_action *action, struct ends *ends, struct qf_error *err)
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

/* QF_GONE: the name is not there.  QF_CHANGED: it is that of another file. */
static enum qf_status
names_pin(const struct qf_folder *folder, const char *path,
	  const struct qf_pin *pin, struct statx *st, struct qf_error *err)
{
	if (statx(folder->fd, base_name(path), AT_SYMLINK_NOFOLLOW, WANTED,
		  st) < 0)
		return qf_system(err, "%s", path);
	if (st->stx_ino != pin->identity.inode || !S_ISREG(st->stx_mode))
		return qf_fail(err, QF_CHANGED,
			       "%s: another message has this id now", path);
	return QF_OK;
}

/* One of the two names could not be found: is it the old one? */
static enum qf_status
rename_failed(const struct ends *ends, struct qf_error *err)
{
	int error = errno;
	struct stat st;

	if (error == EEXIST)
		return qf_fail(err, QF_EXISTS, "%s: the name is taken",
			       ends->to);
	if (error == ENOENT &&
	    fstatat(ends->from_folder->fd, base_name(ends->from), &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
		return qf_fail(err, QF_ABSENT, "%s: the folder went away",
			       ends->to);
	errno = error;
	return qf_system(err, "cannot rename %s to %s", ends->from, ends->to);
}

static enum qf_status
try_rename(struct qf_action *action, struct ends *ends,
	   const struct qf_pin *pin, struct qf_error *err)
{
	enum qf_status status = open_ends(action, ends, err);
	struct statx st;

	if (status == QF_OK && pin != NULL)
		status =
			names_pin(ends->from_folder, ends->from, pin, &st, err);
	if (status != QF_OK)
		return status;
	if (rename_new(ends->from_folder->fd, base_name(ends->from),
		       ends->to_folder->fd, base_name(ends->to)) < 0)
		return rename_failed(ends, err);
	ends->from_folder->touched = true;
	ends->to_folder->touched = true;
	return QF_OK;
}

/*
 * One rename from end to end; `pin' is NULL for a log.  A hash directory may
 * be removed after it was opened: then once more.
 */
static enum qf_status
rename_ends(struct qf_action *action, struct ends *ends,
	    const struct qf_pin *pin, struct qf_error *err)
{
	enum qf_status status = try_rename(action, ends, pin, err);

	return status == QF_ABSENT ? try_rename(action, ends, pin, err)
				   : status;
}

/* Another message had the name: it gets it back, if it is still there. */
static enum qf_status
give_back(const struct ends *ends, struct qf_error *err)
{
	if (rename_new(ends->to_folder->fd, base_name(ends->to),
		       ends->from_folder->fd, base_name(ends->from)) < 0 &&
	    errno != ENOENT)
		return qf_fail(err, QF_SYSTEM,
			       "%s: another message, which is now at %s, as "
			       "it cannot be put back: %s",
			       ends->from, ends->to, strerror(errno));
	return qf_fail(err, QF_CHANGED, "%s: another message has this id now",
		       ends->from);
}

enum qf_status
qf_action_move(struct qf_action *action, struct qf_pin *pin,
	       const struct qf_place *from, const struct qf_place *to,
	       struct qf_error *err)
{
	struct ends ends = { .from_folder = NULL };
	enum qf_status status;
	struct statx st;

	status = make_path(action, from->folder, from->id, ends.from, err);
	if (status == QF_OK)
		status = make_path(action, to->folder, to->id, ends.to, err);
	if (status == QF_OK)
		status = rename_ends(action, &ends, pin, err);
	if (status != QF_OK)
		return status;
	status = names_pin(ends.to_folder, ends.to, pin, &st, err);
	if (status == QF_CHANGED)
		return give_back(&ends, err);
	if (status == QF_OK) {
		take_state(pin, &st);
		return QF_OK;
	}
	/*
	 * Gone on already: qmgr(8) or pickup(8) may take a message as soon as
	 * it has its name.  It was the held one a moment before the rename.
	 * Nor does a look that fails undo what was done.
	 */
	(void)!qf_action_look(pin, NULL);
	return QF_OK;
}

enum qf_status
qf_action_set_time(struct qf_action *action, struct qf_pin *pin, int64_t when,
		   struct qf_error *err)
{
	struct timespec times[2] = { { .tv_sec = (time_t)when },
				     { .tv_sec = (time_t)when } };

	(void)action;
	if (futimens(pin->fd, times) < 0)
		return qf_system(err, "cannot set the time of a message");
	return qf_action_look(pin, err);
}

/* It may be given back before it is on the disk. */
static void
keep_marked(struct qf_action *action, const struct qf_pin *pin)
{
	int copy;

	if (action->marks >= MARKED_MAX) {
		action->marks++;
		return;
	}
	copy = fcntl(pin->fd, F_DUPFD_CLOEXEC, 0);
	if (copy >= 0) {
		action->marked[action->marks++] = copy;
		return;
	}
	/* So it is as if there were many. */
	while (action->marks < MARKED_MAX)
		action->marked[action->marks++] = -1;
	action->marks++;
}

/*
 * The mode is read again: since it was held, qmgr(8) may have changed another
 * mark, or an agent may have found the file corrupt and taken its rights.
 */
enum qf_status
qf_action_set_expire(struct qf_action *action, struct qf_pin *pin, bool expire,
		     struct qf_error *err)
{
	enum qf_status status = qf_action_look(pin, err);
	mode_t mode;

	if (status != QF_OK)
		return status;
	if ((pin->mode & QF_MODE_READY) != QF_MODE_READY)
		return not_ready("a message that is held", err);
	mode = expire ? pin->mode | QF_MODE_EXPIRE
		      : pin->mode & ~(mode_t)QF_MODE_EXPIRE;
	if (mode != pin->mode && fchmod(pin->fd, mode) < 0)
		return qf_system(err, "cannot set the mode of a message");
	keep_marked(action, pin);
	return qf_action_look(pin, err);
}

/* The inode of a log, 0: there is none. */
static enum qf_status
log_inode(struct qf_action *action, const char *folder, const char *id,
	  uint64_t *inode, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct stat st;
	enum qf_status status = make_path(action, folder, id, path, err);

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
	struct ends ends = { .from_folder = NULL };
	enum qf_status status = make_path(action, folder, from, ends.from, err);

	if (status == QF_OK)
		status = make_path(action, folder, to, ends.to, err);
	if (status == QF_OK)
		status = rename_ends(action, &ends, NULL, err);
	return status;
}

/*
 * Nobody can give the name to another message between the look and the end:
 * it has our inode in it, or nobody makes such names.
 */
enum qf_status
qf_action_remove(struct qf_action *action, struct qf_pin *pin,
		 const struct qf_place *place, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	struct statx st;
	enum qf_status status =
		make_path(action, place->folder, place->id, path, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, path, false, &folder,
					 err);
	if (status == QF_OK)
		status = names_pin(folder, path, pin, &st, err);
	if (status != QF_OK)
		return status;
	if (unlinkat(folder->fd, base_name(path), 0) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}

enum qf_status
qf_action_remove_log(struct qf_action *action, const char *folder_name,
		     const char *id, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_folder *folder = NULL;
	enum qf_status status = make_path(action, folder_name, id, path, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, path, false, &folder,
					 err);
	if (status != QF_OK)
		return status;
	if (unlinkat(folder->fd, base_name(path), 0) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}

/* Whatever it is, it has the name. */
static enum qf_status
is_there(struct qf_action *action, const char *path, bool *there,
	 struct qf_error *err)
{
	struct stat st;
	enum qf_status status = qf_spool_stat(action->spool, path, &st, err);

	*there = status == QF_OK || status == QF_UNSAFE;
	return *there || status == QF_GONE ? QF_OK : status;
}

enum qf_status
qf_action_is_used(struct qf_action *action, const char *id, bool *used,
		  struct qf_error *err)
{
	enum qf_status status = QF_OK;
	bool there = false;

	for (size_t i = 0; i < POSTFIX_FOLDERS && !there; i++) {
		char path[QF_SPOOL_PATH_MAX];

		status = make_path(action, postfix_folders[i], id, path, err);
		if (status == QF_OK)
			status = is_there(action, path, &there, err);
		if (status != QF_OK)
			return status;
	}
	*used = there;
	return QF_OK;
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

	if (action->marks > MARKED_MAX)
		status = qf_action_sync_all(action, err);
	for (size_t i = 0; i < action->marks && i < MARKED_MAX; i++) {
		if (action->marked[i] >= 0 && fsync(action->marked[i]) < 0)
			status = in_doubt("the mode of a message", err);
	}
	forget_marked(action);
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
