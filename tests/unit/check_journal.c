/*
 * check_journal.c - what is noted is there again, in order, and what makes no
 * sense is refused.
 */
#include "queue-format/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "journal_sample.h"
#include "queue-format/journal_table.h"
#include "unit.h"

static struct qf_journal *journal;
static struct qf_arena arena;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	journal = sample_journal();
}

static void
end(void)
{
	qf_journal_close(journal);
	qf_arena_free(&arena);
}

static struct qf_job
get_job(const struct qf_job_id *id, bool alive)
{
	struct qf_job job;
	bool is_alive;

	ck_assert_int_eq(
		qf_journal_job(journal, id, &arena, &job, &is_alive, &err),
		QF_OK);
	ck_assert(is_alive == alive);
	return job;
}

/* What a walk gave. */
struct seen {
	struct qf_job_id jobs[100];
	bool alive[100];
	uint32_t next;
	size_t count;
	size_t stop_at;
	const struct qf_journal_item *wanted;
};

static enum qf_status
take_job(void *context, const struct qf_job *job, bool is_alive)
{
	struct seen *seen = context;

	seen->jobs[seen->count] = job->id;
	seen->alive[seen->count++] = is_alive;
	return seen->count == seen->stop_at ? QF_STOPPED : QF_OK;
}

static enum qf_status
take_item(void *context, const struct qf_journal_item *item)
{
	struct seen *seen = context;

	ck_assert_uint_eq(item->number, seen->next++);
	if (seen->wanted != NULL)
		sample_same_item(item, &seen->wanted[item->number]);
	seen->count++;
	return seen->count == seen->stop_at ? QF_STOPPED : QF_OK;
}

static size_t
count_items(const struct qf_job_id *job)
{
	struct seen seen = { .count = 0 };

	ck_assert_int_eq(qf_journal_items(journal, job, take_item, &seen, &err),
			 QF_OK);
	return seen.count;
}

START_TEST(job_goes_its_way)
{
	struct qf_job job = sample_job("hold");
	struct qf_journal_item items[3];
	struct qf_job back;
	time_t before = time(NULL);

	for (uint64_t i = 0; i < 3; i++)
		items[i] = sample_item(i, "A1", "B2");
	memset(job.counts, 'x', sizeof(job.counts));
	ck_assert_int_eq(qf_journal_begin(journal, &job, &err), QF_OK);
	ck_assert_int_ge(job.begun, before);
	/* time() lags behind by up to a tick. */
	ck_assert_int_le(job.begun, time(NULL) + 1);
	back = get_job(&job.id, true);
	sample_same_job(&job, &back);
	ck_assert_int_eq(qf_journal_prepare(journal, &job.id, items, 2, &err),
			 QF_OK);
	ck_assert_int_eq(
		qf_journal_prepare(journal, &job.id, items + 2, 1, &err),
		QF_OK);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(items[i].number, i);
		ck_assert_int_eq(items[i].outcome, QF_OUTCOME_PREPARED);
	}
	ck_assert_uint_eq(get_job(&job.id, true).counts[QF_OUTCOME_PREPARED],
			  3);
	items[0].outcome = QF_OUTCOME_DONE;
	items[1].outcome = QF_OUTCOME_REFUSED;
	items[1].text = "it is not a plain file";
	items[2].outcome = QF_OUTCOME_GONE;
	ck_assert_int_eq(qf_journal_commit(journal, &job.id, items, 3, &err),
			 QF_OK);
	sample_end(journal, &job.id);
	back = get_job(&job.id, false);
	ck_assert_int_eq(back.state, QF_JOB_DONE);
	ck_assert_int_ge(back.ended, before);
	ck_assert_uint_eq(back.counts[QF_OUTCOME_PREPARED], 0);
	ck_assert_uint_eq(back.counts[QF_OUTCOME_DONE], 1);
	ck_assert_uint_eq(back.counts[QF_OUTCOME_REFUSED], 1);
	ck_assert_uint_eq(back.counts[QF_OUTCOME_GONE], 1);
	ck_assert_int_eq(qf_journal_items(journal, &job.id, take_item,
					  &(struct seen){ .wanted = items },
					  &err),
			 QF_OK);
}
END_TEST

