/*
 * check_plan.c - what each verb does to a message in each queue that nobody
 * works on: names, ids, times, modes, logs, what is told and what is noted.
 */
#include "queue-format/plan/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;

static void
begin(void)
{
	plan_rig_begin(&rig);
}

static void
end(void)
{
	plan_rig_end(&rig);
}

enum id_after { SAME, NEW, NEW_IF_QMGR };

static const struct {
	enum qf_verb verb;
	enum qf_queue queue;
	enum qf_outcome outcome;
	const char *to; /* the folder where it is then */
	enum id_after id;
	const char *text;
} cases[] = {
	{ QF_HOLD, QF_QUEUE_MAILDROP, QF_OUTCOME_REFUSED, "maildrop", SAME,
	  "in maildrop: pickup(8) has not taken it yet" },
	{ QF_HOLD, QF_QUEUE_INCOMING, QF_OUTCOME_DONE, "hold", NEW, "" },
	{ QF_HOLD, QF_QUEUE_ACTIVE, QF_OUTCOME_DONE, "hold", NEW, "" },
	{ QF_HOLD, QF_QUEUE_DEFERRED, QF_OUTCOME_DONE, "hold", SAME, "" },
	{ QF_HOLD, QF_QUEUE_HOLD, QF_OUTCOME_ALREADY, "hold", SAME,
	  "on hold already" },
	{ QF_HOLD, QF_QUEUE_CORRUPT, QF_OUTCOME_REFUSED, "corrupt", SAME,
	  "damaged: Postfix has put it aside" },

	{ QF_RELEASE, QF_QUEUE_MAILDROP, QF_OUTCOME_REFUSED, "maildrop", SAME,
	  "in maildrop: pickup(8) has not taken it yet" },
	{ QF_RELEASE, QF_QUEUE_INCOMING, QF_OUTCOME_ALREADY, "incoming", SAME,
	  "not on hold" },
	{ QF_RELEASE, QF_QUEUE_ACTIVE, QF_OUTCOME_ALREADY, "active", SAME,
	  "not on hold" },
	{ QF_RELEASE, QF_QUEUE_DEFERRED, QF_OUTCOME_ALREADY, "deferred", SAME,
	  "not on hold" },
	{ QF_RELEASE, QF_QUEUE_HOLD, QF_OUTCOME_DONE, "deferred", NEW_IF_QMGR,
	  "" },
	{ QF_RELEASE, QF_QUEUE_CORRUPT, QF_OUTCOME_REFUSED, "corrupt", SAME,
	  "damaged: Postfix has put it aside" },

	{ QF_REQUEUE, QF_QUEUE_MAILDROP, QF_OUTCOME_ALREADY, "maildrop", SAME,
	  "in maildrop already" },
	{ QF_REQUEUE, QF_QUEUE_INCOMING, QF_OUTCOME_DONE, "maildrop", NEW, "" },
	{ QF_REQUEUE, QF_QUEUE_ACTIVE, QF_OUTCOME_DONE, "maildrop", NEW, "" },
	{ QF_REQUEUE, QF_QUEUE_DEFERRED, QF_OUTCOME_DONE, "maildrop", SAME,
	  "" },
	{ QF_REQUEUE, QF_QUEUE_HOLD, QF_OUTCOME_DONE, "maildrop", SAME, "" },
	{ QF_REQUEUE, QF_QUEUE_CORRUPT, QF_OUTCOME_REFUSED, "corrupt", SAME,
	  "damaged: Postfix has put it aside" },

	{ QF_EXPIRE, QF_QUEUE_MAILDROP, QF_OUTCOME_REFUSED, "maildrop", SAME,
	  "in maildrop: pickup(8) has not taken it yet" },
	{ QF_EXPIRE, QF_QUEUE_INCOMING, QF_OUTCOME_DONE, "incoming", SAME, "" },
	{ QF_EXPIRE, QF_QUEUE_DEFERRED, QF_OUTCOME_DONE, "deferred", SAME, "" },
	{ QF_EXPIRE, QF_QUEUE_HOLD, QF_OUTCOME_DONE, "hold", SAME,
	  "takes effect when it is released" },
	{ QF_EXPIRE, QF_QUEUE_CORRUPT, QF_OUTCOME_REFUSED, "corrupt", SAME,
	  "damaged: Postfix has put it aside" },
};

/* Each of them with short and long ids, with a queue manager and without. */
#define WAYS 4

static bool is_long;
static bool has_qmgr;
static struct qf_process qmgr;
static ino_t inode;
static int64_t birth;
static int64_t modified;
static struct qf_chosen chosen;

