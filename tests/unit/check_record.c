/*
 * check_record.c - records are read as they lie, and damage is named with
 * its place.  Pointers are in check_record_pointer.c.
 */
#include "queue-format/postfix/record.h"

#include <stdint.h>
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
open_bytes(const void *data, size_t len, bool raw)
{
	if (fd >= 0)
		close(fd);
	fd = bytes_fd(data, len);
	qf_reader_start(reader, fd, (off_t)len, raw);
}

static void
open_file(void)
{
	open_bytes(file.data, file.len, false);
}

static void
expect(int type, off_t offset, const void *data, size_t len)
{
	struct qf_record rec;
	struct qf_error err;
	enum qf_status status = qf_reader_next(reader, &rec, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status,
		      status == QF_END ? "end" : err.text);
	ck_assert_int_eq(rec.type, type);
	ck_assert_int_eq(rec.offset, offset);
	ck_assert_uint_eq(rec.len, len);
	ck_assert_mem_eq(rec.data, data, len);
}

static void
expect_status(enum qf_status wanted)
{
	struct qf_record rec = { .type = 7 };
	struct qf_error err = { .text = "" };
	enum qf_status status = qf_reader_next(reader, &rec, &err);

	ck_assert_msg(status == wanted, "status %d: %s", (int)status, err.text);
	ck_assert_int_eq(rec.type, 7);
}

static void
expect_damage(off_t offset, const char *says)
{
	struct qf_record rec = { .type = 7 };
	struct qf_error err = { .text = "" };
	enum qf_status status = qf_reader_next(reader, &rec, &err);

	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_int_eq(err.status, QF_CORRUPT);
	ck_assert_str_eq(err.text, says);
	ck_assert_int_eq(err.offset, offset);
	ck_assert_int_eq(rec.type, 7);
}

START_TEST(reads_records)
{
	open_bytes(BYTES("S\005a@b.cR\0O\001xE\0"), false);
	expect('S', 0, "a@b.c", 5);
	ck_assert_int_eq(qf_reader_tell(reader), 7);
	expect('R', 7, "", 0);
	expect('O', 9, "x", 1);
	ck_assert(!qf_reader_ended(reader));
	expect('E', 12, "", 0);
	ck_assert(qf_reader_ended(reader));
	ck_assert_int_eq(qf_reader_tell(reader), 14);
	expect_status(QF_END);
	expect_status(QF_END);
}
END_TEST

START_TEST(keeps_bytes_and_types_as_they_are)
{
	open_bytes(BYTES("A\006a\0=\377\n\rU\001z\0\001q\377\0"), false);
	expect('A', 0, "a\0=\377\n\r", 6);
	expect('U', 8, "z", 1);
	expect(0, 11, "q", 1);
	expect(255, 14, "", 0);
	expect_status(QF_END);
	ck_assert(!qf_reader_ended(reader));
}
END_TEST

/* The length has one byte more from each of these sizes on. */
static const struct {
	size_t len;
	const char *header;
	size_t header_len;
} lengths[] = {
	{ 0, BYTES("N\x00") },
	{ 1, BYTES("N\x01") },
	{ 127, BYTES("N\x7f") },
	{ 128, BYTES("N\x80\x01") },
	{ 129, BYTES("N\x81\x01") },
	{ 255, BYTES("N\xff\x01") },
	{ 256, BYTES("N\x80\x02") },
	{ 300, BYTES("N\xac\x02") },
	{ 2048, BYTES("N\x80\x10") },
	{ 16383, BYTES("N\xff\x7f") },
	{ 16384, BYTES("N\x80\x80\x01") },
	{ 65531, BYTES("N\xfb\xff\x03") },
	{ 65532, BYTES("N\xfc\xff\x03") },
	{ 65533, BYTES("N\xfd\xff\x03") },
	{ 65536, BYTES("N\x80\x80\x04") },
	{ 65537, BYTES("N\x81\x80\x04") },
	{ 2097151, BYTES("N\xff\xff\x7f") },
	{ 2097152, BYTES("N\x80\x80\x80\x01") },
	{ 16777216, BYTES("N\x80\x80\x80\x08") },
};

