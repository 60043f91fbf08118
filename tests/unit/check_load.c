/*
 * check_load.c - a queue file, its state and its logs become a message; what
 * is asked for is read, and no more.
 */
#include "queue-format/postfix/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define ID	 "1E240315"
#define DEFERRED "deferred/1/" ID
#define ALL_PARTS                                                              \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS)

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_load *loader;
static struct qf_filter filter;
static struct qf_arena arena;
static struct qf_message m;
static struct qf_error err;
static struct sample file;
static bool no_births;

/* A file system that knows no time of birth. */
int
statx(int dir, const char *restrict path, int flags, unsigned mask,
      struct statx *restrict st)
{
	int result = (int)syscall(SYS_statx, dir, path, flags, mask, st);

	if (no_births)
		st->stx_mask &= ~STATX_BTIME;
	return result;
}

static void
begin(void)
{
	no_births = false;
	scratch_new();
	scratch_directory("deferred");
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	config.directory = strdup("/etc/postfix");
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	filter = (struct qf_filter){ .parts = ALL_PARTS };
}

static void
end(void)
{
	unit_regain_root();
	qf_load_free(loader);
	loader = NULL;
	qf_spool_close(spool);
	qf_config_free(&config);
	qf_arena_free(&arena);
	sample_free(&file);
}

static void
put(int type, const char *text)
{
	sample_text(&file, type, text);
}

/* The file so far, at a place in the spool, with a mode and an age. */
static void
save(const char *path, mode_t mode, time_t mtime)
{
	struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };

	scratch_file(path, file.data, file.len, mode);
	ck_assert_int_eq(utimensat(AT_FDCWD, scratch_path(path), times, 0), 0);
}

static enum qf_status
load(enum qf_queue queue, const char *path)
{
	qf_load_free(loader);
	loader = qf_load_new(spool, "mta1", &filter);
	ck_assert_ptr_nonnull(loader);
	memset(&m, 'x', sizeof(m));
	err = (struct qf_error){ .text = "" };
	return qf_load_message(loader, queue, ID, path, &arena, &m, &err);
}

