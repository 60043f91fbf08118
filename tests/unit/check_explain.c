/*
 * check_explain.c - what a selection reads, and which of its terms hold.
 */
#include "mailq-tools/explain.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "ask.h"
#include "unit.h"

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[m"

static struct apart apart;

static struct {
	const char *text;
	struct qf_message message;
	bool color;
	bool utf8;
	bool taken;
} given;

static void
begin(void)
{
	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	memset(&given, 0, sizeof(given));
	given.message = ask_message();
	given.utf8 = true;
}

static void
end(void)
{
	apart_free(&apart);
}

static int
explain(void (*what)(struct explain *explain))
{
	struct tool tool = { .name = "mqtest",
			     .now = ASK_NOW,
			     .utc = true,
			     .utf8 = given.utf8 };
	struct stream stream = { .fd = STDOUT_FILENO };
	struct explain e = { .tool = &tool,
			     .query = ask_new(given.text),
			     .stream = &stream,
			     .color = given.color };

	what(&e);
	stream_flush(&stream);
	stream_free(&stream);
	qf_query_free(e.query);
	return tool.exit;
}

static void
plan(struct explain *e)
{
	explain_plan(e, qf_query_queues(e->query, 0));
}

static int
print_plan(void *context)
{
	(void)context;
	return explain(plan);
}

static void
answers(struct explain *e)
{
	explain_message(e, &given.message, given.taken);
}

static int
print_answers(void *context)
{
	(void)context;
	return explain(answers);
}

static void
expect(int (*print)(void *context), const char *out)
{
	apart_run(&apart, print, NULL);
	ck_assert_str_eq(apart.err, "");
	ck_assert_str_eq(apart.out, out);
	ck_assert_int_eq(apart.status, 0);
	apart_free(&apart);
}

START_TEST(the_plan_tells_what_is_opened)
{
	given.text = "reason.class = dns and rcpt = x and rcpt.done > 0 and "
		     "size > 1M and next < 1h and queue in (hold, deferred)";
	expect(print_plan, "Lists: deferred, hold\n"
			   "Looks, until it is decided, at:\n"
			   "  queue in (hold, deferred)           "
			   "the name of the file: opens nothing\n"
			   "  next < 1h                           "
			   "the file's times and mode: opens nothing\n"
			   "  size > 1M                           "
			   "the begin of the queue file\n"
			   "  rcpt.done > 0                       "
			   "all recipients in the queue file\n"
			   "  rcpt = x                            "
			   "the queue file, and the log of delays\n"
			   "  reason.class = dns                  "
			   "the queue file, and the log of delays\n"
			   "\n");
}
END_TEST

START_TEST(a_plan_may_list_nothing)
{
	given.text = "held and queue = active";
	expect(print_plan, "Lists: no queue: it can hold in none\n"
			   "Looks, until it is decided, at:\n"
			   "  held                                "
			   "the name of the file: opens nothing\n"
			   "  queue = active                      "
			   "the name of the file: opens nothing\n"
			   "\n");
}
END_TEST

START_TEST(each_term_has_its_answer)
{
	given.text = "held or size > 5K and sender != x and rcpt != ann@* and "
		     "any(rcpt = eve@* and reason ~ grey) and age > 1d";
	given.taken = true;
	expect(print_answers,
	       "4F2A11bC: selected\n"
	       "  no   held                                no\n"
	       "  yes  size > 5K                           10K\n"
	       "  yes  sender != x                         "
	       "Tony@Mail.Example.org\n"
	       "  yes  age > 1d                            2d01h\n"
	       "  yes  rcpt != ann@*                       "
	       "bob@mail.example.net\n"
	       "  yes  any(rcpt = eve@* and reason ~ grey)  "
	       "eve@example.com\n");
	given.message.instance = "out";
	given.taken = false;
	given.text = "size > 1M";
	expect(print_answers,
	       "out/4F2A11bC: not selected\n"
	       "  no   size > 1M                           10K\n");
}
END_TEST

/* Also who is done, and what is not known. */
START_TEST(names_who_decided)
{
	given.text = "rcpt.state = done and all(rcpt = ann@*) and "
		     "none(rcpt = nobody)";
	expect(print_answers,
	       "4F2A11bC: not selected\n"
	       "  yes  rcpt.state = done                   done\n"
	       "  no   all(rcpt = ann@*)                   "
	       "bob@mail.example.net\n"
	       "  yes  none(rcpt = nobody)                 \n");
	given.message = ask_message_at(QF_PART_NAME);
	given.text = "held and rcpt = ann@*";
	expect(print_answers, "4F2A11bC: not selected\n"
			      "  no   held                                no\n"
			      "  ?    rcpt = ann@*                        \n");
}
END_TEST

START_TEST(is_safe_to_see)
{
	given.text = "sender ~ '\033'\n and\thelo = \"\xc3\xa4\"\n or sender\n"
		     " ~\tx";
	given.message.sender = "a\033[31m\xe6\x97\xa5\xff@b";
	expect(print_answers,
	       "4F2A11bC: not selected\n"
	       "  no   helo = \"\xc3\xa4\"                          helo\n"
	       "  yes  sender ~ '^['                       "
	       "a^[[31m\xe6\x97\xa5<FF>@b\n"
	       "  no   sender  ~ x                         "
	       "a^[[31m\xe6\x97\xa5<FF>@b\n");
	given.utf8 = false;
	given.text = "helo = \"\xc3\xa4\"";
	given.message.origin.helo = "\xc3\xa4";
	expect(print_answers,
	       "4F2A11bC: not selected\n"
	       "  yes  helo = \"<U+00E4>\"                   <U+00E4>\n");
}
END_TEST

START_TEST(answers_have_colours)
{
	given.text = "held or size";
	given.color = true;
	given.taken = true;
	expect(print_answers,
	       "4F2A11bC: selected\n" RED "  no   " PLAIN
	       "held                                no\n" GREEN "  yes  " PLAIN
	       "size                                10K\n");
}
END_TEST

/* What is explained was counted when it was asked. */
START_TEST(explaining_counts_nothing)
{
	struct qf_query *query = ask_new("sender");
	struct tool tool = { .name = "mqtest" };
	struct stream stream = { .fd = -1 };
	struct explain e = { .tool = &tool, .query = query, .stream = &stream };
	struct qf_query_report report;

	given.message.fault = "cut off";
	given.message.sender = NULL;
	explain_message(&e, &given.message, false);
	qf_query_report(query, &report);
	ck_assert_uint_eq(report.damaged, 0);
	stream_free(&stream);
	qf_query_free(query);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, the_plan_tells_what_is_opened);
	tcase_add_test(tc, a_plan_may_list_nothing);
	tcase_add_test(tc, each_term_has_its_answer);
	tcase_add_test(tc, names_who_decided);
	tcase_add_test(tc, is_safe_to_see);
	tcase_add_test(tc, answers_have_colours);
	tcase_add_test(tc, explaining_counts_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
