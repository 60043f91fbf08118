/*
 * by_draw.h - what the tables of groups are made of.
 */
#ifndef BY_DRAW_H
#define BY_DRAW_H

#include "mailq-tools/by_print.h"

/* Colours of ANSI's terminals. */
#define DRAW_BAR    "36"
#define DRAW_DIM    "2"
#define DRAW_STRONG "1"

/* What a bar needs at least to be one, and takes at most. */
#define DRAW_BAR_MIN 10
#define DRAW_BAR_MAX 40

struct by_draw {
	const struct by *by;
	struct qf_buffer *out;
	bool color;
	size_t terminal;      /* its columns; 0: no terminal, no limit */
	uint64_t most;	      /* messages of the largest group */
	struct qf_buffer raw; /* at work */
	struct qf_buffer safe;
};

void
draw_start(struct by_draw *draw, const struct by *by, struct stream *stream);
void draw_free(struct by_draw *draw);

/* What a column needs for all rows, and for its heading. */
size_t draw_width(struct by_draw *draw, const struct by_column *column);

/* Something of `width' columns; on a terminal it is cut to that. */
void draw_cell(struct by_draw *draw, const struct by_column *column,
	       const struct by_row *row, size_t width);
void draw_heading(struct by_draw *draw, const struct by_column *column,
		  size_t width);

/* A bar of just that width; the sum of others has an empty one. */
void draw_bar(struct by_draw *draw, const struct by_row *row, size_t width);

/* A text that is cut at `width' on a terminal.  Returns the columns. */
size_t draw_text(struct by_draw *draw, const char *text, size_t width);

/* Blanks; and the end of a line, before which there are none. */
void draw_gap(struct by_draw *draw, size_t width);
void draw_end(struct by_draw *draw);

/* Between these two it is in that colour, if there are colours. */
void draw_color(struct by_draw *draw, const char *color);
void draw_plain(struct by_draw *draw);

#endif
