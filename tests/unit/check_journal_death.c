/*
 * check_journal_death.c - several processes at once, and what is left of one
 * that was killed at any moment.
 */
#include "queue-format/journal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "queue-format/journal_table.h"
#include "unit.h"

#define BATCH  5
#define ROUNDS 100

static struct qf_journal *journal;
static struct qf_arena arena;
static struct qf_error err;

/* What a child says each time that a step of it has returned. */
struct word {
	struct qf_job_id job;
	uint32_t prepared;
	uint32_t committed;
};

struct child {
	pid_t pid;
	int in;	 /* its words */
	int out; /* closed: it may begin */
};

static struct child children[2];

/* It must be there before this process opens the journal. */
static void
start(struct child *child, void (*piece)(int out))
{
	int words[2];
	int go[2];
	char byte;

	ck_assert_int_eq(pipe(words), 0);
	ck_assert_int_eq(pipe(go), 0);
	fflush(NULL);
	child->pid = fork();
	ck_assert_int_ge(child->pid, 0);
	if (child->pid == 0) {
		close(words[0]);
		close(go[1]);
		for (int i = 0; i < COUNT(children); i++) {
			if (&children[i] != child && children[i].pid > 0)
				close(children[i].out);
		}
		while (read(go[0], &byte, 1) < 0 && errno == EINTR)
			continue;
		piece(words[1]);
		_exit(0);
	}
	close(words[1]);
	close(go[0]);
	child->in = words[0];
	child->out = go[1];
}

static void
let_go(struct child *child)
{
	close(child->out);
	child->out = -1;
}

static int
wait_end(struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	child->pid = 0;
	close(child->in);
	return status;
}

