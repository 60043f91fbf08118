/*
 * by_options.c - what is said with --by, and with --columns and --sort then.
 */
#include "by_print.h"

#include <string.h>

#include "mailq-tools/value.h"

void
by_read_fields(struct tool *tool, const char *list, struct by *by)
{
	by->field_count = 0;
	for (;; list++) {
		size_t len = strcspn(list, ",");
		const struct qf_field *field = qf_field_by_name(list, len);

		if (field == NULL)
			field_unknown(tool, "--by: unknown field", list, len);
		if (by->field_count == QF_GROUP_FIELDS)
			tool_misuse(tool, "--by: more than %d fields",
				    QF_GROUP_FIELDS);
		for (size_t i = 0; i < by->field_count; i++) {
			if (by->fields[i] == field)
				tool_misuse(tool, "--by: %s is there twice",
					    field->name);
		}
		by->fields[by->field_count++] = field;
		list += len;
		if (*list == '\0')
			return;
	}
}

/* Which of the fields has that name; their count: none. */
static size_t
find_field(const struct by *by, const char *name, size_t len)
{
	const struct qf_field *field = qf_field_by_name(name, len);
	size_t i = 0;

	while (i < by->field_count && by->fields[i] != field)
		i++;
	return i;
}

static void
add_column(struct tool *tool, struct by *by, enum by_kind kind, size_t field)
{
	if (by->columns.count == BY_COLUMNS)
		tool_misuse(tool, "more than %d columns", BY_COLUMNS);
	by->columns.items[by->columns.count++] =
		(struct by_column){ kind, field };
}

static void
add_values(struct tool *tool, struct by *by)
{
	for (size_t i = 0; i < by->field_count; i++)
		add_column(tool, by, BY_VALUE, i);
}

static void
read_column(struct tool *tool, struct by *by, const char *name, size_t len)
{
	size_t field = find_field(by, name, len);
	enum by_kind kind = BY_VALUE;

	if (field < by->field_count)
		add_column(tool, by, BY_VALUE, field);
	else if (!by_kind_by_name(name, len, &kind))
		tool_misuse(tool,
			    "--columns: '%.*s' is not told of groups, but "
			    "value, messages, recipients, size, share, oldest, "
			    "newest, next, class and hint are",
			    (int)len, name);
	else if (kind == BY_VALUE)
		add_values(tool, by);
	else if ((kind == BY_CLASS || kind == BY_HINT) && !by_has_class(by))
		tool_misuse(tool,
			    "--columns: %.*s is told --by reason or "
			    "reason.class only",
			    (int)len, name);
	else
		add_column(tool, by, kind, 0);
}

static void
add_defaults(struct tool *tool, struct by *by)
{
	bool is_table = by->format == OUTPUT_TABLE;

	if (!is_table)
		add_values(tool, by);
	for (int kind = BY_MESSAGES; kind <= BY_NEXT; kind++)
		add_column(tool, by, (enum by_kind)kind, 0);
	if (is_table)
		add_values(tool, by);
	if (!by_has_class(by))
		return;
	if (find_field(by, "reason.class", 12) == by->field_count)
		add_column(tool, by, BY_CLASS, 0);
	add_column(tool, by, BY_HINT, 0);
}

static void
read_columns(struct tool *tool, const char *list, struct by *by)
{
	by->has_columns = true;
	if (*list == '+') {
		list++;
	} else {
		by->columns.count = 0;
	}
	for (;; list++) {
		size_t len = strcspn(list, ",");

		read_column(tool, by, list, len);
		list += len;
		if (*list == '\0')
			return;
	}
}

static void
add_order(struct tool *tool, struct by *by, struct qf_group_order order)
{
	if (by->order_count == BY_ORDERS)
		tool_misuse(tool, "--sort: more than %d keys", BY_ORDERS);
	by->orders[by->order_count++] = order;
}

static void
read_order(struct tool *tool, struct by *by, const char *name, size_t len)
{
	static const struct {
		enum by_kind kind;
		enum qf_group_key key;
	} keys[] = {
		{ BY_MESSAGES, QF_GROUP_MESSAGES },
		{ BY_RECIPIENTS, QF_GROUP_RECIPIENTS },
		{ BY_SIZE, QF_GROUP_BYTES },
		{ BY_OLDEST, QF_GROUP_OLDEST },
		{ BY_NEWEST, QF_GROUP_NEWEST },
		{ BY_NEXT, QF_GROUP_NEXT },
	};
	struct qf_group_order order = { .key = QF_GROUP_VALUE };
	enum by_kind kind = BY_HINT;

	order.descending = len > 0 && *name == '-';
	if (order.descending) {
		name++;
		len--;
	}
	order.field = find_field(by, name, len);
	if (order.field < by->field_count) {
		add_order(tool, by, order);
		return;
	}
	by_kind_by_name(name, len, &kind);
	for (order.field = 0; kind == BY_VALUE; order.field++) {
		if (order.field == by->field_count)
			return;
		add_order(tool, by, order);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].kind == kind) {
			order.key = keys[i].key;
			add_order(tool, by, order);
			return;
		}
	}
	tool_misuse(tool,
		    "--sort: groups are not sorted by '%.*s', but by value, "
		    "messages, recipients, size, oldest, newest or next",
		    (int)len, name);
}

static void
read_orders(struct tool *tool, const char *list, struct by *by)
{
	for (;; list++) {
		size_t len = strcspn(list, ",");

		read_order(tool, by, list, len);
		list += len;
		if (*list == '\0')
			return;
	}
}

void
by_take_lists(struct tool *tool, struct by *by,
	      const struct option_lists *columns,
	      const struct option_lists *sorts)
{
	if (by->format == OUTPUT_MAILQ || by->format == OUTPUT_IDS)
		tool_misuse(tool, "--by is for the formats table, json, jsonl, "
				  "csv and tsv: a group is no message");
	add_defaults(tool, by);
	for (size_t i = 0; i < columns->count; i++)
		read_columns(tool, columns->items[i], by);
	for (size_t i = 0; i < sorts->count; i++)
		read_orders(tool, sorts->items[i], by);
	if (by->order_count == 0)
		add_order(tool, by,
			  (struct qf_group_order){ .key = QF_GROUP_MESSAGES,
						   .descending = true });
}
