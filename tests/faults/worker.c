/*
 * worker.c - one run after the other: a spool is made, the command is run with
 * a fault, and all that it has left is judged.
 */
#include "worker.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"

/* So much is told; there may be thousands of the same. */
#define TOLD 40

/* A journal is used that long. */
#define RUNS_OF_A_JOURNAL 30

static const char *const recover[] = { "hold", "0000000000", NULL };

void
worker_open(struct worker *worker, const struct options *options,
	    const struct samples *samples, size_t number)
{
	struct stage *stage = &worker->stage;
	struct bench *bench = &worker->bench;

	worker->options = options;
	snprintf(stage->folder, sizeof(stage->folder), "%.3000s/%zu",
		 options->work, number);
	if (mkdir(stage->folder, 0755) < 0 && errno != EEXIST)
		err(1, "%s", stage->folder);
	snprintf(bench->spool, sizeof(bench->spool), "%.3500s/spool",
		 stage->folder);
	snprintf(bench->state, sizeof(bench->state), "%.3500s/state",
		 stage->folder);
	bench->samples = samples;
	stage->mqadm = options->mqadm;
	stage->shim = options->shim;
	stage->trace = options->trace;
	stage->spool = bench->spool;
	stage->state = bench->state;
	stage_open(stage);
}

/* And see what it has left. */
static void
run_it(struct worker *worker, const char *const words[], bool faulty,
       struct outcome *outcome)
{
	stage_run(&worker->stage, words, faulty, outcome);
	bench_look(&worker->bench);
}

static void
new_journal(struct worker *worker)
{
	bench_remove(worker->bench.state);
	if (mkdir(worker->bench.state, 0755) < 0)
		err(1, "%s", worker->bench.state);
}

static void
give_orders(struct worker *worker, const struct fault *fault)
{
	struct orders *orders = worker->stage.orders;

	orders->mode = fault->mode;
	orders->kind = fault->kind;
	orders->error = fault->error;
	orders->at = fault->at;
	orders->keep = fault->mode == MODE_NONE;
	orders->calls = orders->allocations = orders->hits = 0;
	memset(&orders->hit, 0, sizeof(orders->hit));
	for (int i = 0; i < KIND_COUNT; i++)
		orders->kinds[i] = 0;
}

