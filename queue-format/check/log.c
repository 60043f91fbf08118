/*
 * log.c - logs, and whether there is a message to them.
 */
#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/delay_log.h"
#include "queue-format/postfix/recipients.h"

/* Messages move from the left to the right, and back at times. */
static const char *const queues[] = { "incoming", "active",  "deferred",
				      "hold",	  "corrupt", "maildrop" };

static bool
find_once(const struct qf_spool *spool, const char *id, const char *but_not,
	  char path[QF_SPOOL_PATH_MAX])
{
	struct stat st;

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		qf_spool_path(spool, queues[i], id, path);
		if ((but_not == NULL || strcmp(path, but_not) != 0) &&
		    qf_spool_stat(spool, path, &st, NULL) == QF_OK)
			return true;
	}
	return false;
}

/* Twice: it may go from one queue to another behind our back. */
bool
qf_check_find(const struct qf_spool *spool, const char *id, const char *but_not,
	      char path[QF_SPOOL_PATH_MAX])
{
	return find_once(spool, id, but_not, path) ||
	       find_once(spool, id, but_not, path);
}

static bool
is_known(const struct qf_check_look *look, const char *id)
{
	char path[QF_SPOOL_PATH_MAX];

	return qf_string_set_find(&look->ids, id) != NULL ||
	       qf_check_find(look->check->spool, id, NULL, path);
}

/*
 * The log of a message on hold, or in the trash, stays under the id that it
 * had before: so it is meant to be.
 */
static bool
has_message(struct qf_check_look *look, const char *id)
{
	const struct qf_journal_name *names = NULL;
	struct qf_arena arena = { 0 };
	bool known = is_known(look, id);

	while (!known && look->check->journal != NULL &&
	       qf_journal_next_name(look->check->journal, id, &arena, &names,
				    NULL) == QF_OK)
		known = is_known(look, names->name);
	qf_arena_free(&arena);
	return known;
}

static const char *
recipient_at(const struct qf_envelope *env, int64_t offset)
{
	for (size_t i = 0; i < env->recipient_count; i++) {
		if (env->recipients[i].offset == offset)
			return env->recipients[i].address;
	}
	return NULL;
}

/* Is every entry about a recipient of that message, and is there one? */
static bool
is_about(struct qf_recipients *recipients, struct qf_arena *arena,
	 struct qf_delay_log *log, const struct qf_envelope *env)
{
	struct qf_delay entry;
	size_t entries = 0;
	enum qf_status status;

	while ((status = qf_delay_log_next(log, arena, &entry, NULL)) ==
	       QF_OK) {
		const char *raw = recipient_at(env, entry.offset);
		const char *address = NULL;

		if (raw == NULL ||
		    qf_recipients_address(recipients, arena, raw, &address,
					  NULL) != QF_OK ||
		    strcmp(address, entry.address) != 0)
			return false;
		entries++;
	}
	return status == QF_END && entries > 0;
}

/* A file that was made after the log is another message's. */
static bool
is_older(const struct qf_spool *spool, const char *path, int fd, uint64_t inode,
	 const struct qf_check_file *log)
{
	int64_t made = 0;
	int64_t log_made = 0;

	return qf_spool_birth(spool, path, fd, inode, &made, NULL) == QF_OK &&
	       qf_spool_birth(spool, log->path, -1, log->st->st_ino, &log_made,
			      NULL) == QF_OK &&
	       (made == 0 || log_made == 0 || made <= log_made);
}

/*
 * An inode alone is no proof that a log is a message's: it comes back for
 * others.
 */
static bool
belongs(struct qf_check_look *look, const struct qf_check_file *file,
	const char *path)
{
	const struct qf_spool *spool = look->check->spool;
	struct qf_recipients *recipients = qf_recipients_new(spool, true, NULL);
	struct qf_delay_log *log = qf_delay_log_new();
	struct qf_envelope env = { 0 };
	struct stat st;
	bool same = false;
	int fd = -1, log_fd = -1;

	qf_arena_empty(&look->arena, 1 << 16);
	if (recipients != NULL && log != NULL &&
	    qf_spool_file(spool, path, &fd, &st, NULL) == QF_OK &&
	    qf_spool_file(spool, file->path, &log_fd, NULL, NULL) == QF_OK &&
	    is_older(spool, path, fd, st.st_ino, file)) {
		qf_reader_start(look->reader, fd, st.st_size, false);
		qf_delay_log_start(log, log_fd);
		same = qf_envelope_read(look->reader, QF_ENVELOPE_RECIPIENTS,
					&look->arena, &env, NULL) == QF_OK &&
		       is_about(recipients, &look->arena, log, &env);
	}
	if (fd >= 0)
		close(fd);
	if (log_fd >= 0)
		close(log_fd);
	qf_delay_log_free(log);
	qf_recipients_free(recipients);
	return same;
}

static const struct qf_check_match *
find_match(const struct qf_check_look *look, const char *id)
{
	uint64_t inode = 0;

	if (!qf_queue_id_inode(id, &inode))
		return NULL;
	for (size_t i = 0; i < look->wanted_count; i++) {
		if (look->wanted[i] == inode && look->matches[i].path != NULL)
			return &look->matches[i];
	}
	return NULL;
}

static void
note_orphan(struct qf_check_look *look, const struct qf_check_file *file)
{
	const struct qf_check_match *match = find_match(look, file->name);
	char right[QF_SPOOL_PATH_MAX];

	if (match == NULL || !belongs(look, file, match->path)) {
		qf_check_note(look, QF_CHECK_LOG_ORPHAN, file, "", "%s", "");
		return;
	}
	qf_spool_path(look->check->spool, file->folder, match->id, right);
	qf_check_note(look, QF_CHECK_LOG_RENAMED, file, right,
		      "the message is %s", match->path);
}

void
qf_check_log(struct qf_check_look *look, const struct qf_check_file *file)
{
	mode_t mode = file->st->st_mode & 07777;

	if (file->st->st_uid != look->check->owner)
		qf_check_note(look, QF_CHECK_FILE_OWNER, file, "",
			      "belongs to user %ld, not %ld",
			      (long)file->st->st_uid, (long)look->check->owner);
	else if ((mode & 0177) != 0)
		qf_check_note(look, QF_CHECK_FILE_MODE, file, "", "mode %04o",
			      (unsigned)mode);
	if (strcmp(file->folder, "flush") == 0 ||
	    strchr(file->name, '#') != NULL ||
	    look->check->now - file->st->st_mtime < QF_CHECK_LOG_AGE ||
	    has_message(look, file->name))
		return;
	note_orphan(look, file);
}
