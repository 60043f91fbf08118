/*
 * action_work.h - what the parts of action.c share; private to action*.c.
 */
#ifndef QF_POSTFIX_ACTION_WORK_H
#define QF_POSTFIX_ACTION_WORK_H

#include "action.h"

#include "queue-format/postfix/folders.h"

/* More are put on the disk together with all else that is in its memory. */
#define QF_MARKED_MAX 16

struct qf_action {
	const struct qf_spool *spool;
	struct qf_folders *folders;
	int marked[QF_MARKED_MAX]; /* whose inode is not on the disk yet */
	size_t marks; /* more than QF_MARKED_MAX: not all are there */
};

/* action_name.c */

/*
 * The path of a name in a folder.  In Postfix's own ones it has to be a queue
 * id: Postfix would not find the message by any other.
 */
enum qf_status qf_action_path(const struct qf_action *action,
			      const char *folder, const char *id,
			      char path[QF_SPOOL_PATH_MAX],
			      struct qf_error *err);

/* What stands behind the last slash. */
const char *qf_action_base(const char *path);

/* action_file.c */

/* Remove what has that name, whatever it is.  QF_GONE: none there. */
enum qf_status qf_action_unlink(struct qf_action *action,
				const char *folder_name, const char *id,
				struct qf_error *err);

/* action_rename.c */

/* Both ends of a rename. */
struct qf_ends {
	char from[QF_SPOOL_PATH_MAX];
	char to[QF_SPOOL_PATH_MAX];
	struct qf_folder *from_folder;
	struct qf_folder *to_folder;
};

/*
 * One rename from end to end, in folders that are opened here; `pin' is NULL
 * for what is no message.  The statuses are those of qf_action_move().
 */
enum qf_status qf_action_rename(struct qf_action *action, struct qf_ends *ends,
				const struct qf_pin *pin, struct qf_error *err);

/* Another message had the name: it gets it back, if it is still there. */
enum qf_status
qf_action_give_back(const struct qf_ends *ends, struct qf_error *err);

/* QF_GONE: the name is not there.  QF_CHANGED: it is that of another file. */
enum qf_status qf_action_names_pin(const struct qf_folder *folder,
				   const char *path, const struct qf_pin *pin,
				   struct statx *st, struct qf_error *err);

/* What statx(2) is asked for: fstat() knows no time of birth. */
#define QF_ACTION_WANTED (STATX_BASIC_STATS | STATX_BTIME)

/* action_sync.c */

/* The mark of this message has to reach the disk with qf_action_sync(). */
void qf_action_keep_marked(struct qf_action *action, const struct qf_pin *pin);
void qf_action_forget_marked(struct qf_action *action);

#endif
