/*
 * check_spool.c - files are where Postfix's rule puts them, and nothing but
 * plain files below the queue directory is opened.
 */
#include "queue-format/postfix/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
}

static void
end(void)
{
	unit_regain_root();
	qf_spool_close(spool);
	spool = NULL;
	qf_config_free(&config);
}

/* As on a system that has no openat2(2): the second round of a test. */
static void
forbid_openat2(void)
{
#ifdef SYS_openat2
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = COUNT(steps), .filter = steps };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter),
			 0);
#endif
}

#define ROUNDS 2

static void
open_spool(int round)
{
	enum qf_status status;

	if (round == 1)
		forbid_openat2();
	status = qf_spool_open(&config, &spool, &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

static void
set(char **setting, const char *value)
{
	free(*setting);
	*setting = strdup(value);
	ck_assert_ptr_nonnull(*setting);
}

static void
expect_path(const char *queue, const char *id, const char *wanted)
{
	char path[QF_SPOOL_PATH_MAX];

	ck_assert_uint_eq(qf_spool_path(spool, queue, id, path),
			  strlen(wanted));
	ck_assert_str_eq(path, wanted);
}

static const struct {
	unsigned depth;
	const char *names;
	const char *queue;
	const char *id;
	const char *path;
} paths[] = {
	{ 1, "deferred, defer", "deferred", "1E240315", "deferred/1/1E240315" },
	{ 1, "deferred, defer", "defer", "1E240315", "defer/1/1E240315" },
	{ 1, "deferred, defer", "bounce", "1E240315", "bounce/1E240315" },
	{ 1, "deferred, defer", "trace", "1E240315", "trace/1E240315" },
	{ 1, "deferred, defer", "active", "1E240315", "active/1E240315" },
	{ 1, "deferred, defer", "corrupt", "1E240315", "corrupt/1E240315" },
	{ 2, "DEFERRED", "deferred", "1E240315", "deferred/1/E/1E240315" },
	{ 2, "deferred", "defer", "1E240315", "defer/1E240315" },
	{ 2, "deferred", "deferred", "4SVLCh75plzyN2",
	  "deferred/F/4/4SVLCh75plzyN2" },
	{ 2, "deferred", "deferred", "4jXJj40001z1cmyG",
	  "deferred/0/0/4jXJj40001z1cmyG" },
	{ 3, "hold incoming active", "hold", "AB", "hold/A/B/_/AB" },
	{ 3, "hold incoming active", "incoming", "ABCD",
	  "incoming/A/B/C/ABCD" },
	{ 1, "none", "deferred", "1E240315", "deferred/1E240315" },
};

START_TEST(paths_follow_the_settings)
{
	scratch_directory("deferred");
	set(&config.directory, "/etc/postfix");
	set(&config.hash_queue_names, paths[_i].names);
	config.hash_queue_depth = paths[_i].depth;
	open_spool(0);
	expect_path(paths[_i].queue, paths[_i].id, paths[_i].path);
	ck_assert_ptr_eq(qf_spool_config(spool), &config);
}
END_TEST

START_TEST(the_longest_path_has_room)
{
	char path[QF_SPOOL_PATH_MAX + 8];
	char id[256];

	memset(id, 'A', 255);
	id[255] = '\0';
	memset(path, 'x', sizeof(path));
	scratch_directory("deferred");
	set(&config.directory, "");
	config.hash_queue_depth = 20;
	open_spool(0);
	ck_assert_uint_eq(qf_spool_path(spool, "deferred", id, path),
			  9 + 40 + 255);
	ck_assert_str_eq(path + 9 + 40, id);
	ck_assert_int_eq(path[9 + 40 + 256], 'x');
}
END_TEST

/* Without settings, the directories tell. */
START_TEST(paths_follow_the_directories)
{
	scratch_directory("deferred/A/3");
	scratch_directory("defer/0");
	scratch_text("hold/ABCDEF", "", 0700);
	scratch_text("active/A", "", 0700);
	scratch_directory("incoming/longer");
	scratch_text("maildrop/B", "", 0700);
	scratch_directory("maildrop/C");
	set(&config.hash_queue_names, "deferred, hold, active, incoming");
	open_spool(_i);
	expect_path("deferred", "1E240315", "deferred/1/E/1E240315");
	expect_path("defer", "1E240315", "defer/1/1E240315");
	expect_path("hold", "1E240315", "hold/1E240315");
	expect_path("active", "1E240315", "active/1E240315");
	expect_path("incoming", "1E240315", "incoming/1E240315");
	expect_path("maildrop", "1E240315", "maildrop/1E240315");
	expect_path("bounce", "1E240315", "bounce/1E240315");
}
END_TEST

/* A tree that Postfix never made must not make paths that have no room. */
START_TEST(directories_may_be_very_deep)
{
	char id[256];
	char path[2000];
	char name[500] = "deferred";

	for (int i = 0; i < 180; i++)
		strcat(name, "/A");
	scratch_directory(name);
	memset(id, 'A', 255);
	id[255] = '\0';
	open_spool(_i);
	ck_assert_uint_lt(qf_spool_path(spool, "deferred", id, path),
			  QF_SPOOL_PATH_MAX);
}
END_TEST

START_TEST(queues_have_folders)
{
	static const char *const names[] = { "maildrop", "active", "incoming",
					     "deferred", "hold",   "corrupt" };

	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++)
		ck_assert_str_eq(qf_spool_queue((enum qf_queue)i), names[i]);
}
END_TEST

static void
expect_no_spool(enum qf_status wanted, const char *says)
{
	char text[2000];

	snprintf(text, sizeof(text), "%s%s", config.queue_directory, says);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), wanted);
	ck_assert_str_eq(err.text, text);
	ck_assert_ptr_null(spool);
}

