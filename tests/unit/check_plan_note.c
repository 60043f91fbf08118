/*
 * check_plan_note.c - a journal that fails: what was not noted did not move,
 * and what moved is noted by who starts next.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plan_rig.h"
#include "queue-format/journal_table.h"
#include "unit.h"

#define MANY 2000

static struct plan_rig rig;
static int syncs_fail_with;

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

int
fsync(int fd)
{
	if (syncs_fail_with != 0) {
		errno = syncs_fail_with;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* What happens while the journal is written: LMDB's calls come here, too. */
static void (*when_noted)(void);

int
fdatasync(int fd)
{
	void (*then)(void) = when_noted;

	when_noted = NULL;
	if (then != NULL)
		then();
	return (int)syscall(SYS_fdatasync, fd);
}

/* The messages M0, M1 ..., as they were chosen. */
static struct qf_chosen *chosen;
static char (*ids)[16];

static void
begin(void)
{
	plan_rig_begin(&rig);
	syncs_fail_with = 0;
	when_noted = NULL;
	chosen = calloc(MANY, sizeof(*chosen));
	ids = calloc(MANY, sizeof(*ids));
	ck_assert(chosen != NULL && ids != NULL);
}

static void
end(void)
{
	plan_rig_end(&rig);
	free(chosen);
	free(ids);
}

static void
post(int count, enum qf_queue queue)
{
	for (int i = 0; i < count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "M%d", i);
		letter_post(plan_rig_place(qf_spool_queue(queue), ids[i]),
			    NULL);
		chosen[i] = plan_rig_choose(queue, ids[i]);
	}
}

/* As in a child of its process: the journal refuses. */
static void
break_journal(struct plan_rig *r)
{
	r->journal->pid++;
}

static void
mend_journal(struct plan_rig *r)
{
	r->journal->pid--;
}

static void
break_journal_then(struct plan_rig *r)
{
	r->before_rename = NULL;
	break_journal(r);
}

/* The program ends, and is started anew. */
static void
start_anew(void)
{
	if (rig.journal->pid != getpid())
		rig.journal->pid--;
	qf_journal_close(rig.journal);
	plan_rig_open_journal(&rig);
	rig.before_rename = NULL;
	rig.on_begin = NULL;
	rig.on_over = NULL;
}

START_TEST(nothing_moves_without_a_note)
{
	int count = _i == 0 ? 3 : 200; /* alone, or with a thread beside */

	post(count, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	rig.on_begin = break_journal;
	plan_rig_run(&rig, QF_HOLD, chosen, (size_t)count, QF_INVALID);
	ck_assert_uint_eq(rig.result.left, (size_t)count);
	ck_assert_uint_eq(rig.told_count, 0);
	ck_assert_uint_eq(rig.renaming_count, 0);
	ck_assert_int_eq(plan_rig_count_files("deferred"), count);
	start_anew();
	plan_rig_recover(&rig, 1);
	ck_assert_int_eq(plan_rig_count_files("deferred"), count);
}
END_TEST

/* Whether an id is new, only the journal knows. */
START_TEST(no_new_id_without_the_journal)
{
	post(1, QF_QUEUE_ACTIVE);
	plan_rig_start(&rig, 0);
	rig.on_begin = break_journal;
	rig.on_over = mend_journal;
	plan_rig_run(&rig, QF_HOLD, chosen, 1, QF_OK);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED, "has opened it");
	ck_assert(exists("active/M0"));
}
END_TEST

/* What has moved, and could not be noted: the next start does it. */
START_TEST(moved_and_not_noted)
{
	struct qf_job_id job;
	struct qf_journal_item item;

	post(1, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	rig.before_rename = break_journal_then;
	plan_rig_run(&rig, QF_HOLD, chosen, 1, QF_INVALID);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED,
			"now in hold; this could not be noted: ");
	ck_assert_uint_eq(rig.result.left, 0);
	ck_assert(exists("hold/M0"));
	job = rig.job.id;
	start_anew();
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
	item = plan_rig_item(&rig, &job, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_DONE);
	ck_assert_str_eq(item.to_folder, "hold");
	ck_assert_int_eq(item.changed, changed_of("hold/M0"));
}
END_TEST

