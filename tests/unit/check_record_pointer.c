/*
 * check_record_pointer.c - pointer and padding records, as milters leave
 * them: relocated records are read in their place, circles end.
 */
#include "queue-format/postfix/record.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_reader *reader;
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
	sample_free(&file);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void
open_file(void)
{
	if (fd >= 0)
		close(fd);
	fd = sample_fd(&file);
	qf_reader_start(reader, fd, (off_t)file.len, false);
}

/*
 * All that is read, as "S:a R:b ...", up to the end or the damage; `err' says
 * which.
 */
static enum qf_status
read_all(char *text, size_t size, struct qf_error *err)
{
	struct qf_record rec;
	enum qf_status status;
	size_t len = 0;

	text[0] = '\0';
	while ((status = qf_reader_next(reader, &rec, err)) == QF_OK &&
	       len + rec.len + 4 < size)
		len += (size_t)snprintf(text + len, size - len, "%s%c:%.*s",
					len == 0 ? "" : " ", rec.type,
					(int)rec.len, rec.data);
	return status;
}

static void
expect_all(const char *wanted)
{
	char text[4000];
	struct qf_error err = { .text = "" };
	enum qf_status status;

	open_file();
	status = read_all(text, sizeof(text), &err);
	ck_assert_msg(status == QF_END, "status %d: %s, after %s", (int)status,
		      err.text, text);
	ck_assert_str_eq(text, wanted);
}

static void
expect_damage(const char *before, off_t offset, const char *says)
{
	char text[4000];
	struct qf_error err = { .text = "" };

	open_file();
	ck_assert_int_eq(read_all(text, sizeof(text), &err), QF_CORRUPT);
	ck_assert_str_eq(err.text, says);
	ck_assert_int_eq(err.offset, offset);
	ck_assert_str_eq(text, before);
}

/* The dummies that cleanup(8) writes when it has milters, and rec_pad()'s. */
START_TEST(dummies_and_padding_do_not_show)
{
	sample_text(&file, 'S', "a");
	sample_record(&file, 'w', "0", 1);
	sample_add(&file, BYTES("p\017              0"));
	sample_text(&file, 'R', "b");
	sample_record(&file, 'w', "             0", 14);
	sample_pointer(&file, 0);
	sample_text(&file, 'p', "");
	sample_text(&file, 'p', "   ");
	sample_text(&file, 'p', "000");
	sample_text(&file, 'E', "");
	expect_all("S:a R:b E:");
}
END_TEST

/* A header that a milter changed lies behind E, and leads back. */
START_TEST(relocated_records_are_read_in_place)
{
	off_t jump;
	off_t back;

	sample_text(&file, 'M', "");
	jump = sample_pointer(&file, 0);
	back = sample_text(&file, 'N', "To: b");
	sample_text(&file, 'X', "");
	sample_text(&file, 'E', "");
	sample_point(&file, jump, (off_t)file.len);
	sample_text(&file, 'N', "Subject: new");
	sample_text(&file, 'N', " and longer");
	sample_pointer(&file, back);
	sample_text(&file, 'R', "never reached");
	expect_all("M: N:Subject: new N: and longer N:To: b X: E:");
}
END_TEST

/* Headers that were inserted, and one of them changed once more. */
START_TEST(pointers_lead_to_pointers)
{
	off_t first;
	off_t second;
	off_t back;

	sample_text(&file, 'M', "");
	first = sample_pointer(&file, 0);
	back = sample_text(&file, 'N', "old");
	sample_text(&file, 'E', "");
	sample_point(&file, first, (off_t)file.len);
	second = sample_pointer(&file, 0);
	sample_text(&file, 'N', "killed");
	sample_point(&file, second, (off_t)file.len);
	sample_text(&file, 'N', "1");
	second = sample_pointer(&file, 0);
	sample_text(&file, 'N', "killed");
	sample_point(&file, second, (off_t)file.len);
	sample_text(&file, 'N', "2");
	sample_pointer(&file, back);
	expect_all("M: N:1 N:2 N:old E:");
}
END_TEST

/* Recipients that a milter added: far away, many, one chain. */
START_TEST(pointers_leave_what_is_at_hand)
{
	off_t jump;
	off_t back;

	sample_text(&file, 'S', "a");
	jump = sample_pointer(&file, 0);
	back = sample_text(&file, 'X', "");
	sample_text(&file, 'E', "");
	sample_header(&file, 'N', 300000);
	sample_pattern(&file, 300000);
	sample_point(&file, jump, (off_t)file.len);
	sample_text(&file, 'R', "far");
	sample_pointer(&file, back);
	expect_all("S:a R:far X: E:");
}
END_TEST

