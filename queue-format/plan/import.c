/*
 * import.c - a message that was staged gets an id, and a place in a queue.
 */
#include "work.h"

#include <string.h>

/*
 * As in a release: by a log that leaves out somebody nobody returns a message
 * that is marked.  On hold it is looked at when it is released.
 */
static enum qf_status
look_at_log(struct work *work, struct change *c, struct qf_error *err)
{
	if ((c->pin.mode & QF_MODE_EXPIRE) == 0)
		return QF_OK;
	return qf_plan_is_partial(work, c, c->id, &c->leaves_log, err);
}

/* Nobody here has ever known it: there is nobody to wait for. */
void
qf_plan_import(struct work *work, struct change *c)
{
	struct qf_error err;
	enum qf_status status =
		qf_plan_new_id(work, c->pin.identity.inode, c->to_id, &err);

	if (status == QF_OK && work->plan->release)
		status = look_at_log(work, c, &err);
	if (status != QF_OK) {
		qf_plan_failed(work, c, &err);
		return;
	}
	memcpy(c->logs_id, c->id, sizeof(c->logs_id));
	qf_plan_ready(work, c, work->plan->release ? "deferred" : "hold",
		      c->to_id, QF_OUTCOME_DONE);
}
