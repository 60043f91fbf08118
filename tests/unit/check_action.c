/*
 * check_action.c - who is held, marked, or has logs, is the message it was
 * meant for.  Moves: check_action_move.c.
 */
#include "queue-format/postfix/action.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "action_rig.h"
#include "unit.h"

static struct action_rig rig;

static void
begin(void)
{
	action_rig_begin(&rig);
}

/* What happens before the next look at a file. */
static void (*before_look)(void);

/* The library is linked statically, so it calls ours. */
int
statx(int dir, const char *restrict path, int flags, unsigned mask,
      struct statx *restrict st)
{
	void (*before)(void) = before_look;

	before_look = NULL;
	if (before != NULL)
		before();
	return (int)syscall(SYS_statx, dir, path, flags, mask, st);
}

static void
end(void)
{
	before_look = NULL;
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

START_TEST(holds_a_message)
{
	struct qf_identity who;
	struct stat st;

	scratch_text("hold/AB1", "x", 0750);
	start(0);
	hold("hold", "AB1");
	ck_assert_int_eq(fstat(rig.pin.fd, &st), 0);
	ck_assert_uint_eq(rig.pin.identity.inode, inode_of("hold/AB1"));
	ck_assert_uint_eq(rig.pin.identity.inode, st.st_ino);
	ck_assert_int_eq(rig.pin.modified, st.st_mtime);
	ck_assert_int_eq(rig.pin.changed,
			 st.st_ctim.tv_sec * INT64_C(1000000000) +
				 st.st_ctim.tv_nsec);
	ck_assert_uint_eq(rig.pin.mode, 0750);
	ck_assert_int_eq(fcntl(rig.pin.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_ne(fcntl(rig.pin.fd, F_GETFD) & FD_CLOEXEC, 0);
	who = rig.pin.identity;
	qf_action_unpin(&rig.pin);
	ck_assert_int_eq(rig.pin.fd, -1);
	qf_action_unpin(&rig.pin);

	/* The same one again, and with no time of birth known. */
	expect(qf_action_pin(rig.action, "hold", "AB1", &who, &rig.pin,
			     &rig.err),
	       QF_OK, "");
	qf_action_unpin(&rig.pin);
	who.birth = 0;
	expect(qf_action_pin(rig.action, "hold", "AB1", &who, &rig.pin,
			     &rig.err),
	       QF_OK, "");
}
END_TEST

START_TEST(an_identity_is_inode_and_birth)
{
	struct qf_identity who;

	scratch_text("hold/AB1", "x", 0700);
	start(0);
	hold("hold", "AB1");
	who = rig.pin.identity;
	qf_action_unpin(&rig.pin);
	who.inode++;
	expect(qf_action_pin(rig.action, "hold", "AB1", &who, &rig.pin,
			     &rig.err),
	       QF_CHANGED, "hold/AB1: another message has this id now");
	ck_assert_int_eq(rig.pin.fd, -1);
	if (who.birth == 0)
		return; /* this file system has none */
	who.inode--;
	who.birth++;
	expect(qf_action_pin(rig.action, "hold", "AB1", &who, &rig.pin,
			     &rig.err),
	       QF_CHANGED, "another message");
}
END_TEST

static void
make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	close(fd);
}

static void
make_all_kinds(void)
{
	scratch_text("hold/plain", "x", 0700);
	scratch_text("hold/early", "x", 0600);
	scratch_text("hold/corrupt", "x", 0400);
	scratch_text("hold/twice", "x", 0700);
	scratch_directory("hold/folder");
	ck_assert_int_eq(symlink("plain", scratch_path("hold/link")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("hold/pipe"), 0700), 0);
	make_socket(scratch_path("hold/socket"));
	ck_assert_int_eq(
		link(scratch_path("hold/twice"), scratch_path("hold/thrice")),
		0);
}

static const struct {
	const char *folder;
	const char *id;
	enum qf_status status;
	const char *says;
} refused[] = {
	{ "hold", "nothing", QF_GONE, "hold/nothing: No such file" },
	{ "nowhere", "A", QF_GONE, "nowhere/A: No such file" },
	{ "hold", "link", QF_UNSAFE, "hold/link: a symbolic link" },
	{ "hold", "pipe", QF_UNSAFE, "hold/pipe: not a plain file" },
	{ "hold", "socket", QF_UNSAFE, "hold/socket: not a plain file" },
	{ "hold", "folder", QF_UNSAFE, "hold/folder: not a plain file" },
	{ "hold", "twice", QF_UNSAFE, "hold/twice: has 2 names" },
	{ "hold", "early", QF_BUSY, "hold/early: being written" },
	{ "hold", "corrupt", QF_BUSY, "hold/corrupt: being written" },
	{ "hold", "../hold/plain", QF_UNSAFE, "not a name for \"hold\"" },
	{ "hold", "", QF_UNSAFE, ": not a name for \"hold\"" },
	{ "hold", "..", QF_UNSAFE, "..: not a name for \"hold\"" },
	{ "hold", "a.b", QF_UNSAFE, "a.b: not a name for \"hold\"" },
	{ "trash", "..", QF_UNSAFE, "..: not a name for \"trash\"" },
	{ "trash", "a/b", QF_UNSAFE, "a/b: not a name for \"trash\"" },
};

START_TEST(holds_nothing_else)
{
	make_all_kinds();
	start(0);
	expect(qf_action_pin(rig.action, refused[_i].folder, refused[_i].id,
			     NULL, &rig.pin, &rig.err),
	       refused[_i].status, refused[_i].says);
	ck_assert_int_eq(rig.pin.fd, -1);
}
END_TEST

static void
remove_it(void)
{
	ck_assert_int_eq(unlink(scratch_path("hold/AB1")), 0);
}

START_TEST(what_goes_away_is_not_held)
{
	scratch_text("hold/AB1", "mine", 0700);
	start(0);
	before_look = remove_it;
	expect(qf_action_pin(rig.action, "hold", "AB1", NULL, &rig.pin,
			     &rig.err),
	       QF_GONE, "hold/AB1: gone");
	ck_assert_int_eq(rig.pin.fd, -1);
}
END_TEST

START_TEST(a_name_has_an_end)
{
	char id[300];

	memset(id, 'A', sizeof(id));
	id[255] = '\0';
	start(0);
	expect(qf_action_pin(rig.action, "trash", id, NULL, &rig.pin, &rig.err),
	       QF_GONE, "No such file");
	id[255] = 'A';
	id[256] = '\0';
	expect(qf_action_pin(rig.action, "trash", id, NULL, &rig.pin, &rig.err),
	       QF_UNSAFE, "not a name");
	memset(id, 'f', sizeof(id));
	id[200] = '\0';
	expect(qf_action_pin(rig.action, id, id, NULL, &rig.pin, &rig.err),
	       QF_UNSAFE, "not a name");
}
END_TEST

START_TEST(sets_the_time)
{
	struct stat st;

	scratch_text("hold/AB1", "x", 0700);
	start(0);
	hold("hold", "AB1");
	expect(qf_action_set_time(rig.action, &rig.pin, 2000000000, &rig.err),
	       QF_OK, "");
	ck_assert_int_eq(lstat(scratch_path("hold/AB1"), &st), 0);
	ck_assert_int_eq(st.st_mtim.tv_sec, 2000000000);
	ck_assert_int_eq(st.st_mtim.tv_nsec, 0);
	ck_assert_int_eq(st.st_atim.tv_sec, 2000000000);
	ck_assert_int_eq(st.st_atim.tv_nsec, 0);
	ck_assert_int_eq(rig.pin.modified, 2000000000);
	ck_assert_int_eq(rig.pin.changed,
			 st.st_ctim.tv_sec * INT64_C(1000000000) +
				 st.st_ctim.tv_nsec);
}
END_TEST

static mode_t
mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(scratch_path(name), &st), 0);
	return st.st_mode & 07777;
}

