/*
 * structure.h - what the place and the name of a file in a spool should be.
 *
 * Judges what somebody else has found: touches no file, and knows nothing of
 * what is in one.  In which order faults are put right, and which of them are,
 * is the matter of the caller; of several faults of a file the one comes
 * first that postsuper(1) would see to first.
 * Source: Postfix src/postsuper/postsuper.c.
 */
#ifndef QF_POSTFIX_STRUCTURE_H
#define QF_POSTFIX_STRUCTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/spool.h"

/*
 * A file that gets a name of its inode has this behind it until all others
 * have left the names that they must not have: no daemon takes it for a
 * message.
 */
#define QF_STRUCTURE_SUFFIX "#FIX"

/* A file that is not complete, and has not changed for so long, is stale. */
#define QF_STRUCTURE_STALE_AGE (7 * 86400)

/* "deferred/A/B/.../", a queue id and the suffix. */
#define QF_STRUCTURE_PATH_MAX (QF_SPOOL_PATH_MAX + 4)

enum qf_structure_fault {
	QF_STRUCTURE_RIGHT,	 /* nothing is wrong with it */
	QF_STRUCTURE_DEEP,	 /* a hash directory below the lowest level */
	QF_STRUCTURE_DIRECTORY,	 /* any other one where none has to be */
	QF_STRUCTURE_NOT_PLAIN,	 /* a link, a pipe, a socket, a device */
	QF_STRUCTURE_LEFT,	 /* left by a repair: lacks its right name */
	QF_STRUCTURE_LEFT_INODE, /* left by one, and has not that inode */
	QF_STRUCTURE_FOREIGN,	 /* a name that Postfix cannot read */
	QF_STRUCTURE_LONG,	 /* a long id, where those are switched off */
	QF_STRUCTURE_INODE,	 /* the id of another inode */
	QF_STRUCTURE_PLACE,	 /* not where Postfix would look for it */
	QF_STRUCTURE_FAULTS
};

/* Where a file was found, and by which rules it is to be judged. */
struct qf_structure_file {
	const char *folder; /* a queue, or the folder of a kind of logs */
	const char *path;   /* below that one: "A/3/4F2A11" */
	const struct stat *st;
	unsigned depth;	  /* of hash directories in that folder */
	bool long_ids;	  /* the instance makes long ones */
	bool long_inodes; /* the inode of a long id has to be right, too (-S) */
	int64_t now;	  /* in seconds */
};

struct qf_structure {
	enum qf_structure_fault fault;
	/*
	 * A message that is not complete, and was left so long ago.  It may
	 * have a fault as well.
	 */
	bool stale;
	/*
	 * What its id should be, and where it should lie, from the queue
	 * directory on; "" where that cannot be known, and for directories.
	 */
	char id[QF_QUEUE_ID_MAX + 1];
	char path[QF_STRUCTURE_PATH_MAX];
};

void qf_structure_judge(const struct qf_structure_file *file,
			struct qf_structure *verdict);

/* Are there messages in this folder?  The others have logs. */
bool qf_structure_has_messages(const char *folder);

#endif
