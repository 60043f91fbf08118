/*
 * check_action_move.c - a move does what it says, to the message it was meant
 * for, or nothing.
 */
#include "queue-format/postfix/action.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "action_rig.h"
#include "unit.h"

static struct action_rig rig;

static void
begin(void)
{
	action_rig_begin(&rig);
}

/* What happens in the moment before the next rename, and after it. */
static void (*before_rename)(void);
static void (*after_rename)(void);
static int renames_fail_with;
static int renames;
static int syncs_fail_with;
static int syncs;
static int looks_that_fail;

/*
 * The kernel's, with somebody else doing something at the worst moment.  The
 * library is linked statically, so it calls these.
 */
int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	void (*before)(void) = before_rename;
	void (*after)(void) = after_rename;
	int result;
	int error;

	renames++;
	before_rename = NULL;
	after_rename = NULL;
	if (before != NULL)
		before();
	if (renames_fail_with != 0) {
		errno = renames_fail_with;
		return -1;
	}
	result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	error = errno;
	if (after != NULL)
		after();
	errno = error;
	return result;
}

int
fsync(int fd)
{
	syncs++;
	if (syncs_fail_with != 0) {
		errno = syncs_fail_with;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int
statx(int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	if (looks_that_fail > 0) {
		looks_that_fail--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_statx, fd, path, flags, mask, st);
}

static void
end(void)
{
	looks_that_fail = 0;
	before_rename = NULL;
	after_rename = NULL;
	renames_fail_with = 0;
	syncs_fail_with = 0;
	action_rig_end(&rig);
}

static void
start(unsigned depth)
{
	action_rig_start(&rig, depth);
}

static void
hold(const char *folder, const char *id)
{
	action_rig_hold(&rig, folder, id);
}

static void
expect(enum qf_status status, enum qf_status wanted, const char *says)
{
	action_rig_expect(&rig, status, wanted, says);
}

static enum qf_status
move(const char *from, const char *id, const char *to, const char *new_id)
{
	return action_rig_move(&rig, from, id, to, new_id);
}

static const struct {
	unsigned depth;
	const char *to; /* where 1E240315 is then, deferred */
	const char *made[3];
} depths[] = {
	{ 0, "deferred/1E240315", { NULL } },
	{ 1, "deferred/1/1E240315", { "deferred/1", NULL } },
	{ 2, "deferred/1/E/1E240315", { "deferred/1", "deferred/1/E", NULL } },
};

/* Its bytes, times and mode go along; only the name is another one. */
START_TEST(moves_a_message)
{
	const struct timespec times[2] = { { .tv_sec = 1000 },
					   { .tv_sec = 2000 } };
	struct stat st;
	ino_t inode;

	scratch_text("hold/CD2", "text", 0710);
	ck_assert_int_eq(
		utimensat(AT_FDCWD, scratch_path("hold/CD2"), times, 0), 0);
	inode = inode_of("hold/CD2");
	start(depths[_i].depth);
	hold("hold", "CD2");
	expect(move("hold", "CD2", "deferred", "1E240315"), QF_OK, "");
	ck_assert(!exists("hold/CD2"));
	ck_assert_uint_eq(inode_of(depths[_i].to), inode);
	ck_assert_int_eq(lstat(scratch_path(depths[_i].to), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0710);
	ck_assert_int_eq(st.st_mtime, 2000);
	ck_assert_int_eq(rig.pin.changed,
			 st.st_ctim.tv_sec * INT64_C(1000000000) +
				 st.st_ctim.tv_nsec);
	for (int i = 0; depths[_i].made[i] != NULL; i++) {
		ck_assert_int_eq(lstat(scratch_path(depths[_i].made[i]), &st),
				 0);
		ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	}

	/* And out of there again. */
	expect(move("deferred", "1E240315", "trash", "deferred.1E240315.x"),
	       QF_OK, "");
	ck_assert_uint_eq(inode_of("trash/deferred.1E240315.x"), inode);
}
END_TEST

START_TEST(never_replaces_anything)
{
	ino_t mine;
	ino_t theirs;

	scratch_text("hold/AB1", "mine", 0700);
	scratch_text("active/CD2", "theirs", 0700);
	ck_assert_int_eq(symlink("nowhere", scratch_path("active/EF3")), 0);
	mine = inode_of("hold/AB1");
	theirs = inode_of("active/CD2");
	/* As a file system that does not know the flag, too. */
	renames_fail_with = _i == 0 ? 0 : EINVAL;
	start(0);
	hold("hold", "AB1");
	expect(move("hold", "AB1", "active", "CD2"), QF_EXISTS,
	       "active/CD2: the name is taken");
	expect(move("hold", "AB1", "active", "EF3"), QF_EXISTS, "is taken");
	expect(move("hold", "AB1", "hold", "AB1"), QF_EXISTS, "is taken");
	ck_assert_uint_eq(inode_of("hold/AB1"), mine);
	ck_assert_uint_eq(inode_of("active/CD2"), theirs);
	expect(move("hold", "AB1", "active", "AB1"), QF_OK, "");
	ck_assert_uint_eq(inode_of("active/AB1"), mine);
}
END_TEST

/* "hold/AB1" becomes another message. */
static void
replace(void)
{
	scratch_text("hold/new", "another", 0700);
	ck_assert_int_eq(
		rename(scratch_path("hold/new"), scratch_path("hold/AB1")), 0);
}

START_TEST(another_message_is_left_alone)
{
	ino_t other;

	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	hold("hold", "AB1");
	replace();
	other = inode_of("hold/AB1");
	renames = 0;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_CHANGED,
	       "hold/AB1: another message has this id now");
	ck_assert_int_eq(renames, 0);
	ck_assert_uint_eq(inode_of("hold/AB1"), other);
	ck_assert(!exists("deferred/AB1"));
}
END_TEST

static ino_t placed;

static void
replace_and_tell(void)
{
	replace();
	placed = inode_of("hold/AB1");
}

/* It came between the look and the rename. */
START_TEST(another_message_is_put_back)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	hold("hold", "AB1");
	before_rename = replace_and_tell;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_CHANGED,
	       "hold/AB1: another message has this id now");
	ck_assert_uint_eq(inode_of("hold/AB1"), placed);
	ck_assert(!exists("deferred/AB1"));
}
END_TEST

