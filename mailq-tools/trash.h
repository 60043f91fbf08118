/*
 * trash.h - the messages that are in the trash.
 */
#ifndef TRASH_H
#define TRASH_H

#include "mailq-tools/access.h"
#include "mailq-tools/choose.h"
#include "mailq-tools/id_list.h"
#include "queue-format/plan/trash.h"

struct trash_entry {
	size_t instance; /* as access->names */
	const char *name;
	struct qf_trashed trashed;
};

struct trash {
	/* To be set by the caller, borrowed; access_open() was for a change. */
	struct tool *tool;
	struct access *access;

	/* The oldest first. */
	struct trash_entry *entries;
	size_t count;
	size_t room;
	uint64_t strange; /* names that are none of ours */
	struct qf_arena arena;
};

/* Read what is there; an instance that fails is complained about. */
void trash_read(struct trash *trash);

/*
 * Keep those with these ids, also with ids that they had before; complain
 * about ids that are not there.
 */
void trash_keep_ids(struct trash *trash, struct id_list *ids);

/* Keep the `limit' oldest. */
void trash_keep_first(struct trash *trash, size_t limit);

/* Choose all that are left. */
void trash_choose(const struct trash *trash, struct choose *choose);

void trash_free(struct trash *trash);

#endif
