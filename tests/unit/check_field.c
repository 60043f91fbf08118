/*
 * check_field.c - each field gives what its name says, or says that it does
 * not know.
 */
#include "queue-format/field.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define NOW 1700001000

static const struct qf_recipient left[] = {
	{ .state = QF_RECIPIENT_WAITING,
	  .address = "\"b@c\"@example.org",
	  .original = "B@example.org" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "d@example.net",
	  .reason_class = QF_REASON_TIMEOUT,
	  .reason = "450 4.4.2 late",
	  .dsn = "4.4.1",
	  .mta = "mx.example.net" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "e@example.net",
	  .reason = "second" },
};

static const struct qf_recipient done[] = {
	{ .state = QF_RECIPIENT_DONE, .address = "f@example.com" },
};

static struct qf_message
make(void)
{
	return (struct qf_message){
		.parts = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
			 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE |
			 QF_PART_CLASSES | QF_PART_HOLDER,
		.instance = "mta1",
		.id = "4F2A11",
		.queue = QF_QUEUE_HOLD,
		.place = "hold/4F2A11",
		.next = 1700002000,
		.forced_expire = true,
		.size = 77,
		.arrival = 1700000000,
		.created = 1700000010,
		.last = 1700000500,
		.expires = 1700432010,
		.sender = "a@example.com",
		.origin = {
			.client_name = "client.example",
			.client_address = "192.0.2.1",
			.helo = "helo.example",
			.protocol = "ESMTP",
			.sasl_user = "tony",
			.full_name = "Tony",
			.filter = "smtp:x",
			.encoding = "8bit",
			.envelope_id = "QQ1",
			.local = true,
			.smtputf8 = false,
		},
		.left = left,
		.left_count = 3,
		.done = done,
		.done_count = 1,
		.holder = {
			.by = "alice",
			.reason = "abuse",
			.job = "0123",
			.since = 1700000900,
		},
		.fault = "cut off",
	};
}

/* Of the message above; a number as text, so that the table is one. */
static const struct {
	const char *name;
	const char *value;
	enum qf_part part;
	enum qf_field_type type;
} values[] = {
	{ "id", "4F2A11", QF_PART_NAME, QF_FIELD_TEXT },
	{ "queue", "hold", QF_PART_NAME, QF_FIELD_TEXT },
	{ "instance", "mta1", QF_PART_NAME, QF_FIELD_TEXT },
	{ "path", "hold/4F2A11", QF_PART_NAME, QF_FIELD_TEXT },
	{ "held", "1", QF_PART_NAME, QF_FIELD_BOOLEAN },
	{ "hold.by", "alice", QF_PART_HOLDER, QF_FIELD_TEXT },
	{ "hold.reason", "abuse", QF_PART_HOLDER, QF_FIELD_TEXT },
	{ "hold.since", "1700000900", QF_PART_HOLDER, QF_FIELD_TIME },
	{ "mark", "!#", QF_PART_INODE, QF_FIELD_TEXT },
	{ "next", "1700002000", QF_PART_INODE, QF_FIELD_TIME },
	{ "forced_expire", "1", QF_PART_INODE, QF_FIELD_BOOLEAN },
	{ "size", "77", QF_PART_ENVELOPE, QF_FIELD_SIZE },
	{ "age", "1000", QF_PART_ENVELOPE, QF_FIELD_DURATION },
	{ "arrival", "1700000000", QF_PART_ENVELOPE, QF_FIELD_TIME },
	{ "created", "1700000010", QF_PART_ENVELOPE, QF_FIELD_TIME },
	{ "last", "1700000500", QF_PART_ENVELOPE, QF_FIELD_TIME },
	{ "expires", "1700432010", QF_PART_ENVELOPE, QF_FIELD_TIME },
	{ "sender", "a@example.com", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "sender.local", "a", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "sender.domain", "example.com", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "bounce", "0", QF_PART_ENVELOPE, QF_FIELD_BOOLEAN },
	{ "sasl_user", "tony", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "client.ip", "192.0.2.1", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "client.name", "client.example", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "helo", "helo.example", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "proto", "ESMTP", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "local", "1", QF_PART_ENVELOPE, QF_FIELD_BOOLEAN },
	{ "origin_user", "Tony", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "filter", "smtp:x", QF_PART_RECIPIENTS, QF_FIELD_TEXT },
	{ "encoding", "8bit", QF_PART_RECIPIENTS, QF_FIELD_TEXT },
	{ "envelope_id", "QQ1", QF_PART_ENVELOPE, QF_FIELD_TEXT },
	{ "smtputf8", "0", QF_PART_ENVELOPE, QF_FIELD_BOOLEAN },
	{ "rcpt.count", "3", QF_PART_REASONS, QF_FIELD_NUMBER },
	{ "rcpt.done", "1", QF_PART_RECIPIENTS, QF_FIELD_NUMBER },
	{ "rcpt", "\"b@c\"@example.org", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "rcpt.local", "\"b@c\"", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "rcpt.domain", "example.org", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "rcpt.orig", "B@example.org", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "rcpt.state", "waiting", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "reason", "450 4.4.2 late", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "reason.dsn", "4.4.1", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "reason.code", "450", QF_PART_REASONS, QF_FIELD_NUMBER },
	{ "reason.host", "mx.example.net", QF_PART_REASONS, QF_FIELD_TEXT },
	{ "reason.class", "timeout", QF_PART_CLASSES, QF_FIELD_TEXT },
	{ "broken", "1", QF_PART_REASONS, QF_FIELD_BOOLEAN },
	{ "fault", "cut off", QF_PART_REASONS, QF_FIELD_TEXT },
};

