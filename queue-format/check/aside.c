/*
 * aside.c - what is ours: messages in the trash, files that were set aside,
 * and jobs.
 */
#include "work.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "queue-format/plan/trash.h"

/* The logs of a deleted message stay until it is purged. */
static enum qf_status
keep_id(void *context, const char *name, const struct qf_trashed *trashed)
{
	struct qf_check_look *look = context;
	char path[sizeof(QF_TRASH) + NAME_MAX + 1];

	if (trashed != NULL) {
		int64_t when = qf_trash_time(trashed) / 1000000;

		qf_check_keep_id(look, trashed->id, strlen(trashed->id));
		if (look->trashed++ == 0 || when < look->oldest)
			look->oldest = when;
		return QF_OK;
	}
	snprintf(path, sizeof(path), "%s/%s", QF_TRASH, name);
	qf_check_note_path(look, QF_CHECK_TRASH_STRANGE, path, "");
	return QF_OK;
}

static void
check_aside(struct qf_check_look *look)
{
	static const char folder[] = QF_TRASH "/" QF_TRASH_ASIDE;
	int64_t oldest = look->check->now - look->check->trash_days * 86400;
	const struct dirent *entry;
	DIR *dir = NULL;
	struct stat st;

	if (qf_spool_directory(look->check->spool, folder, &dir, NULL) != QF_OK)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char path[sizeof(folder) + NAME_MAX + 1];

		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_ctime > oldest)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		qf_check_note_path(look, QF_CHECK_ASIDE_OLD, path, "");
	}
	closedir(dir);
}

/* Its retention is a promise, but for who purges it a rule of thumb. */
static void
check_purged(struct qf_check_look *look)
{
	int64_t age = look->check->now - look->oldest;
	uint64_t most = look->check->trash_messages;
	char text[100];

	if (look->trashed == 0 || (age <= 2 * look->check->trash_days * 86400 &&
				   (most == 0 || look->trashed <= most)))
		return;
	snprintf(text, sizeof(text), "%llu messages, the oldest for %lld days",
		 (unsigned long long)look->trashed, (long long)(age / 86400));
	qf_check_note_path(look, QF_CHECK_TRASH_OVERDUE, QF_TRASH, text);
}

void
qf_check_trash(struct qf_check_look *look)
{
	struct qf_error err;

	if (qf_trash_list(look->check->spool, keep_id, look, &err) != QF_OK)
		qf_check_unknown(look, &err);
	if (look->check->trash_days == 0)
		return;
	check_purged(look);
	check_aside(look);
}

static enum qf_status
look_at_job(void *context, const struct qf_job *job, bool is_alive)
{
	struct qf_check_look *look = context;
	char id[QF_JOB_ID_TEXT];
	char text[100];

	if (job->state != QF_JOB_RUNNING || is_alive)
		return QF_OK;
	qf_job_id_text(&job->id, id);
	snprintf(text, sizeof(text), "job %.16s, %.20s", id, job->action);
	qf_check_note_path(look, QF_CHECK_DEAD_JOB, id, text);
	return QF_OK;
}

void
qf_check_journal(struct qf_check_look *look)
{
	struct qf_error err;

	if (look->check->journal != NULL &&
	    qf_journal_jobs(look->check->journal, look_at_job, look, &err) !=
		    QF_OK)
		qf_check_note_path(look, QF_CHECK_JOURNAL, "", err.text);
}
