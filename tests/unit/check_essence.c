/*
 * check_essence.c - who a message is does not depend on what Postfix marks in
 * its file, and on everything else.
 */
#include "queue-format/postfix/essence.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

/* What is different from the usual one: one byte for each. */
struct form {
	char type;	      /* of the first recipient */
	char trace;	      /* A, or K: that was killed */
	const char *warn;     /* the time of the delay warning */
	const char *arrival;  /* seconds, and microseconds */
	const char *sender;   /* "" is no record at all */
	const char *original; /* of the first recipient */
	const char *text;
	const char *end;
};

static const struct form usual = {
	'R', 'A', "1795000000", "1795342700 123456", "s@x", "o@x", "Hello", "E",
};

static char bytes[2000];
static size_t len;

static void
put(char type, const char *data)
{
	len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "%c%c%s",
				type, (char)strlen(data), data);
}

/* The size record names the offset of the content. */
static enum qf_status
look(const struct form *form, char key[QF_ESSENCE_KEY], struct qf_error *err)
{
	struct qf_reader *reader = qf_reader_new();
	int fd = memfd_create("message", 0);
	enum qf_status status;
	char sizes[100];
	size_t offset = 0; /* known in the second round */

	for (int round = 0; round < 2; round++) {
		len = 0;
		snprintf(sizes, sizeof(sizes), "%15d %15zu %15d %15d %15d %15d",
			 7, offset, 2, 0, 7, 0);
		put('C', sizes);
		put('T', form->arrival);
		put(form->trace, "trace_flags=1024");
		if (form->sender[0] != '\0')
			put('S', form->sender);
		put('W', form->warn);
		put('O', form->original);
		put(form->type, "r@x");
		put('R', "q@x");
		put('M', "");
		offset = len;
		put('N', form->text);
		put('X', "");
		if (form->end[0] != '\0')
			put('E', "");
	}
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	status = qf_essence(reader, fd, (off_t)len, key, err);
	close(fd);
	qf_reader_free(reader);
	return status;
}

static struct form
with(int i, bool marked)
{
	struct form form = usual;

	if (marked) {
		form.type = i == 0 ? 'D' : form.type;
		form.trace = i == 1 ? 'K' : form.trace;
		form.warn = i == 2 ? "        -1" : form.warn;
		return form;
	}
	form.arrival = i == 0 ? "1795342700 123457" : form.arrival;
	form.sender = i == 1 ? "t@x" : form.sender;
	form.original = i == 2 ? "p@x" : form.original;
	form.text = i == 3 ? "Hallo" : form.text;
	return form;
}

START_TEST(marks_do_not_count)
{
	struct form form = with(_i, true);
	char before[QF_ESSENCE_KEY];
	char key[QF_ESSENCE_KEY];
	struct qf_error err;

	ck_assert_int_eq(look(&usual, before, &err), QF_OK);
	ck_assert_int_eq(look(&form, key, &err), QF_OK);
	ck_assert_str_eq(key, before);
	ck_assert_uint_eq(strspn(key, "0123456789ABCDEF"), 64);
}
END_TEST

START_TEST(all_else_does)
{
	struct form form = with(_i, false);
	char before[QF_ESSENCE_KEY];
	char key[QF_ESSENCE_KEY];
	struct qf_error err;

	ck_assert_int_eq(look(&usual, before, &err), QF_OK);
	ck_assert_int_eq(look(&form, key, &err), QF_OK);
	ck_assert_str_ne(key, before);
}
END_TEST

START_TEST(what_is_not_complete_is_nobody)
{
	struct form form = usual;
	char key[QF_ESSENCE_KEY];
	struct qf_error err;

	if (_i == 0)
		form.end = "";
	else if (_i == 1)
		form.sender = "";
	else
		form.arrival = "x";
	ck_assert_int_eq(look(&form, key, &err), QF_CORRUPT);
	ck_assert_str_ne(err.text, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("essence");
	TCase *tc = tcase_create("essence");

	tcase_add_loop_test(tc, marks_do_not_count, 0, 3);
	tcase_add_loop_test(tc, all_else_does, 0, 4);
	tcase_add_loop_test(tc, what_is_not_complete_is_nobody, 0, 3);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
