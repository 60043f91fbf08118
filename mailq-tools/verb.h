/*
 * verb.h - what can be done to messages, in the words that people get.
 */
#ifndef VERB_H
#define VERB_H

#include "queue-format/plan/plan.h"

struct verb {
	const char *before;  /* "put 3 messages on hold": what is before, */
	const char *behind;  /* and what is behind the messages */
	const char *done;    /* "placed on hold" */
	const char *already; /* "already on hold" */
	/*
	 * Where it looks for messages when no queue is named, and no id: where
	 * there is something to do.  QF_QUEUE_BIT()s.
	 */
	unsigned queues;
	bool takes_now; /* can be made to happen at once */
};

const struct verb *verb_words(enum qf_verb verb);

/* What has become of a message; and of many, for a line of sums. */
const char *verb_outcome(enum qf_verb verb, enum qf_outcome outcome);
const char *verb_outcomes(enum qf_verb verb, enum qf_outcome outcome);

/* "gone": for programs. */
const char *verb_outcome_name(enum qf_outcome outcome);

#endif
