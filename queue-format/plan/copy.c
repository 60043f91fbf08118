/*
 * copy.c - a message as it is, with its logs.
 */
#include "copy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/quiet.h"
#include "queue-format/postfix/wake.h"
#include "work.h"

static const char *const names[QF_COPY_FILES] = { "message", "defer", "bounce",
						  "trace" };

struct qf_copier {
	struct qf_plan plan;
	struct qf_plan_result result;
	struct work work;
	struct change *change;
	bool asked_qmgr;
	bool is_down;
};

struct qf_copier *
qf_copier_new(const struct qf_spool *spool, struct qf_journal *journal)
{
	struct qf_copier *copier = calloc(1, sizeof(*copier));

	if (copier == NULL)
		return NULL;
	copier->plan = (struct qf_plan){
		.spool = spool,
		.journal = journal,
	};
	if (qf_plan_work_open(&copier->work, &copier->plan, 1, NULL) != QF_OK) {
		free(copier);
		return NULL;
	}
	copier->work.verb = QF_HOLD;
	copier->work.result = &copier->result;
	return copier;
}

void
qf_copier_free(struct qf_copier *copier)
{
	if (copier == NULL)
		return;
	qf_plan_work_close(&copier->work);
	free(copier);
}

/* A rescued queue has messages that were active when their machine died. */
static bool
is_down(struct qf_copier *copier)
{
	if (!copier->asked_qmgr)
		copier->is_down = qf_wake(copier->plan.spool, "qmgr", "",
					  NULL) == QF_DOWN;
	copier->asked_qmgr = true;
	return copier->is_down;
}

/* The same message may be asked for under a name that it had. */
static enum qf_status
find(struct qf_copier *copier, const struct qf_chosen *chosen,
     struct qf_error *err)
{
	struct work *work = &copier->work;
	struct change *c;

	if (work->count > 0)
		qf_action_unpin(&work->changes[0].pin);
	work->count = 0;
	c = copier->change = qf_plan_add(work);
	if (strlen(chosen->id) >= sizeof(c->id))
		return qf_fail(err, QF_UNSAFE, "no queue id");
	memcpy(c->id, chosen->id, strlen(chosen->id) + 1);
	c->chosen = chosen;
	c->queue = chosen->queue;
	c->wanted.inode = chosen->inode;
	c->wanted.birth = chosen->birth;
	if (qf_plan_find(work, c))
		return QF_OK;
	return qf_fail(err,
		       c->outcome == QF_OUTCOME_GONE	  ? QF_GONE
		       : c->outcome == QF_OUTCOME_WRITING ? QF_BUSY
							  : QF_UNSAFE,
		       "%s", c->text);
}

/*
 * What somebody has put on hold a moment ago may still be delivered.  In a
 * queue that qmgr(8) reads no lock and no lease may be taken: there it is the
 * time of its last change that tells, when all is read.
 */
static enum qf_status
is_at_rest(struct qf_copier *copier, struct qf_error *err)
{
	const struct change *c = copier->change;
	enum qf_status status;

	switch (c->queue) {
	case QF_QUEUE_DEFERRED:
		return QF_OK;
	case QF_QUEUE_HOLD:
		status = qf_quiet_look(c->pin.fd, err);
		if (status == QF_BUSY)
			return qf_fail(err, QF_BUSY,
				       "on hold, but still being delivered: "
				       "try again");
		return status == QF_ABSENT ? QF_OK : status;
	case QF_QUEUE_ACTIVE:
	case QF_QUEUE_INCOMING:
		if (is_down(copier))
			return QF_OK;
		return qf_fail(err, QF_BUSY,
			       "being delivered: put it on hold first");
	case QF_QUEUE_MAILDROP:
		return qf_fail(err, QF_UNSAFE,
			       "in maildrop: Postfix has not taken it yet");
	default:
		return qf_fail(err, QF_UNSAFE,
			       "damaged: Postfix has put it aside in corrupt");
	}
}

static enum qf_status
open_log(struct qf_copier *copier, const char *id, struct qf_copy *copy,
	 size_t i, struct qf_error *err)
{
	const struct qf_spool *spool = copier->plan.spool;
	char path[QF_SPOOL_PATH_MAX];
	enum qf_status status;
	struct stat st;

	qf_spool_path(spool, names[i], id, path);
	status = qf_spool_file(spool, path, &copy->files[i].fd, &st, err);
	if (status == QF_OK)
		copy->files[i].size = st.st_size;
	return status == QF_GONE ? QF_OK : status;
}

static enum qf_status
open_logs(struct qf_copier *copier, struct qf_copy *copy, struct qf_error *err)
{
	struct change *c = copier->change;
	struct past past;
	enum qf_status status = qf_plan_remember(&copier->work, c, &past, err);

	for (size_t i = 1; i < QF_COPY_FILES && status == QF_OK; i++)
		status = open_log(copier, c->logs_id, copy, i, err);
	return status;
}

enum qf_status
qf_copy_open(struct qf_copier *copier, const struct qf_chosen *chosen,
	     struct qf_copy *copy, struct qf_error *err)
{
	const struct change *c;
	enum qf_status status;

	*copy = (struct qf_copy){ .folder = NULL };
	for (size_t i = 0; i < QF_COPY_FILES; i++) {
		copy->files[i].name = names[i];
		copy->files[i].fd = -1;
	}
	status = find(copier, chosen, err);
	c = copier->change;
	if (status == QF_OK)
		status = is_at_rest(copier, err);
	if (status == QF_OK)
		status = open_logs(copier, copy, err);
	if (status != QF_OK) {
		qf_copy_close(copy);
		return status;
	}
	copy->folder = c->folder;
	copy->id = c->id;
	copy->expire = (c->pin.mode & QF_MODE_EXPIRE) != 0;
	copy->inode = c->pin.identity.inode;
	copy->changed = c->pin.changed;
	copy->files[0].fd = c->pin.fd;
	copy->files[0].size = c->pin.size;
	copier->change->pin.fd = -1;
	return QF_OK;
}

bool
qf_copy_is_same(struct qf_copier *copier, const struct qf_copy *copy)
{
	struct qf_identity identity = { .inode = copy->inode };
	struct qf_pin pin = { .fd = -1 };
	bool is_same =
		qf_action_pin(copier->work.action, copy->folder, copy->id,
			      &identity, &pin, NULL) == QF_OK &&
		pin.changed == copy->changed;

	qf_action_unpin(&pin);
	return is_same;
}

void
qf_copy_close(struct qf_copy *copy)
{
	for (size_t i = 0; i < QF_COPY_FILES; i++) {
		if (copy->files[i].fd >= 0)
			close(copy->files[i].fd);
		copy->files[i].fd = -1;
	}
}