START_TEST(tells_what_is_no_spool)
{
	expect_no_spool(QF_ABSENT, ": not a Postfix queue directory: "
				   "no folder \"deferred\" in it");
	scratch_text("deferred", "a file", 0600);
	expect_no_spool(QF_UNSAFE, ": deferred: not a directory");
	set(&config.queue_directory, scratch_path("deferred"));
	expect_no_spool(QF_ABSENT, ": no such directory");
	set(&config.queue_directory, scratch_path("nowhere"));
	expect_no_spool(QF_ABSENT, ": no such directory");
}
END_TEST

START_TEST(a_link_is_no_queue)
{
	if (_i == 1)
		forbid_openat2();
	scratch_directory("real/deferred");
	ck_assert_int_eq(symlink("real/deferred", scratch_path("deferred")), 0);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_UNSAFE);
	unit_says(err.text, config.queue_directory);
	unit_says(err.text, ": deferred: not a directory");
}
END_TEST

START_TEST(the_queue_directory_may_be_a_link)
{
	scratch_directory("real/deferred");
	ck_assert_int_eq(symlink("real", scratch_path("link")), 0);
	set(&config.queue_directory, scratch_path("link"));
	open_spool(_i);
}
END_TEST

START_TEST(tells_what_is_forbidden)
{
	char path[1024];

	scratch_directory("deferred");
	set(&config.queue_directory, scratch_path(""));
	ck_assert_int_eq(chmod(scratch_path("deferred"), 0), 0);
	unit_drop_root();
	if (_i == 1)
		forbid_openat2();
	expect_no_spool(QF_DENIED, ": deferred: Permission denied");

	/* The queue directory itself. */
	snprintf(path, sizeof(path), "%s/deferred", config.queue_directory);
	set(&config.queue_directory, path);
	expect_no_spool(QF_DENIED, ": Permission denied");
}
END_TEST

/* How opening and looking at a path ends, and what is said then. */
static void
expect_both(const char *path, enum qf_status wanted, const char *open_says,
	    const char *stat_says)
{
	struct stat st;
	int fd = -1;

	ck_assert_int_eq(qf_spool_file(spool, path, &fd, &st, &err), wanted);
	ck_assert_int_eq(fd, -1);
	unit_says(err.text, path);
	unit_says(err.text, open_says);
	ck_assert_int_eq(qf_spool_stat(spool, path, &st, &err), wanted);
	unit_says(err.text, path);
	unit_says(err.text, stat_says);
}

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

