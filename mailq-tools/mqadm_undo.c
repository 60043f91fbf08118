/*
 * mqadm_undo.c - take back what a job has done.
 *
 * The messages that it has moved, and that nobody of us has moved since, go
 * back to where they were.  What cannot be taken back is said, and why.
 */
#include "mqadm_check.h"

#include <string.h>

#include "mailq-tools/ask.h"
#include "mailq-tools/value.h"
#include "mailq-tools/verb.h"
#include "queue-format/text.h"

/* What takes back an action; by whom else than us nothing is known. */
static const struct undoing {
	const char *action;
	enum qf_verb verb;
	bool moves;	     /* and does not only mark */
	const char *instead; /* why that cannot be; NULL: it can */
} undoings[] = {
	{ "hold", QF_RELEASE, true, NULL },
	{ "release", QF_HOLD, true, NULL },
	{ "delete", QF_RESTORE, true, NULL },
	{ "restore", QF_DELETE, true, NULL },
	{ "import", QF_DELETE, true, NULL },
	{ "expire", QF_UNEXPIRE, false, NULL },
	{ "unexpire", QF_EXPIRE, false, NULL },
	{ "requeue", QF_REQUEUE, true,
	  "Postfix has made other messages of them" },
	{ "purge", QF_PURGE, false, "they are removed for good" },
};

static const struct undoing *
find_undoing(const char *action)
{
	for (size_t i = 0; i < sizeof(undoings) / sizeof(undoings[0]); i++) {
		if (strcmp(undoings[i].action, action) == 0)
			return &undoings[i];
	}
	return NULL;
}

struct undo {
	struct mqadm *m;
	const struct undoing *undoing;
	struct history_picked job;
	struct qf_journal *journal;
	struct qf_arena arena;
	uint64_t passed; /* delivered, returned or not done by the job */
	uint64_t moved;	 /* by a later job */
};

static const char *
keep(struct undo *undo, const char *text)
{
	const char *copy;

	if (text == NULL)
		return NULL;
	copy = qf_arena_copy(&undo->arena, text, strlen(text));
	if (copy == NULL)
		tool_die(&undo->m->tool, TOOL_IO, "out of memory");
	return copy;
}

/* The first that is given is the last that was done. */
struct latest {
	const struct qf_job_id *job;
	bool is_it;
};

static enum qf_status
look_at_latest(void *context, const struct qf_job_id *job,
	       const struct qf_journal_item *item)
{
	struct latest *latest = context;

	(void)item;
	latest->is_it =
		memcmp(job->bytes, latest->job->bytes, sizeof(job->bytes)) == 0;
	return QF_STOPPED;
}

/* Has nobody of us moved it since? */
static bool
is_latest(struct undo *undo, const struct qf_journal_item *item)
{
	struct latest latest = { .job = &undo->job.id };
	struct qf_error err;

	if (!undo->undoing->moves)
		return true;
	if (qf_journal_moves(undo->journal, item->inode, item->birth,
			     look_at_latest, &latest, &err) != QF_OK)
		tool_complain(&undo->m->tool, TOOL_IO, "%s", err.text);
	return latest.is_it;
}

static bool
was_done(const struct undo *undo, const struct qf_journal_item *item)
{
	if (item->outcome == QF_OUTCOME_PREPARED ||
	    item->outcome == QF_OUTCOME_GONE ||
	    item->outcome == QF_OUTCOME_RETURNED)
		return false;
	return undo->undoing->moves ? item->to_folder != NULL
				    : item->outcome == QF_OUTCOME_DONE;
}

static enum qf_status
take_item(void *context, const struct qf_journal_item *item)
{
	struct undo *undo = context;
	const char *folder =
		item->to_folder != NULL ? item->to_folder : item->from_folder;
	const char *id = item->to_id != NULL ? item->to_id : item->from_id;
	struct qf_chosen chosen = {
		.queue = QF_QUEUE_DEFERRED,
		.inode = item->inode,
		.birth = item->birth,
		.arrival = item->arrival,
		.modified = item->modified,
		.changed = item->changed,
	};

	if (!was_done(undo, item) || folder == NULL || id == NULL) {
		undo->passed++;
		return QF_OK;
	}
	if (!is_latest(undo, item)) {
		undo->moved++;
		return QF_OK;
	}
	chosen.in_trash = strcmp(folder, QF_TRASH) == 0;
	if (!chosen.in_trash)
		(void)qf_queue_by_name(folder, &chosen.queue);
	chosen.id = keep(undo, id);
	chosen.sender = keep(undo, item->sender);
	choose_add(&undo->m->choose,
		   access_store(&undo->m->access,
				undo->m->access.names[undo->job.instance]),
		   &chosen);
	return undo->m->choose.count == undo->m->limit ? QF_STOPPED : QF_OK;
}

