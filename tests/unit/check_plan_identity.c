/*
 * check_plan_identity.c - the message that was chosen is found wherever it
 * went, and no other one is touched.
 */
#include "queue-format/plan/plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static bool no_births;

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
	plan_rig_begin(&rig);
	rig.plan.wait_ms = 0;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static ino_t other;

static void
expect_untouched(const char *place, ino_t inode, int64_t changed)
{
	ck_assert_uint_eq(inode_of(place), inode);
	ck_assert_int_eq(changed_of(place), changed);
	ck_assert_uint_eq(rig.renaming_count, 0);
	ck_assert_uint_eq(
		plan_rig_job(&rig, &rig.job.id).counts[QF_OUTCOME_CHANGED], 0);
}

static const enum qf_verb verbs[] = { QF_HOLD, QF_RELEASE, QF_REQUEUE,
				      QF_EXPIRE };

/* Ours was delivered, and the id given to another message. */
START_TEST(another_message_under_the_id)
{
	enum qf_verb verb = verbs[_i / 2];
	bool by_birth = _i % 2 == 1;
	struct qf_chosen chosen;
	const struct told *told;
	int64_t changed;

	letter_post("deferred/" ID, NULL);
	letter_post("deferred/EF4", NULL);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	if (by_birth) {
		/* The inode, too, was given away. */
		ck_assert_int_ne(chosen.birth, 0);
		chosen.birth++;
	} else {
		ck_assert_int_eq(unlink(scratch_path("deferred/" ID)), 0);
		give_name("deferred/EF4", "deferred/" ID);
	}
	plan_rig_start(&rig, 0);
	changed = changed_of("deferred/" ID);
	other = inode_of("deferred/" ID);
	told = plan_rig_do_chosen(&rig, verb, &chosen);
	plan_rig_expect(told, QF_OUTCOME_CHANGED,
			"another message has this id now");
	ck_assert_str_eq(told->now, ID);
	expect_untouched("deferred/" ID, other, changed);
}
END_TEST

static const struct {
	const char *really; /* the sender in the file */
	const char *sender;
	int64_t arrival; /* in the file it is 1000000 */
	bool same;
} contents[] = {
	{ "s@x.example", "s@x.example", 1000000, true },
	{ "s@x.example", NULL, 0, true },
	{ "s@x.example", NULL, 1000000, true },
	{ "s@x.example", "s@x.example", 0, true },
	{ "s@x.example", "s@x.example", 1000001, false },
	{ "s@x.example", "t@x.example", 1000000, false },
	{ "s@x.example", "", 1000000, false },
	{ "", "", 1000000, true },
	{ "", "s@x.example", 1000000, false },
	{ "a b@x.example", "\"a b\"@x.example", 1000000, true },
};

/* Who knows no birth: the file system, or who has chosen it. */
#define MODES 3

START_TEST(without_a_birth_its_contents_tell)
{
	int i = _i / MODES;
	struct qf_chosen chosen;
	const struct told *told;
	int64_t changed;

	letter_post("deferred/" ID,
		    &(struct letter){ .sender = contents[i].really,
				      .arrival = 1000000,
				      .created = time(NULL) });
	other = inode_of("deferred/" ID);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	if (_i % MODES > 0)
		chosen.birth = 0;
	if (_i % MODES != 1)
		no_births = true;
	/* Ids from a list that knows no more than this of them. */
	if (_i % MODES == 2)
		chosen.inode = 0;
	chosen.sender = contents[i].sender;
	chosen.arrival = contents[i].arrival;
	plan_rig_start(&rig, 0);
	changed = changed_of("deferred/" ID);
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	if (contents[i].same) {
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_CHANGED,
			"another message has this id now");
	expect_untouched("deferred/" ID, other, changed);
}
END_TEST

/* With inode and birth it needs no more: what a list shows may be cut. */
START_TEST(with_a_birth_nothing_is_read)
{
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	chosen.sender = "somebody else";
	chosen.arrival = 5;
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_HOLD, &chosen),
			QF_OUTCOME_DONE, "");
}
END_TEST

START_TEST(still_being_written)
{
	static const mode_t modes[] = { 0600, 0400, 0500 };
	struct qf_chosen chosen;
	const struct told *told;
	int64_t changed;

	letter_post("incoming/" ID, &(struct letter){ .mode = modes[_i / 4] });
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_INCOMING, ID);
	changed = changed_of("incoming/" ID);
	told = plan_rig_do_chosen(&rig, verbs[_i % 4], &chosen);
	plan_rig_expect(told, QF_OUTCOME_WRITING, "being written");
	expect_untouched("incoming/" ID, chosen.inode, changed);
}
END_TEST

