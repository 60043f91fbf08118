/*
 * id_list.c - the queue ids that somebody named.
 */
#include "id_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/postfix/queue_id.h"

static _Noreturn void
no_memory(struct tool *tool)
{
	tool_die(tool, TOOL_IO, "%s", strerror(ENOMEM));
}

static struct id_wanted *
add(struct tool *tool, struct id_list *list)
{
	if (list->count == list->room) {
		list->room = list->room == 0 ? 64 : list->room * 2;
		list->items = reallocarray(list->items, list->room,
					   sizeof(*list->items));
	}
	if (list->items == NULL)
		no_memory(tool);
	return &list->items[list->count++];
}

static const char *
keep(struct tool *tool, struct id_list *list, const char *text, size_t len)
{
	const char *copy = qf_arena_copy(&list->arena, text, len);

	if (copy == NULL)
		no_memory(tool);
	return copy;
}

void
id_list_add(struct tool *tool, struct id_list *list, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *id = slash == NULL ? name : slash + 1;
	struct id_wanted wanted = { 0 };

	if (!qf_queue_id_ok(id)) {
		tool_note(tool, "\"%s\": not a queue id", name);
		list->refused++;
		return;
	}
	wanted.id = keep(tool, list, id, strlen(id));
	if (slash != NULL)
		wanted.instance =
			keep(tool, list, name, (size_t)(slash - name));
	*add(tool, list) = wanted;
}

void
id_list_read(struct tool *tool, struct id_list *list)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, stdin)) >= 0) {
		const char *end = line + len;

		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		for (const char *id = line; id < end; id += strlen(id) + 1) {
			if (*id != '\0')
				id_list_add(tool, list, id);
		}
	}
	if (ferror(stdin))
		tool_complain(tool, TOOL_IO, "standard input: %s",
			      strerror(errno));
	free(line);
}

static int
compare(const void *left, const void *right)
{
	const struct id_wanted *a = left;
	const struct id_wanted *b = right;

	return strcmp(a->id, b->id);
}

static bool
is_missing(const struct id_wanted *wanted)
{
	return !wanted->found;
}

/* Under one of its names: it has only one of them. */
static bool
is_found_there(const struct id_wanted *wanted)
{
	return wanted->found ||
	       (wanted->found_there != NULL && *wanted->found_there);
}

static bool
is_missing_renamed(const struct id_wanted *wanted)
{
	return !is_found_there(wanted) && wanted->given != NULL;
}

/* Ask for each id once, whatever instances it was named with. */
static void
select_ids(struct id_list *list, bool (*is_asked)(const struct id_wanted *),
	   struct qf_selection *selection)
{
	const char *last = NULL;

	list->id_count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];

		if (!is_asked(wanted) ||
		    (last != NULL && strcmp(last, wanted->id) == 0))
			continue;
		last = wanted->id;
		list->ids[list->id_count++] = wanted->id;
	}
	selection->ids = list->ids;
	selection->id_count = list->id_count;
}

static void
sort(struct tool *tool, struct id_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	list->ids =
		reallocarray(list->ids, list->count + 1, sizeof(*list->ids));
	if (list->ids == NULL)
		no_memory(tool);
}

void
id_list_close(struct tool *tool, struct id_list *list,
	      struct qf_selection *selection)
{
	sort(tool, list);
	select_ids(list, is_missing, selection);
}

static bool
is_of(const struct id_list *list, const struct id_wanted *wanted,
      const char *instance)
{
	if (instance == NULL)
		instance = list->sole;
	return wanted->instance == NULL ||
	       (instance != NULL && strcmp(wanted->instance, instance) == 0);
}

/* The index of the first item with this id; the count: there is none. */
static size_t
find(const struct id_list *list, const char *id)
{
	struct id_wanted key = { .id = id };
	const struct id_wanted *met;
	size_t i;

	if (list->count == 0)
		return 0;
	met = bsearch(&key, list->items, list->count, sizeof(key), compare);
	if (met == NULL)
		return list->count;
	i = (size_t)(met - list->items);
	while (i > 0 && strcmp(list->items[i - 1].id, id) == 0)
		i--;
	return i;
}

static void
note_found(struct id_wanted *wanted)
{
	wanted->found = true;
	if (wanted->any_found != NULL)
		*wanted->any_found = true;
	if (wanted->found_there != NULL)
		*wanted->found_there = true;
}

/* A message that was named by its old id and its new one is met once. */
bool
id_list_has(struct id_list *list, const struct qf_message *message)
{
	size_t i = find(list, message->id);
	bool was_met = false;
	bool renamed = false;
	bool has = false;

	for (; i < list->count; i++) {
		struct id_wanted *item = &list->items[i];

		if (strcmp(item->id, message->id) != 0)
			break;
		if (!is_of(list, item, message->instance))
			continue;
		if (item->seen || (!item->found && is_found_there(item))) {
			was_met = true;
			continue;
		}
		note_found(item);
		renamed = renamed || item->given != NULL;
		has = has || item->given == NULL;
	}
	return has || (renamed && !was_met);
}

