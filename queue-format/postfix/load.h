/*
 * load.h - make a message of a queue file and its logs.
 *
 * The one place where the envelope, the logs and the file's own state come
 * together, as showq(8) and qmgr(8) understand them.
 */
#ifndef QF_POSTFIX_LOAD_H
#define QF_POSTFIX_LOAD_H

#include "queue-format/filter.h"
#include "queue-format/postfix/spool.h"

/* Opaque: owns buffers; one for each thread. */
struct qf_load;

/*
 * All are borrowed; `instance' is for the messages and may be NULL.  NULL
 * when out of memory.
 */
struct qf_load *qf_load_new(const struct qf_spool *spool, const char *instance,
			    const struct qf_filter *filter);
void qf_load_free(struct qf_load *load); /* NULL is allowed */

/*
 * Load the message `id' that lies in `queue' at `path'; the three strings are
 * borrowed by *message, all others live in the arena.  The statuses are
 * those of struct qf_store_ops.
 *
 * A file with damage gives QF_OK and message->fault where at least its name
 * and state are known.
 */
enum qf_status
qf_load_message(struct qf_load *load, enum qf_queue queue, const char *id,
		const char *path, struct qf_arena *arena,
		struct qf_message *message, struct qf_error *err);

#endif
