/*
 * action.h - single steps of changing a spool, without policy.
 *
 * The only module that changes one.  A step is checked on both sides: the
 * message is held by an open descriptor, which pins its inode, before
 * anything happens, and after a rename the new name has to be that inode.
 * Who decides what happens in which order, and writes it down, is above.
 * docs/SAFETY.md says why each rule is there.
 */
#ifndef QF_POSTFIX_ACTION_H
#define QF_POSTFIX_ACTION_H

#include "queue-format/postfix/spool.h"

/* Opaque: keeps the directories that have to be synced; for one thread. */
struct qf_action;

/* The spool is borrowed.  NULL: out of memory. */
struct qf_action *qf_action_new(const struct qf_spool *spool);
void qf_action_free(struct qf_action *action); /* NULL is allowed */

/*
 * Who a message is, so that no other one is taken for it: an id can come
 * back for another message, and an inode as well.
 */
struct qf_identity {
	uint64_t inode;
	int64_t birth; /* ns since 1970; 0: the file system has none */
};

/* A message that is held: as long as `fd' is open, its inode is not reused. */
struct qf_pin {
	int fd; /* -1: nothing is held */
	struct qf_identity identity;
	int64_t changed;  /* ctime in ns */
	int64_t modified; /* mtime in seconds */
	int64_t size;
	int64_t occupied; /* bytes of the disk */
	mode_t mode;
};

/*
 * Hold the message `id' in this folder, by name: a queue's, or one of ours.
 * `wanted' may be NULL: whichever has that name.
 *
 * QF_GONE     there is none
 * QF_CHANGED  it is another message than the wanted one
 * QF_BUSY     it is still being written
 * QF_UNSAFE   it is no plain file, has more than one name, or `id' is no name
 *             for that folder
 */
enum qf_status qf_action_pin(struct qf_action *action, const char *folder,
			     const char *id, const struct qf_identity *wanted,
			     struct qf_pin *pin, struct qf_error *err);
void qf_action_unpin(struct qf_pin *pin);

/* What is true of a held message by now: its times, size and mode. */
enum qf_status qf_action_look(struct qf_pin *pin, struct qf_error *err);

/* A name in the spool. */
struct qf_place {
	const char *folder;
	const char *id;
};

/*
 * Give a held message another name, and check that it has it; the folder's
 * hash directories are made where they are missing.  pin->changed is then
 * the time of the move.  Who reads that queue may take the message on at
 * once: QF_OK says that it had the name.
 *
 * QF_GONE     it is not there any more: nothing was moved
 * QF_CHANGED  another message has the old name, and keeps it
 * QF_EXISTS   the new name is taken: nothing was moved
 * QF_ABSENT   there is no such folder to move it to: nothing was moved
 * QF_UNSAFE   a name is none for that folder: nothing was moved
 */
enum qf_status qf_action_move(struct qf_action *action, struct qf_pin *pin,
			      const struct qf_place *from,
			      const struct qf_place *to, struct qf_error *err);

/*
 * Put both times of the file to `when' (seconds since 1970): for a deferred
 * message this is its next try.
 */
enum qf_status qf_action_set_time(struct qf_action *action, struct qf_pin *pin,
				  int64_t when, struct qf_error *err);

/*
 * Set or clear the mark of a forced expiry.  Other marks stay as they are.
 *
 * QF_BUSY  it is not complete any more: an agent found it corrupt
 */
enum qf_status qf_action_set_expire(struct qf_action *action,
				    struct qf_pin *pin, bool expire,
				    struct qf_error *err);

/* The logs of a message, by inode; 0: there is none. */
struct qf_logs {
	uint64_t defer;
	uint64_t bounce;
	uint64_t trace;
};

enum qf_status qf_action_logs(struct qf_action *action, const char *id,
			      struct qf_logs *logs, struct qf_error *err);

/*
 * Give the log of one message (folder "defer", "bounce" or "trace") to
 * another id.  QF_GONE: there is none.  QF_EXISTS: that id has one.
 */
enum qf_status qf_action_move_log(struct qf_action *action, const char *folder,
				  const char *from, const char *to,
				  struct qf_error *err);

/* Remove a log; the same statuses. */
enum qf_status qf_action_remove_log(struct qf_action *action,
				    const char *folder, const char *id,
				    struct qf_error *err);

/*
 * Remove a held message for good; needs no space on the disk.  Its contents
 * can be read until it is let go.
 *
 * QF_GONE     it is not there any more: nothing was removed
 * QF_CHANGED  another message has the name, and keeps it
 */
enum qf_status qf_action_remove(struct qf_action *action, struct qf_pin *pin,
				const struct qf_place *place,
				struct qf_error *err);

/*
 * Files by their paths below the queue directory, whatever they are called: to
 * put right what has a name that Postfix cannot read, or is where it does not
 * look.  They are not held, and known by their inodes; 0: whichever has that
 * name.  The statuses are those of the steps above; qf_error.errnum is set
 * where a system call failed.
 */
enum qf_status qf_action_move_file(struct qf_action *action, const char *from,
				   const char *to, uint64_t inode,
				   struct qf_error *err);

/* Anything but a directory. */
enum qf_status qf_action_remove_file(struct qf_action *action, const char *path,
				     uint64_t inode, struct qf_error *err);

/* Its right to be read and written, and the marks of a message. */
enum qf_status qf_action_set_mode(struct qf_action *action, const char *path,
				  uint64_t inode, mode_t mode,
				  struct qf_error *err);

/* A directory that is empty. */
enum qf_status qf_action_remove_folder(struct qf_action *action,
				       const char *path, struct qf_error *err);

/*
 * Begin a new file, for writing, in a folder of ours or as the log of an id
 * that Postfix does not make: no message and no log that there is belongs to
 * it.  Nobody takes it for complete.  QF_EXISTS: the name is taken.
 */
enum qf_status qf_action_create(struct qf_action *action, const char *folder,
				const char *id, int *fd, struct qf_error *err);
enum qf_status qf_action_write(struct qf_action *action, int fd,
			       const void *data, size_t len,
			       struct qf_error *err);

/*
 * It is complete: it gets this mode, and is closed (*fd is -1 then).  *pin,
 * if it is not NULL, has its facts; it holds nothing.  On the disk it is after
 * qf_action_sync().
 */
enum qf_status qf_action_complete(struct qf_action *action, int *fd,
				  mode_t mode, struct qf_pin *pin,
				  struct qf_error *err);

/* Remove a file that was begun so, whoever began it.  QF_GONE: none there. */
enum qf_status qf_action_discard(struct qf_action *action, const char *folder,
				 const char *id, struct qf_error *err);

/* Is any file of that name in a queue or among the logs? */
enum qf_status qf_action_is_used(struct qf_action *action, const char *id,
				 bool *used, struct qf_error *err);

/*
 * Make all moves and marks durable: a rename is, once both directories are on
 * the disk, and a mark, once its message is.  QF_SYSTEM: for some since the
 * last call, it is not known whether they are.
 */
enum qf_status qf_action_sync(struct qf_action *action, struct qf_error *err);

/* The same for what anybody has changed until now. */
enum qf_status
qf_action_sync_all(struct qf_action *action, struct qf_error *err);

#endif