START_TEST(all_is_there_when_it_is_opened_again)
{
	struct qf_journal_item items[2] = { sample_item(7, "A", "B"),
					    sample_item(8, NULL, NULL) };
	struct qf_job_id id = sample_begin(journal);
	struct seen seen = { .wanted = items };

	sample_note(journal, &id, items, 2, QF_OUTCOME_BUSY);
	sample_end(journal, &id);
	qf_journal_close(journal);
	journal = sample_journal_to_read();
	ck_assert_int_eq(qf_journal_items(journal, &id, take_item, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(get_job(&id, false).counts[QF_OUTCOME_BUSY], 2);
	ck_assert_int_eq(
		qf_journal_begin(journal, &(struct qf_job){ .user = "" }, &err),
		QF_INVALID);
	unit_says(err.text, "opened for reading only");
	ck_assert_int_eq(qf_journal_prune(journal, 0, 0, &err), QF_INVALID);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_GONE);
}
END_TEST

/* More than are copied at once. */
START_TEST(jobs_come_newest_first)
{
	struct seen seen = { .count = 0 };
	struct qf_job_id ids[70];

	for (int i = 0; i < 70; i++) {
		ids[i] = sample_begin(journal);
		if (i % 2 == 0)
			sample_end(journal, &ids[i]);
	}
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 70);
	for (int i = 0; i < 70; i++) {
		ck_assert_mem_eq(&seen.jobs[i], &ids[69 - i], sizeof(ids[0]));
		ck_assert(seen.alive[i] == (i % 2 == 0));
	}
	seen = (struct seen){ .stop_at = 40 };
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_STOPPED);
	ck_assert_uint_eq(seen.count, 40);
}
END_TEST

