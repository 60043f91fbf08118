/*
 * check_tool.c - talking to people, and which exit status wins.
 */
#include "mailq-tools/tool.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

static struct apart apart;

static struct tool
new_tool(void)
{
	return (struct tool){ .name = "mqtest",
			      .usage = "usage: mqtest [option ...]\n" };
}

static void
begin(void)
{
	ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
	ck_assert_int_eq(unsetenv("MAIL_CONFIG"), 0);
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
	ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
}

static void
end(void)
{
	apart_free(&apart);
}

static void
expect(int status, const char *out, const char *err)
{
	ck_assert_str_eq(apart.err, err);
	ck_assert_str_eq(apart.out, out);
	ck_assert_int_eq(apart.status, status);
}

/* Each is worse than all before it. */
static const int by_weight[] = { 0, 1, 66, 75, 65, 74, 69, 77, 64 };

START_TEST(the_worst_status_wins)
{
	for (int i = 0; i < COUNT(by_weight); i++) {
		struct tool tool = new_tool();

		tool_exit_with(&tool, by_weight[_i]);
		tool_exit_with(&tool, by_weight[i]);
		ck_assert_int_eq(tool.exit, by_weight[i > _i ? i : _i]);
	}
}
END_TEST

/* What is not in the table is a bug, and shall be seen. */
START_TEST(an_unknown_status_is_the_worst)
{
	struct tool tool = new_tool();

	tool_exit_with(&tool, 64);
	tool_exit_with(&tool, 99);
	tool_exit_with(&tool, 64);
	ck_assert_int_eq(tool.exit, 99);
}
END_TEST

static const struct {
	enum qf_status status;
	int exit;
} failures[] = {
	{ QF_OK, 0 },	   { QF_END, 0 },      { QF_STOPPED, 0 },
	{ QF_GONE, 66 },   { QF_ABSENT, 66 },  { QF_CORRUPT, 65 },
	{ QF_UNSAFE, 65 }, { QF_INVALID, 65 }, { QF_DENIED, 77 },
	{ QF_DOWN, 69 },   { QF_SYSTEM, 74 },
};

START_TEST(failures_have_a_status)
{
	ck_assert_int_eq(tool_exit_of(failures[_i].status), failures[_i].exit);
}
END_TEST

/* What somebody may have put into a file name or an argument. */
static int
complain(void *context)
{
	struct tool *tool = context;

	tool_complain(tool, TOOL_PARTLY, "%s", "a\033[31mb\nc\xff\xe2\x80\xae");
	tool_note(tool, "%s: \xc3\xa4 %d", "note", 7);
	return tool->exit;
}

START_TEST(complaints_are_safe_to_see)
{
	struct tool tool = new_tool();

	tool.utf8 = true;
	apart_run(&apart, complain, &tool);
	expect(75, "",
	       "mqtest: a^[[31mb^Jc<FF><U+202E>\n"
	       "mqtest: note: \xc3\xa4 7\n");
}
END_TEST

START_TEST(complaints_are_ascii_without_utf8)
{
	struct tool tool = new_tool();

	apart_run(&apart, complain, &tool);
	expect(75, "",
	       "mqtest: a^[[31mb^Jc<FF><U+202E>\n"
	       "mqtest: note: <U+00E4> 7\n");
}
END_TEST

static int
note_only(void *context)
{
	struct tool *tool = context;

	tool_note(tool, "all is well");
	return tool->exit;
}

START_TEST(a_note_has_no_status)
{
	struct tool tool = new_tool();

	apart_run(&apart, note_only, &tool);
	expect(0, "", "mqtest: all is well\n");
}
END_TEST

static int
complain_at_length(void *context)
{
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tool_note(context, "%s", text);
	return 0;
}

START_TEST(a_complaint_has_an_end)
{
	struct tool tool = new_tool();

	apart_run(&apart, complain_at_length, &tool);
	ck_assert_uint_gt(apart.err_len, 1000);
	ck_assert_uint_lt(apart.err_len, 2100);
	ck_assert_int_eq(apart.err[apart.err_len - 1], '\n');
}
END_TEST

static int
die(void *context)
{
	tool_die(context, TOOL_DENIED, "no permission for %s", "it");
}

/* What happened before does not count: the program ends here. */
START_TEST(dying_has_its_own_status)
{
	struct tool tool = new_tool();

	tool.exit = TOOL_USAGE;
	apart_run(&apart, die, &tool);
	expect(77, "", "mqtest: no permission for it\n");
}
END_TEST

