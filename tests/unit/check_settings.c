/*
 * check_settings.c - the file of settings, in the syntax of main.cf.
 */
#include "mailq-tools/settings.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "unit.h"

#define FILE_NAME "settings.conf"

static struct apart apart;

static void
end(void)
{
	apart_free(&apart);
}

/* Print all settings, in their order. */
static int
print(void *context)
{
	struct tool tool = { .name = "mqtest", .settings = context };
	struct settings settings;

	settings_open(&tool, &settings);
	settings_parse(&tool, &settings);
	for (size_t i = 0; i < settings.count; i++)
		printf("%s=<%s>\n", settings.items[i].name,
		       settings.items[i].value);
	settings_free(&settings);
	return tool.exit;
}

/* The leak detector runs at the end of the program. */
static int
print_without_root(void *context)
{
	atexit(unit_regain_root);
	unit_drop_root();
	return print(context);
}

static void
expect(int status, const char *out, const char *err)
{
	ck_assert_str_eq(apart.err, err);
	ck_assert_str_eq(apart.out, out);
	ck_assert_int_eq(apart.status, status);
}

static void
run(const void *text, size_t len)
{
	char path[200];

	scratch_file(FILE_NAME, text, len, 0600);
	snprintf(path, sizeof(path), "%s", scratch_path(FILE_NAME));
	apart_run(&apart, print, path);
}

static const struct {
	const char *text;
	const char *out;
} files[] = {
	{ "", "" },
	{ "\n\n  \n\t\n", "" },
	{ "# comment\n   # one more\n", "" },
	{ "selection.a = held\n", "selection.a=<held>\n" },
	{ "selection.a = held", "selection.a=<held>\n" },
	{ "selection.a=held\n", "selection.a=<held>\n" },
	{ "selection.a\t =\t held \t\n", "selection.a=<held>\n" },
	{ "selection.a = held\r\n", "selection.a=<held>\n" },
	{ "selection.a =\n", "selection.a=<>\n" },
	{ "selection.a = sender = x=y\n", "selection.a=<sender = x=y>\n" },
	{ "selection.a = helo = #x\n", "selection.a=<helo = #x>\n" },
	{ "selection.a = 1\nselection.b = 2\n",
	  "selection.a=<1>\nselection.b=<2>\n" },
	/* A line that begins with a blank goes on with the one before. */
	{ "selection.a = held\n\tand size\n",
	  "selection.a=<held\n\tand size>\n" },
	{ "selection.a =\n held\n or size\nselection.b = 2\n",
	  "selection.a=<held\n or size>\nselection.b=<2>\n" },
	{ "selection.a\n = held\n", "selection.a=<held>\n" },
	{ "  selection.a = held\n", "selection.a=<held>\n" },
	/* What is no line may stand in between. */
	{ "selection.a = held\n# why\n and size\n",
	  "selection.a=<held\n       and size>\n" },
	{ "selection.a = held\n\n and size\n",
	  "selection.a=<held\n  and size>\n" },
	{ "selection.a = held\n  # why\n", "selection.a=<held>\n" },
	{ "selection.a = held\n# why\nselection.b = 2\n",
	  "selection.a=<held>\nselection.b=<2>\n" },
	{ "selection.a = held\n \n\t\n", "selection.a=<held>\n" },
	{ "selection.a = held\n# no end of line", "selection.a=<held>\n" },
};

START_TEST(reads_what_main_cf_would)
{
	run(files[_i].text, strlen(files[_i].text));
	expect(0, files[_i].out, "");
}
END_TEST

/* One that is not known is most often mistyped: say so, and go on. */
static const struct {
	const char *text;
	const char *name;
	int line;
} unknown[] = {
	{ "selecton.a = held\n", "selecton.a", 1 },
	{ "\n# x\n\nselection = held\n", "selection", 4 },
	{ "selection. = held\n", "selection.", 1 },
	{ "selection.a = 1\n and 2\n\n# x\n\t3\nb = 2\n", "b", 6 },
	{ "= held\n", "", 1 },
	{ "a\033[31m = held\n", "a^[[31m", 1 },
};

