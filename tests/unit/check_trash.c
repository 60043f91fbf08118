/*
 * check_trash.c - the name of a message in the trash says all that is needed
 * to restore it, and no other name is taken for one.
 */
#include "queue-format/plan/trash.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action_rig.h"
#include "unit.h"

#define ID  "AB1C2D3"
#define JOB "000643a1b2c3d4e5f60718293a4b5c6d"

static struct action_rig rig;

static void
begin(void)
{
	action_rig_begin(&rig);
}

static void
end(void)
{
	action_rig_end(&rig);
}

static struct qf_job_id
job_of(const char *text)
{
	struct qf_job_id job;

	ck_assert(qf_job_id_read(text, &job));
	return job;
}

static const char *const origins[] = { "maildrop", "incoming", "active",
				       "deferred", "hold",     "returned" };
static const char *const ids[] = { ID, "0", "3yHK2n0lQYzBwY", "a_b_c_", "_" };

START_TEST(a_name_comes_back)
{
	const char *origin = origins[_i % COUNT(origins)];
	const char *id = ids[_i / COUNT(origins)];
	struct qf_job_id job = job_of(JOB);
	char name[QF_TRASH_NAME_MAX + 1];
	char wanted[300];
	struct qf_trashed trashed;

	snprintf(wanted, sizeof(wanted), "%s.%s.%s", origin, id, JOB);
	ck_assert(qf_trash_name(origin, id, &job, name));
	ck_assert_str_eq(name, wanted);
	ck_assert(qf_trash_read(name, &trashed));
	ck_assert_str_eq(trashed.origin, origin);
	ck_assert_str_eq(trashed.id, id);
	ck_assert_mem_eq(trashed.job.bytes, job.bytes, sizeof(job.bytes));
}
END_TEST

static const char *const strange[] = {
	"",
	".",
	"..",
	"hold",
	"hold." ID,
	"hold." ID ".",
	"." ID "." JOB,
	"hold.." JOB,
	"hold." JOB,
	"hold." ID "." JOB ".",
	"hold." ID "." JOB "0",
	"hold." ID ".x00643a1b2c3d4e5f60718293a4b5c6d",
	"hold." ID ".00643a1b2c3d4e5f60718293a4b5c6d",
	"hold.A.B." JOB,
	"hold.A B." JOB,
	"hold.A-B." JOB,
	"hold.A/B." JOB,
	"hold.\x1b[m." JOB,
	"hold.\xc3\xa4." JOB,
	"Hold." ID "." JOB,
	"holds." ID "." JOB,
	"hol." ID "." JOB,
	"corrupt." ID "." JOB,
	"defer." ID "." JOB,
	"mailq-tools-trash." ID "." JOB,
	" hold." ID "." JOB,
};

START_TEST(a_name_of_somebody_else)
{
	struct qf_trashed trashed;

	ck_assert_msg(!qf_trash_read(strange[_i], &trashed), "%s", strange[_i]);
}
END_TEST

/* No file system has longer ones. */
START_TEST(the_longest_name)
{
	size_t most = QF_TRASH_NAME_MAX - strlen("deferred.") - 1 - strlen(JOB);
	struct qf_job_id job = job_of(JOB);
	char name[QF_TRASH_NAME_MAX + 1];
	char id[QF_QUEUE_ID_MAX + 1] = { 0 };
	struct qf_trashed trashed;

	memset(id, 'A', most);
	ck_assert(qf_trash_name("deferred", id, &job, name));
	ck_assert_uint_eq(strlen(name), QF_TRASH_NAME_MAX);
	ck_assert(qf_trash_read(name, &trashed));
	ck_assert_str_eq(trashed.id, id);
	id[most] = 'A';
	ck_assert(!qf_trash_name("deferred", id, &job, name));
	ck_assert(qf_trash_name("hold", id, &job, name));
	memset(id, 'A', QF_QUEUE_ID_MAX);
	ck_assert(!qf_trash_name("hold", id, &job, name));
}
END_TEST

START_TEST(an_id_that_is_too_long)
{
	char name[400];
	struct qf_trashed trashed;

	for (int len = QF_QUEUE_ID_MAX; len < QF_QUEUE_ID_MAX + 3; len++) {
		snprintf(name, sizeof(name), "hold.%0*d.%s", len, 0, JOB);
		ck_assert_int_eq(qf_trash_read(name, &trashed),
				 len == QF_QUEUE_ID_MAX);
	}
}
END_TEST

