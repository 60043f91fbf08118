/*
 * journal.h - what was done to messages, by whom, and where they went.
 *
 * Written before anything is done and again afterwards, each time on the
 * disk before the call returns: what is reported as done survives a power
 * cut, and what was begun is found by the next start.  Knows nothing of a
 * spool: it keeps what it is given.
 *
 * One environment of LMDB in a directory of its own, below the state
 * directory.  Several programs may have it open at once; one at a time
 * writes.  A program opens it once, and a child that it forks does not use
 * it: both are refused with QF_INVALID.
 *
 * Every function may return QF_SYSTEM, QF_CORRUPT (the text names what is
 * damaged), and, when it writes, QF_BUSY: another process, which the text
 * names, has begun to write and does not go on.  What failed has changed
 * nothing; only where the disk itself broke (EIO) while the last page was
 * written, nobody can know: then it may be asked for.
 *
 * LMDB trusts its file.  When the last writer died, the machine was started
 * since, or somebody else changed the file, opening looks at all of it first,
 * in a process that may crash.  Not noticed before it is used: damage below
 * the file system, in a file that was closed in order since the machine was
 * started, and what another process does to the file while it is open here;
 * each value still has a checksum, but a damaged page between them may end
 * the program.
 */
#ifndef QF_JOURNAL_H
#define QF_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "error.h"

/* Opaque.  One for each directory and process; for one thread at a time. */
struct qf_journal;

/* Time-ordered: eight bytes of microseconds since 1970, eight of chance. */
struct qf_job_id {
	unsigned char bytes[16];
};

#define QF_JOB_ID_TEXT 33 /* hex digits, and a NUL */

enum qf_job_state {
	QF_JOB_RUNNING,	    /* or its program has died: see is_alive */
	QF_JOB_DONE,	    /* it came to its end */
	QF_JOB_INTERRUPTED, /* the user stopped it between two messages */
	QF_JOB_RECOVERED,   /* it had died, and was brought to an end */
};

/* What a message's part in a job has come to. */
enum qf_outcome {
	QF_OUTCOME_PREPARED, /* begun: it may be at either place */
	QF_OUTCOME_DONE,
	QF_OUTCOME_ALREADY,  /* it was so before */
	QF_OUTCOME_GONE,     /* delivered or removed meanwhile */
	QF_OUTCOME_RETURNED, /* to its sender, meanwhile */
	QF_OUTCOME_CHANGED,  /* the id is another message's now */
	QF_OUTCOME_BUSY,     /* still being delivered: left as it was */
	QF_OUTCOME_WRITING,  /* not complete yet: left as it was */
	QF_OUTCOME_REFUSED,  /* see the text */
	QF_OUTCOME_FAILED,   /* see the text */
	QF_OUTCOME_COUNT
};

/*
 * Who did what, and why.  Strings are never NULL; "" is unknown.  What is
 * longer than 4096 bytes is kept in part, with "..." at its end.
 */
struct qf_job {
	struct qf_job_id id;
	enum qf_job_state state;
	int64_t begun; /* seconds since 1970 */
	int64_t ended; /* 0: not yet */
	uid_t uid;     /* of the caller, before the program became mail_owner */
	const char *user;
	const char *sudo_user;
	const char *tty;
	const char *host;
	const char *command;   /* the command line, words quoted */
	const char *action;    /* "hold" */
	const char *selection; /* the expression, or "ids" */
	const char *reason;
	uint64_t counts[QF_OUTCOME_COUNT]; /* messages by outcome */
};

/*
 * A message's part in a job.  Strings may be NULL.  Names of folders and ids
 * have up to 255 bytes (QF_INVALID); other texts are cut like those of a job.
 *
 * Whatever its outcome is, a committed item with a to_folder says that the
 * message went there, under to_id.  Who has not moved it commits both as
 * NULL.
 */