START_TEST(items_come_in_order)
{
	static const size_t counts[] = { 1, 255, 256, 257, 1000 };
	struct qf_journal_item *items = calloc(1000, sizeof(*items));
	size_t count = counts[_i];
	struct qf_job_id before = sample_begin(journal);
	struct qf_job_id id = sample_begin(journal);
	struct qf_job_id after = sample_begin(journal);
	struct seen seen = { .wanted = items };
	struct qf_journal_item other = sample_item(1, "X", "Y");

	for (size_t i = 0; i < count; i++)
		items[i] = sample_item(i, "A", "B");
	sample_note(journal, &before, &other, 1, QF_OUTCOME_DONE);
	sample_note(journal, &after, &other, 1, QF_OUTCOME_DONE);
	sample_note(journal, &id, items, count, QF_OUTCOME_ALREADY);
	ck_assert_int_eq(qf_journal_items(journal, &id, take_item, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, count);
	seen = (struct seen){ .stop_at = count };
	ck_assert_int_eq(qf_journal_items(journal, &id, take_item, &seen, &err),
			 QF_STOPPED);
	ck_assert_uint_eq(seen.count, count);
	free(items);
}
END_TEST

static enum qf_status
write_meanwhile(void *context, const struct qf_journal_item *item)
{
	struct qf_journal_item more = sample_item(99, "C", "D");
	struct qf_job_id *id = context;

	if (item->number < 600)
		sample_note(journal, id, &more, 1, QF_OUTCOME_DONE);
	return QF_OK;
}

/* No step is open while it runs: LMDB would wait for itself. */
START_TEST(callback_may_write)
{
	struct qf_journal_item *items = calloc(300, sizeof(*items));
	struct qf_job_id id = sample_begin(journal);

	for (size_t i = 0; i < 300; i++)
		items[i] = sample_item(i, "A", "B");
	sample_note(journal, &id, items, 300, QF_OUTCOME_DONE);
	ck_assert_int_eq(
		qf_journal_items(journal, &id, write_meanwhile, &id, &err),
		QF_OK);
	ck_assert_uint_ge(count_items(&id), 600);
	free(items);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id unknown = { { 1 } };
	struct qf_job_id id = sample_begin(journal);
	struct qf_job job;
	bool is_alive;

	ck_assert_int_eq(qf_journal_job(journal, &unknown, &arena, &job,
					&is_alive, &err),
			 QF_GONE);
	unit_says(err.text, "there is no job 01000000000000000000000000000000");
	ck_assert_int_eq(
		qf_journal_items(journal, &unknown, take_item, NULL, &err),
		QF_GONE);
	ck_assert_int_eq(qf_journal_adopt(journal, &unknown, &err), QF_GONE);
	ck_assert_int_eq(qf_journal_prepare(journal, &unknown, &item, 1, &err),
			 QF_INVALID);
	unit_says(err.text, "was neither begun nor adopted here");
	ck_assert_int_eq(qf_journal_commit(journal, &unknown, &item, 1, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_end(journal, &unknown, QF_JOB_DONE, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_commit(journal, &id, &item, 1, &err),
			 QF_GONE);
	unit_says(err.text, "there is no message 0 in job");
	ck_assert_int_eq(qf_journal_prepare(journal, &id, &item, 1, &err),
			 QF_OK);
	item.outcome = QF_OUTCOME_COUNT;
	ck_assert_int_eq(qf_journal_commit(journal, &id, &item, 1, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_end(journal, &id, QF_JOB_DONE, &err),
			 QF_INVALID);
	unit_says(err.text, "has messages that may be at either place");
	item.outcome = QF_OUTCOME_DONE;
	ck_assert_int_eq(qf_journal_commit(journal, &id, &item, 1, &err),
			 QF_OK);
	ck_assert_int_eq(qf_journal_end(journal, &id, QF_JOB_RUNNING, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_BUSY);
	ck_assert_int_eq(qf_journal_end(journal, &id, QF_JOB_INTERRUPTED, &err),
			 QF_OK);
	ck_assert_int_eq(qf_journal_end(journal, &id, QF_JOB_DONE, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_GONE);
	unit_says(err.text, "is over");
}
END_TEST

/* One bad item of many: none is noted. */
START_TEST(step_is_whole_or_not_at_all)
{
	struct qf_journal_item items[10];
	struct qf_job_id id = sample_begin(journal);
	char name[300];

	memset(name, 'n', sizeof(name));
	name[299] = '\0';
	for (size_t i = 0; i < 10; i++)
		items[i] = sample_item(i, "A", i == 9 ? name : "B");
	ck_assert_int_eq(qf_journal_prepare(journal, &id, items, 10, &err),
			 QF_INVALID);
	ck_assert_uint_eq(count_items(&id), 0);
	ck_assert_uint_eq(get_job(&id, true).counts[QF_OUTCOME_PREPARED], 0);
	items[9].to_id = "B";
	ck_assert_int_eq(qf_journal_prepare(journal, &id, items, 10, &err),
			 QF_OK);
	ck_assert_uint_eq(items[9].number, 9);
	for (size_t i = 0; i < 10; i++)
		items[i].outcome = QF_OUTCOME_DONE;
	items[9].number = 10;
	ck_assert_int_eq(qf_journal_commit(journal, &id, items, 10, &err),
			 QF_GONE);
	ck_assert_uint_eq(get_job(&id, true).counts[QF_OUTCOME_PREPARED], 10);
}
END_TEST

/* Recovery may be killed and begin again. */
START_TEST(commit_may_be_said_again)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id id = sample_begin(journal);
	struct qf_job job;

	sample_note(journal, &id, &item, 1, QF_OUTCOME_DONE);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			qf_journal_commit(journal, &id, &item, 1, &err), QF_OK);
	job = get_job(&id, true);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], 1);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED], 0);
	ck_assert_str_eq(sample_name(journal, "A", &arena), "B");
}
END_TEST

