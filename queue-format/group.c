/*
 * group.c - messages counted by what they have in common.
 *
 * A row is found by its key, one string for the values of all fields.  The
 * key is the last member of its row, so a set of keys is a table of rows.
 */
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "group_row.h"

/* In keys; a byte of a text that looks like one gets an escape in front. */
#define KEY_END	   '\1'
#define KEY_ESCAPE '\2'
#define KEY_NONE   '\3'

/* Of reasons whose normalised form is remembered. */
#define MEMO_COUNT 500
#define MEMO_LEN   2000

bool
qf_group_by_recipient(const struct qf_field *field)
{
	return field->rcpt_text != NULL || field->rcpt_number != NULL;
}

/* Reasons, and what was made of them, stand for many messages. */
static bool
has_name(const struct qf_field *field, const char *name)
{
	return strcmp(field->name, name) == 0;
}

struct qf_group *
qf_group_new(const struct qf_field *const *fields, size_t count, int64_t now,
	     bool utc)
{
	struct qf_group *group = calloc(1, sizeof(*group));

	if (group == NULL)
		return NULL;
	group->count = count;
	group->now = now;
	group->utc = utc;
	for (size_t i = 0; i < count; i++) {
		group->fields[i] = fields[i];
		if (qf_group_by_recipient(fields[i]))
			group->by_recipient = true;
		if (has_name(fields[i], "reason") ||
		    has_name(fields[i], "reason.class"))
			group->has_class = true;
	}
	if (group->has_class) {
		group->classes = qf_reason_table_new();
		if (group->classes == NULL) {
			free(group);
			return NULL;
		}
	}
	return group;
}

void
qf_group_free(struct qf_group *group)
{
	if (group == NULL)
		return;
	qf_reason_table_free(group->classes);
	qf_string_set_free(&group->keys);
	qf_string_set_free(&group->memo);
	qf_arena_free(&group->memo_arena);
	qf_arena_free(&group->arena);
	qf_buffer_free(&group->key);
	qf_buffer_free(&group->normal);
	free(group->rows);
	free(group);
}

/* The text and behind its NUL the normalised one, both in the memo. */
static const char *
remember(struct qf_group *group, const char *reason)
{
	size_t len = strlen(reason);
	char *both;

	if (len > MEMO_LEN)
		return NULL;
	if (group->memo.count >= MEMO_COUNT) {
		qf_string_set_empty(&group->memo);
		qf_arena_empty(&group->memo_arena, MEMO_COUNT * MEMO_LEN);
	}
	both = qf_arena_alloc(&group->memo_arena, len + group->normal.len + 2);
	if (both == NULL)
		return NULL;
	memcpy(both, reason, len + 1);
	memcpy(both + len + 1, qf_buffer_text(&group->normal),
	       group->normal.len + 1);
	/* Without it the next one takes some longer, and that is all. */
	return qf_string_set_add(&group->memo, both) ? both : NULL;
}

/*
 * While a host is down, thousands of messages have the same reason; to
 * normalise it takes longer than all else that is done here.
 */
static struct qf_span
normalise(struct qf_group *group, const char *reason)
{
	const char *known = qf_string_set_find(&group->memo, reason);

	if (known == NULL) {
		qf_buffer_empty(&group->normal);
		qf_reason_normalise(&group->normal, reason);
		known = remember(group, reason);
	}
	if (known == NULL)
		return (struct qf_span){ qf_buffer_text(&group->normal),
					 group->normal.len };
	known += strlen(known) + 1;
	return (struct qf_span){ known, strlen(known) };
}

static void
take_text(struct qf_span span, struct qf_group_value *value)
{
	*value = (struct qf_group_value){ .known = span.text != NULL,
					  .text = span };
}

static void
take_number(const struct qf_group *group, const struct qf_field *field,
	    bool known, int64_t number, struct qf_group_value *value)
{
	if (known)
		qf_group_range(field, group->utc, number, value);
	else
		*value = (struct qf_group_value){ .known = false };
}

/* `r' is NULL for a message that has no recipients left. */
static void
read_value(struct qf_group *group, const struct qf_field *field,
	   const struct qf_message *m, const struct qf_recipient *r,
	   struct qf_group_value *value)
{
	int64_t number = 0;
	bool known;

	if (!qf_group_by_recipient(field)) {
		if (field->type == QF_FIELD_TEXT) {
			take_text(field->text(m), value);
			return;
		}
		known = field->number(m, group->now, &number);
		take_number(group, field, known, number, value);
	} else if (r == NULL) {
		*value = (struct qf_group_value){ .known = false };
	} else if (field->rcpt_number != NULL) {
		known = field->rcpt_number(r, &number);
		take_number(group, field, known, number, value);
	} else if (has_name(field, "reason") && r->reason != NULL) {
		take_text(normalise(group, r->reason), value);
	} else {
		take_text(field->rcpt_text(r), value);
	}
}

static void
put_text(struct qf_buffer *key, struct qf_span text, bool exact)
{
	/* Each byte may need an escape. */
	if (!qf_buffer_reserve(key, text.len * 2))
		return;
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.text[i];

		if (byte >= KEY_END && byte <= KEY_NONE)
			key->data[key->len++] = KEY_ESCAPE;
		else if (!exact)
			byte = qf_fold(byte);
		key->data[key->len++] = byte;
	}
}

