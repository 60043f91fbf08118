/*
 * check_id_list.c - ids that somebody named: taken, found, and missed.
 */
#include "mailq-tools/id_list.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

static struct tool tool;
static struct id_list list;
static struct qf_selection selection;
static struct apart apart;

static void
begin(void)
{
	tool = (struct tool){ .name = "mqtest" };
	list = (struct id_list){ 0 };
	selection = (struct qf_selection){ 0 };
}

static void
end(void)
{
	id_list_free(&list);
	apart_free(&apart);
}

static void
add(const char *name)
{
	id_list_add(&tool, &list, name);
}

static void
close_list(void)
{
	id_list_close(&tool, &list, &selection);
}

/* The selection asks for these, and in this order: "A B". */
static void
expect_asked(const char *wanted)
{
	char asked[200] = "";

	for (size_t i = 0; i < selection.id_count; i++) {
		if (i > 0)
			strcat(asked, " ");
		ck_assert_uint_lt(strlen(asked) + strlen(selection.ids[i]),
				  sizeof(asked) - 2);
		strcat(asked, selection.ids[i]);
	}
	ck_assert_str_eq(asked, wanted);
}

static bool
has(const char *instance, const char *id)
{
	struct qf_message message = { .instance = instance, .id = id };

	return id_list_has(&list, &message);
}

/* The report, written by a process of its own: "text" and the status. */
static int
report(void *context)
{
	id_list_report(&tool, &list, *(const bool *)context);
	return tool.exit;
}

static void
expect_report(bool complete, int status, const char *err)
{
	apart_run(&apart, report, &complete);
	ck_assert_str_eq(apart.err, err);
	ck_assert_int_eq(apart.status, status);
	ck_assert_uint_eq(apart.out_len, 0);
	apart_free(&apart);
}

START_TEST(each_id_is_asked_for_once)
{
	add("C3");
	add("A1");
	add("second/A1");
	add("A1");
	add("B2");
	close_list();
	expect_asked("A1 B2 C3");
}
END_TEST

START_TEST(none_is_found)
{
	add("B2");
	add("second/A1");
	close_list();
	expect_report(true, 66,
		      "mqtest: second/A1: no such message in the queue\n"
		      "mqtest: B2: no such message in the queue\n");
}
END_TEST

START_TEST(an_empty_list_asks_for_nothing)
{
	close_list();
	ck_assert_ptr_nonnull(selection.ids); /* NULL would be all */
	ck_assert_uint_eq(selection.id_count, 0);
	ck_assert(!has(NULL, "A1"));
	expect_report(true, 0, "");
}
END_TEST

START_TEST(messages_are_found_by_id)
{
	add("B2");
	add("A1");
	close_list();
	ck_assert(has(NULL, "A1"));
	ck_assert(has("any", "B2"));
	ck_assert(!has(NULL, "A"));
	ck_assert(!has(NULL, "A11"));
	ck_assert(!has(NULL, "a1"));
	expect_report(true, 0, "");
}
END_TEST

START_TEST(an_instance_counts_when_it_is_named)
{
	add("out/A1");
	close_list();
	ck_assert(!has("in", "A1"));
	ck_assert(!has(NULL, "A1"));
	ck_assert(has("out", "A1"));
	expect_report(true, 0, "");
}
END_TEST

/* Messages of the only instance do not tell its name. */
START_TEST(the_sole_instance_has_a_name)
{
	list.sole = "out";
	add("out/A1");
	add("in/A1");
	close_list();
	ck_assert(has(NULL, "A1"));
	expect_report(true, 75,
		      "mqtest: in/A1: no such message in the queue\n");
}
END_TEST

/* One message may have been named in two ways. */
START_TEST(both_names_are_found)
{
	add("A1");
	add("out/A1");
	add("in/A1");
	close_list();
	ck_assert(has("out", "A1"));
	expect_report(true, 75,
		      "mqtest: in/A1: no such message in the queue\n");
}
END_TEST

START_TEST(some_are_found)
{
	add("A1");
	add("B2");
	close_list();
	ck_assert(has(NULL, "B2"));
	expect_report(true, 75, "mqtest: A1: no such message in the queue\n");
	/* Who did not look at all of them cannot miss one. */
	expect_report(false, 0, "");
}
END_TEST

