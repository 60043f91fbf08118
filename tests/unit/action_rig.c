/*
 * action_rig.c - a spool in which something is changed, for tests.
 */
#include "action_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit.h"

void
action_rig_begin(struct action_rig *rig)
{
	static const char *const folders[] = {
		"maildrop", "incoming", "active", "deferred", "hold",
		"corrupt",  "defer",	"bounce", "trace",    "trash"
	};

	scratch_new();
	ck_assert_int_eq(
		qf_config_default(scratch_path(""), &rig->config, &rig->err),
		QF_OK);
	rig->config.directory = strdup("/etc/postfix");
	ck_assert_ptr_nonnull(rig->config.directory);
	rig->config.hash_queue_depth = 1;
	for (int i = 0; i < COUNT(folders); i++)
		scratch_directory(folders[i]);
	rig->pin.fd = -1;
}

void
action_rig_end(struct action_rig *rig)
{
	unit_regain_root();
	qf_action_unpin(&rig->pin);
	qf_action_free(rig->action);
	rig->action = NULL;
	qf_spool_close(rig->spool);
	rig->spool = NULL;
	qf_config_free(&rig->config);
}

void
action_rig_start(struct action_rig *rig, unsigned depth)
{
	if (depth == 0)
		rig->config.hash_queue_names[0] = '\0';
	else
		rig->config.hash_queue_depth = depth;
	ck_assert_int_eq(qf_spool_open(&rig->config, &rig->spool, &rig->err),
			 QF_OK);
	rig->action = qf_action_new(rig->spool);
	ck_assert_ptr_nonnull(rig->action);
}

ino_t
inode_of(const char *name)
{
	struct stat st;

	ck_assert_msg(lstat(scratch_path(name), &st) == 0, "no %s", name);
	return st.st_ino;
}

bool
exists(const char *name)
{
	struct stat st;

	return lstat(scratch_path(name), &st) == 0;
}

void
action_rig_expect(const struct action_rig *rig, enum qf_status status,
		  enum qf_status wanted, const char *says)
{
	ck_assert_msg(status == wanted, "status %d and not %d: %s", (int)status,
		      (int)wanted, status == QF_OK ? "" : rig->err.text);
	if (status != QF_OK) {
		ck_assert_int_eq(rig->err.status, wanted);
		unit_says(rig->err.text, says);
	}
}

void
action_rig_hold(struct action_rig *rig, const char *folder, const char *id)
{
	action_rig_expect(rig,
			  qf_action_pin(rig->action, folder, id, NULL,
					&rig->pin, &rig->err),
			  QF_OK, "");
}

enum qf_status
action_rig_move(struct action_rig *rig, const char *from, const char *id,
		const char *to, const char *new_id)
{
	const struct qf_place old_place = { from, id };
	const struct qf_place new_place = { to, new_id };

	return qf_action_move(rig->action, &rig->pin, &old_place, &new_place,
			      &rig->err);
}