START_TEST(a_pointer_may_lead_to_the_end_of_the_file)
{
	off_t jump;

	sample_text(&file, 'S', "a");
	jump = sample_pointer(&file, 0);
	sample_text(&file, 'R', "b");
	sample_point(&file, jump, (off_t)file.len);
	expect_all("S:a");
	ck_assert(!qf_reader_ended(reader));
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	const char *says;
} malformed[] = {
	{ BYTES("x"), "malformed pointer record" },
	{ BYTES("12x"), "malformed pointer record" },
	{ BYTES("-5"), "malformed pointer record" },
	{ BYTES("+5"), "malformed pointer record" },
	{ BYTES("5 "), "malformed pointer record" },
	{ BYTES("3 5"), "malformed pointer record" },
	{ BYTES("0x5"), "malformed pointer record" },
	{ BYTES("         999999"), "pointer record leads behind the file" },
	{ BYTES("9223372036854775807"),
	  "pointer record leads behind the file" },
	/* More than an offset can be is no number for Postfix, either. */
	{ BYTES("9223372036854775808"), "malformed pointer record" },
	{ BYTES("18446744073709551616"), "malformed pointer record" },
	{ BYTES("18446744073709551619"), "malformed pointer record" },
	{ BYTES("99999999999999999999999999999999999"),
	  "malformed pointer record" },
};

START_TEST(names_a_malformed_pointer)
{
	sample_text(&file, 'S', "a");
	sample_record(&file, 'p', malformed[_i].data, malformed[_i].len);
	sample_text(&file, 'R', "b");
	sample_text(&file, 'E', "");
	expect_damage("S:a", 3, malformed[_i].says);
}
END_TEST

/* A file with a hole can be as large as its size can be told. */
START_TEST(the_largest_file_has_no_overflow)
{
	char text[100];
	struct qf_error err;

	sample_text(&file, 'S', "a");
	sample_text(&file, 'p', "9223372036854775807");
	open_file();
	qf_reader_start(reader, fd, INT64_MAX - 1, false);
	ck_assert_int_eq(read_all(text, sizeof(text), &err), QF_CORRUPT);
	ck_assert_str_eq(err.text, "pointer record leads behind the file");
	ck_assert_str_eq(text, "S:a");
}
END_TEST

/* Offset 1 is inside of the first record, and no dummy: here 97 bytes. */
START_TEST(only_zero_is_a_dummy)
{
	sample_text(&file, 'S', "a");
	sample_text(&file, 'p', "1");
	sample_text(&file, 'R', "b");
	sample_text(&file, 'E', "");
	expect_damage("S:a", 1, "file ends inside record data");
}
END_TEST

START_TEST(one_byte_behind_the_file_is_too_far)
{
	off_t jump;

	sample_text(&file, 'S', "a");
	jump = sample_pointer(&file, 0);
	sample_text(&file, 'R', "b");
	sample_point(&file, jump, (off_t)file.len + 1);
	expect_damage("S:a", 3, "pointer record leads behind the file");
}
END_TEST

/* What is read there is no record, or one by accident: here 'b' and 'E'. */
START_TEST(a_pointer_into_a_record)
{
	off_t jump;
	off_t recipient;

	sample_text(&file, 'S', "a");
	jump = sample_pointer(&file, 0);
	recipient = sample_text(&file, 'R', "bE");
	sample_text(&file, 'X', "");
	sample_point(&file, jump, recipient + 2);
	expect_damage("S:a", recipient + 2, "file ends inside record data");
}
END_TEST

/*
 * Circles.  Each record of a circle may be given a few times before it is
 * noticed, but not for long: all the bytes are at most a few times the file.
 */
static void
expect_circle(void)
{
	struct qf_record rec;
	struct qf_error err = { .text = "" };
	enum qf_status status;
	size_t given = 0;

	open_file();
	while ((status = qf_reader_next(reader, &rec, &err)) == QF_OK) {
		given += rec.len + 2;
		ck_assert_uint_le(given, 3 * file.len + 100000);
	}
	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_str_eq(err.text, "pointer records lead in a circle");
	ck_assert_int_ge(err.offset, 3);
	ck_assert_int_lt(err.offset, (off_t)file.len);
	ck_assert_int_eq(file.data[err.offset] == 'p' ||
				 file.data[err.offset] == 'N',
			 1);
}

START_TEST(a_pointer_to_itself)
{
	sample_text(&file, 'S', "a");
	sample_pointer(&file, 3);
	sample_text(&file, 'E', "");
	expect_circle();
}
END_TEST

START_TEST(a_pointer_backwards)
{
	sample_text(&file, 'S', "a");
	sample_text(&file, 'N', "again");
	sample_pointer(&file, 3);
	sample_text(&file, 'E', "");
	expect_circle();
}
END_TEST