START_TEST(reads_each_length)
{
	size_t header = lengths[_i].header_len;
	size_t len = lengths[_i].len;

	sample_add(&file, lengths[_i].header, header);
	sample_pattern(&file, len);
	sample_text(&file, 'R', "next");
	open_file();
	expect('N', 0, file.data + header, len);
	ck_assert_int_eq(qf_reader_tell(reader), (off_t)(header + len));
	expect('R', (off_t)(header + len), "next", 4);
	expect_status(QF_END);
}
END_TEST

/* More bytes than needed for a length, up to four of them. */
START_TEST(takes_a_length_with_leading_zeros)
{
	open_bytes(BYTES("R\x81\x00xR\x82\x80\x80\x00yzR\x80\x80\x00"), false);
	expect('R', 0, "x", 1);
	expect('R', 4, "yz", 2);
	expect('R', 11, "", 0);
	expect_status(QF_END);
}
END_TEST

/*
 * The second record starts, goes on or ends just where one read ends: reads
 * are of 4096 bytes, then of 65536.
 */
START_TEST(reads_across_its_reads)
{
	static const size_t edges[] = { 4096, 65536, 4096 + 65536, 2 * 65536 };
	size_t edge = edges[_i % COUNT(edges)];

	for (size_t at = edge - 8; at <= edge + 3; at++) {
		size_t first = at - (at - 4 > 16383 ? 4 : 3);
		off_t second;

		file.len = 0;
		sample_header(&file, 'N', first);
		sample_pattern(&file, first);
		ck_assert_uint_eq(file.len, at);
		second = sample_header(&file, 'L', 300);
		sample_pattern(&file, 300);
		sample_text(&file, 'E', "");
		open_file();
		expect('N', 0, file.data + at - first, first);
		expect('L', second, file.data + second + 3, 300);
		expect('E', second + 303, "", 0);
		expect_status(QF_END);
	}
}
END_TEST

START_TEST(reads_many_small_records)
{
	for (size_t i = 0; i < 60000; i++) {
		char text[3] = { (char)i, (char)(i >> 8), 'x' };

		sample_record(&file, 'N', text, i % 4);
	}
	open_file();
	for (size_t i = 0, offset = 0; i < 60000; i++) {
		char text[3] = { (char)i, (char)(i >> 8), 'x' };

		expect('N', (off_t)offset, text, i % 4);
		offset += 2 + i % 4;
	}
	expect_status(QF_END);
}
END_TEST

/* A damaged file, the place the reader must name, and what it must say. */
static const struct {
	const char *bytes;
	size_t len;
	off_t offset;
	const char *says;
} damages[] = {
	{ BYTES("S"), 0, "file ends inside record length" },
	{ BYTES("S\x85"), 0, "file ends inside record length" },
	{ BYTES("S\x85\x80"), 0, "file ends inside record length" },
	{ BYTES("S\x85\x80\x80"), 0, "file ends inside record length" },
	{ BYTES("S\x81"), 0, "file ends inside record length" },
	{ BYTES("S\001"), 0, "file ends inside record data" },
	{ BYTES("S\005abc"), 0, "file ends inside record data" },
	{ BYTES("S\x80\x01zz"), 0, "file ends inside record data" },
	{ BYTES("S\xff\xff\xff\x7f"), 0, "file ends inside record data" },
	{ BYTES("T\0011S\x05xyzw"), 3, "file ends inside record data" },
	{ BYTES("T\0011S"), 3, "file ends inside record length" },
	{ BYTES("T\0011S\x80\x80\x80\x80\001"), 3,
	  "record length of more than 4 bytes" },
	{ BYTES("S\xff\xff\xff\xff\x7f"), 0,
	  "record length of more than 4 bytes" },
	{ BYTES("S\x80\x80\x80\x80"), 0, "record length of more than 4 bytes" },
	{ BYTES("\xff\xff\xff\xff\xff\xff\xff"), 0,
	  "record length of more than 4 bytes" },
};

static enum qf_damage_kind
kind_of(const char *says)
{
	if (strstr(says, "4 bytes") != NULL)
		return QF_DAMAGE_LONG_LENGTH;
	return strstr(says, "length") != NULL ? QF_DAMAGE_CUT_LENGTH
					      : QF_DAMAGE_CUT_DATA;
}