/* What has its name, and is no message. */
static void
make_link(void)
{
	letter_post("deferred/EF4", NULL);
	ck_assert_int_eq(symlink("EF4", scratch_path("deferred/" ID)), 0);
}

static void
make_pipe(void)
{
	ck_assert_int_eq(mkfifo(scratch_path("deferred/" ID), 0700), 0);
}

static void
make_folder(void)
{
	scratch_directory("deferred/" ID);
}

static void
make_two_names(void)
{
	letter_post("deferred/" ID, NULL);
	ck_assert_int_eq(
		link(scratch_path("deferred/" ID), scratch_path("hold/EF4")),
		0);
}

static const struct {
	void (*make)(void);
	const char *says;
} strange[] = {
	{ make_link, "a symbolic link" },
	{ make_pipe, "not a plain file" },
	{ make_folder, "not a plain file" },
	{ make_two_names, "has 2 names" },
};

START_TEST(no_message_at_all)
{
	struct qf_chosen chosen;
	const struct told *told;
	int64_t changed;

	strange[_i / 4].make();
	plan_rig_start(&rig, 0);
	changed = changed_of("deferred/" ID);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	told = plan_rig_do_chosen(&rig, verbs[_i % 4], &chosen);
	plan_rig_expect(told, QF_OUTCOME_REFUSED, strange[_i / 4].says);
	expect_untouched("deferred/" ID, chosen.inode, changed);
}
END_TEST

static char too_long[400];

static const char *const no_ids[] = { "",    ".",   "..",  "../hold/AB1",
				      "a/b", "a.b", "x y", too_long };

START_TEST(no_queue_id)
{
	struct qf_chosen chosen = { .id = no_ids[_i] };
	const struct told *told;

	memset(too_long, 'A', 300);
	letter_post("hold/AB1", NULL);
	plan_rig_start(&rig, 0);
	chosen.queue = QF_QUEUE_DEFERRED;
	plan_rig_run(&rig, QF_EXPIRE, &chosen, 1, QF_OK);
	told = &rig.told[0];
	plan_rig_expect(told, QF_OUTCOME_REFUSED,
			strlen(no_ids[_i]) > 255 ? "no queue id"
						 : "not a name for");
	ck_assert_uint_eq(mode_of("hold/AB1"), 0700);
}
END_TEST

START_TEST(gone)
{
	struct qf_chosen chosen;
	const struct told *told;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	ck_assert_int_eq(unlink(scratch_path("active/" ID)), 0);
	told = plan_rig_do_chosen(&rig, verbs[_i], &chosen);
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered, returned or removed meanwhile");
	ck_assert_str_eq(told->from, "");
	ck_assert_str_eq(told->to, "");
	ck_assert_str_eq(told->now, ID);
}
END_TEST

static const enum qf_queue queues[] = { QF_QUEUE_INCOMING, QF_QUEUE_ACTIVE,
					QF_QUEUE_DEFERRED };

START_TEST(found_where_it_went)
{
	const char *place = plan_rig_place(qf_spool_queue(queues[_i]), ID);
	struct qf_chosen chosen;
	const struct told *told;
	ino_t inode;

	letter_post("corrupt/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, ID);
	inode = inode_of("corrupt/" ID);
	give_name("corrupt/" ID, place);
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->from, qf_spool_queue(queues[_i]));
	ck_assert_uint_eq(inode_of(plan_rig_place("hold", told->now)), inode);
}
END_TEST

/* We have renamed it since, and another message has its first id by now. */
START_TEST(found_under_its_new_name)
{
	bool is_taken = _i == 1;
	struct qf_chosen chosen;
	const struct told *told;
	char held[300];
	int64_t changed = 0;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_HOLD, &chosen),
			QF_OUTCOME_DONE, "");
	snprintf(held, sizeof(held), "%s", rig.told[0].now);
	if (is_taken) {
		letter_post("active/" ID, NULL);
		other = inode_of("active/" ID);
		changed = changed_of("active/" ID);
	}
	told = plan_rig_do_chosen(&rig, QF_RELEASE, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->id, ID);
	ck_assert_str_eq(told->now, held);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", held)),
			  chosen.inode);
	if (is_taken)
		expect_untouched("active/" ID, other, changed);
}
END_TEST

/* By another job, which has not said yet whether it was done. */
static void
announce(const struct qf_chosen *chosen, const char *from, const char *to)
{
	struct qf_journal_item item = sample_item(chosen->inode, from, to);
	struct qf_job_id job = sample_begin(rig.journal);
	struct qf_error err;

	item.birth = chosen->birth;
	ck_assert_int_eq(qf_journal_prepare(rig.journal, &job, &item, 1, &err),
			 QF_OK);
}

