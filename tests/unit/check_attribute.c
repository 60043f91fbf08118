/*
 * check_attribute.c - name=value, as Postfix splits it.
 */
#include "queue-format/postfix/attribute.h"

#include <string.h>

#include "unit.h"

static const struct {
	const char *data;
	size_t len;
	const char *name;
	const char *value;
} whole[] = {
	{ BYTES("a=b"), "a", "b" },
	{ BYTES("client_name=mail.example"), "client_name", "mail.example" },
	{ BYTES(" \t\r\n\v\fa \t= \t b \t"), "a", "b" },
	{ BYTES("a="), "a", "" },
	{ BYTES("a =  "), "a", "" },
	{ BYTES("a=b=c"), "a", "b=c" },
	{ BYTES("a==b"), "a", "=b" },
	{ BYTES("a=b c"), "a", "b c" },
	/* What stands behind a NUL is not there. */
	{ BYTES("a=b\0c"), "a", "b" },
	{ BYTES("\303\244=\377"), "\303\244", "\377" },
};

START_TEST(finds_name_and_value)
{
	struct qf_span name = { NULL, 0 };
	struct qf_span value = { NULL, 0 };

	ck_assert_ptr_null(qf_attribute_split(whole[_i].data, whole[_i].len,
					      &name, &value));
	ck_assert_uint_eq(name.len, strlen(whole[_i].name));
	ck_assert_mem_eq(name.text, whole[_i].name, name.len);
	ck_assert_uint_eq(value.len, strlen(whole[_i].value));
	ck_assert_mem_eq(value.text, whole[_i].value, value.len);
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	const char *says;
} broken[] = {
	{ BYTES(""), "missing attribute name" },
	{ BYTES(" \t"), "missing attribute name" },
	{ BYTES("=b"), "missing attribute name" },
	{ BYTES("  =b"), "missing attribute name" },
	{ BYTES("\0a=b"), "missing attribute name" },
	{ BYTES("a"), "missing '=' after attribute name" },
	{ BYTES("a  "), "missing '=' after attribute name" },
	{ BYTES("a b=c"), "missing '=' after attribute name" },
	{ BYTES("a\0=b"), "missing '=' after attribute name" },
};

START_TEST(says_what_is_missing)
{
	struct qf_span name = { "n", 1 };
	struct qf_span value = { "v", 1 };

	ck_assert_str_eq(qf_attribute_split(broken[_i].data, broken[_i].len,
					    &name, &value),
			 broken[_i].says);
	ck_assert_str_eq(name.text, "n");
	ck_assert_str_eq(value.text, "v");
}
END_TEST

/* Bytes behind the record are another record's. */
START_TEST(looks_at_its_own_bytes_only)
{
	struct qf_span name;
	struct qf_span value;

	ck_assert_ptr_nonnull(qf_attribute_split("a=b", 1, &name, &value));
	ck_assert_ptr_null(qf_attribute_split("a=bc", 3, &name, &value));
	ck_assert_uint_eq(value.len, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("attribute");
	TCase *tc = tcase_create("attribute");

	tcase_add_loop_test(tc, finds_name_and_value, 0, COUNT(whole));
	tcase_add_loop_test(tc, says_what_is_missing, 0, COUNT(broken));
	tcase_add_test(tc, looks_at_its_own_bytes_only);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
