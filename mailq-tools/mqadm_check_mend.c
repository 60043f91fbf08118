/*
 * mqadm_check_mend.c - a repair: a job for what is moved, and, while Postfix
 * runs, two more for what has to be held and released.
 */
#include "mqadm_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailq-tools/maillog.h"
#include "mailq-tools/stream.h"
#include "queue-format/plan/trash.h"
#include "queue-format/postfix/scan.h"
#include "queue-format/text.h"

/* Messages that another verb goes on with. */
struct inodes {
	uint64_t *items;
	size_t count;
	size_t room;
};

struct mending {
	struct mqadm *m;
	size_t instance;
	struct maillog log;
	struct stream stream;
	uint64_t counts[QF_OUTCOME_COUNT];
	struct inodes to_release;
	/* Messages to be held; strings live in the report. */
	const struct qf_check_finding **to_hold;
	size_t hold_count;
};

static _Noreturn void
no_memory(struct mqadm *m)
{
	tool_die(&m->tool, TOOL_IO, "out of memory");
}

static void
add_inode(struct mqadm *m, struct inodes *inodes, uint64_t inode)
{
	if (inodes->count == inodes->room) {
		size_t room = inodes->room == 0 ? 64 : inodes->room * 2;
		uint64_t *items =
			reallocarray(inodes->items, room, sizeof(*items));

		if (items == NULL)
			no_memory(m);
		inodes->items = items;
		inodes->room = room;
	}
	inodes->items[inodes->count++] = inode;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* "deferred/4F2A11: hold/4F2A11 (on hold, to be released)" */
static void
print_note(struct mending *mending, const struct qf_check_note *note)
{
	struct qf_buffer *out = &mending->stream.buffer;
	bool utf8 = mending->m->tool.utf8;

	(void)qf_text_show(out, note->finding->path, SIZE_MAX, utf8);
	qf_buffer_string(out, ": ");
	(void)qf_text_show(out, note->to, SIZE_MAX, utf8);
	if (note->text[0] != '\0') {
		qf_buffer_string(out, " (");
		(void)qf_text_show(out, note->text, SIZE_MAX, utf8);
		qf_buffer_byte(out, ')');
	}
	qf_buffer_byte(out, '\n');
	(void)stream_offer(&mending->stream);
}

static bool
is_message(const char *path)
{
	static const char *const queues[] = { "maildrop/", "incoming/",
					      "active/", "deferred/", "hold/" };

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		if (strncmp(path, queues[i], strlen(queues[i])) == 0)
			return true;
	}
	return false;
}

static void
over(void *context, const struct qf_check_note *note)
{
	struct mending *mending = context;
	const char *path = note->finding->path;

	mending->counts[note->outcome]++;
	if (note->hold) {
		mending->to_hold[mending->hold_count++] = note->finding;
		return;
	}
	if (note->outcome != QF_OUTCOME_DONE) {
		tool_complain(&mending->m->tool, TOOL_PARTLY,
			      "%s: not repaired: %s", path, note->text);
		return;
	}
	if (note->release)
		add_inode(mending->m, &mending->to_release,
			  note->finding->inode);
	if (is_message(path) && is_message(note->to) &&
	    strcmp(name_of(path), name_of(note->to)) != 0)
		maillog_renamed(&mending->log, name_of(path),
				name_of(note->to));
	print_note(mending, note);
}

/* What is in the way goes there; only its owner makes it. */
static void
make_aside(struct mqadm *m, const struct workplace *place)
{
	static const char path[] = QF_TRASH "/" QF_TRASH_ASIDE;

	if (mkdirat(qf_spool_root(place->spool), path, 0700) < 0 &&
	    errno != EEXIST)
		tool_complain(&m->tool, TOOL_IO, "%s: %s", path,
			      strerror(errno));
}

static void
begin(struct mending *mending, struct mqadm *m, size_t instance)
{
	*mending = (struct mending){
		.m = m,
		.instance = instance,
		.stream = { .fd = STDOUT_FILENO,
			    .ascii = !m->tool.utf8 && isatty(STDOUT_FILENO) },
	};
	maillog_open(&mending->log, &m->tool, &m->access.configs[instance]);
}

