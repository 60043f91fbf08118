/*
 * check_plan_purge.c - what is purged is gone with its logs, and nothing of
 * anybody else is.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID    "AB1C2D3"
#define OTHER "AB1C2D4"

static struct plan_rig rig;

/* What happens while the journal gets the note. */
static void (*while_noting)(void);
static void (*at_next_sync)(void);
static const char *cannot_remove; /* this name; NULL: all can be */

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
fdatasync(int fd)
{
	void (*then)(void) = at_next_sync;
	int result = (int)syscall(SYS_fdatasync, fd);

	at_next_sync = NULL;
	if (then != NULL)
		then();
	return result;
}

int
unlinkat(int dir, const char *name, int flags)
{
	if (cannot_remove != NULL && strcmp(name, cannot_remove) == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

static void
arm(struct plan_rig *r)
{
	(void)r;
	at_next_sync = while_noting;
}

static void
begin(void)
{
	while_noting = at_next_sync = NULL;
	cannot_remove = NULL;
	plan_rig_begin(&rig);
	rig.on_begin = arm;
	rig.plan.wait_ms = 100;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static const enum qf_queue queues[] = { QF_QUEUE_MAILDROP, QF_QUEUE_INCOMING,
					QF_QUEUE_ACTIVE, QF_QUEUE_DEFERRED,
					QF_QUEUE_HOLD };
static const char *const folders[] = { "maildrop", "incoming", "active",
				       "deferred", "hold",     QF_TRASH };
static const char *const logs[] = { "defer", "bounce", "trace" };

static void
write_logs(const char *id)
{
	for (int i = 0; i < COUNT(logs); i++)
		scratch_text(plan_rig_place(logs[i], id), "x", 0600);
}

static void
expect_logs(const char *id, bool wanted)
{
	for (int i = 0; i < COUNT(logs); i++)
		ck_assert_msg(exists(plan_rig_place(logs[i], id)) == wanted,
			      "%s/%s", logs[i], id);
}

static void
expect_nothing(void)
{
	for (int i = 0; i < COUNT(folders); i++)
		ck_assert_int_eq(plan_rig_count_files(folders[i]), 0);
}

/* A neighbour that keeps all that it has. */
static void
start(bool with_qmgr)
{
	letter_post("corrupt/" OTHER, NULL);
	write_logs(OTHER);
	plan_rig_start(&rig, 0);
	if (with_qmgr)
		plan_rig_new_qmgr(&rig);
}

static void
expect_purged(const struct told *told, const char *says)
{
	struct qf_journal_item item = plan_rig_item(&rig, &rig.job.id, 0);

	plan_rig_expect(told, QF_OUTCOME_DONE, says);
	ck_assert_str_eq(told->to, "");
	expect_nothing();
	expect_logs(OTHER, true);
	ck_assert(exists("corrupt/" OTHER));
	ck_assert_int_eq(item.outcome, QF_OUTCOME_DONE);
	ck_assert_str_eq(item.from_folder, told->from);
	ck_assert_ptr_null(item.to_folder);
	ck_assert_ptr_null(item.to_id);
	ck_assert_uint_eq(rig.renaming_count, 0);
}

START_TEST(from_a_queue)
{
	enum qf_queue queue = queues[_i % COUNT(queues)];
	bool with_qmgr = _i >= COUNT(queues);
	const struct told *told;

	letter_post(plan_rig_place(qf_spool_queue(queue), ID),
		    &(struct letter){ .recipients = "RD" });
	write_logs(ID);
	/* A trace report might be being written. */
	if (queue == QF_QUEUE_ACTIVE)
		ck_assert_int_eq(unlink(scratch_path("trace/" ID)), 0);
	start(with_qmgr);
	told = plan_rig_do(&rig, QF_PURGE, queue, ID);
	expect_purged(told, queue == QF_QUEUE_MAILDROP && with_qmgr
				    ? "may have been picked up"
				    : "");
	expect_logs(ID, false);
	ck_assert_str_eq(told->from, qf_spool_queue(queue));
	ck_assert_str_eq(told->now, ID);
	ck_assert_int_eq(told->was_active, queue == QF_QUEUE_ACTIVE);
	ck_assert_uint_eq(told->done, queue == QF_QUEUE_ACTIVE ? 1 : 0);
}
END_TEST

/* As it is chosen: by its name there alone. */
static const struct told *
purge_trashed(void)
{
	static struct qf_chosen chosen;

	chosen = (struct qf_chosen){ .id = plan_rig_in_trash(),
				     .in_trash = true };
	return plan_rig_do_chosen(&rig, QF_PURGE, &chosen);
}

START_TEST(from_the_trash)
{
	enum qf_queue queue = queues[_i % COUNT(queues)];
	bool with_qmgr = _i >= COUNT(queues);

	letter_post(plan_rig_place(qf_spool_queue(queue), ID), NULL);
	start(with_qmgr);
	plan_rig_do(&rig, QF_DELETE, queue, ID);
	write_logs(ID);
	expect_purged(purge_trashed(), "");
	expect_logs(ID, false);
	ck_assert_str_eq(rig.told[0].from, QF_TRASH);
	ck_assert_str_eq(rig.told[0].id, ID);
	ck_assert_str_eq(rig.told[0].now, ID);
}
END_TEST

/* Its logs stand under the id that it had when it was taken out. */
START_TEST(with_the_logs_of_an_older_id)
{
	bool from_trash = _i % 2 == 1;
	bool with_qmgr = _i / 2 == 1;
	char held[300];

	letter_post("active/" ID, NULL);
	start(with_qmgr);
	plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	snprintf(held, sizeof(held), "%s", rig.told[0].now);
	ck_assert_str_ne(held, ID);
	write_logs(ID);
	if (from_trash) {
		plan_rig_do(&rig, QF_DELETE, QF_QUEUE_HOLD, held);
		expect_purged(purge_trashed(), "");
	} else {
		expect_purged(plan_rig_do(&rig, QF_PURGE, QF_QUEUE_HOLD, held),
			      "");
	}
	expect_logs(ID, false);
}
END_TEST

/* They have moved with it, and may be those of somebody else by now. */
START_TEST(with_the_logs_of_its_newest_id)
{
	bool from_trash = _i == 1;
	char now[300];

	letter_post("active/" ID, NULL);
	start(true);
	plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	snprintf(now, sizeof(now), "%s", rig.told[0].now);
	plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, now);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
	write_logs(rig.told[0].now);
	write_logs(ID);
	snprintf(now, sizeof(now), "%s", rig.told[0].now);
	if (from_trash) {
		plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, now);
		expect_purged(purge_trashed(), "");
	} else {
		expect_purged(
			plan_rig_do(&rig, QF_PURGE, QF_QUEUE_DEFERRED, now),
			"");
	}
	expect_logs(now, false);
	expect_logs(ID, true);
}
END_TEST

static void
be_deferred(struct plan_rig *r)
{
	if (r->idles == 3)
		give_name("active/" ID, "deferred/" ID);
}

START_TEST(not_at_the_end_of_an_attempt)
{
	bool moves_on = _i == 1;

	letter_post("active/" ID, &(struct letter){ .mode = 0710 });
	write_logs(ID);
	start(true);
	if (moves_on) {
		rig.on_idle = be_deferred;
		rig.plan.wait_ms = 30000;
	}
	plan_rig_do(&rig, QF_PURGE, QF_QUEUE_ACTIVE, ID);
	if (moves_on) {
		expect_purged(&rig.told[0], "");
		expect_logs(ID, false);
		return;
	}
	plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
			"at the end of an attempt: left as it was");
	ck_assert(exists("active/" ID));
	expect_logs(ID, true);
}
END_TEST

