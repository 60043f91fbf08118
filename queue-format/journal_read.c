/*
 * journal_read.c - what was done, and to which messages.
 *
 * What is given to a callback was copied before, in batches: it may take its
 * time, and LMDB cannot use a page again while a step sees it.
 */
#include "journal_table.h"

#include <string.h>

#include "journal_lock.h"

#define JOBS_AT_ONCE  32
#define ITEMS_AT_ONCE 256

static struct qf_bytes
bytes_of(const struct qf_journal_key *key)
{
	return (struct qf_bytes){ key->bytes, key->len };
}

enum qf_status
qf_journal_get_job(struct qf_journal_txn *txn, const struct qf_job_id *id,
		   struct qf_arena *arena, struct qf_job *job,
		   struct qf_error *err)
{
	char name[QF_JOB_ID_TEXT];
	struct qf_journal_key key;
	struct qf_bytes value;
	enum qf_status status;

	qf_journal_key_job(&key, id);
	status = qf_journal_get(txn, &key, &value, err);
	if (status == QF_OK)
		return qf_journal_unpack_job(bytes_of(&key), value, arena, job,
					     err);
	if (status != QF_GONE)
		return status;
	qf_job_id_text(id, name);
	return qf_fail(err, status, "there is no job %s", name);
}

enum qf_status
qf_journal_get_entry(struct qf_journal_txn *txn, const struct qf_job_id *id,
		     uint32_t number, struct qf_arena *arena,
		     struct qf_journal_entry *entry, struct qf_error *err)
{
	char name[QF_JOB_ID_TEXT];
	struct qf_journal_key key;
	struct qf_bytes value;
	enum qf_status status;

	qf_journal_key_item(&key, id, number);
	status = qf_journal_get(txn, &key, &value, err);
	if (status == QF_OK)
		return qf_journal_unpack_item(bytes_of(&key), value, arena,
					      entry, err);
	if (status != QF_GONE)
		return status;
	qf_job_id_text(id, name);
	return qf_fail(err, status, "there is no message %u in job %s", number,
		       name);
}

enum qf_status
qf_journal_get_named(struct qf_journal_txn *txn, struct qf_bytes key,
		     struct qf_arena *arena, struct qf_job_id *id,
		     struct qf_journal_entry *entry, struct qf_error *err)
{
	char text[QF_JOURNAL_KEY_TEXT];
	enum qf_status status = QF_GONE;
	uint32_t number;

	if (qf_journal_key_read(key, id, &number))
		status = qf_journal_get_entry(txn, id, number, arena, entry,
					      err);
	if (status != QF_GONE)
		return status;
	qf_journal_key_text(key, text);
	return qf_corrupt(err, -1, "journal: %s is named, but not there", text);
}

enum qf_status
qf_journal_put_job(struct qf_journal_txn *txn, const struct qf_job *job,
		   struct qf_error *err)
{
	struct qf_buffer *value = &txn->journal->value;
	struct qf_journal_key key;
	enum qf_status status;

	qf_journal_key_job(&key, &job->id);
	status = qf_journal_pack_job(&key, job, value, err);
	if (status == QF_OK)
		status = qf_journal_put(txn, &key, value, err);
	return status;
}

uint64_t
qf_journal_job_items(const struct qf_job *job)
{
	uint64_t items = 0;

	for (size_t i = 0; i < QF_OUTCOME_COUNT; i++)
		items += job->counts[i];
	return items;
}

bool
qf_journal_renamed(const struct qf_journal_item *item)
{
	return item->from_id != NULL && item->to_id != NULL &&
	       strcmp(item->from_id, item->to_id) != 0;
}

bool
qf_journal_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * An inode that is given to another file keeps its number, but has another
 * time of birth, where the file system knows one.
 */
bool
qf_journal_is_same(const struct qf_journal_item *item, uint64_t inode,
		   int64_t birth)
{
	return item->inode == inode &&
	       (item->birth == birth || item->birth == 0 || birth == 0);
}

/* A lock is asked for only while there is no end. */
static enum qf_status
see_alive(struct qf_journal *journal, const struct qf_job *job, bool *is_alive,
	  struct qf_error *err)
{
	*is_alive = false;
	if (job->state != QF_JOB_RUNNING)
		return QF_OK;
	return qf_job_lock_held(journal->place.jobs, &job->id, is_alive, err);
}

struct job_batch {
	struct qf_journal_key from;
	struct qf_arena arena;
	struct qf_job jobs[JOBS_AT_ONCE];
	size_t count;
};

static enum qf_status
copy_job(void *context, struct qf_bytes key, struct qf_bytes value,
	 struct qf_error *err)
{
	struct job_batch *batch = context;
	enum qf_status status;

