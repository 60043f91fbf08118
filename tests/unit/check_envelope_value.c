/*
 * check_envelope_value.c - the values of single records of an envelope, in
 * all forms that Postfix ever wrote.
 */
#include "queue-format/postfix/envelope.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_reader *reader;
static struct qf_arena arena;
static struct qf_envelope env;
static struct qf_error err;
static struct sample file;

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
}

static void
put(int type, const char *text)
{
	sample_text(&file, type, text);
}

static enum qf_status
read_file(void)
{
	int fd = sample_fd(&file);
	enum qf_status status;

	qf_reader_start(reader, fd, (off_t)file.len, false);
	err = (struct qf_error){ .text = "" };
	status = qf_envelope_read(reader, QF_ENVELOPE_RECIPIENTS, &arena, &env,
				  &err);
	close(fd);
	return status;
}

static void
expect_read(void)
{
	enum qf_status status = read_file();

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

/* The number of values in C, and what it says of size and place. */
static const struct {
	const char *text;
	bool has_size;
	int64_t size;
	int64_t offset;
	unsigned options;
} sizes[] = {
	/* Before 1.0, 1.0, 2.1, 2.4, 3.0. */
	{ "            332", true, 332, 0, 0 },
	{ "            332             182               1", true, 332, 182,
	  0 },
	{ "            332             182               1               0",
	  true, 332, 182, 0 },
	{ "            332             182               1               0"
	  "             332",
	  true, 332, 182, 0 },
	{ "            332             182               1               0"
	  "             332              17",
	  true, 332, 182, 17 },
	/* A seventh of the future. */
	{ "332 182 1 0 332 3 999", true, 332, 182, 3 },
	{ "332 182", true, 332, 182, 0 },
	{ "1234567890123 1", true, 1234567890123, 1, 0 },
	/* Still being written. */
	{ "              0               0               0               0"
	  "               0               0",
	  true, 0, 0, 0 },
	/* In maildrop of 3.11: no size at all. */
	{ "             -1              -1              -1              -1"
	  "              -1              32",
	  false, 0, 0, 0 },
	{ "332 182 -1", false, 0, 0, 0 },
	{ "332 182 x", false, 0, 0, 0 },
	{ "0x10", false, 0, 0, 0 },
	{ "332\t182", false, 0, 0, 0 },
	{ "+332 182", false, 0, 0, 0 },
	/* As atol() does it. */
	{ "", true, 0, 0, 0 },
	{ "   ", true, 0, 0, 0 },
};

START_TEST(reads_each_form_of_the_size)
{
	put('C', sizes[_i].text);
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert_int_eq(env.has_size, sizes[_i].has_size);
	ck_assert_int_eq(env.size, sizes[_i].size);
	ck_assert_int_eq(env.content_offset, sizes[_i].offset);
	ck_assert_uint_eq(env.options, sizes[_i].options);
}
END_TEST

/* What lies behind the record must not count: digits, or nothing mapped. */
START_TEST(a_size_ends_with_its_record)
{
	char text[100];

	memset(text, '7', sizeof(text));
	memcpy(text, "       12      34", 17);
	sample_record(&file, 'C', text, 17);
	sample_header(&file, '9', 57); /* the type is a digit, too */
	for (int i = 0; i < 57; i++)
		sample_add(&file, "8", 1);
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert(env.has_size);
	ck_assert_int_eq(env.size, 12);
	ck_assert_int_eq(env.content_offset, 34);

	file.len = 0;
	sample_record(&file, 'C', "12 34\0x", 7);
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert(env.has_size);
	ck_assert_int_eq(env.content_offset, 34);
}
END_TEST

/* The reader's memory ends with the record. */
START_TEST(a_size_may_fill_the_memory)
{
	size_t len = 65536 - 4;

	sample_header(&file, 'C', len);
	while (len-- > 0)
		sample_add(&file, " ", 1);
	ck_assert_int_eq(read_file(), QF_CORRUPT);
	ck_assert_str_eq(err.text, "no end record: cut off");
	ck_assert(env.has_size);
	ck_assert_int_eq(env.size, 0);
}
END_TEST

START_TEST(the_first_valid_size_wins)
{
	put('C', "-1 -1");
	put('C', "11 5");
	put('C', "22 6");
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert_int_eq(env.size, 11);
	ck_assert_int_eq(env.content_offset, 5);
}
END_TEST

static const struct {
	const char *text;
	int64_t seconds;
	uint32_t microseconds;
} times[] = {
	{ "1700000000 123456", 1700000000, 123456 },
	{ "1700000000", 1700000000, 0 },
	{ "  1700000000   5 ", 1700000000, 5 },
	{ "4294967296 1", 4294967296, 1 },
	{ "", 0, 0 },
	{ "x", 0, 0 },
	{ "-5 3", -5, 3 },
};

START_TEST(reads_the_time_of_arrival)
{
	put('T', times[_i].text);
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert_int_eq(env.arrival, times[_i].seconds);
	ck_assert_uint_eq(env.arrival_usec, times[_i].microseconds);
}
END_TEST

/* showq(8) tells size and time when it comes to the sender. */
START_TEST(what_stands_behind_the_sender_is_too_late)
{
	put('S', "a");
	put('C', "77 5");
	put('T', "11 1");
	put('E', "");
	expect_read();
	ck_assert(!env.has_size);
	ck_assert_int_eq(env.size, 0);
	ck_assert_int_eq(env.arrival, 0);
	ck_assert_uint_eq(env.arrival_usec, 0);
}
END_TEST

START_TEST(the_first_times_win)
{
	put('T', "11 1");
	put('A', "create_time=12");
	put('T', "22 2");
	put('A', "create_time=23");
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert_int_eq(env.arrival, 11);
	ck_assert_uint_eq(env.arrival_usec, 1);
	ck_assert_int_eq(env.created, 12);
}
END_TEST

static const struct {
	const char *text;
	int64_t warn;
} warnings[] = {
	{ "     1700014400", 1700014400 },
	{ "             -1", -1 },
	{ "0", 0 },
	{ "", 0 },
	{ "99999999999999999999999999", 999999999999999999 },
	{ "-99999999999999999999999999", -999999999999999999 },
};

START_TEST(reads_the_time_of_the_warning)
{
	put('W', warnings[_i].text);
	put('S', "a");
	put('E', "");
	expect_read();
	/* No clock will come near: only that it is huge counts. */
	if (warnings[_i].warn > 1800000000)
		ck_assert_int_ge(env.warn, warnings[_i].warn);
	else if (warnings[_i].warn < -1)
		ck_assert_int_le(env.warn, warnings[_i].warn);
	else
		ck_assert_int_eq(env.warn, warnings[_i].warn);
}
END_TEST

/* One attribute, where it is found, and its value there. */
static const struct {
	const char *text;
	int attribute;
	const char *value;
} attributes[] = {
	{ "client_name=x", QF_ATTR_CLIENT_NAME, "x" },
	{ "client_address=1.2.3.4", QF_ATTR_CLIENT_ADDRESS, "1.2.3.4" },
	{ "helo_name=x", QF_ATTR_HELO, "x" },
	{ "protocol_name=SMTP", QF_ATTR_PROTOCOL, "SMTP" },
	{ "sasl_username=a=b=c", QF_ATTR_SASL_USER, "a=b=c" },
	{ "sasl_username = spaced out  ", QF_ATTR_SASL_USER, "spaced out" },
	{ " sasl_username=x", QF_ATTR_SASL_USER, "x" },
	{ "sasl_username=", QF_ATTR_SASL_USER, "" },
	{ "sasl_username", QF_ATTR_SASL_USER, NULL },
	{ "sasl_usernam=x", QF_ATTR_SASL_USER, NULL },
	{ "sasl_usernames=x", QF_ATTR_SASL_USER, NULL },
	{ "SASL_username=x", QF_ATTR_SASL_USER, NULL },
	{ "=x", QF_ATTR_SASL_USER, NULL },
	{ " =x", QF_ATTR_SASL_USER, NULL },
	{ "", QF_ATTR_SASL_USER, NULL },
	{ "log_message_origin=x[1.2.3.4]", QF_ATTR_ORIGIN, NULL },
};

START_TEST(reads_attributes)
{
	const char *value;

	put('A', attributes[_i].text);
	put('S', "a");
	put('E', "");
	expect_read();
	value = env.attributes[attributes[_i].attribute];
	if (attributes[_i].value == NULL)
		ck_assert_ptr_null(value);
	else
		ck_assert_str_eq(value, attributes[_i].value);
	for (int i = 0; i < QF_ATTR_COUNT; i++) {
		if (i != attributes[_i].attribute)
			ck_assert_ptr_null(env.attributes[i]);
	}
}
END_TEST

/* qmgr(8): the name with log_ is the one that counts, in either order. */
START_TEST(log_attributes_override)
{
	put('A', "log_client_name=upstream");
	put('A', "client_name=proxy");
	put('A', "client_address=127.0.0.1");
	put('A', "log_client_address=192.0.2.1");
	put('A', "helo_name=first");
	put('A', "helo_name=second");
	put('S', "a");
	put('E', "");
	expect_read();
	ck_assert_str_eq(env.attributes[QF_ATTR_CLIENT_NAME], "upstream");
	ck_assert_str_eq(env.attributes[QF_ATTR_CLIENT_ADDRESS], "192.0.2.1");
	ck_assert_str_eq(env.attributes[QF_ATTR_HELO], "first");
}
END_TEST

/* The extracted segment has the last word on some (smtputf8, milters). */
START_TEST(the_extracted_segment_overrides)
{
	put('S', "a");
	put('A', "encoding=7bit");
	put('L', "first:filter");
	put('M', "");
	put('X', "");
	put('A', "encoding=8bit");
	put('L', "second:filter");
	put('E', "");
	expect_read();
	ck_assert_str_eq(env.attributes[QF_ATTR_ENCODING], "8bit");
	ck_assert_str_eq(env.filter, "second:filter");
}
END_TEST

START_TEST(a_nul_ends_a_string)
{
	sample_record(&file, 'S', "a\0b", 3);
	sample_record(&file, 'A', "sasl_username=x\0y", 17);
	sample_record(&file, 'A', "sasl_method\0=z", 14);
	sample_record(&file, 'R', "\0b", 2);
	put('E', "");
	expect_read();
	ck_assert_str_eq(env.sender, "a");
	ck_assert_str_eq(env.attributes[QF_ATTR_SASL_USER], "x");
	ck_assert_ptr_null(env.attributes[QF_ATTR_SASL_METHOD]);
	ck_assert_str_eq(env.recipients[0].address, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("envelope value");
	TCase *tc = tcase_create("envelope value");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, reads_each_form_of_the_size, 0, COUNT(sizes));
	tcase_add_test(tc, a_size_ends_with_its_record);
	tcase_add_test(tc, a_size_may_fill_the_memory);
	tcase_add_test(tc, the_first_valid_size_wins);
	tcase_add_loop_test(tc, reads_the_time_of_arrival, 0, COUNT(times));
	tcase_add_test(tc, what_stands_behind_the_sender_is_too_late);
	tcase_add_test(tc, the_first_times_win);
	tcase_add_loop_test(tc, reads_the_time_of_the_warning, 0,
			    COUNT(warnings));
	tcase_add_loop_test(tc, reads_attributes, 0, COUNT(attributes));
	tcase_add_test(tc, log_attributes_override);
	tcase_add_test(tc, the_extracted_segment_overrides);
	tcase_add_test(tc, a_nul_ends_a_string);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
