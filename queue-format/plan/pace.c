/*
 * pace.c - so many messages in so much time, and no more.
 *
 * All amounts are times: a message costs `each' of it.
 */
#include "pace.h"

bool
qf_pace_start(struct qf_pace *pace, uint64_t count, int64_t span)
{
	int64_t each;

	if (count == 0 ||
	    count > (uint64_t)span / (QF_PACE_SECOND / QF_PACE_MAX))
		return false;
	/* Rounded so that it is never faster. */
	each = span / (int64_t)count + (span % (int64_t)count != 0);
	*pace = (struct qf_pace){
		.each = each,
		.most = each > QF_PACE_SECOND ? each : QF_PACE_SECOND,
		.saved = each,
	};
	return true;
}

static void
fill(struct qf_pace *pace, int64_t now)
{
	int64_t gone = now - pace->last;

	if (!pace->begun) {
		pace->begun = true;
		pace->last = now;
		return;
	}
	if (gone <= 0)
		return;
	pace->last = now;
	pace->saved = gone < pace->most - pace->saved ? pace->saved + gone
						      : pace->most;
}

size_t
qf_pace_may(struct qf_pace *pace, int64_t now)
{
	fill(pace, now);
	return pace->saved < pace->each ? 0
					: (size_t)(pace->saved / pace->each);
}

void
qf_pace_spend(struct qf_pace *pace, size_t count, int64_t now)
{
	fill(pace, now);
	pace->saved -= (int64_t)count * pace->each;
}

int64_t
qf_pace_wait(struct qf_pace *pace, size_t count, int64_t now)
{
	int64_t cost;

	fill(pace, now);
	if (__builtin_mul_overflow((int64_t)count, pace->each, &cost))
		return INT64_MAX;
	return cost > pace->saved ? cost - pace->saved : 0;
}

int64_t
qf_pace_duration(const struct qf_pace *pace, uint64_t count)
{
	int64_t whole = 0;

	/* The first one does not wait. */
	if (count > 1 && __builtin_mul_overflow(pace->each, count - 1, &whole))
		return INT64_MAX / QF_PACE_SECOND;
	return whole / QF_PACE_SECOND;
}
