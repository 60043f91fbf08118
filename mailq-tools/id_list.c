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
	wanted.id = qf_arena_copy(&list->arena, id, strlen(id));
	if (slash != NULL)
		wanted.instance = qf_arena_copy(&list->arena, name,
						(size_t)(slash - name));
	if (list->count == list->room) {
		list->room = list->room == 0 ? 64 : list->room * 2;
		list->items = reallocarray(list->items, list->room,
					   sizeof(*list->items));
	}
	if (list->items == NULL || wanted.id == NULL ||
	    (slash != NULL && wanted.instance == NULL))
		no_memory(tool);
	list->items[list->count++] = wanted;
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

/* Ask for each id once, whatever instances it was named with. */
static void
select_ids(struct id_list *list, bool missing_only,
	   struct qf_selection *selection)
{
	const char *last = NULL;

	list->id_count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];

		if ((missing_only && wanted->found) ||
		    (last != NULL && strcmp(last, wanted->id) == 0))
			continue;
		last = wanted->id;
		list->ids[list->id_count++] = wanted->id;
	}
	selection->ids = list->ids;
	selection->id_count = list->id_count;
}

void
id_list_close(struct tool *tool, struct id_list *list,
	      struct qf_selection *selection)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	list->ids = calloc(list->count + 1, sizeof(*list->ids));
	if (list->ids == NULL)
		no_memory(tool);
	select_ids(list, false, selection);
}

static bool
is_of(const struct id_list *list, const struct id_wanted *wanted,
      const struct qf_message *message)
{
	const char *instance =
		message->instance == NULL ? list->sole : message->instance;

	return wanted->instance == NULL ||
	       (instance != NULL && strcmp(wanted->instance, instance) == 0);
}

bool
id_list_has(struct id_list *list, const struct qf_message *message)
{
	struct id_wanted key = { .id = message->id };
	struct id_wanted *first;
	struct id_wanted *end;
	bool has = false;

	if (list->count == 0)
		return false;
	first = bsearch(&key, list->items, list->count, sizeof(key), compare);
	if (first == NULL)
		return false;
	end = list->items + list->count;
	while (first > list->items && strcmp(first[-1].id, key.id) == 0)
		first--;
	for (; first < end && strcmp(first->id, key.id) == 0; first++) {
		if (!first->seen && is_of(list, first, message))
			first->found = has = true;
	}
	return has;
}

bool
id_list_retry(struct id_list *list, struct qf_selection *selection)
{
	for (size_t i = 0; i < list->count; i++)
		list->items[i].seen = list->items[i].found;
	select_ids(list, true, selection);
	return list->id_count > 0;
}

void
id_list_report(struct tool *tool, const struct id_list *list, bool complete)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++)
		found += list->items[i].found;
	if (list->refused > 0)
		tool_exit_with(tool, found > 0 ? TOOL_PARTLY : TOOL_NOT_FOUND);
	for (size_t i = 0; complete && i < list->count; i++) {
		const struct id_wanted *wanted = &list->items[i];

		if (wanted->found)
			continue;
		tool_complain(tool, found > 0 ? TOOL_PARTLY : TOOL_NOT_FOUND,
			      "%s%s%s: no such message in the queue",
			      wanted->instance == NULL ? "" : wanted->instance,
			      wanted->instance == NULL ? "" : "/", wanted->id);
	}
}

void
id_list_free(struct id_list *list)
{
	free(list->items);
	free(list->ids);
	qf_arena_free(&list->arena);
}