START_TEST(names_the_damaged_place)
{
	const struct qf_damage *damage;
	struct qf_record rec;
	struct qf_error err = { .text = "" };

	open_bytes(damages[_i].bytes, damages[_i].len, _i % 2 == 0);
	if (damages[_i].offset > 0)
		ck_assert_int_eq(qf_reader_next(reader, &rec, &err), QF_OK);
	expect_damage(damages[_i].offset, damages[_i].says);
	/* It stays so. */
	expect_damage(damages[_i].offset, damages[_i].says);
	damage = qf_reader_damage(reader);
	ck_assert_int_eq(damage->kind, kind_of(damages[_i].says));
	ck_assert_int_eq(damage->record.offset, damages[_i].offset);
	ck_assert_int_eq(damage->record.type,
			 (unsigned char)damages[_i].bytes[damages[_i].offset]);
	if (damage->kind == QF_DAMAGE_CUT_DATA)
		ck_assert_uint_gt(damage->record.len, 0);
}
END_TEST

static const struct {
	int type;
	const char *name;
} names[] = {
	{ 'C', "message_size" },	{ 'c', "queue_file_create_time" },
	{ 'L', "content_filter" },	{ 'N', "regular_text" },
	{ 'p', "pointer_record" },	{ '/', "canceled_recipient" },
	{ '<', "dsn_return_flags" },	{ 'n', "dsn_notify_flags" },
	{ 'U', "unknown_record_type" }, { 0, "unknown_record_type" },
	{ 255, "unknown_record_type" }, { 'C' + 256, "unknown_record_type" },
};

START_TEST(knows_the_names_of_records)
{
	ck_assert_str_eq(qf_record_name(names[_i].type), names[_i].name);
}
END_TEST

/* Any record may be the one where the file was cut off. */
START_TEST(names_the_place_of_each_cut)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 300, 2 };
	off_t starts[COUNT(sizes) + 1];

	for (int i = 0; i < COUNT(sizes); i++) {
		starts[i] = sample_header(&file, 'N', sizes[i]);
		sample_pattern(&file, sizes[i]);
	}
	starts[COUNT(sizes)] = (off_t)file.len;
	for (size_t cut = 0; cut <= file.len; cut++) {
		int i = 0;
		struct qf_record rec;
		struct qf_error err;

		open_bytes(file.data, cut, false);
		for (; i < COUNT(sizes) && starts[i + 1] <= (off_t)cut; i++)
			ck_assert_int_eq(qf_reader_next(reader, &rec, &err),
					 QF_OK);
		if (starts[i] == (off_t)cut)
			expect_status(QF_END);
		else if ((off_t)cut - starts[i] < (sizes[i] > 127 ? 3 : 2))
			expect_damage(starts[i],
				      "file ends inside record length");
		else
			expect_damage(starts[i],
				      "file ends inside record data");
	}
}
END_TEST

START_TEST(an_empty_file_has_no_record)
{
	open_bytes("", 0, false);
	expect_status(QF_END);
	ck_assert(!qf_reader_ended(reader));
	ck_assert_int_eq(qf_reader_tell(reader), 0);
}
END_TEST

/* A hole of 20 MB takes no memory: the reader must not ask for it either. */
START_TEST(refuses_a_huge_record)
{
	open_bytes(BYTES("T\0011S\x81\x80\x80\x08"), false);
	ck_assert_int_eq(ftruncate(fd, 20 * 1024 * 1024), 0);
	qf_reader_start(reader, fd, 20 * 1024 * 1024, false);
	expect('T', 0, "1", 1);
	expect_damage(3, "record of more than 16 MB");
}
END_TEST

/* The file lost its end after it was opened. */
START_TEST(a_file_may_shrink)
{
	sample_text(&file, 'S', "a");
	sample_header(&file, 'N', 9000);
	sample_pattern(&file, 9000);
	open_file();
	expect('S', 0, "a", 1);
	ck_assert_int_eq(ftruncate(fd, 5000), 0);
	expect_damage(3, "file ends inside record data");
}
END_TEST

START_TEST(a_file_that_cannot_be_read)
{
	struct qf_record rec;
	struct qf_error err;

	qf_reader_start(reader, -1, 100, false);
	ck_assert_int_eq(qf_reader_next(reader, &rec, &err), QF_SYSTEM);
	ck_assert_str_eq(err.text, "cannot read: Bad file descriptor");
}
END_TEST

