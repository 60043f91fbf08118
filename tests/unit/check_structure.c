/*
 * check_structure.c - misplaced and misnamed files are told from right ones,
 * and get the place and the name that Postfix 3.7's postsuper gives them.
 */
#include "queue-format/postfix/structure.h"

#include <string.h>

#include "unit.h"

#define NOW 1795000000

/* Inode 0x1234AB is 1193131; Postfix writes it "8yhj" in base 51. */
#define INODE 0x1234AB

/* Rules of a row. */
#define LONG   1 /* enable_long_queue_ids = yes */
#define LONG_S 2 /* -S */

static const struct {
	const char *folder;
	const char *path;
	unsigned depth;
	int rules;
	enum qf_structure_fault fault;
	const char *right;
} files[] = {
	/* Messages with short ids. */
	{ "deferred", "A/A12BC1234AB", 1, 0, QF_STRUCTURE_RIGHT,
	  "deferred/A/A12BC1234AB" },
	{ "deferred", "A/1/A12BC1234AB", 2, 0, QF_STRUCTURE_RIGHT,
	  "deferred/A/1/A12BC1234AB" },
	{ "active", "A12BC1234AB", 0, 0, QF_STRUCTURE_RIGHT,
	  "active/A12BC1234AB" },
	{ "deferred", "A12BC1234AB", 1, 0, QF_STRUCTURE_PLACE,
	  "deferred/A/A12BC1234AB" },
	{ "deferred", "A/A12BC1234AB", 0, 0, QF_STRUCTURE_PLACE,
	  "deferred/A12BC1234AB" },
	{ "deferred", "B/A12BC1234AB", 1, 0, QF_STRUCTURE_PLACE,
	  "deferred/A/A12BC1234AB" },
	{ "hold", "A12BC1234AC", 0, 0, QF_STRUCTURE_INODE, "hold/A12BC1234AB" },
	{ "maildrop", "A12BC1", 0, 0, QF_STRUCTURE_INODE,
	  "maildrop/A12BC1234AB" },
	{ "deferred", "B/A12BC1234AC", 1, 0, QF_STRUCTURE_INODE,
	  "deferred/A/A12BC1234AB" },
	{ "hold", "a12bc1234ab", 0, 0, QF_STRUCTURE_RIGHT, "hold/a12bc1234ab" },
	{ "hold", "a_2bc1234ac", 0, 0, QF_STRUCTURE_INODE, "hold/a_2bc1234AB" },
	/* Short ids stay short, whatever the setting. */
	{ "hold", "A12BC1234AB", 0, LONG, QF_STRUCTURE_RIGHT,
	  "hold/A12BC1234AB" },
	{ "hold", "A12BC1234AC", 0, LONG, QF_STRUCTURE_INODE,
	  "hold/A12BC1234AB" },

	/* Long ones. */
	{ "hold", "4SVLCh0sf8z8yhj", 0, LONG, QF_STRUCTURE_RIGHT,
	  "hold/4SVLCh0sf8z8yhj" },
	{ "hold", "4SVLCh0sf8zHS", 0, LONG, QF_STRUCTURE_RIGHT,
	  "hold/4SVLCh0sf8zHS" },
	{ "hold", "4SVLCh0sf8zHS", 0, LONG | LONG_S, QF_STRUCTURE_INODE,
	  "hold/4SVLCh0sf8z8yhj" },
	{ "deferred", "4SVLCh0sf8zHS", 1, LONG | LONG_S, QF_STRUCTURE_INODE,
	  "deferred/1/4SVLCh0sf8z8yhj" },
	{ "hold", "4SVLCh0sf8z8yhj", 0, LONG | LONG_S, QF_STRUCTURE_RIGHT,
	  "hold/4SVLCh0sf8z8yhj" },
	{ "hold", "4SVLCh0sf8z8yhj", 0, 0, QF_STRUCTURE_LONG,
	  "hold/1E2401234AB" },
	{ "hold", "4SVLCh0sf8zHS", 0, 0, QF_STRUCTURE_LONG,
	  "hold/1E2401234AB" },
	{ "hold", "4SVLCh0sf8zHS", 0, LONG_S, QF_STRUCTURE_LONG,
	  "hold/1E2401234AB" },
	/* A time that cannot be read is none. */
	{ "hold", "4SVLChAsf8zHS", 0, 0, QF_STRUCTURE_LONG,
	  "hold/000001234AB" },

	/* Logs have the id of another file. */
	{ "defer", "A/A12BC9", 1, 0, QF_STRUCTURE_RIGHT, "defer/A/A12BC9" },
	{ "defer", "A12BC9", 1, 0, QF_STRUCTURE_PLACE, "defer/A/A12BC9" },
	{ "bounce", "4SVLCh0sf8zHS", 0, LONG_S, QF_STRUCTURE_RIGHT,
	  "bounce/4SVLCh0sf8zHS" },
	{ "flush", "example_com", 0, 0, QF_STRUCTURE_RIGHT,
	  "flush/example_com" },
	{ "trace", "A", 0, 0, QF_STRUCTURE_RIGHT, "trace/A" },

	/* Left by a repair. */
	{ "hold", "A12BC1234AB#FIX", 0, 0, QF_STRUCTURE_LEFT,
	  "hold/A12BC1234AB" },
	{ "deferred", "C/A12BC1234AB#FIX", 1, 0, QF_STRUCTURE_LEFT,
	  "deferred/A/A12BC1234AB" },
	{ "hold", "4SVLCh0sf8z8yhj#FIX", 0, 0, QF_STRUCTURE_LEFT,
	  "hold/4SVLCh0sf8z8yhj" },
	{ "defer", "A12BC9#FIX", 1, 0, QF_STRUCTURE_LEFT, "defer/A/A12BC9" },
	{ "hold", "A12BC1234AC#FIX", 0, 0, QF_STRUCTURE_LEFT_INODE, "" },
	{ "hold", "A12BC#FIX", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "a-b#FIX", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "A12BC1234AB#FIX#FIX", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "#FIX", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "A12BC1234AB#FI", 0, 0, QF_STRUCTURE_FOREIGN, "" },

	/* Names that nobody can read. */
	{ "hold", "1795000000.P1", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "core", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "A12BC", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "A12BCX", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "hold", "4SVLCh0sf8zA", 0, LONG, QF_STRUCTURE_FOREIGN, "" },
	{ "defer", "a-b", 0, 0, QF_STRUCTURE_FOREIGN, "" },
	{ "corrupt", "A12BC1234AC", 0, 0, QF_STRUCTURE_INODE,
	  "corrupt/A12BC1234AB" },
};

