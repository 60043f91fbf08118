/*
 * rows.c - messages that are held to be sorted.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailq-tools/value.h"

/* With a limit, rows are thrown out when there are this many too many. */
#define SLACK 4096

static void
add_key(struct tool *tool, struct rows *rows, const char *name, size_t len)
{
	struct rows_key *key = &rows->keys[rows->key_count];

	if (rows->key_count == ROWS_KEYS)
		tool_misuse(tool, "--sort: more than %d fields", ROWS_KEYS);
	key->descending = len > 0 && name[0] == '-';
	if (key->descending) {
		name++;
		len--;
	}
	key->field = qf_field_by_name(name, len);
	if (key->field != NULL) {
		rows->key_count++;
		return;
	}
	field_unknown(tool, "--sort: unknown field", name, len);
}

void
rows_read_keys(struct tool *tool, const char *list, struct rows *rows)
{
	for (;;) {
		size_t len = strcspn(list, ",");

		add_key(tool, rows, list, len);
		if (list[len] == '\0')
			return;
		list += len + 1;
	}
}

unsigned
rows_parts(const struct rows *rows)
{
	unsigned parts = 0;

	for (size_t i = 0; i < rows->key_count; i++)
		parts |= qf_field_parts(rows->keys[i].field);
	return parts;
}

static int
sign(bool less, bool greater)
{
	return greater - less;
}

/* What is not known comes last in either direction: `known' says so. */
static int
compare_numbers(const struct rows *rows, const struct qf_field *field,
		const struct qf_message *a, const struct qf_message *b,
		bool *known)
{
	int64_t left = 0;
	int64_t right = 0;
	bool has_left = field->number(a, rows->now, &left);
	bool has_right = field->number(b, rows->now, &right);

	*known = has_left && has_right;
	if (!*known)
		return sign(has_left && !has_right, has_right && !has_left);
	return sign(left<right, left> right);
}

static int
compare_texts(const struct qf_field *field, const struct qf_message *a,
	      const struct qf_message *b, bool *known)
{
	struct qf_span left = field->text(a);
	struct qf_span right = field->text(b);
	size_t shorter = left.len < right.len ? left.len : right.len;
	int order;

	*known = left.text != NULL && right.text != NULL;
	if (!*known)
		return sign(left.text != NULL && right.text == NULL,
			    left.text == NULL && right.text != NULL);
	order = strncasecmp(left.text, right.text, shorter);
	return order != 0 ? order
			  : sign(left.len<right.len, left.len> right.len);
}

static int
compare(const void *left, const void *right, void *context)
{
	const struct rows *rows = context;
	const struct rows_item *l = left;
	const struct rows_item *r = right;
	const struct qf_message *a = &l->message;
	const struct qf_message *b = &r->message;

	for (size_t i = 0; i < rows->key_count; i++) {
		const struct rows_key *key = &rows->keys[i];
		bool known = false;
		int order = key->field->number != NULL
				    ? compare_numbers(rows, key->field, a, b,
						      &known)
				    : compare_texts(key->field, a, b, &known);

		if (order != 0)
			return known && key->descending ? -order : order;
	}
	return sign(l->order<r->order, l->order> r->order);
}

static void
sort_items(struct rows *rows)
{
	if (rows->count > 0)
		qsort_r(rows->items, rows->count, sizeof(*rows->items), compare,
			rows);
}

/* Copy what is still wanted, and let go of the rest. */
static enum qf_status
compact(struct rows *rows, struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	struct qf_string_set pool = { 0 };
	enum qf_status status = QF_OK;

	rows->count = rows->limit;
	for (size_t i = 0; status == QF_OK && i < rows->count; i++)
		status = qf_message_copy(&rows->items[i].message,
					 &rows->items[i].message, &arena, &pool,
					 err);
	qf_string_set_free(&rows->pool);
	qf_arena_free(&rows->arena);
	rows->arena = arena;
	rows->pool = pool;
	return status;
}

/* Are there twice as many as wanted?  A limit may be any number. */
static bool
has_too_many(const struct rows *rows)
{
	return rows->limit > 0 && rows->count >= SLACK &&
	       (rows->count - SLACK) / 2 >= rows->limit;
}

static enum qf_status
make_room(struct rows *rows, struct qf_error *err)
{
	size_t room = rows->room == 0 ? 1024 : rows->room * 2;
	struct rows_item *items;

	if (rows->count < rows->room)
		return QF_OK;
	items = reallocarray(rows->items, room, sizeof(*items));
	if (items == NULL)
		return qf_system(err, "cannot hold %zu messages to sort them",
				 room);
	rows->items = items;
	rows->room = room;
	return QF_OK;
}

enum qf_status
rows_add(struct rows *rows, const struct qf_message *message,
	 struct qf_error *err)
{
	enum qf_status status = make_room(rows, err);

	if (status != QF_OK)
		return status;
	status = qf_message_copy(&rows->items[rows->count].message, message,
				 &rows->arena, &rows->pool, err);
	if (status != QF_OK)
		return status;
	rows->items[rows->count].order = rows->added++;
	rows->count++;
	if (!has_too_many(rows))
		return QF_OK;
	sort_items(rows);
	return compact(rows, err);
}

void
rows_sort(struct rows *rows)
{
	sort_items(rows);
	if (rows->limit > 0 && rows->count > rows->limit)
		rows->count = rows->limit;
}

void
rows_free(struct rows *rows)
{
	free(rows->items);
	qf_string_set_free(&rows->pool);
	qf_arena_free(&rows->arena);
}
