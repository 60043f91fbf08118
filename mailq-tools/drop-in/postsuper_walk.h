/*
 * postsuper_walk.h - all that lies in the directories of the queue.
 */
#ifndef DROP_IN_POSTSUPER_WALK_H
#define DROP_IN_POSTSUPER_WALK_H

#include "postsuper.h"

/* Through one queue after the other. */
struct walk {
	struct postsuper *p;
	/* Anything that is no directory. */
	void (*look)(struct walk *w, const char *path, const struct stat *st,
		     const struct qf_structure *verdict);
	/* Before the program ends in the middle of a queue; or NULL. */
	void (*stop)(struct walk *w);
	void *context;

	const struct postsuper_queue *queue;
	unsigned depth;
	bool may_come_again; /* there may be another pass */
	bool comes_again;    /* it is needed: a name was taken */
	uint64_t left;	     /* messages that are being received */
};

void walk_queue(struct walk *w, const char *name);

/* It is not there any more, or it was removed: true. */
bool walk_remove(struct walk *w, const char *path, const struct stat *st);

/*
 * Was it moved?  Tells what came of it; a name that is taken stays so.  Ends
 * the program where Postfix would.
 */
bool walk_moved(struct walk *w, enum qf_status status, const char *from,
		const char *to, const struct qf_error *err);

/* As Postfix would tell it. */
const char *walk_why(const struct qf_error *err);

#endif
