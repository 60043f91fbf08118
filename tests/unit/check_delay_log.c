/*
 * check_delay_log.c - log entries are read as bounce_log_read() does, in
 * both forms and of any length.
 */
#include "queue-format/postfix/delay_log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_delay_log *delay_log;
static struct qf_arena arena;
static struct qf_error err;
static struct sample file;
static int fd = -1;

static void
begin(void)
{
	delay_log = qf_delay_log_new();
	ck_assert_ptr_nonnull(delay_log);
}

static void
end(void)
{
	qf_delay_log_free(delay_log);
	qf_arena_free(&arena);
	sample_free(&file);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void
open_bytes(const void *data, size_t len)
{
	if (fd >= 0)
		close(fd);
	fd = bytes_fd(data, len);
	qf_delay_log_start(delay_log, fd);
}

static void
open_file(void)
{
	open_bytes(file.data, file.len);
}

static void
put(const char *text)
{
	sample_add(&file, text, strlen(text));
}

static enum qf_status
next(struct qf_delay *entry)
{
	err = (struct qf_error){ .text = "" };
	memset(entry, 0, sizeof(*entry));
	return qf_delay_log_next(delay_log, &arena, entry, &err);
}

static void
expect_string(const char *found, const char *wanted)
{
	if (wanted == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(found, wanted);
}

static void
expect(const struct qf_delay *wanted)
{
	struct qf_delay entry;
	enum qf_status status = next(&entry);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
	ck_assert_str_eq(entry.address, wanted->address);
	ck_assert_str_eq(entry.reason, wanted->reason);
	expect_string(entry.original, wanted->original);
	expect_string(entry.dsn_original, wanted->dsn_original);
	expect_string(entry.status, wanted->status);
	expect_string(entry.action, wanted->action);
	expect_string(entry.mta, wanted->mta);
	ck_assert_int_eq(entry.offset, wanted->offset);
}

static void
expect_end(void)
{
	struct qf_delay entry;
	enum qf_status status = next(&entry);

	ck_assert_msg(status == QF_END, "status %d: %s", (int)status, err.text);
}

static void
expect_skipped(unsigned count, off_t first)
{
	off_t offset = -1;

	ck_assert_uint_eq(qf_delay_log_skipped(delay_log, &offset), count);
	if (count > 0)
		ck_assert_int_eq(offset, first);
}

/* What bounce_append_service() writes today, with all that there can be. */
static const char full_entry[] =
	"\n"
	"<b@example.com>: connect to mx.example.com[192.0.2.1]:25: timed out\n"
	"recipient=b@example.com\n"
	"original_recipient=B@example.com\n"
	"offset=1234\n"
	"dsn_orig_rcpt=rfc822;B@example.com\n"
	"notify_flags=4\n"
	"status=4.4.1\n"
	"action=delayed\n"
	"diag_type=smtp\n"
	"diag_text=450 4.4.1 busy\n"
	"mta_type=dns\n"
	"mta_mname=mx.example.com\n"
	"reason=connect to mx.example.com[192.0.2.1]:25: timed out\n"
	"\n";

static const struct qf_delay full_delay = {
	.address = "b@example.com",
	.original = "B@example.com",
	.dsn_original = "rfc822;B@example.com",
	.reason = "connect to mx.example.com[192.0.2.1]:25: timed out",
	.status = "4.4.1",
	.action = "delayed",
	.mta = "mx.example.com",
	.offset = 1234,
};

START_TEST(reads_an_entry)
{
	open_bytes(full_entry, sizeof(full_entry) - 1);
	expect(&full_delay);
	expect_end();
	expect_end();
	expect_skipped(0, 0);
}
END_TEST

START_TEST(reads_entries_in_order)
{
	put(full_entry);
	put("\n<c@example.com>: old form only\n\n");
	put("\n\n\nrecipient=d@example.com\nreason=new form only\n\n\n\n");
	put("<e@example.com>: no blank line in front\n\n");
	put(full_entry);
	open_file();
	expect(&full_delay);
	expect(&(struct qf_delay){ .address = "c@example.com",
				   .reason = "old form only" });
	expect(&(struct qf_delay){ .address = "d@example.com",
				   .reason = "new form only" });
	expect(&(struct qf_delay){ .address = "e@example.com",
				   .reason = "no blank line in front" });
	expect(&full_delay);
	expect_end();
	expect_skipped(0, 0);
}
END_TEST

/* One entry each, and what is made of it. */
static const struct {
	const char *text;
	size_t len;
	struct qf_delay delay;
	unsigned skipped;
	off_t first;
} entries[] = {
	/* The old form. */
	{ BYTES("<a@b>: no\n\n"), { .address = "a@b", .reason = "no" }, 0, 0 },
	{ BYTES("<a@b>:    blanks  \n\n"),
	  { .address = "a@b", .reason = "blanks  " },
	  0,
	  0 },
	{ BYTES("<>: null\n\n"),
	  { .address = "(MAILER-DAEMON)", .reason = "null" },
	  0,
	  0 },
	{ BYTES("<\"a>: b\"@c>: first mark\n\n"),
	  { .address = "\"a", .reason = "b\"@c>: first mark" },
	  0,
	  0 },
	{ BYTES("<a@b>: \n\n"),
	  { .address = "a@b", .reason = "(description unavailable)" },
	  0,
	  0 },
	{ BYTES("<a@b>:no\n\n"),
	  { .address = "(recipient address unavailable)",
	    .reason = "(description unavailable)" },
	  1,
	  0 },
	{ BYTES("\n<a@b no\n<a@b>: yes\n\n"),
	  { .address = "a@b", .reason = "yes" },
	  1,
	  1 },
	{ BYTES("<\n\n"),
	  { .address = "(recipient address unavailable)",
	    .reason = "(description unavailable)" },
	  1,
	  0 },

	/* The new form. */
	{ BYTES("recipient=a@b\n\n"),
	  { .address = "a@b", .reason = "(description unavailable)" },
	  0,
	  0 },
	{ BYTES("reason=only\n\n"),
	  { .address = "(recipient address unavailable)", .reason = "only" },
	  0,
	  0 },
	{ BYTES("recipient=\noriginal_recipient=\nreason=x\n\n"),
	  { .address = "(MAILER-DAEMON)",
	    .original = "(MAILER-DAEMON)",
	    .reason = "x" },
	  0,
	  0 },
	{ BYTES("recipient=<>\nreason=x\n\n"),
	  { .address = "<>", .reason = "x" },
	  0,
	  0 },
	{ BYTES("recipient  =   a@b   \nreason = x = y \n\n"),
	  { .address = "a@b", .reason = "x = y" },
	  0,
	  0 },
	{ BYTES("recipient=a\t \nreason=\tx\t\n\n"),
	  { .address = "a\t", .reason = "\tx\t" },
	  0,
	  0 },
	{ BYTES("recipient=first\nrecipient=last\nreason=x\n\n"),
	  { .address = "last", .reason = "x" },
	  0,
	  0 },

	/* Both: the new lines have the last word. */
	{ BYTES("<old@b>: old\nrecipient=new@b\nreason=new\n\n"),
	  { .address = "new@b", .reason = "new" },
	  0,
	  0 },
	{ BYTES("<old@b>: old\nreason=\n\n"),
	  { .address = "old@b", .reason = "(description unavailable)" },
	  0,
	  0 },
	{ BYTES("<old@b>: old\nrecipient=\n\n"),
	  { .address = "(MAILER-DAEMON)", .reason = "old" },
	  0,
	  0 },

	/* Lines that mean nothing here. */
	{ BYTES("recipient=a@b\nreason=x\nfuture=1\nnoequal\n\n"),
	  { .address = "a@b", .reason = "x" },
	  2,
	  23 },
	{ BYTES("recipient=a@b\nreason=x\nnotify_flags=1\ndiag_type=a\n"
		"diag_text=b\nmta_type=dns\n\n"),
	  { .address = "a@b", .reason = "x" },
	  0,
	  0 },
	{ BYTES("recipient=a@b\nreason=x\n =y\n\tz=1\n>q\n\n"),
	  { .address = "a@b", .reason = "x" },
	  3,
	  23 },
	{ BYTES("RECIPIENT=no\nrecipients=no\nrecipien=no\nreason=x\n\n"),
	  { .address = "(recipient address unavailable)", .reason = "x" },
	  3,
	  0 },
	{ BYTES("a b=1\nrecipient=a@b\nreason=x\n\n"),
	  { .address = "a@b", .reason = "x" },
	  1,
	  0 },

	/* Offsets. */
	{ BYTES("recipient=a\nreason=x\noffset=12x\n\n"),
	  { .address = "a", .reason = "x", .offset = 12 },
	  0,
	  0 },
	{ BYTES("recipient=a\nreason=x\noffset=-12\n\n"),
	  { .address = "a", .reason = "x", .offset = 0 },
	  0,
	  0 },
	{ BYTES("recipient=a\nreason=x\noffset=99999999999999999999999\n\n"),
	  { .address = "a", .reason = "x", .offset = 0 },
	  0,
	  0 },
	{ BYTES("recipient=a\nreason=x\noffset=5000000000\n\n"),
	  { .address = "a", .reason = "x", .offset = 5000000000 },
	  0,
	  0 },

	/* A line is a C string for Postfix. */
	{ BYTES("recipient=a@b\0c\nreason=x\0\0y\n\n"),
	  { .address = "a@b", .reason = "x" },
	  0,
	  0 },
	{ BYTES("<a@b>: x\0y\n\n"), { .address = "a@b", .reason = "x" }, 0, 0 },
	{ BYTES("<a@b\0>: x\n\n"),
	  { .address = "(recipient address unavailable)",
	    .reason = "(description unavailable)" },
	  1,
	  0 },
	{ BYTES("recipient=a\nreason=x\n\0ends the entry\nreason=y\n\n"),
	  { .address = "a", .reason = "x" },
	  0,
	  0 },

	/* Bytes stay as they are; whoever shows them makes them safe. */
	{ BYTES("recipient=j\xc3\xb6\xff@b\nreason=\x1b[2J\ttab \n\n"),
	  { .address = "j\xc3\xb6\xff@b", .reason = "\x1b[2J\ttab" },
	  0,
	  0 },
};

START_TEST(reads_each_form)
{
	open_bytes(entries[_i].text, entries[_i].len);
	expect(&entries[_i].delay);
	expect_skipped(entries[_i].skipped, entries[_i].first);
}
END_TEST

/* Without its closing blank line an entry is not there, as for Postfix. */
START_TEST(drops_what_is_cut_off)
{
	size_t len = sizeof(full_entry) - 1;

	for (size_t cut = 0; cut < len; cut++) {
		open_bytes(full_entry, cut);
		expect_end();
		file.len = 0;
		put("\n<c@d>: whole\n\n");
		sample_add(&file, full_entry, cut);
		open_file();
		expect(&(struct qf_delay){ .address = "c@d",
					   .reason = "whole" });
		expect_end();
	}
}
END_TEST

START_TEST(an_empty_log_has_no_entry)
{
	open_bytes("", 0);
	expect_end();
	open_bytes(BYTES("\n\n\n\n"));
	expect_end();
	expect_skipped(0, 0);
}
END_TEST

/* Each byte of an entry, in turn, is the last one of a read. */
START_TEST(reads_across_its_reads)
{
	static const size_t edges[] = { 4096, 4096 + 65536, 65536 };
	size_t len = sizeof(full_entry) - 1;

	for (size_t i = 0; i <= len; i++) {
		size_t before = edges[_i] - i - 9;

		file.len = 0;
		put("<a@b>: ");
		sample_pattern(&file, before);
		for (size_t k = 7; k < file.len; k++)
			file.data[k] = 'r';
		put("\n\n");
		put(full_entry);
		open_file();
		expect(&(struct qf_delay){
			.address = "a@b",
			.reason =
				memset(qf_arena_copy(&arena, (char *)file.data,
						     before),
				       'r', before) });
		expect(&full_delay);
		expect_end();
		qf_arena_empty(&arena, 1 << 20);
	}
}
END_TEST

START_TEST(reads_a_large_log)
{
	char text[200];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text),
			 "\n<u%d@example.com>: reason %d\n"
			 "recipient=u%d@example.com\noffset=%d\n"
			 "status=4.0.0\nreason=reason %d\n\n",
			 i, i, i, i + 1, i);
		put(text);
	}
	put("bad line\n");
	open_file();
	for (int i = 0; i < 5000; i++) {
		char address[40];
		char reason[40];

		snprintf(address, sizeof(address), "u%d@example.com", i);
		snprintf(reason, sizeof(reason), "reason %d", i);
		expect(&(struct qf_delay){ .address = address,
					   .reason = reason,
					   .status = "4.0.0",
					   .offset = i + 1 });
	}
	expect_end();
	expect_skipped(1, (off_t)file.len - 9);
}
END_TEST