struct qf_journal_item {
	uint32_t number; /* in its job, from 0 */
	enum qf_outcome outcome;
	/* Who the message is. */
	uint64_t inode;
	int64_t birth; /* ns, 0: not known */
	int64_t arrival;
	const char *sender;
	/* Where it was, and where it is to go, or has gone. */
	const char *from_folder;
	const char *from_id;
	const char *to_folder;
	const char *to_id;
	int64_t modified; /* its times and mode before */
	uint32_t mode;
	/* Facts that were true when it was taken out. */
	int64_t changed; /* ctime after the move, ns */
	uint64_t defer;	 /* inodes of its logs, 0: none */
	uint64_t bounce;
	uint64_t trace;
	int64_t qmgr_pid; /* 0: none ran; -1: not known */
	uint64_t qmgr_start;
	/* For people; while PREPARED, the name in hold that it has until then. */
	const char *text;
};

/*
 * Open the journal in `directory', which this process owns, and make it
 * where there is none (not with `read_only').
 *
 * QF_ABSENT   there is none, and it was not to be made; or nothing to make it
 *             in
 * QF_UNSAFE   the directory or a file in it is another's, or open to others,
 *             or on a network file system
 * QF_CORRUPT  it is damaged; nothing was changed
 * QF_INVALID  it was written by a newer version; or this process has it open
 */
enum qf_status qf_journal_open(const char *directory, bool read_only,
			       struct qf_journal **journal,
			       struct qf_error *err);
void qf_journal_close(struct qf_journal *journal); /* NULL is allowed */

/*
 * Begin a job: it has an id from now on, and counts as alive until it is
 * ended or the process is.  job->id, ->begun, ->ended, ->state and ->counts
 * are set.
 */
enum qf_status qf_journal_begin(struct qf_journal *journal, struct qf_job *job,
				struct qf_error *err);

/*
 * Take over a job whose process is dead, to bring it to its end: from now on
 * it counts as alive, and its items can be committed here.
 *
 * QF_BUSY  somebody is at work on it; the text names the process
 * QF_GONE  there is none, or it is over
 */
enum qf_status qf_journal_adopt(struct qf_journal *journal,
				const struct qf_job_id *job,
				struct qf_error *err);

/*
 * Note messages that are about to be changed, all in one step; sets their
 * numbers and outcome PREPARED.  There is disk for committing them when this
 * returns QF_OK, where the file system can reserve it.
 *
 * The job is one that was begun or adopted with this journal, here and below:
 * else QF_INVALID.
 */
enum qf_status qf_journal_prepare(struct qf_journal *journal,
				  const struct qf_job_id *job,
				  struct qf_journal_item *items, size_t count,
				  struct qf_error *err);

/*
 * Note what has become of them, all in one step, with all their facts.  To
 * say the same again does no harm.  QF_GONE: no such number in the job.
 *
 * An item may be prepared anew, for another place or name: commit it with
 * the outcome PREPARED, which finds disk for its next commit, too.  It is not
 * known any more then where it was to go before, so do that only when it did
 * not go there.
 */
enum qf_status qf_journal_commit(struct qf_journal *journal,
				 const struct qf_job_id *job,
				 const struct qf_journal_item *items,
				 size_t count, struct qf_error *err);

/*
 * The job is over; its lock is given back.  QF_INVALID: what has become of
 * some of its messages was not said yet; or the state is no end.
 */
enum qf_status qf_journal_end(struct qf_journal *journal,
			      const struct qf_job_id *job,
			      enum qf_job_state state, struct qf_error *err);

/*
 * The jobs, newest first: each is given to `take', which returns QF_OK to go
 * on; anything else ends it and is returned.  Strings live until it returns.
 * No transaction is open while it runs, so it may call anything here; what
 * changes meanwhile is seen or not.  `is_alive': a process holds its lock,
 * and runs or is stopped; to act on what is not alive, adopt it first.
 */
enum qf_status
qf_journal_jobs(struct qf_journal *journal,
		enum qf_status (*take)(void *context, const struct qf_job *job,
				       bool is_alive),
		void *context, struct qf_error *err);

/* One job; strings live in the arena.  QF_GONE: there is none. */
enum qf_status qf_journal_job(struct qf_journal *journal,
			      const struct qf_job_id *id,
			      struct qf_arena *arena, struct qf_job *job,
			      bool *is_alive, struct qf_error *err);

/* The messages of a job, in their order; as above.  QF_GONE: no such job. */
enum qf_status
qf_journal_items(struct qf_journal *journal, const struct qf_job_id *job,
		 enum qf_status (*take)(void *context,
					const struct qf_journal_item *item),
		 void *context, struct qf_error *err);