static void
become_active(void)
{
	give_name("deferred/" ID, "active/" ID);
}

/* Noted, and then it is tried: its logs are those of that attempt. */
START_TEST(a_lost_race)
{
	bool is_last = _i == 1;

	letter_post("deferred/" ID,
		    &(struct letter){ .mode = is_last ? 0710 : 0700 });
	scratch_text("defer/" ID, "x", 0600);
	scratch_text("bounce/" ID, "x", 0600);
	start(true);
	while_noting = become_active;
	plan_rig_do(&rig, QF_PURGE, QF_QUEUE_DEFERRED, ID);
	if (is_last) {
		plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
				"at the end of an attempt");
		ck_assert(exists("active/" ID));
		ck_assert(exists("defer/" ID));
		ck_assert(exists("bounce/" ID));
		return;
	}
	expect_purged(&rig.told[0], "");
	expect_logs(ID, false);
}
END_TEST

static void
be_tried(void)
{
	scratch_text("defer/" ID, "x", 0600);
}

/* Its last attempt has ended while the journal was written. */
START_TEST(a_return_that_begins)
{
	static const enum qf_verb verbs[] = { QF_PURGE, QF_DELETE };

	letter_post("active/" ID, &(struct letter){ .created = 1000 });
	start(true);
	while_noting = be_tried;
	plan_rig_do(&rig, verbs[_i], QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
			"at the end of an attempt: left as it was");
	ck_assert(exists("active/" ID));
	ck_assert(exists("defer/" ID));
}
END_TEST

