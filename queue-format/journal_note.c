/*
 * journal_note.c - note what is to be done to messages, and what was done.
 */
#include "journal_table.h"

#include <string.h>

/* The items of one call. */
struct notes {
	const struct qf_job_id *id;
	struct qf_journal_item *fresh;	     /* to be prepared, or NULL */
	const struct qf_journal_item *known; /* to be committed */
	size_t count;
	struct qf_arena arena;
	struct qf_job job;
	struct qf_journal_head head;
};

static enum qf_status
put_entry(struct qf_journal_txn *txn, const struct qf_job_id *id,
	  const struct qf_journal_entry *entry, struct qf_error *err)
{
	struct qf_buffer *value = &txn->journal->value;
	struct qf_journal_key key;
	enum qf_status status;

	qf_journal_key_item(&key, id, entry->item.number);
	status = qf_journal_pack_item(&key, entry, value, err);
	if (status == QF_OK)
		status = qf_journal_put(txn, &key, value, err);
	return status;
}

static enum qf_status
put_inode(struct qf_journal_txn *txn, const struct qf_job_id *id,
	  const struct qf_journal_item *item, struct qf_error *err)
{
	struct qf_journal_key key;

	qf_journal_key_inode(&key, item->inode, id, item->number);
	return qf_journal_put(txn, &key, NULL, err);
}

/*
 * A message may have gone elsewhere, and yet not have come to what was asked
 * for: busy, but on hold under a new id.
 */
static bool
is_moved(const struct qf_journal_item *item)
{
	return item->outcome != QF_OUTCOME_PREPARED && item->to_folder != NULL;
}

/*
 * A new name is known before the message has it: who looks for the old one
 * between the renaming and its commit finds the message, too.
 */
static bool
leads_on(const struct qf_journal_item *item)
{
	return item->to_folder != NULL &&
	       (is_moved(item) || qf_journal_renamed(item));
}

/* It was committed in the same way already, by one who died of it. */
static bool
is_known(const struct qf_journal_entry *old, const struct qf_journal_item *item)
{
	return is_moved(&old->item) && is_moved(item) &&
	       qf_journal_equal(old->item.from_id, item->from_id) &&
	       qf_journal_equal(old->item.to_id, item->to_id) &&
	       qf_journal_equal(old->item.to_folder, item->to_folder);
}

/*
 * The item, and the name by which it is found.  What has no sequence yet is
 * the newest now.  Packing it finds a name that is too long for a key.
 */
static enum qf_status
put_item(struct qf_journal_txn *txn, struct notes *notes,
	 struct qf_journal_entry *entry, struct qf_error *err)
{
	const struct qf_journal_item *item = &entry->item;
	struct qf_journal_key key;
	enum qf_status status;

	if (entry->sequence == 0 && leads_on(item))
		entry->sequence = ++notes->head.sequence;
	status = put_entry(txn, notes->id, entry, err);
	if (status != QF_OK || entry->sequence == 0 ||
	    !qf_journal_renamed(item))
		return status;
	qf_journal_key_name(&key, item->from_id, entry->sequence, notes->id,
			    item->number);
	return qf_journal_put(txn, &key, NULL, err);
}

static enum qf_status
delete_name(struct qf_journal_txn *txn, const struct notes *notes,
	    const struct qf_journal_entry *old, struct qf_error *err)
{
	struct qf_journal_key key;

	if (old->sequence == 0 || !qf_journal_renamed(&old->item))
		return QF_OK;
	qf_journal_key_name(&key, old->item.from_id, old->sequence, notes->id,
			    old->item.number);
	return qf_journal_delete(txn, &key, err);
}

static enum qf_status
prepare_items(struct qf_journal_txn *txn, struct notes *notes,
	      struct qf_error *err)
{
	struct qf_job *job = &notes->job;
	uint64_t number = qf_journal_job_items(job);
	enum qf_status status = QF_OK;

	if (number + notes->count > UINT32_MAX)
		return qf_fail(err, QF_INVALID, "too many messages for a job");
	for (size_t i = 0; i < notes->count && status == QF_OK; i++) {
		struct qf_journal_entry entry = { .item = notes->fresh[i] };

		entry.item.number = (uint32_t)number++;
		entry.item.outcome = QF_OUTCOME_PREPARED;
		notes->fresh[i] = entry.item;
		status = put_item(txn, notes, &entry, err);
		if (status == QF_OK)
			status = put_inode(txn, notes->id, &entry.item, err);
	}
	job->counts[QF_OUTCOME_PREPARED] += notes->count;
	notes->head.items += notes->count;
	return status;
}

