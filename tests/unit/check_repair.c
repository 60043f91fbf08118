/*
 * check_repair.c - files get the names and places that they should have, with
 * their logs, and none of them in the place of another.
 */
#include "queue-format/plan/repair.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan_rig.h"
#include "unit.h"

static struct plan_rig rig;
static struct qf_repair *repair;
static struct qf_error err;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
}

static void
end(void)
{
	qf_repair_free(repair);
	repair = NULL;
	plan_rig_end(&rig);
}

static void
start(unsigned depth)
{
	plan_rig_start(&rig, depth);
	repair = qf_repair_new(rig.base.spool);
	ck_assert_ptr_nonnull(repair);
}

static void
expect(enum qf_status status, enum qf_status wanted, const char *says)
{
	ck_assert_msg(status == wanted, "%d: %s", status,
		      status == QF_OK ? "" : err.text);
	if (status != QF_OK)
		unit_says(err.text, says);
}

/* Of the file that lies there. */
static struct qf_structure
judge(const char *folder, const char *path)
{
	struct qf_structure verdict;
	struct stat st;
	struct qf_structure_file file = {
		.folder = folder,
		.path = path + strlen(folder) + 1,
		.st = &st,
		.depth = qf_spool_depth(rig.base.spool, folder),
	};

	ck_assert_int_eq(lstat(scratch_path(path), &st), 0);
	qf_structure_judge(&file, &verdict);
	return verdict;
}

static void
expect_end(void)
{
	struct qf_job job = { .user = "",
			      .sudo_user = "",
			      .tty = "",
			      .host = "",
			      .command = "",
			      .action = "repair",
			      .selection = "",
			      .reason = "" };

	expect(qf_repair_end(repair, rig.journal, &job, &err), QF_OK, "");
}

START_TEST(a_file_goes_to_its_place)
{
	struct qf_structure verdict;
	ino_t inode;

	scratch_text("deferred/AB1", "x", 0600);
	start(1);
	inode = inode_of("deferred/AB1");
	verdict = (struct qf_structure){ .path = "deferred/A/AB1" };
	expect(qf_repair_place(repair, "deferred/AB1", inode, &verdict, &err),
	       QF_OK, "");
	ck_assert_uint_eq(inode_of("deferred/A/AB1"), inode);
	ck_assert(!exists("deferred/AB1"));
	expect(qf_repair_place(repair, "deferred/AB1", inode, &verdict, &err),
	       QF_GONE, "deferred/AB1");
}
END_TEST

START_TEST(nothing_is_replaced)
{
	struct qf_structure verdict = { .path = "deferred/A/AB1" };
	ino_t inode;

	scratch_text("deferred/AB1", "x", 0700);
	scratch_directory("deferred/A");
	scratch_text("deferred/A/AB1", "y", 0700);
	start(1);
	inode = inode_of("deferred/AB1");
	expect(qf_repair_place(repair, "deferred/AB1", inode, &verdict, &err),
	       QF_EXISTS, "deferred/A/AB1: the name is taken");
	ck_assert_uint_eq(inode_of("deferred/AB1"), inode);
	/* Nor is another file moved, or removed. */
	verdict = (struct qf_structure){ .path = "deferred/A/AB2" };
	expect(qf_repair_place(repair, "deferred/AB1", inode + 1, &verdict,
			       &err),
	       QF_CHANGED, "deferred/AB1");
	expect(qf_repair_remove(repair, "deferred/AB1", inode + 1, &err),
	       QF_CHANGED, "deferred/AB1");
	ck_assert_uint_eq(inode_of("deferred/AB1"), inode);
}
END_TEST

/* Its logs come along, and its old id goes on working. */
START_TEST(a_message_gets_the_name_of_its_inode)
{
	struct qf_structure verdict;
	char path[QF_STRUCTURE_PATH_MAX];
	char id[QF_QUEUE_ID_MAX + 1];
	ino_t inode;

	scratch_directory("deferred/A");
	scratch_text("deferred/A/AB1C2D3", "x", 0700);
	scratch_directory("defer/A");
	scratch_text("defer/A/AB1C2D3", "d", 0600);
	scratch_text("bounce/AB1C2D3", "b", 0600);
	start(1);
	inode = inode_of("deferred/A/AB1C2D3");
	verdict = judge("deferred", "deferred/A/AB1C2D3");
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_INODE);
	snprintf(id, sizeof(id), "%s", verdict.id);
	expect(qf_repair_rename(repair, "deferred/A/AB1C2D3", inode, &verdict,
				&err),
	       QF_OK, "");
	qf_repair_path(&verdict, path);
	ck_assert_uint_eq(inode_of(path), inode);
	ck_assert_str_eq(path + strlen(path) - 4, "#FIX");
	ck_assert(!exists("defer/A/AB1C2D3"));
	ck_assert(!exists("bounce/AB1C2D3"));
	verdict = judge("deferred", path);
	ck_assert_int_eq(verdict.fault, QF_STRUCTURE_LEFT);
	ck_assert_str_eq(verdict.id, id);
	expect(qf_repair_place(repair, path, inode, &verdict, &err), QF_OK, "");
	ck_assert_uint_eq(inode_of(verdict.path), inode);
	snprintf(path, sizeof(path), "bounce/%s#FIX", id);
	ck_assert(exists(path));
	snprintf(path, sizeof(path), "defer/A/%s#FIX", id);
	ck_assert(exists(path));
	expect_end();
	ck_assert_str_eq(plan_rig_resolve(&rig, "AB1C2D3"), id);
}
END_TEST