static const struct qf_field *
field(const char *name)
{
	const struct qf_field *found = qf_field_by_name(name, strlen(name));

	ck_assert_msg(found != NULL, "no field %s", name);
	return found;
}

/* "-": it does not know. */
static void
expect(const struct qf_message *m, const char *name, const char *wanted)
{
	const struct qf_field *f = field(name);
	char text[100] = "-";
	int64_t number = 0;

	if (f->type == QF_FIELD_TEXT) {
		struct qf_span span = f->text(m);

		if (span.text != NULL)
			snprintf(text, sizeof(text), "%.*s", (int)span.len,
				 span.text);
	} else if (f->number(m, NOW, &number)) {
		snprintf(text, sizeof(text), "%lld", (long long)number);
	}
	ck_assert_msg(strcmp(text, wanted) == 0, "%s is %s and not %s", name,
		      text, wanted);
}

START_TEST(gives_what_its_name_says)
{
	struct qf_message m = make();
	const struct qf_field *f = field(values[_i].name);

	expect(&m, values[_i].name, values[_i].value);
	ck_assert_int_eq(f->part, values[_i].part);
	ck_assert_int_eq(f->type, values[_i].type);
	ck_assert_str_ne(f->meaning, "");
	ck_assert_int_eq(f->text == NULL, f->type != QF_FIELD_TEXT);
	ck_assert_int_eq(f->number == NULL, f->type == QF_FIELD_TEXT);
	ck_assert(f->rcpt_text == NULL || f->text != NULL);
	ck_assert(f->rcpt_number == NULL || f->number != NULL);
	ck_assert_ptr_nonnull(strstr(f->example, f->name));
	ck_assert_uint_ne(qf_field_parts(f) & f->part, 0);
	ck_assert_uint_ne(qf_field_parts(f) & QF_PART_NAME, 0);
}
END_TEST

START_TEST(the_table_above_has_them_all)
{
	int count = 0;

	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++)
		ck_assert_str_eq(f->name, values[count++].name);
	ck_assert_int_eq(count, COUNT(values));
}
END_TEST

/* A name and a queue are all that is known: the rest is not zero. */
START_TEST(says_when_it_does_not_know)
{
	struct qf_message m = { .id = "A",
				.queue = QF_QUEUE_DEFERRED,
				.parts = QF_PART_NAME };

	for (int i = 0; i < COUNT(values); i++) {
		const char *name = values[i].name;

		if (strcmp(name, "id") == 0)
			expect(&m, name, "A");
		else if (strcmp(name, "queue") == 0)
			expect(&m, name, "deferred");
		else if (strcmp(name, "mark") == 0)
			expect(&m, name, "D");
		else if (strcmp(name, "held") == 0)
			expect(&m, name, "0");
		else
			expect(&m, name, "-");
	}
}
END_TEST