START_TEST(notes_what_it_does_not_know)
{
	char err[300];

	run(unknown[_i].text, strlen(unknown[_i].text));
	snprintf(err, sizeof(err),
		 "mqtest: %s, line %d: there is no setting \"%s\"\n",
		 scratch_path(FILE_NAME), unknown[_i].line, unknown[_i].name);
	ck_assert_str_eq(apart.err, err);
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

/* A line without a sign has no meaning that could be guessed. */
static const struct {
	const char *text;
	int line;
} broken[] = {
	{ "held\n", 1 },
	{ "selection.a = 1\n\n# x = y\nselection.b\n", 4 },
	{ "selection.a = 1\n 2\n 3\nselection.b", 4 },
	{ "selection.a\n held\nselection.b = 2\n", 1 },
};

START_TEST(ends_at_a_line_that_is_none)
{
	char err[300];

	run(broken[_i].text, strlen(broken[_i].text));
	snprintf(err, sizeof(err),
		 "mqtest: %s, line %d: expected \"name = value\"\n",
		 scratch_path(FILE_NAME), broken[_i].line);
	expect(65, "", err);
}
END_TEST

START_TEST(refuses_what_is_no_text)
{
	char err[300];

	run(BYTES("selection.a = he\0ld\n"));
	snprintf(err, sizeof(err),
		 "mqtest: %s: has a NUL byte: it is no text\n",
		 scratch_path(FILE_NAME));
	expect(65, "", err);
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
	struct sample file = { 0 };
	char err[300];

	sample_add(&file, BYTES("selection.a = "));
	while (file.len < 1024 * 1024 - 1)
		sample_add(&file, "x", 1);
	run(file.data, file.len);
	ck_assert_int_eq(apart.status, 0);
	ck_assert_uint_gt(apart.out_len, 1000000);
	apart_free(&apart);
	sample_add(&file, "x", 1);
	run(file.data, file.len);
	snprintf(err, sizeof(err), "mqtest: %s: more than 1048576 bytes\n",
		 scratch_path(FILE_NAME));
	expect(65, "", err);
	sample_free(&file);
}
END_TEST

/* Who names a file wants it to be there. */
START_TEST(a_named_file_must_be_there)
{
	char path[200];
	char err[300];

	snprintf(path, sizeof(path), "%s", scratch_path("nowhere"));
	apart_run(&apart, print, path);
	snprintf(err, sizeof(err), "mqtest: %s: No such file or directory\n",
		 path);
	expect(66, "", err);
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_an_error)
{
	char path[200];
	char err[300];

	scratch_text(FILE_NAME, "selection.a = held\n", 0);
	snprintf(path, sizeof(path), "%s", scratch_path(FILE_NAME));
	apart_run(&apart, print_without_root, path);
	snprintf(err, sizeof(err), "mqtest: %s: Permission denied\n", path);
	expect(77, "", err);
}
END_TEST

START_TEST(a_directory_is_no_file)
{
	char path[200];
	char err[300];

	snprintf(path, sizeof(path), "%s", scratch_path(""));
	apart_run(&apart, print, path);
	snprintf(err, sizeof(err), "mqtest: %s: Is a directory\n", path);
	expect(74, "", err);
}
END_TEST

/* The last one counts; a name has to be the whole. */
START_TEST(gives_the_last_value)
{
	struct setting items[] = { { "selection.a", "1" },
				   { "selection.ab", "2" },
				   { "selection.a", "3" },
				   { "other.b", "4" } };
	struct settings settings = { .items = items, .count = 4 };

	ck_assert_str_eq(settings_get(&settings, "selection.", "abc", 1), "3");
	ck_assert_str_eq(settings_get(&settings, "selection.", "abc", 2), "2");
	ck_assert_ptr_null(settings_get(&settings, "selection.", "abc", 3));
	ck_assert_ptr_null(settings_get(&settings, "selection.", "a", 0));
	ck_assert_ptr_null(settings_get(&settings, "selection.", "b", 1));
	ck_assert_ptr_null(settings_get(&settings, "", "a", 1));
	ck_assert_str_eq(settings_get(&settings, "", "other.b", 7), "4");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tc = tcase_create("settings");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_add_loop_test(tc, reads_what_main_cf_would, 0, COUNT(files));
	tcase_add_loop_test(tc, notes_what_it_does_not_know, 0, COUNT(unknown));
	tcase_add_loop_test(tc, ends_at_a_line_that_is_none, 0, COUNT(broken));
	tcase_add_test(tc, refuses_what_is_no_text);
	tcase_add_test(tc, refuses_what_is_too_long);
	tcase_add_test(tc, a_named_file_must_be_there);
	tcase_add_test(tc, a_file_that_may_not_be_read_is_an_error);
	tcase_add_test(tc, a_directory_is_no_file);
	tcase_add_test(tc, gives_the_last_value);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
