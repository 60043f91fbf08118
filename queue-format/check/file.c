/*
 * file.c - a message's file, by what can be seen from outside.
 */
#include "work.h"

#include <string.h>

/* Marks that qmgr(8) and its tools set on a message that is complete. */
#define MARKS (QF_MODE_EXPIRE | QF_MODE_UNTHROTTLE)

static bool
is_in(const char *folder, const char *queue)
{
	return strcmp(folder, queue) == 0;
}

/*
 * QF_CHECK_KINDS: nothing is wrong with it.  What is not complete in deferred
 * or active was so once, as it would not be there otherwise; in incoming and
 * hold somebody may be writing it, and its age has to tell.
 */
enum qf_check_kind
qf_check_mode(const char *folder, mode_t mode)
{
	bool was_ready = is_in(folder, "deferred") || is_in(folder, "active");

	mode &= 07777;
	if ((mode & QF_MODE_READY) != QF_MODE_READY) {
		if (mode == 0400)
			return QF_CHECK_MARKED_CORRUPT;
		return was_ready ? QF_CHECK_NOT_READY : QF_CHECK_KINDS;
	}
	if (is_in(folder, "maildrop"))
		return (mode & 022) != 0 ? QF_CHECK_FILE_MODE : QF_CHECK_KINDS;
	return (mode & ~(mode_t)(QF_MODE_READY | MARKS)) != 0
		       ? QF_CHECK_FILE_MODE
		       : QF_CHECK_KINDS;
}

/* On hold its time means nothing, and pickup(8) does not look at it. */
bool
qf_check_is_future(const struct qf_config *config, const char *folder,
		   int64_t modified, int64_t now)
{
	int64_t most = 0;

	if (is_in(folder, "deferred") || is_in(folder, "active"))
		most = config->maximal_backoff_time >
				       config->minimal_backoff_time
			       ? config->maximal_backoff_time
			       : config->minimal_backoff_time;
	else if (!is_in(folder, "incoming"))
		return false;
	return modified - now > most + QF_CHECK_CLOCK_SLACK;
}

static void
check_mode(struct qf_check_look *look, const struct qf_check_file *file)
{
	enum qf_check_kind kind =
		qf_check_mode(file->folder, file->st->st_mode);

	if (kind == QF_CHECK_NOT_READY &&
	    !qf_check_is_whole(look->check->spool, file->path))
		kind = QF_CHECK_UNFINISHED;
	if (kind != QF_CHECK_KINDS)
		qf_check_note(look, kind, file, "", "mode %04o",
			      (unsigned)file->st->st_mode & 07777);
}

/* Submissions belong to who has made them. */
static void
check_owner(struct qf_check_look *look, const struct qf_check_file *file)
{
	uid_t owner = look->check->owner;
	mode_t mode = file->st->st_mode;

	if (file->st->st_uid == owner)
		return;
	if (!is_in(file->folder, "maildrop"))
		qf_check_note(look, QF_CHECK_FILE_OWNER, file, "",
			      "belongs to user %ld, not %ld",
			      (long)file->st->st_uid, (long)owner);
	else if ((mode & QF_MODE_READY) == QF_MODE_READY && (mode & 04) == 0)
		qf_check_note(look, QF_CHECK_MAILDROP, file, "",
			      "mode %04o, belongs to user %ld",
			      (unsigned)mode & 07777, (long)file->st->st_uid);
}

void
qf_check_message(struct qf_check_look *look, const struct qf_check_file *file)
{
	const struct stat *st = file->st;
	int64_t now = look->check->now;

	check_owner(look, file);
	check_mode(look, file);
	if (st->st_nlink > 1)
		qf_check_note(look, QF_CHECK_MANY_NAMES, file, "", "%lu names",
			      (unsigned long)st->st_nlink);
	if (qf_check_is_future(look->config, file->folder, st->st_mtime, now))
		qf_check_note(look, QF_CHECK_FUTURE, file, "", "%s", "");
	if ((st->st_mode & QF_MODE_READY) == QF_MODE_READY)
		qf_check_content(look, file);
}