void
id_list_note_unfinished(struct id_list *list, const char *instance,
			const char *id)
{
	for (size_t i = find(list, id); i < list->count; i++) {
		struct id_wanted *item = &list->items[i];

		if (strcmp(item->id, id) != 0)
			break;
		if (is_of(list, item, instance))
			item->unfinished = true;
	}
}

void
id_list_note_trash(struct id_list *list, const char *instance, const char *id)
{
	for (size_t i = find(list, id); i < list->count; i++) {
		struct id_wanted *item = &list->items[i];

		if (strcmp(item->id, id) != 0)
			break;
		if (is_of(list, item, instance))
			item->in_trash = true;
	}
}

static bool
look_again(struct id_list *list, bool (*is_asked)(const struct id_wanted *),
	   struct qf_selection *selection)
{
	for (size_t i = 0; i < list->count; i++) {
		struct id_wanted *item = &list->items[i];

		item->seen = item->found;
		if (is_asked(item))
			item->unfinished = false;
	}
	select_ids(list, is_asked, selection);
	return list->id_count > 0;
}

bool
id_list_retry(struct id_list *list, struct qf_selection *selection)
{
	return look_again(list, is_missing, selection);
}

void
id_list_rename(struct tool *tool, struct id_list *list, size_t index,
	       const char *id, const char *instance, bool *found_there)
{
	struct id_wanted *wanted = &list->items[index];

	if (wanted->given != NULL && wanted->any_found == NULL) {
		wanted->any_found = qf_arena_alloc(&list->arena, sizeof(bool));
		if (wanted->any_found == NULL)
			no_memory(tool);
		*wanted->any_found = false;
	}
	if (wanted->given != NULL) {
		struct id_wanted other = *wanted;

		other.is_other = true;
		wanted = add(tool, list);
		*wanted = other;
	} else {
		wanted->given = wanted->id;
		wanted->given_instance = wanted->instance;
	}
	wanted->found_there = found_there;
	wanted->id = keep(tool, list, id, strlen(id));
	if (instance != NULL)
		wanted->instance = keep(tool, list, instance, strlen(instance));
}

bool
id_list_retry_renamed(struct tool *tool, struct id_list *list,
		      struct qf_selection *selection)
{
	sort(tool, list);
	return look_again(list, is_missing_renamed, selection);
}

const char *
id_named(const struct id_wanted *wanted)
{
	return wanted->given == NULL ? wanted->id : wanted->given;
}

const char *
id_named_instance(const struct id_wanted *wanted)
{
	return wanted->given == NULL ? wanted->instance
				     : wanted->given_instance;
}

bool
id_is_found(const struct id_wanted *wanted)
{
	return wanted->found ||
	       (wanted->any_found != NULL && *wanted->any_found);
}

static size_t
count_found(const struct id_list *list)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++)
		found += id_is_found(&list->items[i]);
	return found;
}

bool
id_list_is_complete(const struct id_list *list)
{
	return count_found(list) == list->count;
}

size_t
id_list_unfinished(const struct id_list *list)
{
	const char *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];

		if (!wanted->unfinished || id_is_found(wanted) ||
		    (last != NULL && strcmp(last, wanted->id) == 0))
			continue;
		last = wanted->id;
		count++;
	}
	return count;
}

/* For who named it so, and for who looks for it in a log. */
static void
tell_names(struct tool *tool, const struct id_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];
		const char *prefix = wanted->instance;

		if (wanted->given == NULL || !wanted->found)
			continue;
		tool_note(tool, "%s%s%s is %s%s%s now",
			  prefix == NULL ? "" : prefix,
			  prefix == NULL ? "" : "/", wanted->given,
			  prefix == NULL ? "" : prefix,
			  prefix == NULL ? "" : "/", wanted->id);
	}
}

/* Why it is not among those that were found. */
static const char *
absence(const struct id_list *list, const struct id_wanted *wanted)
{
	if (wanted->unfinished)
		return "still being written";
	if (wanted->in_trash)
		return "in the trash: mqadm restore brings it back";
	return list->of_trash ? "no such message in the trash"
			      : "no such message in the queue";
}

/* What is still being written is there: one may try again. */
void
id_list_report(struct tool *tool, const struct id_list *list, bool complete)
{
	bool some = count_found(list) + id_list_unfinished(list) > 0;

	tell_names(tool, list);
	if (list->refused > 0)
		tool_exit_with(tool, some ? TOOL_PARTLY : TOOL_NOT_FOUND);
	for (size_t i = 0; complete && i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];
		const char *prefix = id_named_instance(wanted);

		if (wanted->is_other || id_is_found(wanted))
			continue;
		tool_complain(tool, some ? TOOL_PARTLY : TOOL_NOT_FOUND,
			      "%s%s%s: %s", prefix == NULL ? "" : prefix,
			      prefix == NULL ? "" : "/", id_named(wanted),
			      absence(list, wanted));
	}
}

void
id_list_free(struct id_list *list)
{
	free(list->items);
	free(list->ids);
	qf_arena_free(&list->arena);
}
