/*
 * check_plan_recover.c - each state that a dead program may leave behind is
 * brought to the end that docs/SAFETY.md has for it; once more changes
 * nothing.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "plan_rig.h"
#include "unit.h"

/* The ids: old, new, and one that is new once more. */
#define O     "AB1C2D3"
#define N     "EF4A5B6"
#define M     "CD7E8F9"
/* In the trash; the name has the job's id in it. */
#define TRASH QF_TRASH "/"

static struct plan_rig rig;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

/* The inode at which nobody can look. */
static ino_t unreadable;

int
statx(int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	int result = (int)syscall(SYS_statx, fd, path, flags, mask, st);

	if (result == 0 && unreadable != 0 && st->stx_ino == unreadable) {
		errno = EIO;
		return -1;
	}
	return result;
}

static void
begin(void)
{
	unreadable = 0;
	plan_rig_begin(&rig);
	rig.base.config.maximal_queue_lifetime = 5000;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

#define NOT_DONE  "not done: the program had been stopped"
#define MEANWHILE "delivered or returned meanwhile"
#define NOWHERE	  "delivered, returned or removed meanwhile"

/* A state, by the rows of the table in docs/SAFETY.md; and its end. */
static const struct state {
	int row;
	enum qf_verb verb;
	const char *from;
	const char *to_folder; /* as it was prepared */
	const char *to_id;
	const char *at;	 /* where it is, NULL: nowhere */
	const char *log; /* where its delay log is, or NULL */
	const char *recipients;
	enum qf_outcome outcome;
	const char *text;
	const char *end;
	const char *log_end;
} states[] = {
	{ 2, QF_HOLD, "deferred", "hold", O, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 3, QF_HOLD, "deferred", "hold", O, "hold/" O, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "hold/" O, "defer/" O },
	{ 5, QF_HOLD, "active", "hold", N, "active/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "active/" O, "defer/" O },
	/* It has gone on since. */
	{ 5, QF_HOLD, "active", "hold", N, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 5, QF_HOLD, "active", "hold", N, NULL, NULL, "R", QF_OUTCOME_GONE,
	  NOWHERE, NULL, NULL },
	{ 6, QF_HOLD, "active", "hold", N, "hold/" N, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "hold/" N, "defer/" O },
	{ 6, QF_HOLD, "incoming", "hold", N, "hold/" N, NULL, "R",
	  QF_OUTCOME_DONE, "", "hold/" N, NULL },
	{ 6, QF_HOLD, "active", "hold", N, "hold/" N, "defer/" O, "D",
	  QF_OUTCOME_GONE, MEANWHILE, "deferred/" N, "defer/" N },
	/* Somebody has released it since, with Postfix's own tool. */
	{ 6, QF_HOLD, "active", "hold", N, "deferred/" N, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "deferred/" N, "defer/" O },
	{ 8, QF_HOLD, "active", "deferred", N, "hold/" N, "defer/" O, "D",
	  QF_OUTCOME_GONE, MEANWHILE, "deferred/" N, "defer/" N },
	{ 9, QF_HOLD, "active", "deferred", N, "hold/" N, "defer/" N, "D",
	  QF_OUTCOME_GONE, MEANWHILE, "deferred/" N, "defer/" N },
	{ 10, QF_HOLD, "active", "deferred", N, "deferred/" N, "defer/" N, "D",
	  QF_OUTCOME_GONE, "", "deferred/" N, "defer/" N },
	{ 10, QF_HOLD, "active", "deferred", N, NULL, NULL, "D",
	  QF_OUTCOME_GONE, "", NULL, NULL },
	/* The name was taken there, and another one was noted. */
	{ 10, QF_HOLD, "active", "deferred", M, "hold/" N, "defer/" O, "D",
	  QF_OUTCOME_GONE, MEANWHILE, "deferred/" N, "defer/" N },
	{ 11, QF_HOLD, "active", QF_TRASH, N, "hold/" N, NULL, "R",
	  QF_OUTCOME_RETURNED, "returned to its sender meanwhile", TRASH,
	  NULL },
	{ 11, QF_HOLD, "active", QF_TRASH, N, TRASH, NULL, "R",
	  QF_OUTCOME_RETURNED, "returned to its sender meanwhile", TRASH,
	  NULL },

	{ 14, QF_RELEASE, "hold", "deferred", O, "hold/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "hold/" O, "defer/" O },
	{ 14, QF_RELEASE, "hold", "deferred", N, "hold/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "hold/" O, "defer/" O },
	{ 15, QF_RELEASE, "hold", "deferred", N, "hold/" O, "defer/" N, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "hold/" O, "defer/" O },
	{ 16, QF_RELEASE, "hold", "deferred", N, "deferred/" N, "defer/" N, "R",
	  QF_OUTCOME_DONE, "", "deferred/" N, "defer/" N },
	{ 16, QF_RELEASE, "hold", "deferred", N, "active/" N, NULL, "R",
	  QF_OUTCOME_DONE, "", "active/" N, NULL },
	{ 16, QF_RELEASE, "hold", "deferred", N, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
	{ 16, QF_RELEASE, "hold", "deferred", O, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "deferred/" O, "defer/" O },

	{ 17, QF_REQUEUE, "deferred", "maildrop", O, "deferred/" O, "defer/" O,
	  "R", QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 18, QF_REQUEUE, "deferred", "maildrop", O, "maildrop/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", "maildrop/" O, NULL },
	{ 18, QF_REQUEUE, "deferred", "maildrop", O, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
	{ 19, QF_REQUEUE, "active", "hold", N, "active/" O, NULL, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "active/" O, NULL },
	{ 19, QF_REQUEUE, "active", "hold", N, "hold/" N, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "maildrop/" N, "defer/" O },
	{ 20, QF_REQUEUE, "active", "maildrop", N, "hold/" N, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "maildrop/" N, "defer/" O },
	{ 21, QF_REQUEUE, "active", "maildrop", N, "maildrop/" N, NULL, "R",
	  QF_OUTCOME_DONE, "", "maildrop/" N, NULL },
	{ 21, QF_REQUEUE, "active", "maildrop", N, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },

	{ 22, QF_EXPIRE, "deferred", NULL, NULL, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 22, QF_EXPIRE, "deferred", NULL, NULL, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
};

static void
expect_end(const struct state *state, const char *end,
	   const struct qf_journal_item *item)
{
	const struct told *told = &rig.told[0];
	const char *name = strrchr(end, '/') + 1;
	const char *id = state->to_folder != NULL &&
					 strcmp(state->to_folder, QF_TRASH) == 0
				 ? state->to_id
				 : name;
	bool moved =
		strcmp(told->text, NOT_DONE) != 0 && state->verb != QF_EXPIRE;

	ck_assert_str_eq(told->now, id);
	ck_assert_uint_eq(strlen(told->to), (size_t)(name - end) - 1);
	ck_assert_int_eq(strncmp(told->to, end, strlen(told->to)), 0);
	ck_assert_str_eq(plan_rig_resolve(&rig, O), name);
	ck_assert_int_eq(item->to_folder != NULL, moved);
	if (moved) {
		ck_assert_str_eq(item->to_folder, told->to);
		ck_assert_str_eq(item->to_id, name);
		ck_assert_int_eq(item->changed, changed_of(end));
	}
}

START_TEST(a_state_has_an_end)
{
	const struct state *state = &states[_i];
	struct qf_journal_item item;
	struct qf_chosen chosen;
	struct qf_job_id id;
	struct qf_job job;
	bool is_returned = state->outcome == QF_OUTCOME_RETURNED;
	const char *end;
	uint64_t sum;
	ino_t log = 0;

	/* Somewhere else, so that its identity is known. */
	letter_post("corrupt/X1",
		    &(struct letter){ .recipients = state->recipients,
				      .created = is_returned ? time(NULL) - 6000
							     : 0 });
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, "X1");
	if (state->at != NULL && strcmp(state->at, TRASH) != 0)
		give_name("corrupt/X1", state->at);
	else if (state->at == NULL)
		ck_assert_int_eq(unlink(scratch_path("corrupt/X1")), 0);
	if (state->log != NULL) {
		scratch_text(state->log, "x", 0600);
		log = inode_of(state->log);
	}
	plan_rig_start(&rig, 0);
	item = plan_rig_prepared(&chosen, O, state->from, state->to_folder,
				 state->to_id);
	/* As it is noted when it moves on from hold. */
	if (state->at != NULL && strcmp(state->at, "hold/" N) == 0)
		item.text = N;
	item.defer = is_returned ? 7 : 0;
	id = plan_rig_leave(&rig, qf_verb_name(state->verb), &item);
	end = state->end;
	if (end != NULL && strcmp(end, TRASH) == 0)
		end = plan_rig_place(QF_TRASH, plan_rig_trashed(&id, N));
	if (state->at != NULL && strcmp(state->at, TRASH) == 0)
		give_name("corrupt/X1", end);

	plan_rig_recover(&rig, 1);
	ck_assert_uint_eq(rig.told_count, 1);
	plan_rig_expect(&rig.told[0], state->outcome,
			*state->text == '\0' ? rig.told[0].text : state->text);
	ck_assert_ptr_null(rig.told[0].chosen);
	ck_assert_str_eq(rig.told[0].id, O);
	ck_assert_str_eq(rig.told[0].from, state->from);
	if (end != NULL)
		ck_assert_uint_eq(inode_of(end), chosen.inode);
	if (state->log_end != NULL)
		ck_assert_uint_eq(inode_of(state->log_end), log);
	job = plan_rig_job(&rig, &id);
	ck_assert_int_eq(job.state, QF_JOB_RECOVERED);
	ck_assert_uint_eq(job.counts[state->outcome], 1);
	item = plan_rig_item(&rig, &id, 0);
	if (end != NULL)
		expect_end(state, end, &item);

	sum = plan_rig_sum();
	plan_rig_recover(&rig, 0);
	ck_assert_uint_eq(rig.told_count, 0);
	ck_assert_uint_eq(plan_rig_sum(), sum);
}
END_TEST

/* An expiry is done when its mark is there, wherever the message is. */
START_TEST(a_mark_that_was_set)
{
	static const char *const places[] = { "deferred/" O, "active/" O,
					      "hold/" O };
	struct qf_journal_item item;
	struct qf_chosen chosen;

	letter_post("corrupt/X1", &(struct letter){ .mode = 0710 });
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, "X1");
	give_name("corrupt/X1", places[_i]);
	plan_rig_start(&rig, 0);
	item = plan_rig_prepared(&chosen, O, "deferred", NULL, NULL);
	plan_rig_leave(&rig, "expire", &item);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(mode_of(places[_i]), 0710);
}
END_TEST

/* Another message is there now, which nobody meant. */
START_TEST(another_message_is_left_alone)
{
	static const char *const places[] = { "active/" O, "hold/" N };
	struct qf_journal_item item;
	struct qf_chosen chosen;
	uint64_t sum;

	letter_post("corrupt/X1", NULL);
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, "X1");
	letter_post(places[_i], NULL);
	ck_assert_int_eq(unlink(scratch_path("corrupt/X1")), 0);
	plan_rig_start(&rig, 0);
	item = plan_rig_prepared(&chosen, O, "active", "hold", N);
	plan_rig_leave(&rig, "hold", &item);
	sum = plan_rig_sum();
	plan_rig_recover(&rig, 1);
	ck_assert(rig.told[0].outcome == QF_OUTCOME_CHANGED ||
		  rig.told[0].outcome == QF_OUTCOME_GONE);
	ck_assert_uint_eq(plan_rig_sum(), sum);
}
END_TEST

/* As with the next program. */
static void
open_journal_anew(void)
{
	qf_journal_close(rig.journal);
	rig.journal = sample_journal();
	rig.plan.journal = rig.journal;
}

/* Whether it was moved is found out when that is possible again. */
START_TEST(what_cannot_be_looked_at_is_not_decided)
{
	static const char *const places[] = { "deferred/" O, "hold/" O };
	struct qf_journal_item item;
	struct qf_chosen chosen;
	struct qf_job_id id;
	size_t jobs = 77;

	letter_post("corrupt/X1", NULL);
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, "X1");
	give_name("corrupt/X1", places[_i]);
	plan_rig_start(&rig, 0);
	item = plan_rig_prepared(&chosen, O, "deferred", "hold", O);
	id = plan_rig_leave(&rig, "hold", &item);
	unreadable = inode_of(places[_i]);
	ck_assert_int_eq(qf_plan_recover(&rig.plan, &jobs, &rig.err),
			 QF_SYSTEM);
	unit_says(rig.err.text, O ": a program has died, and nobody can tell");
	ck_assert_uint_eq(jobs, 0);
	ck_assert_int_eq(plan_rig_item(&rig, &id, 0).outcome,
			 QF_OUTCOME_PREPARED);
	unreadable = 0;
	open_journal_anew();
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0],
			_i == 0 ? QF_OUTCOME_FAILED : QF_OUTCOME_DONE,
			_i == 0 ? NOT_DONE : "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_recover");
	TCase *tc = tcase_create("plan_recover");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_state_has_an_end, 0, COUNT(states));
	tcase_add_loop_test(tc, a_mark_that_was_set, 0, 3);
	tcase_add_loop_test(tc, another_message_is_left_alone, 0, 2);
	tcase_add_loop_test(tc, what_cannot_be_looked_at_is_not_decided, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
