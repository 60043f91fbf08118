/*
 * check_journal_alias.c - a message is found again under the names that it
 * had, and no other one is.
 */
#include "queue-format/journal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "journal_sample.h"
#include "unit.h"

#define BIRTH 1700000000000000000

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

static void
expect(const char *id, const char *wanted)
{
	ck_assert_str_eq(sample_name(journal, id, &arena), wanted);
}

/* All of them: "B A". */
static void
expect_names(const char *id, const char *wanted)
{
	const struct qf_journal_name *names = NULL;
	char told[200] = "";
	enum qf_status status;

	for (;;) {
		status =
			qf_journal_next_name(journal, id, &arena, &names, &err);
		if (status != QF_OK)
			break;
		ck_assert_uint_lt(strlen(told) + strlen(names->name),
				  sizeof(told) - 2);
		if (*told != '\0')
			strcat(told, " ");
		strcat(told, names->name);
	}
	ck_assert_int_eq(status, QF_GONE);
	ck_assert_str_eq(told, wanted);
}

static void
expect_known(uint64_t inode, const char *id, bool wanted)
{
	bool knows = !wanted;

	ck_assert_int_eq(qf_journal_knows(journal, inode, id, &knows, &err),
			 QF_OK);
	ck_assert_msg(knows == wanted, "%s of %d", id, (int)inode);
}

START_TEST(unknown_name_is_itself)
{
	expect("A", "A");
	expect("", "");
	sample_move(journal, 1, BIRTH, "AB", "C");
	expect("A", "A");
	expect("ABC", "ABC");
	expect("C", "C");
}
END_TEST

START_TEST(name_that_is_too_long_is_itself)
{
	char name[5000];

	memset(name, 'n', sizeof(name));
	name[4999] = '\0';
	expect(name, name);
	name[255] = '\0';
	expect(name, name);
}
END_TEST

START_TEST(chain_is_followed)
{
	char from[20] = "N0";
	char to[20];

	for (int i = 1; i <= 200; i++) {
		snprintf(to, sizeof(to), "N%d", i);
		sample_move(journal, 1, BIRTH, from, to);
		memcpy(from, to, sizeof(from));
	}
	expect("N0", "N200");
	expect("N150", "N200");
	expect("N200", "N200");
}
END_TEST

START_TEST(same_name_is_no_renaming)
{
	sample_move(journal, 1, BIRTH, "A", "A");
	expect("A", "A");
	sample_move(journal, 1, BIRTH, "A", NULL);
	sample_move(journal, 1, BIRTH, NULL, "A");
	expect("A", "A");
}
END_TEST

/* There and back again. */
START_TEST(circle_ends)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	sample_move(journal, 1, BIRTH, "B", "A");
	expect("A", "A");
	expect("B", "A");
	sample_move(journal, 1, BIRTH, "A", "B");
	expect("A", "B");
	sample_move(journal, 1, BIRTH, "B", "C");
	expect("A", "C");
	expect("B", "C");
}
END_TEST

/* B was the name of another message when that was renamed. */
START_TEST(another_message_does_not_lead_astray)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	sample_move(journal, 2, BIRTH, "B", "X");
	expect("A", "B");
	/* The same inode, given to a message that was born later. */
	sample_move(journal, 1, BIRTH + 1, "B", "Y");
	expect("A", "B");
	expect("B", "Y");
	sample_move(journal, 1, BIRTH, "B", "C");
	sample_move(journal, 2, BIRTH, "B", "Z");
	expect("A", "C");
	expect("B", "Z");
}
END_TEST

START_TEST(unknown_birth_is_any)
{
	sample_move(journal, 1, 0, "A", "B");
	sample_move(journal, 1, BIRTH, "B", "C");
	expect("A", "C");
}
END_TEST

START_TEST(last_who_had_the_name_wins)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	sample_move(journal, 2, BIRTH, "A", "C");
	expect("A", "C");
	sample_move(journal, 2, BIRTH, "C", "D");
	expect("A", "D");
	/* In the order of commits, not of jobs. */
	sample_move(journal, 1, BIRTH, "B", "A");
	sample_move(journal, 1, BIRTH, "A", "E");
	expect("A", "E");
}
END_TEST

