/*
 * names.c - an id that a message never had, and nobody has.
 */
#include "work.h"

#include <string.h>
#include <time.h>

#define MAX_TRIES 1000

static enum qf_status
is_free(struct work *work, uint64_t inode, const char *id, bool *free,
	struct qf_error *err)
{
	bool used = false;
	enum qf_status status = qf_action_is_used(work->action, id, &used, err);

	if (status == QF_OK && !used)
		status = qf_journal_knows(work->plan->journal, inode, id, &used,
					  err);
	*free = !used;
	return status;
}

/*
 * The time is that of the renaming, the inode its own, as in each id that
 * Postfix makes: so nobody else can get this name while the message has its
 * inode, and a name that does not fit it would be repaired at the next start
 * (postsuper -s).
 */
enum qf_status
qf_plan_new_id(struct work *work, uint64_t inode, char id[QF_QUEUE_ID_MAX + 1],
	       struct qf_error *err)
{
	struct timespec now;
	int64_t seconds;
	uint32_t micro;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec;
	micro = (uint32_t)(now.tv_nsec / 1000);
	for (int i = 0; i < MAX_TRIES; i++) {
		enum qf_status status;
		bool free = false;

		qf_queue_id_make(work->config->long_queue_ids, seconds, micro,
				 inode, id);
		status = is_free(work, inode, id, &free, err);
		if (status != QF_OK || free)
			return status;
		if (++micro == 1000000) {
			micro = 0;
			seconds++;
		}
	}
	return qf_fail(err, QF_EXISTS, "%s: %d names are taken", id, MAX_TRIES);
}

/* On the way to hold or maildrop it keeps its id: nobody expects another. */
static bool
may_get_another(const struct change *c)
{
	return strcmp(c->to_folder, "deferred") == 0 ||
	       strcmp(c->to_id, c->id) != 0;
}

void
qf_plan_choose_name(struct work *work, struct change *c)
{
	struct qf_error err;
	enum qf_status status = QF_OK;

	if (!may_get_another(c) || ++c->tries > 10) {
		qf_plan_over(work, c, QF_OUTCOME_REFUSED,
			     "another message has this name in %s",
			     c->to_folder);
		return;
	}
	/* The logs of that name are those of who has it. */
	if (strcmp(c->logs_id, c->to_id) == 0)
		c->logs_id[0] = '\0';
	status = qf_plan_new_id(work, c->pin.identity.inode, c->to_id, &err);
	if (status != QF_OK)
		qf_plan_failed(work, c, &err);
	else
		c->stage = STAGE_READY;
}