static void
write_plan(struct worker *worker, const char *text)
{
	FILE *file;

	snprintf(worker->plan, sizeof(worker->plan), "%.3500s/plan",
		 worker->stage.folder);
	file = fopen(worker->plan, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		err(1, "%s", worker->plan);
}

static void
take_words(struct worker *worker, struct verdict *verdict)
{
	const char *const *words = worker->scenario->words;
	struct history history = { .job = "" };

	for (size_t i = 0; i < WORDS_MAX; i++) {
		worker->words[i] = words[i];
		if (words[i] != NULL && strcmp(words[i], WORD_PLAN) == 0)
			worker->words[i] = worker->plan;
		if (words[i] == NULL || strcmp(words[i], WORD_JOB) != 0)
			continue;
		history_read(&worker->stage, &history, verdict);
		memcpy(worker->job, history.job, sizeof(worker->job));
		worker->words[i] = worker->job;
	}
}

/* The spool as the command finds it. */
static void
begin(struct worker *worker, struct verdict *verdict)
{
	const struct scenario *scenario = worker->scenario;
	struct outcome outcome;

	if (worker->unchanged)
		return;
	if (scenario->fresh || worker->runs == 0)
		new_journal(worker);
	worker->runs = (worker->runs + 1) % RUNS_OF_A_JOURNAL;
	bench_make(&worker->bench, worker->options->messages, scenario->places,
		   scenario->reported);
	if (scenario->before[0] != NULL) {
		stage_run(&worker->stage, scenario->before, false, &outcome);
		if (outcome.signal != 0 || outcome.status != 0)
			verdict_add(verdict, "%s before it: status %d: %s",
				    scenario->before[0], outcome.status,
				    outcome.err);
		write_plan(worker, outcome.out);
	}
	take_words(worker, verdict);
	judge_start(&worker->bench);
	worker->start = worker->bench.now;
}

static void
count_hit(struct worker *worker, const struct fault *fault)
{
	const struct orders *orders = worker->stage.orders;

	if (orders->hits == 0) {
		worker->tally->missed++;
		return;
	}
	worker->tally->modes[fault->mode]++;
	if (fault->mode == MODE_FAIL || fault->mode == MODE_FAIL_ON)
		worker->tally->kinds[orders->hit.kind]++;
}

static void
expect_recovery(struct worker *worker, struct verdict *verdict)
{
	struct outcome outcome;

	run_it(worker, recover, false, &outcome);
	/* 66: there is no such message, and there was nothing else. */
	if (outcome.signal != 0 || outcome.status != 66)
		verdict_add(verdict, "recovery: status %d, signal %d: %s",
			    outcome.status, outcome.signal, outcome.err);
}

/*
 * What was begun comes to its end, even if that is cut short, and a second
 * time changes nothing.
 */
static void
bring_to_end(struct worker *worker, const struct fault *then,
	     struct verdict *verdict)
{
	struct history history = { .job = "" };
	struct history again = { .job = "" };
	struct listing before;
	struct outcome outcome;

	worker->tally->recovered++;
	if (then->mode != MODE_NONE) {
		give_orders(worker, then);
		run_it(worker, recover, true, &outcome);
		count_hit(worker, then);
		judge_files(&worker->bench, worker->scenario, false, verdict);
	}
	expect_recovery(worker, verdict);
	history_read(&worker->stage, &history, verdict);
	judge_history(&worker->bench, worker->scenario, &history, verdict);
	before = worker->bench.now;
	expect_recovery(worker, verdict);
	history_read(&worker->stage, &again, verdict);
	if (!listing_is(&worker->bench.now, &before))
		verdict_add(verdict, "a second recovery changes files");
	if (strcmp(history.text, again.text) != 0)
		verdict_add(verdict, "a second recovery is noted: %s",
			    again.text);
}

/* Of the same command, the second time. */
static bool
may_end(const struct scenario *scenario, int status)
{
	return status == 0 || (scenario->once && status == 66) ||
	       (scenario->misses && status == 75);
}

static void
finish(struct worker *worker, const struct fault *then, struct verdict *verdict)
{
	struct history history = { .job = "" };
	struct outcome outcome;

	/* A directory that was made, and not given away yet, is root's. */
	history_read(&worker->stage, &history, NULL);
	if (!history.readable || strcmp(history.state, "died") == 0)
		bring_to_end(worker, then, verdict);
	else
		judge_history(&worker->bench, worker->scenario, &history,
			      verdict);
	judge_files(&worker->bench, worker->scenario, true, verdict);
	/* The same command again does the rest. */
	run_it(worker, worker->words, false, &outcome);
	if (outcome.signal != 0 || !may_end(worker->scenario, outcome.status))
		verdict_add(verdict, "once more: status %d, signal %d: %s",
			    outcome.status, outcome.signal, outcome.err);
	judge_files(&worker->bench, worker->scenario, true, verdict);
	judge_done(&worker->bench, worker->scenario, verdict);
}

/*
 * What the disk has not said to have is not done.  Interrupted, one asks once
 * more.  On a disk that is full it is removed all the same, and said that the
 * journal has nothing of it.
 */
static void
judge_syncs(const struct worker *worker, const struct fault *fault,
	    const struct outcome *outcome, struct verdict *verdict)
{
	bool fails = fault->mode == MODE_FAIL || fault->mode == MODE_FAIL_ON;
	bool syncs = fault->kind == KIND_fsync ||
		     fault->kind == KIND_fdatasync ||
		     fault->kind == KIND_msync || fault->kind == KIND_syncfs;

	if (fails && syncs && fault->error != EINTR &&
	    worker->stage.orders->hits > 0 && outcome->signal == 0 &&
	    outcome->status == 0 &&
	    strstr(outcome->err, "without a line in the history") == NULL)
		verdict_add(verdict, "not on the disk, and status 0");
}

static void
tell(struct worker *worker, const struct run *run, const struct call *hit,
     const struct outcome *outcome, const struct verdict *verdict)
{
	const char *error =
		run->first.error == 0 ? "" : strerrorname_np(run->first.error);
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (worker->tally->wrong++ >= TOLD)
		return;
	out = open_memstream(&text, &len);
	if (out == NULL)
		err(1, "memory");
	fprintf(out, "%s: %s %lu (%s) %s %s", worker->scenario->name,
		kind_name(run->first.kind), (unsigned long)run->first.at,
		hit->path, mode_name(run->first.mode), error);
	if (run->then.mode != MODE_NONE)
		fprintf(out, ", then %s %lu %s", kind_name(run->then.kind),
			(unsigned long)run->then.at, mode_name(run->then.mode));
	fprintf(out, "\n%sstatus %d, signal %d\n%s%s\n", verdict->text,
		outcome->status, outcome->signal, outcome->out, outcome->err);
	fclose(out);
	/* In one piece: others write, too. */
	(void)!write(STDERR_FILENO, text, len);
	free(text);
}

/* What comes of it is seen where it may be something else, or each time. */
static bool
is_of_interest(struct worker *worker, const struct run *run,
	       const struct outcome *outcome)
{
	bool known = known_is(&worker->tally->known, &worker->bench,
			      worker->stage.orders, outcome);

	if (!known || worker->options->carry_on ||
	    run->then.mode != MODE_NONE || run->first.mode == MODE_KILL_AFTER)
		return true;
	worker->tally->same++;
	return false;
}

/* The next can begin with what this one has found. */
static bool
has_changed_nothing(const struct worker *worker)
{
	const struct orders *orders = worker->stage.orders;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (plan_changes_files((enum kind)kind) &&
		    orders->kinds[kind] > 0)
			return false;
	}
	return !worker->scenario->fresh &&
	       listing_is(&worker->bench.now, &worker->start);
}

