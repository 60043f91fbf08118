/*
 * check_journal_place.c - the journal is opened only where nobody else can
 * touch it, and is not believed when it is damaged.
 */
#include "queue-format/journal_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "journal_sample.h"
#include "unit.h"

static struct qf_journal *journal;
static struct qf_error err;

static void
end(void)
{
	qf_journal_close(journal);
}

static void
expect(bool read_only, enum qf_status wanted, const char *says)
{
	enum qf_status status;

	memset(&err, 0, sizeof(err));
	status = qf_journal_open(sample_journal_path(), read_only, &journal,
				 &err);
	ck_assert_msg(status == wanted, "status %d, wanted is %d: %s", status,
		      wanted, err.text);
	unit_says(err.text, says);
	ck_assert_ptr_null(journal);
}

static void
make(void)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_job_id job;

	journal = sample_journal();
	job = sample_begin(journal);
	sample_note(journal, &job, &item, 1, QF_OUTCOME_DONE);
	sample_end(journal, &job);
	qf_journal_close(journal);
	journal = NULL;
}

START_TEST(nothing_is_made_for_reading)
{
	expect(true, QF_ABSENT, "there is no journal");
	ck_assert_int_ne(access(sample_journal_path(), F_OK), 0);
	ck_assert_int_eq(mkdir(sample_journal_path(), 0700), 0);
	expect(true, QF_ABSENT, "there is no journal");
	ck_assert_int_eq(mkdir(scratch_path("journal/jobs"), 0700), 0);
	expect(true, QF_ABSENT, "there is no journal");
	scratch_text("journal/data.mdb", "", 0600);
	expect(true, QF_ABSENT, "there is no journal");
	ck_assert_int_ne(access(scratch_path("journal/lock.mdb"), F_OK), 0);
	make();
	journal = sample_journal_to_read();
}
END_TEST

START_TEST(nothing_is_made_without_a_parent)
{
	ck_assert_int_eq(qf_journal_open(scratch_path("no/journal"), false,
					 &journal, &err),
			 QF_ABSENT);
	ck_assert_int_ne(access(scratch_path("no"), F_OK), 0);
}
END_TEST

START_TEST(all_is_made_for_us_alone)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "writer",
					     "stamp" };
	struct stat st;
	mode_t old = umask(0);
	char path[40];

	make();
	umask(old);
	ck_assert_int_eq(stat(sample_journal_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	ck_assert_int_eq(stat(scratch_path("journal/jobs"), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	for (int i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "journal/%s", names[i]);
		ck_assert_int_eq(lstat(scratch_path(path), &st), 0);
		ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	}
}
END_TEST

/* What is wrong with one of the files. */
static const char *const files[] = { "data.mdb", "lock.mdb", "stamp",
				     "writer" };

static const char *
path_of(int file)
{
	char path[40];

	snprintf(path, sizeof(path), "journal/%s", files[file]);
	return scratch_path(path);
}

START_TEST(file_that_others_may_use_is_refused)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610 };

	make();
	for (int i = 0; i < COUNT(modes); i++) {
		ck_assert_int_eq(chmod(path_of(_i), modes[i]), 0);
		expect(false, QF_UNSAFE, "is open to others: its mode is 06");
		unit_says(err.text, files[_i]);
	}
	ck_assert_int_eq(chmod(path_of(_i), 0600), 0);
	journal = sample_journal();
}
END_TEST

START_TEST(file_that_is_no_file_is_refused)
{
	make();
	ck_assert_int_eq(rename(path_of(_i), scratch_path("aside")), 0);
	ck_assert_int_eq(symlink(scratch_path("aside"), path_of(_i)), 0);
	expect(false, QF_UNSAFE, "is not a plain file");
	ck_assert_int_eq(unlink(path_of(_i)), 0);
	ck_assert_int_eq(mkfifo(path_of(_i), 0600), 0);
	expect(false, QF_UNSAFE, "is not a plain file");
	ck_assert_int_eq(unlink(path_of(_i)), 0);
	ck_assert_int_eq(link(scratch_path("aside"), path_of(_i)), 0);
	expect(false, QF_UNSAFE, "has 2 names");
	ck_assert_int_eq(unlink(scratch_path("aside")), 0);
	journal = sample_journal();
}
END_TEST

START_TEST(file_of_another_is_refused)
{
	if (geteuid() != 0)
		return;
	make();
	ck_assert_int_eq(chown(path_of(_i), 65534, 65534), 0);
	expect(false, QF_UNSAFE, "belongs to user 65534, not to 0");
}
END_TEST