/* Which messages the journal knows of, by the number in their id. */
static bool known[MANY];

static enum qf_status
is_known(void *context, const struct qf_journal_item *item)
{
	(void)context;
	known[atoi(item->from_id + 1)] = true;
	return QF_OK;
}

static void
break_journal_in_the_middle(struct plan_rig *r)
{
	if (r->told_count == 300)
		break_journal(r);
}

/* It fails while some are noted, some are moved, and some are neither. */
START_TEST(the_journal_fails_in_the_middle)
{
	struct qf_job job;
	int held = 0;

	post(MANY, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	plan_rig_limit_files(200);
	rig.on_over = break_journal_in_the_middle;
	plan_rig_run(&rig, QF_HOLD, chosen, MANY, QF_INVALID);
	start_anew();
	ck_assert_uint_gt(rig.result.left, 0);
	ck_assert_int_eq(qf_journal_items(rig.journal, &rig.job.id, is_known,
					  NULL, &rig.err),
			 QF_OK);
	for (int i = 0; i < MANY; i++) {
		bool moved = exists(plan_rig_place("hold", ids[i]));

		ck_assert(moved || exists(plan_rig_place("deferred", ids[i])));
		ck_assert(known[i] || !moved);
		held += moved;
	}
	ck_assert_int_ge(held, 300);
	plan_rig_recover(&rig, 1);
	job = plan_rig_job(&rig, &rig.job.id);
	ck_assert_int_eq(job.state, QF_JOB_RECOVERED);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], (uint64_t)held);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED], 0);
}
END_TEST

/* By the number in their id. */
static enum qf_outcome told[MANY];

static void
break_it(void)
{
	break_journal(&rig);
}

static void
break_journal_at_the_next_note(struct plan_rig *r)
{
	const struct told *last = &r->told[(r->told_count - 1) % PLAN_RIG_MAX];

	told[atoi(last->id + 1)] = last->outcome;
	if (r->told_count == 300)
		when_noted = break_it;
}

static enum qf_status
was_told(void *context, const struct qf_journal_item *item)
{
	(void)context;
	if (item->outcome != QF_OUTCOME_PREPARED)
		ck_assert_int_eq(told[atoi(item->from_id + 1)], item->outcome);
	return QF_OK;
}

/* Ends are noted, and then the journal refuses what is to come next. */
START_TEST(what_was_noted_is_told_so)
{
	post(1000, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	plan_rig_limit_files(200);
	rig.on_over = break_journal_at_the_next_note;
	plan_rig_run(&rig, QF_HOLD, chosen, 1000, QF_INVALID);
	start_anew();
	ck_assert_int_eq(qf_journal_items(rig.journal, &rig.job.id, was_told,
					  NULL, &rig.err),
			 QF_OK);
}
END_TEST

static void
break_syncs(struct plan_rig *r)
{
	(void)r;
	syncs_fail_with = EIO;
}

static void
mend_syncs(struct plan_rig *r)
{
	(void)r;
	syncs_fail_with = 0;
}

/* What is told to be done would survive a power cut. */
START_TEST(what_is_not_on_the_disk_is_not_done)
{
	struct qf_journal_item item;

	post(1, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	rig.after_rename = break_syncs;
	rig.on_over = mend_syncs;
	plan_rig_run(&rig, QF_HOLD, chosen, 1, QF_OK);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED,
			"moved, but not known to be on the disk: ");
	unit_says(rig.told[0].text, "Input/output error");
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_FAILED);
	ck_assert_str_eq(item.to_folder, "hold");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_note");
	TCase *tc = tcase_create("plan_note");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, nothing_moves_without_a_note, 0, 2);
	tcase_add_test(tc, no_new_id_without_the_journal);
	tcase_add_test(tc, moved_and_not_noted);
	tcase_add_test(tc, the_journal_fails_in_the_middle);
	tcase_add_test(tc, what_was_noted_is_told_so);
	tcase_add_test(tc, what_is_not_on_the_disk_is_not_done);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
