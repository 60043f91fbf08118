/*
 * check_trash_messages.c - which messages are in the trash, and which of them
 * somebody means.
 */
#include "mailq-tools/trash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "journal_sample.h"
#include "unit.h"

#define FIRST  "00000000000000010000000000000000"
#define SECOND "00000000000000020000000000000000"
#define BIRTH  1700000000000000000

static struct tool tool;
static struct access all;
static struct id_list ids;
static struct trash trash;
static struct apart apart;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	scratch_directory("spool");
	scratch_directory("spool/deferred");
	scratch_directory("spool/" QF_TRASH);
	tool = (struct tool){ .name = "mqtest" };
	all = (struct access){ .count = 1, .for_change = true };
	ck_assert_int_eq(
		qf_config_default(scratch_path("spool"), &all.configs[0], &err),
		QF_OK);
	ck_assert_int_eq(
		qf_spool_open(&all.configs[0], &all.workplaces[0].spool, &err),
		QF_OK);
	ids = (struct id_list){ 0 };
	trash = (struct trash){ .tool = &tool, .access = &all };
}

static void
end(void)
{
	trash_free(&trash);
	id_list_free(&ids);
	workplace_close(&all.workplaces[0]);
	qf_config_free(&all.configs[0]);
	apart_free(&apart);
}

static void
throw_away(const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "spool/%s/%s", QF_TRASH, name);
	scratch_text(path, text, 0700);
}

/* "deferred.A1 hold.B2": what is left, without the jobs. */
static void
expect_left(const char *wanted)
{
	char left[500] = "";

	for (size_t i = 0; i < trash.count; i++) {
		const struct trash_entry *entry = &trash.entries[i];

		if (i > 0)
			strcat(left, " ");
		strncat(left, entry->name, strcspn(entry->name, ".") + 1);
		strcat(left, entry->trashed.id);
	}
	ck_assert_str_eq(left, wanted);
}

START_TEST(the_oldest_come_first)
{
	throw_away("hold.A1B2C3D." SECOND, "x");
	throw_away("deferred.B1B2C3D." FIRST, "x");
	throw_away("active.A0B2C3D." SECOND, "x");
	trash_read(&trash);
	expect_left("deferred.B1B2C3D active.A0B2C3D hold.A1B2C3D");
	trash_keep_first(&trash, 0);
	ck_assert_uint_eq(trash.count, 3);
	trash_keep_first(&trash, 9);
	ck_assert_uint_eq(trash.count, 3);
	trash_keep_first(&trash, 2);
	expect_left("deferred.B1B2C3D active.A0B2C3D");
}
END_TEST

static bool
is_of_active(void *context, const struct trash_entry *entry)
{
	(*(int *)context)++;
	return strcmp(entry->trashed.origin, "active") == 0;
}

START_TEST(some_are_kept)
{
	int asked = 0;

	throw_away("hold.A1B2C3D." FIRST, "x");
	throw_away("active.A0B2C3D." SECOND, "x");
	trash_read(&trash);
	trash_keep(&trash, is_of_active, &asked);
	expect_left("active.A0B2C3D");
	ck_assert_int_eq(asked, 2);
}
END_TEST

static int
read_it(void *context)
{
	(void)context;
	trash_read(&trash);
	return (int)trash.count;
}

START_TEST(names_of_somebody_else_are_told_and_left)
{
	throw_away("hold.A1B2C3D." FIRST, "x");
	throw_away("README", "x");
	throw_away("hold.A1B2C3D.1", "x");
	apart_run(&apart, read_it, NULL);
	ck_assert_str_eq(apart.err,
			 "mqtest: in the trash there are names of somebody "
			 "else, which are left alone: 2\n");
	ck_assert_int_eq(apart.status, 1);
}
END_TEST

START_TEST(no_trash_is_an_empty_one)
{
	ck_assert_int_eq(rmdir(scratch_path("spool/" QF_TRASH)), 0);
	trash_read(&trash);
	expect_left("");
	ck_assert_int_eq(tool.exit, 0);
}
END_TEST

