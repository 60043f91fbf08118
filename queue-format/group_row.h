/*
 * group_row.h - what is inside of a group, for the files it is made of.
 */
#ifndef QF_GROUP_ROW_H
#define QF_GROUP_ROW_H

#include "arena.h"
#include "buffer.h"
#include "group.h"
#include "string_set.h"

struct row {
	struct qf_group_row known;
	uint64_t last; /* the number of the last message in it */
	char key[];
};

struct qf_group {
	const struct qf_field *fields[QF_GROUP_FIELDS];
	size_t count;
	int64_t now;
	bool utc;
	bool by_recipient; /* one of the fields is */
	bool has_class;
	struct qf_reason_table *classes;

	struct qf_arena arena; /* rows and values */
	struct qf_string_set keys;
	struct row **rows;
	size_t row_count;
	size_t row_room;
	struct qf_group_row total;
	uint64_t memberships; /* messages, counted in each row */

	/* Reasons, each followed by its normalised form. */
	struct qf_string_set memo;
	struct qf_arena memo_arena;

	struct qf_buffer key; /* at work */
	struct qf_buffer normal;
};

#endif