/* "<a@b>: ", a reason, and a newline: `total' bytes. */
static void
put_line(size_t total)
{
	size_t start = file.len;

	put("<a@b>: ");
	while (file.len < start + total - 1)
		put(&"0123456789abcdef"[(file.len - start) % 16]);
	file.len = start + total - 1;
	put("\n");
}

START_TEST(lines_may_be_long)
{
	static const size_t lengths[] = { 4096,	  65535,  65536,  65537,
					  131072, 131073, 500000, 1048575 };
	struct qf_delay entry;

	put(full_entry);
	put_line(lengths[_i]);
	put("\n");
	put(full_entry);
	open_file();
	expect(&full_delay);
	ck_assert_int_eq(next(&entry), QF_OK);
	ck_assert_uint_eq(strlen(entry.reason), lengths[_i] - 8);
	ck_assert_str_eq(entry.address, "a@b");
	ck_assert_int_eq(strncmp(entry.reason, "789abcdef0123", 13), 0);
	expect(&full_delay);
	expect_end();
}
END_TEST

START_TEST(a_line_without_end_is_damage)
{
	struct qf_delay entry;

	put(full_entry);
	put_line(1048576 + 1);
	open_file();
	expect(&full_delay);
	ck_assert_int_eq(next(&entry), QF_CORRUPT);
	ck_assert_str_eq(err.text, "line of more than 1 MB");
	ck_assert_int_eq(err.offset, (off_t)sizeof(full_entry) - 1);
}
END_TEST