static void
expect_loaded(enum qf_queue queue, const char *path)
{
	enum qf_status status = load(queue, path);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

/* A small message: one recipient waits, one is done, one behind the text. */
static void
make_message(void)
{
	char text[100];
	off_t content;
	off_t extracted;

	snprintf(text, sizeof(text), "%15d %15d %15d %15d %15d %15d", 0, 0, 2,
		 0, 0, 1);
	put('C', text);
	put('T', "1700000000 5");
	put('A', "create_time=1700000010");
	put('S', "a b@c");
	put('R', "b@c");
	put('D', "d@c");
	put('M', "");
	content = (off_t)file.len;
	put('N', "Subject: x");
	put('N', "");
	extracted = sample_text(&file, 'X', "");
	put('R', "e@c");
	put('E', "");
	snprintf((char *)file.data + 2, 32, "%15ld %15ld",
		 (long)(extracted - content), (long)content);
	file.data[33] = ' ';
}

START_TEST(makes_a_message)
{
	make_message();
	save(DEFERRED, 0700, 1700001000);
	scratch_text("defer/1/" ID, "<b@c>: late\n\n", 0600);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_uint_eq(m.parts, ALL_PARTS | QF_PART_DONE);
	ck_assert_str_eq(m.instance, "mta1");
	ck_assert_str_eq(m.id, ID);
	ck_assert_int_eq(m.queue, QF_QUEUE_DEFERRED);
	ck_assert_str_eq(m.place, DEFERRED);
	ck_assert_uint_gt(m.inode, 0);
	ck_assert_int_eq(m.file_size, (int64_t)file.len);
	ck_assert_int_eq(m.next, 1700001000);
	ck_assert(!m.forced_expire);
	ck_assert_int_eq(m.size, 14);
	ck_assert_int_eq(m.arrival, 1700000000);
	ck_assert_int_eq(m.created, 1700000010);
	ck_assert_int_eq(m.last, 1700001000 - 495);
	ck_assert_int_eq(m.expires, 1700000010 + 5 * 86400);
	ck_assert_str_eq(m.sender, "\"a b\"@c");
	ck_assert(m.origin.smtputf8);
	ck_assert_uint_eq(m.left_count, 2);
	ck_assert_str_eq(m.left[0].address, "b@c");
	ck_assert_str_eq(m.left[0].reason, "late");
	ck_assert_str_eq(m.left[1].address, "e@c");
	ck_assert_uint_eq(m.done_count, 1);
	ck_assert_str_eq(m.done[0].address, "d@c");
	ck_assert_ptr_null(m.fault);
	ck_assert_int_eq(m.fault_offset, -1);
}
END_TEST

/* What is asked for, and what is known then. */
static const struct {
	unsigned parts;
	unsigned known;
} asked[] = {
	{ 0, QF_PART_NAME },
	{ QF_PART_NAME, QF_PART_NAME },
	{ QF_PART_INODE, QF_PART_NAME | QF_PART_INODE },
	{ QF_PART_ENVELOPE, QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE },
	{ QF_PART_RECIPIENTS, QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
				      QF_PART_RECIPIENTS | QF_PART_DONE },
	{ QF_PART_REASONS, ALL_PARTS | QF_PART_DONE },
};

START_TEST(gives_what_is_asked_for)
{
	make_message();
	save(DEFERRED, 0700, 1700001000);
	scratch_text("defer/1/" ID, "<b@c>: late\n\n", 0600);
	filter.parts = asked[_i].parts;
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_uint_eq(m.parts, asked[_i].known);
	ck_assert_int_eq(m.next != 0, (m.parts & QF_PART_INODE) != 0);
	ck_assert_int_eq(m.sender != NULL, (m.parts & QF_PART_ENVELOPE) != 0);
	ck_assert_uint_eq(m.left_count,
			  (m.parts & QF_PART_RECIPIENTS) != 0 ? 2 : 0);
	if ((m.parts & QF_PART_RECIPIENTS) != 0)
		ck_assert_int_eq(m.left[0].reason != NULL,
				 (m.parts & QF_PART_REASONS) != 0);
}
END_TEST

START_TEST(a_name_needs_no_file)
{
	filter.parts = QF_PART_NAME;
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_str_eq(m.id, ID);
	ck_assert_uint_eq(m.inode, 0);
}
END_TEST

/* What the file system itself says, by another way than the loader's. */
static int64_t
birth_of(const char *path)
{
	struct statx st;

	ck_assert_int_eq(statx(AT_FDCWD, scratch_path(path),
			       AT_SYMLINK_NOFOLLOW, STATX_ALL, &st),
			 0);
	if ((st.stx_mask & STATX_BTIME) == 0)
		return 0;
	return (int64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
}

/* With the rest of the file, and with no more than a look at it. */
START_TEST(birth_is_for_who_asks)
{
	make_message();
	save(DEFERRED, 0700, 1700001000);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.birth, 0);
	ck_assert_uint_eq(m.parts & QF_PART_BIRTH, 0);
	filter.parts = ALL_PARTS | QF_PART_BIRTH;
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_uint_eq(m.parts, ALL_PARTS | QF_PART_BIRTH | QF_PART_DONE);
	ck_assert_int_eq(m.birth, birth_of(DEFERRED));
	ck_assert_str_eq(m.left[0].address, "b@c");
	filter.parts = QF_PART_BIRTH;
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_uint_eq(m.parts,
			  QF_PART_NAME | QF_PART_INODE | QF_PART_BIRTH);
	ck_assert_int_eq(m.birth, birth_of(DEFERRED));
	ck_assert_int_eq(m.next, 1700001000);
}
END_TEST

/* Something has to tell messages apart. */
START_TEST(without_a_birth_there_is_an_envelope)
{
	make_message();
	save(DEFERRED, 0700, 1700001000);
	no_births = true;
	filter.parts = QF_PART_BIRTH;
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.birth, 0);
	ck_assert_uint_eq(m.parts, QF_PART_NAME | QF_PART_INODE |
					   QF_PART_BIRTH | QF_PART_ENVELOPE);
	ck_assert_str_eq(m.sender, "\"a b\"@c");
	ck_assert_int_eq(m.arrival, 1700000000);
}
END_TEST

START_TEST(a_look_needs_no_permission_to_read)
{
	make_message();
	save("hold/" ID, 0700, 5);
	unit_drop_root();
	if (access(scratch_path("hold/" ID), R_OK) == 0 && geteuid() != 65534)
		ck_assert_int_eq(chmod(scratch_path("hold/" ID), 0700), 0);
	filter.parts = QF_PART_INODE;
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_uint_gt(m.inode, 0);
}
END_TEST

