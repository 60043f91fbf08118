/*
 * plan_rig.c - a live queue with its journal, its queue manager and an agent
 * that delivers, for tests of plans.
 */
#include "plan_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/plan/stage.h"
#include "unit.h"

/* The test itself is the master. */
void
plan_rig_begin(struct plan_rig *rig)
{
	char pid[40];

	*rig = (struct plan_rig){ .to_agent = -1, .from_agent = -1 };
	action_rig_begin(&rig->base);
	scratch_directory(QF_TRASH);
	scratch_directory(QF_STAGE);
	rig->owner = geteuid();
	/* One of its own, so that what runs at the same time is no matter. */
	if (rig->owner == 0)
		rig->owner = 3000000 + (uid_t)getpid();
	snprintf(pid, sizeof(pid), "%10ld\n", (long)getpid());
	scratch_text("pid/master.pid", pid, 0600);
	ck_assert_int_eq(prctl(PR_SET_NAME, "master"), 0);
	rig->plan.wait_ms = 30000;
}

void
plan_rig_end(struct plan_rig *rig)
{
	unit_regain_root();
	plan_rig_end_qmgr(rig);
	plan_rig_end_agent(rig);
	qf_journal_close(rig->journal);
	rig->journal = NULL;
	qf_daemon_close(rig->daemon);
	qf_arena_free(&rig->arena);
	action_rig_end(&rig->base);
}

/* Of a chown() that goes over all. */
static int
give_away(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	struct stat queue;

	(void)kind;
	(void)place;
	if (lstat(scratch_path("deferred"), &queue) < 0)
		return -1;
	/* The master's own file stays root's. */
	if (strcmp(path, scratch_path("pid/master.pid")) == 0)
		return 0;
	if (st->st_uid == queue.st_uid)
		return 0;
	return lchown(path, queue.st_uid, queue.st_gid);
}

void
plan_rig_start_spool(struct plan_rig *rig, unsigned depth)
{
	action_rig_start(&rig->base, depth);
	if (geteuid() == 0) {
		ck_assert_int_eq(
			chown(scratch_path("deferred"), rig->owner, rig->owner),
			0);
		ck_assert_int_eq(nftw(scratch_path(""), give_away, 8, FTW_PHYS),
				 0);
	}
	ck_assert_int_eq(
		qf_daemon_open(rig->base.spool, &rig->daemon, &rig->err),
		QF_OK);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(rig->owner), 0);
	rig->plan.spool = rig->base.spool;
	rig->plan.daemon = rig->daemon;
}

void
plan_rig_open_journal(struct plan_rig *rig)
{
	rig->journal = sample_journal();
	rig->plan.journal = rig->journal;
}

void
plan_rig_start(struct plan_rig *rig, unsigned depth)
{
	plan_rig_start_spool(rig, depth);
	plan_rig_open_journal(rig);
}

const char *
plan_rig_place(const char *folder, const char *id)
{
	static char places[8][400];
	static unsigned next;
	char *place = places[next++ % 8];

	snprintf(place, sizeof(places[0]), "%s/%s", folder, id);
	return place;
}

struct qf_chosen
plan_rig_choose(enum qf_queue queue, const char *id)
{
	const char *place = plan_rig_place(qf_spool_queue(queue), id);
	struct qf_chosen chosen = { .id = id, .queue = queue };
	struct statx st;

	ck_assert_msg(statx(AT_FDCWD, scratch_path(place), AT_SYMLINK_NOFOLLOW,
			    STATX_BASIC_STATS | STATX_BTIME, &st) == 0,
		      "no %s", place);
	chosen.inode = st.stx_ino;
	if ((st.stx_mask & STATX_BTIME) != 0)
		chosen.birth = st.stx_btime.tv_sec * INT64_C(1000000000) +
			       st.stx_btime.tv_nsec;
	return chosen;
}

static void
copy(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text == NULL ? "" : text);
}

struct qf_chosen
plan_rig_choose_trashed(const char *name)
{
	const char *place = plan_rig_place(QF_TRASH, name);
	struct stat st;

	ck_assert_msg(lstat(scratch_path(place), &st) == 0, "no %s", place);
	return (struct qf_chosen){
		.id = name,
		.in_trash = true,
		.inode = st.st_ino,
	};
}