START_TEST(each_queue_has_a_mark)
{
	static const char *const marks[QF_QUEUE_COUNT] = { "M", "*", "I",
							   "D", "!", "C" };

	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		struct qf_message m = { .queue = (enum qf_queue)i };
		char text[3];

		expect(&m, "mark", marks[i]);
		m.forced_expire = true;
		snprintf(text, sizeof(text), "%s#", marks[i]);
		expect(&m, "mark", text);
	}
}
END_TEST

START_TEST(an_address_may_have_no_parts)
{
	struct qf_message m = { .sender = "" };
	struct qf_recipient one = { .address = "user" };

	m.left = &one;
	m.left_count = 1;
	expect(&m, "sender", "");
	expect(&m, "sender.local", "");
	expect(&m, "sender.domain", "-");
	expect(&m, "bounce", "1");
	expect(&m, "rcpt.local", "user");
	expect(&m, "rcpt.domain", "-");
	one.address = "@x";
	expect(&m, "rcpt.local", "");
	expect(&m, "rcpt.domain", "x");
	one.address = "x@";
	expect(&m, "rcpt.domain", "");
}
END_TEST

START_TEST(the_first_recipient_may_be_done)
{
	struct qf_message m = make();

	m.left_count = 0;
	expect(&m, "rcpt", "f@example.com");
	expect(&m, "rcpt.orig", "f@example.com");
	expect(&m, "rcpt.count", "0");
	expect(&m, "reason", "-");
	expect(&m, "reason.dsn", "-");
	m.done_count = 0;
	expect(&m, "rcpt", "-");
	expect(&m, "rcpt.domain", "-");
}
END_TEST

/* From `postqueue -j', which tells less. */
START_TEST(a_listing_tells_less)
{
	struct qf_message m = make();

	m.parts = QF_PART_NAME | QF_PART_ENVELOPE | QF_PART_RECIPIENTS |
		  QF_PART_REASONS;
	m.fault = NULL;
	expect(&m, "forced_expire", "1");
	expect(&m, "local", "-");
	expect(&m, "smtputf8", "-");
	expect(&m, "rcpt.done", "-");
	expect(&m, "broken", "-");
	expect(&m, "rcpt.count", "3");
}
END_TEST

START_TEST(parts_come_with_those_before)
{
	static const struct {
		const char *name;
		unsigned parts;
	} needs[] = {
		{ "id", 1 },
		{ "next", 3 },
		{ "size", 7 },
		{ "rcpt.done", 15 },
		{ "reason", 31 },
		{ "reason.class", 95 },
		/* By message: see a filter. */
		{ "hold.by", 257 },
	};

	for (int i = 0; i < COUNT(needs); i++)
		ck_assert_uint_eq(qf_field_parts(field(needs[i].name)),
				  needs[i].parts);
}
END_TEST

static const struct {
	const char *name;
	const char *nearest;
} mistakes[] = {
	{ "sendr", "sender" },
	{ "sneder", "sender" },
	{ "senders", "sender" },
	{ "reasn", "reason" },
	{ "reason_dsn", "reason.dsn" },
	{ "rcp", "rcpt" },
	{ "siz", "size" },
	{ "xid", "id" },
	/* What it is called elsewhere. */
	{ "from", "sender" },
	{ "to", "rcpt" },
	{ "full_name", "origin_user" },
	{ "sasl_username", "sasl_user" },
	{ "queue_id", "id" },
	{ "delay_reason", "reason" },
	{ "class", "reason.class" },
	{ "hold", "held" },
	{ "held_by", "hold.by" },
	{ "hold_reason", "hold.reason" },
	{ "Rcpt", "rcpt" },
	{ "SENDER", NULL },
	{ "subject", NULL },
	{ "zz", NULL },
	{ "", NULL },
	{ "a_name_that_is_much_too_long", NULL },
};

