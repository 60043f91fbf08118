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
	int64_t occupied; /* bytes of the disk, after trash_look() */
};

struct trash {
	/* To be set by the caller, and borrowed. */
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

/* How much each of them occupies; who is gone by now is left out. */
void trash_look(struct trash *trash);

/*
 * Keep those with these ids, also with ids that they had before; complain
 * about ids that are not there.
 */
void trash_keep_ids(struct trash *trash, struct id_list *ids);

/* Those that were looked for in the queue, and not found: are they there? */
void
trash_note_ids(struct tool *tool, struct access *access, struct id_list *ids);

/* Keep the `limit' oldest. */
void trash_keep_first(struct trash *trash, size_t limit);

/* Keep those that `keep' wants. */
void trash_keep(struct trash *trash,
		bool (*keep)(void *context, const struct trash_entry *entry),
		void *context);

/* Choose all that are left. */
void trash_choose(const struct trash *trash, struct choose *choose);

void trash_free(struct trash *trash);

#endif
