/*
 * trash_table.c - what is in the trash, for people.
 */
#include "trash_list.h"

#include "mailq-tools/grid.h"
#include "mailq-tools/history.h"
#include "mailq-tools/value.h"

struct table {
	struct trash_list *list;
	struct grid grid;
	struct qf_buffer cell;
	bool has_instances;
};

/* Only the last cell of a row needs to be looked at: a failure stays. */
static bool
put(struct table *table, const char *text)
{
	return grid_put(&table->grid, text == NULL ? "" : text);
}

/* What was put together in table->cell. */
static bool
put_cell(struct table *table)
{
	bool fine = put(table, qf_buffer_text(&table->cell));

	qf_buffer_empty(&table->cell);
	return fine;
}

/* The first one, and how many more. */
static void
put_recipients(struct table *table, const struct qf_message *message)
{
	if (message->left_count > 0)
		qf_buffer_string(&table->cell, message->left[0].address);
	if (message->left_count > 1) {
		qf_buffer_string(&table->cell, " and ");
		qf_buffer_number(&table->cell,
				 (long long)message->left_count - 1);
		qf_buffer_string(&table->cell, " more");
	}
}

static bool
add(void *context, const struct trash_row *row)
{
	struct table *table = context;
	const struct qf_message *message = row->message;
	const char *sender = message->sender;

	put(table, row->entry->trashed.id);
	if (table->has_instances)
		put(table, row->instance);
	put(table, row->entry->trashed.origin);
	value_time(&table->cell, table->list->tool, trash_row_deleted(row));
	put_cell(table);
	if (row->job != NULL)
		history_put_user(&table->cell, row->job);
	put_cell(table);
	put(table, row->job == NULL ? "" : row->job->reason);
	value_size(&table->cell, row->entry->occupied);
	put_cell(table);
	put(table, sender != NULL && *sender == '\0' ? "<>" : sender);
	put_recipients(table, message);
	return put_cell(table);
}

bool
trash_table(struct trash_list *list)
{
	struct table table = {
		.list = list,
		.grid = { .tool = list->tool, .stream = &list->stream },
		.has_instances = list->access->count > 1,
	};
	bool fine;

	grid_column(&table.grid, "ID", false, false);
	if (table.has_instances)
		grid_column(&table.grid, "INSTANCE", false, true);
	grid_column(&table.grid, "FROM", false, false);
	grid_column(&table.grid, "DELETED", false, false);
	grid_column(&table.grid, "WHO", false, true);
	grid_column(&table.grid, "REASON", false, true);
	grid_column(&table.grid, "SIZE", true, false);
	grid_column(&table.grid, "SENDER", false, true);
	grid_column(&table.grid, "RECIPIENTS", false, true);
	fine = trash_list_each(list, add, &table);
	fine = grid_end(&table.grid) && fine;
	qf_buffer_free(&table.cell);
	return fine;
}
