/*
 * stage.c - messages that come from elsewhere are put together.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/action.h"
#include "queue-format/postfix/queue_id.h"

static const char *const logs[] = { "defer", "bounce", "trace" };
#define LOGS (sizeof(logs) / sizeof(logs[0]))

struct qf_stage {
	const struct qf_spool *spool;
	struct qf_action *action;
	char key[QF_QUEUE_ID_MAX + 1]; /* "": no message is begun */
	int message;
	int log; /* that is being written, or -1 */
};

struct qf_stage *
qf_stage_new(const struct qf_spool *spool)
{
	struct qf_stage *stage = calloc(1, sizeof(*stage));

	if (stage == NULL)
		return NULL;
	stage->spool = spool;
	stage->message = stage->log = -1;
	stage->action = qf_action_new(spool);
	if (stage->action != NULL)
		return stage;
	free(stage);
	return NULL;
}

static void
close_files(struct qf_stage *stage)
{
	if (stage->message >= 0)
		close(stage->message);
	if (stage->log >= 0)
		close(stage->log);
	stage->message = stage->log = -1;
}

void
qf_stage_free(struct qf_stage *stage)
{
	if (stage == NULL)
		return;
	qf_stage_drop(stage);
	qf_action_free(stage->action);
	free(stage);
}

/*
 * Another import, while this one has begun already.  What a dead one has
 * staged may not be removed before it is known what became of that.
 */
struct others {
	const struct qf_job_id *job;
	char text[QF_JOB_ID_TEXT];
	bool found;
};

static enum qf_status
look_at_job(void *context, const struct qf_job *job, bool is_alive)
{
	struct others *others = context;

	(void)is_alive;
	if (job->state != QF_JOB_RUNNING ||
	    strcmp(job->action, qf_verb_name(QF_IMPORT)) != 0 ||
	    memcmp(job->id.bytes, others->job->bytes, sizeof(job->id.bytes)) ==
		    0)
		return QF_OK;
	qf_job_id_text(&job->id, others->text);
	others->found = true;
	return QF_STOPPED;
}

enum qf_status
qf_stage_claim(struct qf_journal *journal, const struct qf_job_id *job,
	       struct qf_error *err)
{
	struct others others = { .job = job };
	enum qf_status status =
		qf_journal_jobs(journal, look_at_job, &others, err);

	if (others.found)
		return qf_fail(err, QF_BUSY,
			       "another import is at work, or its program has "
			       "died and nobody could bring it to its end "
			       "(job %.16s): try again later",
			       others.text);
	return status;
}

/* The logs first: as long as it has its name, somebody looks for them. */
void
qf_stage_remove(struct qf_stage *stage, const char *key)
{
	bool done = true;

	for (size_t i = 0; i < LOGS; i++) {
		enum qf_status status =
			qf_action_discard(stage->action, logs[i], key, NULL);

		done = done && (status == QF_OK || status == QF_GONE);
	}
	if (done)
		(void)!qf_action_discard(stage->action, QF_STAGE, key, NULL);
}

/* A name of ours has that form; what else is there is somebody else's. */
static enum qf_status
clear_all(struct qf_stage *stage, DIR *dir, struct qf_error *err)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? qf_system(err, "%s", QF_STAGE)
					  : QF_OK;
		if (qf_queue_id_ok(entry->d_name))
			qf_stage_remove(stage, entry->d_name);
	}
}

enum qf_status
qf_stage_clear(struct qf_stage *stage, struct qf_error *err)
{
	DIR *dir = NULL;
	enum qf_status status =
		qf_spool_directory(stage->spool, QF_STAGE, &dir, err);

	if (status == QF_OK)
		status = clear_all(stage, dir, err);
	if (dir != NULL)
		closedir(dir);
	return status;
}

enum qf_status
qf_stage_begin(struct qf_stage *stage, const char *key, struct qf_error *err)
{
	enum qf_status status;

	if (strlen(key) >= sizeof(stage->key) || !qf_queue_id_ok(key))
		return qf_fail(err, QF_INVALID, "not a name for the stage");
	status = qf_action_create(stage->action, QF_STAGE, key, &stage->message,
				  err);
	if (status == QF_OK)
		snprintf(stage->key, sizeof(stage->key), "%s", key);
	return status;
}

/* A log is what bounce(8) would have made, with its mode. */
static enum qf_status
end_log(struct qf_stage *stage, struct qf_error *err)
{
	if (stage->log < 0)
		return QF_OK;
	return qf_action_complete(stage->action, &stage->log, 0600, NULL, err);
}

enum qf_status
qf_stage_log(struct qf_stage *stage, const char *folder, struct qf_error *err)
{
	enum qf_status status = end_log(stage, err);

	if (status == QF_OK)
		status = qf_action_create(stage->action, folder, stage->key,
					  &stage->log, err);
	return status;
}

enum qf_status
qf_stage_write(struct qf_stage *stage, const void *data, size_t len,
	       struct qf_error *err)
{
	return qf_action_write(stage->action,
			       stage->log >= 0 ? stage->log : stage->message,
			       data, len, err);
}

enum qf_status
qf_stage_end(struct qf_stage *stage, bool expire, struct qf_chosen *chosen,
	     struct qf_error *err)
{
	mode_t mode = QF_MODE_READY | (expire ? QF_MODE_EXPIRE : 0);
	struct qf_pin pin = { .fd = -1 };
	enum qf_status status = end_log(stage, err);

	if (status == QF_OK)
		status = qf_action_complete(stage->action, &stage->message,
					    mode, &pin, err);
	if (status != QF_OK)
		return status;
	chosen->inode = pin.identity.inode;
	chosen->birth = pin.identity.birth;
	stage->key[0] = '\0';
	return QF_OK;
}

void
qf_stage_drop(struct qf_stage *stage)
{
	close_files(stage);
	if (stage->key[0] != '\0')
		qf_stage_remove(stage, stage->key);
	stage->key[0] = '\0';
}

enum qf_status
qf_stage_sync(struct qf_stage *stage, struct qf_error *err)
{
	return qf_action_sync(stage->action, err);
}
