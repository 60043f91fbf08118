/*
 * check_grid.c - a small table fits the terminal, and is cut nowhere else.
 */
#include "mailq-tools/grid.h"

#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

static struct apart apart;

static void
end(void)
{
	apart_free(&apart);
}

static int
print(void *context)
{
	const char *const *cells = context;
	struct tool tool = { .name = "mqtest" };
	struct stream stream = { .fd = STDOUT_FILENO };
	struct grid grid = { .tool = &tool, .stream = &stream };
	bool fine = true;

	tool.utf8 = true;
	grid_column(&grid, "ID", false, false);
	grid_column(&grid, "N", true, false);
	grid_column(&grid, "WHY", false, true);
	for (; *cells != NULL && fine; cells++)
		fine = grid_put(&grid, *cells);
	fine = grid_end(&grid) && fine;
	stream_free(&stream);
	return fine ? 0 : 1;
}

static const char *const cells[] = {
	"A1", "7", "short", "LONG-ID", "1234", "a reason that is \x1b[31mlong",
	"B2", "",  "",	    NULL,
};

START_TEST(all_is_printed_to_a_file)
{
	apart_run(&apart, print, (void *)(uintptr_t)cells);
	ck_assert_str_eq(apart.out, "ID         N WHY\n"
				    "A1         7 short\n"
				    "LONG-ID 1234 a reason that is ^[[31mlong\n"
				    "B2\n");
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

START_TEST(texts_are_cut_for_a_terminal)
{
	apart_run_on_terminal(&apart, 25, print, (void *)(uintptr_t)cells);
	ck_assert_uint_le(apart_widest(&apart), 25);
	unit_says(apart.out, "LONG-ID 1234 a reason th\xe2\x80\xa6");
	unit_says(apart.out, "A1         7 short");
	/* And at last whole columns. */
	apart_free(&apart);
	apart_run_on_terminal(&apart, 9, print, (void *)(uintptr_t)cells);
	ck_assert_uint_le(apart_widest(&apart), 9);
	unit_says(apart.out, "LONG-ID");
	ck_assert_ptr_null(strstr(apart.out, "1234"));
}
END_TEST

START_TEST(nothing_is_printed_for_no_row)
{
	const char *const none[] = { NULL };

	apart_run(&apart, print, (void *)(uintptr_t)none);
	ck_assert_str_eq(apart.out, "");
}
END_TEST

/* A later piece is wider where it must be. */
START_TEST(a_long_table_comes_in_pieces)
{
	static const char *many[3 * 1001 + 1];
	char *last;

	for (size_t i = 0; i < 3 * 1001; i += 3) {
		many[i] = i == 3 * 1000 ? "A-MUCH-LONGER-ID" : "A1";
		many[i + 1] = "1";
		many[i + 2] = "x";
	}
	apart_run(&apart, print, (void *)(uintptr_t)many);
	ck_assert_int_eq(strncmp(apart.out, "ID N WHY\nA1 1 x\n", 16), 0);
	apart.out[apart.out_len - 1] = '\0';
	last = strrchr(apart.out, '\n') + 1;
	ck_assert_str_eq(last, "A-MUCH-LONGER-ID 1 x");
	/* One heading. */
	ck_assert_ptr_null(strstr(apart.out + 1, "WHY\nA1 1 x\nID"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("grid");
	TCase *tc = tcase_create("all");

	setlocale(LC_ALL, "C.UTF-8");
	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, all_is_printed_to_a_file);
	tcase_add_test(tc, texts_are_cut_for_a_terminal);
	tcase_add_test(tc, nothing_is_printed_for_no_row);
	tcase_add_test(tc, a_long_table_comes_in_pieces);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
