/*
 * check_journal_way.c - how a message came to be where it is, and that nobody
 * is told so while that is not over.
 */
#include "queue-format/journal.h"

#include <string.h>

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

static struct qf_job_id
move(const char *from, const char *to, enum qf_outcome outcome)
{
	struct qf_journal_item item = sample_item(1, "A", "A");
	struct qf_job_id job = sample_begin(journal);

	item.birth = BIRTH;
	item.from_folder = from;
	item.to_folder = to;
	sample_note(journal, &job, &item, 1, outcome);
	sample_end(journal, &job);
	return job;
}

static void
expect_last(int64_t birth, const char *folder, const struct qf_job_id *wanted)
{
	struct qf_journal_item item;
	struct qf_job job;

	if (wanted == NULL) {
		ck_assert_int_eq(qf_journal_last(journal, 1, birth, folder,
						 &arena, &job, &item, &err),
				 QF_GONE);
		return;
	}
	ck_assert_int_eq(qf_journal_last(journal, 1, birth, folder, &arena,
					 &job, &item, &err),
			 QF_OK);
	ck_assert_mem_eq(&job.id, wanted, sizeof(job.id));
	ck_assert_str_eq(job.user, "alice");
	ck_assert_str_eq(item.to_folder, folder);
	ck_assert_uint_eq(item.inode, 1);
}

START_TEST(last_move_is_found)
{
	struct qf_job_id first;
	struct qf_job_id second;

	expect_last(BIRTH, "hold", NULL);
	first = move("active", "hold", QF_OUTCOME_DONE);
	expect_last(BIRTH, "hold", &first);
	expect_last(0, "hold", &first);
	expect_last(BIRTH + 1, "hold", NULL);
	expect_last(BIRTH, "trash", NULL);
	/* What does not move it does not count. */
	move("hold", "hold", QF_OUTCOME_DONE);
	move("hold", NULL, QF_OUTCOME_ALREADY);
	move("hold", NULL, QF_OUTCOME_BUSY);
	move("hold", NULL, QF_OUTCOME_DONE);
	expect_last(BIRTH, "hold", &first);
	second = move("hold", "deferred", QF_OUTCOME_DONE);
	expect_last(BIRTH, "hold", NULL);
	expect_last(BIRTH, "deferred", &second);
	second = move("deferred", "hold", QF_OUTCOME_DONE);
	expect_last(BIRTH, "hold", &second);
	/* What does counts, whatever the outcome. */
	second = move("hold", "trash", QF_OUTCOME_RETURNED);
	expect_last(BIRTH, "hold", NULL);
	expect_last(BIRTH, "trash", &second);
	second = move("trash", "hold", QF_OUTCOME_BUSY);
	expect_last(BIRTH, "hold", &second);
}
END_TEST

/* Only what was done counts, in the order in which that was said. */
START_TEST(last_move_is_no_announcement)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id early = sample_announce(journal, BIRTH, &item);
	struct qf_job_id late;

	expect_last(BIRTH, "hold", NULL);
	late = move("hold", "deferred", QF_OUTCOME_DONE);
	expect_last(BIRTH, "deferred", &late);
	item.from_folder = "deferred";
	sample_commit(journal, &early, &item, QF_OUTCOME_PREPARED);
	expect_last(BIRTH, "hold", NULL);
	expect_last(BIRTH, "deferred", &late);
	sample_commit(journal, &early, &item, QF_OUTCOME_DONE);
	expect_last(BIRTH, "hold", &early);
	expect_last(BIRTH, "deferred", NULL);
}
END_TEST

/* Folders to which it went, and how many of them are enough. */
struct way {
	char folders[100];
	int enough;
};

static enum qf_status
go_back(void *context, const struct qf_job_id *job,
	const struct qf_journal_item *item)
{
	struct way *way = context;
	struct qf_journal_item same;
	struct qf_job known;
	bool is_alive;

	/* No step is open: the journal may be asked. */
	ck_assert_int_eq(
		qf_journal_job(journal, job, &arena, &known, &is_alive, &err),
		QF_OK);
	ck_assert_int_ne(qf_journal_last(journal, 1, BIRTH, "nowhere", &arena,
					 &known, &same, &err),
			 QF_OK);
	strcat(strcat(way->folders, item->to_folder), " ");
	return --way->enough == 0 ? QF_STOPPED : QF_OK;
}

