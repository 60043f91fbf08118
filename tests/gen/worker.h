/*
 * worker.h - write described messages into a spool, with all that belongs
 * to them: the queue file, its logs, and a line in the manifest.
 */
#ifndef GEN_WORKER_H
#define GEN_WORKER_H

#include <stdio.h>

#include "mail.h"
#include "queue_file.h"
#include "rng.h"

/* Each thread has one of its own. */
struct worker {
	const struct spool *spool;
	FILE *manifest; /* shared; NULL: none */
	time_t now;
	struct arena arena; /* for one message at a time */
	struct queue_file file;
	struct bytes scratch;
	struct rng rng;
};

void worker_free(struct worker *w);

/* Write it and forget all that is in the arena. */
void worker_post(struct worker *w, struct mail *m);

/* A message in `queue' that arrived so many seconds ago. */
struct mail worker_mail(struct worker *w, enum queue queue, long age);

/*
 * Say when this deferred (or, after that, held) message was tried last and
 * will be tried next, as qmgr decides it.
 */
void worker_schedule(struct worker *w, struct mail *m);

#endif
