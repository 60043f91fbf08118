/*
 * quiet.h - is anybody still working on a message?
 *
 * A delivery agent opens the file for writing and takes a lock on it
 * afterwards; between the two it has no lock, and delivers nevertheless.  A
 * read lease sees it: the kernel grants one only when no process has the
 * file open for writing.  Only for files that no path of a queue that
 * qmgr(8) reads leads to: an agent that meets our lock there would die.
 *
 * `fd' is open for reading only, of a file that this process owns, and is
 * not used for signals otherwise: somebody who opens the file for writing in
 * the moment of a look makes the kernel send SIGURG, which does nothing
 * unless the program has a handler for it.  No signal's action is changed,
 * and nothing else is kept: lease and lock are given back at once.
 */
#ifndef QF_POSTFIX_QUIET_H
#define QF_POSTFIX_QUIET_H

#include <stdatomic.h>
#include <stdint.h>

#include "queue-format/error.h"

/*
 * Look once.
 *
 * QF_OK      nobody has it open for writing, and nobody has a lock
 * QF_BUSY    somebody has
 * QF_ABSENT  nobody has a lock, but the file system knows no leases
 * QF_DENIED  the file is somebody else's
 */
enum qf_status qf_quiet_look(int fd, struct qf_error *err);

/*
 * Look again and again until it is quiet, for at most `timeout_ms'.  Where
 * the file system knows no leases, it has to be without a lock for a second,
 * which may take a second longer.
 *
 * QF_BUSY     it is not quiet yet
 * QF_STOPPED  *cancel was set; it may be NULL
 */
enum qf_status qf_quiet_wait(int fd, int64_t timeout_ms,
			     const atomic_bool *cancel, struct qf_error *err);

#endif
