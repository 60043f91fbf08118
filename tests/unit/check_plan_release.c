/*
 * check_plan_release.c - an id comes back only where nobody remembers it, and
 * a new one is one that nobody has or had.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
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
static ino_t inode;
static struct timespec frozen;

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_REALTIME || frozen.tv_sec == 0)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = frozen;
	return 0;
}

static ino_t unreadable;

ssize_t
pread(int fd, void *to, size_t len, off_t at)
{
	struct stat st;

	if (unreadable != 0 && fstat(fd, &st) == 0 && st.st_ino == unreadable) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, to, len, at);
}

static void
begin(void)
{
	unreadable = 0;
	frozen = (struct timespec){ 0 };
	plan_rig_begin(&rig);
}

static void
end(void)
{
	plan_rig_end(&rig);
}

enum since { NOTHING, TOUCHED, BACK_AND_FORTH, MARKED };
enum by { BY_US, BY_SOMEBODY };
enum qmgr { SAME, ANOTHER, NONE, NOT_KNOWN };

static const struct {
	enum by by; /* who has held it, from deferred */
	enum since since;
	enum qmgr qmgr; /* that runs now */
	bool keeps;	/* its id */
} comebacks[] = {
	{ BY_US, NOTHING, SAME, true },
	{ BY_US, NOTHING, ANOTHER, true },
	{ BY_US, NOTHING, NONE, true },
	{ BY_US, NOTHING, NOT_KNOWN, true },
	{ BY_US, TOUCHED, SAME, false },
	{ BY_US, TOUCHED, ANOTHER, false },
	{ BY_US, TOUCHED, NONE, true },
	{ BY_US, TOUCHED, NOT_KNOWN, false },
	{ BY_US, BACK_AND_FORTH, SAME, false },
	{ BY_US, BACK_AND_FORTH, NONE, true },
	{ BY_US, MARKED, SAME, false },
	{ BY_US, MARKED, NONE, true },
	{ BY_SOMEBODY, NOTHING, SAME, false },
	{ BY_SOMEBODY, NOTHING, ANOTHER, false },
	{ BY_SOMEBODY, NOTHING, NONE, true },
	{ BY_SOMEBODY, NOTHING, NOT_KNOWN, false },
};

static void
hold_it(enum by by)
{
	if (by == BY_SOMEBODY)
		give_name("deferred/" ID, "hold/" ID);
	else
		plan_rig_expect(
			plan_rig_do(&rig, QF_HOLD, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_DONE, "");
}

static void
let_it_happen(enum since since)
{
	switch (since) {
	case NOTHING:
		break;
	case TOUCHED:
		ck_assert_int_eq(chmod(scratch_path("hold/" ID), 0740), 0);
		break;
	case BACK_AND_FORTH: /* as qmgr would see it */
		give_name("hold/" ID, "deferred/" ID);
		give_name("deferred/" ID, "hold/" ID);
		break;
	case MARKED:
		plan_rig_expect(plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_HOLD, ID),
				QF_OUTCOME_DONE, "takes effect");
		break;
	}
}

static void
change_qmgr(enum qmgr qmgr)
{
	if (qmgr == ANOTHER)
		plan_rig_new_qmgr(&rig);
	else if (qmgr == NONE)
		plan_rig_end_qmgr(&rig);
	else if (qmgr == NOT_KNOWN)
		ck_assert_int_eq(unlink(scratch_path("pid/master.pid")), 0);
}

/* Until the clock of the file system goes on: each change has its own time. */
static void
next_tick(void)
{
	int64_t last;

	scratch_text("tick", "", 0600);
	last = changed_of("tick");
	while (changed_of("tick") == last)
		scratch_text("tick", "", 0600);
}

