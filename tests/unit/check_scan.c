/*
 * check_scan.c - every message is found once, and all else that lies in a
 * queue is named or rightly passed over.
 */
#include "queue-format/postfix/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define ALL_QUEUES ((1u << QF_QUEUE_COUNT) - 1)

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_arena arena;
static struct qf_error err;

/* What a scan said: paths of messages, and troubles, sorted within a queue. */
static char found[4000][100];
static size_t found_count;
static char troubles[50][500];
static enum qf_status trouble_status[50];
static size_t trouble_count;

static void
begin(void)
{
	found_count = 0;
	trouble_count = 0;
	scratch_new();
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	config.directory = strdup("/etc/postfix");
	ck_assert_ptr_nonnull(config.directory);
	for (unsigned i = 0; i < QF_QUEUE_CORRUPT; i++)
		scratch_directory(qf_queue_name((enum qf_queue)i));
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
}

static void
end(void)
{
	unit_regain_root();
	qf_spool_close(spool);
	qf_config_free(&config);
	qf_arena_free(&arena);
}

static void
put_message(const char *path)
{
	scratch_text(path, "", 0700);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
keep_entry(const struct qf_scan_entry *entry)
{
	size_t len = strlen(entry->path) - strlen(entry->id);

	ck_assert_uint_lt(found_count, COUNT(found));
	snprintf(found[found_count++], sizeof(found[0]), "%s", entry->path);
	ck_assert_str_eq(entry->path + len, entry->id);
	ck_assert_int_eq(entry->path[len - 1], '/');
	ck_assert_int_eq(strncmp(entry->path, qf_queue_name(entry->queue),
				 strlen(qf_queue_name(entry->queue))),
			 0);
}

static void
keep_trouble(enum qf_status status)
{
	ck_assert_uint_lt(trouble_count, COUNT(troubles));
	trouble_status[trouble_count] = status;
	ck_assert_int_eq(err.status, status);
	snprintf(troubles[trouble_count++], sizeof(troubles[0]), "%s",
		 err.text);
}

static void
scan(unsigned queues)
{
	struct qf_scan *s = NULL;
	enum qf_status status = qf_scan_open(spool, queues, &s, &err);

	ck_assert_int_eq(status, QF_OK);
	for (;;) {
		struct qf_scan_entry entry;

		status = qf_scan_next(s, &arena, &entry, &err);
		if (status == QF_END)
			break;
		if (status == QF_OK)
			keep_entry(&entry);
		else
			keep_trouble(status);
	}
	/* It stays so. */
	ck_assert_int_eq(qf_scan_next(s, &arena, NULL, &err), QF_END);
	qf_scan_close(s);
}

/* `wanted' are paths, sorted, with a NULL behind them. */
static void
expect_found(const char *const wanted[])
{
	size_t count = 0;

	qsort(found, found_count, sizeof(found[0]), compare);
	for (; wanted[count] != NULL; count++) {
		ck_assert_uint_lt(count, found_count);
		ck_assert_str_eq(found[count], wanted[count]);
	}
	ck_assert_uint_eq(count, found_count);
}

static void
expect_trouble(enum qf_status status, const char *text)
{
	for (size_t i = 0; i < trouble_count; i++) {
		if (strcmp(troubles[i], text) == 0) {
			ck_assert_int_eq(trouble_status[i], status);
			return;
		}
	}
	ck_abort_msg("\"%s\" was not said, but \"%s\"", text,
		     trouble_count == 0 ? "" : troubles[0]);
}

START_TEST(an_empty_spool_has_nothing)
{
	scan(ALL_QUEUES);
	scratch_directory("corrupt");
	scratch_directory("deferred/A");
	scan(ALL_QUEUES);
	ck_assert_uint_eq(found_count, 0);
	ck_assert_uint_eq(trouble_count, 0);
}
END_TEST

/* Never a false zero; only corrupt/ is not always there. */
START_TEST(a_missing_folder_is_a_trouble)
{
	put_message("hold/1E240315");
	for (unsigned i = 0; i < QF_QUEUE_HOLD; i++) {
		const char *name = qf_queue_name((enum qf_queue)i);

		ck_assert_int_eq(rmdir(scratch_path(name)), 0);
	}
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ "hold/1E240315", NULL });
	ck_assert_uint_eq(trouble_count, 4);
	expect_trouble(QF_CORRUPT, "maildrop: this folder is missing");
	expect_trouble(QF_CORRUPT, "active: this folder is missing");
	expect_trouble(QF_CORRUPT, "incoming: this folder is missing");
	expect_trouble(QF_CORRUPT, "deferred: this folder is missing");
}
END_TEST

