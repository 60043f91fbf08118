/*
 * ask.c - questions in the selection language, for the tests of it.
 */
#include "ask.h"

#include <string.h>

#include "unit.h"

struct qf_query_options
ask_options(void)
{
	return (struct qf_query_options){ .now = ASK_NOW, .utc = true };
}

struct qf_query *
ask_new_with(const char *text, const struct qf_query_options *options)
{
	struct qf_query *query = NULL;
	struct qf_query_mistake mistake;
	enum qf_status status = qf_query_parse(text, options, &query, &mistake);

	ck_assert_msg(status == QF_OK, "\"%s\": %s (at %zu, %zu bytes)", text,
		      mistake.text, mistake.offset, mistake.len);
	ck_assert_ptr_nonnull(query);
	return query;
}

struct qf_query *
ask_new(const char *text)
{
	struct qf_query_options options = ask_options();

	return ask_new_with(text, &options);
}

enum qf_verdict
ask(const char *text, const struct qf_message *message)
{
	struct qf_query *query = ask_new(text);
	enum qf_verdict verdict = qf_query_test(query, message);

	qf_query_free(query);
	return verdict;
}

void
ask_refused_with(const char *text, const struct qf_query_options *options,
		 struct qf_query_mistake *mistake)
{
	struct qf_query *query = NULL;

	ck_assert_msg(qf_query_parse(text, options, &query, mistake) ==
			      QF_INVALID,
		      "\"%s\" is taken", text);
	ck_assert_ptr_null(query);
}

void
ask_refused(const char *text, const char *wanted, size_t offset, size_t len)
{
	struct qf_query_options options = ask_options();
	struct qf_query_mistake mistake;

	ask_refused_with(text, &options, &mistake);
	ck_assert_msg(strcmp(mistake.text, wanted) == 0,
		      "\"%s\": it says \"%s\", wanted is \"%s\"", text,
		      mistake.text, wanted);
	ck_assert_msg(mistake.offset == offset && mistake.len == len,
		      "\"%s\": at %zu, %zu bytes; wanted is at %zu, %zu bytes",
		      text, mistake.offset, mistake.len, offset, len);
	ck_assert_ptr_eq(mistake.expression, text);
	ck_assert_str_eq(mistake.name, "");
}

/* Before and after the log was read. */
static const struct qf_recipient names[] = {
	{ .address = "Ann@Example.org", .original = "staff@example.org" },
	{ .address = "bob@mail.example.net" },
	{ .address = "eve@example.com" },
};

static const struct qf_recipient reasons[] = {
	{ .address = "Ann@Example.org", .original = "staff@example.org" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "bob@mail.example.net",
	  .reason = "connect to mx.example.net[192.0.2.25]:25: "
		    "Connection timed out",
	  .dsn = "4.4.1" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "eve@example.com",
	  .reason = "host mx.example.com[192.0.2.26] said: "
		    "450 4.2.0 Greylisted",
	  .dsn = "4.2.0",
	  .mta = "mx.example.com" },
};

static const struct qf_recipient classes[] = {
	{ .address = "Ann@Example.org", .original = "staff@example.org" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .reason_class = QF_REASON_TIMEOUT,
	  .address = "bob@mail.example.net",
	  .reason = "connect to mx.example.net[192.0.2.25]:25: "
		    "Connection timed out",
	  .dsn = "4.4.1" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .reason_class = QF_REASON_GREYLIST,
	  .address = "eve@example.com",
	  .reason = "host mx.example.com[192.0.2.26] said: "
		    "450 4.2.0 Greylisted",
	  .dsn = "4.2.0",
	  .mta = "mx.example.com" },
};

static const struct qf_recipient done[] = {
	{ .state = QF_RECIPIENT_DONE, .address = "carl@done.example" },
};

static void
add_envelope(struct qf_message *m)
{
	m->parts |= QF_PART_ENVELOPE;
	m->size = 10 * 1024 + 5;
	m->arrival = ASK_NOW - 2 * 86400 - 3600;
	m->created = m->arrival + 1;
	m->last = ASK_NOW - 600;
	m->expires = m->created + 5 * 86400;
	m->sender = "Tony@Mail.Example.org";
	m->origin = (struct qf_origin){
		.client_name = "client.example.net",
		.client_address = "192.0.2.77",
		.helo = "helo",
		.protocol = "ESMTPSA",
		.sasl_user = "tony",
		.filter = "smtp:[127.0.0.1]:10025",
		.encoding = "8bit",
	};
}

struct qf_message
ask_message_at(enum qf_part part)
{
	struct qf_message m = { .parts = QF_PART_NAME,
				.id = "4F2A11bC",
				.queue = QF_QUEUE_DEFERRED,
				.place = "deferred/4/4F2A11bC",
				.fault_offset = -1 };

	if (part >= QF_PART_INODE) {
		m.parts |= QF_PART_INODE;
		m.inode = 77;
		m.file_size = 11000;
		m.next = ASK_NOW + 1800;
	}
	if (part >= QF_PART_ENVELOPE)
		add_envelope(&m);
	if (part >= QF_PART_RECIPIENTS) {
		m.parts |= QF_PART_RECIPIENTS | QF_PART_DONE;
		m.left = names;
		m.left_count = COUNT(names);
		m.done = done;
		m.done_count = COUNT(done);
	}
	if (part >= QF_PART_REASONS) {
		m.parts |= QF_PART_REASONS;
		m.left = reasons;
	}
	if (part == QF_PART_CLASSES) {
		m.parts |= QF_PART_CLASSES;
		m.left = classes;
	}
	return m;
}

struct qf_message
ask_message(void)
{
	return ask_message_at(QF_PART_CLASSES);
}
