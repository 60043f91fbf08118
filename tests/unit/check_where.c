/*
 * check_where.c - expressions on the command line and in files, and how a
 * mistake in them is shown: the line, and what is wrong under it.
 */
#include "mailq-tools/where.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "ask.h"
#include "fake_store.h"
#include "unit.h"

static struct apart apart;
static struct fake_store fake;

/* One run of a program. */
static struct {
	struct tool tool;
	const char *texts[3];
	const char *file; /* of --where-file */
	struct access access;
} given;

static void
begin(void)
{
	scratch_new();
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	memset(&given, 0, sizeof(given));
	given.tool = (struct tool){ .name = "mqtest",
				    .usage = "usage: mqtest\n",
				    .now = ASK_NOW,
				    .utc = true,
				    .utf8 = true };
}

static void
end(void)
{
	apart_free(&apart);
}

/* Ask for the sample; print whether it was taken, and report. */
static int
ask_sample(void *context)
{
	struct where where = { .count = 0 };
	struct qf_message m = ask_message();

	(void)context;
	for (int i = 0; i < COUNT(given.texts); i++) {
		if (given.texts[i] != NULL)
			where_add(&given.tool, &where, given.texts[i]);
	}
	if (given.file != NULL)
		where_add_file(&given.tool, &where, given.file);
	where_open(&given.tool, &where);
	where_parse(&given.tool, &where, &given.access);
	if (where.query == NULL)
		puts("no question");
	else
		puts(qf_query_test(where.query, &m) == QF_TAKE ? "taken"
							       : "dropped");
	m.sender = NULL;
	m.fault = "cut off";
	m.origin.sasl_user = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	if (where.query != NULL)
		(void)!qf_query_test(where.query, &m);
	where_report(&given.tool, &where);
	where_free(&where);
	return given.tool.exit;
}

static void
expect(int status, const char *out, const char *err)
{
	apart_run(&apart, ask_sample, NULL);
	ck_assert_str_eq(apart.err, err);
	ck_assert_str_eq(apart.out, out);
	ck_assert_int_eq(apart.status, status);
	apart_free(&apart);
}

START_TEST(nothing_is_asked_without_it)
{
	/* The settings are not looked at either. */
	given.tool.settings = "/nowhere";
	expect(0, "no question\n", "");
}
END_TEST

START_TEST(all_have_to_hold)
{
	scratch_text("where", "# who\nsender = tony@* # him\nand size\n", 0600);
	given.file = scratch_path("where");
	given.texts[0] = "size or held";
	given.texts[1] = "not held";
	expect(0, "taken\n",
	       "mqtest: damaged messages that were not selected: "
	       "1 (-w broken shows them)\n");
	given.texts[2] = "rcpt = nobody";
	expect(0, "dropped\n",
	       "mqtest: damaged messages that were not selected: "
	       "1 (-w broken shows them)\n");
}
END_TEST

START_TEST(what_cannot_be_decided_is_complained_about)
{
	given.texts[0] = "sasl_user ~ '(a+)+$|tony'";
	expect(75, "taken\n",
	       "mqtest: 4F2A11bC: cannot be decided: 'sasl_user ~ "
	       "'(a+)+$|tony'' takes too long; messages that are left out for "
	       "that: 1\n");
}
END_TEST

