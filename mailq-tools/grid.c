/*
 * grid.c - a small table.
 */
#include "grid.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailq-tools/terminal.h"
#include "queue-format/text.h"

#define PIECE_ROWS  500
#define LEAST_WIDTH 8 /* of a column that is cut */

struct grid_cell {
	const char *text; /* safe to show; in the arena */
	size_t width;
};

void
grid_column(struct grid *grid, const char *heading, bool is_number,
	    bool is_flexible)
{
	grid->columns[grid->count++] =
		(struct grid_column){ heading, is_number, is_flexible };
}

static bool
no_memory(struct grid *grid)
{
	grid->failed = true;
	if (grid->stream->errnum == 0)
		grid->stream->errnum = ENOMEM;
	return false;
}

static size_t
rows(const struct grid *grid)
{
	return grid->filled / grid->count;
}

/* As wide as the widest that is known; never narrower than before. */
static void
measure(struct grid *grid)
{
	for (size_t i = 0; i < grid->count; i++) {
		size_t heading = strlen(grid->columns[i].heading);

		if (grid->shown > 0 && grid->columns[i].is_flexible &&
		    grid->terminal > 0)
			continue;
		if (heading > grid->widths[i])
			grid->widths[i] = heading;
		for (size_t row = 0; row < rows(grid); row++) {
			const struct grid_cell *cell =
				&grid->cells[row * grid->count + i];

			if (cell->width > grid->widths[i])
				grid->widths[i] = cell->width;
		}
	}
}

/* What a line takes when no flexible column is wider than `most'. */
static size_t
line_width(const struct grid *grid, size_t most)
{
	size_t sum = 0;

	for (size_t i = 0; i < grid->shown; i++) {
		size_t width = grid->widths[i];

		if (grid->columns[i].is_flexible && width > most)
			width = most;
		sum += width + (i > 0);
	}
	return sum;
}

/* The widest give first; then columns go, from the right. */
static void
fit(struct grid *grid)
{
	size_t most = grid->terminal;

	grid->shown = grid->count;
	if (grid->terminal == 0)
		return;
	while (grid->shown > 1 &&
	       line_width(grid, LEAST_WIDTH) > grid->terminal)
		grid->shown--;
	while (most > 1 && line_width(grid, most) > grid->terminal)
		most--;
	for (size_t i = 0; i < grid->shown; i++) {
		if (grid->columns[i].is_flexible && grid->widths[i] > most)
			grid->widths[i] = most;
	}
}

static void
put_padded(struct grid *grid, size_t i, const char *text, size_t used)
{
	struct qf_buffer *out = &grid->stream->buffer;
	size_t width = grid->widths[i];
	size_t gap = used < width ? width - used : 0;

	qf_buffer_fill(out, ' ', i > 0);
	qf_buffer_fill(out, ' ', grid->columns[i].is_number ? gap : 0);
	qf_buffer_string(out, text);
	qf_buffer_fill(out, ' ', grid->columns[i].is_number ? 0 : gap);
}

/* Blanks at the end of a line would only be in the way of who copies it. */
static void
end_line(struct qf_buffer *out)
{
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	qf_buffer_byte(out, '\n');
}

static void
put_headings(struct grid *grid)
{
	struct qf_buffer text = { 0 };

	for (size_t i = 0; i < grid->shown; i++) {
		const char *heading = grid->columns[i].heading;
		size_t used;

		qf_buffer_empty(&text);
		used = qf_text_show(&text, heading,
				    grid->terminal > 0 ? grid->widths[i]
						       : SIZE_MAX,
				    grid->tool->utf8);
		put_padded(grid, i, qf_buffer_text(&text), used);
	}
	end_line(&grid->stream->buffer);
	qf_buffer_free(&text);
}

static void
put_row(struct grid *grid, size_t row, struct qf_buffer *text)
{
	for (size_t i = 0; i < grid->shown; i++) {
		const struct grid_cell *cell =
			&grid->cells[row * grid->count + i];
		size_t used = cell->width;
		const char *shown = cell->text;

		if (grid->terminal > 0 && used > grid->widths[i]) {
			qf_buffer_empty(text);
			used = qf_text_show(text, shown, grid->widths[i],
					    grid->tool->utf8);
			shown = qf_buffer_text(text);
		}
		put_padded(grid, i, shown, used);
	}
	end_line(&grid->stream->buffer);
}

static bool
print_piece(struct grid *grid)
{
	struct qf_buffer text = { 0 };

	measure(grid);
	if (grid->shown == 0) {
		fit(grid);
		put_headings(grid);
	}
	for (size_t row = 0; row < rows(grid); row++)
		put_row(grid, row, &text);
	qf_buffer_free(&text);
	grid->filled = 0;
	qf_arena_empty(&grid->arena, 1024 * 1024);
	return stream_flush(grid->stream);
}

static bool
start(struct grid *grid)
{
	grid->terminal = terminal_width(grid->stream->fd);
	grid->cells = calloc(PIECE_ROWS * grid->count, sizeof(*grid->cells));
	return grid->cells != NULL ? true : no_memory(grid);
}

bool
grid_put(struct grid *grid, const char *text)
{
	struct qf_buffer safe = { 0 };
	struct grid_cell *cell;

	if (grid->failed || (grid->cells == NULL && !start(grid)))
		return false;
	cell = &grid->cells[grid->filled];
	cell->width = qf_text_show(&safe, text, SIZE_MAX, grid->tool->utf8);
	cell->text =
		qf_arena_copy(&grid->arena, qf_buffer_text(&safe), safe.len);
	qf_buffer_free(&safe);
	if (cell->text == NULL)
		return no_memory(grid);
	if (++grid->filled < PIECE_ROWS * grid->count)
		return true;
	return print_piece(grid);
}

bool
grid_end(struct grid *grid)
{
	bool fine = !grid->failed;

	if (fine && grid->filled > 0)
		fine = print_piece(grid);
	qf_arena_free(&grid->arena);
	free(grid->cells);
	grid->cells = NULL;
	return fine;
}