START_TEST(opens_nothing_but_plain_files)
{
	scratch_directory("deferred");
	scratch_text("hold/real", "x", 0700);
	scratch_directory("hold/directory");
	ck_assert_int_eq(symlink("real", scratch_path("hold/link")), 0);
	ck_assert_int_eq(symlink("nowhere", scratch_path("hold/dangling")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("hold/fifo"), 0700), 0);
	make_socket(scratch_path("hold/socket"));
	open_spool(_i);
	expect_both("hold/directory", QF_UNSAFE, "a directory", "a directory");
	expect_both("hold/link", QF_UNSAFE, "a symbolic link",
		    "a symbolic link");
	expect_both("hold/dangling", QF_UNSAFE, "a symbolic link",
		    "a symbolic link");
	expect_both("hold/fifo", QF_UNSAFE, "a named pipe", "a named pipe");
	expect_both("hold/socket", QF_UNSAFE, "not a plain file", "a socket");
	expect_both("hold/nothing", QF_GONE, "No such file", "No such file");
	expect_both("nothing/at/all", QF_GONE, "No such file", "No such file");
	if (geteuid() == 0) {
		ck_assert_int_eq(mknod(scratch_path("hold/device"),
				       S_IFCHR | 0600, 0x103),
				 0);
		expect_both("hold/device", QF_UNSAFE, "a device", "a device");
	}
}
END_TEST

/* A folder that somebody replaced by a link to elsewhere. */
START_TEST(does_not_follow_links_on_the_way)
{
	int fd = -1;

	scratch_directory("deferred");
	scratch_text("elsewhere/A", "x", 0700);
	ck_assert_int_eq(symlink("elsewhere", scratch_path("hold")), 0);
	ck_assert_int_eq(symlink("..", scratch_path("deferred/up")), 0);
	open_spool(_i);
	ck_assert_int_eq(qf_spool_file(spool, "hold/A", &fd, NULL, &err),
			 QF_UNSAFE);
	unit_says(err.text, "hold/A: ");
	ck_assert_int_eq(qf_spool_file(spool, "deferred/up/elsewhere/A", &fd,
				       NULL, &err),
			 QF_UNSAFE);
	unit_says(err.text, "deferred/up/elsewhere/A: ");
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(opens_plain_files)
{
	struct stat st = { 0 };
	char text[10] = "";
	int fd = -1;

	scratch_directory("deferred");
	scratch_text("hold/A/B/ABC", "contents", 0710);
	open_spool(_i);
	ck_assert_int_eq(qf_spool_file(spool, "hold/A/B/ABC", &fd, &st, &err),
			 QF_OK);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 8);
	ck_assert_str_eq(text, "contents");
	ck_assert_int_eq(st.st_mode & 07777, 0710);
	ck_assert_int_eq(st.st_size, 8);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);

	memset(&st, 0, sizeof(st));
	ck_assert_int_eq(qf_spool_stat(spool, "hold/A/B/ABC", &st, &err),
			 QF_OK);
	ck_assert_int_eq(st.st_size, 8);

	/* Who does not ask for its state does not get a check either. */
	ck_assert_int_eq(qf_spool_file(spool, "hold/A", &fd, NULL, &err),
			 QF_OK);
	close(fd);
}
END_TEST

/* Reading must not write the time of access into each inode. */
START_TEST(reading_leaves_no_trace)
{
	const struct timespec times[2] = { { .tv_sec = 1000 },
					   { .tv_sec = 2000000000 } };
	struct stat st;
	char text[10];
	int fd = -1;

	scratch_text("deferred/A", "x", 0700);
	ck_assert_int_eq(
		utimensat(AT_FDCWD, scratch_path("deferred/A"), times, 0), 0);
	open_spool(_i);
	ck_assert_int_eq(qf_spool_file(spool, "deferred/A", &fd, NULL, &err),
			 QF_OK);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 1);
	close(fd);
	ck_assert_int_eq(qf_spool_stat(spool, "deferred/A", &st, &err), QF_OK);
	ck_assert_int_eq(st.st_atime, 1000);
}
END_TEST

