/*
 * check_plan_quiet.c - nothing goes on while somebody works on a message, and
 * what came of that work decides where it goes.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static bool no_leases;
static int64_t youngest; /* ms from a rename to the look at that message */

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

/* By the clock that the file system uses. */
static int64_t
age_ms(int file)
{
	struct timespec now;
	struct stat st;

	fstat(file, &st);
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (now.tv_sec - st.st_ctim.tv_sec) * INT64_C(1000) +
	       (now.tv_nsec - st.st_ctim.tv_nsec) / 1000000;
}

int
fcntl(int file, int command, ...)
{
	va_list args;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (command == F_SETLEASE && argument != F_UNLCK) {
		int64_t age = age_ms(file);

		if (age < youngest)
			youngest = age;
		if (no_leases) {
			errno = EINVAL;
			return -1;
		}
	}
	return (int)syscall(SYS_fcntl, file, command, argument);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
	youngest = INT64_MAX;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

/* Who has to wait, and where it goes. */
static const struct {
	enum qf_verb verb;
	enum qf_queue queue;
	const char *to;
} waits[] = {
	{ QF_RELEASE, QF_QUEUE_HOLD, "deferred" },
	{ QF_REQUEUE, QF_QUEUE_HOLD, "maildrop" },
	{ QF_HOLD, QF_QUEUE_ACTIVE, "hold" },
	{ QF_REQUEUE, QF_QUEUE_ACTIVE, "maildrop" },
};
#define WAITS 4

static const char *const works[] = {
	"w",  /* has opened it, and not locked yet */
	"ws", /* a delivery agent */
	"rs", /* a lock alone */
};
#define WORKS 3

static ino_t inode;

static void
post(int i, const struct letter *letter)
{
	const char *place = plan_rig_place(qf_spool_queue(waits[i].queue), ID);

	letter_post(place, letter);
	inode = inode_of(place);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	plan_rig_agent(&rig, place);
}

/* Where it waits: on hold, under the id that it has by now. */
static const char *
waiting_place(void)
{
	return plan_rig_place(
		"hold", rig.renaming_count == 0 ? ID : rig.renamings[0].now);
}

static void
comes_to_its_end(struct plan_rig *r)
{
	if (r->idles != 8)
		return;
	ck_assert_uint_eq(inode_of(waiting_place()), inode);
	plan_rig_order(r, "c");
}

START_TEST(waits_until_nobody_works_on_it)
{
	int i = _i / WORKS;
	const struct told *told;

	post(i, NULL);
	plan_rig_order(&rig, works[_i % WORKS]);
	rig.on_idle = comes_to_its_end;
	told = plan_rig_do(&rig, waits[i].verb, waits[i].queue, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_ge(rig.idles, 8);
	ck_assert_str_eq(told->to, waits[i].to);
	ck_assert_uint_eq(inode_of(plan_rig_place(waits[i].to, told->now)),
			  inode);
}
END_TEST

START_TEST(who_reads_keeps_nobody_waiting)
{
	const struct told *told;

	post(_i, NULL);
	plan_rig_order(&rig, "r");
	rig.plan.wait_ms = 0;
	told = plan_rig_do(&rig, waits[_i].verb, waits[_i].queue, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
}
END_TEST

START_TEST(not_longer_than_it_may)
{
	bool taken = waits[_i].queue == QF_QUEUE_ACTIVE;
	const struct told *told;
	struct qf_journal_item item;

	post(_i, NULL);
	plan_rig_order(&rig, "ws");
	rig.plan.wait_ms = 200;
	told = plan_rig_do(&rig, waits[_i].verb, waits[_i].queue, ID);
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			taken ? "on hold, but still being delivered"
			      : "still being delivered: left on hold");
	ck_assert_str_eq(told->to, "hold");
	ck_assert_uint_eq(inode_of(waiting_place()), inode);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
	if (!taken) {
		ck_assert_str_eq(told->now, ID);
		ck_assert_uint_eq(
			plan_rig_job(&rig, &rig.job.id).counts[QF_OUTCOME_BUSY],
			0);
		return;
	}
	ck_assert_str_ne(told->now, ID);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_BUSY);
	ck_assert_str_eq(item.to_folder, "hold");
	ck_assert_str_eq(item.to_id, told->now);
	ck_assert_int_eq(item.changed,
			 changed_of(plan_rig_place("hold", told->now)));
	ck_assert_str_eq(item.text, told->text);
}
END_TEST

/*
 * What was left on hold can be released by its first id; and under a new one
 * when the agent has marked a recipient since.
 */
START_TEST(busy_now_and_released_later)
{
	bool marked = _i == 1;
	struct qf_chosen chosen;
	const struct told *told;
	char held[300];

	post(2, &(struct letter){ .recipients = "RR" });
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	plan_rig_order(&rig, "ws");
	rig.plan.wait_ms = 100;
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_BUSY, "on hold, but");
	snprintf(held, sizeof(held), "%s", told->now);
	plan_rig_order(&rig, marked ? "dc" : "c");
	told = plan_rig_do_chosen(&rig, QF_RELEASE, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	if (marked)
		ck_assert_str_ne(told->now, held);
	else
		ck_assert_str_eq(told->now, held);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
	ck_assert_str_eq(plan_rig_resolve(&rig, held), told->now);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
}
END_TEST

static void
is_delivered(struct plan_rig *r)
{
	if (r->idles == 8)
		plan_rig_order(r, "dc");
}

/* Nobody is left: Postfix removes it when it sees it again. */
START_TEST(delivered_meanwhile)
{
	bool was_active = waits[_i].queue == QF_QUEUE_ACTIVE;
	const int64_t later = time(NULL) + 5000;
	const struct told *told;
	struct qf_journal_item item;
	const char *place;

	scratch_text("defer/" ID, LETTER_LOG, 0600);
	post(_i, &(struct letter){ .recipients = "DR", .modified = later });
	plan_rig_order(&rig, "ws");
	rig.on_idle = is_delivered;
	told = plan_rig_do(&rig, waits[_i].verb, waits[_i].queue, ID);
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered or returned meanwhile");
	ck_assert_str_eq(told->to, "deferred");
	ck_assert_str_ne(told->now, ID);
	ck_assert_int_eq(told->was_active, was_active);
	ck_assert_uint_eq(told->done, was_active ? 2 : 0);
	place = plan_rig_place("deferred", told->now);
	ck_assert_uint_eq(inode_of(place), inode);
	ck_assert_int_le(modified_of(place), time(NULL));
	ck_assert(exists(plan_rig_place("defer", told->now)));
	ck_assert(!exists("defer/" ID));
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_GONE);
	ck_assert_str_eq(item.from_id, ID);
	ck_assert_str_eq(item.to_folder, "deferred");
	ck_assert_str_eq(item.to_id, told->now);
	ck_assert_int_eq(rig.result.woken, QF_DOWN);
}
END_TEST

