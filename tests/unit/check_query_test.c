/*
 * check_query_test.c - asking: what is not known yet is neither yes nor no,
 * recipients are asked one by one, and what could not be decided is told.
 */
#include "queue-format/query/query.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

/* In the order in which a spool is read. */
static const enum qf_part steps[] = {
	QF_PART_NAME,	    QF_PART_INODE,   QF_PART_ENVELOPE,
	QF_PART_RECIPIENTS, QF_PART_REASONS, QF_PART_CLASSES,
};

/* The answer after each of them: yes, no, or not known yet. */
static const struct {
	const char *text;
	const char *answers;
} stages[] = {
	{ "queue = deferred", "yyyyyy" },
	{ "queue = hold", "nnnnnn" },
	{ "held", "nnnnnn" },
	{ "id = 4F*", "yyyyyy" },
	{ "path ~ ^deferred", "yyyyyy" },
	{ "next > now", "?yyyyy" },
	{ "mark = D", "?yyyyy" },
	{ "forced_expire", "?nnnnn" },
	{ "size > 1K", "??yyyy" },
	{ "sender = nobody", "??nnnn" },
	{ "sasl_user", "??yyyy" },
	{ "not sender = nobody", "??yyyy" },
	{ "sender != nobody", "??yyyy" },
	{ "rcpt.done = 1", "???yyy" },
	{ "rcpt.count = 3", "????yy" },
	{ "rcpt = eve@*", "????yy" },
	{ "rcpt = nobody", "????nn" },
	{ "reason ~ greylisted", "????yy" },
	{ "broken", "????nn" },
	{ "reason.class = greylist", "?????y" },
	{ "reason.class = dns", "?????n" },
	{ "not reason.class = dns", "?????y" },
	/* It is not on hold, and so by nobody. */
	{ "hold.by = alice", "nnnnnn" },
	{ "hold.since > 1970-01-02", "nnnnnn" },
	{ "not hold.by", "yyyyyy" },
	{ "hold.by != alice and size > 1K", "??yyyy" },
	/* "no and not known" is no; "yes or not known" is yes. */
	{ "held and rcpt = eve@*", "nnnnnn" },
	{ "rcpt = eve@* and held", "nnnnnn" },
	{ "not held or rcpt = eve@*", "yyyyyy" },
	{ "not held and rcpt = eve@*", "????yy" },
	{ "held or rcpt = nobody", "????nn" },
	{ "size < 1K and rcpt = eve@*", "??nnnn" },
	{ "size > 1K and reason.class = dns", "?????n" },
	{ "size > 1K or reason.class = dns", "??yyyy" },
	{ "not (held and reason.class = dns)", "yyyyyy" },
	{ "not (held or reason.class = dns)", "?????y" },
	{ "(held or size < 1K) and (rcpt or reason)", "??nnnn" },
	/* Quantifiers wait for recipients, whatever is asked of them. */
	{ "any(held)", "????nn" },
	{ "any(rcpt.domain = x and reason.class = dns)", "????nn" },
	{ "any(rcpt.domain = .net and reason.class = timeout)", "?????y" },
	{ "any(rcpt.domain = .net or reason.class = dns)", "????yy" },
	{ "all(rcpt.domain = .net or reason.class = dns)", "?????n" },
	{ "all(rcpt.domain = x and reason.class = dns)", "????nn" },
	{ "none(rcpt.domain = x and reason.class = dns)", "????yy" },
	{ "none(rcpt.domain = .net or reason.class = dns)", "????nn" },
	{ "held or any(reason.class = dns)", "?????n" },
};

static char
letter(enum qf_verdict verdict)
{
	switch (verdict) {
	case QF_TAKE:
		return 'y';
	case QF_DROP:
		return 'n';
	case QF_UNDECIDED:
		break;
	}
	return '?';
}

START_TEST(knows_what_it_does_not_know)
{
	struct qf_query *query = ask_new(stages[_i].text);
	char answers[COUNT(steps) + 1] = "";

	for (int i = 0; i < COUNT(steps); i++) {
		struct qf_message m = ask_message_at(steps[i]);

		answers[i] = letter(qf_query_test(query, &m));
	}
	ck_assert_msg(strcmp(answers, stages[_i].answers) == 0, "%s: %s",
		      stages[_i].text, answers);
	qf_query_free(query);
}
END_TEST