START_TEST(a_file_of_somebody_else)
{
	int fd = -1;
	struct stat st;

	if (geteuid() != 0)
		return; /* only root can make one */
	scratch_directory("deferred");
	scratch_text("maildrop/A", "x", 0744);
	scratch_text("maildrop/B", "x", 0700);
	unit_drop_root();
	open_spool(_i);
	/* Readable, but not ours: no O_NOATIME. */
	ck_assert_int_eq(qf_spool_file(spool, "maildrop/A", &fd, &st, &err),
			 QF_OK);
	close(fd);
	ck_assert_int_eq(qf_spool_file(spool, "maildrop/B", &fd, &st, &err),
			 QF_DENIED);
	ck_assert_str_eq(err.text, "maildrop/B: Permission denied");
}
END_TEST

START_TEST(descriptors_do_not_leak)
{
	DIR *dir;
	int before = 0;
	int behind = 0;
	int fd = -1;

	scratch_directory("deferred/A/B");
	scratch_text("hold/A/B/C/D", "x", 0700);
	open_spool(_i);
	dir = opendir("/proc/self/fd");
	while (readdir(dir) != NULL)
		before++;
	ck_assert_int_eq(qf_spool_file(spool, "hold/A/B/C/D", &fd, NULL, &err),
			 QF_OK);
	close(fd);
	ck_assert_int_eq(qf_spool_file(spool, "hold/A/B/D", &fd, NULL, &err),
			 QF_GONE);
	ck_assert_int_eq(qf_spool_file(spool, "hold/A/C/B/D", &fd, NULL, &err),
			 QF_GONE);
	rewinddir(dir);
	while (readdir(dir) != NULL)
		behind++;
	closedir(dir);
	ck_assert_int_eq(behind, before);
}
END_TEST

START_TEST(opens_directories)
{
	DIR *dir = NULL;
	struct dirent *entry;
	int count = 0;

	scratch_directory("deferred/A");
	scratch_text("deferred/A/B", "x", 0700);
	ck_assert_int_eq(symlink("A", scratch_path("deferred/link")), 0);
	open_spool(_i);
	ck_assert_int_eq(qf_spool_directory(spool, "deferred/A", &dir, &err),
			 QF_OK);
	while ((entry = readdir(dir)) != NULL)
		count += strcmp(entry->d_name, "B") == 0;
	ck_assert_int_eq(count, 1);
	closedir(dir);
	ck_assert_int_eq(qf_spool_directory(spool, "deferred/A/B", &dir, &err),
			 QF_UNSAFE);
	ck_assert_str_eq(err.text, "deferred/A/B: not a directory");
	ck_assert_int_eq(qf_spool_directory(spool, "deferred/C", &dir, &err),
			 QF_GONE);
	ck_assert_int_eq(qf_spool_directory(spool, "deferred/link", &dir, &err),
			 QF_UNSAFE);
}
END_TEST

/* A folder, open, as the one with this name. */
static void
expect_folder(const char *path, bool make)
{
	struct stat wanted;
	struct stat st;
	enum qf_status status;
	int fd = -1;

	status = qf_spool_folder(spool, path, make, &fd, &err);
	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(lstat(scratch_path(path), &wanted), 0);
	ck_assert_uint_eq(st.st_ino, wanted.st_ino);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
}

static void
expect_no_folder(const char *path, bool make, enum qf_status wanted,
		 const char *says)
{
	int fd = -1;

	ck_assert_int_eq(qf_spool_folder(spool, path, make, &fd, &err), wanted);
	unit_says(err.text, says);
	ck_assert_int_eq(fd, -1);
}

