/*
 * spool.h - where Postfix's files are, and how they are opened.
 *
 * Everything goes by descriptor from the queue directory: names are checked
 * before they become part of a path, no symbolic link is followed below it,
 * only plain files are opened.  Knows nothing of what is in a file.
 * Source: Postfix src/global/mail_queue.c, mail_open_ok.c.
 */
#ifndef QF_POSTFIX_SPOOL_H
#define QF_POSTFIX_SPOOL_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "queue-format/message.h"
#include "queue-format/postfix/config.h"

/* Opaque: owns the descriptor of the queue directory. */
struct qf_spool;

/* "deferred/A/B/.../" and a queue id. */
#define QF_SPOOL_PATH_MAX 384

/* Mode bits of a message file that say something (mail_queue.h). */
#define QF_MODE_READY	   0700 /* complete; all of them, else not there yet */
#define QF_MODE_EXPIRE	   0010 /* to be returned at the next attempt */
#define QF_MODE_UNTHROTTLE 0040 /* postqueue -i asked for it */

/*
 * Open a queue directory.  `config' is borrowed and must outlive the spool.
 * When it has no main.cf behind it, hashing is found out from the
 * directories that are there.
 *
 * QF_ABSENT  the directory is not there, or has none of a spool's folders
 * QF_DENIED  no permission to look into it
 */
enum qf_status qf_spool_open(const struct qf_config *config,
			     struct qf_spool **spool, struct qf_error *err);
void qf_spool_close(struct qf_spool *spool); /* NULL is allowed */

const struct qf_config *qf_spool_config(const struct qf_spool *spool);

/*
 * The path of a file by Postfix's rule, below the queue directory; `queue'
 * is the name of a message queue or of a log directory.  `id' has passed
 * qf_queue_id_ok().  Returns the length.
 */
size_t qf_spool_path(const struct qf_spool *spool, const char *queue,
		     const char *id, char path[QF_SPOOL_PATH_MAX]);

/* So deep are the hash directories in a queue or a log directory. */
unsigned qf_spool_depth(const struct qf_spool *spool, const char *queue);

/*
 * Open a plain file for reading.  *st is only filled when `st' is not NULL;
 * without it the file is known to be no symbolic link, and no more.
 *
 * QF_GONE    there is none
 * QF_UNSAFE  it is something else than a plain file
 */
enum qf_status qf_spool_file(const struct qf_spool *spool, const char *path,
			     int *fd, struct stat *st, struct qf_error *err);

/* Look at a file without opening it; the same statuses. */
enum qf_status qf_spool_stat(const struct qf_spool *spool, const char *path,
			     struct stat *st, struct qf_error *err);

/*
 * When a plain file was made, in ns since 1970; 0: its file system does not
 * tell.  The file is `fd', or what has that path (-1).
 *
 * QF_GONE  what is there is not the file with that inode (any more)
 */
enum qf_status qf_spool_birth(const struct qf_spool *spool, const char *path,
			      int fd, uint64_t inode, int64_t *birth,
			      struct qf_error *err);

/* Open a directory below the queue directory for reading its names. */
enum qf_status qf_spool_directory(const struct qf_spool *spool,
				  const char *path, DIR **dir,
				  struct qf_error *err);

/*
 * Open a directory below the queue directory, to rename in it or to put it
 * on the disk.  `make': the hash directories of a queue are made where they
 * are missing, as Postfix makes them; the queue itself never is.
 *
 * QF_GONE    there is none
 * QF_DENIED  no permission, or made by this user it would not be Postfix's
 */
enum qf_status qf_spool_folder(const struct qf_spool *spool, const char *path,
			       bool make, int *fd, struct qf_error *err);

/* The queue directory itself; borrowed. */
int qf_spool_root(const struct qf_spool *spool);

/* The folder of a queue. */
const char *qf_spool_queue(enum qf_queue queue);

#endif
