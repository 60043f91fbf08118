/*
 * maillog.h - lines in Postfix's own log, where people look for what has
 * become of a message.
 *
 * Postfix's postlog(1) writes them, wherever this instance logs to.  It is
 * started for the first line, also after the program has become mail_owner.
 * A log that cannot be written is said once and stops nothing: the journal is
 * what counts.
 */
#ifndef MAILLOG_H
#define MAILLOG_H

#include "mailq-tools/tool.h"
#include "queue-format/buffer.h"
#include "queue-format/command.h"
#include "queue-format/journal.h"
#include "queue-format/postfix/config.h"

/* To be set with maillog_open(). */
struct maillog {
	struct tool *tool;
	const struct qf_config *config;
	struct qf_command *postlog; /* NULL: not started */
	int fd;			    /* its standard input */
	int patience;		    /* ms, for one that takes no lines */
	bool broken;		    /* it is not tried again */
	uint64_t lost;		    /* lines */
	struct qf_buffer waiting;   /* lines that go together */
	uint64_t lines;		    /* so many */
};

/* Nothing is started; a spool without Postfix has no log.  Both borrowed. */
void maillog_open(struct maillog *log, struct tool *tool,
		  const struct qf_config *config);

/*
 * Start it now, with the rights that the program still has: Postfix's own
 * programs write a log as root when Postfix does not run.
 */
void maillog_start(struct maillog *log);

/*
 * One line, made safe; it is cut where syslog would cut it.  Lines may wait
 * for others: each that wakes the program by itself costs more than the change
 * that it tells of.
 */
void maillog_line(struct maillog *log, const char *format, ...) QF_PRINTF(2, 3);

/* Now, as nobody knows when there will be more. */
void maillog_flush(struct maillog *log);

/* What the log says of `old' goes on under the other id; nothing waits. */
void maillog_renamed(struct maillog *log, const char *old, const char *now);

/* The message is out of the queue: "removed" and how: " to the trash". */
void maillog_removed(struct maillog *log, const char *id, const char *how);

/* It is back in the queue. */
void maillog_restored(struct maillog *log, const char *id);

/* A job has come to its end; its counts are known. */
void maillog_job(struct maillog *log, const struct qf_job *job);

/* Wait for the log to have all lines; not for ever. */
void maillog_close(struct maillog *log);

#endif