static void
take_the_old_name(void)
{
	scratch_text("hold/AB1", "a third one", 0700);
}

/* Nothing is overwritten then either; it is told where the message is. */
START_TEST(another_message_that_cannot_be_put_back)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	hold("hold", "AB1");
	before_rename = replace_and_tell;
	after_rename = take_the_old_name;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_SYSTEM,
	       "hold/AB1: another message, which is now at deferred/AB1");
	ck_assert_uint_eq(inode_of("deferred/AB1"), placed);
	ck_assert_uint_ne(inode_of("hold/AB1"), placed);
}
END_TEST

static void
take_on(void)
{
	ck_assert_int_eq(rename(scratch_path("deferred/AB1"),
				scratch_path("active/AB1")),
			 0);
}

/* qmgr(8) may be faster than we look: that is no failure. */
START_TEST(a_message_that_goes_on_at_once)
{
	struct stat st;

	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	hold("hold", "AB1");
	after_rename = take_on;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert_uint_eq(inode_of("active/AB1"), rig.pin.identity.inode);
	ck_assert_int_eq(fstat(rig.pin.fd, &st), 0);
	ck_assert_int_eq(rig.pin.changed,
			 st.st_ctim.tv_sec * INT64_C(1000000000) +
				 st.st_ctim.tv_nsec);
}
END_TEST

static void
break_the_next_look(void)
{
	looks_that_fail = 1;
}

static void
break_all_looks(void)
{
	looks_that_fail = 100;
}

static void (*const breaking[])(void) = {
	break_the_next_look,
	break_all_looks,
};

/* What was done is done, whether or not it can be looked at. */
START_TEST(a_look_that_fails_undoes_nothing)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	hold("hold", "AB1");
	after_rename = breaking[_i];
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert(exists("deferred/AB1"));
	ck_assert(!exists("hold/AB1"));
}
END_TEST

static void
remove_it(void)
{
	ck_assert_int_eq(unlink(scratch_path("hold/AB1")), 0);
}

/* A hash directory is made nevertheless, as Postfix does, and no more. */
START_TEST(what_is_gone_is_not_moved)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(1);
	hold("hold", "AB1");
	if (_i == 0)
		remove_it();
	else
		before_rename = remove_it;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_GONE, "No such file");
	ck_assert(!exists("deferred/A/AB1"));
}
END_TEST

