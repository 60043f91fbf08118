/*
 * check_query_plan.c - what a question costs, what it can be asked where, and
 * what its terms answer one by one.
 */
#include "queue-format/query/query.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

#define N QF_PART_NAME
#define I QF_PART_INODE
#define E QF_PART_ENVELOPE
#define R QF_PART_RECIPIENTS
#define L QF_PART_REASONS
#define C QF_PART_CLASSES
#define H QF_PART_HOLDER

static const struct {
	const char *text;
	unsigned stages; /* at which it is asked */
	unsigned parts;	 /* that it may have to know */
} costs[] = {
	{ "held", N, N },
	{ "next < 1h", I, N | I },
	{ "sender = x", E, N | I | E },
	{ "rcpt.done > 0", R, N | I | E | R },
	{ "rcpt = x", L, N | I | E | R | L },
	{ "reason.class = dns", C, N | I | E | R | L | C },
	{ "held and sender = x", N | E, N | I | E },
	{ "reason.class = dns and held", N | C, N | I | E | R | L | C },
	{ "not (mark = D or size > 1)", I | E, N | I | E },
	{ "any(rcpt = x)", L, N | I | E | R | L },
	{ "any(held)", N | L, N | I | E | R | L },
	/* The rest of it depends on the queue: see a filter. */
	{ "hold.by = x", N | H, N | H },
	{ "hold.by = x and sender = y", N | E | H, N | I | E | H },
	{ "any(hold.by = x)", N | L | H, N | L | H },
	{ "any(hold.by = x and rcpt = y)", N | L | H, N | L | H },
};

START_TEST(says_what_it_costs)
{
	struct qf_query *query = ask_new(costs[_i].text);
	struct qf_filter filter = { .parts = 77 };
	struct qf_message m = ask_message();

	qf_query_filter(query, &filter);
	ck_assert_msg(filter.stages == costs[_i].stages, "%s: %u",
		      costs[_i].text, filter.stages);
	ck_assert_uint_eq(filter.parts, 77);
	ck_assert_uint_eq(qf_query_parts(query), costs[_i].parts);
	ck_assert_int_eq(filter.test(filter.context, &m),
			 qf_query_test(query, &m));
	qf_query_free(query);
}
END_TEST

#define MAILDROP QF_QUEUE_BIT(QF_QUEUE_MAILDROP)
#define ACTIVE	 QF_QUEUE_BIT(QF_QUEUE_ACTIVE)
#define INCOMING QF_QUEUE_BIT(QF_QUEUE_INCOMING)
#define DEFERRED QF_QUEUE_BIT(QF_QUEUE_DEFERRED)
#define HOLD	 QF_QUEUE_BIT(QF_QUEUE_HOLD)
#define CORRUPT	 QF_QUEUE_BIT(QF_QUEUE_CORRUPT)
#define LISTED	 (MAILDROP | ACTIVE | INCOMING | DEFERRED | HOLD)

static const struct {
	const char *text;
	unsigned among;
	unsigned queues;
} queues[] = {
	{ "size", 0, LISTED },
	{ "size", HOLD | CORRUPT, HOLD | CORRUPT },
	{ "queue = hold", 0, HOLD },
	{ "queue = HOLD", 0, HOLD },
	{ "held", 0, HOLD },
	{ "not held", 0, LISTED & ~HOLD },
	{ "queue != hold", 0, LISTED & ~HOLD },
	{ "queue in (hold, active)", 0, HOLD | ACTIVE },
	{ "queue = hold", ACTIVE, 0 },
	{ "queue = hold and queue = active", 0, 0 },
	{ "queue = hold or size", 0, LISTED },
	{ "queue = hold and size", 0, HOLD },
	{ "queue = hold and not size", 0, HOLD },
	{ "not (queue = hold and size)", 0, LISTED },
	{ "not (queue = hold or size)", 0, LISTED & ~HOLD },
	{ "any(held and rcpt = x)", 0, LISTED },
	{ "queue ~ '^(de|ho)'", 0, DEFERRED | HOLD },
	{ "queue = *o*", 0, MAILDROP | INCOMING | HOLD },
	{ "queue = *", 0, LISTED },
	/* The corrupt queue is not listed, but where it is named. */
	{ "queue = corrupt", 0, CORRUPT },
	{ "queue in (hold, Corrupt)", 0, HOLD | CORRUPT },
	{ "queue = c*", 0, 0 },
	{ "queue = corrupt or size", 0, LISTED | CORRUPT },
	{ "queue != corrupt", 0, LISTED },
	{ "queue = corrupt", LISTED, 0 },
	{ "id = 4* and broken", 0, LISTED },
	/* Nobody holds what is in another queue. */
	{ "hold.by", 0, HOLD },
	{ "hold.since < -1d and size", 0, HOLD },
	{ "not hold.by = alice", 0, LISTED },
	{ "hold.by != alice and hold.reason", 0, HOLD },
};