START_TEST(guesses_what_was_meant)
{
	const char *name = mistakes[_i].name;
	const char *nearest = qf_field_nearest(name, strlen(name));

	ck_assert_ptr_null(qf_field_by_name(name, strlen(name)));
	if (mistakes[_i].nearest == NULL)
		ck_assert_msg(nearest == NULL, "%s: %s", name, nearest);
	else
		ck_assert_msg(nearest != NULL &&
				      strcmp(nearest, mistakes[_i].nearest) ==
					      0,
			      "%s: %s", name, nearest);
}
END_TEST

/* Names are pieces of a longer text. */
START_TEST(a_name_ends_where_it_is_told)
{
	ck_assert_str_eq(qf_field_by_name("rcpt.domain", 4)->name, "rcpt");
	ck_assert_str_eq(qf_field_by_name("sizes", 4)->name, "size");
	ck_assert_ptr_null(qf_field_by_name("size", 3));
	ck_assert_ptr_null(qf_field_by_name("size", 0));
	ck_assert_str_eq(qf_field_nearest("sizzXXX", 4), "size");
}
END_TEST

/* A field of recipients has a value for each of them. */
static const struct {
	const char *name;
	const char *values[4]; /* of those above, done last; "-": none */
} of_recipients[] = {
	{ "rcpt",
	  { "\"b@c\"@example.org", "d@example.net", "e@example.net",
	    "f@example.com" } },
	{ "rcpt.local", { "\"b@c\"", "d", "e", "f" } },
	{ "rcpt.domain",
	  { "example.org", "example.net", "example.net", "example.com" } },
	/* Where nothing else is known it is still what it was. */
	{ "rcpt.orig",
	  { "B@example.org", "d@example.net", "e@example.net",
	    "f@example.com" } },
	{ "rcpt.state", { "waiting", "deferred", "deferred", "done" } },
	{ "reason", { "-", "450 4.4.2 late", "second", "-" } },
	{ "reason.dsn", { "-", "4.4.1", "-", "-" } },
	{ "reason.code", { "-", "450", "-", "-" } },
	{ "reason.host", { "-", "mx.example.net", "-", "-" } },
	{ "reason.class", { "-", "timeout", "-", "-" } },
};

static void
expect_of(const struct qf_recipient *r, const char *name, const char *wanted)
{
	const struct qf_field *f = field(name);
	char text[100] = "-";
	int64_t number = 0;

	if (f->type == QF_FIELD_TEXT) {
		struct qf_span span = f->rcpt_text(r);

		if (span.text != NULL)
			snprintf(text, sizeof(text), "%.*s", (int)span.len,
				 span.text);
	} else if (f->rcpt_number(r, &number)) {
		snprintf(text, sizeof(text), "%lld", (long long)number);
	}
	ck_assert_msg(strcmp(text, wanted) == 0, "%s of %s is %s and not %s",
		      name, r->address, text, wanted);
}

START_TEST(each_recipient_has_a_value)
{
	const char *name = of_recipients[_i].name;

	for (int i = 0; i < COUNT(left); i++)
		expect_of(&left[i], name, of_recipients[_i].values[i]);
	expect_of(&done[0], name, of_recipients[_i].values[3]);
}
END_TEST

START_TEST(no_other_field_is_of_recipients)
{
	int count = 0;

	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++)
		count += f->rcpt_text != NULL || f->rcpt_number != NULL;
	ck_assert_int_eq(count, COUNT(of_recipients));
}
END_TEST

/* A log may lack what the text tells. */
START_TEST(the_text_tells_what_a_log_does_not)
{
	struct qf_recipient r = {
		.state = QF_RECIPIENT_DEFERRED,
		.address = "a@b",
		.reason = "host mx.example.org[192.0.2.1] said: 451 4.7.1 Later"
	};

	expect_of(&r, "reason.dsn", "4.7.1");
	expect_of(&r, "reason.host", "mx.example.org");
	expect_of(&r, "reason.code", "451");
	r.dsn = "4.0.0";
	r.mta = "other.example";
	expect_of(&r, "reason.dsn", "4.0.0");
	expect_of(&r, "reason.host", "other.example");
}
END_TEST

