/*
 * postcat_queue.c - messages by their ids, for the drop-in for postcat(1).
 */
#include "postcat.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/workplace.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/spool.h"

struct search {
	struct postcat *p;
	struct qf_spool *spool;
	struct tool *tool;
	struct settings *settings;
	struct workplace workplace; /* for its journal */
	char path[QF_SPOOL_PATH_MAX];
	int fd;
	struct qf_error err; /* why it was not found */
};

/* Where Postfix's postcat looks, in its order. */
static const char *const queues[] = { "maildrop", "incoming", "active",
				      "deferred", "hold",     "saved" };

static void
look_in(struct search *s, const char *queue, const char *id)
{
	struct qf_error err;
	struct stat st;

	qf_spool_path(s->spool, queue, id, s->path);
	if (qf_spool_file(s->spool, s->path, &s->fd, &st, &err) == QF_OK)
		return;
	/* What is there, and cannot be read, says more than where nothing is. */
	if (s->err.status == QF_OK || s->err.status == QF_GONE)
		s->err = err;
}

/* Twice, as it may move from one queue to another meanwhile. */
static bool
is_found(struct search *s, const char *id)
{
	s->err = (struct qf_error){ .status = QF_OK };
	for (int tries = 0; tries < 2; tries++) {
		for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]);
		     i++) {
			look_in(s, queues[i], id);
			if (s->fd >= 0)
				return true;
		}
	}
	return false;
}

static enum qf_status
open_journal(struct search *s)
{
	enum qf_status status;

	if (s->settings->text != NULL)
		settings_parse(s->tool, s->settings);
	status =
		workplace_find(s->settings, &s->p->config, &s->workplace, NULL);
	if (status == QF_OK)
		status = workplace_open(&s->workplace, true, NULL);
	return status;
}

/*
 * An id that a message does not have any more.  Only the journal can know; who
 * cannot read it sees what Postfix's would say.
 */
static bool
is_found_renamed(struct search *s, const char *id)
{
	struct qf_arena arena = { 0 };
	const struct qf_journal_name *names = NULL;
	struct qf_error err = s->err;
	bool found = false;

	if (s->workplace.journal == NULL && open_journal(s) != QF_OK)
		return false;
	while (!found && qf_journal_next_name(s->workplace.journal, id, &arena,
					      &names, NULL) == QF_OK)
		found = is_found(s, names->name);
	qf_arena_free(&arena);
	s->err = err;
	return found;
}

/* Postfix's tells what the last of its attempts met. */
static const char *
why_not(const struct qf_error *err)
{
	if (err->status == QF_UNSAFE)
		return "not a plain file";
	return strerror(err->errnum == 0 ? ENOENT : err->errnum);
}

static _Noreturn void
fatal_id(struct postcat *p, const char *id)
{
	postcat_fatal(p, "bad mail queue ID: %s", id);
}

static void
show_id(struct search *s, const char *id)
{
	int errnum;

	if (!qf_queue_id_ok(id))
		fatal_id(s->p, id);
	s->fd = -1;
	if (!is_found(s, id) && !is_found_renamed(s, id))
		postcat_fatal(s->p, "open queue file %s: %s", id,
			      why_not(&s->err));
	errnum = postcat_show(s->p, s->fd, s->path, false);
	close(s->fd);
	if (errnum != 0)
		postcat_warn(s->p, "close %s: %s", id, strerror(errnum));
}

/* Postfix's, which looks at no folder before, comes to it with the first id. */
static _Noreturn void
fatal_spool(struct postcat *p, const char *id, const struct qf_error *err)
{
	if (!qf_queue_id_ok(id))
		fatal_id(p, id);
	if (err->status != QF_ABSENT && err->status != QF_DENIED)
		postcat_fatal(p, "%s", err->text);
	postcat_fatal(p, "open queue file %s: %s", id, why_not(err));
}

void
postcat_queue(struct postcat *p, struct tool *tool, struct settings *settings,
	      char *const ids[])
{
	struct search s = { .p = p, .tool = tool, .settings = settings };
	struct qf_error err;

	if (qf_spool_open(&p->config, &s.spool, &err) != QF_OK)
		fatal_spool(p, ids[0], &err);
	for (size_t i = 0; ids[i] != NULL; i++)
		show_id(&s, ids[i]);
	workplace_close(&s.workplace);
	qf_spool_close(s.spool);
}
