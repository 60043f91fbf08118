/*
 * check_string_set.c - a set finds what was put in, and nothing else.
 */
#include "queue-format/string_set.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define MANY 20000

static struct qf_string_set set;
static char names[MANY][28];

static void
forget(void)
{
	qf_string_set_free(&set);
}

static void
add_names(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "name%zu", i);
		ck_assert(qf_string_set_add(&set, names[i]));
	}
}

START_TEST(an_empty_set_has_nothing)
{
	ck_assert_ptr_null(qf_string_set_find(&set, ""));
	ck_assert_ptr_null(qf_string_set_find(&set, "a"));
	qf_string_set_empty(&set);
	ck_assert_ptr_null(qf_string_set_find(&set, "a"));
}
END_TEST

START_TEST(equal_strings_are_one)
{
	char first[] = "one";
	char second[] = "one";

	ck_assert(qf_string_set_add(&set, first));
	ck_assert(qf_string_set_add(&set, second));
	ck_assert_uint_eq(set.count, 1);
	ck_assert_ptr_eq(qf_string_set_find(&set, second), first);
	ck_assert_ptr_null(qf_string_set_find(&set, "on"));
	ck_assert_ptr_null(qf_string_set_find(&set, "one "));
	ck_assert_ptr_null(qf_string_set_find(&set, ""));
}
END_TEST

START_TEST(the_empty_string_is_a_string)
{
	ck_assert(qf_string_set_add(&set, ""));
	ck_assert_uint_eq(set.count, 1);
	ck_assert_str_eq(qf_string_set_find(&set, ""), "");
}
END_TEST

/* Chains of slots wrap around the end of the table with so many. */
START_TEST(many_are_found)
{
	char other[28];

	add_names(MANY);
	add_names(MANY);
	ck_assert_uint_eq(set.count, MANY);
	ck_assert_uint_ge(set.room, 2 * MANY);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(other, sizeof(other), "name%zu", i);
		ck_assert_ptr_eq(qf_string_set_find(&set, other), names[i]);
		snprintf(other, sizeof(other), "%zuname", i);
		ck_assert_ptr_null(qf_string_set_find(&set, other));
	}
}
END_TEST

/* Each size, so that growing is tried with every filling. */
START_TEST(each_count_is_found)
{
	for (size_t count = 1; count < 200; count++) {
		qf_string_set_free(&set);
		add_names(count);
		for (size_t i = 0; i < count; i++)
			ck_assert_ptr_eq(qf_string_set_find(&set, names[i]),
					 names[i]);
		ck_assert_ptr_null(qf_string_set_find(&set, "other"));
	}
}
END_TEST

START_TEST(emptying_forgets)
{
	add_names(10);
	qf_string_set_empty(&set);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_ptr_null(qf_string_set_find(&set, "name3"));
	ck_assert(qf_string_set_add(&set, "name3"));
	ck_assert_uint_eq(set.count, 1);
	ck_assert_str_eq(qf_string_set_find(&set, "name3"), "name3");
	ck_assert_ptr_null(qf_string_set_find(&set, "name4"));
}
END_TEST

/*
 * Emptying writes to the whole table: one message with many recipients must
 * not make each later one slow.
 */
START_TEST(a_large_table_does_not_stay)
{
	add_names(MANY);
	qf_string_set_empty(&set);
	add_names(3);
	ck_assert_uint_le(set.room, 4096);
	ck_assert_uint_eq(set.count, 3);
	ck_assert_ptr_eq(qf_string_set_find(&set, "name2"), names[2]);
	ck_assert_ptr_null(qf_string_set_find(&set, "name3"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("string_set");
	TCase *tc = tcase_create("string_set");

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, an_empty_set_has_nothing);
	tcase_add_test(tc, equal_strings_are_one);
	tcase_add_test(tc, the_empty_string_is_a_string);
	tcase_add_test(tc, many_are_found);
	tcase_add_test(tc, each_count_is_found);
	tcase_add_test(tc, emptying_forgets);
	tcase_add_test(tc, a_large_table_does_not_stay);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
