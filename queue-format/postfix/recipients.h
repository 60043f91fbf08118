/*
 * recipients.h - who is left and why, from a queue file and its logs.
 *
 * Merges the two as showq(8) does: first what the logs say, in their order,
 * then the recipients of the file that no log has named.
 * Source: Postfix src/showq/showq.c.
 */
#ifndef QF_POSTFIX_RECIPIENTS_H
#define QF_POSTFIX_RECIPIENTS_H

#include "queue-format/postfix/envelope.h"
#include "queue-format/postfix/spool.h"

/* Opaque: owns buffers; one for each thread. */
struct qf_recipients;

/*
 * Spool and table are borrowed.  `as_showq': see filter.h.  Without a table
 * (NULL) reasons get no class.  NULL: out of memory.
 */
struct qf_recipients *qf_recipients_new(const struct qf_spool *spool,
					bool as_showq,
					const struct qf_reason_table *table);
void qf_recipients_free(struct qf_recipients *r); /* NULL is allowed */

/* The form of a raw address that a message shows, in the arena. */
enum qf_status qf_recipients_address(struct qf_recipients *r,
				     struct qf_arena *arena, const char *raw,
				     const char **address,
				     struct qf_error *err);

/*
 * Fill in m->left and m->done, with reasons or without.  A log that cannot
 * be read becomes m->fault, unless there is one already.
 */
enum qf_status
qf_recipients_fill(struct qf_recipients *r, struct qf_arena *arena,
		   const struct qf_envelope *env, struct qf_message *m,
		   bool reasons, struct qf_error *err);

#endif
