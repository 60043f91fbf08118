/*
 * check_content_wire.c - what a worker says comes back as it was, and nothing
 * else is believed.
 */
#include "queue-format/content/wire.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct qf_finding finding;
static struct qf_finding copy;
static struct qf_buffer bytes;

static void
begin(void)
{
	qf_content_limits_complete(&finding.limits);
	copy.limits = finding.limits;
}

static void
end(void)
{
	qf_finding_free(&finding);
	qf_finding_free(&copy);
	qf_buffer_free(&bytes);
}

static void
make_sample(void)
{
	struct qf_content_text text = {
		.part = 2, .html = true, .text = "shown\n", .len = 6
	};
	struct qf_content_header *header = qf_finding_header(&finding);
	struct qf_content_part *part;

	*header = (struct qf_content_header){
		.name = "Subject",
		.raw = { " =?utf-8?q?a?=\0\xff", 17 },
		.value = "a",
	};
	part = qf_finding_part(&finding);
	part->type = "multipart/mixed";
	part->marks = QF_MARK_MULTIPART;
	part = qf_finding_part(&finding);
	*part = (struct qf_content_part){
		.depth = 1,
		.marks = QF_MARK_ATTACHMENT | QF_MARK_LOCKED,
		.type = "text/html",
		.found = "application/zip",
		.name = "\xe6\x97\xa9.zip",
		.charset = "utf-8",
		.encoding = "base64",
		.disposition = "attachment",
		.description = "what",
		.sized = true,
		.size = UINT64_C(0x123456789a),
		.sha256 = "00ff",
	};
	qf_finding_text(&finding, &text, false);
	qf_finding_notice(&finding, QF_NOTICE_LOCKED, 2, "an archive");
	finding.hops = 7;
	qf_wire_pack(&bytes, &finding);
	ck_assert(!finding.failed && !bytes.failed);
}

START_TEST(comes_back)
{
	const struct qf_content_part *part;
	struct qf_error err;

	make_sample();
	ck_assert_int_eq(qf_wire_unpack(bytes.data, bytes.len, &copy, &err),
			 QF_OK);
	ck_assert_uint_eq(copy.hops, 7);
	ck_assert_uint_eq(copy.header_count, 1);
	ck_assert_str_eq(copy.headers[0].name, "Subject");
	ck_assert_str_eq(copy.headers[0].value, "a");
	ck_assert_uint_eq(copy.headers[0].raw.len, 17);
	ck_assert_mem_eq(copy.headers[0].raw.text, " =?utf-8?q?a?=\0\xff", 17);
	ck_assert_uint_eq(copy.part_count, 2);
	ck_assert_str_eq(copy.parts[0].type, "multipart/mixed");
	part = &copy.parts[1];
	ck_assert_uint_eq(part->depth, 1);
	ck_assert_uint_eq(part->marks, QF_MARK_ATTACHMENT | QF_MARK_LOCKED);
	ck_assert_str_eq(part->type, "text/html");
	ck_assert_str_eq(part->found, "application/zip");
	ck_assert_str_eq(part->name, "\xe6\x97\xa9.zip");
	ck_assert_str_eq(part->charset, "utf-8");
	ck_assert_str_eq(part->encoding, "base64");
	ck_assert_str_eq(part->disposition, "attachment");
	ck_assert_str_eq(part->description, "what");
	ck_assert(part->sized);
	ck_assert_uint_eq(part->size, UINT64_C(0x123456789a));
	ck_assert_str_eq(part->sha256, "00ff");
	ck_assert_uint_eq(copy.text_count, 1);
	ck_assert_uint_eq(copy.texts[0].part, 2);
	ck_assert(copy.texts[0].html && !copy.texts[0].extra);
	ck_assert_str_eq(copy.texts[0].text, "shown\n");
	ck_assert_uint_eq(copy.notice_count, 1);
	ck_assert_int_eq(copy.notices[0].kind, QF_NOTICE_LOCKED);
	ck_assert_uint_eq(copy.notices[0].part, 2);
	ck_assert_str_eq(copy.notices[0].text, "an archive");
}
END_TEST

START_TEST(cut_off_anywhere_is_refused)
{
	struct qf_error err;

	make_sample();
	for (size_t len = 0; len < bytes.len; len++) {
		/* In memory of its own, so that a byte too many is noticed. */
		char *piece = malloc(len + 1);

		memcpy(piece, bytes.data, len);
		qf_finding_empty(&copy);
		ck_assert_int_eq(qf_wire_unpack(piece, len, &copy, &err),
				 QF_CORRUPT);
		unit_says(err.text, "the answer of the worker is wrong: ");
		free(piece);
	}
}
END_TEST

START_TEST(more_than_announced_is_refused)
{
	struct qf_error err;

	make_sample();
	qf_buffer_byte(&bytes, 0);
	ck_assert_int_eq(qf_wire_unpack(bytes.data, bytes.len, &copy, &err),
			 QF_CORRUPT);
	unit_says(err.text, "there is more than was announced");
}
END_TEST

/* Places of numbers: headers, parts, texts, notices. */
static const struct {
	size_t place;
	uint64_t number;
	const char *says;
} lies[] = {
	{ 0, 10001, "a number is too large" },
	{ 0, UINT64_MAX, "a number is too large" },
	{ 8, 10001, "a number is too large" },
	{ 16, UINT64_MAX, "a number is too large" },
	{ 24, 1001, "a number is too large" },
	{ 32, UINT64_MAX, "a number is too large" },
	{ 40, UINT64_MAX, "a string is cut off" },
	{ 40, 1 << 30, "a string is cut off" },
};

START_TEST(lies_are_refused)
{
	struct qf_error err;

	make_sample();
	memcpy(bytes.data + lies[_i].place, &lies[_i].number,
	       sizeof(lies[_i].number));
	ck_assert_int_eq(qf_wire_unpack(bytes.data, bytes.len, &copy, &err),
			 QF_CORRUPT);
	unit_says(err.text, lies[_i].says);
}
END_TEST

START_TEST(strings_are_text)
{
	static const char bad[] = { '\0', '\xff', '\x80', '\xed' };
	struct qf_error err;

	make_sample();
	for (size_t i = 0; i < sizeof(bad); i++) {
		/* The name of the header, behind its length. */
		bytes.data[48] = bad[i];
		qf_finding_empty(&copy);
		ck_assert_int_eq(
			qf_wire_unpack(bytes.data, bytes.len, &copy, &err),
			QF_CORRUPT);
		unit_says(err.text, "a string is no text");
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_wire");
	TCase *tc = tcase_create("wire");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, comes_back);
	tcase_add_test(tc, cut_off_anywhere_is_refused);
	tcase_add_test(tc, more_than_announced_is_refused);
	tcase_add_loop_test(tc, lies_are_refused, 0, COUNT(lies));
	tcase_add_test(tc, strings_are_text);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