static const struct {
	const char *path;
	enum qf_queue queue;
	mode_t mode;
	enum qf_status status;
	bool expire;
} modes[] = {
	{ "hold/" ID, QF_QUEUE_HOLD, 0700, QF_OK, false },
	{ "hold/" ID, QF_QUEUE_HOLD, 0710, QF_OK, true },
	{ "hold/" ID, QF_QUEUE_HOLD, 0740, QF_OK, false },
	{ "hold/" ID, QF_QUEUE_HOLD, 0750, QF_OK, true },
	{ "maildrop/" ID, QF_QUEUE_MAILDROP, 0744, QF_OK, false },
	{ "incoming/" ID, QF_QUEUE_INCOMING, 0600, QF_STOPPED, false },
	{ "maildrop/" ID, QF_QUEUE_MAILDROP, 0644, QF_STOPPED, false },
	{ "active/" ID, QF_QUEUE_ACTIVE, 0400, QF_STOPPED, false },
	{ "hold/" ID, QF_QUEUE_HOLD, 0500, QF_STOPPED, false },
	{ "hold/" ID, QF_QUEUE_HOLD, 0610, QF_STOPPED, false },
	{ "corrupt/" ID, QF_QUEUE_CORRUPT, 0400, QF_OK, false },
	{ "corrupt/" ID, QF_QUEUE_CORRUPT, 0700, QF_OK, false },
};

START_TEST(the_mode_says_what_it_is)
{
	make_message();
	save(modes[_i].path, modes[_i].mode, 5);
	ck_assert_int_eq(load(modes[_i].queue, modes[_i].path),
			 modes[_i].status);
	if (modes[_i].status == QF_OK)
		ck_assert_int_eq(m.forced_expire, modes[_i].expire);
	filter.parts = QF_PART_INODE;
	ck_assert_int_eq(load(modes[_i].queue, modes[_i].path),
			 modes[_i].status);
}
END_TEST

START_TEST(tells_what_cannot_be_loaded)
{
	for (int i = 0; i < 2; i++) {
		filter.parts = i == 0 ? ALL_PARTS : QF_PART_INODE;
		ck_assert_int_eq(load(QF_QUEUE_HOLD, "hold/" ID), QF_GONE);
	}
	scratch_directory("hold/" ID);
	for (int i = 0; i < 2; i++) {
		filter.parts = i == 0 ? ALL_PARTS : QF_PART_INODE;
		ck_assert_int_eq(load(QF_QUEUE_HOLD, "hold/" ID), QF_UNSAFE);
		ck_assert_str_eq(err.text, "hold/" ID ": a directory");
	}
}
END_TEST

/* mtime is the time of the next try where it is one at all. */
START_TEST(knows_the_next_try)
{
	time_t now = time(NULL);

	make_message();
	save(DEFERRED, 0700, now - 1000);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.next, now - 1000);
	save(DEFERRED, 0700, now + 1000);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.next, now + 1000);

	save("incoming/" ID, 0700, now - 1000);
	expect_loaded(QF_QUEUE_INCOMING, "incoming/" ID);
	ck_assert_int_eq(m.next, 0);
	save("incoming/" ID, 0700, now + 1000);
	expect_loaded(QF_QUEUE_INCOMING, "incoming/" ID);
	ck_assert_int_eq(m.next, now + 1000);
	ck_assert_int_eq(m.last, 0);

	for (int i = 0; i < 3; i++) {
		static const char *const paths[] = { "hold/" ID, "active/" ID,
						     "maildrop/" ID };
		static const enum qf_queue queues[] = { QF_QUEUE_HOLD,
							QF_QUEUE_ACTIVE,
							QF_QUEUE_MAILDROP };

		save(paths[i], 0700, now + 1000);
		expect_loaded(queues[i], paths[i]);
		ck_assert_int_eq(m.next, 0);
	}
}
END_TEST

/*
 * After a try at the time t, qmgr(8) waits as long as the message is old,
 * but at least 300 and at most 4000 seconds.  All in seconds after creation.
 */