static int
misuse(void *context)
{
	tool_misuse(context, "--limit: \"%s\" is not a number", "x\ny");
}

START_TEST(misuse_points_to_the_help)
{
	struct tool tool = new_tool();

	apart_run(&apart, misuse, &tool);
	expect(64, "",
	       "mqtest: --limit: \"x^Jy\" is not a number\n"
	       "Try \"mqtest --help\".\n");
}
END_TEST

START_TEST(takes_common_options)
{
	struct tool tool = new_tool();

	tool_option(&tool, 'c', "/etc/postfix-2");
	tool_option(&tool, TOOL_OPT_INSTANCE, "second");
	tool_option(&tool, TOOL_OPT_SPOOL, "/tmp/copy");
	tool_option(&tool, TOOL_OPT_UTC, NULL);
	ck_assert_str_eq(tool.config_directory, "/etc/postfix-2");
	ck_assert_str_eq(tool.instance, "second");
	ck_assert_str_eq(tool.spool, "/tmp/copy");
	ck_assert(tool.utc);
	tool_option(&tool, TOOL_OPT_COLOR, "always");
	ck_assert_int_eq(tool.color, TOOL_COLOR_ALWAYS);
	tool_option(&tool, TOOL_OPT_COLOR, "never");
	ck_assert_int_eq(tool.color, TOOL_COLOR_NEVER);
	tool_option(&tool, TOOL_OPT_COLOR, "auto");
	ck_assert_int_eq(tool.color, TOOL_COLOR_AUTO);
}
END_TEST

struct given {
	struct tool tool;
	int option;
	const char *argument;
};

static int
give_option(void *context)
{
	struct given *given = context;

	tool_option(&given->tool, given->option, given->argument);
	return 98;
}

/* Options that end the program. */
static const struct {
	int option;
	const char *argument;
	int status;
	const char *out;
	const char *err;
} last_options[] = {
	{ TOOL_OPT_HELP, NULL, 0, "usage: mqtest [option ...]\n", "" },
	{ TOOL_OPT_VERSION, NULL, 0, "mqtest (" PACKAGE_STRING ")\n", "" },
	{ TOOL_OPT_COLOR, "blue", 64, "",
	  "mqtest: --color: \"blue\" is none of auto, always, never\n"
	  "Try \"mqtest --help\".\n" },
	{ '?', NULL, 64, "", "Try \"mqtest --help\".\n" },
};

START_TEST(some_options_end_the_program)
{
	struct given given = { .tool = new_tool(),
			       .option = last_options[_i].option,
			       .argument = last_options[_i].argument };

	apart_run(&apart, give_option, &given);
	expect(last_options[_i].status, last_options[_i].out,
	       last_options[_i].err);
}
END_TEST

static int
check_words(void *context)
{
	struct tool tool = new_tool();
	char name[] = "mqtest";
	char fine[] = "--fine";
	char operand[] = "not an option: \033[2J";
	char *words[] = { name, fine, operand, context, NULL };

	tool_check_words(&tool, words);
	return 0;
}

/* getopt_long() would repeat it on the terminal. */
START_TEST(hostile_options_are_refused)
{
	char hostile[] = "--x\033[2J";
	char harmless[] = "-\xc3\xa4";

	apart_run(&apart, check_words, hostile);
	expect(64, "",
	       "mqtest: no option: '--x^[[2J'\n"
	       "Try \"mqtest --help\".\n");
	apart_free(&apart);
	apart_run(&apart, check_words, harmless);
	expect(0, "", "");
}
END_TEST

static int
help_into_nowhere(void *context)
{
	if (freopen("/dev/full", "w", stdout) == NULL)
		return 98;
	return give_option(context);
}

START_TEST(help_that_cannot_be_written_is_a_failure)
{
	struct given given = { .tool = new_tool(), .option = TOOL_OPT_HELP };

	apart_run(&apart, help_into_nowhere, &given);
	expect(74, "", "mqtest: standard output: No space left on device\n");
}
END_TEST

/* What is opened later must not become standard output or error. */
static int
start_without_descriptors(void *context)
{
	int fd;

	close(0);
	close(1);
	close(2);
	tool_start(context);
	fd = open("/dev/null", O_RDONLY);
	return fd > 2 && fcntl(1, F_GETFD) >= 0 ? 0 : 98;
}