START_TEST(names_come_from_the_settings)
{
	scratch_text("conf", "selection.a = held\nselection.a = size\n", 0600);
	given.tool.settings = scratch_path("conf");
	given.texts[0] = "@a and sender";
	apart_run(&apart, ask_sample, NULL);
	ck_assert_str_eq(apart.out, "taken\n");
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

/* Mistakes, and what is printed under the line that says what is wrong. */
static const struct {
	const char *text;
	const char *shown;
} mistakes[] = {
	{ "sendr = *@example.org and age > 2d",
	  "--where: unknown field 'sendr' (did you mean 'sender'?)\n"
	  "  sendr = *@example.org and age > 2d\n"
	  "  ^^^^^\n" },
	{ "held and", "--where: expected a field, 'not' or '(', and here is "
		      "the end\n"
		      "  held and\n"
		      "          ^\n" },
	{ "", "--where: an empty expression\n"
	      "  \n"
	      "  ^\n" },
	{ "(held", "--where: this parenthesis is not closed\n"
		   "  (held\n"
		   "  ^\n" },
	{ "held and age = \"x y\" and held",
	  "--where: expected a duration such as 90m, 2h or 3d\n"
	  "  held and age = \"x y\" and held\n"
	  "                 ^^^^^\n" },
	/* Two columns for one character, one column for two bytes. */
	{ "helo = \xe6\x97\xa5\xe6\x9c\xac and bonce",
	  "--where: unknown field 'bonce' (did you mean 'bounce'?)\n"
	  "  helo = \xe6\x97\xa5\xe6\x9c\xac and bonce\n"
	  "                  ^^^^^\n" },
	{ "held \xc3\xa4\xe6\x97\xa5 x",
	  "--where: expected 'and' or 'or', not '\xc3\xa4\xe6\x97\xa5'\n"
	  "  held \xc3\xa4\xe6\x97\xa5 x\n"
	  "       ^^^\n" },
	/* Blanks of any kind are one, what is harmful is spelt. */
	{ "held\tand\r zzz", "--where: unknown field 'zzz'\n"
			     "  held and  zzz\n"
			     "            ^^^\n" },
	{ "helo = \033[31m and zzz", "--where: unknown field 'zzz'\n"
				     "  helo = ^[[31m and zzz\n"
				     "                    ^^^\n" },
	{ "held \033x", "--where: expected 'and' or 'or', not '^['\n"
			"  held ^[x\n"
			"       ^^\n" },
	{ "helo = \xff\xe2\x80\xae and zzz",
	  "--where: unknown field 'zzz'\n"
	  "  helo = <FF><U+202E> and zzz\n"
	  "                          ^^^\n" },
	/* Of several lines the one that matters. */
	{ "held and\n  zzz and\nsize", "--where, line 2: unknown field 'zzz'\n"
				       "    zzz and\n"
				       "    ^^^\n" },
	{ "held\nor\n", "--where, line 3: expected a field, 'not' or '(', and "
			"here is the end\n"
			"  \n"
			"  ^\n" },
	{ "(\nheld", "--where, line 1: this parenthesis is not closed\n"
		     "  (\n"
		     "  ^\n" },
	{ "held \"a\nb\"", "--where, line 1: expected 'and' or 'or', not '\"'\n"
			   "  held \"a\n"
			   "       ^\n" },
	{ "age = 'a\nb' and held",
	  "--where, line 1: expected a duration such as 90m, 2h or 3d\n"
	  "  age = 'a\n"
	  "        ^^\n" },
	/* A long line is cut around the place. */
	{ "held and held and held and held and held and held and held and zzz "
	  "and held and held and held",
	  "--where: unknown field 'zzz'\n"
	  "  \xe2\x80\xa6 and held and held and held and held and held and "
	  "zzz"
	  " and held and held a\xe2\x80\xa6\n"
	  "                                                     ^^^\n" },
	{ "held and held and held and held and held and held and zz",
	  "--where: unknown field 'zz'\n"
	  "  \xe2\x80\xa6"
	  " and held and held and held and held and held and zz\n"
	  "                                                     ^^\n" },
	{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	  "--where: unknown field 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxx'\n"
	  "  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
	  "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
	/* A character is not cut through. */
	{ "helo = \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	  "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	  "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 zz",
	  "--where: expected 'and' or 'or', not 'zz'\n"
	  "  \xe2\x80\xa6 \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	  "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	  "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
	  "\xa4 zz\n"
	  "                             ^^\n" },
};

START_TEST(shows_what_is_wrong)
{
	char err[2000];

	given.texts[0] = mistakes[_i].text;
	snprintf(err, sizeof(err), "mqtest: %s", mistakes[_i].shown);
	expect(64, "", err);
}
END_TEST

/* A line that fits is shown as it is. */
START_TEST(what_is_short_is_not_cut)
{
	char text[100] = "held x";
	char err[300];

	memset(text + 6, ' ', 66);
	text[71] = 'y';
	given.texts[0] = text;
	snprintf(err, sizeof(err),
		 "mqtest: --where: expected 'and' or 'or', not 'x'\n"
		 "  %s\n       ^\n",
		 text);
	expect(64, "", err);
	memcpy(text + 71, "yz", 2);
	snprintf(err, sizeof(err),
		 "mqtest: --where: expected 'and' or 'or', not 'x'\n"
		 "  %.72s\xe2\x80\xa6\n       ^\n",
		 text);
	expect(64, "", err);
}
END_TEST

/* Bytes that never become a character: no place to cut is found. */
START_TEST(shows_what_is_no_text)
{
	char text[200] = "held and ";
	size_t begin = strlen(text);

	memset(text + begin, 0x80, 100);
	given.texts[0] = text;
	apart_run(&apart, ask_sample, NULL);
	ck_assert_int_eq(apart.status, 64);
	unit_says(apart.err, "\n  held and <80><80>");
	unit_says(apart.err, "<80>\xe2\x80\xa6\n           ^^^^");
}
END_TEST

START_TEST(shows_it_in_ascii)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	given.tool.utf8 = false;
	given.texts[0] = "helo = \xc3\xa4 and zzz";
	expect(64, "",
	       "mqtest: --where: unknown field 'zzz'\n"
	       "  helo = <U+00E4> and zzz\n"
	       "                      ^^^\n");
	given.texts[0] = "held and held and held and held and held and held "
			 "and zz and held and held and held";
	expect(64, "",
	       "mqtest: --where: unknown field 'zz'\n"
	       "  ... and held and held and held and held and held and zz "
	       "and held and held a...\n"
	       "                                                       ^^\n");
}
END_TEST

START_TEST(a_mistake_in_a_file_has_its_name)
{
	char err[300];

	scratch_text("where", "held\nand zzz\n", 0600);
	given.file = scratch_path("where");
	snprintf(err, sizeof(err),
		 "mqtest: %s, line 2: unknown field 'zzz'\n"
		 "  and zzz\n"
		 "      ^^^\n",
		 given.file);
	expect(64, "", err);
}
END_TEST

START_TEST(a_mistake_in_a_selection_has_its_name)
{
	char err[300];

	scratch_text("conf", "selection.a = held or\n  zzz\n", 0600);
	given.tool.settings = scratch_path("conf");
	given.texts[0] = "size and @a";
	snprintf(err, sizeof(err),
		 "mqtest: %s: selection.a: unknown field 'zzz'\n"
		 "    zzz\n"
		 "    ^^^\n",
		 given.tool.settings);
	expect(64, "", err);
}
END_TEST

START_TEST(a_file_must_be_there)
{
	given.file = "/nowhere/where";
	expect(66, "",
	       "mqtest: --where-file: /nowhere/where: No such file or "
	       "directory\n");
	scratch_file("where", BYTES("he\0ld"), 0600);
	given.file = scratch_path("where");
	apart_run(&apart, ask_sample, NULL);
	ck_assert_int_eq(apart.status, 65);
	unit_says(apart.err, "has a NUL byte: it is no text");
}
END_TEST

/* Who cannot know must not answer. */
START_TEST(refuses_what_a_listing_does_not_tell)
{
	struct qf_store *store = &fake.store;

	given.access.stores[0] = store;
	given.access.store_count = 1;
	store->parts = ASK_ALL_PARTS & ~(QF_PART_INODE | QF_PART_DONE);
	given.texts[0] = "sender and reason.class = timeout";
	apart_run(&apart, ask_sample, NULL);
	ck_assert_str_eq(apart.out, "taken\n");
	apart_free(&apart);
	given.texts[1] = "size or any(sasl_user = x)";
	expect(77, "",
	       "mqtest: --where: sasl_user is not in Postfix's own listing, "
	       "only in its queue files: run me as root\n");
	given.texts[1] = "rcpt.state = done";
	expect(77, "",
	       "mqtest: --where: rcpt.state is not in Postfix's own listing, "
	       "only in its queue files: run me as root\n");
	store->parts |= QF_PART_INODE;
	given.texts[1] = "sasl_user";
	apart_run(&apart, ask_sample, NULL);
	ck_assert_str_eq(apart.out, "taken\n");
}
END_TEST

static int
add_many(void *context)
{
	struct where where = { .count = 0 };

	(void)context;
	for (int i = 0; i < 101; i++) {
		printf("%d\n", i);
		fflush(stdout);
		where_add(&given.tool, &where, "held");
	}
	return 0;
}

START_TEST(there_is_an_end_of_expressions)
{
	apart_run(&apart, add_many, NULL);
	ck_assert_int_eq(apart.status, 64);
	unit_says(apart.out, "\n99\n100\n");
	unit_says(apart.err, "mqtest: more than 100 expressions\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("where");
	TCase *tc = tcase_create("where");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_is_asked_without_it);
	tcase_add_test(tc, all_have_to_hold);
	tcase_add_test(tc, what_cannot_be_decided_is_complained_about);
	tcase_add_test(tc, names_come_from_the_settings);
	tcase_add_loop_test(tc, shows_what_is_wrong, 0, COUNT(mistakes));
	tcase_add_test(tc, what_is_short_is_not_cut);
	tcase_add_test(tc, shows_what_is_no_text);
	tcase_add_test(tc, shows_it_in_ascii);
	tcase_add_test(tc, a_mistake_in_a_file_has_its_name);
	tcase_add_test(tc, a_mistake_in_a_selection_has_its_name);
	tcase_add_test(tc, a_file_must_be_there);
	tcase_add_test(tc, refuses_what_a_listing_does_not_tell);
	tcase_add_test(tc, there_is_an_end_of_expressions);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