static const struct {
	int64_t next;
	int64_t last; /* -1: none can be told */
} tries[] = {
	{ 600, 300 },	   /* 300 old, so 300 more */
	{ 602, 301 },	   /* the first that is not clamped */
	{ 598, 298 },	   /* younger than 300 */
	{ 300, 0 },	   /* at once */
	{ 299, -1 },	   /* not after a try */
	{ 0, -1 },	   /* */
	{ -1000, -1 },	   /* released from hold, with the old time */
	{ 2000, 1000 },	   /* */
	{ 7998, 3999 },	   /* the last that is not clamped */
	{ 8000, 4000 },	   /* */
	{ 8002, 4002 },	   /* */
	{ 100000, 96000 }, /* 4000 a time */
};

START_TEST(knows_the_last_try)
{
	int64_t created = 1700000010;

	make_message();
	save(DEFERRED, 0700, created + tries[_i].next);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.last,
			 tries[_i].last < 0 ? 0 : created + tries[_i].last);

	/* Elsewhere mtime says nothing of that. */
	save("hold/" ID, 0700, created + tries[_i].next);
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_int_eq(m.last, 0);
}
END_TEST

START_TEST(the_last_try_follows_the_settings)
{
	make_message();
	config.minimal_backoff_time = 1000;
	config.maximal_backoff_time = 2000;
	save(DEFERRED, 0700, 1700000010 + 1800);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.last, 1700000010 + 800);
	save(DEFERRED, 0700, 1700000010 + 9000);
	expect_loaded(QF_QUEUE_DEFERRED, DEFERRED);
	ck_assert_int_eq(m.last, 1700000010 + 7000);
}
END_TEST

static const struct {
	const char *path;
	enum qf_queue queue;
	const char *sender;
	int64_t lifetime; /* 0: does not apply */
} lifetimes[] = {
	{ "hold/" ID, QF_QUEUE_HOLD, "a@b", 432000 },
	{ "hold/" ID, QF_QUEUE_HOLD, "", 86400 },
	{ "active/" ID, QF_QUEUE_ACTIVE, "a@b", 432000 },
	{ "incoming/" ID, QF_QUEUE_INCOMING, "", 86400 },
	{ DEFERRED, QF_QUEUE_DEFERRED, "a@b", 432000 },
	{ DEFERRED, QF_QUEUE_DEFERRED, "", 86400 },
	{ "maildrop/" ID, QF_QUEUE_MAILDROP, "a@b", 0 },
	{ "corrupt/" ID, QF_QUEUE_CORRUPT, "a@b", 0 },
};

START_TEST(knows_when_it_expires)
{
	config.bounce_queue_lifetime = 86400;
	put('T', "1700000000 5");
	put('A', "create_time=1700000010");
	put('S', lifetimes[_i].sender);
	put('R', "b@c");
	put('E', "");
	save(lifetimes[_i].path, 0700, 5);
	expect_loaded(lifetimes[_i].queue, lifetimes[_i].path);
	ck_assert_int_eq(m.expires,
			 lifetimes[_i].lifetime == 0
				 ? 0
				 : 1700000010 + lifetimes[_i].lifetime);
	ck_assert_int_eq(m.created, 1700000010);
	ck_assert_str_eq(m.sender, lifetimes[_i].sender);
}
END_TEST

/* T, or else the file's own time; create_time, or else arrival. */
static const struct {
	const char *arrival;
	const char *created;
	int64_t arrives;
	int64_t is_created;
} times[] = {
	{ "1700000000 1", "create_time=1700000010", 1700000000, 1700000010 },
	{ "1700000000", NULL, 1700000000, 1700000000 },
	{ NULL, "create_time=1700000010", 1234567, 1700000010 },
	{ NULL, NULL, 1234567, 1234567 },
	{ "0 0", NULL, 1234567, 1234567 },
	{ "-5 0", "create_time=-5", 1234567, 1234567 },
	{ "garbage", "create_time=", 1234567, 1234567 },
};

START_TEST(knows_when_it_arrived)
{
	if (times[_i].arrival != NULL)
		put('T', times[_i].arrival);
	if (times[_i].created != NULL)
		put('A', times[_i].created);
	put('S', "a");
	put('E', "");
	save("hold/" ID, 0700, 1234567);
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_int_eq(m.arrival, times[_i].arrives);
	ck_assert_int_eq(m.created, times[_i].is_created);
}
END_TEST