static char trashed[300];

static void
be_restored(void)
{
	give_name(plan_rig_place(QF_TRASH, trashed), "corrupt/X");
}

START_TEST(somebody_else_takes_it_from_the_trash)
{
	bool before = _i == 0;
	struct qf_chosen chosen = { .id = trashed, .in_trash = true };

	letter_post("deferred/" ID, NULL);
	scratch_text("defer/" ID, "x", 0600);
	start(true);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	snprintf(trashed, sizeof(trashed), "%s", plan_rig_in_trash());
	if (before)
		be_restored();
	else
		while_noting = be_restored;
	plan_rig_do_chosen(&rig, QF_PURGE, &chosen);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_GONE,
			"not in the trash any more");
	ck_assert_str_eq(rig.told[0].to, "");
	ck_assert(exists("corrupt/X"));
	ck_assert(exists("defer/" ID));
}
END_TEST

/* Whose name it is now. */
static void
take_the_name(void)
{
	be_restored();
	letter_post(plan_rig_place(QF_TRASH, trashed), NULL);
}

START_TEST(another_has_the_name_in_the_trash)
{
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	scratch_text("defer/" ID, "x", 0600);
	start(true);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	snprintf(trashed, sizeof(trashed), "%s", plan_rig_in_trash());
	chosen = plan_rig_choose_trashed(trashed);
	if (_i == 0)
		take_the_name();
	else
		while_noting = take_the_name;
	plan_rig_do_chosen(&rig, QF_PURGE, &chosen);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_CHANGED, "another message");
	ck_assert(exists(plan_rig_place(QF_TRASH, trashed)));
	ck_assert(exists("defer/" ID));
}
END_TEST

/* The logs first: without the message nobody would look for them. */
START_TEST(what_cannot_be_removed)
{
	const struct told *told;

	letter_post("hold/" ID, NULL);
	scratch_text("defer/" ID, "x", 0600);
	start(false);
	cannot_remove = ID;
	told = plan_rig_do(&rig, QF_PURGE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_FAILED, "Input/output error");
	ck_assert_str_eq(told->to, "hold");
	ck_assert(exists("hold/" ID));
	ck_assert(exists("defer/" ID));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_purge");
	TCase *tc = tcase_create("plan_purge");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, from_a_queue, 0, 2 * COUNT(queues));
	tcase_add_loop_test(tc, from_the_trash, 0, 2 * COUNT(queues));
	tcase_add_loop_test(tc, with_the_logs_of_an_older_id, 0, 4);
	tcase_add_loop_test(tc, with_the_logs_of_its_newest_id, 0, 2);
	tcase_add_loop_test(tc, not_at_the_end_of_an_attempt, 0, 2);
	tcase_add_loop_test(tc, a_lost_race, 0, 2);
	tcase_add_loop_test(tc, a_return_that_begins, 0, 2);
	tcase_add_loop_test(tc, somebody_else_takes_it_from_the_trash, 0, 2);
	tcase_add_loop_test(tc, another_has_the_name_in_the_trash, 0, 2);
	tcase_add_test(tc, what_cannot_be_removed);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
