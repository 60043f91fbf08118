/*
 * check_old_ids.c - how often, and by which names, a message is looked for
 * that has not the id any more by which somebody named it.
 */
#include "mailq-tools/old_ids.h"

#include <string.h>

#include "apart.h"
#include "journal_sample.h"
#include "unit.h"

#define BIRTH 1700000000000000000

static struct tool tool;
static struct access access;
static struct id_list list;
static struct qf_selection selection;
static struct qf_journal *journal;

static void
begin(void)
{
	scratch_new();
	journal = sample_journal();
	tool = (struct tool){ .name = "mqtest" };
	access = (struct access){ .count = 1 };
	access.workplaces[0].state = strdup(sample_journal_path());
	access.workplaces[0].journal = journal;
	list = (struct id_list){ 0 };
	id_list_add(&tool, &list, "A");
	id_list_close(&tool, &list, &selection);
}

static void
end(void)
{
	id_list_free(&list);
	workplace_close(&access.workplaces[0]);
}

/* The next look is for these: "B C"; NULL: there is none. */
static void
expect_look(const char *wanted)
{
	char asked[100] = "";

	ck_assert_int_eq(old_ids_look_again(&tool, &access, &list, &selection),
			 wanted != NULL);
	for (size_t i = 0; wanted != NULL && i < selection.id_count; i++) {
		ck_assert_uint_lt(strlen(asked) + strlen(selection.ids[i]),
				  sizeof(asked) - 2);
		if (i > 0)
			strcat(asked, " ");
		strcat(asked, selection.ids[i]);
	}
	if (wanted != NULL)
		ck_assert_str_eq(asked, wanted);
}

static bool
has(const char *id)
{
	return id_list_has(&list, &(struct qf_message){ .id = id });
}

static int
report(void *context)
{
	(void)context;
	id_list_report(&tool, &list, true);
	return tool.exit;
}

static void
expect_report(int status, const char *err)
{
	struct apart apart;

	apart_run(&apart, report, NULL);
	ck_assert_str_eq(apart.err, err);
	ck_assert_int_eq(apart.status, status);
	apart_free(&apart);
}

/* By another job, which has not said yet whether it was done. */
static void
announce(const char *from, const char *to)
{
	struct qf_journal_item item = sample_item(1, from, to);
	struct qf_job_id job = sample_begin(journal);
	struct qf_error err;

	item.birth = BIRTH;
	ck_assert_int_eq(qf_journal_prepare(journal, &job, &item, 1, &err),
			 QF_OK);
}

START_TEST(who_was_never_renamed_is_looked_for_three_times)
{
	expect_look("A");
	expect_look("A");
	expect_look(NULL);
	expect_report(66, "mqtest: A: no such message in the queue\n");
}
END_TEST

START_TEST(who_is_found_needs_no_journal)
{
	announce("A", "B");
	expect_look("A");
	ck_assert(has("A"));
	expect_look(NULL);
	expect_report(0, "");
}
END_TEST

START_TEST(who_was_renamed_has_its_new_name)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	expect_look("A");
	expect_look("A");
	expect_look("B");
	ck_assert(has("B"));
	expect_look(NULL);
	expect_report(0, "mqtest: A is B now\n");
}
END_TEST

/* It may have been on its way from queue to queue. */
START_TEST(who_is_not_there_is_looked_for_once_more)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	expect_look("A");
	expect_look("A");
	expect_look("B");
	expect_look("B");
	expect_look(NULL);
	expect_report(66, "mqtest: A: no such message in the queue\n");
}
END_TEST

/* Twice, by jobs that are at work still. */
START_TEST(announcements_are_followed)
{
	announce("A", "B");
	announce("B", "C");
	expect_look("A");
	expect_look("A");
	expect_look("B C");
	ck_assert(has("C"));
	expect_look(NULL);
	expect_report(0, "mqtest: A is C now\n");
}
END_TEST

/* Two have announced it, and the first one has done it. */
START_TEST(who_announced_it_last_may_not_have_done_it)
{
	announce("A", "B");
	announce("A", "C");
	expect_look("A");
	expect_look("A");
	expect_look("B C");
	ck_assert(has("B"));
	expect_look(NULL);
	expect_report(0, "mqtest: A is B now\n");
}
END_TEST

START_TEST(who_is_renamed_while_we_look_is_found)
{
	expect_look("A");
	expect_look("A");
	sample_move(journal, 1, BIRTH, "A", "B");
	expect_look("B");
	sample_move(journal, 1, BIRTH, "B", "C");
	expect_look("B C");
	/* Known names once more after a pause. */
	expect_look("B C");
	sample_move(journal, 1, BIRTH, "C", "D");
	expect_look("B C D");
	ck_assert(has("D"));
	ck_assert(!has("C"));
	expect_look(NULL);
	expect_report(0, "mqtest: A is D now\n");
}
END_TEST

/* Thrown away and restored, and then delivered. */
START_TEST(who_got_its_id_back_is_not_called_otherwise)
{
	sample_move(journal, 1, BIRTH, "A", "B");
	sample_move(journal, 1, BIRTH, "B", "A");
	expect_look("A");
	expect_look("A");
	expect_look(NULL);
	expect_report(66, "mqtest: A: no such message in the queue\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("old_ids");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, who_was_never_renamed_is_looked_for_three_times);
	tcase_add_test(tc, who_is_found_needs_no_journal);
	tcase_add_test(tc, who_was_renamed_has_its_new_name);
	tcase_add_test(tc, who_is_not_there_is_looked_for_once_more);
	tcase_add_test(tc, announcements_are_followed);
	tcase_add_test(tc, who_announced_it_last_may_not_have_done_it);
	tcase_add_test(tc, who_is_renamed_while_we_look_is_found);
	tcase_add_test(tc, who_got_its_id_back_is_not_called_otherwise);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
