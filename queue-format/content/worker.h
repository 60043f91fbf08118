/*
 * worker.h - the process that looks at messages.
 */
#ifndef QF_CONTENT_WORKER_H
#define QF_CONTENT_WORKER_H

#include "queue-format/content.h"

#include "sandbox.h"

/* How it ends when there is no more memory for it. */
#define QF_WORKER_NO_MEMORY 101

/* After so much of its time a worker is replaced. */
#define QF_WORKER_SECONDS 60

struct qf_content_tests {
	/* NULL: those that there are. */
	const struct qf_sandbox_walls *walls;
	/*
	 * Asked in the worker, before it looks at a message: it may do what a
	 * parser must not.  What it fails with is the answer.  NULL: nobody.
	 */
	enum qf_status (*misbehave)(int fd, struct qf_error *err);
};

/*
 * In a new process: prepare, give up all rights, and serve requests until the
 * other side of the channel is closed.  The limits are complete.
 */
_Noreturn void
qf_worker_run(const struct qf_content_settings *settings, int channel);

#endif