/* The first one has done it, and the third one what comes after. */
START_TEST(found_while_others_rename_it)
{
	struct qf_chosen chosen;
	const struct told *told;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	announce(&chosen, ID, "A1");
	announce(&chosen, ID, "A2");
	announce(&chosen, "A1", "A3");
	give_name("active/" ID, "deferred/A3");
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->id, ID);
	ck_assert_str_eq(told->now, "A3");
	ck_assert_uint_eq(inode_of("hold/A3"), chosen.inode);
}
END_TEST

static void
goes_to_deferred(struct plan_rig *r)
{
	r->before_rename = NULL;
	give_name("active/" ID, "deferred/" ID);
}

/* A lost race: what was noted is noted anew. */
START_TEST(it_goes_on_in_the_last_moment)
{
	const struct told *told;
	struct qf_journal_item item;
	struct qf_job job;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	rig.plan.wait_ms = 30000;
	rig.before_rename = goes_to_deferred;
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->from, "deferred");
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(rig.renaming_count, 0);
	ck_assert(exists("hold/" ID));
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_str_eq(item.from_folder, "deferred");
	ck_assert_str_eq(item.to_id, ID);
	ck_assert_int_eq(item.changed, changed_of("hold/" ID));
	job = plan_rig_job(&rig, &rig.job.id);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], 1);
}
END_TEST

static void
somebody_releases_it(struct plan_rig *r)
{
	r->before_rename = NULL;
	give_name("hold/" ID, "deferred/" ID);
}

START_TEST(somebody_else_is_faster)
{
	const struct told *told;
	struct qf_journal_item item;

	letter_post("hold/" ID, NULL);
	plan_rig_start(&rig, 0);
	rig.before_rename = somebody_releases_it;
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_ALREADY, "not on hold");
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_ALREADY);
	ck_assert_ptr_null(item.to_folder);
}
END_TEST

static void
another_takes_its_name(struct plan_rig *r)
{
	r->before_rename = NULL;
	give_name("deferred/" ID, "incoming/" ID);
	letter_post("deferred/" ID, NULL);
	other = inode_of("deferred/" ID);
}

START_TEST(another_one_in_the_last_moment)
{
	const struct told *told;
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	rig.before_rename = another_takes_its_name;
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_CHANGED,
			"another message has this id now");
	ck_assert_uint_eq(inode_of("deferred/" ID), other);
	ck_assert_uint_eq(inode_of("incoming/" ID), chosen.inode);
	ck_assert(!exists("hold/" ID));
	ck_assert_ptr_null(plan_rig_item(&rig, &rig.job.id, 0).to_folder);
}
END_TEST

/* While we wait, somebody takes what we have put on hold. */
static void
is_taken_from_hold(struct plan_rig *r)
{
	if (r->idles != 8)
		return;
	give_name(plan_rig_place("hold", r->renamings[0].now), "corrupt/X1");
	plan_rig_order(r, "c");
}

START_TEST(taken_from_hold)
{
	const struct told *told;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_agent(&rig, "active/" ID);
	plan_rig_order(&rig, "ws");
	rig.plan.wait_ms = 30000;
	rig.on_idle = is_taken_from_hold;
	told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			"somebody else has taken it from hold");
	ck_assert_int_eq(plan_rig_item(&rig, &rig.job.id, 0).outcome,
			 QF_OUTCOME_BUSY);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_identity");
	TCase *tc = tcase_create("plan_identity");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, another_message_under_the_id, 0,
			    2 * COUNT(verbs));
	tcase_add_loop_test(tc, without_a_birth_its_contents_tell, 0,
			    COUNT(contents) * MODES);
	tcase_add_test(tc, with_a_birth_nothing_is_read);
	tcase_add_loop_test(tc, still_being_written, 0, 3 * COUNT(verbs));
	tcase_add_loop_test(tc, no_message_at_all, 0,
			    COUNT(strange) * COUNT(verbs));
	tcase_add_loop_test(tc, no_queue_id, 0, COUNT(no_ids));
	tcase_add_loop_test(tc, gone, 0, COUNT(verbs));
	tcase_add_loop_test(tc, found_where_it_went, 0, COUNT(queues));
	tcase_add_loop_test(tc, found_under_its_new_name, 0, 2);
	tcase_add_test(tc, found_while_others_rename_it);
	tcase_add_test(tc, it_goes_on_in_the_last_moment);
	tcase_add_test(tc, somebody_else_is_faster);
	tcase_add_test(tc, another_one_in_the_last_moment);
	tcase_add_test(tc, taken_from_hold);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