static void
remove_hash_directory(void)
{
	ck_assert_int_eq(rmdir(scratch_path("deferred/A")), 0);
}

static void
remove_queue(void)
{
	remove_hash_directory();
	ck_assert_int_eq(rmdir(scratch_path("deferred")), 0);
}

/* It was opened already. */
START_TEST(a_directory_that_goes_away)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(1);
	hold("hold", "AB1");
	before_rename = remove_hash_directory;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert_uint_eq(inode_of("deferred/A/AB1"), rig.pin.identity.inode);
	expect(move("deferred", "AB1", "hold", "AB1"), QF_OK, "");
	before_rename = remove_queue;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_ABSENT,
	       "deferred/A/AB1: there is no such folder");
	ck_assert(exists("hold/AB1"));
}
END_TEST

/* For who asks: it was the disk. */
START_TEST(a_full_disk)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(1);
	hold("hold", "AB1");
	renames_fail_with = ENOSPC;
	expect(move("hold", "AB1", "trash", "AB1"), QF_SYSTEM,
	       "cannot rename hold/AB1 to trash/AB1: No space left");
	ck_assert_int_eq(rig.err.errnum, ENOSPC);
	ck_assert(exists("hold/AB1"));
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_not_a_message_that_is_gone)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(1);
	hold("hold", "AB1");
	expect(move("hold", "AB1", "attic", "AB1"), QF_ABSENT,
	       "attic/AB1: there is no such folder");
	ck_assert(!exists("attic"));
	ck_assert(exists("hold/AB1"));
	expect(move("nowhere", "AB1", "hold", "AB1"), QF_GONE, "nowhere");
	expect(move("hold", "AB1", "hold", "A.B"), QF_UNSAFE,
	       "A.B: not a name for \"hold\"");
	ck_assert(exists("hold/AB1"));
}
END_TEST

/* Between two moves, a directory of the first is another one. */
START_TEST(directories_may_be_made_anew)
{
	scratch_text("hold/AB1", "one", 0700);
	scratch_text("hold/AB2", "two", 0700);
	start(1);
	hold("hold", "AB1");
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	expect(move("deferred", "AB1", "trash", "AB1"), QF_OK, "");
	ck_assert_int_eq(rmdir(scratch_path("deferred/A")), 0);
	if (_i == 1)
		scratch_directory("deferred/A");
	qf_action_unpin(&rig.pin);
	hold("hold", "AB2");
	expect(move("hold", "AB2", "deferred", "AB2"), QF_OK, "");
	ck_assert(exists("deferred/A/AB2"));
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
}
END_TEST

/* Moved away: a descriptor of it would take the next message along. */
START_TEST(directories_may_be_moved_away)
{
	scratch_text("hold/AB1", "one", 0700);
	scratch_text("hold/AB2", "two", 0700);
	start(1);
	hold("hold", "AB1");
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert_int_eq(
		rename(scratch_path("deferred"), scratch_path("saved")), 0);
	scratch_directory("deferred");
	qf_action_unpin(&rig.pin);
	hold("hold", "AB2");
	expect(move("hold", "AB2", "deferred", "AB2"), QF_OK, "");
	ck_assert(exists("deferred/A/AB2"));
	ck_assert(!exists("saved/A/AB2"));
}
END_TEST

START_TEST(links_lead_nowhere)
{
	scratch_directory("elsewhere");
	scratch_text("hold/AB1", "one", 0700);
	scratch_text("hold/AB2", "two", 0700);
	start(1);
	hold("hold", "AB1");
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert_int_eq(
		rename(scratch_path("deferred/A"), scratch_path("elsewhere/A")),
		0);
	ck_assert_int_eq(symlink(_i == 0 ? "../elsewhere/A" : "nowhere",
				 scratch_path("deferred/A")),
			 0);
	expect(move("deferred", "AB1", "trash", "AB1"), QF_UNSAFE,
	       "deferred/A: ");
	qf_action_unpin(&rig.pin);
	hold("hold", "AB2");
	expect(move("hold", "AB2", "deferred", "AB2"), QF_UNSAFE,
	       "deferred/A: ");
	ck_assert(exists("hold/AB2"));
	ck_assert(exists("elsewhere/A/AB1"));
	ck_assert(!exists("elsewhere/A/AB2"));
}
END_TEST

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

