/*
 * rows.h - messages that are held to be sorted.
 */
#ifndef ROWS_H
#define ROWS_H

#include "mailq-tools/tool.h"
#include "queue-format/field.h"

#define ROWS_KEYS 8

struct rows_key {
	const struct qf_field *field;
	bool descending;
};

struct rows_item {
	struct qf_message message;
	uint64_t order; /* in which it came: the last key */
};

/* Set the keys and the limit; the rest is private. */
struct rows {
	struct rows_key keys[ROWS_KEYS];
	size_t key_count;
	size_t limit; /* how many are wanted; 0: all */
	int64_t now;

	struct rows_item *items;
	size_t count;
	size_t room;
	uint64_t added;
	struct qf_arena arena;
	struct qf_string_set pool;
};

/*
 * Read "age,-size": a minus turns the order around.  Ends the program when a
 * name is wrong.
 */
void rows_read_keys(struct tool *tool, const char *list, struct rows *rows);

/* Parts of a message that the keys need. */
unsigned rows_parts(const struct rows *rows);

/* Keep a copy.  With a limit not many more than that are held. */
enum qf_status rows_add(struct rows *rows, const struct qf_message *message,
			struct qf_error *err);

/* Bring items[0..count) into order; equal ones stay as they came. */
void rows_sort(struct rows *rows);

void rows_free(struct rows *rows);

#endif