/* Of Postfix's own listing, which has no inode, but what comes later. */
START_TEST(a_listing_has_no_inode)
{
	struct qf_message m = ask_message();

	m.parts = QF_PART_NAME;
	ck_assert_int_eq(ask("mark = D", &m), QF_UNDECIDED);
	m.parts |= QF_PART_ENVELOPE;
	ck_assert_int_eq(ask("mark = D", &m), QF_TAKE);
	ck_assert_int_eq(ask("forced_expire", &m), QF_DROP);
	m.parts |= QF_PART_RECIPIENTS | QF_PART_REASONS;
	ck_assert_int_eq(ask("reason.class = timeout", &m), QF_UNDECIDED);
	ck_assert_int_eq(ask("rcpt = eve@*", &m), QF_TAKE);
}
END_TEST

/* Of the sample, and of the same with fewer recipients. */
static const struct {
	const char *text;
	bool three; /* left, and one done */
	bool one;   /* bob alone, and one done */
	bool none;  /* nobody left, and one done */
	bool empty; /* nobody at all */
} recipients[] = {
	{ "rcpt", true, true, false, false },
	{ "rcpt = bob@*", true, true, false, false },
	{ "rcpt = carl@*", false, false, false, false },
	{ "rcpt.domain = .example.net", true, true, false, false },
	{ "rcpt.domain != .example.net", true, false, false, false },
	{ "not rcpt.domain = .example.net", false, false, true, true },
	{ "any(rcpt.domain = .example.net)", true, true, false, false },
	{ "all(rcpt.domain = .example.net)", false, true, false, false },
	{ "none(rcpt.domain = .example.net)", false, false, true, true },
	{ "all(rcpt.domain = *)", true, true, false, false },
	{ "all(not rcpt.domain = .example.net)", false, false, false, false },
	{ "not all(rcpt)", false, false, true, true },
	{ "none(rcpt)", false, false, true, true },
	/* About the same one. */
	{ "rcpt = ann@* and rcpt = bob@*", true, false, false, false },
	{ "any(rcpt = ann@* and rcpt = bob@*)", false, false, false, false },
	{ "any(rcpt = eve@* and reason ~ greylist)", true, false, false,
	  false },
	{ "any(rcpt = bob@* and reason ~ greylist)", false, false, false,
	  false },
	{ "all(rcpt = bob@* or size)", true, true, false, false },
	{ "any(size and rcpt.count = 1)", false, true, false, false },
	{ "none(held)", true, true, true, true },
	/* What some have not. */
	{ "rcpt.orig = staff@*", true, false, false, false },
	{ "rcpt.orig = bob@*", true, true, false, false },
	{ "rcpt.orig", true, true, false, false },
	{ "all(reason)", false, true, false, false },
	{ "any(not reason)", true, false, false, false },
	{ "reason != x", true, true, false, false },
	{ "all(reason != x)", true, true, false, false },
	{ "reason.code = 450", true, false, false, false },
	{ "reason.code", true, false, false, false },
	{ "reason.code != 450", true, true, false, false },
	{ "reason.dsn = 4.4.*", true, true, false, false },
	{ "reason.host = .example.com", true, false, false, false },
	{ "reason.host = mx.example.net", true, true, false, false },
	{ "reason.class not in (timeout, greylist)", true, false, false,
	  false },
	/* Who is done is asked only when it is named. */
	{ "rcpt.state = waiting", true, false, false, false },
	{ "rcpt.state = deferred", true, true, false, false },
	{ "rcpt.state = bounced", false, false, false, false },
	{ "rcpt.state = done", true, true, true, false },
	{ "rcpt.state = DONE", true, true, true, false },
	{ "rcpt.state in (bounced, done)", true, true, true, false },
	{ "rcpt.state != done", true, true, false, false },
	{ "all(rcpt.state = done)", false, false, true, false },
	{ "all(rcpt.state = deferred)", false, true, false, false },
	{ "all(rcpt.state in (deferred, done))", false, true, true, false },
	{ "none(rcpt.state = done)", false, false, false, true },
	{ "any(rcpt.state = done and rcpt = carl@*)", true, true, true, false },
	{ "any(rcpt.state = done and rcpt = bob@*)", false, false, false,
	  false },
	{ "any(rcpt.state = done) and rcpt = carl@*", false, false, false,
	  false },
	{ "rcpt.done > 0", true, true, true, false },
};

