/*
 * grid.h - a small table: columns of text that fit the terminal.
 *
 * Texts are made safe to show here.  It is printed in pieces, so that a long
 * one begins at once; a later piece makes a column wider only for the sake of
 * what is never cut.
 */
#ifndef GRID_H
#define GRID_H

#include "mailq-tools/stream.h"
#include "mailq-tools/tool.h"
#include "queue-format/arena.h"

#define GRID_COLUMNS 12

struct grid_column {
	const char *heading;
	bool is_number;	  /* to the right */
	bool is_flexible; /* may be cut where the terminal is narrow */
};

struct grid {
	const struct tool *tool;
	struct stream *stream;
	struct grid_column columns[GRID_COLUMNS];
	size_t count;

	/* State. */
	size_t terminal; /* its columns; 0: no terminal, nothing is cut */
	size_t widths[GRID_COLUMNS];
	size_t shown; /* columns that find room; 0: not decided yet */
	struct qf_arena arena;
	struct grid_cell *cells;
	size_t filled;
	bool failed; /* out of memory */
};

/* A column more, from left to right; before the first cell. */
void grid_column(struct grid *grid, const char *heading, bool is_number,
		 bool is_flexible);

/*
 * The next cell, from left to right and top to bottom.  False: no use to go
 * on, see the stream.
 */
bool grid_put(struct grid *grid, const char *text);
bool grid_end(struct grid *grid);

#endif