static void
set_up(enum qf_queue queue, int way)
{
	const char *place = plan_rig_place(qf_spool_queue(queue), ID);

	is_long = (way & 1) != 0;
	has_qmgr = (way & 2) != 0;
	rig.base.config.long_queue_ids = is_long;
	letter_post(place,
		    &(struct letter){ .recipients = "DRDR", .mode = 0740 });
	plan_rig_start(&rig, 0);
	if (has_qmgr)
		plan_rig_new_qmgr(&rig);
	ck_assert_int_eq(qf_daemon_qmgr(rig.daemon, &qmgr, &rig.err), QF_OK);
	ck_assert_int_eq(qmgr.pid, rig.qmgr);
	chosen = plan_rig_choose(queue, ID);
	chosen.arrival = 1234;
	chosen.sender = "s@x.example";
	inode = inode_of(place);
	birth = chosen.birth;
	modified = modified_of(place);
}

static void
expect_id(const struct told *told, bool is_new)
{
	if (!is_new) {
		ck_assert_str_eq(told->now, ID);
		ck_assert_uint_eq(rig.renaming_count, 0);
	} else {
		ck_assert_str_ne(told->now, ID);
		ck_assert(plan_rig_is_made_of(told->now, is_long, inode));
		ck_assert_uint_eq(rig.renaming_count, 1);
		ck_assert_str_eq(rig.renamings[0].old, ID);
		ck_assert_str_eq(rig.renamings[0].now, told->now);
	}
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}

/* It is there, the only one, and as it was but for what is asked for. */
static void
expect_file(int i, const struct told *told)
{
	const char *place = plan_rig_place(cases[i].to, told->now);
	bool marked = cases[i].verb == QF_EXPIRE &&
		      cases[i].outcome == QF_OUTCOME_DONE;
	struct stat st;

	ck_assert_uint_eq(inode_of(place), inode);
	ck_assert_int_eq(lstat(scratch_path(place), &st), 0);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_uint_eq(mode_of(place), marked ? 0750 : 0740);
	if (cases[i].verb == QF_REQUEUE && cases[i].outcome == QF_OUTCOME_DONE)
		ck_assert_int_ge(modified_of(place), time(NULL) - 60);
	else
		ck_assert_int_eq(modified_of(place), modified);
}

static void
expect_noted(int i, const struct told *told)
{
	struct qf_journal_item item = plan_rig_item(&rig, &rig.job.id, 0);
	const char *from = qf_spool_queue(cases[i].queue);
	const char *place = plan_rig_place(cases[i].to, told->now);
	bool moved = strcmp(from, cases[i].to) != 0;

	ck_assert_int_eq(item.outcome, told->outcome);
	ck_assert_uint_eq(item.inode, inode);
	ck_assert_int_eq(item.birth, birth);
	ck_assert_int_eq(item.arrival, 1234);
	ck_assert_str_eq(item.sender, "s@x.example");
	ck_assert_str_eq(item.from_folder, from);
	ck_assert_str_eq(item.from_id, ID);
	if (moved) {
		ck_assert_str_eq(item.to_folder, cases[i].to);
		ck_assert_str_eq(item.to_id, told->now);
	} else {
		ck_assert_ptr_null(item.to_folder);
		ck_assert_ptr_null(item.to_id);
	}
	ck_assert_int_eq(item.modified, modified);
	ck_assert_uint_eq(item.mode, 0740);
	ck_assert_int_eq(item.changed, changed_of(place));
	ck_assert_int_eq(item.qmgr_pid, rig.qmgr);
	ck_assert_uint_eq(item.qmgr_start, qmgr.start);
}

START_TEST(does_what_it_says)
{
	int i = _i / WAYS;
	const char *from = qf_spool_queue(cases[i].queue);
	const struct told *told;
	struct qf_job job;

	set_up(cases[i].queue, _i % WAYS);
	told = plan_rig_do_chosen(&rig, cases[i].verb, &chosen);
	plan_rig_expect(told, cases[i].outcome, cases[i].text);
	ck_assert_str_eq(told->from, from);
	ck_assert_str_eq(told->to, cases[i].to);
	ck_assert_int_eq(told->was_active,
			 cases[i].queue == QF_QUEUE_ACTIVE &&
				 cases[i].outcome == QF_OUTCOME_DONE);
	ck_assert_uint_eq(told->done, told->was_active ? 2 : 0);
	expect_id(told, cases[i].id == NEW ||
				(cases[i].id == NEW_IF_QMGR && has_qmgr));
	expect_file(i, told);
	if (strcmp(from, cases[i].to) != 0)
		ck_assert(!exists(plan_rig_place(from, ID)));

	/* What was not begun is nothing to note. */
	job = plan_rig_job(&rig, &rig.job.id);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE],
			  cases[i].outcome == QF_OUTCOME_DONE ? 1 : 0);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_REFUSED], 0);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_ALREADY], 0);
	if (cases[i].outcome == QF_OUTCOME_DONE)
		expect_noted(i, told);
}
END_TEST

