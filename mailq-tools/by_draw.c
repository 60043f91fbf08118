/*
 * by_draw.c - what the tables of groups are made of.
 *
 * A bar compares the groups with each other: that of the largest one is full.
 * The share of all messages stands beside it as a number.
 */
#include "by_draw.h"

#include <unistd.h>

#include "mailq-tools/terminal.h"
#include "queue-format/text.h"

void
draw_start(struct by_draw *draw, const struct by *by, struct stream *stream)
{
	*draw = (struct by_draw){
		.by = by,
		.out = &stream->buffer,
		.color = tool_has_color(by->tool, STDOUT_FILENO),
		.terminal = terminal_width(STDOUT_FILENO),
	};
	for (size_t i = 0; i < by_row_count(by); i++) {
		struct qf_group_row sum;
		struct by_row row = by_row(by, i, &sum);

		if (row.others == 0 && row.known->messages > draw->most)
			draw->most = row.known->messages;
	}
}

void
draw_free(struct by_draw *draw)
{
	qf_buffer_free(&draw->raw);
	qf_buffer_free(&draw->safe);
}

/* Leaves the text in draw->safe, and returns its columns. */
static size_t
make_safe(struct by_draw *draw, const struct by_column *column,
	  const struct by_row *row, size_t most)
{
	qf_buffer_empty(&draw->raw);
	qf_buffer_empty(&draw->safe);
	by_for_people(&draw->raw, draw->by, column, row);
	return qf_text_show(&draw->safe, qf_buffer_text(&draw->raw), most,
			    draw->by->tool->utf8);
}

size_t
draw_width(struct by_draw *draw, const struct by_column *column)
{
	char heading[COLUMN_HEADING_MAX];
	size_t widest = 1;

	if (draw->by->headings)
		widest = by_column_heading(draw->by, column, heading);
	for (size_t i = 0; i < by_row_count(draw->by); i++) {
		struct qf_group_row sum;
		struct by_row row = by_row(draw->by, i, &sum);
		size_t width = make_safe(draw, column, &row, SIZE_MAX);

		if (width > widest)
			widest = width;
	}
	return widest;
}

void
draw_gap(struct by_draw *draw, size_t width)
{
	qf_buffer_fill(draw->out, ' ', width);
}

/* Blanks at the end of a line would only be in the way of who copies it. */
void
draw_end(struct by_draw *draw)
{
	struct qf_buffer *out = draw->out;

	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	qf_buffer_byte(out, '\n');
}

static size_t
limit(const struct by_draw *draw, size_t width)
{
	return draw->terminal == 0 ? SIZE_MAX : width;
}

void
draw_cell(struct by_draw *draw, const struct by_column *column,
	  const struct by_row *row, size_t width)
{
	size_t used = make_safe(draw, column, row, limit(draw, width));
	size_t gap = used < width ? width - used : 0;
	bool right = by_column_is_number(draw->by, column);

	draw_gap(draw, right ? gap : 0);
	qf_buffer_add(draw->out, qf_buffer_text(&draw->safe), draw->safe.len);
	draw_gap(draw, right ? 0 : gap);
}

void
draw_heading(struct by_draw *draw, const struct by_column *column, size_t width)
{
	char heading[COLUMN_HEADING_MAX];
	size_t len = by_column_heading(draw->by, column, heading);
	bool right = by_column_is_number(draw->by, column);

	if (len > width)
		len = width;
	draw_gap(draw, right ? width - len : 0);
	qf_buffer_add(draw->out, heading, len);
	draw_gap(draw, right ? 0 : width - len);
}

size_t
draw_text(struct by_draw *draw, const char *text, size_t width)
{
	return qf_text_show(draw->out, text, limit(draw, width),
			    draw->by->tool->utf8);
}

void
draw_color(struct by_draw *draw, const char *color)
{
	if (!draw->color)
		return;
	qf_buffer_string(draw->out, "\033[");
	qf_buffer_string(draw->out, color);
	qf_buffer_byte(draw->out, 'm');
}

void
draw_plain(struct by_draw *draw)
{
	draw_color(draw, "0");
}

/* Eighths of a column, from the left. */
static size_t
put_blocks(struct qf_buffer *out, double columns)
{
	static const char *const parts[] = { "",
					     "\xe2\x96\x8f",
					     "\xe2\x96\x8e",
					     "\xe2\x96\x8d",
					     "\xe2\x96\x8c",
					     "\xe2\x96\x8b",
					     "\xe2\x96\x8a",
					     "\xe2\x96\x89" };
	size_t eighths = (size_t)(columns * 8 + 0.5);

	/* What is there at all is seen. */
	if (eighths == 0 && columns > 0)
		eighths = 1;
	for (size_t i = 0; i < eighths / 8; i++)
		qf_buffer_string(out, "\xe2\x96\x88");
	qf_buffer_string(out, parts[eighths % 8]);
	return (eighths + 7) / 8;
}

void
draw_bar(struct by_draw *draw, const struct by_row *row, size_t width)
{
	double columns = 0;
	size_t used;

	if (row->others == 0 && draw->most > 0)
		columns = (double)width * (double)row->known->messages /
			  (double)draw->most;
	if (columns > 0)
		draw_color(draw, DRAW_BAR);
	if (draw->by->tool->utf8) {
		used = put_blocks(draw->out, columns);
	} else {
		used = (size_t)(columns + 0.5);
		qf_buffer_fill(draw->out, '#', used);
	}
	if (columns > 0)
		draw_plain(draw);
	draw_gap(draw, width - used);
}
