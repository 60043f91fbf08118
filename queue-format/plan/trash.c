/*
 * trash.c - the names of messages in the trash.
 */
#include "trash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const origins[] = {
	"maildrop", "incoming", "active", "deferred", "hold", QF_TRASH_RETURNED,
};
#define ORIGINS (sizeof(origins) / sizeof(origins[0]))

static bool
is_origin(const char *text, size_t len)
{
	for (size_t i = 0; i < ORIGINS; i++) {
		if (strlen(origins[i]) == len &&
		    memcmp(origins[i], text, len) == 0)
			return true;
	}
	return false;
}

bool
qf_trash_name(const char *origin, const char *id, const struct qf_job_id *job,
	      char name[QF_TRASH_NAME_MAX + 1])
{
	char text[QF_JOB_ID_TEXT];
	int len;

	qf_job_id_text(job, text);
	len = snprintf(name, QF_TRASH_NAME_MAX + 1, "%s.%s.%s", origin, id,
		       text);
	return len > 0 && len <= QF_TRASH_NAME_MAX;
}

/* An id of Postfix has no dot in it. */
bool
qf_trash_read(const char *name, struct qf_trashed *trashed)
{
	const char *id = strchr(name, '.');
	const char *job = id == NULL ? NULL : strchr(id + 1, '.');
	size_t len;

	if (job == NULL || !is_origin(name, (size_t)(id - name)) ||
	    !qf_job_id_read(job + 1, &trashed->job))
		return false;
	memcpy(trashed->origin, name, (size_t)(id - name));
	trashed->origin[id - name] = '\0';
	id++;
	len = (size_t)(job - id);
	if (len == 0 || len > QF_QUEUE_ID_MAX)
		return false;
	memcpy(trashed->id, id, len);
	trashed->id[len] = '\0';
	return qf_queue_id_ok(trashed->id);
}

int64_t
qf_trash_time(const struct qf_trashed *trashed)
{
	uint64_t time = 0;

	for (int i = 0; i < 8; i++)
		time = time << 8 | trashed->job.bytes[i];
	return time > INT64_MAX ? INT64_MAX : (int64_t)time;
}

enum qf_status
qf_trash_list(const struct qf_spool *spool,
	      enum qf_status (*take)(void *context, const char *name,
				     const struct qf_trashed *trashed),
	      void *context, struct qf_error *err)
{
	DIR *dir = NULL;
	enum qf_status status = qf_spool_directory(spool, QF_TRASH, &dir, err);

	if (status == QF_GONE || status == QF_ABSENT)
		return QF_OK;
	while (status == QF_OK) {
		const struct dirent *entry;
		struct qf_trashed trashed;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL && errno != 0)
			status = qf_system(err, "%s", QF_TRASH);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, QF_TRASH_ASIDE) == 0)
			continue;
		status = take(context, entry->d_name,
			      qf_trash_read(entry->d_name, &trashed) ? &trashed
								     : NULL);
	}
	if (dir != NULL)
		closedir(dir);
	return status;
}