static void
wait_good_end(struct child *child)
{
	int status = wait_end(child);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static void
end(void)
{
	for (int i = 0; i < COUNT(children); i++) {
		if (children[i].pid > 0) {
			kill(children[i].pid, SIGKILL);
			wait_end(&children[i]);
		}
	}
	qf_journal_close(journal);
	qf_arena_free(&arena);
}

static bool
hear(struct child *child, struct word *word)
{
	ssize_t len;

	do
		len = read(child->in, word, sizeof(*word));
	while (len < 0 && errno == EINTR);
	ck_assert(len == 0 || len == (ssize_t)sizeof(*word));
	return len > 0;
}

static void
say(int out, const struct word *word)
{
	if (write(out, word, sizeof(*word)) != (ssize_t)sizeof(*word))
		_exit(3);
}

/* A child says why on its standard error and ends. */
static void
good(enum qf_status status)
{
	if (status == QF_OK)
		return;
	fprintf(stderr, "child: status %d: %s\n", status, err.text);
	_exit(2);
}

/* Batch after batch; 0: for ever. */
static void
work(int out, unsigned batches)
{
	struct qf_job job = sample_job("hold");
	struct qf_journal_item items[BATCH];
	struct word word = { .prepared = 0 };

	good(qf_journal_open(sample_journal_path(), false, &journal, &err));
	good(qf_journal_begin(journal, &job, &err));
	word.job = job.id;
	say(out, &word);
	for (unsigned n = 0; batches == 0 || n < batches; n++) {
		for (unsigned i = 0; i < BATCH; i++)
			items[i] = sample_item(n * BATCH + i, "A", "B");
		good(qf_journal_prepare(journal, &job.id, items, BATCH, &err));
		word.prepared += BATCH;
		say(out, &word);
		for (unsigned i = 0; i < BATCH; i++)
			items[i].outcome = QF_OUTCOME_DONE;
		good(qf_journal_commit(journal, &job.id, items, BATCH, &err));
		word.committed += BATCH;
		say(out, &word);
	}
	good(qf_journal_end(journal, &job.id, QF_JOB_DONE, &err));
	qf_journal_close(journal);
}

static void
work_for_ever(int out)
{
	work(out, 0);
}

static void
work_a_while(int out)
{
	work(out, 60);
}

static struct qf_job
get_job(const struct qf_job_id *id, bool *is_alive)
{
	struct qf_job job;

	ck_assert_int_eq(
		qf_journal_job(journal, id, &arena, &job, is_alive, &err),
		QF_OK);
	return job;
}

START_TEST(killed_job_is_dead)
{
	struct qf_journal_item item = sample_item(1, "C", "D");
	struct qf_job_id id;
	struct word word;
	bool is_alive;

	start(&children[0], work_for_ever);
	let_go(&children[0]);
	ck_assert(hear(&children[0], &word));
	journal = sample_journal();
	get_job(&word.job, &is_alive);
	ck_assert(is_alive);
	ck_assert_int_eq(qf_journal_adopt(journal, &word.job, &err), QF_BUSY);
	kill(children[0].pid, SIGKILL);
	ck_assert(WIFSIGNALED(wait_end(&children[0])));
	get_job(&word.job, &is_alive);
	ck_assert(!is_alive);
	id = sample_begin(journal);
	sample_note(journal, &id, &item, 1, QF_OUTCOME_DONE);
	ck_assert_int_eq(qf_journal_adopt(journal, &word.job, &err), QF_OK);
}
END_TEST

START_TEST(stopped_job_is_alive)
{
	struct word word;
	char text[80];
	bool is_alive;
	int status;

	start(&children[0], work_for_ever);
	let_go(&children[0]);
	ck_assert(hear(&children[0], &word));
	kill(children[0].pid, SIGSTOP);
	ck_assert_int_eq(waitpid(children[0].pid, &status, WUNTRACED),
			 children[0].pid);
	ck_assert(WIFSTOPPED(status));
	/* For reading: it may have been stopped while it was writing. */
	journal = sample_journal_to_read();
	get_job(&word.job, &is_alive);
	ck_assert(is_alive);
	ck_assert_int_eq(qf_journal_adopt(journal, &word.job, &err), QF_BUSY);
	snprintf(text, sizeof(text), "process %ld is at work on job",
		 (long)children[0].pid);
	unit_says(err.text, text);
}
END_TEST

/* Nobody's step is lost, and nobody waits for ever. */
START_TEST(writers_take_turns)
{
	struct word words[2];

	for (int i = 0; i < 2; i++)
		start(&children[i], work_a_while);
	for (int i = 0; i < 2; i++)
		let_go(&children[i]);
	for (int i = 0; i < 2; i++) {
		while (hear(&children[i], &words[i]))
			continue;
		wait_good_end(&children[i]);
	}
	journal = sample_journal();
	for (int i = 0; i < 2; i++) {
		struct qf_job job;
		bool is_alive;

		ck_assert_uint_eq(words[i].committed, 60 * BATCH);
		job = get_job(&words[i].job, &is_alive);
		ck_assert(!is_alive);
		ck_assert_int_eq(job.state, QF_JOB_DONE);
		ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], 60 * BATCH);
		ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED], 0);
	}
}
END_TEST

/* What a job's items are, and that they are whole. */
struct sum {
	uint32_t items;
	uint32_t done;
	struct qf_journal_item prepared[BATCH];
};

static enum qf_status
add_item(void *context, const struct qf_journal_item *item)
{
	struct qf_journal_item wanted = sample_item(item->number, "A", "B");
	struct sum *sum = context;

	ck_assert_uint_eq(item->number, sum->items);
	wanted.number = item->number;
	wanted.outcome = item->outcome;
	sample_same_item(item, &wanted);
	sum->items++;
	if (item->outcome == QF_OUTCOME_DONE) {
		ck_assert_uint_eq(sum->done, item->number);
		sum->done++;
	} else {
		ck_assert_int_eq(item->outcome, QF_OUTCOME_PREPARED);
		ck_assert_uint_lt(item->number - sum->done, BATCH);
		sum->prepared[item->number - sum->done] = wanted;
		sum->prepared[item->number - sum->done].from_id = "A";
	}
	return QF_OK;
}

