/*
 * check_nearest.c - which name was meant by one that was mistyped.
 */
#include "queue-format/nearest.h"

#include <string.h>

#include "unit.h"

#define LONGEST "abcdefghijklmnopqrstuvwx"

static const struct {
	const char *name;
	const char *candidates[4];
	const char *best; /* NULL: none */
	size_t distance;
} searches[] = {
	{ "sender", { "sender" }, "sender", 0 },
	/* One too many, one missing, one other, two changed places. */
	{ "senderr", { "sender" }, "sender", 1 },
	{ "sendr", { "sender" }, "sender", 1 },
	{ "sandar", { "sender" }, "sender", 2 },
	{ "sedner", { "sender" }, "sender", 2 },
	{ "sxxxer", { "sender" }, NULL, 0 },
	/* Of a short name half would be another word. */
	{ "siz", { "size" }, "size", 1 },
	{ "sz", { "size" }, NULL, 0 },
	{ "heldx", { "held" }, "held", 1 },
	{ "helxx", { "held" }, "held", 2 },
	{ "hexx", { "held" }, NULL, 0 },
	/* The nearest of them; of equals the first. */
	{ "reasn", { "rcpt", "reason", "region" }, "reason", 1 },
	{ "sizes", { "sized", "sizer", "size" }, "sized", 1 },
	{ "sized", { "sizes", "sized" }, "sized", 0 },
	{ "", { "a", "id" }, "a", 1 },
	{ "", { "id" }, NULL, 0 },
	{ "x", { NULL }, NULL, 0 },
	/* Upper case is another letter. */
	{ "Size", { "size" }, "size", 1 },
	/* Longer names than any are not looked at. */
	{ LONGEST, { LONGEST }, LONGEST, 0 },
	{ LONGEST "y", { LONGEST }, NULL, 0 },
	{ "abcdefghijklmnopqrstuvw", { LONGEST "y", LONGEST }, LONGEST, 1 },
};

START_TEST(finds_the_nearest)
{
	struct qf_nearest search = { .name = searches[_i].name,
				     .len = strlen(searches[_i].name) };

	for (int i = 0; i < 4 && searches[_i].candidates[i] != NULL; i++)
		qf_nearest_offer(&search, searches[_i].candidates[i]);
	if (searches[_i].best == NULL) {
		ck_assert_ptr_null(search.best);
		return;
	}
	ck_assert_ptr_nonnull(search.best);
	ck_assert_str_eq(search.best, searches[_i].best);
	ck_assert_uint_eq(search.distance, searches[_i].distance);
}
END_TEST

/* It is a piece of a longer text. */
START_TEST(the_name_ends_where_it_is_told)
{
	struct qf_nearest search = { .name = "sizeabc", .len = 4 };

	qf_nearest_offer(&search, "size");
	ck_assert_uint_eq(search.distance, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("nearest");
	TCase *tc = tcase_create("nearest");

	tcase_add_loop_test(tc, finds_the_nearest, 0, COUNT(searches));
	tcase_add_test(tc, the_name_ends_where_it_is_told);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
