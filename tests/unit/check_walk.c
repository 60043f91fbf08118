/*
 * check_walk.c - the parts of a message, in the order in which they count, as
 * they are met, and as they lie in the file.
 */
#include "queue-format/postfix/walk.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_walk *walk;
static struct sample file;
static int fd = -1;

static void
begin(void)
{
	walk = qf_walk_new();
	ck_assert_ptr_nonnull(walk);
}

static void
end(void)
{
	qf_walk_free(walk);
	sample_free(&file);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void
open_file(enum qf_walk_way way)
{
	struct qf_error err;

	if (fd >= 0)
		close(fd);
	fd = sample_fd(&file);
	ck_assert_int_eq(qf_walk_start(walk, fd, way, &err), QF_OK);
}

static char
letter_of(enum qf_section section)
{
	static const char letters[] = {
		[QF_SECTION_ENVELOPE] = 'e', [QF_SECTION_HEADERS] = 'h',
		[QF_SECTION_BODY] = 'b',     [QF_SECTION_EXTRACTED] = 'x',
		[QF_SECTION_BEHIND] = '-',
	};

	return letters[section];
}

/* All that is left, as "eS:a hN:Subject ..."; the status behind it. */
static enum qf_status
read_all(char *text, size_t size, struct qf_error *err)
{
	enum qf_section section = QF_SECTION_ENVELOPE;
	struct qf_record rec;
	enum qf_status status;
	size_t len = 0;

	text[0] = '\0';
	while ((status = qf_walk_next(walk, &rec, &section, err)) == QF_OK &&
	       len + rec.len + 5 < size)
		len += (size_t)snprintf(text + len, size - len, "%s%c%c:%.*s",
					len == 0 ? "" : " ", letter_of(section),
					rec.type, (int)rec.len, rec.data);
	return status;
}

static void
expect_rest(const char *wanted)
{
	char text[4000];
	struct qf_error err = { .text = "" };
	enum qf_status status = read_all(text, sizeof(text), &err);

	ck_assert_str_eq(text, wanted);
	ck_assert_msg(status == QF_END, "status %d: %s", (int)status, err.text);
}

static void
expect_all(enum qf_walk_way way, const char *wanted)
{
	open_file(way);
	expect_rest(wanted);
}

static void
add_envelope(void)
{
	sample_text(&file, 'T', "1");
	sample_text(&file, 'L', "filter");
	sample_text(&file, 'S', "s");
	sample_text(&file, 'R', "r");
	sample_text(&file, 'M', "");
}

static void
add_end(void)
{
	sample_text(&file, 'X', "");
	sample_text(&file, 'R', "r2");
	sample_text(&file, 'E', "");
}

#define BEFORE "eT:1 eL:filter eS:s eR:r eM: "
#define AFTER  " xX: xR:r2 xE:"

START_TEST(knows_the_parts)
{
	add_envelope();
	sample_text(&file, 'N', "A: 1");
	sample_text(&file, 'N', "\tmore");
	sample_text(&file, 'N', "B :2");
	sample_text(&file, 'N', "");
	sample_text(&file, 'N', "C: no header");
	add_end();
	expect_all(QF_WALK_MESSAGE, BEFORE
		   "hN:A: 1 hN:\tmore hN:B :2 bN: bN:C: no header" AFTER);
}
END_TEST

/* The pieces of a long line belong to that, whatever they look like. */
START_TEST(a_line_in_pieces)
{
	add_envelope();
	sample_text(&file, 'L', "A: 1");
	sample_text(&file, 'L', "no name");
	sample_text(&file, 'N', "");
	sample_text(&file, 'L', "B: 2");
	sample_text(&file, 'N', "3");
	sample_text(&file, 'L', "no name");
	sample_text(&file, 'L', "C: 4");
	add_end();
	expect_all(QF_WALK_MESSAGE,
		   BEFORE "hL:A: 1 hL:no name hN: hL:B: 2 hN:3 bL:no name "
			  "bL:C: 4" AFTER);
}
END_TEST

START_TEST(a_message_without_headers)
{
	add_envelope();
	sample_text(&file, 'N', " begins with a blank");
	sample_text(&file, 'N', "A: 1");
	add_end();
	expect_all(QF_WALK_MESSAGE,
		   BEFORE "bN: begins with a blank bN:A: 1" AFTER);
}
END_TEST

START_TEST(a_message_without_text)
{
	add_envelope();
	add_end();
	expect_all(QF_WALK_MESSAGE,
		   "eT:1 eL:filter eS:s eR:r eM: xX: xR:r2 xE:");
}
END_TEST

/* As postdrop(1) leaves it when it was interrupted. */
START_TEST(a_file_that_stops_anywhere)
{
	add_envelope();
	sample_text(&file, 'N', "A: 1");
	expect_all(QF_WALK_MESSAGE, BEFORE "hN:A: 1");
	file.len = 0;
	expect_all(QF_WALK_MESSAGE, "");
}
END_TEST

/* A header was put in, which stands behind the end. */
static void
add_edited(void)
{
	off_t jump;
	off_t back;

	add_envelope();
	sample_text(&file, 'N', "A: 1");
	sample_text(&file, 'w', "0");
	jump = sample_pointer(&file, 0);
	back = sample_text(&file, 'N', "");
	sample_text(&file, 'N', "body");
	add_end();
	sample_point(&file, jump, (off_t)file.len);
	sample_text(&file, 'N', "New: 2");
	sample_pointer(&file, back);
}

START_TEST(an_edited_message_in_its_order)
{
	add_edited();
	expect_all(QF_WALK_MESSAGE,
		   BEFORE "hN:A: 1 hN:New: 2 bN: bN:body" AFTER);
}
END_TEST

START_TEST(an_edited_message_with_all_that_is_met)
{
	add_edited();
	expect_all(QF_WALK_RECORDS,
		   BEFORE "hN:A: 1 hw:0 hp:             61 hN:New: 2 "
			  "hp:             45 bN: bN:body" AFTER);
}
END_TEST

START_TEST(an_edited_message_as_it_lies_in_the_file)
{
	add_edited();
	expect_all(QF_WALK_FILE,
		   BEFORE "hN:A: 1 hw:0 hp:             61 bN: bN:body" AFTER
			  " -N:New: 2 -p:             45");
}
END_TEST

/* The pointer itself is given, and damage comes after it. */
START_TEST(a_pointer_that_leads_nowhere)
{
	static const struct {
		const char *data;
		enum qf_damage_kind kind;
	} rows[] = {
		{ "9x", QF_DAMAGE_POINTER },
		{ "100", QF_DAMAGE_POINTER_FAR },
	};

	for (size_t i = 0; i < 2; i++) {
		char text[100];
		char wanted[100];
		struct qf_error err;

		file.len = 0;
		sample_text(&file, 'S', "a");
		sample_text(&file, 'p', rows[i].data);
		sample_text(&file, 'E', "");
		open_file(QF_WALK_RECORDS);
		ck_assert_int_eq(read_all(text, sizeof(text), &err),
				 QF_CORRUPT);
		snprintf(wanted, sizeof(wanted), "eS:a ep:%s", rows[i].data);
		ck_assert_str_eq(text, wanted);
		ck_assert_int_eq(err.offset, 3);
		ck_assert_int_eq(qf_walk_damage(walk)->kind, rows[i].kind);
		ck_assert_int_eq(qf_walk_damage(walk)->record.offset, 3);
		ck_assert_mem_eq(qf_walk_damage(walk)->record.data,
				 rows[i].data, strlen(rows[i].data));
		/* It stays so. */
		ck_assert_int_eq(read_all(text, sizeof(text), &err),
				 QF_CORRUPT);
		open_file(QF_WALK_MESSAGE);
		ck_assert_int_eq(read_all(text, sizeof(text), &err),
				 QF_CORRUPT);
		ck_assert_str_eq(text, "eS:a");
		open_file(QF_WALK_FILE);
		ck_assert_int_eq(read_all(text, sizeof(text), &err), QF_END);
	}
}
END_TEST

/* Both by pointers and by who seeks. */
START_TEST(a_circle_ends)
{
	enum qf_section section;
	struct qf_error err;
	struct qf_record rec;
	enum qf_status status;
	size_t given = 0;

	sample_text(&file, 'S', "a");
	sample_pointer(&file, 3);
	open_file(QF_WALK_RECORDS);
	while ((status = qf_walk_next(walk, &rec, &section, &err)) == QF_OK)
		ck_assert_uint_lt(given++, 100000);
	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_int_eq(qf_walk_damage(walk)->kind, QF_DAMAGE_CIRCLE);
	open_file(QF_WALK_FILE);
	for (given = 0;
	     (status = qf_walk_next(walk, &rec, &section, &err)) == QF_OK;
	     given++) {
		ck_assert_uint_lt(given, 100000);
		qf_walk_seek(walk, 0, QF_SECTION_ENVELOPE);
	}
	ck_assert_int_eq(status, QF_CORRUPT);
	ck_assert_int_eq(qf_walk_damage(walk)->kind, QF_DAMAGE_CIRCLE);
}
END_TEST

static void
add_size(const char *size, const char *offset)
{
	char text[40];

	snprintf(text, sizeof(text), "%15s %15s", size, offset);
	sample_text(&file, 'C', text);
}

START_TEST(the_envelope_can_be_left_out)
{
	add_size("4", "52");
	add_envelope();
	ck_assert_uint_eq(file.len, 52);
	sample_text(&file, 'N', "A: 1");
	add_end();
	open_file(QF_WALK_MESSAGE);
	ck_assert(qf_walk_skip_envelope(walk));
	ck_assert_int_eq(qf_walk_tell(walk), 52);
	expect_rest("hN:A: 1" AFTER);
}
END_TEST

/* Only where there is a message record just before. */
START_TEST(a_size_record_is_not_believed)
{
	static const char *const offsets[] = {
		"0", "1", "2", "-1", "51", "53", "x", "9999", "999999999999999"
	};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		file.len = 0;
		add_size("4", offsets[i]);
		add_envelope();
		sample_text(&file, 'N', "A: 1");
		open_file(QF_WALK_MESSAGE);
		ck_assert_msg(!qf_walk_skip_envelope(walk), "%s", offsets[i]);
		ck_assert_int_eq(qf_walk_tell(walk), 0);
	}
	file.len = 0;
	add_envelope();
	open_file(QF_WALK_MESSAGE);
	ck_assert(!qf_walk_skip_envelope(walk));
	expect_rest("eT:1 eL:filter eS:s eR:r eM:");
}
END_TEST