START_TEST(an_id_that_nobody_remembers)
{
	const struct told *told;

	letter_post("deferred/" ID, NULL);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	inode = inode_of("deferred/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	hold_it(comebacks[_i].by);
	next_tick();
	let_it_happen(comebacks[_i].since);
	change_qmgr(comebacks[_i].qmgr);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	if (comebacks[_i].keeps) {
		ck_assert_str_eq(told->now, ID);
	} else {
		ck_assert_str_ne(told->now, ID);
		ck_assert(plan_rig_is_made_of(told->now, false, inode));
	}
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert(exists(plan_rig_place("defer", told->now)));
}
END_TEST

/* Another message of this name, with logs of its own. */
static ino_t other;

static void
post_other(const char *folder, const char *id)
{
	letter_post(plan_rig_place(folder, id), NULL);
	other = inode_of(plan_rig_place(folder, id));
}

START_TEST(the_name_is_taken_in_deferred)
{
	const struct told *told;
	ino_t log;

	letter_post("hold/" ID, NULL);
	inode = inode_of("hold/" ID);
	post_other("deferred", ID);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	log = inode_of("defer/" ID);
	plan_rig_start(&rig, 0);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, ID);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert_uint_eq(inode_of("deferred/" ID), other);
	ck_assert_uint_eq(inode_of("defer/" ID), log);
	ck_assert_uint_eq(rig.renaming_count, 1);
	ck_assert_str_eq(rig.renamings[0].now, told->now);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

static const struct {
	enum qf_verb verb;
	enum qf_queue from;
	const char *to;
} taken[] = {
	{ QF_HOLD, QF_QUEUE_DEFERRED, "hold" },
	{ QF_REQUEUE, QF_QUEUE_DEFERRED, "maildrop" },
	{ QF_REQUEUE, QF_QUEUE_HOLD, "maildrop" },
};

START_TEST(the_name_is_taken_elsewhere)
{
	const char *from = qf_spool_queue(taken[_i].from);
	const struct told *told;
	struct qf_journal_item item;

	letter_post(plan_rig_place(from, ID), NULL);
	inode = inode_of(plan_rig_place(from, ID));
	post_other(taken[_i].to, ID);
	plan_rig_start(&rig, 0);
	told = plan_rig_do(&rig, taken[_i].verb, taken[_i].from, ID);
	plan_rig_expect(told, QF_OUTCOME_REFUSED,
			"another message has this name in ");
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(inode_of(plan_rig_place(from, ID)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(taken[_i].to, ID)), other);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_REFUSED);
	ck_assert_ptr_null(item.to_folder);
	ck_assert_ptr_null(item.to_id);
}
END_TEST

static char first[300];
static ino_t other_log;

static void
take_the_name(struct plan_rig *r)
{
	r->before_rename = NULL;
	snprintf(first, sizeof(first), "%s", r->rename_to);
	post_other("hold", first);
}

/* Out of active/, in the last moment: it gets yet another one. */
START_TEST(the_new_name_is_taken_on_hold)
{
	const struct told *told;
	struct qf_journal_item item;

	letter_post("active/" ID, NULL);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	rig.before_rename = take_the_name;
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, first);
	ck_assert(plan_rig_is_made_of(told->now, false, inode));
	ck_assert_uint_eq(inode_of(plan_rig_place("hold", told->now)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place("hold", first)), other);
	ck_assert_uint_eq(rig.renaming_count, 1);
	ck_assert_str_eq(rig.renamings[0].old, ID);
	ck_assert_str_eq(rig.renamings[0].now, told->now);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_str_eq(item.to_id, told->now);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

static void
take_the_name_with_logs(struct plan_rig *r)
{
	r->before_rename = NULL;
	snprintf(first, sizeof(first), "%s", r->rename_to);
	post_other("deferred", first);
	scratch_text(plan_rig_place("bounce", first), "x", 0600);
	other_log = inode_of(plan_rig_place("bounce", first));
}

/* Each keeps its own logs then. */
START_TEST(the_new_name_is_taken_in_deferred)
{
	const struct told *told;
	ino_t log;

	letter_post("hold/" ID, NULL);
	inode = inode_of("hold/" ID);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	log = inode_of("defer/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.before_rename = take_the_name_with_logs;
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, first);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert_uint_eq(inode_of(plan_rig_place("defer", told->now)), log);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", first)), other);
	ck_assert_uint_eq(inode_of(plan_rig_place("bounce", first)), other_log);
	ck_assert(!exists(plan_rig_place("bounce", told->now)));
	ck_assert(!exists("bounce/" ID));
}
END_TEST

/* The clock stands still, so that the first try is always the same. */
static void
freeze(void)
{
	clock_gettime(CLOCK_REALTIME, &frozen);
	frozen.tv_nsec = 999998000;
}

static const char *const folders[] = { "maildrop", "incoming", "active",
				       "deferred", "hold",     "corrupt",
				       "defer",	   "bounce",   "trace" };

static void
first_try(char id[40], int more)
{
	snprintf(id, 40, "%05X%lX", 999998 + more, (unsigned long)inode);
}

