/*
 * trash.c - the messages that are in the trash.
 */
#include "trash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
no_memory(const struct trash *trash)
{
	tool_die(trash->tool, TOOL_IO, "out of memory");
}

/* While one instance is read. */
struct reading {
	struct trash *trash;
	size_t instance;
};

static enum qf_status
take(void *context, const char *name, const struct qf_trashed *trashed)
{
	struct reading *reading = context;
	struct trash *trash = reading->trash;
	struct trash_entry *entry;

	if (trashed == NULL) {
		trash->strange++;
		return QF_OK;
	}
	if (trash->count == trash->room) {
		size_t room = trash->room == 0 ? 64 : trash->room * 2;
		struct trash_entry *entries =
			reallocarray(trash->entries, room, sizeof(*entries));

		if (entries == NULL)
			no_memory(trash);
		trash->entries = entries;
		trash->room = room;
	}
	entry = &trash->entries[trash->count++];
	*entry = (struct trash_entry){
		.instance = reading->instance,
		.name = qf_arena_copy(&trash->arena, name, strlen(name)),
		.trashed = *trashed,
	};
	if (entry->name == NULL)
		no_memory(trash);
	return QF_OK;
}

/* By job, which is by time; within a job by id, so that it is ever the same. */
static int
oldest_first(const void *left, const void *right)
{
	const struct trash_entry *a = left;
	const struct trash_entry *b = right;
	int order = memcmp(a->trashed.job.bytes, b->trashed.job.bytes,
			   sizeof(a->trashed.job.bytes));

	return order != 0 ? order : strcmp(a->trashed.id, b->trashed.id);
}

static void
complain(const struct trash *trash, size_t i, const struct qf_error *err)
{
	tool_complain_of(trash->tool, tool_exit_of(err->status),
			 trash->access->names[i], err->text);
}

/* Who only reads has no queue directory open yet. */
static enum qf_status
open_spool(struct access *access, size_t i, struct qf_error *err)
{
	struct workplace *place = &access->workplaces[i];

	if (place->spool != NULL || access->for_change)
		return QF_OK;
	return qf_spool_open(&access->configs[i], &place->spool, err);
}

static void
read_one(struct trash *trash, size_t i)
{
	const struct workplace *place = &trash->access->workplaces[i];
	struct reading reading = { trash, i };
	struct qf_error err;
	enum qf_status status = open_spool(trash->access, i, &err);

	if (status == QF_OK && place->spool != NULL)
		status = qf_trash_list(place->spool, take, &reading, &err);
	if (status != QF_OK)
		complain(trash, i, &err);
}

void
trash_read(struct trash *trash)
{
	for (size_t i = 0; i < trash->access->count; i++)
		read_one(trash, i);
	if (trash->count > 0)
		qsort(trash->entries, trash->count, sizeof(*trash->entries),
		      oldest_first);
	if (trash->strange > 0)
		tool_note(trash->tool,
			  "in the trash there are names of somebody else, "
			  "which are left alone: %llu",
			  (unsigned long long)trash->strange);
}

/* What could not be looked at is there, and may well be large. */
static bool
look_at(struct trash *trash, struct trash_entry *entry)
{
	char path[sizeof(QF_TRASH) + 1 + QF_TRASH_NAME_MAX];
	struct qf_error err;
	enum qf_status status;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", QF_TRASH, entry->name);
	status = qf_spool_stat(trash->access->workplaces[entry->instance].spool,
			       path, &st, &err);
	if (status == QF_OK)
		entry->occupied = (int64_t)st.st_blocks * 512;
	else if (status != QF_GONE)
		complain(trash, entry->instance, &err);
	return status != QF_GONE;
}

void
trash_look(struct trash *trash)
{
	size_t kept = 0;

	for (size_t i = 0; i < trash->count; i++) {
		if (look_at(trash, &trash->entries[i]))
			trash->entries[kept++] = trash->entries[i];
	}
	trash->count = kept;
}

