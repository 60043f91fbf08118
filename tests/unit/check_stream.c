/*
 * check_stream.c - output is written in large pieces, but not late, and what
 * goes wrong is told once.
 */
#include "mailq-tools/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static struct stream stream;

static void
begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	stream = (struct stream){ .fd = memfd_create("stream", MFD_CLOEXEC) };
	ck_assert_int_ge(stream.fd, 0);
}

static void
end(void)
{
	close(stream.fd);
	stream_free(&stream);
}

/* Write to something else. */
static void
use(int fd)
{
	ck_assert_int_ge(fd, 0);
	close(stream.fd);
	stream.fd = fd;
}

static off_t
written(void)
{
	struct stat st;

	ck_assert_int_eq(fstat(stream.fd, &st), 0);
	return st.st_size;
}

/* The clock was looked at just now: nothing is late. */
static void
flush_now(void)
{
	ck_assert(stream_flush(&stream));
}

START_TEST(flush_writes_all)
{
	char text[8] = "";

	qf_buffer_string(&stream.buffer, "hello");
	ck_assert(stream_flush(&stream));
	ck_assert_int_eq(pread(stream.fd, text, sizeof(text) - 1, 0), 5);
	ck_assert_str_eq(text, "hello");
	ck_assert_uint_eq(stream.buffer.len, 0);
	ck_assert(stream_flush(&stream));
	ck_assert_int_eq(written(), 5);
}
END_TEST

/* Somebody waits for the first line. */
START_TEST(the_first_piece_goes_at_once)
{
	qf_buffer_string(&stream.buffer, "first");
	ck_assert(stream_offer(&stream));
	ck_assert_int_eq(written(), 5);
}
END_TEST

START_TEST(small_pieces_wait)
{
	flush_now();
	stream.last = INT64_MAX; /* no time passes in this test */
	for (int i = 0; i < 1000; i++) {
		qf_buffer_string(&stream.buffer, "x");
		ck_assert(stream_offer(&stream));
	}
	ck_assert_int_eq(written(), 0);
	ck_assert_uint_eq(stream.buffer.len, 1000);
}
END_TEST

START_TEST(much_does_not_wait)
{
	flush_now();
	stream.last = INT64_MAX;
	qf_buffer_fill(&stream.buffer, 'x', 65535);
	ck_assert(stream_offer(&stream));
	ck_assert_int_eq(written(), 0);
	qf_buffer_byte(&stream.buffer, 'y');
	ck_assert(stream_offer(&stream));
	ck_assert_int_eq(written(), 65536);
	ck_assert_uint_eq(stream.buffer.len, 0);
}
END_TEST

/* It looks at the clock at least every 16th time. */
START_TEST(late_pieces_do_not_wait)
{
	flush_now();
	stream.last -= 100;
	for (int i = 0; i < 16 && written() == 0; i++) {
		qf_buffer_string(&stream.buffer, "x");
		ck_assert(stream_offer(&stream));
	}
	ck_assert_int_gt(written(), 0);
}
END_TEST

START_TEST(nothing_is_not_written)
{
	use(open("/dev/null", O_RDONLY | O_CLOEXEC)); /* no write would do */
	for (int i = 0; i < 64; i++)
		ck_assert(stream_offer(&stream));
	ck_assert(stream_flush(&stream));
}
END_TEST

/* For a terminal that is not UTF-8; lines stay lines. */
START_TEST(ascii_is_written_on_request)
{
	static const char wanted[] = "\\u00E4\tx\n\\uFFFD";
	char text[40] = "";

	stream.ascii = true;
	qf_buffer_string(&stream.buffer, "\xc3\xa4\tx\n\xff");
	ck_assert(stream_flush(&stream));
	ck_assert_int_gt(pread(stream.fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_str_eq(text, wanted);
	ck_assert(stream_flush(&stream));
	ck_assert_int_eq(written(), (off_t)strlen(wanted));
}
END_TEST

START_TEST(a_closed_pipe_is_an_end)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	use(ends[1]);
	qf_buffer_string(&stream.buffer, "x");
	ck_assert(!stream_flush(&stream));
	ck_assert(stream_is_closed(&stream));
	ck_assert_int_eq(stream.errnum, EPIPE);
}
END_TEST

START_TEST(a_full_disk_is_a_failure)
{
	use(open("/dev/full", O_WRONLY | O_CLOEXEC));
	qf_buffer_string(&stream.buffer, "x");
	ck_assert(!stream_flush(&stream));
	ck_assert(!stream_is_closed(&stream));
	ck_assert_int_eq(stream.errnum, ENOSPC);
}
END_TEST

/* What comes later may not appear behind a gap. */
START_TEST(nothing_is_written_after_a_failure)
{
	use(open("/dev/full", O_WRONLY | O_CLOEXEC));
	qf_buffer_string(&stream.buffer, "x");
	ck_assert(!stream_flush(&stream));
	use(memfd_create("stream", MFD_CLOEXEC));
	qf_buffer_string(&stream.buffer, "y");
	ck_assert(!stream_offer(&stream));
	ck_assert(!stream_flush(&stream));
	ck_assert_int_eq(stream.errnum, ENOSPC);
	ck_assert_int_eq(written(), 0);
}
END_TEST

START_TEST(memory_that_ran_out_is_a_failure)
{
	qf_buffer_string(&stream.buffer, "x");
	stream.buffer.failed = true;
	ck_assert(!stream_offer(&stream));
	ck_assert_int_eq(stream.errnum, ENOMEM);
	ck_assert(!stream_is_closed(&stream));
	ck_assert_int_eq(written(), 0);
}
END_TEST

/* Read from a pipe until it ends; gives the count of bytes. */
static void *
read_all(void *context)
{
	static char piece[4096];
	const int *fd = context;
	size_t *count = calloc(1, sizeof(*count));
	ssize_t got;

	while (count != NULL && (got = read(*fd, piece, sizeof(piece))) > 0)
		*count += (size_t)got;
	return count;
}

/* A pipe takes less at once than a large piece has. */
START_TEST(a_slow_reader_gets_all)
{
	pthread_t reader;
	size_t *count;
	void *result = NULL;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	use(ends[1]);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_all, &ends[0]), 0);
	qf_buffer_fill(&stream.buffer, 'x', 1000000);
	ck_assert(stream_flush(&stream));
	use(memfd_create("stream", MFD_CLOEXEC));
	ck_assert_int_eq(pthread_join(reader, &result), 0);
	count = result;
	ck_assert_ptr_nonnull(count);
	ck_assert_uint_eq(*count, 1000000);
	free(count);
	close(ends[0]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tc = tcase_create("stream");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, flush_writes_all);
	tcase_add_test(tc, the_first_piece_goes_at_once);
	tcase_add_test(tc, small_pieces_wait);
	tcase_add_test(tc, much_does_not_wait);
	tcase_add_test(tc, late_pieces_do_not_wait);
	tcase_add_test(tc, nothing_is_not_written);
	tcase_add_test(tc, ascii_is_written_on_request);
	tcase_add_test(tc, a_closed_pipe_is_an_end);
	tcase_add_test(tc, a_full_disk_is_a_failure);
	tcase_add_test(tc, nothing_is_written_after_a_failure);
	tcase_add_test(tc, memory_that_ran_out_is_a_failure);
	tcase_add_test(tc, a_slow_reader_gets_all);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
