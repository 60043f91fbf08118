/*
 * check_holder.c - who put a message on hold is found in the journal, and is
 * not known rather than guessed.
 */
#include "mailq-tools/holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "journal_sample.h"
#include "unit.h"

#define TRASH "mailq-tools-trash"
#define BIRTH 1700000000123456789

static struct qf_journal *journal;
static struct qf_arena arena;
static struct qf_error err;
static struct qf_job last; /* that was begun */

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
	arena = (struct qf_arena){ 0 };
}

/* A job of somebody's that moves the message with inode 7. */
static void
move_as(const char *user, const char *sudo_user, const char *reason,
	struct qf_journal_item *item)
{
	last = sample_job("x");
	last.user = user;
	last.sudo_user = sudo_user;
	last.reason = reason;
	ck_assert(qf_journal_begin(journal, &last, &err) == QF_OK);
	sample_note(journal, &last.id, item, 1, QF_OUTCOME_DONE);
	sample_end(journal, &last.id);
}

/* "alice: deferred/A hold/A" */
static void
move(const char *step)
{
	char user[20];
	char from[20];
	char from_id[20];
	char to[20];
	char to_id[20];
	struct qf_journal_item item;

	ck_assert_int_eq(sscanf(step, "%19[a-z]: %19[a-z-]/%19s %19[a-z-]/%19s",
				user, from, from_id, to, to_id),
			 5);
	item = sample_item(7, from_id, to_id);
	item.from_folder = from;
	item.to_folder = to;
	move_as(user, "", "why", &item);
}

