/*
 * old_ids.c - find messages by ids that they do not have any more.
 */
#include "old_ids.h"

#include <string.h>
#include <time.h>

/* A message that is being moved has come to rest then. */
#define PAUSE_NS (20 * 1000 * 1000)

static bool
may_be_of(const struct access *access, const struct id_wanted *wanted, size_t i)
{
	const char *wants = id_named_instance(wanted);
	const char *name =
		access->names[i] == NULL ? access->sole : access->names[i];

	return wants == NULL || (name != NULL && strcmp(wants, name) == 0);
}

/* What the journal of one instance has told of one that was named. */
struct old_id {
	const struct qf_journal_name *names;
	bool found; /* under one of them */
};

static struct old_id *
past_of(struct tool *tool, const struct access *access, struct id_list *list,
	struct id_wanted *wanted)
{
	if (wanted->past == NULL) {
		size_t size = access->count * sizeof(*wanted->past);

		wanted->past = qf_arena_alloc(&list->arena, size);
		if (wanted->past == NULL)
			tool_die(tool, TOOL_IO, "out of memory");
		memset(wanted->past, 0, size);
	}
	return wanted->past;
}

/* Those of its names that are new, if it is missing. */
static enum qf_status
resolve_one(struct tool *tool, struct access *access, size_t i,
	    struct id_list *list, size_t k, bool *some, struct qf_error *err)
{
	struct qf_journal *journal = access->workplaces[i].journal;
	struct id_wanted *wanted = &list->items[k];
	const char *id = id_named(wanted);
	const struct qf_journal_name *names =
		wanted->past == NULL ? NULL : wanted->past[i].names;
	enum qf_status status;

	if (wanted->is_other || id_is_found(wanted) || wanted->unfinished ||
	    !may_be_of(access, wanted, i))
		return QF_OK;
	for (;;) {
		struct old_id *past;

		status = qf_journal_next_name(journal, id, &list->arena, &names,
					      err);
		if (status != QF_OK)
			break;
		past = &past_of(tool, access, list, &list->items[k])[i];
		past->names = names;
		/* It was given back, and is not there. */
		if (strcmp(names->name, id) == 0)
			continue;
		id_list_rename(tool, list, k, names->name, access->names[i],
			       &past->found);
		*some = true;
	}
	return status == QF_GONE ? QF_OK : status;
}

static void
complain(struct tool *tool, struct id_list *list, const struct qf_error *err)
{
	if (!list->complained)
		tool_note(tool, "old ids are not known: %s", err->text);
	list->complained = true;
}

/* What is added meanwhile has its new name already. */
static bool
resolve(struct tool *tool, struct access *access, size_t i,
	struct id_list *list, size_t count)
{
	struct qf_journal *journal = NULL;
	struct qf_error err;
	enum qf_status status = access_journal(access, i, &journal, &err);
	bool some = false;

	if (status == QF_ABSENT || status == QF_DENIED || status == QF_GONE)
		return false;
	for (size_t k = 0; k < count && status == QF_OK; k++)
		status = resolve_one(tool, access, i, list, k, &some, &err);
	if (status != QF_OK)
		complain(tool, list, &err);
	return some;
}

/*
 * Are there names under which nobody has looked?  Who found all has no need
 * of a journal.
 */
static bool
resolve_all(struct tool *tool, struct access *access, struct id_list *list)
{
	size_t count = list->count;
	size_t missing = 0;
	bool some = false;

	for (size_t k = 0; k < count; k++)
		missing += !id_is_found(&list->items[k]) &&
			   !list->items[k].unfinished;
	for (size_t i = 0; missing > 0 && i < access->count; i++)
		some |= resolve(tool, access, i, list, count);
	return some;
}

/* What has a new name is looked for under that at once. */
bool
old_ids_look_again(struct tool *tool, struct access *access,
		   struct id_list *list, struct qf_selection *selection)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	if (list->looks == 0) {
		list->looks++;
		return id_list_retry(list, selection);
	}
	if (list->looks > 1 && resolve_all(tool, access, list))
		return id_list_retry_renamed(tool, list, selection);
	if (list->looks > 2)
		return false;
	if (list->looks++ == 1 ? !id_list_retry(list, selection)
			       : !id_list_retry_renamed(tool, list, selection))
		return false;
	nanosleep(&pause, NULL);
	return true;
}