START_TEST(leaves_queues_out)
{
	struct qf_query *query = ask_new(queues[_i].text);
	unsigned found = qf_query_queues(query, queues[_i].among);

	ck_assert_msg(found == queues[_i].queues, "%s: %u", queues[_i].text,
		      found);
	qf_query_free(query);
}
END_TEST

static const struct {
	const char *text;
	const char *field; /* NULL: all can be told */
} access[] = {
	{ "sender = x and rcpt = y and reason.class = dns", NULL },
	{ "id = 4* or queue = hold or mark = D", NULL },
	{ "forced_expire and age > 1d", NULL },
	{ "rcpt.state in (waiting, deferred)", NULL },
	{ "sasl_user = x", "sasl_user" },
	{ "size or not client.ip = ::1", "client.ip" },
	{ "any(rcpt = x and local)", "local" },
	{ "next < 1h", "next" },
	{ "path = x", "path" },
	{ "broken", "broken" },
	{ "rcpt.done > 0", "rcpt.done" },
	{ "not hold.reason = x", "hold.reason" },
	/* A listing does not tell who is done. */
	{ "rcpt.state = done", "rcpt.state" },
	{ "any(rcpt = x and rcpt.state = Done)", "rcpt.state" },
};

START_TEST(says_what_a_listing_does_not_tell)
{
	struct qf_query *query = ask_new(access[_i].text);
	const struct qf_field *field = qf_query_spool_only(query);

	if (access[_i].field == NULL)
		ck_assert_msg(field == NULL, "%s", field->name);
	else
		ck_assert_msg(field != NULL && strcmp(field->name,
						      access[_i].field) == 0,
			      "%s", access[_i].text);
	qf_query_free(query);
}
END_TEST

/* The terms with their answers for the sample, as --explain shows them. */
static const struct {
	const char *text;
	const char *terms;
} plans[] = {
	{ "held", "held=n" },
	{ "not held", "held=n" },
	{ "sender != nobody", "sender != nobody=y" },
	{ "queue not in (hold, deferred)", "queue not in (hold, deferred)=n" },
	{ "not sender != nobody", "sender != nobody=y" },
	{ "rcpt != nobody", "rcpt != nobody=y" },
	/* The cheap ones first, equal ones as they were written. */
	{ "reason.class = dns and rcpt = x and sender = a and sender = b and "
	  "next < now and held",
	  "held=n;next < now=n;sender = a=n;sender = b=n;rcpt = x=n;"
	  "reason.class = dns=n" },
	{ "(rcpt = eve@* or size) and (sender or not held)",
	  "held=n;sender=y;size=y;rcpt = eve@*=y" },
	{ "hold.by = x and reason.class = dns and held",
	  "held=n;reason.class = dns=n;hold.by = x=n" },
	/* A regular expression after what is simpler, and costs the same. */
	{ "sender ~ y and sender = t*", "sender = t*=y;sender ~ y=y" },
	{ "sender ~ y and sender ~ x", "sender ~ y=y;sender ~ x=y" },
	/* A quantifier is one. */
	{ "any(rcpt = eve@* and held) or size",
	  "size=y;any(rcpt = eve@* and held)=n" },
	{ "none ( rcpt = x )", "none ( rcpt = x )=y" },
	{ "size > 1K\n and held", "held=n;size > 1K=y" },
	{ "rcpt.done = 1 and rcpt = x and size", "size=y;rcpt.done = 1=y;"
						 "rcpt = x=n" },
};

static void
describe(struct qf_query *query, const struct qf_message *m, char *out,
	 size_t room)
{
	out[0] = '\0';
	for (size_t i = 0; i < qf_query_term_count(query); i++) {
		struct qf_query_term term;
		enum qf_verdict verdict;
		size_t len = strlen(out);

		qf_query_term(query, i, &term);
		verdict = qf_query_term_test(query, i, m, NULL);
		snprintf(out + len, room - len, "%s%.*s=%c", i > 0 ? ";" : "",
			 (int)term.text.len, term.text.text,
			 verdict == QF_TAKE   ? 'y'
			 : verdict == QF_DROP ? 'n'
					      : '?');
	}
}

START_TEST(looks_at_the_cheap_terms_first)
{
	struct qf_query *query = ask_new(plans[_i].text);
	struct qf_message m = ask_message();
	char terms[1000];

	describe(query, &m, terms, sizeof(terms));
	ck_assert_str_eq(terms, plans[_i].terms);
	qf_query_free(query);
}
END_TEST