/* Messages move while they are looked for: a second look for the rest. */
START_TEST(what_is_missing_is_asked_for_again)
{
	add("A1");
	add("B2");
	add("C3");
	close_list();
	ck_assert(has(NULL, "B2"));
	ck_assert(id_list_retry(&list, &selection));
	expect_asked("A1 C3");
	ck_assert(has(NULL, "A1"));
	/* It was shown already. */
	ck_assert(!has(NULL, "B2"));
	ck_assert(has(NULL, "C3"));
	ck_assert(!id_list_retry(&list, &selection));
	expect_asked("");
	expect_report(true, 0, "");
}
END_TEST

/* It is there: not called missing, and it may be tried again. */
START_TEST(what_is_still_being_written_is_not_missing)
{
	add("A1");
	add("out/B2");
	add("C3");
	close_list();
	id_list_note_unfinished(&list, "in", "A1");
	id_list_note_unfinished(&list, "in", "B2"); /* another instance's */
	id_list_note_unfinished(&list, "in", "D4");
	ck_assert_uint_eq(id_list_unfinished(&list), 1);
	expect_report(true, 75,
		      "mqtest: A1: still being written\n"
		      "mqtest: out/B2: no such message in the queue\n"
		      "mqtest: C3: no such message in the queue\n");
	id_list_note_unfinished(&list, "out", "B2");
	ck_assert_uint_eq(id_list_unfinished(&list), 2);
	expect_report(false, 0, "");
}
END_TEST

START_TEST(one_that_was_named_twice_is_one_unfinished)
{
	add("A1");
	add("out/A1");
	close_list();
	id_list_note_unfinished(&list, "out", "A1");
	ck_assert_uint_eq(id_list_unfinished(&list), 1);
	expect_report(true, 75,
		      "mqtest: A1: still being written\n"
		      "mqtest: out/A1: still being written\n");
}
END_TEST

/* The last look counts: it is ready by then, or was given up. */
START_TEST(unfinished_is_what_the_last_look_says)
{
	add("A1");
	add("B2");
	close_list();
	id_list_note_unfinished(&list, NULL, "A1");
	id_list_note_unfinished(&list, NULL, "B2");
	ck_assert(id_list_retry(&list, &selection));
	expect_asked("A1 B2");
	ck_assert(has(NULL, "A1"));
	ck_assert_uint_eq(id_list_unfinished(&list), 0);
	expect_report(true, 75, "mqtest: B2: no such message in the queue\n");
	/* A look that does not ask for it knows nothing new of it. */
	id_list_note_unfinished(&list, NULL, "B2");
	ck_assert(!id_list_retry_renamed(&tool, &list, &selection));
	expect_report(true, 75, "mqtest: B2: still being written\n");
}
END_TEST

static size_t
index_of(const char *id)
{
	size_t i = 0;

	while (strcmp(list.items[i].id, id) != 0)
		i++;
	return i;
}

/* The journal knows what it is called now. */
START_TEST(a_message_is_found_under_its_new_name)
{
	add("A1");
	add("B2");
	add("C3");
	close_list();
	ck_assert(has(NULL, "B2"));
	ck_assert(id_list_retry(&list, &selection));
	id_list_rename(&tool, &list, index_of("C3"), "A9", NULL, NULL);
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	/* What has no other name was looked for twice already. */
	expect_asked("A9");
	ck_assert(!has(NULL, "C3"));
	ck_assert(has(NULL, "A9"));
	ck_assert(!id_list_retry_renamed(&tool, &list, &selection));
	expect_report(true, 75,
		      "mqtest: C3 is A9 now\n"
		      "mqtest: A1: no such message in the queue\n");
}
END_TEST

START_TEST(a_new_name_that_is_gone_is_told_as_the_old_one)
{
	add("in/A1");
	close_list();
	id_list_rename(&tool, &list, 0, "B2", "in", NULL);
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	ck_assert(!has("out", "B2"));
	expect_report(true, 66,
		      "mqtest: in/A1: no such message in the queue\n");
}
END_TEST

