/*
 * check_plan_flush.c - what is flushed is what was chosen and nothing else,
 * and Postfix is asked in the right order.
 */
#include "queue-format/plan/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID    "AB1C2D3"
#define LATER 4000000000
#define MANY  1001

static struct plan_rig rig;
static struct qf_chosen chosen[MANY];
static char ids[MANY][16];

/* What Postfix was asked for, and where messages were renamed between. */
static char asked[64];
static int readers[2] = { -1, -1 };
static const char *const services[] = { "public/qmgr", "public/pickup" };

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

static void
note(char what)
{
	size_t len = strlen(asked);

	if (len + 1 < sizeof(asked)) {
		asked[len] = what;
		asked[len + 1] = '\0';
	}
}

ssize_t
write(int fd, const void *data, size_t len)
{
	const char *text = data;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
		for (size_t i = 0; i < len; i++)
			note(text[i]);
	}
	return (ssize_t)syscall(SYS_write, fd, data, len);
}

static void
note_rename(struct plan_rig *r)
{
	(void)r;
	note('r');
}

static void
begin(void)
{
	asked[0] = '\0';
	plan_rig_begin(&rig);
	rig.before_rename = note_rename;
	scratch_directory("public");
	for (int i = 0; i < COUNT(services); i++) {
		const char *path = scratch_path(services[i]);

		ck_assert_int_eq(mkfifo(path, 0622), 0);
		readers[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ck_assert_int_ge(readers[i], 0);
	}
}

static void
stop_postfix(void)
{
	for (int i = 0; i < COUNT(readers); i++) {
		if (readers[i] >= 0)
			close(readers[i]);
		readers[i] = -1;
	}
}

static void
end(void)
{
	stop_postfix();
	plan_rig_end(&rig);
}

static void
post(const char *place)
{
	letter_post(place, &(struct letter){ .modified = LATER });
}

static void
expect_now(const char *place)
{
	int64_t modified = modified_of(place);

	ck_assert_int_le(modified, time(NULL));
	ck_assert_int_ge(modified, time(NULL) - 600);
}

/* Dead sites are forgotten before, and qmgr is woken after it. */
START_TEST(by_way_of_incoming)
{
	ino_t inode;

	post("deferred/" ID);
	post("deferred/OTHER1");
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	inode = inode_of("deferred/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_expect(plan_rig_do(&rig, QF_FLUSH, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of("incoming/" ID), inode);
	ck_assert(!exists("deferred/" ID));
	ck_assert(exists("defer/" ID));
	expect_now("incoming/" ID);
	ck_assert_int_eq(modified_of("deferred/OTHER1"), LATER);
	ck_assert_str_eq(asked, "FrI");
	ck_assert_uint_eq(rig.renaming_count, 0);
	ck_assert_int_eq(rig.result.woken, QF_OK);
}
END_TEST

static const struct {
	enum qf_queue queue;
	const char *place;
	int64_t modified;
	enum qf_outcome outcome;
	const char *says;
	const char *asked;
} elsewhere[] = {
	{ QF_QUEUE_ACTIVE, "active/" ID, 1000, QF_OUTCOME_ALREADY,
	  "being delivered already", "F" },
	{ QF_QUEUE_INCOMING, "incoming/" ID, 1000, QF_OUTCOME_ALREADY,
	  "in incoming: the queue manager takes it next", "FI" },
	{ QF_QUEUE_MAILDROP, "maildrop/" ID, 1000, QF_OUTCOME_ALREADY,
	  "in maildrop: pickup(8) takes it next", "FW" },
	{ QF_QUEUE_HOLD, "hold/" ID, 1000, QF_OUTCOME_REFUSED,
	  "on hold: mqadm release lets it go", "F" },
	{ QF_QUEUE_CORRUPT, "corrupt/" ID, 1000, QF_OUTCOME_REFUSED,
	  "damaged: Postfix has put it aside in corrupt", "F" },
};

START_TEST(what_is_elsewhere_stays)
{
	letter_post(elsewhere[_i].place,
		    &(struct letter){ .modified = elsewhere[_i].modified });
	plan_rig_start(&rig, 0);
	plan_rig_expect(plan_rig_do(&rig, QF_FLUSH, elsewhere[_i].queue, ID),
			elsewhere[_i].outcome, elsewhere[_i].says);
	ck_assert_int_eq(modified_of(elsewhere[_i].place),
			 elsewhere[_i].modified);
	ck_assert_str_eq(asked, elsewhere[_i].asked);
}
END_TEST

/* An agent had it still open a moment ago: qmgr has put it off. */
START_TEST(put_off_in_incoming)
{
	post("incoming/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_expect(plan_rig_do(&rig, QF_FLUSH, QF_QUEUE_INCOMING, ID),
			QF_OUTCOME_DONE, "");
	expect_now("incoming/" ID);
	ck_assert_str_eq(asked, "FI");
}
END_TEST

/* New mail goes through incoming/ as well. */
START_TEST(many_stay_in_deferred)
{
	int count = MANY - 1 + _i;

	for (int i = 0; i < count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "M%d", i);
		post(plan_rig_place("deferred", ids[i]));
		chosen[i] = plan_rig_choose(QF_QUEUE_DEFERRED, ids[i]);
	}
	rig.before_rename = NULL;
	plan_rig_start(&rig, 0);
	plan_rig_run(&rig, QF_FLUSH, chosen, (size_t)count, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], (size_t)count);
	ck_assert_int_eq(
		plan_rig_count_files(_i == 0 ? "incoming" : "deferred"), count);
	expect_now(plan_rig_place(_i == 0 ? "incoming" : "deferred", "M7"));
	ck_assert_int_eq(asked[0], 'F');
	ck_assert_int_eq(asked[strlen(asked) - 1], _i == 0 ? 'I' : 'D');
}
END_TEST

