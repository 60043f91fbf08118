/*
 * pace.h - so many messages in so much time, and no more.
 *
 * A bucket that fills steadily, and from which each message takes one.  It
 * holds what one second brings, or one message where that is more, and is
 * given a single one to begin with: so 60 in a minute are one in a second, and
 * after a delay of any length no more than a second is made up for.  In any
 * span of time there are never more than the rate gives, and once what the
 * bucket holds.
 *
 * Knows no clock: the time is given to it, in ns of a clock that nobody sets.
 */
#ifndef QF_PLAN_PACE_H
#define QF_PLAN_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_PACE_SECOND INT64_C(1000000000)

/* The highest rate: in a second. */
#define QF_PACE_MAX 1000000

/* Plain value, made by qf_pace_start(). */
struct qf_pace {
	int64_t each;  /* ns from one message to the next */
	int64_t most;  /* ns: what the bucket holds */
	int64_t saved; /* ns: what is in it */
	int64_t last;  /* when it was last filled */
	bool begun;
};

/*
 * `count' messages in `span' ns.  False: none, or more than QF_PACE_MAX in a
 * second.  The time begins with the first question.
 */
bool qf_pace_start(struct qf_pace *pace, uint64_t count, int64_t span);

/* So many may be done now. */
size_t qf_pace_may(struct qf_pace *pace, int64_t now);

/* So many were done, which may have been allowed some time ago. */
void qf_pace_spend(struct qf_pace *pace, size_t count, int64_t now);

/* Until so many may be done, in ns; 0: now. */
int64_t qf_pace_wait(struct qf_pace *pace, size_t count, int64_t now);

/* How long so many take at least, in whole seconds. */
int64_t qf_pace_duration(const struct qf_pace *pace, uint64_t count);

#endif