START_TEST(nothing_follows_the_end_record)
{
	open_bytes(BYTES("S\001aE\0R\001bE\0"), false);
	expect('S', 0, "a", 1);
	expect('E', 3, "", 0);
	expect_status(QF_END);
	ck_assert(qf_reader_ended(reader));
}
END_TEST

START_TEST(raw_shows_all_that_lies_there)
{
	open_bytes(BYTES("S\001ap\001 p\0011w\002 0p\0029xE\0R\001bE\0N\0"),
		   true);
	expect('S', 0, "a", 1);
	expect('p', 3, " ", 1);
	expect('p', 6, "1", 1);
	expect('w', 9, " 0", 2);
	expect('p', 13, "9x", 2);
	ck_assert(!qf_reader_ended(reader));
	expect('E', 17, "", 0);
	ck_assert(qf_reader_ended(reader));
	expect('R', 19, "b", 1);
	ck_assert(qf_reader_ended(reader));
	expect('E', 22, "", 0);
	expect('N', 24, "", 0);
	expect_status(QF_END);
	ck_assert(qf_reader_ended(reader));
}
END_TEST

/* In the bytes at hand, before them, behind them, behind the file. */
START_TEST(goes_where_it_is_told)
{
	off_t places[400];

	for (size_t i = 0; i < 400; i++) {
		places[i] = sample_header(&file, 'N', 250 + i);
		sample_pattern(&file, 250 + i);
	}
	open_file();
	for (size_t k = 0; k < 600; k++) {
		size_t i = k * 89 % 400;

		qf_reader_seek(reader, places[i]);
		ck_assert_int_eq(qf_reader_tell(reader), places[i]);
		expect('N', places[i], file.data + places[i] + 3, 250 + i);
	}
	qf_reader_seek(reader, (off_t)file.len);
	expect_status(QF_END);
	qf_reader_seek(reader, (off_t)file.len + 100000);
	ck_assert_int_eq(qf_reader_tell(reader), (off_t)file.len);
	expect_status(QF_END);
	qf_reader_seek(reader, INT64_MAX);
	expect_status(QF_END);
	qf_reader_seek(reader, 0);
	expect('N', 0, file.data + 3, 250);
}
END_TEST

START_TEST(can_begin_again_after_the_end)
{
	open_bytes(BYTES("S\001aE\0"), false);
	expect('S', 0, "a", 1);
	expect('E', 3, "", 0);
	expect_status(QF_END);
	qf_reader_seek(reader, 0);
	ck_assert(!qf_reader_ended(reader));
	expect('S', 0, "a", 1);
}
END_TEST

START_TEST(one_reader_serves_many_files)
{
	sample_header(&file, 'N', 70000);
	sample_pattern(&file, 70000);
	for (int i = 0; i < 3; i++) {
		open_file();
		expect('N', 0, file.data + 4, 70000);
		open_bytes(BYTES("E\0"), false);
		expect('E', 0, "", 0);
		open_bytes(BYTES("S\001x"), false);
		ck_assert(!qf_reader_ended(reader));
		expect('S', 0, "x", 1);
		expect_status(QF_END);
	}
	qf_reader_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, reads_records);
	tcase_add_test(tc, keeps_bytes_and_types_as_they_are);
	tcase_add_loop_test(tc, reads_each_length, 0, COUNT(lengths));
	tcase_add_test(tc, takes_a_length_with_leading_zeros);
	tcase_add_loop_test(tc, reads_across_its_reads, 0, 4);
	tcase_add_test(tc, reads_many_small_records);
	tcase_add_loop_test(tc, names_the_damaged_place, 0, COUNT(damages));
	tcase_add_loop_test(tc, knows_the_names_of_records, 0, COUNT(names));
	tcase_add_test(tc, names_the_place_of_each_cut);
	tcase_add_test(tc, an_empty_file_has_no_record);
	tcase_add_test(tc, refuses_a_huge_record);
	tcase_add_test(tc, a_file_may_shrink);
	tcase_add_test(tc, a_file_that_cannot_be_read);
	tcase_add_test(tc, nothing_follows_the_end_record);
	tcase_add_test(tc, raw_shows_all_that_lies_there);
	tcase_add_test(tc, goes_where_it_is_told);
	tcase_add_test(tc, can_begin_again_after_the_end);
	tcase_add_test(tc, one_reader_serves_many_files);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