static void
end(struct mending *mending)
{
	(void)stream_flush(&mending->stream);
	stream_free(&mending->stream);
	maillog_close(&mending->log);
	free(mending->to_release.items);
	free(mending->to_hold);
}

/* A job of our own; ends the program where it cannot be noted. */
static void
run_job(struct mending *mending, const char *selection,
	enum qf_status (*run)(const struct qf_check_mend *mend,
			      const void *context, struct qf_error *err),
	const void *context, const struct qf_check *check)
{
	struct mqadm *m = mending->m;
	struct qf_job job = { .action = QF_CHECK_ACTION,
			      .selection = selection,
			      .reason = m->reason };
	struct qf_check_mend mend = {
		.check = check, .job = &job.id, .over = over, .context = mending
	};
	struct qf_error err;
	char id[QF_JOB_ID_TEXT];
	enum qf_status status;

	caller_sign(&m->caller, &job);
	status = qf_journal_begin(check->journal, &job, &err);
	if (status == QF_OK)
		status = run(&mend, context, &err);
	if (status == QF_OK) {
		job.state = QF_JOB_DONE;
		memcpy(job.counts, mending->counts, sizeof(job.counts));
		status = qf_journal_end(check->journal, &job.id, job.state,
					&err);
		maillog_job(&mending->log, &job);
	}
	(void)stream_flush(&mending->stream);
	if (status != QF_OK)
		tool_die(&m->tool, tool_exit_of(status), "%s", err.text);
	qf_job_id_text(&job.id, id);
	tool_note(&m->tool, "repaired: %llu (job %.*s)",
		  (unsigned long long)(mending->counts[QF_OUTCOME_DONE] -
				       mending->hold_count),
		  RESULT_DIGITS, id);
}

static enum qf_status
run_mend(const struct qf_check_mend *mend, const void *context,
	 struct qf_error *err)
{
	return qf_check_mend(mend, context, err);
}

static enum qf_status
run_undo(const struct qf_check_mend *mend, const void *context,
	 struct qf_error *err)
{
	return qf_check_undo(mend, context, err);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *one = a;
	const uint64_t *two = b;

	return *one < *two ? -1 : *one > *two;
}

static bool
is_wanted(const struct inodes *inodes, uint64_t inode)
{
	return bsearch(&inode, inodes->items, inodes->count, sizeof(inode),
		       compare) != NULL;
}

/* A choice of messages that were found otherwise. */
static void
start_choice(struct mqadm *m)
{
	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
}

static size_t
list_of(const struct mending *mending)
{
	struct access *access = &mending->m->access;

	return access_store(access, access->names[mending->instance]);
}

static void
change(struct mqadm *m, enum qf_verb verb)
{
	m->verb = verb;
	m->result = (struct result){ .verbose = m->result.verbose };
	qf_buffer_empty(&m->selection);
	qf_buffer_string(&m->selection, "what check has found");
	m->yes = true;
	mqadm_change(m, NULL);
	choose_free(&m->choose);
}

static void
hold(struct mending *mending)
{
	struct mqadm *m = mending->m;

	start_choice(m);
	for (size_t i = 0; i < mending->hold_count; i++) {
		const struct qf_check_finding *finding = mending->to_hold[i];
		struct qf_chosen chosen = { .id = name_of(finding->path),
					    .inode = finding->inode };
		char folder[20];

		snprintf(folder, sizeof(folder), "%.*s",
			 (int)strcspn(finding->path, "/"), finding->path);
		chosen.queue = QF_QUEUE_DEFERRED;
		(void)qf_queue_by_name(folder, &chosen.queue);
		choose_add(&m->choose, list_of(mending), &chosen);
		add_inode(m, &mending->to_release, finding->inode);
	}
	if (m->choose.count > 0)
		change(m, QF_HOLD);
}

/* Whatever its id is by now: its inode is the same. */
static void
choose_held(struct mending *mending, struct qf_scan *scan,
	    struct qf_arena *arena)
{
	struct mqadm *m = mending->m;
	const struct workplace *place =
		&m->access.workplaces[mending->instance];
	struct qf_scan_entry entry;
	enum qf_status status;
	struct stat st;

