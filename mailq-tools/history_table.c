/*
 * history_table.c - jobs for people.
 */
#include "history_print.h"

#include <string.h>

#include "mailq-tools/value.h"
#include "mailq-tools/verb.h"
#include "queue-format/text.h"

#define LABEL_WIDTH 11

struct table {
	struct history *history;
	struct grid grid;
	struct qf_buffer cell;
	bool has_instances;
};

static void
start(struct table *table, struct history *history)
{
	*table = (struct table){
		.history = history,
		.grid = { .tool = history->tool, .stream = &history->stream },
		.has_instances = history->access->count > 1,
	};
}

static bool
end(struct table *table)
{
	bool fine = grid_end(&table->grid);

	qf_buffer_free(&table->cell);
	return fine;
}

/* Only the last cell of a row needs to be looked at: a failure stays. */
static bool
put(struct table *table, const char *text)
{
	return grid_put(&table->grid, text == NULL ? "" : text);
}

/* What was put together in table->cell. */
static void
put_cell(struct table *table)
{
	put(table, qf_buffer_text(&table->cell));
	qf_buffer_empty(&table->cell);
}

static bool
add_job(void *context, const struct history_job *shown)
{
	struct table *table = context;
	const struct qf_job *job = shown->job;
	char id[QF_JOB_ID_TEXT];

	qf_job_id_text(&job->id, id);
	id[table->history->digits] = '\0';
	put(table, id);
	if (table->has_instances)
		put(table, shown->instance);
	value_time(&table->cell, table->history->tool, job->begun);
	put_cell(table);
	history_put_user(&table->cell, job);
	put_cell(table);
	put(table, job->action);
	qf_buffer_number(&table->cell, (long long)shown->messages);
	put_cell(table);
	put(table, shown->state);
	history_put_counts(&table->cell, job);
	put_cell(table);
	return put(table, job->reason);
}

bool
history_table_list(struct history *history)
{
	struct table table;
	bool fine;

	start(&table, history);
	grid_column(&table.grid, "JOB", false, false);
	if (table.has_instances)
		grid_column(&table.grid, "INSTANCE", false, true);
	grid_column(&table.grid, "WHEN", false, false);
	grid_column(&table.grid, "WHO", false, true);
	grid_column(&table.grid, "ACTION", false, false);
	grid_column(&table.grid, "MESSAGES", true, false);
	grid_column(&table.grid, "STATE", false, false);
	grid_column(&table.grid, "OUTCOME", false, true);
	grid_column(&table.grid, "REASON", false, true);
	fine = history_each(history, add_job, &table);
	return end(&table) && fine;
}

/* A line "label      text"; nothing where nothing is known. */
static void
put_fact(struct history *history, const char *label, const char *text)
{
	struct qf_buffer *out = &history->stream.buffer;
	size_t used = strlen(label);

	if (text == NULL || *text == '\0')
		return;
	qf_buffer_string(out, label);
	qf_buffer_fill(out, ' ', used < LABEL_WIDTH ? LABEL_WIDTH - used : 1);
	qf_text_show(out, text, (size_t)-1, history->tool->utf8);
	qf_buffer_byte(out, '\n');
}

static void
put_time(struct history *history, const char *label, int64_t when)
{
	struct qf_buffer text = { 0 };

	if (when != 0)
		value_iso_time(&text, history->tool, when);
	put_fact(history, label, qf_buffer_text(&text));
	qf_buffer_free(&text);
}

static bool
put_facts(void *context, const struct history_job *shown)
{
	struct history *history = context;
	const struct qf_job *job = shown->job;
	struct qf_buffer text = { 0 };
	char id[QF_JOB_ID_TEXT];

	qf_job_id_text(&job->id, id);
	put_fact(history, "job", id);
	put_fact(history, "instance", shown->instance);
	put_fact(history, "action", job->action);
	put_fact(history, "state", shown->state);
	put_time(history, "begun", job->begun);
	put_time(history, "ended", job->ended);
	history_put_user(&text, job);
	put_fact(history, "user", qf_buffer_text(&text));
	put_fact(history, "terminal", job->tty);
	put_fact(history, "host", job->host);
	put_fact(history, "command", job->command);
	put_fact(history, "selection", job->selection);
	put_fact(history, "reason", job->reason);
	qf_buffer_empty(&text);
	qf_buffer_number(&text, (long long)shown->messages);
	qf_buffer_string(&text, shown->messages > 0 ? ": " : "");
	history_put_counts(&text, job);
	put_fact(history, "messages", qf_buffer_text(&text));
	qf_buffer_free(&text);
	if (shown->messages > 0)
		qf_buffer_byte(&history->stream.buffer, '\n');
	return stream_offer(&history->stream);
}

/* A name that did not change is not said twice. */
static bool
add_item(void *context, const struct qf_journal_item *item)
{
	struct table *table = context;
	const char *now = item->to_id;

	if (now != NULL && item->from_id != NULL &&
	    strcmp(now, item->from_id) == 0)
		now = NULL;
	put(table, item->from_id);
	put(table, item->from_folder);
	put(table, verb_outcome_name(item->outcome));
	put(table, item->to_folder);
	put(table, now);
	put(table, item->sender != NULL && *item->sender == '\0'
			   ? "<>"
			   : item->sender);
	return put(table, item->text);
}

bool
history_table_job(struct history *history, const struct history_ref *ref)
{
	struct table table;
	bool fine = history_one(history, ref, put_facts, history);

	start(&table, history);
	grid_column(&table.grid, "ID", false, false);
	grid_column(&table.grid, "FROM", false, false);
	grid_column(&table.grid, "OUTCOME", false, false);
	grid_column(&table.grid, "TO", false, false);
	grid_column(&table.grid, "NEW ID", false, false);
	grid_column(&table.grid, "SENDER", false, true);
	grid_column(&table.grid, "TEXT", false, true);
	if (fine)
		fine = history_items(history, ref, add_item, &table);
	return end(&table) && fine;
}