/* showq(8): maildrop, active, incoming, deferred, hold. */
START_TEST(queues_come_in_the_order_of_postfix)
{
	static const char *const order[] = {
		"maildrop/AAAAA1",   "active/AAAAA1", "incoming/AAAAA1",
		"deferred/A/AAAAA1", "hold/AAAAA1",   "corrupt/AAAAA1",
	};

	for (int i = COUNT(order); i-- > 0;)
		put_message(order[i]);
	scan(ALL_QUEUES);
	ck_assert_uint_eq(found_count, 6);
	for (int i = 0; i < COUNT(order); i++)
		ck_assert_str_eq(found[i], order[i]);
	ck_assert_uint_eq(trouble_count, 0);

	found_count = 0;
	scan(QF_QUEUES_LISTED);
	ck_assert_uint_eq(found_count, 5);
	ck_assert_str_eq(found[4], "hold/AAAAA1");

	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		found_count = 0;
		scan(QF_QUEUE_BIT(i));
		ck_assert_uint_eq(found_count, 1);
		ck_assert_str_eq(found[0], order[i]);
	}
	found_count = 0;
	scan(0);
	ck_assert_uint_eq(found_count, 0);
}
END_TEST

START_TEST(finds_both_forms_in_their_places)
{
	put_message("deferred/1/1E240315");
	put_message("deferred/1/4SVLCh0sf8zHS");
	put_message("deferred/F/F423F20000");
	put_message("deferred/0/4SVLCh0000z1");
	put_message("active/4SVLCh75plzyN2");
	scan(ALL_QUEUES);
	expect_found((const char *const[]){
		"active/4SVLCh75plzyN2", "deferred/0/4SVLCh0000z1",
		"deferred/1/1E240315", "deferred/1/4SVLCh0sf8zHS",
		"deferred/F/F423F20000", NULL });
	ck_assert_uint_eq(trouble_count, 0);
}
END_TEST

START_TEST(finds_at_every_depth)
{
	static const char *const places[] = { "deferred/1E240315",
					      "deferred/1/1E240315",
					      "deferred/1/E/1E240315",
					      "deferred/1/E/2/1E240315" };

	free(config.hash_queue_names);
	config.hash_queue_names = strdup(_i == 0 ? "none" : "deferred");
	config.hash_queue_depth = _i == 0 ? 1 : (unsigned)_i;
	qf_spool_close(spool);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	for (int i = 0; i < COUNT(places); i++)
		put_message(places[i]);
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ places[_i], NULL });
	ck_assert_uint_eq(trouble_count, 3);
	for (int i = 0; i < COUNT(places); i++) {
		char text[300];

		if (i == _i)
			continue;
		snprintf(text, sizeof(text),
			 "%s: in the wrong place: Postfix looks for it at %s; "
			 "\"postsuper -s\" moves it there",
			 places[i], places[_i]);
		expect_trouble(QF_UNSAFE, text);
	}
}
END_TEST

START_TEST(a_file_under_the_wrong_letter)
{
	put_message("deferred/2/1E240315");
	scan(ALL_QUEUES);
	ck_assert_uint_eq(found_count, 0);
	expect_trouble(QF_UNSAFE,
		       "deferred/2/1E240315: in the wrong place: Postfix looks "
		       "for it at deferred/1/1E240315; \"postsuper -s\" moves "
		       "it there");
}
END_TEST

/* Made under these names, until they get their own (mail_queue_enter()). */
START_TEST(files_in_the_making_are_passed_over)
{
	put_message("incoming/123456.789");
	put_message("maildrop/0.1");
	put_message("incoming/5.");
	scan(ALL_QUEUES);
	ck_assert_uint_eq(found_count, 0);
	ck_assert_uint_eq(trouble_count, 0);
}
END_TEST

START_TEST(names_what_is_no_message)
{
	static const char *const names[] = {
		"hold/a-b",   "hold/1E240315#FIX", "hold/.hidden",
		"hold/1.2.3", "hold/12a.5",	   "hold/.5",
	};
	char text[300];

	put_message("hold/1E240315");
	for (int i = 0; i < COUNT(names); i++)
		put_message(names[i]);
	scratch_directory("hold/directory");
	scratch_directory("maildrop/A");
	ck_assert_int_eq(symlink("1E240315", scratch_path("hold/1E240316")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("hold/1E240317"), 0700), 0);
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ "hold/1E240315", NULL });
	ck_assert_uint_eq(trouble_count, 6 + 4);
	for (int i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text), "%s: not a queue id", names[i]);
		expect_trouble(QF_UNSAFE, text);
	}
	expect_trouble(QF_UNSAFE, "hold/directory: a directory, not a message");
	expect_trouble(QF_UNSAFE, "maildrop/A: a directory, not a message");
	expect_trouble(QF_UNSAFE,
		       "hold/1E240316: a symbolic link, not a message");
	expect_trouble(QF_UNSAFE, "hold/1E240317: a named pipe, not a message");
}
END_TEST

/* Postfix takes a name of one character for a directory, without a look. */
START_TEST(a_file_with_the_name_of_a_directory)
{
	put_message("hold/A");
	put_message("hold/1E240315");
	ck_assert_int_eq(symlink("/", scratch_path("hold/B")), 0);
	put_message("maildrop/A");
	scan(ALL_QUEUES);
	expect_found(
		(const char *const[]){ "hold/1E240315", "maildrop/A", NULL });
	ck_assert_uint_eq(trouble_count, 2);
	expect_trouble(QF_UNSAFE, "hold/A: not a directory");
	expect_trouble(QF_UNSAFE, "hold/B: not a directory");
}
END_TEST