/* It has gone there, whatever has become of it otherwise. */
START_TEST(what_was_moved_counts)
{
	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		struct qf_job_id job = sample_begin(journal);
		struct qf_journal_item item;
		char from[10];
		char to[10];

		snprintf(from, sizeof(from), "A%d", i);
		snprintf(to, sizeof(to), "B%d", i);
		item = sample_item((uint64_t)i, from, to);
		ck_assert_int_eq(
			qf_journal_prepare(journal, &job, &item, 1, &err),
			QF_OK);
		expect(from, to);
		sample_commit(journal, &job, &item, (enum qf_outcome)i);
		expect(from, to);
		/* It was put back: said with the same number. */
		item.to_folder = item.to_id = NULL;
		sample_commit(journal, &job, &item, QF_OUTCOME_CHANGED);
		expect(from, from);
		item.to_folder = "hold";
		item.to_id = "C";
		sample_commit(journal, &job, &item, QF_OUTCOME_BUSY);
		expect(from, "C");
	}
}
END_TEST

START_TEST(what_did_not_move_has_its_name)
{
	struct qf_job_id job = sample_begin(journal);

	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		struct qf_journal_item item = sample_item(1, "A", "B");

		item.to_folder = NULL;
		sample_note(journal, &job, &item, 1, (enum qf_outcome)i);
		expect("A", "A");
	}
}
END_TEST

static void
expect_counts(const struct qf_job_id *id, uint64_t prepared, uint64_t done)
{
	struct qf_job job;
	bool alive;

	ck_assert_int_eq(
		qf_journal_job(journal, id, &arena, &job, &alive, &err), QF_OK);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED], prepared);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], done);
}

/* The name was taken, or the message is to go on from where it is. */
START_TEST(item_is_prepared_anew)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job = sample_begin(journal);

	ck_assert_int_eq(qf_journal_prepare(journal, &job, &item, 1, &err),
			 QF_OK);
	expect("A", "B");
	item.to_id = "C";
	sample_commit(journal, &job, &item, QF_OUTCOME_PREPARED);
	expect("A", "C");
	expect_counts(&job, 1, 0);
	expect_known(1, "C", true);
	expect_known(1, "B", false);
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect("A", "C");
	expect_counts(&job, 0, 1);
	/* No: it is not there after all. */
	item.to_id = "D";
	sample_commit(journal, &job, &item, QF_OUTCOME_PREPARED);
	expect("A", "D");
	expect_counts(&job, 1, 0);
	ck_assert_int_eq(qf_journal_end(journal, &job, QF_JOB_DONE, &err),
			 QF_INVALID);
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect("A", "D");
	expect_counts(&job, 0, 1);
	sample_end(journal, &job);
}
END_TEST

/* Two have announced it, and nobody has said yet who was too late. */
START_TEST(somebody_was_faster)
{
	struct qf_journal_item theirs = sample_item(1, "A", "C");
	struct qf_journal_item ours = sample_item(1, "A", "B");
	struct qf_job_id other = sample_announce(journal, BIRTH, &theirs);
	struct qf_job_id job = sample_announce(journal, BIRTH, &ours);

	expect_names("A", "B C");
	sample_commit(journal, &other, &theirs, QF_OUTCOME_DONE);
	expect_names("A", "C B");
	ours.to_folder = ours.to_id = NULL;
	sample_commit(journal, &job, &ours, QF_OUTCOME_ALREADY);
	expect_names("A", "C");
}
END_TEST

/* It is renamed, waits for its log, and is committed only then. */
START_TEST(what_is_announced_is_followed)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job = sample_announce(journal, BIRTH, &item);

	expect("A", "B");
	expect("B", "B");
	/* By then it is the last one that had the name. */
	sample_move(journal, 2, BIRTH, "A", "X");
	expect("A", "X");
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect("A", "B");
	sample_end(journal, &job);
	sample_move(journal, 1, BIRTH, "B", "C");
	expect("A", "C");
}
END_TEST