static struct qf_holder
find(const char *id, uint64_t inode, int64_t birth)
{
	struct qf_message m = {
		.id = id, .queue = QF_QUEUE_HOLD, .inode = inode, .birth = birth
	};
	struct qf_holder found = { .by = "nobody asked" };
	enum qf_status status = holder_find(journal, &m, &arena, &found, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", status, err.text);
	return found;
}

static void
expect_nobody(const char *id, uint64_t inode, int64_t birth)
{
	struct qf_holder found = find(id, inode, birth);

	ck_assert_msg(found.by == NULL, "by %s", found.by);
	ck_assert_ptr_null(found.reason);
	ck_assert_ptr_null(found.job);
	ck_assert_int_eq(found.since, 0);
}

/* What was done to a message that is hold/A now, and who holds it. */
static const struct {
	const char *steps[6];
	const char *by; /* NULL: not known */
} ways[] = {
	{ { NULL }, NULL },
	{ { "alice: deferred/A hold/A" }, "alice" },
	{ { "alice: active/B hold/A" }, "alice" },
	/* Under another name it is in other hands. */
	{ { "alice: deferred/A hold/B" }, NULL },
	/* Released by us, and held by somebody else then. */
	{ { "alice: deferred/A hold/A", "bob: hold/A deferred/A" }, NULL },
	{ { "alice: deferred/A hold/A", "bob: hold/A incoming/A",
	    "carol: incoming/A hold/A" },
	  "carol" },
	{ { "alice: deferred/A hold/A", "bob: hold/A " TRASH "/A" }, NULL },
	/* Restored: by who held it before. */
	{ { "alice: deferred/A hold/A", "bob: hold/A " TRASH "/T",
	    "carol: " TRASH "/T hold/A" },
	  "alice" },
	{ { "alice: active/B hold/C", "bob: hold/C " TRASH "/T",
	    "carol: " TRASH "/T hold/A" },
	  "alice" },
	{ { "alice: deferred/A hold/A", "bob: hold/A " TRASH "/T",
	    "carol: " TRASH "/T hold/D", "dave: hold/D " TRASH "/U",
	    "eve: " TRASH "/U hold/A" },
	  "alice" },
	/* By who restored it, where nobody is known. */
	{ { "carol: " TRASH "/T hold/A" }, "carol" },
	{ { "bob: hold/A " TRASH "/T", "carol: " TRASH "/T hold/A" }, "carol" },
	{ { "bob: active/A " TRASH "/T", "carol: " TRASH "/T hold/A" },
	  "carol" },
	{ { "bob: hold/A " TRASH "/T", "carol: " TRASH "/T hold/D",
	    "dave: hold/D " TRASH "/U", "eve: " TRASH "/U hold/A" },
	  "carol" },
	/* Held by us once, but by others when it was deleted. */
	{ { "alice: deferred/A hold/A", "bob: hold/A deferred/A",
	    "carol: hold/A " TRASH "/T", "dave: " TRASH "/T hold/A" },
	  "dave" },
	{ { "alice: deferred/A hold/X", "bob: hold/A " TRASH "/T",
	    "carol: " TRASH "/T hold/A" },
	  "carol" },
	{ { "alice: deferred/A hold/A", "bob: hold/A " TRASH "/T",
	    "carol: " TRASH "/V hold/A" },
	  "carol" },
};

START_TEST(goes_back_to_who_held_it)
{
	struct qf_holder found;

	for (size_t i = 0; i < 6 && ways[_i].steps[i] != NULL; i++)
		move(ways[_i].steps[i]);
	found = find("A", 7, BIRTH);
	if (ways[_i].by == NULL)
		expect_nobody("A", 7, BIRTH);
	else
		ck_assert_str_eq(found.by, ways[_i].by);
	/* Another file with that number, or that name. */
	expect_nobody("A", 7, BIRTH + 1);
	expect_nobody("A", 8, BIRTH);
}
END_TEST

START_TEST(says_who_why_and_when)
{
	struct qf_journal_item item = sample_item(7, "A", "A");
	char job[QF_JOB_ID_TEXT];
	struct qf_holder found;

	item.from_folder = "deferred";
	move_as("root", "alice", "abuse", &item);
	qf_job_id_text(&last.id, job);
	found = find("A", 7, BIRTH);
	ck_assert_str_eq(found.by, "alice");
	ck_assert_str_eq(found.reason, "abuse");
	ck_assert_str_eq(found.job, job);
	ck_assert_int_eq(found.since, last.begun);
	/* A file system without times of birth. */
	ck_assert_str_eq(find("A", 7, 0).by, "alice");
}
END_TEST

START_TEST(an_account_may_have_no_name_and_no_reason)
{
	struct qf_journal_item item = sample_item(7, "A", "A");
	struct qf_holder found;

	item.from_folder = "deferred";
	move_as("", "", "", &item);
	found = find("A", 7, BIRTH);
	ck_assert_str_eq(found.by, "uid 1001");
	ck_assert_ptr_null(found.reason);
	ck_assert_int_eq(found.since, last.begun);
}
END_TEST

/* What was begun and not said to be done may not have been done. */
START_TEST(a_move_counts_when_it_is_committed)
{
	struct qf_journal_item item = sample_item(7, "A", "A");
	struct qf_job_id job = sample_begin(journal);

	item.from_folder = "deferred";
	ck_assert(qf_journal_prepare(journal, &job, &item, 1, &err) == QF_OK);
	expect_nobody("A", 7, BIRTH);
	item.outcome = QF_OUTCOME_BUSY;
	item.to_folder = NULL;
	item.to_id = NULL;
	ck_assert(qf_journal_commit(journal, &job, &item, 1, &err) == QF_OK);
	expect_nobody("A", 7, BIRTH);
}
END_TEST

/* From here on: a listing that asks for holders. */

static struct tool tool;
static struct access queue;
static struct holder holder;
static struct qf_store store;
static struct qf_filter filter;
static struct apart apart;
static const char *shown; /* of the message that is asked about */

static void
begin_listing(void)
{
	begin();
	move("alice: deferred/A hold/A");
	qf_journal_close(journal);
	journal = NULL;
	tool = (struct tool){ .name = "mqtest" };
	store = (struct qf_store){ .parts = QF_PART_NAME | QF_PART_INODE };
	/* What workplace_find() would have found out. */
	queue = (struct access){ .stores = { &store },
				 .store_count = 1,
				 .count = 1 };
	queue.workplaces[0].state = strdup(sample_journal_path());
	holder = (struct holder){ .tool = &tool, .access = &queue };
	filter = (struct qf_filter){ .parts = QF_PART_HOLDER };
	shown = "A";
}

static void
end_listing(void)
{
	workplace_close(&queue.workplaces[0]);
	apart_free(&apart);
	end();
}

static int
join(void *context)
{
	struct qf_message m = { .id = shown,
				.queue = QF_QUEUE_HOLD,
				.parts = QF_PART_INODE,
				.inode = 7,
				.birth = BIRTH };

	(void)context;
	for (int i = 0; i < 2; i++)
		holder_join(&holder, QF_QUEUES_LISTED, &filter);
	if (qf_filter_finish(&filter, &m, &arena, false) != QF_OK)
		return 100;
	printf("%s %s\n", (m.parts & QF_PART_HOLDER) != 0 ? "known" : "unknown",
	       m.holder.by == NULL ? "-" : m.holder.by);
	fflush(stdout);
	holder_report(&holder);
	workplace_close(&queue.workplaces[0]);
	qf_arena_free(&arena);
	return tool.exit;
}

static void
expect_listing(int status, const char *out, const char *said)
{
	apart_run(&apart, join, NULL);
	ck_assert_str_eq(apart.err, said);
	ck_assert_str_eq(apart.out, out);
	ck_assert_int_eq(apart.status, status);
	apart_free(&apart);
}

START_TEST(a_listing_knows_who_holds)
{
	expect_listing(0, "known alice\n", "");
	shown = "B";
	expect_listing(0, "known -\n", "");
}
END_TEST

START_TEST(who_does_not_ask_opens_nothing)
{
	filter.parts = ~(unsigned)QF_PART_HOLDER;
	holder_join(&holder, QF_QUEUES_LISTED, &filter);
	filter.parts = QF_PART_HOLDER;
	holder_join(&holder, ~QF_QUEUE_BIT(QF_QUEUE_HOLD), &filter);
	ck_assert_ptr_null(queue.workplaces[0].journal);
	ck_assert_ptr_null(filter.find_holder);
	holder_report(&holder);
	filter.parts = 0;
	filter.stages = QF_PART_HOLDER;
	holder_join(&holder, QF_QUEUES_LISTED, &filter);
	ck_assert_ptr_nonnull(queue.workplaces[0].journal);
	ck_assert_ptr_nonnull(filter.find_holder);
	holder_report(&holder);
}
END_TEST

/* Nobody has changed anything: that is known. */
START_TEST(without_a_journal_it_is_nobody)
{
	free(queue.workplaces[0].state);
	queue.workplaces[0].state = strdup(scratch_path("none"));
	holder.must = true;
	expect_listing(0, "known -\n", "");
}
END_TEST

/* Told once, however often it lists. */
START_TEST(a_journal_that_is_no_good_is_told)
{
	char said[4300];

	ck_assert_int_eq(chmod(sample_journal_path(), 0777), 0);
	snprintf(said, sizeof(said),
		 "mqtest: who holds messages is not known: %s",
		 sample_journal_path());
	for (int must = 0; must < 2; must++) {
		holder.must = must != 0;
		apart_run(&apart, join, NULL);
		ck_assert_int_eq(apart.status, must != 0 ? TOOL_BAD_DATA : 0);
		ck_assert_str_eq(apart.out, must != 0 ? "" : "unknown -\n");
		ck_assert_msg(strncmp(apart.err, said, strlen(said)) == 0, "%s",
			      apart.err);
		ck_assert_ptr_eq(strchr(apart.err, '\n') + 1,
				 apart.err + strlen(apart.err));
		apart_free(&apart);
	}
}
END_TEST

#define DENIED                                                                 \
	"mqtest: who holds messages is not known: only root and the owner "    \
	"of the queue may read the journal\n"

/* Who may not read it is told so, if he asks for it by name. */
START_TEST(a_listing_of_postfix_knows_nobody)
{
	store.parts = QF_PART_NAME | QF_PART_ENVELOPE;
	expect_listing(0, "unknown -\n", DENIED);
	holder.quiet = true;
	expect_listing(0, "unknown -\n", "");
	holder.must = true;
	expect_listing(TOOL_DENIED, "", DENIED);
}
END_TEST

/* The first failure is told at the end, and is one. */
START_TEST(a_failure_on_the_way_is_told)
{
	holder.failure.status = qf_corrupt(&holder.failure, -1, "journal: bad");
	expect_listing(TOOL_BAD_DATA, "known alice\n",
		       "mqtest: who holds some messages is not known: "
		       "journal: bad\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("holder");
	TCase *tc = tcase_create("find");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, goes_back_to_who_held_it, 0, COUNT(ways));
	tcase_add_test(tc, says_who_why_and_when);
	tcase_add_test(tc, an_account_may_have_no_name_and_no_reason);
	tcase_add_test(tc, a_move_counts_when_it_is_committed);
	suite_add_tcase(suite, tc);
	tc = tcase_create("listing");
	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin_listing, end_listing);
	tcase_add_test(tc, a_listing_knows_who_holds);
	tcase_add_test(tc, who_does_not_ask_opens_nothing);
	tcase_add_test(tc, without_a_journal_it_is_nobody);
	tcase_add_test(tc, a_journal_that_is_no_good_is_told);
	tcase_add_test(tc, a_listing_of_postfix_knows_nobody);
	tcase_add_test(tc, a_failure_on_the_way_is_told);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