/* Without Postfix there is nobody to remember anything. */
START_TEST(a_spool_without_postfix)
{
	const struct told *told;

	letter_post("hold/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.daemon = NULL;
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, ID);
	ck_assert_int_eq(rig.result.woken, QF_OK);
	ck_assert_int_eq(plan_rig_item(&rig, &rig.job.id, 0).qmgr_pid, 0);
}
END_TEST

/* A queue manager that cannot be told is one that remembers everything. */
START_TEST(a_qmgr_that_is_not_known)
{
	const struct told *told;

	letter_post("hold/" ID, NULL);
	plan_rig_start(&rig, 0);
	ck_assert_int_eq(unlink(scratch_path("pid/master.pid")), 0);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, ID);
	ck_assert_int_eq(plan_rig_item(&rig, &rig.job.id, 0).qmgr_pid, -1);
	ck_assert_uint_eq(plan_rig_item(&rig, &rig.job.id, 0).qmgr_start, 0);
}
END_TEST

static const char *const logs[] = { "defer", "trace", "bounce" };

static void
post_logs(const char *id)
{
	for (int i = 0; i < COUNT(logs); i++)
		scratch_text(plan_rig_place(logs[i], id), LETTER_LOG, 0600);
}

static void
expect_logs(const char *id, const ino_t inodes[3])
{
	for (int i = 0; i < COUNT(logs); i++)
		ck_assert_uint_eq(inode_of(plan_rig_place(logs[i], id)),
				  inodes[i]);
}

static void
expect_no_logs(const char *id)
{
	for (int i = 0; i < COUNT(logs); i++)
		ck_assert(!exists(plan_rig_place(logs[i], id)));
}

/* From hold to release: logs stay, until the message goes back. */
START_TEST(logs_follow_a_release)
{
	bool from_active = _i == 1;
	const struct told *told;
	struct qf_journal_item item;
	ino_t inodes[3];
	char held[300];

	letter_post(from_active ? "active/" ID : "deferred/" ID, NULL);
	post_logs(ID);
	/* With a trace log it would be at the end of an attempt. */
	if (from_active)
		ck_assert_int_eq(unlink(scratch_path("trace/" ID)), 0);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	told = plan_rig_do(&rig, QF_HOLD,
			   from_active ? QF_QUEUE_ACTIVE : QF_QUEUE_DEFERRED,
			   ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	if (from_active)
		scratch_text("trace/" ID, "trace", 0600);
	for (int i = 0; i < COUNT(logs); i++)
		inodes[i] = inode_of(plan_rig_place(logs[i], ID));
	snprintf(held, sizeof(held), "%s", told->now);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	if (from_active) {
		ck_assert_uint_eq(item.defer, inodes[0]);
		ck_assert_uint_eq(item.bounce, inodes[2]);
		ck_assert_uint_eq(item.trace, 0);
	}
	expect_logs(ID, inodes);

	/* Nobody owes a report any more. */
	plan_rig_end_qmgr(&rig);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, held);
	ck_assert_str_eq(told->to, "deferred");
	expect_logs(held, inodes);
	if (from_active)
		expect_no_logs(ID);
}
END_TEST

/* In a hashed queue, to a directory that is not there yet. */
START_TEST(queues_may_be_hashed)
{
	const struct told *told;
	char place[400];
	ino_t message;
	ino_t log;

	letter_post("deferred/A/" ID, NULL);
	scratch_text("defer/A/" ID, LETTER_LOG, 0600);
	message = inode_of("deferred/A/" ID);
	log = inode_of("defer/A/" ID);
	plan_rig_start(&rig, 1);
	plan_rig_new_qmgr(&rig);
	chosen = (struct qf_chosen){ .id = ID, .queue = QF_QUEUE_DEFERRED };
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of("hold/" ID), message);

	/* Somebody touches it, so that it gets another id. */
	ck_assert_int_eq(chmod(scratch_path("hold/" ID), 0740), 0);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_ne(told->now, ID);
	snprintf(place, sizeof(place), "deferred/%.1s/%s", told->now,
		 told->now);
	ck_assert_uint_eq(inode_of(place), message);
	snprintf(place, sizeof(place), "defer/%.1s/%s", told->now, told->now);
	ck_assert_uint_eq(inode_of(place), log);
	ck_assert(!exists("defer/A/" ID));
}
END_TEST