/* An agent says that it failed, in the last moment before the rename. */
static void
defer_it(struct plan_rig *r)
{
	r->before_rename = NULL;
	scratch_text("defer/" ID, LETTER_LOG, 0600);
}

static const struct {
	int64_t created; /* before now */
	bool log_goes;
	bool to_trash;
} returns[] = {
	{ 6000, true, true },
	{ 6000, false, false },
	{ 1000, true, false },
};

static void
post_returned(int i)
{
	rig.base.config.maximal_queue_lifetime = 5000;
	post(2, &(struct letter){ .created = time(NULL) - returns[i].created });
	rig.before_rename = defer_it;
	/* So that there is some time. */
	plan_rig_order(&rig, "w");
}

static void
return_and_close(struct plan_rig *r)
{
	if (r->idles == 2)
		ck_assert_int_eq(unlink(scratch_path("defer/" ID)), 0);
	if (r->idles == 8)
		plan_rig_order(r, "c");
}

static void
only_close(struct plan_rig *r)
{
	if (r->idles == 8)
		plan_rig_order(r, "c");
}

START_TEST(returned_meanwhile)
{
	const struct told *told;
	struct qf_journal_item item;
	char job[QF_JOB_ID_TEXT];
	char name[400];

	post_returned(_i);
	rig.on_idle = returns[_i].log_goes ? return_and_close : only_close;
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	ck_assert_int_eq(exists("defer/" ID), !returns[_i].log_goes);
	ck_assert_uint_eq(rig.renaming_count, 1);
	if (!returns[_i].to_trash) {
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		ck_assert_str_eq(told->to, "hold");
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_RETURNED,
			"returned to its sender meanwhile");
	qf_job_id_text(&rig.job.id, job);
	snprintf(name, sizeof(name), "returned.%s.%s", rig.renamings[0].now,
		 job);
	ck_assert_str_eq(told->now, rig.renamings[0].now);
	ck_assert_str_eq(told->to, QF_TRASH);
	ck_assert_uint_eq(inode_of(plan_rig_place(QF_TRASH, name)), inode);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_RETURNED);
	ck_assert_uint_ne(item.defer, 0);
	ck_assert_str_eq(item.to_folder, QF_TRASH);
	ck_assert_str_eq(item.to_id, name);
}
END_TEST