static void
try(struct worker *worker, const struct run *run)
{
	struct verdict verdict = { .len = 0 };
	bool kills = run->first.mode == MODE_KILL_BEFORE ||
		     run->first.mode == MODE_KILL_AFTER;
	struct outcome outcome;
	struct call hit;

	begin(worker, &verdict);
	give_orders(worker, &run->first);
	run_it(worker, worker->words, true, &outcome);
	hit = worker->stage.orders->hit;
	worker->tally->runs++;
	count_hit(worker, &run->first);
	judge_words(&worker->bench, worker->scenario, &outcome,
		    kills && worker->stage.orders->hits > 0, &verdict);
	judge_syncs(worker, &run->first, &outcome, &verdict);
	judge_files(&worker->bench, worker->scenario, false, &verdict);
	worker->unchanged = false;
	if (verdict.len > 0 || is_of_interest(worker, run, &outcome))
		finish(worker, &run->then, &verdict);
	else
		worker->unchanged = has_changed_nothing(worker);
	if (verdict.len == 0)
		return;
	tell(worker, run, &hit, &outcome, &verdict);
	new_journal(worker);
}

void
worker_look(struct worker *worker, const struct plan *plan)
{
	const struct fault none = { .mode = MODE_NONE };
	struct verdict verdict = { .len = 0 };
	struct outcome outcome;

	(void)plan;
	/* The second time, as with most runs, there is a journal. */
	for (int i = 0; i < 2; i++) {
		begin(worker, &verdict);
		give_orders(worker, &none);
		run_it(worker, worker->words, true, &outcome);
		judge_words(&worker->bench, worker->scenario, &outcome, false,
			    &verdict);
	}
	judge_files(&worker->bench, worker->scenario, true, &verdict);
	judge_done(&worker->bench, worker->scenario, &verdict);
	if (verdict.len > 0 || outcome.status != 0)
		errx(1, "%s without faults: status %d\n%s%s%s",
		     worker->scenario->name, outcome.status, verdict.text,
		     outcome.out, outcome.err);
}

/* The same runs for the same seed. */
static bool
is_chosen(const struct options *options, size_t i)
{
	uint64_t dice = (options->seed + 1) * UINT64_C(0x9E3779B97F4A7C15) + i;

	dice = (dice ^ dice >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	dice = (dice ^ dice >> 27) * UINT64_C(0x94D049BB133111EB);
	return (dice ^ dice >> 31) % options->one_in == 0;
}

void
worker_work(struct worker *worker, const struct plan *plan)
{
	for (;;) {
		size_t i = worker->tally->next++;

		if (i >= plan->count)
			return;
		if (is_chosen(worker->options, i))
			try(worker, &plan->runs[i]);
	}
}
