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
#include "queue-format/plan/stage.h"
#include "unit.h"

/* The ids: old, new, and one that is new once more. */
#define O     "AB1C2D3"
#define N     "EF4A5B6"
#define M     "CD7E8F9"
/* In the trash; the name has the job's id in it. */
#define TRASH QF_TRASH "/"
/* There since an older job. */
#define JOB   ".000643a1b2c3d4e5f60718293a4b5c6d"
#define D     "deferred." O JOB
#define H     "hold." O JOB

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
	{ 16, QF_RELEASE, "hold", "deferred", O, "active/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", "active/" O, NULL },

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

	{ 25, QF_DELETE, "deferred", QF_TRASH, O, "deferred/" O, "defer/" O,
	  "R", QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 25, QF_DELETE, "active", QF_TRASH, O, "active/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "active/" O, "defer/" O },
	{ 25, QF_DELETE, "active", QF_TRASH, O, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 25, QF_DELETE, "deferred", QF_TRASH, O, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
	{ 26, QF_DELETE, "deferred", QF_TRASH, O, TRASH, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", TRASH, "defer/" O },
	{ 26, QF_DELETE, "active", QF_TRASH, O, TRASH, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", TRASH, "defer/" O },
	{ 26, QF_DELETE, "maildrop", QF_TRASH, O, TRASH, NULL, "R",
	  QF_OUTCOME_DONE, "", TRASH, NULL },

	{ 29, QF_RESTORE, QF_TRASH, "deferred", O, QF_TRASH "/" D, "defer/" O,
	  "R", QF_OUTCOME_FAILED, NOT_DONE, QF_TRASH "/" D, "defer/" O },
	{ 30, QF_RESTORE, QF_TRASH, "deferred", N, QF_TRASH "/" D, "defer/" N,
	  "R", QF_OUTCOME_FAILED, NOT_DONE, QF_TRASH "/" D, "defer/" O },
	{ 31, QF_RESTORE, QF_TRASH, "deferred", N, "deferred/" N, "defer/" N,
	  "R", QF_OUTCOME_DONE, "", "deferred/" N, "defer/" N },
	{ 31, QF_RESTORE, QF_TRASH, "deferred", O, "deferred/" O, "defer/" O,
	  "R", QF_OUTCOME_DONE, "", "deferred/" O, "defer/" O },
	{ 31, QF_RESTORE, QF_TRASH, "deferred", O, "active/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", "active/" O, NULL },
	{ 31, QF_RESTORE, QF_TRASH, "deferred", N, "active/" N, NULL, "R",
	  QF_OUTCOME_DONE, "", "active/" N, NULL },
	{ 31, QF_RESTORE, QF_TRASH, "deferred", N, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
	{ 31, QF_RESTORE, QF_TRASH, "hold", O, "hold/" O, "defer/" O, "R",
	  QF_OUTCOME_DONE, "", "hold/" O, "defer/" O },
	{ 31, QF_RESTORE, QF_TRASH, "maildrop", O, "maildrop/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", "maildrop/" O, NULL },

	{ 39, QF_IMPORT, QF_STAGE, "hold", N, QF_STAGE "/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, QF_STAGE "/" O, "defer/" O },
	{ 40, QF_IMPORT, QF_STAGE, "hold", N, QF_STAGE "/" O, "defer/" N, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, QF_STAGE "/" O, "defer/" O },
	{ 40, QF_IMPORT, QF_STAGE, "deferred", N, QF_STAGE "/" O, "defer/" N,
	  "R", QF_OUTCOME_FAILED, NOT_DONE, QF_STAGE "/" O, "defer/" O },
	{ 41, QF_IMPORT, QF_STAGE, "hold", N, "hold/" N, "defer/" N, "R",
	  QF_OUTCOME_DONE, "", "hold/" N, "defer/" N },
	{ 41, QF_IMPORT, QF_STAGE, "deferred", N, "active/" N, NULL, "R",
	  QF_OUTCOME_DONE, "", "active/" N, NULL },
	{ 42, QF_IMPORT, QF_STAGE, "deferred", N, NULL, NULL, "R",
	  QF_OUTCOME_GONE, "imported, and delivered or removed", NULL, NULL },

	/* Whose log is there: not one was removed. */
	{ 33, QF_PURGE, "deferred", NULL, NULL, "deferred/" O, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "deferred/" O, "defer/" O },
	{ 33, QF_PURGE, QF_TRASH, NULL, NULL, QF_TRASH "/" D, "defer/" O, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, QF_TRASH "/" D, "defer/" O },
	{ 33, QF_PURGE, "deferred", NULL, NULL, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
	/* Postfix has tried it since, and removed the log for that. */
	{ 33, QF_PURGE, "deferred", NULL, NULL, "active/" O, NULL, "R",
	  QF_OUTCOME_FAILED, NOT_DONE, "active/" O, NULL },
	{ 34, QF_PURGE, "deferred", NULL, NULL, "deferred/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", NULL, NULL },
	{ 34, QF_PURGE, "active", NULL, NULL, "active/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", NULL, NULL },
	{ 34, QF_PURGE, "hold", NULL, NULL, "hold/" O, NULL, "R",
	  QF_OUTCOME_DONE, "", NULL, NULL },
	{ 34, QF_PURGE, QF_TRASH, NULL, NULL, QF_TRASH "/" H, NULL, "R",
	  QF_OUTCOME_DONE, "", NULL, NULL },
	/* Nobody else takes it from there. */
	{ 35, QF_PURGE, "hold", NULL, NULL, NULL, NULL, "R", QF_OUTCOME_DONE,
	  "", NULL, NULL },
	{ 35, QF_PURGE, QF_TRASH, NULL, NULL, NULL, NULL, "R", QF_OUTCOME_DONE,
	  "", NULL, NULL },

	{ 36, QF_UNEXPIRE, "deferred", NULL, NULL, NULL, NULL, "R",
	  QF_OUTCOME_GONE, NOWHERE, NULL, NULL },
};

static bool
is_trash(const char *folder)
{
	return folder != NULL && strcmp(folder, QF_TRASH) == 0;
}

/* What it was called when it was noted. */
static const char *
old_name(const struct state *state)
{
	if (!is_trash(state->from))
		return O;
	return state->at != NULL && strcmp(state->at, QF_TRASH "/" H) == 0 ? H
									   : D;
}

/* Somewhere else first, so that its identity is known. */
static struct qf_chosen
post(const struct state *state)
{
	bool is_returned = state->outcome == QF_OUTCOME_RETURNED;
	struct qf_chosen chosen;

	letter_post("corrupt/X1",
		    &(struct letter){ .recipients = state->recipients,
				      .created = is_returned ? time(NULL) - 6000
							     : 0 });
	chosen = plan_rig_choose(QF_QUEUE_CORRUPT, "X1");
	if (state->at == NULL)
		ck_assert_int_eq(unlink(scratch_path("corrupt/X1")), 0);
	else if (strcmp(state->at, TRASH) != 0)
		give_name("corrupt/X1", state->at);
	if (state->log != NULL)
		scratch_text(state->log, "x", 0600);
	return chosen;
}

/* A job that had come so far. */
static struct qf_job_id
leave(const struct state *state, const struct qf_chosen *chosen)
{
	bool has_log = state->outcome == QF_OUTCOME_RETURNED ||
		       state->verb == QF_PURGE;
	struct qf_journal_item item =
		plan_rig_prepared(chosen, old_name(state), state->from,
				  state->to_folder, state->to_id);

	/* As it is noted when it moves on from hold. */
	if (state->at != NULL && strcmp(state->at, "hold/" N) == 0)
		item.text = N;
	item.defer = has_log ? 7 : 0;
	return plan_rig_leave(&rig, qf_verb_name(state->verb), &item);
}

/* Its place in the trash, if that is where it ends. */
static const char *
place_of(const struct state *state, const struct qf_job_id *job)
{
	bool is_deleted = state->verb == QF_DELETE;

	if (state->end == NULL || strcmp(state->end, TRASH) != 0)
		return state->end;
	return plan_rig_place(
		QF_TRASH,
		plan_rig_trashed(job, is_deleted ? state->from : "returned",
				 state->to_id));
}

static void
expect_end(const struct state *state, const char *end,
	   const struct qf_journal_item *item)
{
	const struct told *told = &rig.told[0];
	const char *name = strrchr(end, '/') + 1;
	bool moved =
		strcmp(told->text, NOT_DONE) != 0 && state->verb != QF_EXPIRE;
	bool in_trash = strncmp(end, TRASH, strlen(TRASH)) == 0;

	ck_assert_str_eq(told->now, !in_trash		    ? name
				    : is_trash(state->from) ? O
							    : state->to_id);
	ck_assert_uint_eq(strlen(told->to), (size_t)(name - end) - 1);
	ck_assert_int_eq(strncmp(told->to, end, strlen(told->to)), 0);
	if (!is_trash(state->from))
		ck_assert_str_eq(plan_rig_resolve(&rig, O), name);
	ck_assert_int_eq(item->to_folder != NULL, moved);
	if (moved) {
		ck_assert_str_eq(item->to_folder, told->to);
		ck_assert_str_eq(item->to_id, name);
		ck_assert_int_eq(item->changed, changed_of(end));
	}
}

static void
expect_nowhere(const struct state *state, const struct qf_chosen *chosen)
{
	static const char *const places[] = { "deferred/" O, "active/" O,
					      "hold/" O, QF_TRASH "/" H };

	for (int i = 0; i < COUNT(places); i++)
		ck_assert(!exists(places[i]) ||
			  inode_of(places[i]) != chosen->inode);
	if (state->verb != QF_PURGE)
		return;
	ck_assert_str_eq(rig.told[0].to, "");
	ck_assert_ptr_null(plan_rig_item(&rig, &rig.job.id, 0).to_folder);
}

START_TEST(a_state_has_an_end)
{
	const struct state *state = &states[_i];
	struct qf_chosen chosen = post(state);
	struct qf_journal_item item;
	struct qf_job_id id;
	struct qf_job job;
	const char *end;
	uint64_t sum;
	ino_t log = state->log == NULL ? 0 : inode_of(state->log);

	plan_rig_start(&rig, 0);
	id = rig.job.id = leave(state, &chosen);
	end = place_of(state, &id);
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
	else
		expect_nowhere(state, &chosen);

	sum = plan_rig_sum();
	plan_rig_recover(&rig, 0);
	ck_assert_uint_eq(rig.told_count, 0);
	ck_assert_uint_eq(plan_rig_sum(), sum);
}
END_TEST

/* qmgr writes a return, or is about to send a report: it needs the file. */
START_TEST(not_removed_at_the_end_of_an_attempt)
{
	struct qf_journal_item item;
	struct qf_chosen chosen;

	letter_post("active/" O, &(struct letter){ .mode = 0710 });
	scratch_text("defer/" O, "x", 0600);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, O);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.wait_ms = 100;
	item = plan_rig_prepared(&chosen, O, "active", NULL, NULL);
	item.defer = 7;
	item.bounce = 8;
	rig.job.id = plan_rig_leave(&rig, "purge", &item);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
			"at the end of an attempt: left as it was");
	ck_assert(exists("active/" O));
	ck_assert(exists("defer/" O));
	plan_rig_recover(&rig, 0);
}
END_TEST

/* A log that is gone is not ours to judge where the message has come back. */
START_TEST(restored_since_by_somebody_else)
{
	struct qf_journal_item item;
	struct qf_chosen chosen;
	struct qf_job_id job;
	char name[300];

	letter_post("deferred/" O, NULL);
	scratch_text("defer/" O, LETTER_LOG, 0600);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, O);
	snprintf(name, sizeof(name), "%s", plan_rig_in_trash());
	chosen = plan_rig_choose_trashed(name);
	item = plan_rig_prepared(&chosen, name, QF_TRASH, NULL, NULL);
	item.defer = inode_of("defer/" O);
	job = plan_rig_leave(&rig, "purge", &item);
	ck_assert_int_eq(
		chmod(scratch_path(plan_rig_place(QF_TRASH, name)), 0740), 0);
	plan_rig_do_chosen(&rig, QF_RESTORE, &chosen);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
	ck_assert_str_ne(rig.told[0].now, O);
	snprintf(name, sizeof(name), "%s", rig.told[0].now);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED, NOT_DONE);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", name)),
			  chosen.inode);
	ck_assert_ptr_null(plan_rig_item(&rig, &job, 0).to_folder);
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

/* The same of a mark that is taken away. */
START_TEST(a_mark_that_was_taken_away)
{
	bool is_away = _i == 1;
	struct qf_journal_item item;
	struct qf_chosen chosen;

	letter_post("deferred/" O,
		    &(struct letter){ .mode = is_away ? 0700 : 0710 });
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, O);
	plan_rig_start(&rig, 0);
	item = plan_rig_prepared(&chosen, O, "deferred", NULL, NULL);
	plan_rig_leave(&rig, "unexpire", &item);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0],
			is_away ? QF_OUTCOME_DONE : QF_OUTCOME_FAILED,
			is_away ? "" : NOT_DONE);
	ck_assert_uint_eq(mode_of("deferred/" O), is_away ? 0700 : 0710);
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
	tcase_add_test(tc, not_removed_at_the_end_of_an_attempt);
	tcase_add_test(tc, restored_since_by_somebody_else);
	tcase_add_loop_test(tc, a_mark_that_was_set, 0, 3);
	tcase_add_loop_test(tc, a_mark_that_was_taken_away, 0, 2);
	tcase_add_loop_test(tc, another_message_is_left_alone, 0, 2);
	tcase_add_loop_test(tc, what_cannot_be_looked_at_is_not_decided, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