/* One name, and messages of two instances had it. */
START_TEST(a_name_may_lead_to_several)
{
	add("A1");
	close_list();
	id_list_rename(&tool, &list, 0, "X7", "in", NULL);
	id_list_rename(&tool, &list, 0, "X8", "out", NULL);
	id_list_rename(&tool, &list, 0, "X9", "third", NULL);
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	expect_asked("X7 X8 X9");
	ck_assert(!has("in", "X8"));
	ck_assert(has("out", "X8"));
	expect_report(true, 0, "mqtest: out/A1 is out/X8 now\n");
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	expect_asked("X7 X9");
	ck_assert(has("in", "X7"));
	expect_report(true, 0,
		      "mqtest: in/A1 is in/X7 now\n"
		      "mqtest: out/A1 is out/X8 now\n");
}
END_TEST

/* It has one of these names, or got the second while somebody looked. */
START_TEST(one_of_several_names_is_enough)
{
	bool found_there = false;

	add("A1");
	close_list();
	id_list_rename(&tool, &list, 0, "X7", NULL, &found_there);
	id_list_rename(&tool, &list, 0, "X8", NULL, &found_there);
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	expect_asked("X7 X8");
	expect_report(true, 66, "mqtest: A1: no such message in the queue\n");
	ck_assert(has(NULL, "X8"));
	ck_assert(!has(NULL, "X7"));
	ck_assert(!id_list_retry_renamed(&tool, &list, &selection));
	expect_report(true, 0, "mqtest: A1 is X8 now\n");
}
END_TEST

/* It was named by both, and is not to be listed or changed twice. */
START_TEST(old_and_new_name_are_one_message)
{
	add("A1");
	add("B2");
	close_list();
	ck_assert(has(NULL, "B2"));
	ck_assert(id_list_retry(&list, &selection));
	id_list_rename(&tool, &list, index_of("A1"), "B2", NULL, NULL);
	ck_assert(id_list_retry_renamed(&tool, &list, &selection));
	expect_asked("B2");
	ck_assert(!has(NULL, "B2"));
	expect_report(true, 0, "mqtest: A1 is B2 now\n");
}
END_TEST

static const char *const bad_names[] = {
	"",
	"/",
	"a/",
	".",
	"..",
	"../A1/",
	"A-1",
	"A 1",
	"A1\n",
	"A1*",
	"hold/../A1/b.c",
	"-A1",
	"\xc3\xa4",
	"deferred/A/A1.",
};

/* All of it: names and lines on standard input, and what was found. */
struct given {
	const char *name;
	const char *input;
	size_t input_len;
	const char *found;
};

static int
use_list(void *context)
{
	const struct given *given = context;

	if (given->name != NULL)
		add(given->name);
	if (given->input != NULL) {
		dup2(bytes_fd(given->input, given->input_len), 0);
		lseek(0, 0, SEEK_SET);
		id_list_read(&tool, &list);
	}
	close_list();
	if (given->found != NULL)
		has(NULL, given->found);
	for (size_t i = 0; i < selection.id_count; i++)
		printf("%s\n", selection.ids[i]);
	id_list_report(&tool, &list, true);
	id_list_free(&list);
	return tool.exit;
}

START_TEST(bad_names_are_refused)
{
	struct given given = { .name = bad_names[_i] };

	apart_run(&apart, use_list, &given);
	unit_says(apart.err, "\": not a queue id\n");
	ck_assert_str_eq(apart.out, "");
	ck_assert_int_eq(apart.status, 66);
}
END_TEST

START_TEST(a_bad_name_among_good_ones)
{
	struct given given = { .name = "bad-name",
			       .input = "A1\n",
			       .input_len = 3,
			       .found = "A1" };

	apart_run(&apart, use_list, &given);
	ck_assert_str_eq(apart.err, "mqtest: \"bad-name\": not a queue id\n");
	ck_assert_str_eq(apart.out, "A1\n");
	ck_assert_int_eq(apart.status, 75);
}
END_TEST

