/*
 * folders.h - directories of a spool in which something was renamed, until
 * they are on the disk.
 *
 * For each rename it is asked anew where the path of a directory leads: a
 * descriptor that was kept would go on with one that somebody has moved away,
 * and take messages to where nobody finds them.
 */
#ifndef QF_POSTFIX_FOLDERS_H
#define QF_POSTFIX_FOLDERS_H

#include "queue-format/postfix/spool.h"

/* Opaque: keeps directories open; for one thread. */
struct qf_folders;

/* The spool is borrowed.  NULL: out of memory. */
struct qf_folders *qf_folders_new(const struct qf_spool *spool);
void qf_folders_free(struct qf_folders *folders); /* NULL is allowed */

struct qf_folder {
	char path[QF_SPOOL_PATH_MAX];
	dev_t device;
	ino_t inode;
	int fd;
	bool touched; /* set it: something changed since it was on the disk */
};

/*
 * Open the directory that the last component of `path' is in, with `make' as
 * qf_spool_folder() has it.  *folder is valid until two more were opened:
 * both ends of a rename can be held at once.
 *
 * QF_GONE  there is no such directory
 */
enum qf_status qf_folders_open(struct qf_folders *folders, const char *path,
			       bool make, struct qf_folder **folder,
			       struct qf_error *err);

/*
 * Put all that were touched on the disk.
 *
 * QF_SYSTEM  at least one is not, since the last call
 */
enum qf_status
qf_folders_sync(struct qf_folders *folders, struct qf_error *err);

#endif
