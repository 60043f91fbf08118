/*
 * by_reason.c - groups of reasons as a table, two lines for each.
 *
 * A reason is long, and what it says last is what tells it from others: it
 * gets a line of its own.  In the second one is how much of it there is, what
 * class it is of, and what to do.
 */
#include "by_draw.h"

#include <string.h>

#define GAP 2 /* before texts */

/* What the class gets at least, and together with the hint before a bar. */
#define CLASS_WIDTH  12
#define ADVICE_WIDTH 28

/* Where nothing is cut, a bar is as wide as this. */
#define FREE_BAR 20

static const struct by_column messages = { BY_MESSAGES, 0 };
static const struct by_column share = { BY_SHARE, 0 };

/* Behind the share, from the left. */
static const struct by_column numbers[] = {
	{ BY_RECIPIENTS, 0 }, { BY_SIZE, 0 }, { BY_OLDEST, 0 },
	{ BY_NEWEST, 0 },     { BY_NEXT, 0 },
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct layout {
	size_t messages; /* widths of columns */
	size_t values[QF_GROUP_FIELDS];
	size_t share;
	size_t numbers[NUMBERS]; /* 0: it is left out */
	size_t bar;
	size_t advice;	 /* class and hint */
	bool has_reason; /* else the hint is behind the class */
};

static const char *
arrow(const struct by_draw *draw)
{
	return draw->by->tool->utf8 ? " \xe2\x86\x92 " : " -> ";
}

static size_t
arrow_width(const struct by_draw *draw)
{
	return draw->by->tool->utf8 ? 3 : 4;
}

/* Columns of the longest class with its hint; all of them are ASCII. */
static size_t
advice_width(const struct by_draw *draw)
{
	size_t widest = 0;

	for (size_t i = 0; i < by_row_count(draw->by); i++) {
		struct qf_group_row sum;
		struct by_row row = by_row(draw->by, i, &sum);
		enum qf_reason_class class = row.known->reason_class;
		size_t width;

		if (class == QF_REASON_NONE)
			continue;
		width = strlen(qf_reason_class_name(class)) +
			arrow_width(draw) + strlen(qf_reason_hint(class));
		if (width > widest)
			widest = width;
	}
	return widest;
}

static size_t
numbers_width(const struct layout *layout)
{
	size_t sum = layout->share;

	for (size_t i = 0; i < NUMBERS; i++)
		sum += layout->numbers[i] > 0 ? layout->numbers[i] + 1 : 0;
	return sum;
}

static void
leave_out(struct layout *layout, enum by_kind kind, size_t room)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		if (numbers[i].kind == kind && numbers_width(layout) > room)
			layout->numbers[i] = 0;
	}
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* `most' is what the longest advice would take. */
static void
fit_second_line(struct layout *layout, size_t room, size_t most)
{
	static const enum by_kind order[] = { BY_SIZE, BY_RECIPIENTS, BY_NEXT,
					      BY_OLDEST };
	size_t gap = most > 0 ? GAP : 0;
	size_t all = gap + most + DRAW_BAR_MIN + 1;
	size_t left;

	/* What to do is worth more than how large it is. */
	leave_out(layout, BY_NEWEST, room > all ? room - all : 0);
	leave_out(layout, BY_SIZE, room > all ? room - all : 0);
	leave_out(layout, BY_RECIPIENTS, room > all ? room - all : 0);
	all = gap + least(most, CLASS_WIDTH);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		leave_out(layout, order[i], room > all ? room - all : 0);
	left = room - least(room, numbers_width(layout) + gap);
	if (left > least(most, ADVICE_WIDTH) + DRAW_BAR_MIN) {
		layout->bar = left - least(left, most + 1);
		if (layout->bar < DRAW_BAR_MIN)
			layout->bar = DRAW_BAR_MIN;
		layout->bar = least(layout->bar, DRAW_BAR_MAX);
		left -= layout->bar + 1;
	}
	layout->advice = left;
}

/* The reason, or what is last, gets what the others leave. */
static void
fit_first_line(const struct by *by, struct layout *layout, size_t room)
{
	size_t count = by->field_count;
	size_t main = count - 1;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(by->fields[i]->name, "reason") == 0)
			main = i;
	}
	for (size_t i = 0; i < count; i++) {
		if (i == main)
			continue;
		layout->values[i] =
			least(layout->values[i], room / (count + 1));
		used += layout->values[i] + 1;
	}
	layout->values[main] =
		least(layout->values[main], room - least(room, used));
}

static void
lay_out(struct by_draw *draw, struct layout *layout)
{
	const struct by *by = draw->by;
	size_t indent;
	size_t room;

	*layout = (struct layout){ .bar = FREE_BAR, .advice = SIZE_MAX };
	layout->messages = draw_width(draw, &messages);
	layout->share = draw_width(draw, &share);
	for (size_t i = 0; i < NUMBERS; i++)
		layout->numbers[i] = draw_width(draw, &numbers[i]);
	for (size_t i = 0; i < by->field_count; i++) {
		struct by_column column = { BY_VALUE, i };

		layout->values[i] = draw_width(draw, &column);
		if (strcmp(by->fields[i]->name, "reason") == 0)
			layout->has_reason = true;
	}
	if (draw->terminal == 0)
		return;
	indent = layout->messages + GAP;
	room = draw->terminal > indent ? draw->terminal - indent : 1;
	layout->bar = 0;
	fit_first_line(by, layout, room);
	fit_second_line(layout, room,
			layout->has_reason ? advice_width(draw) : 0);
}

/* By how much it is ours to do something. */
static const char *color_of(enum qf_reason_class class)
{
	switch (class) {
	case QF_REASON_GREYLIST:
		return "32";
	case QF_REASON_REPUTATION:
	case QF_REASON_CONTENT:
	case QF_REASON_LOOP:
	case QF_REASON_LOCAL_CONFIG:
	case QF_REASON_SUSPENDED:
		return "31";
	default:
		return "33";
	}
}

/* "timeout -> check the network", or only the second half. */
static void
put_advice(struct by_draw *draw, enum qf_reason_class class, bool name,
	   size_t room)
{
	size_t used = 0;

	if (class == QF_REASON_NONE || room == 0)
		return;
	if (name) {
		draw_color(draw, color_of(class));
		used = draw_text(draw, qf_reason_class_name(class), room);
		draw_plain(draw);
	}
	if (room - used < arrow_width(draw) + 2)
		return;
	draw_color(draw, DRAW_DIM);
	qf_buffer_string(draw->out, arrow(draw));
	draw_text(draw, qf_reason_hint(class), room - used - arrow_width(draw));
	draw_plain(draw);
}

/* What the values of the first line leave of it. */
static size_t
room_behind_values(const struct by_draw *draw, const struct layout *layout)
{
	size_t used = layout->messages + GAP;

	if (draw->terminal == 0)
		return SIZE_MAX;
	for (size_t i = 0; i < draw->by->field_count; i++)
		used += layout->values[i] + (i > 0);
	return draw->terminal - least(draw->terminal, used);
}

/* Of a row, or the headings where that is NULL. */
static void
print_first_line(struct by_draw *draw, const struct layout *layout,
		 const struct by_row *row)
{
	if (row == NULL) {
		draw_heading(draw, &messages, layout->messages);
	} else {
		draw_color(draw, DRAW_STRONG);
		draw_cell(draw, &messages, row, layout->messages);
		draw_plain(draw);
	}
	draw_gap(draw, GAP);
	for (size_t i = 0; i < draw->by->field_count; i++) {
		struct by_column column = { BY_VALUE, i };

		draw_gap(draw, i > 0);
		if (row == NULL)
			draw_heading(draw, &column, layout->values[i]);
		else
			draw_cell(draw, &column, row, layout->values[i]);
	}
	if (row != NULL && !layout->has_reason)
		put_advice(draw, row->known->reason_class, false,
			   room_behind_values(draw, layout));
	draw_end(draw);
}

static void
print_second_line(struct by_draw *draw, const struct layout *layout,
		  const struct by_row *row)
{
	draw_gap(draw, layout->messages + GAP);
	if (layout->bar > 0 && row != NULL)
		draw_bar(draw, row, layout->bar);
	draw_gap(draw, layout->bar > 0 && row == NULL ? layout->bar : 0);
	draw_gap(draw, layout->bar > 0);
	if (row == NULL)
		draw_heading(draw, &share, layout->share);
	else
		draw_cell(draw, &share, row, layout->share);
	for (size_t i = 0; i < NUMBERS; i++) {
		if (layout->numbers[i] == 0)
			continue;
		draw_gap(draw, 1);
		if (row == NULL)
			draw_heading(draw, &numbers[i], layout->numbers[i]);
		else
			draw_cell(draw, &numbers[i], row, layout->numbers[i]);
	}
	if (layout->has_reason) {
		draw_gap(draw, GAP);
		if (row == NULL)
			draw_text(draw, "CLASS", layout->advice);
		else
			put_advice(draw, row->known->reason_class, true,
				   layout->advice);
	}
	draw_end(draw);
}

bool
by_print_reasons(const struct by *by, struct stream *stream)
{
	struct layout layout;
	struct by_draw draw;
	bool fine = true;

	draw_start(&draw, by, stream);
	lay_out(&draw, &layout);
	if (by->headings && by_row_count(by) > 0) {
		print_first_line(&draw, &layout, NULL);
		print_second_line(&draw, &layout, NULL);
	}
	for (size_t i = 0; fine && i < by_row_count(by); i++) {
		struct qf_group_row sum;
		struct by_row row = by_row(by, i, &sum);

		print_first_line(&draw, &layout, &row);
		print_second_line(&draw, &layout, &row);
		fine = stream_offer(stream);
	}
	draw_free(&draw);
	return fine;
}