START_TEST(directory_is_ours_alone)
{
	make();
	ck_assert_int_eq(chmod(sample_journal_path(), 0750), 0);
	expect(false, QF_UNSAFE, "is open to others: its mode is 0750");
	ck_assert_int_eq(chmod(sample_journal_path(), 0700), 0);
	ck_assert_int_eq(chmod(scratch_path("journal/jobs"), 0701), 0);
	expect(true, QF_UNSAFE, "jobs is open to others: its mode is 0701");
	ck_assert_int_eq(chmod(scratch_path("journal/jobs"), 0700), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(sample_journal_path(), 65534, 65534), 0);
		expect(false, QF_UNSAFE, "belongs to user 65534, not to 0");
		ck_assert_int_eq(chown(sample_journal_path(), 0, 0), 0);
	}
	ck_assert_int_eq(rename(sample_journal_path(), scratch_path("aside")),
			 0);
	ck_assert_int_eq(symlink(scratch_path("aside"), sample_journal_path()),
			 0);
	expect(false, QF_UNSAFE, "is not a directory");
	ck_assert_int_eq(unlink(sample_journal_path()), 0);
	scratch_text("journal", "", 0600);
	expect(false, QF_UNSAFE, "is not a directory");
}
END_TEST

START_TEST(network_file_systems_are_known)
{
	static const unsigned long remote[] = { 0x6969, 0xff534d42, 0x65735546,
						0xffffffffff534d42 };
	static const unsigned long local[] = { 0xef53,	   0x58465342,
					       0x9123683e, 0x01021994,
					       0x794c7630, 0x2fc12fc1 };

	for (int i = 0; i < COUNT(remote); i++)
		ck_assert(!qf_journal_place_fits(remote[i]));
	for (int i = 0; i < COUNT(local); i++)
		ck_assert(qf_journal_place_fits(local[i]));
}
END_TEST

static void
write_at(off_t offset, const void *data, size_t len)
{
	int fd = open(scratch_path("journal/data.mdb"), O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, data, len, offset), (ssize_t)len);
	close(fd);
}

START_TEST(what_is_no_table_is_refused)
{
	char junk[8192];

	make();
	memset(junk, 'j', sizeof(junk));
	write_at(0, junk, sizeof(junk));
	expect(_i == 0, QF_CORRUPT, "it is damaged");
	scratch_text("journal/data.mdb", "x", 0600);
	expect(_i == 0, QF_CORRUPT, "it is damaged");
}
END_TEST

START_TEST(table_without_its_end_is_refused)
{
	struct stat st;

	make();
	for (off_t size = 4096; size < 5 * 4096; size += 4096) {
		ck_assert_int_eq(
			truncate(scratch_path("journal/data.mdb"), size), 0);
		ck_assert_int_eq(stat(scratch_path("journal/data.mdb"), &st),
				 0);
		expect(false, QF_CORRUPT, "it is damaged");
		ck_assert_int_eq(unlink(scratch_path("journal/data.mdb")), 0);
		make();
	}
}
END_TEST

/* Nothing is left of a journal that was used in a damaged file. */
static enum qf_status
use_item(void *context, const struct qf_journal_item *item)
{
	(void)context;
	return item->inode < 1000 ? QF_OK : QF_STOPPED;
}

static enum qf_status
use_job(void *context, const struct qf_job *job, bool is_alive)
{
	(void)is_alive;
	return qf_journal_items(context, &job->id, use_item, NULL, NULL);
}

static int
use(void *context)
{
	struct qf_journal *used = NULL;
	struct qf_job job = sample_job("hold");
	enum qf_status status;

	(void)context;
	status = qf_journal_open(sample_journal_path(), false, &used, &err);
	if (status == QF_OK)
		status = qf_journal_jobs(used, use_job, used, &err);
	if (status == QF_OK)
		status = qf_journal_begin(used, &job, &err);
	if (status == QF_OK)
		status = qf_journal_end(used, &job.id, QF_JOB_DONE, &err);
	qf_journal_close(used);
	return status == QF_OK ? 0 : status == QF_CORRUPT ? 1 : 2;
}

/* A generator of our own: a failure can be seen again. */
static unsigned
chance(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 | *state << 16;
}

START_TEST(damaged_table_crashes_nobody)
{
	enum { SIZE = 120000, ROUNDS = 100 };
	struct qf_journal_item items[400];
	char *good = malloc(SIZE);
	char *bad = malloc(SIZE);
	unsigned state = 4711;
	struct qf_job_id job;
	int outcomes[3] = { 0 };
	int fd;

	for (size_t i = 0; i < 400; i++)
		items[i] = sample_item(i, "A", "B");
	journal = sample_journal();
	job = sample_begin(journal);
	sample_note(journal, &job, items, 400, QF_OUTCOME_DONE);
	sample_end(journal, &job);
	qf_journal_close(journal);
	journal = NULL;
	fd = open(scratch_path("journal/data.mdb"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, good, SIZE, 0), SIZE);
	close(fd);
	for (int round = 0; round < ROUNDS; round++) {
		struct apart apart;

		memcpy(bad, good, SIZE);
		for (unsigned n = chance(&state) % 64 + 1; n > 0; n--)
			bad[chance(&state) % SIZE] = (char)chance(&state);
		write_at(0, bad, SIZE);
		apart_run(&apart, use, NULL);
		ck_assert_msg(apart.status <= 2, "round %d: status %d: %s",
			      round, apart.status, apart.err);
		ck_assert_str_eq(apart.err, "");
		outcomes[apart.status]++;
		apart_free(&apart);
	}
	ck_assert_int_gt(outcomes[1], ROUNDS / 2);
	free(good);
	free(bad);
}
END_TEST

