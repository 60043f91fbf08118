/*
 * output_table.c - a listing as a table, by libsmartcols.
 *
 * Printed in pieces, so that a queue of a million messages needs no more
 * memory than a small one: the first piece decides which columns there are
 * and how wide they are.  A later one changes that only for the sake of an id
 * or a number that would be cut.
 */
#include "output.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/terminal.h"
#include "queue-format/arena.h"
#include "queue-format/clock.h"
#include "queue-format/text.h"

/* Rows of a piece, and how long somebody waits for one. */
#define PIECE_ROWS 1000
#define PIECE_MS   200

/* Less room than this for each column of free text: leave some columns out. */
#define LEAST_WIDTH 8

struct cell {
	const char *text; /* safe to show; in the arena */
	size_t width;
};

struct output_table {
	struct libscols_table *scols;
	struct qf_arena arena;
	struct cell *cells; /* PIECE_ROWS rows of them */
	const char *colors[PIECE_ROWS];
	size_t rows;
	size_t widths[COLUMNS_MAX];
	size_t shown;	 /* columns that find room; 0: not decided yet */
	size_t terminal; /* its columns; 0: no terminal, no limit */
	int64_t begin;	 /* of this piece, in ms */
	struct qf_buffer text;
};

/* Out of memory is told as any other failure to write is. */
static bool
no_memory(struct output *output)
{
	if (output->stream.errnum == 0)
		output->stream.errnum = ENOMEM;
	return false;
}

static bool
start(struct output *output)
{
	struct output_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return no_memory(output);
	output->table = table;
	table->cells = calloc(PIECE_ROWS * output->columns->count,
			      sizeof(*table->cells));
	table->scols = scols_new_table();
	if (table->cells == NULL || table->scols == NULL)
		return no_memory(output);
	table->terminal = terminal_width(STDOUT_FILENO);
	/* Widths are ours: the library shall not look at the terminal. */
	scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table->scols, 1000000);
	scols_table_enable_minout(table->scols, 1);
	scols_table_enable_noheadings(table->scols, !output->headings);
	scols_table_enable_colors(table->scols,
				  tool_has_color(output->tool, STDOUT_FILENO));
	return true;
}

/* Columns that may be cut; ids and marks never are. */
static bool
is_flexible(const struct column *column)
{
	return column->field != NULL && column->field->type == QF_FIELD_TEXT &&
	       column->field->part != QF_PART_NAME &&
	       column->field->part != QF_PART_INODE;
}

/* Reasons are the longest, and what people look for. */
static size_t
weight_of(const struct column *column)
{
	return strcmp(column->name, "reason") == 0 ? 2 : 1;
}

static void
natural_widths(struct output *output)
{
	struct output_table *table = output->table;
	size_t count = output->columns->count;

	for (size_t i = 0; i < count; i++) {
		char heading[COLUMN_HEADING_MAX];
		size_t widest = 1;

		if (output->headings)
			widest = column_heading(&output->columns->items[i],
						heading);
		if (!is_flexible(&output->columns->items[i]) &&
		    table->widths[i] > widest)
			widest = table->widths[i];
		for (size_t row = 0; row < table->rows; row++) {
			if (table->cells[row * count + i].width > widest)
				widest = table->cells[row * count + i].width;
		}
		table->widths[i] = widest;
	}
}

/*
 * How many columns find room, from the left, when those that can be cut are
 * as narrow as they may get.
 */
static size_t
columns_that_fit(const struct output *output)
{
	const struct output_table *table = output->table;
	size_t count = output->columns->count;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		size_t width = table->widths[i];

		if (is_flexible(&output->columns->items[i]) &&
		    width > LEAST_WIDTH)
			width = LEAST_WIDTH;
		used += width + (i > 0);
		if (used > table->terminal)
			return i > 0 ? i : 1;
	}
	return count;
}

/*
 * Share `room' among the flexible columns: who needs less than a fair share
 * gets what it needs, and the others share the rest.
 */
static void
share(struct output *output, size_t room)
{
	const struct column *columns = output->columns->items;
	struct output_table *table = output->table;
	bool settled[COLUMNS_MAX] = { false };
	bool again = true;
	size_t weights = 0;

	while (again) {
		again = false;
		weights = 0;
		for (size_t i = 0; i < table->shown; i++) {
			if (is_flexible(&columns[i]) && !settled[i])
				weights += weight_of(&columns[i]);
		}
		for (size_t i = 0; i < table->shown; i++) {
			size_t need = table->widths[i];

			if (!is_flexible(&columns[i]) || settled[i] ||
			    need > room * weight_of(&columns[i]) / weights)
				continue;
			settled[i] = true;
			again = true;
			room -= need;
			weights -= weight_of(&columns[i]);
			if (weights == 0)
				return;
		}
	}
	for (size_t i = 0; i < table->shown; i++) {
		if (is_flexible(&columns[i]) && !settled[i])
			table->widths[i] =
				room * weight_of(&columns[i]) / weights;
	}
}

/*
 * What is left goes to the last column if that is of free text: rows of a
 * later piece may have more to say.
 */
static void
use_rest(struct output *output, size_t total)
{
	struct output_table *table = output->table;
	size_t last = table->shown - 1;

	if (is_flexible(&output->columns->items[last]))
		table->widths[last] += table->terminal - total;
}

static void
fit_widths(struct output *output)
{
	const struct columns *columns = output->columns;
	struct output_table *table = output->table;
	size_t flexible = 0;
	size_t fixed;
	size_t total;

	natural_widths(output);
	table->shown = columns->count;
	if (table->terminal == 0)
		return;
	table->shown = columns_that_fit(output);
	fixed = table->shown - 1; /* a blank between two columns */
	total = fixed;
	for (size_t i = 0; i < table->shown; i++) {
		total += table->widths[i];
		if (is_flexible(&columns->items[i]))
			flexible++;
		else
			fixed += table->widths[i];
	}
	if (total <= table->terminal)
		use_rest(output, total);
	else if (flexible > 0)
		share(output, table->terminal > fixed + flexible
				      ? table->terminal - fixed
				      : flexible);
}

