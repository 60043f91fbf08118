/*
 * check_plan_death.c - a program is killed at each step that it takes, and
 * so is the one that was to bring its job to an end: no message is lost, none
 * comes back under an id that qmgr remembers, and each has its logs.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "plan_rig.h"
#include "unit.h"

static struct plan_rig rig;

/* After so many steps a process kills itself; 0: never. */
static int steps_left;
static int last_signal;

static void
count_step(void)
{
	if (steps_left > 0 && --steps_left == 0)
		raise(last_signal);
}

/* Each step that changes something, before and after. */
int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	int result;
	int error;

	count_step();
	result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	error = errno;
	if (result == 0)
		count_step();
	errno = error;
	return result;
}

/* The journal's, before and after: LMDB's calls come here, too. */
int
fdatasync(int fd)
{
	int result;

	count_step();
	result = (int)syscall(SYS_fdatasync, fd);
	count_step();
	return result;
}

int
fsync(int fd)
{
	count_step();
	return (int)syscall(SYS_fsync, fd);
}

int
fchmod(int fd, mode_t mode)
{
	int result;

	count_step();
	result = (int)syscall(SYS_fchmod, fd, mode);
	count_step();
	return result;
}

int
unlinkat(int dir, const char *name, int flags)
{
	int result;
	int error;

	count_step();
	result = (int)syscall(SYS_unlinkat, dir, name, flags);
	error = errno;
	if (result == 0)
		count_step();
	errno = error;
	return result;
}

static void
step_on(struct plan_rig *r)
{
	(void)r;
	count_step();
}

