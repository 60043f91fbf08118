/*
 * check_error.c - a failure keeps its status, its place and its text.
 */
#include "queue-format/error.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

/* What was in memory before must not show: it has no NUL. */
static struct qf_error
dirty_error(void)
{
	struct qf_error err;

	memset(&err, 'x', sizeof(err));
	return err;
}

static void
fill_with(char *text, size_t size, char byte)
{
	memset(text, byte, size - 1);
	text[size - 1] = '\0';
}

START_TEST(fail_fills_everything)
{
	struct qf_error err = dirty_error();
	enum qf_status status =
		qf_fail(&err, QF_UNSAFE, "%s: no %d", "4F2A11", 7);

	ck_assert_int_eq(status, QF_UNSAFE);
	ck_assert_int_eq(err.status, QF_UNSAFE);
	ck_assert_int_eq(err.errnum, 0);
	ck_assert_int_eq(err.offset, -1);
	ck_assert_str_eq(err.text, "4F2A11: no 7");
}
END_TEST

START_TEST(corrupt_has_an_offset)
{
	struct qf_error err = dirty_error();
	enum qf_status status =
		qf_corrupt(&err, (off_t)5000000000, "record %c", 'S');

	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_int_eq(err.status, QF_CORRUPT);
	ck_assert_int_eq(err.errnum, 0);
	ck_assert_int_eq(err.offset, 5000000000);
	ck_assert_str_eq(err.text, "record S");
}
END_TEST

static const struct {
	int errnum;
	enum qf_status status;
	const char *text;
} calls[] = {
	{ EACCES, QF_DENIED, "hold/A: Permission denied" },
	{ EPERM, QF_DENIED, "hold/A: Operation not permitted" },
	{ ENOENT, QF_GONE, "hold/A: No such file or directory" },
	{ EIO, QF_SYSTEM, "hold/A: Input/output error" },
	{ ENOTDIR, QF_SYSTEM, "hold/A: Not a directory" },
	{ ENOMEM, QF_SYSTEM, "hold/A: Cannot allocate memory" },
};

START_TEST(system_tells_errno)
{
	struct qf_error err = dirty_error();
	enum qf_status status;

	errno = calls[_i].errnum;
	status = qf_system(&err, "%s/%c", "hold", 'A');
	ck_assert_int_eq(status, calls[_i].status);
	ck_assert_int_eq(err.status, calls[_i].status);
	ck_assert_int_eq(err.errnum, calls[_i].errnum);
	ck_assert_int_eq(err.offset, -1);
	ck_assert_str_eq(err.text, calls[_i].text);
}
END_TEST

START_TEST(no_error_is_wanted)
{
	ck_assert_int_eq(qf_fail(NULL, QF_GONE, "x"), QF_GONE);
	ck_assert_int_eq(qf_corrupt(NULL, 1, "x"), QF_CORRUPT);
	errno = EACCES;
	ck_assert_int_eq(qf_system(NULL, "x"), QF_DENIED);
	qf_error_prefix(NULL, "x");
}
END_TEST

START_TEST(long_text_is_cut_off)
{
	struct qf_error err = dirty_error();
	char text[1000];
	enum qf_status status;

	fill_with(text, sizeof(text), 'a');
	status = qf_fail(&err, QF_INVALID, "%s", text);
	ck_assert_int_eq(status, QF_INVALID);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);

	err = dirty_error();
	errno = EIO;
	status = qf_system(&err, "%s", text);
	ck_assert_int_eq(status, QF_SYSTEM);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);

	/* As much of strerror() as there is room for. */
	err = dirty_error();
	errno = EIO;
	status = qf_system(&err, "%.*s", (int)sizeof(err.text) - 5, text);
	ck_assert_int_eq(status, QF_SYSTEM);
	ck_assert_str_eq(err.text + sizeof(err.text) - 6, "a: In");
}
END_TEST

START_TEST(prefix_goes_in_front)
{
	struct qf_error err = dirty_error();
	enum qf_status status = qf_corrupt(&err, 9, "too short");

	ck_assert_int_eq(status, QF_CORRUPT);
	qf_error_prefix(&err, "4F2A11");
	qf_error_prefix(&err, "mta1");
	ck_assert_str_eq(err.text, "mta1: 4F2A11: too short");
	ck_assert_int_eq(err.status, QF_CORRUPT);
	ck_assert_int_eq(err.offset, 9);
}
END_TEST

/* How long a prefix is, and how much of it and of "reason" is left. */
START_TEST(long_prefix_is_cut_off)
{
	static const size_t lengths[] = { 390, 391, 392, 397, 398, 399,
					  400, 401, 798, 799, 800, 1500 };
	struct qf_error err = dirty_error();
	char prefix[2000];
	char wanted[4000];
	enum qf_status status = qf_fail(&err, QF_GONE, "reason");

	ck_assert_int_eq(status, QF_GONE);
	fill_with(prefix, lengths[_i] + 1, 'p');
	strcpy(wanted, prefix);
	strcat(wanted, ": reason");
	wanted[sizeof(err.text) - 1] = '\0';
	qf_error_prefix(&err, prefix);
	ck_assert_ptr_nonnull(memchr(err.text, '\0', sizeof(err.text)));
	ck_assert_str_eq(err.text, wanted);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("error");

	tcase_add_test(tc, fail_fills_everything);
	tcase_add_test(tc, corrupt_has_an_offset);
	tcase_add_loop_test(tc, system_tells_errno, 0, COUNT(calls));
	tcase_add_test(tc, no_error_is_wanted);
	tcase_add_test(tc, long_text_is_cut_off);
	tcase_add_test(tc, prefix_goes_in_front);
	tcase_add_loop_test(tc, long_prefix_is_cut_off, 0, 12);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
