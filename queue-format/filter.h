/*
 * filter.h - what a listing is asked for.
 *
 * A message becomes known part by part, the cheap ones first.  Between two
 * parts the filter may say that it has seen enough, so that a question about
 * names opens no file.
 */
#ifndef QF_FILTER_H
#define QF_FILTER_H

#include "message.h"

enum qf_verdict {
	QF_UNDECIDED, /* needs a part that is not known yet */
	QF_TAKE,
	QF_DROP,
};

struct qf_filter {
	/* Parts to be known of each message that is given out. */
	unsigned parts;

	/*
	 * Asked each time one of `stages' (QF_PART_*) has become known of a
	 * message, until it decides; message->parts says what is known.  It
	 * is called from several threads at once.  NULL: all are taken.
	 * Undecided at the end is a drop.
	 */
	unsigned stages;
	enum qf_verdict (*test)(void *context,
				const struct qf_message *message);
	void *context;

	/*
	 * Fills in message->holder, with strings that live in the arena, or
	 * leaves it empty: nobody is known.  False: nobody can know.  Called
	 * from several threads at once, but only with QF_PART_HOLDER in parts
	 * or stages, and of a message on hold that all the rest has left in;
	 * its inode and birth are known then.  NULL: nobody can know.
	 */
	bool (*find_holder)(void *context, struct qf_message *message,
			    struct qf_arena *arena);
	void *holder_context;

	/*
	 * Give addresses and reasons just as Postfix's own listing would:
	 * its replacement of bytes, its limit on telling duplicates.
	 */
	bool as_showq;
};

/*
 * For stores: `part' of the message has become known, as message->parts says
 * already.  Ask the filter if it wants to be asked then.  `*taken' is false
 * at first, and true from the time it has taken the message.
 *
 * QF_OK   go on
 * QF_END  it does not want the message
 */
enum qf_status qf_filter_ask(const struct qf_filter *filter,
			     const struct qf_message *message,
			     enum qf_part part, bool *taken);

/*
 * For stores: what has to be read of this message for the filter, as parts
 * that a store can know.
 */
unsigned qf_filter_parts(const struct qf_filter *filter,
			 const struct qf_message *message, bool taken);

/*
 * For stores: all of these parts are known.  Asks for what no store knows, and
 * says what has become of the message; as above, but undecided is a drop.
 */
enum qf_status qf_filter_finish(const struct qf_filter *filter,
				struct qf_message *message,
				struct qf_arena *arena, bool taken);

#endif