START_TEST(a_queue_that_is_a_link)
{
	put_message("elsewhere/1E240315");
	put_message("hold/1E240316");
	ck_assert_int_eq(rmdir(scratch_path("active")), 0);
	ck_assert_int_eq(symlink("elsewhere", scratch_path("active")), 0);
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ "hold/1E240316", NULL });
	ck_assert_uint_eq(trouble_count, 1);
	expect_trouble(QF_UNSAFE, "active: not a directory");
}
END_TEST

START_TEST(goes_on_behind_what_is_forbidden)
{
	put_message("active/1E240315");
	put_message("deferred/1/1E240316");
	put_message("deferred/2/2E240316");
	put_message("hold/1E240317");
	ck_assert_int_eq(chmod(scratch_path("active"), 0), 0);
	ck_assert_int_eq(chmod(scratch_path("deferred/1"), 0), 0);
	unit_drop_root();
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ "deferred/2/2E240316",
					    "hold/1E240317", NULL });
	ck_assert_uint_eq(trouble_count, 2);
	expect_trouble(QF_DENIED, "active: Permission denied");
	expect_trouble(QF_DENIED, "deferred/1: Permission denied");
}
END_TEST

START_TEST(directories_may_be_very_deep)
{
	char path[300] = "hold";
	char text[400];

	for (int i = 0; i < 100; i++)
		strcat(path, "/A");
	scratch_directory(path);
	put_message("hold/1E240315");
	scan(ALL_QUEUES);
	expect_found((const char *const[]){ "hold/1E240315", NULL });
	ck_assert_uint_eq(trouble_count, 1);
	path[4 + 2 * 24] = '\0';
	snprintf(text, sizeof(text), "%s: too deep", path);
	expect_trouble(QF_UNSAFE, text);
}
END_TEST

START_TEST(the_longest_name_is_found)
{
	char path[300] = "hold/";
	char id[256];
	struct qf_scan *s = NULL;
	struct qf_scan_entry entry;

	memset(id, 'A', 255);
	id[255] = '\0';
	strcat(path, id);
	put_message(path);
	ck_assert_int_eq(qf_scan_open(spool, ALL_QUEUES, &s, &err), QF_OK);
	ck_assert_int_eq(qf_scan_next(s, &arena, &entry, &err), QF_OK);
	ck_assert_str_eq(entry.path, path);
	ck_assert_str_eq(entry.id, id);
	qf_scan_close(s);
}
END_TEST

/* More than one read of a directory, in some hash directories. */
START_TEST(finds_each_message_once)
{
	char path[100];

	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "deferred/%X/%X%04X1", i % 16,
			 i % 16, i);
		put_message(path);
	}
	scan(ALL_QUEUES);
	ck_assert_uint_eq(found_count, 3000);
	ck_assert_uint_eq(trouble_count, 0);
	qsort(found, found_count, sizeof(found[0]), compare);
	for (size_t i = 1; i < found_count; i++)
		ck_assert_str_ne(found[i - 1], found[i]);
}
END_TEST

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

START_TEST(can_be_closed_on_the_way)
{
	int before = open_descriptors();
	struct qf_scan *s = NULL;
	struct qf_scan_entry entry;

	put_message("deferred/1/1E240315");
	put_message("deferred/1/1E240316");
	ck_assert_int_eq(qf_scan_open(spool, ALL_QUEUES, &s, &err), QF_OK);
	ck_assert_int_eq(qf_scan_next(s, &arena, &entry, &err), QF_OK);
	qf_scan_close(s);
	qf_scan_close(NULL);
	ck_assert_int_eq(open_descriptors(), before);
	scan(ALL_QUEUES);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tc = tcase_create("scan");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, an_empty_spool_has_nothing);
	tcase_add_test(tc, a_missing_folder_is_a_trouble);
	tcase_add_test(tc, queues_come_in_the_order_of_postfix);
	tcase_add_test(tc, finds_both_forms_in_their_places);
	tcase_add_loop_test(tc, finds_at_every_depth, 0, 4);
	tcase_add_test(tc, a_file_under_the_wrong_letter);
	tcase_add_test(tc, files_in_the_making_are_passed_over);
	tcase_add_test(tc, names_what_is_no_message);
	tcase_add_test(tc, a_file_with_the_name_of_a_directory);
	tcase_add_test(tc, a_queue_that_is_a_link);
	tcase_add_test(tc, goes_on_behind_what_is_forbidden);
	tcase_add_test(tc, directories_may_be_very_deep);
	tcase_add_test(tc, the_longest_name_is_found);
	tcase_add_test(tc, finds_each_message_once);
	tcase_add_test(tc, can_be_closed_on_the_way);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