/* More directories than are remembered: 256 of depth 2, out and in again. */
START_TEST(many_directories)
{
	int before = open_descriptors();

	rig.config.hash_queue_depth = 2;
	start(2);
	syncs = 0;
	for (unsigned i = 0; i < 256; i++) {
		char id[20];
		char path[40];

		snprintf(id, sizeof(id), "%02X0001", i);
		snprintf(path, sizeof(path), "hold/%s", id);
		scratch_text(path, "x", 0700);
		hold("hold", id);
		expect(move("hold", id, "deferred", id), QF_OK, "");
		snprintf(path, sizeof(path), "deferred/%c/%c/%s", id[0], id[1],
			 id);
		ck_assert_uint_eq(inode_of(path), rig.pin.identity.inode);
		expect(move("deferred", id, "hold", id), QF_OK, "");
		qf_action_unpin(&rig.pin);
	}
	ck_assert_int_le(open_descriptors(), before + 128 + 1);
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	/* 256, hold/ each time it had to go; 272 where one was made. */
	ck_assert_int_ge(syncs, 256 + 272 + 1);
	syncs = 0;
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 0);
}
END_TEST

START_TEST(syncs_both_ends)
{
	scratch_text("hold/AB1", "x", 0700);
	scratch_directory("deferred/A");
	start(1);
	hold("hold", "AB1");
	syncs = 0;
	expect(move("hold", "AB1", "deferred", "AB1"), QF_OK, "");
	ck_assert_int_eq(syncs, 0);
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
	ck_assert_int_eq(syncs, 2);

	/* What fails once is told once. */
	expect(move("deferred", "AB1", "hold", "AB1"), QF_OK, "");
	syncs_fail_with = EIO;
	expect(qf_action_sync(rig.action, &rig.err), QF_SYSTEM,
	       "deferred/A: Input");
	ck_assert_int_eq(rig.err.errnum, EIO);
	syncs_fail_with = ENOENT;
	expect(move("hold", "AB1", "trash", "AB1"), QF_OK, "");
	expect(qf_action_sync(rig.action, &rig.err), QF_SYSTEM, "No such file");
	syncs_fail_with = 0;
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
}
END_TEST

/*
 * One that was forgotten since could not be put on the disk.  The move that
 * made it go is not to blame.
 */
START_TEST(a_failure_of_a_forgotten_directory_is_told)
{
	char old_folder[20] = "hold";

	scratch_text("hold/AB1", "x", 0700);
	start(0);
	hold("hold", "AB1");
	for (int i = 0; i < 140; i++) {
		char folder[20];

		snprintf(folder, sizeof(folder), "own%d", i);
		scratch_directory(folder);
		syncs_fail_with = i < 129 ? EIO : 0;
		expect(move(old_folder, "AB1", folder, "AB1"), QF_OK, "");
		memcpy(old_folder, folder, sizeof(folder));
	}
	expect(qf_action_sync(rig.action, &rig.err), QF_SYSTEM,
	       ": Input/output error");
	expect(qf_action_sync(rig.action, &rig.err), QF_OK, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("action_move");
	TCase *tc = tcase_create("action_move");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, moves_a_message, 0, COUNT(depths));
	tcase_add_loop_test(tc, never_replaces_anything, 0, 2);
	tcase_add_test(tc, another_message_is_left_alone);
	tcase_add_test(tc, another_message_is_put_back);
	tcase_add_test(tc, another_message_that_cannot_be_put_back);
	tcase_add_test(tc, a_message_that_goes_on_at_once);
	tcase_add_loop_test(tc, a_look_that_fails_undoes_nothing, 0,
			    COUNT(breaking));
	tcase_add_loop_test(tc, what_is_gone_is_not_moved, 0, 2);
	tcase_add_test(tc, a_directory_that_goes_away);
	tcase_add_test(tc, a_full_disk);
	tcase_add_test(
		tc, a_folder_that_is_not_there_is_not_a_message_that_is_gone);
	tcase_add_loop_test(tc, directories_may_be_made_anew, 0, 2);
	tcase_add_test(tc, directories_may_be_moved_away);
	tcase_add_loop_test(tc, links_lead_nowhere, 0, 2);
	tcase_add_test(tc, many_directories);
	tcase_add_test(tc, syncs_both_ends);
	tcase_add_test(tc, a_failure_of_a_forgotten_directory_is_told);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