/* Without a trash it stays where nobody delivers it. */
START_TEST(returned_but_no_trash)
{
	const struct told *told;

	post_returned(0);
	rig.on_idle = return_and_close;
	ck_assert_int_eq(rmdir(scratch_path(QF_TRASH)), 0);
	told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_FAILED, "there is no such folder");
	ck_assert_str_eq(told->to, "hold");
	ck_assert_uint_eq(inode_of(plan_rig_place("hold", told->now)), inode);
	ck_assert_str_eq(plan_rig_item(&rig, &rig.job.id, 0).to_folder, "hold");
}
END_TEST

/* Who is inside of open(2) is seen a moment later. */
START_TEST(a_moment_after_the_rename)
{
	post(2, NULL);
	plan_rig_expect(plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID),
			QF_OUTCOME_DONE, "");
	ck_assert_int_ge(youngest, 90);
	ck_assert_int_lt(youngest, INT64_MAX);
}
END_TEST

/* Until more than that moment has passed since the first one was moved. */
static void
move_slowly(struct plan_rig *r)
{
	int file;

	if (r->renames != 2)
		return;
	file = open(scratch_path(waiting_place()), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(file, 0);
	while (age_ms(file) < 200)
		usleep(1000);
	close(file);
}

START_TEST(that_moment_is_each_messages_own)
{
	struct qf_chosen chosen[2];

	letter_post("active/EF4", NULL);
	post(2, NULL);
	rig.before_rename = move_slowly;
	chosen[0] = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	chosen[1] = plan_rig_choose(QF_QUEUE_ACTIVE, "EF4");
	plan_rig_run(&rig, QF_HOLD, chosen, 2, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 2);
	ck_assert_int_ge(youngest, 90);
}
END_TEST

/* A second without a lock, then. */
START_TEST(a_file_system_without_leases)
{
	struct timespec before;
	struct timespec after;

	post(_i, NULL);
	no_leases = true;
	clock_gettime(CLOCK_MONOTONIC, &before);
	plan_rig_expect(plan_rig_do(&rig, waits[_i].verb, waits[_i].queue, ID),
			QF_OUTCOME_DONE, "");
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_ge((after.tv_sec - before.tv_sec) * 1000 +
				 (after.tv_nsec - before.tv_nsec) / 1000000,
			 1000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_quiet");
	TCase *tc = tcase_create("plan_quiet");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, waits_until_nobody_works_on_it, 0,
			    WAITS * WORKS);
	tcase_add_loop_test(tc, who_reads_keeps_nobody_waiting, 0, WAITS);
	tcase_add_loop_test(tc, not_longer_than_it_may, 0, WAITS);
	tcase_add_loop_test(tc, busy_now_and_released_later, 0, 2);
	tcase_add_loop_test(tc, delivered_meanwhile, 0, WAITS);
	tcase_add_loop_test(tc, returned_meanwhile, 0, COUNT(returns));
	tcase_add_test(tc, returned_but_no_trash);
	tcase_add_test(tc, a_moment_after_the_rename);
	tcase_add_test(tc, that_moment_is_each_messages_own);
	tcase_add_loop_test(tc, a_file_system_without_leases, 0, WAITS);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
