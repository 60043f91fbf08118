/*
 * check_workplace.c - the directories of the suite are made for the owner of
 * the queue, and what is already there is his alone or refused.
 */
#include "mailq-tools/workplace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define OTHER 65534 /* nobody */

static struct qf_config config;
static struct workplace place;
static struct identity owner;
static struct settings settings;
static struct setting setting;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	scratch_directory("spool");
	scratch_directory("spool/deferred");
	ck_assert_int_eq(
		qf_config_default(scratch_path("spool"), &config, &err), QF_OK);
	owner = (struct identity){ geteuid(), getegid() };
	if (geteuid() == 0) {
		owner = (struct identity){ OTHER, OTHER };
		ck_assert_int_eq(
			chown(scratch_path("spool/deferred"), OTHER, OTHER), 0);
	}
	settings = (struct settings){ .items = &setting, .count = 1 };
	setting = (struct setting){ "state_directory", "/nonexistent/x" };
	setenv("MAILQ_TOOLS_STATE", scratch_path("base"), 1);
	place = (struct workplace){ .spool = NULL };
}

static void
end(void)
{
	unit_regain_root();
	workplace_close(&place);
	qf_config_free(&config);
}

static enum qf_status
prepare(void)
{
	workplace_close(&place);
	err = (struct qf_error){ .text = "" };
	return workplace_prepare(&settings, &config, &owner, true, &place,
				 &err);
}

static void
set_instance(const char *name)
{
	free(config.instance);
	config.instance = strdup(name);
}

static void
expect_ours(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_uint_eq(st.st_uid, owner.uid);
	ck_assert_uint_eq(st.st_gid, owner.gid);
}

/* The hash of `path' by another program's way of counting: 128 bits. */
static void
hash(const char *path, char text[17])
{
	unsigned __int128 value = 14695981039346656037u;

	for (size_t i = 0; i < strlen(path); i++) {
		value ^= (unsigned char)path[i];
		value = value * 1099511628211u % ((unsigned __int128)1 << 64);
	}
	snprintf(text, 17, "%016llx", (unsigned long long)value);
}

