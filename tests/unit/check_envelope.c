/*
 * check_envelope.c - what is known of a message is what its records say, and
 * a damaged file gives what stands before the damage.  The values of single
 * records are in check_envelope_value.c.
 */
#include "queue-format/postfix/envelope.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_reader *reader;
static struct qf_arena arena;
static struct qf_envelope env;
static struct qf_error err;
static struct sample file;
static int fd = -1;

static void
begin(void)
{
	reader = qf_reader_new();
	ck_assert_ptr_nonnull(reader);
}

static void
end(void)
{
	qf_reader_free(reader);
	qf_arena_free(&arena);
	sample_free(&file);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static enum qf_status
read_cut(enum qf_envelope_depth depth, size_t cut)
{
	if (fd >= 0)
		close(fd);
	fd = bytes_fd(file.data, cut);
	qf_reader_start(reader, fd, (off_t)cut, false);
	qf_arena_empty(&arena, 0);
	memset(&env, 'x', sizeof(env));
	err = (struct qf_error){ .text = "" };
	return qf_envelope_read(reader, depth, &arena, &env, &err);
}

static void
expect_read(enum qf_envelope_depth depth)
{
	enum qf_status status = read_cut(depth, file.len);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

static void
expect_damage(off_t offset, const char *says)
{
	ck_assert_int_eq(read_cut(QF_ENVELOPE_RECIPIENTS, file.len),
			 QF_CORRUPT);
	ck_assert_str_eq(err.text, says);
	ck_assert_int_eq(err.offset, offset);
}

static void
put(int type, const char *text)
{
	sample_text(&file, type, text);
}

static void
put_recipient(const char *original, int type, const char *address)
{
	put('O', original);
	put(type, address);
}

/* Six numbers of fixed width, as cleanup(8) writes them since 3.0. */
static void
put_size(long size, long offset)
{
	char text[100];

	snprintf(text, sizeof(text), "%15ld %15ld %15d %15d %15ld %15d", size,
		 offset, 3, 0, size, 1);
	ck_assert_uint_eq(strlen(text), 95);
	put('C', text);
}

/* The records of a message that came by SMTP; where its parts begin. */
static struct {
	off_t sender, first_recipient, message, content, extracted, end;
} at;

static void
make_file(void)
{
	size_t size;

	put_size(0, 0);
	put('T', "1700000000 123456");
	put('A', "create_time=1700000001");
	put('L', "smtp:[127.0.0.1]:10025");
	put('A', "log_ident=3A01F");
	put('A', "rewrite_context=remote");
	put('A', "sasl_method=plain");
	put('A', "sasl_username=tony");
	put('A', "sasl_sender=t@example.com");
	put('A', "envelope_id=QQ314159");
	put('A', "ret_flags=1");
	put('F', "Tony Example");
	at.sender = sample_text(&file, 'S', "a@example.com");
	put('A', "encoding=8bit");
	put('A', "client_name=real.example");
	put('A', "log_client_name=client.example");
	put('A', "log_client_address=192.0.2.1");
	put('A', "client_address=127.0.0.1");
	put('A', "log_helo_name=helo.example");
	put('A', "log_protocol_name=ESMTP");
	put('W', "     1700014400");
	put('A', "dsn_orig_rcpt=rfc822;B@example.com");
	at.first_recipient = (off_t)file.len;
	put_recipient("B@example.com", 'R', "b@example.com");
	put_recipient("c@example.com", 'D', "c@example.com");
	at.message = sample_text(&file, 'M', "");
	at.content = (off_t)file.len;
	put('N', "Subject: x");
	put('N', "");
	put('L', "not a filter");
	put('N', "R");
	at.extracted = sample_text(&file, 'X', "");
	size = (size_t)(at.extracted - at.content);
	put('>', "redirect@example.com");
	put('A', "message_id=<1@example.com>");
	put_recipient("d@example.com", 'R', "D@example.com");
	put('/', "canceled@example.com");
	at.end = sample_text(&file, 'E', "");
	/* In its place, as cleanup(8) does. */
	snprintf((char *)file.data + 2, 32, "%15ld %15ld", (long)size,
		 (long)at.content);
	file.data[33] = ' ';
}

static void
expect_recipient(size_t i, const char *original, const char *address, bool done)
{
	const struct qf_envelope_recipient *recipient = &env.recipients[i];

	ck_assert_uint_lt(i, env.recipient_count);
	ck_assert_str_eq(recipient->address, address);
	if (original == NULL)
		ck_assert_ptr_null(recipient->original);
	else
		ck_assert_str_eq(recipient->original, original);
	ck_assert_int_eq(recipient->done, done);
	ck_assert_int_eq(file.data[recipient->offset], done ? 'D' : 'R');
	ck_assert_mem_eq(file.data + recipient->offset + 2, address,
			 strlen(address));
}

static void
expect_sender_part(void)
{
	ck_assert(env.has_size);
	ck_assert_int_eq(env.size, at.extracted - at.content);
	ck_assert_int_eq(env.content_offset, at.content);
	ck_assert_uint_eq(env.options, 1);
	ck_assert_int_eq(env.arrival, 1700000000);
	ck_assert_uint_eq(env.arrival_usec, 123456);
	ck_assert_int_eq(env.created, 1700000001);
	ck_assert_int_eq(env.warn, 1700014400);
	ck_assert_str_eq(env.sender, "a@example.com");
	ck_assert_str_eq(env.full_name, "Tony Example");
	ck_assert_str_eq(env.filter, "smtp:[127.0.0.1]:10025");
	ck_assert_str_eq(env.attributes[QF_ATTR_CLIENT_NAME], "client.example");
	ck_assert_str_eq(env.attributes[QF_ATTR_CLIENT_ADDRESS], "192.0.2.1");
	ck_assert_str_eq(env.attributes[QF_ATTR_HELO], "helo.example");
	ck_assert_str_eq(env.attributes[QF_ATTR_PROTOCOL], "ESMTP");
	ck_assert_str_eq(env.attributes[QF_ATTR_SASL_METHOD], "plain");
	ck_assert_str_eq(env.attributes[QF_ATTR_SASL_USER], "tony");
	ck_assert_str_eq(env.attributes[QF_ATTR_SASL_SENDER], "t@example.com");
	ck_assert_str_eq(env.attributes[QF_ATTR_ENCODING], "8bit");
	ck_assert_str_eq(env.attributes[QF_ATTR_ENVELOPE_ID], "QQ314159");
	ck_assert_str_eq(env.attributes[QF_ATTR_ORIGIN], "remote");
	ck_assert_str_eq(env.attributes[QF_ATTR_LOG_ID], "3A01F");
}

START_TEST(reads_a_whole_envelope)
{
	make_file();
	expect_read(QF_ENVELOPE_RECIPIENTS);
	expect_sender_part();
	ck_assert_str_eq(env.redirect, "redirect@example.com");
	ck_assert_str_eq(env.attributes[QF_ATTR_MESSAGE_ID], "<1@example.com>");
	ck_assert_uint_eq(env.recipient_count, 3);
	expect_recipient(0, "B@example.com", "b@example.com", false);
	expect_recipient(1, "c@example.com", "c@example.com", true);
	expect_recipient(2, "d@example.com", "D@example.com", false);
	ck_assert_int_eq(qf_reader_tell(reader), at.end + 2);
}
END_TEST

START_TEST(stops_before_the_recipients)
{
	make_file();
	expect_read(QF_ENVELOPE_SENDER);
	expect_sender_part();
	ck_assert_ptr_null(env.redirect);
	ck_assert_uint_eq(env.recipient_count, 0);
	ck_assert_int_le(qf_reader_tell(reader), at.first_recipient + 15);

	/* What is behind does not matter then. */
	file.data[at.message] = 'S';
	expect_read(QF_ENVELOPE_SENDER);
	expect_sender_part();
}
END_TEST

/* No recipients in front of the content (sendmail -t): it stops there. */
START_TEST(stops_before_the_content)
{
	put_size(100000, 999);
	put('T', "1");
	put('S', "a");
	put('M', "");
	put('N', "never read");
	expect_read(QF_ENVELOPE_SENDER);
	ck_assert_str_eq(env.sender, "a");
	ck_assert_int_le(qf_reader_tell(reader), 97 + 3 + 3 + 2);
}
END_TEST

/* Up to where a file was cut off all is there that stands in it. */
START_TEST(gives_what_stands_before_a_cut)
{
	make_file();
	for (size_t cut = 0; cut < file.len; cut++) {
		enum qf_status status = read_cut(QF_ENVELOPE_RECIPIENTS, cut);
		size_t recipients = 0;
		bool in_content =
			(off_t)cut >= at.content && (off_t)cut <= at.extracted;

		ck_assert_int_eq(status, QF_CORRUPT);
		ck_assert_int_ge(err.offset, 0);
		ck_assert_int_le(err.offset, (off_t)cut);
		if (cut == 0 || in_content)
			ck_assert_str_eq(err.text, "no end record: cut off");
		else
			ck_assert_ptr_nonnull(strstr(err.text, " "));
		ck_assert_int_eq(env.has_size, cut >= 97);
		ck_assert_int_eq(env.sender != NULL,
				 (off_t)cut >= at.sender + 15);
		for (off_t i = 0; i + 15 <= (off_t)cut; i++) {
			bool is_one =
				memcmp(file.data + i, "R\015b@", 4) == 0 ||
				memcmp(file.data + i, "D\015c@", 4) == 0 ||
				memcmp(file.data + i, "R\015D@", 4) == 0;

			recipients += is_one;
		}
		ck_assert_uint_eq(env.recipient_count, recipients);
	}
}
END_TEST

/* L in the content is text.  Without a size the content is read. */
START_TEST(a_content_is_no_envelope)
{
	put('S', "a");
	put_recipient("b", 'R', "b");
	put('M', "");
	put('L', "not:afilter");
	put('N', "not a header");
	put('A', "sasl_username=nobody");
	put('X', "");
	put_recipient("c", 'R', "c");
	put('E', "");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_ptr_null(env.filter);
	ck_assert_ptr_null(env.attributes[QF_ATTR_SASL_USER]);
	ck_assert_uint_eq(env.recipient_count, 2);
}
END_TEST

/* A content of which no byte is a record: it must be stepped over. */
START_TEST(a_content_is_not_read)
{
	off_t start;
	char text[40];

	put_size(0, 0);
	put('S', "a");
	put('M', "");
	start = (off_t)file.len;
	for (int i = 0; i < 200000; i++)
		sample_add(&file, "\xff", 1);
	snprintf(text, sizeof(text), "%15d %15ld", 200000, (long)start);
	memcpy(file.data + 2, text, 31);
	put('X', "");
	put_recipient("b", 'R', "b");
	put('E', "");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_uint_eq(env.recipient_count, 1);
}
END_TEST

START_TEST(a_size_may_lead_behind_the_file)
{
	static const char *const large[] = { "100000 1", "9223372036854775807",
					     "9223372036854775000 9",
					     "99999999999999999999999999" };

	put('C', large[_i]);
	put('S', "a");
	put_recipient("b", 'R', "b");
	put('M', "");
	put('X', "");
	put('E', "");
	expect_damage((off_t)file.len, "no end record: cut off");
	ck_assert_str_eq(env.sender, "a");
	ck_assert_uint_eq(env.recipient_count, 1);
	ck_assert_int_gt(env.size, 0);
}
END_TEST

/* postsuper -r of a file that milters changed: pointers all over. */
START_TEST(pointers_are_followed)
{
	off_t jump;
	off_t back;

	put('S', "a");
	put_recipient("b", 'R', "b");
	jump = sample_pointer(&file, 0);
	back = sample_text(&file, 'M', "");
	put('X', "");
	put('E', "");
	sample_point(&file, jump, (off_t)file.len);
	put_recipient("added", 'R', "added");
	put_recipient("done", 'D', "done");
	sample_pointer(&file, back);
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_uint_eq(env.recipient_count, 3);
	expect_recipient(1, "added", "added", false);
	expect_recipient(2, "done", "done", true);
}
END_TEST

START_TEST(a_circle_through_the_content_ends)
{
	off_t message;

	put_size(30, 0);
	put('S', "a");
	put_recipient("b", 'R', "b");
	message = sample_text(&file, 'M', "");
	sample_header(&file, 'N', 28);
	sample_pattern(&file, 28);
	put('X', "");
	sample_pointer(&file, message);
	put('E', "");
	ck_assert_int_eq(read_cut(QF_ENVELOPE_RECIPIENTS, file.len),
			 QF_CORRUPT);
	ck_assert_str_eq(err.text, "pointer records lead in a circle");
	ck_assert_uint_eq(env.recipient_count, 1);
}
END_TEST

START_TEST(an_original_belongs_to_the_next_recipient)
{
	put('S', "");
	put('O', "for b");
	put('R', "b");
	put('R', "c");
	put('O', "for the canceled one");
	put('/', "x");
	put('R', "d");
	put('O', "lost");
	put('O', "for e");
	put('D', "e");
	put('K', "killed=1");
	put('O', "");
	put('R', "");
	put('E', "");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_str_eq(env.sender, "");
	ck_assert_uint_eq(env.recipient_count, 5);
	expect_recipient(0, "for b", "b", false);
	expect_recipient(1, NULL, "c", false);
	expect_recipient(2, NULL, "d", false);
	expect_recipient(3, "for e", "e", true);
	expect_recipient(4, "", "", false);
}
END_TEST

START_TEST(holds_many_recipients)
{
	char text[30];

	put('S', "a");
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "u%d@example.com", i);
		put_recipient(text, i % 3 == 0 ? 'D' : 'R', text);
	}
	put('E', "");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_uint_eq(env.recipient_count, 5000);
	for (size_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "u%d@example.com", (int)i);
		ck_assert_str_eq(env.recipients[i].address, text);
		ck_assert_str_eq(env.recipients[i].original, text);
		ck_assert_int_eq(env.recipients[i].done, i % 3 == 0);
	}
}
END_TEST