/* A job is begun only for something. */
START_TEST(what_kept_its_id_is_not_noted)
{
	struct qf_structure verdict = { .path = "deferred/A/AB1" };

	scratch_text("deferred/AB1", "x", 0700);
	start(1);
	expect(qf_repair_place(repair, "deferred/AB1", inode_of("deferred/AB1"),
			       &verdict, &err),
	       QF_OK, "");
	expect_end();
	ck_assert_str_eq(plan_rig_resolve(&rig, "AB1"), "AB1");
	/* Nor is a journal needed. */
	expect(qf_repair_end(repair, NULL, NULL, &err), QF_OK, "");
}
END_TEST

START_TEST(what_is_no_directory_is_removed)
{
	struct stat st;

	scratch_text("hold/core", "x", 0600);
	scratch_text("hold/keep", "x", 0600);
	ck_assert_int_eq(symlink("keep", scratch_path("hold/link")), 0);
	start(0);
	expect(qf_repair_remove(repair, "hold/core", inode_of("hold/core"),
				&err),
	       QF_OK, "");
	expect(qf_repair_remove(repair, "hold/core", 1, &err), QF_GONE,
	       "hold/core");
	ck_assert_int_eq(lstat(scratch_path("hold/link"), &st), 0);
	expect(qf_repair_remove(repair, "hold/link", st.st_ino, &err), QF_OK,
	       "");
	ck_assert(exists("hold/keep"));
	ck_assert(!exists("hold/link"));
}
END_TEST

START_TEST(only_an_empty_directory_is_removed)
{
	scratch_directory("deferred/A");
	scratch_directory("deferred/B");
	scratch_text("deferred/B/AB1", "x", 0600);
	start(0);
	expect(qf_repair_remove_folder(repair, "deferred/A", &err), QF_OK, "");
	ck_assert(!exists("deferred/A"));
	expect(qf_repair_remove_folder(repair, "deferred/B", &err), QF_SYSTEM,
	       "deferred/B: Directory not empty");
	ck_assert_int_ne(err.errnum, 0);
	expect(qf_repair_remove_folder(repair, "deferred/C", &err), QF_GONE,
	       "deferred/C");
}
END_TEST

static const char *const bad_paths[] = {
	"hold",	   "/hold/AB1",	    "hold/",	  "hold//AB1",	"../hold/AB1",
	"hold/..", "hold/../pid/x", "./hold/AB1", "hold/./AB1", "",
};

START_TEST(no_path_leads_out_of_a_queue)
{
	struct qf_structure verdict = { .path = "hold/AB2" };

	scratch_text("hold/AB1", "x", 0700);
	start(0);
	expect(qf_repair_remove(repair, bad_paths[_i], 1, &err), QF_UNSAFE,
	       "not a path in a queue");
	expect(qf_repair_remove_folder(repair, bad_paths[_i], &err), QF_UNSAFE,
	       "not a path in a queue");
	expect(qf_repair_place(repair, bad_paths[_i], 1, &verdict, &err),
	       QF_UNSAFE, "not a path in a queue");
	snprintf(verdict.path, sizeof(verdict.path), "%s", bad_paths[_i]);
	expect(qf_repair_place(repair, "hold/AB1", inode_of("hold/AB1"),
			       &verdict, &err),
	       QF_UNSAFE, "not a path in a queue");
	ck_assert(exists("hold/AB1"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("repair");
	TCase *tc = tcase_create("repair");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_file_goes_to_its_place);
	tcase_add_test(tc, nothing_is_replaced);
	tcase_add_test(tc, a_message_gets_the_name_of_its_inode);
	tcase_add_test(tc, what_kept_its_id_is_not_noted);
	tcase_add_test(tc, what_is_no_directory_is_removed);
	tcase_add_test(tc, only_an_empty_directory_is_removed);
	tcase_add_loop_test(tc, no_path_leads_out_of_a_queue, 0,
			    COUNT(bad_paths));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
