/*
 * scan.h - the names of messages, from the directories of a spool.
 *
 * Finds what Postfix would find, in the order in which Postfix would, and
 * says what else lies there.  Opens directories, no message.
 * Source: Postfix src/global/mail_scan_dir.c, src/showq/showq.c.
 */
#ifndef QF_POSTFIX_SCAN_H
#define QF_POSTFIX_SCAN_H

#include "queue-format/arena.h"
#include "queue-format/postfix/spool.h"

/* Opaque: owns the open directories. */
struct qf_scan;

struct qf_scan_entry {
	enum qf_queue queue;
	const char *id;	  /* in the caller's arena, as is the path */
	const char *path; /* below the queue directory */
};

/*
 * Scan these queues (QF_QUEUE_BIT()s), all of them one after the other.  The
 * spool is borrowed.
 */
enum qf_status qf_scan_open(const struct qf_spool *spool, unsigned queues,
			    struct qf_scan **scan, struct qf_error *err);
void qf_scan_close(struct qf_scan *scan); /* NULL is allowed */

/*
 * The next name.  Files that Postfix makes before they get their name are
 * passed over.
 *
 * QF_OK      *entry is filled in
 * QF_END     no more
 * QF_UNSAFE  something lies there that no part of Postfix looks at; go on
 * others     a directory could not be read; go on
 */
enum qf_status qf_scan_next(struct qf_scan *scan, struct qf_arena *arena,
			    struct qf_scan_entry *entry, struct qf_error *err);

#endif