START_TEST(two_senders_end_it)
{
	put('S', "a");
	put_recipient("b", 'R', "b");
	put('S', "other");
	put_recipient("c", 'R', "c");
	put('E', "");
	expect_damage(9, "second sender record");
	ck_assert_str_eq(env.sender, "a");
	ck_assert_uint_eq(env.recipient_count, 1);
	expect_recipient(0, "b", "b", false);
}
END_TEST

START_TEST(a_recipient_needs_a_sender)
{
	put('T', "11");
	put_recipient("b", 'R', "b");
	put('S', "a");
	put('E', "");
	expect_damage(7, "recipient before the sender");
	ck_assert_ptr_null(env.sender);
	ck_assert_uint_eq(env.recipient_count, 0);
	ck_assert_int_eq(env.arrival, 11);
}
END_TEST

START_TEST(no_sender_is_damage)
{
	put('T', "11");
	put('E', "");
	expect_damage(6, "no sender record");
	ck_assert_int_eq(read_cut(QF_ENVELOPE_SENDER, file.len), QF_CORRUPT);
	ck_assert_str_eq(err.text, "no sender record");
}
END_TEST

/*
 * Postfix stops at a type of zero, as after a power failure that left zeros
 * in the file.
 */
START_TEST(zeros_are_damage)
{
	put('T', "11");
	put('S', "a");
	put_recipient("b", 'R', "b");
	for (int i = 0; i < 1000; i++)
		sample_add(&file, "", 1);
	put_recipient("c", 'R', "c");
	put('E', "");
	expect_damage(13, "record of type zero");
	ck_assert_str_eq(env.sender, "a");
	ck_assert_uint_eq(env.recipient_count, 1);
}
END_TEST