static void
begin(void)
{
	plan_rig_begin(&rig);
	rig.on_renamed = step_on;
	rig.on_over = step_on;
	last_signal = SIGKILL;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

#define JOB ".000643a1b2c3d4e5f60718293a4b5c6d"

/* The messages, and what becomes of them if nobody dies. */
static const struct {
	enum qf_verb verb;
	enum qf_queue queue; /* where it is; or was, before it was deleted */
	const char *id;
	const char *recipients;
	const char *log;     /* which it has, or NULL */
	const char *trashed; /* its name in the trash; NULL: not there */
} messages[] = {
	{ QF_HOLD, QF_QUEUE_DEFERRED, "A1", "R", "defer", NULL },
	{ QF_HOLD, QF_QUEUE_ACTIVE, "A2", "R", "defer", NULL },
	{ QF_HOLD, QF_QUEUE_ACTIVE, "A3", "D", "defer", NULL },
	{ QF_HOLD, QF_QUEUE_INCOMING, "A4", "R", NULL, NULL },
	{ QF_RELEASE, QF_QUEUE_HOLD, "B1", "R", "defer", NULL },
	{ QF_RELEASE, QF_QUEUE_HOLD, "B2", "D", "defer", NULL },
	{ QF_REQUEUE, QF_QUEUE_ACTIVE, "C1", "R", NULL, NULL },
	{ QF_REQUEUE, QF_QUEUE_DEFERRED, "C2", "R", "defer", NULL },
	{ QF_REQUEUE, QF_QUEUE_HOLD, "C3", "R", NULL, NULL },
	{ QF_EXPIRE, QF_QUEUE_DEFERRED, "D1", "R", NULL, NULL },
	{ QF_EXPIRE, QF_QUEUE_HOLD, "D2", "R", NULL, NULL },
	{ QF_UNEXPIRE, QF_QUEUE_DEFERRED, "E1", "R", NULL, NULL },
	{ QF_UNEXPIRE, QF_QUEUE_HOLD, "E2", "R", "defer", NULL },
	{ QF_DELETE, QF_QUEUE_DEFERRED, "F1", "R", "defer", NULL },
	{ QF_DELETE, QF_QUEUE_ACTIVE, "F2", "R", "defer", NULL },
	{ QF_DELETE, QF_QUEUE_HOLD, "F3", "R", NULL, NULL },
	{ QF_DELETE, QF_QUEUE_MAILDROP, "F4", "R", NULL, NULL },
	{ QF_RESTORE, QF_QUEUE_DEFERRED, "AB1", "R", "defer",
	  "deferred.AB1" JOB },
	{ QF_RESTORE, QF_QUEUE_ACTIVE, "AB2", "D", "defer", "active.AB2" JOB },
	{ QF_RESTORE, QF_QUEUE_HOLD, "AB3", "R", "bounce", "hold.AB3" JOB },
	{ QF_PURGE, QF_QUEUE_DEFERRED, "BC1", "R", "defer", NULL },
	{ QF_PURGE, QF_QUEUE_HOLD, "BC2", "R", "bounce", NULL },
	{ QF_PURGE, QF_QUEUE_ACTIVE, "BC3", "R", NULL, NULL },
	{ QF_PURGE, QF_QUEUE_DEFERRED, "BC4", "R", "defer",
	  "deferred.BC4" JOB },
};
#define MESSAGES COUNT(messages)

static ino_t inodes[MESSAGES];
static ino_t logs[MESSAGES];

static const char *
place_of(int i)
{
	return messages[i].trashed != NULL
		       ? plan_rig_place(QF_TRASH, messages[i].trashed)
		       : plan_rig_place(qf_spool_queue(messages[i].queue),
					messages[i].id);
}

static struct qf_chosen
choose(int i)
{
	return messages[i].trashed != NULL
		       ? plan_rig_choose_trashed(messages[i].trashed)
		       : plan_rig_choose(messages[i].queue, messages[i].id);
}

static void
post_all(void)
{
	for (int i = 0; i < MESSAGES; i++) {
		bool is_marked = messages[i].verb == QF_UNEXPIRE;
		const char *id = messages[i].id;
		const char *place = place_of(i);

		letter_post(place, &(struct letter){
					   .recipients = messages[i].recipients,
					   .mode = is_marked ? 0710 : 0700 });
		inodes[i] = inode_of(place);
		if (messages[i].log == NULL)
			continue;
		place = plan_rig_place(messages[i].log, id);
		scratch_text(place, LETTER_LOG, 0600);
		logs[i] = inode_of(place);
	}
}

/* A program that runs one verb on its messages. */
static void
run_verb(enum qf_verb verb)
{
	struct qf_chosen chosen[MESSAGES];
	struct qf_plan_result result;
	struct qf_job job = sample_job(qf_verb_name(verb));
	size_t count = 0;

	for (int i = 0; i < MESSAGES; i++) {
		if (messages[i].verb == verb)
			chosen[count++] = choose(i);
	}
	rig.plan.verb = verb;
	if (qf_journal_begin(rig.journal, &job, &rig.err) != QF_OK)
		_exit(3);
	rig.plan.job = &job.id;
	if (qf_plan_run(&rig.plan, chosen, count, &result, &rig.err) != QF_OK)
		_exit(4);
	if (qf_journal_end(rig.journal, &job.id, QF_JOB_DONE, &rig.err) !=
	    QF_OK)
		_exit(5);
}

static void
run_recovery(enum qf_verb verb)
{
	size_t jobs;

	(void)verb;
	if (qf_plan_recover(&rig.plan, &jobs, &rig.err) != QF_OK)
		_exit(6);
}

static pid_t
start(void (*piece)(enum qf_verb verb), enum qf_verb verb, int steps)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child != 0)
		return child;
	plan_rig_open_journal(&rig);
	plan_rig_get_ready(&rig);
	steps_left = steps;
	piece(verb);
	_exit(0);
}

