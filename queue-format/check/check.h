/*
 * check.h - what is wrong with a spool, and what can be put right.
 *
 * Two looks, a moment apart: on a live spool files come and go while somebody
 * looks, so that only what both have seen is told.  Nothing is changed by
 * looking.  What is put right is moved, renamed or set aside, each noted in
 * the journal before; nothing that could be mail is removed.
 *
 * Knows the spool and the journal; who asks, and how it is told, is above.
 */
#ifndef QF_CHECK_H
#define QF_CHECK_H

#include "queue-format/arena.h"
#include "queue-format/journal.h"
#include "queue-format/postfix/daemon.h"
#include "queue-format/postfix/spool.h"

/* In the order in which they are told. */
enum qf_check_kind {
	QF_CHECK_MISSING_FOLDER,
	QF_CHECK_FOLDER_OWNER,
	QF_CHECK_FOLDER_MODE,
	QF_CHECK_FILE_SYSTEM,
	QF_CHECK_NO_SPACE,
	QF_CHECK_LOW_DISK,
	QF_CHECK_LOW_INODES,
	QF_CHECK_NO_QMGR,
	QF_CHECK_TWO_QUEUES,
	QF_CHECK_WRONG_INODE,
	QF_CHECK_LONG_ID,
	QF_CHECK_WRONG_PLACE,
	QF_CHECK_FIX_LEFT,
	QF_CHECK_FIX_INODE,
	QF_CHECK_FILE_OWNER,
	QF_CHECK_FILE_MODE,
	QF_CHECK_NOT_READY,
	QF_CHECK_MANY_NAMES,
	QF_CHECK_UNREADABLE,
	QF_CHECK_EMPTY,
	QF_CHECK_NO_SIZE,
	QF_CHECK_DAMAGED,
	QF_CHECK_FUTURE,
	QF_CHECK_OVERDUE,
	QF_CHECK_MAILDROP,
	QF_CHECK_UNFINISHED,
	QF_CHECK_STALE,
	QF_CHECK_MARKED_CORRUPT,
	QF_CHECK_CORRUPT,
	QF_CHECK_SAVED,
	QF_CHECK_LOG_RENAMED,
	QF_CHECK_LOG_ORPHAN,
	QF_CHECK_NOT_PLAIN,
	QF_CHECK_FOREIGN_FILE,
	QF_CHECK_FOREIGN_FOLDER,
	QF_CHECK_DEEP_FOLDER,
	QF_CHECK_TRASH_OVERDUE,
	QF_CHECK_TRASH_STRANGE,
	QF_CHECK_ASIDE_OLD,
	QF_CHECK_JOURNAL,
	QF_CHECK_DEAD_JOB,
	QF_CHECK_KINDS
};

enum qf_check_severity {
	QF_CHECK_ERROR,	  /* mail is stuck, or will be */
	QF_CHECK_WARNING, /* something is not as it should be */
	QF_CHECK_NOTICE,  /* worth knowing; the spool is healthy */
};

/* What is known of a kind.  docs/ARCHITECTURE.md: how to add one. */
struct qf_check_words {
	const char *name; /* "wrong-place"; for programs, it stays */
	enum qf_check_severity severity;
	const char *title;  /* one of them: "message in the wrong place" */
	const char *titles; /* several */
	const char *means;
	const char *remedy; /* what a person does about it */
	bool repairs;	    /* qf_check_mend() can put it right */
};

const struct qf_check_words *qf_check_words(enum qf_check_kind kind);

/* "error", "warning", "notice" */
const char *qf_check_severity_name(enum qf_check_severity severity);

/* Strings live in the report; they are as they are in the spool. */
struct qf_check_finding {
	enum qf_check_kind kind;
	const char *path;  /* below the queue directory; "": all of it */
	uint64_t inode;	   /* 0: it is about no file */
	const char *right; /* the path that it should have, or "" */
	const char *text;  /* more for people, or "" */
};

/* Plain value; all zero is an empty report. */
struct qf_check_report {
	struct qf_check_finding *items; /* by kind, then by path */
	size_t count;
	size_t room;
	uint64_t files;	       /* that were looked at */
	uint64_t unknown;      /* that could not be looked at */
	struct qf_error first; /* why, of the first of them */
	struct qf_arena arena;
};

void qf_check_report_free(struct qf_check_report *report);

/*
 * Add what somebody else has found.  False: out of memory.  Strings are
 * copied.
 */
bool qf_check_add(struct qf_check_report *report,
		  const struct qf_check_finding *finding);
void qf_check_sort(struct qf_check_report *report);

struct qf_check {
	const struct qf_spool *spool;	/* all borrowed */
	const struct qf_daemon *daemon; /* NULL: nothing is known of Postfix */
	struct qf_journal *journal;	/* NULL: there is none */
	uid_t owner;			/* of the files */
	int64_t now;
	int64_t pause_ms; /* between the looks */
	/* So long, and as many, may be in the trash; 0: as one likes. */
	int64_t trash_days;
	uint64_t trash_messages;
};

/* A failure is one of the whole: single files are counted in the report. */
enum qf_status qf_check_look(const struct qf_check *check,
			     struct qf_check_report *report,
			     struct qf_error *err);

/* What has become of the repair of one finding. */
struct qf_check_note {
	const struct qf_check_finding *finding;
	enum qf_outcome outcome;
	const char *to;	  /* the path where it is now, or "" */
	const char *text; /* more for people, or "" */
	/* It is on hold, to be released: only so it is safe to bring back. */
	bool release;
	/* It has to be held and released: that gives it its name. */
	bool hold;
};

struct qf_check_mend {
	const struct qf_check *check; /* with a journal that can be written */
	const struct qf_job_id *job;  /* begun by the caller, who ends it */
	void (*over)(void *context, const struct qf_check_note *note);
	void *context;
};

/*
 * Put right what can be.  While a queue manager runs, or nobody can tell, no
 * name in incoming, active or deferred is given here: what is out of its
 * sight goes to hold, and the notes say what is to be held and released.
 */
enum qf_status qf_check_mend(const struct qf_check_mend *mend,
			     const struct qf_check_report *report,
			     struct qf_error *err);

/* Where the items of such a job are: the folders of the journal are paths. */
#define QF_CHECK_ACTION "repair"

/* Take back the moves of such a job, newest first, as a job of its own. */
enum qf_status qf_check_undo(const struct qf_check_mend *mend,
			     const struct qf_job_id *job, struct qf_error *err);

/*
 * Jobs of repairs whose program has died: what was noted is where it is, and
 * the journal is told.  *jobs is how many there were.
 */
enum qf_status qf_check_recover(const struct qf_spool *spool,
				struct qf_journal *journal, size_t *jobs,
				struct qf_error *err);

#endif