/* "hold of 12 messages, Nov 22 19:40, by alice: account abused". */
static void
put_job(struct undo *undo, const struct qf_job *job, struct qf_buffer *out)
{
	qf_buffer_string(out, job->action);
	qf_buffer_string(out, " of ");
	value_time(out, &undo->m->tool, job->begun);
	qf_buffer_string(out, ", by ");
	history_put_user(out, job);
	if (job->reason[0] != '\0') {
		qf_buffer_string(out, ": ");
		/* Somebody wrote it who may have no business here. */
		qf_text_show(out, job->reason, (size_t)-1, undo->m->tool.utf8);
	}
}

static void
put_question(struct undo *undo, const struct qf_job *job, struct qf_buffer *out)
{
	char id[QF_JOB_ID_TEXT];

	qf_job_id_text(&job->id, id);
	qf_buffer_string(out, "mqadm: job ");
	qf_buffer_add(out, id, RESULT_DIGITS);
	qf_buffer_string(out, ", ");
	put_job(undo, job, out);
	qf_buffer_string(out, "\nmqadm: undo it, for ");
	qf_buffer_number(out, (long long)undo->m->choose.count);
	qf_buffer_string(out, undo->m->choose.count == 1 ? " message? [y/N] "
							 : " messages? [y/N] ");
}

static void
report_rest(const struct undo *undo)
{
	struct tool *tool = &undo->m->tool;

	if (undo->passed > 0)
		tool_note(tool,
			  "nothing to undo, as it was not done, delivered or "
			  "returned: %llu",
			  (unsigned long long)undo->passed);
	if (undo->moved > 0)
		tool_note(
			tool,
			"left alone, as a later job has moved them: %llu (see "
			"mqadm history)",
			(unsigned long long)undo->moved);
}

static void
choose(struct undo *undo, const struct qf_job *job)
{
	struct mqadm *m = undo->m;
	struct qf_error err;
	enum qf_status status;

	undo->undoing = find_undoing(job->action);
	if (undo->undoing == NULL || undo->undoing->instead != NULL)
		tool_die(&m->tool, TOOL_BAD_DATA, "a %s cannot be undone%s%s",
			 job->action, undo->undoing == NULL ? "" : ": ",
			 undo->undoing == NULL ? "" : undo->undoing->instead);
	m->verb = undo->undoing->verb;
	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
	status = qf_journal_items(undo->journal, &undo->job.id, take_item, undo,
				  &err);
	if (status != QF_OK && status != QF_STOPPED)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	report_rest(undo);
	if (m->choose.count == 0)
		tool_exit_with(&m->tool, TOOL_NOT_FOUND);
}

static void
undo_job(struct undo *undo, const struct qf_job *job)
{
	struct mqadm *m = undo->m;
	struct qf_buffer question = { 0 };
	char id[QF_JOB_ID_TEXT];

	choose(undo, job);
	qf_job_id_text(&job->id, id);
	qf_buffer_string(&m->selection, "undo of job ");
	qf_buffer_string(&m->selection, id);
	put_question(undo, job, &question);
	if (m->dry_run)
		mqadm_report_dry_run(m);
	else
		mqadm_change(m, m->choose.count > 0 ? qf_buffer_text(&question)
						    : NULL);
	qf_buffer_free(&question);
	choose_free(&m->choose);
}

/* Its places are paths, and no queues: another one knows them. */
static void
undo_repair(struct undo *undo, const struct qf_job *job)
{
	struct mqadm *m = undo->m;
	unsigned long long count = job->counts[QF_OUTCOME_DONE];

	if (m->dry_run) {
		tool_note(&m->tool, "moved back would be: %llu", count);
		return;
	}
	if (!m->yes && count > 1 && ask_can(false) &&
	    !ask("mqadm: move back what this repair has moved? [y/N] ")) {
		tool_complain(&m->tool, TOOL_PARTLY, "nothing was changed");
		return;
	}
	mqadm_check_undo(m, undo->job.instance, &undo->job.id);
}

void
mqadm_run_undo(struct mqadm *m)
{
	struct undo undo = { .m = m };
	struct qf_arena arena = { 0 };
	struct qf_job job;
	struct qf_error err;
	bool is_alive = false;
	enum qf_status status;

	if (!m->dry_run)
		mqadm_recover(m);
	undo.job = history_pick(&m->tool, &m->access, m->job);
	undo.journal = m->access.workplaces[undo.job.instance].journal;
	status = qf_journal_job(undo.journal, &undo.job.id, &arena, &job,
				&is_alive, &err);
	if (status != QF_OK)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	if (is_alive)
		tool_die(&m->tool, TOOL_PARTLY,
			 "that job is still being done: stop it first");
	if (strcmp(job.action, QF_CHECK_ACTION) == 0)
		undo_repair(&undo, &job);
	else
		undo_job(&undo, &job);
	qf_arena_free(&arena);
	qf_arena_free(&undo.arena);
}