static bool
make_columns(struct output *output)
{
	struct output_table *table = output->table;

	fit_widths(output);
	scols_table_remove_columns(table->scols);
	for (size_t i = 0; i < table->shown; i++) {
		const struct column *column = &output->columns->items[i];
		struct libscols_column *made;
		char heading[COLUMN_HEADING_MAX];

		/* The library makes no column narrower than its heading. */
		if (column_heading(column, heading) > table->widths[i])
			heading[table->widths[i]] = '\0';
		made = scols_table_new_column(
			table->scols, heading, (double)table->widths[i],
			column_is_number(column) ? SCOLS_FL_RIGHT : 0);
		if (made == NULL)
			return no_memory(output);
	}
	return true;
}

/* Would an id or a number of this piece be cut? */
static bool
is_too_narrow(const struct output *output)
{
	const struct output_table *table = output->table;
	size_t count = output->columns->count;

	for (size_t i = 0; i < table->shown; i++) {
		if (is_flexible(&output->columns->items[i]))
			continue;
		for (size_t row = 0; row < table->rows; row++) {
			if (table->cells[row * count + i].width >
			    table->widths[i])
				return true;
		}
	}
	return false;
}

/* One row into the library's table, each cell cut to its column. */
static bool
add_row(struct output *output, size_t row)
{
	struct output_table *table = output->table;
	size_t count = output->columns->count;
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);

	if (line == NULL)
		return no_memory(output);
	if (table->colors[row] != NULL)
		scols_line_set_color(line, table->colors[row]);
	for (size_t i = 0; i < table->shown; i++) {
		const struct cell *cell = &table->cells[row * count + i];
		size_t width = table->widths[i];

		/* Without a terminal nothing is cut. */
		qf_buffer_empty(&table->text);
		if (cell->width > width && table->terminal > 0)
			qf_text_show(&table->text, cell->text, width,
				     output->tool->utf8);
		else
			qf_buffer_string(&table->text, cell->text);
		if (scols_line_set_data(line, i,
					qf_buffer_text(&table->text)) != 0)
			return no_memory(output);
	}
	return true;
}

static bool
print_piece(struct output *output)
{
	struct output_table *table = output->table;
	char *text = NULL;

	if ((table->shown == 0 || is_too_narrow(output)) &&
	    !make_columns(output))
		return false;
	for (size_t row = 0; row < table->rows; row++) {
		if (!add_row(output, row))
			return false;
	}
	if (scols_print_table_to_string(table->scols, &text) != 0 ||
	    text == NULL)
		return no_memory(output);
	qf_buffer_string(&output->stream.buffer, text);
	qf_buffer_byte(&output->stream.buffer, '\n');
	free(text);
	scols_table_remove_lines(table->scols);
	scols_table_enable_noheadings(table->scols, 1);
	qf_arena_empty(&table->arena, 1024 * 1024);
	table->rows = 0;
	return stream_flush(&output->stream);
}

static const char *
color_of(const struct qf_message *message)
{
	if (message->fault != NULL)
		return "red";
	if (message->forced_expire)
		return "magenta";
	switch (message->queue) {
	case QF_QUEUE_ACTIVE:
		return "green";
	case QF_QUEUE_HOLD:
		return "yellow";
	case QF_QUEUE_INCOMING:
	case QF_QUEUE_MAILDROP:
		return "cyan";
	case QF_QUEUE_CORRUPT:
		return "red";
	case QF_QUEUE_DEFERRED:
	case QF_QUEUE_COUNT:
		break;
	}
	return NULL;
}

/* The value of one column, safe to show, in the arena. */
static bool
keep_cell(struct output *output, const struct column *column,
	  const struct qf_message *message, struct cell *cell)
{
	struct output_table *table = output->table;

	qf_buffer_empty(&output->value);
	qf_buffer_empty(&table->text);
	value_for_people(&output->value, output->tool, column, message);
	cell->width = qf_text_show(&table->text, qf_buffer_text(&output->value),
				   (size_t)-1, output->tool->utf8);
	cell->text = qf_arena_copy(&table->arena, qf_buffer_text(&table->text),
				   table->text.len);
	return cell->text != NULL ? true : no_memory(output);
}

static bool
message(struct output *output, const struct qf_message *m)
{
	struct output_table *table = output->table;
	size_t count = output->columns->count;

	if (table->rows == 0)
		table->begin = qf_clock_ms();
	for (size_t i = 0; i < count; i++) {
		if (!keep_cell(output, &output->columns->items[i], m,
			       &table->cells[table->rows * count + i]))
			return false;
	}
	table->colors[table->rows++] = color_of(m);
	if (table->rows == PIECE_ROWS ||
	    (table->rows % 16 == 0 && qf_clock_ms() - table->begin > PIECE_MS))
		return print_piece(output);
	return true;
}

static bool
end(struct output *output)
{
	struct output_table *table = output->table;

	/* NULL: start() ran out of memory. */
	return table == NULL || table->rows == 0 || print_piece(output);
}

static void
free_table(struct output *output)
{
	struct output_table *table = output->table;

	if (table == NULL)
		return;
	if (table->scols != NULL)
		scols_unref_table(table->scols);
	qf_arena_free(&table->arena);
	qf_buffer_free(&table->text);
	free(table->cells);
	free(table);
	output->table = NULL;
}

const struct output_ops output_table_ops = {
	.start = start,
	.message = message,
	.end = end,
	.free = free_table,
};