static struct sum
add_up(const struct qf_job_id *id)
{
	struct sum sum = { .items = 0 };

	ck_assert_int_eq(qf_journal_items(journal, id, add_item, &sum, &err),
			 QF_OK);
	return sum;
}

static enum qf_status
is_over(void *context, const struct qf_job *job, bool is_alive)
{
	struct qf_journal *where = context;

	(void)where;
	ck_assert(!is_alive);
	ck_assert_int_eq(job->state, QF_JOB_RECOVERED);
	ck_assert_uint_eq(job->counts[QF_OUTCOME_PREPARED], 0);
	return QF_OK;
}

/* The moment is by chance, from before it opens the journal on. */
static void
kill_it(struct child *child, int round, struct word *last)
{
	struct timespec pause = { .tv_nsec = rand() % 6000000 };
	bool heard = false;

	let_go(child);
	if (round % 4 != 0)
		heard = hear(child, last);
	nanosleep(&pause, NULL);
	kill(child->pid, SIGKILL);
	while (hear(child, last))
		heard = true;
	ck_assert(WIFSIGNALED(wait_end(child)));
	if (!heard)
		memset(last, 0, sizeof(*last));
}

/* All that was said to be done is there, and nothing is half there. */
static void
recover(const struct word *word)
{
	struct sum sum = add_up(&word->job);
	bool is_alive;
	struct qf_job job = get_job(&word->job, &is_alive);

	ck_assert(!is_alive);
	ck_assert_uint_eq(sum.items % BATCH, 0);
	ck_assert_uint_eq(sum.done % BATCH, 0);
	ck_assert_uint_ge(sum.items, word->prepared);
	ck_assert_uint_ge(sum.done, word->committed);
	ck_assert_uint_le(sum.items, word->prepared + BATCH);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], sum.done);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED],
			  sum.items - sum.done);
}

static enum qf_status
end_dead(void *context, const struct qf_job *job, bool is_alive)
{
	size_t *dead = context;
	struct sum sum;

	if (job->state != QF_JOB_RUNNING)
		return QF_STOPPED;
	ck_assert(!is_alive);
	sum = add_up(&job->id);
	ck_assert_int_eq(qf_journal_adopt(journal, &job->id, &err), QF_OK);
	for (uint32_t i = sum.done; i < sum.items; i++)
		sum.prepared[i - sum.done].outcome = QF_OUTCOME_GONE;
	ck_assert_int_eq(qf_journal_commit(journal, &job->id, sum.prepared,
					   sum.items - sum.done, &err),
			 QF_OK);
	ck_assert_int_eq(
		qf_journal_end(journal, &job->id, QF_JOB_RECOVERED, &err),
		QF_OK);
	++*dead;
	return QF_OK;
}

START_TEST(nothing_is_lost_by_a_kill)
{
	unsigned seed = (unsigned)time(NULL);
	uint64_t committed = 0;
	size_t dead = 0;

	srand(seed);
	for (int round = 0; round < ROUNDS; round++) {
		enum qf_status status;
		struct word word = { .prepared = 0 };

		start(&children[0], work_for_ever);
		kill_it(&children[0], round, &word);
		status = qf_journal_open(sample_journal_path(), false, &journal,
					 &err);
		ck_assert_msg(status == QF_OK, "seed %u, round %d: %d, %s",
			      seed, round, status, err.text);
		if (word.job.bytes[0] != 0 || word.job.bytes[1] != 0)
			recover(&word);
		committed += word.committed;
		status = qf_journal_jobs(journal, end_dead, &dead, &err);
		ck_assert(status == QF_OK || status == QF_STOPPED);
		if (round < ROUNDS - 1) {
			qf_journal_close(journal);
			journal = NULL;
		}
	}
	ck_assert_uint_gt(committed, ROUNDS);
	ck_assert_uint_ge(dead, ROUNDS / 2);
	ck_assert_int_eq(qf_journal_jobs(journal, is_over, journal, &err),
			 QF_OK);
}
END_TEST

