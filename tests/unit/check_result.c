/*
 * check_result.c - what is said of messages that were changed, and the exit
 * status for it.
 */
#include "mailq-tools/result.h"

#include <stdio.h>
#include <string.h>

#include "apart.h"
#include "unit.h"

static const struct qf_job_id job = { { 0x00, 0x06, 0x60, 0xe0, 0x2c, 0xd7,
					0xb8, 0xe5, 0x44, 0x91, 0x47, 0x33,
					0x4e, 0x1e, 0x2d, 0xe3 } };

#define JOB  "000660e02cd7b8e5"
#define REST "449147334e1e2de3"

static const struct qf_chosen chosen = { .id = "A1" };
static struct tool tool;
static struct result result;
static struct apart apart;

static void
begin(void)
{
	tool = (struct tool){ .name = "mqtest", .utf8 = true };
	result = (struct result){ .tool = &tool, .verb = QF_HOLD, .total = 1 };
}

static void
end(void)
{
	apart_free(&apart);
}

static struct qf_plan_note
note(enum qf_outcome outcome, const char *text)
{
	return (struct qf_plan_note){ .chosen = &chosen,
				      .outcome = outcome,
				      .id = "A1",
				      .from = "deferred",
				      .now = "A1",
				      .to = "hold",
				      .text = text };
}

static void
over(enum qf_outcome outcome, const char *text)
{
	struct qf_plan_note one = note(outcome, text);

	result_over(&result, &one);
}

static int
finish(void)
{
	result_end_job(&result);
	result_end(&result);
	result_free(&result);
	return tool.exit;
}

static void
start(void)
{
	result_start(&result);
	result_begin_job(&result, NULL, &job);
}

static int
one_outcome(void *context)
{
	start();
	over(*(const enum qf_outcome *)context, "");
	return finish();
}

static void
expect(int (*piece)(void *context), const void *context, int status,
       const char *out, const char *err)
{
	apart_run(&apart, piece, (void *)(uintptr_t)context);
	ck_assert_str_eq(apart.out, out);
	ck_assert_str_eq(apart.err, err);
	ck_assert_int_eq(apart.status, status);
}

/* An outcome that is all there is. */
static const struct alone {
	enum qf_outcome outcome;
	bool by_id;
	int status;
	const char *line;
	const char *sum;
} alone[] = {
	{ QF_OUTCOME_DONE, false, 0, "", "placed on hold: 1 message" },
	{ QF_OUTCOME_ALREADY, false, 0, "",
	  "placed on hold: 0 messages; already on hold: 1" },
	{ QF_OUTCOME_GONE, true, 66, "A1: gone meanwhile",
	  "placed on hold: 0 messages; gone meanwhile: 1" },
	{ QF_OUTCOME_GONE, false, 75, "A1: gone meanwhile",
	  "placed on hold: 0 messages; gone meanwhile: 1" },
	{ QF_OUTCOME_RETURNED, true, 66, "A1: returned to its sender meanwhile",
	  "placed on hold: 0 messages; returned meanwhile: 1" },
	{ QF_OUTCOME_CHANGED, true, 66, "A1: another message has its id now",
	  "placed on hold: 0 messages; now another message: 1" },
	{ QF_OUTCOME_BUSY, true, 75,
	  "A1: still being delivered: left as it was",
	  "placed on hold: 0 messages; busy: 1" },
	{ QF_OUTCOME_WRITING, true, 75,
	  "A1: still being written: left as it was",
	  "placed on hold: 0 messages; being written: 1" },
	{ QF_OUTCOME_REFUSED, true, 65, "A1: refused",
	  "placed on hold: 0 messages; refused: 1" },
	{ QF_OUTCOME_FAILED, true, 74, "A1: failed",
	  "placed on hold: 0 messages; failed: 1" },
};

START_TEST(each_outcome_has_a_line_and_a_status)
{
	const struct alone *a = &alone[_i];
	char err[300];

	result.by_id = a->by_id;
	snprintf(err, sizeof(err), "%s%s%smqtest: %s (job " JOB ")\n",
		 *a->line == '\0' ? "" : "mqtest: ", a->line,
		 *a->line == '\0' ? "" : "\n", a->sum);
	expect(one_outcome, &a->outcome, a->status, "", err);
}
END_TEST

static int
mixed(void *context)
{
	(void)context;
	start();
	over(QF_OUTCOME_DONE, "");
	over(QF_OUTCOME_GONE, "");
	over(QF_OUTCOME_FAILED, "hold/A1: Input/output error");
	return finish();
}

