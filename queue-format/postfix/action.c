/*
 * action.c - single steps of changing a message, without policy.
 */
#include "action_work.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

void
qf_action_free(struct qf_action *action)
{
	if (action == NULL)
		return;
	qf_action_forget_marked(action);
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
	if (statx(pin->fd, "", AT_EMPTY_PATH, QF_ACTION_WANTED, st) < 0)
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

	status = qf_action_path(action, folder, id, path, err);
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

enum qf_status
qf_action_move(struct qf_action *action, struct qf_pin *pin,
	       const struct qf_place *from, const struct qf_place *to,
	       struct qf_error *err)
{
	struct qf_ends ends = { .from_folder = NULL };
	enum qf_status status;
	struct statx st;

	status = qf_action_path(action, from->folder, from->id, ends.from, err);
	if (status == QF_OK)
		status = qf_action_path(action, to->folder, to->id, ends.to,
					err);
	if (status == QF_OK)
		status = qf_action_rename(action, &ends, pin, err);
	if (status != QF_OK)
		return status;
	status = qf_action_names_pin(ends.to_folder, ends.to, pin, &st, err);
	if (status == QF_CHANGED)
		return qf_action_give_back(&ends, err);
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
	qf_action_keep_marked(action, pin);
	return qf_action_look(pin, err);
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
		qf_action_path(action, place->folder, place->id, path, err);

	if (status == QF_OK)
		status = qf_folders_open(action->folders, path, false, &folder,
					 err);
	if (status == QF_OK)
		status = qf_action_names_pin(folder, path, pin, &st, err);
	if (status != QF_OK)
		return status;
	if (unlinkat(folder->fd, qf_action_base(path), 0) < 0)
		return qf_system(err, "cannot remove %s", path);
	folder->touched = true;
	return QF_OK;
}
