/*
 * check_postfix_store.c - a spool behind the store's functions: listed as a
 * whole or by id, and loaded, also through a survey.
 */
#include "queue-format/postfix/postfix_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/survey.h"
#include "unit.h"

static struct qf_config config;
static struct qf_store *store;
static struct qf_arena arena;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++)
		scratch_directory(qf_queue_name((enum qf_queue)i));
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	config.directory = strdup("/etc/postfix");
	ck_assert_int_eq(qf_postfix_store_open(&config, "mta1", &store, &err),
			 QF_OK);
}

static void
end(void)
{
	qf_store_close(store);
	qf_config_free(&config);
	qf_arena_free(&arena);
}

static void
put_message(const char *path)
{
	scratch_file(path, BYTES("T\0015S\003a@bR\003c@dE\0"), 0700);
}

/* "hold/A; deferred/1/1E240315", troubles as "!text". */
static void
expect_listed(unsigned queues, const char *const *ids, size_t count,
	      const char *wanted)
{
	struct qf_selection selection = { .queues = queues,
					  .ids = ids,
					  .id_count = count };
	struct qf_listing *listing = NULL;
	char text[1000] = "";
	struct qf_ref ref;
	enum qf_status status;

	ck_assert_int_eq(store->ops->list(store, &selection, &listing, &err),
			 QF_OK);
	while ((status = store->ops->next(listing, &arena, &ref, &err)) !=
	       QF_END) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s%s",
			 len == 0 ? "" : "; ", status == QF_OK ? "" : "!",
			 status == QF_OK ? ref.place : err.text);
		if (status == QF_OK)
			ck_assert_str_eq(ref.id, strrchr(ref.place, '/') + 1);
	}
	store->ops->list_end(listing);
	ck_assert_str_eq(text, wanted);
}

START_TEST(knows_what_it_can_know)
{
	ck_assert_str_eq(store->instance, "mta1");
	ck_assert_uint_eq(store->parts & QF_PART_REASONS, QF_PART_REASONS);
	ck_assert_uint_eq(store->parts & QF_PART_NAME, QF_PART_NAME);
}
END_TEST

START_TEST(lists_queues)
{
	put_message("hold/1E240315");
	put_message("deferred/1/1E240316");
	put_message("corrupt/1E240317");
	expect_listed(QF_QUEUES_LISTED, NULL, 0,
		      "deferred/1/1E240316; hold/1E240315");
	expect_listed(QF_QUEUE_BIT(QF_QUEUE_CORRUPT), NULL, 0,
		      "corrupt/1E240317");
	expect_listed(QF_QUEUE_BIT(QF_QUEUE_ACTIVE), NULL, 0, "");
}
END_TEST

START_TEST(lists_ids)
{
	static const char *const ids[] = { "1E240316", "nothing",
					   "1E240315", "../hold/1E240315",
					   "",	       "4SVLCh0sf8zHS",
					   "1E240315" };

	put_message("hold/1E240315");
	put_message("deferred/1/1E240316");
	put_message("active/4SVLCh0sf8zHS");
	expect_listed(QF_QUEUES_LISTED, ids, COUNT(ids),
		      "deferred/1/1E240316; hold/1E240315; "
		      "active/4SVLCh0sf8zHS; hold/1E240315");
	expect_listed(QF_QUEUE_BIT(QF_QUEUE_HOLD), ids, COUNT(ids),
		      "hold/1E240315; hold/1E240315");
	expect_listed(QF_QUEUES_LISTED, ids, 0, "");
	expect_listed(0, ids, COUNT(ids), "");
}
END_TEST

/* A message on its way may be seen twice; that it is there is what counts. */
START_TEST(an_id_may_be_in_two_queues)
{
	static const char *const ids[] = { "1E240315" };

	put_message("active/1E240315");
	put_message("deferred/1/1E240315");
	expect_listed(QF_QUEUES_LISTED, ids, 1,
		      "active/1E240315; deferred/1/1E240315");
}
END_TEST

/* A message that goes on to the next queue meanwhile must not be missed. */
START_TEST(an_id_is_looked_for_on_its_way)
{
	static const char *const ids[] = { "1E240315", "1E240314" };

	put_message("corrupt/1E240315");
	put_message("hold/1E240315");
	put_message("deferred/1/1E240315");
	put_message("active/1E240315");
	put_message("incoming/1E240315");
	put_message("maildrop/1E240315");
	put_message("maildrop/1E240314");
	expect_listed(QF_QUEUES_LISTED | QF_QUEUE_BIT(QF_QUEUE_CORRUPT), ids, 2,
		      "maildrop/1E240315; incoming/1E240315; active/1E240315; "
		      "deferred/1/1E240315; hold/1E240315; corrupt/1E240315; "
		      "maildrop/1E240314");
	/* Whole queues are listed as Postfix does it. */
	expect_listed(QF_QUEUES_LISTED & ~QF_QUEUE_BIT(QF_QUEUE_MAILDROP), NULL,
		      0,
		      "active/1E240315; incoming/1E240315; "
		      "deferred/1/1E240315; hold/1E240315");
}
END_TEST