/* 0: the size of the file. */
static const struct {
	const char *record;
	const char *path;
	enum qf_queue queue;
	unsigned minor;
	int64_t size;
} sizes[] = {
	{ "77 1", "hold/" ID, QF_QUEUE_HOLD, 7, 77 },
	{ "77 1", "hold/" ID, QF_QUEUE_HOLD, 11, 77 },
	{ "77", "hold/" ID, QF_QUEUE_HOLD, 7, 77 },
	{ NULL, "hold/" ID, QF_QUEUE_HOLD, 7, 0 },
	{ "bad", "hold/" ID, QF_QUEUE_HOLD, 7, 0 },
	{ "-1 -1 -1 -1 -1 32", "maildrop/" ID, QF_QUEUE_MAILDROP, 11, 0 },
	{ "-1 -1 -1 -1 -1 32", "maildrop/" ID, QF_QUEUE_MAILDROP, 7, 0 },
	{ "77 1", "maildrop/" ID, QF_QUEUE_MAILDROP, 7, 77 },
	{ "77 1", "maildrop/" ID, QF_QUEUE_MAILDROP, 11, 0 },
};

START_TEST(knows_its_size)
{
	config.minor = sizes[_i].minor;
	if (sizes[_i].record != NULL)
		put('C', sizes[_i].record);
	put('T', "5");
	put('S', "a");
	put('R', "b");
	put('E', "");
	save(sizes[_i].path, 0700, 5);
	expect_loaded(sizes[_i].queue, sizes[_i].path);
	ck_assert_int_eq(m.size, sizes[_i].size == 0 ? (int64_t)file.len
						     : sizes[_i].size);
	ck_assert_ptr_null(m.fault);
}
END_TEST

START_TEST(knows_its_origin)
{
	put('A', "log_ident=3A01F");
	put('A', "rewrite_context=local");
	put('A', "sasl_username=tony");
	put('F', "Tony");
	put('L', "smtp:[::1]");
	put('S', "a");
	put('A', "client_name=x.example");
	put('A', "client_address=192.0.2.1");
	put('E', "");
	save("hold/" ID, 0700, 5);
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_str_eq(m.origin.upstream_id, "3A01F");
	ck_assert_str_eq(m.origin.sasl_user, "tony");
	ck_assert_str_eq(m.origin.full_name, "Tony");
	ck_assert_str_eq(m.origin.filter, "smtp:[::1]");
	ck_assert_str_eq(m.origin.client_name, "x.example");
	ck_assert(!m.origin.local); /* by SMTP on loopback, rewritten */
	ck_assert(!m.origin.smtputf8);

	file.len = 0;
	put('A', "rewrite_context=local");
	put('A', "log_ident=" ID);
	put('S', "a");
	put('E', "");
	save("hold/" ID, 0700, 5);
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert(m.origin.local);
	ck_assert_ptr_null(m.origin.upstream_id);
}
END_TEST

START_TEST(as_showq_gives_addresses_as_it_does)
{
	put('S', "");
	put('R', "x\xff@c");
	put('E', "");
	save("hold/" ID, 0700, 5);
	filter.as_showq = true;
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_str_eq(m.sender, "MAILER-DAEMON");
	ck_assert_str_eq(m.left[0].address, "x?@c");
	filter.as_showq = false;
	expect_loaded(QF_QUEUE_HOLD, "hold/" ID);
	ck_assert_str_eq(m.sender, "");
	ck_assert_str_eq(m.left[0].address, "x\xff@c");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load");
	TCase *tc = tcase_create("load");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, makes_a_message);
	tcase_add_loop_test(tc, gives_what_is_asked_for, 0, COUNT(asked));
	tcase_add_test(tc, a_name_needs_no_file);
	tcase_add_test(tc, birth_is_for_who_asks);
	tcase_add_test(tc, without_a_birth_there_is_an_envelope);
	tcase_add_test(tc, a_look_needs_no_permission_to_read);
	tcase_add_loop_test(tc, the_mode_says_what_it_is, 0, COUNT(modes));
	tcase_add_test(tc, tells_what_cannot_be_loaded);
	tcase_add_test(tc, knows_the_next_try);
	tcase_add_loop_test(tc, knows_the_last_try, 0, COUNT(tries));
	tcase_add_test(tc, the_last_try_follows_the_settings);
	tcase_add_loop_test(tc, knows_when_it_expires, 0, COUNT(lifetimes));
	tcase_add_loop_test(tc, knows_when_it_arrived, 0, COUNT(times));
	tcase_add_loop_test(tc, knows_its_size, 0, COUNT(sizes));
	tcase_add_test(tc, knows_its_origin);
	tcase_add_test(tc, as_showq_gives_addresses_as_it_does);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
