/*
 * journal_table.h - the one ordered table that the journal is.
 *
 * Private to the parts of the journal.  journal.c implements it on LMDB and
 * is the only one that knows so.  What one step changes is changed as a
 * whole or not at all.
 */
#ifndef QF_JOURNAL_TABLE_H
#define QF_JOURNAL_TABLE_H

#include "journal_place.h"
#include "journal_record.h"

struct MDB_env;
struct MDB_txn;

/* A job that this process has begun, or adopted. */
struct qf_journal_own {
	struct qf_journal_own *next;
	struct qf_job_id id;
	int fd; /* of its lock */
};

struct qf_journal {
	struct MDB_env *env;
	char *path;
	bool read_only;
	bool damaged; /* as it turned out: it gets no stamp */
	pid_t pid;    /* it is of no use in a child */
	int patience; /* ms, for another one who writes */
	struct qf_journal_place place;
	struct qf_journal_own *own;
	struct qf_buffer value; /* that is being put together */
};

/* A step; it lives until the function that it is given to returns. */
struct qf_journal_txn {
	struct qf_journal *journal;
	struct MDB_txn *mdb;
	unsigned table;
	int failed; /* what LMDB said when it last failed */
};

/*
 * Open the table itself, without any check; `fresh': there is none yet.
 * Closing leaves a stamp.
 */
enum qf_status qf_journal_table_open(struct qf_journal *journal, bool fresh,
				     struct qf_error *err);
void qf_journal_table_close(struct qf_journal *journal);

/*
 * Run `change' in a step of its own, which is on the disk when this returns
 * QF_OK.  With any other status nothing has changed.  It may be run twice.
 */
enum qf_status
qf_journal_update(struct qf_journal *journal,
		  enum qf_status (*change)(struct qf_journal_txn *txn,
					   void *context, struct qf_error *err),
		  void *context, struct qf_error *err);

/* The same for a step that only reads: one moment of the table. */
enum qf_status
qf_journal_view(struct qf_journal *journal,
		enum qf_status (*look)(struct qf_journal_txn *txn,
				       void *context, struct qf_error *err),
		void *context, struct qf_error *err);

/*
 * Get memory and disk for so many items that are going to be prepared, and
 * then committed: for the latter no disk is too full.
 */
enum qf_status qf_journal_reserve(struct qf_journal *journal, size_t items,
				  struct qf_error *err);

/* A value lives until the next change in the step.  QF_GONE: no such key. */
enum qf_status qf_journal_get(struct qf_journal_txn *txn,
			      const struct qf_journal_key *key,
			      struct qf_bytes *value, struct qf_error *err);
/* NULL: no value. */
enum qf_status
qf_journal_put(struct qf_journal_txn *txn, const struct qf_journal_key *key,
	       const struct qf_buffer *value, struct qf_error *err);
/* No failure when there is none. */
enum qf_status qf_journal_delete(struct qf_journal_txn *txn,
				 const struct qf_journal_key *key,
				 struct qf_error *err);

/*
 * Give `take' what is in the table from the key `from' on, as long as the
 * first `prefix' bytes are the same: upwards, `from' itself being the first,
 * or downwards from what is below it.  It goes on while `take' returns QF_OK;
 * what else it returns is returned.  The table must not be changed meanwhile.
 */
struct qf_journal_walk {
	struct qf_journal_key from;
	size_t prefix;
	bool down;
	enum qf_status (*take)(void *context, struct qf_bytes key,
			       struct qf_bytes value, struct qf_error *err);
	void *context;
};
enum qf_status qf_journal_walk(struct qf_journal_txn *txn,
			       const struct qf_journal_walk *walk,
			       struct qf_error *err);

/* The head; all zero when there is none. */
enum qf_status qf_journal_get_head(struct qf_journal_txn *txn,
				   struct qf_journal_head *head,
				   struct qf_error *err);
enum qf_status qf_journal_put_head(struct qf_journal_txn *txn,
				   const struct qf_journal_head *head,
				   struct qf_error *err);

/*
 * A job, or a part in it; strings live in the arena.
 * QF_GONE: there is none, which err says.
 */
enum qf_status qf_journal_get_job(struct qf_journal_txn *txn,
				  const struct qf_job_id *id,
				  struct qf_arena *arena, struct qf_job *job,
				  struct qf_error *err);
enum qf_status
qf_journal_get_entry(struct qf_journal_txn *txn, const struct qf_job_id *id,
		     uint32_t number, struct qf_arena *arena,
		     struct qf_journal_entry *entry, struct qf_error *err);
/* The item that an entry of an index names. */
enum qf_status
qf_journal_get_named(struct qf_journal_txn *txn, struct qf_bytes key,
		     struct qf_arena *arena, struct qf_job_id *id,
		     struct qf_journal_entry *entry, struct qf_error *err);
enum qf_status qf_journal_put_job(struct qf_journal_txn *txn,
				  const struct qf_job *job,
				  struct qf_error *err);
/* The same, if it is not over: else QF_GONE, too. */
enum qf_status qf_journal_get_running(struct qf_journal_txn *txn,
				      const struct qf_job_id *id,
				      struct qf_arena *arena,
				      struct qf_job *job, struct qf_error *err);

/* QF_INVALID: this process has not begun or adopted it. */
enum qf_status qf_journal_check_own(struct qf_journal *journal,
				    const struct qf_job_id *id,
				    struct qf_error *err);

uint64_t qf_journal_job_items(const struct qf_job *job);

/* Has the message got another id by it? */
bool qf_journal_renamed(const struct qf_journal_item *item);

/* The same, or both NULL. */
bool qf_journal_equal(const char *a, const char *b);

/* Is it about this message?  A time of birth of 0 is not known. */
bool qf_journal_is_same(const struct qf_journal_item *item, uint64_t inode,
			int64_t birth);

/*
 * Do the pages add up: are all that the file has used or free, and none
 * outside of it?  Gives the number of entries.
 */
enum qf_status qf_journal_add_up(struct qf_journal_txn *txn, size_t *entries,
				 struct qf_error *err);

/*
 * Look at all that is in the file, in a process that may die of it: LMDB
 * trusts its file.  QF_CORRUPT: it must not be opened here.
 */
enum qf_status qf_journal_check(const char *path, struct qf_error *err);

#endif