/* A file system of its own that is small, where that is allowed. */
static bool
mount_small(void)
{
	scratch_directory("small");
	return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", scratch_path("small"), "tmpfs", 0,
		     "size=12m,mode=700") == 0;
}

static void
fill_disk(void)
{
	static const char block[4096];
	int fd = open(scratch_path("small/fill"),
		      O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

static size_t noted;

static enum qf_status
count_done(void *context, const struct qf_journal_item *item)
{
	(void)context;
	noted += item->outcome == QF_OUTCOME_DONE;
	return QF_OK;
}

/* In a process of its own: the mount goes away with it. */
static int
fill_and_go_on(void *context)
{
	struct qf_journal_item items[200];
	struct qf_job job = sample_job("hold");
	struct qf_job_id id;
	size_t done = 0;

	(void)context;
	if (!mount_small())
		return 77;
	ck_assert_int_eq(qf_journal_open(scratch_path("small/journal"), false,
					 &journal, &err),
			 QF_OK);
	id = sample_begin(journal);
	for (size_t i = 0; i < 200; i++)
		items[i] = sample_item(i, "A", "B");
	ck_assert_int_eq(qf_journal_prepare(journal, &id, items, 200, &err),
			 QF_OK);
	fill_disk();
	/* What was begun is brought to its end. */
	for (size_t i = 0; i < 200; i++)
		items[i].outcome = QF_OUTCOME_DONE;
	ck_assert_int_eq(qf_journal_commit(journal, &id, items, 200, &err),
			 QF_OK);
	/* New ones are refused at last, and nothing is half there. */
	for (done = 200; done < 100000; done += 200) {
		if (qf_journal_prepare(journal, &id, items, 200, &err) != QF_OK)
			break;
		for (size_t i = 0; i < 200; i++)
			items[i].outcome = QF_OUTCOME_DONE;
		ck_assert_int_eq(
			qf_journal_commit(journal, &id, items, 200, &err),
			QF_OK);
	}
	ck_assert_int_eq(err.errnum, ENOSPC);
	ck_assert_int_eq(err.status, QF_SYSTEM);
	unit_says(err.text, "cannot reserve space");
	sample_end(journal, &id);
	qf_journal_close(journal);
	/* And so it is for the next program. */
	ck_assert_int_eq(qf_journal_open(scratch_path("small/journal"), false,
					 &journal, &err),
			 QF_OK);
	ck_assert_int_eq(qf_journal_items(journal, &id, count_done, NULL, &err),
			 QF_OK);
	ck_assert_uint_eq(noted, done);
	/* A small job still goes. */
	ck_assert_int_eq(qf_journal_begin(journal, &job, &err), QF_OK);
	ck_assert_int_eq(qf_journal_prepare(journal, &job.id, items, 1, &err),
			 QF_OK);
	items[0].outcome = QF_OUTCOME_DONE;
	ck_assert_int_eq(qf_journal_commit(journal, &job.id, items, 1, &err),
			 QF_OK);
	sample_end(journal, &job.id);
	qf_journal_close(journal);
	journal = NULL;
	return 0;
}

START_TEST(full_disk_does_not_stop_what_was_begun)
{
	struct apart apart;

	apart_run(&apart, fill_and_go_on, NULL);
	ck_assert_msg(apart.status == 0 || apart.status == 77, "%d: %s%s",
		      apart.status, apart.out, apart.err);
	apart_free(&apart);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_place");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_add_test(tc, nothing_is_made_for_reading);
	tcase_add_test(tc, nothing_is_made_without_a_parent);
	tcase_add_test(tc, all_is_made_for_us_alone);
	tcase_add_loop_test(tc, file_that_others_may_use_is_refused, 0,
			    COUNT(files));
	tcase_add_loop_test(tc, file_that_is_no_file_is_refused, 0,
			    COUNT(files));
	tcase_add_loop_test(tc, file_of_another_is_refused, 0, COUNT(files));
	tcase_add_test(tc, directory_is_ours_alone);
	tcase_add_test(tc, network_file_systems_are_known);
	tcase_add_loop_test(tc, what_is_no_table_is_refused, 0, 2);
	tcase_add_test(tc, table_without_its_end_is_refused);
	tcase_add_test(tc, damaged_table_crashes_nobody);
	tcase_add_test(tc, full_disk_does_not_stop_what_was_begun);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
