/*
 * check_buffer.c - what is appended stands there; failure is told once.
 */
#include "queue-format/buffer.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "unit.h"

static struct qf_buffer buffer;

static void
forget(void)
{
	qf_buffer_free(&buffer);
}

START_TEST(appends_in_order)
{
	qf_buffer_string(&buffer, "ab");
	qf_buffer_byte(&buffer, 'c');
	qf_buffer_add(&buffer, "d\0e", 3);
	qf_buffer_add(&buffer, NULL, 0);
	qf_buffer_string(&buffer, "");
	qf_buffer_fill(&buffer, '-', 3);
	qf_buffer_fill(&buffer, '+', 0);
	qf_buffer_number(&buffer, 42);
	ck_assert_uint_eq(buffer.len, 11);
	ck_assert_mem_eq(qf_buffer_text(&buffer), "abcd\0e---42", 12);
	ck_assert(!buffer.failed);
}
END_TEST

START_TEST(an_empty_buffer_is_a_string)
{
	ck_assert_str_eq(qf_buffer_text(&buffer), "");
	ck_assert_uint_eq(buffer.len, 0);
}
END_TEST

static const struct {
	long long number;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ 7, "7" },
	{ 10, "10" },
	{ -1, "-1" },
	{ -10, "-10" },
	{ 1234567890123, "1234567890123" },
	{ LLONG_MAX, "9223372036854775807" },
	{ LLONG_MIN, "-9223372036854775808" },
};

START_TEST(writes_numbers)
{
	qf_buffer_number(&buffer, numbers[_i].number);
	ck_assert_str_eq(qf_buffer_text(&buffer), numbers[_i].text);
}
END_TEST

/* Its memory grows at 256, 512, ...: fill it to just there, by each way. */
START_TEST(grows_byte_by_byte)
{
	for (size_t i = 0; i < 5000; i++) {
		qf_buffer_byte(&buffer, (char)sample_pattern_byte(i));
		if (i % 255 == 0)
			qf_buffer_text(&buffer);
		ck_assert_uint_le(buffer.len, buffer.room);
	}
	for (size_t i = 0; i < 5000; i++)
		ck_assert_int_eq(buffer.data[i], (char)sample_pattern_byte(i));
}
END_TEST

START_TEST(grows_at_once)
{
	static const size_t sizes[] = { 255, 256, 257, 511, 512, 513, 100000 };
	struct sample s = { 0 };

	sample_pattern(&s, sizes[_i]);
	qf_buffer_add(&buffer, (const char *)s.data, s.len);
	ck_assert_str_eq(qf_buffer_text(&buffer) + s.len, "");
	qf_buffer_fill(&buffer, 'f', sizes[_i]);
	ck_assert_uint_eq(buffer.len, 2 * sizes[_i]);
	ck_assert_mem_eq(buffer.data, s.data, s.len);
	for (size_t i = s.len; i < buffer.len; i++)
		ck_assert_int_eq(buffer.data[i], 'f');
	sample_free(&s);
}
END_TEST

START_TEST(emptying_keeps_the_memory)
{
	char *data;

	qf_buffer_fill(&buffer, 'x', 300);
	data = buffer.data;
	qf_buffer_empty(&buffer);
	ck_assert_str_eq(qf_buffer_text(&buffer), "");
	qf_buffer_string(&buffer, "new");
	ck_assert_ptr_eq(buffer.data, data);
	ck_assert_str_eq(qf_buffer_text(&buffer), "new");
}
END_TEST

/* After a failure nothing is added, also not what would fit. */
START_TEST(failure_stays)
{
	qf_buffer_string(&buffer, "abc");
	ck_assert(!qf_buffer_reserve(&buffer, SIZE_MAX / 2));
	ck_assert(buffer.failed);
	qf_buffer_byte(&buffer, 'd');
	qf_buffer_string(&buffer, "e");
	qf_buffer_fill(&buffer, 'f', 1);
	qf_buffer_number(&buffer, 1);
	ck_assert(!qf_buffer_reserve(&buffer, 1));
	ck_assert_uint_eq(buffer.len, 3);
	ck_assert_str_eq(qf_buffer_text(&buffer), "");
	ck_assert(buffer.failed);

	qf_buffer_free(&buffer);
	ck_assert(!buffer.failed);
	qf_buffer_string(&buffer, "new");
	ck_assert_str_eq(qf_buffer_text(&buffer), "new");
}
END_TEST

START_TEST(what_malloc_refuses_is_a_failure)
{
	qf_buffer_string(&buffer, "abc");
	ck_assert(!qf_buffer_reserve(&buffer, SIZE_MAX / 8));
	ck_assert(buffer.failed);
	ck_assert_uint_eq(buffer.len, 3);
	ck_assert_mem_eq(buffer.data, "abc", 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buffer");
	TCase *tc = tcase_create("buffer");

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, appends_in_order);
	tcase_add_test(tc, an_empty_buffer_is_a_string);
	tcase_add_loop_test(tc, writes_numbers, 0, COUNT(numbers));
	tcase_add_test(tc, grows_byte_by_byte);
	tcase_add_loop_test(tc, grows_at_once, 0, 7);
	tcase_add_test(tc, emptying_keeps_the_memory);
	tcase_add_test(tc, failure_stays);
	tcase_add_test(tc, what_malloc_refuses_is_a_failure);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
