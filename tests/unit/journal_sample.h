/*
 * journal_sample.h - a journal in the test's own directory, and what to put
 * into it.
 */
#ifndef JOURNAL_SAMPLE_H
#define JOURNAL_SAMPLE_H

#include "queue-format/journal.h"

/* Open it for writing or reading; the test fails when that fails. */
struct qf_journal *sample_journal(void);
struct qf_journal *sample_journal_to_read(void);
const char *sample_journal_path(void);

/* A job and an item of which no field is like another. */
struct qf_job sample_job(const char *action);
struct qf_journal_item
sample_item(uint64_t inode, const char *from_id, const char *to_id);

/* Begin a job; prepare and commit; end. */
struct qf_job_id sample_begin(struct qf_journal *journal);
void sample_note(struct qf_journal *journal, const struct qf_job_id *job,
		 struct qf_journal_item *items, size_t count,
		 enum qf_outcome outcome);
/* Begin a job, and prepare one item with this birth; commit it alone. */
struct qf_job_id sample_announce(struct qf_journal *journal, int64_t birth,
				 struct qf_journal_item *item);
void sample_commit(struct qf_journal *journal, const struct qf_job_id *job,
		   struct qf_journal_item *item, enum qf_outcome outcome);
void sample_end(struct qf_journal *journal, const struct qf_job_id *job);

/* One job with one committed item: a message moved, or given another id. */
struct qf_job_id sample_move(struct qf_journal *journal, uint64_t inode,
			     int64_t birth, const char *from_id,
			     const char *to_id);

/* The newest name of who was called so, or that name itself. */
const char *
sample_name(struct qf_journal *journal, const char *id, struct qf_arena *arena);

/* Fails the test if they are not equal, strings included. */
void sample_same_job(const struct qf_job *a, const struct qf_job *b);
void sample_same_item(const struct qf_journal_item *a,
		      const struct qf_journal_item *b);

#endif