START_TEST(some_done_and_some_not)
{
	result.by_id = true;
	expect(mixed, NULL, 75, "",
	       "mqtest: A1: gone meanwhile\n"
	       "mqtest: A1: hold/A1: Input/output error\n"
	       "mqtest: placed on hold: 1 message; gone meanwhile: 1; "
	       "failed: 1 (job " JOB ")\n");
}
END_TEST

static int
renamed(void *context)
{
	struct qf_plan_note one = note(QF_OUTCOME_DONE, "takes effect later");

	(void)context;
	start();
	one.now = "B2";
	one.was_active = true;
	one.done = 3;
	result_renamed(&result, "A1", "B2");
	result_over(&result, &one);
	one = note(QF_OUTCOME_ALREADY, "on hold already");
	result_over(&result, &one);
	return finish();
}

START_TEST(another_id_is_always_told)
{
	expect(renamed, NULL, 0, "A1: renamed to B2\n",
	       "mqtest: placed on hold: 1 message; already on hold: 1 (job " JOB
	       ")\n");
}
END_TEST

START_TEST(verbose_tells_all_of_it_once)
{
	result.verbose = true;
	expect(renamed, NULL, 0,
	       "A1: renamed to B2; placed on hold; was being delivered, 3 "
	       "recipients already done; takes effect later\n"
	       "A1: on hold already\n",
	       "mqtest: placed on hold: 1 message; already on hold: 1 (job " JOB
	       ")\n");
}
END_TEST

static int
in_instance(void *context)
{
	(void)context;
	result_start(&result);
	result_begin_job(&result, "out", &job);
	result_renamed(&result, "A1", "B2");
	over(QF_OUTCOME_BUSY, "");
	result_end_job(&result);
	result_begin_job(&result, "in", &job);
	over(QF_OUTCOME_DONE, "");
	return finish();
}

START_TEST(ids_have_their_instance)
{
	expect(in_instance, NULL, 75, "out/A1: renamed to out/B2\n",
	       "mqtest: out/A1: still being delivered: left as it was\n"
	       "mqtest: placed on hold: 1 message; busy: 1 (job " JOB ", " JOB
	       ")\n");
}
END_TEST

static int
many(void *context)
{
	(void)context;
	start();
	for (int i = 0; i < RESULT_LINES + 7; i++)
		over(QF_OUTCOME_BUSY, "");
	over(QF_OUTCOME_GONE, "");
	return finish();
}