START_TEST(start_opens_standard_descriptors)
{
	struct tool tool = new_tool();

	apart_run(&apart, start_without_descriptors, &tool);
	expect(0, "", "");
}
END_TEST

/* A reader that goes away is told by EPIPE. */
static int
start_and_write(void *context)
{
	int ends[2];

	tool_start(context);
	if (pipe(ends) < 0)
		return 98;
	close(ends[0]);
	return write(ends[1], "x", 1) < 0 ? 0 : 98;
}

START_TEST(start_survives_a_closed_pipe)
{
	struct tool tool = new_tool();

	apart_run(&apart, start_and_write, &tool);
	expect(0, "", "");
}
END_TEST

START_TEST(start_knows_the_environment)
{
	struct tool tool = new_tool();
	time_t before = time(NULL);

	tool_start(&tool);
	ck_assert(tool.utf8);
	ck_assert_ptr_null(tool.config_directory);
	ck_assert_int_ge(tool.now, before);
	ck_assert_int_le(tool.now, time(NULL));
	ck_assert_int_eq(setenv("MAIL_CONFIG", "/etc/postfix-3", 1), 0);
	ck_assert_int_eq(setenv("LC_ALL", "C", 1), 0);
	tool_start(&tool);
	ck_assert(!tool.utf8);
	ck_assert_str_eq(tool.config_directory, "/etc/postfix-3");
}
END_TEST

/* Colour, asked on standard output: 1 or 0. */
static int
ask_for_color(void *context)
{
	return tool_has_color(context, STDOUT_FILENO);
}

static const struct {
	enum tool_color color;
	const char *term;
	const char *no_color;
	bool on_terminal;
	bool elsewhere;
} colors[] = {
	{ TOOL_COLOR_AUTO, "xterm", NULL, true, false },
	{ TOOL_COLOR_AUTO, "xterm", "", true, false },
	{ TOOL_COLOR_AUTO, "xterm", "1", false, false },
	{ TOOL_COLOR_AUTO, "dumb", NULL, false, false },
	{ TOOL_COLOR_AUTO, NULL, NULL, false, false },
	{ TOOL_COLOR_ALWAYS, "dumb", "1", true, true },
	{ TOOL_COLOR_NEVER, "xterm", NULL, false, false },
};

static void
set_or_not(const char *name, const char *value)
{
	ck_assert_int_eq(unsetenv(name), 0);
	if (value != NULL)
		ck_assert_int_eq(setenv(name, value, 1), 0);
}

START_TEST(colors_are_for_terminals)
{
	struct tool tool = new_tool();

	tool.color = colors[_i].color;
	set_or_not("TERM", colors[_i].term);
	set_or_not("NO_COLOR", colors[_i].no_color);
	apart_run_on_terminal(&apart, 80, ask_for_color, &tool);
	ck_assert_int_eq(apart.status, colors[_i].on_terminal);
	apart_free(&apart);
	apart_run(&apart, ask_for_color, &tool);
	ck_assert_int_eq(apart.status, colors[_i].elsewhere);
}
END_TEST

static TCase *
talk_case(void)
{
	TCase *tc = tcase_create("talk");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, complaints_are_safe_to_see);
	tcase_add_test(tc, complaints_are_ascii_without_utf8);
	tcase_add_test(tc, a_note_has_no_status);
	tcase_add_test(tc, a_complaint_has_an_end);
	tcase_add_test(tc, dying_has_its_own_status);
	tcase_add_test(tc, misuse_points_to_the_help);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("tool");
	TCase *tc = tcase_create("tool");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, the_worst_status_wins, 0, COUNT(by_weight));
	tcase_add_test(tc, an_unknown_status_is_the_worst);
	tcase_add_loop_test(tc, failures_have_a_status, 0, COUNT(failures));
	tcase_add_test(tc, takes_common_options);
	tcase_add_loop_test(tc, some_options_end_the_program, 0,
			    COUNT(last_options));
	tcase_add_test(tc, hostile_options_are_refused);
	tcase_add_test(tc, help_that_cannot_be_written_is_a_failure);
	tcase_add_test(tc, start_opens_standard_descriptors);
	tcase_add_test(tc, start_survives_a_closed_pipe);
	tcase_add_test(tc, start_knows_the_environment);
	tcase_add_loop_test(tc, colors_are_for_terminals, 0, COUNT(colors));
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, talk_case());
	return unit_run(suite);
}