/* That of its job, as the first half of a job's id is. */
START_TEST(when_it_was_deleted)
{
	struct qf_trashed trashed;

	ck_assert(qf_trash_read("hold." ID "." JOB, &trashed));
	ck_assert_int_eq(qf_trash_time(&trashed), INT64_C(0x643a1b2c3d4e5));
	ck_assert(qf_trash_read("hold." ID ".ffffffffffffffff0000000000000000",
				&trashed));
	ck_assert_int_eq(qf_trash_time(&trashed), INT64_MAX);
}
END_TEST

/* What was listed. */
struct seen {
	int messages;
	int others;
	int stop_after; /* 0: never */
	char id[QF_QUEUE_ID_MAX + 1];
};

static enum qf_status
take(void *context, const char *name, const struct qf_trashed *trashed)
{
	struct seen *seen = context;

	ck_assert_str_ne(name, ".");
	ck_assert_str_ne(name, "..");
	if (trashed == NULL) {
		seen->others++;
	} else {
		seen->messages++;
		snprintf(seen->id, sizeof(seen->id), "%s", trashed->id);
		ck_assert(strstr(name, trashed->id) != NULL);
	}
	return seen->messages + seen->others == seen->stop_after ? QF_STOPPED
								 : QF_OK;
}

static void
fill(void)
{
	scratch_directory(QF_TRASH);
	scratch_text(QF_TRASH "/hold." ID "." JOB, "x", 0700);
	scratch_text(QF_TRASH "/active.0." JOB, "x", 0700);
	scratch_text(QF_TRASH "/README", "x", 0700);
	scratch_text(QF_TRASH "/.hidden", "x", 0700);
}

START_TEST(lists_what_is_there)
{
	struct seen seen = { 0 };

	fill();
	action_rig_start(&rig, 0);
	action_rig_expect(&rig, qf_trash_list(rig.spool, take, &seen, &rig.err),
			  QF_OK, "");
	ck_assert_int_eq(seen.messages, 2);
	ck_assert_int_eq(seen.others, 2);
}
END_TEST

START_TEST(a_list_can_be_stopped)
{
	struct seen seen = { .stop_after = _i + 1 };

	fill();
	action_rig_start(&rig, 0);
	ck_assert_int_eq(qf_trash_list(rig.spool, take, &seen, NULL),
			 QF_STOPPED);
	ck_assert_int_eq(seen.messages + seen.others, _i + 1);
}
END_TEST

START_TEST(there_is_no_trash_yet)
{
	struct seen seen = { 0 };

	action_rig_start(&rig, 0);
	action_rig_expect(&rig, qf_trash_list(rig.spool, take, &seen, &rig.err),
			  QF_OK, "");
	ck_assert_int_eq(seen.messages + seen.others, 0);
}
END_TEST

/* A trash that cannot be read is not an empty one. */
START_TEST(a_trash_that_is_none)
{
	struct seen seen = { 0 };
	enum qf_status status;

	if (_i == 0)
		scratch_text(QF_TRASH, "x", 0600);
	else
		ck_assert_int_eq(symlink("hold", scratch_path(QF_TRASH)), 0);
	action_rig_start(&rig, 0);
	status = qf_trash_list(rig.spool, take, &seen, &rig.err);
	ck_assert_int_ne(status, QF_OK);
	unit_says(rig.err.text, QF_TRASH);
	ck_assert_int_eq(seen.messages + seen.others, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trash");
	TCase *tc = tcase_create("trash");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_name_comes_back, 0,
			    COUNT(origins) * COUNT(ids));
	tcase_add_loop_test(tc, a_name_of_somebody_else, 0, COUNT(strange));
	tcase_add_test(tc, the_longest_name);
	tcase_add_test(tc, an_id_that_is_too_long);
	tcase_add_test(tc, when_it_was_deleted);
	tcase_add_test(tc, lists_what_is_there);
	tcase_add_loop_test(tc, a_list_can_be_stopped, 0, 4);
	tcase_add_test(tc, there_is_no_trash_yet);
	tcase_add_loop_test(tc, a_trash_that_is_none, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