START_TEST(a_new_name_is_nobodys)
{
	const struct told *told;
	char id[40];
	char next[40];

	letter_post("active/" ID, NULL);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	freeze();
	first_try(id, 0);
	first_try(next, 1);
	if (_i < COUNT(folders)) {
		scratch_text(plan_rig_place(folders[_i], id), "x", 0600);
		told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
		ck_assert_str_eq(told->now, next);
		ck_assert(exists(plan_rig_place(folders[_i], id)));
		return;
	}
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	ck_assert_str_eq(told->now, id);
}
END_TEST

/* Nor one that qmgr may remember from the time before. */
START_TEST(a_new_name_is_not_one_of_its_own)
{
	const struct told *told;
	char id[40];

	letter_post("active/" ID, NULL);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	freeze();
	for (int i = 0; i < 4; i++) {
		told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		/* After the last microsecond comes the next second. */
		first_try(id, i < 2 ? i : i - 1000000);
		ck_assert_str_eq(told->now, id);
		give_name(plan_rig_place("hold", told->now), "active/" ID);
	}
}
END_TEST

/*
 * What an attempt that was cut short has told, and of a message that is to be
 * returned: then Postfix believes that the log names all.
 */
static const struct {
	bool from_active;
	mode_t mode;
	const char *log;
	bool keeps_id;
	bool has_log; /* under the id that it has then */
} cut_short[] = {
	{ false, 0700, "<r0@y.example>: late\n\n", true, true },
	{ false, 0710, "<r0@y.example>: late\n\n", false, false },
	{ false, 0710, LETTER_LOG, true, true },
	{ true, 0700, "<r0@y.example>: late\n\n", true, false },
	{ true, 0700, LETTER_LOG, true, true },
};

START_TEST(a_log_that_leaves_out_somebody)
{
	const char *folder = cut_short[_i].from_active ? "active" : "deferred";
	const struct told *told;
	char held[300];

	letter_post(plan_rig_place(folder, ID),
		    &(struct letter){ .recipients = "RDR",
				      .mode = cut_short[_i].mode });
	plan_rig_start(&rig, 0);
	told = plan_rig_do(&rig, QF_HOLD,
			   cut_short[_i].from_active ? QF_QUEUE_ACTIVE
						     : QF_QUEUE_DEFERRED,
			   ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	snprintf(held, sizeof(held), "%s", told->now);
	scratch_text("defer/" ID, cut_short[_i].log, 0600);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_eq(strcmp(told->now, held) == 0, cut_short[_i].keeps_id);
	ck_assert_int_eq(exists(plan_rig_place("defer", told->now)),
			 cut_short[_i].has_log);
}
END_TEST

/*
 * Nobody knows whether it leaves out somebody: so it is not left behind, where
 * that counts.
 */
START_TEST(a_log_that_cannot_be_read)
{
	const struct told *told;

	letter_post(plan_rig_place("deferred", ID),
		    &(struct letter){ .recipients = "RDR", .mode = 0710 });
	plan_rig_start(&rig, 0);
	plan_rig_expect(plan_rig_do(&rig, QF_HOLD, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_DONE, "");
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	unreadable = inode_of("defer/" ID);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	unreadable = 0;
	ck_assert_int_eq(told->outcome, QF_OUTCOME_FAILED);
	ck_assert_ptr_nonnull(strstr(told->text, "Input/output error"));
	ck_assert(exists("hold/" ID));
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID),
			QF_OUTCOME_DONE, "");
	ck_assert(exists("deferred/" ID));
	ck_assert(exists("defer/" ID));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_release");
	TCase *tc = tcase_create("plan_release");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, an_id_that_nobody_remembers, 0,
			    COUNT(comebacks));
	tcase_add_test(tc, the_name_is_taken_in_deferred);
	tcase_add_loop_test(tc, the_name_is_taken_elsewhere, 0, COUNT(taken));
	tcase_add_test(tc, the_new_name_is_taken_on_hold);
	tcase_add_test(tc, the_new_name_is_taken_in_deferred);
	tcase_add_loop_test(tc, a_new_name_is_nobodys, 0, COUNT(folders) + 1);
	tcase_add_test(tc, a_new_name_is_not_one_of_its_own);
	tcase_add_loop_test(tc, a_log_that_leaves_out_somebody, 0,
			    COUNT(cut_short));
	tcase_add_test(tc, a_log_that_cannot_be_read);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
