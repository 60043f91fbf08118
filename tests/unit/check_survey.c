/*
 * check_survey.c - a survey gives out every message once and in order,
 * whatever its threads do, and ends when it is told to.
 */
#include "queue-format/survey.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fake_store.h"
#include "unit.h"

/* clang says it in another way than gcc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* What is surveyed, and what came out. */
static struct fake_store stores[3];
static struct qf_store *store_list[3];
static struct qf_survey survey;
static struct qf_survey_result result;
static struct qf_error err;
static atomic_bool cancel;
static struct {
	char ids[20000][8];
	const char *instances[20000];
	size_t count;
	size_t stop_at;	  /* messages, 0: never */
	size_t wait_at;	  /* messages, 0: never */
	size_t cancel_at; /* messages, 0: never */
	size_t heavy;	  /* bytes of each sender */
	enum qf_status stop_with;
	char troubles[2000];
	size_t unfinished;
	pthread_t thread;
} seen;

/* Take so long with the first message that all threads run out of room. */
static void
wait_for_others(void)
{
	struct timespec time = { .tv_nsec = 10000000 };
	int before = -1;

	for (int i = 0; i < 1000 && before != stores[0].loaded; i++) {
		before = stores[0].loaded;
		nanosleep(&time, NULL);
		nanosleep(&time, NULL);
		nanosleep(&time, NULL);
	}
	stores[0].by_others = 0;
	atomic_store(&stores[0].slow, true);
}

static enum qf_status
take(void *context, const struct qf_message *message)
{
	ck_assert_ptr_eq(context, &seen);
	ck_assert(pthread_equal(pthread_self(), seen.thread));
	ck_assert_uint_lt(seen.count, 20000);
	ck_assert_uint_eq(strlen(message->sender), seen.heavy);
	if (seen.heavy > 0)
		ck_assert_int_eq(message->sender[seen.heavy - 1], 's');
	seen.instances[seen.count] = message->instance;
	snprintf(seen.ids[seen.count++], sizeof(seen.ids[0]), "%s",
		 message->id);
	if (seen.count == seen.wait_at)
		wait_for_others();
	if (seen.count == seen.cancel_at)
		atomic_store(&cancel, true);
	return seen.count == seen.stop_at ? seen.stop_with : QF_OK;
}

static void
note_trouble(void *context, const char *instance,
	     const struct qf_error *trouble)
{
	size_t len = strlen(seen.troubles);

	ck_assert_ptr_eq(context, &seen);
	ck_assert(pthread_equal(pthread_self(), seen.thread));
	snprintf(seen.troubles + len, sizeof(seen.troubles) - len, "%s%s%s;",
		 instance == NULL ? "" : instance, instance == NULL ? "" : ": ",
		 trouble->text);
}

static enum qf_status mixed(size_t n);

static void
note_unfinished(void *context, const char *instance, const char *id)
{
	ck_assert_ptr_eq(context, &seen);
	ck_assert(pthread_equal(pthread_self(), seen.thread));
	ck_assert_ptr_eq(instance, stores[0].store.instance);
	ck_assert_int_eq(mixed(strtoul(id, NULL, 10)), QF_STOPPED);
	seen.unfinished++;
}

static void
begin(void)
{
	memset(&seen, 0, sizeof(seen));
	atomic_store(&cancel, false);
	for (size_t i = 0; i < 3; i++) {
		fake_store_begin(&stores[i]);
		store_list[i] = &stores[i].store;
	}
	seen.thread = pthread_self();
	survey = (struct qf_survey){
		.stores = store_list,
		.store_count = 1,
		.selection = { .queues = 7 },
		.filter = { .parts = 5 },
		.cancel = &cancel,
		.message = take,
		.trouble = note_trouble,
		.context = &seen,
	};
}

/* Nothing is left over, however it ended. */
static void
end(void)
{
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(stores[i].loaders, 0);
		ck_assert_int_eq(stores[i].listings, 0);
	}
}

static const unsigned thread_counts[] = { 1, 2, 3, 8, 16, 100, 0 };
#define THREADS COUNT(thread_counts)

