/*
 * marks.c - what a message's own file says about its state.
 */
#include "work.h"

#include "queue-format/postfix/envelope.h"

/*
 * A return may be under way within a minute of the time when the lifetime is
 * over: the clock of the queue manager is a little behind or ahead.
 */
#define MARGIN 60

/* When qmgr(8) returns what it could not deliver. */
static int64_t
expiry(const struct work *work, const struct qf_envelope *env,
       const struct change *c)
{
	int64_t created = env->created;
	bool is_bounce = env->sender != NULL && *env->sender == '\0';

	if (created <= 0)
		created = env->arrival > 0 ? env->arrival : c->pin.modified;
	return created + (is_bounce ? work->config->bounce_queue_lifetime
				    : work->config->maximal_queue_lifetime);
}

/*
 * Of a damaged file nobody knows who is left; qmgr(8) puts such a file aside,
 * so that it is never one that has been delivered.
 */
static void
count(const struct qf_envelope *env, bool damaged, struct marks *marks)
{
	for (size_t i = 0; i < env->recipient_count; i++) {
		if (env->recipients[i].done)
			marks->done++;
		else
			marks->left++;
	}
	if (damaged && marks->left == 0)
		marks->left = 1;
}

static enum qf_status
read_envelope(struct work *work, const struct change *c, bool recipients,
	      struct qf_envelope *env, struct qf_error *err)
{
	qf_arena_empty(&work->arena, 1 << 16);
	qf_reader_start(work->reader, c->pin.fd, (off_t)c->pin.size, false);
	return qf_envelope_read(work->reader,
				recipients ? QF_ENVELOPE_RECIPIENTS
					   : QF_ENVELOPE_SENDER,
				&work->arena, env, err);
}

enum qf_status
qf_plan_marks(struct work *work, const struct change *c, bool recipients,
	      struct marks *marks, struct qf_error *err)
{
	struct qf_envelope env = { 0 };
	enum qf_status status;

	*marks = (struct marks){ 0 };
	status = read_envelope(work, c, recipients, &env, err);
	if (status != QF_OK && status != QF_CORRUPT)
		return status;
	count(&env, status == QF_CORRUPT, marks);
	marks->expires = expiry(work, &env, c);
	marks->warn = env.warn > 0 ? env.warn : 0;
	marks->arrival = env.arrival;
	marks->sender = env.sender;
	return QF_OK;
}

bool
qf_plan_is_due(mode_t mode, const struct marks *marks, int64_t now)
{
	return (mode & QF_MODE_EXPIRE) != 0 || marks->expires <= now + MARGIN ||
	       (marks->warn > 0 && marks->warn <= now + MARGIN);
}

enum qf_status
qf_plan_is_partial(struct work *work, const struct change *c, const char *id,
		   bool *partial, struct qf_error *err)
{
	struct qf_envelope env = { 0 };
	struct qf_message m = { .id = id };
	struct qf_logs logs;
	enum qf_status status = qf_action_logs(work->action, id, &logs, err);

	*partial = false;
	if (status != QF_OK || logs.defer == 0)
		return status;
	status = read_envelope(work, c, true, &env, err);
	if (status == QF_OK || status == QF_CORRUPT)
		status = qf_recipients_fill(work->recipients, &work->arena,
					    &env, &m, true, err);
	/* Damage is at some place in it; where there is none, it was not read. */
	if (status == QF_OK && m.fault != NULL && m.fault_offset < 0)
		return qf_fail(err, QF_SYSTEM, "%s", m.fault);
	for (size_t i = 0; status == QF_OK && i < m.left_count; i++)
		*partial |= m.left[i].state == QF_RECIPIENT_WAITING;
	return status;
}