START_TEST(a_log_that_cannot_be_read)
{
	struct qf_delay entry;

	qf_delay_log_start(delay_log, -1);
	ck_assert_int_eq(next(&entry), QF_SYSTEM);
	ck_assert_str_eq(err.text, "cannot read: Bad file descriptor");
}
END_TEST

START_TEST(one_reader_serves_many_logs)
{
	for (int i = 0; i < 3; i++) {
		open_bytes(BYTES("bad line\nworse line\n"));
		expect_end();
		expect_skipped(2, 0);
		open_bytes(full_entry, sizeof(full_entry) - 1);
		expect_skipped(0, 0);
		expect(&full_delay);
		/* Not read to its end. */
		file.len = 0;
		put_line(200000);
		put("\n");
		open_file();
	}
	qf_delay_log_free(NULL);
}
END_TEST

/* Strings live as long as the arena, not as long as the buffer. */
START_TEST(entries_outlive_the_log)
{
	struct qf_delay first;

	put(full_entry);
	put_line(200000);
	put("\n");
	open_file();
	ck_assert_int_eq(next(&first), QF_OK);
	ck_assert_int_eq(next(&(struct qf_delay){ 0 }), QF_OK);
	qf_delay_log_free(delay_log);
	delay_log = NULL;
	ck_assert_str_eq(first.address, full_delay.address);
	ck_assert_str_eq(first.reason, full_delay.reason);
	ck_assert_str_eq(first.mta, full_delay.mta);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("delay_log");
	TCase *tc = tcase_create("delay_log");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, reads_an_entry);
	tcase_add_test(tc, reads_entries_in_order);
	tcase_add_loop_test(tc, reads_each_form, 0, COUNT(entries));
	tcase_add_test(tc, drops_what_is_cut_off);
	tcase_add_test(tc, an_empty_log_has_no_entry);
	tcase_add_loop_test(tc, reads_across_its_reads, 0, 3);
	tcase_add_test(tc, reads_a_large_log);
	tcase_add_loop_test(tc, lines_may_be_long, 0, 8);
	tcase_add_test(tc, a_line_without_end_is_damage);
	tcase_add_test(tc, a_log_that_cannot_be_read);
	tcase_add_test(tc, one_reader_serves_many_logs);
	tcase_add_test(tc, entries_outlive_the_log);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
