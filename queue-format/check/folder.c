/*
 * folder.c - the folders of a queue, the disk that they are on, and who works
 * in them.
 */
#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/*
 * What Postfix wants (conf/postfix-files).  Packages add a sticky bit or one
 * for the group, which does no harm.
 */
static const struct folder {
	const char *name;
	mode_t mode;
	bool is_queue; /* mail is renamed in and out of it */
	bool may_lack; /* postfix(1) makes it when it is needed */
	bool is_roots;
} folders[] = {
	{ "incoming", 0700, true, false, false },
	{ "active", 0700, true, false, false },
	{ "deferred", 0700, true, false, false },
	{ "hold", 0700, true, false, false },
	{ "maildrop", 0730, true, false, false },
	{ "corrupt", 0700, true, true, false },
	{ "defer", 0700, false, false, false },
	{ "bounce", 0700, false, false, false },
	{ "trace", 0700, false, true, false },
	{ "flush", 0700, false, true, false },
	{ "saved", 0700, false, true, false },
	{ "private", 0700, false, true, false },
	{ "public", 0710, false, true, false },
	{ "pid", 0755, false, true, true },
};

/* A spool that no Postfix of this machine uses may have less rights. */
static bool
is_mode_good(const struct qf_check_look *look, const struct folder *folder,
	     mode_t mode)
{
	mode &= 0777;
	return mode == folder->mode ||
	       (look->config->directory == NULL && mode == 0700);
}

static void
check_folder(struct qf_check_look *look, const struct folder *folder,
	     const struct stat *st)
{
	uid_t owner = folder->is_roots ? 0 : look->check->owner;
	char text[100];

	if (st->st_uid != owner &&
	    !(folder->is_roots && st->st_uid == look->check->owner)) {
		snprintf(text, sizeof(text), "belongs to user %ld, not %ld",
			 (long)st->st_uid, (long)owner);
		qf_check_note_path(look, QF_CHECK_FOLDER_OWNER, folder->name,
				   text);
	} else if (!is_mode_good(look, folder, st->st_mode)) {
		snprintf(text, sizeof(text), "mode %04o, not %04o",
			 (unsigned)st->st_mode & 07777, (unsigned)folder->mode);
		qf_check_note_path(look, QF_CHECK_FOLDER_MODE, folder->name,
				   text);
	}
}

/* All queues have to be on one file system; "incoming" tells on which. */
void
qf_check_folders(struct qf_check_look *look)
{
	int root = qf_spool_root(look->check->spool);
	dev_t device = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const struct folder *folder = &folders[i];
		struct qf_error err;
		struct stat st;

		/* The folder itself may be a link: that is configuration. */
		if (fstatat(root, folder->name, &st, 0) < 0) {
			if (errno != ENOENT &&
			    qf_system(&err, "%s", folder->name) != QF_OK)
				qf_check_unknown(look, &err);
			else if (!folder->may_lack)
				qf_check_note_path(look,
						   QF_CHECK_MISSING_FOLDER,
						   folder->name, "");
			continue;
		}
		check_folder(look, folder, &st);
		if (device == 0)
			device = st.st_dev;
		if (folder->is_queue && st.st_dev != device)
			qf_check_note_path(look, QF_CHECK_FILE_SYSTEM,
					   folder->name, "");
	}
}

/* What smtpd(8) wants to have free before it takes a message. */
static uint64_t
wanted_space(const struct qf_config *config)
{
	int64_t limit = config->message_size_limit / 2 * 3;

	return (uint64_t)(limit > config->queue_minfree
				  ? limit
				  : config->queue_minfree);
}

void
qf_check_disk(struct qf_check_look *look)
{
	uint64_t wanted = wanted_space(look->config);
	struct statvfs disk;
	struct qf_error err;
	char text[120];
	uint64_t left;

	if (fstatvfs(qf_spool_root(look->check->spool), &disk) < 0) {
		(void)!qf_system(&err, "the file system of the queue");
		qf_check_unknown(look, &err);
		return;
	}
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	snprintf(text, sizeof(text), "%llu bytes left, %llu are wanted",
		 (unsigned long long)left, (unsigned long long)wanted);
	if (left < wanted)
		qf_check_note_path(look, QF_CHECK_NO_SPACE, "", text);
	else if (disk.f_bavail < disk.f_blocks / 20)
		qf_check_note_path(look, QF_CHECK_LOW_DISK, "", "");
	if (disk.f_files > 0 && disk.f_favail < disk.f_files / 20)
		qf_check_note_path(look, QF_CHECK_LOW_INODES, "", "");
}

/* The master starts it when it is needed, or at the first scheduled look. */
#define QMGR_AGE 600

/* It restarts one that has died; not one that cannot start. */
void
qf_check_postfix(struct qf_check_look *look)
{
	const struct qf_daemon *daemon = look->check->daemon;
	struct qf_process qmgr;
	struct stat st;

	if (daemon != NULL && qf_daemon_has_master(daemon) &&
	    qf_daemon_qmgr(daemon, &qmgr, NULL) == QF_OK && qmgr.pid == 0 &&
	    qf_spool_stat(look->check->spool, "pid/master.pid", &st, NULL) ==
		    QF_OK &&
	    look->check->now - st.st_mtime > QMGR_AGE)
		qf_check_note_path(look, QF_CHECK_NO_QMGR, "", "");
}