static void
run(int threads, enum qf_status wanted)
{
	enum qf_status status;

	survey.threads = thread_counts[threads];
	memset(&result, 'x', sizeof(result));
	memset(&err, 'x', sizeof(err));
	status = qf_survey_run(&survey, &result, &err);
	ck_assert_int_eq(status, wanted);
}

/* "1", "2", ... but for those that `leave_out' says. */
static void
expect_ids(size_t count, bool (*leave_out)(size_t n))
{
	size_t at = 0;

	for (size_t n = 1; n <= count; n++) {
		char id[24];

		if (leave_out != NULL && leave_out(n))
			continue;
		snprintf(id, sizeof(id), "%zu", n);
		ck_assert_uint_lt(at, seen.count);
		ck_assert_str_eq(seen.ids[at++], id);
	}
	ck_assert_uint_eq(at, seen.count);
	ck_assert_uint_eq(result.given, at);
}

START_TEST(keeps_the_order)
{
	static const size_t counts[] = { 0, 1, 63, 64, 65, 128, 1000, 5000 };

	stores[0].count = counts[_i / THREADS];
	stores[0].slow = stores[0].count == 1000;
	run(_i % THREADS, QF_OK);
	expect_ids(stores[0].count, NULL);
	ck_assert_uint_eq(result.faulty, (stores[0].count + 7) / 10);
	ck_assert_uint_eq(result.dropped + result.unfinished + result.vanished +
				  result.troubles,
			  0);
	ck_assert_int_eq(stores[0].loaded, (int)stores[0].count);
}
END_TEST

/* Without a word on threads it finds that waiting together is faster. */
START_TEST(many_slow_messages)
{
	stores[0].count = 3000;
	stores[0].slow = true;
	run(THREADS - 1, QF_OK);
	expect_ids(3000, NULL);
}
END_TEST

/* Larger than a batch may be: some are loaded when they are given out. */
START_TEST(keeps_the_order_of_heavy_messages)
{
	static const size_t sizes[] = { 30000, 40000, 200000, 1100000 };

	stores[0].count = 200;
	stores[0].heavy = seen.heavy = sizes[_i / THREADS];
	run(_i % THREADS, QF_OK);
	expect_ids(200, NULL);
	ck_assert_int_eq(stores[0].loaded, 200);
}
END_TEST