void
trash_keep(struct trash *trash,
	   bool (*keep)(void *context, const struct trash_entry *entry),
	   void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < trash->count; i++) {
		if (keep(context, &trash->entries[i]))
			trash->entries[kept++] = trash->entries[i];
	}
	trash->count = kept;
}

/* Note which of the ids are there; *kept is how many messages that are. */
static void
match(struct trash *trash, struct id_list *ids, bool *wanted)
{
	for (size_t i = 0; i < trash->count; i++) {
		const struct trash_entry *entry = &trash->entries[i];
		const struct qf_message message = {
			.instance = trash->access->names[entry->instance],
			.id = entry->trashed.id,
		};

		wanted[i] = id_list_has(ids, &message) || wanted[i];
	}
}

/* Is it in the trash by now, and under which id? */
static bool
find_trashed(struct qf_journal *journal, const char *id, struct qf_arena *arena,
	     struct qf_trashed *trashed)
{
	const struct qf_journal_name *names = NULL;

	while (qf_journal_next_name(journal, id, arena, &names, NULL) ==
	       QF_OK) {
		if (qf_trash_read(names->name, trashed))
			return true;
	}
	return false;
}

/* The names that they have in the trash are among those of their ids. */
static void
resolve(struct trash *trash, struct id_list *ids, size_t instance)
{
	struct qf_journal *journal =
		trash->access->workplaces[instance].journal;
	struct qf_arena arena = { 0 };
	size_t count = ids->count;

	for (size_t k = 0; journal != NULL && k < count; k++) {
		const struct id_wanted *wanted = &ids->items[k];
		const char *id = id_named(wanted);
		struct qf_trashed trashed;

		if (wanted->found)
			continue;
		qf_arena_empty(&arena, 65536);
		if (find_trashed(journal, id, &arena, &trashed) &&
		    strcmp(trashed.id, id) != 0)
			id_list_rename(trash->tool, ids, k, trashed.id,
				       trash->access->names[instance], NULL);
	}
	qf_arena_free(&arena);
}

static void
keep(struct trash *trash, const bool *wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < trash->count; i++) {
		if (wanted[i])
			trash->entries[kept++] = trash->entries[i];
	}
	trash->count = kept;
}

void
trash_keep_ids(struct trash *trash, struct id_list *ids)
{
	struct qf_selection selection = { 0 };
	bool *wanted = calloc(trash->count + 1, sizeof(*wanted));

	if (wanted == NULL)
		no_memory(trash);
	ids->of_trash = true;
	ids->sole = trash->access->sole;
	id_list_close(trash->tool, ids, &selection);
	match(trash, ids, wanted);
	for (size_t i = 0; i < trash->access->count; i++)
		resolve(trash, ids, i);
	if (id_list_retry_renamed(trash->tool, ids, &selection))
		match(trash, ids, wanted);
	id_list_report(trash->tool, ids, true);
	keep(trash, wanted);
	free(wanted);
}

void
trash_note_ids(struct tool *tool, struct access *access, struct id_list *ids)
{
	struct trash trash = { .tool = tool, .access = access };

	trash_read(&trash);
	for (size_t i = 0; i < trash.count; i++) {
		const struct trash_entry *entry = &trash.entries[i];
		const char *instance = access->names[entry->instance];

		id_list_note_trash(ids, instance, entry->trashed.id);
		/* So the journal calls it. */
		id_list_note_trash(ids, instance, entry->name);
	}
	trash_free(&trash);
}

void
trash_keep_first(struct trash *trash, size_t limit)
{
	if (limit != 0 && trash->count > limit)
		trash->count = limit;
}

void
trash_choose(const struct trash *trash, struct choose *choose)
{
	for (size_t i = 0; i < trash->count; i++) {
		const struct trash_entry *entry = &trash->entries[i];

		choose_add(choose,
			   access_store(trash->access,
					trash->access->names[entry->instance]),
			   &(struct qf_chosen){ .id = entry->name,
						.in_trash = true });
	}
}

void
trash_free(struct trash *trash)
{
	free(trash->entries);
	qf_arena_free(&trash->arena);
}