/* What the indices have of it is right no more, unless it was known. */
static enum qf_status
change_indices(struct qf_journal_txn *txn, const struct notes *notes,
	       const struct qf_journal_entry *old,
	       struct qf_journal_entry *entry, struct qf_error *err)
{
	const struct qf_journal_item *item = &entry->item;
	enum qf_status status = QF_OK;
	struct qf_journal_key key;

	if (old->item.inode != item->inode) {
		qf_journal_key_inode(&key, old->item.inode, notes->id,
				     item->number);
		status = qf_journal_delete(txn, &key, err);
		if (status == QF_OK)
			status = put_inode(txn, notes->id, item, err);
	}
	if (is_known(old, item))
		entry->sequence = old->sequence;
	else if (status == QF_OK)
		status = delete_name(txn, notes, old, err);
	return status;
}

static enum qf_status
commit_item(struct qf_journal_txn *txn, struct notes *notes,
	    const struct qf_journal_item *item, struct qf_error *err)
{
	struct qf_journal_entry entry = { .item = *item };
	struct qf_arena arena = { 0 };
	struct qf_journal_entry old;
	enum qf_status status;

	status = qf_journal_get_entry(txn, notes->id, item->number, &arena,
				      &old, err);
	if (status == QF_OK)
		status = change_indices(txn, notes, &old, &entry, err);
	if (status == QF_OK)
		status = put_item(txn, notes, &entry, err);
	if (status == QF_OK) {
		notes->job.counts[old.item.outcome]--;
		notes->job.counts[item->outcome]++;
	}
	qf_arena_free(&arena);
	return status;
}

static enum qf_status
note(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct notes *notes = context;
	enum qf_status status;

	qf_arena_empty(&notes->arena, 0);
	status = qf_journal_get_running(txn, notes->id, &notes->arena,
					&notes->job, err);
	if (status == QF_OK)
		status = qf_journal_get_head(txn, &notes->head, err);
	if (status == QF_OK && notes->fresh != NULL)
		status = prepare_items(txn, notes, err);
	for (size_t i = 0;
	     i < notes->count && status == QF_OK && notes->fresh == NULL; i++)
		status = commit_item(txn, notes, &notes->known[i], err);
	if (status == QF_OK)
		status = qf_journal_put_job(txn, &notes->job, err);
	if (status == QF_OK)
		status = qf_journal_put_head(txn, &notes->head, err);
	return status;
}

enum qf_status
qf_journal_prepare(struct qf_journal *journal, const struct qf_job_id *job,
		   struct qf_journal_item *items, size_t count,
		   struct qf_error *err)
{
	struct notes notes = { .id = job, .fresh = items, .count = count };
	enum qf_status status = qf_journal_check_own(journal, job, err);

	if (status != QF_OK || count == 0)
		return status;
	status = qf_journal_reserve(journal, count, err);
	if (status == QF_OK)
		status = qf_journal_update(journal, note, &notes, err);
	qf_arena_free(&notes.arena);
	return status;
}

enum qf_status
qf_journal_commit(struct qf_journal *journal, const struct qf_job_id *job,
		  const struct qf_journal_item *items, size_t count,
		  struct qf_error *err)
{
	struct notes notes = { .id = job, .known = items, .count = count };
	enum qf_status status = qf_journal_check_own(journal, job, err);
	size_t prepared = 0;

	for (size_t i = 0; i < count && status == QF_OK; i++) {
		if ((unsigned)items[i].outcome >= QF_OUTCOME_COUNT)
			status = qf_fail(err, QF_INVALID, "unknown outcome");
		prepared += items[i].outcome == QF_OUTCOME_PREPARED;
	}
	if (status == QF_OK && prepared > 0)
		status = qf_journal_reserve(journal, prepared, err);
	if (status == QF_OK && count > 0)
		status = qf_journal_update(journal, note, &notes, err);
	qf_arena_free(&notes.arena);
	return status;
}
