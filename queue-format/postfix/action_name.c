/*
 * action_name.c - the names that a step is given, and whose they are.
 */
#include "action_work.h"

#include <string.h>

#include "queue-format/postfix/queue_id.h"

/* Where only names that Postfix can read may be. */
static const char *const postfix_folders[] = {
	"maildrop", "incoming", "active", "deferred", "hold",
	"corrupt",  "defer",	"bounce", "trace"
};
#define POSTFIX_FOLDERS (sizeof(postfix_folders) / sizeof(postfix_folders[0]))

enum qf_status
qf_action_path(const struct qf_action *action, const char *folder,
	       const char *id, char path[QF_SPOOL_PATH_MAX],
	       struct qf_error *err)
{
	size_t room = QF_SPOOL_PATH_MAX - 2 * QF_HASH_DEPTH_MAX - 2;
	size_t len = strlen(id);
	bool good = len > 0 && len <= QF_QUEUE_ID_MAX && id[0] != '.' &&
		    strchr(id, '/') == NULL && strlen(folder) <= room - len;

	for (size_t i = 0; good && i < POSTFIX_FOLDERS; i++) {
		if (strcmp(folder, postfix_folders[i]) == 0)
			good = qf_queue_id_ok(id);
	}
	if (!good)
		return qf_fail(err, QF_UNSAFE, "%s: not a name for \"%s\"", id,
			       folder);
	qf_spool_path(action->spool, folder, id, path);
	return QF_OK;
}

const char *
qf_action_base(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Whatever it is, it has the name. */
static enum qf_status
is_there(struct qf_action *action, const char *path, bool *there,
	 struct qf_error *err)
{
	struct stat st;
	enum qf_status status = qf_spool_stat(action->spool, path, &st, err);

	*there = status == QF_OK || status == QF_UNSAFE;
	return *there || status == QF_GONE ? QF_OK : status;
}

enum qf_status
qf_action_is_used(struct qf_action *action, const char *id, bool *used,
		  struct qf_error *err)
{
	enum qf_status status = QF_OK;
	bool there = false;

	for (size_t i = 0; i < POSTFIX_FOLDERS && !there; i++) {
		char path[QF_SPOOL_PATH_MAX];

		status = qf_action_path(action, postfix_folders[i], id, path,
					err);
		if (status == QF_OK)
			status = is_there(action, path, &there, err);
		if (status != QF_OK)
			return status;
	}
	*used = there;
	return QF_OK;
}