/* A name, and those that were told before it. */
struct qf_journal_name {
	const char *name;
	const struct qf_journal_name *before; /* NULL: it was the first */
};

/*
 * A name that a message may have now which was once called `id': the newest
 * that is not in *names yet, which it is put in front of (NULL at first).
 * QF_GONE: there is none, or none is left.  It lives in the arena.
 *
 * Follows every renaming that was committed, with whatever outcome, as long as
 * it is remembered.  Of several messages that had the id, the one that was
 * renamed last; the same message (inode, and birth where both are known) from
 * then on.
 *
 * Who renames commits that some time later, so it counts as soon as it is
 * PREPARED, until it is said that it was not done.  By then the message may
 * have the name before it or the one after it, and where two have announced
 * one, either: all of them are told, one after the other.
 *
 * So look in the queue for `id' first, which may be another message's by now;
 * and then for each of these.  As what is renamed is announced before that, a
 * message that had none of them when QF_GONE is returned was not renamed by
 * us: it has left the queue.
 */
enum qf_status qf_journal_next_name(struct qf_journal *journal, const char *id,
				    struct qf_arena *arena,
				    const struct qf_journal_name **names,
				    struct qf_error *err);

/*
 * Was this name ever given to, or taken from, the inode?  Also when it was
 * only prepared: it may have been done.  Not known is what a later commit of
 * the same item has replaced.
 */
enum qf_status qf_journal_knows(struct qf_journal *journal, uint64_t inode,
				const char *id, bool *knows,
				struct qf_error *err);

/*
 * The last committed item that moved a message of this identity from one
 * folder to another, if that was to this one ("hold"): who holds it, and
 * since when (job->begun); strings live in the arena.  QF_GONE: it was not
 * us, or we have taken it away since.
 */
enum qf_status qf_journal_last(struct qf_journal *journal, uint64_t inode,
			       int64_t birth, const char *to_folder,
			       struct qf_arena *arena, struct qf_job *job,
			       struct qf_journal_item *item,
			       struct qf_error *err);

/*
 * All committed items that moved a message of this identity from one folder
 * to another, newest first, as qf_journal_jobs() gives jobs: how it came to be
 * where it is.
 */
enum qf_status
qf_journal_moves(struct qf_journal *journal, uint64_t inode, int64_t birth,
		 enum qf_status (*take)(void *context,
					const struct qf_job_id *job,
					const struct qf_journal_item *item),
		 void *context, struct qf_error *err);

/*
 * The same of a message that has this name in this folder, in one moment.
 *
 * QF_BUSY  it is there because of a job that has not said yet what became of
 *          it, and nobody knows how it came there; nothing was told
 */
enum qf_status
qf_journal_way_to(struct qf_journal *journal, uint64_t inode, int64_t birth,
		  const char *folder, const char *name,
		  enum qf_status (*take)(void *context,
					 const struct qf_job_id *job,
					 const struct qf_journal_item *item),
		  void *context, struct qf_error *err);

/*
 * Forget jobs that ended before this time, oldest first, and then as many as
 * it takes to have no more than `items' messages in it (0: any number).
 * Jobs that are not over stay.  What is forgotten is so bit by bit, the last
 * messages of a job first; the file does not get smaller.
 *
 * No clock is believed alone: of the time between two jobs, and since the
 * last one, no more than a week counts, and jobs stay for a week longer than
 * asked.  So a jump of the clock forgets nothing too early, and where less
 * than one job a week is done they stay longer yet.  A time that is not in the
 * past means all that are over.
 */
enum qf_status qf_journal_prune(struct qf_journal *journal, int64_t before,
				uint64_t items, struct qf_error *err);

/*
 * The same, but those stay, too, of which `keep' says so.  It is asked inside
 * of a transaction: it must not call anything here.
 */
enum qf_status
qf_journal_prune_but(struct qf_journal *journal, int64_t before, uint64_t items,
		     bool (*keep)(void *context, const struct qf_job *job),
		     void *context, struct qf_error *err);

/* 32 hex digits; and back.  False: that is anything else. */
void qf_job_id_text(const struct qf_job_id *id, char text[QF_JOB_ID_TEXT]);
bool qf_job_id_read(const char *text, struct qf_job_id *id);

#endif
