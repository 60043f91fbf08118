/*
 * daemon.h - which queue manager runs.
 *
 * What qmgr(8) remembers of a message is gone with its process; so a process
 * is known by its id and the time it was started, which no other has until
 * the machine starts anew.  It is found by its name (qmgr, oqmgr or nqmgr)
 * among the children of the master that wrote pid/master.pid.
 * Source: Postfix src/master/master.c.
 */
#ifndef QF_POSTFIX_DAEMON_H
#define QF_POSTFIX_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "queue-format/postfix/spool.h"

/* Opaque: knows where the master's process id is written. */
struct qf_daemon;

/*
 * To be called with the rights of the caller: only root may read the file.
 * Without it (QF_OK, too) it is unknown who runs.  The spool is borrowed.
 */
enum qf_status qf_daemon_open(const struct qf_spool *spool,
			      struct qf_daemon **daemon, struct qf_error *err);
void qf_daemon_close(struct qf_daemon *daemon); /* NULL is allowed */

struct qf_process {
	pid_t pid;	/* 0: there is none */
	uint64_t start; /* clock ticks after the machine's start */
};

/*
 * The queue manager that runs now.  No other one of this spool does: not
 * even one whose master is gone.
 *
 * QF_OK      *qmgr, whose pid is 0 when none runs
 * QF_DENIED  it cannot be told: take it as one that remembers everything
 */
enum qf_status qf_daemon_qmgr(const struct qf_daemon *daemon,
			      struct qf_process *qmgr, struct qf_error *err);

/*
 * Does the master run that has written pid/master.pid, as far as it can be
 * seen?
 */
bool qf_daemon_has_master(const struct qf_daemon *daemon);

/* Are these the same process?  No process is not the same as none. */
bool qf_process_is_same(const struct qf_process *a, const struct qf_process *b);

/* For tests: what is needed of /proc/PID/stat. */
struct qf_daemon_stat {
	char name[32];
	char state;
	pid_t parent;
	uint64_t start;
};

/*
 * "PID (NAME) STATE PARENT ..."; a name may have anything in it, so that the
 * last parenthesis ends it.  The start is field 22.  The text is changed.
 */
bool qf_daemon_parse_stat(char *text, struct qf_daemon_stat *stat);

#endif
