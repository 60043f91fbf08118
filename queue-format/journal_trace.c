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
	if (!is_same(item, trail->inode, trail->birth))
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
	status = get_named(trail->txn, key, trail->arena, &id, &entry, err);
	if (status != QF_OK)
		return status;
	if (entry.sequence != qf_journal_key_sequence(key) ||
	    !qf_journal_renamed(&entry.item) ||
	    !equal(entry.item.from_id, name))
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

/* A message, and where it is. */
struct coming {
	struct qf_journal_txn *txn;
	uint64_t inode;
	int64_t birth;
	const char *folder;
	const char *name;
	bool found;
};

/* While it goes on from hold, the text has its name there. */
static bool
brings(const struct qf_journal_item *item, const struct coming *coming)
{
	return (equal(item->to_folder, coming->folder) &&
		equal(item->to_id, coming->name)) ||
	       (strcmp(coming->folder, "hold") == 0 &&
		equal(item->text, coming->name));
}

static enum qf_status
look_for_coming(void *context, struct qf_bytes key, struct qf_bytes value,
		struct qf_error *err)
{
	struct coming *coming = context;
	struct qf_arena arena = { 0 };
	struct qf_journal_entry entry;
	enum qf_status status;
	struct qf_job_id id;

	(void)value;
	status = get_named(coming->txn, key, &arena, &id, &entry, err);
	if (status == QF_OK && entry.item.outcome == QF_OUTCOME_PREPARED &&
	    is_same(&entry.item, coming->inode, coming->birth) &&
	    brings(&entry.item, coming))
		coming->found = true;
	qf_arena_free(&arena);
	return status;
}

static enum qf_status
walk_coming(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct coming *coming = context;
	struct qf_journal_walk walk = { .take = look_for_coming,
					.context = coming };

	coming->txn = txn;
	qf_journal_key_inodes(&walk.from, coming->inode);
	walk.prefix = walk.from.len;
	return qf_journal_walk(txn, &walk, err);
}

enum qf_status
qf_journal_is_coming(struct qf_journal *journal, uint64_t inode, int64_t birth,
		     const char *folder, const char *name, bool *is_coming,
		     struct qf_error *err)
{
	struct coming coming = {
		.inode = inode,
		.birth = birth,
		.folder = folder,
		.name = name,
	};
	enum qf_status status =
		qf_journal_view(journal, walk_coming, &coming, err);

	*is_coming = coming.found;
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