/* Sections follow from where somebody says that he goes. */
START_TEST(goes_where_it_is_told)
{
	off_t place;

	add_envelope();
	place = sample_text(&file, 'N', "A: 1");
	sample_text(&file, 'N', "");
	add_end();
	open_file(QF_WALK_MESSAGE);
	expect_rest(BEFORE "hN:A: 1 bN:" AFTER);
	qf_walk_seek(walk, place, QF_SECTION_HEADERS);
	expect_rest("hN:A: 1 bN:" AFTER);
	qf_walk_seek(walk, place, QF_SECTION_BODY);
	expect_rest("bN:A: 1 bN:" AFTER);
}
END_TEST

/* Bytes come in pieces of any size, and none comes back. */
START_TEST(reads_a_pipe)
{
	int ends[2];
	struct qf_error err;

	add_envelope();
	sample_text(&file, 'p', "0");
	add_end();
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], file.data, file.len),
			 (ssize_t)file.len);
	close(ends[1]);
	ck_assert_int_eq(qf_walk_start(walk, ends[0], QF_WALK_RECORDS, &err),
			 QF_OK);
	ck_assert(qf_walk_is_pipe(walk));
	ck_assert(!qf_walk_skip_envelope(walk));
	expect_rest("eT:1 eL:filter eS:s eR:r eM: hp:0 xX: xR:r2 xE:");
	close(ends[0]);
}
END_TEST

