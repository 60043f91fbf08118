/*
 * check_consider.c - what a change would be about: the question, and notices.
 */
#include "mailq-tools/consider.h"

#include <string.h>

#include "unit.h"

static struct tool tool;
static struct consider consider;
static struct qf_buffer text;

static void
begin(void)
{
	tool = (struct tool){ .name = "mqtest", .now = 1795342700 };
	text = (struct qf_buffer){ 0 };
}

static void
end(void)
{
	consider_free(&consider);
	qf_buffer_free(&text);
}

static void
start(enum qf_verb verb)
{
	consider = (struct consider){ .tool = &tool, .verb = verb };
	consider_start(&consider, NULL);
}

static void
add(const char *sender)
{
	struct qf_message message = {
		.parts = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE,
		.id = "A1",
		.queue = QF_QUEUE_DEFERRED,
		.sender = sender,
	};

	consider_add(&consider, &message);
}

static const struct {
	enum qf_verb verb;
	const char *question;
} verbs[] = {
	{ QF_HOLD, "mqtest: put 2 messages on hold? [y/N] " },
	{ QF_RELEASE, "mqtest: release 2 messages from hold? [y/N] " },
	{ QF_REQUEUE, "mqtest: requeue 2 messages? [y/N] " },
};

START_TEST(the_question_names_what_and_how_many)
{
	start(verbs[_i].verb);
	ck_assert_uint_eq(consider_parts(&consider) & QF_PART_ENVELOPE, 0);
	add("anna@example.org");
	add(NULL);
	consider_question(&consider, &text);
	ck_assert_str_eq(qf_buffer_text(&text), verbs[_i].question);
}
END_TEST

START_TEST(before_an_expiry_it_names_the_notices)
{
	start(QF_EXPIRE);
	ck_assert_uint_ne(consider_parts(&consider) & QF_PART_ENVELOPE, 0);
	add("anna@example.org");
	add("ben@EXAMPLE.org");
	add("carla@example.net");
	add("");
	consider_question(&consider, &text);
	ck_assert_str_eq(
		qf_buffer_text(&text),
		"mqtest: Up to 3 notices would go to senders in 2 domains; "
		"where a sender is forged, somebody gets it who never wrote. "
		"1 message has no sender who could get one.\n"
		"mqtest: expire 4 messages? [y/N] ");
}
END_TEST

START_TEST(nobody_to_be_told)
{
	start(QF_EXPIRE);
	add("");
	add("");
	consider_notices(&consider, &text);
	ck_assert_str_eq(qf_buffer_text(&text),
			 "2 messages have no sender who could get one.");
}
END_TEST

START_TEST(one_of_each)
{
	start(QF_EXPIRE);
	add("anna@example.org");
	consider_notices(&consider, &text);
	ck_assert_str_eq(qf_buffer_text(&text),
			 "Up to 1 notice would go to senders in 1 domain; "
			 "where a sender is forged, somebody gets it who never "
			 "wrote.");
}
END_TEST

static const struct {
	const char *rate;
	int64_t seconds;
	uint64_t later;
	const char *says;
} paces[] = {
	{ NULL, 0, 0, "" },
	{ "60/min", 7, 0, "At 60/min that takes 7s." },
	{ NULL, 0, 1, "1 message would be left for a later run (so)." },
	{ "1/s", 90, 2,
	  "At 1/s that takes 1m. 2 messages would be left for a later run "
	  "(so)." },
};

START_TEST(how_long_it_takes_and_what_is_left)
{
	start(QF_RELEASE);
	consider.rate = paces[_i].rate;
	consider.seconds = paces[_i].seconds;
	consider.later = paces[_i].later;
	consider.later_for = "so";
	consider_pace(&consider, &text);
	ck_assert_str_eq(qf_buffer_text(&text), paces[_i].says);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("consider");
	TCase *tc = tcase_create("consider");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, the_question_names_what_and_how_many, 0,
			    COUNT(verbs));
	tcase_add_test(tc, before_an_expiry_it_names_the_notices);
	tcase_add_test(tc, nobody_to_be_told);
	tcase_add_test(tc, one_of_each);
	tcase_add_loop_test(tc, how_long_it_takes_and_what_is_left, 0,
			    COUNT(paces));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