/* Time after time another id: each of them leads to the message. */
START_TEST(old_ids_go_on_working)
{
	char ids[4][300] = { ID };
	const struct told *told;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	for (int i = 1; i < COUNT(ids); i++) {
		told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ids[i - 1]);
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		snprintf(ids[i], sizeof(ids[i]), "%s", told->now);
		for (int j = 0; j < i; j++) {
			ck_assert_str_ne(ids[j], ids[i]);
			ck_assert_str_eq(plan_rig_resolve(&rig, ids[j]),
					 ids[i]);
		}
		told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ids[i]);
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		ck_assert_str_eq(told->now, ids[i]);
		give_name(plan_rig_place("deferred", ids[i]),
			  plan_rig_place("active", ids[i]));
	}
}
END_TEST

static const struct {
	enum qf_verb verb;
	bool now;
	const char *qmgr; /* what is asked of it, and of pickup */
	const char *pickup;
} wakes[] = {
	{ QF_HOLD, false, "", "" },	{ QF_RELEASE, false, "D", "" },
	{ QF_RELEASE, true, "FD", "" }, { QF_REQUEUE, false, "", "W" },
	{ QF_EXPIRE, false, "", "" },	{ QF_EXPIRE, true, "FD", "" },
};

static int
listen_at(const char *name)
{
	int fd;

	ck_assert_int_eq(mkfifo(scratch_path(name), 0622), 0);
	fd = open(scratch_path(name), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
expect_request(int fd, const char *wanted)
{
	char got[20] = "";

	ck_assert_int_eq(read(fd, got, sizeof(got) - 1),
			 *wanted == '\0' ? -1 : (ssize_t)strlen(wanted));
	ck_assert_str_eq(got, wanted);
	close(fd);
}

START_TEST(wakes_postfix)
{
	enum qf_queue queue = wakes[_i].verb == QF_RELEASE ? QF_QUEUE_HOLD
							   : QF_QUEUE_DEFERRED;
	const struct told *told;
	int at_qmgr;
	int at_pickup;

	letter_post(plan_rig_place(qf_spool_queue(queue), ID), NULL);
	scratch_directory("public");
	at_qmgr = listen_at("public/qmgr");
	at_pickup = listen_at("public/pickup");
	plan_rig_start(&rig, 0);
	rig.plan.now = wakes[_i].now;
	told = plan_rig_do(&rig, wakes[_i].verb, queue, ID);
	ck_assert_int_eq(told->outcome, QF_OUTCOME_DONE);
	ck_assert_int_eq(rig.result.woken, QF_OK);
	expect_request(at_qmgr, wakes[_i].qmgr);
	expect_request(at_pickup, wakes[_i].pickup);
}
END_TEST

START_TEST(postfix_may_be_down)
{
	letter_post("hold/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID),
			QF_OUTCOME_DONE, "");
	ck_assert_int_eq(rig.result.woken, QF_DOWN);
}
END_TEST

/* --now: be tried at once, so the time of the next try is over. */
START_TEST(now_sets_the_time)
{
	const int64_t later = time(NULL) + 5000;
	bool now = _i == 1;

	letter_post("hold/" ID, &(struct letter){ .modified = later });
	plan_rig_start(&rig, 0);
	rig.plan.now = now;
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID),
			QF_OUTCOME_DONE, "");
	if (now)
		ck_assert_int_le(modified_of("deferred/" ID), time(NULL));
	else
		ck_assert_int_eq(modified_of("deferred/" ID), later);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	plan_rig_start(&rig, 0);
	plan_rig_run(&rig, QF_HOLD, NULL, 0, QF_OK);
	ck_assert_uint_eq(rig.told_count, 0);
	ck_assert_str_eq(qf_verb_name(QF_HOLD), "hold");
	ck_assert_str_eq(qf_verb_name(QF_RELEASE), "release");
	ck_assert_str_eq(qf_verb_name(QF_REQUEUE), "requeue");
	ck_assert_str_eq(qf_verb_name(QF_EXPIRE), "expire");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plan");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, does_what_it_says, 0, COUNT(cases) * WAYS);
	tcase_add_test(tc, a_spool_without_postfix);
	tcase_add_test(tc, a_qmgr_that_is_not_known);
	tcase_add_loop_test(tc, logs_follow_a_release, 0, 2);
	tcase_add_test(tc, queues_may_be_hashed);
	tcase_add_test(tc, old_ids_go_on_working);
	tcase_add_loop_test(tc, wakes_postfix, 0, COUNT(wakes));
	tcase_add_test(tc, postfix_may_be_down);
	tcase_add_loop_test(tc, now_sets_the_time, 0, 2);
	tcase_add_test(tc, nothing_is_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