START_TEST(dead_job_is_adopted)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id id = sample_begin(journal);
	char name[QF_JOB_ID_TEXT];
	char path[60];

	ck_assert_int_eq(qf_journal_prepare(journal, &id, &item, 1, &err),
			 QF_OK);
	qf_journal_close(journal);
	journal = sample_journal();
	get_job(&id, false);
	ck_assert_int_eq(qf_journal_commit(journal, &id, &item, 1, &err),
			 QF_INVALID);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_OK);
	get_job(&id, true);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_BUSY);
	snprintf(path, sizeof(path), "process %ld is at work on job",
		 (long)getpid());
	unit_says(err.text, path);
	item.outcome = QF_OUTCOME_DONE;
	ck_assert_int_eq(qf_journal_commit(journal, &id, &item, 1, &err),
			 QF_OK);
	qf_job_id_text(&id, name);
	snprintf(path, sizeof(path), "journal/jobs/%s", name);
	ck_assert_int_eq(access(scratch_path(path), F_OK), 0);
	ck_assert_int_eq(qf_journal_end(journal, &id, QF_JOB_RECOVERED, &err),
			 QF_OK);
	ck_assert_int_ne(access(scratch_path(path), F_OK), 0);
	ck_assert_int_eq(get_job(&id, false).state, QF_JOB_RECOVERED);
}
END_TEST

/* Also when the lock file is lost. */
START_TEST(job_without_a_file_is_dead)
{
	struct qf_job_id id = sample_begin(journal);
	char name[QF_JOB_ID_TEXT];
	char path[60];

	qf_job_id_text(&id, name);
	snprintf(path, sizeof(path), "journal/jobs/%s", name);
	ck_assert_int_eq(unlink(scratch_path(path)), 0);
	get_job(&id, false);
	ck_assert_int_eq(qf_journal_adopt(journal, &id, &err), QF_OK);
	get_job(&id, true);
	sample_end(journal, &id);
}
END_TEST

static enum qf_status
put_job(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	return qf_journal_put_job(txn, context, error);
}

/* The clock was set back: what is newest stays so. */
START_TEST(order_of_jobs_does_not_need_a_clock)
{
	struct qf_job future = sample_job("hold");
	struct seen seen = { .count = 0 };
	struct qf_job_id id;

	future.id.bytes[0] = 0x7f;
	ck_assert_int_eq(qf_journal_update(journal, put_job, &future, &err),
			 QF_OK);
	id = sample_begin(journal);
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_mem_eq(&seen.jobs[0], &id, sizeof(id));
	ck_assert_mem_eq(&seen.jobs[1], &future.id, sizeof(id));
}
END_TEST

static uint64_t
file_size(void)
{
	struct stat st;

	ck_assert_int_eq(stat(scratch_path("journal/data.mdb"), &st), 0);
	return (uint64_t)st.st_size;
}

/* 16 MB is what the map begins with. */
START_TEST(map_grows)
{
	enum { BATCH = 2000 };
	struct qf_journal_item *items = calloc(BATCH, sizeof(*items));
	struct qf_job_id id = sample_begin(journal);
	char text[3000];

	memset(text, 't', sizeof(text));
	text[2999] = '\0';
	for (uint64_t n = 0; n < 5; n++) {
		for (size_t i = 0; i < BATCH; i++) {
			items[i] = sample_item(n * BATCH + i, "A", "B");
			items[i].text = text;
		}
		sample_note(journal, &id, items, BATCH, QF_OUTCOME_DONE);
	}
	ck_assert_uint_gt(file_size(), 30u << 20);
	sample_end(journal, &id);
	ck_assert_uint_eq(count_items(&id), 5 * BATCH);
	free(items);
}
END_TEST

