/*
 * journal_names.c - the names that a message was given, one after the other.
 */
#include "journal_table.h"

#include <string.h>

/* A name that a message has had, or may have. */
struct stop {
	const char *name;
	uint64_t reached; /* by the last renaming to it; 0: only asked for */
	uint64_t left;	  /* by the last one that was committed; 0: never */
};

/* On the way from name to name. */
struct trail {
	struct qf_journal_txn *txn;
	struct qf_arena *arena;
	struct stop *stops;
	size_t count;
	size_t room;
	size_t at; /* whose renamings are being looked at */
	/* Who the message is: the last one that had the first name. */
	bool is_known;
	uint64_t inode;
	int64_t birth;
};

static enum qf_status
reach(struct trail *trail, const char *name, uint64_t sequence,
      struct qf_error *err)
{
	for (size_t i = 0; i < trail->count; i++) {
		struct stop *stop = &trail->stops[i];

		if (strcmp(stop->name, name) != 0)
			continue;
		if (stop->reached < sequence)
			stop->reached = sequence;
		return QF_OK;
	}
	trail->stops = qf_arena_grow(trail->arena, trail->stops, trail->count,
				     &trail->room, sizeof(*trail->stops));
	if (trail->stops == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	trail->stops[trail->count++] =
		(struct stop){ .name = name, .reached = sequence };
	return QF_OK;
}

static bool
is_followed(struct trail *trail, const struct qf_journal_item *item)
{
	if (!trail->is_known) {
		trail->is_known = true;
		trail->inode = item->inode;
	}
	if (!qf_journal_is_same(item, trail->inode, trail->birth))
		return false;
	if (trail->birth == 0)
		trail->birth = item->birth;
	return true;
}

/*
 * The newest first.  One that was only prepared may have been done or not: the
 * message has one of the two names, or a third one that it was given on the
 * way.
 */
static enum qf_status
follow(void *context, struct qf_bytes key, struct qf_bytes value,
       struct qf_error *err)
{
	struct trail *trail = context;
	const char *name = trail->stops[trail->at].name;
	struct qf_journal_entry entry;
	enum qf_status status;
	struct qf_job_id id;
	bool prepared;

	(void)value;
	status = qf_journal_get_named(trail->txn, key, trail->arena, &id,
				      &entry, err);
	if (status != QF_OK)
		return status;
	if (entry.sequence != qf_journal_key_sequence(key) ||
	    !qf_journal_renamed(&entry.item) ||
	    !qf_journal_equal(entry.item.from_id, name))
		return qf_corrupt(err, -1,
				  "journal: a renaming of %s is not what the "
				  "message says",
				  name);
	if (!is_followed(trail, &entry.item))
		return QF_OK;
	prepared = entry.item.outcome == QF_OUTCOME_PREPARED;
	if (!prepared && trail->stops[trail->at].left < entry.sequence)
		trail->stops[trail->at].left = entry.sequence;
	status = reach(trail, entry.item.to_id, entry.sequence, err);
	if (status == QF_OK && prepared && entry.item.text != NULL &&
	    *entry.item.text != '\0')
		status = reach(trail, entry.item.text, entry.sequence, err);
	return status;
}

static enum qf_status
walk_trail(struct trail *trail, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	for (; trail->at < trail->count && status == QF_OK; trail->at++) {
		const char *name = trail->stops[trail->at].name;
		struct qf_journal_walk walk = {
			.down = true,
			.take = follow,
			.context = trail,
		};

		if (strlen(name) > QF_JOURNAL_NAME_MAX)
			continue;
		qf_journal_key_names(&walk.from, name);
		walk.prefix = walk.from.len;
		memset(walk.from.bytes + walk.from.len, 0xff, 9);
		walk.from.len += 9;
		status = qf_journal_walk(trail->txn, &walk, err);
	}
	return status;
}

static bool
is_told(const struct qf_journal_name *names, const char *name)
{
	while (names != NULL && strcmp(names->name, name) != 0)
		names = names->before;
	return names != NULL;
}

/*
 * A name that it has left for good it has no more.  Who renames commits some
 * time later, so that somebody else's renaming from there may be older: that
 * is a name too many, and does no harm.
 */
static const struct stop *
newest_stop(const struct trail *trail, const struct qf_journal_name *told)
{
	const struct stop *newest = NULL;

	for (size_t i = 0; i < trail->count; i++) {
		const struct stop *stop = &trail->stops[i];

		if (stop->reached > stop->left &&
		    (newest == NULL || newest->reached < stop->reached) &&
		    !is_told(told, stop->name))
			newest = stop;
	}
	return newest;
}

static enum qf_status
find_names(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct trail *trail = context;

	trail->txn = txn;
	return walk_trail(trail, err);
}

static enum qf_status
tell(struct qf_arena *arena, const char *name,
     const struct qf_journal_name **names, struct qf_error *err)
{
	struct qf_journal_name *told = qf_arena_alloc(arena, sizeof(*told));
	const char *copy = qf_arena_copy(arena, name, strlen(name));

	if (told == NULL || copy == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	*told = (struct qf_journal_name){ .name = copy, .before = *names };
	*names = told;
	return QF_OK;
}

enum qf_status
qf_journal_next_name(struct qf_journal *journal, const char *id,
		     struct qf_arena *arena,
		     const struct qf_journal_name **names, struct qf_error *err)
{
	struct qf_arena own = { 0 };
	struct trail trail = { .arena = &own };
	const struct stop *newest = NULL;
	enum qf_status status = reach(&trail, id, 0, err);

	if (status == QF_OK)
		status = qf_journal_view(journal, find_names, &trail, err);
	if (status == QF_OK)
		newest = newest_stop(&trail, *names);
	if (newest != NULL)
		status = tell(arena, newest->name, names, err);
	else if (status == QF_OK)
		status = qf_fail(err, QF_GONE, "%s: no name is left", id);
	qf_arena_free(&own);
	return status;
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
	status = qf_journal_get_named(question->txn, key, question->arena, &id,
				      &entry, err);
	if (status != QF_OK)
		return status;
	question->knows = qf_journal_equal(entry.item.from_id, question->id) ||
			  qf_journal_equal(entry.item.to_id, question->id);
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