	while ((status = qf_scan_next(scan, arena, &entry, NULL)) != QF_END) {
		struct qf_chosen chosen = { .queue = QF_QUEUE_HOLD };

		if (status != QF_OK ||
		    qf_spool_stat(place->spool, entry.path, &st, NULL) !=
			    QF_OK ||
		    !is_wanted(&mending->to_release, st.st_ino))
			continue;
		chosen.id = entry.id;
		chosen.inode = st.st_ino;
		choose_add(&m->choose, list_of(mending), &chosen);
	}
}

static void
release(struct mending *mending)
{
	struct mqadm *m = mending->m;
	struct inodes *inodes = &mending->to_release;
	struct qf_arena arena = { 0 };
	struct qf_scan *scan = NULL;
	struct qf_error err;

	if (inodes->count == 0)
		return;
	qsort(inodes->items, inodes->count, sizeof(*inodes->items), compare);
	if (qf_scan_open(m->access.workplaces[mending->instance].spool,
			 QF_QUEUE_BIT(QF_QUEUE_HOLD), &scan, &err) != QF_OK)
		tool_die(&m->tool, TOOL_IO, "%s", err.text);
	start_choice(m);
	choose_held(mending, scan, &arena);
	if (m->choose.count > 0)
		change(m, QF_RELEASE);
	qf_scan_close(scan);
	qf_arena_free(&arena);
}

/*
 * What was taken from deferred has its old name in hold: a right one there,
 * and it is not given back under the old one.
 */
static void
rename_held(struct mending *mending, const struct qf_check *check)
{
	struct mqadm *m = mending->m;
	struct qf_check_report report = { .count = 0 };

	for (size_t i = 0; i < mending->hold_count; i++) {
		struct qf_check_finding finding = *mending->to_hold[i];
		char path[QF_SPOOL_PATH_MAX];
		char right[QF_SPOOL_PATH_MAX];
		struct stat st;

		qf_spool_path(check->spool, "hold", name_of(finding.path),
			      path);
		qf_spool_path(check->spool, "hold", name_of(finding.right),
			      right);
		if (qf_spool_stat(check->spool, path, &st, NULL) != QF_OK ||
		    st.st_ino != finding.inode)
			continue;
		finding.path = path;
		finding.right = right;
		if (!qf_check_add(&report, &finding))
			no_memory(m);
	}
	mending->hold_count = 0;
	memset(mending->counts, 0, sizeof(mending->counts));
	if (report.count > 0)
		run_job(mending, "what check has found", run_mend, &report,
			check);
	qf_check_report_free(&report);
}

static void
mend_instance(struct mqadm_check *check, size_t i)
{
	struct mqadm *m = check->m;
	const struct qf_check_report *report = &check->reports[i];
	struct mending mending;

	if (report->count == 0)
		return;
	begin(&mending, m, i);
	mending.to_hold = calloc(report->count, sizeof(*mending.to_hold));
	if (mending.to_hold == NULL)
		no_memory(m);
	make_aside(m, &m->access.workplaces[i]);
	run_job(&mending, "what check has found", run_mend, report,
		&check->checks[i]);
	hold(&mending);
	rename_held(&mending, &check->checks[i]);
	release(&mending);
	end(&mending);
}

void
mqadm_check_mend(struct mqadm_check *check)
{
	for (size_t i = 0; i < check->m->access.count; i++)
		mend_instance(check, i);
}

void
mqadm_check_undo(struct mqadm *m, size_t instance, const struct qf_job_id *job)
{
	const struct workplace *place = &m->access.workplaces[instance];
	const struct qf_check check = {
		.spool = place->spool,
		.daemon = place->daemon,
		.journal = place->journal,
		.owner = geteuid(),
		.now = m->tool.now,
	};
	struct qf_buffer selection = { 0 };
	struct mending mending;
	char id[QF_JOB_ID_TEXT];

	qf_job_id_text(job, id);
	qf_buffer_string(&selection, "undo of job ");
	qf_buffer_string(&selection, id);
	begin(&mending, m, instance);
	run_job(&mending, qf_buffer_text(&selection), run_undo, job, &check);
	end(&mending);
	qf_buffer_free(&selection);
}
