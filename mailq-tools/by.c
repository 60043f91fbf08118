/*
 * by.c - --by: a row for each value of a field, and not for each message.
 */
#include "by.h"

#include <string.h>

#include "mailq-tools/by_print.h"
#include "mailq-tools/value.h"

bool
by_has_class(const struct by *by)
{
	for (size_t i = 0; i < by->field_count; i++) {
		if (strcmp(by->fields[i]->name, "reason") == 0 ||
		    strcmp(by->fields[i]->name, "reason.class") == 0)
			return true;
	}
	return false;
}

static const struct qf_field *
named(const char *name)
{
	return qf_field_by_name(name, strlen(name));
}

/* What has to be read to know one of the sums. */
static unsigned
parts_of(enum by_kind kind)
{
	switch (kind) {
	case BY_RECIPIENTS:
		return qf_field_parts(named("rcpt.count"));
	case BY_SIZE:
		return qf_field_parts(named("size"));
	case BY_OLDEST:
	case BY_NEWEST:
		return qf_field_parts(named("arrival"));
	case BY_NEXT:
		return qf_field_parts(named("next"));
	case BY_VALUE:
	case BY_MESSAGES:
	case BY_SHARE:
	case BY_CLASS:
	case BY_HINT:
		break;
	}
	return QF_PART_NAME;
}

static unsigned
parts_of_order(enum qf_group_key key)
{
	switch (key) {
	case QF_GROUP_RECIPIENTS:
		return parts_of(BY_RECIPIENTS);
	case QF_GROUP_BYTES:
		return parts_of(BY_SIZE);
	case QF_GROUP_OLDEST:
	case QF_GROUP_NEWEST:
		return parts_of(BY_OLDEST);
	case QF_GROUP_NEXT:
		return parts_of(BY_NEXT);
	case QF_GROUP_MESSAGES:
	case QF_GROUP_VALUE:
		break;
	}
	return QF_PART_NAME;
}

unsigned
by_parts(const struct by *by)
{
	unsigned parts = QF_PART_NAME;

	for (size_t i = 0; i < by->field_count; i++)
		parts |= qf_field_parts(by->fields[i]);
	for (size_t i = 0; i < by->columns.count; i++)
		parts |= parts_of(by->columns.items[i].kind);
	for (size_t i = 0; i < by->order_count; i++)
		parts |= parts_of_order(by->orders[i].key);
	return parts;
}

/* Unknown is not none: who cannot know must not count. */
void
by_start(struct tool *tool, struct by *by, const struct access *access)
{
	for (size_t i = 0; i < by->field_count * access->store_count; i++) {
		const struct qf_field *field =
			by->fields[i / access->store_count];
		const struct qf_store *store =
			access->stores[i % access->store_count];

		if (field->spool_only && (store->parts & QF_PART_INODE) == 0)
			field_denied(tool, "--by", field);
	}
	by->group =
		qf_group_new(by->fields, by->field_count, tool->now, tool->utc);
	if (by->group == NULL)
		tool_die(tool, TOOL_IO, "out of memory");
}

void
by_add(struct tool *tool, struct by *by, const struct qf_message *message)
{
	struct qf_error err;

	if (qf_group_add(by->group, message, &err) != QF_OK)
		tool_die(tool, TOOL_IO, "%s", err.text);
}

size_t
by_row_count(const struct by *by)
{
	size_t count = qf_group_count(by->group);

	return by->limit == 0 || count <= by->limit ? count : by->limit + 1;
}

struct by_row
by_row(const struct by *by, size_t index, struct qf_group_row *sum)
{
	size_t count = qf_group_count(by->group);

	if (by->limit == 0 || index < by->limit)
		return (struct by_row){ qf_group_row(by->group, index), 0,
					false };
	return (struct by_row){ .known = sum,
				.at_most =
					!qf_group_rest(by->group, index, sum),
				.others = count - index };
}

bool
by_print(struct by *by, struct stream *stream)
{
	qf_group_sort(by->group, by->orders, by->order_count);
	switch (by->format) {
	case OUTPUT_JSON:
		return by_print_json(by, stream);
	case OUTPUT_JSONL:
		return by_print_jsonl(by, stream);
	case OUTPUT_CSV:
		return by_print_csv(by, stream);
	case OUTPUT_TSV:
		return by_print_tsv(by, stream);
	case OUTPUT_TABLE:
	case OUTPUT_MAILQ:
	case OUTPUT_IDS:
		break;
	}
	if (by_has_class(by) && !by->has_columns)
		return by_print_reasons(by, stream);
	return by_print_table(by, stream);
}

void
by_free(struct by *by)
{
	qf_group_free(by->group);
	by->group = NULL;
}
