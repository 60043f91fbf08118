/*
 * check_plan_trash.c - a name in the trash, and who has it: nobody any more,
 * another message, or one that is to stay.
 */
#include "queue-format/plan/plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static ino_t inode;
static ino_t log_inode;
static char trashed[300];
static struct qf_chosen chosen;

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
}

static void
end(void)
{
	plan_rig_end(&rig);
}

/* By its name alone. */
static void
choose_trashed(void)
{
	snprintf(trashed, sizeof(trashed), "%s", plan_rig_in_trash());
	chosen = (struct qf_chosen){ .id = trashed, .in_trash = true };
}

static void
start(bool with_qmgr)
{
	plan_rig_start(&rig, 0);
	if (with_qmgr)
		plan_rig_new_qmgr(&rig);
}

static void
delete_from(enum qf_queue queue, const struct letter *letter, bool with_qmgr)
{
	const char *place = plan_rig_place(qf_spool_queue(queue), ID);

	letter_post(place, letter);
	inode = inode_of(place);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	log_inode = inode_of("defer/" ID);
	start(with_qmgr);
	ck_assert_int_eq(plan_rig_do(&rig, QF_DELETE, queue, ID)->outcome,
			 QF_OUTCOME_DONE);
	choose_trashed();
}

static const struct told *
restore(void)
{
	return plan_rig_do_chosen(&rig, QF_RESTORE, &chosen);
}

static void
expect_in_trash(void)
{
	ck_assert_uint_eq(inode_of(plan_rig_place(QF_TRASH, trashed)), inode);
	ck_assert_uint_eq(rig.renaming_count, 0);
}

START_TEST(what_was_returned_stays)
{
	const struct told *told;

	delete_from(QF_QUEUE_HOLD, NULL, false);
	give_name(plan_rig_place(QF_TRASH, trashed),
		  plan_rig_place(QF_TRASH, plan_rig_trashed(&rig.job.id,
							    "returned", ID)));
	choose_trashed();
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_RETURNED,
			"returned to its sender when it was taken: stays in "
			"the trash");
	expect_in_trash();
}
END_TEST

START_TEST(no_name_of_the_trash)
{
	static const char *const names[] = { "README", ID, "hold." ID,
					     "../hold/" ID };
	const struct told *told;

	letter_post("hold/" ID, NULL);
	start(false);
	chosen = (struct qf_chosen){ .id = names[_i], .in_trash = true };
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_REFUSED, "no queue id");
	ck_assert(exists("hold/" ID));
}
END_TEST

START_TEST(what_is_in_a_queue_stays_there)
{
	const struct told *told;

	letter_post("deferred/" ID, NULL);
	start(false);
	told = plan_rig_do(&rig, QF_RESTORE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_ALREADY, "not in the trash");
	ck_assert(exists("deferred/" ID));
}
END_TEST

static void
take_it(struct plan_rig *r)
{
	r->before_rename = NULL;
	give_name(plan_rig_place(QF_TRASH, trashed), "corrupt/X");
}

START_TEST(somebody_else_takes_it)
{
	bool before = _i == 0;
	const struct told *told;

	delete_from(QF_QUEUE_DEFERRED, NULL, true);
	if (before)
		take_it(&rig);
	else
		rig.before_rename = take_it;
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_GONE,
			before ? "not in the trash any more"
			       : "somebody else has taken it from the trash");
	ck_assert_str_eq(told->to, "");
	ck_assert_str_eq(told->now, ID);
	ck_assert(exists("corrupt/X"));
	ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
}
END_TEST

START_TEST(another_has_its_name)
{
	delete_from(QF_QUEUE_DEFERRED, NULL, true);
	chosen = plan_rig_choose_trashed(trashed);
	take_it(&rig);
	letter_post(plan_rig_place(QF_TRASH, trashed), NULL);
	inode = inode_of(plan_rig_place(QF_TRASH, trashed));
	plan_rig_expect(restore(), QF_OUTCOME_CHANGED, "another message");
	expect_in_trash();
}
END_TEST

/* Then the journal speaks of another name, and of the logs of that. */
START_TEST(somebody_has_renamed_it)
{
	static const char other[] = "AB1C2D4";
	const struct told *told;

	delete_from(QF_QUEUE_DEFERRED, NULL, true);
	give_name(
		plan_rig_place(QF_TRASH, trashed),
		plan_rig_place(QF_TRASH, plan_rig_trashed(&rig.job.id,
							  "deferred", other)));
	choose_trashed();
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, ID);
	ck_assert_str_ne(told->now, other);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
}
END_TEST

/* Where it was seen once is no matter: nobody tries what is in the trash. */
START_TEST(it_is_not_active_any_more)
{
	const struct told *told;

	delete_from(QF_QUEUE_DEFERRED, &(struct letter){ .mode = 0710 }, true);
	chosen.queue = QF_QUEUE_ACTIVE;
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of("deferred/" ID), inode);
	ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
}
END_TEST

static int
lowest_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

#define MANY 300

/* So many that they are fetched and noted beside. */
START_TEST(many_there_and_back)
{
	static char ids[MANY][300];
	static struct qf_chosen many[MANY];
	uint64_t sum;
	int fd;

	for (int i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof(ids[i]), "AB%03d", i);
		letter_post(plan_rig_place("deferred", ids[i]), NULL);
	}
	start(true);
	for (int i = 0; i < MANY; i++)
		many[i] = plan_rig_choose(QF_QUEUE_DEFERRED, ids[i]);
	sum = plan_rig_sum();
	fd = lowest_descriptor();
	plan_rig_run(&rig, QF_DELETE, many, MANY, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], MANY);
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), MANY);
	for (int i = 0; i < MANY; i++) {
		const char *name =
			plan_rig_trashed(&rig.job.id, "deferred", many[i].id);

		memcpy(ids[i], name, strlen(name) + 1);
		many[i].id = ids[i];
		many[i].in_trash = true;
	}
	plan_rig_run(&rig, QF_RESTORE, many, MANY, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], MANY);
	ck_assert_uint_eq(plan_rig_sum(), sum);
	ck_assert_int_eq(lowest_descriptor(), fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_trash");
	TCase *tc = tcase_create("plan_trash");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_was_returned_stays);
	tcase_add_loop_test(tc, no_name_of_the_trash, 0, 4);
	tcase_add_test(tc, what_is_in_a_queue_stays_there);
	tcase_add_loop_test(tc, somebody_else_takes_it, 0, 2);
	tcase_add_test(tc, another_has_its_name);
	tcase_add_test(tc, somebody_has_renamed_it);
	tcase_add_test(tc, it_is_not_active_any_more);
	tcase_add_test(tc, many_there_and_back);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
