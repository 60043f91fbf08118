/*
 * check_archive.c - what was written is read again, in each compression, with
 * its checksum; and nothing but plain files is.
 */
#include "queue-format/archive.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/checksum.h"
#include "unit.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct qf_error err;

static int
open_file(const char *name, int flags)
{
	int fd = open(scratch_path(name), flags | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
write_archive(enum qf_archive_filter filter)
{
	int fd = open_file("a", O_WRONLY | O_TRUNC);
	struct qf_archive_writer *w = NULL;

	ck_assert_int_eq(qf_archive_create(fd, filter, &w, &err), QF_OK);
	ck_assert_int_eq(qf_archive_add(w, "one/a", 3, 1000, &err), QF_OK);
	ck_assert_int_eq(qf_archive_write(w, "ab", 2, &err), QF_OK);
	ck_assert_int_eq(qf_archive_write(w, "c", 1, &err), QF_OK);
	ck_assert_int_eq(qf_archive_add(w, "two", 0, 1000, &err), QF_OK);
	ck_assert_int_eq(qf_archive_write(w, "x", 1, &err), QF_INVALID);
	ck_assert_int_eq(qf_archive_finish(w, &err), QF_OK);
	qf_archive_writer_free(w);
	close(fd);
}

START_TEST(is_read_as_it_was_written)
{
	struct qf_archive_entry entry;
	struct qf_archive *archive = NULL;
	char data[100];
	size_t got = 0;
	int fd;

	write_archive((enum qf_archive_filter)_i);
	fd = open_file("a", O_RDONLY);
	ck_assert_int_eq(qf_archive_open(fd, &archive, &err), QF_OK);
	ck_assert_int_eq(qf_archive_next(archive, &entry, &err), QF_OK);
	ck_assert_str_eq(entry.name, "one/a");
	ck_assert_int_eq(entry.size, 3);
	ck_assert_int_eq(qf_archive_read(archive, data, 100, &got, &err),
			 QF_OK);
	ck_assert_uint_eq(got, 3);
	ck_assert_int_eq(memcmp(data, "abc", 3), 0);
	ck_assert_int_eq(qf_archive_read(archive, data, 100, &got, &err),
			 QF_OK);
	ck_assert_uint_eq(got, 0);
	ck_assert_int_eq(qf_archive_next(archive, &entry, &err), QF_OK);
	ck_assert_str_eq(entry.name, "two");
	ck_assert_int_eq(qf_archive_next(archive, &entry, &err), QF_END);
	qf_archive_close(archive);
	close(fd);
}
END_TEST

/* One that nobody has finished has no end that looks like one. */
START_TEST(an_unfinished_one_is_damaged)
{
	int fd = open_file("a", O_RDWR | O_TRUNC);
	struct qf_archive_writer *w = NULL;
	struct qf_archive_entry entry;
	struct qf_archive *archive = NULL;

	ck_assert_int_eq(qf_archive_create(fd, QF_ARCHIVE_GZIP, &w, &err),
			 QF_OK);
	ck_assert_int_eq(qf_archive_add(w, "a", 1 << 20, 0, &err), QF_OK);
	qf_archive_writer_free(w);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert(qf_archive_open(fd, &archive, &err) != QF_OK ||
		  qf_archive_next(archive, &entry, &err) != QF_OK);
	qf_archive_close(archive);
	close(fd);
}
END_TEST

START_TEST(what_is_no_tar_is_refused)
{
	static const char *const texts[] = { "x", "PK\003\004xxxx", "!<arch>\n",
					     "070701", "\037\213" };
	struct qf_archive_entry entry;
	struct qf_archive *archive = NULL;
	int fd = open_file("b", O_RDWR | O_TRUNC);

	ck_assert_int_gt(write(fd, texts[_i], strlen(texts[_i])), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	if (qf_archive_open(fd, &archive, &err) == QF_OK)
		ck_assert_int_eq(qf_archive_next(archive, &entry, &err),
				 QF_CORRUPT);
	unit_says(err.text, "damaged");
	qf_archive_close(archive);
	close(fd);
}
END_TEST

START_TEST(filters_have_names)
{
	enum qf_archive_filter filter = QF_ARCHIVE_PLAIN;

	ck_assert(qf_archive_filter_by_name("zstd", &filter));
	ck_assert_int_eq(filter, QF_ARCHIVE_ZSTD);
	ck_assert(!qf_archive_filter_by_name("bzip2", &filter));
}
END_TEST

START_TEST(a_checksum_is_that_of_all_bytes)
{
	struct qf_checksum *sum = qf_checksum_new();
	char text[QF_CHECKSUM_TEXT];

	for (int i = 0; i < 2; i++) {
		qf_checksum_add(sum, "a", 1);
		qf_checksum_add(sum, "", 0);
		qf_checksum_add(sum, "bc", 2);
		qf_checksum_text(sum, text);
		ck_assert_str_eq(text, ABC);
		qf_checksum_reset(sum);
	}
	qf_checksum_free(sum);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("archive");
	TCase *tc = tcase_create("archive");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, NULL);
	tcase_add_loop_test(tc, is_read_as_it_was_written, 0,
			    QF_ARCHIVE_FILTERS);
	tcase_add_test(tc, an_unfinished_one_is_damaged);
	tcase_add_loop_test(tc, what_is_no_tar_is_refused, 0, 5);
	tcase_add_test(tc, filters_have_names);
	tcase_add_test(tc, a_checksum_is_that_of_all_bytes);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
