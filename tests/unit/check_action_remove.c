/*
 * check_action_remove.c - nothing is removed but the message that is held,
 * and the log that is meant.
 */
#include "queue-format/postfix/action.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "action_rig.h"
#include "unit.h"

static struct action_rig rig;
static int syncs;

static void
begin(void)
{
	action_rig_begin(&rig);
	syncs = 0;
}

static void
end(void)
{
	action_rig_end(&rig);
}

int
fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

static void
expect(enum qf_status status, enum qf_status wanted, const char *says)
{
	action_rig_expect(&rig, status, wanted, says);
}

static enum qf_status
remove_from(const char *folder, const char *id)
{
	const struct qf_place place = { folder, id };

	return qf_action_remove(rig.action, &rig.pin, &place, &rig.err);
}

static enum qf_status
remove_log(const char *folder, const char *id)
{
	return qf_action_remove_log(rig.action, folder, id, &rig.err);
}

START_TEST(removes_what_is_held)
{
	char byte = 0;

	scratch_text("hold/AB1", "x", 0700);
	scratch_text("hold/AB2", "y", 0700);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	expect(remove_from("hold", "AB1"), QF_OK, "");
	ck_assert(!exists("hold/AB1"));
	ck_assert(exists("hold/AB2"));
	/* Until it is let go. */
	ck_assert_int_eq(pread(rig.pin.fd, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'x');
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 1);
}
END_TEST

START_TEST(removes_it_where_queues_are_hashed)
{
	scratch_directory("deferred/A");
	scratch_directory("deferred/A/B");
	scratch_text("deferred/A/B/AB1", "x", 0700);
	scratch_directory("defer/A");
	scratch_directory("defer/A/B");
	scratch_text("defer/A/B/AB1", "x", 0600);
	action_rig_start(&rig, 2);
	action_rig_hold(&rig, "deferred", "AB1");
	expect(remove_log("defer", "AB1"), QF_OK, "");
	ck_assert(!exists("defer/A/B/AB1"));
	expect(remove_from("deferred", "AB1"), QF_OK, "");
	ck_assert(!exists("deferred/A/B/AB1"));
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 2);
}
END_TEST

START_TEST(another_message_has_the_name)
{
	ino_t other;

	scratch_text("hold/AB1", "x", 0700);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	ck_assert_int_eq(
		rename(scratch_path("hold/AB1"), scratch_path("active/AB1")),
		0);
	scratch_text("hold/AB1", "y", 0700);
	other = inode_of("hold/AB1");
	expect(remove_from("hold", "AB1"), QF_CHANGED,
	       "hold/AB1: another message has this id now");
	ck_assert_uint_eq(inode_of("hold/AB1"), other);
	ck_assert_uint_eq(inode_of("active/AB1"), rig.pin.identity.inode);
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 0);
}
END_TEST

/* Not what a link leads to, either. */
START_TEST(a_link_has_the_name)
{
	scratch_text("hold/AB1", "x", 0700);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	ck_assert_int_eq(
		rename(scratch_path("hold/AB1"), scratch_path("hold/AB2")), 0);
	ck_assert_int_eq(symlink("AB2", scratch_path("hold/AB1")), 0);
	expect(remove_from("hold", "AB1"), QF_CHANGED, "another message");
	ck_assert(exists("hold/AB1"));
	ck_assert(exists("hold/AB2"));
}
END_TEST

START_TEST(it_is_gone)
{
	scratch_text("hold/AB1", "x", 0700);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	ck_assert_int_eq(unlink(scratch_path("hold/AB1")), 0);
	expect(remove_from("hold", "AB1"), QF_GONE, "hold/AB1");
	expect(remove_from("nowhere", "AB1"), QF_GONE, "nowhere");
}
END_TEST

START_TEST(no_name_for_that_folder)
{
	static const char *const names[] = { "../hold/AB1", "AB1/", ".",
					     "..",	    "",	    "A.B" };

	scratch_text("hold/AB1", "x", 0700);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	expect(remove_from("hold", names[_i]), QF_UNSAFE, "not a name for");
	expect(remove_log("defer", names[_i]), QF_UNSAFE, "not a name for");
	ck_assert(exists("hold/AB1"));
}
END_TEST

START_TEST(a_log_goes_alone)
{
	static const char *const folders[] = { "defer", "bounce", "trace" };
	char place[40];

	for (int i = 0; i < COUNT(folders); i++) {
		snprintf(place, sizeof(place), "%s/AB1", folders[i]);
		scratch_text(place, "x", 0600);
		snprintf(place, sizeof(place), "%s/AB2", folders[i]);
		scratch_text(place, "x", 0600);
	}
	action_rig_start(&rig, 0);
	expect(remove_log(folders[_i], "AB1"), QF_OK, "");
	expect(remove_log(folders[_i], "AB1"), QF_GONE, "AB1");
	for (int i = 0; i < COUNT(folders); i++) {
		snprintf(place, sizeof(place), "%s/AB1", folders[i]);
		ck_assert_int_eq(exists(place), i != _i);
		snprintf(place, sizeof(place), "%s/AB2", folders[i]);
		ck_assert(exists(place));
	}
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 1);
}
END_TEST

START_TEST(there_is_no_folder_of_logs)
{
	ck_assert_int_eq(rmdir(scratch_path("trace")), 0);
	action_rig_start(&rig, 0);
	expect(remove_log("trace", "AB1"), QF_GONE, "trace");
	ck_assert(!exists("trace"));
}
END_TEST

START_TEST(what_cannot_be_removed_is_said)
{
	scratch_text("hold/AB1", "x", 0700);
	scratch_directory("defer/AB1");
	scratch_text("defer/AB2", "x", 0600);
	action_rig_start(&rig, 0);
	action_rig_hold(&rig, "hold", "AB1");
	expect(remove_log("defer", "AB1"), QF_SYSTEM,
	       "cannot remove defer/AB1");
	ck_assert_int_eq(chmod(scratch_path("hold"), 0555), 0);
	ck_assert_int_eq(chmod(scratch_path("defer"), 0555), 0);
	unit_drop_root();
	expect(remove_from("hold", "AB1"), QF_DENIED, "cannot remove hold/AB1");
	expect(remove_log("defer", "AB2"), QF_DENIED,
	       "cannot remove defer/AB2");
	unit_regain_root();
	ck_assert(exists("hold/AB1"));
	ck_assert(exists("defer/AB2"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("action_remove");
	TCase *tc = tcase_create("action_remove");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, removes_what_is_held);
	tcase_add_test(tc, removes_it_where_queues_are_hashed);
	tcase_add_test(tc, another_message_has_the_name);
	tcase_add_test(tc, a_link_has_the_name);
	tcase_add_test(tc, it_is_gone);
	tcase_add_loop_test(tc, no_name_for_that_folder, 0, 6);
	tcase_add_loop_test(tc, a_log_goes_alone, 0, 3);
	tcase_add_test(tc, there_is_no_folder_of_logs);
	tcase_add_test(tc, what_cannot_be_removed_is_said);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