static size_t
lines_of(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

START_TEST(more_of_the_same_is_counted)
{
	apart_run(&apart, many, NULL);
	ck_assert_uint_eq(lines_of(apart.err), RESULT_LINES + 3);
	ck_assert_ptr_nonnull(
		strstr(apart.err,
		       "mqtest: and 7 more: still being delivered: left as it "
		       "was (mqadm history " JOB " shows all)\n"));
	ck_assert_ptr_nonnull(strstr(apart.err, "busy: 27"));
}
END_TEST

START_TEST(verbose_has_no_limit)
{
	result.verbose = true;
	apart_run(&apart, many, NULL);
	ck_assert_uint_eq(lines_of(apart.err), RESULT_LINES + 9);
	ck_assert_ptr_null(strstr(apart.err, "more:"));
}
END_TEST

static int
stopped(void *context)
{
	(void)context;
	start();
	over(QF_OUTCOME_DONE, "");
	result.left = 5;
	return finish();
}

START_TEST(what_was_not_begun_counts)
{
	expect(stopped, NULL, 75, "",
	       "mqtest: placed on hold: 1 message; not begun: 5 (job " JOB
	       ")\n");
}
END_TEST

static int
nothing(void *context)
{
	(void)context;
	result.total = 0;
	result_start(&result);
	result_end(&result);
	return tool.exit;
}

START_TEST(nothing_to_do_is_no_failure)
{
	expect(nothing, NULL, 0, "", "");
	apart_free(&apart);
	result.format = RESULT_JSON;
	expect(nothing, NULL, 0, "[]\n", "");
}
END_TEST

static int
hostile(void *context)
{
	(void)context;
	start();
	over(QF_OUTCOME_DONE, "\033]0;x\a");
	over(QF_OUTCOME_FAILED, "\033[2J\n");
	return finish();
}

START_TEST(no_text_harms_a_terminal)
{
	result.verbose = true;
	apart_run(&apart, hostile, NULL);
	ck_assert_str_eq(apart.out, "A1: placed on hold; ^[]0;x^G\n");
	ck_assert_ptr_nonnull(strstr(apart.err, "mqtest: A1: ^[[2J^J\n"));
}
END_TEST

static int
quiet_flush(void *context)
{
	(void)context;
	result.verb = QF_FLUSH;
	result.quiet = true;
	result_start(&result);
	result_begin_job(&result, NULL, NULL);
	over(QF_OUTCOME_DONE, "");
	over(QF_OUTCOME_GONE, "");
	over(QF_OUTCOME_CHANGED, "");
	if (result.left > 0)
		over(QF_OUTCOME_REFUSED, "on hold");
	return finish();
}

/* For cron: what was delivered meanwhile is as good as flushed. */
START_TEST(quiet_as_long_as_all_is_well)
{
	expect(quiet_flush, NULL, 0, "", "");
	apart_free(&apart);
	result.left = 2;
	result.held = 3;
	expect(quiet_flush, NULL, 75, "",
	       "mqtest: A1: on hold\n"
	       "mqtest: handed to the queue manager: 1 message; gone "
	       "meanwhile: 1; now another message: 1; refused: 1; not begun: "
	       "2; left on hold: 3 (mqadm release)\n");
}
END_TEST

static int
many_unnoted(void *context)
{
	(void)context;
	result.verb = QF_FLUSH;
	result_start(&result);
	result_begin_job(&result, NULL, NULL);
	for (int i = 0; i < RESULT_LINES + 7; i++)
		over(QF_OUTCOME_REFUSED, "");
	return finish();
}

START_TEST(where_there_is_no_job_none_is_named)
{
	apart_run(&apart, many_unnoted, NULL);
	ck_assert_int_eq(apart.status, 75);
	ck_assert_ptr_nonnull(
		strstr(apart.err, "mqtest: and 7 more: refused\n"));
	ck_assert_ptr_null(strstr(apart.err, "job"));
}
END_TEST

#define MEMBERS                                                                \
	"\"action\": \"hold\", \"outcome\": \"done\", \"from\": "              \
	"\"deferred\", \"to\": \"hold\", "

START_TEST(json_has_all_of_it)
{
	result.format = RESULT_JSONL;
	expect(renamed, NULL, 0,
	       "{\"id\": \"A1\", \"now\": \"B2\", " MEMBERS
	       "\"was_active\": true, \"done\": 3, \"text\": \"takes effect "
	       "later\", \"job\": \"" JOB REST "\"}\n"
	       "{\"id\": \"A1\", \"now\": \"A1\", \"action\": \"hold\", "
	       "\"outcome\": \"already\", \"from\": \"deferred\", \"to\": "
	       "\"hold\", \"was_active\": false, \"text\": \"on hold "
	       "already\", \"job\": \"" JOB REST "\"}\n",
	       "mqtest: placed on hold: 1 message; already on hold: 1 (job " JOB
	       ")\n");
}
END_TEST

START_TEST(an_array_has_commas)
{
	static const enum qf_outcome done = QF_OUTCOME_DONE;

	result.format = RESULT_JSON;
	expect(one_outcome, &done, 0,
	       "[\n{\"id\": \"A1\", \"now\": \"A1\", " MEMBERS
	       "\"was_active\": false, \"job\": \"" JOB REST "\"}\n]\n",
	       "mqtest: placed on hold: 1 message (job " JOB ")\n");
	apart_free(&apart);
	apart_run(&apart, mixed, NULL);
	ck_assert_uint_eq(lines_of(apart.out), 5);
	ck_assert_ptr_nonnull(strstr(apart.out, "},\n{"));
	/* What the array has is not told twice. */
	ck_assert_uint_eq(lines_of(apart.err), 1);
}
END_TEST

START_TEST(forms_by_name)
{
	enum result_format format = RESULT_TEXT;

	ck_assert(result_format_by_name("jsonl", &format));
	ck_assert_int_eq(format, RESULT_JSONL);
	ck_assert(result_format_by_name("text", &format));
	ck_assert_int_eq(format, RESULT_TEXT);
	ck_assert(!result_format_by_name("table", &format));
	ck_assert(!result_format_by_name("", &format));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("result");
	TCase *tc = tcase_create("result");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, each_outcome_has_a_line_and_a_status, 0,
			    COUNT(alone));
	tcase_add_test(tc, some_done_and_some_not);
	tcase_add_test(tc, another_id_is_always_told);
	tcase_add_test(tc, verbose_tells_all_of_it_once);
	tcase_add_test(tc, ids_have_their_instance);
	tcase_add_test(tc, more_of_the_same_is_counted);
	tcase_add_test(tc, verbose_has_no_limit);
	tcase_add_test(tc, what_was_not_begun_counts);
	tcase_add_test(tc, nothing_to_do_is_no_failure);
	tcase_add_test(tc, no_text_harms_a_terminal);
	tcase_add_test(tc, quiet_as_long_as_all_is_well);
	tcase_add_test(tc, where_there_is_no_job_none_is_named);
	tcase_add_test(tc, json_has_all_of_it);
	tcase_add_test(tc, an_array_has_commas);
	tcase_add_test(tc, forms_by_name);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