static void
put_value(struct qf_buffer *key, const struct qf_field *field,
	  const struct qf_group_value *value)
{
	if (!value->known)
		qf_buffer_byte(key, KEY_NONE);
	else if (field->type == QF_FIELD_TEXT)
		put_text(key, value->text, field->form == QF_FORM_EXACT);
	else
		qf_buffer_number(key, value->from);
	qf_buffer_byte(key, KEY_END);
}

static struct row *
row_of_key(const char *key)
{
	return (struct row *)(uintptr_t)(key - offsetof(struct row, key));
}

static bool
keep_values(struct qf_group *group, const struct qf_group_value *values,
	    struct row *row)
{
	size_t size = group->count * sizeof(*values);
	struct qf_group_value *kept = qf_arena_alloc(&group->arena, size);

	if (kept == NULL)
		return false;
	memcpy(kept, values, size);
	for (size_t i = 0; i < group->count; i++) {
		struct qf_span *text = &kept[i].text;

		if (text->text == NULL)
			continue;
		text->text =
			qf_arena_copy(&group->arena, text->text, text->len);
		if (text->text == NULL)
			return false;
	}
	row->known.values = kept;
	return true;
}

/* The class is looked up for a new row only: all others are like that. */
static enum qf_reason_class
class_of(const struct qf_group *group, const struct qf_message *m,
	 const struct qf_recipient *r)
{
	if (!group->has_class || r == NULL || r->reason == NULL)
		return QF_REASON_NONE;
	if ((m->parts & QF_PART_CLASSES) != 0)
		return r->reason_class;
	return qf_reason_classify(group->classes, r->reason, r->dsn);
}

static bool
keep_row(struct qf_group *group, struct row *row)
{
	size_t room = group->row_room == 0 ? 64 : group->row_room * 2;
	struct row **rows;

	if (group->row_count == group->row_room) {
		rows = reallocarray(group->rows, room, sizeof(struct row *));
		if (rows == NULL)
			return false;
		group->rows = rows;
		group->row_room = room;
	}
	if (!qf_string_set_add(&group->keys, row->key))
		return false;
	group->rows[group->row_count++] = row;
	return true;
}

static struct row *
new_row(struct qf_group *group, const struct qf_group_value *values)
{
	size_t size = group->key.len + 1;
	struct row *row =
		qf_arena_alloc(&group->arena, offsetof(struct row, key) + size);

	if (row == NULL)
		return NULL;
	*row = (struct row){ .known = { .values = NULL } };
	memcpy(row->key, qf_buffer_text(&group->key), size);
	if (!keep_values(group, values, row) || !keep_row(group, row))
		return NULL;
	return row;
}

/* The row of a message, or of one of its recipients. */
static struct row *
find_row(struct qf_group *group, const struct qf_message *m,
	 const struct qf_recipient *r)
{
	struct qf_group_value values[QF_GROUP_FIELDS];
	const char *known;
	struct row *row;

	qf_buffer_empty(&group->key);
	for (size_t i = 0; i < group->count; i++) {
		read_value(group, group->fields[i], m, r, &values[i]);
		put_value(&group->key, group->fields[i], &values[i]);
	}
	known = qf_string_set_find(&group->keys, qf_buffer_text(&group->key));
	if (group->key.failed)
		return NULL;
	if (known != NULL)
		return row_of_key(known);
	row = new_row(group, values);
	if (row != NULL)
		row->known.reason_class = class_of(group, m, r);
	return row;
}

static void
count_message(struct qf_group_row *row, const struct qf_message *m)
{
	row->messages++;
	row->queues |= QF_QUEUE_BIT(m->queue);
	if (m->size > 0 &&
	    __builtin_add_overflow(row->bytes, m->size, &row->bytes))
		row->bytes = INT64_MAX;
	if (m->arrival > 0 && (row->oldest == 0 || m->arrival < row->oldest))
		row->oldest = m->arrival;
	if (m->arrival > row->newest)
		row->newest = m->arrival;
	if (m->next > 0 && (row->next == 0 || m->next < row->next))
		row->next = m->next;
}

/* Count the message in the row unless it is there already. */
static bool
count_in(struct qf_group *group, struct row *row, const struct qf_message *m,
	 size_t recipients)
{
	if (row == NULL)
		return false;
	if (row->last != group->total.messages) {
		row->last = group->total.messages;
		count_message(&row->known, m);
		group->memberships++;
	}
	row->known.recipients += recipients;
	return true;
}

enum qf_status
qf_group_add(struct qf_group *group, const struct qf_message *message,
	     struct qf_error *err)
{
	bool fine = true;

	count_message(&group->total, message);
	group->total.recipients += message->left_count;
	if (!group->by_recipient || message->left_count == 0)
		fine = count_in(group, find_row(group, message, NULL), message,
				message->left_count);
	for (size_t i = 0; group->by_recipient && i < message->left_count; i++)
		fine = fine &&
		       count_in(group,
				find_row(group, message, &message->left[i]),
				message, 1);
	if (fine)
		return QF_OK;
	errno = ENOMEM;
	return qf_system(err, "cannot hold more than %zu groups",
			 group->row_count);
}

const struct qf_group_row *
qf_group_total(const struct qf_group *group)
{
	return &group->total;
}

size_t
qf_group_count(const struct qf_group *group)
{
	return group->row_count;
}

const struct qf_group_row *
qf_group_row(const struct qf_group *group, size_t index)
{
	return &group->rows[index]->known;
}