/* True: it was killed.  False: it came to its end before that. */
static bool
is_killed(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	if (WIFSIGNALED(status)) {
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
		return true;
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return false;
}

static const char *const folders[] = { "maildrop", "incoming", "active",
				       "deferred", "hold",     "corrupt",
				       QF_TRASH };

/* The one place with this inode and name; or NULL. */
static const char *
where_is(ino_t inode, const char *id)
{
	const char *found = NULL;

	for (int i = 0; i < COUNT(folders); i++) {
		struct stat st;

		if (lstat(scratch_path(plan_rig_place(folders[i], id)), &st) <
			    0 ||
		    st.st_ino != inode)
			continue;
		ck_assert_ptr_null(found);
		found = folders[i];
	}
	return found;
}

static bool
is_in(const char *folder, const char *wanted)
{
	return strcmp(folder, wanted) == 0;
}

/* All of it is there, or nothing. */
static void
expect_removed(int i)
{
	if (messages[i].log != NULL)
		ck_assert(!exists(
			plan_rig_place(messages[i].log, messages[i].id)));
}

static void
expect_message(int i)
{
	const char *id = messages[i].id;
	const char *old =
		messages[i].trashed != NULL ? messages[i].trashed : id;
	const char *now = plan_rig_resolve(&rig, old);
	const char *folder = where_is(inodes[i], now);
	const char *from = messages[i].trashed != NULL
				   ? QF_TRASH
				   : qf_spool_queue(messages[i].queue);
	bool was_taken = messages[i].queue == QF_QUEUE_ACTIVE ||
			 messages[i].queue == QF_QUEUE_INCOMING;
	bool is_new = strcmp(old, now) != 0;

	if (messages[i].verb == QF_PURGE && folder == NULL) {
		expect_removed(i);
		return;
	}
	ck_assert_msg(folder != NULL, "lost: %s", old);
	/* What qmgr may remember has another id wherever it is now. */
	if (was_taken && !is_in(folder, from))
		ck_assert_msg(is_new, "%s is in %s", old, folder);
	/* Whoever is held by somebody comes back under another, too. */
	if ((messages[i].verb == QF_RELEASE ||
	     messages[i].verb == QF_RESTORE) &&
	    is_in(folder, "deferred"))
		ck_assert_msg(strcmp(now, id) != 0, "%s is in %s", id, folder);
	if (messages[i].log == NULL)
		return;
	/* Out of the queue they stay, but they go back before it does. */
	ck_assert_uint_eq(
		inode_of(plan_rig_place(messages[i].log,
					is_in(folder, "deferred") ? now : id)),
		logs[i]);
}

static enum qf_status
expect_over(void *context, const struct qf_job *job, bool is_alive)
{
	(void)context;
	ck_assert(!is_alive);
	ck_assert_int_ne(job->state, QF_JOB_RUNNING);
	ck_assert_uint_eq(job->counts[QF_OUTCOME_PREPARED], 0);
	return QF_OK;
}

static void
expect_all(void)
{
	uint64_t sum;

	for (int i = 0; i < MESSAGES; i++)
		expect_message(i);
	ck_assert_int_eq(
		qf_journal_jobs(rig.journal, expect_over, NULL, &rig.err),
		QF_OK);
	sum = plan_rig_sum();
	plan_rig_recover(&rig, 0);
	ck_assert_uint_eq(plan_rig_sum(), sum);
}

static void
set_up(void)
{
	post_all();
	plan_rig_start_spool(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.wait_ms = 5000;
}

/* As many as each of them takes, and a few more. */
static const int steps[QF_VERB_COUNT] = { 46, 31, 38, 16, 18, 30, 41, 46 };

START_TEST(killed_at_any_step)
{
	enum qf_verb verb = (enum qf_verb)(_i / 100);
	int step = _i % 100 + 1;

	set_up();
	/* Its successor, too. */
	if (is_killed(start(run_verb, verb, step)))
		is_killed(start(run_recovery, verb, step * 5 % 17 + 1));
	plan_rig_open_journal(&rig);
	steps_left = 0;
	plan_rig_get_ready(&rig);
	ck_assert_int_eq(qf_plan_recover(&rig.plan, &(size_t){ 0 }, &rig.err),
			 QF_OK);
	expect_all();
}
END_TEST

/* It stands still: nobody may do its work meanwhile. */
START_TEST(stopped_is_not_dead)
{
	uint64_t sum;
	pid_t child;
	int status;

	set_up();
	last_signal = SIGSTOP;
	child = start(run_verb, QF_HOLD, 12 + _i);
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
	sum = plan_rig_sum();
	last_signal = SIGKILL;
	plan_rig_open_journal(&rig);
	plan_rig_recover(&rig, 0);
	ck_assert_uint_eq(plan_rig_sum(), sum);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert(is_killed(child));
	plan_rig_recover(&rig, 1);
	expect_all();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_death");
	TCase *tc = tcase_create("plan_death");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	for (int verb = 0; verb < QF_VERB_COUNT; verb++)
		tcase_add_loop_test(tc, killed_at_any_step, verb * 100,
				    verb * 100 + steps[verb]);
	tcase_add_loop_test(tc, stopped_is_not_dead, 0, 4);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
