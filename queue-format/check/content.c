/*
 * content.c - is a message whole, and is its time over?
 */
#include "work.h"

#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/envelope.h"

/* Later looks only ask whether what was found is still so. */
static bool
is_asked(const struct qf_check_look *look, const char *path)
{
	static const enum qf_check_kind kinds[] = {
		QF_CHECK_UNREADABLE, QF_CHECK_EMPTY,   QF_CHECK_NO_SIZE,
		QF_CHECK_DAMAGED,    QF_CHECK_OVERDUE,
	};

	if (look->before == NULL)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (qf_check_was_found(look, kinds[i], path))
			return true;
	}
	return false;
}

static enum qf_status
read_file(struct qf_reader *reader, struct qf_arena *arena, int fd, off_t size,
	  struct qf_envelope *env, struct qf_error *err)
{
	qf_arena_empty(arena, 1 << 16);
	qf_reader_start(reader, fd, size, false);
	return qf_envelope_read(reader, QF_ENVELOPE_RECIPIENTS, arena, env,
				err);
}

/* A deferred one that should have been returned long ago. */
static void
check_lifetime(struct qf_check_look *look, const struct qf_check_file *file,
	       const struct qf_envelope *env)
{
	bool is_bounce = env->sender != NULL && *env->sender == '\0';
	int64_t lifetime = is_bounce ? look->config->bounce_queue_lifetime
				     : look->config->maximal_queue_lifetime;
	int64_t created = env->created > 0 ? env->created : env->arrival;
	int64_t latest = look->check->now - QF_CHECK_CLOCK_SLACK;

	if (strcmp(file->folder, "deferred") != 0 || created <= 0 ||
	    created + lifetime >= latest || file->st->st_mtime >= latest)
		return;
	qf_check_note(look, QF_CHECK_OVERDUE, file, "", "%s", "");
}

/* cleanup(8) writes the size; in maildrop it has not been there yet. */
static void
check_envelope(struct qf_check_look *look, const struct qf_check_file *file,
	       const struct qf_envelope *env, enum qf_status status,
	       const struct qf_error *err)
{
	bool is_submission = strcmp(file->folder, "maildrop") == 0;

	if (status == QF_SYSTEM)
		qf_check_note(look, QF_CHECK_UNREADABLE, file, "", "%s",
			      err->text);
	else if (file->st->st_size == 0)
		qf_check_note(look, QF_CHECK_EMPTY, file, "", "%s", "");
	else if (!env->has_size && !is_submission)
		qf_check_note(look, QF_CHECK_NO_SIZE, file, "", "%s", "");
	else if (status == QF_CORRUPT)
		qf_check_note(look, QF_CHECK_DAMAGED, file, "",
			      "%s (byte %lld)", err->text,
			      (long long)err->offset);
	else if (status == QF_OK)
		check_lifetime(look, file, env);
}

void
qf_check_content(struct qf_check_look *look, const struct qf_check_file *file)
{
	struct qf_envelope env = { 0 };
	struct qf_error err;
	struct stat st;
	enum qf_status status;
	int fd = -1;

	if (!is_asked(look, file->path))
		return;
	status = qf_spool_file(look->check->spool, file->path, &fd, &st, &err);
	if (status == QF_DENIED || status == QF_SYSTEM) {
		/* Who else may read it is told already. */
		if (file->st->st_uid == look->check->owner)
			qf_check_note(look, QF_CHECK_UNREADABLE, file, "", "%s",
				      err.text);
		return;
	}
	if (status != QF_OK)
		return;
	if (st.st_ino == file->st->st_ino) {
		status = read_file(look->reader, &look->arena, fd, st.st_size,
				   &env, &err);
		check_envelope(look, file, &env, status, &err);
	}
	close(fd);
}

bool
qf_check_is_whole(const struct qf_spool *spool, const char *path)
{
	struct qf_reader *reader = qf_reader_new();
	struct qf_arena arena = { 0 };
	struct qf_envelope env = { 0 };
	struct stat st;
	bool whole = false;
	int fd = -1;

	if (reader != NULL &&
	    qf_spool_file(spool, path, &fd, &st, NULL) == QF_OK) {
		whole = read_file(reader, &arena, fd, st.st_size, &env, NULL) ==
				QF_OK &&
			env.has_size && env.sender != NULL;
		close(fd);
	}
	qf_arena_free(&arena);
	qf_reader_free(reader);
	return whole;
}