/* The answer of a term is not its own as long as it is not known. */
START_TEST(a_term_may_be_unknown)
{
	struct qf_query *query = ask_new("rcpt = eve@* and size and not held");
	struct qf_message m = ask_message_at(QF_PART_INODE);
	char terms[100];

	describe(query, &m, terms, sizeof(terms));
	ck_assert_str_eq(terms, "held=n;size=?;rcpt = eve@*=?");
	qf_query_free(query);
}
END_TEST

/* Of a term: the field that it is about, and the recipient who decided. */
static const struct {
	const char *text;
	const char *field; /* NULL: of many */
	enum qf_part part;
	const char *witness; /* NULL: nobody */
} witnesses[] = {
	{ "size", "size", E, NULL },
	{ "size != 5", "size", E, NULL },
	{ "rcpt = bob@*", "rcpt", L, "bob@mail.example.net" },
	{ "rcpt != ann@*", "rcpt", L, "bob@mail.example.net" },
	{ "rcpt = nobody", "rcpt", L, NULL },
	{ "reason.class = greylist", "reason.class", C, "eve@example.com" },
	{ "rcpt.state = done", "rcpt.state", L, "carl@done.example" },
	{ "any(reason ~ grey)", NULL, L, "eve@example.com" },
	{ "all(rcpt = ann@*)", NULL, L, "bob@mail.example.net" },
	{ "all(rcpt = *)", NULL, L, NULL },
	{ "none(rcpt = eve@*)", NULL, L, "eve@example.com" },
	{ "none(rcpt = nobody)", NULL, L, NULL },
	{ "any(held)", NULL, L, NULL },
};

START_TEST(names_who_decided)
{
	struct qf_query *query = ask_new(witnesses[_i].text);
	struct qf_message m = ask_message();
	const struct qf_recipient *witness = NULL;
	struct qf_query_term term;

	ck_assert_uint_eq(qf_query_term_count(query), 1);
	qf_query_term(query, 0, &term);
	ck_assert_int_eq(term.part, witnesses[_i].part);
	if (witnesses[_i].field == NULL)
		ck_assert_ptr_null(term.field);
	else
		ck_assert_str_eq(term.field->name, witnesses[_i].field);
	(void)!qf_query_term_test(query, 0, &m, &witness);
	if (witnesses[_i].witness == NULL)
		ck_assert_ptr_null(witness);
	else
		ck_assert_str_eq(witness->address, witnesses[_i].witness);
	qf_query_free(query);
}
END_TEST

/* Several expressions on one command line. */
START_TEST(both_have_to_hold)
{
	static const char *const texts[] = { "rcpt = eve@*", "sender",
					     "not held" };
	struct qf_message m = ask_message();
	struct qf_query *query = NULL;
	struct qf_filter filter = { 0 };
	char terms[200];

	for (int i = 0; i < COUNT(texts); i++) {
		struct qf_query *one = ask_new(texts[i]);

		query = query == NULL ? one : qf_query_both(query, one);
		ck_assert_ptr_nonnull(query);
	}
	describe(query, &m, terms, sizeof(terms));
	ck_assert_str_eq(terms, "held=n;sender=y;rcpt = eve@*=y");
	qf_query_filter(query, &filter);
	ck_assert_uint_eq(filter.stages, N | E | L);
	ck_assert_uint_eq(qf_query_parts(query), N | I | E | R | L);
	ck_assert_uint_eq(qf_query_queues(query, 0), LISTED & ~HOLD);
	ck_assert_ptr_null(qf_query_spool_only(query));
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	m.queue = QF_QUEUE_HOLD;
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	m = ask_message();
	m.sender = "";
	ck_assert_int_eq(qf_query_test(query, &m), QF_DROP);
	qf_query_free(query);
	qf_query_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_plan");
	TCase *tc = tcase_create("query_plan");

	tcase_add_loop_test(tc, says_what_it_costs, 0, COUNT(costs));
	tcase_add_loop_test(tc, leaves_queues_out, 0, COUNT(queues));
	tcase_add_loop_test(tc, says_what_a_listing_does_not_tell, 0,
			    COUNT(access));
	tcase_add_loop_test(tc, looks_at_the_cheap_terms_first, 0,
			    COUNT(plans));
	tcase_add_test(tc, a_term_may_be_unknown);
	tcase_add_loop_test(tc, names_who_decided, 0, COUNT(witnesses));
	tcase_add_test(tc, both_have_to_hold);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