/* What somebody else did with it meanwhile is known, too. */
START_TEST(what_was_announced_goes_on)
{
	struct qf_journal_item item = sample_item(1, "A", "B");

	sample_announce(journal, BIRTH, &item);
	sample_move(journal, 1, BIRTH, "B", "C");
	expect("A", "C");
}
END_TEST

START_TEST(what_was_announced_and_not_done_is_forgotten)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job = sample_announce(journal, BIRTH, &item);

	expect("A", "B");
	/* Prepared anew without another name, and then not at all. */
	item.to_id = "A";
	sample_commit(journal, &job, &item, QF_OUTCOME_PREPARED);
	expect("A", "A");
	item.to_id = "C";
	sample_commit(journal, &job, &item, QF_OUTCOME_PREPARED);
	expect("A", "C");
	item.to_folder = item.to_id = NULL;
	sample_commit(journal, &job, &item, QF_OUTCOME_GONE);
	expect("A", "A");
	sample_end(journal, &job);
	ck_assert_int_eq(qf_journal_prune(journal, time(NULL) + 10, 0, &err),
			 QF_OK);
	expect("A", "A");
}
END_TEST

/* It may have the name on the way still. */
START_TEST(announcement_on_the_way_is_told)
{
	struct qf_journal_item item = sample_item(1, "B", "C");
	struct qf_job_id job;

	sample_move(journal, 1, BIRTH, "A", "B");
	job = sample_announce(journal, BIRTH, &item);
	expect_names("A", "C B");
	expect_names("B", "C");
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect_names("A", "C");
	sample_end(journal, &job);
}
END_TEST

/* Renamed twice before anybody has said that the first one was done. */
START_TEST(announcements_are_followed_one_after_the_other)
{
	struct qf_journal_item first = sample_item(1, "A", "B");
	struct qf_journal_item second = sample_item(1, "B", "C");
	struct qf_journal_item stranger = sample_item(2, "B", "X");
	struct qf_job_id early = sample_announce(journal, BIRTH, &first);
	struct qf_job_id late = sample_announce(journal, BIRTH, &second);

	sample_announce(journal, BIRTH, &stranger);
	expect_names("A", "C B");
	sample_commit(journal, &late, &second, QF_OUTCOME_DONE);
	expect_names("A", "C");
	/* It was done first, and is said last. */
	sample_commit(journal, &early, &first, QF_OUTCOME_BUSY);
	expect_names("A", "B C");
}
END_TEST

/* It was renamed, and is announced to be going on from there. */
START_TEST(the_name_until_then_is_told)
{
	struct qf_journal_item item = sample_item(1, "A", "C");
	struct qf_journal_item other = sample_item(1, "B", "D");

	item.text = "B";
	sample_announce(journal, BIRTH, &item);
	expect_names("A", "C B");
	sample_announce(journal, BIRTH, &other);
	expect_names("A", "D C B");
}
END_TEST

/* Each call sees what was noted by then. */
START_TEST(what_was_renamed_meanwhile_is_told)
{
	const struct qf_journal_name *names = NULL;

	sample_move(journal, 1, BIRTH, "A", "B");
	ck_assert_int_eq(
		qf_journal_next_name(journal, "A", &arena, &names, &err),
		QF_OK);
	ck_assert_str_eq(names->name, "B");
	ck_assert_int_eq(
		qf_journal_next_name(journal, "A", &arena, &names, &err),
		QF_GONE);
	unit_says(err.text, "A: no name is left");
	sample_move(journal, 1, BIRTH, "B", "C");
	ck_assert_int_eq(
		qf_journal_next_name(journal, "A", &arena, &names, &err),
		QF_OK);
	ck_assert_str_eq(names->name, "C");
	ck_assert_str_eq(names->before->name, "B");
	ck_assert_ptr_null(names->before->before);
}
END_TEST