static void
judge(const char *folder, const char *path, const struct stat *st,
      unsigned depth, int rules, struct qf_structure *verdict)
{
	struct qf_structure_file file = {
		.folder = folder,
		.path = path,
		.st = st,
		.depth = depth,
		.long_ids = (rules & LONG) != 0,
		.long_inodes = (rules & LONG_S) != 0,
		.now = NOW,
	};

	qf_structure_judge(&file, verdict);
}

START_TEST(judges_a_file)
{
	struct stat st = { .st_mode = S_IFREG | 0700,
			   .st_ino = INODE,
			   .st_mtime = NOW };
	const char *right = files[_i].right;
	struct qf_structure verdict;

	judge(files[_i].folder, files[_i].path, &st, files[_i].depth,
	      files[_i].rules, &verdict);
	ck_assert_int_eq(verdict.fault, files[_i].fault);
	ck_assert_str_eq(verdict.path, right);
	ck_assert_str_eq(verdict.id,
			 *right == '\0' ? "" : strrchr(right, '/') + 1);
	ck_assert(!verdict.stale);
}
END_TEST

/* What was put right is right. */
START_TEST(is_content_with_its_own_answer)
{
	struct stat st = { .st_mode = S_IFREG | 0700,
			   .st_ino = INODE,
			   .st_mtime = NOW };
	struct qf_structure verdict;
	struct qf_structure again;

	judge(files[_i].folder, files[_i].path, &st, files[_i].depth,
	      files[_i].rules, &verdict);
	if (verdict.path[0] == '\0' || (verdict.fault == QF_STRUCTURE_LEFT &&
					strchr(verdict.id, 'z') != NULL))
		return;
	judge(files[_i].folder, strchr(verdict.path, '/') + 1, &st,
	      files[_i].depth, files[_i].rules, &again);
	ck_assert_int_eq(again.fault, QF_STRUCTURE_RIGHT);
	ck_assert_str_eq(again.path, verdict.path);
}
END_TEST

