/*
 * holder.h - who put the messages on hold that a listing shows, and why.
 *
 * Joins what no other part knows together: a listing has messages, and the
 * journal what was done to some of them.  A journal is opened only for who
 * asks for it, and asked only about messages on hold.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <pthread.h>

#include "mailq-tools/access.h"
#include "mailq-tools/tool.h"
#include "queue-format/filter.h"
#include "queue-format/journal.h"

struct holder {
	/* To be set before holder_open(). */
	struct tool *tool;
	struct access *access;
	bool must;  /* a selection, or groups: unknown is no answer */
	bool quiet; /* nobody asks for it by name */

	/* State. */
	pthread_mutex_t lock; /* of the journals, and what follows */
	bool open;
	bool known[ACCESS_MAX];			 /* by instance */
	struct qf_journal *journals[ACCESS_MAX]; /* NULL: there is none */
	struct qf_error failure;		 /* the first one of reading */
};

/*
 * Open the journals, and let the filter find holders in them, if it has to
 * know any (QF_PART_HOLDER in its parts or stages) and one of these queues
 * (QF_QUEUE_BIT()s) can have some; to be called for each listing.  What cannot
 * be known is told once; with `must' it ends the program.
 */
void
holder_join(struct holder *holder, unsigned queues, struct qf_filter *filter);

/* Complain about what went wrong meanwhile; to be called at the end. */
void holder_report(struct holder *holder);

/*
 * Who put this message on hold; its id, inode and birth are known.  Empty
 * where that was not done with this journal: by somebody else, or so long ago
 * that it was forgotten.
 *
 * What came back from the trash is held by who did so before it was deleted;
 * by who restored it only where nobody is known who did.
 */
enum qf_status holder_find(struct qf_journal *journal,
			   const struct qf_message *message,
			   struct qf_arena *arena, struct qf_holder *found,
			   struct qf_error *err);

#endif
