/*
 * journal_trace.c - how a message came to be where it is.
 */
#include "journal_table.h"

#include <string.h>

/* From one folder to another; the way may have begun outside of them. */
static bool
is_move(const struct qf_journal_item *item)
{
	return item->outcome != QF_OUTCOME_PREPARED &&
	       item->to_folder != NULL &&
	       !qf_journal_equal(item->from_folder, item->to_folder);
}

/* Is it on its way to where it is?  While it goes on from hold, see text. */
static bool
brings(const struct qf_journal_item *item, const char *folder, const char *name)
{
	return item->outcome == QF_OUTCOME_PREPARED &&
	       ((qf_journal_equal(item->to_folder, folder) &&
		 qf_journal_equal(item->to_id, name)) ||
		(strcmp(folder, "hold") == 0 &&
		 qf_journal_equal(item->text, name)));
}

/* The moves of one message; strings live in the arena. */
struct moves {
	struct qf_journal_txn *txn;
	struct qf_arena arena;
	uint64_t inode;
	int64_t birth;
	const char *folder; /* where it is, and as what; NULL: not asked */
	const char *name;
	bool is_coming;
	struct qf_journal_entry *entries;
	struct qf_job_id *jobs;
	size_t count;
	size_t room;
	size_t job_room;
};

static enum qf_status
collect_move(void *context, struct qf_bytes key, struct qf_bytes value,
	     struct qf_error *err)
{
	struct moves *moves = context;
	struct qf_journal_entry entry;
	enum qf_status status;
	struct qf_job_id id;

	(void)value;
	status = qf_journal_get_named(moves->txn, key, &moves->arena, &id,
				      &entry, err);
	if (status != QF_OK ||
	    !qf_journal_is_same(&entry.item, moves->inode, moves->birth))
		return status;
	if (moves->folder != NULL &&
	    brings(&entry.item, moves->folder, moves->name))
		moves->is_coming = true;
	if (!is_move(&entry.item))
		return QF_OK;
	moves->entries =
		qf_arena_grow(&moves->arena, moves->entries, moves->count,
			      &moves->room, sizeof(*moves->entries));
	moves->jobs = qf_arena_grow(&moves->arena, moves->jobs, moves->count,
				    &moves->job_room, sizeof(*moves->jobs));
	if (moves->entries == NULL || moves->jobs == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	moves->entries[moves->count] = entry;
	moves->jobs[moves->count++] = id;
	return QF_OK;
}

static enum qf_status
collect_moves(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct moves *moves = context;
	struct qf_journal_walk walk = { .take = collect_move,
					.context = moves };

	moves->txn = txn;
	qf_journal_key_inodes(&walk.from, moves->inode);
	walk.prefix = walk.from.len;
	return qf_journal_walk(txn, &walk, err);
}

/* The one that comes before this sequence; the table has them by job. */
static bool
newest_before(const struct moves *moves, uint64_t before, size_t *found)
{
	uint64_t best = 0;

	for (size_t i = 0; i < moves->count; i++) {
		uint64_t sequence = moves->entries[i].sequence;

		if (sequence < before && sequence > best) {
			best = sequence;
			*found = i;
		}
	}
	return best > 0;
}

/* The newest first. */
static enum qf_status
tell_moves(const struct moves *moves,
	   enum qf_status (*take)(void *context, const struct qf_job_id *job,
				  const struct qf_journal_item *item),
	   void *context)
{
	enum qf_status status = QF_OK;
	uint64_t before = UINT64_MAX;
	size_t i = 0;

	while (status == QF_OK && newest_before(moves, before, &i)) {
		before = moves->entries[i].sequence;
		status =
			take(context, &moves->jobs[i], &moves->entries[i].item);
	}
	return status == QF_STOPPED ? QF_OK : status;
}

enum qf_status
qf_journal_moves(struct qf_journal *journal, uint64_t inode, int64_t birth,
		 enum qf_status (*take)(void *context,
					const struct qf_job_id *job,
					const struct qf_journal_item *item),
		 void *context, struct qf_error *err)
{
	return qf_journal_way_to(journal, inode, birth, NULL, NULL, take,
				 context, err);
}

enum qf_status
qf_journal_way_to(struct qf_journal *journal, uint64_t inode, int64_t birth,
		  const char *folder, const char *name,
		  enum qf_status (*take)(void *context,
					 const struct qf_job_id *job,
					 const struct qf_journal_item *item),
		  void *context, struct qf_error *err)
{
	struct moves moves = {
		.inode = inode,
		.birth = birth,
		.folder = folder,
		.name = name,
	};
	enum qf_status status =
		qf_journal_view(journal, collect_moves, &moves, err);

	if (status == QF_OK && moves.is_coming)
		status = qf_fail(err, QF_BUSY, "another job is at work on it");
	else if (status == QF_OK)
		status = tell_moves(&moves, take, context);
	qf_arena_free(&moves.arena);
	return status;
}

/* The newest move, if it was to this folder. */
struct last {
	struct qf_arena *arena;
	const char *to_folder;
	struct qf_job_id job;
	struct qf_journal_item *item;
	bool found;
};

static const char *
keep(struct qf_arena *arena, const char *text)
{
	return text == NULL ? NULL : qf_arena_copy(arena, text, strlen(text));
}

static enum qf_status
take_last(void *context, const struct qf_job_id *job,
	  const struct qf_journal_item *item)
{
	struct last *last = context;

	if (!qf_journal_equal(item->to_folder, last->to_folder))
		return QF_STOPPED;
	last->found = true;
	last->job = *job;
	*last->item = *item;
	last->item->sender = keep(last->arena, item->sender);
	last->item->from_folder = keep(last->arena, item->from_folder);
	last->item->from_id = keep(last->arena, item->from_id);
	last->item->to_folder = keep(last->arena, item->to_folder);
	last->item->to_id = keep(last->arena, item->to_id);
	last->item->text = keep(last->arena, item->text);
	return QF_STOPPED;
}

enum qf_status
qf_journal_last(struct qf_journal *journal, uint64_t inode, int64_t birth,
		const char *to_folder, struct qf_arena *arena,
		struct qf_job *job, struct qf_journal_item *item,
		struct qf_error *err)
{
	struct last last = {
		.arena = arena,
		.to_folder = to_folder,
		.item = item,
	};
	bool is_alive;
	enum qf_status status =
		qf_journal_moves(journal, inode, birth, take_last, &last, err);

	if (status != QF_OK)
		return status;
	/* It may have been put there, and somewhere else since. */
	if (!last.found)
		return qf_fail(err, QF_GONE,
			       "the journal knows nobody who has put it there");
	return qf_journal_job(journal, &last.job, arena, job, &is_alive, err);
}