START_TEST(two_pointers_to_each_other)
{
	off_t first;
	off_t second;

	sample_text(&file, 'S', "a");
	first = sample_pointer(&file, 0);
	sample_header(&file, 'N', 200000);
	sample_pattern(&file, 200000);
	second = sample_pointer(&file, first);
	sample_point(&file, first, second);
	expect_circle();
}
END_TEST

START_TEST(a_circle_through_the_whole_file)
{
	sample_text(&file, 'S', "a");
	for (int i = 0; i < 30000; i++)
		sample_text(&file, 'N', "a line of some text");
	sample_pointer(&file, 3);
	expect_circle();
}
END_TEST

/*
 * In a large file a circle of two records takes many rounds to add up to the
 * file's size.  Postfix gives up after 10,000 jumps backwards; we too, so
 * that damage cannot keep us busy for minutes.
 */
static void
make_jumps(int count)
{
	off_t start = sample_pointer(&file, 0);
	off_t next;

	/* The last of the chain stands first. */
	next = sample_text(&file, 'N', "end");
	sample_text(&file, 'E', "");
	for (int i = 0; i < count; i++) {
		off_t here = sample_text(&file, 'N', "x");

		sample_pointer(&file, next);
		next = here;
	}
	sample_point(&file, start, next);
	/* A large file, so that its size is no reason to stop. */
	sample_header(&file, 'N', 1000000);
	sample_pattern(&file, 1000000);
}

START_TEST(many_jumps_backwards)
{
	struct qf_record rec;
	struct qf_error err;
	int count = 0;

	make_jumps(10000);
	open_file();
	while (qf_reader_next(reader, &rec, &err) == QF_OK)
		count++;
	ck_assert_int_eq(count, 10002);
	ck_assert(qf_reader_ended(reader));
}
END_TEST

START_TEST(too_many_jumps_backwards)
{
	struct qf_record rec;
	struct qf_error err;
	enum qf_status status;
	int count = 0;

	make_jumps(10001);
	open_file();
	while ((status = qf_reader_next(reader, &rec, &err)) == QF_OK)
		count++;
	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_str_eq(err.text, "pointer records lead in a circle");
	ck_assert_int_eq(count, 10001);
}
END_TEST

/* A healthy file: 10,000 records relocated in order, one after the other. */
START_TEST(many_jumps_forwards_and_back)
{
	off_t back[10000];
	struct qf_record rec;
	struct qf_error err;
	int count = 0;

	for (int i = 0; i < 10000; i++)
		back[i] = sample_pointer(&file, 0);
	sample_text(&file, 'E', "");
	for (int i = 0; i < 9999; i++) {
		sample_point(&file, back[i], (off_t)file.len);
		sample_text(&file, 'N', "new");
		sample_pointer(&file, back[i + 1]);
	}
	open_file();
	while (qf_reader_next(reader, &rec, &err) == QF_OK)
		count++;
	ck_assert_int_eq(count, 10000);
	ck_assert(qf_reader_ended(reader));
}
END_TEST

/* The count is of one file, not of the reader. */
START_TEST(a_circle_does_not_stay_in_the_reader)
{
	struct qf_record rec;
	struct qf_error err;

	make_jumps(10001);
	open_file();
	while (qf_reader_next(reader, &rec, &err) == QF_OK)
		;
	file.len = 0;
	make_jumps(2);
	expect_all("N:x N:x N:end E:");

	file.len = 0;
	sample_text(&file, 'S', "a");
	sample_pointer(&file, 3);
	expect_circle();
	file.len = 0;
	sample_text(&file, 'S', "a");
	sample_pointer(&file, 20);
	sample_text(&file, 'E', "");
	expect_all("S:a E:");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record pointer");
	TCase *tc = tcase_create("record pointer");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, dummies_and_padding_do_not_show);
	tcase_add_test(tc, relocated_records_are_read_in_place);
	tcase_add_test(tc, pointers_lead_to_pointers);
	tcase_add_test(tc, pointers_leave_what_is_at_hand);
	tcase_add_test(tc, a_pointer_may_lead_to_the_end_of_the_file);
	tcase_add_loop_test(tc, names_a_malformed_pointer, 0, COUNT(malformed));
	tcase_add_test(tc, the_largest_file_has_no_overflow);
	tcase_add_test(tc, only_zero_is_a_dummy);
	tcase_add_test(tc, one_byte_behind_the_file_is_too_far);
	tcase_add_test(tc, a_pointer_into_a_record);
	tcase_add_test(tc, a_pointer_to_itself);
	tcase_add_test(tc, a_pointer_backwards);
	tcase_add_test(tc, two_pointers_to_each_other);
	tcase_add_test(tc, a_circle_through_the_whole_file);
	tcase_add_test(tc, many_jumps_backwards);
	tcase_add_test(tc, too_many_jumps_backwards);
	tcase_add_test(tc, many_jumps_forwards_and_back);
	tcase_add_test(tc, a_circle_does_not_stay_in_the_reader);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
