/*
 * faults - make every call of mqadm fail, and see what becomes of the mail.
 *
 * usage: faults [OPTION ...] MQADM SHIM SAMPLE WORK
 *
 *	--only NAME	this scenario
 *	--messages N	so many (3)
 *	--in-full	every call meets every error
 *	--every N	only each N-th run
 *	--workers N	runs at once (8: most of the time they wait)
 *	--kinds		one call of each kind, and nothing more
 *	--lie		the control: renamings that are said to be done
 *	--trace FILE	only let strace(1) count the calls of a run
 *
 * SAMPLE is a spool of spoolgen's, from which messages are taken; WORK is a
 * folder for spools.  A line for each scenario goes to standard output, and
 * one for each kind of call that was made to fail; what is wrong to standard
 * error.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "judge.h"
#include "plan.h"
#include "program.h"
#include "scenario.h"

/* So much is told; there may be thousands of the same. */
#define TOLD 40

/* A journal is used that long. */
#define RUNS_OF_A_JOURNAL 100

#define WORKERS_MAX 64

/* What all workers add to. */
struct tally {
	_Atomic size_t next;
	_Atomic size_t runs;
	_Atomic size_t missed; /* there was no such call this time */
	_Atomic size_t recovered;
	_Atomic size_t wrong;
	_Atomic size_t modes[MODE_COUNT];
	_Atomic size_t kinds[KIND_COUNT]; /* that failed */
};

struct options {
	const char *only;
	size_t messages;
	size_t every;
	size_t workers;
	bool in_full;
	bool kinds;
	bool lie;
	const char *trace;
	const char *mqadm;
	const char *shim;
	const char *work;
};

struct worker {
	const struct options *options;
	const struct scenario *scenario;
	struct tally *tally;
	struct bench bench;
	struct stage stage;
	size_t runs; /* of this journal */
};

static const char *const recover[] = { "hold", "0000000000", NULL };

static void
open_worker(struct worker *worker, const struct options *options,
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

static void
new_journal(struct worker *worker)
{
	bench_remove(worker->bench.state);
	if (mkdir(worker->bench.state, 0755) < 0)
		err(1, "%s", worker->bench.state);
	worker->runs = 0;
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
	orders->pid = 0;
	orders->calls = orders->allocations = orders->hits = 0;
	memset(&orders->hit, 0, sizeof(orders->hit));
	for (int i = 0; i < KIND_COUNT; i++)
		orders->kinds[i] = 0;
}

/* The spool as the command finds it. */
static void
begin(struct worker *worker, struct verdict *verdict)
{
	const struct scenario *scenario = worker->scenario;
	struct outcome outcome;

	if (scenario->fresh || worker->runs++ % RUNS_OF_A_JOURNAL == 0)
		new_journal(worker);
	bench_make(&worker->bench, worker->options->messages, scenario->places,
		   scenario->reported);
	if (scenario->before[0] != NULL) {
		stage_run(&worker->stage, scenario->before, false, &outcome);
		if (outcome.signal != 0 || outcome.status != 0)
			verdict_add(verdict, "%s before it: status %d: %s",
				    scenario->before[0], outcome.status,
				    outcome.err);
	}
	judge_start(&worker->bench);
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

	stage_run(&worker->stage, recover, false, &outcome);
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
	struct listing before = { .count = 0 };
	struct listing after = { .count = 0 };
	struct outcome outcome;

	worker->tally->recovered++;
	if (then->mode != MODE_NONE) {
		give_orders(worker, then);
		stage_run(&worker->stage, recover, true, &outcome);
		count_hit(worker, then);
		judge_files(&worker->bench, worker->scenario, false, verdict);
	}
	expect_recovery(worker, verdict);
	history_read(&worker->stage, &history, verdict);
	judge_history(&worker->bench, &history, verdict);
	bench_list(&worker->bench, &before);
	expect_recovery(worker, verdict);
	history_read(&worker->stage, &again, verdict);
	bench_list(&worker->bench, &after);
	if (memcmp(&before, &after, sizeof(before)) != 0)
		verdict_add(verdict, "a second recovery changes files");
	if (strcmp(history.text, again.text) != 0)
		verdict_add(verdict, "a second recovery is noted: %s",
			    again.text);
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
		judge_history(&worker->bench, &history, verdict);
	judge_files(&worker->bench, worker->scenario, true, verdict);
	/* The same command again does the rest. */
	stage_run(&worker->stage, worker->scenario->words, false, &outcome);
	if (outcome.signal != 0 || outcome.status != 0)
		verdict_add(verdict, "once more: status %d, signal %d: %s",
			    outcome.status, outcome.signal, outcome.err);
	judge_files(&worker->bench, worker->scenario, true, verdict);
	judge_done(&worker->bench, worker->scenario, verdict);
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
	stage_run(&worker->stage, worker->scenario->words, true, &outcome);
	hit = worker->stage.orders->hit;
	worker->tally->runs++;
	count_hit(worker, &run->first);
	judge_words(&worker->bench, worker->scenario, &outcome,
		    kills && worker->stage.orders->hits > 0, &verdict);
	judge_files(&worker->bench, worker->scenario, false, &verdict);
	finish(worker, &run->then, &verdict);
	if (verdict.len == 0)
		return;
	tell(worker, run, &hit, &outcome, &verdict);
	new_journal(worker);
}

/* What the command does when nothing fails. */
static void
look(struct worker *worker, const struct plan *plan)
{
	const struct fault none = { .mode = MODE_NONE };
	struct verdict verdict = { .len = 0 };
	struct outcome outcome;

	(void)plan;
	/* The second time, as with most runs, there is a journal. */
	for (int i = 0; i < 2; i++) {
		begin(worker, &verdict);
		give_orders(worker, &none);
		stage_run(&worker->stage, worker->scenario->words, true,
			  &outcome);
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

static void
work(struct worker *worker, const struct plan *plan)
{
	size_t every = worker->options->every;

	for (;;) {
		size_t i = worker->tally->next++ * every;

		if (i >= plan->count)
			return;
		try(worker, &plan->runs[i]);
	}
}

/*
 * mqadm looks at all processes for Postfix's: where that is allowed, among no
 * others than its own, which makes one run like the other.
 */
static void
be_alone(void)
{
	pid_t child;
	int result = 0;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
		return;
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			err(1, "/proc");
		return;
	}
	while (waitpid(child, &result, 0) < 0 && errno == EINTR)
		continue;
	_exit(WIFEXITED(result) ? WEXITSTATUS(result) : 1);
}

static void
begin_apart(void (*task)(struct worker *, const struct plan *),
	    struct worker *worker, const struct plan *plan)
{
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (child > 0)
		return;
	be_alone();
	task(worker, plan);
	_exit(0);
}

static void
wait_for_all(void)
{
	bool failed = false;
	int result;

	while (wait(&result) > 0)
		failed |= result != 0;
	if (failed)
		errx(1, "a worker has failed");
}

static void
tell_sum(const struct scenario *scenario, const struct plan *plan,
	 const struct tally *tally)
{
	printf("%s\t%zu calls, %zu allocations, %zu runs", scenario->name,
	       plan->calls, plan->allocations, tally->runs);
	for (int i = 0; i < MODE_COUNT; i++) {
		if (tally->modes[i] > 0)
			printf(", %s %zu", mode_name((enum mode)i),
			       tally->modes[i]);
	}
	printf(", no such call %zu, recovered %zu, wrong %zu\n", tally->missed,
	       tally->recovered, tally->wrong);
	fflush(stdout);
}

/* How many runs went wrong. */
static size_t
try_scenario(struct worker *workers, const struct scenario *scenario,
	     size_t kinds[KIND_COUNT])
{
	const struct options *options = workers->options;
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct plan plan = { .count = 0 };
	size_t wrong;

	if (tally == MAP_FAILED)
		err(1, "memory");
	for (size_t i = 0; i < options->workers; i++) {
		workers[i].scenario = scenario;
		workers[i].tally = tally;
		workers[i].runs = 0;
	}
	begin_apart(look, &workers[0], NULL);
	wait_for_all();
	if (options->trace != NULL)
		return 0;
	if (options->kinds)
		plan_make_kinds(&plan, workers[0].stage.orders);
	else if (options->lie)
		plan_make_lies(&plan, workers[0].stage.orders);
	else
		plan_make(&plan, workers[0].stage.orders, options->in_full);
	for (size_t i = 0; i < options->workers; i++)
		begin_apart(work, &workers[i], &plan);
	wait_for_all();
	tell_sum(scenario, &plan, tally);
	for (size_t i = 0; i < KIND_COUNT; i++)
		kinds[i] += tally->kinds[i];
	wrong = tally->wrong;
	munmap(tally, sizeof(*tally));
	plan_free(&plan);
	return wrong;
}

static size_t
number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '1' || *text > '9' || *end != '\0')
		errx(64, "\"%s\" is not a number above zero", text);
	return value;
}