/* Without any space reserved: a value that does not fit into the map. */
static enum qf_status
fill(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	struct qf_buffer value = { 0 };
	enum qf_status status = QF_OK;
	struct qf_journal_key key;

	++*(int *)context;
	qf_buffer_fill(&value, 'v', 1 << 20);
	for (unsigned char i = 0; i < 40 && status == QF_OK; i++) {
		key = (struct qf_journal_key){ { 'Z', i }, 2 };
		status = qf_journal_put(txn, &key, &value, error);
	}
	qf_buffer_free(&value);
	return status;
}

START_TEST(step_is_done_again_in_a_larger_map)
{
	int runs = 0;
	struct qf_job_id id;

	ck_assert_int_eq(qf_journal_update(journal, fill, &runs, &err), QF_OK);
	ck_assert_int_gt(runs, 1);
	id = sample_begin(journal);
	ck_assert_uint_eq(count_items(&id), 0);
}
END_TEST

static int
use_of_parent(void *context)
{
	struct qf_job job = sample_job("hold");
	struct qf_journal *mine = context;
	const struct qf_journal_name *names = NULL;

	if (qf_journal_begin(mine, &job, &err) != QF_INVALID ||
	    qf_journal_next_name(mine, "A", &arena, &names, &err) != QF_INVALID)
		return 1;
	fprintf(stderr, "%s", err.text);
	qf_journal_close(mine);
	_exit(0);
}

START_TEST(child_does_not_use_it)
{
	struct qf_job_id id = sample_begin(journal);
	struct apart apart;

	apart_run(&apart, use_of_parent, journal);
	ck_assert_int_eq(apart.status, 0);
	unit_says(apart.err, "the parent process has opened it");
	apart_free(&apart);
	/* Its end has not harmed the parent. */
	get_job(&id, true);
	sample_end(journal, &id);
}
END_TEST

START_TEST(process_opens_it_once)
{
	struct qf_journal *other;

	ck_assert_int_eq(
		qf_journal_open(sample_journal_path(), true, &other, &err),
		QF_INVALID);
	unit_says(err.text, "this process has it open already");
	ck_assert_ptr_null(other);
	sample_begin(journal);
}
END_TEST

static enum qf_status
set_format(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	const struct qf_journal_head head = { .format = *(uint64_t *)context };

	return qf_journal_put_head(txn, &head, error);
}

START_TEST(newer_format_is_refused)
{
	uint64_t format = QF_JOURNAL_FORMAT + 1;

	ck_assert_int_eq(qf_journal_update(journal, set_format, &format, &err),
			 QF_OK);
	qf_journal_close(journal);
	ck_assert_int_eq(
		qf_journal_open(sample_journal_path(), _i == 1, &journal, &err),
		QF_INVALID);
	unit_says(err.text, "a newer version has written it (format 2, known "
			    "is 1): use that version, or move the directory "
			    "away");
	ck_assert_ptr_null(journal);
	/* Also when it is looked at from end to end. */
	ck_assert_int_eq(unlink(scratch_path("journal/stamp")), 0);
	ck_assert_int_eq(
		qf_journal_open(sample_journal_path(), _i == 1, &journal, &err),
		QF_INVALID);
}
END_TEST

static enum qf_status
make_older(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	struct qf_journal_head head;
	enum qf_status status = qf_journal_get_head(txn, &head, error);

	(void)context;
	head.format = QF_JOURNAL_FORMAT - 1;
	return status == QF_OK ? qf_journal_put_head(txn, &head, error)
			       : status;
}

static enum qf_status
get_format(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	struct qf_journal_head head;
	enum qf_status status = qf_journal_get_head(txn, &head, error);

	*(uint64_t *)context = head.format;
	return status;
}

