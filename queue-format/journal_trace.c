/*
 * journal_trace.c - find a message again by what it was called.
 */
#include "journal_table.h"

#include <string.h>

/*
 * An inode that is given to another file keeps its number, but has another
 * time of birth, where the file system knows one.
 */
static bool
is_same(const struct qf_journal_item *item, uint64_t inode, int64_t birth)
{
	return item->inode == inode &&
	       (item->birth == birth || item->birth == 0 || birth == 0);
}

static bool
equal(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

/* The item that an entry of an index names. */
static enum qf_status
get_named(struct qf_journal_txn *txn, struct qf_bytes key,
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

/*
 * On the way from name to name.  The sequence only grows, so that a message
 * that was given an old name again does not lead in a circle.
 */
struct chain {
	struct qf_journal_txn *txn;
	struct qf_arena *arena;
	const char *name;
	const char *but; /* this renaming is not followed; or NULL */
	bool is_first;
	uint64_t inode; /* of the message, once it is found */
	int64_t birth;
	uint64_t sequence;
	bool found;
};

/*
 * The newest first: is this the next renaming of the message?  One that was
 * only prepared may not have been done, so that it counts for the name alone
 * under which the caller has not found the message.
 */
static enum qf_status
follow(void *context, struct qf_bytes key, struct qf_bytes value,
       struct qf_error *err)
{
	struct chain *chain = context;
	struct qf_journal_entry entry;
	enum qf_status status;
	struct qf_job_id id;

	(void)value;
	status = get_named(chain->txn, key, chain->arena, &id, &entry, err);
	if (status != QF_OK)
		return status;
	if (entry.sequence != qf_journal_key_sequence(key) ||
	    !qf_journal_renamed(&entry.item) ||
	    !equal(entry.item.from_id, chain->name))
		return qf_corrupt(err, -1,
				  "journal: a renaming of %s is not what the "
				  "message says",
				  chain->name);
	if (entry.sequence <= chain->sequence)
		return QF_STOPPED;
	if (equal(chain->but, entry.item.to_id))
		return QF_OK;
	if (!chain->is_first &&
	    (entry.item.outcome == QF_OUTCOME_PREPARED ||
	     !is_same(&entry.item, chain->inode, chain->birth)))
		return QF_OK;
	chain->found = true;
	chain->is_first = false;
	chain->name = entry.item.to_id;
	chain->inode = entry.item.inode;
	chain->birth = entry.item.birth;
	chain->sequence = entry.sequence;
	return QF_STOPPED;
}

static enum qf_status
resolve(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct chain *chain = context;
	enum qf_status status;

	chain->txn = txn;
	do {
		struct qf_journal_walk walk = {
			.down = true,
			.take = follow,
			.context = chain,
		};

		if (strlen(chain->name) > QF_JOURNAL_NAME_MAX)
			return QF_OK;
		qf_journal_key_names(&walk.from, chain->name);
		walk.prefix = walk.from.len;
		memset(walk.from.bytes + walk.from.len, 0xff, 9);
		walk.from.len += 9;
		chain->found = false;
		status = qf_journal_walk(txn, &walk, err);
	} while (chain->found && status == QF_STOPPED);
	return status == QF_STOPPED ? QF_OK : status;
}

enum qf_status
qf_journal_resolve_but(struct qf_journal *journal, const char *id,
		       const char *but, struct qf_arena *arena,
		       const char **now, struct qf_error *err)
{
	struct chain chain = {
		.arena = arena, .name = id, .but = but, .is_first = true
	};
	enum qf_status status = qf_journal_view(journal, resolve, &chain, err);

	if (status == QF_OK)
		*now = chain.name;
	return status;
}

enum qf_status
qf_journal_resolve(struct qf_journal *journal, const char *id,
		   struct qf_arena *arena, const char **now,
		   struct qf_error *err)
{
	return qf_journal_resolve_but(journal, id, NULL, arena, now, err);
}

/* Was this name ever one of the inode? */
struct question {
	struct qf_journal_txn *txn;
	struct qf_arena *arena;
	uint64_t inode;
	const char *id;
	bool knows;
};

static enum qf_status
has_name(void *context, struct qf_bytes key, struct qf_bytes value,
	 struct qf_error *err)
{
	struct question *question = context;
	struct qf_journal_entry entry;
	enum qf_status status;
	struct qf_job_id id;

	(void)value;
	status = get_named(question->txn, key, question->arena, &id, &entry,
			   err);
	if (status != QF_OK)
		return status;
	question->knows = equal(entry.item.from_id, question->id) ||
			  equal(entry.item.to_id, question->id);
	return question->knows ? QF_STOPPED : QF_OK;
}

static enum qf_status
look_for_name(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct question *question = context;
	struct qf_journal_walk walk = { .take = has_name, .context = question };
	enum qf_status status;

	question->txn = txn;
	qf_journal_key_inodes(&walk.from, question->inode);
	walk.prefix = walk.from.len;
	status = qf_journal_walk(txn, &walk, err);
	return status == QF_STOPPED ? QF_OK : status;
}

enum qf_status
qf_journal_knows(struct qf_journal *journal, uint64_t inode, const char *id,
		 bool *knows, struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	struct question question = {
		.arena = &arena,
		.inode = inode,
		.id = id,
	};
	enum qf_status status;

	status = qf_journal_view(journal, look_for_name, &question, err);
	if (status == QF_OK)
		*knows = question.knows;
	qf_arena_free(&arena);
	return status;
}

/* From one folder to another; the way may have begun outside of them. */
static bool
is_move(const struct qf_journal_item *item)
{
	return item->outcome != QF_OUTCOME_PREPARED &&
	       item->to_folder != NULL &&
	       !equal(item->from_folder, item->to_folder);
}

/* The moves of one message; strings live in the arena. */
struct moves {
	struct qf_journal_txn *txn;
	struct qf_arena arena;
	uint64_t inode;
	int64_t birth;
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
	status = get_named(moves->txn, key, &moves->arena, &id, &entry, err);
	if (status != QF_OK ||
	    !is_same(&entry.item, moves->inode, moves->birth) ||
	    !is_move(&entry.item))
		return status;
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

enum qf_status
qf_journal_moves(struct qf_journal *journal, uint64_t inode, int64_t birth,
		 enum qf_status (*take)(void *context,
					const struct qf_job_id *job,
					const struct qf_journal_item *item),
		 void *context, struct qf_error *err)
{
	struct moves moves = { .inode = inode, .birth = birth };
	uint64_t before = UINT64_MAX;
	size_t i = 0;
	enum qf_status status =
		qf_journal_view(journal, collect_moves, &moves, err);

	while (status == QF_OK && newest_before(&moves, before, &i)) {
		before = moves.entries[i].sequence;
		status = take(context, &moves.jobs[i], &moves.entries[i].item);
	}
	qf_arena_free(&moves.arena);
	return status == QF_STOPPED ? QF_OK : status;
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

	if (!equal(item->to_folder, last->to_folder))
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