START_TEST(name_that_is_too_long_is_refused)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_journal_item wrong = item;
	struct qf_job_id job = sample_announce(journal, BIRTH, &item);
	char name[5000];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	wrong.from_id = name;
	ck_assert_int_eq(qf_journal_prepare(journal, &job, &wrong, 1, &err),
			 QF_INVALID);
	wrong.number = item.number;
	wrong.outcome = QF_OUTCOME_DONE;
	ck_assert_int_eq(qf_journal_commit(journal, &job, &wrong, 1, &err),
			 QF_INVALID);
	expect("A", "B");
}
END_TEST

START_TEST(saying_it_again_makes_it_no_newer)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job = sample_begin(journal);

	sample_note(journal, &job, &item, 1, QF_OUTCOME_DONE);
	sample_move(journal, 2, BIRTH, "A", "C");
	ck_assert_int_eq(qf_journal_commit(journal, &job, &item, 1, &err),
			 QF_OK);
	expect("A", "C");
}
END_TEST

START_TEST(what_is_forgotten_is_not_followed)
{
	struct qf_job_id running = sample_begin(journal);
	struct qf_journal_item item = sample_item(1, "B", "C");

	item.birth = BIRTH;
	sample_move(journal, 1, BIRTH, "A", "B");
	sample_note(journal, &running, &item, 1, QF_OUTCOME_DONE);
	expect("A", "C");
	ck_assert_int_eq(qf_journal_prune(journal, time(NULL) + 10, 0, &err),
			 QF_OK);
	expect("A", "A");
	expect("B", "C");
}
END_TEST

START_TEST(names_of_an_inode_are_known)
{
	struct qf_journal_item item = sample_item(9, "P", "Q");
	struct qf_job_id job;

	sample_move(journal, 1, BIRTH, "A", "B");
	sample_move(journal, 1, BIRTH + 5, "B", "C");
	sample_move(journal, 2, BIRTH, "X", "Y");
	expect_known(1, "A", true);
	expect_known(1, "B", true);
	expect_known(1, "C", true);
	expect_known(1, "X", false);
	expect_known(2, "X", true);
	expect_known(3, "A", false);
	expect_known(1, "", false);
	/* It may have been done, though nobody has said so. */
	job = sample_begin(journal);
	ck_assert_int_eq(qf_journal_prepare(journal, &job, &item, 1, &err),
			 QF_OK);
	expect_known(9, "Q", true);
	/* What it was is found out later. */
	item.inode = 10;
	item.outcome = QF_OUTCOME_CHANGED;
	ck_assert_int_eq(qf_journal_commit(journal, &job, &item, 1, &err),
			 QF_OK);
	expect_known(9, "Q", false);
	expect_known(10, "Q", true);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_alias");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, unknown_name_is_itself);
	tcase_add_test(tc, name_that_is_too_long_is_itself);
	tcase_add_test(tc, chain_is_followed);
	tcase_add_test(tc, same_name_is_no_renaming);
	tcase_add_test(tc, circle_ends);
	tcase_add_test(tc, another_message_does_not_lead_astray);
	tcase_add_test(tc, unknown_birth_is_any);
	tcase_add_test(tc, last_who_had_the_name_wins);
	tcase_add_test(tc, what_was_moved_counts);
	tcase_add_test(tc, what_did_not_move_has_its_name);
	tcase_add_test(tc, item_is_prepared_anew);
	tcase_add_test(tc, somebody_was_faster);
	tcase_add_test(tc, what_is_announced_is_followed);
	tcase_add_test(tc, what_was_announced_goes_on);
	tcase_add_test(tc, what_was_announced_and_not_done_is_forgotten);
	tcase_add_test(tc, announcement_on_the_way_is_told);
	tcase_add_test(tc, announcements_are_followed_one_after_the_other);
	tcase_add_test(tc, the_name_until_then_is_told);
	tcase_add_test(tc, what_was_renamed_meanwhile_is_told);
	tcase_add_test(tc, name_that_is_too_long_is_refused);
	tcase_add_test(tc, saying_it_again_makes_it_no_newer);
	tcase_add_test(tc, what_is_forgotten_is_not_followed);
	tcase_add_test(tc, names_of_an_inode_are_known);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
