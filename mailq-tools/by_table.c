/*
 * by_table.c - groups as a table, a line for each.
 */
#include "by_draw.h"

/*
 * What a text shall have, at least, where that is a choice between it and a
 * bar, or between it and another column.
 */
#define TEXT_WIDTH 32
#define TEXT_LEAST 16

struct layout {
	size_t widths[BY_COLUMNS]; /* 0: the column is left out */
	size_t bar;		   /* behind the share; 0: none */
};

/* Columns of text are cut, where it must be, and numbers never are. */
static bool
is_flexible(const struct by *by, size_t i)
{
	const struct by_column *column = &by->columns.items[i];

	if (column->kind == BY_VALUE)
		return by->fields[column->field]->type == QF_FIELD_TEXT;
	return column->kind == BY_HINT;
}

static bool
has_share(const struct by *by, const struct layout *layout)
{
	for (size_t i = 0; i < by->columns.count; i++) {
		if (by->columns.items[i].kind == BY_SHARE &&
		    layout->widths[i] > 0)
			return true;
	}
	return false;
}

/* What the line takes when no text is wider than `most'. */
static size_t
line_width(const struct by *by, const struct layout *layout, size_t most)
{
	size_t sum = 0;

	for (size_t i = 0; i < by->columns.count; i++) {
		size_t width = layout->widths[i];

		if (is_flexible(by, i) && width > most)
			width = most;
		if (width > 0)
			sum += width + (sum > 0);
	}
	return sum + (layout->bar > 0 ? layout->bar + 1 : 0);
}

/* What people miss least goes first. */
static void
leave_out(const struct by *by, struct layout *layout, size_t terminal)
{
	static const enum by_kind order[] = {
		BY_NEWEST, BY_HINT,   BY_SIZE,	BY_RECIPIENTS,
		BY_NEXT,   BY_OLDEST, BY_CLASS, BY_SHARE,
	};

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		for (size_t i = 0; i < by->columns.count; i++) {
			if (line_width(by, layout, TEXT_LEAST) <= terminal)
				return;
			if (by->columns.items[i].kind == order[k])
				layout->widths[i] = 0;
		}
	}
}

/* When that is not enough: as narrow as it takes, from the right. */
static void
squeeze(const struct by *by, struct layout *layout, size_t terminal)
{
	size_t most = TEXT_LEAST;

	while (most > 1 && line_width(by, layout, most) > terminal)
		most--;
	for (size_t i = by->columns.count; i > 1; i--) {
		if (line_width(by, layout, most) <= terminal)
			return;
		layout->widths[i - 1] = 0;
	}
}

/* The widest text gives, until all of it fits. */
static void
cut_texts(const struct by *by, struct layout *layout, size_t terminal)
{
	size_t most = terminal;

	while (most > 1 && line_width(by, layout, most) > terminal)
		most--;
	for (size_t i = 0; i < by->columns.count; i++) {
		if (is_flexible(by, i) && layout->widths[i] > most)
			layout->widths[i] = most;
	}
}

/* When the newest came is told only where nothing else suffers from it. */
static void
make_room_for_bar(const struct by *by, struct layout *layout, size_t terminal)
{
	for (size_t i = 0; i < by->columns.count && !by->has_columns; i++) {
		if (by->columns.items[i].kind == BY_NEWEST &&
		    line_width(by, layout, TEXT_WIDTH) + DRAW_BAR_MIN + 1 >
			    terminal)
			layout->widths[i] = 0;
	}
	if (!has_share(by, layout) ||
	    line_width(by, layout, TEXT_WIDTH) + DRAW_BAR_MIN + 1 > terminal)
		return;
	layout->bar = DRAW_BAR_MIN;
	while (layout->bar < DRAW_BAR_MAX &&
	       line_width(by, layout, terminal) < terminal)
		layout->bar++;
}

static void
lay_out(struct by_draw *draw, struct layout *layout)
{
	const struct by *by = draw->by;

	*layout = (struct layout){ .bar = 0 };
	for (size_t i = 0; i < by->columns.count; i++)
		layout->widths[i] = draw_width(draw, &by->columns.items[i]);
	if (draw->terminal == 0) {
		layout->bar = has_share(by, layout) ? 2 * DRAW_BAR_MIN : 0;
		return;
	}
	leave_out(by, layout, draw->terminal);
	squeeze(by, layout, draw->terminal);
	make_room_for_bar(by, layout, draw->terminal);
	cut_texts(by, layout, draw->terminal);
}

/* Of a row, or the headings where that is NULL. */
static void
print_line(struct by_draw *draw, const struct layout *layout,
	   const struct by_row *row)
{
	const struct by *by = draw->by;
	bool first = true;

	for (size_t i = 0; i < by->columns.count; i++) {
		const struct by_column *column = &by->columns.items[i];

		if (layout->widths[i] == 0)
			continue;
		draw_gap(draw, first ? 0 : 1);
		first = false;
		if (row == NULL)
			draw_heading(draw, column, layout->widths[i]);
		else
			draw_cell(draw, column, row, layout->widths[i]);
		if (column->kind != BY_SHARE || layout->bar == 0)
			continue;
		draw_gap(draw, 1);
		if (row == NULL)
			draw_gap(draw, layout->bar);
		else
			draw_bar(draw, row, layout->bar);
	}
	draw_end(draw);
}

bool
by_print_table(const struct by *by, struct stream *stream)
{
	struct layout layout;
	struct by_draw draw;
	bool fine = true;

	draw_start(&draw, by, stream);
	lay_out(&draw, &layout);
	if (by->headings && by_row_count(by) > 0)
		print_line(&draw, &layout, NULL);
	for (size_t i = 0; fine && i < by_row_count(by); i++) {
		struct qf_group_row sum;
		struct by_row row = by_row(by, i, &sum);

		print_line(&draw, &layout, &row);
		fine = stream_offer(stream);
	}
	draw_free(&draw);
	return fine;
}
