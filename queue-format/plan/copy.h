/*
 * copy.h - a message as it is, with its logs, for who takes it elsewhere.
 *
 * Changes nothing.  Gives only what nobody works on: a copy that is taken
 * while an agent delivers would be delivered to the same recipients again.
 */
#ifndef QF_PLAN_COPY_H
#define QF_PLAN_COPY_H

#include "queue-format/plan/plan.h"

#define QF_COPY_FILES 4

/* Opaque: for one thread. */
struct qf_copier;

/* Both borrowed; the journal may be NULL, and open for reading only. */
struct qf_copier *
qf_copier_new(const struct qf_spool *spool, struct qf_journal *journal);
void qf_copier_free(struct qf_copier *copier); /* NULL is allowed */

/* The message, and its logs; what is not there has no descriptor (-1). */
struct qf_copy {
	const char *folder; /* where it is */
	const char *id;	    /* lives until the next message */
	bool expire;	    /* it has the mark of a forced expiry */
	uint64_t inode;
	int64_t changed; /* ctime of its file, in ns */
	struct {
		const char *name; /* "message", "defer", "bounce", "trace" */
		int fd;
		int64_t size;
	} files[QF_COPY_FILES];
};

/*
 * Find it and open its files.
 *
 * QF_BUSY    it is being delivered, or still being written
 * QF_UNSAFE  it cannot be taken elsewhere; the text says why
 * QF_GONE    delivered or removed meanwhile
 */
enum qf_status qf_copy_open(struct qf_copier *copier,
			    const struct qf_chosen *chosen,
			    struct qf_copy *copy, struct qf_error *err);

/* Has nobody touched it, or moved it, since it was opened? */
bool qf_copy_is_same(struct qf_copier *copier, const struct qf_copy *copy);

void qf_copy_close(struct qf_copy *copy);

#endif
