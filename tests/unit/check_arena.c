/*
 * check_arena.c - memory does not overlap, is aligned, and is used again.
 */
#include "queue-format/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* What arena.c asks malloc() for at least. */
#define BLOCK 32768

static struct qf_arena arena;

static void
forget(void)
{
	qf_arena_free(&arena);
}

START_TEST(copies_bytes_and_adds_a_nul)
{
	char source[] = "ab\0cd";
	char *copy = qf_arena_copy(&arena, source, 5);

	memset(source, 'x', sizeof(source));
	ck_assert_mem_eq(copy, "ab\0cd", 6);
	ck_assert_str_eq(qf_arena_copy(&arena, "", 0), "");
}
END_TEST

START_TEST(is_aligned_for_pointers_and_numbers)
{
	for (size_t size = 1; size < 40; size++) {
		uintptr_t at = (uintptr_t)qf_arena_alloc(&arena, size);

		ck_assert_uint_eq(at % _Alignof(void *), 0);
		ck_assert_uint_eq(at % _Alignof(int64_t), 0);
		ck_assert_uint_eq(at % _Alignof(double), 0);
	}
}
END_TEST

/* Sizes around the block's, so that blocks are filled to their last byte. */
START_TEST(pieces_do_not_overlap)
{
	static const size_t sizes[] = { 1,     7,	  8,	     9,
					100,   4000,	  BLOCK - 8, BLOCK - 1,
					BLOCK, BLOCK + 1, 3 * BLOCK, 1000000 };
	static unsigned char wanted[70000];
	unsigned char *pieces[600];
	size_t lengths[600];
	size_t total = 0;

	for (size_t i = 0; i < 600; i++) {
		lengths[i] = sizes[i % (size_t)COUNT(sizes)] % (60000 + i);
		pieces[i] = qf_arena_alloc(&arena, lengths[i]);
		ck_assert_ptr_nonnull(pieces[i]);
		memset(pieces[i], (int)(i % 251), lengths[i]);
		total += lengths[i];
	}
	ck_assert_uint_ge(arena.used, total);
	ck_assert_uint_le(arena.used, total + 600 * 16);
	for (size_t i = 0; i < 600; i++) {
		memset(wanted, (int)(i % 251), lengths[i]);
		ck_assert_mem_eq(pieces[i], wanted, lengths[i]);
	}
}
END_TEST

START_TEST(too_much_is_refused)
{
	ck_assert_ptr_null(qf_arena_alloc(&arena, SIZE_MAX));
	ck_assert_ptr_null(qf_arena_alloc(&arena, SIZE_MAX - 4));
	ck_assert_ptr_null(qf_arena_alloc(&arena, SIZE_MAX / 2 + 1));
	ck_assert_ptr_nonnull(qf_arena_alloc(&arena, 8));
}
END_TEST

START_TEST(arrays_grow)
{
	uint64_t *numbers = NULL;
	size_t room = 0;

	for (uint64_t i = 0; i < 5000; i++) {
		numbers = qf_arena_grow(&arena, numbers, i, &room,
					sizeof(*numbers));
		ck_assert_ptr_nonnull(numbers);
		ck_assert_uint_gt(room, i);
		numbers[i] = i * i;
	}
	for (uint64_t i = 0; i < 5000; i++)
		ck_assert_uint_eq(numbers[i], i * i);
	/* Doubling: what was left behind is no more than the array itself. */
	ck_assert_uint_le(arena.used, 2 * room * sizeof(*numbers));
}
END_TEST

START_TEST(a_full_array_that_cannot_grow)
{
	char byte = 'x';
	size_t room = SIZE_MAX / 4;

	ck_assert_ptr_eq(qf_arena_grow(&arena, &byte, 1, &room, 16), &byte);
	ck_assert_ptr_null(qf_arena_grow(&arena, &byte, room, &room, 16));
	ck_assert_uint_eq(room, SIZE_MAX / 4);
}
END_TEST

START_TEST(emptying_keeps_what_it_may)
{
	char *first = qf_arena_alloc(&arena, 100);
	char *second = qf_arena_alloc(&arena, BLOCK);
	void *volatile taken; /* else the compiler leaves malloc() out */

	ck_assert_ptr_nonnull(second);
	qf_arena_empty(&arena, 2 * BLOCK);
	/* What was given back would be given out here. */
	taken = malloc(BLOCK);
	ck_assert_uint_eq(arena.used, 0);
	ck_assert_ptr_eq(qf_arena_alloc(&arena, 100), first);
	ck_assert_ptr_eq(qf_arena_alloc(&arena, BLOCK), second);
	free(taken);

	/* Two blocks do not fit, one does. */
	qf_arena_empty(&arena, 2 * BLOCK - 1);
	ck_assert_ptr_eq(qf_arena_alloc(&arena, BLOCK), first);
	ck_assert_ptr_nonnull(qf_arena_alloc(&arena, 1));

	qf_arena_empty(&arena, BLOCK - 1);
	ck_assert_ptr_null(arena.first);
	ck_assert_ptr_nonnull(qf_arena_alloc(&arena, 1));
}
END_TEST

START_TEST(one_large_piece_does_not_stay)
{
	qf_arena_alloc(&arena, 100);
	qf_arena_alloc(&arena, 50 * BLOCK);
	qf_arena_empty(&arena, 4 * BLOCK);
	ck_assert_ptr_nonnull(arena.first);
	ck_assert_ptr_nonnull(qf_arena_alloc(&arena, BLOCK));
	ck_assert_uint_eq(arena.used, BLOCK);
}
END_TEST

START_TEST(freeing_makes_it_empty)
{
	qf_arena_alloc(&arena, 100);
	qf_arena_free(&arena);
	ck_assert_ptr_null(arena.first);
	ck_assert_uint_eq(arena.used, 0);
	qf_arena_empty(&arena, 0);
	qf_arena_free(&arena);
	ck_assert_str_eq(qf_arena_copy(&arena, "again", 5), "again");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tc = tcase_create("arena");

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, copies_bytes_and_adds_a_nul);
	tcase_add_test(tc, is_aligned_for_pointers_and_numbers);
	tcase_add_test(tc, pieces_do_not_overlap);
	tcase_add_test(tc, too_much_is_refused);
	tcase_add_test(tc, arrays_grow);
	tcase_add_test(tc, a_full_array_that_cannot_grow);
	tcase_add_test(tc, emptying_keeps_what_it_may);
	tcase_add_test(tc, one_large_piece_does_not_stay);
	tcase_add_test(tc, freeing_makes_it_empty);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