static void
read_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "only", required_argument, NULL, 'o' },
		{ "messages", required_argument, NULL, 'm' },
		{ "in-full", no_argument, NULL, 'f' },
		{ "every", required_argument, NULL, 'e' },
		{ "workers", required_argument, NULL, 'w' },
		{ "kinds", no_argument, NULL, 'k' },
		{ "lie", no_argument, NULL, 'l' },
		{ "trace", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'o':
			options->only = optarg;
			break;
		case 'm':
			options->messages = number(optarg);
			break;
		case 'f':
			options->in_full = true;
			break;
		case 'e':
			options->every = number(optarg);
			break;
		case 'w':
			options->workers = number(optarg);
			break;
		case 'k':
			options->kinds = true;
			break;
		case 't':
			options->trace = optarg;
			break;
		case 'l':
			options->lie = true;
			break;
		default:
			exit(64);
		}
	}
	if (argc - optind != 4 || options->workers > WORKERS_MAX ||
	    options->messages > MESSAGES_MAX)
		errx(64, "usage: faults [OPTION ...] MQADM SHIM SAMPLE WORK");
	options->mqadm = argv[optind];
	options->shim = argv[optind + 1];
	options->work = argv[optind + 3];
}

int
main(int argc, char **argv)
{
	struct options options = { .messages = 3, .every = 1, .workers = 8 };
	size_t kinds[KIND_COUNT] = { 0 };
	struct samples samples = { .count = 0 };
	struct worker *workers;
	size_t wrong = 0;

	read_options(&options, argc, argv);
	umask(022);
	samples_read(&samples, argv[optind + 2]);
	workers = calloc(options.workers, sizeof(*workers));
	if (workers == NULL)
		err(1, "memory");
	for (size_t i = 0; i < options.workers; i++)
		open_worker(&workers[i], &options, &samples, i);
	for (size_t i = 0; i < scenario_count; i++) {
		if (options.only == NULL ||
		    strcmp(options.only, scenarios[i].name) == 0)
			wrong += try_scenario(workers, &scenarios[i], kinds);
	}
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (kinds[i] > 0)
			printf("failed\t%s\t%zu\n", kind_name((enum kind)i),
			       kinds[i]);
	}
	return wrong == 0 ? 0 : 1;
}
