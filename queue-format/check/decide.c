/*
 * decide.c - what is done about a finding, and what is not.
 *
 * While a queue manager runs it may remember any id, so that no message gets
 * one back here that it could meet: docs/SAFETY.md.
 */
#include "mend_work.h"

#include <stdio.h>
#include <string.h>

#include "queue-format/plan/trash.h"

void
qf_check_folder_of(const char *path, char folder[QF_QUEUE_ID_MAX + 1])
{
	snprintf(folder, QF_QUEUE_ID_MAX + 1, "%.*s", (int)strcspn(path, "/"),
		 path);
}

const char *
qf_check_name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* What a name may have that is made part of another one. */
static bool
is_plain(const char *name)
{
	return strlen(name) <= 100 &&
	       name[strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_#")] == '\0';
}

/* It says where it was, for when the journal is lost. */
static void
set_aside(const char *path, const struct qf_job_id *job, unsigned number,
	  struct qf_check_decision *decision)
{
	const char *name = qf_check_name_of(path);
	char folder[QF_QUEUE_ID_MAX + 1];
	char id[QF_JOB_ID_TEXT];

	qf_check_folder_of(path, folder);
	qf_job_id_text(job, id);
	decision->cure = QF_CURE_MOVE;
	snprintf(decision->to, sizeof(decision->to), "%s/%s/%.20s.%s.%s.%u",
		 QF_TRASH, QF_TRASH_ASIDE, folder,
		 is_plain(name) ? name : "file", id, number);
}

static const char pickup_has_it[] =
	"pickup(8) may have it open: stop Postfix first";
static const char qmgr_reports[] =
	"qmgr(8) may still have to send a report: stop Postfix first";

static void
not_now(struct qf_check_decision *decision, const char *why)
{
	decision->cure = QF_CURE_LATER;
	decision->to[0] = '\0';
	decision->why = why;
}

static bool
is_in(const char *folder, const char *queue)
{
	return strcmp(folder, queue) == 0;
}

/* What qmgr(8) loads by its name. */
static bool
is_qmgrs(const char *folder)
{
	return is_in(folder, "deferred") || is_in(folder, "active") ||
	       is_in(folder, "incoming");
}

static void
to_right(const struct qf_check_finding *finding,
	 struct qf_check_decision *decision)
{
	if (finding->right[0] == '\0')
		return;
	decision->cure = QF_CURE_MOVE;
	snprintf(decision->to, sizeof(decision->to), "%s", finding->right);
}

/* Postfix does not see it as it is; so on hold it loses nothing. */
static void
decide_unseen(const struct qf_check_finding *finding, const char *folder,
	      bool remembers, struct qf_check_decision *decision)
{
	to_right(finding, decision);
	if (!remembers || !qf_structure_has_messages(folder))
		return;
	if (is_in(folder, "maildrop")) {
		not_now(decision, pickup_has_it);
		return;
	}
	if (!is_qmgrs(folder) || finding->right[0] == '\0')
		return;
	snprintf(decision->to, sizeof(decision->to), "hold/%s",
		 qf_check_name_of(finding->right));
	decision->release = true;
	decision->why = "on hold, to be released";
}

/* Is there a report under its id that a queue manager may have to send? */
static bool
has_report(const struct qf_spool *spool, const char *id)
{
	static const char *const folders[] = { "bounce", "trace" };
	char path[QF_SPOOL_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		qf_spool_path(spool, folders[i], id, path);
		if (qf_spool_stat(spool, path, &st, NULL) != QF_GONE)
			return true;
	}
	return false;
}

static void
decide_name(const struct qf_spool *spool,
	    const struct qf_check_finding *finding, const char *folder,
	    bool remembers, struct qf_check_decision *decision)
{
	if (remembers && is_in(folder, "maildrop")) {
		not_now(decision, pickup_has_it);
	} else if (remembers &&
		   has_report(spool, qf_check_name_of(finding->path))) {
		not_now(decision, qmgr_reports);
	} else if (remembers && is_qmgrs(folder)) {
		decision->cure = QF_CURE_HOLD;
		decision->why = "to be held and released";
	} else {
		to_right(finding, decision);
		decision->with_logs = true;
	}
}

/* Which of the two is to be delivered, only a person knows. */
static void
decide_twin(const struct qf_spool *spool,
	    const struct qf_check_finding *finding, const char *folder,
	    bool remembers, struct qf_check_decision *decision)
{
	const char *id = qf_check_name_of(
		finding->right[0] == '\0' ? finding->path : finding->right);
	char made[QF_QUEUE_ID_MAX + 1];
	int64_t seconds = 0;
	uint32_t micro = 0;

	if (remembers && !is_in(folder, "hold") && !is_in(folder, "deferred")) {
		not_now(decision, "Postfix works on it: stop Postfix first");
		return;
	}
	(void)qf_queue_id_time(id, &seconds, &micro);
	qf_queue_id_make(qf_spool_config(spool)->long_queue_ids,
			 seconds < 0 ? 0 : seconds, micro, finding->inode,
			 made);
	decision->cure = QF_CURE_MOVE;
	snprintf(decision->to, sizeof(decision->to), "hold/%s", made);
	decision->why = "on hold: compare it with the other one";
}

/* The report of a queue manager that still runs may need it. */
static bool
may_be_owed(const char *folder, bool remembers)
{
	return remembers && (is_in(folder, "bounce") || is_in(folder, "trace"));
}

/* Where its message has a newer one, that counts. */
static void
decide_log(const struct qf_spool *spool, const struct qf_check_finding *finding,
	   const char *folder, bool remembers, const struct qf_job_id *job,
	   unsigned number, struct qf_check_decision *decision)
{
	struct stat st;

	if (may_be_owed(folder, remembers))
		not_now(decision, qmgr_reports);
	else if (finding->kind == QF_CHECK_LOG_RENAMED &&
		 qf_spool_stat(spool, finding->right, &st, NULL) == QF_GONE)
		to_right(finding, decision);
	else
		set_aside(finding->path, job, number, decision);
}

static void
decide_mode(const struct qf_spool *spool,
	    const struct qf_check_finding *finding, const char *folder,
	    bool remembers, struct qf_check_decision *decision)
{
	struct stat st;

	if (qf_spool_stat(spool, finding->path, &st, NULL) != QF_OK)
		return;
	if (remembers && is_in(folder, "active")) {
		not_now(decision, "qmgr(8) may change it, too: stop Postfix "
				  "first");
		return;
	}
	decision->cure = QF_CURE_MODE;
	decision->why = "has its mode";
	if (!qf_structure_has_messages(folder))
		decision->mode = 0600;
	else if (is_in(folder, "maildrop"))
		decision->mode = st.st_mode & 0755;
	else
		decision->mode =
			QF_MODE_READY |
			(st.st_mode & (QF_MODE_EXPIRE | QF_MODE_UNTHROTTLE));
}

/* Until now no qmgr could load it, whatever it remembers of its id. */
static void
decide_ready(const struct qf_check_finding *finding, const char *folder,
	     bool remembers, struct qf_check_decision *decision)
{
	(void)folder;
	decision->mode = QF_MODE_READY;
	decision->cure = QF_CURE_MODE;
	decision->why = "has its mode";
	if (!remembers)
		return;
	snprintf(decision->to, sizeof(decision->to), "hold/%s",
		 qf_check_name_of(finding->path));
	decision->release = true;
	decision->cure = QF_CURE_MOVE;
	decision->why = "on hold, to be released";
}

void
qf_check_decide(const struct qf_spool *spool,
		const struct qf_check_finding *finding, bool remembers,
		const struct qf_job_id *job, unsigned number,
		struct qf_check_decision *decision)
{
	char folder[QF_QUEUE_ID_MAX + 1];

	*decision = (struct qf_check_decision){ .why = "" };
	qf_check_folder_of(finding->path, folder);
	switch (finding->kind) {
	case QF_CHECK_WRONG_PLACE:
	case QF_CHECK_FIX_LEFT:
		decide_unseen(finding, folder, remembers, decision);
		break;
	case QF_CHECK_WRONG_INODE:
	case QF_CHECK_LONG_ID:
		decide_name(spool, finding, folder, remembers, decision);
		break;
	case QF_CHECK_TWO_QUEUES:
		decide_twin(spool, finding, folder, remembers, decision);
		break;
	case QF_CHECK_LOG_RENAMED:
	case QF_CHECK_LOG_ORPHAN:
		decide_log(spool, finding, folder, remembers, job, number,
			   decision);
		break;
	case QF_CHECK_FILE_MODE:
		decide_mode(spool, finding, folder, remembers, decision);
		break;
	case QF_CHECK_NOT_READY:
		decide_ready(finding, folder, remembers, decision);
		break;
	case QF_CHECK_FUTURE:
		decision->cure = QF_CURE_TIME;
		decision->why = "to be tried now";
		break;
	case QF_CHECK_STALE:
	case QF_CHECK_NOT_PLAIN:
	case QF_CHECK_FOREIGN_FILE:
		set_aside(finding->path, job, number, decision);
		break;
	case QF_CHECK_FOREIGN_FOLDER:
	case QF_CHECK_DEEP_FOLDER:
		decision->cure = QF_CURE_FOLDER;
		decision->why = "it was empty";
		break;
	default:
		break;
	}
}
