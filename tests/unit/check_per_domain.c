/*
 * check_per_domain.c - of each domain of recipients no more than so many.
 */
#include "mailq-tools/per_domain.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static struct per_domain per;

static void
end(void)
{
	per_domain_free(&per);
}

/* A message for these, which end with NULL. */
static enum qf_status
take(const char *const *addresses)
{
	struct qf_recipient left[8] = { 0 };
	struct qf_message message = { .id = "A1", .left = left };

	for (; addresses[message.left_count] != NULL; message.left_count++)
		left[message.left_count].address =
			addresses[message.left_count];
	return per_domain_take(&per, &message);
}

#define TAKE(...) take((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(each_domain_has_its_number)
{
	per = (struct per_domain){ .limit = 2 };
	ck_assert_int_eq(TAKE("a@one.example"), QF_OK);
	ck_assert_int_eq(TAKE("b@ONE.example"), QF_OK);
	ck_assert_int_eq(TAKE("c@one.example"), QF_STOPPED);
	ck_assert_int_eq(TAKE("c@sub.one.example"), QF_OK);
	ck_assert_int_eq(TAKE("a@two.example"), QF_OK);
	ck_assert_int_eq(TAKE("\"x@one.example\"@two.example"), QF_OK);
	ck_assert_int_eq(TAKE("a@two.example"), QF_STOPPED);
}
END_TEST

START_TEST(a_message_counts_once_for_each_of_its_domains)
{
	per = (struct per_domain){ .limit = 2 };
	ck_assert_int_eq(TAKE("a@one.example", "b@one.example", "c@two.example",
			      "d@one.example"),
			 QF_OK);
	ck_assert_int_eq(TAKE("a@one.example"), QF_OK);
	/* Where it may not go, it counts for none. */
	ck_assert_int_eq(TAKE("a@two.example", "b@one.example"), QF_STOPPED);
	ck_assert_int_eq(TAKE("a@one.example", "b@three.example"), QF_STOPPED);
	ck_assert_int_eq(TAKE("a@two.example"), QF_OK);
	ck_assert_int_eq(TAKE("a@two.example"), QF_STOPPED);
	ck_assert_int_eq(TAKE("a@three.example"), QF_OK);
	ck_assert_int_eq(TAKE("a@three.example"), QF_OK);
	ck_assert_int_eq(TAKE("a@three.example"), QF_STOPPED);
}
END_TEST

START_TEST(without_a_domain_or_with_a_long_one)
{
	char long_name[600] = "x@";

	per = (struct per_domain){ .limit = 1 };
	memset(long_name + 2, 'd', sizeof(long_name) - 3);
	ck_assert_int_eq(TAKE("root"), QF_OK);
	ck_assert_int_eq(TAKE("tony"), QF_STOPPED);
	ck_assert_int_eq(TAKE(long_name), QF_OK);
	ck_assert_int_eq(TAKE(long_name), QF_STOPPED);
	/* Nobody is left, or nobody knows who: no domain gets anything. */
	ck_assert_int_eq(take((const char *const[]){ NULL }), QF_OK);
	ck_assert_int_eq(take((const char *const[]){ NULL }), QF_OK);
}
END_TEST

START_TEST(many_domains)
{
	char address[40];

	per = (struct per_domain){ .limit = 1 };
	for (int i = 0; i < 20000; i++) {
		snprintf(address, sizeof(address), "a@d%d.example", i % 10000);
		ck_assert_int_eq(TAKE(address), i < 10000 ? QF_OK : QF_STOPPED);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("per_domain");
	TCase *tc = tcase_create("per_domain");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, each_domain_has_its_number);
	tcase_add_test(tc, a_message_counts_once_for_each_of_its_domains);
	tcase_add_test(tc, without_a_domain_or_with_a_long_one);
	tcase_add_test(tc, many_domains);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