/* What it occupies; who is gone by now is left out. */
START_TEST(they_are_looked_at)
{
	throw_away("hold.A1B2C3D." FIRST, "x");
	throw_away("hold.B1B2C3D." FIRST, "x");
	trash_read(&trash);
	ck_assert_int_eq(trash.entries[0].occupied, 0);
	ck_assert_int_eq(
		remove(scratch_path("spool/" QF_TRASH "/hold.B1B2C3D." FIRST)),
		0);
	trash_look(&trash);
	expect_left("hold.A1B2C3D");
	ck_assert_int_gt(trash.entries[0].occupied, 0);
	ck_assert_int_eq(trash.entries[0].occupied % 512, 0);
}
END_TEST

static int
keep_ids(void *context)
{
	const char *const *names = context;

	for (; *names != NULL; names++)
		id_list_add(&tool, &ids, *names);
	trash_read(&trash);
	trash_keep_ids(&trash, &ids);
	for (size_t i = 0; i < trash.count; i++)
		printf("%s\n", trash.entries[i].name);
	fflush(stdout);
	return tool.exit;
}

static void
expect_kept(const char *const *names, const char *out, const char *says)
{
	apart_run(&apart, keep_ids, (void *)names);
	ck_assert_str_eq(apart.out, out);
	if (says == NULL)
		ck_assert_str_eq(apart.err, "");
	else
		unit_says(apart.err, says);
}

/* The same id in two jobs is two messages. */
START_TEST(ids_are_found)
{
	static const char *const names[] = { "A1B2C3D", NULL };

	throw_away("hold.A1B2C3D." SECOND, "x");
	throw_away("deferred.A1B2C3D." FIRST, "x");
	throw_away("deferred.B1B2C3D." FIRST, "x");
	expect_kept(names,
		    "deferred.A1B2C3D." FIRST "\n"
		    "hold.A1B2C3D." SECOND "\n",
		    NULL);
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

START_TEST(ids_that_are_not_there_are_told)
{
	static const char *const names[] = { "A1B2C3D", "C1B2C3D", NULL };

	throw_away("hold.A1B2C3D." SECOND, "x");
	expect_kept(names, "hold.A1B2C3D." SECOND "\n", "mqtest: C1B2C3D: ");
	ck_assert_int_ne(apart.status, 0);
}
END_TEST

/* An id that it had before it was renamed, and then deleted. */
static int
keep_old_id(void *context)
{
	struct qf_journal *journal = sample_journal();

	all.workplaces[0].state = strdup(sample_journal_path());
	all.workplaces[0].journal = journal;
	sample_move(journal, 7, BIRTH, "0LD1D", "A1B2C3D");
	sample_move(journal, 7, BIRTH, "A1B2C3D", "hold.A1B2C3D." SECOND);
	return keep_ids(context);
}

START_TEST(old_ids_are_found)
{
	static const char *const names[] = { "0LD1D", NULL };

	throw_away("hold.A1B2C3D." SECOND, "x");
	throw_away("hold.B1B2C3D." SECOND, "x");
	apart_run(&apart, keep_old_id, (void *)names);
	ck_assert_str_eq(apart.out, "hold.A1B2C3D." SECOND "\n");
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

START_TEST(what_is_left_is_chosen)
{
	struct qf_store store = { .instance = NULL };
	struct choose choose = { .tool = &tool, .access = &all };

	all.stores[0] = &store;
	all.store_count = 1;
	throw_away("hold.A1B2C3D." SECOND, "x");
	trash_read(&trash);
	trash_choose(&trash, &choose);
	ck_assert_uint_eq(choose.count, 1);
	ck_assert_str_eq(choose.lists[0].items[0].id, "hold.A1B2C3D." SECOND);
	ck_assert(choose.lists[0].items[0].in_trash);
	ck_assert_uint_eq(choose.lists[0].items[0].inode, 0);
	choose_free(&choose);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trash_messages");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, the_oldest_come_first);
	tcase_add_test(tc, some_are_kept);
	tcase_add_test(tc, names_of_somebody_else_are_told_and_left);
	tcase_add_test(tc, no_trash_is_an_empty_one);
	tcase_add_test(tc, they_are_looked_at);
	tcase_add_test(tc, ids_are_found);
	tcase_add_test(tc, ids_that_are_not_there_are_told);
	tcase_add_test(tc, old_ids_are_found);
	tcase_add_test(tc, what_is_left_is_chosen);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