static void
take_renamed(void *context, const char *old, const char *now)
{
	struct plan_rig *rig = context;
	struct renaming *renaming =
		&rig->renamings[rig->renaming_count++ % PLAN_RIG_MAX];

	copy(renaming->old, sizeof(renaming->old), old);
	copy(renaming->now, sizeof(renaming->now), now);
	if (rig->on_renamed != NULL)
		rig->on_renamed(rig);
}

static void
take_over(void *context, const struct qf_plan_note *note)
{
	struct plan_rig *rig = context;
	struct told *told = &rig->told[rig->told_count++ % PLAN_RIG_MAX];

	*told = (struct told){
		.chosen = note->chosen,
		.outcome = note->outcome,
		.was_active = note->was_active,
		.done = note->done,
		.changed = note->changed,
	};
	copy(told->id, sizeof(told->id), note->id);
	copy(told->from, sizeof(told->from), note->from);
	copy(told->now, sizeof(told->now), note->now);
	copy(told->to, sizeof(told->to), note->to);
	copy(told->text, sizeof(told->text), note->text);
	if (rig->on_over != NULL)
		rig->on_over(rig);
}

void
plan_rig_get_ready(struct plan_rig *rig)
{
	rig->told_count = 0;
	rig->renaming_count = 0;
	rig->idles = 0;
	rig->plan.renamed = take_renamed;
	rig->plan.over = take_over;
	rig->plan.context = rig;
}

static void
expect_status(const struct plan_rig *rig, enum qf_status status,
	      enum qf_status wanted)
{
	ck_assert_msg(status == wanted, "status %d and not %d: %s", (int)status,
		      (int)wanted, status == QF_OK ? "" : rig->err.text);
}

void
plan_rig_run(struct plan_rig *rig, enum qf_verb verb,
	     const struct qf_chosen *chosen, size_t count,
	     enum qf_status wanted)
{
	enum qf_status status;
	uint64_t told = 0;

	plan_rig_get_ready(rig);
	rig->job = sample_job(qf_verb_name(verb));
	status = qf_journal_begin(rig->journal, &rig->job, &rig->err);
	expect_status(rig, status, QF_OK);
	rig->plan.verb = verb;
	rig->plan.job = verb == QF_FLUSH ? NULL : &rig->job.id;
	if (rig->on_begin != NULL)
		rig->on_begin(rig);
	status =
		qf_plan_run(&rig->plan, chosen, count, &rig->result, &rig->err);
	expect_status(rig, status, wanted);

	/* What is promised of each run. */
	for (int i = 0; i < QF_OUTCOME_COUNT; i++)
		told += rig->result.counts[i];
	ck_assert_uint_eq(told, rig->told_count);
	ck_assert_uint_eq(told + rig->result.left, count);
	ck_assert_uint_eq(rig->result.counts[QF_OUTCOME_PREPARED], 0);
	if (status != QF_OK && status != QF_STOPPED)
		return;
	status = qf_journal_end(rig->journal, &rig->job.id, QF_JOB_DONE,
				&rig->err);
	expect_status(rig, status, QF_OK);
}

/* In the trash, the id is part of the name. */
static const char *
id_of(const struct qf_chosen *chosen, struct qf_trashed *trashed)
{
	return chosen->in_trash && qf_trash_read(chosen->id, trashed)
		       ? trashed->id
		       : chosen->id;
}

const struct told *
plan_rig_do_chosen(struct plan_rig *rig, enum qf_verb verb,
		   const struct qf_chosen *chosen)
{
	struct qf_trashed trashed;

	plan_rig_run(rig, verb, chosen, 1, QF_OK);
	ck_assert_uint_eq(rig->told_count, 1);
	ck_assert_ptr_eq(rig->told[0].chosen, chosen);
	ck_assert_str_eq(rig->told[0].id, id_of(chosen, &trashed));
	ck_assert_uint_eq(rig->result.counts[rig->told[0].outcome], 1);
	return &rig->told[0];
}

const struct told *
plan_rig_do(struct plan_rig *rig, enum qf_verb verb, enum qf_queue queue,
	    const char *id)
{
	struct qf_chosen chosen = plan_rig_choose(queue, id);

	return plan_rig_do_chosen(rig, verb, &chosen);
}

void
plan_rig_recover(struct plan_rig *rig, size_t jobs)
{
	size_t found = 77;

	plan_rig_get_ready(rig);
	expect_status(rig, qf_plan_recover(&rig->plan, &found, &rig->err),
		      QF_OK);
	ck_assert_uint_eq(found, jobs);
}