/* Where there are few values the table has them all, in their order. */
START_TEST(few_values_are_all_there)
{
	const char *const *queues = field("queue")->values;
	const char *const *states = field("rcpt.state")->values;
	const char *const *classes = field("reason.class")->values;
	int count = 0;

	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++)
		ck_assert_str_eq(*queues++, qf_queue_name((enum qf_queue)i));
	ck_assert_ptr_null(*queues);
	for (unsigned i = 0; i < QF_RECIPIENT_STATE_COUNT; i++)
		ck_assert_str_eq(*states++, qf_recipient_state_name((
						    enum qf_recipient_state)i));
	ck_assert_ptr_null(*states);
	for (unsigned i = QF_REASON_NONE + 1; i < QF_REASON_CLASS_COUNT; i++)
		ck_assert_str_eq(*classes++,
				 qf_reason_class_name((enum qf_reason_class)i));
	ck_assert_ptr_null(*classes);
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++)
		count += f->values != NULL;
	ck_assert_int_eq(count, 3);
}
END_TEST

/* Texts are compared in the form that fits what they are. */
static const struct {
	const char *name;
	enum qf_field_form form;
} forms[] = {
	{ "id", QF_FORM_EXACT },
	{ "path", QF_FORM_EXACT },
	{ "mark", QF_FORM_EXACT },
	{ "sender", QF_FORM_ADDRESS },
	{ "sender.domain", QF_FORM_DOMAIN },
	{ "client.ip", QF_FORM_IP },
	{ "client.name", QF_FORM_DOMAIN },
	{ "helo", QF_FORM_DOMAIN },
	{ "rcpt", QF_FORM_ADDRESS },
	{ "rcpt.domain", QF_FORM_DOMAIN },
	{ "rcpt.orig", QF_FORM_ADDRESS },
	{ "reason.host", QF_FORM_DOMAIN },
};

START_TEST(other_texts_are_plain)
{
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++) {
		enum qf_field_form form = QF_FORM_PLAIN;

		for (int i = 0; i < COUNT(forms); i++) {
			if (strcmp(forms[i].name, f->name) == 0)
				form = forms[i].form;
		}
		ck_assert_msg(f->form == form, "%s", f->name);
	}
}
END_TEST

/* These Postfix tells everybody; see the manual page of postqueue(1). */
static const char *const told[] = {
	"id",	       "queue",		"instance",	"held",
	"mark",	       "forced_expire", "size",		"age",
	"arrival",     "sender",	"sender.local", "sender.domain",
	"bounce",      "rcpt.count",	"rcpt",		"rcpt.local",
	"rcpt.domain", "rcpt.state",	"reason",	"reason.code",
	"reason.host", "reason.class",
};

START_TEST(the_rest_is_in_the_spool_alone)
{
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++) {
		bool is_told = false;

		for (int i = 0; i < COUNT(told); i++)
			is_told = is_told || strcmp(told[i], f->name) == 0;
		ck_assert_msg(f->spool_only == !is_told, "%s", f->name);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("field");
	TCase *tc = tcase_create("field");

	tcase_add_loop_test(tc, gives_what_its_name_says, 0, COUNT(values));
	tcase_add_test(tc, the_table_above_has_them_all);
	tcase_add_test(tc, says_when_it_does_not_know);
	tcase_add_test(tc, each_queue_has_a_mark);
	tcase_add_test(tc, an_address_may_have_no_parts);
	tcase_add_test(tc, the_first_recipient_may_be_done);
	tcase_add_test(tc, a_listing_tells_less);
	tcase_add_test(tc, parts_come_with_those_before);
	tcase_add_loop_test(tc, guesses_what_was_meant, 0, COUNT(mistakes));
	tcase_add_test(tc, a_name_ends_where_it_is_told);
	tcase_add_loop_test(tc, each_recipient_has_a_value, 0,
			    COUNT(of_recipients));
	tcase_add_test(tc, no_other_field_is_of_recipients);
	tcase_add_test(tc, the_text_tells_what_a_log_does_not);
	tcase_add_test(tc, few_values_are_all_there);
	tcase_add_test(tc, other_texts_are_plain);
	tcase_add_test(tc, the_rest_is_in_the_spool_alone);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