static void
expect_way(int64_t birth, int enough, const char *wanted)
{
	struct way way = { .enough = enough };

	ck_assert_int_eq(
		qf_journal_moves(journal, 1, birth, go_back, &way, &err),
		QF_OK);
	ck_assert_str_eq(way.folders, wanted);
}

START_TEST(moves_are_known_newest_first)
{
	expect_way(BIRTH, 9, "");
	move("active", "hold", QF_OUTCOME_DONE);
	move("hold", NULL, QF_OUTCOME_DONE);
	move("hold", "trash", QF_OUTCOME_DONE);
	move("trash", "deferred", QF_OUTCOME_GONE);
	expect_way(BIRTH, 9, "deferred trash hold ");
	expect_way(0, 9, "deferred trash hold ");
	expect_way(BIRTH, 2, "deferred trash ");
	expect_way(BIRTH + 1, 9, "");
}
END_TEST

static enum qf_status
ask_way(int64_t birth, const char *folder, const char *name, struct way *way)
{
	*way = (struct way){ .enough = 9 };
	return qf_journal_way_to(journal, 1, birth, folder, name, go_back, way,
				 &err);
}

static void
expect_way_to(int64_t birth, const char *folder, const char *name,
	      const char *wanted)
{
	struct way way;

	ck_assert_int_eq(ask_way(birth, folder, name, &way), QF_OK);
	ck_assert_str_eq(way.folders, wanted);
}

static void
expect_nobody_knows(int64_t birth, const char *folder, const char *name)
{
	struct way way;

	ck_assert_int_eq(ask_way(birth, folder, name, &way), QF_BUSY);
	ck_assert_str_eq(err.text, "another job is at work on it");
	ck_assert_str_eq(way.folders, "");
}

/* Who has begun to bring it here has not said yet that he did. */
START_TEST(who_is_on_the_way_is_waited_for)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job;

	move("active", "deferred", QF_OUTCOME_DONE);
	expect_way_to(BIRTH, "hold", "B", "deferred ");
	item.from_folder = "deferred";
	item.to_folder = "hold";
	item.text = NULL;
	job = sample_announce(journal, BIRTH, &item);
	expect_nobody_knows(BIRTH, "hold", "B");
	expect_nobody_knows(0, "hold", "B");
	/* Elsewhere, or by another name, it is not because of that. */
	expect_way_to(BIRTH, "hold", "A", "deferred ");
	expect_way_to(BIRTH, "deferred", "B", "deferred ");
	/* Nor is another message. */
	expect_way_to(BIRTH + 1, "hold", "B", "");
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect_way_to(BIRTH, "hold", "B", "hold deferred ");
}
END_TEST

/* On hold under one name, to go on to another. */
START_TEST(who_goes_on_from_hold_is_waited_for_there)
{
	struct qf_journal_item item = sample_item(1, "A", "C");
	struct qf_job_id job;

	item.from_folder = "active";
	item.to_folder = "deferred";
	item.text = "B";
	job = sample_announce(journal, BIRTH, &item);
	expect_nobody_knows(BIRTH, "hold", "B");
	expect_nobody_knows(BIRTH, "deferred", "C");
	expect_way_to(BIRTH, "active", "B", "");
	sample_commit(journal, &job, &item, QF_OUTCOME_DONE);
	expect_way_to(BIRTH, "hold", "B", "deferred ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_way");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, last_move_is_found);
	tcase_add_test(tc, last_move_is_no_announcement);
	tcase_add_test(tc, moves_are_known_newest_first);
	tcase_add_test(tc, who_is_on_the_way_is_waited_for);
	tcase_add_test(tc, who_goes_on_from_hold_is_waited_for_there);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
