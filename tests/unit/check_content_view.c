/*
 * check_content_view.c - the text of a message can be read from anywhere, and
 * out of a queue file it is what Postfix would send.
 */
#include "queue-format/content/view.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue-format/postfix/text_source.h"
#include "unit.h"

static struct sample file;
static struct qf_view *view;
static int fd = -1;

static void
end(void)
{
	qf_view_free(view);
	view = NULL;
	sample_free(&file);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void
open_view(const struct qf_content_source *source)
{
	struct qf_error err;

	fd = sample_fd(&file);
	view = qf_view_new(source);
	ck_assert_ptr_nonnull(view);
	ck_assert_int_eq(qf_view_start(view, fd, &err), QF_OK);
}

static void
reads(uint64_t offset, size_t len, const char *wanted)
{
	char data[256];
	size_t got = qf_view_read(view, offset, data, len);

	ck_assert_uint_eq(got, strlen(wanted));
	ck_assert_mem_eq(data, wanted, got);
}

static void
envelope(void)
{
	sample_text(&file, 'T', "1700000000 0");
	sample_text(&file, 'S', "a@example.org");
	sample_text(&file, 'R', "b@example.org");
	sample_text(&file, 'M', "");
}

START_TEST(a_plain_file_is_its_text)
{
	sample_add(&file, BYTES("Subject: a\n\nbody"));
	open_view(NULL);
	reads(0, 100, "Subject: a\n\nbody");
	reads(9, 1, "a");
	reads(12, 100, "body");
	reads(16, 100, "");
	reads(UINT64_MAX, 100, "");
	ck_assert_ptr_null(qf_view_damage(view));
}
END_TEST

START_TEST(records_become_lines)
{
	envelope();
	sample_text(&file, 'N', "Subject: a");
	sample_text(&file, 'N', "");
	sample_text(&file, 'L', "long ");
	sample_text(&file, 'N', "line");
	sample_text(&file, 'L', "end");
	sample_text(&file, 'X', "");
	sample_text(&file, 'R', "c@example.org");
	sample_text(&file, 'E', "");
	open_view(&qf_postfix_text);
	reads(0, 100, "Subject: a\n\nlong line\nend");
	/* Back, to the middle of a piece, and to a newline. */
	reads(10, 2, "\n\n");
	reads(15, 4, "g li");
	reads(0, 3, "Sub");
	reads(24, 9, "d");
	reads(25, 9, "");
	ck_assert_ptr_null(qf_view_damage(view));
}
END_TEST

/* A milter has put another first header behind the end of the file. */
START_TEST(pointers_are_followed)
{
	off_t there;
	off_t back;
	off_t rest;

	envelope();
	there = sample_pointer(&file, 0);
	rest = sample_text(&file, 'N', "To: b");
	sample_text(&file, 'N', "");
	sample_text(&file, 'N', "body");
	sample_text(&file, 'X', "");
	sample_text(&file, 'E', "");
	sample_point(&file, there, (off_t)file.len);
	sample_text(&file, 'N', "X-New: 1");
	back = sample_pointer(&file, 0);
	sample_point(&file, back, rest);
	open_view(&qf_postfix_text);
	reads(0, 100, "X-New: 1\nTo: b\n\nbody\n");
	reads(9, 5, "To: b");
	reads(0, 5, "X-New");
	ck_assert_ptr_null(qf_view_damage(view));
}
END_TEST

/* Far apart, so that marks are used; the same bytes in any order. */
START_TEST(goes_anywhere)
{
	char line[101];
	char data[16];

	envelope();
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 5000; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%07d", i);
		memcpy(line, number, 7);
		sample_record(&file, 'N', line, 99);
	}
	sample_text(&file, 'X', "");
	sample_text(&file, 'E', "");
	open_view(&qf_postfix_text);
	for (int i = 0; i < 5000; i++) {
		int at = i * 2711 % 5000;
		char wanted[8];

		snprintf(wanted, sizeof(wanted), "%07d", at);
		ck_assert_uint_eq(
			qf_view_read(view, (uint64_t)at * 100, data, 7), 7);
		ck_assert_mem_eq(data, wanted, 7);
	}
	ck_assert_uint_eq(qf_view_read(view, 500000, data, 7), 0);
}
END_TEST

static const struct {
	const char *tail;
	size_t len;
	const char *says;
} damages[] = {
	{ BYTES(""), "the message has no end" },
	{ BYTES("N\x7f"), "record" },
	{ BYTES("N\xff\xff\xff\xff\x7f"), "record" },
};

START_TEST(damage_ends_the_text)
{
	envelope();
	sample_text(&file, 'N', "Subject: a");
	sample_add(&file, damages[_i].tail, damages[_i].len);
	open_view(&qf_postfix_text);
	reads(0, 100, "Subject: a\n");
	ck_assert_ptr_nonnull(qf_view_damage(view));
	unit_says(qf_view_damage(view)->text, damages[_i].says);
	reads(9, 1, "a");
}
END_TEST

START_TEST(no_message_is_damage)
{
	sample_text(&file, 'T', "1700000000 0");
	open_view(&qf_postfix_text);
	reads(0, 100, "");
	ck_assert_str_eq(qf_view_damage(view)->text, "the message has no end");
}
END_TEST

START_TEST(only_plain_files)
{
	struct qf_error err;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	view = qf_view_new(NULL);
	ck_assert_int_eq(qf_view_start(view, ends[0], &err), QF_UNSAFE);
	ck_assert_str_eq(err.text, "the message is no plain file");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_view");
	TCase *tc = tcase_create("view");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, a_plain_file_is_its_text);
	tcase_add_test(tc, records_become_lines);
	tcase_add_test(tc, pointers_are_followed);
	tcase_add_test(tc, goes_anywhere);
	tcase_add_loop_test(tc, damage_ends_the_text, 0, COUNT(damages));
	tcase_add_test(tc, no_message_is_damage);
	tcase_add_test(tc, only_plain_files);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
