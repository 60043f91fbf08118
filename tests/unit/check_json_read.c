/*
 * check_json_read.c - JSON of somebody else is a tree of what it says, or is
 * refused with the place.
 */
#include "queue-format/json_read.h"

#include <string.h>

#include "unit.h"

static struct qf_json *tree;
static struct qf_error err;

static void
begin(void)
{
	tree = NULL;
	err = (struct qf_error){ .offset = -1 };
}

static void
end(void)
{
	qf_json_free(tree);
}

static void
parse(const char *text)
{
	enum qf_status status = qf_json_parse(text, strlen(text), &tree, &err);

	ck_assert_msg(status == QF_OK, "%s: %s", text, err.text);
}

static const struct qf_json *
member(const char *name)
{
	return qf_json_member(tree, name);
}

START_TEST(values_are_what_they_are)
{
	int64_t number = 7;
	bool flag = true;

	parse(" {\"s\": \"a\\u00e4\\n\", \"i\": -12, \"r\": 1.5, \"t\": true, "
	      "\"f\": false, \"n\": null, \"a\": [1, \"x\"], \"o\": {}}\n");
	ck_assert(qf_json_is_object(tree));
	ck_assert(!qf_json_is_array(tree));
	ck_assert_str_eq(qf_json_string(member("s")), "a\xc3\xa4\n");
	ck_assert(qf_json_integer(member("i"), &number));
	ck_assert_int_eq(number, -12);
	ck_assert(qf_json_flag(member("f"), &flag));
	ck_assert(!flag);
	ck_assert(qf_json_flag(member("t"), &flag));
	ck_assert(flag);
	ck_assert(qf_json_is_object(member("o")));
	ck_assert(qf_json_is_array(member("a")));
	ck_assert_uint_eq(qf_json_count(member("a")), 2);
	ck_assert_str_eq(qf_json_string(qf_json_at(member("a"), 1)), "x");
}
END_TEST

/* What a value is not, nobody is told that it is; nothing is set. */
START_TEST(values_are_nothing_else)
{
	static const char *const names[] = { "s", "i", "r", "t",
					     "n", "a", "o", "missing" };
	parse("{\"s\": \"1\", \"i\": 0, \"r\": 1.0, \"t\": true, \"n\": null, "
	      "\"a\": [], \"o\": {}}");
	for (int i = 0; i < COUNT(names); i++) {
		const struct qf_json *value = member(names[i]);
		const char kind = names[i][0];
		int64_t number = 7;
		bool flag = false;

		ck_assert((qf_json_string(value) != NULL) == (kind == 's'));
		ck_assert(qf_json_integer(value, &number) == (kind == 'i'));
		ck_assert_int_eq(number, kind == 'i' ? 0 : 7);
		ck_assert(qf_json_flag(value, &flag) == (kind == 't'));
		ck_assert_int_eq(flag, kind == 't');
		ck_assert(qf_json_is_array(value) == (kind == 'a'));
		ck_assert(qf_json_is_object(value) == (kind == 'o'));
		ck_assert_uint_eq(qf_json_count(value), 0);
		ck_assert_ptr_null(qf_json_at(value, 0));
		ck_assert_ptr_null(qf_json_member(value, "s"));
	}
}
END_TEST

START_TEST(integers_have_64_bits)
{
	int64_t number = 0;

	parse("[9223372036854775807, -9223372036854775808]");
	ck_assert(qf_json_integer(qf_json_at(tree, 0), &number));
	ck_assert_int_eq(number, INT64_MAX);
	ck_assert(qf_json_integer(qf_json_at(tree, 1), &number));
	ck_assert_int_eq(number, INT64_MIN);
	ck_assert_ptr_null(qf_json_at(tree, 2));
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_shown)
{
	parse("{\"a\": \"x\xff\xc3y\"}");
	ck_assert_str_eq(qf_json_string(member("a")),
			 "x\xef\xbf\xbd\xef\xbf\xbdy");
}
END_TEST

/* A text, and the place where it is noticed: most often just behind. */
static const struct {
	const char *text;
	size_t len;
	off_t offset;
	const char *says;
} damages[] = {
	{ BYTES(""), 0, "not JSON: " },
	{ BYTES("{\"a\": 1"), 7, "not JSON: " },
	{ BYTES("{\"a\": 1} x"), 10, "end of file expected" },
	{ BYTES("{\"a\": 1, \"a\": 2}"), 12, "duplicate object key" },
	{ BYTES("[\"a\\u0000b\"]"), 11, "\\u0000 is not allowed" },
	{ BYTES("[\"a\0b\"]"), 3, "control character 0x0" },
	{ BYTES("[9223372036854775808]"), 20, "too big integer" },
	{ BYTES("[tru]"), 4, "invalid token" },
	{ BYTES("12"), 2, "'[' or '{' expected" },
	/* A byte that becomes three does not move the place. */
	{ BYTES("{\"\xff\xff\": tru}"), 10, "invalid token" },
};

START_TEST(damage_has_its_place)
{
	ck_assert_int_eq(
		qf_json_parse(damages[_i].text, damages[_i].len, &tree, &err),
		QF_CORRUPT);
	unit_says(err.text, "not JSON: ");
	unit_says(err.text, damages[_i].says);
	ck_assert_int_eq(err.offset, damages[_i].offset);
	ck_assert_ptr_null(tree);
}
END_TEST

/* Who sends a million brackets does not get at our stack. */
START_TEST(depth_has_a_limit)
{
	static char deep[1000000];

	memset(deep, '[', sizeof(deep));
	ck_assert_int_eq(qf_json_parse(deep, sizeof(deep), &tree, &err),
			 QF_CORRUPT);
	unit_says(err.text, "maximum parsing depth");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json_read");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, values_are_what_they_are);
	tcase_add_test(tc, values_are_nothing_else);
	tcase_add_test(tc, integers_have_64_bits);
	tcase_add_test(tc, bytes_that_are_no_utf8_are_shown);
	tcase_add_loop_test(tc, damage_has_its_place, 0, COUNT(damages));
	tcase_add_test(tc, depth_has_a_limit);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