/* Other marks stay, also those that came since it is held. */
START_TEST(sets_the_mark_of_expiry)
{
	scratch_text("hold/AB1", "x", 0700);
	start(0);
	hold("hold", "AB1");
	ck_assert_int_eq(chmod(scratch_path("hold/AB1"), 0740), 0);
	expect(qf_action_set_expire(rig.action, &rig.pin, true, &rig.err),
	       QF_OK, "");
	ck_assert_uint_eq(mode_of("hold/AB1"), 0750);
	ck_assert_uint_eq(rig.pin.mode, 0750);
	expect(qf_action_set_expire(rig.action, &rig.pin, true, &rig.err),
	       QF_OK, "");
	ck_assert_uint_eq(mode_of("hold/AB1"), 0750);
	expect(qf_action_set_expire(rig.action, &rig.pin, false, &rig.err),
	       QF_OK, "");
	ck_assert_uint_eq(mode_of("hold/AB1"), 0740);

	/* An agent found it corrupt: that must not be undone. */
	ck_assert_int_eq(chmod(scratch_path("hold/AB1"), 0400), 0);
	expect(qf_action_set_expire(rig.action, &rig.pin, true, &rig.err),
	       QF_BUSY, "being written");
	ck_assert_uint_eq(mode_of("hold/AB1"), 0400);
}
END_TEST

START_TEST(not_to_files_of_somebody_else)
{
	if (geteuid() != 0)
		return; /* only root can make one */
	scratch_text("hold/AB1", "x", 0744);
	start(1);
	hold("hold", "AB1");
	unit_drop_root();
	expect(qf_action_set_time(rig.action, &rig.pin, 5, &rig.err), QF_DENIED,
	       "cannot set the time");
	expect(qf_action_set_expire(rig.action, &rig.pin, true, &rig.err),
	       QF_DENIED, "cannot set the mode");
	expect(move("hold", "AB1", "trash", "AB1"), QF_DENIED,
	       "cannot rename hold/AB1 to trash/AB1: Permission denied");

	/* Nor is a directory made that Postfix could not use. */
	expect(move("hold", "AB1", "deferred", "AB1"), QF_DENIED,
	       "cannot make deferred/A: the queue belongs to user 0");
	ck_assert(!exists("deferred/A"));
}
END_TEST

