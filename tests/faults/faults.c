/*
 * faults - make every call of mqadm fail, and see what becomes of the mail.
 *
 * usage: faults [OPTION ...] MQADM SHIM SAMPLE WORK
 *
 *	--only NAME	this scenario
 *	--call NAME	this kind of call
 *	--messages N	so many (3)
 *	--in-full	every call meets every error also for good
 *	--carry-on	see what comes of a run also where that is known
 *	--one-in N	only so many of the runs, by chance
 *	--seed S	another choice (1)
 *	--workers N	runs at once (16: most of the time they wait)
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

#include "worker.h"

#define WORKERS_MAX 64

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
	printf(", no such call %zu, same %zu, recovered %zu, wrong %zu\n",
	       tally->missed, tally->same, tally->recovered, tally->wrong);
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
	begin_apart(worker_look, &workers[0], NULL);
	wait_for_all();
	if (options->trace != NULL)
		return 0;
	if (options->kinds)
		plan_make_kinds(&plan, workers[0].stage.orders);
	else if (options->lie)
		plan_make_lies(&plan, workers[0].stage.orders);
	else
		plan_make(&plan, workers[0].stage.orders, options->call,
			  options->in_full);
	for (size_t i = 0; i < options->workers; i++)
		begin_apart(worker_work, &workers[i], &plan);
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
		{ "call", required_argument, NULL, 'c' },
		{ "messages", required_argument, NULL, 'm' },
		{ "in-full", no_argument, NULL, 'f' },
		{ "carry-on", no_argument, NULL, 'a' },
		{ "one-in", required_argument, NULL, 'i' },
		{ "seed", required_argument, NULL, 's' },
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
		case 'c':
			options->call = optarg;
			break;
		case 'm':
			options->messages = number(optarg);
			break;
		case 'f':
			options->in_full = true;
			break;
		case 'a':
			options->carry_on = true;
			break;
		case 'i':
			options->one_in = number(optarg);
			break;
		case 's':
			options->seed = number(optarg);
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
	struct options options = {
		.messages = 3, .one_in = 1, .seed = 1, .workers = 16
	};
	size_t kinds[KIND_COUNT] = { 0 };
	struct samples samples = { .count = 0 };
	struct worker *workers;
	size_t wrong = 0;

	read_options(&options, argc, argv);
	umask(022);
	/* mqadm looks at what each process has open. */
	closefrom(STDERR_FILENO + 1);
	samples_read(&samples, argv[optind + 2]);
	workers = calloc(options.workers, sizeof(*workers));
	if (workers == NULL)
		err(1, "memory");
	for (size_t i = 0; i < options.workers; i++)
		worker_open(&workers[i], &options, &samples, i);
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
