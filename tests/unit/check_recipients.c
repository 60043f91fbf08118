/*
 * check_recipients.c - what a log says comes first, then who is left in the
 * queue file, as showq(8) has it.
 */
#include "queue-format/postfix/recipients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_recipients *recipients;
static struct qf_arena arena;
static struct qf_error err;
static struct qf_message message;
static struct qf_envelope envelope;
static struct qf_envelope_recipient in_file[100];

#define ID  "1E240315"
#define LOG "defer/1/1E240315"

static void
begin(void)
{
	scratch_new();
	scratch_directory("deferred");
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	config.directory = strdup("/etc/postfix");
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	message = (struct qf_message){ .id = ID };
	envelope =
		(struct qf_envelope){ .sender = "a@b", .recipients = in_file };
}

static void
end(void)
{
	qf_recipients_free(recipients);
	recipients = NULL;
	qf_spool_close(spool);
	qf_config_free(&config);
	qf_arena_free(&arena);
}

static void
put_recipient(const char *address, const char *original, bool done)
{
	in_file[envelope.recipient_count++] = (struct qf_envelope_recipient){
		.address = address, .original = original, .done = done
	};
}

static void
put_log(const char *text)
{
	scratch_text(LOG, text, 0600);
}

static void
fill(bool as_showq, bool reasons)
{
	enum qf_status status;

	qf_recipients_free(recipients);
	recipients = qf_recipients_new(spool, as_showq, NULL);
	ck_assert_ptr_nonnull(recipients);
	status = qf_recipients_fill(recipients, &arena, &envelope, &message,
				    reasons, &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

/* "deferred b@c: reason; waiting d@e" */
static const char *
listed(const struct qf_recipient *list, size_t count)
{
	static const char *const states[] = { "waiting", "deferred", "bounced",
					      "done" };
	static char text[5000];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && len < 4000; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%s %s%s%s%s%s",
			i == 0 ? "" : "; ", states[list[i].state],
			list[i].address,
			list[i].original == NULL ? "" : " for ",
			list[i].original == NULL ? "" : list[i].original,
			list[i].reason == NULL ? "" : ": ",
			list[i].reason == NULL ? "" : list[i].reason);
	return text;
}

static void
expect_left(const char *wanted)
{
	ck_assert_str_eq(listed(message.left, message.left_count), wanted);
}

static void
expect_done(const char *wanted)
{
	ck_assert_str_eq(listed(message.done, message.done_count), wanted);
}

START_TEST(without_a_log_all_wait)
{
	put_recipient("b@c", "B@c", false);
	put_recipient("d@c", NULL, true);
	put_recipient("e@c", "", false);
	put_recipient("e@c", NULL, false);
	fill(_i % 2 == 0, _i / 2 == 0);
	expect_left(_i % 2 == 0 ? "waiting b@c for B@c; "
				  "waiting e@c for \"\"; waiting e@c"
				: "waiting b@c for B@c; waiting e@c for ; "
				  "waiting e@c");
	expect_done("done d@c");
	ck_assert_ptr_null(message.fault);
	ck_assert_uint_ne(message.parts & QF_PART_DONE, 0);
}
END_TEST

START_TEST(the_log_comes_first)
{
	put_recipient("first@c", NULL, false);
	put_recipient("b@c", "B@c", false);
	put_recipient("done@c", NULL, true);
	put_recipient("d@c", NULL, false);
	put_log("\n<d@c>: late\nrecipient=d@c\nstatus=4.1.2\n"
		"action=delayed\nmta_mname=mx.c\nreason=late\n\n"
		"\n<b@c>: early\nrecipient=b@c\noriginal_recipient=BB@c\n\n");
	fill(_i == 0, true);
	expect_left("deferred d@c: late; deferred b@c for BB@c: early; "
		    "waiting first@c");
	expect_done("done done@c");
	ck_assert_str_eq(message.left[0].dsn, "4.1.2");
	ck_assert_str_eq(message.left[0].mta, "mx.c");
	ck_assert_ptr_null(message.left[1].dsn);
	ck_assert_ptr_null(message.left[1].mta);

	fill(_i == 0, false);
	expect_left("waiting first@c; waiting b@c for B@c; waiting d@c");
	expect_done("done done@c");
}
END_TEST

/*
 * Entries are not told apart, nor are they in the file; who has one is left
 * out of the file's, all of them.  An entry may be older than the file.
 */
START_TEST(duplicates_are_as_in_postfix)
{
	put_recipient("b@c", NULL, false);
	put_recipient("B@c", NULL, false);
	put_recipient("b@c", NULL, false);
	put_recipient("d@c", NULL, false);
	put_recipient("d@c", NULL, false);
	put_recipient("b@c", NULL, true);
	put_log("\n<b@c>: one\n\n\n<b@c>: two\n\n\n<gone@c>: three\n\n");
	fill(_i == 0, true);
	expect_left("deferred b@c: one; deferred b@c: two; "
		    "deferred gone@c: three; waiting B@c; waiting d@c; "
		    "waiting d@c");
	expect_done("done b@c");
}
END_TEST

/* A log has addresses quoted, and without unprintable bytes. */
START_TEST(addresses_match_as_they_are_shown)
{
	put_recipient("a b@c", NULL, false);
	put_recipient("x\x01y@c", NULL, false);
	put_recipient("bad\xff@c", NULL, false);
	put_recipient("d\x7f@c", NULL, false);
	put_recipient("j\xc3\xb6rg@c", NULL, false);
	put_log("<\"a b\"@c>: 1\n\n<\"x?y\"@c>: 2\n\n<bad?@c>: 3\n\n"
		"<\"d?\"@c>: 5\n\n<j\xc3\xb6rg@c>: 4\n\n");
	fill(_i == 0, true);
	expect_left("deferred \"a b\"@c: 1; deferred \"x?y\"@c: 2; "
		    "deferred bad?@c: 3; deferred \"d?\"@c: 5; deferred "
		    "j\xc3\xb6rg@c: 4");
}
END_TEST

START_TEST(as_showq_replaces_bytes)
{
	put_recipient("x\x01y@c", "o\tp@c", false);
	put_recipient("bad\xff@c", NULL, true);
	put_log("recipient=l\x02@c\noriginal_recipient=m\x03@c\n"
		"reason=tab\there \x1b[2J \xff\n\n");
	fill(true, true);
	expect_left("deferred l?@c for m?@c: tab?here ?[2J ?; "
		    "waiting \"x?y\"@c for \"o?p\"@c");
	expect_done("done bad?@c");

	fill(false, true);
	expect_left("deferred l\x02@c for m\x03@c: tab\there \x1b[2J \xff; "
		    "waiting \"x\x01y\"@c for \"o\tp\"@c");
	expect_done("done bad\xff@c");
}
END_TEST

START_TEST(as_showq_without_smtputf8)
{
	config.smtputf8 = false;
	put_recipient("j\xc3\xb6rg@c", NULL, false);
	put_log("<\xc3\xa9@c>: \xe2\x82\xac\n\n");
	fill(true, true);
	expect_left("deferred ??@c: ???; waiting j??rg@c");
	fill(false, true);
	expect_left("deferred \xc3\xa9@c: \xe2\x82\xac; "
		    "waiting j\xc3\xb6rg@c");
}
END_TEST

START_TEST(the_null_recipient_has_a_name)
{
	const char *address = NULL;

	put_recipient("", NULL, false);
	put_log("<>: old form\n\nrecipient=<>\nreason=new form\n\n");
	fill(true, true);
	expect_left("deferred (MAILER-DAEMON): old form; "
		    "deferred <>: new form; waiting MAILER-DAEMON");
	fill(false, true);
	expect_left("deferred (MAILER-DAEMON): old form; "
		    "deferred <>: new form; waiting ");

	free(config.empty_address);
	config.empty_address = strdup("no body");
	fill(true, false);
	expect_left("waiting \"no body\"");
	ck_assert_int_eq(
		qf_recipients_address(recipients, &arena, "", &address, &err),
		QF_OK);
	ck_assert_str_eq(address, "\"no body\"");
}
END_TEST

/* duplicate_filter_limit: after so many names showq(8) forgets. */
START_TEST(as_showq_remembers_so_many_names)
{
	config.duplicate_filter_limit = 2;
	put_recipient("1@c", NULL, false);
	put_recipient("2@c", NULL, false);
	put_recipient("3@c", NULL, false);
	put_log("<1@c>: x\n\n<1@c>: x\n\n<2@c>: x\n\n<3@c>: x\n\n");
	fill(true, true);
	expect_left("deferred 1@c: x; deferred 1@c: x; deferred 2@c: x; "
		    "deferred 3@c: x; waiting 3@c");
	fill(false, true);
	expect_left("deferred 1@c: x; deferred 1@c: x; deferred 2@c: x; "
		    "deferred 3@c: x");
	config.duplicate_filter_limit = 0;
	fill(true, true);
	expect_left("deferred 1@c: x; deferred 1@c: x; deferred 2@c: x; "
		    "deferred 3@c: x");
}
END_TEST

/* Since 3.11 the bounce log is read, too. */
START_TEST(bounces_are_listed_since_3_11)
{
	put_recipient("b@c", NULL, false);
	put_recipient("d@c", NULL, true);
	put_log("<b@c>: late\n\n");
	scratch_text("bounce/" ID, "<d@c>: never\n\n", 0600);
	config.minor = 10;
	fill(_i == 0, true);
	expect_left("deferred b@c: late");
	config.minor = 11;
	fill(_i == 0, true);
	expect_left("deferred b@c: late; bounced d@c: never");
	expect_done("done d@c");
}
END_TEST

START_TEST(a_long_id_has_its_log_elsewhere)
{
	message.id = "4SVLCh75plzyN2";
	scratch_text("defer/F/4SVLCh75plzyN2", "<b@c>: late\n\n", 0600);
	fill(true, true);
	expect_left("deferred b@c: late");
}
END_TEST

/* showq(8) looks for a log when it has seen the sender, not before. */
START_TEST(without_a_sender_there_is_no_log)
{
	envelope.sender = NULL;
	put_log("<b@c>: late\n\n");
	fill(true, true);
	expect_left("");
}
END_TEST

static void
expect_fault(const char *text, off_t offset)
{
	ck_assert_ptr_nonnull(message.fault);
	ck_assert_str_eq(message.fault, text);
	ck_assert_int_eq(message.fault_offset, offset);
}

START_TEST(a_malformed_log_is_a_fault)
{
	put_recipient("d@c", NULL, false);
	put_log("<b@c>: late\n\nno name\n<e@c>: later\n\nbad\n");
	fill(true, true);
	expect_left("deferred b@c: late; deferred e@c: later; waiting d@c");
	expect_fault(LOG ": malformed line", 13);
}
END_TEST

START_TEST(a_log_with_a_line_without_end)
{
	char *text = malloc(1100000);

	memset(text, 'x', 1100000);
	memcpy(text, "<b@c>: late\n\n", 13);
	scratch_file(LOG, text, 1100000, 0600);
	free(text);
	put_recipient("d@c", NULL, false);
	fill(true, true);
	expect_left("deferred b@c: late; waiting d@c");
	expect_fault(LOG ": line of more than 1 MB", 13);
}
END_TEST

START_TEST(a_log_that_is_no_log)
{
	put_recipient("d@c", NULL, false);
	if (_i == 0) {
		scratch_directory(LOG);
	} else {
		scratch_directory("defer/1");
		ck_assert_int_eq(symlink("/etc/passwd", scratch_path(LOG)), 0);
	}
	fill(true, true);
	expect_left("waiting d@c");
	if (_i == 0)
		expect_fault(LOG ": cannot read: Is a directory", -1);
	else
		expect_fault(LOG ": a symbolic link", -1);
}
END_TEST

START_TEST(the_first_fault_is_kept)
{
	message.fault = "cut off";
	message.fault_offset = 7;
	put_log("malformed\n");
	fill(true, true);
	expect_fault("cut off", 7);
}
END_TEST

/* What one message had is nothing to the next. */
START_TEST(serves_many_messages)
{
	put_recipient("b@c", NULL, false);
	put_log("<b@c>: late\n\n");
	fill(true, true);
	expect_left("deferred b@c: late");
	message = (struct qf_message){ .id = "2E240315" };
	ck_assert_int_eq(qf_recipients_fill(recipients, &arena, &envelope,
					    &message, true, &err),
			 QF_OK);
	expect_left("waiting b@c");
	qf_recipients_free(NULL);
}
END_TEST

START_TEST(holds_many_recipients)
{
	static struct qf_envelope_recipient many[3000];
	static char names[3000][20];

	for (int i = 0; i < 3000; i++) {
		snprintf(names[i], sizeof(names[i]), "u%d@c", i);
		many[i].address = names[i];
		many[i].done = i % 3 == 0;
	}
	envelope.recipients = many;
	envelope.recipient_count = 3000;
	put_log("<u5@c>: x\n\n");
	fill(true, true);
	ck_assert_uint_eq(message.left_count, 2000);
	ck_assert_uint_eq(message.done_count, 1000);
	ck_assert_str_eq(message.left[0].address, "u5@c");
	ck_assert_str_eq(message.left[1].address, "u1@c");
	ck_assert_str_eq(message.left[4].address, "u7@c");
	ck_assert_str_eq(message.left[1999].address, "u2999@c");
	ck_assert_str_eq(message.done[999].address, "u2997@c");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("recipients");
	TCase *tc = tcase_create("recipients");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, without_a_log_all_wait, 0, 4);
	tcase_add_loop_test(tc, the_log_comes_first, 0, 2);
	tcase_add_loop_test(tc, duplicates_are_as_in_postfix, 0, 2);
	tcase_add_loop_test(tc, addresses_match_as_they_are_shown, 0, 2);
	tcase_add_test(tc, as_showq_replaces_bytes);
	tcase_add_test(tc, as_showq_without_smtputf8);
	tcase_add_test(tc, the_null_recipient_has_a_name);
	tcase_add_test(tc, as_showq_remembers_so_many_names);
	tcase_add_loop_test(tc, bounces_are_listed_since_3_11, 0, 2);
	tcase_add_test(tc, a_long_id_has_its_log_elsewhere);
	tcase_add_test(tc, without_a_sender_there_is_no_log);
	tcase_add_test(tc, a_malformed_log_is_a_fault);
	tcase_add_test(tc, a_log_with_a_line_without_end);
	tcase_add_loop_test(tc, a_log_that_is_no_log, 0, 2);
	tcase_add_test(tc, the_first_fault_is_kept);
	tcase_add_test(tc, serves_many_messages);
	tcase_add_test(tc, holds_many_recipients);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