START_TEST(finds_logs)
{
	struct qf_logs logs = { 1, 2, 3 };

	scratch_text("defer/A/AB1", "x", 0600);
	scratch_text("trace/AB1", "x", 0600);
	scratch_text("bounce/AB2", "x", 0600);
	start(1);
	expect(qf_action_logs(rig.action, "AB1", &logs, &rig.err), QF_OK, "");
	ck_assert_uint_eq(logs.defer, inode_of("defer/A/AB1"));
	ck_assert_uint_eq(logs.trace, inode_of("trace/AB1"));
	ck_assert_uint_eq(logs.bounce, 0);
	expect(qf_action_logs(rig.action, "AB2", &logs, &rig.err), QF_OK, "");
	ck_assert_uint_eq(logs.defer, 0);
	ck_assert_uint_eq(logs.trace, 0);
	ck_assert_uint_eq(logs.bounce, inode_of("bounce/AB2"));

	/* What cannot be told is left as it was. */
	scratch_directory("trace/AB2");
	logs.bounce = 7;
	expect(qf_action_logs(rig.action, "AB2", &logs, &rig.err), QF_UNSAFE,
	       "trace/AB2: a directory");
	ck_assert_uint_eq(logs.bounce, 7);
	expect(qf_action_logs(rig.action, "../x", &logs, &rig.err), QF_UNSAFE,
	       "not a name");
}
END_TEST

START_TEST(moves_logs)
{
	ino_t log;
	ino_t other;

	scratch_text("defer/A/AB1", "x", 0600);
	scratch_text("bounce/AB1", "one", 0600);
	scratch_text("bounce/CD2", "two", 0600);
	log = inode_of("defer/A/AB1");
	other = inode_of("bounce/CD2");
	start(1);
	expect(qf_action_move_log(rig.action, "defer", "AB1", "CD2", &rig.err),
	       QF_OK, "");
	ck_assert_uint_eq(inode_of("defer/C/CD2"), log);
	ck_assert(!exists("defer/A/AB1"));
	expect(qf_action_move_log(rig.action, "defer", "AB1", "EF3", &rig.err),
	       QF_GONE, "defer/A/AB1");
	expect(qf_action_move_log(rig.action, "bounce", "AB1", "CD2", &rig.err),
	       QF_EXISTS, "bounce/CD2: the name is taken");
	ck_assert_uint_eq(inode_of("bounce/CD2"), other);
	ck_assert(exists("bounce/AB1"));
	expect(qf_action_move_log(rig.action, "bounce", "AB1", "../AB1",
				  &rig.err),
	       QF_UNSAFE, "../AB1: not a name for \"bounce\"");
}
END_TEST

static const char *const places[] = { "maildrop/AB1", "incoming/AB1",
				      "active/AB1",   "deferred/A/AB1",
				      "hold/AB1",     "corrupt/AB1",
				      "defer/A/AB1",  "bounce/AB1",
				      "trace/AB1" };

static void
expect_used(const char *id, bool wanted)
{
	bool used = !wanted;

	expect(qf_action_is_used(rig.action, id, &used, &rig.err), QF_OK, "");
	ck_assert_int_eq(used, wanted);
}

START_TEST(knows_used_names)
{
	scratch_text(places[_i], "", 0600);
	start(1);
	expect_used("AB1", true);
	expect_used("AB2", false);
	ck_assert_int_eq(unlink(scratch_path(places[_i])), 0);
	expect_used("AB1", false);
	scratch_directory(places[_i]);
	expect_used("AB1", true);
	ck_assert_int_eq(rmdir(scratch_path(places[_i])), 0);
	ck_assert_int_eq(symlink("nowhere", scratch_path(places[_i])), 0);
	expect_used("AB1", true);
}
END_TEST

START_TEST(what_cannot_be_looked_at_is_not_free)
{
	bool used = false;

	start(1);
	expect(qf_action_is_used(rig.action, "a/b", &used, &rig.err), QF_UNSAFE,
	       "not a name");
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(scratch_path("trace"), 0700), 0);
	unit_drop_root();
	expect(qf_action_is_used(rig.action, "AB1", &used, &rig.err), QF_DENIED,
	       "trace/AB1");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("action");
	TCase *tc = tcase_create("action");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, holds_a_message);
	tcase_add_test(tc, an_identity_is_inode_and_birth);
	tcase_add_loop_test(tc, holds_nothing_else, 0, COUNT(refused));
	tcase_add_test(tc, a_name_has_an_end);
	tcase_add_test(tc, what_goes_away_is_not_held);
	tcase_add_test(tc, sets_the_time);
	tcase_add_test(tc, sets_the_mark_of_expiry);
	tcase_add_test(tc, not_to_files_of_somebody_else);
	tcase_add_test(tc, finds_logs);
	tcase_add_test(tc, moves_logs);
	tcase_add_loop_test(tc, knows_used_names, 0, COUNT(places));
	tcase_add_test(tc, what_cannot_be_looked_at_is_not_free);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