START_TEST(nothing_is_begun_when_postfix_is_down)
{
	struct qf_chosen one;

	post("deferred/" ID);
	plan_rig_start(&rig, 0);
	stop_postfix();
	one = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	plan_rig_run(&rig, QF_FLUSH, &one, 1, QF_STOPPED);
	ck_assert_uint_eq(rig.result.left, 1);
	ck_assert_int_eq(rig.result.ended, QF_PLAN_POSTFIX_DOWN);
	ck_assert_int_eq(modified_of("deferred/" ID), LATER);
	ck_assert_int_eq(qf_plan_is_up(rig.plan.spool, NULL), QF_DOWN);
	ck_assert_int_eq(qf_plan_flush_all(rig.plan.spool, NULL), QF_DOWN);
}
END_TEST

static void
qmgr_takes_it(struct plan_rig *r)
{
	give_name("deferred/" ID, "active/" ID);
	r->before_rename = NULL;
}

START_TEST(qmgr_was_faster)
{
	post("deferred/" ID);
	plan_rig_start(&rig, 0);
	rig.before_rename = qmgr_takes_it;
	plan_rig_expect(plan_rig_do(&rig, QF_FLUSH, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_ALREADY, "being delivered already");
	ck_assert(exists("active/" ID));
	ck_assert(!exists("incoming/" ID));
}
END_TEST

START_TEST(nobody_is_replaced)
{
	ino_t inode;

	post("deferred/" ID);
	plan_rig_start(&rig, 0);
	letter_post("incoming/" ID, NULL);
	inode = inode_of("incoming/" ID);
	plan_rig_expect(plan_rig_do(&rig, QF_FLUSH, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_REFUSED,
			"incoming/" ID ": the name is taken");
	ck_assert(exists("deferred/" ID));
	ck_assert_uint_eq(inode_of("incoming/" ID), inode);
}
END_TEST

START_TEST(another_message_has_the_id)
{
	struct qf_chosen one;

	post("deferred/" ID);
	plan_rig_start(&rig, 0);
	one = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	give_name("deferred/" ID, "corrupt/KEPT");
	post("deferred/" ID);
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_FLUSH, &one),
			QF_OUTCOME_CHANGED,
			"deferred/" ID ": another message has this id now");
	ck_assert_int_eq(modified_of("deferred/" ID), LATER);
}
END_TEST

START_TEST(all_of_it)
{
	post("deferred/" ID);
	plan_rig_start(&rig, 0);
	ck_assert_int_eq(qf_plan_is_up(rig.plan.spool, NULL), QF_OK);
	ck_assert_str_eq(asked, "");
	ck_assert_int_eq(qf_plan_flush_all(rig.plan.spool, NULL), QF_OK);
	ck_assert_str_eq(asked, "FADIW");
	ck_assert_int_eq(modified_of("deferred/" ID), LATER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_flush");
	TCase *tc = tcase_create("flush");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, by_way_of_incoming);
	tcase_add_loop_test(tc, what_is_elsewhere_stays, 0, COUNT(elsewhere));
	tcase_add_test(tc, put_off_in_incoming);
	tcase_add_loop_test(tc, many_stay_in_deferred, 0, 2);
	tcase_add_test(tc, nothing_is_begun_when_postfix_is_down);
	tcase_add_test(tc, qmgr_was_faster);
	tcase_add_test(tc, nobody_is_replaced);
	tcase_add_test(tc, another_message_has_the_id);
	tcase_add_test(tc, all_of_it);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