void
plan_rig_expect(const struct told *told, enum qf_outcome outcome,
		const char *says)
{
	ck_assert_msg(told->outcome == outcome,
		      "%s: outcome %d and not %d: \"%s\", in %s", told->id,
		      (int)told->outcome, (int)outcome, told->text, told->to);
	if (*says == '\0')
		ck_assert_str_eq(told->text, "");
	unit_says(told->text, says);
}

/* The one item that is asked for. */
struct question {
	struct plan_rig *rig;
	uint32_t number;
	struct qf_journal_item item;
	bool found;
};

static const char *
keep(struct plan_rig *rig, const char *text)
{
	return text == NULL ? NULL
			    : qf_arena_copy(&rig->arena, text, strlen(text));
}

static enum qf_status
take_item(void *context, const struct qf_journal_item *item)
{
	struct question *question = context;
	struct plan_rig *rig = question->rig;

	if (item->number != question->number)
		return QF_OK;
	question->found = true;
	question->item = *item;
	question->item.sender = keep(rig, item->sender);
	question->item.from_folder = keep(rig, item->from_folder);
	question->item.from_id = keep(rig, item->from_id);
	question->item.to_folder = keep(rig, item->to_folder);
	question->item.to_id = keep(rig, item->to_id);
	question->item.text = keep(rig, item->text);
	return QF_OK;
}

struct qf_journal_item
plan_rig_item(struct plan_rig *rig, const struct qf_job_id *job,
	      uint32_t number)
{
	struct question question = { .rig = rig, .number = number };

	expect_status(rig,
		      qf_journal_items(rig->journal, job, take_item, &question,
				       &rig->err),
		      QF_OK);
	ck_assert_msg(question.found, "no item %u in the journal", number);
	return question.item;
}

struct qf_job
plan_rig_job(struct plan_rig *rig, const struct qf_job_id *job)
{
	struct qf_job found;
	bool is_alive;

	expect_status(rig,
		      qf_journal_job(rig->journal, job, &rig->arena, &found,
				     &is_alive, &rig->err),
		      QF_OK);
	return found;
}

const char *
plan_rig_resolve(struct plan_rig *rig, const char *id)
{
	return sample_name(rig->journal, id, &rig->arena);
}

bool
plan_rig_is_made_of(const char *id, bool is_long, ino_t inode)
{
	char hex[40];
	uint64_t found = 0;
	size_t len = strlen(id);

	if (is_long)
		return qf_queue_id_is_long(id) && len > 11 && id[10] == 'z' &&
		       qf_queue_id_inode(id, &found) && found == inode;
	snprintf(hex, sizeof(hex), "%lX", (unsigned long)inode);
	return !qf_queue_id_is_long(id) && len == 5 + strlen(hex) &&
	       strcmp(id + 5, hex) == 0;
}

static struct stat
look_at(const char *place)
{
	struct stat st;

	ck_assert_msg(lstat(scratch_path(place), &st) == 0, "no %s", place);
	return st;
}

int64_t
changed_of(const char *place)
{
	struct stat st = look_at(place);

	return st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
}

int64_t
modified_of(const char *place)
{
	return look_at(place).st_mtim.tv_sec;
}

mode_t
mode_of(const char *place)
{
	return look_at(place).st_mode & 07777;
}

void
give_name(const char *old, const char *now)
{
	ck_assert_msg(rename(scratch_path(old), scratch_path(now)) == 0,
		      "cannot rename %s to %s", old, now);
}

int
plan_rig_poll(struct plan_rig *rig, struct pollfd *fds, nfds_t count,
	      int timeout)
{
	struct timespec wait = { .tv_sec = timeout / 1000,
				 .tv_nsec = timeout % 1000 * 1000000L };

	if (count == 0) {
		rig->idles++;
		if (rig->on_idle != NULL)
			rig->on_idle(rig);
	}
	return ppoll(fds, count, timeout < 0 ? NULL : &wait, NULL);
}

int
plan_rig_rename(struct plan_rig *rig, int from_fd, const char *from, int to_fd,
		const char *to, unsigned flags)
{
	int result;
	int error;

	rig->renames++;
	rig->rename_to = to;
	if (rig->before_rename != NULL)
		rig->before_rename(rig);
	result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	error = errno;
	if (rig->after_rename != NULL)
		rig->after_rename(rig);
	errno = error;
	return result;
}