/* Who only reads it leaves it as it is; both find what is in it. */
START_TEST(older_format_becomes_ours)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id id = sample_begin(journal);
	uint64_t format = 99;

	sample_note(journal, &id, &item, 1, QF_OUTCOME_DONE);
	sample_end(journal, &id);
	ck_assert_int_eq(qf_journal_update(journal, make_older, NULL, &err),
			 QF_OK);
	for (int read_only = 1; read_only >= 0; read_only--) {
		qf_journal_close(journal);
		/* A reader leaves none. */
		(void)unlink(scratch_path("journal/stamp"));
		ck_assert_int_eq(qf_journal_open(sample_journal_path(),
						 read_only == 1, &journal,
						 &err),
				 QF_OK);
		ck_assert_int_eq(
			qf_journal_view(journal, get_format, &format, &err),
			QF_OK);
		ck_assert_uint_eq(format,
				  QF_JOURNAL_FORMAT - (uint64_t)read_only);
		ck_assert_uint_eq(count_items(&id), 1);
	}
}
END_TEST

static struct qf_job_id
old_job(size_t items)
{
	struct qf_journal_item list[10];
	struct qf_job_id id = sample_begin(journal);

	for (size_t i = 0; i < items; i++)
		list[i] = sample_item(i, "A", "B");
	sample_note(journal, &id, list, items, QF_OUTCOME_DONE);
	sample_end(journal, &id);
	return id;
}

START_TEST(old_jobs_are_forgotten)
{
	struct seen seen = { .count = 0 };
	struct qf_job_id running = sample_begin(journal);
	struct qf_journal_item item = sample_item(77, "R", "S");

	ck_assert_int_eq(qf_journal_prepare(journal, &running, &item, 1, &err),
			 QF_OK);
	old_job(10);
	old_job(5);
	ck_assert_int_eq(qf_journal_prune(journal, 0, 0, &err), QF_OK);
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 3);
	ck_assert_int_eq(qf_journal_prune(journal, time(NULL) + 10, 0, &err),
			 QF_OK);
	seen.count = 0;
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_mem_eq(&seen.jobs[0], &running, sizeof(running));
	ck_assert_uint_eq(count_items(&running), 1);
	ck_assert_str_eq(sample_name(journal, "A", &arena), "A");
	/* Nothing of it is left. */
	qf_journal_close(journal);
	ck_assert_int_eq(unlink(scratch_path("journal/stamp")), 0);
	journal = sample_journal();
}
END_TEST

START_TEST(oldest_go_when_there_are_too_many)
{
	struct seen seen = { .count = 0 };
	struct qf_job_id ids[3];

	for (int i = 0; i < 3; i++)
		ids[i] = old_job(10);
	ck_assert_int_eq(qf_journal_prune(journal, 0, 30, &err), QF_OK);
	ck_assert_uint_eq(count_items(&ids[0]), 10);
	ck_assert_int_eq(qf_journal_prune(journal, 0, 19, &err), QF_OK);
	ck_assert_int_eq(qf_journal_jobs(journal, take_job, &seen, &err),
			 QF_OK);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_mem_eq(&seen.jobs[0], &ids[2], sizeof(ids[2]));
}
END_TEST

/* More than go in one step; and lock files that nobody needs. */
START_TEST(all_of_a_long_job_is_forgotten)
{
	struct qf_journal_item *items = calloc(2500, sizeof(*items));
	struct qf_job_id id = sample_begin(journal);
	struct qf_job_id running = sample_begin(journal);
	char path[60] = "journal/jobs/";
	struct qf_job job;
	bool is_alive;

	for (size_t i = 0; i < 2500; i++)
		items[i] = sample_item(i, "A", "B");
	sample_note(journal, &id, items, 2500, QF_OUTCOME_DONE);
	sample_end(journal, &id);
	scratch_text("journal/jobs/00000000000000000000000000000001", "", 0600);
	scratch_text("journal/jobs/something", "", 0600);
	ck_assert_int_eq(qf_journal_prune(journal, time(NULL) + 10, 0, &err),
			 QF_OK);
	ck_assert_int_eq(
		qf_journal_job(journal, &id, &arena, &job, &is_alive, &err),
		QF_GONE);
	ck_assert_int_ne(
		access(scratch_path("journal/jobs/"
				    "00000000000000000000000000000001"),
		       F_OK),
		0);
	ck_assert_int_eq(access(scratch_path("journal/jobs/something"), F_OK),
			 0);
	qf_job_id_text(&running, path + strlen(path));
	ck_assert_int_eq(access(scratch_path(path), F_OK), 0);
	get_job(&running, true);
	free(items);
}
END_TEST

