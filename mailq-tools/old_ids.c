/*
 * old_ids.c - find messages by ids that they do not have any more.
 */
#include "old_ids.h"

#include <string.h>
#include <time.h>

/* A message that is being moved has come to rest then. */
#define PAUSE_NS (20 * 1000 * 1000)

/* The journal of an instance, as far as there is one to be asked. */
static struct qf_journal *
journal_of(struct tool *tool, struct access *access, size_t i)
{
	struct qf_journal *journal = NULL;
	struct qf_error err;
	enum qf_status status = access_journal(access, i, &journal, &err);

	if (status == QF_OK)
		return journal;
	if (status != QF_ABSENT && status != QF_DENIED && status != QF_GONE)
		tool_note(tool, "old ids are not known: %s", err.text);
	return NULL;
}

static bool
may_be_of(const struct access *access, const struct id_wanted *wanted, size_t i)
{
	const char *wants = id_named_instance(wanted);
	const char *name =
		access->names[i] == NULL ? access->sole : access->names[i];

	return wants == NULL || (name != NULL && strcmp(wants, name) == 0);
}

/* What is added meanwhile has its new name already. */
static void
resolve(struct tool *tool, struct access *access, size_t i,
	struct id_list *list, size_t count)
{
	struct qf_journal *journal = journal_of(tool, access, i);
	struct qf_arena arena = { 0 };
	enum qf_status status = QF_OK;
	struct qf_error err;

	for (size_t k = 0; journal != NULL && k < count && status == QF_OK;
	     k++) {
		const struct id_wanted *wanted = &list->items[k];
		const char *id = id_named(wanted);
		const char *now = id;

		if (wanted->found || wanted->unfinished ||
		    !may_be_of(access, wanted, i))
			continue;
		qf_arena_empty(&arena, 65536);
		status = qf_journal_resolve(journal, id, &arena, &now, &err);
		if (status == QF_OK && strcmp(now, id) != 0)
			id_list_rename(tool, list, k, now, access->names[i]);
	}
	if (status != QF_OK)
		tool_note(tool, "old ids are not known: %s", err.text);
	qf_arena_free(&arena);
}

/* Who found all has no need of a journal. */
static void
resolve_all(struct tool *tool, struct access *access, struct id_list *list)
{
	size_t count = list->count;
	size_t missing = 0;

	for (size_t k = 0; k < count; k++)
		missing += !list->items[k].found && !list->items[k].unfinished;
	for (size_t i = 0; missing > 0 && i < access->count; i++)
		resolve(tool, access, i, list, count);
}

bool
old_ids_look_again(struct tool *tool, struct access *access,
		   struct id_list *list, struct qf_selection *selection)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	switch (list->looks++) {
	case 0:
		return id_list_retry(list, selection);
	case 1:
		if (!id_list_retry(list, selection))
			return false;
		nanosleep(&pause, NULL);
		return true;
	case 2:
		resolve_all(tool, access, list);
		return id_list_retry_renamed(tool, list, selection);
	case 3:
		return id_list_retry_renamed(tool, list, selection);
	default:
		return false;
	}
}