START_TEST(all_is_made_and_given_away)
{
	char *real = realpath(scratch_path("spool"), NULL);
	char wanted[1100];
	char name[17];
	struct stat st;

	hash(real, name);
	snprintf(wanted, sizeof(wanted), "%s/%s", scratch_path("base"), name);
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(prepare() == QF_OK, "%s", err.text);
		ck_assert_str_eq(place.state, wanted);
		ck_assert_ptr_nonnull(place.spool);
		ck_assert_ptr_nonnull(place.daemon);
		expect_ours(wanted);
		expect_ours(scratch_path("spool/mailq-tools-trash"));
	}
	ck_assert_int_eq(stat(scratch_path("base"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_uint_eq(st.st_uid, geteuid());
	free(real);
}
END_TEST

START_TEST(journal_is_opened_by_its_owner)
{
	struct qf_job job = { .user = "",
			      .sudo_user = "",
			      .tty = "",
			      .host = "",
			      .command = "",
			      .action = "hold",
			      .selection = "",
			      .reason = "" };

	ck_assert_int_eq(prepare(), QF_OK);
	if (geteuid() == 0) {
		ck_assert_int_eq(workplace_open(&place, false, &err),
				 QF_UNSAFE);
		ck_assert_int_eq(seteuid(owner.uid), 0);
	}
	ck_assert_int_eq(workplace_open(&place, true, &err), QF_ABSENT);
	ck_assert_int_eq(workplace_open(&place, false, &err), QF_OK);
	/* Whoever asks again has it. */
	ck_assert_int_eq(workplace_open(&place, false, &err), QF_OK);
	ck_assert_int_eq(qf_journal_begin(place.journal, &job, &err), QF_OK);
	workplace_close(&place);
	ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

/* What it may be called, and whether that is a name for a directory. */
static const struct {
	const char *instance;
	bool plain;
} names[] = {
	{ "postfix-out", true }, { "A_1.b", true }, { "", false },
	{ ".", false },		 { "..", false },   { ".hidden", false },
	{ "-c", false },	 { "a/b", false },  { "../../etc", false },
	{ "a\nb", false },	 { "a b", false },  { "\xc3\xa4", false },
	{ "*", false },
};

START_TEST(name_is_a_safe_one)
{
	const char *instance = names[_i].instance;
	const char *slash;

	set_instance(instance);
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_int_eq(strncmp(place.state, scratch_path("base/"),
				 strlen(scratch_path("base/"))),
			 0);
	slash = strrchr(place.state, '/');
	ck_assert_uint_eq((size_t)(slash - place.state),
			  strlen(scratch_path("base")));
	if (names[_i].plain)
		ck_assert_str_eq(slash + 1, instance);
	else
		ck_assert_uint_eq(strlen(slash + 1), 16);
	/* To find it makes nothing. */
	ck_assert_int_ne(access(scratch_path("base"), F_OK), 0);
}
END_TEST

START_TEST(long_name_gets_a_hash)
{
	char name[1000];

	memset(name, 'n', sizeof(name));
	name[999] = '\0';
	set_instance(name);
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_uint_eq(strlen(strrchr(place.state, '/') + 1), 16);
}
END_TEST

START_TEST(environment_wins_over_settings)
{
	set_instance("x");
	setting.value = "/nonexistent/base";
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_str_eq(place.state, scratch_path("base/x"));
	setenv("MAILQ_TOOLS_STATE", "", 1);
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_str_eq(place.state, "/nonexistent/base/x");
	ck_assert_int_eq(prepare(), QF_INVALID);
	unit_says(err.text, "/nonexistent/base: cannot make it: there is no "
			    "directory for it");
	unsetenv("MAILQ_TOOLS_STATE");
	ck_assert_int_eq(workplace_find(NULL, &config, &place, &err), QF_OK);
	ck_assert_str_eq(place.state, "/var/lib/mailq-tools/x");
	setting.value = "relative";
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_INVALID);
	unit_says(err.text,
		  "state_directory: not an absolute path: \"relative\"");
}
END_TEST

/* The path as it is configured may be a link, also that of the queue. */
START_TEST(configured_paths_may_be_links)
{
	scratch_directory("elsewhere");
	ck_assert_int_eq(symlink("elsewhere", scratch_path("base")), 0);
	ck_assert_int_eq(symlink("spool", scratch_path("queue")), 0);
	set_instance("x");
	free(config.queue_directory);
	config.queue_directory = strdup(scratch_path("queue"));
	ck_assert_msg(prepare() == QF_OK, "%s", err.text);
	expect_ours(scratch_path("elsewhere/x"));
	expect_ours(scratch_path("spool/mailq-tools-trash"));
}
END_TEST

START_TEST(link_to_the_queue_has_the_same_hash)
{
	char *state;

	ck_assert_int_eq(symlink("spool", scratch_path("queue")), 0);
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	state = strdup(place.state);
	free(config.queue_directory);
	config.queue_directory = strdup(scratch_path("queue"));
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_str_eq(place.state, state);
	free(state);
}
END_TEST

static void
put_link(const char *path)
{
	scratch_directory("target");
	ck_assert_int_eq(chown(scratch_path("target"), owner.uid, owner.gid),
			 0);
	ck_assert_int_eq(chmod(scratch_path("target"), 0700), 0);
	ck_assert_int_eq(symlink(scratch_path("target"), path), 0);
}

static void
put_dangling(const char *path)
{
	ck_assert_int_eq(symlink("nowhere", path), 0);
}

static void
put_file(const char *path)
{
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
}

static void
put_fifo(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void
put_open(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chown(path, owner.uid, owner.gid), 0);
	ck_assert_int_eq(chmod(path, 0750), 0);
}

static void
put_other(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chown(path, OTHER - 1, OTHER), 0);
}

/* Root's own, and there is something in it: it was not made here. */
static void
put_full(const char *path)
{
	char inside[1200];

	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(inside, sizeof(inside), "%s/secret", path);
	put_file(inside);
}

/* What may be there already, and what is said of it. */
static const struct {
	void (*put)(const char *path);
	const char *says;
	bool needs_root;
} obstacles[] = {
	{ put_link, "not a directory, where", false },
	{ put_dangling, "not a directory, where", false },
	{ put_file, "not a directory, where", false },
	{ put_fifo, "not a directory, where", false },
	{ put_open, "its mode is 0750 and not 0700", false },
	{ put_other, "belongs to user 65533, not to", true },
	{ put_full, "belongs to user 0, not to the owner", true },
};

static void
expect_refused(int i, const char *path)
{
	struct stat before;
	struct stat after;

	if (obstacles[i].needs_root && geteuid() != 0)
		return;
	obstacles[i].put(path);
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_int_eq(prepare(), QF_UNSAFE);
	unit_says(err.text, path);
	unit_says(err.text, obstacles[i].says);
	unit_says(err.text, "move it away");
	ck_assert_ptr_null(place.spool);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(before.st_mode, after.st_mode);
	ck_assert_uint_eq(before.st_uid, after.st_uid);
	ck_assert_int_eq(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

START_TEST(state_that_is_not_ours_is_refused)
{
	set_instance("x");
	scratch_directory("base");
	expect_refused(_i, scratch_path("base/x"));
}
END_TEST

START_TEST(trash_that_is_not_ours_is_refused)
{
	set_instance("x");
	expect_refused(_i, scratch_path("spool/mailq-tools-trash"));
}
END_TEST

/* Whoever died between making it and giving it away. */
START_TEST(what_was_begun_is_ended)
{
	if (geteuid() != 0)
		return;
	set_instance("x");
	scratch_directory("base");
	ck_assert_int_eq(mkdir(scratch_path("base/x"), 0700), 0);
	ck_assert_msg(prepare() == QF_OK, "%s", err.text);
	expect_ours(scratch_path("base/x"));
}
END_TEST

/* Meanwhile there is nothing to read; but what was there is not nothing. */
START_TEST(what_was_begun_has_no_journal)
{
	struct stat born;
	struct stat st;

	if (geteuid() != 0)
		return;
	set_instance("x");
	scratch_directory("base");
	ck_assert_int_eq(chmod(scratch_path(""), 0755), 0);
	ck_assert_int_eq(mkdir(scratch_path("base/x"), 0700), 0);
	ck_assert_int_eq(workplace_find(&settings, &config, &place, &err),
			 QF_OK);
	ck_assert_int_eq(seteuid(owner.uid), 0);
	ck_assert_int_eq(workplace_open(&place, true, &err), QF_ABSENT);
	unit_says(err.text, "there is no journal");
	ck_assert_int_eq(workplace_open(&place, false, &err), QF_DENIED);
	ck_assert_int_eq(seteuid(0), 0);
	/* Each step of the clock of a file system has some milliseconds. */
	ck_assert_int_eq(lstat(scratch_path("base/x"), &born), 0);
	do {
		scratch_text("base/x/data.mdb", "x", 0600);
		ck_assert_int_eq(lstat(scratch_path("base/x"), &st), 0);
		remove(scratch_path("base/x/data.mdb"));
	} while (memcmp(&st.st_mtim, &born.st_mtim, sizeof(st.st_mtim)) == 0);
	ck_assert_int_eq(seteuid(owner.uid), 0);
	ck_assert_int_eq(workplace_open(&place, true, &err), QF_DENIED);
}
END_TEST

START_TEST(base_that_others_may_write_is_refused)
{
	set_instance("x");
	scratch_directory("base");
	ck_assert_int_eq(chmod(scratch_path("base"), 0777), 0);
	ck_assert_int_eq(prepare(), QF_UNSAFE);
	unit_says(err.text, "others may write to it (mode 0777)");
	ck_assert_int_eq(chmod(scratch_path("base"), 01777), 0);
	ck_assert_msg(prepare() == QF_OK, "%s", err.text);
}
END_TEST

/* Without the rights of root: what is there is used, else it is said. */
START_TEST(owner_uses_what_root_has_made)
{
	if (geteuid() != 0)
		return;
	set_instance("x");
	ck_assert_int_eq(chmod(scratch_path(""), 0755), 0);
	ck_assert_int_eq(seteuid(owner.uid), 0);
	ck_assert_int_eq(prepare(), QF_DENIED);
	unit_says(err.text, scratch_path("base"));
	unit_says(err.text, "mqadm makes it when it is run as root once");
	ck_assert_int_eq(seteuid(0), 0);
	scratch_directory("base");
	ck_assert_int_eq(seteuid(owner.uid), 0);
	ck_assert_int_eq(prepare(), QF_DENIED);
	unit_says(err.text, scratch_path("base/x"));
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(prepare(), QF_OK);
	ck_assert_int_eq(seteuid(owner.uid), 0);
	ck_assert_msg(prepare() == QF_OK, "%s", err.text);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("workplace");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, all_is_made_and_given_away);
	tcase_add_test(tc, journal_is_opened_by_its_owner);
	tcase_add_loop_test(tc, name_is_a_safe_one, 0, COUNT(names));
	tcase_add_test(tc, long_name_gets_a_hash);
	tcase_add_test(tc, environment_wins_over_settings);
	tcase_add_test(tc, configured_paths_may_be_links);
	tcase_add_test(tc, link_to_the_queue_has_the_same_hash);
	tcase_add_loop_test(tc, state_that_is_not_ours_is_refused, 0,
			    COUNT(obstacles));
	tcase_add_loop_test(tc, trash_that_is_not_ours_is_refused, 0,
			    COUNT(obstacles));
	tcase_add_test(tc, what_was_begun_is_ended);
	tcase_add_test(tc, what_was_begun_has_no_journal);
	tcase_add_test(tc, base_that_others_may_write_is_refused);
	tcase_add_test(tc, owner_uses_what_root_has_made);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