START_TEST(no_pipe_can_be_jumped_in)
{
	char text[100];
	int ends[2];
	struct qf_error err;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "S\001ap\0013E\0", 8), 8);
	close(ends[1]);
	ck_assert_int_eq(qf_walk_start(walk, ends[0], QF_WALK_MESSAGE, &err),
			 QF_OK);
	ck_assert_int_eq(read_all(text, sizeof(text), &err), QF_CORRUPT);
	ck_assert_str_eq(text, "eS:a");
	ck_assert_int_eq(qf_walk_damage(walk)->kind, QF_DAMAGE_POINTER_PIPE);
	close(ends[0]);
}
END_TEST

static const struct {
	const char *line;
	size_t len;
	size_t name;
} lines[] = {
	{ BYTES("Subject: x"), 7 },
	{ BYTES("Subject:x"), 7 },
	{ BYTES("Subject \t : x"), 7 },
	{ BYTES("a:"), 1 },
	{ BYTES("!\"#~:"), 4 },
	{ BYTES(""), 0 },
	{ BYTES(":"), 0 },
	{ BYTES(" :"), 0 },
	{ BYTES(" a: b"), 0 },
	{ BYTES("a b: c"), 0 },
	{ BYTES("a\001: b"), 0 },
	{ BYTES("a\177: b"), 0 },
	{ BYTES("\303\244: b"), 0 },
	{ BYTES("a\0: b"), 0 },
	{ BYTES("no colon"), 0 },
	{ BYTES("a "), 0 },
};

START_TEST(knows_a_header)
{
	ck_assert_uint_eq(qf_header_name(lines[_i].line, lines[_i].len),
			  lines[_i].name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tc = tcase_create("walk");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, knows_the_parts);
	tcase_add_test(tc, a_line_in_pieces);
	tcase_add_test(tc, a_message_without_headers);
	tcase_add_test(tc, a_message_without_text);
	tcase_add_test(tc, a_file_that_stops_anywhere);
	tcase_add_test(tc, an_edited_message_in_its_order);
	tcase_add_test(tc, an_edited_message_with_all_that_is_met);
	tcase_add_test(tc, an_edited_message_as_it_lies_in_the_file);
	tcase_add_test(tc, a_pointer_that_leads_nowhere);
	tcase_add_test(tc, a_circle_ends);
	tcase_add_test(tc, the_envelope_can_be_left_out);
	tcase_add_test(tc, a_size_record_is_not_believed);
	tcase_add_test(tc, goes_where_it_is_told);
	tcase_add_test(tc, reads_a_pipe);
	tcase_add_test(tc, no_pipe_can_be_jumped_in);
	tcase_add_loop_test(tc, knows_a_header, 0, COUNT(lines));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
