/*
 * check_caller.c - who has called the program, and how.
 */
#include "mailq-tools/caller.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct caller caller;
static struct qf_job job;

static void
look(char *const argv[])
{
	caller_look(&caller, argv);
	job = (struct qf_job){ .action = "hold" };
	caller_sign(&caller, &job);
}

static void
end(void)
{
	caller_free(&caller);
}

/* A word, and how a shell has to be told of it. */
static const struct {
	const char *word;
	const char *quoted;
} words[] = {
	{ "hold", "hold" },
	{ "--where=age", "--where=age" },
	{ "/a/b,c.d:e@f%g+h_i-j", "/a/b,c.d:e@f%g+h_i-j" },
	{ "", "''" },
	{ "sender = a", "'sender = a'" },
	{ "it's", "'it'\\''s'" },
	{ "'", "''\\'''" },
	{ "a\nb", "'a\nb'" },
	{ "$(x)", "'$(x)'" },
	{ "*", "'*'" },
	{ "\303\244", "'\303\244'" },
};

START_TEST(words_are_quoted)
{
	char first[] = "mqadm";
	char second[40];
	char *argv[] = { first, second, NULL };

	strcpy(second, words[_i].word);
	look(argv);
	ck_assert_int_eq(strncmp(job.command, "mqadm ", 6), 0);
	ck_assert_str_eq(job.command + 6, words[_i].quoted);
}
END_TEST

START_TEST(the_caller_is_told)
{
	const struct passwd *me = getpwuid(getuid());
	char host[HOST_NAME_MAX + 1] = "";

	ck_assert_int_eq(setenv("SUDO_USER", "alice", 1), 0);
	look((char *[]){ NULL });
	ck_assert_uint_eq(job.uid, getuid());
	if (me != NULL)
		ck_assert_str_eq(job.user, me->pw_name);
	ck_assert_str_eq(job.sudo_user, "alice");
	ck_assert_int_eq(gethostname(host, sizeof(host)), 0);
	ck_assert_str_eq(job.host, host);
	ck_assert_str_eq(job.command, "");
	ck_assert_str_eq(job.action, "hold");
}
END_TEST

START_TEST(what_is_unknown_is_empty)
{
	ck_assert_int_eq(unsetenv("SUDO_USER"), 0);
	look((char *[]){ NULL });
	ck_assert_str_eq(job.sudo_user, "");
	ck_assert_ptr_nonnull(job.tty);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("caller");
	TCase *tc = tcase_create("caller");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, words_are_quoted, 0, COUNT(words));
	tcase_add_test(tc, the_caller_is_told);
	tcase_add_test(tc, what_is_unknown_is_empty);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