	if (batch->count == JOBS_AT_ONCE)
		return QF_STOPPED;
	status = qf_journal_unpack_job(key, value, &batch->arena,
				       &batch->jobs[batch->count], err);
	if (status == QF_OK)
		batch->count++;
	return status;
}

static enum qf_status
copy_jobs(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct job_batch *batch = context;
	const struct qf_journal_walk walk = {
		.from = batch->from,
		.prefix = 1,
		.down = true,
		.take = copy_job,
		.context = batch,
	};
	enum qf_status status = qf_journal_walk(txn, &walk, err);

	return status == QF_STOPPED ? QF_OK : status;
}

enum qf_status
qf_journal_jobs(struct qf_journal *journal,
		enum qf_status (*take)(void *context, const struct qf_job *job,
				       bool is_alive),
		void *context, struct qf_error *err)
{
	struct job_batch batch = { .count = 0 };
	enum qf_status status;

	qf_journal_key_above_jobs(&batch.from);
	do {
		batch.count = 0;
		qf_arena_empty(&batch.arena, 65536);
		status = qf_journal_view(journal, copy_jobs, &batch, err);
		for (size_t i = 0; i < batch.count && status == QF_OK; i++) {
			bool is_alive;

			status = see_alive(journal, &batch.jobs[i], &is_alive,
					   err);
			if (status == QF_OK)
				status =
					take(context, &batch.jobs[i], is_alive);
			qf_journal_key_job(&batch.from, &batch.jobs[i].id);
		}
	} while (status == QF_OK && batch.count == JOBS_AT_ONCE);
	qf_arena_free(&batch.arena);
	return status;
}

struct one_job {
	const struct qf_job_id *id;
	struct qf_arena *arena;
	struct qf_job *job;
};

static enum qf_status
copy_one(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	const struct one_job *one = context;

	return qf_journal_get_job(txn, one->id, one->arena, one->job, err);
}

enum qf_status
qf_journal_job(struct qf_journal *journal, const struct qf_job_id *id,
	       struct qf_arena *arena, struct qf_job *job, bool *is_alive,
	       struct qf_error *err)
{
	struct one_job one = { .id = id, .arena = arena, .job = job };
	enum qf_status status = qf_journal_view(journal, copy_one, &one, err);

	if (status == QF_OK)
		status = see_alive(journal, job, is_alive, err);
	return status;
}

struct item_batch {
	const struct qf_job_id *id;
	struct qf_arena arena;
	uint32_t next;
	struct qf_journal_item *items;
	size_t count;
};

static enum qf_status
copy_item(void *context, struct qf_bytes key, struct qf_bytes value,
	  struct qf_error *err)
{
	struct item_batch *batch = context;
	struct qf_journal_entry entry;
	enum qf_status status;

	if (batch->count == ITEMS_AT_ONCE)
		return QF_STOPPED;
	status = qf_journal_unpack_item(key, value, &batch->arena, &entry, err);
	if (status == QF_OK)
		batch->items[batch->count++] = entry.item;
	return status;
}

static enum qf_status
copy_items(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct item_batch *batch = context;
	struct qf_journal_walk walk = { .take = copy_item, .context = batch };
	enum qf_status status;
	struct qf_job job;

	status = qf_journal_get_job(txn, batch->id, &batch->arena, &job, err);
	if (status != QF_OK)
		return status;
	qf_journal_key_item(&walk.from, batch->id, batch->next);
	walk.prefix = 1 + sizeof(batch->id->bytes);
	status = qf_journal_walk(txn, &walk, err);
	return status == QF_STOPPED ? QF_OK : status;
}

static enum qf_status
next_items(struct qf_journal *journal, struct item_batch *batch,
	   struct qf_error *err)
{
	qf_arena_empty(&batch->arena, 262144);
	batch->count = 0;
	batch->items = qf_arena_alloc(&batch->arena,
				      ITEMS_AT_ONCE * sizeof(*batch->items));
	if (batch->items == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	return qf_journal_view(journal, copy_items, batch, err);
}

enum qf_status
qf_journal_items(struct qf_journal *journal, const struct qf_job_id *job,
		 enum qf_status (*take)(void *context,
					const struct qf_journal_item *item),
		 void *context, struct qf_error *err)
{
	struct item_batch batch = { .id = job };
	enum qf_status status;

	do {
		status = next_items(journal, &batch, err);
		for (size_t i = 0; i < batch.count && status == QF_OK; i++) {
			batch.next = batch.items[i].number + 1;
			status = take(context, &batch.items[i]);
		}
	} while (status == QF_OK && batch.count == ITEMS_AT_ONCE &&
		 batch.next != 0);
	qf_arena_free(&batch.arena);
	return status;
}
