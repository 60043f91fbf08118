/*
 * restore.c - a message that comes back from the trash.
 */
#include "work.h"

#include <string.h>

/*
 * pickup(8) reads a message that it has opened to its end, wherever it is by
 * then, and nobody can see that.
 */
#define PICKUP_SECONDS 60

static void
restore_to_maildrop(struct work *work, struct change *c)
{
	int64_t age = work->now - c->pin.changed / 1000000000;

	if (age >= 0 && age < PICKUP_SECONDS && !qf_plan_is_down(work))
		qf_plan_over(work, c, QF_OUTCOME_BUSY,
			     "pickup(8) may still be reading it: restore it "
			     "in %d seconds",
			     (int)(PICKUP_SECONDS - age));
	else
		qf_plan_ready(work, c, "maildrop", c->id, QF_OUTCOME_DONE);
}

/* What was on hold is looked at when it is released. */
void
qf_plan_restore(struct work *work, struct change *c)
{
	struct qf_trashed trashed;

	if (!qf_trash_read(c->trash_name, &trashed))
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "not a message of the trash");
	else if (strcmp(trashed.origin, QF_TRASH_RETURNED) == 0)
		qf_plan_over(work, c, QF_OUTCOME_RETURNED,
			     "returned to its sender when it was taken: stays "
			     "in the trash");
	else if (strcmp(trashed.origin, "hold") == 0)
		qf_plan_ready(work, c, "hold", c->id, QF_OUTCOME_DONE);
	else if (strcmp(trashed.origin, "maildrop") == 0)
		restore_to_maildrop(work, c);
	else
		qf_plan_quiet(work, c);
}