START_TEST(recipients_are_asked_one_by_one)
{
	bool wanted[] = { recipients[_i].three, recipients[_i].one,
			  recipients[_i].none, recipients[_i].empty };
	struct qf_query *query = ask_new(recipients[_i].text);

	for (int i = 0; i < COUNT(wanted); i++) {
		struct qf_message m = ask_message();

		if (i > 0) {
			m.left++;
			m.left_count = i == 1 ? 1 : 0;
		}
		if (i == 3)
			m.done_count = 0;
		ck_assert_msg(qf_query_test(query, &m) ==
				      (wanted[i] ? QF_TAKE : QF_DROP),
			      "%s: %d", recipients[_i].text, i);
	}
	qf_query_free(query);
}
END_TEST

/* A pattern that would take for years. */
#define ENDLESS "(a+)+$"

static void
expect_report(struct qf_query *query, uint64_t undecided, uint64_t damaged)
{
	struct qf_query_report report;

	qf_query_report(query, &report);
	ck_assert_uint_eq(report.undecided, undecided);
	ck_assert_uint_eq(report.damaged, damaged);
}

static struct qf_message
endless(enum qf_part part)
{
	struct qf_message m = ask_message_at(part);

	m.origin.sasl_user = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	return m;
}

START_TEST(what_takes_too_long_is_told)
{
	struct qf_query *query = ask_new("size and sasl_user ~ '" ENDLESS "'");
	struct qf_message m = endless(QF_PART_INODE);
	struct qf_query_report report;

	/* Not before it is known. */
	ck_assert_int_eq(qf_query_test(query, &m), QF_UNDECIDED);
	expect_report(query, 0, 0);
	m = endless(QF_PART_ENVELOPE);
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	m.id = "second";
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	qf_query_report(query, &report);
	ck_assert_uint_eq(report.undecided, 2);
	ck_assert_str_eq(report.first.text,
			 "4F2A11bC: cannot be decided: "
			 "'sasl_user ~ '(a+)+$'' takes too long");
	/* Others are matched as ever. */
	m.origin.sasl_user = "aaa";
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	expect_report(query, 2, 0);
	qf_query_free(query);
}
END_TEST

/* What comes later may decide: it is no use to complain before. */
START_TEST(what_takes_too_long_waits_for_the_rest)
{
	struct qf_query *query =
		ask_new("sasl_user ~ '" ENDLESS "' and rcpt = x");
	struct qf_message m = endless(QF_PART_ENVELOPE);

	ck_assert_int_eq(qf_query_test(query, &m), QF_UNDECIDED);
	m = endless(QF_PART_REASONS);
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	expect_report(query, 0, 0);
	qf_query_free(query);
}
END_TEST

/* It need not be known where the rest decides. */
static const struct {
	const char *text;
	enum qf_verdict verdict;
	uint64_t undecided;
} limits[] = {
	{ "sasl_user ~ '" ENDLESS "'", QF_DROP, 1 },
	{ "not sasl_user ~ '" ENDLESS "'", QF_DROP, 1 },
	{ "sasl_user !~ '" ENDLESS "'", QF_DROP, 1 },
	{ "sasl_user ~ '" ENDLESS "' or size", QF_TAKE, 0 },
	{ "sasl_user ~ '" ENDLESS "' and held", QF_DROP, 0 },
	{ "sasl_user ~ '" ENDLESS "' or rcpt = bob@*", QF_TAKE, 0 },
	{ "sasl_user ~ '" ENDLESS "' and rcpt = x", QF_DROP, 0 },
	{ "sasl_user ~ '" ENDLESS "' and rcpt = bob@*", QF_DROP, 1 },
	{ "any(sasl_user ~ '" ENDLESS "')", QF_DROP, 1 },
	{ "any(sasl_user ~ '" ENDLESS "' or rcpt = eve@*)", QF_TAKE, 0 },
	{ "all(sasl_user ~ '" ENDLESS "' and rcpt = eve@*)", QF_DROP, 0 },
	{ "none(sasl_user ~ '" ENDLESS "')", QF_DROP, 1 },
};

START_TEST(what_takes_too_long_may_not_matter)
{
	struct qf_query *query = ask_new(limits[_i].text);
	struct qf_message m = endless(QF_PART_CLASSES);

	ck_assert_int_eq(qf_query_test(query, &m), limits[_i].verdict);
	expect_report(query, limits[_i].undecided, 0);
	qf_query_free(query);
}
END_TEST