static const struct {
	const char *folder;
	mode_t mode;
	int64_t age;
	bool stale;
} ages[] = {
	{ "incoming", 0600, 7 * 86400 + 1, true },
	{ "incoming", 0600, 7 * 86400, false },
	{ "incoming", 0600, 0, false },
	{ "incoming", 0600, -86400, false },
	{ "incoming", 0700, 8 * 86400, false },
	{ "incoming", 0710, 8 * 86400, false },
	{ "maildrop", 0644, 8 * 86400, true },
	{ "hold", 0500, 8 * 86400, true },
	{ "defer", 0600, 800 * 86400, false },
	{ "flush", 0600, 800 * 86400, false },
};

START_TEST(knows_what_is_stale)
{
	struct stat st = { .st_mode = S_IFREG | ages[_i].mode,
			   .st_ino = INODE,
			   .st_mtime = NOW - ages[_i].age };
	struct qf_structure verdict;

	judge(ages[_i].folder, "A12BC1234AB", &st, 0, 0, &verdict);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_RIGHT);
	ck_assert_int_eq(verdict.stale, ages[_i].stale);
	/* Whatever it is called. */
	judge(ages[_i].folder, "1795.P1", &st, 0, 0, &verdict);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_FOREIGN);
	ck_assert_int_eq(verdict.stale, ages[_i].stale);
}
END_TEST

static const struct {
	const char *folder;
	const char *path;
	mode_t mode;
	unsigned depth;
	enum qf_structure_fault fault;
} others[] = {
	{ "deferred", "A", S_IFDIR, 1, QF_STRUCTURE_RIGHT },
	{ "deferred", "A/B", S_IFDIR, 2, QF_STRUCTURE_RIGHT },
	{ "deferred", "A/B", S_IFDIR, 1, QF_STRUCTURE_DEEP },
	{ "deferred", "A", S_IFDIR, 0, QF_STRUCTURE_DEEP },
	{ "deferred", "AB", S_IFDIR, 1, QF_STRUCTURE_DIRECTORY },
	{ "defer", "A/lost", S_IFDIR, 1, QF_STRUCTURE_DIRECTORY },
	{ "maildrop", "A", S_IFDIR, 0, QF_STRUCTURE_DIRECTORY },
	{ "hold", "A12BC1234AB", S_IFLNK, 0, QF_STRUCTURE_NOT_PLAIN },
	{ "hold", "A12BC1234AB", S_IFIFO, 0, QF_STRUCTURE_NOT_PLAIN },
	{ "defer", "A12BC1234AB", S_IFSOCK, 0, QF_STRUCTURE_NOT_PLAIN },
	{ "hold", "a-b", S_IFCHR, 0, QF_STRUCTURE_NOT_PLAIN },
};

START_TEST(judges_what_is_no_plain_file)
{
	struct stat st = { .st_mode = others[_i].mode | 0700, .st_ino = INODE };
	struct qf_structure verdict;

	judge(others[_i].folder, others[_i].path, &st, others[_i].depth, 0,
	      &verdict);
	ck_assert_int_eq(verdict.fault, others[_i].fault);
	ck_assert_str_eq(verdict.id, "");
	ck_assert_str_eq(verdict.path, "");
	ck_assert(!verdict.stale);
}
END_TEST

/* A name may be as long as names can be; one with the inode may not fit. */
START_TEST(takes_long_names)
{
	struct stat st = { .st_mode = S_IFREG | 0700, .st_ino = INODE };
	char name[300];
	struct qf_structure verdict;

	memset(name, '1', sizeof(name));
	name[255] = '\0';
	judge("defer", name, &st, 20, 0, &verdict);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_PLACE);
	ck_assert_uint_eq(strlen(verdict.path), 6 + 2 * 20 + 255);
	memcpy(name + 251, QF_STRUCTURE_SUFFIX, 5);
	judge("defer", name, &st, 0, 0, &verdict);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_LEFT);
	ck_assert_uint_eq(strlen(verdict.id), 251);
	memset(name, '1', 255);
	memcpy(name + 251, "z1", 3);
	judge("hold", name, &st, 0, LONG | LONG_S, &verdict);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_FOREIGN);
	ck_assert_str_eq(verdict.path, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("structure");
	TCase *tc = tcase_create("judge");

	tcase_add_loop_test(tc, judges_a_file, 0, COUNT(files));
	tcase_add_loop_test(tc, is_content_with_its_own_answer, 0,
			    COUNT(files));
	tcase_add_loop_test(tc, knows_what_is_stale, 0, COUNT(ages));
	tcase_add_loop_test(tc, judges_what_is_no_plain_file, 0, COUNT(others));
	tcase_add_test(tc, takes_long_names);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
