/*
 * plan_rig.h - a live queue with its journal, its queue manager and an agent
 * that delivers, for tests of plans.
 */
#ifndef PLAN_RIG_H
#define PLAN_RIG_H

#include <poll.h>
#include <sys/resource.h>

#include "action_rig.h"
#include "letter.h"
#include "queue-format/plan/plan.h"

/* What was told of a message; strings are copies, "" for NULL. */
struct told {
	const struct qf_chosen *chosen;
	enum qf_outcome outcome;
	char id[300];
	char from[40];
	char now[300];
	char to[40];
	bool was_active;
	size_t done;
	bool changed;
	char text[300];
};

struct renaming {
	char old[300];
	char now[300];
};

#define PLAN_RIG_MAX 32

struct plan_rig {
	struct action_rig base;
	uid_t owner;
	struct qf_journal *journal;
	struct qf_daemon *daemon;
	struct qf_arena arena;
	struct qf_job job; /* of the last run */
	struct qf_plan plan;
	struct qf_plan_result result;
	struct qf_error err;

	/* The last of them; all are counted. */
	struct told told[PLAN_RIG_MAX];
	size_t told_count;
	struct renaming renamings[PLAN_RIG_MAX];
	size_t renaming_count;

	/* What happens before a plan, when it waits, renames or tells. */
	void (*on_begin)(struct plan_rig *rig);
	void (*on_idle)(struct plan_rig *rig);
	void (*before_rename)(struct plan_rig *rig);
	void (*after_rename)(struct plan_rig *rig);
	void (*on_renamed)(struct plan_rig *rig);
	void (*on_over)(struct plan_rig *rig);
	int idles;
	int renames;
	const char *rename_to; /* the new name, without its folder */

	pid_t qmgr;
	pid_t agent;
	int to_agent;
	int from_agent;
};

/* For the fixture of each test. */
void plan_rig_begin(struct plan_rig *rig);
void plan_rig_end(struct plan_rig *rig);

/*
 * Open spool and journal, as the owner of the queue from then on.  deferred/
 * and defer/ are hashed to this depth.
 */
void plan_rig_start(struct plan_rig *rig, unsigned depth);
/* The same without the journal, which a child may open then. */
void plan_rig_start_spool(struct plan_rig *rig, unsigned depth);
void plan_rig_open_journal(struct plan_rig *rig);

/* A queue manager; this ends the one before. */
void plan_rig_new_qmgr(struct plan_rig *rig);
void plan_rig_end_qmgr(struct plan_rig *rig);

/*
 * Let another process open this file (r, w), lock it (s, x), close it (c), or
 * mark its only recipient as done (d).
 */
void plan_rig_agent(struct plan_rig *rig, const char *place);
void plan_rig_order(struct plan_rig *rig, const char *whats);
void plan_rig_end_agent(struct plan_rig *rig);

/* The message as a listing would give it. */
struct qf_chosen plan_rig_choose(enum qf_queue queue, const char *id);

/* The same for a message of the trash, by its name there. */
struct qf_chosen plan_rig_choose_trashed(const char *name);

/* Forget what was told, and take what will be; the others do so, too. */
void plan_rig_get_ready(struct plan_rig *rig);

/* Run a job; fails the test when its status is another one. */
void plan_rig_run(struct plan_rig *rig, enum qf_verb verb,
		  const struct qf_chosen *chosen, size_t count,
		  enum qf_status wanted);

/* One message, which was chosen there; what it has come to. */
const struct told *plan_rig_do(struct plan_rig *rig, enum qf_verb verb,
			       enum qf_queue queue, const char *id);
const struct told *plan_rig_do_chosen(struct plan_rig *rig, enum qf_verb verb,
				      const struct qf_chosen *chosen);

/* Recover, and expect so many jobs. */
void plan_rig_recover(struct plan_rig *rig, size_t jobs);

void plan_rig_expect(const struct told *told, enum qf_outcome outcome,
		     const char *says);

/* What the journal has; strings live as long as the rig. */
struct qf_journal_item plan_rig_item(struct plan_rig *rig,
				     const struct qf_job_id *job,
				     uint32_t number);
struct qf_job plan_rig_job(struct plan_rig *rig, const struct qf_job_id *job);
const char *plan_rig_resolve(struct plan_rig *rig, const char *id);

/*
 * An item that was about to be moved, and a job with it whose program has
 * died.  For the trash, from_id and to_id are queue ids.
 */
struct qf_journal_item
plan_rig_prepared(const struct qf_chosen *chosen, const char *id,
		  const char *from, const char *to_folder, const char *to_id);
struct qf_job_id plan_rig_leave(struct plan_rig *rig, const char *action,
				const struct qf_journal_item *item);

/* Its name in the trash; valid until the next. */
const char *plan_rig_trashed(const struct qf_job_id *job, const char *origin,
			     const char *id);

/* All names and inodes in the spool, in one number. */
uint64_t plan_rig_sum(void);

/* The only name in the trash; valid until the next. */
const char *plan_rig_in_trash(void);

/* How many files there are in this folder. */
int plan_rig_count_files(const char *folder);

/* Descriptors that this process may have. */
void plan_rig_limit_files(rlim_t files);

/* "hold/AB1"; valid until eight more. */
const char *plan_rig_place(const char *folder, const char *id);

/* Has this id the inode in it, in the long or in the short form? */
bool plan_rig_is_made_of(const char *id, bool is_long, ino_t inode);

int64_t changed_of(const char *place);
int64_t modified_of(const char *place);
mode_t mode_of(const char *place);
void give_name(const char *old, const char *now);

/*
 * The library is linked statically: a test that defines these functions of
 * the system with these makes it call the hooks above.
 */
int plan_rig_poll(struct plan_rig *rig, struct pollfd *fds, nfds_t count,
		  int timeout);
int plan_rig_rename(struct plan_rig *rig, int from_fd, const char *from,
		    int to_fd, const char *to, unsigned flags);

#endif
