/*
 * journal_sample.c - a journal in the test's own directory.
 */
#include "journal_sample.h"

#include <string.h>

#include "unit.h"

const char *
sample_journal_path(void)
{
	return scratch_path("journal");
}

static struct qf_journal *
open_journal(bool read_only)
{
	struct qf_journal *journal = NULL;
	struct qf_error err = { 0 };
	enum qf_status status;

	status = qf_journal_open(sample_journal_path(), read_only, &journal,
				 &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
	return journal;
}

struct qf_journal *
sample_journal(void)
{
	return open_journal(false);
}

struct qf_journal *
sample_journal_to_read(void)
{
	return open_journal(true);
}

struct qf_job
sample_job(const char *action)
{
	return (struct qf_job){
		.uid = 1001,
		.user = "alice",
		.sudo_user = "bob",
		.tty = "pts/3",
		.host = "mx1.example",
		.command = "mqadm hold -w 'sender = *@x.example'",
		.action = action,
		.selection = "sender = *@x.example",
		.reason = "incident \xc3\xa4 12",
	};
}

struct qf_journal_item
sample_item(uint64_t inode, const char *from_id, const char *to_id)
{
	return (struct qf_journal_item){
		.outcome = QF_OUTCOME_PREPARED,
		.inode = inode,
		.birth = 1700000000123456789,
		.arrival = 1700000001,
		.sender = "sender@x.example",
		.from_folder = "active",
		.from_id = from_id,
		.to_folder = "hold",
		.to_id = to_id,
		.modified = 1700000002,
		.mode = 0100700,
		.changed = 1700000003987654321,
		.defer = 11,
		.bounce = 12,
		.trace = 13,
		.qmgr_pid = -1,
		.qmgr_start = 4711,
		.text = "",
	};
}

struct qf_job_id
sample_begin(struct qf_journal *journal)
{
	struct qf_job job = sample_job("hold");
	struct qf_error err = { 0 };
	enum qf_status status = qf_journal_begin(journal, &job, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
	return job.id;
}

void
sample_note(struct qf_journal *journal, const struct qf_job_id *job,
	    struct qf_journal_item *items, size_t count,
	    enum qf_outcome outcome)
{
	struct qf_error err = { 0 };
	enum qf_status status;

	status = qf_journal_prepare(journal, job, items, count, &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(items[i].outcome, QF_OUTCOME_PREPARED);
		items[i].outcome = outcome;
	}
	status = qf_journal_commit(journal, job, items, count, &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
}

struct qf_job_id
sample_announce(struct qf_journal *journal, int64_t birth,
		struct qf_journal_item *item)
{
	struct qf_job_id job = sample_begin(journal);
	struct qf_error err;

	item->birth = birth;
	ck_assert_int_eq(qf_journal_prepare(journal, &job, item, 1, &err),
			 QF_OK);
	return job;
}

void
sample_commit(struct qf_journal *journal, const struct qf_job_id *job,
	      struct qf_journal_item *item, enum qf_outcome outcome)
{
	struct qf_error err;

	item->outcome = outcome;
	ck_assert_int_eq(qf_journal_commit(journal, job, item, 1, &err), QF_OK);
}

void
sample_end(struct qf_journal *journal, const struct qf_job_id *job)
{
	struct qf_error err = { 0 };
	enum qf_status status = qf_journal_end(journal, job, QF_JOB_DONE, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
}

struct qf_job_id
sample_move(struct qf_journal *journal, uint64_t inode, int64_t birth,
	    const char *from_id, const char *to_id)
{
	struct qf_journal_item item = sample_item(inode, from_id, to_id);
	struct qf_job_id job = sample_begin(journal);

	item.birth = birth;
	sample_note(journal, &job, &item, 1, QF_OUTCOME_DONE);
	sample_end(journal, &job);
	return job;
}

const char *
sample_name(struct qf_journal *journal, const char *id, struct qf_arena *arena)
{
	const struct qf_journal_name *names = NULL;
	struct qf_error err = { 0 };
	enum qf_status status;

	status = qf_journal_next_name(journal, id, arena, &names, &err);
	if (status == QF_GONE)
		return id;
	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
	return names->name;
}

static void
same_text(const char *a, const char *b)
{
	ck_assert_msg((a == NULL) == (b == NULL), "\"%s\" and \"%s\"",
		      a == NULL ? "NULL" : a, b == NULL ? "NULL" : b);
	if (a != NULL)
		ck_assert_str_eq(a, b);
}

void
sample_same_job(const struct qf_job *a, const struct qf_job *b)
{
	ck_assert_mem_eq(&a->id, &b->id, sizeof(a->id));
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->begun, b->begun);
	ck_assert_int_eq(a->ended, b->ended);
	ck_assert_uint_eq(a->uid, b->uid);
	same_text(a->user, b->user);
	same_text(a->sudo_user, b->sudo_user);
	same_text(a->tty, b->tty);
	same_text(a->host, b->host);
	same_text(a->command, b->command);
	same_text(a->action, b->action);
	same_text(a->selection, b->selection);
	same_text(a->reason, b->reason);
	for (int i = 0; i < QF_OUTCOME_COUNT; i++)
		ck_assert_uint_eq(a->counts[i], b->counts[i]);
}

void
sample_same_item(const struct qf_journal_item *a,
		 const struct qf_journal_item *b)
{
	ck_assert_uint_eq(a->number, b->number);
	ck_assert_int_eq(a->outcome, b->outcome);
	ck_assert_uint_eq(a->inode, b->inode);
	ck_assert_int_eq(a->birth, b->birth);
	ck_assert_int_eq(a->arrival, b->arrival);
	same_text(a->sender, b->sender);
	same_text(a->from_folder, b->from_folder);
	same_text(a->from_id, b->from_id);
	same_text(a->to_folder, b->to_folder);
	same_text(a->to_id, b->to_id);
	ck_assert_int_eq(a->modified, b->modified);
	ck_assert_uint_eq(a->mode, b->mode);
	ck_assert_int_eq(a->changed, b->changed);
	ck_assert_uint_eq(a->defer, b->defer);
	ck_assert_uint_eq(a->bounce, b->bounce);
	ck_assert_uint_eq(a->trace, b->trace);
	ck_assert_int_eq(a->qmgr_pid, b->qmgr_pid);
	ck_assert_uint_eq(a->qmgr_start, b->qmgr_start);
	same_text(a->text, b->text);
}