START_TEST(unknown_records_are_passed_over)
{
	put('T', "11");
	put('Z', "?");
	put('S', "a");
	put('V', "+=");
	put('I', "x:y");
	put('r', "x");
	put('e', "x");
	put('P', "x");
	put('n', "1");
	put('o', "rfc822;b");
	put_recipient("b", 'R', "b");
	put('E', "");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_uint_eq(env.recipient_count, 1);
	expect_recipient(0, "b", "b", false);
}
END_TEST

/* What stands behind E is not part of the message. */
START_TEST(the_end_record_is_the_end)
{
	put('S', "a");
	put('E', "");
	put_recipient("b", 'R', "b");
	put('S', "c");
	expect_read(QF_ENVELOPE_RECIPIENTS);
	ck_assert_uint_eq(env.recipient_count, 0);
	ck_assert_str_eq(env.sender, "a");
}
END_TEST

START_TEST(a_failure_to_read_is_no_damage)
{
	qf_reader_start(reader, -1, 100, false);
	ck_assert_int_eq(qf_envelope_read(reader, QF_ENVELOPE_RECIPIENTS,
					  &arena, &env, &err),
			 QF_SYSTEM);
	ck_assert_str_eq(err.text, "cannot read: Bad file descriptor");
}
END_TEST

static void
add_damage(TCase *tc)
{
	tcase_add_test(tc, gives_what_stands_before_a_cut);
	tcase_add_loop_test(tc, a_size_may_lead_behind_the_file, 0, 4);
	tcase_add_test(tc, a_circle_through_the_content_ends);
	tcase_add_test(tc, two_senders_end_it);
	tcase_add_test(tc, a_recipient_needs_a_sender);
	tcase_add_test(tc, no_sender_is_damage);
	tcase_add_test(tc, zeros_are_damage);
	tcase_add_test(tc, a_failure_to_read_is_no_damage);
}

int
main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tc = tcase_create("envelope");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, reads_a_whole_envelope);
	tcase_add_test(tc, stops_before_the_recipients);
	tcase_add_test(tc, stops_before_the_content);
	tcase_add_test(tc, a_content_is_no_envelope);
	tcase_add_test(tc, a_content_is_not_read);
	tcase_add_test(tc, pointers_are_followed);
	tcase_add_test(tc, an_original_belongs_to_the_next_recipient);
	tcase_add_test(tc, holds_many_recipients);
	tcase_add_test(tc, unknown_records_are_passed_over);
	tcase_add_test(tc, the_end_record_is_the_end);
	add_damage(tc);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