/* Depth is limited, too, and a long text is no trouble by itself. */
START_TEST(a_long_text_is_matched)
{
	static char user[100001];
	struct qf_message m = ask_message();
	struct qf_query *query = ask_new("sasl_user ~ '^a*b$'");

	memset(user, 'a', sizeof(user) - 1);
	m.origin.sasl_user = user;
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	user[sizeof(user) - 2] = 'b';
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	expect_report(query, 0, 0);
	qf_query_free(query);
}
END_TEST

/* Bytes that are not UTF-8 match nothing, and do no harm. */
static const struct {
	const char *user;
	const char *text;
	bool holds;
} bytes[] = {
	{ "\xc3\xa4\xc3\xb6", "sasl_user ~ ^..$", true },
	{ "\xc3\x84", "sasl_user ~ ^\xc3\xa4$", true },
	{ "a\xff", "sasl_user ~ a", true },
	{ "\xff"
	  "b",
	  "sasl_user ~ b$", true },
	{ "\xff", "sasl_user ~ .", false },
	{ "a\xff"
	  "b",
	  "sasl_user ~ a.b", false },
	{ "tony", "sasl_user ~ ''", true },
	{ "tony", "sasl_user ~ '(?-i)TONY'", false },
	{ "tony", "sasl_user ~ TONY", true },
	{ "a(b", "sasl_user ~ 'a\\(b'", true },
	{ "a\nb", "sasl_user ~ ^b", false },
	{ "it's", "sasl_user ~ 't\\'s'", true },
	{ "a\\b", "sasl_user ~ 'a\\\\b'", true },
};

START_TEST(patterns_know_characters)
{
	struct qf_message m = ask_message();

	m.origin.sasl_user = bytes[_i].user;
	ck_assert_msg(ask(bytes[_i].text, &m) ==
			      (bytes[_i].holds ? QF_TAKE : QF_DROP),
		      "%s", bytes[_i].text);
}
END_TEST

/* What is damaged and was dropped may be missed by somebody. */
START_TEST(damaged_ones_are_counted)
{
	struct qf_query *query = ask_new("sender = tony@*");
	struct qf_message m = ask_message();

	m.fault = "cut off";
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	expect_report(query, 0, 0);
	m.sender = NULL;
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	expect_report(query, 0, 2);
	m.fault = NULL;
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	expect_report(query, 0, 2);
	qf_query_free(query);
}
END_TEST

#define THREADS 4
#define TURNS	2000

static void *
ask_often(void *context)
{
	struct qf_query *query = context;
	struct qf_message taken = ask_message();
	struct qf_message damaged = ask_message();
	uintptr_t wrong = 0;

	damaged.fault = "cut off";
	damaged.sender = NULL;
	for (int i = 0; i < TURNS; i++) {
		struct qf_message slow = endless(QF_PART_CLASSES);

		wrong += qf_query_test(query, &taken) != QF_TAKE;
		wrong += qf_query_test(query, &damaged) != QF_DROP;
		if (i % 500 == 0)
			wrong += qf_query_test(query, &slow) != QF_DROP;
	}
	return (void *)wrong;
}

START_TEST(threads_do_not_disturb_each_other)
{
	struct qf_query *query =
		ask_new("sender = tony@* and any(reason ~ 'grey.*ed') and "
			"sasl_user ~ '" ENDLESS "|tony'");
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, ask_often, query), 0);
	for (int i = 0; i < THREADS; i++) {
		void *wrong = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	expect_report(query, THREADS * TURNS / 500, THREADS * TURNS);
	qf_query_free(query);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_test");
	TCase *tc = tcase_create("query_test");

	tcase_add_loop_test(tc, knows_what_it_does_not_know, 0, COUNT(stages));
	tcase_add_test(tc, a_listing_has_no_inode);
	tcase_add_loop_test(tc, recipients_are_asked_one_by_one, 0,
			    COUNT(recipients));
	tcase_add_test(tc, what_takes_too_long_is_told);
	tcase_add_test(tc, what_takes_too_long_waits_for_the_rest);
	tcase_add_loop_test(tc, what_takes_too_long_may_not_matter, 0,
			    COUNT(limits));
	tcase_add_test(tc, a_long_text_is_matched);
	tcase_add_loop_test(tc, patterns_know_characters, 0, COUNT(bytes));
	tcase_add_test(tc, damaged_ones_are_counted);
	tcase_add_test(tc, threads_do_not_disturb_each_other);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
