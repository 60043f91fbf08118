/*
 * delay_log.h - defer, bounce and trace logs: why a recipient is not done.
 *
 * Entries are groups of lines between blank lines; there is an old form,
 * `<address>: reason', and a new one with name=value lines.  One entry may
 * have both.
 * Source: Postfix src/global/bounce_log.c, src/bounce/bounce_append_service.c.
 */
#ifndef QF_POSTFIX_DELAY_LOG_H
#define QF_POSTFIX_DELAY_LOG_H

#include <stdint.h>

#include "queue-format/arena.h"
#include "queue-format/error.h"

/* Strings live in the arena.  Those that Postfix makes up are there, too. */
struct qf_delay {
	const char *address;	  /* quoted form, never NULL */
	const char *original;	  /* quoted form, or NULL */
	const char *dsn_original; /* type;address of the sender's client */
	const char *reason;	  /* never NULL */
	const char *status;	  /* like 4.4.1, or NULL */
	const char *action;	  /* delayed, failed, ..., or NULL */
	const char *mta;	  /* the host that said so, or NULL */
	int64_t offset; /* of the recipient's record, 0 when missing */
};

/* Opaque: owns a buffer; serves many files. */
struct qf_delay_log;

/* NULL when out of memory. */
struct qf_delay_log *qf_delay_log_new(void);
void qf_delay_log_free(struct qf_delay_log *log); /* NULL is allowed */

/* Begin with the file behind `fd', which stays the caller's. */
void qf_delay_log_start(struct qf_delay_log *log, int fd);

/*
 * Read one entry.  An entry that is cut off by the end of the file is left
 * out, as Postfix does; a line it cannot understand is skipped and counted.
 *
 * QF_END      no more entries
 * QF_CORRUPT  a line is longer than any Postfix writes; err->offset is where
 * QF_SYSTEM   reading or allocating failed
 */
enum qf_status qf_delay_log_next(struct qf_delay_log *log,
				 struct qf_arena *arena, struct qf_delay *entry,
				 struct qf_error *err);

/* Lines that were skipped in this file, and where the first one starts. */
unsigned qf_delay_log_skipped(const struct qf_delay_log *log, off_t *first);

#endif
