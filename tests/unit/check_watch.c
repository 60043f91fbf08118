/*
 * check_watch.c - what becomes of messages that were released: by where their
 * files are; the clock is made here.
 */
#include "queue-format/plan/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "letter.h"
#include "unit.h"

#define SINCE 1795342700

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_watch *watch;
static struct qf_watch_count count;
static int64_t now_ms;

static void
begin(void)
{
	static const char *const folders[] = {
		"deferred", "incoming", "active",  "hold",
		"defer",    "maildrop", "corrupt",
	};
	struct qf_error err;

	scratch_new();
	for (int i = 0; i < COUNT(folders); i++)
		scratch_directory(folders[i]);
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	watch = qf_watch_new(spool, 20);
	ck_assert_ptr_nonnull(watch);
	now_ms = 1000;
}

static void
end(void)
{
	qf_watch_free(watch);
	qf_spool_close(spool);
	qf_config_free(&config);
}

static const char *
place(const char *folder, int number)
{
	static char places[4][60];
	static unsigned next;
	char *text = places[next++ % 4];

	snprintf(text, sizeof(places[0]), "%s/A%d", folder, number);
	return text;
}

static void
set_time(const char *name, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds },
				     { .tv_sec = seconds } };

	ck_assert_int_eq(utimensat(AT_FDCWD, scratch_path(name), times, 0), 0);
}

/* A message that was released; its number makes its id. */
static void
release(int number)
{
	struct letter letter = { .modified = SINCE };
	struct stat st;
	char id[40];

	letter_post(place("deferred", number), &letter);
	ck_assert_int_eq(lstat(scratch_path(place("deferred", number)), &st),
			 0);
	snprintf(id, sizeof(id), "A%d", number);
	qf_watch_add(watch, id, st.st_ino, SINCE, now_ms);
}

static void
move(int number, const char *from, const char *to)
{
	char old[300];

	snprintf(old, sizeof(old), "%s", scratch_path(place(from, number)));
	ck_assert_int_eq(rename(old, scratch_path(place(to, number))), 0);
}

static void
deliver(int number)
{
	ck_assert_int_eq(unlink(scratch_path(place("deferred", number))), 0);
}

static void
defer(int number, const char *reason)
{
	char log[400];

	snprintf(log, sizeof(log), "<r0@y.example>: %s\n\n", reason);
	scratch_text(place("defer", number), log, 0600);
	set_time(place("defer", number), SINCE + 1);
	set_time(place("deferred", number), SINCE + 300);
}

static bool
look_after(int64_t ms)
{
	bool is_too_many;

	now_ms += ms;
	is_too_many = qf_watch_look(watch, now_ms);
	qf_watch_count(watch, &count);
	return is_too_many;
}

static void
expect(unsigned tried, unsigned deferred)
{
	ck_assert_uint_eq(count.tried, tried);
	ck_assert_uint_eq(count.deferred, deferred);
}

START_TEST(where_it_is_tells_what_became_of_it)
{
	for (int i = 0; i < 8; i++)
		release(i);
	/* 0 waits still; an old log from before says nothing. */
	scratch_text(place("defer", 0), LETTER_LOG, 0600);
	set_time(place("defer", 0), SINCE - 5);
	move(1, "deferred", "active");
	move(2, "deferred", "incoming");
	deliver(3);
	defer(4, "late");
	move(5, "deferred", "hold");
	/* 6 was touched by somebody, and not tried. */
	set_time(place("deferred", 6), SINCE + 500);
	/* 7 is another message that has got the id. */
	move(7, "deferred", "hold");
	ck_assert_int_eq(rename(scratch_path(place("hold", 7)),
				scratch_path("corrupt/X")),
			 0);
	letter_post(place("deferred", 7), NULL);
	look_after(2000);
	expect(3, 1);
	ck_assert_str_eq(count.reason, "late");
	ck_assert_uint_eq(count.for_reason, 1);

	/* The attempts that were under way come to their ends. */
	ck_assert_int_eq(unlink(scratch_path(place("active", 1))), 0);
	move(2, "incoming", "deferred");
	defer(2, "late");
	look_after(20000);
	expect(5, 2);
}
END_TEST

START_TEST(fewer_than_ten_say_nothing)
{
	for (int i = 0; i < 10; i++)
		release(i);
	for (int i = 0; i < 9; i++)
		defer(i, "late");
	ck_assert(!look_after(20000));
	expect(9, 9);
	deliver(9);
	ck_assert(look_after(20000));
	expect(10, 9);
}
END_TEST

START_TEST(as_many_as_were_named)
{
	for (int i = 0; i < 20; i++)
		release(i);
	for (int i = 0; i < 17; i++)
		deliver(i);
	for (int i = 17; i < 19; i++)
		defer(i, "late");
	ck_assert(!look_after(20000));
	expect(19, 2);
	defer(19, "late");
	ck_assert(!look_after(20000));
	expect(20, 3);
	release(20);
	deliver(20);
	for (int i = 21; i < 23; i++) {
		release(i);
		defer(i, "late");
	}
	/* 5 of 23. */
	ck_assert(look_after(20000));
	expect(23, 5);
}
END_TEST

/* Not with every call, and not at each of them each time. */
START_TEST(it_looks_seldom)
{
	release(0);
	look_after(0);
	deliver(0);
	look_after(999);
	expect(0, 0);
	look_after(1);
	expect(1, 0);

	/* After 0.5 s, then after 1, 2, 4 s ... */
	release(1);
	look_after(1000);
	look_after(1000);
	look_after(2000);
	deliver(1);
	look_after(3999);
	expect(1, 0);
	look_after(1001);
	expect(2, 0);
}
END_TEST

START_TEST(the_reason_that_most_have)
{
	for (int i = 0; i < 10; i++)
		release(i);
	for (int i = 0; i < 4; i++)
		defer(i,
		      "host a.example[192.0.2.1] said: 450 4.2.0 greylisted");
	for (int i = 4; i < 10; i++) {
		char reason[120];

		snprintf(reason, sizeof(reason),
			 "host mx%d.example[192.0.2.%d] said: 451 4.7.1 too "
			 "many",
			 i, i);
		defer(i, reason);
	}
	ck_assert(look_after(20000));
	ck_assert_uint_eq(count.for_reason, 6);
	unit_says(count.reason, "said: 451 4.7.1 too many");
}
END_TEST

/* Trouble of an hour ago is no trouble. */
START_TEST(only_the_last_thousand_count)
{
	for (int i = 0; i < 30; i++) {
		release(i);
		defer(i, "late");
	}
	ck_assert(look_after(20000));
	expect(30, 30);
	for (int i = 30; i < QF_WATCH_MAX + 20; i++) {
		release(i);
		deliver(i);
	}
	ck_assert(!look_after(20000));
	expect(QF_WATCH_MAX, 10);
	ck_assert_uint_eq(count.for_reason, 10);
	for (int i = 0; i < QF_WATCH_MAX; i++)
		release(2000 + i);
	ck_assert(!look_after(20000));
	expect(0, 0);
	ck_assert_str_eq(count.reason, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tc = tcase_create("watch");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, where_it_is_tells_what_became_of_it);
	tcase_add_test(tc, fewer_than_ten_say_nothing);
	tcase_add_test(tc, as_many_as_were_named);
	tcase_add_test(tc, it_looks_seldom);
	tcase_add_test(tc, the_reason_that_most_have);
	tcase_add_test(tc, only_the_last_thousand_count);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
