/*
 * trash_list.c - show what is in the trash.
 */
#include "trash_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/value.h"
#include "queue-format/postfix/load.h"

static const struct qf_filter everything = {
	.parts = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
		 QF_PART_RECIPIENTS,
};

bool
trash_list_format_by_name(const char *name, enum output_format *format)
{
	enum output_format found;

	if (!output_format_by_name(name, &found) ||
	    (found != OUTPUT_TABLE && found != OUTPUT_JSON &&
	     found != OUTPUT_JSONL && found != OUTPUT_IDS))
		return false;
	*format = found;
	return true;
}

int64_t
trash_row_deleted(const struct trash_row *row)
{
	return qf_trash_time(&row->entry->trashed) / 1000000;
}

static struct qf_load *
load_of(struct trash_list *list, size_t instance)
{
	struct qf_load **load = &list->loads[instance];

	if (*load == NULL)
		*load = qf_load_new(list->access->workplaces[instance].spool,
				    list->access->names[instance], &everything);
	if (*load == NULL)
		tool_die(list->tool, TOOL_IO, "out of memory");
	return *load;
}

/* What it was while it was being taken, it is no more. */
static enum qf_queue
queue_of(const struct trash_entry *entry)
{
	enum qf_queue queue = QF_QUEUE_DEFERRED;

	(void)qf_queue_by_name(entry->trashed.origin, &queue);
	return queue;
}

/* Of one that cannot be read, its name still tells much. */
static enum qf_status
load(struct trash_list *list, const struct trash_entry *entry,
     struct qf_message *message)
{
	const char *name = list->access->names[entry->instance];
	char path[sizeof(QF_TRASH) + 1 + QF_TRASH_NAME_MAX];
	struct qf_error err;
	enum qf_status status;

	snprintf(path, sizeof(path), "%s/%s", QF_TRASH, entry->name);
	qf_arena_empty(&list->arena, 65536);
	status = qf_load_message(load_of(list, entry->instance),
				 queue_of(entry), entry->trashed.id, path,
				 &list->arena, message, &err);
	message->place = NULL;
	if (status != QF_OK && status != QF_GONE)
		tool_complain_of(list->tool, TOOL_PARTLY, name, err.text);
	return status;
}

static bool
give(struct trash_list *list, const struct trash_entry *entry,
     bool (*take)(void *context, const struct trash_row *row), void *context)
{
	bool reads = list->options->format != OUTPUT_IDS;
	struct qf_message message = { .parts = 0 };
	struct trash_row row = {
		.instance = list->access->names[entry->instance],
		.entry = entry,
		.message = &message,
	};

	if (reads && load(list, entry, &message) == QF_GONE)
		return true;
	if (reads) {
		row.job = trash_job(&list->jobs, entry);
		row.due = trash_due_time(&list->dues[entry->instance],
					 &list->jobs, entry);
	}
	return take(context, &row);
}

bool
trash_list_each(struct trash_list *list,
		bool (*take)(void *context, const struct trash_row *row),
		void *context)
{
	size_t limit = list->options->limit;
	size_t count = list->trash.count;
	bool fine = true;

	if (limit == 0 || limit > count)
		limit = count;
	for (size_t i = 0; i < limit && fine; i++)
		fine = give(list, &list->trash.entries[count - 1 - i], take,
			    context);
	return fine;
}

static bool
put_id(void *context, const struct trash_row *row)
{
	struct trash_list *list = context;
	struct qf_buffer *out = &list->stream.buffer;

	if (row->instance != NULL) {
		qf_buffer_string(out, row->instance);
		qf_buffer_byte(out, '/');
	}
	qf_buffer_string(out, row->entry->trashed.id);
	qf_buffer_byte(out, '\n');
	return stream_offer(&list->stream);
}

/* Of all, also of those that are not shown. */
struct sums {
	int64_t occupied;
	int64_t oldest;
	int64_t next; /* 0: none is due later than now */
	uint64_t due;
};

static struct sums
sum_up(struct trash_list *list)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < list->trash.count; i++) {
		const struct trash_entry *entry = &list->trash.entries[i];
		const struct trash_due *due = &list->dues[entry->instance];
		int64_t when = trash_due_time(due, &list->jobs, entry);
		int64_t deleted = qf_trash_time(&entry->trashed) / 1000000;

		sums.occupied += entry->occupied;
		if (i == 0 || deleted < sums.oldest)
			sums.oldest = deleted;
		if (when <= due->clock.now.wall)
			sums.due++;
		else if (sums.next == 0 || when < sums.next)
			sums.next = when;
	}
	return sums;
}

static void
print_sums(struct trash_list *list)
{
	struct sums sums = sum_up(list);
	struct qf_buffer line = { 0 };

	qf_buffer_string(&line, "in the trash: ");
	qf_buffer_number(&line, (long long)list->trash.count);
	qf_buffer_string(&line,
			 list->trash.count == 1 ? " message, " : " messages, ");
	value_size(&line, sums.occupied);
	qf_buffer_string(&line, "; the oldest since ");
	value_time(&line, list->tool, sums.oldest);
	if (sums.due > 0) {
		qf_buffer_string(&line, "; due for mqadm trash purge now: ");
		qf_buffer_number(&line, (long long)sums.due);
	}
	if (sums.next != 0) {
		qf_buffer_string(&line, sums.due > 0 ? ", next on "
						     : "; due for mqadm trash "
						       "purge from ");
		value_time(&line, list->tool, sums.next);
	}
	tool_note(list->tool, "%s", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

static void
print(struct trash_list *list)
{
	switch (list->options->format) {
	case OUTPUT_JSON:
	case OUTPUT_JSONL:
		(void)trash_json(list);
		break;
	case OUTPUT_IDS:
		(void)trash_list_each(list, put_id, list);
		break;
	default:
		(void)trash_table(list);
		break;
	}
	stream_flush(&list->stream);
	if (list->stream.errnum != 0 && !stream_is_closed(&list->stream))
		tool_die(list->tool, TOOL_IO, "standard output: %s",
			 strerror(list->stream.errnum));
}

void
trash_list_print(struct tool *tool, struct access *access,
		 const struct trash_rules *rules,
		 const struct trash_list_options *options)
{
	struct trash_list list = {
		.tool = tool,
		.access = access,
		.options = options,
		.stream = { .fd = STDOUT_FILENO,
			    .ascii = !tool->utf8 && isatty(STDOUT_FILENO) },
		.trash = { .tool = tool, .access = access },
		.jobs = { .tool = tool, .access = access },
		.dues = calloc(access->count, sizeof(*list.dues)),
	};

	if (list.dues == NULL)
		tool_die(tool, TOOL_IO, "out of memory");
	trash_read(&list.trash);
	trash_look(&list.trash);
	trash_due_open(&list.trash, &list.jobs, rules, list.dues);
	print(&list);
	if (options->format == OUTPUT_TABLE && list.trash.count > 0)
		print_sums(&list);
	else if (options->format == OUTPUT_TABLE && tool->exit == TOOL_OK)
		tool_note(tool, "the trash is empty");
	for (size_t i = 0; i < access->count; i++)
		qf_load_free(list.loads[i]);
	qf_arena_free(&list.arena);
	stream_free(&list.stream);
	trash_jobs_free(&list.jobs);
	trash_free(&list.trash);
	free(list.dues);
}