START_TEST(makes_hash_directories)
{
	struct stat st;

	scratch_directory("deferred/A");
	open_spool(_i);
	expect_folder("deferred", false);
	expect_folder("deferred/A", true);
	expect_no_folder("deferred/A/B", false, QF_GONE,
			 "deferred/A/B: No such file");
	expect_folder("deferred/A/B", true);
	expect_folder("deferred/B/C/D", true);
	ck_assert_int_eq(lstat(scratch_path("deferred/B/C"), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);

	/* Never a queue. */
	expect_no_folder("hold", true, QF_GONE, "hold: No such file");
	expect_no_folder("hold/A", true, QF_GONE, "hold: No such file");
	ck_assert_int_eq(
		fstatat(qf_spool_root(spool), "deferred/B/C/D", &st, 0), 0);
}
END_TEST

START_TEST(makes_no_directory_elsewhere)
{
	char path[QF_SPOOL_PATH_MAX + 10];

	scratch_directory("deferred");
	scratch_directory("elsewhere");
	scratch_text("deferred/file", "x", 0700);
	ck_assert_int_eq(symlink("elsewhere", scratch_path("hold")), 0);
	ck_assert_int_eq(symlink("../elsewhere", scratch_path("deferred/A")),
			 0);
	ck_assert_int_eq(symlink("nowhere", scratch_path("deferred/B")), 0);
	open_spool(_i);
	expect_no_folder("hold/A", true, QF_UNSAFE, "hold");
	expect_no_folder("deferred/A/A", true, QF_UNSAFE, "deferred/A");
	expect_no_folder("deferred/B/A", true, QF_UNSAFE, "deferred/B");
	expect_no_folder("deferred/file/A", true, QF_UNSAFE, "deferred/file");
	/* Empty still, so it can be removed. */
	ck_assert_int_eq(rmdir(scratch_path("elsewhere")), 0);

	snprintf(path, sizeof(path), "%0*d", QF_SPOOL_PATH_MAX, 0);
	for (size_t i = 8; i < strlen(path); i += 2)
		path[i] = '/';
	memcpy(path, "deferred", 8);
	expect_no_folder(path, true, QF_UNSAFE, "too long");
}
END_TEST

/* What root made, Postfix could not look into. */
START_TEST(makes_no_directory_for_somebody_else)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	scratch_directory("deferred");
	ck_assert_int_eq(chown(scratch_path("deferred"), 65534, 65534), 0);
	open_spool(_i);
	expect_no_folder("deferred/A", true, QF_DENIED,
			 "cannot make deferred/A: the queue belongs to user "
			 "65534");
	ck_assert_int_eq(lstat(scratch_path("deferred/A"), &st), -1);
	unit_drop_root();
	expect_folder("deferred/A", true);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spool");
	TCase *tc = tcase_create("spool");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, paths_follow_the_settings, 0, COUNT(paths));
	tcase_add_test(tc, the_longest_path_has_room);
	tcase_add_loop_test(tc, paths_follow_the_directories, 0, ROUNDS);
	tcase_add_loop_test(tc, directories_may_be_very_deep, 0, ROUNDS);
	tcase_add_test(tc, queues_have_folders);
	tcase_add_test(tc, tells_what_is_no_spool);
	tcase_add_loop_test(tc, a_link_is_no_queue, 0, ROUNDS);
	tcase_add_loop_test(tc, the_queue_directory_may_be_a_link, 0, ROUNDS);
	tcase_add_loop_test(tc, tells_what_is_forbidden, 0, ROUNDS);
	tcase_add_loop_test(tc, opens_nothing_but_plain_files, 0, ROUNDS);
	tcase_add_loop_test(tc, does_not_follow_links_on_the_way, 0, ROUNDS);
	tcase_add_loop_test(tc, opens_plain_files, 0, ROUNDS);
	tcase_add_loop_test(tc, reading_leaves_no_trace, 0, ROUNDS);
	tcase_add_loop_test(tc, a_file_of_somebody_else, 0, ROUNDS);
	tcase_add_loop_test(tc, descriptors_do_not_leak, 0, ROUNDS);
	tcase_add_loop_test(tc, opens_directories, 0, ROUNDS);
	tcase_add_loop_test(tc, makes_hash_directories, 0, ROUNDS);
	tcase_add_loop_test(tc, makes_no_directory_elsewhere, 0, ROUNDS);
	tcase_add_loop_test(tc, makes_no_directory_for_somebody_else, 0,
			    ROUNDS);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