/* A walk is no moment: what is behind may have been done since. */
static enum qf_status
count_item(void *context, const struct qf_journal_item *item)
{
	struct qf_journal_item wanted = sample_item(item->number, "A", "B");
	struct sum *sum = context;

	ck_assert_uint_eq(item->number, sum->items++);
	ck_assert(item->outcome == QF_OUTCOME_PREPARED ||
		  item->outcome == QF_OUTCOME_DONE);
	wanted.number = item->number;
	wanted.outcome = item->outcome;
	sample_same_item(item, &wanted);
	sum->done += item->outcome == QF_OUTCOME_DONE;
	return QF_OK;
}

START_TEST(reader_sees_whole_steps_of_a_writer)
{
	struct word word = { .prepared = 0 };
	uint32_t last = 0;

	start(&children[0], work_a_while);
	let_go(&children[0]);
	ck_assert(hear(&children[0], &word));
	journal = sample_journal_to_read();
	while (hear(&children[0], &word)) {
		struct sum sum = { .items = 0 };
		bool is_alive;
		struct qf_job job = get_job(&word.job, &is_alive);
		uint64_t items = job.counts[QF_OUTCOME_DONE] +
				 job.counts[QF_OUTCOME_PREPARED];

		ck_assert_uint_eq(items % BATCH, 0);
		ck_assert_uint_ge(items, last);
		ck_assert_uint_ge(items, word.prepared);
		ck_assert_int_eq(qf_journal_items(journal, &word.job,
						  count_item, &sum, &err),
				 QF_OK);
		ck_assert_uint_ge(sum.items, items);
		ck_assert_uint_ge(sum.done, word.committed);
		last = sum.items;
		qf_arena_empty(&arena, 0);
	}
	wait_good_end(&children[0]);
	ck_assert_uint_eq(add_up(&word.job).done, 60 * BATCH);
}
END_TEST

static enum qf_status
stop_in_it(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	(void)txn;
	(void)context;
	(void)error;
	raise(SIGSTOP);
	return QF_STOPPED;
}

static void
get_stuck(int out)
{
	(void)out;
	good(qf_journal_open(sample_journal_path(), false, &journal, &err));
	if (qf_journal_update(journal, stop_in_it, NULL, &err) != QF_STOPPED)
		_exit(4);
	qf_journal_close(journal);
}

START_TEST(writer_that_does_not_go_on_is_named)
{
	struct qf_job job = sample_job("hold");
	const struct qf_journal_name *names = NULL;
	char text[120];
	int status;

	journal = sample_journal();
	qf_journal_close(journal);
	journal = NULL;
	start(&children[0], get_stuck);
	let_go(&children[0]);
	ck_assert_int_eq(waitpid(children[0].pid, &status, WUNTRACED),
			 children[0].pid);
	ck_assert(WIFSTOPPED(status));
	journal = sample_journal();
	journal->patience = 50;
	ck_assert_int_eq(qf_journal_begin(journal, &job, &err), QF_BUSY);
	snprintf(text, sizeof(text),
		 "process %ld is writing the journal and does not go on",
		 (long)children[0].pid);
	unit_says(err.text, text);
	ck_assert_int_eq(
		qf_journal_next_name(journal, "A", &arena, &names, &err),
		QF_GONE);
	/* It goes on, or is killed. */
	kill(children[0].pid, _i == 0 ? SIGCONT : SIGKILL);
	if (_i == 0)
		wait_good_end(&children[0]);
	else
		wait_end(&children[0]);
	ck_assert_int_eq(qf_journal_begin(journal, &job, &err), QF_OK);
	sample_end(journal, &job.id);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_death");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_add_test(tc, killed_job_is_dead);
	tcase_add_test(tc, stopped_job_is_alive);
	tcase_add_test(tc, writers_take_turns);
	tcase_add_test(tc, nothing_is_lost_by_a_kill);
	tcase_add_test(tc, reader_sees_whole_steps_of_a_writer);
	tcase_add_loop_test(tc, writer_that_does_not_go_on_is_named, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