/* The very move, between the looks into two queues. */
START_TEST(what_moves_on_is_met)
{
	static const char *const ids[] = { "1E240315" };
	struct qf_selection selection = { .queues = QF_QUEUES_LISTED,
					  .ids = ids,
					  .id_count = 1 };
	struct qf_listing *listing = NULL;
	char from[4096];
	struct qf_ref ref;

	put_message("incoming/1E240315");
	ck_assert_int_eq(store->ops->list(store, &selection, &listing, &err),
			 QF_OK);
	ck_assert_int_eq(store->ops->next(listing, &arena, &ref, &err), QF_OK);
	ck_assert_str_eq(ref.place, "incoming/1E240315");
	snprintf(from, sizeof(from), "%s", scratch_path("incoming/1E240315"));
	ck_assert_int_eq(rename(from, scratch_path("active/1E240315")), 0);
	ck_assert_int_eq(store->ops->next(listing, &arena, &ref, &err), QF_OK);
	ck_assert_str_eq(ref.place, "active/1E240315");
	ck_assert_int_eq(store->ops->next(listing, &arena, &ref, &err), QF_END);
	store->ops->list_end(listing);
}
END_TEST

START_TEST(what_is_no_message_is_a_trouble)
{
	static const char *const ids[] = { "1E240315", "1E240316" };

	scratch_directory("hold/1E240315");
	put_message("hold/1E240316");
	expect_listed(QF_QUEUES_LISTED, ids, 2,
		      "!hold/1E240315: a directory; hold/1E240316");
}
END_TEST

/* The number of queues in which each of many ids is looked for. */
START_TEST(many_ids_are_many_messages)
{
	static char names[300][12];
	const char *ids[300];
	size_t count = 0;
	struct qf_selection selection = { .queues = QF_QUEUES_LISTED,
					  .ids = ids,
					  .id_count = 300 };
	struct qf_listing *listing = NULL;
	struct qf_ref ref;

	for (int i = 0; i < 300; i++) {
		char path[40];

		snprintf(names[i], sizeof(names[i]), "0%04X1", i);
		ids[i] = names[i];
		snprintf(path, sizeof(path), "%s%.11s",
			 i % 2 == 0 ? "hold/" : "deferred/0/", names[i]);
		put_message(path);
	}
	ck_assert_int_eq(store->ops->list(store, &selection, &listing, &err),
			 QF_OK);
	while (store->ops->next(listing, &arena, &ref, &err) == QF_OK)
		ck_assert_str_eq(ref.id, ids[count++]);
	ck_assert_uint_eq(count, 300);
	store->ops->list_end(listing);
}
END_TEST

static enum qf_status
count_message(void *context, const struct qf_message *message)
{
	size_t *count = context;

	ck_assert_str_eq(message->instance, "mta1");
	ck_assert_str_eq(message->sender, "a@b");
	ck_assert_uint_eq(message->left_count, 1);
	(*count)++;
	return QF_OK;
}

START_TEST(a_survey_goes_through_all)
{
	static const mode_t modes[] = { 0700, 0600 };
	size_t count = 0;
	struct qf_survey survey = {
		.stores = &store,
		.store_count = 1,
		.selection = { .queues = QF_QUEUES_LISTED },
		.filter = { .parts = QF_PART_REASONS },
		.threads = (unsigned)_i,
		.message = count_message,
		.context = &count,
	};
	struct qf_survey_result result;

	for (int i = 0; i < 1000; i++) {
		char path[40];

		snprintf(path, sizeof(path), "deferred/%X/%X%04X1", i % 16,
			 i % 16, i);
		scratch_file(path, BYTES("T\0015S\003a@bR\003c@dE\0"),
			     modes[i % 2]);
	}
	scratch_directory("hold/1E240315");
	ck_assert_int_eq(qf_survey_run(&survey, &result, &err), QF_OK);
	ck_assert_uint_eq(count, 500);
	ck_assert_uint_eq(result.given, 500);
	ck_assert_uint_eq(result.unfinished, 500);
	ck_assert_uint_eq(result.troubles, 1);
	ck_assert_uint_eq(result.faulty, 0);
}
END_TEST

START_TEST(no_spool_is_no_store)
{
	struct qf_store *none = NULL;
	struct qf_config other;

	ck_assert_int_eq(qf_config_default(scratch_path("hold"), &other, &err),
			 QF_OK);
	ck_assert_int_eq(qf_postfix_store_open(&other, NULL, &none, &err),
			 QF_ABSENT);
	unit_says(err.text, "not a Postfix queue directory");
	ck_assert_ptr_null(none);
	qf_store_close(none);
	qf_config_free(&other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("postfix_store");
	TCase *tc = tcase_create("postfix_store");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, knows_what_it_can_know);
	tcase_add_test(tc, lists_queues);
	tcase_add_test(tc, lists_ids);
	tcase_add_test(tc, an_id_may_be_in_two_queues);
	tcase_add_test(tc, an_id_is_looked_for_on_its_way);
	tcase_add_test(tc, what_moves_on_is_met);
	tcase_add_test(tc, what_is_no_message_is_a_trouble);
	tcase_add_test(tc, many_ids_are_many_messages);
	tcase_add_loop_test(tc, a_survey_goes_through_all, 0, 4);
	tcase_add_test(tc, no_spool_is_no_store);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