static const struct {
	const char *input;
	size_t len;
	const char *asked;
} inputs[] = {
	{ BYTES(""), "" },
	{ BYTES("\n\n\n"), "" },
	{ BYTES("A1\nB2\n"), "A1\nB2\n" },
	{ BYTES("B2\n\nA1"), "A1\nB2\n" }, /* without the last newline */
	{ BYTES("A1\nA1\n"), "A1\n" },
	{ BYTES("out/A1\n"), "A1\n" },
	{ BYTES("A1\0\nB2\n"), "A1\nB2\n" },
};

START_TEST(reads_standard_input)
{
	struct given given = { .input = inputs[_i].input,
			       .input_len = inputs[_i].len };

	apart_run(&apart, use_list, &given);
	ck_assert_str_eq(apart.out, inputs[_i].asked);
}
END_TEST

/* As `mqls -f ids' of another program, by a pipe, with Windows' line ends. */
START_TEST(bad_lines_are_refused)
{
	struct given given = { .input = "A1\r\n B2\nC3\n",
			       .input_len = 11,
			       .found = "C3" };

	apart_run(&apart, use_list, &given);
	ck_assert_str_eq(apart.out, "C3\n");
	ck_assert_str_eq(apart.err, "mqtest: \"A1^M\": not a queue id\n"
				    "mqtest: \" B2\": not a queue id\n");
	ck_assert_int_eq(apart.status, 75);
}
END_TEST

static int
read_a_directory(void *context)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)context;
	dup2(fd, 0);
	id_list_read(&tool, &list);
	return tool.exit;
}

START_TEST(input_that_cannot_be_read_is_a_failure)
{
	apart_run(&apart, read_a_directory, NULL);
	ck_assert_str_eq(apart.err, "mqtest: standard input: Is a directory\n");
	ck_assert_int_eq(apart.status, 74);
}
END_TEST

START_TEST(there_may_be_many)
{
	char name[20];

	for (int i = 9999; i >= 0; i--) {
		snprintf(name, sizeof(name), "in/%05d", i);
		add(name);
	}
	close_list();
	ck_assert_uint_eq(selection.id_count, 10000);
	ck_assert_str_eq(selection.ids[0], "00000");
	ck_assert_str_eq(selection.ids[9999], "09999");
	ck_assert(has("in", "00000"));
	ck_assert(has("in", "09999"));
	ck_assert(!has("in", "10000"));
	ck_assert(id_list_retry(&list, &selection));
	ck_assert_uint_eq(selection.id_count, 9998);
}
END_TEST

static TCase *
input_case(void)
{
	TCase *tc = tcase_create("input");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, bad_names_are_refused, 0, COUNT(bad_names));
	tcase_add_test(tc, a_bad_name_among_good_ones);
	tcase_add_loop_test(tc, reads_standard_input, 0, COUNT(inputs));
	tcase_add_test(tc, bad_lines_are_refused);
	tcase_add_test(tc, input_that_cannot_be_read_is_a_failure);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("id_list");
	TCase *tc = tcase_create("id_list");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, each_id_is_asked_for_once);
	tcase_add_test(tc, none_is_found);
	tcase_add_test(tc, an_empty_list_asks_for_nothing);
	tcase_add_test(tc, messages_are_found_by_id);
	tcase_add_test(tc, an_instance_counts_when_it_is_named);
	tcase_add_test(tc, the_sole_instance_has_a_name);
	tcase_add_test(tc, both_names_are_found);
	tcase_add_test(tc, some_are_found);
	tcase_add_test(tc, what_is_missing_is_asked_for_again);
	tcase_add_test(tc, what_is_still_being_written_is_not_missing);
	tcase_add_test(tc, one_that_was_named_twice_is_one_unfinished);
	tcase_add_test(tc, unfinished_is_what_the_last_look_says);
	tcase_add_test(tc, a_message_is_found_under_its_new_name);
	tcase_add_test(tc, a_new_name_that_is_gone_is_told_as_the_old_one);
	tcase_add_test(tc, a_name_may_lead_to_several);
	tcase_add_test(tc, one_of_several_names_is_enough);
	tcase_add_test(tc, old_and_new_name_are_one_message);
	tcase_add_test(tc, there_may_be_many);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, input_case());
	return unit_run(suite);
}