/* Who found no room for more has to go on when there is some. */
START_TEST(all_threads_go_on)
{
	stores[0].count = 8000;
	seen.wait_at = 1;
	run(2 + _i, QF_OK);
	expect_ids(8000, NULL);
	ck_assert_int_gt(stores[0].by_others, 500);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static long
peak_memory(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* 500 MB of messages; a sanitizer would keep them all for a while. */
START_TEST(heavy_messages_do_not_pile_up)
{
	long before = peak_memory();

	stores[0].count = 500;
	stores[0].heavy = seen.heavy = 1000000;
	run(_i, QF_OK);
	expect_ids(500, NULL);
	ck_assert_int_lt(peak_memory() - before, 150000);
}
END_TEST
#endif

static enum qf_status
mixed(size_t n)
{
	switch (n % 7) {
	case 1:
		return QF_END;
	case 2:
		return QF_STOPPED;
	case 3:
		return QF_GONE;
	case 4:
		return n == 700 + 4 || n == 1400 + 4 ? QF_UNSAFE : QF_OK;
	default:
		return QF_OK;
	}
}

static bool
is_no_message(size_t n)
{
	return mixed(n) != QF_OK;
}

START_TEST(counts_what_is_not_given)
{
	stores[0].count = 2100;
	stores[0].outcome = mixed;
	survey.unfinished = note_unfinished;
	run(_i, QF_OK);
	expect_ids(2100, is_no_message);
	ck_assert_uint_eq(seen.unfinished, 300);
	ck_assert_uint_eq(result.dropped, 300);
	ck_assert_uint_eq(result.unfinished, 300);
	ck_assert_uint_eq(result.vanished, 300);
	ck_assert_uint_eq(result.troubles, 2);
	ck_assert_str_eq(seen.troubles, "message 704;message 1404;");
	ck_assert_int_eq(result.listing, QF_OK);
}
END_TEST

static enum qf_status
heavy_trouble(size_t n)
{
	return n % 50 == 49 ? QF_SYSTEM : QF_OK;
}

START_TEST(troubles_of_heavy_messages)
{
	stores[0].count = 100;
	stores[0].heavy = seen.heavy = 200000;
	stores[0].outcome = heavy_trouble;
	run(_i, QF_OK);
	ck_assert_uint_eq(result.given, 98);
	ck_assert_str_eq(seen.troubles, "message 49;message 99;");
}
END_TEST

/* What a bad name has for a status, and what is said of the listing then. */
static const enum qf_status bad_names[][2] = {
	{ QF_UNSAFE, QF_OK },
	{ QF_CORRUPT, QF_OK },
	{ QF_DENIED, QF_DENIED },
	{ QF_GONE, QF_ABSENT },
};

START_TEST(a_bad_name_does_not_stop_it)
{
	const enum qf_status *bad = bad_names[_i % COUNT(bad_names)];

	stores[0].count = 100;
	stores[0].bad_name = 40;
	stores[0].bad_status = bad[0];
	run(_i / COUNT(bad_names), QF_OK);
	ck_assert_uint_eq(result.given, 99);
	ck_assert_uint_eq(result.troubles, 1);
	ck_assert_str_eq(seen.troubles, "entry 40;");
	ck_assert_int_eq(result.listing, bad[1]);
	ck_assert_str_eq(seen.ids[38], "39");
	ck_assert_str_eq(seen.ids[39], "41");
}
END_TEST

START_TEST(nobody_needs_to_hear_of_troubles)
{
	stores[0].count = 100;
	stores[0].bad_name = 40;
	survey.trouble = NULL;
	survey.cancel = NULL;
	run(_i, QF_OK);
	ck_assert_uint_eq(result.troubles, 1);
	ck_assert_str_eq(seen.troubles, "");
}
END_TEST

START_TEST(one_store_after_the_other)
{
	stores[0].count = 100;
	stores[1].count = 0;
	stores[2].count = 45;
	stores[0].store.instance = "first";
	stores[2].store.instance = "third";
	stores[2].bad_name = 45;
	survey.store_count = 3;
	run(_i, QF_OK);
	ck_assert_uint_eq(seen.count, 144);
	ck_assert_uint_eq(result.given, 144);
	for (size_t i = 0; i < 144; i++) {
		char id[24];

		snprintf(id, sizeof(id), "%zu", i < 100 ? i + 1 : i - 99);
		ck_assert_str_eq(seen.ids[i], id);
		ck_assert_str_eq(seen.instances[i],
				 i < 100 ? "first" : "third");
	}
	ck_assert_str_eq(seen.troubles, "third: entry 45;");
}
END_TEST

START_TEST(no_store_is_nothing)
{
	survey.store_count = 0;
	run(_i, QF_OK);
	ck_assert_uint_eq(result.given, 0);
}
END_TEST

/* Nothing is given out behind the message that ended it. */
START_TEST(the_caller_can_end_it)
{
	static const enum qf_status ways[] = { QF_STOPPED, QF_SYSTEM, QF_END };
	static const size_t places[] = { 1, 64, 65, 500 };
	int way = _i / THREADS % COUNT(ways);

	stores[0].count = 15000;
	seen.stop_at = places[_i / THREADS / COUNT(ways)];
	seen.stop_with = ways[way];
	run(_i % THREADS, ways[way]);
	expect_ids(seen.stop_at, NULL);
	/* Not much more is loaded than the ring of batches holds. */
	ck_assert_int_lt(stores[0].loaded, (int)seen.stop_at + 90 * 64);
}
END_TEST

START_TEST(it_can_be_cancelled)
{
	stores[0].count = 15000;
	stores[0].slow = true;
	seen.cancel_at = 70;
	run(_i, QF_STOPPED);
	expect_ids(70, NULL);
}
END_TEST

START_TEST(it_can_be_cancelled_before)
{
	stores[0].count = 15000;
	atomic_store(&cancel, true);
	run(_i, QF_STOPPED);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_int_eq(stores[0].loaded, 0);
}
END_TEST

static void *
cancel_later(void *unused)
{
	struct timespec time = { .tv_nsec = 20000000 };

	(void)unused;
	nanosleep(&time, NULL);
	atomic_store(&cancel, true);
	return NULL;
}

START_TEST(another_thread_can_cancel_it)
{
	pthread_t other;

	stores[0].count = 15000;
	stores[0].slow = true;
	ck_assert_int_eq(pthread_create(&other, NULL, cancel_later, NULL), 0);
	run(_i, QF_STOPPED);
	pthread_join(other, NULL);
	expect_ids(seen.count, NULL);
	ck_assert_uint_lt(seen.count, 15000);
}
END_TEST

START_TEST(no_listing_is_a_trouble)
{
	stores[0].count = 100;
	stores[0].lists_badly = true;
	run(_i, QF_OK);
	ck_assert_str_eq(seen.troubles, "no listing;");
	ck_assert_uint_eq(result.troubles, 1);
	ck_assert_int_eq(result.listing, QF_DENIED);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

/* One store's trouble does not stop the others. */
START_TEST(the_second_store_has_no_listing)
{
	stores[0].count = 100;
	stores[1].lists_badly = true;
	stores[1].store.instance = "second";
	stores[2].count = 50;
	survey.store_count = 3;
	run(_i, QF_OK);
	ck_assert_str_eq(seen.troubles, "second: no listing;");
	ck_assert_int_eq(result.listing, QF_DENIED);
	ck_assert_uint_eq(seen.count, 150);
	ck_assert_str_eq(seen.ids[99], "100");
	ck_assert_str_eq(seen.ids[149], "50");
}
END_TEST

START_TEST(no_loader_is_a_failure)
{
	stores[0].count = 100;
	stores[0].loaders_left = 1;
	run(_i, QF_SYSTEM);
	ck_assert_str_eq(err.text, "no loader");
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(the_second_store_has_no_loader)
{
	stores[0].count = 100;
	stores[1].count = 100;
	stores[1].loaders_left = 1;
	survey.store_count = 2;
	run(_i, QF_SYSTEM);
	ck_assert_str_eq(err.text, "no loader");
	ck_assert_uint_le(seen.count, 100);
	expect_ids(seen.count, NULL);
}
END_TEST

START_TEST(no_error_is_wanted)
{
	stores[0].count = 1;
	stores[0].loaders_left = 1;
	survey.threads = 2;
	ck_assert_int_eq(qf_survey_run(&survey, &result, NULL), QF_SYSTEM);
}
END_TEST

static void
add_failures(TCase *tc)
{
	tcase_add_loop_test(tc, no_listing_is_a_trouble, 0, THREADS);
	tcase_add_loop_test(tc, the_second_store_has_no_listing, 0, THREADS);
	tcase_add_loop_test(tc, no_loader_is_a_failure, 0, THREADS);
	tcase_add_loop_test(tc, the_second_store_has_no_loader, 0, THREADS);
	tcase_add_test(tc, no_error_is_wanted);
}

int
main(void)
{
	Suite *suite = suite_create("survey");
	TCase *tc = tcase_create("survey");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keeps_the_order, 0, 8 * THREADS);
	tcase_add_test(tc, many_slow_messages);
	tcase_add_loop_test(tc, keeps_the_order_of_heavy_messages, 0,
			    4 * THREADS);
	tcase_add_loop_test(tc, all_threads_go_on, 0, 3);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_loop_test(tc, heavy_messages_do_not_pile_up, 0, 3);
#endif
	tcase_add_loop_test(tc, counts_what_is_not_given, 0, THREADS);
	tcase_add_loop_test(tc, troubles_of_heavy_messages, 0, THREADS);
	tcase_add_loop_test(tc, a_bad_name_does_not_stop_it, 0,
			    COUNT(bad_names) * THREADS);
	tcase_add_loop_test(tc, nobody_needs_to_hear_of_troubles, 0, THREADS);
	tcase_add_loop_test(tc, one_store_after_the_other, 0, THREADS);
	tcase_add_loop_test(tc, no_store_is_nothing, 0, THREADS);
	tcase_add_loop_test(tc, the_caller_can_end_it, 0, 12 * THREADS);
	tcase_add_loop_test(tc, it_can_be_cancelled, 0, THREADS);
	tcase_add_loop_test(tc, it_can_be_cancelled_before, 0, THREADS);
	tcase_add_loop_test(tc, another_thread_can_cancel_it, 0, THREADS);
	add_failures(tc);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
