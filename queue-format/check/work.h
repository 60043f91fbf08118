/*
 * work.h - one look at a spool; private to check/.
 */
#ifndef QF_CHECK_WORK_H
#define QF_CHECK_WORK_H

#include "check.h"

#include "queue-format/postfix/record.h"
#include "queue-format/postfix/structure.h"
#include "queue-format/string_set.h"

/* Who is still writing has touched its file within this time, in seconds. */
#define QF_CHECK_UNFINISHED_AGE 3600

/* A log that somebody writes to is no orphan yet. */
#define QF_CHECK_LOG_AGE 300

/* Any two clocks, and two scheduled looks of qmgr(8), differ by less. */
#define QF_CHECK_CLOCK_SLACK 3600

struct qf_check_look {
	const struct qf_check *check;
	const struct qf_config *config;
	/* The look before, in order; NULL: this is the first. */
	const struct qf_check_report *before;
	struct qf_check_report *report;
	struct qf_reader *reader;
	struct qf_arena arena; /* emptied after each file */

	/*
	 * The ids of messages that are not where they should be, and those
	 * in the trash: their logs have a message.
	 */
	struct qf_arena ids_arena;
	struct qf_string_set ids;

	/* By inode: messages whose log was an orphan in the look before. */
	uint64_t *wanted;
	size_t wanted_count;
	struct qf_check_match *matches; /* as wanted; path NULL: none */
	uint64_t trashed;		/* messages in the trash */
	int64_t oldest;
	bool failed; /* out of memory */
};

/* A message of the inode that is in the id of an orphan. */
struct qf_check_match {
	const char *path; /* in ids_arena */
	const char *id;
};

/* A file, as the walk has met it. */
struct qf_check_file {
	const char *folder; /* "deferred" */
	const char *path;   /* "deferred/A/4F2A11" */
	const char *below;  /* "A/4F2A11" */
	const char *name;   /* "4F2A11" */
	const struct stat *st;
};

/* look.c */

/* Note a finding; format may be "". */
void qf_check_note(struct qf_check_look *look, enum qf_check_kind kind,
		   const struct qf_check_file *file, const char *right,
		   const char *format, ...) QF_PRINTF(5, 6);
void qf_check_note_path(struct qf_check_look *look, enum qf_check_kind kind,
			const char *path, const char *text);

/* Something could not be looked at. */
void qf_check_unknown(struct qf_check_look *look, const struct qf_error *err);

/* Has the look before something of this kind to say about that path? */
bool qf_check_was_found(const struct qf_check_look *look,
			enum qf_check_kind kind, const char *path);

/* Its id is in use, though not where Postfix would look. */
void qf_check_keep_id(struct qf_check_look *look, const char *name, size_t len);

/* folder.c: the queue folders, and the disk. */
void qf_check_folders(struct qf_check_look *look);
void qf_check_disk(struct qf_check_look *look);
void qf_check_postfix(struct qf_check_look *look);

/* walk.c: all files of a folder. */
void qf_check_walk(struct qf_check_look *look, const char *folder);

/* file.c: by what a stat says.  Touches nothing. */

/* Is the mode of a message's file one that Postfix gives? */
enum qf_check_kind qf_check_mode(const char *folder, mode_t mode);
bool qf_check_is_future(const struct qf_config *config, const char *folder,
			int64_t modified, int64_t now);
void
qf_check_message(struct qf_check_look *look, const struct qf_check_file *file);

/* content.c: by what is in it. */
void
qf_check_content(struct qf_check_look *look, const struct qf_check_file *file);

/* Can it be read from begin to end, and has it a size? */
bool qf_check_is_whole(const struct qf_spool *spool, const char *path);

/* log.c */
void qf_check_log(struct qf_check_look *look, const struct qf_check_file *file);

/* Where a message of this id is, in any queue.  False: nowhere. */
bool qf_check_find(const struct qf_spool *spool, const char *id,
		   const char *but_not, char path[QF_SPOOL_PATH_MAX]);

/* aside.c */
void qf_check_trash(struct qf_check_look *look);
void qf_check_journal(struct qf_check_look *look);

#endif