static enum qf_status
put_raw(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	struct qf_journal_key key;
	struct qf_job_id *id = context;

	qf_journal_key_item(&key, id, 0);
	return qf_journal_put(txn, &key, &journal->value, error);
}

/* The value of an item with one byte changed, where it lies. */
START_TEST(damaged_value_is_named)
{
	struct qf_journal_item item = sample_item(5, "A", "B");
	struct qf_job_id id = sample_begin(journal);
	struct qf_journal_entry entry;
	struct qf_journal_key key;
	struct qf_journal_item last;
	struct qf_job job;
	char text[QF_JOB_ID_TEXT];
	const struct qf_journal_name *names = NULL;
	bool knows;

	sample_note(journal, &id, &item, 1, QF_OUTCOME_DONE);
	entry = (struct qf_journal_entry){ item, 1 };
	qf_journal_key_item(&key, &id, 0);
	qf_job_id_text(&id, text);
	for (size_t i = 0; i == 0 || i < journal->value.len; i++) {
		struct seen seen = { .count = 0 };

		ck_assert_int_eq(qf_journal_pack_item(&key, &entry,
						      &journal->value, &err),
				 QF_OK);
		journal->value.data[i] ^= 0x20;
		ck_assert_int_eq(qf_journal_update(journal, put_raw, &id, &err),
				 QF_OK);
		ck_assert_int_eq(
			qf_journal_items(journal, &id, take_item, &seen, &err),
			QF_CORRUPT);
		ck_assert_uint_eq(seen.count, 0);
		unit_says(err.text, "message 0 of job");
		unit_says(err.text, text);
		ck_assert_int_eq(qf_journal_next_name(journal, "A", &arena,
						      &names, &err),
				 QF_CORRUPT);
		ck_assert_int_eq(
			qf_journal_knows(journal, 5, "A", &knows, &err),
			QF_CORRUPT);
		ck_assert_int_eq(qf_journal_last(journal, 5, 0, "hold", &arena,
						 &job, &last, &err),
				 QF_CORRUPT);
		ck_assert_int_eq(
			qf_journal_commit(journal, &id, &item, 1, &err),
			QF_CORRUPT);
	}
	/* It is noticed at once the next time. */
	qf_journal_close(journal);
	ck_assert_int_eq(
		qf_journal_open(sample_journal_path(), false, &journal, &err),
		QF_CORRUPT);
	unit_says(err.text, "message 0 of job");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, job_goes_its_way);
	tcase_add_test(tc, all_is_there_when_it_is_opened_again);
	tcase_add_test(tc, jobs_come_newest_first);
	tcase_add_loop_test(tc, items_come_in_order, 0, 5);
	tcase_add_test(tc, callback_may_write);
	tcase_add_test(tc, nonsense_is_refused);
	tcase_add_test(tc, step_is_whole_or_not_at_all);
	tcase_add_test(tc, commit_may_be_said_again);
	tcase_add_test(tc, dead_job_is_adopted);
	tcase_add_test(tc, job_without_a_file_is_dead);
	tcase_add_test(tc, order_of_jobs_does_not_need_a_clock);
	tcase_add_test(tc, map_grows);
	tcase_add_test(tc, step_is_done_again_in_a_larger_map);
	tcase_add_test(tc, child_does_not_use_it);
	tcase_add_test(tc, process_opens_it_once);
	tcase_add_loop_test(tc, newer_format_is_refused, 0, 2);
	tcase_add_test(tc, older_format_becomes_ours);
	tcase_add_test(tc, old_jobs_are_forgotten);
	tcase_add_test(tc, oldest_go_when_there_are_too_many);
	tcase_add_test(tc, all_of_a_long_job_is_forgotten);
	tcase_add_test(tc, damaged_value_is_named);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
